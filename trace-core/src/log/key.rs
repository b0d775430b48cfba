//! The keys of signed notes: who may sign a checkpoint, in the text forms that configuration and key files hold.
//!
//! It owns names, key ids and the two types of signature that the log uses. It makes no random numbers: a seed comes
//! in as an argument. What is signed is the business of [`Note`](super::Note).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use sha2::{Digest, Sha256};

use super::cosignature;
use super::hash::excerpt;
use super::note::SignedBy;

/// What stands in front of a signing key's text, as in Go's `sumdb/note`.
const SECRET_PREFIX: &str = "PRIVATE+KEY+";

/// The bytes of a key after the type byte, public or seed alike (RFC 8032 section 5.1.5).
const KEY_BYTES: usize = 32;

/// The type byte of a key: which message is signed, and what the signature line carries (C2SP signed-note,
/// "Signature types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyType {
    /// `0x01`: Ed25519 over the note's text. Logs sign with it.
    Ed25519,
    /// `0x04`: Ed25519 over time and text (C2SP tlog-cosignature). Witnesses sign with it.
    Cosignature,
}

impl KeyType {
    /// The type byte.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
        }
    }

    const fn of_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Ed25519),
            0x04 => Some(Self::Cosignature),
            _ => None,
        }
    }
}

/// The first four bytes of `SHA-256(name || 0x0A || type || public key)` (C2SP signed-note, "Signatures").
///
/// It tells which key a signature line is of, and is no proof of anything: four bytes are easily matched.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// Takes the bytes as they stand in a signature line.
    pub const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// The four bytes, big end first.
    pub const fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }

    fn of(name: &str, key_type: KeyType, public_key: &[u8; KEY_BYTES]) -> Self {
        let hasher = Sha256::new().chain_update(name).chain_update([b'\n', key_type.byte()]);
        let digest: [u8; 32] = hasher.chain_update(public_key).finalize().into();
        Self([digest[0], digest[1], digest[2], digest[3]])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text has not the parts of a key.
    #[error("a key is written {expected}, received {received:?}")]
    Shape {
        /// How it is written.
        expected: &'static str,
        /// The text, cut to its first 64 characters; never that of a signing key.
        received: String,
    },
    /// The name cannot stand in a signature line.
    #[error("a key's name has at least one character, and no blank, control character or +; received {received:?}")]
    Name {
        /// The name, cut to its first 64 characters.
        received: String,
    },
    /// The type byte is neither 1 nor 4, or nothing follows it.
    #[error("a key is of type 1 (Ed25519) or 4 (Ed25519 cosignature), received {received:?}")]
    Type {
        /// The type byte; none where the key is empty.
        received: Option<u8>,
    },
    /// The key itself has the wrong length.
    #[error("an Ed25519 key is 32 bytes after its type, received {received}")]
    Length {
        /// How many bytes came.
        received: usize,
    },
    /// The 32 bytes are no point of the curve, or one under which any message has a signature.
    #[error("the 32 bytes are no usable Ed25519 public key")]
    Point,
    /// The key id is not that of the key: a character of the text was changed.
    #[error("the key id is {computed}, and the text says {received}; compare it with where it was published")]
    Id {
        /// What the text gives.
        received: KeyId,
        /// What follows from name, type and key.
        computed: KeyId,
    },
}

/// A public key with its name: what a reader of notes is configured with.
///
/// Its text is `name+<8 hex digits of the key id>+base64(type || public key)` (C2SP signed-note, "Verifier keys"),
/// split at the first two `+`, since base64 may hold more of them.
///
/// ```
/// use trace_core::log::{KeyType, VerifierKey};
///
/// let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
/// let key: VerifierKey = text.parse()?;
/// assert_eq!((key.name(), key.key_type()), ("PeterNeumann", KeyType::Ed25519));
/// assert_eq!(key.id().to_string(), "c74f20a3");
/// assert_eq!(key.to_string(), text);
/// # Ok::<(), trace_core::log::KeyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: KeyId,
    key_type: KeyType,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifierKey {
    /// Names a public key of 32 bytes (RFC 8032 section 5.1.5).
    ///
    /// # Errors
    /// [`KeyError::Name`] or [`KeyError::Point`].
    pub fn new(name: &str, key_type: KeyType, public_key: &[u8; KEY_BYTES]) -> Result<Self, KeyError> {
        check_name(name)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(public_key).map_err(|_| KeyError::Point)?;
        if key.is_weak() {
            return Err(KeyError::Point);
        }
        Ok(Self { name: name.to_owned(), id: KeyId::of(name, key_type, public_key), key_type, key })
    }

    /// The name that signature lines carry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id that signature lines carry.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Which message its signatures are over.
    pub const fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The 32 bytes of the public key.
    pub fn public_key(&self) -> &[u8; KEY_BYTES] {
        self.key.as_bytes()
    }

    /// Checks what follows the key id in a signature line, against a note's text; none where it is no signature of it.
    pub(super) fn check(&self, text: &str, signature: &[u8]) -> Option<SignedBy> {
        let (time, good) = match self.key_type {
            KeyType::Ed25519 => (None, self.verifies(text.as_bytes(), signature)),
            KeyType::Cosignature => {
                let (time, signature) = cosignature::split(signature)?;
                (Some(time), self.verifies(&cosignature::message(time, text), signature))
            }
        };
        good.then(|| SignedBy { key: self.clone(), time })
    }

    /// RFC 8032 section 5.1.7, strict: one signature has one spelling.
    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = ed25519_dalek::Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let shape =
            || KeyError::Shape { expected: "name+<8 hex digits>+base64(type and public key)", received: excerpt(text) };
        let (name, id, key_type, public_key) = read_parts(text, shape)?;
        let key = Self::new(name, key_type, &public_key)?;
        same_id(id, key.id)?;
        Ok(key)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&write_parts(&self.name, self.id, self.key_type, self.public_key()))
    }
}

