//! Which codes of an issue are printed: those of the range that were not taken out of circulation.

use std::ops::RangeInclusive;

use trace_core::state::{CodeState, IssueRow};

/// The runs of codes from `from` to `to` of which void was not the last word. A void code that is printed again is a
/// package that its page calls void.
pub fn printable(issue: &IssueRow, from: u32, to: u32) -> Vec<RangeInclusive<u32>> {
    where_last(issue, from, to, |last| last != Some(CodeState::Void))
}

/// How many codes of these runs came back, and nothing was done with them since.
pub fn returned(issue: &IssueRow, runs: &[RangeInclusive<u32>]) -> u64 {
    let came_back = |run: &RangeInclusive<u32>| {
        where_last(issue, *run.start(), *run.end(), |last| last == Some(CodeState::Returned))
    };
    runs.iter().flat_map(came_back).map(|run| u64::from(run.end() - run.start()) + 1).sum()
}

/// The runs of codes of which the last that happened to them as packages (activated, voided, returned; none of these)
/// is as wished.
fn where_last(
    issue: &IssueRow,
    from: u32,
    to: u32,
    wished: impl Fn(Option<CodeState>) -> bool,
) -> Vec<RangeInclusive<u32>> {
    let ours = |state: &CodeState| matches!(state, CodeState::Active | CodeState::Void | CodeState::Returned);
    let ranges: Vec<(CodeState, u32, u32)> = (issue.ranges.iter())
        .filter(|(state, _, _)| ours(state))
        .map(|(state, range, _)| (*state, range.from.get(), range.to.get()))
        .collect();
    // Between two of these places nothing changes.
    let mut edges: Vec<u32> = ranges.iter().flat_map(|(_, first, last)| [*first, last + 1]).collect();
    edges.extend([from, to + 1]);
    edges.retain(|edge| (from..=to + 1).contains(edge));
    edges.sort_unstable();
    edges.dedup();
    let mut runs: Vec<RangeInclusive<u32>> = Vec::new();
    for pair in edges.windows(2) {
        let (first, last) = (pair[0], pair[1] - 1);
        let latest = ranges.iter().rev().find(|(_, from, to)| (*from..=*to).contains(&first));
        if !wished(latest.map(|(state, _, _)| *state)) {
            continue;
        }
        match runs.last_mut() {
            Some(run) if *run.end() + 1 == first => *run = *run.start()..=last,
            _ => runs.push(first..=last),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use trace_core::code::{CodeIndex, IssueNumber};
    use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
    use trace_core::record::CodeRange;

    use super::*;

    fn issue(ranges: &[(CodeState, u32, u32)]) -> IssueRow {
        let number = IssueNumber::new(1).unwrap();
        let range = |from, to| CodeRange {
            issue: number,
            from: CodeIndex::new(from).unwrap(),
            to: CodeIndex::new(to).unwrap(),
        };
        let record = RecordId::from_bytes([0; 32]);
        IssueRow {
            number,
            batch: BatchCode::new(Stage::Sale, jiff::civil::date(2026, 11, 20), [0; 4]).unwrap(),
            party: PartyId::from_random([0; 10]),
            count: 100,
            package_amount: 1,
            key_version: 1,
            record,
            ranges: ranges.iter().map(|(state, from, to)| (*state, range(*from, *to), record)).collect(),
        }
    }

    #[test]
    fn codes_that_came_back_are_counted_until_something_else_happens_to_them() {
        let (back, active) = (CodeState::Returned, CodeState::Active);
        let issue = issue(&[(active, 0, 99), (back, 10, 29), (active, 20, 24), (CodeState::Void, 28, 29)]);
        assert_eq!(returned(&issue, &printable(&issue, 0, 99)), 13);
        assert_eq!(returned(&issue, &printable(&issue, 15, 21)), 5);
        assert_eq!(returned(&issue, &printable(&issue, 40, 99)), 0);
    }

    #[test]
    fn void_codes_are_left_out_and_the_last_word_counts() {
        let void = CodeState::Void;
        assert_eq!(printable(&issue(&[]), 0, 99), [0..=99]);
        assert_eq!(printable(&issue(&[(void, 10, 19)]), 0, 99), [0..=9, 20..=99]);
        assert_eq!(printable(&issue(&[(void, 10, 19)]), 12, 30), [20..=30]);
        assert_eq!(printable(&issue(&[(void, 0, 99)]), 5, 6), []);
        assert_eq!(printable(&issue(&[(CodeState::Active, 0, 99), (void, 99, 99)]), 0, 99), [0..=98]);
        assert_eq!(printable(&issue(&[(void, 0, 9), (CodeState::Active, 5, 7)]), 0, 10), [5..=7, 10..=10]);
        assert_eq!(printable(&issue(&[(void, 0, 9), (CodeState::Shipped, 5, 7)]), 0, 10), [10..=10]);
    }
}
