//! The key store in a SQLite file, for one machine.
//!
//! No write-ahead log: it would keep destroyed keys until it happened to be overwritten. With the rollback journal and
//! `secure_delete` a destroyed key is overwritten in the file before the answer, and the journal is gone with the
//! commit.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};
use trace_core::id::PartyId;

use super::{KeyName, KeyStore, KeyStoreError, Keys, holds_ledger, key_of, name_of};

/// How long another process (a copy, a second server on this machine) is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// What tells a key store from other SQLite files: "tmks" as ASCII.
const APPLICATION_ID: i64 = 0x746d_6b73;

/// The newest layout that this program knows.
const VERSION: i64 = 1;

/// A key store in one file.
pub struct SqliteKeyStore {
    place: String,
    connection: Arc<Mutex<Connection>>,
}

impl SqliteKeyStore {
    /// Opens the file; makes it, for its owner alone, if it is not there and `may_make` says so.
    ///
    /// # Errors
    /// [`KeyStoreError::Unfit`] for a file that is missing, of another program, of a ledger, or open to others.
    pub fn open(path: &Path, may_make: bool) -> Result<Self, KeyStoreError> {
        let place = path.display().to_string();
        let made = may_make && create(path)?;
        if !path.is_file() {
            return Err(KeyStoreError::Unfit(format!(
                "the key store {place} does not exist; restore it from its backup: without its keys nobody can read \
                 the names and places that the ledger holds"
            )));
        }
        check_mode(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(engine)?;
        prepare(&mut connection, &place, made)?;
        Ok(Self { place, connection: Arc::new(Mutex::new(connection)) })
    }

    async fn run<T, F>(&self, work: F) -> Result<T, KeyStoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection, &str) -> Result<T, KeyStoreError> + Send + 'static,
    {
        let (connection, place) = (Arc::clone(&self.connection), self.place.clone());
        // The lock is held for one transaction; a panic rolls it back while unwinding.
        let work = move || work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner), &place);
        tokio::task::spawn_blocking(work).await.map_err(|error| KeyStoreError::Engine(error.to_string()))?
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
fn engine(error: rusqlite::Error) -> KeyStoreError {
    KeyStoreError::Engine(error.to_string())
}

/// Whether a new file was made.
fn create(path: &Path) -> Result<bool, KeyStoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(KeyStoreError::Unfit(format!("the key store {} cannot be created: {error}", path.display()))),
    }
}

/// Whoever can read the file can read every name: nobody but its owner may.
fn check_mode(path: &Path) -> Result<(), KeyStoreError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let found = std::fs::metadata(path).map_err(|error| KeyStoreError::Engine(error.to_string()))?;
        let mode = found.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyStoreError::Unfit(format!(
                "the key store {} may be read by others (mode {mode:o}); make it its owner's alone: chmod 600",
                path.display()
            )));
        }
    }
    Ok(())
}

fn prepare(connection: &mut Connection, place: &str, made: bool) -> Result<(), KeyStoreError> {
    connection.busy_timeout(BUSY_TIMEOUT).map_err(engine)?;
    let ledger: bool = connection
        .query_row(
            "-- is it a ledger\n\
             SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name IN ('entries', 'openings'))",
            [],
            |row| row.get(0),
        )
        .map_err(|error| {
            KeyStoreError::Unfit(format!("{place} is no key store ({error}); restore it from its backup"))
        })?;
    if ledger {
        return Err(holds_ledger(place));
    }
    for (name, value) in [("secure_delete", "on"), ("synchronous", "extra"), ("temp_store", "memory")] {
        connection.pragma_update(None, name, value).map_err(engine)?;
    }
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get(0)).map_err(engine)?;
    if mode != "delete" {
        return Err(KeyStoreError::Unfit(format!(
            "the journal mode of {place} is '{mode}' and cannot become 'delete'"
        )));
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(engine)?;
    let number = |name: &str| transaction.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(engine);
    let (application, version) = (number("application_id")?, number("user_version")?);
    match (application, version) {
        (APPLICATION_ID, VERSION) => return Ok(()),
        (APPLICATION_ID, newer) => {
            return Err(KeyStoreError::Unfit(format!(
                "the key store {place} has layout {newer}, this program knows {VERSION}; start the newer program"
            )));
        }
        // Another process may have made the file and not yet filled it.
        (0, 0) if made || number("schema_version")? == 0 => {}
        _ => return Err(KeyStoreError::Unfit(format!("{place} is the file of another program; name another one"))),
    }
    transaction
        .execute_batch(&format!(
            "-- make the key store\n\
             CREATE TABLE identity (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL) STRICT;\n\
             CREATE TABLE party_keys (\n\
                 party      TEXT NOT NULL,\n\
                 generation INTEGER NOT NULL,\n\
                 key        BLOB NOT NULL,\n\
                 PRIMARY KEY (party, generation)\n\
             ) STRICT, WITHOUT ROWID;\n\
             CREATE TABLE destroyed (party TEXT PRIMARY KEY, below INTEGER NOT NULL) STRICT, WITHOUT ROWID;\n\
             PRAGMA application_id = {APPLICATION_ID};\n\
             PRAGMA user_version = {VERSION};"
        ))
        .map_err(engine)?;
    let id = hex::encode(random::<16>()?);
    transaction.execute("-- name it\nINSERT INTO identity (one, id) VALUES (1, ?1)", [id]).map_err(engine)?;
    transaction.commit().map_err(engine)
}

/// Bytes of the operating system's randomness.
pub(super) fn random<const N: usize>() -> Result<[u8; N], KeyStoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| KeyStoreError::Engine(format!("no key can be made: {error}")))?;
    Ok(bytes)
}

