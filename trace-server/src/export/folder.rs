//! The folder of a static copy: whose it is, and how files come into it.
//!
//! A file is written beside its place and then put there, so that a copy that is served while it is brought up to date
//! shows whole files. A file that says the same is left alone, for those who send the folder on by what changed.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use trace_core::time::ReceivedAt;

/// Name of the file by which a former copy is known.
const STAMP: &str = "static-copy.json";

/// What the stamp says it is.
const SCHEMA: &str = "tianma-trace/static-copy/1";

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file cannot be read or written.
    #[error("{} cannot be used: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something else lies there.
    #[error(
        "{} is not empty and holds no former copy (found {found}); name an empty folder, or one that export pages wrote",
        path.display()
    )]
    NotEmpty {
        /// The folder.
        path: PathBuf,
        /// One of the things in it.
        found: String,
    },
    /// The copy of another ledger lies there.
    #[error("{} holds a copy of the log {found}, this is the log {wanted}; name another folder", path.display())]
    OtherLog {
        /// The folder.
        path: PathBuf,
        /// Whose copy it is.
        found: String,
        /// Whose it would become.
        wanted: String,
    },
}

/// What `static-copy.json` says of the copy.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stamp {
    schema: String,
    origin: String,
    exported_at: String,
    /// Whether it was written to its end.
    complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<String>,
}

impl Stamp {
    /// Of a copy that begins.
    pub fn new(origin: &str, at: ReceivedAt) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            origin: origin.to_owned(),
            exported_at: at.to_string(),
            complete: false,
            size: None,
            root: None,
        }
    }

    /// Of one that is whole, with the log's size and root.
    pub fn finish(&mut self, size: u64, root: String) {
        self.complete = true;
        self.size = Some(size);
        self.root = Some(root);
    }
}

/// The folder.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Takes a folder that is empty, does not exist, or holds a former copy of the same log, and stamps it as unfinished.
    /// True if it held one.
    pub fn open(path: &Path, stamp: &Stamp) -> Result<(Self, bool), FolderError> {
        let folder = Self { path: path.to_owned() };
        fs::create_dir_all(path).map_err(|source| FolderError::File { path: path.to_owned(), source })?;
        let former = match fs::read(path.join(STAMP)) {
            Ok(bytes) => serde_json::from_slice::<Stamp>(&bytes).ok().filter(|stamp| stamp.schema == SCHEMA),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(source) => return Err(folder.failed(STAMP, source)),
        };
        match &former {
            Some(former) if former.origin != stamp.origin => {
                return Err(FolderError::OtherLog {
                    path: path.to_owned(),
                    found: former.origin.clone(),
                    wanted: stamp.origin.clone(),
                });
            }
            Some(_) => {}
            None => {
                let mut within = fs::read_dir(path).map_err(|source| folder.failed("", source))?;
                if let Some(found) = within.next() {
                    let found = found.map_err(|source| folder.failed("", source))?;
                    let found = found.file_name().to_string_lossy().into_owned();
                    return Err(FolderError::NotEmpty { path: path.to_owned(), found });
                }
            }
        }
        folder.stamp(stamp)?;
        Ok((folder, former.is_some()))
    }

    /// Where a place of the copy is.
    pub fn at(&self, place: &str) -> PathBuf {
        self.path.join(place)
    }

    pub fn stamp(&self, stamp: &Stamp) -> Result<(), FolderError> {
        let text = serde_json::to_string_pretty(stamp).map_err(|error| self.failed(STAMP, error.into()))?;
        self.write(STAMP, format!("{text}\n").as_bytes())
    }

    /// Puts a file in its place.
    pub fn write(&self, place: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let path = self.at(place);
        if fs::metadata(&path).is_ok_and(|known| known.len() == bytes.len() as u64)
            && fs::read(&path).is_ok_and(|known| known == bytes)
        {
            return Ok(());
        }
        let put = || {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let beside = path.with_file_name(".unfinished");
            let mut file = fs::File::create(&beside)?;
            file.write_all(bytes)?;
            drop(file);
            fs::rename(&beside, &path)
        };
        put().map_err(|source| self.failed(place, source))
    }

    /// Puts a whole folder that was written beside it in the place of another.
    pub fn replace(&self, place: &str, by: &str) -> Result<(), FolderError> {
        let former = format!("{place}.former");
        self.clear(&former)?;
        match fs::rename(self.at(place), self.at(&former)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(self.failed(place, error)),
            _ => {}
        }
        fs::rename(self.at(by), self.at(place)).map_err(|source| self.failed(place, source))?;
        self.clear(&former)
    }

    /// Removes a folder of ours with all that is in it.
    pub fn clear(&self, place: &str) -> Result<(), FolderError> {
        match fs::remove_dir_all(self.at(place)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.failed(place, error)),
            _ => Ok(()),
        }
    }

    pub fn failed(&self, place: &str, source: std::io::Error) -> FolderError {
        FolderError::File { path: self.at(place), source }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn stamp(origin: &str) -> Stamp {
        Stamp::new(origin, ReceivedAt::EPOCH)
    }

    #[test]
    fn only_an_empty_folder_or_a_former_copy_of_the_same_log_is_taken() {
        let place = tempfile::tempdir().unwrap();
        let new = place.path().join("a/copy");
        assert!(!Folder::open(&new, &stamp("one")).unwrap().1, "a folder that did not exist");
        assert!(Folder::open(&new, &stamp("one")).unwrap().1, "an unfinished copy is taken up");
        let other = Folder::open(&new, &stamp("two")).err().unwrap();
        assert!(other.to_string().contains("holds a copy of the log one, this is the log two"), "{other}");
        let full = place.path().join("full");
        fs::create_dir(&full).unwrap();
        fs::write(full.join("thesis.txt"), "years of work").unwrap();
        let refused = Folder::open(&full, &stamp("one")).err().unwrap();
        assert!(refused.to_string().contains("thesis.txt"), "{refused}");
        assert_eq!(fs::read_dir(&full).unwrap().count(), 1, "nothing is written into it");
        fs::write(full.join(STAMP), "{}").unwrap();
        assert!(Folder::open(&full, &stamp("one")).is_err(), "a stamp that is none");
    }

    #[test]
    fn a_file_that_says_the_same_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let (folder, _) = Folder::open(place.path(), &stamp("one")).unwrap();
        folder.write("b/x/index.html", b"one").unwrap();
        let before = fs::metadata(folder.at("b/x/index.html")).unwrap().modified().unwrap();
        folder.write("b/x/index.html", b"one").unwrap();
        assert_eq!(fs::metadata(folder.at("b/x/index.html")).unwrap().modified().unwrap(), before);
        folder.write("b/x/index.html", b"two").unwrap();
        assert_eq!(fs::read(folder.at("b/x/index.html")).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.at("b/x")).unwrap().count(), 1, "nothing is left beside it");
    }
}
