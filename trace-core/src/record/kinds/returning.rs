//! What comes back: an amount of a shipment, or packages by their codes, into a batch in quarantine.
//!
//! Nothing is doubled by it: of what a shipment set aside each kilogram is received once or comes back once, and a package
//! comes back once.

use serde::{Deserialize, Serialize};

use super::{KindRules, Shaped};
use crate::balance::{Effect, newest_version};
use crate::id::{PartyId, RecordId};
use crate::judge::{Case, Findings, party_acted_for};
use crate::record::sealed::Group;
use crate::record::shape::ANY_STAGE;
use crate::record::{CodeRange, InputUse, Kind, RecordBody, Refusal, Shape};
use crate::state::{BatchRow, CodeState, Key, RecordRow, Stop, View};
use crate::tianma::ReturnReason;

/// Goods come back into a batch in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Return {
    /// Why.
    pub reason: ReturnReason,
    /// The shipment that comes back, in whole or in part; not for packages, which come back by their codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship: Option<RecordId>,
}

impl Shaped for Return {
    const SHAPE: Shape = Shape {
        input_use: InputUse::Descends,
        inputs: (1, 1),
        input_stages: ANY_STAGE,
        foreign_inputs: true,
        frozen_inputs: true,
        outputs: (1, 1),
        output_stages: ANY_STAGE,
        must_seal: &[Group::Amounts],
        ranges: true,
        revisable: true,
        ..Shape::PLAIN
    };
}

impl KindRules for Return {
    fn check_alone(&self, body: &RecordBody) -> Result<(), Refusal> {
        if let (Some(input), Some(output)) = (body.inputs.first(), body.outputs.first())
            && input.batch.stage() != output.stage
        {
            let was = input.batch.stage();
            return Err(Refusal::invalid(
                "receive_changes",
                "/outputs/0/stage",
                format!("退货不改变环节：应为{}，收到的是{}", was.zh(), output.stage.zh()),
                format!("a return does not change the stage: it is {}, and not {}", was.code(), output.stage.code()),
            ));
        }
        Ok(())
    }

    fn judge(&self, case: &Case<'_>, view: &mut View, findings: &mut Findings) -> Result<(), Stop> {
        let rows = case.inputs(view)?;
        let (Some(row), Some(output)) = (rows.first(), case.record.outputs.first()) else {
            return Ok(());
        };
        if output.product != row.product {
            return Err(Refusal::invalid(
                "receive_changes",
                "/outputs/0/product",
                format!("退回的应为{}，收到的是{}", row.product.zh(), output.product.zh()),
                format!("what comes back is {}, and not {}", row.product.code(), output.product.code()),
            )
            .into());
        }
        if case.amounts.ranges.is_empty() {
            self.judge_shipment(case, view, row)?;
        } else {
            judge_packages(case, view, row)?;
        }
        // Less may come back than the packages held; more cannot.
        if let Some(holds) = super::codes::packed(&case.amounts.ranges, view)?.get(&row.code)
            && case.made(0) > *holds
        {
            return Err(
                super::codes::not_what_they_hold("/amounts/outputs/0", row.measure(), *holds, case.made(0)).into()
            );
        }
        findings.hold(
            "quarantine",
            "退货先隔离，由品牌办放行",
            "returned goods are in quarantine until the office releases them",
        );
        Ok(())
    }

    fn effects(&self, case: &Case<'_>, _view: &mut View) -> Result<Vec<Effect>, Stop> {
        let mut effects = super::draws_and_makes(case);
        if let Some(input) = case.record.inputs.first() {
            let (batch, amount) = (input.batch, case.made(0));
            effects.push(match self.ship {
                _ if !case.amounts.ranges.is_empty() => Effect::ReturnCoded { batch, amount },
                Some(ship) => Effect::BringBack { ship, batch, amount },
                None => Effect::Return { batch, amount },
            });
        }
        Ok(effects)
    }

    fn apply(&self, case: &Case<'_>, view: &mut View, row: &mut RecordRow) -> Result<(), Stop> {
        super::codes::mark(&case.amounts.ranges, CodeState::Returned, row, view)?;
        stay_recalled(case, view)
    }
}

