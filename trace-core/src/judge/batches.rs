//! Inputs and outputs against the ledger: they exist, at their newest version, free and owned, in order of time.

use super::case::{measure_fits, unknown_batch};
use super::{Case, party_acted_for};
use crate::id::PartyId;
use crate::quantity::said_or_not;
use crate::record::{InputUse, Refusal, Shape};
use crate::state::{BatchRow, EdgeRow, Stop, View};

/// Checks the site, every input and every output.
pub(super) fn check(case: &Case<'_>, view: &mut View) -> Result<(), Stop> {
    let owner = party_acted_for(case, view)?;
    check_site(case, view, owner)?;
    let shape = case.record.details.shape();
    for (i, row) in case.inputs(view)?.iter().enumerate() {
        check_input(case, view, shape, i, row, owner)?;
    }
    check_outputs(case, view, owner)
}

fn check_site(case: &Case<'_>, view: &mut View, owner: PartyId) -> Result<(), Stop> {
    let Some(id) = case.record.site else {
        return Ok(());
    };
    match view.site(id)? {
        None => Err(Refusal::not_found(
            "unknown_site",
            "/site",
            format!("系统里没有地点 {id}"),
            format!("there is no site {id} in this ledger"),
        )
        .into()),
        Some(site) if site.party != owner => Err(Refusal::forbidden(
            "foreign_site",
            "/site",
            format!("地点 {id} 属于另一主体"),
            format!("site {id} belongs to another party"),
        )
        .into()),
        Some(_) => Ok(()),
    }
}

fn check_input(
    case: &Case<'_>,
    view: &mut View,
    shape: &Shape,
    i: usize,
    row: &BatchRow,
    owner: PartyId,
) -> Result<(), Stop> {
    let input = &case.record.inputs[i];
    let place = format!("/inputs/{i}");
    let code = row.code;
    let kept = kept_edge(case, view, i)?;
    if input.record != row.record && kept.as_ref().is_none_or(|edge| edge.input_record != input.record) {
        return Err(Refusal::conflict(
            "stale_input",
            format!("{place}/record"),
            format!("批次 {code} 的记录 {} 不是最新的，请用最新的指纹 {}", input.record, row.record),
            format!("{} is not the newest record of batch {code}; name its record {}", input.record, row.record),
        )
        .into());
    }
    // What a correction had drawn before the freeze it may keep, but not raise.
    let keeps = kept.is_some_and(|edge| case.drawn(i) <= edge.amount);
    if !shape.frozen_inputs && !keeps {
        check_free(row, &place)?;
    }
    if !shape.foreign_inputs && row.owner != owner {
        return Err(Refusal::forbidden(
            "foreign_batch",
            format!("{place}/batch"),
            format!("批次 {code} 属于另一主体；请先登记收货"),
            format!("batch {code} belongs to another party; receive it first"),
        )
        .into());
    }
    if !row.occurred_at.precedes_or_equals(&case.record.occurred_at) {
        return Err(Refusal::invalid(
            "before_its_input",
            "/occurred_at",
            format!("日期 {} 早于来源批次 {code} 的日期 {}", case.record.occurred_at, row.occurred_at),
            format!("{} is before its input {code} came to be, {}", case.record.occurred_at, row.occurred_at),
        )
        .into());
    }
    if shape.input_use == InputUse::Draws
        && let Some(stated) = case.amounts.inputs.get(i)
    {
        measure_fits(stated, row.measure(), &format!("/amounts/inputs/{i}"))?;
    }
    Ok(())
}

/// The edge to the same batch that a correction's first version had; it may keep the version that was named then.
fn kept_edge(case: &Case<'_>, view: &mut View, i: usize) -> Result<Option<EdgeRow>, Stop> {
    let (true, Some(old)) = (case.is_correction(), case.record.supersedes) else { return Ok(None) };
    let batch = case.record.inputs[i].batch;
    Ok(view.edges_of(old)?.into_iter().find(|edge| edge.batch == batch))
}

/// The batch is not void, held or recalled.
fn check_free(row: &BatchRow, place: &str) -> Result<(), Refusal> {
    let code = row.code;
    let (rule, zh, en) = if row.void {
        ("void_batch", format!("批次 {code} 已作废"), format!("batch {code} was voided"))
    } else if !row.recalls.is_empty() {
        ("recalled_batch", format!("批次 {code} 在召回中"), format!("batch {code} is under recall"))
    } else if !row.holds.is_empty() {
        (
            "held_batch",
            format!("批次 {code} 被冻结，须由品牌办放行后才能使用"),
            format!("batch {code} is held; the office must release it first"),
        )
    } else {
        return Ok(());
    };
    Err(Refusal::conflict(rule, format!("{place}/batch"), zh, en))
}

fn check_outputs(case: &Case<'_>, view: &mut View, owner: PartyId) -> Result<(), Stop> {
    for (i, output) in case.record.outputs.iter().enumerate() {
        let place = format!("/outputs/{i}/batch");
        let existing = view.batch(output.batch)?.map(|row| (row.owner, row.coded, row.attributes.net_content));
        match existing {
            None if case.is_correction() => {
                return Err(unknown_batch(&output.batch.to_string(), &place).into());
            }
            Some(_) if !case.is_correction() => {
                return Err(Refusal::conflict(
                    "batch_exists",
                    place,
                    format!("批次码 {} 已经用过", output.batch),
                    format!("batch code {} is taken already", output.batch),
                )
                .into());
            }
            Some((had_owner, _, _)) if had_owner != owner => {
                return Err(Refusal::forbidden(
                    "foreign_batch",
                    place,
                    format!("批次 {} 属于另一主体", output.batch),
                    format!("batch {} belongs to another party", output.batch),
                )
                .into());
            }
            Some((_, coded, net)) if coded > 0 && net != output.attributes.net_content => {
                let (was, said) = (said_or_not(net), said_or_not(output.attributes.net_content));
                return Err(Refusal::conflict(
                    "net_content_printed",
                    format!("/outputs/{i}/attributes/net_content"),
                    format!("批次 {} 已经赋码，净含量仍须是 {}，不能改成 {}", output.batch, was.0, said.0),
                    format!(
                        "package codes of batch {} were issued: its net content stays {} and cannot become {}",
                        output.batch, was.1, said.1
                    ),
                )
                .into());
            }
            None | Some(_) => {}
        }
    }
    Ok(())
}
