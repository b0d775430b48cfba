//! The key store at the start: the one that the ledger knows, with every key that is in use; else nothing is served.

use std::sync::Arc;

use crate::keystore::{self, KeyName, KeyStore, KeyStoreError};
use crate::ledger::{destroyed_among, keys_in_use};
use crate::store::{Store, StoreError};

/// Why the key store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreStartError {
    /// It cannot be opened or read.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// It is not the one that the ledger's keys are in.
    #[error(
        "names and places of {parties} parties are sealed under keys of the key store {expected}, and {place} is another \
         one ({found}); restore the right one from its backup: without its keys nobody can ever read them"
    )]
    Foreign {
        /// How many parties' keys are in use.
        parties: usize,
        /// The identity that the ledger knows.
        expected: String,
        /// Where the other one is.
        place: String,
        /// Its identity.
        found: String,
    },
    /// Keys that are in use are not in it.
    #[error(
        "names and places of {count} parties are sealed under keys that the key store {place} does not hold (the first \
         is that of {first}), and they were not erased; restore it from its newest backup: without those keys nobody \
         can ever read them"
    )]
    Missing {
        /// Where it is.
        place: String,
        /// How many keys.
        count: usize,
        /// One of them.
        first: KeyName,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the key store; makes one only where no key is in use, and notes in the ledger which one it is.
pub(super) async fn load(address: &str, store: &dyn Store) -> Result<Arc<dyn KeyStore>, KeyStoreStartError> {
    // What is in use is read first: a key is durable before anything is sealed under it, so all of these must be there.
    let needed = keys_in_use(store).await?;
    let keys = keystore::open(address, needed.is_empty()).await?;
    let (found, expected) = (keys.id().await?, store.key_store().await?);
    if let Some(expected) = expected.as_ref().filter(|expected| **expected != found && !needed.is_empty()) {
        return Err(KeyStoreStartError::Foreign {
            parties: needed.len(),
            expected: expected.clone(),
            place: keys.place().to_owned(),
            found,
        });
    }
    let there = keys.find(&needed).await?;
    let absent: Vec<KeyName> = needed.into_iter().filter(|name| !there.contains_key(name)).collect();
    // A ledger that was put back from before an erasure does not know it; the key store does.
    let destroyed = destroyed_among(absent.iter().copied(), &*keys).await?;
    let mut lacking = absent.into_iter().filter(|name| !destroyed.contains(name));
    if let Some(first) = lacking.next() {
        let (place, count) = (keys.place().to_owned(), lacking.count() + 1);
        return Err(KeyStoreStartError::Missing { place, count, first });
    }
    if !destroyed.is_empty() {
        tracing::warn!(
            parties = destroyed.len(),
            "persons were erased whom this ledger, put back from before, still lists; erase them again"
        );
    }
    if expected.as_ref() != Some(&found) {
        store.put_key_store(&found).await?;
    }
    Ok(keys)
}
