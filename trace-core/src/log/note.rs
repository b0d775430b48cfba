//! Signed notes: a text and the signatures under it, byte for byte as C2SP signed-note v1.
//!
//! Owns reading, writing, signing and verifying. What the text means is the business of
//! [`Checkpoint`](super::Checkpoint); how many signatures are enough, that of [`Policy`](super::Policy).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::cosignature::COSIGNATURE_TIME_MAX;
use super::hash::excerpt;
use super::key::{KeyId, KeyType, SigningKey, VerifierKey, check_name};

/// The most bytes of a note: Go's `sumdb/note` reads as many.
pub const NOTE_BYTES_MAX: usize = 1_000_000;

/// The most signatures of a note. C2SP signed-note asks for at least 16; more are room for witnesses and keys in
/// change.
pub const NOTE_SIGNATURES_MAX: usize = 64;

/// Em dash and space, with which a signature line begins.
const LINE_START: &str = "\u{2014} ";

/// Why bytes are no note, or a note is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than [`NOTE_BYTES_MAX`].
    #[error("a note has at most 1,000,000 bytes, received {received}")]
    TooLong {
        /// How many bytes came.
        received: usize,
    },
    /// The bytes are not UTF-8.
    #[error("a note is UTF-8, and byte {at} is not")]
    Utf8 {
        /// The first wrong byte's place, from 0.
        at: usize,
    },
    /// A control character other than the newline.
    #[error("a note holds no control characters, and byte {at} is {received:#04x}")]
    Control {
        /// The place, from 0.
        at: usize,
        /// The byte.
        received: u8,
    },
    /// The text does not end in a newline.
    #[error("a note's text ends in a newline")]
    TextEnd,
    /// There is no blank line with signatures after it.
    #[error("a note is a text, a blank line, and signature lines that end in newlines")]
    Shape,
    /// A line after the blank one is no signature.
    #[error("signature {line} is written \u{2014} name base64(key id and signature), received {received:?}")]
    Signature {
        /// Which of the signature lines, from 1.
        line: usize,
        /// The line, cut to its first 64 characters.
        received: String,
    },
    /// More than [`NOTE_SIGNATURES_MAX`] signatures.
    #[error("a note has at most 64 signatures, received {received}")]
    TooMany {
        /// How many came.
        received: usize,
    },
    /// A signature by a known key that is not that key's signature over this text.
    #[error("the signature by {name} ({id}) is not over this text")]
    BadSignature {
        /// The key's name.
        name: String,
        /// The key's id.
        id: KeyId,
    },
    /// Two known keys share name and id, so that it cannot be told whose a signature is.
    #[error("two different keys are called {name} with the id {id}")]
    Ambiguous {
        /// The common name.
        name: String,
        /// The common id.
        id: KeyId,
    },
    /// No known key signed.
    #[error("none of the known keys signed this note; its signatures are by: {signers}")]
    NoKnownKey {
        /// The names that the lines carry, joined by commas, cut to 64 characters.
        signers: String,
    },
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key signs another kind of message.
    #[error("a key of type {} is wanted here, received one of type {}", .wanted.byte(), .received.byte())]
    KeyType {
        /// The type that signs such a message.
        wanted: KeyType,
        /// The key's type.
        received: KeyType,
    },
    /// The time does not fit.
    #[error("a cosignature's time is at most {COSIGNATURE_TIME_MAX} s, received {received}")]
    Time {
        /// The time that was given, in seconds since 1970.
        received: u64,
    },
    /// The text cannot be that of a note.
    #[error(transparent)]
    Text(#[from] NoteError),
}

/// One signature line: by whom, and the bytes. Reading one verifies nothing.
///
/// Its text is the line without its newline.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NoteSignature {
    name: String,
    id: KeyId,
    signature: Vec<u8>,
}

impl NoteSignature {
    pub(super) fn of(key: &VerifierKey, signature: Vec<u8>) -> Self {
        Self { name: key.name().to_owned(), id: key.id(), signature }
    }

