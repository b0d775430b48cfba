//! Is a copy a sound ledger: everything that follows from its own bytes, through the same code that serves it.

use std::sync::Arc;

use trace_core::id::RecordId;
use trace_core::log::{Checkpoint, CheckpointError, Frontier, Hash, Node, Note, TILE_HEIGHT, leaf_hash};
use trace_core::record::Entry;
use trace_core::state::{Changes, EdgeRow, Row};

use crate::ledger::{self, RebuildError};
use crate::store::copying::{Progress, Told};
use crate::store::{CheckpointRow, EntryRow, Store, StoreError};

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
    /// The root of a tile is another one.
    #[error("table log_hashes: the root at level {level}, index {index} is not that of the entries")]
    Tile {
        /// Level of the tiles that it stands in.
        level: u8,
        /// Its index there.
        index: u64,
    },
    /// A signed head is not one of this log.
    #[error("table checkpoints: the checkpoint of size {size}: {problem}")]
    Checkpoint {
        /// Its size.
        size: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// A projection is not what the log gives.
    #[error("{place}: it is not what a rebuild from the log gives")]
    Projection {
        /// The first row that differs.
        place: String,
    },
}

/// Recomputes the tree from the entries' bytes and compares it with the head, the tiles' roots and the checkpoints; reads
/// every entry strictly and compares its record's id; and compares the projections with a rebuild. Writes nothing, and
/// checks no signature: whose the keys are is not in the database.
///
/// # Errors
/// [`VerifyError`] names the first thing that does not hold.
pub async fn verify_copy(store: Arc<dyn Store>, told: &Told) -> Result<Verified, VerifyError> {
    let head = store.head().await?;
    let size = head.frontier.size();
    let signed = checkpoints(&*store, size).await?;
    let mut frontier = Frontier::new();
    let mut last = None;
    while frontier.size() < size {
        let next = frontier.size();
        let rows = store.entries(next..(next + CHUNK).min(size)).await?;
        let mut roots = Vec::new();
        for row in &rows {
            let wrong = |problem| VerifyError::Entry { index: row.index, record: row.record, problem };
            let entry = sound(row, frontier.size()).map_err(wrong)?;
            if last > Some(entry.received_at) {
                return Err(wrong("it was received before the one before it".to_owned()));
            }
            last = Some(entry.received_at);
            frontier.push_with(row.leaf_hash, |node, hash| roots.push((node, hash)));
            let other = signed.iter().find(|one| one.size() == frontier.size() && one.root() != frontier.root());
            if let Some(other) = other {
                let problem = format!("its root is {}, the entries' is {}", other.root(), frontier.root());
                return Err(VerifyError::Checkpoint { size: other.size(), problem });
            }
        }
        if frontier.size() == next {
            let key = next.to_string();
            return Err(StoreError::Corrupt { table: "entries", key, problem: "it is missing".to_owned() }.into());
        }
        tiles(&*store, &roots).await?;
        told(Progress::Entries { done: frontier.size(), of: size });
    }
    no_more_tiles(&*store, size).await?;
    let (found, expected) = (head.frontier.root(), frontier.root());
    if head.frontier != frontier || head.last_received_at != last {
        return Err(VerifyError::Root { found: found.to_base64(), expected: expected.to_base64() });
    }
    if let Some(row) = store.entries(size..size + 1).await?.first() {
        let problem = format!("the head says that the log ends at {size}");
        return Err(VerifyError::Entry { index: row.index, record: row.record, problem });
    }
    told(Progress::Replaying);
    let (_, replayed) = ledger::replayed(&*store).await?;
    let stored = store.projections().await?;
    if let Some(place) = difference(&replayed, &stored) {
        return Err(VerifyError::Projection { place });
    }
    Ok(Verified { size, root: expected, projections: stored.rows.len() + stored.edges.len() })
}

/// The signed heads that the database keeps, none of them beyond its end.
async fn checkpoints(store: &dyn Store, size: u64) -> Result<Vec<Checkpoint>, VerifyError> {
    let read = |row: &CheckpointRow| {
        let note = Note::parse(row.note.as_bytes()).map_err(|error| error.to_string())?;
        let checkpoint: Checkpoint = note.text().parse().map_err(|error: CheckpointError| error.to_string())?;
        if checkpoint.size() != row.size || row.size > size {
            return Err(format!("it speaks of {} entries, and there are {size}", checkpoint.size()));
        }
        Ok(checkpoint)
    };
    let rows = store.checkpoints().await?;
    rows.iter().map(|row| read(row).map_err(|problem| VerifyError::Checkpoint { size: row.size, problem })).collect()
}

/// The complete subtrees that stand in tiles above the leaves.
async fn tiles(store: &dyn Store, roots: &[(Node, Hash)]) -> Result<(), VerifyError> {
    for (node, hash) in roots.iter().filter(|(node, _)| node.level() > 0 && node.level().is_multiple_of(TILE_HEIGHT)) {
        let (level, index) = (node.level() / TILE_HEIGHT, node.index());
        if store.tile_hashes(level, index..index + 1).await? != [*hash] {
            return Err(VerifyError::Tile { level, index });
        }
    }
    Ok(())
}

/// None that no entries fill.
async fn no_more_tiles(store: &dyn Store, size: u64) -> Result<(), VerifyError> {
    for level in 1..64 / TILE_HEIGHT {
        let index = size >> (level * TILE_HEIGHT);
        if !store.tile_hashes(level, index..u64::MAX).await?.is_empty() {
            return Err(VerifyError::Tile { level, index });
        }
    }
    Ok(())
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
