//! Cosignatures: a witness's word that, at a time, a checkpoint was the newest and consistent one it had seen.
//!
//! Owns the signed message and the payload of C2SP tlog-cosignature v1, Ed25519 type. It reads no clock, and whether a
//! time lies too far in the past or future is for the caller to judge.

use super::checkpoint::Checkpoint;
use super::key::{KeyType, SigningKey};
use super::note::{NoteSignature, SignError};

/// Ed25519 signatures (RFC 8032 section 5.1.6).
pub(super) const SIGNATURE_BYTES: usize = 64;

/// The latest time that a cosignature may carry, in seconds since 1970 (C2SP tlog-cosignature, "Format").
pub const COSIGNATURE_TIME_MAX: u64 = i64::MAX as u64;

/// The bytes that are signed: `cosignature/v1`, `time T`, and the whole text of the note (C2SP tlog-cosignature,
/// "Ed25519 signed message"). `time` is in seconds since 1970.
pub(super) fn message(time: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}

/// Splits a payload of 8 bytes of time, big end first, and the signature.
pub(super) fn split(payload: &[u8]) -> Option<(u64, &[u8])> {
    let (time, signature) = payload.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    (time <= COSIGNATURE_TIME_MAX && signature.len() == SIGNATURE_BYTES).then_some((time, signature))
}

impl Checkpoint {
    /// Cosigns it as a witness, at `time` in seconds since 1970 (C2SP tlog-cosignature, "Format").
    ///
    /// Whoever calls this states that the checkpoint is consistent with every earlier one of that origin that the key
    /// cosigned; checking it comes first.
    ///
    /// ```
    /// use trace_core::log::{Checkpoint, KeyType, Note, SigningKey, empty_root};
    ///
    /// let checkpoint = Checkpoint::new("log.example/yiliang", 0, empty_root())?;
    /// let witness = SigningKey::new("witness.example/w1", KeyType::Cosignature, &[9; 32])?;
    /// let line = checkpoint.cosign(&witness, 1_763_600_000)?;
    /// let note = Note::new(checkpoint.to_string(), vec![line])?;
    /// let verified = note.verify(&[witness.verifier().clone()])?;
    /// assert_eq!(verified.by[0].time, Some(1_763_600_000));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SignError`] where the key is not of type 4, or the time is beyond [`COSIGNATURE_TIME_MAX`].
    pub fn cosign(&self, key: &SigningKey, time: u64) -> Result<NoteSignature, SignError> {
        if key.verifier().key_type() != KeyType::Cosignature {
            return Err(SignError::KeyType { wanted: KeyType::Cosignature, received: key.verifier().key_type() });
        }
        if time > COSIGNATURE_TIME_MAX {
            return Err(SignError::Time { received: time });
        }
        let mut payload = time.to_be_bytes().to_vec();
        payload.extend(key.signature_over(&message(time, &self.to_string())));
        Ok(NoteSignature::of(key.verifier(), payload))
    }
}
