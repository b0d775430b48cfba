//! Copies of a whole database: out of either engine into a SQLite file, and from such a file into either engine.
//!
//! It owns which engine does what; files' names, and whether a copy is a sound ledger, are for those above.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;
use trace_core::time::ReceivedAt;

use super::contents::{Contents, Part};
use super::sqlite::{backup_check, backup_file, restore};
use super::{Store, StoreError, postgres, sqlite};

pub use super::sqlite::backup_check::BackupFileError;
pub use super::sqlite::backup_file::BackupHead;

/// Parts on their way from reader to writer: one is written while the next is read.
const PARTS_UNDER_WAY: usize = 1;

/// How far a copy is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Pages copied; 0 of 0 while pages are checked.
    Pages {
        /// So far.
        done: u64,
        /// In all.
        of: u64,
    },
    /// Rows of a table were written.
    Rows {
        /// The table.
        table: String,
        /// Rows since the last word.
        rows: u64,
    },
    /// All rows are read and compared.
    Reading,
    /// The log is verified: entries so far, of all.
    Entries {
        /// So far.
        done: u64,
        /// In all.
        of: u64,
    },
    /// The projections are compared with those of a rebuild.
    Replaying,
}

/// Hears how far a copy is, on whatever thread.
pub type Told = Arc<dyn Fn(Progress) + Send + Sync>;

/// Where a database is.
enum Place {
    Sqlite(PathBuf),
    Postgres(String),
}

fn place(url: &str) -> Result<Place, StoreError> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return Ok(Place::Sqlite(path.into()));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Place::Postgres(url.to_owned()));
    }
    Err(super::no_address(url))
}

/// Writes everything in the database, as it is at one moment, into a new backup file. Servers go on with it meanwhile.
///
/// # Errors
/// [`StoreError`]; the file is of no use then.
pub async fn copy_out(url: &str, file: &Path, made_at: ReceivedAt, told: &Told) -> Result<(), StoreError> {
    let (file, told) = (file.to_owned(), Arc::clone(told));
    match place(url)? {
        Place::Sqlite(live) => {
            blocking(move || {
                backup_file::copy_pages(&live, &file, &told)?;
                told(Progress::Reading);
                backup_file::seal(&file, "SQLite", made_at, None)
            })
            .await
        }
        Place::Postgres(url) => {
            let (sender, mut parts) = mpsc::channel::<Part>(PARTS_UNDER_WAY);
            let (filled, word) = (file.clone(), Arc::clone(&told));
            let (begun, schema) = tokio::sync::oneshot::channel();
            let filling = tokio::task::spawn_blocking(move || {
                let (filling, tables) = backup_file::Filling::begin(&filled)?;
                // A reader that is gone tells itself why.
                let _ = begun.send(tables);
                while let Some(part) = parts.blocking_recv() {
                    word(Progress::Rows { table: part.mark.table.clone(), rows: part.mark.rows });
                    filling.put(&part)?;
                }
                filling.end()
            });
            let reading = async {
                // Without a schema the file could not be made; its own error says why.
                let Ok(tables) = schema.await else { return Ok(Contents::default()) };
                postgres::tables::read_all(&url, &tables, sender).await
            };
            let (contents, filled) = tokio::join!(reading, filling);
            filled.map_err(stopped)??;
            let contents = contents?;
            blocking(move || {
                told(Progress::Reading);
                backup_file::seal(&file, "PostgreSQL", made_at, Some(&contents))
            })
            .await
        }
    }
}

/// Checks a backup file from its length to its last cell, without writing anything.
///
/// # Errors
/// [`BackupFileError`], which names the place.
pub async fn check(file: &Path, told: &Told) -> Result<BackupHead, BackupFileError> {
    let (file, told) = (file.to_owned(), Arc::clone(told));
    let checking = tokio::task::spawn_blocking(move || backup_check::check(&file, &told)).await;
    checking.map_err(|error| BackupFileError::Damaged(format!("the check was given up: {error}")))?
}

/// The newest schema that this program knows.
pub fn known_schema() -> i32 {
    sqlite::known_schema()
}

/// Makes an ordinary database of a backup, under the schema of this program.
///
/// # Errors
/// [`StoreError`]; what was written is of no use then.
pub async fn upgrade(file: &Path, to: &Path, told: &Told) -> Result<(), StoreError> {
    let (file, path, told) = (file.to_owned(), to.to_owned(), Arc::clone(told));
    blocking(move || backup_file::unsealed(&file, &path, &told)).await?;
    // Opening brings the schema up to date.
    drop(super::open(&format!("sqlite:{}", to.display())).await?);
    Ok(())
}

/// Opens a SQLite file, a backup above all, to read and nothing else; nothing is written beside it either.
///
/// # Errors
/// [`StoreError::Engine`] if it is no database.
pub async fn open_to_read(file: &Path) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(sqlite::Sqlite::open_to_read(file).await?))
}

/// Fills an empty database with the rows of a SQLite file that has the schema of this program, in one transaction.
/// What was written is read back and compared before it is committed. Gives the number of rows.
///
/// # Errors
/// [`StoreError::Unfit`] if the database is not empty; nothing is changed on any error but [`StoreError::Ambiguous`].
pub async fn copy_in(file: &Path, url: &str, told: &Told) -> Result<u64, StoreError> {
    let (file, told) = (file.to_owned(), Arc::clone(told));
    let contents = match place(url)? {
        Place::Sqlite(to) => blocking(move || restore::restore(&file, &to, &told)).await?,
        Place::Postgres(url) => {
            let (sender, parts) = mpsc::channel::<Part>(PARTS_UNDER_WAY);
            let (schema, fresh) = blocking(sqlite::fresh).await?;
            let (begin, begun) = tokio::sync::oneshot::channel::<()>();
            let reading = tokio::task::spawn_blocking(move || {
                // Not before the target is found fit: else a refusal would wait for a reader that nobody hears.
                if begun.blocking_recv().is_err() {
                    return Ok(Contents::default());
                }
                sqlite::read_file(&file, &mut |part| {
                    told(Progress::Rows { table: part.mark.table.clone(), rows: part.mark.rows });
                    sender.blocking_send(part).map_err(stopped)
                })
            });
            let filling = postgres::tables::replace_all(&url, &schema, &fresh, begin, parts, async {
                reading.await.map_err(stopped)?
            });
            filling.await?
        }
    };
    Ok(contents.rows())
}

/// What a database holds that should be empty, in words.
pub(super) fn not_empty(holds: &[(String, u64)]) -> StoreError {
    let words: Vec<String> = holds.iter().map(|(table, rows)| format!("{table} ({rows} rows)")).collect();
    StoreError::Unfit(format!(
        "the database is not empty: it holds {}; name a new file or a new database, nothing is ever overwritten",
        words.join(", ")
    ))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(stopped)?
}

fn stopped(reason: impl std::fmt::Display) -> StoreError {
    StoreError::Engine(format!("the copying was given up: {reason}"))
}
