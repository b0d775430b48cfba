//! Corrections and voidings: versions of a fact form a line, and nothing that others have built on is pulled away.

use super::case::unknown_record;
use super::{Case, Findings};
use crate::balance;
use crate::id::{BatchCode, RecordId};
use crate::record::{Kind, Refusal};
use crate::state::{Key, RecordRow, Stop, View};

/// Checks that the record may replace what it names.
pub(super) fn check(case: &Case<'_>, view: &mut View, findings: &mut Findings) -> Result<(), Stop> {
    let Some(id) = case.record.supersedes else {
        return Ok(());
    };
    let Some(old) = view.record(id)?.cloned() else {
        return Err(unknown_record(id, "/supersedes").into());
    };
    if !old.is_live() {
        return Err(stale(&old, view)?.into());
    }
    let kind = case.record.kind();
    if kind.is_revision() {
        check_right(case, &old)?;
    }
    if kind != Kind::Void && case.stated().kind() != old.states {
        return Err(Refusal::invalid(
            "other_kind",
            "/details/kind",
            format!("要更正的是“{}”，不能改成“{}”", old.states.zh(), case.stated().kind().zh()),
            format!("the record is a '{}'; a correction cannot make it a '{}'", old.states, case.stated().kind()),
        )
        .into());
    }
    if kind == Kind::Correct {
        check_correction(case, &old, view)?;
        if old.held && old.states != Kind::Inspect {
            findings.hold(
                "corrected_while_held",
                "原记录被冻结，更正后仍须品牌办放行",
                "the record was held when it was corrected; the office still has to release it",
            );
        }
    }
    if kind == Kind::Void {
        if !old.states.shape().revisable {
            return Err(Refusal::invalid(
                "not_revisable",
                "/supersedes",
                format!("“{}”不能作废", old.states.zh()),
                format!("a '{}' cannot be voided; make a new record that ends or replaces it", old.states),
            )
            .into());
        }
        no_users(&old.outputs, id, view, "/supersedes")?;
    }
    Ok(())
}

fn check_right(case: &Case<'_>, old: &RecordRow) -> Result<(), Refusal> {
    let (actor, id) = (case.record.actor, old.id);
    if actor != old.party && actor != case.office {
        return Err(Refusal::forbidden(
            "foreign_record",
            "/supersedes",
            format!("只有原主体或品牌办可以更正、作废记录 {id}；{actor} 都不是"),
            format!(
                "only the party that made the record {id}, or the office, may correct or void it; {actor} is neither"
            ),
        ));
    }
    Ok(())
}

fn check_correction(case: &Case<'_>, old: &RecordRow, view: &mut View) -> Result<(), Stop> {
    let outputs: Vec<BatchCode> = case.record.outputs.iter().map(|output| output.batch).collect();
    if outputs != old.outputs {
        let named = |codes: &[BatchCode], join: &str, none: &str| match codes {
            [] => none.to_owned(),
            codes => codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(join),
        };
        let (wanted, received) = (&old.outputs, &outputs);
        return Err(Refusal::invalid(
            "other_outputs",
            "/outputs",
            format!(
                "更正必须保留原来的产出批次和次序：{}；收到的是 {}",
                named(wanted, "、", "没有"),
                named(received, "、", "空的")
            ),
            format!(
                "a correction keeps the output batches and their order: {}; received: {}",
                named(wanted, ", ", "none"),
                named(received, ", ", "none")
            ),
        )
        .into());
    }
    check_order(case, old, view)?;
    let edges = view.edges_of(old.id)?;
    let mut before: Vec<BatchCode> = edges.iter().map(|edge| edge.batch).collect();
    let mut after: Vec<BatchCode> = case.record.inputs.iter().map(|input| input.batch).collect();
    before.sort_unstable();
    after.sort_unstable();
    if before != after {
        no_users(&old.outputs, old.id, view, "/inputs")?;
    }
    Ok(())
}

