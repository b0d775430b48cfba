//! The other half of an erasure: its record stands, now log-ins are closed and the key is destroyed. Done again it
//! changes nothing, so it is done until it is done: after the append, when the request is sent again, at the next start.
//!
//! It also seals what an older program left in plain text.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use trace_core::id::{PartyId, RecordId, Uid};
use trace_core::prepare::Draft;
use trace_core::record::sealed::Opening;
use trace_core::record::{Details, Entry, Kind, Record};
use trace_core::tianma::EraseReason;

use super::persons::{party_rows, seal, sealed_name};
use super::{Answer, AppendError, Item, Ledger, Request};
use crate::keystore::{KeyName, KeyStore, marked};
use crate::store::{EntryRow, RequestRow, Store, StoreError, UserRow};

/// The parties that these records erase.
pub(super) fn erased_by<'a>(records: impl IntoIterator<Item = &'a Record>) -> BTreeSet<PartyId> {
    let of = |record: &Record| if let Details::Erase(erase) = &record.details { Some(erase.party) } else { None };
    records.into_iter().filter_map(of).collect()
}

/// Closes the log-ins of erased parties and destroys the keys of all generations before their newest erasure.
///
/// Log-ins first: when the key is gone, nothing is left to be done.
pub(super) async fn finish(
    store: &dyn Store,
    keys: &dyn KeyStore,
    parties: &BTreeSet<PartyId>,
) -> Result<usize, StoreError> {
    let rows = party_rows(store, parties.iter().copied()).await?;
    for row in rows.values().filter(|row| row.erased.is_some()) {
        store.close_log_ins(row.id).await?;
    }
    let below: BTreeMap<PartyId, u32> =
        rows.values().filter(|row| row.erasures > 0).map(|row| (row.id, row.erasures)).collect();
    if below.is_empty() {
        return Ok(0);
    }
    let count = keys.destroy(&below).await?;
    tracing::info!(parties = below.len(), keys = count, "destroyed the keys of erased parties");
    Ok(count)
}

impl Ledger {
    /// Erases what is kept of a party's persons: the record first, then log-ins and key. The office does it in its own
    /// name, the party itself in its own, and a clerk whom it granted that in its.
    ///
    /// # Errors
    /// [`AppendError`]; after [`AppendError::Unfinished`] the same request carries it out.
    pub async fn erase(
        &self,
        submitter: PartyId,
        party: PartyId,
        reason: EraseReason,
        uid: Uid,
        digest: RecordId,
    ) -> Result<Answer, AppendError> {
        let ledger = self.ledger_row().await?;
        let office = ledger.as_ref().is_some_and(|row| row.office == submitter);
        let today = ledger.map(|row| row.zone).unwrap_or_default().date_at(self.now());
        let draft = Draft::from_value(json!({
            "uid": uid,
            "kind": Kind::Erase,
            "actor": if office { submitter } else { party },
            "occurred_at": today,
            "details": {"party": party, "reason": reason},
        }))?;
        match self.append(Request { submitter, digest, items: vec![Item::draft(draft)] }).await {
            Err(AppendError::Refused(refusal)) if refusal.rule == "already_erased" => {
                // It may have come no further than its record.
                self.finish_erasures(&[party].into()).await.map_err(AppendError::Unfinished)?;
                Err(refusal.into())
            }
            other => other,
        }
    }

