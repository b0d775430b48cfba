//! Gathering an evidence file: which records belong to a batch, their proofs, and what a reader may see opened.
//!
//! It takes what the lineage back from the batch holds, follows what supersedes or names it, and adds who the parties
//! and places are. The format and its verification are the core's.

use std::collections::{BTreeMap, BTreeSet};

use trace_core::code::{CodeIndex, PackageCode};
use trace_core::evidence::{EvidenceEntry, EvidenceError, EvidenceFile, OpenedGroup, Package, SCHEMA};
use trace_core::id::{BatchCode, RecordId};
use trace_core::record::sealed::{Group, Opening};
use trace_core::record::{Details, Entry};
use trace_core::state::{IssueRow, Key, RecordRow, Row};

use super::{Published, TransparencyLog, tiles};
use crate::ledger::Viewer;
use crate::store::{Direction, EntryRow, Store, StoreError};

/// The most entries of a file: about 60 MB with their proofs, what a reader still takes.
pub const ENTRIES_MAX: usize = 20_000;

/// Proofs that are made from one reading of tiles, so that a file of thousands does not hold all of them at once.
const PROOFS_TOGETHER: usize = 512;

/// What a file is asked for.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The batch.
    pub batch: BatchCode,
    /// The package, with its code issue and its place there.
    pub package: Option<(PackageCode, IssueRow, CodeIndex)>,
    /// Who asks; without a viewer nothing is opened.
    pub viewer: Option<Viewer>,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// No such batch.
    #[error("there is no batch {0}")]
    UnknownBatch(BatchCode),
    /// More records than a file holds.
    #[error("{0} records belong to this batch")]
    TooMany(usize),
    /// Some of it is not under a published checkpoint yet.
    #[error("some of the records are not under a signed checkpoint yet")]
    NotSigned,
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was gathered makes no file.
    #[error(transparent)]
    File(#[from] EvidenceError),
}

impl TransparencyLog {
    /// The evidence file of a batch or package against the newest published checkpoint.
    ///
    /// # Errors
    /// [`GatherError`].
    pub async fn evidence(&self, subject: &Subject) -> Result<EvidenceFile, GatherError> {
        let store = &*self.inner.store;
        let mut gathering = Gathering::default();
        gathering.lineage(store, subject).await?;
        gathering.close(store).await?;
        // Read after the entries, so that it covers what was signed meanwhile.
        let published = self.published().ok_or(GatherError::NotSigned)?;
        if gathering.entries.keys().next_back().is_some_and(|last| *last >= published.size) {
            return Err(GatherError::NotSigned);
        }
        let opened = match &subject.viewer {
            Some(viewer) => gathering.opened(store, viewer).await?,
            None => Vec::new(),
        };
        let package = subject.package.as_ref();
        Ok(EvidenceFile {
            batch: subject.batch,
            checkpoint: published.text.clone(),
            entries: proven(store, gathering.entries.into_values().collect(), &published).await?,
            keys: published.keys.iter().map(ToString::to_string).collect(),
            opened,
            package: package.map(|(code, issue, _)| Package { code: *code, issue: issue.number }),
            schema: SCHEMA.to_owned(),
            witnesses: published.cosigned_by.iter().map(ToString::to_string).collect(),
        })
    }
}

/// What was found so far.
#[derive(Default)]
struct Gathering {
    rows: BTreeMap<RecordId, RecordRow>,
    entries: BTreeMap<u64, EntryRow>,
    /// Named, and not yet loaded.
    wanted: BTreeSet<RecordId>,
    /// Parties, sites and keys that were looked up.
    asked: BTreeSet<Key>,
}

impl Gathering {
    /// The way back from the batch, and what was done with its package codes.
    async fn lineage(&mut self, store: &dyn Store, subject: &Subject) -> Result<(), GatherError> {
        let trace = store.trace(subject.batch, Direction::Back).await?;
        if trace.batches.is_empty() {
            return Err(GatherError::UnknownBatch(subject.batch));
        }
        self.wanted.extend(trace.records.iter().map(|row| row.id));
        match &subject.package {
            Some((_, issue, index)) => {
                let ranges = issue.ranges.iter().filter(|(_, range, _)| range.holds(*index));
                self.wanted.extend(ranges.map(|(_, _, record)| *record).chain([issue.record]));
            }
            None => {
                for issue in store.issues(Some(subject.batch), None).await? {
                    self.wanted.extend(issue.ranges.iter().map(|(_, _, record)| *record).chain([issue.record]));
                }
            }
        }
        // The founding says which log this is, and who its office is.
        for founding in store.entries(0..1).await? {
            self.wanted.insert(founding.record);
        }
        Ok(())
    }

