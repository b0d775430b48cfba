//! The key store in a PostgreSQL database of its own, for several servers on one ledger.
//!
//! With a key that is destroyed the table gets a new file, without it. The server's own write-ahead log keeps it until
//! its segments are used again, and an archive of that log as long as the archive is kept: such an archive is a
//! backup of the key store and subject to the same 30 days.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::{Config, NoTls, Row};
use trace_core::id::PartyId;

use super::sqlite::random;
use super::{KeyName, KeyStore, KeyStoreError, Keys, holds_ledger, key_of, name_of};
use crate::store::postgres::{check_server, error_words, session_config};

/// Sessions of one process: keys are needed for registrations and by the pages that show names.
const SESSIONS_MAX: usize = 4;

/// Name of the advisory lock under which the tables are made: "tianmaKS" as ASCII.
const SCHEMA_LOCK: i64 = i64::from_be_bytes(*b"tianmaKS");

/// A key store in a PostgreSQL database.
#[derive(Debug)]
pub struct PostgresKeyStore {
    place: String,
    pool: Pool,
}

impl PostgresKeyStore {
    /// Connects, checks the server's settings, and makes the tables if they are not there.
    ///
    /// # Errors
    /// [`KeyStoreError::Unfit`] for an address that cannot be read, a server whose acknowledgement does not mean
    /// durable, or the database of a ledger; [`KeyStoreError::Engine`] when the server cannot be reached.
    pub async fn open(address: &str) -> Result<Self, KeyStoreError> {
        let config = session_config("TRACE_KEY_STORE", address).map_err(|e| KeyStoreError::Unfit(e.to_string()))?;
        let place = shown(&config);
        let manager =
            Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Verified });
        let pool = Pool::builder(manager)
            .max_size(SESSIONS_MAX)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(std::time::Duration::from_secs(30)))
            .build()
            .map_err(|error| KeyStoreError::Engine(error.to_string()))?;
        let store = Self { place, pool };
        store.prepare().await?;
        Ok(store)
    }

    async fn session(&self) -> Result<Client, KeyStoreError> {
        self.pool.get().await.map_err(|error| KeyStoreError::Engine(format!("{}: {error}", self.place)))
    }

    async fn prepare(&self) -> Result<(), KeyStoreError> {
        let mut client = self.session().await?;
        check_server(&client).await.map_err(|error| KeyStoreError::Unfit(error.to_string()))?;
        let transaction = client.transaction().await.map_err(engine)?;
        let lock = "-- lock_key_schema\n SELECT pg_advisory_xact_lock($1)";
        transaction.execute(lock, &[&SCHEMA_LOCK]).await.map_err(engine)?;
        let row = transaction
            .query_one(
                "-- is_it_a_ledger
                 SELECT EXISTS (SELECT FROM pg_class WHERE relkind = 'r' AND relname IN ('entries', 'openings')),
                        to_regclass('party_keys') IS NULL",
                &[],
            )
            .await
            .map_err(engine)?;
        if row.try_get(0).map_err(engine)? {
            return Err(holds_ledger(&self.place));
        }
        if row.try_get(1).map_err(engine)? {
            transaction
                .batch_execute(
                    "-- make_key_store
                     CREATE TABLE identity (one integer PRIMARY KEY CHECK (one = 1), id text NOT NULL);
                     CREATE TABLE party_keys (
                         party      text NOT NULL,
                         generation bigint NOT NULL,
                         key        bytea NOT NULL,
                         PRIMARY KEY (party, generation)
                     );
                     CREATE TABLE destroyed (party text PRIMARY KEY, below bigint NOT NULL);",
                )
                .await
                .map_err(engine)?;
            let name = "-- name_key_store\n INSERT INTO identity (one, id) VALUES (1, $1)";
            transaction.execute(name, &[&hex::encode(random::<16>()?)]).await.map_err(engine)?;
        }
        transaction.commit().await.map_err(engine)
    }

    fn read(&self, rows: &[Row]) -> Result<Keys, KeyStoreError> {
        let mut keys = Keys::new();
        for row in rows {
            let (party, generation): (String, i64) = (row.try_get(0).map_err(engine)?, row.try_get(1).map_err(engine)?);
            let name = name_of(&self.place, &party, generation)?;
            keys.insert(name, key_of(&self.place, name, row.try_get(2).map_err(engine)?)?);
        }
        Ok(keys)
    }
}

/// Server and database, without what may be a password.
fn shown(config: &Config) -> String {
    let host = config.get_hosts().first().map_or_else(String::new, |host| match host {
        tokio_postgres::config::Host::Tcp(name) => name.clone(),
        tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
    });
    format!("postgres://{host}/{}", config.get_dbname().unwrap_or_default())
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
fn engine(error: tokio_postgres::Error) -> KeyStoreError {
    KeyStoreError::Engine(error_words(&error))
}

/// Names as two columns.
fn columns(names: &BTreeSet<KeyName>) -> (Vec<String>, Vec<i64>) {
    names.iter().map(|name| (name.party.to_string(), i64::from(name.generation))).unzip()
}

const FIND: &str = "-- find_keys
    SELECT party, generation, key FROM party_keys
    JOIN unnest($1::text[], $2::bigint[]) AS wanted (party, generation) USING (party, generation)";

const ADD: &str = "-- add_keys: another server may have made one of them meanwhile
    INSERT INTO party_keys (party, generation, key)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[]) AS wanted (party, generation, key)
    WHERE NOT EXISTS (SELECT FROM destroyed WHERE destroyed.party = wanted.party AND wanted.generation < below)
    ON CONFLICT DO NOTHING";

