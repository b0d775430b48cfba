//! Checkpoints: origin, size and root of the tree as the text of a note, as C2SP tlog-checkpoint v1.
//!
//! Owns the three lines and the extension lines after them. Keeping checkpoints, and refusing to sign one that forks
//! the log, is the signer's business.

use std::fmt;
use std::str::FromStr;

use super::Hash;
use super::hash::excerpt;
use super::key::SigningKey;
use super::note::{Note, SignError};
use super::tree::{SIZE_MAX, empty_root};

/// Why a text is no checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// There are not at least three lines that end in newlines.
    #[error("a checkpoint is three lines, origin, size and root, each ending in a newline; received {received:?}")]
    Shape {
        /// The text, cut to its first 64 characters.
        received: String,
    },
    /// The first line is empty or holds a control character.
    #[error("a checkpoint's origin is one line that is not empty, received {received:?}")]
    Origin {
        /// The line, cut to its first 64 characters.
        received: String,
    },
    /// The second line is no size.
    #[error("a checkpoint's size is a decimal number without leading zeros up to 2^63 - 1, received {received:?}")]
    Size {
        /// The line, cut to its first 64 characters.
        received: String,
    },
    /// The third line is no hash.
    #[error("a checkpoint's root is 44 characters of padded standard base64, received {received:?}")]
    Root {
        /// The line, cut to its first 64 characters.
        received: String,
    },
    /// The size is 0 and the root is that of no empty tree.
    #[error("the tree of size 0 has the root {}, received {received}", empty_root())]
    EmptyRoot {
        /// The root that was given.
        received: Hash,
    },
    /// A line after the third is empty or holds a control character.
    #[error("line {line} of the checkpoint is empty or holds a control character")]
    Extension {
        /// Its number, from 1.
        line: usize,
    },
}

/// The head of a log: its name, the number of entries, and the root over them.
///
/// Its text is the text of the note that the log signs.
///
/// ```
/// use trace_core::log::{Checkpoint, KeyType, SigningKey, empty_root};
///
/// let checkpoint = Checkpoint::new("log.example/yiliang", 0, empty_root())?;
/// assert_eq!(
///     checkpoint.to_string(),
///     "log.example/yiliang\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
/// );
/// let key = SigningKey::new("log.example/yiliang", KeyType::Ed25519, &[7; 32])?;
/// let note = checkpoint.sign(&key)?;
/// note.verify(&[key.verifier().clone()])?;
/// assert_eq!(note.text().parse::<Checkpoint>()?, checkpoint);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// The head of the log called `origin`, without extension lines.
    ///
    /// # Errors
    /// [`CheckpointError::Origin`], [`CheckpointError::Size`] or [`CheckpointError::EmptyRoot`].
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        if !is_line(origin) {
            return Err(CheckpointError::Origin { received: excerpt(origin) });
        }
        if size > SIZE_MAX {
            return Err(CheckpointError::Size { received: size.to_string() });
        }
        if size == 0 && root != empty_root() {
            return Err(CheckpointError::EmptyRoot { received: root });
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions: Vec::new() })
    }

    /// The name of the log.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The number of entries.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root over the first [`size`](Self::size) entries.
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// Lines after the third. Logs should not write any, since nobody audits them; a reader keeps them, because the
    /// signature is over them too.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// Signs it as the log, with a key of type 1.
    ///
    /// # Errors
    /// [`SignError::KeyType`] for a key of another type.
    pub fn sign(&self, key: &SigningKey) -> Result<Note, SignError> {
        Note::sign(self.to_string(), key)
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    /// Reads the text of a note (C2SP tlog-checkpoint, "Note text").
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let shape = || CheckpointError::Shape { received: excerpt(text) };
        let mut lines = text.strip_suffix('\n').ok_or_else(shape)?.split('\n');
        let (Some(origin), Some(size_text), Some(root_text)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(shape());
        };
        let size = read_decimal(size_text).filter(|size| *size <= SIZE_MAX);
        let size = size.ok_or_else(|| CheckpointError::Size { received: excerpt(size_text) })?;
        let root = root_text.parse().map_err(|_| CheckpointError::Root { received: excerpt(root_text) })?;
        let mut checkpoint = Self::new(origin, size, root)?;
        for (line, extension) in (4..).zip(lines) {
            if !is_line(extension) {
                return Err(CheckpointError::Extension { line });
            }
            checkpoint.extensions.push(extension.to_owned());
        }
        Ok(checkpoint)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A line of a checkpoint's text: not empty, and no control character (C2SP signed-note, "Format").
fn is_line(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte >= 0x20)
}

/// A number in its only spelling: ASCII digits, no sign, no leading zero but for 0 itself.
pub(super) fn read_decimal(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}
