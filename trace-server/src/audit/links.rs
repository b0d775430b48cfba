//! Rows that link: which request made a record, and which record made a batch.

use std::hash::RandomState;

use trace_core::audit::{Fault, Graph};
use trace_core::id::{BatchCode, PartyId, RecordId, Uid};

use super::AuditError;
use super::coverage::{MAKES, REQUESTS};
use super::database::PAGE_ROWS;
use super::page::request_digest;
use super::walk::Walked;
use crate::store::snapshot::{Cell, Cells, Snapshot, TableShape};

/// Each record has one request, which names it; each request names records that were appended together.
pub(super) async fn check_requests(
    snapshot: &mut dyn Snapshot,
    hasher: &RandomState,
    walked: &mut Walked,
) -> Result<(), AuditError> {
    let mut seen = vec![false; walked.requests.len()];
    let mut after: Option<Cells> = None;
    loop {
        let rows = snapshot.rows(&REQUESTS, after.as_deref(), PAGE_ROWS).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last[..REQUESTS.key].to_vec());
        for row in &rows {
            let faults = check_request(row, hasher, walked, &mut seen);
            walked.faults.extend(faults);
        }
    }
    for (slot, _) in (0..).zip(&seen).filter(|(_, seen)| !**seen) {
        let Some(id) = walked.chain.graph().id(slot) else { continue };
        let problem = "no row has this record with its submitter and uid";
        walked.faults.push(Fault::new(REQUESTS.name, id.to_string(), "records", problem).about(id));
    }
    Ok(())
}

fn check_request(row: &[Cell], hasher: &RandomState, walked: &Walked, seen: &mut [bool]) -> Vec<Fault> {
    let fault = |field: &str, problem: String| vec![Fault::new(REQUESTS.name, REQUESTS.key_of(row), field, problem)];
    let submitter: PartyId = match parsed(&REQUESTS, row, 0) {
        Ok(submitter) => submitter,
        Err(fault) => return vec![fault],
    };
    let uid: Uid = match parsed(&REQUESTS, row, 1) {
        Ok(uid) => uid,
        Err(fault) => return vec![fault],
    };
    if let Err(fault) = parsed::<RecordId>(&REQUESTS, row, 2) {
        return vec![fault];
    }
    let text = row[3].text().unwrap_or_default();
    let records: Vec<RecordId> = match serde_json::from_str(text) {
        Ok(records) => records,
        Err(error) => return fault("records", error.to_string()),
    };
    // As it was written: no blank, no other spelling.
    if serde_json::to_string(&records).ok().as_deref() != Some(text) || records.is_empty() {
        return fault("records", format!("found {}; it must be a list of record ids", row[3]));
    }
    let graph = walked.chain.graph();
    let mut slots = Vec::with_capacity(records.len());
    for (at, record) in records.iter().enumerate() {
        match graph.record(record) {
            Some(slot) => slots.push(slot),
            None => return fault(&format!("records/{at}"), format!("found {record}, which is not in the log")),
        }
    }
    if slots.windows(2).any(|pair| pair[0] + 1 != pair[1]) {
        return fault("records", "the records do not stand one after another in the log, as a group does".to_owned());
    }
    let digest = request_digest(hasher, submitter, uid);
    match slots.iter().find(|slot| walked.requests[**slot as usize] == digest) {
        Some(slot) => {
            seen[*slot as usize] = true;
            Vec::new()
        }
        None => fault("uid", "none of its records was submitted by this party under this uid".to_owned()),
    }
}

/// The outputs of records, as the lineage has them.
pub(super) async fn check_makes(snapshot: &mut dyn Snapshot, walked: &mut Walked) -> Result<(), AuditError> {
    let mut seen = vec![false; walked.chain.graph().outputs_count()];
    let mut after: Option<Cells> = None;
    loop {
        let rows = snapshot.rows(&MAKES, after.as_deref(), PAGE_ROWS).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last[..MAKES.key].to_vec());
        for row in &rows {
            match made(row, walked.chain.graph()) {
                Ok(number) => seen[number] = true,
                Err(fault) => walked.faults.push(fault),
            }
        }
    }
    for (number, _) in seen.iter().enumerate().filter(|(_, seen)| !**seen) {
        if let Some((record, batch)) = walked.chain.graph().output(number) {
            let fault = Fault::new(MAKES.name, format!("{batch}, {record}"), "idx", "the row is missing");
            walked.faults.push(fault.about(record));
        }
    }
    Ok(())
}

#[expect(clippy::result_large_err, reason = "a fault is rare, and it is told whole")]
fn made(row: &[Cell], graph: &Graph) -> Result<usize, Fault> {
    let batch: BatchCode = parsed(&MAKES, row, 0)?;
    let record = row[1].integer().and_then(|index| graph.at(u64::try_from(index).ok()?));
    let number = record.zip(graph.batch(batch)).and_then(|(record, batch)| graph.output_number(record, batch));
    number.ok_or_else(|| {
        let fault =
            Fault::new(MAKES.name, MAKES.key_of(row), "idx", "the log has no entry at this index with this output");
        match record.and_then(|record| graph.id(record)) {
            Some(id) => fault.about(id),
            None => fault,
        }
    })
}

/// A cell that must hold an id.
#[expect(clippy::result_large_err, reason = "a fault is rare, and it is told whole")]
pub(super) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    table: &TableShape,
    row: &[Cell],
    at: usize,
) -> Result<T, Fault> {
    let fault = |problem: String| Fault::new(table.name, table.key_of(row), table.columns[at], problem);
    let text = row[at].text().ok_or_else(|| fault(format!("found {}, which is no text", row[at])))?;
    text.parse().map_err(|error: T::Err| fault(format!("found {}: {error}", row[at])))
}
