//! Openings that tell of persons: each belongs to a record that committed to it, and where the keys are at hand it is what
//! the record committed to.
//!
//! What was erased cannot be opened by anybody, and is no fault: its commitment stands.

use std::collections::BTreeMap;

use trace_core::audit::{Fault, open};
use trace_core::id::PartyId;
use trace_core::record::Entry;
use trace_core::record::sealed::{Group, Opening};

use super::coverage::{NotCovered, SEALED_OPENINGS};
use super::links::parsed;
use super::page::check_record;
use crate::keystore::{KeyName, KeyStore, KeyStoreError, Keys};
use crate::ledger::opened;
use crate::store::snapshot::{Cell, Cells};

/// The keys of a key store at the moment of an audit.
#[derive(Debug, Clone)]
pub struct SealKeys {
    keys: Keys,
    destroyed: BTreeMap<PartyId, u32>,
}

impl SealKeys {
    /// All of them; nothing of the store is changed.
    ///
    /// # Errors
    /// [`KeyStoreError`].
    pub async fn of(store: &dyn KeyStore) -> Result<Self, KeyStoreError> {
        // First the keys: one that is destroyed in between is then known as destroyed.
        let keys = store.all().await?;
        Ok(Self { keys, destroyed: store.destroyed().await? })
    }
}

/// What an audit without keys leaves open.
pub(super) fn not_covered(keys: Option<&SealKeys>) -> Option<NotCovered> {
    let what = "sealed_openings, columns generation and sealed".to_owned();
    keys.is_none().then_some(NotCovered { what, why: "sealed under the parties' keys; no key store was given" })
}

/// Checks the rows of one entry. Each group that the record sealed has one: an erasure destroys the key and leaves the row.
/// `plain` are the rows of openings, where such values stood before they were sealed.
pub(super) fn check(entry: &Entry, rows: &[Cells], plain: &[Cells], keys: Option<&SealKeys>, faults: &mut Vec<Fault>) {
    let id = entry.record.id();
    for group in entry.record.sealed.keys().filter(|group| group.is_personal()) {
        if !rows.iter().chain(plain).any(|cells| cells.get(1).and_then(Cell::text) == Some(group.code())) {
            let key = format!("{id}, {}", group.code());
            let problem = "the record commits to it, and the row is missing";
            faults.push(Fault::new(SEALED_OPENINGS.name, key, "record", problem).about(id));
        }
    }
    for cells in rows {
        check_record(&SEALED_OPENINGS, cells, entry.record.id(), faults);
        if let Err(fault) = check_row(entry, cells, keys) {
            faults.push(fault.about(entry.record.id()));
        }
    }
}

#[expect(clippy::result_large_err, reason = "a fault is rare, and it is told whole")]
fn check_row(entry: &Entry, cells: &[Cell], keys: Option<&SealKeys>) -> Result<(), Fault> {
    let (table, record) = (&SEALED_OPENINGS, &entry.record);
    let fault = |at: usize, problem: String| Fault::new(table.name, table.key_of(cells), table.columns[at], problem);
    let code = cells[1].text().unwrap_or_default();
    let group = Group::ALL.into_iter().find(|group| group.code() == code && group.is_personal());
    let group =
        group.ok_or_else(|| fault(1, format!("found {}, which is no group that tells of persons", cells[1])))?;
    if !record.sealed.contains_key(&group) {
        return Err(fault(1, "the record commits to no such group".to_owned()));
    }
    let party: PartyId = parsed(table, cells, 2)?;
    if party != record.subject() {
        return Err(fault(2, format!("found {party}; the record is about {}", record.subject())));
    }
    let Some(keys) = keys else { return Ok(()) };
    let generation = cells[3].integer().and_then(|generation| u32::try_from(generation).ok());
    let generation = generation.ok_or_else(|| fault(3, format!("found {}, which is no generation", cells[3])))?;
    let name = KeyName { party, generation };
    let Some(key) = keys.keys.get(&name) else {
        let gone = keys.destroyed.get(&party).is_some_and(|below| generation < *below);
        let problem = || format!("the key of {name} is not in the key store, and no erasure destroyed it");
        return if gone { Ok(()) } else { Err(fault(3, problem())) };
    };
    let opening: Opening = opened(record.id(), group, key, cells[4].blob().unwrap_or_default())
        .map_err(|error| fault(4, error.to_string()))?;
    if opening.group() != group {
        return Err(fault(4, format!("found an opening of {}, sealed as {code}", opening.group().code())));
    }
    let mut wrong = None;
    open(entry, &[opening], |_, problem| wrong = Some(problem));
    wrong.map_or(Ok(()), |problem| Err(fault(4, problem)))
}
