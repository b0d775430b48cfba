//! Whether labels and certificates may be printed for a batch now, and what is to be said of those that may.
//!
//! A label is what lets goods go out under the brand, so whatever stops the goods stops it too: a batch that is void,
//! held or under recall has no new labels, nor has a range of codes that is. Codes that came back may be printed, as
//! packages are relabelled before they go out anew; that is said. Codes that are not activated yet are printed as a
//! matter of course: activating them is the next step.

use trace_core::id::RecordId;
use trace_core::record::{Details, Refusal};
use trace_core::state::{BatchRow, CodeState, IssueRow};

use super::Problem;
use crate::app::AppState;
use crate::store::StoreError;

/// Refuses a batch whose goods must not go out, with the reason.
pub(super) async fn may_go_out(state: &AppState, batch: &BatchRow) -> Result<(), Problem> {
    let code = batch.code;
    let refusal = if batch.void {
        Refusal::conflict(
            "void_batch",
            "",
            format!("批次 {code} 已作废，不能再打印标签或合格证"),
            format!("batch {code} was voided; no labels or certificates are printed for it any more"),
        )
    } else if let Some(record) = batch.recalls.first() {
        let (zh, en) = why(state, *record).await?;
        Refusal::conflict(
            "recalled_batch",
            "",
            format!("批次 {code} 在召回中（{zh}），召回解除前不能打印标签或合格证"),
            format!("batch {code} is under recall ({en}); nothing is printed for it until the recall is lifted"),
        )
    } else if let Some(record) = batch.holds.first() {
        let (zh, en) = why(state, *record).await?;
        Refusal::conflict(
            "held_batch",
            "",
            format!("批次 {code} 被冻结（{zh}），品牌办放行前不能打印标签或合格证"),
            format!("batch {code} is held ({en}); nothing is printed for it until the office releases it"),
        )
    } else {
        return Ok(());
    };
    Err(refusal.into())
}

/// Refuses labels of codes that are held or under recall, with the numbers and the reason.
pub(super) async fn codes_may_go_out(state: &AppState, issue: &IssueRow, from: u32, to: u32) -> Result<(), Problem> {
    let Some((found, first, last, record)) = stopped(issue, from, to) else { return Ok(()) };
    let (zh, en) = why(state, record).await?;
    // People count from 1, codes from 0.
    let (issue, first, last) = (issue.number, first + 1, last + 1);
    Err(match found {
        CodeState::Recalled => Refusal::conflict(
            "recalled_codes",
            "",
            format!("赋码批 {issue} 第 {first} 到 {last} 个在召回中（{zh}），不能打印；请选别的范围"),
            format!("codes {first} to {last} of issue {issue} are under recall ({en}); take a range without them"),
        ),
        _ => Refusal::conflict(
            "held_codes",
            "",
            format!("赋码批 {issue} 第 {first} 到 {last} 个被冻结（{zh}），放行前不能打印；请选别的范围"),
            format!("codes {first} to {last} of issue {issue} are held ({en}); take a range without them"),
        ),
    }
    .into())
}

/// The first codes of a range that are held or under recall: how, from which to which index, by which record. A recall
/// goes before a hold.
fn stopped(issue: &IssueRow, from: u32, to: u32) -> Option<(CodeState, u32, u32, RecordId)> {
    let of = |wanted: CodeState| {
        let touched = issue.ranges.iter().filter(move |(state, _, _)| *state == wanted);
        let within = touched.filter_map(move |(state, range, record)| {
            let (first, last) = (range.from.get().max(from), range.to.get().min(to));
            (first <= last).then_some((*state, first, last, *record))
        });
        within.min_by_key(|(_, first, _, _)| *first)
    };
    of(CodeState::Recalled).or_else(|| of(CodeState::Held))
}

/// The reason of a hold or recall in Chinese and English; of what a rule held, the record that it found it in.
async fn why(state: &AppState, record: RecordId) -> Result<(String, String), StoreError> {
    let Some(view) = state.ledger.record(record, None).await? else {
        return Ok(("记录缺失".into(), "unknown".into()));
    };
    let (zh, en) = match view.entry.record.details.stated() {
        Details::Recall(recall) => (recall.reason.zh(), recall.reason.en()),
        Details::Hold(hold) => (hold.reason.zh(), hold.reason.en()),
        _ => {
            let (zh, en) = (view.row.states.zh(), view.row.states.en());
            return Ok((format!("“{zh}”记录的判定"), format!("what the rules found in a record '{en}'")));
        }
    };
    Ok((zh.to_owned(), en.to_owned()))
}

/// Something to know of labels that are made all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// Its name, for programs.
    pub rule: &'static str,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// How many of these codes came back last, and that they were.
pub(super) fn of_returned(issue: &IssueRow, runs: &[std::ops::RangeInclusive<u32>]) -> Option<Note> {
    let count: u64 = crate::labels::returned(issue, runs);
    (count > 0).then(|| Note {
        rule: "returned_codes",
        zh: format!("其中 {count} 个码的包装已退回；只有重新包装、重新激活后才能再出货"),
        en: format!(
            "{count} of these packages came back; they go out again only after they are packed and activated anew"
        ),
    })
}

/// That the key of these codes was withdrawn, before labels are stuck on goods that nobody will take for genuine.
pub(in crate::http) fn of_key(withdrawn: bool) -> Option<Note> {
    withdrawn.then(|| Note {
        rule: "withdrawn_key",
        zh: "这批码的密钥已停用，扫码页会说仅凭码不能认定商品；还没有卖出的，请作废后重新赋码".to_owned(),
        en: "the key of these codes was withdrawn, and their pages say that the code alone proves nothing; void what is not sold yet and issue it anew".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use trace_core::code::{CodeIndex, IssueNumber};
    use trace_core::id::{BatchCode, PartyId, Stage};
    use trace_core::record::CodeRange;

    use super::*;

    #[test]
    fn only_what_lies_within_the_range_stops_it_and_a_recall_goes_first() {
        let number = IssueNumber::new(1).unwrap();
        let record = RecordId::from_bytes([0; 32]);
        let range = |state, from, to| {
            let index = |index| CodeIndex::new(index).unwrap();
            (state, CodeRange { issue: number, from: index(from), to: index(to) }, record)
        };
        let issue = IssueRow {
            number,
            batch: BatchCode::new(Stage::Sale, jiff::civil::date(2026, 11, 20), [0; 4]).unwrap(),
            party: PartyId::from_random([0; 10]),
            count: 100,
            package_amount: 1,
            key_version: 1,
            record,
            ranges: vec![
                range(CodeState::Void, 0, 4),
                range(CodeState::Held, 10, 19),
                range(CodeState::Recalled, 30, 39),
                range(CodeState::Returned, 50, 59),
            ],
        };
        assert_eq!(stopped(&issue, 0, 9), None);
        assert_eq!(stopped(&issue, 15, 29), Some((CodeState::Held, 15, 19, record)));
        assert_eq!(stopped(&issue, 0, 99), Some((CodeState::Recalled, 30, 39, record)));
        assert_eq!(stopped(&issue, 40, 99), None);
    }
}