impl Return {
    /// By weight comes back what a shipment sent away, to the one who sent it or to the one it was sent to. What the owner
    /// itself used never left, and what a consignee received is in the consignee's batch.
    fn judge_shipment(&self, case: &Case<'_>, view: &mut View, row: &BatchRow) -> Result<(), Stop> {
        let Some(named) = self.ship else {
            return Err(Refusal::invalid(
                "return_without_shipment",
                "/details/ship",
                format!("批次 {} 没有可退的发货单；按重量退货要有发货单，带码的包装要写明码段，买方已收的由买方发回", row.code),
                format!(
                    "no shipment of batch {} can come back to you; what comes back by weight was shipped, packages come back with the ranges of their codes, and what a buyer received is shipped back by the buyer",
                    row.code
                ),
            )
            .into());
        };
        let newest = newest_version(view, named)?;
        let Some(ship) = view.record(newest)?.filter(|ship| ship.states == Kind::Ship && !ship.void).cloned() else {
            return Err(Refusal::not_found(
                "unknown_shipment",
                "/details/ship",
                format!("{named} 不是有效的发货单；请核对"),
                format!("{named} is no shipment in force; check it"),
            )
            .into());
        };
        let back_to = party_acted_for(case, view)?;
        if ship.party != back_to && ship.other_side != Some(back_to) {
            return Err(not_yours("/details/ship", back_to, row));
        }
        Ok(())
    }
}

/// Packages come back once, to the owner of their batch or to whom they were shipped; not those whose goods went back to
/// the batch when their codes were voided.
fn judge_packages(case: &Case<'_>, view: &mut View, row: &BatchRow) -> Result<(), Stop> {
    // First of all: an answer about the codes would tell a stranger how many there are.
    if !owns_or_was_sent(case, view, row)? {
        return Err(not_yours("/amounts/ranges", party_acted_for(case, view)?, row));
    }
    super::codes::check_ranges(case, view, &[row.code], &[CodeState::Returned])?;
    for (i, range) in case.amounts.ranges.iter().enumerate() {
        let Some(issue) = view.issue(range.issue)?.cloned() else { continue };
        let voided = issue.ranges.iter().filter(|(state, had, _)| *state == CodeState::Void && had.overlaps(range));
        view.want(voided.clone().map(|(_, _, record)| Key::Record(*record)))?;
        for (_, had, record) in voided {
            let given_back = |by: &RecordRow| by.effects.iter().any(|effect| matches!(effect, Effect::Uncode { .. }));
            if view.record(*record)?.is_some_and(given_back) {
                return Err(Refusal::conflict(
                    "codes_state",
                    format!("/amounts/ranges/{i}"),
                    format!("码段 {range} 里的 {had} 已作废并退回了重量，货还在批次里，不能再退货"),
                    format!(
                        "of the codes {range} those of {had} were voided and their goods went back to the batch; they cannot come back once more"
                    ),
                )
                .into());
            }
        }
    }
    Ok(())
}

/// Whether all of the packages are of the party's own batch, or were shipped to it.
fn owns_or_was_sent(case: &Case<'_>, view: &mut View, row: &BatchRow) -> Result<bool, Stop> {
    let back_to = party_acted_for(case, view)?;
    if row.owner == back_to {
        return Ok(true);
    }
    for range in &case.amounts.ranges {
        let Some(issue) = view.issue(range.issue)?.cloned() else { return Ok(false) };
        let marks = issue.ranges.iter().filter(|(state, had, _)| *state == CodeState::Shipped && had.overlaps(range));
        view.want(marks.clone().map(|(_, _, record)| Key::Record(*record)))?;
        let mut shipped = 0;
        for (_, had, record) in marks {
            if view.record(*record)?.is_some_and(|by| by.other_side == Some(back_to)) {
                shipped += CodeRange { from: range.from.max(had.from), to: range.to.min(had.to), ..*range }.count();
            }
        }
        if shipped == 0 || shipped < range.count() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn not_yours(place: &str, party: PartyId, row: &BatchRow) -> Stop {
    Refusal::forbidden(
        "not_yours_to_return",
        place,
        format!("批次 {} 的退货只能由发货的一方或收货的一方登记；{party} 都不是", row.code),
        format!(
            "what was shipped of batch {} comes back to its shipper or its consignee; {party} is neither",
            row.code
        ),
    )
    .into()
}

/// What comes back of recalled goods is recalled still: the office's release of the quarantine alone must not free it.
fn stay_recalled(case: &Case<'_>, view: &mut View) -> Result<(), Stop> {
    let (Some(from), Some(output)) = (case.inputs(view)?.into_iter().next(), case.record.outputs.first()) else {
        return Ok(());
    };
    let mut recalls = from.recalls;
    for range in &case.amounts.ranges {
        if let Some(issue) = view.issue(range.issue)? {
            let called =
                issue.ranges.iter().filter(|(state, had, _)| *state == CodeState::Recalled && had.overlaps(range));
            recalls.extend(called.map(|(_, _, recall)| *recall));
        }
    }
    view.want(recalls.iter().map(|recall| Key::Record(*recall)))?;
    for recall in recalls {
        if let Some(batch) = view.edit_batch(output.batch)?
            && batch.recalls.insert(recall)
            && let Some(row) = view.edit_record(recall)?
        {
            row.recalled.push(output.batch);
        }
    }
    Ok(())
}
