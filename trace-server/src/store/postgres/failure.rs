//! What can go wrong between this program and the server, and which of it is worth another attempt.
//!
//! It repeats nothing itself; that is done in one place, by [`Sessions::write`](super::sessions::Sessions::write).

use std::error::Error as _;
use std::fmt::Write as _;
use std::io;

use deadpool_postgres::PoolError;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::store::StoreError;

/// Why an attempt ended.
#[derive(Debug)]
pub(super) enum Failure {
    /// Before COMMIT was sent: nothing was stored.
    Statement(Error),
    /// No session was to be had: nothing was stored.
    Session(PoolError),
    /// The answer to COMMIT was an error, or did not come.
    Commit(Error),
    /// The store's own finding, such as a damaged row; nothing was stored.
    Store(StoreError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Statement(error)
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        Self::Session(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Failure {
    /// Whether nothing was stored and the same again may well succeed.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Statement(error) | Self::Session(PoolError::Backend(error)) => gave_way(error) || lost(error),
            Self::Commit(error) => gave_way(error),
            Self::Session(_) | Self::Store(_) => false,
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Statement(error) => Self::Engine(words(&error)),
            Failure::Session(PoolError::Backend(error)) => Self::Engine(format!("no session: {}", words(&error))),
            Failure::Session(error) => Self::Engine(format!("no session: {error}")),
            Failure::Commit(error) if was_rolled_back(&error) => Self::Engine(words(&error)),
            Failure::Commit(error) => Self::Ambiguous(words(&error)),
            Failure::Store(error) => error,
        }
    }
}

/// The error with its causes; the driver's own words stop at "db error".
pub fn words(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            // Writing into a String cannot fail.
            let _ = write!(text, ": {inner_text}");
        }
        cause = inner.source();
    }
    if let Some(code) = error.code() {
        let _ = write!(text, " (SQLSTATE {})", code.code());
    }
    text
}

/// The transaction gave way to another one (class 40).
fn gave_way(error: &Error) -> bool {
    matches!(error.code(), Some(code) if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code))
}

/// The session is gone, or the server is going or coming.
fn lost(error: &Error) -> bool {
    let gone = error
        .code()
        .is_some_and(|code| matches!(code.code(), "57P01" | "57P02" | "57P03") || code.code().starts_with("08"));
    gone || error.is_closed() || error.source().is_some_and(<dyn std::error::Error + 'static>::is::<io::Error>)
}

/// The server answered COMMIT with a rollback: class 40, or a constraint that is checked at the end (class 23). Any
/// other error at COMMIT (57P01 while it waits for a standby, above all) may come after the transaction was stored.
fn was_rolled_back(error: &Error) -> bool {
    error.code().is_some_and(|code| code.code().starts_with("40") || code.code().starts_with("23"))
}
