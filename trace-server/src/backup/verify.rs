//! Is a copy a sound ledger: everything that follows from its own bytes, through the same code that serves it.

use std::sync::Arc;

use trace_core::id::RecordId;
use trace_core::log::{Frontier, Hash, leaf_hash};
use trace_core::record::Entry;
use trace_core::state::{Changes, EdgeRow, Row};

use crate::ledger::{Ledger, RebuildError, Surroundings};
use crate::store::copying::{Progress, Told};
use crate::store::{EntryRow, Store, StoreError};

/// Entries read at a time.
const CHUNK: u64 = 1000;

/// A copy that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Entries in its log.
    pub size: u64,
    /// Root of the tree over them, recomputed from their bytes.
    pub root: Hash,
    /// Rows and edges that a rebuild gives, too.
    pub projections: usize,
}

/// What does not hold.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The store failed, or a row cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry cannot be replayed.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    /// An entry is not what it should be.
    #[error("table entries, entry {index} (record {record}): {problem}")]
    Entry {
        /// Its index.
        index: u64,
        /// Its record, as the row says.
        record: RecordId,
        /// What is wrong.
        problem: String,
    },
    /// The tree is another one.
    #[error("table head: its root is {found}, the entries' root is {expected}")]
    Root {
        /// By the head.
        found: String,
        /// By the entries.
        expected: String,
    },
    /// A projection is not what the log gives.
    #[error("{place}: it is not what a rebuild from the log gives")]
    Projection {
        /// The first row that differs.
        place: String,
    },
}

/// Recomputes the tree from the entries' bytes and compares it with the head; reads every entry strictly and compares
/// its record's id; and compares the projections with a rebuild. Writes nothing.
///
/// # Errors
/// [`VerifyError`] names the first thing that does not hold.
pub async fn verify_copy(store: Arc<dyn Store>, told: &Told) -> Result<Verified, VerifyError> {
    let head = store.head().await?;
    let size = head.frontier.size();
    let mut frontier = Frontier::new();
    let mut last = None;
    while frontier.size() < size {
        let next = frontier.size();
        let rows = store.entries(next..(next + CHUNK).min(size)).await?;
        for row in &rows {
            let wrong = |problem| VerifyError::Entry { index: row.index, record: row.record, problem };
            let entry = sound(row, frontier.size()).map_err(wrong)?;
            if last > Some(entry.received_at) {
                return Err(wrong("it was received before the one before it".to_owned()));
            }
            last = Some(entry.received_at);
            frontier.push(row.leaf_hash);
        }
        if frontier.size() == next {
            let key = next.to_string();
            return Err(StoreError::Corrupt { table: "entries", key, problem: "it is missing".to_owned() }.into());
        }
        told(Progress::Entries { done: frontier.size(), of: size });
    }
    let (found, expected) = (head.frontier.root(), frontier.root());
    if head.frontier != frontier || head.last_received_at != last {
        return Err(VerifyError::Root { found: found.to_base64(), expected: expected.to_base64() });
    }
    if let Some(row) = store.entries(size..size + 1).await?.first() {
        let problem = format!("the head says that the log ends at {size}");
        return Err(VerifyError::Entry { index: row.index, record: row.record, problem });
    }
    told(Progress::Replaying);
    let (_, replayed) = Ledger::open(Arc::clone(&store), Surroundings::system(), 1).replayed().await?;
    let stored = store.projections().await?;
    if let Some(place) = difference(&replayed, &stored) {
        return Err(VerifyError::Projection { place });
    }
    Ok(Verified { size, root: expected, projections: stored.rows.len() + stored.edges.len() })
}

fn sound(row: &EntryRow, index: u64) -> Result<Entry, String> {
    if row.index != index {
        return Err(format!("entry {index} should stand before it"));
    }
    if leaf_hash(&row.bytes) != row.leaf_hash {
        return Err("its leaf hash is not that of its bytes".to_owned());
    }
    let entry = Entry::from_bytes(&row.bytes).map_err(|refusal| refusal.to_string())?;
    if entry.record.id() == row.record {
        Ok(entry)
    } else {
        Err(format!("its bytes have the id {}", entry.record.id()))
    }
}

fn difference(replayed: &Changes, stored: &Changes) -> Option<String> {
    let row = |row: &Row| format!("row {:?}", row.key());
    let edge = |edge: &EdgeRow| format!("table edges, input {} of record {}", edge.position, edge.record);
    first(&replayed.rows, &stored.rows, row).or_else(|| first(&replayed.edges, &stored.edges, edge))
}

fn first<T: PartialEq>(replayed: &[T], stored: &[T], name: impl Fn(&T) -> String) -> Option<String> {
    let at = replayed.iter().zip(stored).position(|(one, other)| one != other);
    let at = at.or_else(|| (replayed.len() != stored.len()).then(|| replayed.len().min(stored.len())))?;
    stored.get(at).or_else(|| replayed.get(at)).map(name)
}
