//! The file of the log's signing keys: made on the first signature, never in the database, readable by its owner alone.
//!
//! Each line is one key: `sign PRIVATE+KEY+…` signs every checkpoint, `old …` is the verifier key of one that no longer
//! does, so that earlier checkpoints stay readable. While a new key is introduced two `sign` lines sign side by side.

use std::path::{Path, PathBuf};

use trace_core::log::{Checkpoint, KeyError, KeyType, Note, PolicyError, SignError, SigningKey, VerifierKey};

use crate::ledger::random;

/// What the file begins with, for people.
const HEAD: &str = "# Signing keys of the transparency log. Whoever has this file can speak for the log: keep it secret, back it up.\n";

/// The keys of a log.
#[derive(Debug, Clone)]
pub struct LogKeys {
    newest: SigningKey,
    /// Those that sign beside it, oldest first.
    beside: Vec<SigningKey>,
    /// Those that no longer sign.
    old: Vec<VerifierKey>,
}

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogKeyError {
    /// The file cannot be read or written.
    #[error("the log key file {} cannot be used: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is no key.
    #[error("the log key file {}, line {line}: {problem}; a line is `sign PRIVATE+KEY+…` or `old NAME+ID+KEY`", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// No key signs.
    #[error("the log key file {} holds no key that signs; restore it from its backup, or make a key with `trace-server key new`", path.display())]
    NoneSigns {
        /// The file.
        path: PathBuf,
    },
    /// A key is of another log.
    #[error("the log key file {} holds a key called {received:?}, and this log is {expected:?}", path.display())]
    OtherLog {
        /// The file.
        path: PathBuf,
        /// The key's name.
        received: String,
        /// The log's origin.
        expected: String,
    },
    /// A key that the operator named is not there.
    #[error("no signing key has the id {0}; `trace-server key show` lists them")]
    Unknown(String),
    /// The last signing key is to stay.
    #[error("the key {0} is the only one that signs; make a new one first")]
    Last(String),
    /// A name that no key can have.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is no randomness.
    #[error("no key can be made: {0}")]
    Random(getrandom::Error),
    /// The text cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The keys make no policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl LogKeys {
    /// Reads the file; `None` if there is none.
    ///
    /// # Errors
    /// [`LogKeyError`], which never repeats a secret.
    pub fn read(path: &Path) -> Result<Option<Self>, LogKeyError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(LogKeyError::File { path: path.to_owned(), source }),
        };
        let (mut signing, mut old) = (Vec::new(), Vec::new());
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |problem: String| LogKeyError::Line { path: path.to_owned(), line: number, problem };
            match line.split_once(' ') {
                Some(("sign", key)) => {
                    signing.push(SigningKey::from_secret_text(key.trim()).map_err(|e| wrong(e.to_string()))?);
                }
                Some(("old", key)) => old.push(key.trim().parse().map_err(|e: KeyError| wrong(e.to_string()))?),
                _ => return Err(wrong("it is neither".to_owned())),
            }
        }
        let newest = signing.pop().ok_or_else(|| LogKeyError::NoneSigns { path: path.to_owned() })?;
        Ok(Some(Self { newest, beside: signing, old }))
    }

    /// Reads the file, and makes it with a first key if there is none; every key must be the log's.
    ///
    /// # Errors
    /// As [`LogKeys::read`]; [`LogKeyError::OtherLog`].
    pub fn read_or_make(path: &Path, origin: &str) -> Result<Self, LogKeyError> {
        if let Some(keys) = Self::read_of(path, origin)? {
            return Ok(keys);
        }
        let keys = Self { newest: new_key(origin)?, beside: Vec::new(), old: Vec::new() };
        keys.write(path)?;
        tracing::warn!(path = %path.display(), "made a signing key of the log; back it up, apart from the database");
        Ok(keys)
    }

    /// Reads the file, every key of which must be the log's; `None` if there is none.
    ///
    /// # Errors
    /// As [`LogKeys::read`]; [`LogKeyError::OtherLog`].
    pub fn read_of(path: &Path, origin: &str) -> Result<Option<Self>, LogKeyError> {
        let Some(keys) = Self::read(path)? else { return Ok(None) };
        if let Some(other) = keys.verifiers().find(|key| key.name() != origin) {
            return Err(LogKeyError::OtherLog {
                path: path.to_owned(),
                received: other.name().to_owned(),
                expected: origin.to_owned(),
            });
        }
        Ok(Some(keys))
    }

    /// Whether the same keys sign, and the same are old.
    pub fn are_those_of(&self, other: &Self) -> bool {
        self.signing_verifiers().eq(other.signing_verifiers()) && self.old == other.old
    }

    /// Adds a new key that signs beside the others.
    ///
    /// # Errors
    /// [`LogKeyError::Random`], [`LogKeyError::Key`].
    pub fn add(&mut self, origin: &str) -> Result<&VerifierKey, LogKeyError> {
        let before = std::mem::replace(&mut self.newest, new_key(origin)?);
        self.beside.push(before);
        Ok(self.newest.verifier())
    }

    /// Ends a key: its private half is dropped, its verifier key stays.
    ///
    /// # Errors
    /// [`LogKeyError::Unknown`], [`LogKeyError::Last`].
    pub fn retire(&mut self, id: &str) -> Result<(), LogKeyError> {
        let is_it = |key: &SigningKey| key.verifier().id().to_string() == id;
        let retired = if is_it(&self.newest) {
            let next = self.beside.pop().ok_or_else(|| LogKeyError::Last(id.to_owned()))?;
            std::mem::replace(&mut self.newest, next)
        } else {
            let place = self.beside.iter().position(is_it).ok_or_else(|| LogKeyError::Unknown(id.to_owned()))?;
            self.beside.remove(place)
        };
        self.old.push(retired.verifier().clone());
        Ok(())
    }

    /// Writes the file anew, on the disk before the old one is gone, readable by its owner alone.
    ///
    /// # Errors
    /// [`LogKeyError::File`].
    pub fn write(&self, path: &Path) -> Result<(), LogKeyError> {
        let signing = self.beside.iter().chain([&self.newest]);
        let signing = signing.map(|key| format!("sign {}\n", key.to_secret_text()));
        let old = self.old.iter().map(|key| format!("old {key}\n"));
        let text: String = std::iter::once(HEAD.to_owned()).chain(signing).chain(old).collect();
        super::kept::replace(path, &text).map_err(|source| LogKeyError::File { path: path.to_owned(), source })
    }

    /// Verifier keys: those that sign, the newest first, then the old ones.
    pub fn verifiers(&self) -> impl Iterator<Item = &VerifierKey> {
        self.signing_verifiers().chain(&self.old)
    }

    /// Verifier keys of those that sign, the newest first.
    pub fn signing_verifiers(&self) -> impl Iterator<Item = &VerifierKey> {
        std::iter::once(&self.newest).chain(self.beside.iter().rev()).map(SigningKey::verifier)
    }

    /// Signs with every key that signs, the newest first.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(&self, checkpoint: &Checkpoint) -> Result<Note, SignError> {
        let mut note = checkpoint.sign(&self.newest)?;
        for key in self.beside.iter().rev() {
            for signature in checkpoint.sign(key)?.signatures() {
                note = note.with(signature.clone())?;
            }
        }
        Ok(note)
    }
}

