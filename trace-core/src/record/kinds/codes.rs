//! Package codes: issued against what the sale batch holds, activated, voided. The codes themselves are computed
//! ([`crate::code`]); a record states ranges of indices, sealed in `amounts` since they tell how much was packed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{KindRules, Shaped};
use crate::balance::{Effect, Sight};
use crate::code::{CodeIndex, IssueNumber};
use crate::id::{BatchCode, Stage};
use crate::judge::{Case, Findings};
use crate::quantity::{Measure, words};
use crate::record::sealed::Group;
use crate::record::{CodeRange, InputUse, Refusal, Shape, range_words};
use crate::state::{CodeState, IssueRow, Key, RecordRow, Row, Stop, View};
use crate::tianma::CodeVoidReason;

/// A run of codes for one sale batch. `amounts` holds the drawn quantity and the one range `0 ..= count - 1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueCodes {
    /// Number of the issue; the ledger gives it.
    pub issue: IssueNumber,
    /// Version of the code key.
    pub key_version: u8,
}

impl Shaped for IssueCodes {
    const SHAPE: Shape = Shape {
        input_use: InputUse::Draws,
        inputs: (1, 1),
        input_stages: &[Stage::Sale],
        must_seal: &[Group::Amounts],
        ranges: true,
        ..Shape::PLAIN
    };
}

impl KindRules for IssueCodes {
    fn judge(&self, case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        if let Some(ledger) = view.ledger()?
            && ledger.next_issue != self.issue.get()
        {
            return Err(Refusal::conflict(
                "issue_number",
                "/details/issue",
                format!("赋码批号写的是 {}，应为 {}", self.issue, ledger.next_issue),
                format!("the code issue is numbered {}; the next has number {}", self.issue, ledger.next_issue),
            )
            .into());
        }
        let range = match case.amounts.ranges[..] {
            [range] if range.issue == self.issue && range.from.get() == 0 && range.count() > 0 => range,
            _ => return Err(one_range(&case.amounts.ranges, self.issue).into()),
        };
        let Some(row) = case.inputs(view)?.into_iter().next() else {
            return Ok(());
        };
        let Some(net) = row.attributes.net_content else {
            return Err(no_net_content(row.code).into());
        };
        let wanted = range.count().checked_mul(net.value()).unwrap_or(i64::MAX);
        if wanted != case.drawn(0) {
            let (all, drawn) = (words(net.measure(), wanted), words(row.measure(), case.drawn(0)));
            return Err(Refusal::invalid(
                "codes_amount",
                "/amounts/inputs/0",
                format!("{} 个码各 {}，共 {}；写的数量是 {}", range.count(), net.zh(), all.0, drawn.0),
                format!(
                    "{} codes of {} each are {}; that amount must be drawn, not {}",
                    range.count(),
                    net.en(),
                    all.1,
                    drawn.1
                ),
            )
            .into());
        }
        Ok(())
    }

    fn effects(&self, case: &Case<'_>, _view: &mut View) -> Result<Vec<Effect>, Stop> {
        let draw = case.record.inputs.first().map(|input| Effect::Code { batch: input.batch, amount: case.drawn(0) });
        Ok(draw.into_iter().collect())
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, _row: &mut RecordRow) -> Result<(), Stop> {
        let (Some(input), Some(range)) = (case.record.inputs.first(), case.amounts.ranges.first()) else {
            return Ok(());
        };
        let count = range.count().max(1);
        view.put(Row::Issue(IssueRow {
            number: self.issue,
            batch: input.batch,
            party: case.record.actor,
            count,
            package_amount: case.drawn(0) / count,
            key_version: self.key_version,
            record: case.record.id(),
            ranges: Vec::new(),
        }));
        if let Some(mut ledger) = view.ledger()?.cloned() {
            ledger.next_issue = self.issue.get() + 1;
            view.put(Row::Ledger(ledger));
        }
        Ok(())
    }
}

/// Packages go into circulation: a scan before that never counts as the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivateCodes {
    /// The issue.
    pub issue: IssueNumber,
}

impl Shaped for ActivateCodes {
    const SHAPE: Shape = Shape {
        input_use: InputUse::SpeaksOf,
        inputs: (1, 1),
        input_stages: &[Stage::Sale],
        must_seal: &[Group::Amounts],
        ranges: true,
        ..Shape::PLAIN
    };
}

