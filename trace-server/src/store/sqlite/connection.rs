//! Opening a database file: its place and mode, the settings of a connection, the readers' pool.
//!
//! It deliberately knows no table.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::Semaphore;

use super::backup_file::is_backup;
use super::{engine, stopped};
use crate::store::StoreError;

/// Reads that run at once. Each connection holds a page cache, and more than the cores of a small server gain nothing.
const READERS: usize = 4;

/// How long a write of another process (a backup, a second server) is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Between two attempts where SQLite does not wait by itself.
const BUSY_PAUSE: Duration = Duration::from_millis(5);

/// Statements kept prepared on each connection: more than the program has.
const STATEMENTS: usize = 128;

/// Page cache of the writer in KiB; the system's own cache stands behind it.
const WRITER_CACHE_KIB: i64 = 8 * 1024;

/// Page cache of a reader in KiB.
const READER_CACHE_KIB: i64 = 2 * 1024;

/// As much of the file as is read through the page tables, without copying: as much as SQLite allows. A page beyond it is
/// copied at every visit that the small page cache does not serve.
const MMAP_BYTES: i64 = 0x7fff_0000;

/// Pages of the write-ahead log after which they are copied into the file. A commit of 64 records touches some 700 pages,
/// for most keys are random: SQLite's own 1,000 would copy after every second commit, and the same pages again and again.
const WAL_PAGES_COPIED: i64 = 8_000;

/// The write-ahead log is cut back to this after a burst, in bytes.
const WAL_BYTES_KEPT: i64 = 64 * 1024 * 1024;

/// Opens the connection that writes; makes the file, for its owner alone, if it is not there.
///
/// # Errors
/// `Unfit` for a path that cannot be a database, or a file system on which write-ahead logging does not work.
pub fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    create(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(engine)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(engine)?;
    if is_backup(&connection)? {
        return Err(StoreError::Unfit(format!(
            "{} is a backup, and stays as it is; restore it into a new database: trace-server restore {} \
             --database-url sqlite:PATH",
            path.display(),
            path.display()
        )));
    }
    let mode = write_ahead(&connection)?;
    if mode != "wal" {
        return Err(StoreError::Unfit(format!(
            "the journal mode of {} is '{mode}' and cannot become 'wal'; put the database on a local disk",
            path.display()
        )));
    }
    set(&connection, "synchronous", "full")?;
    set(&connection, "foreign_keys", true)?;
    set(&connection, "journal_size_limit", WAL_BYTES_KEPT)?;
    set(&connection, "wal_autocheckpoint", WAL_PAGES_COPIED)?;
    set_memory(&connection, WRITER_CACHE_KIB)?;
    Ok(connection)
}

/// Turns write-ahead logging on and gives the mode that the file has then. While another process does the same, SQLite
/// answers "busy" at once, whatever the timeout says, so the waiting is done here.
fn write_ahead(connection: &Connection) -> Result<String, StoreError> {
    let begun = Instant::now();
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0)) {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && begun.elapsed() < BUSY_TIMEOUT =>
            {
                std::thread::sleep(BUSY_PAUSE);
            }
            answer => return answer.map_err(engine),
        }
    }
}

/// Opens a connection that only reads.
pub fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(engine)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(engine)?;
    set(&connection, "query_only", true)?;
    set_memory(&connection, READER_CACHE_KIB)?;
    Ok(connection)
}

