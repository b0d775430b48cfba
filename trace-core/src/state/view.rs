//! The view: rows that were loaded, changes that are not yet stored, and the list of what is still to be loaded.
//!
//! Judging is a plain function over a view. When it touches a row that was not loaded it stops with
//! [`Stop::Missing`]; the store loads all that is missing with one query a table and judging begins anew. So the
//! rules stay free of I/O, and both engines run the same ones. A view in memory ([`View::in_memory`]) misses nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::rows::{BatchRow, EdgeRow, GrantRow, IssueRow, KeyRow, LedgerRow, PartyRow, RecordRow, SiteRow};
use crate::code::IssueNumber;
use crate::id::{BatchCode, PartyId, RecordId, SiteId};
use crate::record::Refusal;

/// Names a row, or a set of rows that is loaded together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The ledger's one row.
    Ledger,
    /// A party.
    Party(PartyId),
    /// A site.
    Site(SiteId),
    /// A batch.
    Batch(BatchCode),
    /// A record.
    Record(RecordId),
    /// A grant, by the record that granted it.
    Grant(RecordId),
    /// All grants of `from` to `to`.
    Grants(PartyId, PartyId),
    /// A signing key.
    SigningKey(RecordId),
    /// A code issue.
    Issue(IssueNumber),
    /// All edges that leave a batch.
    Uses(BatchCode),
    /// All edges of a record.
    Edges(RecordId),
}

/// A loaded or changed row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Row {
    /// The ledger.
    Ledger(LedgerRow),
    /// A party.
    Party(PartyRow),
    /// A site.
    Site(SiteRow),
    /// A batch.
    Batch(BatchRow),
    /// A record.
    Record(RecordRow),
    /// A grant.
    Grant(GrantRow),
    /// A signing key.
    SigningKey(KeyRow),
    /// A code issue.
    Issue(IssueRow),
}

impl Row {
    /// The key under which the row is kept.
    pub fn key(&self) -> Key {
        match self {
            Self::Ledger(_) => Key::Ledger,
            Self::Party(row) => Key::Party(row.id),
            Self::Site(row) => Key::Site(row.id),
            Self::Batch(row) => Key::Batch(row.code),
            Self::Record(row) => Key::Record(row.id),
            Self::Grant(row) => Key::Grant(row.id),
            Self::SigningKey(row) => Key::SigningKey(row.key),
            Self::Issue(row) => Key::Issue(row.number),
        }
    }
}

/// Why judging stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// Rows are not loaded; [`View::missing`] names them.
    Missing,
    /// The request is refused.
    Refused(Box<Refusal>),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// What is to be stored: rows and edges, each in its last state.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Changes {
    /// New or changed rows.
    pub rows: Vec<Row>,
    /// New or changed edges.
    pub edges: Vec<EdgeRow>,
}

type EdgeKey = (RecordId, u32);

/// Rows and edges changed by one layer.
#[derive(Debug, Default, Clone)]
struct Layer {
    rows: BTreeMap<Key, Row>,
    edges: BTreeMap<EdgeKey, EdgeRow>,
}

/// Rows for judging: those that were loaded, and changes that are not yet stored. What was not loaded is asked for:
///
/// ```
/// use trace_core::state::{Key, Stop, View};
/// # use trace_core::id::{BatchCode, Stage};
/// # let batch = BatchCode::new(Stage::Harvest, jiff::civil::date(2026, 11, 20), [7; 4]).unwrap();
///
/// let mut view = View::default();
/// assert_eq!(view.batch(batch), Err(Stop::Missing));
/// let wanted = view.missing();
/// assert_eq!(wanted, [Key::Batch(batch)].into());
/// view.load(wanted, vec![], vec![]); // a store brings the rows; here it has none
/// assert_eq!(view.batch(batch), Ok(None), "there is no such batch");
/// ```
#[derive(Debug, Default, Clone)]
pub struct View {
    /// Nothing is missing: what is not here does not exist.
    complete: bool,
    loaded: BTreeSet<Key>,
    rows: BTreeMap<Key, Row>,
    edges: BTreeMap<EdgeKey, EdgeRow>,
    uses: BTreeMap<BatchCode, BTreeSet<EdgeKey>>,
    grants: BTreeMap<(PartyId, PartyId), BTreeSet<RecordId>>,
    /// Changes of the request that is being judged.
    open: Layer,
    /// Accepted and not yet stored.
    accepted: (BTreeSet<Key>, BTreeSet<EdgeKey>),
    missing: BTreeSet<Key>,
}

