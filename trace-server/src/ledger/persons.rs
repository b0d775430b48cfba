//! What tells of persons: sealing it under the party's key, opening it again, and saying plainly where it was erased.
//!
//! Who may be shown a name is decided elsewhere; this only knows whether there still is one.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde_json::Value;
use trace_core::id::{PartyId, RecordId, Uid};
use trace_core::record::sealed::{Group, Opening};
use trace_core::record::{Person, Refusal, Telephone};
use trace_core::state::{Key, PartyRow, Row};
use trace_core::tianma::PersonalField;

use super::{AppendError, Ledger};
use crate::keystore::{CipherError, KeyName, KeyStore, Keys, NONCE_BYTES, PartyKey, marked};
use crate::store::{RequestRow, SealedOpeningRow, Store, StoreError, UserChange, UserRow};

/// How a sealed name in the table of users begins: the version of this form.
const NAME_PREFIX: &str = "sealed1.";

/// A personal value as its reader finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Personal {
    /// It is there.
    Open(Value),
    /// It was erased: the record and its commitment stand, the value is gone.
    Erased,
}

impl Personal {
    /// The value as what it was sealed as; `None` where it was erased.
    pub fn read<T: DeserializeOwned>(self) -> Option<T> {
        if let Self::Open(value) = self { serde_json::from_value(value).ok() } else { None }
    }

    /// Those that are there, each by the record that holds it.
    pub fn read_all<T: DeserializeOwned>(values: BTreeMap<RecordId, Self>) -> BTreeMap<RecordId, T> {
        values.into_iter().filter_map(|(record, value)| Some((record, value.read()?))).collect()
    }
}

/// An opening under the party's key, bound to its record and group.
pub(super) fn seal(
    record: RecordId,
    index: u64,
    opening: &Opening,
    name: KeyName,
    key: &PartyKey,
    nonce: [u8; NONCE_BYTES],
) -> Result<SealedOpeningRow, CipherError> {
    let group = opening.group();
    let sealed = key.seal(&opening_place(record, group), nonce, opening)?;
    Ok(SealedOpeningRow { record, index, group, party: name.party, generation: name.generation, sealed })
}

/// An opening out of its sealed bytes.
///
/// # Errors
/// [`CipherError`] if it was not sealed under this key for this record and group.
pub fn opened(record: RecordId, group: Group, key: &PartyKey, sealed: &[u8]) -> Result<Opening, CipherError> {
    key.open(&opening_place(record, group), sealed)
}

fn opening_place(record: RecordId, group: Group) -> String {
    format!("tianma-trace/opening/1\n{record}\n{}", group.code())
}

fn name_place(user: &UserRow) -> String {
    format!("tianma-trace/user/1\n{}\n{}", user.party, user.login)
}

fn key_of_row(row: &SealedOpeningRow) -> KeyName {
    KeyName { party: row.party, generation: row.generation }
}

/// Generation and bytes of a sealed name; `None` for a plain one, as it stood before names were sealed.
pub(super) fn sealed_name(text: &str) -> Option<(u32, Vec<u8>)> {
    let (generation, bytes) = text.strip_prefix(NAME_PREFIX)?.split_once('.')?;
    Some((generation.parse().ok()?, URL_SAFE_NO_PAD.decode(bytes).ok()?))
}

/// The rows of these parties.
///
/// # Errors
/// [`StoreError`].
pub async fn party_rows(
    store: &dyn Store,
    parties: impl IntoIterator<Item = PartyId>,
) -> Result<BTreeMap<PartyId, PartyRow>, StoreError> {
    let keys: BTreeSet<Key> = parties.into_iter().map(Key::Party).collect();
    let (rows, _) = store.load(&keys).await?;
    let rows = rows.into_iter().filter_map(|row| if let Row::Party(row) = row { Some((row.id, row)) } else { None });
    Ok(rows.collect())
}

