//! Backup and restore: a whole copy in one file, whatever the engine it came from; nothing counts before it is
//! verified.
//!
//! It owns files' names, their way to the disk, and the order of the checks. It deliberately copies no key: what keys
//! protect must not lie beside them.

mod verify;

use std::fs::File;
use std::path::{Path, PathBuf};

use trace_core::log::Hash;
use trace_core::time::ReceivedAt;

pub use crate::store::copying::{BackupFileError, BackupHead, Progress, Told, check};
pub use verify::{Verified, VerifyError, verify_copy};

use self::verify::url_of;
use crate::audit::AuditError;
use crate::store::{self, StoreError, copying};

/// A copy that was made and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// What the backup says of itself.
    pub head: BackupHead,
    /// Entries in the log.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// Versions of the code keys that the copied ledger needs, with their check values.
    pub code_keys: Vec<(u8, String)>,
}

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something has the file's name already.
    #[error("{} exists; nothing is overwritten, choose another name", .0.display())]
    Exists(PathBuf),
    /// The file cannot be put where it should be.
    #[error("the backup {} cannot be written: {source}", path.display())]
    Place {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The copying failed.
    #[error("no backup was made: {0}")]
    Copy(StoreError),
    /// What was written does not hold: the ledger itself does not, or the disk.
    #[error("no backup was made, since the copy does not hold: {0}")]
    Unsound(VerifyError),
    /// The same, of the file.
    #[error("no backup was made, since the file that was written does not hold: {0}")]
    Written(BackupFileError),
    /// The file cannot be restored.
    #[error("{} cannot be restored: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: BackupFileError,
    },
    /// What the file holds is no sound ledger.
    #[error("{} cannot be restored, since its ledger does not hold: {source}", path.display())]
    Ledger {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        source: VerifyError,
    },
    /// The target refused.
    #[error("nothing was restored: {0}")]
    Target(StoreError),
    /// The connection was lost while committing.
    #[error("{0}; look into the database: it is empty, or holds everything and `trace-server restore` says so")]
    Ambiguous(StoreError),
    /// The restored ledger does not hold.
    #[error("the rows were restored, but the ledger does not hold there and must not be served: {0}")]
    Restored(VerifyError),
}

/// Writes everything in the database into a new file, verifies it, and only then gives the file its name. Servers
/// append meanwhile; every record that was acknowledged before this began is in it.
///
/// # Errors
/// [`BackupError`]; then there is no file of that name.
pub async fn write(url: &str, file: &Path, now: ReceivedAt, told: &Told) -> Result<Copied, BackupError> {
    let place = |source| BackupError::Place { path: file.to_owned(), source };
    if std::fs::symlink_metadata(file).is_ok() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let unfinished = Unfinished::beside(file);
    copying::copy_out(url, &unfinished.path, now, told).await.map_err(BackupError::Copy)?;
    File::open(&unfinished.path).and_then(|written| written.sync_all()).map_err(place)?;
    let head = check(&unfinished.path, told).await.map_err(BackupError::Written)?;
    let store = copying::open_to_read(&unfinished.path).await.map_err(BackupError::Copy)?;
    let code_keys = store.key_checks().await.map_err(BackupError::Copy)?;
    let verified = verify_copy(&url_of(&unfinished.path), told).await.map_err(BackupError::Unsound)?;
    if std::fs::symlink_metadata(file).is_ok() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    std::fs::rename(&unfinished.path, file).and_then(|()| sync_folder_of(file)).map_err(place)?;
    Ok(Copied { head, size: verified.size, root: verified.root, code_keys: code_keys.into_iter().collect() })
}

/// Fills an empty database with a backup: the file is checked and its ledger verified first, then all rows go over in
/// one transaction, and what arrived is verified again.
///
/// # Errors
/// [`BackupError`]; the database is as it was, except after [`BackupError::Restored`] and [`BackupError::Ambiguous`].
pub async fn restore(file: &Path, url: &str, told: &Told) -> Result<Copied, BackupError> {
    let path = || file.to_owned();
    let head = check(file, told).await.map_err(|source| BackupError::File { path: path(), source })?;
    // An older schema is brought up to date in a copy: the backup stays as it is.
    let upgraded = if head.schema == copying::known_schema() {
        None
    } else {
        let copy = Unfinished::in_temporary_folder();
        copying::upgrade(file, &copy.path, told).await.map_err(BackupError::Target)?;
        Some(copy)
    };
    let source = upgraded.as_ref().map_or(file, |copy| &copy.path);
    let wrong = |source| BackupError::Ledger { path: path(), source };
    let verified = verify_copy(&url_of(source), told).await.map_err(wrong)?;
    copying::copy_in(source, url, told).await.map_err(|error| match error {
        StoreError::Ambiguous(_) => BackupError::Ambiguous(error),
        error => BackupError::Target(error),
    })?;
    let unread = |error: StoreError| BackupError::Restored(AuditError::from(error).into());
    let code_keys = store::open(url).await.map_err(unread)?.key_checks().await.map_err(unread)?;
    let arrived = verify_copy(url, told).await.map_err(BackupError::Restored)?;
    if arrived != verified {
        let (found, expected) = (arrived.root, verified.root);
        return Err(BackupError::Restored(VerifyError::Other { found, expected }));
    }
    Ok(Copied { head, size: arrived.size, root: arrived.root, code_keys: code_keys.into_iter().collect() })
}

/// After a loss of power the file shall still have its name.
fn sync_folder_of(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// A file that goes away again unless it gets another name.
struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    fn beside(file: &Path) -> Self {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".unfinished-{}", std::process::id()));
        Self { path: name.into() }
    }

    fn in_temporary_folder() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("trace-restore-{}-{number}.db", std::process::id());
        Self { path: std::env::temp_dir().join(name) }
    }
}

impl Drop for Unfinished {
    /// With what SQLite may have put beside it. Where nothing is there, nothing is to be done.
    fn drop(&mut self) {
        for end in ["", "-journal", "-wal", "-shm"] {
            let mut name = self.path.as_os_str().to_owned();
            name.push(end);
            let _ = std::fs::remove_file(name);
        }
    }
}
