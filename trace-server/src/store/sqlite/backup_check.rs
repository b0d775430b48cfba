//! Checking a backup file, from its length to its last cell, without writing anything.
//!
//! Whether the log in it is sound, which takes the ledger, is for those above.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Row};
use trace_core::log::Hash;
use trace_core::time::ReceivedAt;

use super::backup_file::{BackupHead, FORMAT, is_backup, schema_words, seal_digest};
use super::{connection, engine, log, migrate, tables};
use crate::store::StoreError;
use crate::store::contents::{Contents, Mark, same_schema};
use crate::store::copying::{Progress, Told};

/// Why a file is no backup that can be used.
#[derive(Debug, thiserror::Error)]
pub enum BackupFileError {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(std::io::Error),
    /// It is something else.
    #[error("{0}")]
    NoBackup(String),
    /// Its end is missing, or something stands behind its end.
    #[error("it has {found} bytes and should have {expected}: it was cut off or added to; take another copy of it")]
    Length {
        /// Its length.
        found: u64,
        /// The length by its own header.
        expected: u64,
    },
    /// Something in it was changed after it was written.
    #[error("it is damaged: {0}; take another copy of it, or an older backup")]
    Damaged(String),
    /// A newer program made it.
    #[error("it has schema {found} and this program knows up to {known}; restore it with the newer program")]
    Newer {
        /// Its schema.
        found: i32,
        /// The newest that this program knows.
        known: i32,
    },
}

/// Checks the file from its length to its last cell, without writing anything, and gives its head.
///
/// # Errors
/// [`BackupFileError`], which names the place.
pub fn check(path: &Path, told: &Told) -> Result<BackupHead, BackupFileError> {
    check_length(path)?;
    let damaged = |error: StoreError| BackupFileError::Damaged(error.to_string());
    let connection = connection::open_reader(path).map_err(damaged)?;
    if !is_backup(&connection).map_err(damaged)? {
        return Err(BackupFileError::NoBackup(
            "it is a database, but no backup; `trace-server backup` makes one of a ledger's database".to_owned(),
        ));
    }
    let known = migrate::known();
    let found = migrate::version(&connection).map_err(damaged)?;
    if found > known {
        return Err(BackupFileError::Newer { found, known });
    }
    let fresh = migrate::fresh(found).and_then(|fresh| tables::list(&fresh)).map_err(damaged)?;
    let all = tables::list(&connection).map_err(damaged)?;
    same_schema("the file", &fresh, &all).map_err(damaged)?;
    told(Progress::Pages { done: 0, of: 0 });
    check_pages(&connection)?;
    told(Progress::Reading);
    let (head, format, sealed, words) = read_head(&connection).map_err(damaged)?;
    if format != FORMAT {
        return Err(BackupFileError::NoBackup(format!(
            "it is a backup of format {format}, this program reads format {FORMAT}"
        )));
    }
    let marks = read_marks(&connection).map_err(damaged)?;
    let contents = tables::read(&connection, &all, &mut |_| Ok(())).map_err(damaged)?;
    if let Some(difference) = marks.difference(&contents) {
        return Err(BackupFileError::Damaged(difference));
    }
    if words != schema_words(&connection).map_err(damaged)? {
        return Err(BackupFileError::Damaged("the words of its schema, or the history of it, were changed".to_owned()));
    }
    if sealed != seal_digest(&head, &words, &contents) || head.schema != found {
        return Err(BackupFileError::Damaged("table backup_head: what the file says of itself was changed".to_owned()));
    }
    let frontier = log::head(&connection).map_err(damaged)?.frontier;
    if (frontier.size(), frontier.root()) != (head.size, head.root) {
        return Err(BackupFileError::Damaged("table head: it is not the one that was written".to_owned()));
    }
    Ok(head)
}

/// The database file format, section 1.3: page size at 16, number of pages at 28, both big-endian.
fn check_length(path: &Path) -> Result<(), BackupFileError> {
    let mut file = File::open(path).map_err(BackupFileError::Unreadable)?;
    let found = file.metadata().map_err(BackupFileError::Unreadable)?.len();
    let mut header = [0; 32];
    let short = || BackupFileError::NoBackup(format!("it is no database: it has {found} bytes"));
    file.read_exact(&mut header).map_err(|_| short())?;
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(BackupFileError::NoBackup("it is no database: it does not begin like one".to_owned()));
    }
    let page = u64::from(u16::from_be_bytes([header[16], header[17]]));
    let page = if page == 1 { 65_536 } else { page };
    let pages = u64::from(u32::from_be_bytes([header[28], header[29], header[30], header[31]]));
    if found == page * pages { Ok(()) } else { Err(BackupFileError::Length { found, expected: page * pages }) }
}

