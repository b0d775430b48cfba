//! What follows from a record: balances, batches, edges, freezes, and the row of the record itself.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Case, party_acted_for, revision};
use crate::balance;
use crate::id::{BatchCode, Stage};
use crate::record::{InputUse, Kind, Refusal};
use crate::state::{BatchRow, EdgeRow, RecordRow, Row, Standing, Stop, View};

/// Puts everything that follows from the record into the view; gives the refusal that rests on the balance of a foreign
/// batch, see [`balance::check`].
pub(super) fn establish(case: &Case<'_>, held: bool, view: &mut View) -> Result<Option<Refusal>, Stop> {
    let record = case.record;
    let undone = revision::undone(case, view)?;
    let void = record.kind() == Kind::Void;
    let rules = case.stated().own_rules();
    let effects = if void { Vec::new() } else { rules.effects(case, view)? };
    let mut row = RecordRow {
        id: record.id(),
        index: case.index,
        kind: record.kind(),
        states: case.stated().kind(),
        actor: record.actor,
        party: party_acted_for(case, view)?,
        entered_by: record.entered_by,
        site: record.site,
        occurred_at: record.occurred_at,
        received_at: case.received_at,
        uid: record.uid,
        supersedes: record.supersedes,
        superseded_by: None,
        void: false,
        outputs: record.outputs.iter().map(|output| output.batch).collect(),
        effects,
        standing: Standing::Settled,
        other_side: None,
        about: None,
        freezes: Vec::new(),
        recalled: Vec::new(),
        issues: BTreeSet::new(),
        held,
        signed: case.signed,
    };
    if !void {
        put_batches(case, view)?;
        for effect in &row.effects {
            balance::apply(*effect, view)?;
        }
        put_edges(case, &row, view);
        rules.apply(case, view, &mut row)?;
        if held {
            let frozen = rules.frozen(case);
            freeze(&mut row, frozen, view)?;
        }
    }
    let position = |batch| record.inputs.iter().position(|input| input.batch == batch);
    let veiled = balance::check(&undone, &row.effects, view, |batch| case.sight(batch.owner), position)?;
    view.put(Row::Record(row));
    Ok(veiled)
}

/// Freezes batches in the name of a record.
pub(crate) fn freeze(row: &mut RecordRow, batches: Vec<BatchCode>, view: &mut View) -> Result<(), Stop> {
    for code in batches {
        if let Some(batch) = view.edit_batch(code)? {
            batch.holds.insert(row.id);
            row.freezes.push(code);
        }
    }
    Ok(())
}

/// The first day on which something of an output was dug.
fn dug_on(case: &Case<'_>, stage: Stage, inputs: &[BatchRow]) -> Option<Date> {
    match (case.stated().kind(), stage) {
        (_, Stage::Fungus | Stage::Seed | Stage::Planting) => None,
        (Kind::Harvest, _) => Some(case.record.occurred_at.date()),
        _ => inputs.iter().filter_map(|row| row.dug_on).min(),
    }
}

fn put_batches(case: &Case<'_>, view: &mut View) -> Result<(), Stop> {
    let record = case.record;
    let inputs = if record.outputs.is_empty() { Vec::new() } else { case.inputs(view)? };
    for output in &record.outputs {
        let dug_on = dug_on(case, output.stage, &inputs);
        if let Some(row) = view.edit_batch(output.batch)? {
            row.record = record.id();
            row.product = output.product;
            row.attributes = output.attributes.clone();
            row.site = record.site;
            row.occurred_at = record.occurred_at;
            row.dug_on = dug_on;
            continue;
        }
        view.put(Row::Batch(BatchRow {
            code: output.batch,
            stage: output.stage,
            product: output.product,
            attributes: output.attributes.clone(),
            owner: record.actor,
            site: record.site,
            record: record.id(),
            occurred_at: record.occurred_at,
            dug_on,
            made: 0,
            drawn: 0,
            allotted: 0,
            coded: 0,
            returned: 0,
            returned_coded: 0,
            harvested_mg: 0,
            closings: 0,
            closed_on: None,
            holds: BTreeSet::new(),
            recalls: BTreeSet::new(),
            void: false,
        }));
    }
    Ok(())
}

fn put_edges(case: &Case<'_>, row: &RecordRow, view: &mut View) {
    let drawn = case.record.details.shape().input_use == InputUse::Draws;
    for (position, input) in (0u32..).zip(&case.record.inputs) {
        view.put_edge(EdgeRow {
            record: row.id,
            index: row.index,
            position,
            batch: input.batch,
            input_record: input.record,
            amount: if drawn { case.drawn(position as usize) } else { 0 },
            uses: case.record.uses_inputs(),
            live: true,
            outputs: row.outputs.clone(),
        });
    }
}