fn set_memory(connection: &Connection, cache_kib: i64) -> Result<(), StoreError> {
    // A plan does not depend on the values that are bound. Without this, a statement with `LIMIT ?` is prepared anew each
    // time that it runs, which takes longer than most reads.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(engine)?;
    // SQLite takes a negative number as KiB, a positive one as pages.
    set(connection, "cache_size", -cache_kib)?;
    set(connection, "temp_store", "memory")?;
    set(connection, "mmap_size", MMAP_BYTES)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

fn set(connection: &Connection, name: &str, value: impl rusqlite::ToSql) -> Result<(), StoreError> {
    // Some settings answer with their new value and some do not.
    connection.pragma_update(None, name, value).map_err(engine)
}

/// Makes the file, for its owner alone, if it is not there.
pub fn create(path: &Path) -> Result<(), StoreError> {
    let shown = path.display();
    if path.as_os_str().is_empty() || path == Path::new(":memory:") {
        let problem = format!("'{shown}' is no file; give the path of the database, as in sqlite:/srv/trace/trace.db");
        return Err(StoreError::Unfit(problem));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let problem = format!("the folder {} of the database {shown} does not exist; create it", folder.display());
        return Err(StoreError::Unfit(problem));
    }
    if path.is_dir() {
        return Err(StoreError::Unfit(format!("{shown} is a folder; the database is a file")));
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(StoreError::Unfit(format!("the database {shown} cannot be created: {e}"))),
    }
}

/// Connections that read, each read in one snapshot of its own.
pub struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    /// Opens the first connection, so that a file that cannot be read is found at start.
    pub fn open(path: PathBuf) -> Result<Self, StoreError> {
        let first = open_reader(&path)?;
        Ok(Self { path, permits: Arc::new(Semaphore::new(READERS)), idle: Arc::new(Mutex::new(vec![first])) })
    }

    /// Runs a read on a thread that may block, waiting for a connection if all are busy.
    pub async fn run<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(stopped)?;
        let (path, idle) = (self.path.clone(), Arc::clone(&self.idle));
        let work = move || {
            // The lock is held for a pop or a push only; a panic in between cannot leave the list broken.
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut connection = kept.map_or_else(|| open_reader(&path), Ok)?;
            let answer = {
                let snapshot = connection.transaction().map_err(engine)?;
                read(&snapshot)
            };
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            drop(permit);
            answer
        };
        tokio::task::spawn_blocking(work).await.map_err(stopped)?
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use rusqlite::{OptionalExtension as _, StatementStatus};

    use super::*;

    fn number(connection: &Connection, pragma: &str) -> i64 {
        connection.pragma_query_value(None, pragma, |row| row.get(0)).unwrap()
    }

    #[test]
    fn settings_are_in_force() {
        let folder = tempdir();
        let path = folder.join("a.db");
        let writer = open_writer(&path).unwrap();
        let mode: String = writer.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        assert_eq!(number(&writer, "synchronous"), 2, "full");
        assert_eq!(number(&writer, "foreign_keys"), 1);
        assert_eq!(number(&writer, "busy_timeout"), 5000);
        assert_eq!(number(&writer, "wal_autocheckpoint"), WAL_PAGES_COPIED);
        assert_eq!(number(&writer, "cache_size"), -8192);
        writer.execute_batch("CREATE TABLE t (a INTEGER) STRICT").unwrap();
        let reader = open_reader(&path).unwrap();
        assert_eq!(number(&reader, "query_only"), 1);
        assert_eq!(number(&reader, "cache_size"), -2048);
        assert_eq!(number(&reader, "mmap_size"), MMAP_BYTES, "SQLite takes no more");
        let mut statement = reader.prepare("SELECT a FROM t LIMIT ?1").unwrap();
        for rows in 1..9 {
            statement.query_row([rows], |_| Ok(())).optional().unwrap();
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "a limit is no reason to plan anew");
        drop(statement);
        assert!(reader.execute("INSERT INTO t VALUES (1)", []).is_err(), "readers cannot write");
        assert!(writer.execute("INSERT INTO t VALUES ('x')", []).is_err(), "strict");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            for name in ["a.db", "a.db-wal"] {
                let mode = std::fs::metadata(folder.join(name)).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "{name}");
            }
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn paths_that_are_no_files_are_named() {
        let folder = tempdir();
        let missing = folder.join("missing").join("a.db");
        let refused = |path: &Path| match open_writer(path) {
            Err(StoreError::Unfit(problem)) => problem,
            other => unreachable!("{other:?}"),
        };
        assert!(refused(&missing).contains(&format!("{} of the database", folder.join("missing").display())));
        assert!(refused(&folder).contains("is a folder"));
        assert!(refused(Path::new("")).contains("no file"));
        assert!(refused(Path::new(":memory:")).contains("no file"));
        std::fs::write(folder.join("text.db"), "not a database at all, but long enough to have a header".repeat(20))
            .unwrap();
        assert!(matches!(open_writer(&folder.join("text.db")), Err(StoreError::Engine(_))));
        std::fs::remove_dir_all(folder).unwrap();
    }

    use crate::store::sqlite::tests::tempdir;
}