fn select(connection: &Connection, place: &str, names: &BTreeSet<KeyName>) -> Result<Keys, KeyStoreError> {
    const SQL: &str = "-- key\nSELECT key FROM party_keys WHERE party = ?1 AND generation = ?2";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let mut keys = Keys::new();
    for name in names {
        let values = params![name.party.to_string(), name.generation];
        let mut rows = statement.query(values).map_err(engine)?;
        if let Some(row) = rows.next().map_err(engine)? {
            let bytes: Vec<u8> = row.get(0).map_err(engine)?;
            keys.insert(*name, key_of(place, *name, &bytes)?);
        }
    }
    Ok(keys)
}

fn put(connection: &Connection, name: KeyName, key: &[u8; 32]) -> Result<(), KeyStoreError> {
    const SQL: &str = "-- add key\n\
        INSERT INTO party_keys (party, generation, key) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    let values = params![name.party.to_string(), name.generation, key];
    connection.prepare_cached(SQL).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    Ok(())
}

fn destroyed(connection: &Connection, place: &str) -> Result<BTreeMap<PartyId, u32>, KeyStoreError> {
    const SQL: &str = "-- destroyed keys\nSELECT party, below FROM destroyed";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?))).map_err(engine)?;
    let read = |(party, below): (String, i64)| name_of(place, &party, below).map(|name| (name.party, name.generation));
    rows.map(|row| row.map_err(engine).and_then(read)).collect()
}

fn remember(connection: &Connection, party: PartyId, below: u32) -> Result<(), KeyStoreError> {
    const SQL: &str = "-- remember destroyed keys\n\
        INSERT INTO destroyed (party, below) VALUES (?1, ?2)\n\
        ON CONFLICT (party) DO UPDATE SET below = max(below, excluded.below)";
    let values = params![party.to_string(), below];
    connection.prepare_cached(SQL).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    Ok(())
}

#[async_trait]
impl KeyStore for SqliteKeyStore {
    fn place(&self) -> &str {
        &self.place
    }

    async fn id(&self) -> Result<String, KeyStoreError> {
        self.run(|connection, _| {
            connection.query_row("-- identity\nSELECT id FROM identity", [], |row| row.get(0)).map_err(engine)
        })
        .await
    }

    async fn make(&self, names: &BTreeSet<KeyName>) -> Result<Keys, KeyStoreError> {
        let names = names.clone();
        self.run(move |connection, place| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(engine)?;
            let there = select(&transaction, place, &names)?;
            let gone = destroyed(&transaction, place)?;
            let is_gone = |name: &KeyName| gone.get(&name.party).is_some_and(|below| name.generation < *below);
            for name in names.iter().filter(|name| !there.contains_key(name) && !is_gone(name)) {
                put(&transaction, *name, &random()?)?;
            }
            let keys = select(&transaction, place, &names)?;
            transaction.commit().map_err(engine)?;
            Ok(keys)
        })
        .await
    }

    async fn find(&self, names: &BTreeSet<KeyName>) -> Result<Keys, KeyStoreError> {
        let names = names.clone();
        self.run(move |connection, place| select(&*connection.transaction().map_err(engine)?, place, &names)).await
    }

    async fn all(&self) -> Result<Keys, KeyStoreError> {
        self.run(|connection, place| {
            let sql = "-- every key\nSELECT party, generation, key FROM party_keys";
            let mut statement = connection.prepare_cached(sql).map_err(engine)?;
            let mut rows = statement.query([]).map_err(engine)?;
            let mut keys = Keys::new();
            while let Some(row) = rows.next().map_err(engine)? {
                let (party, generation): (String, i64) =
                    row.get(0).and_then(|party| Ok((party, row.get(1)?))).map_err(engine)?;
                let bytes: Vec<u8> = row.get(2).map_err(engine)?;
                let name = name_of(place, &party, generation)?;
                keys.insert(name, key_of(place, name, &bytes)?);
            }
            Ok(keys)
        })
        .await
    }

    async fn destroy(&self, below: &BTreeMap<PartyId, u32>) -> Result<usize, KeyStoreError> {
        let below = below.clone();
        self.run(move |connection, _| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(engine)?;
            let mut count = 0;
            for (party, generation) in below {
                let sql = "-- destroy keys\nDELETE FROM party_keys WHERE party = ?1 AND generation < ?2";
                count += transaction.execute(sql, params![party.to_string(), generation]).map_err(engine)?;
                remember(&transaction, party, generation)?;
            }
            transaction.commit().map_err(engine)?;
            Ok(count)
        })
        .await
    }

    async fn destroyed(&self) -> Result<BTreeMap<PartyId, u32>, KeyStoreError> {
        self.run(|connection, place| destroyed(connection, place)).await
    }

    async fn take_over(&self, id: &str, keys: &Keys, destroyed: &BTreeMap<PartyId, u32>) -> Result<(), KeyStoreError> {
        let (id, keys, destroyed) = (id.to_owned(), keys.clone(), destroyed.clone());
        self.run(move |connection, place| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(engine)?;
            let sql = "-- is it empty\nSELECT count(*) FROM party_keys";
            let count: i64 = transaction.query_row(sql, [], |row| row.get(0)).map_err(engine)?;
            if count > 0 {
                return Err(KeyStoreError::Unfit(format!("the key store {place} holds {count} keys already")));
            }
            transaction.execute("-- take identity\nUPDATE identity SET id = ?1", [id]).map_err(engine)?;
            for (name, key) in &keys {
                put(&transaction, *name, key.as_bytes())?;
            }
            for (party, below) in destroyed {
                remember(&transaction, party, below)?;
            }
            transaction.commit().map_err(engine)
        })
        .await
    }
}
