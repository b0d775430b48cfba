//! The office's (and a laboratory's) hand: hold, release, recall, lift; and anybody's dispute.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::codes::{mark, unmark};
use super::{Adjust, KindRules, Shaped, trade, what_it_is};
use crate::id::{BatchCode, RecordId};
use crate::judge::{Case, Findings, freeze, unknown_record};
use crate::record::canonical::MAX_INPUTS;
use crate::record::{CodeRange, Kind, RecordBody, Refusal, Shape};
use crate::state::{CodeState, Key, RecordRow, Stop, View};
use crate::tianma::{DisputeReason, HoldReason, PartyRole, RecallReason, RecallScope, RecallStage, ReleaseReason};

/// Batches or ranges of codes are frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Why.
    pub reason: HoldReason,
    /// Package codes, where only some packages are meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<CodeRange>,
}

impl Shaped for Hold {
    const SHAPE: Shape =
        Shape { actors: &[PartyRole::Office, PartyRole::Laboratory], inputs: (0, MAX_INPUTS), ..Shape::SPEAKS };
}

impl KindRules for Hold {
    fn check_alone(&self, body: &RecordBody) -> Result<(), Refusal> {
        needs_subject(body, &self.ranges)
    }

    fn judge(&self, _case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        known_ranges(&self.ranges, view)
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, row: &mut RecordRow) -> Result<(), Stop> {
        row.held = true;
        let batches = case.record.inputs.iter().map(|input| input.batch).collect();
        freeze(row, batches, view)?;
        mark(&self.ranges, CodeState::Held, row, view)
    }
}

/// The office lets go what a record had frozen: a finding, a hold, a dispute, a quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The record that froze.
    pub record: RecordId,
    /// Why it may go.
    pub reason: ReleaseReason,
}

impl Shaped for Release {
    const SHAPE: Shape = Shape { actors: &[PartyRole::Office], ..Shape::PLAIN };
}

impl KindRules for Release {
    fn judge(&self, _case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        match view.record(self.record)? {
            Some(row) if row.held && !row.void && row.superseded_by.is_none() => Ok(()),
            Some(row) => {
                let (zh, en) = what_it_is(row);
                Err(Refusal::conflict(
                    "nothing_held",
                    "/details/record",
                    format!("记录 {}（{zh}）没有冻结什么，或已放行", self.record),
                    format!("the record {} ({en}) holds nothing, or was released already", self.record),
                )
                .into())
            }
            None => Err(unknown_record(self.record, "/details/record").into()),
        }
    }

    fn apply(&self, _case: &Case<'_>, view: &mut View, row: &mut RecordRow) -> Result<(), Stop> {
        row.about = Some(self.record);
        let Some(mut held) = view.record(self.record)?.cloned() else {
            return Ok(());
        };
        for code in std::mem::take(&mut held.freezes) {
            if let Some(batch) = view.edit_batch(code)? {
                batch.holds.remove(&self.record);
            }
        }
        held.held = false;
        if let (Kind::Dispute, Some(disputed)) = (held.states, held.about) {
            trade::settle(disputed, view)?;
        }
        if held.states == Kind::Adjust {
            Adjust::count_gain(&mut held, view)?;
        }
        // Codes that a return marked stay returned; only what a hold froze is free again.
        if held.states == Kind::Hold {
            unmark(&held, view)?;
        }
        view.put(crate::state::Row::Record(held));
        Ok(())
    }
}

/// Batches are called back, with all that was made of them or alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recall {
    /// Why.
    pub reason: RecallReason,
    /// Only these batches, or exactly their descendants too.
    pub scope: RecallScope,
    /// How far down the chain it is published.
    pub stage: RecallStage,
    /// Package codes, where only some packages are meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<CodeRange>,
}

impl Shaped for Recall {
    const SHAPE: Shape = Shape { actors: &[PartyRole::Office], inputs: (0, MAX_INPUTS), ..Shape::SPEAKS };
}

impl KindRules for Recall {
    fn check_alone(&self, body: &RecordBody) -> Result<(), Refusal> {
        needs_subject(body, &self.ranges)
    }

    fn judge(&self, _case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        known_ranges(&self.ranges, view)
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, row: &mut RecordRow) -> Result<(), Stop> {
        let named: Vec<BatchCode> = case.record.inputs.iter().map(|input| input.batch).collect();
        let reached = match self.scope {
            RecallScope::TheseOnly => named.into_iter().collect(),
            RecallScope::WithDescendants => descendants(named, view)?,
        };
        for code in reached {
            if let Some(batch) = view.edit_batch(code)? {
                batch.recalls.insert(row.id);
                row.recalled.push(code);
            }
        }
        mark(&self.ranges, CodeState::Recalled, row, view)
    }
}

