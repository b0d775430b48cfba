//! What a database holds beside the log against what the log gives: row by row, cell by cell, field by field.

use serde_json::Value;
use tokio::sync::mpsc;
use trace_core::audit::{Fault, Faults, Graph};
use trace_core::code::IssueNumber;
use trace_core::id::RecordId;
use trace_core::state::Key;

use super::coverage::{DOCUMENTS, EDGES};
use super::database::PAGE_ROWS;
use super::encoding::{decode_row, decode_rows, encode};
use super::links::parsed;
use super::shelf::{Shelf, Slot, table_of};
use super::walk::{PAGES_UNDER_WAY, Walked};
use super::{AuditError, Phase, Progress, Told};
use crate::store::StoreError;
use crate::store::snapshot::{Cell, Cells, Snapshot, TableShape};

/// Fields of one document that are named.
const FIELDS_MAX: usize = 20;

type Rows = (&'static TableShape, Vec<Cells>);

/// Compares all projections. Reading goes on while rows are compared.
pub(super) async fn compare(snapshot: Box<dyn Snapshot>, walked: Walked, told: Told) -> Result<Walked, AuditError> {
    let (send, rows) = mpsc::channel(PAGES_UNDER_WAY);
    let reading = tokio::spawn(read(snapshot, send));
    let comparing = tokio::task::spawn_blocking(move || compare_rows(rows, walked, &told));
    let walked = comparing.await.map_err(AuditError::stopped)?;
    reading.await.map_err(AuditError::stopped)??;
    walked
}

async fn read(mut snapshot: Box<dyn Snapshot>, rows: mpsc::Sender<Rows>) -> Result<(), StoreError> {
    for table in DOCUMENTS.iter().chain([&EDGES]) {
        let mut after: Option<Cells> = None;
        loop {
            let page = snapshot.rows(table, after.as_deref(), PAGE_ROWS).await?;
            let Some(last) = page.last() else { break };
            after = Some(last[..table.key].to_vec());
            if rows.send((table, page)).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn compare_rows(mut rows: mpsc::Receiver<Rows>, mut walked: Walked, told: &Told) -> Result<Walked, AuditError> {
    let Walked { chain, replayer: Some(replayer), faults, .. } = &mut walked else { return Ok(walked) };
    let (shelf, graph) = (replayer.shelf(), chain.graph());
    let (records, batches) = graph.counts();
    let mut comparison = Comparison { shelf, graph, faults, bytes: Vec::new(), edges: None };
    let mut done = ("", 0);
    while let Some((table, page)) = rows.blocking_recv() {
        done = (table.name, page.len() as u64 + if done.0 == table.name { done.1 } else { 0 });
        for row in &page {
            if table.name == EDGES.name {
                comparison.edge(row)?;
            } else {
                comparison.document(table, row)?;
            }
        }
        let of = match table.name {
            "records" => records,
            "batches" => batches,
            _ => 0,
        };
        told(Progress { phase: Phase::Rows(table.name), done: done.1, of: of as u64 });
    }
    comparison.end_of_edges();
    comparison.unseen()?;
    Ok(walked)
}

/// The edges of one record while they come.
struct OpenEdges {
    record: RecordId,
    expected: Vec<Cells>,
    seen: Vec<bool>,
}

struct Comparison<'a> {
    shelf: &'a mut Shelf,
    graph: &'a Graph,
    faults: &'a mut Faults,
    bytes: Vec<u8>,
    edges: Option<OpenEdges>,
}

impl Comparison<'_> {
    fn document(&mut self, table: &'static TableShape, row: &[Cell]) -> Result<(), AuditError> {
        let key = match key_of(table, row) {
            Ok(key) => key,
            Err(fault) => {
                self.faults.push(fault);
                return Ok(());
            }
        };
        self.bytes.clear();
        encode(row, &mut self.bytes);
        let expected = match Shelf::slot_of(key, self.graph) {
            Some(slot) => self.shelf.see(slot)?,
            None => None,
        };
        match expected {
            Some(expected) if expected == self.bytes => {}
            Some(expected) => compare_cells(table, row, &decode_row(expected), self.faults),
            None => {
                let at = key_column(table);
                let problem = format!("found {}; the log gives no such row", row[at]);
                self.faults.push(about(Fault::new(table.name, row[at].to_string(), table.columns[at], problem), key));
            }
        }
        Ok(())
    }

    fn edge(&mut self, row: &[Cell]) -> Result<(), AuditError> {
        let record: RecordId = match parsed(&EDGES, row, EDGE_RECORD) {
            Ok(record) => record,
            Err(fault) => {
                self.faults.push(fault);
                return Ok(());
            }
        };
        if self.edges.as_ref().is_none_or(|open| open.record != record) {
            self.end_of_edges();
            let expected = match self.graph.record(&record) {
                Some(slot) => self.shelf.see(Slot::Edges(slot))?.map(decode_rows).unwrap_or_default(),
                None => Vec::new(),
            };
            let seen = vec![false; expected.len()];
            self.edges = Some(OpenEdges { record, expected, seen });
        }
        let Some(open) = &mut self.edges else { return Ok(()) };
        if let Some(at) = open.expected.iter().position(|expected| expected[1] == row[1]) {
            open.seen[at] = true;
            if open.expected[at] != row {
                compare_cells(&EDGES, row, &open.expected[at], self.faults);
            }
        } else {
            let problem = "the log gives no such edge";
            self.faults.push(Fault::new(EDGES.name, edge_key(row), "position", problem).about(record));
        }
        Ok(())
    }

    /// The edges of a record that did not come.
    fn end_of_edges(&mut self) {
        let Some(open) = self.edges.take() else { return };
        for (expected, _) in open.expected.iter().zip(&open.seen).filter(|(_, seen)| !**seen) {
            let fault = Fault::new(EDGES.name, edge_key(expected), "position", "the row is missing");
            self.faults.push(fault.about(open.record));
        }
    }

    /// The rows that the database does not have at all.
    fn unseen(&mut self) -> Result<(), AuditError> {
        for key in self.shelf.unseen_others() {
            let row = self.shelf.bytes(Slot::Other(key))?.map(decode_row).unwrap_or_default();
            self.missing(table_of(key), &row);
        }
        for slot in self.shelf.unseen_batches() {
            let row = self.shelf.bytes(slot)?.map(decode_row).unwrap_or_default();
            self.missing("batches", &row);
        }
        for slot in self.shelf.unseen_records() {
            let row = self.shelf.bytes(slot)?.map(decode_row).unwrap_or_default();
            self.missing("records", &row);
        }
        for slot in self.shelf.unseen_edges() {
            for row in self.shelf.bytes(slot)?.map(decode_rows).unwrap_or_default() {
                self.faults.push(Fault::new(EDGES.name, edge_key(&row), "record", "the row is missing"));
            }
        }
        Ok(())
    }

    fn missing(&mut self, table: &'static str, row: &[Cell]) {
        let Some(shape) = DOCUMENTS.iter().find(|shape| shape.name == table) else { return };
        let at = key_column(shape);
        let key = row.get(at).map(ToString::to_string).unwrap_or_default();
        self.faults.push(Fault::new(shape.name, key, shape.columns[at], "the row is missing"));
    }
}

/// The column of [`EDGES`] that names the record.
const EDGE_RECORD: usize = 2;

/// The key of an edge for people: record and position, not the index.
fn edge_key(row: &[Cell]) -> String {
    format!("{}, {}", row[EDGE_RECORD], row[1])
}

/// The column that holds the key for people: a record's id, not its index.
fn key_column(table: &TableShape) -> usize {
    usize::from(table.name == "records")
}

#[expect(clippy::result_large_err, reason = "a fault is rare, and it is told whole")]
fn key_of(table: &'static TableShape, row: &[Cell]) -> Result<Key, Fault> {
    let at = key_column(table);
    Ok(match table.name {
        "parties" => Key::Party(parsed(table, row, at)?),
        "sites" => Key::Site(parsed(table, row, at)?),
        "batches" => Key::Batch(parsed(table, row, at)?),
        "records" => Key::Record(parsed(table, row, at)?),
        "grants" => Key::Grant(parsed(table, row, at)?),
        "signing_keys" => Key::SigningKey(parsed(table, row, at)?),
        "issues" => {
            let number = row[at].integer().and_then(|number| u32::try_from(number).ok());
            let number = number.and_then(|number| IssueNumber::new(number).ok());
            let fault = || Fault::new(table.name, row[at].to_string(), "number", "no number of a code issue");
            Key::Issue(number.ok_or_else(fault)?)
        }
        _ => Key::Ledger,
    })
}

fn about(fault: Fault, key: Key) -> Fault {
    match key {
        Key::Record(id) => fault.about(id),
        _ => fault,
    }
}

fn compare_cells(table: &'static TableShape, found: &[Cell], expected: &[Cell], faults: &mut Faults) {
    let key = if table.name == EDGES.name { edge_key(found) } else { found[key_column(table)].to_string() };
    for ((column, found), expected) in table.columns.iter().zip(found).zip(expected) {
        if found == expected {
            continue;
        }
        let mut named = 0;
        if *column == "doc"
            && let (Some(found), Some(expected)) = (json_of(found), json_of(expected))
        {
            differences(&found, &expected, String::new(), &mut |place, problem| {
                named += 1;
                if named <= FIELDS_MAX {
                    faults.push(Fault::new(table.name, key.clone(), &format!("{column}{place}"), problem));
                }
            });
        }
        if named == 0 {
            let problem = format!("found {found}; the log gives {expected}");
            faults.push(Fault::new(table.name, key.clone(), column, problem));
        }
    }
}

fn json_of(cell: &Cell) -> Option<Value> {
    cell.text().and_then(|text| serde_json::from_str(text).ok())
}

/// The places at which two documents differ, as JSON pointers.
fn differences(found: &Value, expected: &Value, place: String, tell: &mut dyn FnMut(String, String)) {
    match (found, expected) {
        (Value::Object(one), Value::Object(other)) => {
            let only_expected = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(only_expected) {
                let (one, other) = (one.get(key).unwrap_or(&Value::Null), other.get(key).unwrap_or(&Value::Null));
                if one != other {
                    differences(one, other, format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")), tell);
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate().filter(|(_, (one, other))| one != other) {
                differences(one, other, format!("{place}/{at}"), tell);
            }
        }
        _ => tell(place, format!("found {}; the log gives {}", shown(found), shown(expected))),
    }
}

fn shown(value: &Value) -> String {
    if value.is_null() { "nothing".to_owned() } else { Cell::Text(value.to_string()).to_string() }
}