macro_rules! row_access {
    ($($get:ident $edit:ident $variant:ident $key:ident($id:ty) -> $row:ty;)*) => {$(
        /// The row, `None` if there is none.
        ///
        /// # Errors
        /// [`Stop::Missing`] if it was not loaded.
        pub fn $get(&mut self, id: $id) -> Result<Option<&$row>, Stop> {
            match self.find(Key::$key(id))? {
                Some(Row::$variant(row)) => Ok(Some(row)),
                _ => Ok(None),
            }
        }

        /// The row for changing it, `None` if there is none.
        ///
        /// # Errors
        /// [`Stop::Missing`] if it was not loaded.
        pub fn $edit(&mut self, id: $id) -> Result<Option<&mut $row>, Stop> {
            match self.edit(Key::$key(id))? {
                Some(Row::$variant(row)) => Ok(Some(row)),
                _ => Ok(None),
            }
        }
    )*};
}

impl View {
    /// A view from which nothing is missing, for a ledger in memory.
    pub fn in_memory() -> Self {
        Self { complete: true, ..Self::default() }
    }

    row_access! {
        party edit_party Party Party(PartyId) -> PartyRow;
        site edit_site Site Site(SiteId) -> SiteRow;
        batch edit_batch Batch Batch(BatchCode) -> BatchRow;
        record edit_record Record Record(RecordId) -> RecordRow;
        grant edit_grant Grant Grant(RecordId) -> GrantRow;
        signing_key edit_signing_key SigningKey SigningKey(RecordId) -> KeyRow;
        issue edit_issue Issue Issue(IssueNumber) -> IssueRow;
    }

    /// The ledger's row, `None` before the founding entry.
    ///
    /// # Errors
    /// [`Stop::Missing`] if it was not loaded.
    pub fn ledger(&mut self) -> Result<Option<&LedgerRow>, Stop> {
        match self.find(Key::Ledger)? {
            Some(Row::Ledger(row)) => Ok(Some(row)),
            _ => Ok(None),
        }
    }

    /// All edges that leave the batch.
    ///
    /// # Errors
    /// [`Stop::Missing`] if they were not loaded.
    pub fn uses(&mut self, batch: BatchCode) -> Result<Vec<EdgeRow>, Stop> {
        self.need(Key::Uses(batch))?;
        let mut keys = self.uses.get(&batch).cloned().unwrap_or_default();
        keys.extend(self.open.edges.values().filter(|e| e.batch == batch).map(|e| (e.record, e.position)));
        Ok(keys.iter().filter_map(|key| self.edge(*key)).collect())
    }

    /// All edges of a record, in the order of its inputs.
    ///
    /// # Errors
    /// [`Stop::Missing`] if they were not loaded.
    pub fn edges_of(&mut self, record: RecordId) -> Result<Vec<EdgeRow>, Stop> {
        self.need(Key::Edges(record))?;
        let span = (record, 0)..=(record, u32::MAX);
        let mut keys: BTreeSet<EdgeKey> = self.edges.range(span.clone()).map(|(k, _)| *k).collect();
        keys.extend(self.open.edges.range(span).map(|(k, _)| *k));
        Ok(keys.iter().filter_map(|key| self.edge(*key)).collect())
    }

    /// All grants of one party to another.
    ///
    /// # Errors
    /// [`Stop::Missing`] if they were not loaded.
    pub fn grants(&mut self, from: PartyId, to: PartyId) -> Result<Vec<GrantRow>, Stop> {
        self.need(Key::Grants(from, to))?;
        let mut found: BTreeMap<RecordId, GrantRow> = BTreeMap::new();
        for id in self.grants.get(&(from, to)).into_iter().flatten() {
            if let Some(Row::Grant(row)) = self.rows.get(&Key::Grant(*id)) {
                found.insert(*id, row.clone());
            }
        }
        for row in self.open.rows.values() {
            if let Row::Grant(row) = row
                && (row.from, row.to) == (from, to)
            {
                found.insert(row.id, row.clone());
            }
        }
        Ok(found.into_values().collect())
    }

    /// Puts a new or changed row.
    pub fn put(&mut self, row: Row) {
        self.open.rows.insert(row.key(), row);
    }

    /// Puts a new or changed edge.
    pub fn put_edge(&mut self, edge: EdgeRow) {
        self.open.edges.insert((edge.record, edge.position), edge);
    }

