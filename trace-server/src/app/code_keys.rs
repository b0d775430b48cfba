//! The code keys' file: made on the first start, demanded ever after.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use trace_core::code::{CodeKey, KeyFileError, KeyRing, KeyRingError};

use crate::ledger::random;
use crate::store::{Store, StoreError};

/// Why the code keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CodeKeyError {
    /// The file cannot be read or written.
    #[error("the code key file {} cannot be used: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file's text is wrong.
    #[error("the code key file {}: {source}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        source: KeyFileError,
    },
    /// Code issues use a key that the file does not hold.
    #[error(
        "package codes were issued under code key v{version} (check value {expected}), and {} {found}; \
         restore the file from its backup: without that key every package printed under it is dead",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
        /// The key's version.
        version: u8,
        /// Its check value.
        expected: String,
        /// What the file has instead.
        found: String,
    },
    /// No key can be made.
    #[error("no code key can be made: {0}")]
    Make(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads the file, or makes it if no key was ever used; notes the check values of new keys.
pub(super) async fn load(path: &Path, store: &dyn Store) -> Result<KeyRing, CodeKeyError> {
    let file = |source| CodeKeyError::File { path: path.to_owned(), source };
    let used = store.key_checks().await?;
    let ring = match std::fs::read_to_string(path) {
        Ok(text) => KeyRing::parse(&text).map_err(|source| CodeKeyError::Text { path: path.to_owned(), source })?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => match used.first_key_value() {
            None => make(path).map_err(file)??,
            Some((version, check)) => {
                return Err(CodeKeyError::Missing {
                    path: path.to_owned(),
                    version: *version,
                    expected: check.clone(),
                    found: "does not exist".to_owned(),
                });
            }
        },
        Err(error) => return Err(file(error)),
    };
    for (version, expected) in used {
        let found = ring.check_value(version);
        if found.as_deref() != Some(&*expected) {
            return Err(CodeKeyError::Missing {
                path: path.to_owned(),
                version,
                expected,
                found: found.map_or_else(
                    || "holds no key of this version".to_owned(),
                    |check| format!("holds another key of this version (check value {check})"),
                ),
            });
        }
    }
    for key in ring.keys() {
        store.put_key_check(key.version(), &key.check_value()).await?;
    }
    Ok(ring)
}

/// A new file with one key, readable by its owner alone, on the disk before it is used.
fn make(path: &Path) -> std::io::Result<Result<KeyRing, CodeKeyError>> {
    let ring = match first_ring() {
        Ok(ring) => ring,
        Err(error) => return Ok(Err(error)),
    };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(ring.to_text().as_bytes())?;
    file.sync_all()?;
    tracing::warn!(path = %path.display(), "made a code key file; back it up, apart from the database");
    Ok(Ok(ring))
}

fn first_ring() -> Result<KeyRing, CodeKeyError> {
    let bytes = random::<32>().map_err(|error| CodeKeyError::Make(error.to_string()))?;
    let made = |error: KeyRingError| CodeKeyError::Make(error.to_string());
    KeyRing::new(vec![CodeKey::new(1, bytes).map_err(made)?]).map_err(made)
}
