//! The backup file: a SQLite database with the schema's tables and, beside them, a head that says what it is and a
//! mark of every part of every table, so that one changed byte is found and named.
//!
//! It makes and seals files; they are checked in `backup_check`.

use std::path::Path;
use std::sync::Arc;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, params};
use sha2::{Digest as _, Sha256};
use trace_core::log::Hash;
use trace_core::time::ReceivedAt;

use super::{connection, engine, log, migrate, tables};
use crate::store::StoreError;
use crate::store::contents::{Contents, HISTORY, Part, Table};
use crate::store::copying::{Progress, Told};

/// Marks a backup in the file's header (`PRAGMA application_id`): "tmbk" in ASCII.
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"tmbk");

/// Version of the head and the marks.
pub(super) const FORMAT: i64 = 1;

/// Pages between two words about the progress: 4 MiB.
const PAGES_A_STEP: i32 = 1024;

const SCHEMA: &str = "-- tables of a backup
CREATE TABLE backup_head (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    format   INTEGER NOT NULL,
    engine   TEXT NOT NULL,
    program  TEXT NOT NULL,
    schema   INTEGER NOT NULL,
    made_at  INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    root     BLOB NOT NULL,
    contents BLOB NOT NULL, -- SHA-256 over all of this, the schema and the marks
    tables   BLOB NOT NULL  -- SHA-256 over the schema's own words
) STRICT;
CREATE TABLE backup_parts (
    tbl       TEXT NOT NULL,
    number    INTEGER NOT NULL,
    rows      INTEGER NOT NULL,
    first_key TEXT NOT NULL,
    sha256    BLOB NOT NULL,
    PRIMARY KEY (tbl, number)
) STRICT, WITHOUT ROWID;";

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupHead {
    /// The engine that it was taken from.
    pub engine: String,
    /// The version of the program that made it.
    pub program: String,
    /// The schema of its tables.
    pub schema: i32,
    /// When it was begun.
    pub made_at: ReceivedAt,
    /// Entries in the log.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
}

/// Copies the pages of a live database, all of one moment. Writers go on meanwhile: in write-ahead logging a reader
/// that stays in its transaction stops nobody, and what is written after its first look is not in the copy.
pub fn copy_pages(live: &Path, to: &Path, told: &Told) -> Result<(), StoreError> {
    if !live.is_file() {
        return Err(StoreError::Unfit(format!("there is no database {}", live.display())));
    }
    let source = connection::open_reader(live)?;
    if is_backup(&source)? {
        return Err(StoreError::Unfit(format!("{} is a backup itself; copy the file", live.display())));
    }
    source.execute_batch("BEGIN").map_err(engine)?;
    // BEGIN alone waits for the first read; this is the moment of the copy.
    require_schema(migrate::version(&source)?)?;
    let mut target = create(to)?;
    pages(&source, &mut target, told)
}

/// All pages of one connection into another, which is then a file that needs no other beside it.
fn pages(source: &Connection, target: &mut Connection, told: &Told) -> Result<(), StoreError> {
    {
        let backup = Backup::new(source, target).map_err(engine)?;
        loop {
            let step = backup.step(PAGES_A_STEP).map_err(engine)?;
            let at = backup.progress();
            let number = |pages: i32| u64::try_from(pages).unwrap_or(0);
            told(Progress::Pages { done: number(at.pagecount - at.remaining), of: number(at.pagecount) });
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                _ => return Err(StoreError::Engine("SQLite: the database is locked by another program".to_owned())),
            }
        }
    }
    set_aside_wal(target)
}

fn set_aside_wal(connection: &Connection) -> Result<(), StoreError> {
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get(0)).map_err(engine)?;
    if mode == "delete" { Ok(()) } else { Err(StoreError::Engine(format!("SQLite: the journal mode stays '{mode}'"))) }
}

/// A backup can only be taken under the schema by which it will be checked.
pub fn require_schema(found: i32) -> Result<(), StoreError> {
    let known = migrate::known();
    match found {
        _ if found == known => Ok(()),
        0 => Err(StoreError::Unfit("the database holds no ledger; is it the right one?".to_owned())),
        _ if found > known => Err(StoreError::NewerSchema { found, known }),
        _ => Err(StoreError::Unfit(format!(
            "the database has schema {found} and this program works with {known}; take the backup with the program \
             that serves it, or start this one's server once, which brings the schema up to date"
        ))),
    }
}

