//! Rebuild: the projections again, from entries and opened amounts alone. Findings are replayed as they stand in the
//! entries; nothing is judged again.

use std::collections::HashMap;

use trace_core::audit;
use trace_core::id::RecordId;
use trace_core::record::sealed::Group;
use trace_core::record::{Amounts, Entry, Refusal};
use trace_core::state::{Changes, Stop, View};
use trace_core::tianma::RulesTable;

use super::Ledger;
use crate::store::{EntryRow, Store, StoreError};

/// Entries that are read and replayed at a time.
const CHUNK: u64 = 1000;

/// Why the projections cannot be rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry cannot be replayed.
    #[error("entry {index} (record {record}) cannot be replayed: {problem}")]
    Entry {
        /// Its index.
        index: u64,
        /// Its record.
        record: RecordId,
        /// What is wrong.
        problem: String,
    },
    /// The log grew while it was rebuilt.
    #[error("the log grew while it was rebuilt; stop the server, or try again")]
    Grew,
}

/// What a rebuild did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Entries replayed.
    pub entries: u64,
    /// Rows and edges written.
    pub rows: usize,
    /// Whether the projections were the same before.
    pub unchanged: bool,
}

impl Ledger {
    /// Replays the whole log and replaces the projections.
    ///
    /// # Errors
    /// [`RebuildError`]; the old projections stay as they were.
    pub async fn rebuild(&self) -> Result<Rebuilt, RebuildError> {
        let (size, changes) = replayed(&**self.store()).await?;
        let before = self.store().projections().await?;
        let rows = changes.rows.len() + changes.edges.len();
        if !self.store().replace_projections(size, &changes).await? {
            return Err(RebuildError::Grew);
        }
        Ok(Rebuilt { entries: size, rows, unchanged: before == changes })
    }
}

/// The projections as the log gives them, without writing anything; with the log's size.
///
/// # Errors
/// [`RebuildError`] names the entry that cannot be replayed.
pub async fn replayed(store: &dyn Store) -> Result<(u64, Changes), RebuildError> {
    let size = store.head().await?.frontier.size();
    let rules = RulesTable::builtin().map_err(|e| StoreError::Engine(e.to_string()))?;
    let mut view = View::in_memory();
    let mut next = 0;
    while next < size {
        let end = (next + CHUNK).min(size);
        let rows = store.entries(next..end).await?;
        let ids: Vec<RecordId> = rows.iter().map(|row| row.record).collect();
        let amounts = amounts_of(store, &ids).await?;
        for row in &rows {
            replay(row, &amounts, &rules, &mut view).map_err(|problem| RebuildError::Entry {
                index: row.index,
                record: row.record,
                problem,
            })?;
        }
        if rows.len() as u64 != end - next {
            return Err(missing_entry(&rows, next).into());
        }
        next = end;
    }
    Ok((size, Changes { rows: view.rows().cloned().collect(), edges: view.edges().cloned().collect() }))
}

fn missing_entry(rows: &[EntryRow], next: u64) -> StoreError {
    let found =
        (next..).zip(rows).find(|(index, row)| row.index != *index).map_or(next + rows.len() as u64, |(i, _)| i);
    StoreError::Corrupt { table: "entries", key: found.to_string(), problem: "missing".to_owned() }
}

async fn amounts_of(store: &dyn Store, ids: &[RecordId]) -> Result<HashMap<RecordId, Amounts>, RebuildError> {
    let mut amounts = HashMap::with_capacity(ids.len());
    for opening in store.openings(ids, Group::Amounts).await? {
        let corrupt = |refusal: Refusal| StoreError::Corrupt {
            table: "openings",
            key: opening.record.to_string(),
            problem: refusal.to_string(),
        };
        amounts.insert(opening.record, Amounts::from_value(opening.value.clone()).map_err(corrupt)?);
    }
    Ok(amounts)
}

fn replay(
    row: &EntryRow,
    amounts: &HashMap<RecordId, Amounts>,
    rules: &RulesTable,
    view: &mut View,
) -> Result<(), String> {
    let entry = Entry::from_bytes(&row.bytes).map_err(|refusal| refusal.to_string())?;
    if entry.record.id() != row.record {
        return Err(format!("its bytes have the id {}", entry.record.id()));
    }
    let none = Amounts::default();
    match audit::replay(row.index, &entry, amounts.get(&row.record).unwrap_or(&none), rules, view) {
        Ok(()) => {
            view.accept();
            Ok(())
        }
        Err(Stop::Refused(refusal)) => Err(refusal.to_string()),
        Err(Stop::Missing) => Err("a row is missing".to_owned()),
    }
}
