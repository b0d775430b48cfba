//! Copies of a key store, and their end after 30 days: a key that was destroyed lives on in the copies made before,
//! and nowhere longer than that. A copy is a key store in a SQLite file, whatever engine it came from.
//!
//! It deliberately knows no schedule; the operator's does.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use trace_core::time::ReceivedAt;

use super::{KeyStore as _, KeyStoreError, SqliteKeyStore};

/// Days for which a copy is kept: long enough to notice a loss, short enough that an erasure means something.
pub const COPIES_KEPT_DAYS: i64 = 30;

const DAY_MS: i64 = 86_400_000;

/// What a copying did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The new copy.
    pub path: PathBuf,
    /// Keys in it.
    pub keys: usize,
    /// Copies that had reached their end and are gone.
    pub removed: Vec<PathBuf>,
}

/// Copies every key into a new file of this folder, which is made if it is not there, then removes the copies there that are older than
/// [`COPIES_KEPT_DAYS`].
///
/// # Errors
/// [`KeyStoreError::Unfit`] if the folder cannot take the file; [`KeyStoreError::Engine`]. Old copies are removed only
/// when the new one is on the disk.
pub async fn back_up(store: &dyn super::KeyStore, folder: &Path, now: ReceivedAt) -> Result<Copied, KeyStoreError> {
    let unfit = |error: std::io::Error| {
        KeyStoreError::Unfit(format!("the folder {} takes no copy of the key store: {error}", folder.display()))
    };
    make(folder).map_err(unfit)?;
    let path = folder.join(name_at(now));
    if path.exists() {
        return Err(KeyStoreError::Unfit(format!("{} is there already; try again in a second", path.display())));
    }
    // Under another name until it is whole, so that nobody takes half a copy for one.
    let part = path.with_extension("part");
    if part.exists() {
        fs::remove_file(&part).map_err(unfit)?;
    }
    let keys = store.all().await?;
    let copy = SqliteKeyStore::open(&part, true)?;
    copy.take_over(&store.id().await?, &keys, &store.destroyed().await?).await?;
    let written = copy.all().await?;
    drop(copy);
    if written != keys {
        return Err(KeyStoreError::Engine(format!("the copy {} differs from what was copied", part.display())));
    }
    fs::rename(&part, &path).map_err(unfit)?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(unfit)?;
    let removed = remove_expired(folder, now).map_err(unfit)?;
    Ok(Copied { path, keys: keys.len(), removed })
}

/// Makes the folder, readable by its owner alone. Not those above it: a disk that is not mounted would go unnoticed.
fn make(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Puts the keys of a copy into a key store that holds none. Answers how many.
///
/// # Errors
/// [`KeyStoreError::Unfit`] if the file is no copy, or the key store holds keys.
pub async fn restore(store: &dyn super::KeyStore, copy: &Path) -> Result<usize, KeyStoreError> {
    let copy = SqliteKeyStore::open(copy, false)?;
    let keys = copy.all().await?;
    store.take_over(&copy.id().await?, &keys, &copy.destroyed().await?).await?;
    Ok(keys.len())
}

/// `keys-20261120T080000Z.db`.
fn name_at(now: ReceivedAt) -> String {
    let digits: String = now.to_string().chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
    format!("keys-{digits}Z.db")
}

/// When a copy of this name was made; `None` for other files, which are left alone.
fn made_at(name: &str) -> Option<ReceivedAt> {
    let stamp = name.strip_prefix("keys-")?.strip_suffix("Z.db")?;
    if stamp.len() != 15 || !stamp.is_ascii() {
        return None;
    }
    let (day, time) = stamp.split_once('T')?;
    let (year, month, date) = (day.get(..4)?, day.get(4..6)?, day.get(6..)?);
    let (hour, minute, second) = (time.get(..2)?, time.get(2..4)?, time.get(4..)?);
    format!("{year}-{month}-{date}T{hour}:{minute}:{second}.000Z").parse().ok()
}

fn remove_expired(folder: &Path, now: ReceivedAt) -> std::io::Result<Vec<PathBuf>> {
    let mut removed = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let made = entry.file_name().to_str().and_then(made_at);
        let expired = made.is_some_and(|made| now.as_unix_ms() - made.as_unix_ms() > COPIES_KEPT_DAYS * DAY_MS);
        if expired && entry.file_type()?.is_file() {
            overwrite(&entry.path())?;
            fs::remove_file(entry.path())?;
            removed.push(entry.path());
        }
    }
    removed.sort();
    Ok(removed)
}

/// Zeros over the whole file: removing alone leaves its bytes on the disk until something else is written there.
fn overwrite(path: &Path) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let mut left = file.metadata()?.len();
    let zeros = [0; 8192];
    while left > 0 {
        let count = left.min(zeros.len() as u64);
        file.write_all(&zeros[..usize::try_from(count).unwrap_or(zeros.len())])?;
        left -= count;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn names_say_when_a_copy_was_made() {
        let now: ReceivedAt = "2026-11-20T08:01:02.345Z".parse().unwrap();
        assert_eq!(name_at(now), "keys-20261120T080102Z.db");
        assert_eq!(made_at(&name_at(now)), Some("2026-11-20T08:01:02.000Z".parse().unwrap()));
        for other in ["keys.db", "keys-Z.db", "keys-20261120T0801é2Z.db", "keys-20261120T080102Z.db.part", "trace.db"]
        {
            assert_eq!(made_at(other), None, "{other}");
        }
    }
}