    /// What an end of the process may have left undone, before anything is served: erasures whose record stands and
    /// whose key is still there, and values from before they were sealed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_up(&self) -> Result<(), StoreError> {
        self.seal_what_is_plain().await?;
        let names: Vec<KeyName> = self.key_store().all().await?.into_keys().collect();
        let rows = party_rows(&**self.store(), names.iter().map(|name| name.party)).await?;
        let left = |name: &&KeyName| rows.get(&name.party).is_some_and(|row| name.generation < row.erasures);
        let unfinished: BTreeSet<PartyId> = names.iter().filter(left).map(|name| name.party).collect();
        if !unfinished.is_empty() {
            tracing::warn!(parties = unfinished.len(), "finishing erasures that were recorded and not carried out");
            self.finish_erasures(&unfinished).await?;
        }
        Ok(())
    }

    /// Carries out the erasures of these parties, whose records stand.
    pub(super) async fn finish_erasures(&self, parties: &BTreeSet<PartyId>) -> Result<usize, StoreError> {
        finish(&**self.store(), &**self.key_store(), parties).await
    }

    async fn seal_what_is_plain(&self) -> Result<(), StoreError> {
        let store = self.store();
        let plain = store.plain_personal().await?;
        let ids: Vec<RecordId> = plain.iter().map(|row| row.record).collect();
        let entries = self.opened_entries(&ids).await?;
        let subjects: BTreeMap<RecordId, PartyId> = entries.iter().map(|one| (one.id(), one.subject())).collect();
        let mut users: Vec<UserRow> = store.users().await?;
        users.retain(|user| sealed_name(&user.display_name).is_none());
        if plain.is_empty() && users.is_empty() {
            return Ok(());
        }
        let parties: BTreeSet<PartyId> =
            subjects.values().copied().chain(users.iter().map(|user| user.party)).collect();
        let rows = party_rows(&**store, parties.iter().copied()).await?;
        let name_of = |party: PartyId| KeyName { party, generation: rows.get(&party).map_or(0, |row| row.erasures) };
        let keys = self.key_store().make(&parties.iter().copied().map(name_of).collect()).await?;
        let mut sealed = Vec::with_capacity(plain.len());
        for row in plain {
            let missing = || StoreError::Corrupt {
                table: "openings",
                key: format!("{}, {}", row.record, row.group.code()),
                problem: "there is no record that it opens".to_owned(),
            };
            let name = name_of(*subjects.get(&row.record).ok_or_else(missing)?);
            let key = keys.get(&name).ok_or_else(missing)?;
            let opening = Opening::new(row.group, row.salt.clone(), row.value.clone());
            let one = seal(row.record, row.index, &opening, name, key, self.nonce()?);
            sealed.push(one.map_err(|error| StoreError::Engine(error.to_string()))?);
        }
        for user in &mut users {
            let name = name_of(user.party);
            self.seal_name(user, name).await?;
        }
        let mut requests = self.requests_around(&entries).await?;
        for request in &mut requests {
            let told = request.records.iter().filter_map(|id| subjects.get(id));
            let names: BTreeSet<KeyName> = told.map(|party| name_of(*party)).collect();
            request.digest = marked(request.digest, names.iter().filter_map(|name| keys.get(name)));
        }
        store.replace_plain(&sealed, &users, &requests).await?;
        tracing::info!(openings = sealed.len(), users = users.len(), "sealed what an older program had kept plain");
        Ok(())
    }

    /// All rows of the requests that these records came with.
    async fn requests_around(&self, records: &[Record]) -> Result<Vec<RequestRow>, StoreError> {
        let uids = |records: &[Record]| records.iter().map(|one| (one.submitter(), one.uid)).collect::<Vec<_>>();
        let rows = self.store().requests(&uids(records)).await?;
        let grouped: BTreeSet<RecordId> = rows.into_iter().flat_map(|row| row.records).collect();
        let members = self.opened_entries(&grouped.into_iter().collect::<Vec<_>>()).await?;
        self.store().requests(&uids(&members)).await
    }

    async fn opened_entries(&self, records: &[RecordId]) -> Result<Vec<Record>, StoreError> {
        let open = |row: EntryRow| match Entry::from_bytes(&row.bytes) {
            Ok(entry) => Ok(entry.record),
            Err(refusal) => {
                Err(StoreError::Corrupt { table: "entries", key: row.index.to_string(), problem: refusal.to_string() })
            }
        };
        self.store().entries_of(records).await?.into_iter().map(open).collect()
    }
}