impl KindRules for ActivateCodes {
    fn judge(&self, case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        check_issue(case, self.issue)?;
        check_ranges(
            case,
            view,
            &case.input_batches(),
            &[CodeState::Active, CodeState::Void, CodeState::Returned, CodeState::Held, CodeState::Recalled],
        )
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, row: &mut RecordRow) -> Result<(), Stop> {
        mark(&case.amounts.ranges, CodeState::Active, row, view)
    }
}

/// Labels are spoiled or lost. Where the goods were not labelled, their weight goes back to the batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoidCodes {
    /// The issue.
    pub issue: IssueNumber,
    /// Why.
    pub reason: CodeVoidReason,
    /// Whether the goods are still there to be labelled anew.
    pub give_back: bool,
}

impl Shaped for VoidCodes {
    const SHAPE: Shape = Shape { frozen_inputs: true, ..ActivateCodes::SHAPE };
}

impl KindRules for VoidCodes {
    fn judge(&self, case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        check_issue(case, self.issue)?;
        check_ranges(case, view, &case.input_batches(), &[CodeState::Void, CodeState::Returned])?;
        if self.give_back
            && let Some(issue) = view.issue(self.issue)?
        {
            let left = |state| matches!(state, CodeState::Active | CodeState::Shipped);
            let gone = |range: &CodeRange| {
                let mark = issue.ranges.iter().find(|(state, had, _)| left(*state) && had.overlaps(range));
                mark.map(|(state, had, _)| (*range, *state, *had))
            };
            if let Some((range, state, had)) = case.amounts.ranges.iter().find_map(gone) {
                return Err(Refusal::conflict(
                    "active_codes",
                    "/details/give_back",
                    format!("码段 {range} 里的 {had} {}，作废后不能退回重量；请用退货", state.zh()),
                    format!(
                        "of the codes {range} those of {had} are {}; voided, they give no weight back: record a return",
                        state.en()
                    ),
                )
                .into());
            }
        }
        Ok(())
    }

    fn effects(&self, case: &Case<'_>, view: &mut View) -> Result<Vec<Effect>, Stop> {
        let (true, Some(input)) = (self.give_back, case.record.inputs.first()) else {
            return Ok(Vec::new());
        };
        let Some(issue) = view.issue(self.issue)? else {
            return Ok(Vec::new());
        };
        let count: i64 = case.amounts.ranges.iter().map(CodeRange::count).sum();
        Ok(vec![Effect::Uncode { batch: input.batch, amount: count * issue.package_amount }])
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, row: &mut RecordRow) -> Result<(), Stop> {
        mark(&case.amounts.ranges, CodeState::Void, row, view)
    }
}

/// Package codes are of packages, which the net content makes.
pub(crate) fn no_net_content(batch: BatchCode) -> Refusal {
    Refusal::invalid(
        "net_content",
        "/inputs/0/batch",
        format!("批次 {batch} 没有净含量，不能赋码；请先包装"),
        format!("batch {batch} has no net content; pack it first"),
    )
}

fn one_range(received: &[CodeRange], issue: IssueNumber) -> Refusal {
    let (zh, en) = range_words(received);
    Refusal::invalid(
        "codes_range",
        "/amounts/ranges",
        format!("赋码要写明赋码批 {issue} 的一个码段，从 0 开始，小号在前；收到的是 {zh}"),
        format!("issue {issue} states one range of its own codes, from 0 to count - 1; received: {en}"),
    )
}

fn check_issue(case: &Case<'_>, issue: IssueNumber) -> Result<(), Refusal> {
    if case.amounts.ranges.is_empty() || case.amounts.ranges.iter().any(|range| range.issue != issue) {
        let (zh, en) = range_words(&case.amounts.ranges);
        return Err(Refusal::invalid(
            "codes_range",
            "/amounts/ranges",
            format!("要写明赋码批 {issue} 的码段；收到的是 {zh}"),
            format!("ranges of code issue {issue} are needed; received: {en}"),
        ));
    }
    Ok(())
}