    /// The name of the key that it claims to be by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the key that it claims to be by.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// What follows the key id: a signature, or the time and signature of a cosignature.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Reads `— name base64(key id || signature)`, without the newline.
    fn read(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(LINE_START)?.split_once(' ')?;
        check_name(name).ok()?;
        let bytes = STANDARD.decode(encoded).ok()?;
        let (id, signature) = bytes.split_first_chunk::<4>()?;
        let signature = (!signature.is_empty()).then(|| signature.to_vec())?;
        Some(Self { name: name.to_owned(), id: KeyId::from_bytes(*id), signature })
    }

    fn is_by(&self, key: &VerifierKey) -> bool {
        self.id == key.id() && self.name == key.name()
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id.as_bytes()[..], &self.signature].concat();
        write!(f, "{LINE_START}{} {}", self.name, STANDARD.encode(bytes))
    }
}

/// Reads signature lines, each with its newline; as they end a note, and as a witness answers.
///
/// # Errors
/// [`NoteError::Shape`], [`NoteError::TooMany`] or [`NoteError::Signature`].
pub(super) fn read_lines(text: &str) -> Result<Vec<NoteSignature>, NoteError> {
    let lines = text.strip_suffix('\n').ok_or(NoteError::Shape)?;
    let received = lines.split('\n').count();
    if received > NOTE_SIGNATURES_MAX {
        return Err(NoteError::TooMany { received });
    }
    let read =
        |(line, text)| NoteSignature::read(text).ok_or_else(|| NoteError::Signature { line, received: excerpt(text) });
    (1..).zip(lines.split('\n')).map(read).collect()
}

/// A text with signatures under it. That it can be read says nothing about them: see [`verify`](Self::verify).
///
/// ```
/// use trace_core::log::{Note, VerifierKey};
///
/// let bytes = "If you think cryptography is the answer to your problem,\n\
///     then you don't know what your problem is.\n\n\
///     — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
/// let key: VerifierKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse()?;
/// let note = Note::parse(bytes.as_bytes())?;
/// assert_eq!(note.verify(&[key])?.by.len(), 1);
/// assert_eq!(note.to_string(), bytes);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// A known key whose signature under a note is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBy {
    /// The key.
    pub key: VerifierKey,
    /// When it cosigned, in seconds since 1970; none for a plain signature.
    pub time: Option<u64>,
}

/// What is known of a note's signatures, once at least one was found good and none by a known key was bad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Each known key that signed, once, in the order of the keys; of several cosignatures the latest.
    pub by: Vec<SignedBy>,
    /// Signatures of keys that the reader does not know. They prove nothing.
    pub unknown: Vec<NoteSignature>,
}

impl Note {
    /// Puts signatures under a text.
    ///
    /// # Errors
    /// [`NoteError`] where the text or the number of signatures cannot be a note's.
    pub fn new(text: String, signatures: Vec<NoteSignature>) -> Result<Self, NoteError> {
        check_text(&text)?;
        let received = signatures.len();
        if received == 0 {
            return Err(NoteError::Shape);
        }
        if received > NOTE_SIGNATURES_MAX {
            return Err(NoteError::TooMany { received });
        }
        let note = Self { text, signatures };
        let received = note.to_string().len();
        if received > NOTE_BYTES_MAX { Err(NoteError::TooLong { received }) } else { Ok(note) }
    }

    /// Signs a text with a key of type 1 (C2SP signed-note, "Ed25519 signatures"). For a checkpoint, use
    /// [`Checkpoint::sign`](super::Checkpoint::sign).
    ///
    /// # Errors
    /// [`SignError`] where the key is of another type or the text cannot be a note's.
    pub fn sign(text: String, key: &SigningKey) -> Result<Self, SignError> {
        let received = key.verifier().key_type();
        if received != KeyType::Ed25519 {
            return Err(SignError::KeyType { wanted: KeyType::Ed25519, received });
        }
        let signature = NoteSignature::of(key.verifier(), key.signature_over(text.as_bytes()).to_vec());
        Ok(Self::new(text, vec![signature])?)
    }

