//! What a reader trusts: the log's name and keys, the witnesses, and how many of them must have cosigned.
//!
//! Owns the judgement of a signed checkpoint. It fetches nothing, and keeps no earlier checkpoint: comparing with one
//! is [`verify_consistency`](super::verify_consistency).

use std::collections::BTreeSet;

use super::checkpoint::{Checkpoint, CheckpointError};
use super::key::{KeyType, VerifierKey};
use super::note::{Note, NoteError, Verified};

/// Whom a reader of checkpoints believes.
///
/// ```
/// use trace_core::log::{Checkpoint, KeyType, Policy, SigningKey, empty_root};
///
/// let key = SigningKey::new("log.example/yiliang", KeyType::Ed25519, &[7; 32])?;
/// let witness = SigningKey::new("witness.example/w1", KeyType::Cosignature, &[9; 32])?;
/// let trusted = (vec![key.verifier().clone()], vec![witness.verifier().clone()]);
/// let policy = Policy::new("log.example/yiliang", trusted.0, trusted.1, 1)?;
///
/// let checkpoint = Checkpoint::new("log.example/yiliang", 0, empty_root())?;
/// let note = checkpoint.sign(&key)?;
/// assert!(policy.verify(&note).is_err(), "no witness yet");
/// let note = note.with(checkpoint.cosign(&witness, 1_763_600_000)?)?;
/// assert_eq!(policy.verify(&note)?.checkpoint, checkpoint);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    origin: String,
    log_keys: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    quorum: usize,
}

/// Why a policy cannot be, or a checkpoint does not satisfy it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A log key of type 4, a witness key of type 1, or no log key at all.
    #[error("a policy wants at least one log key, all of type 1 (Ed25519), and witness keys of type 4 (cosignature)")]
    Keys,
    /// More cosignatures are asked for than there are witnesses.
    #[error("{quorum} cosignatures are asked for, and {witnesses} witnesses are known")]
    Quorum {
        /// How many are asked for.
        quorum: usize,
        /// How many distinct names the witnesses have.
        witnesses: usize,
    },
    /// The note's signatures are wrong, or by nobody known.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint is of another log.
    #[error("the checkpoint is of the log {received:?}, and {expected:?} is trusted")]
    Origin {
        /// The log that is trusted.
        expected: String,
        /// The log that signed.
        received: String,
    },
    /// Witnesses may have signed, but not the log.
    #[error("the checkpoint has no signature by a known key of the log")]
    NotByTheLog,
    /// Too few witnesses cosigned.
    #[error("{received} known witnesses cosigned, and {quorum} are asked for")]
    TooFewWitnesses {
        /// How many distinct ones did.
        received: usize,
        /// How many are asked for.
        quorum: usize,
    },
}

/// A checkpoint that satisfied a [`Policy`], and by whose signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Who signed.
    pub signatures: Verified,
}

impl Policy {
    /// Trusts the log called `origin` under any of `log_keys` (several while it changes its key), if at least `quorum`
    /// of the `witnesses` cosigned. A quorum of 0 asks for no witness.
    ///
    /// # Errors
    /// [`PolicyError::Keys`] or [`PolicyError::Quorum`].
    pub fn new(
        origin: &str,
        log_keys: Vec<VerifierKey>,
        witnesses: Vec<VerifierKey>,
        quorum: usize,
    ) -> Result<Self, PolicyError> {
        let all = |keys: &[VerifierKey], wanted| keys.iter().all(|key| key.key_type() == wanted);
        if log_keys.is_empty() || !all(&log_keys, KeyType::Ed25519) || !all(&witnesses, KeyType::Cosignature) {
            return Err(PolicyError::Keys);
        }
        let names: BTreeSet<&str> = witnesses.iter().map(VerifierKey::name).collect();
        if quorum > names.len() {
            return Err(PolicyError::Quorum { quorum, witnesses: names.len() });
        }
        Ok(Self { origin: origin.to_owned(), log_keys, witnesses, quorum })
    }

    /// Trusts one log by one key whose name is the log's origin, and asks for no witness.
    ///
    /// # Errors
    /// [`PolicyError::Keys`] for a key of type 4.
    pub fn of_log(key: VerifierKey) -> Result<Self, PolicyError> {
        let origin = key.name().to_owned();
        Self::new(&origin, vec![key], Vec::new(), 0)
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The keys that the log may sign with.
    pub fn log_keys(&self) -> &[VerifierKey] {
        &self.log_keys
    }

    /// The keys of the witnesses.
    pub fn witnesses(&self) -> &[VerifierKey] {
        &self.witnesses
    }

    /// How many witnesses must have cosigned.
    pub const fn quorum(&self) -> usize {
        self.quorum
    }

    /// Judges a signed checkpoint. Witnesses are counted by name: two keys of one count once.
    ///
    /// # Errors
    /// [`PolicyError`] that says what is missing or wrong.
    pub fn verify(&self, note: &Note) -> Result<VerifiedCheckpoint, PolicyError> {
        let keys = [&self.log_keys[..], &self.witnesses].concat();
        let signatures = note.verify(&keys)?;
        let checkpoint: Checkpoint = note.text().parse()?;
        if checkpoint.origin() != self.origin {
            let (expected, received) = (self.origin.clone(), checkpoint.origin().to_owned());
            return Err(PolicyError::Origin { expected, received });
        }
        let of_type = |wanted| signatures.by.iter().filter(move |signed| signed.key.key_type() == wanted);
        if of_type(KeyType::Ed25519).next().is_none() {
            return Err(PolicyError::NotByTheLog);
        }
        let cosigned: BTreeSet<&str> = of_type(KeyType::Cosignature).map(|signed| signed.key.name()).collect();
        let received = cosigned.len();
        if received < self.quorum {
            return Err(PolicyError::TooFewWitnesses { received, quorum: self.quorum });
        }
        Ok(VerifiedCheckpoint { checkpoint, signatures })
    }
}
