//! Sealing under a party's key: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with a random nonce of 24 bytes, bound
//! to the place where the sealed bytes are kept.
//!
//! It deliberately draws no nonce; randomness comes in as an argument.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use trace_core::id::RecordId;

/// Bytes of a nonce: so many that random ones never meet.
pub const NONCE_BYTES: usize = 24;

/// Values are filled up to a multiple of this, so that the length of a name is not told by that of its seal.
const BLOCK_BYTES: usize = 128;

/// Why sealed bytes cannot be opened.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CipherError {
    /// They were changed, moved to another place, or sealed under another key.
    #[error(
        "the sealed bytes do not open under the party's key: they were changed, moved, or sealed under another key"
    )]
    Foreign,
    /// What was sealed is not what should stand there.
    #[error("what was sealed cannot be read: {0}")]
    Content(String),
    /// The value cannot be sealed.
    #[error("the value cannot be sealed: {0}")]
    Value(String),
}

/// The key of one party. It shows itself to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct PartyKey([u8; 32]);

impl fmt::Debug for PartyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartyKey(..)")
    }
}

impl PartyKey {
    /// A key out of 32 random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the key store alone.
    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Nonce and ciphertext of a value's JSON. `place` is not stored and must be given again for opening.
    ///
    /// # Errors
    /// [`CipherError::Value`] for a value without JSON.
    pub fn seal(&self, place: &str, nonce: [u8; NONCE_BYTES], value: &impl Serialize) -> Result<Vec<u8>, CipherError> {
        let mut text = serde_json::to_vec(value).map_err(|error| CipherError::Value(error.to_string()))?;
        // Spaces after a JSON text mean nothing (RFC 8259 section 2).
        text.resize(text.len().next_multiple_of(BLOCK_BYTES), b' ');
        let payload = Payload { msg: &text, aad: place.as_bytes() };
        let cipher = XChaCha20Poly1305::new(&self.0.into());
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| CipherError::Value("it is too long".to_owned()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// The value that was sealed at this place.
    ///
    /// # Errors
    /// [`CipherError::Foreign`], [`CipherError::Content`].
    pub fn open<T: DeserializeOwned>(&self, place: &str, sealed: &[u8]) -> Result<T, CipherError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(CipherError::Foreign)?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        let cipher = XChaCha20Poly1305::new(&self.0.into());
        let text = cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| CipherError::Foreign)?;
        serde_json::from_slice(&text).map_err(|error| CipherError::Content(error.to_string()))
    }

    fn mark(&self, digest: RecordId) -> RecordId {
        // HMAC takes a key of any length (RFC 2104), so this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return digest };
        mac.update(b"tianma-trace/request/1\n");
        mac.update(digest.as_bytes());
        RecordId::from_bytes(mac.finalize().into_bytes().into())
    }
}

/// The digest of a request that holds personal values, under the keys of all its parties: without any one of them the
/// stored digest cannot be compared with a guess of what was sent.
pub fn marked<'a>(digest: RecordId, keys: impl IntoIterator<Item = &'a PartyKey>) -> RecordId {
    keys.into_iter().fold(digest, |digest, key| key.mark(digest))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn only_key_and_place_together_open() {
        let (key, other) = (PartyKey::from_bytes([1; 32]), PartyKey::from_bytes([2; 32]));
        let value = json!({"name": "王五"});
        let sealed = key.seal("here", [9; NONCE_BYTES], &value).unwrap();
        assert_eq!(key.open::<Value>("here", &sealed).unwrap(), value);
        assert!(matches!(key.open::<Value>("there", &sealed), Err(CipherError::Foreign)));
        assert!(matches!(other.open::<Value>("here", &sealed), Err(CipherError::Foreign)));
        for at in [0, NONCE_BYTES, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(matches!(key.open::<Value>("here", &changed), Err(CipherError::Foreign)), "byte {at}");
        }
        assert!(matches!(key.open::<Value>("here", &sealed[..10]), Err(CipherError::Foreign)));
        assert!(matches!(key.open::<u8>("here", &sealed), Err(CipherError::Content(_))));
    }

    #[test]
    fn lengths_tell_nothing_and_nonces_differ() {
        let key = PartyKey::from_bytes([1; 32]);
        let length = |name: &str| key.seal("", [0; NONCE_BYTES], &json!({"name": name})).unwrap().len();
        assert_eq!(length("王五"), length("欧阳明月"));
        assert_eq!(length("王五"), NONCE_BYTES + BLOCK_BYTES + 16);
        assert_ne!(key.seal("", [0; NONCE_BYTES], &1).unwrap(), key.seal("", [1; NONCE_BYTES], &1).unwrap());
        assert_eq!(format!("{key:?}"), "PartyKey(..)");
    }

    #[test]
    fn a_digest_is_marked_by_every_key() {
        let (one, two) = (PartyKey::from_bytes([1; 32]), PartyKey::from_bytes([2; 32]));
        let digest = RecordId::of(b"request");
        assert_eq!(marked(digest, []), digest);
        assert_ne!(marked(digest, [&one]), digest);
        assert_ne!(marked(digest, [&one, &two]), marked(digest, [&one]));
        assert_eq!(marked(digest, [&one, &two]), marked(digest, [&one, &two]));
    }
}