    /// The same note with one more signature at its end; one that stands there already is not added again.
    ///
    /// # Errors
    /// [`NoteError::TooMany`] or [`NoteError::TooLong`].
    pub fn with(&self, signature: NoteSignature) -> Result<Self, NoteError> {
        let mut signatures = self.signatures.clone();
        if !signatures.contains(&signature) {
            signatures.push(signature);
        }
        Self::new(self.text.clone(), signatures)
    }

    /// Reads a note (C2SP signed-note, "Format").
    ///
    /// The text goes up to the last blank line. Signatures of any type are read, as long as their lines have the form.
    ///
    /// # Errors
    /// [`NoteError`], never one of its verdicts on signatures.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong { received: bytes.len() });
        }
        let whole = str::from_utf8(bytes).map_err(|error| NoteError::Utf8 { at: error.valid_up_to() })?;
        check_control(whole)?;
        // The first newline of the pair still belongs to the text.
        let blank = whole.rfind("\n\n").ok_or(NoteError::Shape)?;
        let (text, signatures) = (&whole[..=blank], &whole[blank + 2..]);
        Ok(Self { text: text.to_owned(), signatures: read_lines(signatures)? })
    }

    /// The signed text, with its final newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures in their order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Checks the signatures of the keys that the reader knows (C2SP signed-note, "Signatures").
    ///
    /// A signature is a known key's if name *and* id are. Unknown ones are set aside; one bad signature of a known key
    /// refuses the whole note, since somebody is lying then.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`], [`NoteError::NoKnownKey`] or [`NoteError::Ambiguous`].
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Verified, NoteError> {
        let mut verified = Verified { by: Vec::new(), unknown: Vec::new() };
        for key in distinct(keys)? {
            let mut newest: Option<SignedBy> = None;
            for line in self.signatures.iter().filter(|line| line.is_by(key)) {
                let bad = || NoteError::BadSignature { name: key.name().to_owned(), id: key.id() };
                let signed = key.check(&self.text, &line.signature).ok_or_else(bad)?;
                if newest.as_ref().is_none_or(|earlier| earlier.time < signed.time) {
                    newest = Some(signed);
                }
            }
            verified.by.extend(newest);
        }
        let unknown = |line: &&NoteSignature| !keys.iter().any(|key| line.is_by(key));
        verified.unknown = self.signatures.iter().filter(unknown).cloned().collect();
        if verified.by.is_empty() {
            let names: Vec<&str> = self.signatures.iter().map(|line| line.name.as_str()).collect();
            return Err(NoteError::NoKnownKey { signers: excerpt(&names.join(", ")) });
        }
        Ok(verified)
    }
}

impl FromStr for Note {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

/// Each key once. Whose a signature is must not depend on the order in which keys are known.
fn distinct(keys: &[VerifierKey]) -> Result<Vec<&VerifierKey>, NoteError> {
    let mut seen: Vec<&VerifierKey> = Vec::new();
    for key in keys {
        match seen.iter().find(|other| other.id() == key.id() && other.name() == key.name()) {
            None => seen.push(key),
            Some(other) if *other == key => {}
            Some(_) => return Err(NoteError::Ambiguous { name: key.name().to_owned(), id: key.id() }),
        }
    }
    Ok(seen)
}

/// What a note's text must be, wherever it comes from.
fn check_text(text: &str) -> Result<(), NoteError> {
    check_control(text)?;
    if text.ends_with('\n') { Ok(()) } else { Err(NoteError::TextEnd) }
}

/// C2SP signed-note, "Format": nothing below U+0020 but the newline.
fn check_control(text: &str) -> Result<(), NoteError> {
    let wrong = text.bytes().position(|byte| byte < 0x20 && byte != b'\n');
    wrong.map_or(Ok(()), |at| Err(NoteError::Control { at, received: text.as_bytes()[at] }))
}
