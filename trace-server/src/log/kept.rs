//! The place outside the database where the newest checkpoint is kept: a file, on the disk before anybody sees the
//! checkpoint. By it a restored old backup and a second writer are noticed before they are signed.
//!
//! The file's first line is the place's random name, which the database notes too; the rest is the signed note.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use trace_core::log::Note;

use crate::ledger::random;

/// What the first line begins with.
pub(super) const HEAD: &str = "tianma-trace/kept-checkpoint/1 ";

/// Why the place cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The file cannot be read or written.
    #[error("the kept checkpoint {} cannot be used: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("the kept checkpoint {} cannot be read: {problem}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Another process signs with this file.
    #[error("another process holds the kept checkpoint {}", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file changed since it was read, though it is locked: somebody writes past the lock.
    #[error("the kept checkpoint {} was changed by somebody else", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// There is no randomness.
    #[error("no name for the kept checkpoint can be made: {0}")]
    Random(getrandom::Error),
}

/// The place, locked for this process.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
    name: String,
    note: Option<Note>,
    text: String,
    // Released when dropped.
    _lock: File,
}

impl Kept {
    /// Locks and reads the file; makes it, without a checkpoint, if it is not there.
    ///
    /// # Errors
    /// [`KeptError`].
    pub fn open(path: &Path) -> Result<Self, KeptError> {
        let file = |source| KeptError::File { path: path.to_owned(), source };
        // A file of its own, since the other one is replaced with every checkpoint.
        let mut lock_path = path.as_os_str().to_owned();
        lock_path.push(".lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(lock_path).map_err(file)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(KeptError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(file(source)),
        }
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let name: [u8; 16] = random().map_err(KeptError::Random)?;
                let text = format!("{HEAD}{}\n", hex::encode(name));
                replace(path, &text).map_err(file)?;
                text
            }
            Err(source) => return Err(file(source)),
        };
        let wrong = |problem: String| KeptError::Text { path: path.to_owned(), problem };
        let (first, rest) = text.split_once('\n').ok_or_else(|| wrong("it has no line".to_owned()))?;
        let name = first.strip_prefix(HEAD).filter(|name| name.len() == 32);
        let name = name.ok_or_else(|| wrong(format!("its first line is not `{HEAD}` and 32 hex digits")))?.to_owned();
        let note = if rest.is_empty() {
            None
        } else {
            Some(Note::parse(rest.as_bytes()).map_err(|error| wrong(error.to_string()))?)
        };
        Ok(Self { path: path.to_owned(), name, note, text, _lock: lock })
    }

    /// The place's random name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The newest checkpoint that was ever signed here.
    pub const fn note(&self) -> Option<&Note> {
        self.note.as_ref()
    }

    /// Compares and swaps: the file must still be what was read, and is the new checkpoint when this returns.
    ///
    /// # Errors
    /// [`KeptError::Changed`]; [`KeptError::File`], and then the old or the new text stands, never a part.
    pub fn swap(&mut self, note: Note) -> Result<(), KeptError> {
        let file = |source| KeptError::File { path: self.path.clone(), source };
        if std::fs::read_to_string(&self.path).map_err(file)? != self.text {
            return Err(KeptError::Changed { path: self.path.clone() });
        }
        let text = format!("{HEAD}{}\n{note}", self.name);
        replace(&self.path, &text).map_err(file)?;
        self.text = text;
        self.note = Some(note);
        Ok(())
    }
}

/// Writes a file that only its owner may read: beside the old one, flushed, renamed over it, the folder flushed too.
pub(crate) fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use trace_core::log::{Checkpoint, KeyType, SigningKey, empty_root};

    use super::*;

    fn note() -> Note {
        let key = SigningKey::new("log.example/one", KeyType::Ed25519, &[7; 32]).unwrap();
        Checkpoint::new("log.example/one", 0, empty_root()).unwrap().sign(&key).unwrap()
    }

    #[test]
    fn it_is_kept_and_belongs_to_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        let mut kept = Kept::open(&path).unwrap();
        assert!(kept.note().is_none());
        assert!(matches!(Kept::open(&path), Err(KeptError::InUse { .. })));
        kept.swap(note()).unwrap();
        let name = kept.name().to_owned();
        drop(kept);
        let kept = Kept::open(&path).unwrap();
        assert_eq!((kept.name(), kept.note()), (&*name, Some(&note())));
    }

    #[test]
    fn what_changed_under_it_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        let mut kept = Kept::open(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text}{}", note())).unwrap();
        assert!(matches!(kept.swap(note()), Err(KeptError::Changed { .. })));
        std::fs::write(&path, "something else").unwrap();
        drop(kept);
        assert!(matches!(Kept::open(&path), Err(KeptError::Text { .. })));
    }
}
