//! One SHA-256 value of the tree, with its two spellings.
//!
//! Computing it is the business of [`tree`](super::leaf_hash).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The number of bytes of a SHA-256 value.
const HASH_SIZE: usize = 32;

/// A leaf hash, node hash or root: 32 bytes of SHA-256.
///
/// It is displayed, parsed and serialised as padded standard base64 (RFC 4648 section 4), which is how
/// C2SP checkpoints and proofs write it.
///
/// ```
/// use trace_core::log::{Hash, empty_root};
///
/// let root = empty_root();
/// assert_eq!(root.to_string(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
/// assert_eq!(root.to_string().parse::<Hash>()?, root);
/// assert_eq!(Hash::from_hex(&root.to_hex())?, root);
/// # Ok::<(), trace_core::log::HashError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; HASH_SIZE]);

/// Why a text or a run of bytes is no [`Hash`](struct@Hash).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// A run of bytes of the wrong length.
    #[error("a hash is 32 bytes, received {received}")]
    Length {
        /// How many bytes came.
        received: usize,
    },
    /// The text is no canonical base64.
    #[error("a hash is 44 characters of padded standard base64, received {received:?}")]
    Base64 {
        /// The text, cut to its first 64 characters.
        received: String,
    },
    /// The text is not hexadecimal.
    #[error("a hash is 64 lower-case hex digits, received {received:?}")]
    Hex {
        /// The text, cut to its first 64 characters.
        received: String,
    },
}

impl Hash {
    /// Takes 32 bytes as they are.
    pub const fn from_bytes(bytes: [u8; HASH_SIZE]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; HASH_SIZE] {
        &self.0
    }

    /// Reads 64 lower-case hex digits.
    ///
    /// # Errors
    /// [`HashError::Hex`] for anything else, upper case included: one value has one spelling.
    pub fn from_hex(text: &str) -> Result<Self, HashError> {
        let wrong = || HashError::Hex { received: excerpt(text) };
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(wrong());
        }
        let mut bytes = [0; HASH_SIZE];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| wrong())?;
        Ok(Self(bytes))
    }

    /// 64 lower-case hex digits.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// 44 characters of padded standard base64 (RFC 4648 section 4).
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }
}

/// The start of a text that was refused, so that a message stays short whatever came.
pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(64).collect()
}

impl TryFrom<&[u8]> for Hash {
    type Error = HashError;

    fn try_from(bytes: &[u8]) -> Result<Self, HashError> {
        let bytes = bytes.try_into().map_err(|_| HashError::Length { received: bytes.len() })?;
        Ok(Self(bytes))
    }
}

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        let wrong = || HashError::Base64 { received: excerpt(text) };
        let bytes = STANDARD.decode(text).map_err(|_| wrong())?;
        Self::try_from(bytes.as_slice()).map_err(|_| wrong())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_base64())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({})", self.to_hex())
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64())
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn one_value_has_one_spelling() {
        let hash = Hash::from_bytes([0xab; 32]);
        assert!(Hash::from_hex(&hash.to_hex().to_uppercase()).is_err());
        assert!(Hash::from_hex(&hash.to_hex()[2..]).is_err());
        let base64 = hash.to_base64();
        assert!(base64.trim_end_matches('=').parse::<Hash>().is_err(), "unpadded");
        // The last character before the padding carries two bits that must be zero.
        assert!(base64.replace("s=", "t=").parse::<Hash>().is_err(), "trailing bits");
        assert_eq!(Hash::try_from(&[0_u8; 31][..]), Err(HashError::Length { received: 31 }));
    }

    #[test]
    fn serde_is_base64() {
        let hash = Hash::from_bytes([1; 32]);
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(json, format!("\"{hash}\""));
        assert_eq!(serde_json::from_str::<Hash>(&json).unwrap(), hash);
        assert!(serde_json::from_str::<Hash>("\"AA==\"").is_err());
    }
}