    /// Follows what is named until nothing new is.
    async fn close(&mut self, store: &dyn Store) -> Result<(), GatherError> {
        while !self.wanted.is_empty() {
            let new: Vec<RecordId> = std::mem::take(&mut self.wanted).into_iter().collect();
            if self.rows.len() + new.len() > ENTRIES_MAX {
                return Err(GatherError::TooMany(self.rows.len() + new.len()));
            }
            let mut context = BTreeSet::new();
            let keys: BTreeSet<Key> = new.iter().copied().map(Key::Record).collect();
            for row in store.load(&keys).await?.0 {
                if let Row::Record(row) = row {
                    self.wanted.extend(row.supersedes.into_iter().chain(row.superseded_by).chain(row.about));
                    context.extend([row.actor, row.party].into_iter().chain(row.entered_by).map(Key::Party));
                    context.extend(row.site.map(Key::Site));
                    self.rows.insert(row.id, row);
                }
            }
            self.wanted.extend(store.answers(&new).await?.into_iter().map(|row| row.id));
            for row in store.entries_of(&new).await? {
                let entry = read(&row)?;
                match entry.record.details.stated() {
                    Details::Receive(receipt) => self.wanted.extend(receipt.ship),
                    Details::Return(back) => self.wanted.extend(back.ship),
                    _ => {}
                }
                context.extend(entry.signatures.iter().map(|signature| Key::SigningKey(signature.key)));
                self.entries.insert(row.index, row);
            }
            context.retain(|key| self.asked.insert(*key));
            for row in store.load(&context).await?.0 {
                match row {
                    Row::Party(row) => self.wanted.extend([row.record]),
                    Row::Site(row) => self.wanted.extend([row.record]),
                    // Its end, too: whether it was over when it signed is to be seen.
                    Row::SigningKey(row) => self.wanted.extend([row.record].into_iter().chain(row.ended)),
                    _ => {}
                }
            }
            self.wanted.retain(|id| !self.rows.contains_key(id));
        }
        Ok(())
    }

    /// The amounts and terms that the viewer may see.
    async fn opened(&self, store: &dyn Store, viewer: &Viewer) -> Result<Vec<OpenedGroup>, StoreError> {
        let mut opened = Vec::new();
        let visible = |sees: fn(&Viewer, &RecordRow) -> bool| -> Vec<RecordId> {
            self.rows.values().filter(|row| sees(viewer, row)).map(|row| row.id).collect()
        };
        for (group, records) in
            [(Group::Amounts, visible(Viewer::sees_amounts)), (Group::Terms, visible(Viewer::sees_terms))]
        {
            for row in store.openings(&records, group).await? {
                let opening = Opening::new(row.group, row.salt, row.value);
                opened.push(OpenedGroup { opening, record: row.record });
            }
        }
        Ok(opened)
    }
}

/// The entries with their proofs.
async fn proven(
    store: &dyn Store,
    rows: Vec<EntryRow>,
    published: &Published,
) -> Result<Vec<EvidenceEntry>, StoreError> {
    let mut entries = Vec::with_capacity(rows.len());
    for some in rows.chunks(PROOFS_TOGETHER) {
        let indices: Vec<u64> = some.iter().map(|row| row.index).collect();
        let proofs = tiles::inclusions(store, &indices, published.size).await?;
        for (row, proof) in some.iter().zip(proofs) {
            let entry = String::from_utf8(row.bytes.clone()).map_err(|error| corrupt(row, &error))?;
            entries.push(EvidenceEntry { entry, index: row.index, proof, record: row.record });
        }
    }
    Ok(entries)
}

fn read(row: &EntryRow) -> Result<Entry, StoreError> {
    Entry::from_bytes(&row.bytes).map_err(|refusal| corrupt(row, &refusal))
}

fn corrupt(row: &EntryRow, problem: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt { table: "entries", key: row.index.to_string(), problem: problem.to_string() }
}
