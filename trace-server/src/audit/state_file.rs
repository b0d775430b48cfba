//! The file of the last audited checkpoint: what an auditor remembers of a log, so that no rewritten history passes.
//!
//! It holds the text of a C2SP tlog-checkpoint, unsigned: `origin`, `size`, `base64(root)`, a line each. Whoever keeps
//! it apart from the log's operator needs no other memory.

use std::path::{Path, PathBuf};

use trace_core::log::Checkpoint;

/// Where the checkpoint is kept.
#[derive(Debug, Clone)]
pub struct StateFile {
    path: PathBuf,
}

/// Why it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// It cannot be read or written.
    #[error("the state file {} cannot be used: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It holds no checkpoint.
    #[error("the state file {} holds no checkpoint ({problem}); it has three lines: origin, size, root", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

impl StateFile {
    /// A file that need not be there yet.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// The last audited checkpoint; `None` before the first audit.
    ///
    /// # Errors
    /// [`StateFileError`].
    pub fn read(&self) -> Result<Option<Checkpoint>, StateFileError> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StateFileError::File { path: self.path.clone(), source }),
        };
        let wrong = |error: trace_core::log::CheckpointError| StateFileError::Text {
            path: self.path.clone(),
            problem: error.to_string(),
        };
        text.parse().map(Some).map_err(wrong)
    }

    /// Writes it anew; after a loss of power the old or the new one is there.
    ///
    /// # Errors
    /// [`StateFileError::File`].
    pub fn write(&self, checkpoint: &Checkpoint) -> Result<(), StateFileError> {
        crate::log::replace_file(&self.path, &checkpoint.to_string())
            .map_err(|source| StateFileError::File { path: self.path.clone(), source })
    }
}