/// Exactly what descends from the batches, themselves included, over edges of records in force.
fn descendants(from: Vec<BatchCode>, view: &mut View) -> Result<BTreeSet<BatchCode>, Stop> {
    let mut reached: BTreeSet<BatchCode> = from.iter().copied().collect();
    let mut level = from;
    while !level.is_empty() {
        // One round of loading a level: its edges, then the batches that those lead to.
        view.want(level.iter().map(|code| Key::Uses(*code)))?;
        let mut next = Vec::new();
        for code in &level {
            for edge in view.uses(*code)?.into_iter().filter(|edge| edge.live && edge.uses) {
                next.extend(edge.outputs.iter().copied().filter(|output| reached.insert(*output)));
            }
        }
        view.want(next.iter().map(|code| Key::Batch(*code)))?;
        level = next;
    }
    Ok(reached)
}

/// A recall ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiftRecall {
    /// The recall.
    pub recall: RecordId,
    /// Why.
    pub reason: ReleaseReason,
}

impl Shaped for LiftRecall {
    const SHAPE: Shape = Shape { actors: &[PartyRole::Office], ..Shape::PLAIN };
}

impl KindRules for LiftRecall {
    fn judge(&self, _case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        match view.record(self.recall)? {
            Some(row) if row.kind == Kind::Recall && row.superseded_by.is_none() => Ok(()),
            Some(row) => {
                let (zh, en) = what_it_is(row);
                Err(Refusal::conflict(
                    "not_a_recall",
                    "/details/recall",
                    format!("要解除的应是有效的召回；{} 是{zh}", self.recall),
                    format!("a recall in force is lifted; {} is {en}", self.recall),
                )
                .into())
            }
            None => Err(unknown_record(self.recall, "/details/recall").into()),
        }
    }

    fn apply(&self, _case: &Case<'_>, view: &mut View, row: &mut RecordRow) -> Result<(), Stop> {
        row.about = Some(self.recall);
        let Some(mut recall) = view.record(self.recall)?.cloned() else {
            return Ok(());
        };
        view.want(recall.recalled.iter().map(|code| Key::Batch(*code)))?;
        for code in &recall.recalled {
            if let Some(batch) = view.edit_batch(*code)? {
                batch.recalls.remove(&self.recall);
            }
        }
        unmark(&recall, view)?;
        recall.superseded_by = Some(row.id);
        view.put(crate::state::Row::Record(recall));
        Ok(())
    }
}

/// A party named in a record says that it is not so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispute {
    /// The record.
    pub record: RecordId,
    /// Why.
    pub reason: DisputeReason,
}

impl Shaped for Dispute {
    const SHAPE: Shape = Shape::PLAIN;
}

impl KindRules for Dispute {
    fn judge(&self, case: &Case<'_>, view: &mut View, _findings: &mut Findings) -> Result<(), Stop> {
        let Some(row) = view.record(self.record)?.cloned() else {
            return Err(unknown_record(self.record, "/details/record").into());
        };
        let actor = case.record.actor;
        if row.other_side != Some(actor) && row.party != actor {
            return Err(Refusal::forbidden(
                "not_named",
                "/details/record",
                format!("只有记录里的当事方可以提出异议；{actor} 不是记录 {} 的当事方", self.record),
                format!("only a party named in a record may dispute it; {actor} is not named in {}", self.record),
            )
            .into());
        }
        if !row.is_live() || row.standing == crate::state::Standing::Disputed {
            let (zh, en) = if row.is_live() {
                ("已在异议中".to_owned(), "under dispute already".to_owned())
            } else {
                let (zh, en) = what_it_is(&row);
                (format!("是{zh}，不能再提异议"), format!("{en}; it is not disputed any more"))
            };
            return Err(Refusal::conflict(
                "nothing_to_dispute",
                "/details/record",
                format!("记录 {} {zh}", self.record),
                format!("the record {} is {en}", self.record),
            )
            .into());
        }
        view.want(row.outputs.iter().map(|code| Key::Batch(*code)))
    }

    fn apply(&self, _case: &Case<'_>, view: &mut View, row: &mut RecordRow) -> Result<(), Stop> {
        trade::dispute(self.record, row, view)
    }
}

fn needs_subject(body: &RecordBody, ranges: &[CodeRange]) -> Result<(), Refusal> {
    if body.inputs.is_empty() && ranges.is_empty() {
        return Err(Refusal::invalid(
            "subject_missing",
            "/inputs",
            "要写明批次或码段",
            "batches or ranges of package codes are needed",
        ));
    }
    Ok(())
}

fn known_ranges(ranges: &[CodeRange], view: &mut View) -> Result<(), Stop> {
    for (i, range) in ranges.iter().enumerate() {
        let known = view.issue(range.issue)?.is_some_and(|issue| i64::from(range.to.get()) < issue.count);
        if !known || range.count() == 0 {
            return Err(Refusal::not_found(
                "codes_range",
                format!("/details/ranges/{i}"),
                format!("没有赋码批 {} 的码段 {range}；请核对，小号在前", range.issue),
                format!("there are no codes {range} of issue {}; check them, the smaller index first", range.issue),
            )
            .into());
        }
    }
    Ok(())
}