/// The keys under which something is sealed that was not erased since.
///
/// # Errors
/// [`StoreError`].
pub async fn keys_in_use(store: &dyn Store) -> Result<BTreeSet<KeyName>, StoreError> {
    let mut names: BTreeSet<KeyName> =
        store.sealing_keys().await?.into_iter().map(|(party, generation)| KeyName { party, generation }).collect();
    for user in store.users().await? {
        if let Some((generation, _)) = sealed_name(&user.display_name) {
            names.insert(KeyName { party: user.party, generation });
        }
    }
    let rows = party_rows(store, names.iter().map(|name| name.party)).await?;
    names.retain(|name| !is_erased(&rows, name));
    Ok(names)
}

fn is_erased(rows: &BTreeMap<PartyId, PartyRow>, name: &KeyName) -> bool {
    rows.get(&name.party).is_some_and(|row| name.generation < row.erasures)
}

fn key_missing(name: KeyName, keys: &dyn KeyStore) -> StoreError {
    StoreError::Engine(format!(
        "the key store {} does not hold the key of {name}; restore it, or, where it was destroyed by an erasure that this \
         ledger does not know since it was put back from before it, erase the party again",
        keys.place()
    ))
}

/// Which of these keys are gone for good: destroyed by an erasure, whether or not this ledger knows it.
///
/// # Errors
/// The key store's failure.
pub async fn destroyed_among(
    names: impl IntoIterator<Item = KeyName>,
    keys: &dyn KeyStore,
) -> Result<BTreeSet<KeyName>, StoreError> {
    let names: BTreeSet<KeyName> = names.into_iter().collect();
    if names.is_empty() {
        return Ok(names);
    }
    let destroyed = keys.destroyed().await?;
    let gone = |name: &KeyName| destroyed.get(&name.party).is_some_and(|below| name.generation < *below);
    Ok(names.into_iter().filter(gone).collect())
}

/// These keys, made where they are not there. One that was destroyed meanwhile is left out where the ledger has gone on
/// to the next generation; the request is judged again and finds that out.
pub(super) async fn made(
    store: &dyn Store,
    keys: &dyn KeyStore,
    names: &BTreeSet<KeyName>,
) -> Result<Keys, StoreError> {
    let made = keys.make(names).await?;
    let lacking: Vec<KeyName> = names.iter().copied().filter(|name| !made.contains_key(name)).collect();
    let rows = party_rows(store, lacking.iter().map(|name| name.party)).await?;
    match lacking.iter().find(|name| !is_erased(&rows, name)) {
        Some(name) => Err(key_missing(*name, keys)),
        None => Ok(made),
    }
}

/// Whether a stored request is the one with this digest. Of a request that told of persons the stored digest is marked
/// with their keys; once one of them is destroyed nobody can compare any more, and the first answer stands.
pub(super) async fn is_same(
    store: &dyn Store,
    keys: &dyn KeyStore,
    known: &RequestRow,
    digest: RecordId,
) -> Result<bool, StoreError> {
    let mut names = BTreeSet::new();
    for group in [Group::Person, Group::Place] {
        names.extend(store.sealed_openings(&known.records, group).await?.iter().map(key_of_row));
    }
    if names.is_empty() {
        return Ok(known.digest == digest);
    }
    let rows = party_rows(store, names.iter().map(|name| name.party)).await?;
    if names.iter().any(|name| is_erased(&rows, name)) {
        return Ok(true);
    }
    let found = keys.find(&names).await?;
    match names.iter().find(|name| !found.contains_key(name)) {
        Some(lacking) if destroyed_among([*lacking], keys).await?.is_empty() => Err(key_missing(*lacking, keys)),
        Some(_) => Ok(true),
        None => Ok(known.digest == marked(digest, found.values())),
    }
}

