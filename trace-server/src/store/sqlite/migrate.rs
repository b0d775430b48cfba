//! Bringing the schema up to date, and saying which one a database has.

use rusqlite::{Connection, OptionalExtension as _};

use super::engine;
use crate::store::StoreError;

mod embedded {
    refinery::embed_migrations!("../migrations/sqlite");
}

/// How often another process may come first.
const ATTEMPTS: usize = 3;

/// Applies what is missing, all in one transaction. Several processes may start at once: SQLite's write lock lets one
/// through, the others find the tables made and look again.
///
/// # Errors
/// `NewerSchema` if a newer program was here; `Engine` if a migration fails or one that was applied has changed.
pub fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let runner = embedded::migrations::runner().set_grouped(true);
    let known = known();
    let mut last = String::new();
    for _ in 0..ATTEMPTS {
        let found = version(connection)?;
        if found > known {
            return Err(StoreError::NewerSchema { found, known });
        }
        match runner.run(connection) {
            Ok(_) => return Ok(()),
            Err(e) => last = e.to_string(),
        }
    }
    Err(StoreError::Engine(format!("the schema could not be brought to version {known}: {last}")))
}

/// The newest schema that this program knows.
pub fn known() -> i32 {
    embedded::migrations::runner().get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// The newest migration that was applied; 0 in a new file.
pub fn version(connection: &Connection) -> Result<i32, StoreError> {
    const TABLE: &str = "-- is there a history\n\
        SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'refinery_schema_history'";
    const NEWEST: &str = "-- newest migration\nSELECT max(version) FROM refinery_schema_history";
    let table: Option<i64> = connection.query_row(TABLE, [], |row| row.get(0)).optional().map_err(engine)?;
    if table.is_none() {
        return Ok(0);
    }
    let newest: Option<i32> = connection.query_row(NEWEST, [], |row| row.get(0)).map_err(engine)?;
    Ok(newest.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn runs_once_and_again() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(version(&connection).unwrap(), 0);
        migrate(&mut connection).unwrap();
        let first = version(&connection).unwrap();
        assert!(first >= 1);
        migrate(&mut connection).unwrap();
        assert_eq!(version(&connection).unwrap(), first);
    }

    #[test]
    fn a_newer_schema_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        let known = version(&connection).unwrap();
        connection
            .execute("INSERT INTO refinery_schema_history SELECT 99, 'later', applied_on, '1' FROM refinery_schema_history LIMIT 1", [])
            .unwrap();
        let refused = migrate(&mut connection).unwrap_err();
        assert!(matches!(refused, StoreError::NewerSchema { found: 99, known: k } if k == known), "{refused}");
        assert!(refused.to_string().contains("start the newer program"));
    }

    #[test]
    fn a_changed_migration_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        connection.execute("UPDATE refinery_schema_history SET checksum = '1'", []).unwrap();
        assert!(matches!(migrate(&mut connection), Err(StoreError::Engine(_))));
    }
}