const REMEMBER: &str = "-- remember_destroyed_keys
    INSERT INTO destroyed (party, below) SELECT * FROM unnest($1::text[], $2::bigint[])
    ON CONFLICT (party) DO UPDATE SET below = greatest(destroyed.below, EXCLUDED.below)";

/// The kept rows into a new file of the table; the old one is cut to nothing at the commit. `VACUUM FULL` would take
/// deleted rows over into the new file as long as any transaction of the whole server is older than their deletion.
const REWRITE: &str = "-- rewrite_keys
    CREATE TEMPORARY TABLE kept_keys ON COMMIT DROP AS SELECT * FROM party_keys;
    TRUNCATE party_keys;
    INSERT INTO party_keys SELECT * FROM kept_keys;";

#[async_trait]
impl KeyStore for PostgresKeyStore {
    fn place(&self) -> &str {
        &self.place
    }

    async fn id(&self) -> Result<String, KeyStoreError> {
        let sql = "-- read_identity\n SELECT id FROM identity";
        self.session().await?.query_one(sql, &[]).await.and_then(|row| row.try_get(0)).map_err(engine)
    }

    async fn make(&self, names: &BTreeSet<KeyName>) -> Result<Keys, KeyStoreError> {
        let mut client = self.session().await?;
        let transaction = client.transaction().await.map_err(engine)?;
        let (parties, generations) = columns(names);
        let mut fresh = Vec::with_capacity(names.len());
        for _ in names {
            fresh.push(random::<32>()?.to_vec());
        }
        transaction.execute(ADD, &[&parties, &generations, &fresh]).await.map_err(engine)?;
        let rows = transaction.query(FIND, &[&parties, &generations]).await.map_err(engine)?;
        let keys = self.read(&rows)?;
        // If its answer is lost the keys may be there; asked again, they are found.
        transaction.commit().await.map_err(engine)?;
        Ok(keys)
    }

    async fn find(&self, names: &BTreeSet<KeyName>) -> Result<Keys, KeyStoreError> {
        if names.is_empty() {
            return Ok(Keys::new());
        }
        let (parties, generations) = columns(names);
        self.read(&self.session().await?.query(FIND, &[&parties, &generations]).await.map_err(engine)?)
    }

    async fn all(&self) -> Result<Keys, KeyStoreError> {
        let sql = "-- read_every_key\n SELECT party, generation, key FROM party_keys";
        self.read(&self.session().await?.query(sql, &[]).await.map_err(engine)?)
    }

    async fn destroy(&self, below: &BTreeMap<PartyId, u32>) -> Result<usize, KeyStoreError> {
        let mut client = self.session().await?;
        let transaction = client.transaction().await.map_err(engine)?;
        let lock = "-- lock_keys_to_destroy\n LOCK TABLE party_keys IN ACCESS EXCLUSIVE MODE";
        transaction.execute(lock, &[]).await.map_err(engine)?;
        let (parties, generations): (Vec<String>, Vec<i64>) =
            below.iter().map(|(party, generation)| (party.to_string(), i64::from(*generation))).unzip();
        let sql = "-- destroy_keys
            DELETE FROM party_keys
            USING unnest($1::text[], $2::bigint[]) AS erased (party, generation)
            WHERE party_keys.party = erased.party AND party_keys.generation < erased.generation";
        let count = transaction.execute(sql, &[&parties, &generations]).await.map_err(engine)?;
        transaction.execute(REMEMBER, &[&parties, &generations]).await.map_err(engine)?;
        if count > 0 {
            transaction.batch_execute(REWRITE).await.map_err(engine)?;
        }
        transaction.commit().await.map_err(engine)?;
        usize::try_from(count).map_err(|error| KeyStoreError::Engine(error.to_string()))
    }

    async fn destroyed(&self) -> Result<BTreeMap<PartyId, u32>, KeyStoreError> {
        let sql = "-- read_destroyed_keys\n SELECT party, below FROM destroyed";
        let rows = self.session().await?.query(sql, &[]).await.map_err(engine)?;
        let read = |row: &Row| {
            let (party, below): (String, i64) = (row.try_get(0).map_err(engine)?, row.try_get(1).map_err(engine)?);
            name_of(&self.place, &party, below).map(|name| (name.party, name.generation))
        };
        rows.iter().map(read).collect()
    }

    async fn take_over(&self, id: &str, keys: &Keys, destroyed: &BTreeMap<PartyId, u32>) -> Result<(), KeyStoreError> {
        let mut client = self.session().await?;
        let transaction = client.transaction().await.map_err(engine)?;
        let lock = "-- lock_keys\n LOCK TABLE party_keys IN EXCLUSIVE MODE";
        transaction.execute(lock, &[]).await.map_err(engine)?;
        let count = "-- count_keys\n SELECT count(*) FROM party_keys";
        let count: i64 = transaction.query_one(count, &[]).await.and_then(|row| row.try_get(0)).map_err(engine)?;
        if count > 0 {
            return Err(KeyStoreError::Unfit(format!("the key store {} holds {count} keys already", self.place)));
        }
        transaction.execute("-- take_identity\n UPDATE identity SET id = $1", &[&id]).await.map_err(engine)?;
        let (parties, generations) = columns(&keys.keys().copied().collect());
        let bytes: Vec<&[u8]> = keys.values().map(|key| key.as_bytes().as_slice()).collect();
        transaction.execute(ADD, &[&parties, &generations, &bytes]).await.map_err(engine)?;
        let (parties, below): (Vec<String>, Vec<i64>) =
            destroyed.iter().map(|(party, below)| (party.to_string(), i64::from(*below))).unzip();
        transaction.execute(REMEMBER, &[&parties, &below]).await.map_err(engine)?;
        transaction.commit().await.map_err(engine)
    }
}