/// A file that does not survive a loss of power until it is flushed as a whole: it has a temporary name until then.
fn create(path: &Path) -> Result<Connection, StoreError> {
    connection::create(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(engine)?;
    connection.pragma_update(None, "synchronous", "off").map_err(engine)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// A new backup file that is filled row by row.
pub struct Filling {
    connection: Connection,
}

impl Filling {
    /// A file with the schema and no rows.
    pub fn begin(path: &Path) -> Result<(Self, Vec<Arc<Table>>), StoreError> {
        let mut connection = create(path)?;
        migrate::migrate(&mut connection)?;
        let tables = tables::list(&connection)?;
        connection.execute_batch("BEGIN IMMEDIATE").map_err(engine)?;
        tables::clear(&connection, &tables)?;
        Ok((Self { connection }, tables))
    }

    /// Takes the next rows.
    pub fn put(&self, part: &Part) -> Result<(), StoreError> {
        tables::insert(&self.connection, part)
    }

    /// After the last row.
    pub fn end(self) -> Result<(), StoreError> {
        self.connection.execute_batch("COMMIT").map_err(engine)
    }
}

/// Writes head and marks. `expected` are the marks of the source, where rows came from another engine: the file is
/// read again and must have the same.
pub fn seal(
    path: &Path,
    engine_name: &str,
    made_at: ReceivedAt,
    expected: Option<&Contents>,
) -> Result<(), StoreError> {
    let mut connection = create(path)?;
    let contents = tables::read(&connection, &tables::list(&connection)?, &mut |_| Ok(()))?;
    if let Some(difference) = expected.and_then(|expected| expected.difference(&contents)) {
        return Err(StoreError::Engine(format!("the rows in the file are not those of the database: {difference}")));
    }
    let frontier = log::head(&connection)?.frontier;
    let head = BackupHead {
        engine: engine_name.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        schema: migrate::version(&connection)?,
        made_at,
        size: frontier.size(),
        root: frontier.root(),
    };
    let words = schema_words(&connection)?;
    let transaction = connection.transaction().map_err(engine)?;
    transaction.execute_batch(SCHEMA).map_err(engine)?;
    put_head(&transaction, &head, &words, &contents)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(engine)?;
    transaction.commit().map_err(engine)?;
    set_aside_wal(&connection)
}

fn put_head(
    connection: &Connection,
    head: &BackupHead,
    words: &[u8; 32],
    contents: &Contents,
) -> Result<(), StoreError> {
    const HEAD: &str = "-- head of a backup\n\
        INSERT INTO backup_head (id, format, engine, program, schema, made_at, size, root, contents, tables) \
        VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    const PART: &str = "-- mark of a part\n\
        INSERT INTO backup_parts (tbl, number, rows, first_key, sha256) VALUES (?1, ?2, ?3, ?4, ?5)";
    let values = params![
        FORMAT,
        head.engine,
        head.program,
        head.schema,
        head.made_at.as_unix_ms(),
        number(head.size)?,
        head.root.as_bytes(),
        seal_digest(head, words, contents),
        words
    ];
    connection.execute(HEAD, values).map_err(engine)?;
    let mut statement = connection.prepare(PART).map_err(engine)?;
    for mark in &contents.marks {
        let values = params![mark.table, number(mark.number)?, number(mark.rows)?, mark.first_key, mark.sha256];
        statement.execute(values).map_err(engine)?;
    }
    Ok(())
}

fn number(count: u64) -> Result<i64, StoreError> {
    i64::try_from(count).map_err(|_| StoreError::Engine(format!("{count} is too large for SQLite")))
}

/// SHA-256 over everything that the head says, the schema's words and the marks.
pub(super) fn seal_digest(head: &BackupHead, words: &[u8; 32], contents: &Contents) -> [u8; 32] {
    let said = format!(
        "tianma-trace/backup/{FORMAT}\n{}\n{}\n{}\n{}\n{}\n{}\n",
        head.engine,
        head.program,
        head.schema,
        head.made_at.as_unix_ms(),
        head.size,
        head.root.to_hex()
    );
    let mut sum = Sha256::new();
    sum.update(said);
    sum.update(words);
    sum.update(contents.digest());
    for mark in &contents.marks {
        sum.update(mark.first_key.as_bytes());
        sum.update([0]);
    }
    sum.finalize().into()
}

/// SHA-256 over the statements that made the schema's tables and indices, and over the migrations' history.
pub(super) fn schema_words(connection: &Connection) -> Result<[u8; 32], StoreError> {
    const WORDS: &str = "-- words of the schema\n\
        SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema \
        WHERE tbl_name NOT LIKE 'backup\\_%' ESCAPE '\\' ORDER BY type, name";
    let history = format!("-- history\nSELECT version, name, applied_on, checksum FROM {HISTORY} ORDER BY version");
    let mut sum = Sha256::new();
    for sql in [WORDS, &history] {
        let mut statement = connection.prepare(sql).map_err(engine)?;
        let mut rows = statement.query([]).map_err(engine)?;
        while let Some(row) = rows.next().map_err(engine)? {
            for at in 0..4 {
                let cell = tables::cell(row.get_ref(at).map_err(engine)?).map_err(StoreError::Engine)?;
                sum.update(cell.to_string());
                sum.update([0]);
            }
        }
    }
    Ok(sum.finalize().into())
}

/// Whether the file's header says that it is a backup.
pub(super) fn is_backup(connection: &Connection) -> Result<bool, StoreError> {
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(engine)?;
    Ok(id == APPLICATION_ID)
}

/// A copy of a backup that is an ordinary database again, whose schema may be brought up to date.
pub fn unsealed(backup: &Path, to: &Path, told: &Told) -> Result<(), StoreError> {
    let source = connection::open_reader(backup)?;
    let mut target = create(to)?;
    pages(&source, &mut target, told)?;
    target
        .execute_batch(
            "-- an ordinary database\nDROP TABLE backup_head; DROP TABLE backup_parts; PRAGMA application_id = 0",
        )
        .map_err(engine)
}