/// A correction to a later date stays before what was done with the batches since.
fn check_order(case: &Case<'_>, old: &RecordRow, view: &mut View) -> Result<(), Stop> {
    let occurred = case.record.occurred_at;
    if occurred.precedes_or_equals(&old.occurred_at) {
        return Ok(());
    }
    view.want(old.outputs.iter().map(|batch| Key::Uses(*batch)))?;
    for batch in &old.outputs {
        let users: Vec<RecordId> =
            view.uses(*batch)?.into_iter().filter(|edge| edge.live).map(|edge| edge.record).collect();
        view.want(users.iter().map(|user| Key::Record(*user)))?;
        for user in users {
            if let Some(row) = view.record(user)?
                && !occurred.precedes_or_equals(&row.occurred_at)
            {
                return Err(Refusal::conflict(
                    "after_its_use",
                    "/occurred_at",
                    format!("批次 {batch} 在 {} 已被记录 {user} 用到；日期 {occurred} 不能晚于它", row.occurred_at),
                    format!(
                        "record {user} names batch {batch} on {}; the date, {occurred}, cannot be later",
                        row.occurred_at
                    ),
                )
                .into());
            }
        }
    }
    Ok(())
}

/// No live record uses the batches; the refusal names those that do.
fn no_users(batches: &[BatchCode], maker: RecordId, view: &mut View, place: &str) -> Result<(), Stop> {
    view.want(batches.iter().map(|batch| Key::Uses(*batch)))?;
    let mut users = Vec::new();
    for batch in batches {
        users.extend(view.uses(*batch)?.into_iter().filter(|edge| edge.live && edge.uses).map(|edge| edge.record));
    }
    // What was received out of a shipment, or came back of it, draws on the shipment itself.
    if let Some(row) = view.record(maker)? {
        let taken = row.effects.iter().any(
            |effect| matches!(effect, balance::Effect::Allot { taken, returned, .. } if *taken > 0 || *returned > 0),
        );
        if taken && users.is_empty() {
            return Err(Refusal::conflict(
                "still_used",
                place,
                format!("发货 {maker} 已有部分被收货或退回，不能作废，也不能换来源批次；请先作废收货或退货记录"),
                format!("part of the shipment {maker} was received or came back: it is neither voided nor given other inputs before the receipt or the return is voided"),
            )
            .into());
        }
    }
    if users.is_empty() {
        return Ok(());
    }
    users.sort_unstable();
    users.dedup();
    let named: Vec<_> = users.iter().take(10).map(ToString::to_string).collect();
    Err(Refusal::conflict(
        "still_used",
        place,
        format!("{} 条记录用到了它的产出，请先作废这些记录：{}", users.len(), named.join("、")),
        format!("{} live records use what it made; void those first: {}", users.len(), named.join(", ")),
    )
    .into())
}

fn stale(old: &RecordRow, view: &mut View) -> Result<Refusal, Stop> {
    let newest = balance::newest_version(view, old.id)?;
    Ok(if old.void {
        Refusal::conflict(
            "stale_version",
            "/supersedes",
            format!("记录 {} 已作废，不能再更正或作废", old.id),
            format!("the record {} was voided; it is neither corrected nor voided any more", old.id),
        )
    } else {
        Refusal::conflict(
            "stale_version",
            "/supersedes",
            format!("记录 {} 已被更正，最新的是 {newest}；请在它上面更正", old.id),
            format!("the record {} has a newer version, {newest}; build on that one", old.id),
        )
    })
}

/// Takes the replaced record out of force: undoes its effects, lifts what it froze, retires its edges.
pub(super) fn retire(case: &Case<'_>, view: &mut View) -> Result<(), Stop> {
    let Some(id) = case.record.supersedes else {
        return Ok(());
    };
    let Some(old) = view.record(id)?.cloned() else {
        return Ok(());
    };
    let void = case.record.kind() == Kind::Void;
    for effect in old.effects.iter().rev() {
        balance::undo(*effect, view)?;
    }
    for batch in &old.freezes {
        if let Some(row) = view.edit_batch(*batch)? {
            row.holds.remove(&id);
        }
    }
    crate::record::kinds::unmark(&old, view)?;
    for mut edge in view.edges_of(id)? {
        edge.live = false;
        view.put_edge(edge);
    }
    if void {
        for batch in &old.outputs {
            if let Some(row) = view.edit_batch(*batch)? {
                row.void = true;
            }
        }
    }
    if let Some(row) = view.edit_record(id)? {
        row.superseded_by = Some(case.record.id());
        row.void = void;
        row.freezes.clear();
    }
    Ok(())
}

/// The effects that the record takes back.
pub(super) fn undone(case: &Case<'_>, view: &mut View) -> Result<Vec<balance::Effect>, Stop> {
    match case.record.supersedes {
        Some(id) => Ok(view.record(id)?.map(|row| row.effects.clone()).unwrap_or_default()),
        None => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests;
