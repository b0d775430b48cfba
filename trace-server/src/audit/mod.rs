//! `audit`: a log and everything that follows from it, checked from the bytes up; from a database or a backup, or over
//! HTTP with nothing but the log's address and key.
//!
//! What is checked of single entries and of their order is the core's ([`trace_core::audit`]). This owns where entries
//! come from, the comparison with what a database holds beside them, the file of the last audited checkpoint, and the
//! report. It writes nothing into a database.

mod comparing;
pub mod coverage;
mod database;
mod encoding;
mod links;
mod log_tables;
mod page;
mod replaying;
mod report;
mod sealed;
mod served;
mod shelf;
mod state_file;
mod walk;

use std::sync::Arc;

pub use database::audit_database;
pub use report::Report;
pub use sealed::SealKeys;
pub use served::{Served, audit_served};
pub use state_file::{StateFile, StateFileError};

use crate::store::StoreError;

/// Part of an audit that takes its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Entries are read, checked and replayed.
    Log,
    /// Rows of a table are compared with what the log gives.
    Rows(&'static str),
}

/// How far an audit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// With what.
    pub phase: Phase,
    /// Entries or rows so far.
    pub done: u64,
    /// In all; 0 where it is not known.
    pub of: u64,
}

/// Hears how far an audit is, on whatever thread.
pub type Told = Arc<dyn Fn(Progress) + Send + Sync>;

/// Why an audit came to no end. What it finds wrong is no error but a fault in its report.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log does not answer as a log does.
    #[error("{address}: {problem}")]
    Served {
        /// What was asked for.
        address: String,
        /// What is wrong with the answer.
        problem: String,
    },
    /// The temporary file cannot be used.
    #[error("the temporary file of the audit cannot be used: {0}; TMPDIR names its folder")]
    Shelf(std::io::Error),
    /// The file of the last audited checkpoint cannot be used.
    #[error(transparent)]
    State(#[from] StateFileError),
    /// A thread or a table of this program is not as it should be.
    #[error("the audit was given up: {0}")]
    Program(String),
}

impl AuditError {
    fn stopped(reason: impl std::fmt::Display) -> Self {
        Self::Program(reason.to_string())
    }
}

/// What is asked of an audit beside its source.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Keys by which the log's checkpoints are believed.
    pub log_keys: Vec<trace_core::log::VerifierKey>,
    /// Keys of witnesses; a bad cosignature by one of them is a fault.
    pub witnesses: Vec<trace_core::log::VerifierKey>,
    /// Only the log: entries, hashes, edges, tree and checkpoints.
    pub log_only: bool,
    /// The keys of what tells of persons; without them such openings are held against the records alone.
    pub keys: Option<Arc<SealKeys>>,
    /// The last audited checkpoint: this log must begin with it.
    pub state: Option<trace_core::log::Checkpoint>,
}
