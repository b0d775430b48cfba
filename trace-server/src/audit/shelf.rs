//! The rows that a replay gives, on a shelf outside the memory: a file without a name, gone with the process.
//!
//! Memory holds eight bytes a row: where it stands in the file, and whether the database has shown one like it. A row
//! that changes is written anew; the file only grows.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use trace_core::audit::Graph;
use trace_core::id::{PartyId, RecordId};
use trace_core::state::{Changes, EdgeRow, Key, Row};

use super::AuditError;
use super::encoding::{decode_row, decode_rows, encode};
use crate::store::snapshot::Cells;
use crate::store::{edge_cells, edge_of_cells, projected_cells, row_of_cells};

/// Bytes that wait for being written, twice: those put last, which are asked for most, and those before them.
const WAITING_MAX: usize = 8 << 20;

/// Read at once; most rows are shorter.
const GUESS: usize = 1024;

/// Where a row stands: its place and one, or 0 where there is none. The top bit says that it was seen.
#[derive(Debug, Default, Clone, Copy)]
struct Mark(u64);

const SEEN: u64 = 1 << 63;

impl Mark {
    const fn place(self) -> Option<u64> {
        (self.0 & !SEEN).checked_sub(1)
    }
}

/// Which row of the shelf.
#[derive(Debug, Clone, Copy)]
pub enum Slot {
    /// The record at this position of the lineage.
    Record(u32),
    /// The edges of that record, all of them.
    Edges(u32),
    /// The batch at this position.
    Batch(u32),
    /// Any other.
    Other(Key),
}

/// Rows of a replay.
pub struct Shelf {
    file: File,
    written: u64,
    resting: Vec<u8>,
    waiting: Vec<u8>,
    buffer: Vec<u8>,
    records: Vec<Mark>,
    edges: Vec<Mark>,
    batches: Vec<Mark>,
    others: HashMap<Key, Mark>,
    grants: HashMap<(PartyId, PartyId), Vec<RecordId>>,
}

impl Shelf {
    /// An empty shelf, in the system's folder for temporary files.
    pub fn new() -> Result<Self, AuditError> {
        let file = tempfile::tempfile().map_err(AuditError::Shelf)?;
        Ok(Self {
            file,
            written: 0,
            resting: Vec::new(),
            waiting: Vec::new(),
            buffer: vec![0; GUESS],
            records: Vec::new(),
            edges: Vec::new(),
            batches: Vec::new(),
            others: HashMap::new(),
            grants: HashMap::new(),
        })
    }

    /// Where the row of this key belongs; none for a key of several rows, or of a record or batch that is unknown.
    pub fn slot_of(key: Key, graph: &Graph) -> Option<Slot> {
        match key {
            Key::Record(id) => graph.record(&id).map(Slot::Record),
            Key::Edges(id) => graph.record(&id).map(Slot::Edges),
            Key::Batch(code) => graph.batch(code).map(Slot::Batch),
            Key::Grants(..) | Key::Uses(_) => None,
            other => Some(Slot::Other(other)),
        }
    }

    /// Puts changed rows and edges; all edges of a record come together.
    pub fn put(&mut self, changes: &Changes, graph: &Graph) -> Result<(), AuditError> {
        let mut bytes = Vec::new();
        for row in &changes.rows {
            let Some(slot) = Self::slot_of(row.key(), graph) else { continue };
            if let Row::Grant(grant) = row {
                let grants = self.grants.entry((grant.from, grant.to)).or_default();
                if !grants.contains(&grant.id) {
                    grants.push(grant.id);
                }
            }
            bytes.clear();
            let (_, cells) = projected_cells(row)?;
            encode(&cells, &mut bytes);
            self.write(slot, &bytes)?;
        }
        for edges in changes.edges.chunk_by(|one, next| one.record == next.record) {
            let Some(slot) = graph.record(&edges[0].record).map(Slot::Edges) else { continue };
            bytes.clear();
            for edge in edges {
                encode(&edge_cells(edge)?, &mut bytes);
            }
            self.write(slot, &bytes)?;
        }
        Ok(())
    }

    fn write(&mut self, slot: Slot, bytes: &[u8]) -> Result<(), AuditError> {
        let place = self.written + (self.resting.len() + self.waiting.len()) as u64;
        let length =
            u32::try_from(bytes.len()).map_err(|_| AuditError::Shelf(std::io::ErrorKind::FileTooLarge.into()))?;
        self.waiting.extend_from_slice(&length.to_be_bytes());
        self.waiting.extend_from_slice(bytes);
        *self.mark(slot) = Mark(place + 1);
        if self.waiting.len() > WAITING_MAX {
            self.file.seek(SeekFrom::Start(self.written)).map_err(AuditError::Shelf)?;
            self.file.write_all(&self.resting).map_err(AuditError::Shelf)?;
            self.written += self.resting.len() as u64;
            self.resting = std::mem::replace(&mut self.waiting, Vec::with_capacity(WAITING_MAX));
        }
        Ok(())
    }

    fn mark(&mut self, slot: Slot) -> &mut Mark {
        let (marks, at) = match slot {
            Slot::Record(at) => (&mut self.records, at as usize),
            Slot::Edges(at) => (&mut self.edges, at as usize),
            Slot::Batch(at) => (&mut self.batches, at as usize),
            Slot::Other(key) => return self.others.entry(key).or_default(),
        };
        if marks.len() <= at {
            marks.resize(at + 1, Mark::default());
        }
        &mut marks[at]
    }