    /// Marks rows as wanted, so that one round loads them all.
    ///
    /// # Errors
    /// [`Stop::Missing`] if one of them was not loaded.
    pub fn want(&mut self, keys: impl IntoIterator<Item = Key>) -> Result<(), Stop> {
        let mut all = true;
        for key in keys {
            all &= self.need(key).is_ok();
        }
        if all { Ok(()) } else { Err(Stop::Missing) }
    }

    /// What judging has asked for since the last call and does not find.
    pub fn missing(&mut self) -> BTreeSet<Key> {
        std::mem::take(&mut self.missing)
    }

    /// Takes in what a store has loaded for `keys`; a key without a row does not exist. Rows that this view has
    /// accepted already are newer than the stored ones and stay.
    pub fn load(&mut self, keys: impl IntoIterator<Item = Key>, rows: Vec<Row>, edges: Vec<EdgeRow>) {
        self.loaded.extend(keys);
        for row in rows {
            let key = row.key();
            self.loaded.insert(key);
            if !self.accepted.0.contains(&key) {
                self.insert_row(row);
            }
        }
        for edge in edges {
            if !self.accepted.1.contains(&(edge.record, edge.position)) {
                self.insert_edge(edge);
            }
        }
    }

    /// Drops the changes since the last accept or reject: nothing of a refused request remains.
    pub fn reject(&mut self) {
        self.open = Layer::default();
    }

    /// Keeps the changes since the last accept or reject; later requests see them.
    pub fn accept(&mut self) {
        let layer = std::mem::take(&mut self.open);
        for (key, row) in layer.rows {
            if !self.rows.contains_key(&key) {
                // What was made here has no edges elsewhere.
                match key {
                    Key::Record(id) => _ = self.loaded.insert(Key::Edges(id)),
                    Key::Batch(code) => _ = self.loaded.insert(Key::Uses(code)),
                    _ => {}
                }
            }
            self.loaded.insert(key);
            self.accepted.0.insert(key);
            self.insert_row(row);
        }
        for (key, edge) in layer.edges {
            self.accepted.1.insert(key);
            self.insert_edge(edge);
        }
    }

    /// Hands over what was accepted and is to be stored, and forgets that it is.
    pub fn take_changes(&mut self) -> Changes {
        let (keys, edge_keys) = std::mem::take(&mut self.accepted);
        Changes {
            rows: keys.iter().filter_map(|key| self.rows.get(key).cloned()).collect(),
            edges: edge_keys.iter().filter_map(|key| self.edges.get(key).cloned()).collect(),
        }
    }

    /// Every accepted or loaded row, in the order of keys.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// Every accepted or loaded edge, in the order of record and position.
    pub fn edges(&self) -> impl Iterator<Item = &EdgeRow> {
        self.edges.values()
    }

    fn insert_row(&mut self, row: Row) {
        if let Row::Grant(grant) = &row {
            self.grants.entry((grant.from, grant.to)).or_default().insert(grant.id);
        }
        self.rows.insert(row.key(), row);
    }

    fn insert_edge(&mut self, edge: EdgeRow) {
        let key = (edge.record, edge.position);
        self.uses.entry(edge.batch).or_default().insert(key);
        self.edges.insert(key, edge);
    }

    fn edge(&self, key: EdgeKey) -> Option<EdgeRow> {
        self.open.edges.get(&key).or_else(|| self.edges.get(&key)).cloned()
    }

    fn need(&mut self, key: Key) -> Result<(), Stop> {
        if self.complete || self.loaded.contains(&key) || self.open.rows.contains_key(&key) || self.made_here(key) {
            return Ok(());
        }
        self.missing.insert(key);
        Err(Stop::Missing)
    }

    /// Sets that belong to a record or batch which this view itself has made are whole without loading.
    fn made_here(&self, key: Key) -> bool {
        match key {
            Key::Edges(record) => {
                self.open.rows.contains_key(&Key::Record(record)) && !self.rows.contains_key(&Key::Record(record))
            }
            Key::Uses(batch) => {
                self.open.rows.contains_key(&Key::Batch(batch)) && !self.rows.contains_key(&Key::Batch(batch))
            }
            _ => false,
        }
    }

    fn find(&mut self, key: Key) -> Result<Option<&Row>, Stop> {
        self.need(key)?;
        Ok(self.open.rows.get(&key).or_else(|| self.rows.get(&key)))
    }

    fn edit(&mut self, key: Key) -> Result<Option<&mut Row>, Stop> {
        self.need(key)?;
        if !self.open.rows.contains_key(&key) {
            let Some(row) = self.rows.get(&key).cloned() else {
                return Ok(None);
            };
            self.open.rows.insert(key, row);
        }
        Ok(self.open.rows.get_mut(&key))
    }
}
