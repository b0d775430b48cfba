//! SQL beside the store's back: to damage a database, to make it fail, and to count what is really in it.
//!
//! It lacks any reading of rows; what a row means is the store's to say.
#![expect(clippy::missing_panics_doc, reason = "a panic is how a test says that its surroundings failed")]

use std::collections::BTreeMap;
use std::time::Duration;

use crate::engines::Database;

/// Every table of the schema.
pub const TABLES: [&str; 32] = [
    "entries",
    "log_hashes",
    "checkpoints",
    "signing_place",
    "head",
    "requests",
    "openings",
    "sealed_openings",
    "findings",
    "rules_tables",
    "evidence",
    "evidence_uploads",
    "ledger",
    "parties",
    "sites",
    "batches",
    "records",
    "edges",
    "makes",
    "grants",
    "signing_keys",
    "issues",
    "users",
    "sessions",
    "tokens",
    "scans",
    "packages",
    "suspicions",
    "print_runs",
    "prints",
    "key_checks",
    "key_store",
];

/// Runs statements on a connection of the test's own.
pub async fn execute(database: &Database, sql: &str) {
    match database {
        Database::Sqlite(fresh) => {
            let connection = sqlite(fresh.path());
            connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        Database::Postgres(fresh) => {
            let client = fresh.connect().await;
            client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        }
    }
}

/// How many rows each table has; the head's size stands in for its one row.
pub async fn counts(database: &Database) -> BTreeMap<&'static str, i64> {
    let mut counts = BTreeMap::new();
    for table in TABLES {
        let sql = match table {
            "head" => "SELECT size FROM head".to_owned(),
            _ => format!("SELECT count(*) FROM {table}"),
        };
        let count = match database {
            Database::Sqlite(fresh) => {
                sqlite(fresh.path()).query_row(&sql, [], |row| row.get(0)).expect("a count of rows")
            }
            Database::Postgres(fresh) => fresh.connect().await.query_one(&sql, &[]).await.expect("a count").get(0),
        };
        counts.insert(table, count);
    }
    counts
}

fn sqlite(path: &std::path::Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(path).expect("the database's file");
    connection.busy_timeout(Duration::from_secs(20)).expect("a patient connection");
    connection
}

/// From now on every `event` (`INSERT`, `UPDATE`) on `table` for which `condition` holds fails as if the disk were
/// full (SQLSTATE 53100 on PostgreSQL), until [`mend`].
pub async fn break_on(database: &Database, event: &str, table: &str, condition: &str) {
    let sql = match database {
        Database::Sqlite(_) => format!(
            "CREATE TRIGGER broken_{table} BEFORE {event} ON {table} WHEN {condition}
             BEGIN SELECT RAISE(ABORT, 'broken on purpose: no space left'); END;"
        ),
        Database::Postgres(_) => format!(
            "CREATE FUNCTION broken_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 RAISE EXCEPTION 'broken on purpose: no space left' USING ERRCODE = '53100'; END $$;
             CREATE TRIGGER broken_{table} BEFORE {event} ON {table} FOR EACH ROW WHEN ({condition})
             EXECUTE FUNCTION broken_{table}();"
        ),
    };
    execute(database, &sql).await;
}

/// Takes back [`break_on`].
pub async fn mend(database: &Database, table: &str) {
    let sql = match database {
        Database::Sqlite(_) => format!("DROP TRIGGER broken_{table};"),
        Database::Postgres(_) => format!("DROP FUNCTION broken_{table}() CASCADE;"),
    };
    execute(database, &sql).await;
}
