//! Is a copy a sound ledger: the audit's answer, as a backup needs it.
//!
//! It checks no signature: whose the keys are is not in the database.

use std::path::Path;
use std::sync::Arc;

use trace_core::audit::Fault;
use trace_core::log::Hash;

use crate::audit::{self, AuditError, Options, Phase, audit_database};
use crate::store::copying::{Progress, Told};
use crate::store::snapshot::snapshot;

/// A copy that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Entries in its log.
    pub size: u64,
    /// Root of the tree over them, recomputed from their bytes.
    pub root: Hash,
}

/// What does not hold.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It cannot be read to its end.
    #[error(transparent)]
    Unread(#[from] AuditError),
    /// Something in it is wrong.
    #[error("table {first}{}", further(*.count))]
    Faults {
        /// The first fault.
        first: Box<Fault>,
        /// Faults in all.
        count: u64,
    },
    /// It is another ledger.
    #[error("its root is {found}; that of the backup is {expected}")]
    Other {
        /// By what arrived.
        found: Hash,
        /// By the backup.
        expected: Hash,
    },
}

fn further(count: u64) -> String {
    if count > 1 { format!(" ({count} faults in all; `trace-server audit` names them)") } else { String::new() }
}

/// The address of a file as a database.
pub(super) fn url_of(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

/// Audits the database at this address: entries, tree, checkpoints, openings, and every projection against a rebuild.
/// Writes nothing.
///
/// # Errors
/// [`VerifyError`] with the first thing that does not hold.
pub async fn verify_copy(url: &str, told: &Told) -> Result<Verified, VerifyError> {
    let told = Arc::clone(told);
    let word = move |progress: audit::Progress| match progress.phase {
        Phase::Log => told(Progress::Entries { done: progress.done, of: progress.of }),
        Phase::Rows(_) => told(Progress::Replaying),
    };
    let database = snapshot(url).await.map_err(AuditError::from)?;
    let report = audit_database(database, &Options::default(), Arc::new(word)).await?;
    if let Some(first) = report.faults.first() {
        return Err(VerifyError::Faults { first: Box::new(first.clone()), count: report.faults_count });
    }
    let root = report.root.parse().map_err(|_| AuditError::Program(format!("it gave the root {}", report.root)))?;
    Ok(Verified { size: report.size, root })
}
