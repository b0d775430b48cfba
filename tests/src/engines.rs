//! Empty databases for tests, one for each caller, on SQLite and on PostgreSQL.
//!
//! The PostgreSQL server itself is not started here: `tests/run` starts a private one and names it in
//! `TRACE_TEST_POSTGRES`. Without it the tests fail; they never skip, because a store that was not tested must
//! not look like one that was.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};
use trace_server::keystore::{KeyStore, SqliteKeyStore};

/// The environment variable that names the PostgreSQL server for tests.
pub const POSTGRES_VARIABLE: &str = "TRACE_TEST_POSTGRES";

/// The address of the PostgreSQL server for tests, such as `postgres://postgres@127.0.0.1:5433/postgres`.
///
/// # Panics
/// When `TRACE_TEST_POSTGRES` is not set.
pub fn postgres_url() -> String {
    let url = std::env::var(POSTGRES_VARIABLE).unwrap_or_default();
    assert!(
        !url.is_empty(),
        "{POSTGRES_VARIABLE} is not set: run `tests/run` (or `tests/run unit`), which starts a private \
         PostgreSQL, or name a server on which databases may be created: \
         {POSTGRES_VARIABLE}=postgres://USER@HOST:PORT/postgres"
    );
    url
}

/// One of the two engines behind the store contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in a file of its own.
    Sqlite,
    /// PostgreSQL, in a database of its own on the server for tests.
    Postgres,
}

impl Engine {
    /// Both engines; a conformance case runs on each.
    pub const fn both() -> [Self; 2] {
        [Self::Sqlite, Self::Postgres]
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// An empty database that goes away when it is dropped.
#[derive(Debug)]
pub enum Database {
    /// A file in a temporary folder.
    Sqlite(FreshSqlite),
    /// A database on the server for tests.
    Postgres(FreshPostgres),
}

impl Database {
    /// Makes an empty database on `engine`.
    ///
    /// # Panics
    /// When the engine gives none; the message says why.
    pub async fn create(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::Sqlite(FreshSqlite::create()),
            Engine::Postgres => Self::Postgres(FreshPostgres::create().await),
        }
    }

    /// The engine that keeps it.
    pub const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// The key store that belongs to it: a file beside the SQLite file, or in a folder of its own. Opened again, it
    /// holds the same keys.
    ///
    /// # Panics
    /// When the file cannot be opened.
    pub fn keys(&self) -> Arc<dyn KeyStore> {
        Arc::new(SqliteKeyStore::open(&self.keys_path(), true).expect("a key store"))
    }

    /// The file of [`Database::keys`].
    pub fn keys_path(&self) -> PathBuf {
        match self {
            Self::Sqlite(fresh) => fresh.folder().join("keys.db"),
            Self::Postgres(fresh) => fresh.folder.path().join("keys.db"),
        }
    }

    /// The address by which the service opens it: `sqlite:PATH` or `postgres://…`.
    pub fn url(&self) -> &str {
        match self {
            Self::Sqlite(fresh) => fresh.url(),
            Self::Postgres(fresh) => fresh.url(),
        }
    }
}

/// A temporary folder with room for one SQLite file, which does not exist yet.
#[derive(Debug)]
pub struct FreshSqlite {
    folder: TempDir,
    path: PathBuf,
    url: String,
}

impl FreshSqlite {
    /// Makes the folder.
    ///
    /// # Panics
    /// When the operating system gives no temporary folder, or its path is not UTF-8.
    pub fn create() -> Self {
        let folder = tempfile::Builder::new().prefix("trace-test-").tempdir().expect("a temporary folder for SQLite");
        let path = folder.path().join("trace.db");
        let url = format!("sqlite:{}", path.to_str().expect("a temporary path in UTF-8"));
        Self { folder, path, url }
    }

    /// `sqlite:PATH`, the path being absolute.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The database's file, for tests that damage or copy it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that holds the file and its journal.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// A database of its own on the PostgreSQL server for tests, dropped with the value.
#[derive(Debug)]
pub struct FreshPostgres {
    server: String,
    name: String,
    url: String,
    dropped: bool,
    /// For what belongs to the database and must not be in it.
    folder: TempDir,
}

impl FreshPostgres {
    /// Makes a database `trace_test_<random>`.
    ///
    /// # Panics
    /// When `TRACE_TEST_POSTGRES` is not set, the server cannot be reached, or it refuses the new database.
    pub async fn create() -> Self {
        let server = postgres_url();
        let name = format!("trace_test_{:016x}", random_u64());
        // template0, because a session on template1 would make the server refuse to copy that one.
        execute(&server, &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
            .await
            .unwrap_or_else(|error| panic!("PostgreSQL at {server} gave no new database: {error:?}"));
        let url = with_database(&server, &name);
        let folder = tempfile::Builder::new().prefix("trace-test-").tempdir().expect("a temporary folder");
        Self { server, name, url, dropped: false, folder }
    }

    /// `postgres://…/trace_test_<random>`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The database's name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A connection of the test's own, beside those of the code under test. It closes when it is dropped.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn connect(&self) -> Client {
        connect(&self.url).await.unwrap_or_else(|error| panic!("no connection to {}: {error:?}", self.url))
    }

