//! The key store (密钥库): one random 256-bit key for each party, under which the ledger keeps what tells of its
//! persons. Destroying the key erases those values everywhere at once, in the database, its journals and its backups,
//! while every hash and proof stays as it is.
//!
//! It is a file or a database of its own, never the ledger's, so that a backup of the one never holds the other. What
//! was sealed under which key is the ledger's to know; this knows neither records nor persons.

mod cipher;
mod copies;
mod postgres;
mod sqlite;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use trace_core::id::PartyId;

pub use cipher::{CipherError, NONCE_BYTES, PartyKey, marked};
pub use copies::{COPIES_KEPT_DAYS, Copied, back_up, restore};
pub use postgres::PostgresKeyStore;
pub use sqlite::SqliteKeyStore;

use crate::store::StoreError;

/// Names a key: whose it is, and after how many erasures of that party it was made. An erasure destroys all keys of
/// earlier generations; a party that is registered anew gets the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName {
    /// The party.
    pub party: PartyId,
    /// How often it had been erased when the key was made.
    pub generation: u32,
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (generation {})", self.party, self.generation)
    }
}

/// Keys by their names.
pub type Keys = BTreeMap<KeyName, PartyKey>;

/// Why a key store cannot be used, or could not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KeyStoreError {
    /// Its address, place or permissions do not fit what it is for.
    #[error("{0}")]
    Unfit(String),
    /// The engine failed; of one call either everything was stored or nothing.
    #[error("the key store failed: {0}")]
    Engine(String),
    /// A row cannot be read.
    #[error("the key {name} in the key store {place} is damaged: {problem}")]
    Damaged {
        /// Where.
        place: String,
        /// Which.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl From<KeyStoreError> for StoreError {
    fn from(error: KeyStoreError) -> Self {
        Self::Engine(error.to_string())
    }
}

/// The contract. Every answer of a change means *durable*: keys that were made survive the loss of power before a
/// record that needs them is committed, and destroyed ones stay destroyed.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Where it is, for people: a path, or server and database without a password.
    fn place(&self) -> &str;

    /// What tells this key store from every other; copies of it have the same. 32 hex digits.
    async fn id(&self) -> Result<String, KeyStoreError>;

    /// The keys of these names; those that are not there are made, all in one transaction. A key that was destroyed is
    /// not made again: it is not in the answer.
    async fn make(&self, names: &BTreeSet<KeyName>) -> Result<Keys, KeyStoreError>;

    /// Those of these keys that are there.
    async fn find(&self, names: &BTreeSet<KeyName>) -> Result<Keys, KeyStoreError>;

    /// Every key.
    async fn all(&self) -> Result<Keys, KeyStoreError>;

    /// Destroys, of each of these parties, all keys of generations below the number, without a trace in the store's
    /// files. What is not there is destroyed already. Answers how many there were.
    async fn destroy(&self, below: &BTreeMap<PartyId, u32>) -> Result<usize, KeyStoreError>;

    /// Of which parties which generations were destroyed: all below the number. So that a ledger that was put back from
    /// before an erasure is told that the key is gone for good, not lost.
    async fn destroyed(&self) -> Result<BTreeMap<PartyId, u32>, KeyStoreError>;

    /// Takes over another key store's identity, keys and memory of destroyed ones, in one transaction; refused unless
    /// this one holds no key.
    async fn take_over(&self, id: &str, keys: &Keys, destroyed: &BTreeMap<PartyId, u32>) -> Result<(), KeyStoreError>;
}

/// Opens the key store that the address names: `sqlite:PATH` or `postgres://…`. `may_make`: whether a file that is not
/// there is made; where keys are in use already, a new and empty one would only hide that the old one is lost.
///
/// # Errors
/// [`KeyStoreError::Unfit`] with what would be right; [`KeyStoreError::Engine`].
pub async fn open(address: &str, may_make: bool) -> Result<Arc<dyn KeyStore>, KeyStoreError> {
    if let Some(path) = address.strip_prefix("sqlite:") {
        let is_new = !Path::new(path).exists();
        let store = SqliteKeyStore::open(path.as_ref(), may_make)?;
        if is_new {
            tracing::warn!(path, "made a key store for personal data; back it up, apart from the database");
        }
        return Ok(Arc::new(store));
    }
    if address.starts_with("postgres://") || address.starts_with("postgresql://") {
        return Ok(Arc::new(PostgresKeyStore::open(address).await?));
    }
    Err(KeyStoreError::Unfit(format!(
        "TRACE_KEY_STORE is '{address}'; it must be sqlite:PATH or postgres://USER@HOST/NAME"
    )))
}

/// Words for a place that holds a ledger: one backup would then carry the values and the keys to them.
fn holds_ledger(place: &str) -> KeyStoreError {
    KeyStoreError::Unfit(format!(
        "the key store {place} is a ledger's database; the keys of personal data must lie apart from what they seal: \
         name another file or another database in TRACE_KEY_STORE"
    ))
}

/// A key out of a row's bytes.
fn key_of(place: &str, name: KeyName, bytes: &[u8]) -> Result<PartyKey, KeyStoreError> {
    let bytes = bytes.try_into().map_err(|_| KeyStoreError::Damaged {
        place: place.to_owned(),
        name: name.to_string(),
        problem: format!("{} bytes, not 32", bytes.len()),
    })?;
    Ok(PartyKey::from_bytes(bytes))
}

/// A name out of a row's columns.
fn name_of(place: &str, party: &str, generation: i64) -> Result<KeyName, KeyStoreError> {
    let damaged = |problem: String| KeyStoreError::Damaged {
        place: place.to_owned(),
        name: format!("{party}, {generation}"),
        problem,
    };
    Ok(KeyName {
        party: party.parse().map_err(|error| damaged(format!("{error}")))?,
        generation: generation.try_into().map_err(|_| damaged("no such generation".to_owned()))?,
    })
}
