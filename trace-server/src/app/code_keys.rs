//! The code keys' file: made on the first start, demanded ever after, and changed by the operator's command alone.

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
    /// A key cannot be withdrawn.
    #[error("nothing was withdrawn: {0}")]
    Withdraw(KeyRingError),
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

/// The keys of a file that is there.
pub(crate) fn read(path: &Path) -> Result<KeyRing, CodeKeyError> {
    let text = std::fs::read_to_string(path).map_err(|source| CodeKeyError::File { path: path.to_owned(), source })?;
    KeyRing::parse(&text).map_err(|source| CodeKeyError::Text { path: path.to_owned(), source })
}

/// Adds a key with the next version; gives its version and check value.
pub(crate) fn add(path: &Path) -> Result<(u8, String), CodeKeyError> {
    let ring = read(path)?;
    let made = |error: KeyRingError| CodeKeyError::Make(error.to_string());
    let last = ring.keys().map(CodeKey::version).max().unwrap_or(0);
    let version = last.checked_add(1).ok_or_else(|| CodeKeyError::Make("versions end at 255".to_owned()))?;
    let bytes = random::<32>().map_err(|error| CodeKeyError::Make(error.to_string()))?;
    let key = CodeKey::new(version, bytes).map_err(made)?;
    let check = key.check_value();
    let keys = ring.keys().cloned().chain([key]).collect();
    write(path, &KeyRing::new(keys).map_err(made)?)?;
    Ok((version, check))
}

/// Withdraws the key of that version; gives its check value.
pub(crate) fn withdraw(path: &Path, version: u8) -> Result<String, CodeKeyError> {
    let ring = read(path)?;
    let check = ring.check_value(version).ok_or(CodeKeyError::Withdraw(KeyRingError::UnknownVersion { version }))?;
    let withdrawn = |key: &CodeKey| if key.version() == version { key.clone().withdrawn() } else { key.clone() };
    let keys = ring.keys().map(withdrawn).collect();
    write(path, &KeyRing::new(keys).map_err(CodeKeyError::Withdraw)?)?;
    Ok(check)
}

/// On the disk under another name first, so that the file holds its keys at every moment.
fn write(path: &Path, ring: &KeyRing) -> Result<(), CodeKeyError> {
    crate::log::replace_file(path, &ring.to_text())
        .map_err(|source| CodeKeyError::File { path: path.to_owned(), source })
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn keys_are_added_and_withdrawn_in_the_file_and_the_last_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("code-keys.txt");
        assert!(add(&path).unwrap_err().to_string().contains("cannot be used"), "a start makes the first one");
        let first = make(&path).unwrap().unwrap();
        assert!(withdraw(&path, 1).unwrap_err().to_string().contains("make a new one first"));
        let (version, check) = add(&path).unwrap();
        assert_eq!((version, read(&path).unwrap().newest_version()), (2, 2));
        assert_eq!(read(&path).unwrap().check_value(2), Some(check));
        assert_eq!(Some(withdraw(&path, 1).unwrap()), first.check_value(1));
        let ring = read(&path).unwrap();
        assert!(ring.is_withdrawn(1) && ring.check_value(1) == first.check_value(1));
        assert!(withdraw(&path, 3).unwrap_err().to_string().contains("no code key of version 3"));
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap()) & 0o777, 0o600);
    }
}