fn check_pages(connection: &Connection) -> Result<(), BackupFileError> {
    let damaged = |error: rusqlite::Error| BackupFileError::Damaged(error.to_string());
    let mut statement = connection.prepare("PRAGMA integrity_check(3)").map_err(damaged)?;
    let found = statement
        .query_map([], |row| row.get::<_, String>(0))
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(damaged)?;
    if found == ["ok"] { Ok(()) } else { Err(BackupFileError::Damaged(found.join("; ").replace('\n', " "))) }
}

type Said = (BackupHead, i64, [u8; 32], [u8; 32]);

fn read_head(connection: &Connection) -> Result<Said, StoreError> {
    const SQL: &str = "-- head of a backup\n\
        SELECT engine, program, schema, made_at, size, root, format, contents, tables FROM backup_head WHERE id = 1";
    let read = |row: &Row<'_>| {
        let made_at: i64 = row.get(3)?;
        let head = |made_at| -> rusqlite::Result<BackupHead> {
            Ok(BackupHead {
                engine: row.get(0)?,
                program: row.get(1)?,
                schema: row.get(2)?,
                made_at,
                size: tables::count(row, 4)?,
                root: Hash::from_bytes(row.get(5)?),
            })
        };
        let head = ReceivedAt::from_unix_ms(made_at).ok().map(head).transpose()?;
        Ok(head.map(|head| (head, row.get(6), row.get(7), row.get(8))))
    };
    let said = connection.query_row(SQL, [], read).optional().map_err(engine)?.flatten();
    let (head, format, sealed, words) = said
        .ok_or_else(|| StoreError::Engine("table backup_head: what the file says of itself is missing".to_owned()))?;
    Ok((head, format.map_err(engine)?, sealed.map_err(engine)?, words.map_err(engine)?))
}

fn read_marks(connection: &Connection) -> Result<Contents, StoreError> {
    const SQL: &str =
        "-- marks of a backup\nSELECT tbl, number, rows, first_key, sha256 FROM backup_parts ORDER BY tbl, number";
    let mut statement = connection.prepare(SQL).map_err(engine)?;
    let read = |row: &Row<'_>| {
        Ok(Mark {
            table: row.get(0)?,
            number: tables::count(row, 1)?,
            rows: tables::count(row, 2)?,
            first_key: row.get(3)?,
            sha256: row.get(4)?,
        })
    };
    let marks = statement.query_map([], read).and_then(Iterator::collect::<Result<_, _>>).map_err(engine)?;
    Ok(Contents { marks })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use std::sync::Arc;

    use super::*;
    use crate::store::sqlite::backup_file::{seal, unsealed};
    use crate::store::sqlite::tests::tempdir;

    /// A backup of years ago: it is checked by the schema that it has, and an ordinary copy of it is brought up to date.
    #[test]
    fn a_backup_of_the_first_schema_is_taken() {
        let folder = tempdir();
        let (old, new) = (folder.join("old.db"), folder.join("new.db"));
        let first = migrate::fresh(1).unwrap();
        first.execute("INSERT INTO rules_tables (digest, body) VALUES ('d', X'00ff')", []).unwrap();
        first.execute("VACUUM INTO ?1", [old.to_str().unwrap()]).unwrap();
        let made_at = ReceivedAt::from_unix_ms(1_795_000_000_000).unwrap();
        seal(&old, "SQLite", made_at, None).unwrap();
        let silent: Told = Arc::new(|_| {});
        let head = check(&old, &silent).unwrap();
        assert_eq!((head.schema, head.size, head.made_at), (1, 0, made_at));

        unsealed(&old, &new, &silent).unwrap();
        let mut upgraded = connection::open_writer(&new).unwrap();
        migrate::migrate(&mut upgraded).unwrap();
        assert_eq!(migrate::version(&upgraded).unwrap(), migrate::known());
        let body: Vec<u8> = upgraded.query_row("SELECT body FROM rules_tables", [], |row| row.get(0)).unwrap();
        assert_eq!(body, [0, 255]);
        drop(upgraded);
        assert_eq!(check(&old, &silent).unwrap(), head, "the backup stays as it is");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
