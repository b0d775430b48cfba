//! A page of the log on its way through an audit: entries, and what is claimed of them beside their bytes.

use std::hash::{BuildHasher as _, RandomState};

use trace_core::audit::{Fault, ReadEntry, compare_findings, open};
use trace_core::id::{PartyId, RecordId, Uid};
use trace_core::record::sealed::{Group, Opening, Salt};
use trace_core::record::{Amounts, Entry, FindingMark, Level};

use super::coverage::{FINDINGS, OPENINGS};
use crate::store::snapshot::{Cell, Cells, TableShape};

/// An entry and what stands beside its bytes; a log that is served claims less than a database.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "`leaf_hash` is the column's name")]
pub struct Leaf {
    /// Its index.
    pub index: u64,
    /// The leaf bytes.
    pub bytes: Vec<u8>,
    /// The id of its record.
    pub record: Option<Cell>,
    /// The leaf hash.
    pub leaf_hash: Option<Cell>,
    /// Milliseconds since 1970.
    pub received_at: Option<Cell>,
    /// Rows of `openings`.
    pub openings: Vec<Cells>,
    /// Rows of `findings`.
    pub findings: Vec<Cells>,
}

/// What a source gives and an audit may expect of it.
#[derive(Debug, Clone, Copy)]
pub struct Expects {
    /// Openings of amounts: balances are replayed.
    pub amounts: bool,
    /// Rows of `findings`, and of openings other than amounts.
    pub rows: bool,
}

/// Consecutive entries, or faults that were met while reading them.
#[derive(Debug, Default)]
pub struct Page {
    /// The entries.
    pub leaves: Vec<Leaf>,
    /// What was wrong with the sequence of their indices.
    pub faults: Vec<Fault>,
}