/// A private key with its name. It is neither displayed nor serialised; [`to_secret_text`](Self::to_secret_text)
/// says by its name what it hands out.
///
/// ```
/// use trace_core::log::{KeyType, SigningKey};
///
/// let key = SigningKey::new("log.example/yiliang", KeyType::Ed25519, &[7; 32])?;
/// let kept = key.to_secret_text();
/// assert!(kept.starts_with("PRIVATE+KEY+log.example/yiliang+"));
/// assert_eq!(SigningKey::from_secret_text(&kept)?.verifier(), key.verifier());
/// # Ok::<(), trace_core::log::KeyError>(())
/// ```
#[derive(Clone)]
pub struct SigningKey {
    verifier: VerifierKey,
    // The library wipes it from memory when it is dropped.
    key: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// Names the key of a 32-byte seed (RFC 8032 section 5.1.5), which must be random and secret.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn new(name: &str, key_type: KeyType, seed: &[u8; KEY_BYTES]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, key_type, key.verifying_key().as_bytes())?;
        Ok(Self { verifier, key })
    }

    /// Reads what [`to_secret_text`](Self::to_secret_text) wrote; the form is that of Go's `sumdb/note`.
    ///
    /// # Errors
    /// [`KeyError`], which never repeats the text.
    pub fn from_secret_text(text: &str) -> Result<Self, KeyError> {
        let shape = || KeyError::Shape {
            expected: "PRIVATE+KEY+name+<8 hex digits>+base64(type and seed)",
            received: "another text, kept secret".to_owned(),
        };
        let parts = text.strip_prefix(SECRET_PREFIX).ok_or_else(shape)?;
        let (name, id, key_type, seed) = read_parts(parts, shape)?;
        let key = Self::new(name, key_type, &seed)?;
        same_id(id, key.verifier.id)?;
        Ok(key)
    }

    /// `PRIVATE+KEY+name+<8 hex digits of the key id>+base64(type || seed)`: the content of a key file.
    pub fn to_secret_text(&self) -> String {
        let VerifierKey { name, id, key_type, .. } = &self.verifier;
        SECRET_PREFIX.to_owned() + &write_parts(name, *id, *key_type, self.key.as_bytes())
    }

    /// The public half.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    pub(super) fn signature_over(&self, message: &[u8]) -> [u8; cosignature::SIGNATURE_BYTES] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

/// C2SP signed-note, "Format": not empty, no Unicode space, no `+`; and a line holds no control character.
pub(super) fn check_name(name: &str) -> Result<(), KeyError> {
    let forbidden = |c: char| c.is_whitespace() || c < ' ' || c == '+';
    if name.is_empty() || name.contains(forbidden) {
        return Err(KeyError::Name { received: excerpt(name) });
    }
    Ok(())
}

type Parts<'a> = (&'a str, KeyId, KeyType, [u8; KEY_BYTES]);

/// `name+hex8+base64(type || 32 bytes)`; `shape` makes the error for a text of another shape.
fn read_parts(text: &str, shape: impl Fn() -> KeyError) -> Result<Parts<'_>, KeyError> {
    let (name, rest) = text.split_once('+').ok_or_else(&shape)?;
    let (id_text, encoded) = rest.split_once('+').ok_or_else(&shape)?;
    check_name(name)?;
    let mut id = [0; 4];
    if id_text.bytes().any(|b| b.is_ascii_uppercase()) || hex::decode_to_slice(id_text, &mut id).is_err() {
        return Err(shape());
    }
    let bytes = STANDARD.decode(encoded).map_err(|_| shape())?;
    let Some((&type_byte, key)) = bytes.split_first() else {
        return Err(KeyError::Type { received: None });
    };
    let key_type = KeyType::of_byte(type_byte).ok_or(KeyError::Type { received: Some(type_byte) })?;
    let key = key.try_into().map_err(|_| KeyError::Length { received: key.len() })?;
    Ok((name, KeyId(id), key_type, key))
}

fn write_parts(name: &str, id: KeyId, key_type: KeyType, key: &[u8; KEY_BYTES]) -> String {
    let mut bytes = vec![key_type.byte()];
    bytes.extend_from_slice(key);
    format!("{name}+{id}+{}", STANDARD.encode(bytes))
}

fn same_id(received: KeyId, computed: KeyId) -> Result<(), KeyError> {
    if received == computed { Ok(()) } else { Err(KeyError::Id { received, computed }) }
}
