//! Talking with a witness: the request that asks it to cosign, and what its answers mean, as C2SP tlog-witness v1.
//!
//! Owns bodies and their reading. It opens no connection and decides nothing about waiting or trying again.

use std::fmt;
use std::str::FromStr;

use super::Hash;
use super::checkpoint::read_decimal;
use super::hash::excerpt;
use super::key::VerifierKey;
use super::note::{Note, NoteError, NoteSignature, SignedBy, read_lines};
use super::tlog_proof::{HASHES_MAX, TlogProofError, read_hashes};
use super::tree::SIZE_MAX;

/// The content type of a 409 that tells the size which the witness holds.
pub const WITNESS_SIZE_TYPE: &str = "text/x.tlog.size";

/// Why a text is no request to cosign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddCheckpointError {
    /// The first line is not the old size.
    #[error("a request begins with old and a decimal number without leading zeros, received {received:?}")]
    OldSize {
        /// The line, cut to its first 64 characters.
        received: String,
    },
    /// The lines after it are no proof with a blank line after it.
    #[error("the consistency proof: {0}")]
    Proof(TlogProofError),
    /// The rest is no signed note.
    #[error("the checkpoint: {0}")]
    Note(#[from] NoteError),
}

/// The body of `POST <submission prefix>/add-checkpoint`.
///
/// ```
/// use trace_core::log::{AddCheckpoint, Checkpoint, KeyType, SigningKey, leaf_hash};
///
/// let key = SigningKey::new("log.example/yiliang", KeyType::Ed25519, &[7; 32])?;
/// let note = Checkpoint::new("log.example/yiliang", 1, leaf_hash(b"plant"))?.sign(&key)?;
/// let request = AddCheckpoint::new(0, Vec::new(), note)?;
/// assert!(request.to_string().starts_with("old 0\n\nlog.example/yiliang\n1\n"));
/// assert_eq!(request.to_string().parse::<AddCheckpoint>()?, request);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    old_size: u64,
    proof: Vec<Hash>,
    checkpoint: Note,
}

impl AddCheckpoint {
    /// Asks to cosign `checkpoint`, with the proof from the size that the witness cosigned last (0 if none).
    ///
    /// # Errors
    /// [`AddCheckpointError::OldSize`] or [`AddCheckpointError::Proof`] for what no tree has.
    pub fn new(old_size: u64, proof: Vec<Hash>, checkpoint: Note) -> Result<Self, AddCheckpointError> {
        if old_size > SIZE_MAX {
            return Err(AddCheckpointError::OldSize { received: old_size.to_string() });
        }
        if proof.len() > HASHES_MAX {
            return Err(AddCheckpointError::Proof(TlogProofError::TooManyHashes));
        }
        Ok(Self { old_size, proof, checkpoint })
    }

    /// The size that the witness is thought to have cosigned last.
    pub const fn old_size(&self) -> u64 {
        self.old_size
    }

    /// The consistency proof from that size (RFC 6962 section 2.1.2).
    pub fn proof(&self) -> &[Hash] {
        &self.proof
    }

    /// The signed checkpoint.
    pub const fn checkpoint(&self) -> &Note {
        &self.checkpoint
    }
}

impl FromStr for AddCheckpoint {
    type Err = AddCheckpointError;

    /// Reads a request as a witness receives it (C2SP tlog-witness, "add-checkpoint").
    fn from_str(text: &str) -> Result<Self, AddCheckpointError> {
        let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
        let old_size = line.strip_prefix("old ").and_then(read_decimal).filter(|size| *size <= SIZE_MAX);
        let old_size = old_size.ok_or_else(|| AddCheckpointError::OldSize { received: excerpt(line) })?;
        let (proof, note) = read_hashes(rest).map_err(AddCheckpointError::Proof)?;
        Ok(Self { old_size, proof, checkpoint: note.parse()? })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// What a witness said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WitnessAnswer {
    /// 200: signature lines, not verified yet: see [`take_cosignature`].
    Cosigned(Vec<NoteSignature>),
    /// 409 with a size: it holds another one than `old`. Prove from that size, and ask again; if it is larger than the
    /// checkpoint's, another signer is ahead.
    Holds {
        /// The size that it cosigned last.
        size: u64,
    },
    /// 409 without a size. At the same size it holds another root: the log was forked.
    Conflict,
    /// 404: it does not know the log's origin.
    UnknownLog,
    /// 403: it trusts none of the keys that signed.
    UntrustedKey,
    /// 422: the consistency proof does not lead from its root to this one.
    Inconsistent,
    /// Anything else, the refusals of a broken request (400) and of an overloaded witness among them.
    Other {
        /// The HTTP status.
        status: u16,
        /// The start of the body, for the operator's log; it comes from a stranger.
        excerpt: String,
    },
}

impl WitnessAnswer {
    /// Reads an answer (C2SP tlog-witness, "add-checkpoint"). Any bytes have a meaning; those that break the rules are
    /// [`Other`](Self::Other).
    ///
    /// ```
    /// use trace_core::log::WitnessAnswer;
    ///
    /// let answer = WitnessAnswer::read(409, Some("text/x.tlog.size"), b"20852014\n");
    /// assert_eq!(answer, WitnessAnswer::Holds { size: 20_852_014 });
    /// ```
    pub fn read(status: u16, content_type: Option<&str>, body: &[u8]) -> Self {
        let other = || Self::Other { status, excerpt: excerpt(&String::from_utf8_lossy(body)) };
        let text = str::from_utf8(body).ok();
        match status {
            200 => text.and_then(|text| read_lines(text).ok()).map_or_else(other, Self::Cosigned),
            409 if content_type.is_some_and(is_size_type) => {
                let size = text.and_then(|text| read_decimal(text.strip_suffix('\n')?));
                size.filter(|size| *size <= SIZE_MAX).map_or_else(other, |size| Self::Holds { size })
            }
            409 => Self::Conflict,
            404 => Self::UnknownLog,
            403 => Self::UntrustedKey,
            422 => Self::Inconsistent,
            _ => other(),
        }
    }
}

/// A content type may carry parameters, and is written in either case (RFC 9110 section 8.3.1).
fn is_size_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(WITNESS_SIZE_TYPE)
}

/// Picks the cosignature of `witness` out of its answer and verifies it over `checkpoint`; lines of other keys are
/// ignored. Add the line to what is published with [`Note::with`].
///
/// # Errors
/// [`NoteError::NoKnownKey`] where no line is of that key, [`NoteError::BadSignature`] where one is not good.
pub fn take_cosignature(
    checkpoint: &Note,
    lines: &[NoteSignature],
    witness: &VerifierKey,
) -> Result<(NoteSignature, SignedBy), NoteError> {
    let own = |line: &&NoteSignature| line.id() == witness.id() && line.name() == witness.name();
    let signers = || excerpt(&lines.iter().map(NoteSignature::name).collect::<Vec<_>>().join(", "));
    let line = lines.iter().find(own).ok_or_else(|| NoteError::NoKnownKey { signers: signers() })?;
    let note = Note::new(checkpoint.text().to_owned(), vec![line.clone()])?;
    let verified = note.verify(std::slice::from_ref(witness))?;
    let signed = verified.by.into_iter().next().ok_or_else(|| NoteError::NoKnownKey { signers: signers() })?;
    Ok((line.clone(), signed))
}