fn new_key(origin: &str) -> Result<SigningKey, LogKeyError> {
    let seed = random().map_err(LogKeyError::Random)?;
    Ok(SigningKey::new(origin, KeyType::Ed25519, &seed)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_key_is_introduced_and_another_retired() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log-keys.txt");
        assert!(LogKeys::read(&path).unwrap().is_none());
        let mut keys = LogKeys::read_or_make(&path, "log.example/one").unwrap();
        let first = keys.verifiers().next().unwrap().clone();
        assert!(matches!(keys.retire(&first.id().to_string()), Err(LogKeyError::Last(_))));
        let second = keys.add("log.example/one").unwrap().clone();
        let checkpoint = Checkpoint::new("log.example/one", 0, trace_core::log::empty_root()).unwrap();
        let note = keys.sign(&checkpoint).unwrap();
        for key in [&first, &second] {
            assert_eq!(
                note.verify(std::slice::from_ref(key)).unwrap().by.len(),
                1,
                "whoever knows one key can read it"
            );
        }
        keys.retire(&first.id().to_string()).unwrap();
        keys.write(&path).unwrap();
        let keys = LogKeys::read_or_make(&path, "log.example/one").unwrap();
        assert_eq!(keys.verifiers().cloned().collect::<Vec<_>>(), [second, first.clone()]);
        assert_eq!(keys.signing_verifiers().count(), 1);
        assert!(matches!(LogKeys::read_or_make(&path, "log.example/two"), Err(LogKeyError::OtherLog { .. })));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&path, format!("old {first}\n")).unwrap();
        assert!(matches!(LogKeys::read(&path), Err(LogKeyError::NoneSigns { .. })));
        std::fs::write(&path, "# head\nsign nonsense\n").unwrap();
        assert!(matches!(LogKeys::read(&path), Err(LogKeyError::Line { line: 2, .. })));
    }
}
