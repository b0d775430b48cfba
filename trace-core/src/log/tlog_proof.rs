//! Proof files: an entry's place in the log, its inclusion proof and a signed checkpoint in one text, as C2SP
//! tlog-proof v1, to be checked offline.
//!
//! Owns the format and its verification against a [`Policy`]. The entry itself is not in the file.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Hash;
use super::checkpoint::read_decimal;
use super::hash::excerpt;
use super::note::{NOTE_BYTES_MAX, Note, NoteError};
use super::policy::{Policy, PolicyError, VerifiedCheckpoint};
use super::tree::{SIZE_MAX, leaf_hash};
use super::verify::{VerifyError, verify_inclusion};

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The longest proof, for a tree of [`SIZE_MAX`] entries.
pub(super) const HASHES_MAX: usize = 63;

/// The most bytes of extra data; the format itself sets no limit.
pub const PROOF_EXTRA_BYTES_MAX: usize = 65_536;

/// The most bytes of a proof file: a note and all that may stand before it.
const FILE_BYTES_MAX: usize = NOTE_BYTES_MAX + 2 * PROOF_EXTRA_BYTES_MAX;

/// Why a text is no proof file, or proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// Longer than any proof file.
    #[error("a proof file has at most {FILE_BYTES_MAX} bytes, received {received}")]
    TooLong {
        /// How many bytes came.
        received: usize,
    },
    /// The first line is another.
    #[error("a proof file begins with the line {HEADER}, received {received:?}")]
    Header {
        /// The line, cut to its first 64 characters.
        received: String,
    },
    /// The line of extra data is not base64, or too long.
    #[error("the line of extra data is extra and 1 to 65,536 bytes in padded standard base64, received {received:?}")]
    Extra {
        /// The line, cut to its first 64 characters.
        received: String,
    },
    /// There is no index where one is due.
    #[error("the line before the hashes is index and a decimal number without leading zeros, received {received:?}")]
    Index {
        /// The line, cut to its first 64 characters.
        received: String,
    },
    /// A line between index and blank line is no hash.
    #[error("hash {number} of the proof is 44 characters of padded standard base64, received {received:?}")]
    Hash {
        /// Which of the hashes, from 1.
        number: usize,
        /// The line, cut to its first 64 characters.
        received: String,
    },
    /// More hashes than any tree asks for.
    #[error("a proof has at most 63 hashes, received more")]
    TooManyHashes,
    /// No blank line with a checkpoint after it.
    #[error("after the hashes come a blank line and a checkpoint; the file ends before them")]
    NoCheckpoint,
    /// The checkpoint is no signed note.
    #[error("the checkpoint in the proof file: {0}")]
    Note(#[from] NoteError),
    /// The checkpoint is not believed.
    #[error("the checkpoint in the proof file: {0}")]
    Policy(#[from] PolicyError),
    /// The entry is not where the proof says.
    #[error("the entry is not proven to be number {index} of the log: {cause}")]
    Inclusion {
        /// The index that the file claims, from 0.
        index: u64,
        /// What does not fit.
        cause: VerifyError,
    },
}

/// A proof file, `.tlog-proof`.
///
/// ```
/// use trace_core::log::{
///     Checkpoint, KeyType, Policy, SigningKey, TlogProof, leaf_hash, node_hash, prove_inclusion, read_leaves,
/// };
///
/// let leaves = [leaf_hash(b"plant"), leaf_hash(b"harvest")];
/// let key = SigningKey::new("log.example/yiliang", KeyType::Ed25519, &[7; 32])?;
/// let note = Checkpoint::new("log.example/yiliang", 2, node_hash(leaves[0], leaves[1]))?.sign(&key)?;
/// let proof = TlogProof::new(1, prove_inclusion(1, 2, read_leaves(&leaves))?, note)?;
///
/// let file = proof.to_string();
/// assert!(file.starts_with("c2sp.org/tlog-proof@v1\nindex 1\n"));
/// let policy = Policy::of_log(key.verifier().clone())?;
/// assert_eq!(file.parse::<TlogProof>()?.verify(b"harvest", &policy)?.checkpoint.size(), 2);
/// assert!(proof.verify(b"another harvest", &policy).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    extra: Option<Vec<u8>>,
    index: u64,
    hashes: Vec<Hash>,
    checkpoint: Note,
}