/// Every range lies in its issue, the issue belongs to one of the batches, no two overlap, none has a state in `refused`.
///
/// How many codes an issue has is sealed: whoever may not see it is told the same of a range outside and of another's
/// issue, and not what became of the codes.
pub(super) fn check_ranges(
    case: &Case<'_>,
    view: &mut View,
    batches: &[BatchCode],
    refused: &[CodeState],
) -> Result<(), Stop> {
    let ranges = &case.amounts.ranges;
    for (i, range) in ranges.iter().enumerate() {
        let place = format!("/amounts/ranges/{i}");
        let Some(issue) = view.issue(range.issue)? else {
            let (zh, en) =
                (format!("没有赋码批 {}", range.issue.get()), format!("there is no code issue {}", range.issue.get()));
            return Err(Refusal::not_found("unknown_issue", place, zh, en).into());
        };
        let told = case.sight(issue.party) == Sight::Amounts;
        let last = CodeIndex::new(u32::try_from(issue.count - 1).unwrap_or(u32::MAX));
        let inside = range.count() > 0 && last.is_ok_and(|last| range.to <= last);
        if !inside || !batches.contains(&issue.batch) {
            return Err(not_of_these(issue, range, place, told, inside).into());
        }
        let clash = issue.ranges.iter().find(|(state, had, _)| refused.contains(state) && had.overlaps(range));
        if let Some((state, had, _)) = clash {
            return Err(done_already(range, *state, had, place, told).into());
        }
        if ranges[..i].iter().any(|other| other.overlaps(range)) {
            return Err(Refusal::conflict(
                "codes_state",
                place,
                format!("码段 {range} 与前面写的码段重叠；每个码只写一次"),
                format!("the range {range} overlaps one before it; name each code once"),
            )
            .into());
        }
    }
    Ok(())
}

fn not_of_these(issue: &IssueRow, range: &CodeRange, place: String, told: bool, inside: bool) -> Refusal {
    let (number, last) = (issue.number.get(), issue.count - 1);
    let (zh, en) = if !told {
        (
            format!("赋码批 {number} 里没有属于这个批次的码 {range}；请核对码段"),
            format!("code issue {number} has no codes {range} of the batch that is named here; check the range"),
        )
    } else if inside {
        (
            format!("赋码批 {number} 属于批次 {}，来源批次里没有它", issue.batch),
            format!("code issue {number} is of batch {}, which is not among the inputs", issue.batch),
        )
    } else {
        (
            format!("码段 {range} 不在赋码批 {number} 的 0-{last} 之内，小号在前"),
            format!("the range {range} lies outside 0-{last} of code issue {number}, the smaller index first"),
        )
    };
    Refusal::invalid("codes_range", place, zh, en)
}

fn done_already(range: &CodeRange, state: CodeState, had: &CodeRange, place: String, told: bool) -> Refusal {
    let (zh, en) = if told {
        (
            format!("码段 {range} 里的 {had} {}，不能再这样登记", state.zh()),
            format!("of the codes {range} those of {had} are {} already", state.en()),
        )
    } else {
        (
            format!("码段 {range} 里有已处理过的码（激活、作废或退回）"),
            format!("the codes {range} hold some that this was done to already, or that are out of circulation"),
        )
    };
    Refusal::conflict("codes_state", place, zh, en)
}

/// What the packages of the ranges hold, by sale batch, in its base unit; ranges of unknown issues count for nothing.
pub(crate) fn packed(ranges: &[CodeRange], view: &mut View) -> Result<BTreeMap<BatchCode, i64>, Stop> {
    view.want(ranges.iter().map(|range| Key::Issue(range.issue)))?;
    let mut packed = BTreeMap::new();
    for range in ranges {
        if let Some(issue) = view.issue(range.issue)? {
            let amount = range.count().saturating_mul(issue.package_amount);
            let sum: &mut i64 = packed.entry(issue.batch).or_default();
            *sum = sum.saturating_add(amount);
        }
    }
    Ok(packed)
}

/// The refusal of an amount that is not what the packages hold.
pub(super) fn not_what_they_hold(place: &str, measure: Measure, holds: i64, stated: i64) -> Refusal {
    let (holds, stated) = (words(measure, holds), words(measure, stated));
    Refusal::invalid(
        "codes_amount",
        place,
        format!("这些码的包装共 {}，写的数量是 {}，两者不符", holds.0, stated.0),
        format!("the packages of these codes hold {}; the amount says {}", holds.1, stated.1),
    )
}

/// Notes what happened to the ranges.
pub(super) fn mark(ranges: &[CodeRange], state: CodeState, row: &mut RecordRow, view: &mut View) -> Result<(), Stop> {
    for range in ranges {
        if let Some(issue) = view.edit_issue(range.issue)? {
            issue.ranges.push((state, *range, row.id));
            row.issues.insert(range.issue);
        }
    }
    Ok(())
}

/// Takes back what a record did to ranges.
pub(crate) fn unmark(of: &RecordRow, view: &mut View) -> Result<(), Stop> {
    for issue in &of.issues {
        if let Some(issue) = view.edit_issue(*issue)? {
            issue.ranges.retain(|(_, _, record)| *record != of.id);
        }
    }
    Ok(())
}
