//! The storage contract: whole atomic operations of the domain, the same on every engine.
//!
//! No transaction object crosses it. Guarantees of every implementation, held by one conformance suite:
//! - *durable on return*: when [`Store::append`] answers `Ok`, what it committed survives the loss of power;
//! - *read after write*: a read that begins after such an answer sees it;
//! - *one after another*: appends of all processes on one database are judged one after another, each on the state
//!   that the one before it left;
//! - *all or nothing*: an error stores nothing, except [`StoreError::Ambiguous`], where the connection was lost
//!   while committing and only a look at the requests' uids can tell.

mod accounts;
mod checkpoints;
mod contents;
mod contract;
pub mod copying;
pub mod postgres;
mod prints;
mod rows;
pub mod snapshot;
pub mod sqlite;
mod suspicions;

use std::sync::Arc;

pub use accounts::{NewScan, OwnChange, PackageScans, ScanRow, SessionRow, TokenRow, UploadRow, UserChange, UserRow};
pub use checkpoints::{CheckpointRow, SignerLock};
pub use prints::{Hand, NewPrint, PrintChange, PrintOrder, PrintRow, PrintRunRow, PrintStep, PrintStore, Sending};
pub use suspicions::{NewSuspicion, SuspicionFilter, SuspicionPlace, SuspicionRow};

pub use rows::{edge_cells, edge_of_cells, projected_cells, row_of_cells};

pub use contract::{
    BatchFilter, Commit, Direction, EntryRow, FindingRow, Head, Judge, NewEntry, OpeningRow, PartyFilter, RecordFilter,
    RequestRow, SealedOpeningRow, Store, Trace,
};

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine failed; nothing was stored. The source is for the log, never for the client.
    #[error("the database failed: {0}")]
    Engine(String),
    /// The connection was lost while committing: it may or may not have been stored.
    #[error("the connection was lost while committing: {0}")]
    Ambiguous(String),
    /// A stored row cannot be read: the database was damaged or changed by hand.
    #[error("row {key} of table {table} is damaged: {problem}")]
    Corrupt {
        /// Its table.
        table: &'static str,
        /// Its primary key.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The database was made by a newer version of this program.
    #[error("the database has schema {found}, this program knows up to {known}; start the newer program")]
    NewerSchema {
        /// The database's schema.
        found: i32,
        /// The newest that this program knows.
        known: i32,
    },
    /// The address or the settings of the database do not fit the guarantees.
    #[error("{0}")]
    Unfit(String),
}

/// Opens the store that the address names and brings its schema up to date, under a lock.
///
/// # Errors
/// [`StoreError::Unfit`] for an address that is neither `sqlite:PATH` nor `postgres://…`, or a server without
/// durable commits; [`StoreError::NewerSchema`]; [`StoreError::Engine`].
pub async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return Ok(Arc::new(sqlite::Sqlite::open(path).await?));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Arc::new(postgres::Postgres::open(url).await?));
    }
    Err(no_address(url))
}

fn no_address(url: &str) -> StoreError {
    StoreError::Unfit(format!("TRACE_DATABASE_URL is '{url}'; it must be sqlite:PATH or postgres://USER@HOST/NAME"))
}