    /// Drops the database now, ending the sessions that are still on it.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn drop(mut self) {
        self.dropped = true;
        execute(&self.server, &drop_statement(&self.name))
            .await
            .unwrap_or_else(|error| panic!("{} was not dropped: {error:?}", self.name));
    }
}

impl Drop for FreshPostgres {
    /// Drops the database as well as it goes: the server is thrown away after the run anyway. A thread of its
    /// own, because the runtime of the test may already be shutting down, or may have this very thread.
    fn drop(&mut self) {
        if self.dropped {
            return;
        }
        let (server, statement) = (self.server.clone(), drop_statement(&self.name));
        let worker = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                drop(runtime.block_on(execute(&server, &statement)));
            }
        });
        drop(worker.join());
    }
}

/// FORCE, because pools of the code under test may outlive the test by a moment.
fn drop_statement(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
}

async fn execute(url: &str, statement: &str) -> Result<(), tokio_postgres::Error> {
    connect(url).await?.batch_execute(statement).await
}

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // It ends by itself when the client is dropped; what it has to say then is of no use to a test.
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

/// `url` with its path, the database's name, replaced; parameters after `?` stay.
fn with_database(url: &str, name: &str) -> String {
    let (address, parameters) = match url.split_once('?') {
        Some((address, parameters)) => (address, format!("?{parameters}")),
        None => (url, String::new()),
    };
    let authority_start = address.find("://").map_or(0, |at| at + "://".len());
    let authority_end = address[authority_start..].find('/').map_or(address.len(), |at| authority_start + at);
    format!("{}/{name}{parameters}", &address[..authority_end])
}

/// Randomness of the standard library's hash keys, enough for names that must not meet.
fn random_u64() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

#[cfg(test)]
mod tests {
    //! The harness itself: what it gives is fresh, separate, and gone afterwards.
    use super::*;

    async fn exists(name: &str) -> bool {
        let client = connect(&postgres_url()).await.expect("a connection");
        let row = client
            .query_one("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", &[&name])
            .await
            .expect("an answer");
        row.get(0)
    }

    #[test]
    fn the_database_is_replaced_and_parameters_stay() {
        for (url, expected) in [
            ("postgres://u@h:1/postgres", "postgres://u@h:1/x"),
            ("postgres://u@h:1", "postgres://u@h:1/x"),
            ("postgres://u@h:1/p?sslmode=disable", "postgres://u@h:1/x?sslmode=disable"),
            ("postgres://u@h:1?a=/b", "postgres://u@h:1/x?a=/b"),
        ] {
            assert_eq!(with_database(url, "x"), expected, "{url}");
        }
    }

    #[tokio::test]
    async fn a_postgres_database_is_empty_its_own_and_gone_afterwards() {
        let (one, other) = (FreshPostgres::create().await, FreshPostgres::create().await);
        assert_ne!(one.url(), other.url());
        let client = one.connect().await;
        client.batch_execute("CREATE TABLE t (n int)").await.expect("a table");
        let elsewhere = other.connect().await.batch_execute("SELECT n FROM t").await;
        assert!(elsewhere.is_err(), "the table of one database shows in the other");

        let (first, second) = (one.name().to_owned(), other.name().to_owned());
        assert!(exists(&first).await && exists(&second).await);
        one.drop().await;
        drop(other);
        assert!(!exists(&first).await, "drop().await left {first}");
        assert!(!exists(&second).await, "Drop left {second}");
    }

    #[tokio::test]
    async fn the_server_keeps_what_it_acknowledges() {
        let client = connect(&postgres_url()).await.expect("a connection");
        for setting in ["fsync", "synchronous_commit"] {
            let row = client.query_one(&format!("SHOW {setting}"), &[]).await.expect("an answer");
            assert_eq!(row.get::<_, String>(0), "on", "{setting} of the server for tests");
        }
    }

    #[tokio::test]
    async fn a_sqlite_file_can_be_made_where_the_address_says() {
        let database = Database::create(Engine::Sqlite).await;
        assert_eq!(database.engine(), Engine::Sqlite);
        let path = database.url().strip_prefix("sqlite:").expect("the scheme").to_owned();
        assert!(!Path::new(&path).exists());
        rusqlite::Connection::open(&path)
            .and_then(|connection| connection.execute_batch("CREATE TABLE t (n)"))
            .expect("a file in the folder");
        assert!(Path::new(&path).exists());
        drop(database);
        assert!(!Path::new(&path).exists());
    }
}