    fn peek(&self, slot: Slot) -> Mark {
        let mark = match slot {
            Slot::Record(at) => self.records.get(at as usize),
            Slot::Edges(at) => self.edges.get(at as usize),
            Slot::Batch(at) => self.batches.get(at as usize),
            Slot::Other(key) => self.others.get(&key),
        };
        mark.copied().unwrap_or_default()
    }

    /// The bytes of a row, as [`encode`] made them.
    pub fn bytes(&mut self, slot: Slot) -> Result<Option<&[u8]>, AuditError> {
        let Some(place) = self.peek(slot).place() else { return Ok(None) };
        if let Some(at) = place.checked_sub(self.written) {
            let at = usize::try_from(at).unwrap_or(usize::MAX);
            let in_memory = match at.checked_sub(self.resting.len()) {
                Some(at) => &self.waiting[at..],
                None => &self.resting[at..],
            };
            return Ok(Some(framed(in_memory)));
        }
        self.file.seek(SeekFrom::Start(place)).map_err(AuditError::Shelf)?;
        let mut read = 0;
        loop {
            let wanted = if read < 4 { GUESS } else { 4 + length(&self.buffer) };
            if read >= 4 && read >= wanted {
                break;
            }
            if self.buffer.len() < wanted {
                self.buffer.resize(wanted, 0);
            }
            let more = self.file.read(&mut self.buffer[read..]).map_err(AuditError::Shelf)?;
            if more == 0 {
                return Err(AuditError::Shelf(std::io::ErrorKind::UnexpectedEof.into()));
            }
            read += more;
        }
        Ok(Some(framed(&self.buffer)))
    }

    /// The same bytes, and a note that the database has this row.
    pub fn see(&mut self, slot: Slot) -> Result<Option<&[u8]>, AuditError> {
        if self.peek(slot).place().is_some() {
            self.mark(slot).0 |= SEEN;
        }
        self.bytes(slot)
    }

    /// Slots of all records, of their edges, of all batches, or of the others of one kind, that hold an unseen row.
    pub fn unseen_records(&self) -> Vec<Slot> {
        unseen(&self.records).map(Slot::Record).collect()
    }

    /// As [`Self::unseen_records`], for edges.
    pub fn unseen_edges(&self) -> Vec<Slot> {
        unseen(&self.edges).map(Slot::Edges).collect()
    }

    /// As [`Self::unseen_records`], for batches.
    pub fn unseen_batches(&self) -> Vec<Slot> {
        unseen(&self.batches).map(Slot::Batch).collect()
    }

    /// As [`Self::unseen_records`], for all other rows.
    pub fn unseen_others(&self) -> Vec<Key> {
        let mut keys: Vec<Key> =
            self.others.iter().filter(|(_, mark)| is_unseen(**mark)).map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys
    }

    /// What a view asks for.
    pub fn load(&mut self, keys: &BTreeSet<Key>, graph: &Graph) -> Result<(Vec<Row>, Vec<EdgeRow>), AuditError> {
        let (mut rows, mut edges) = (Vec::new(), Vec::new());
        for key in keys {
            match *key {
                Key::Grants(from, to) => {
                    for id in self.grants.get(&(from, to)).cloned().unwrap_or_default() {
                        rows.extend(self.row(Slot::Other(Key::Grant(id)), "grants")?);
                    }
                }
                Key::Uses(code) => {
                    let users: BTreeSet<u32> =
                        graph.batch(code).into_iter().flat_map(|batch| graph.users(batch)).collect();
                    for user in users {
                        let all = self.edges(Slot::Edges(user))?;
                        edges.extend(all.into_iter().filter(|edge| edge.batch == code));
                    }
                }
                Key::Edges(_) => {
                    if let Some(slot) = Self::slot_of(*key, graph) {
                        edges.extend(self.edges(slot)?);
                    }
                }
                one => {
                    if let Some(slot) = Self::slot_of(one, graph) {
                        rows.extend(self.row(slot, table_of(one))?);
                    }
                }
            }
        }
        Ok((rows, edges))
    }

    fn row(&mut self, slot: Slot, table: &'static str) -> Result<Option<Row>, AuditError> {
        let Some(bytes) = self.bytes(slot)? else { return Ok(None) };
        Ok(Some(row_of_cells(table, &decode_row(bytes))?))
    }

    fn edges(&mut self, slot: Slot) -> Result<Vec<EdgeRow>, AuditError> {
        let Some(bytes) = self.bytes(slot)? else { return Ok(Vec::new()) };
        let rows: Vec<Cells> = decode_rows(bytes);
        Ok(rows.iter().map(|cells| edge_of_cells(cells)).collect::<Result<_, _>>()?)
    }
}

const fn is_unseen(mark: Mark) -> bool {
    mark.0 != 0 && mark.0 & SEEN == 0
}

fn unseen(marks: &[Mark]) -> impl Iterator<Item = u32> {
    (0..).zip(marks).filter(|(_, mark)| is_unseen(**mark)).map(|(at, _)| at)
}

fn length(bytes: &[u8]) -> usize {
    bytes.first_chunk::<4>().map_or(0, |bytes| u32::from_be_bytes(*bytes) as usize)
}

fn framed(bytes: &[u8]) -> &[u8] {
    &bytes[4..4 + length(bytes)]
}

/// The table that holds the row of a key.
pub const fn table_of(key: Key) -> &'static str {
    match key {
        Key::Ledger => "ledger",
        Key::Party(_) => "parties",
        Key::Site(_) => "sites",
        Key::Batch(_) => "batches",
        Key::Record(_) => "records",
        Key::Grant(_) | Key::Grants(..) => "grants",
        Key::SigningKey(_) => "signing_keys",
        Key::Issue(_) => "issues",
        Key::Uses(_) | Key::Edges(_) => "edges",
    }
}