impl TlogProof {
    /// The proof that an entry is number `index`, from 0, of the tree of `checkpoint`.
    ///
    /// # Errors
    /// [`TlogProofError::Index`] beyond [`SIZE_MAX`], or [`TlogProofError::TooManyHashes`].
    pub fn new(index: u64, hashes: Vec<Hash>, checkpoint: Note) -> Result<Self, TlogProofError> {
        if index > SIZE_MAX {
            return Err(TlogProofError::Index { received: index.to_string() });
        }
        if hashes.len() > HASHES_MAX {
            return Err(TlogProofError::TooManyHashes);
        }
        Ok(Self { extra: None, index, hashes, checkpoint })
    }

    /// The same proof with data that nothing authenticates.
    ///
    /// # Errors
    /// [`TlogProofError::Extra`] unless there are 1 to [`PROOF_EXTRA_BYTES_MAX`] bytes.
    pub fn with_extra(self, extra: &[u8]) -> Result<Self, TlogProofError> {
        if extra.is_empty() || extra.len() > PROOF_EXTRA_BYTES_MAX {
            return Err(TlogProofError::Extra { received: excerpt(&format!("{} bytes", extra.len())) });
        }
        Ok(Self { extra: Some(extra.to_vec()), ..self })
    }

    /// Data beside the proof, which nothing authenticates.
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// The entry's number, from 0.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The audit path, from the leaf's sibling up (RFC 6962 section 2.1.1).
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// The signed checkpoint.
    pub const fn checkpoint(&self) -> &Note {
        &self.checkpoint
    }

    /// Checks that `entry`, byte for byte, is in the log that `policy` trusts: first the checkpoint's signatures, then
    /// the way from the entry to its root.
    ///
    /// # Errors
    /// [`TlogProofError::Policy`] or [`TlogProofError::Inclusion`].
    pub fn verify(&self, entry: &[u8], policy: &Policy) -> Result<VerifiedCheckpoint, TlogProofError> {
        let verified = policy.verify(&self.checkpoint)?;
        let (size, root) = (verified.checkpoint.size(), verified.checkpoint.root());
        verify_inclusion(leaf_hash(entry), self.index, size, root, &self.hashes)
            .map_err(|cause| TlogProofError::Inclusion { index: self.index, cause })?;
        Ok(verified)
    }
}

/// Reads hashes, one a line, up to the blank line; gives them and what stands after it.
pub(super) fn read_hashes(text: &str) -> Result<(Vec<Hash>, &str), TlogProofError> {
    let mut hashes = Vec::new();
    let mut rest = text;
    loop {
        let (line, after) = rest.split_once('\n').ok_or(TlogProofError::NoCheckpoint)?;
        if line.is_empty() {
            return Ok((hashes, after));
        }
        if hashes.len() == HASHES_MAX {
            return Err(TlogProofError::TooManyHashes);
        }
        let wrong = |_| TlogProofError::Hash { number: hashes.len() + 1, received: excerpt(line) };
        hashes.push(line.parse().map_err(wrong)?);
        rest = after;
    }
}

impl FromStr for TlogProof {
    type Err = TlogProofError;

    /// Reads a proof file (C2SP tlog-proof, "Format").
    fn from_str(text: &str) -> Result<Self, TlogProofError> {
        if text.len() > FILE_BYTES_MAX {
            return Err(TlogProofError::TooLong { received: text.len() });
        }
        let first = |text| str::split_once(text, '\n').unwrap_or((text, ""));
        let (header, mut rest) = first(text);
        if header != HEADER {
            return Err(TlogProofError::Header { received: excerpt(header) });
        }
        let mut extra = None;
        let (line, after) = first(rest);
        if let Some(encoded) = line.strip_prefix("extra ") {
            let wrong = || TlogProofError::Extra { received: excerpt(line) };
            let bytes = STANDARD.decode(encoded).map_err(|_| wrong())?;
            if bytes.is_empty() || bytes.len() > PROOF_EXTRA_BYTES_MAX {
                return Err(wrong());
            }
            (extra, rest) = (Some(bytes), after);
        }
        let (line, rest) = first(rest);
        let index = line.strip_prefix("index ").and_then(read_decimal).filter(|index| *index <= SIZE_MAX);
        let index = index.ok_or_else(|| TlogProofError::Index { received: excerpt(line) })?;
        let (hashes, note) = read_hashes(rest)?;
        Ok(Self { extra, index, hashes, checkpoint: note.parse()? })
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