/// A leaf after everything was checked that needs no other.
#[derive(Debug)]
pub struct CheckedLeaf {
    /// The entry.
    pub read: ReadEntry,
    /// The record's amounts, where they were opened.
    pub amounts: Option<Amounts>,
    /// A digest of whose request it was, under a key of this audit.
    pub request: u64,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// Digests of requests: a submitter's uid, in eight bytes.
pub fn request_digest(hasher: &RandomState, submitter: PartyId, uid: Uid) -> u64 {
    hasher.hash_one((submitter, uid))
}

impl Leaf {
    /// Checks everything that needs no other entry.
    pub fn check(self, expects: Expects, hasher: &RandomState) -> CheckedLeaf {
        let read = ReadEntry::of(self.index, &self.bytes);
        let mut faults = Vec::new();
        let id = read.entry.as_ref().ok().map(|entry| entry.record.id());
        let mut fault = |field: &str, problem: String| faults.push(Fault::in_entry(self.index, id, field, problem));
        if let (Some(claimed), Some(id)) = (&self.record, id)
            && claimed.text() != Some(&*id.to_string())
        {
            fault("record", format!("found {claimed}; the record in the entry has the id {id}"));
        }
        if let Some(claimed) = &self.leaf_hash
            && claimed.blob() != Some(&read.leaf.as_bytes()[..])
        {
            fault("leaf_hash", format!("found {claimed}; the entry has the leaf hash {}", read.leaf.to_hex()));
        }
        let Ok(entry) = &read.entry else {
            return CheckedLeaf { read, amounts: None, request: 0, faults };
        };
        if let Some(claimed) = &self.received_at
            && claimed.integer() != Some(entry.received_at.as_unix_ms())
        {
            fault("received_at", format!("found {claimed}; the entry says {}", entry.received_at.as_unix_ms()));
        }
        let amounts = check_openings(entry, &self.openings, expects, &mut faults);
        if expects.rows {
            check_findings(entry, &self.findings, &mut faults);
        }
        let request = request_digest(hasher, entry.record.submitter(), entry.record.uid);
        CheckedLeaf { read, amounts, request, faults }
    }
}

/// A row beside an entry names the entry's record in its first column.
fn check_record(table: &TableShape, cells: &[Cell], id: RecordId, faults: &mut Vec<Fault>) {
    if cells[0].text() != Some(&*id.to_string()) {
        let problem = format!("found {}; its index is that of record {id}", cells[0]);
        faults.push(Fault::new(table.name, table.key_of(cells), "record", problem).about(id));
    }
}

/// Cells of [`OPENINGS`] as an opening.
fn opening_of(cells: &[Cell]) -> Result<Opening, (&'static str, String)> {
    let group = cells.get(1).and_then(Cell::text).unwrap_or_default();
    let group = Group::ALL.into_iter().find(|one| one.code() == group).ok_or(("grp", "no such group".to_owned()))?;
    let salt = Salt::from_bytes(cells.get(2).and_then(Cell::blob).unwrap_or_default());
    let salt = salt.map_err(|error| ("salt", error.to_string()))?;
    let value = serde_json::from_str(cells.get(3).and_then(Cell::text).unwrap_or_default());
    Ok(Opening::new(group, salt, value.map_err(|error| ("value", error.to_string()))?))
}

fn check_openings(entry: &Entry, rows: &[Cells], expects: Expects, faults: &mut Vec<Fault>) -> Option<Amounts> {
    let id = entry.record.id();
    let mut openings = Vec::with_capacity(rows.len());
    for cells in rows {
        check_record(&OPENINGS, cells, id, faults);
        match opening_of(cells) {
            Ok(opening) => openings.push(opening),
            Err((field, problem)) => {
                faults.push(Fault::new(OPENINGS.name, OPENINGS.key_of(cells), field, problem).about(id));
            }
        }
    }
    let place = |group: Group| format!("{id}, {}", group.code());
    let amounts = open(entry, &openings, |group, problem| {
        faults.push(Fault::new(OPENINGS.name, place(group), "salt, value", problem).about(id));
    });
    // Values that tell of persons may have been erased; the others never are.
    for group in entry.record.sealed.keys() {
        let expected = if *group == Group::Amounts { expects.amounts } else { *group == Group::Terms && expects.rows };
        if expected && !openings.iter().any(|opening| opening.group() == *group) {
            let problem = "the record commits to it, and it is missing or cannot be read";
            faults.push(Fault::new(OPENINGS.name, place(*group), "record", problem).about(id));
        }
    }
    match amounts? {
        Ok(amounts) => Some(amounts),
        Err(refusal) => {
            let field = format!("value{}", refusal.place.strip_prefix("/amounts").unwrap_or_default());
            faults.push(Fault::new(OPENINGS.name, place(Group::Amounts), &field, refusal.en.clone()).about(id));
            None
        }
    }
}

fn check_findings(entry: &Entry, rows: &[Cells], faults: &mut Vec<Fault>) {
    let id: RecordId = entry.record.id();
    let mut kept = Vec::with_capacity(rows.len());
    for cells in rows {
        check_record(&FINDINGS, cells, id, faults);
        let level = match cells.get(2).and_then(Cell::text) {
            Some("warning") => Some(Level::Warning),
            Some("hold") => Some(Level::Hold),
            _ => None,
        };
        let rule = cells.get(3).and_then(Cell::text).unwrap_or_default().to_owned();
        let position = cells.get(1).and_then(Cell::integer).and_then(|at| u32::try_from(at).ok());
        match (position, level) {
            (Some(position), Some(level)) => kept.push((position, FindingMark { level, rule })),
            (position, _) => {
                let field = if position.is_none() { "position" } else { "level" };
                let problem = format!("found {}", cells[if position.is_none() { 1 } else { 2 }]);
                faults.push(Fault::new(FINDINGS.name, FINDINGS.key_of(cells), field, problem).about(id));
            }
        }
    }
    faults.extend(compare_findings(id, &entry.findings, &kept));
}