impl Ledger {
    /// The telephone number that a party lets everybody see; none without its consent, and none once it was erased.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn public_telephone(&self, party: PartyId) -> Result<Option<Telephone>, StoreError> {
        let row = self.party(party).await?.filter(|row| row.shows(PersonalField::Telephone));
        let Some(record) = row.map(|row| row.person_record()) else { return Ok(None) };
        let person = self.personal(&[record], Group::Person).await?.remove(&record);
        Ok(person.and_then(Personal::read).and_then(|person: Person| person.telephone))
    }

    /// The personal values of these records in this group, for those who may see them. A record without such a value
    /// is not in the answer.
    ///
    /// # Errors
    /// [`StoreError`], also where a key is missing that was not destroyed by an erasure.
    pub async fn personal(
        &self,
        records: &[RecordId],
        group: Group,
    ) -> Result<BTreeMap<RecordId, Personal>, StoreError> {
        if records.is_empty() {
            return Ok(BTreeMap::new());
        }
        let sealed = self.store().sealed_openings(records, group).await?;
        let names: BTreeSet<KeyName> = sealed.iter().map(key_of_row).collect();
        let rows = party_rows(&**self.store(), names.iter().map(|name| name.party)).await?;
        let keys = self.key_store().find(&names).await?;
        let absent = names.into_iter().filter(|name| !keys.contains_key(name) && !is_erased(&rows, name));
        let destroyed = destroyed_among(absent, &**self.key_store()).await?;
        let mut values = BTreeMap::new();
        for row in sealed {
            let name = key_of_row(&row);
            // The record of the erasure counts, not whether the key is gone already.
            let value = if is_erased(&rows, &name) || destroyed.contains(&name) {
                Personal::Erased
            } else {
                let key = keys.get(&name).ok_or_else(|| key_missing(name, &**self.key_store()))?;
                let opening: Opening =
                    key.open(&opening_place(row.record, row.group), &row.sealed).map_err(|error| {
                        StoreError::Corrupt {
                            table: "sealed_openings",
                            key: format!("{}, {}", row.record, row.group.code()),
                            problem: error.to_string(),
                        }
                    })?;
                Personal::Open(opening.into_value())
            };
            values.insert(row.record, value);
        }
        Ok(values)
    }

    /// The records that this very request made before, if it was answered.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn answered(
        &self,
        submitter: PartyId,
        uid: Uid,
        digest: RecordId,
    ) -> Result<Option<Vec<RecordId>>, StoreError> {
        let Some(known) = self.store().requests(&[(submitter, uid)]).await?.pop() else { return Ok(None) };
        let same = is_same(&**self.store(), &**self.key_store(), &known, digest).await?;
        Ok(same.then_some(known.records))
    }

    /// Lets a person sign in, or replaces what is kept of the log-in. The name to greet with is sealed.
    ///
    /// # Errors
    /// [`AppendError::Refused`] if there is no such party, or it was erased and not registered anew, or the telephone
    /// number is another log-in's; else the store's.
    pub async fn admit(&self, mut user: UserRow) -> Result<(), AppendError> {
        let erasures = self.erasures_of(user.party).await?;
        self.number_is_free(&user.login, user.telephone_mac).await?;
        let name = KeyName { party: user.party, generation: erasures };
        self.seal_name(&mut user, name).await?;
        self.store().put_user(&user).await?;
        // An erasure that came between has closed all log-ins but this one.
        if self.erasures_of(user.party).await.ok() != Some(erasures) {
            self.finish_erasures(&[user.party].into()).await?;
            self.erasures_of(user.party).await?;
        }
        Ok(())
    }

    /// Gives a log-in another telephone number by its HMAC, or none; `false` where there is no such log-in.
    ///
    /// # Errors
    /// [`AppendError::Refused`] if the number is another log-in's; else the store's.
    pub async fn set_telephone(&self, login: &str, mac: Option<RecordId>) -> Result<bool, AppendError> {
        self.number_is_free(login, mac).await?;
        Ok(self.store().change_user(login, &UserChange::Telephone(mac)).await?)
    }

    /// A number signs one person in. The database holds that too; this says it in words.
    async fn number_is_free(&self, login: &str, mac: Option<RecordId>) -> Result<(), AppendError> {
        let Some(mac) = mac else { return Ok(()) };
        match self.store().user_by_telephone(mac).await?.filter(|other| other.login != login) {
            Some(_) => Err(Refusal::conflict(
                "telephone_taken",
                "/telephone",
                "这个手机号已用于另一个登录名",
                "another log-in has this telephone number",
            )
            .into()),
            None => Ok(()),
        }
    }

    async fn erasures_of(&self, party: PartyId) -> Result<u32, AppendError> {
        let row = self.party(party).await?;
        let row = row.ok_or_else(|| {
            let (zh, en) = (format!("系统里没有主体 {party}"), format!("there is no party {party} in this ledger"));
            Refusal::not_found("unknown_party", "/party", zh, en)
        })?;
        row.may_keep_personal("/party")?;
        Ok(row.erasures)
    }

    pub(super) async fn seal_name(&self, user: &mut UserRow, name: KeyName) -> Result<(), StoreError> {
        let keys = self.key_store().make(&[name].into()).await?;
        let key = keys.get(&name).ok_or_else(|| key_missing(name, &**self.key_store()))?;
        let nonce = self.nonce()?;
        let sealed = key.seal(&name_place(user), nonce, &user.display_name);
        let sealed = sealed.map_err(|error| StoreError::Engine(error.to_string()))?;
        user.display_name = format!("{NAME_PREFIX}{}.{}", name.generation, URL_SAFE_NO_PAD.encode(sealed));
        Ok(())
    }

    pub(super) fn nonce(&self) -> Result<[u8; NONCE_BYTES], StoreError> {
        let seed = (self.inner.surroundings.seed)();
        let seed = seed.map_err(|error| StoreError::Engine(format!("no randomness: {error}")))?;
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&seed[..NONCE_BYTES]);
        Ok(nonce)
    }

    /// The name to greet a person with; the log-in where it cannot be had, since no page should fail for a greeting.
    pub async fn greeting(&self, user: &UserRow) -> String {
        let Some((generation, sealed)) = sealed_name(&user.display_name) else { return user.display_name.clone() };
        let name = KeyName { party: user.party, generation };
        let keys = match self.key_store().find(&[name].into()).await {
            Ok(keys) => keys,
            Err(error) => {
                tracing::error!(%error, "a name cannot be opened");
                return user.login.clone();
            }
        };
        match keys.get(&name).map(|key| key.open::<String>(&name_place(user), &sealed)) {
            Some(Ok(greeting)) => greeting,
            Some(Err(error)) => {
                tracing::error!(%error, party = %user.party, "a log-in's name is damaged");
                user.login.clone()
            }
            None => user.login.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use serde_json::Value;
    use trace_core::record::sealed::Commitment;

    use super::*;

    fn bytes<const N: usize>(hex: &Value) -> [u8; N] {
        hex::decode(hex.as_str().unwrap()).unwrap().try_into().unwrap()
    }

    /// What another program sealed opens here, and the same bytes come out of sealing it again.
    #[test]
    fn openings_are_sealed_as_others_do() {
        let file: Value = serde_json::from_str(include_str!("../../../fixtures/golden/sealing.json")).unwrap();
        let vectors = file["openings"].as_array().unwrap();
        assert_eq!(vectors.len(), 3);
        for vector in vectors {
            let record: RecordId = vector["record"].as_str().unwrap().parse().unwrap();
            let sealed = hex::decode(vector["sealed"].as_str().unwrap()).unwrap();
            let opening: Opening = serde_json::from_str(vector["plaintext"].as_str().unwrap()).unwrap();
            assert_eq!(opening_place(record, opening.group()), vector["place"].as_str().unwrap());
            let key = PartyKey::from_bytes(bytes(&vector["key"]));
            assert_eq!(opened(record, opening.group(), &key, &sealed).unwrap(), opening);
            let name = KeyName { party: PartyId::from_random([1; 10]), generation: 0 };
            let row = seal(record, 7, &opening, name, &key, bytes(&vector["nonce"])).unwrap();
            assert_eq!(hex::encode(row.sealed), vector["sealed"].as_str().unwrap(), "{}", vector["name"]);
            let commitment: Commitment = vector["commitment"].as_str().unwrap().parse().unwrap();
            opening.verify(&vector["uid"].as_str().unwrap().parse().unwrap(), &commitment).unwrap();
            // Not under another record, nor as another group.
            assert!(opened(RecordId::of(b"another"), opening.group(), &key, &sealed).is_err());
        }
    }
}
