//! The text of a key file: one line a key, `v1 <base64url of 32 bytes>`, `withdrawn` behind a withdrawn one, and comments after `#`.
//!
//! Reads and writes text only; where the file stands and who may read it is the service's business.
//! No message quotes what stands in the place of a key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::keyring::{CodeKey, KeyRing, KeyRingError};

/// What a written key file says of itself.
const HEADER: &str = "\
# Code keys of this installation: one line a key, version and 32 bytes in base64url. SECRET.
# Without its key, every package printed under it is unknown: keep a copy apart from the database.
";

/// Why a text is no key file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// A line that is not a version and a key.
    #[error("line {line} of the key file: expected `v1 <key>` or `v1 <key> withdrawn`, received {words} words")]
    Words {
        /// The line, from 1.
        line: usize,
        /// How many words it has.
        words: usize,
    },
    /// The version is not written as `v1` to `v255`.
    #[error("line {line} of the key file: the version is v1 to v255, without leading zeros")]
    Version {
        /// The line, from 1.
        line: usize,
    },
    /// The key is not 32 bytes of base64url.
    #[error(
        "line {line} of the key file: a key is 43 characters of base64url (RFC 4648 section 5) without padding, received {received} characters that are not"
    )]
    Key {
        /// The line, from 1.
        line: usize,
        /// How many characters stand in the key's place.
        received: usize,
    },
    /// The keys cannot stand together.
    #[error("line {line} of the key file: {source}")]
    Ring {
        /// The line, from 1, at which it went wrong.
        line: usize,
        /// What is wrong.
        source: KeyRingError,
    },
    /// No key is left that may make codes.
    #[error("every key of the key file is withdrawn; `trace-server key code new` makes one that is not")]
    AllWithdrawn,
    /// No line holds a key.
    #[error("the key file holds no key; a line is `v1 <43 characters of base64url>`")]
    Empty,
}

impl KeyRing {
    /// Reads the text of a key file. Lines may stand in any order; blank lines and comments are skipped.
    ///
    /// # Errors
    /// [`KeyFileError`] with the first line that is wrong, duplicates included.
    ///
    /// ```
    /// use trace_core::code::KeyRing;
    ///
    /// let text = "# made 2026-11-20\nv1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n";
    /// let ring = KeyRing::parse(text)?;
    /// assert_eq!(ring.newest_version(), 1);
    /// assert_eq!(KeyRing::parse(&ring.to_text())?.check_value(1), ring.check_value(1));
    /// assert!(KeyRing::parse("v1 tooshort").is_err());
    /// # Ok::<(), trace_core::code::KeyFileError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        // Editors of one family begin a file with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut keys: Vec<CodeKey> = Vec::new();
        for (place, content) in text.lines().enumerate() {
            let line = place + 1;
            let content = content.split_once('#').map_or(content, |(before, _)| before);
            let words: Vec<_> = content.split_whitespace().collect();
            match words[..] {
                [] => {}
                [version, key] | [version, key, "withdrawn"] => {
                    let key = parse_key(version, key, line)?;
                    keys.push(if words.len() == 3 { key.withdrawn() } else { key });
                    // A ring so far, for the number of the line that spoils it.
                    match Self::new(keys.clone()) {
                        Ok(_) | Err(KeyRingError::AllWithdrawn) => {}
                        Err(source) => return Err(KeyFileError::Ring { line, source }),
                    }
                }
                _ => {
                    return Err(KeyFileError::Words { line, words: words.len() });
                }
            }
        }
        Self::new(keys).map_err(|error| match error {
            KeyRingError::AllWithdrawn => KeyFileError::AllWithdrawn,
            _ => KeyFileError::Empty,
        })
    }

    /// The text of a key file with these keys, oldest first. It holds the secrets in clear.
    pub fn to_text(&self) -> String {
        let mut keys: Vec<_> = self.keys().collect();
        keys.reverse();
        let line = |key: &CodeKey| {
            let state = if key.is_withdrawn() { " withdrawn" } else { "" };
            format!("v{} {}{state}\n", key.version(), URL_SAFE_NO_PAD.encode(key.bytes()))
        };
        HEADER.to_owned() + &keys.into_iter().map(line).collect::<String>()
    }
}

fn parse_key(version: &str, key: &str, line: usize) -> Result<CodeKey, KeyFileError> {
    let digits = version
        .strip_prefix('v')
        .filter(|digits| !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let version = digits.and_then(|digits| digits.parse().ok());
    let version = version.ok_or(KeyFileError::Version { line })?;
    let bytes = URL_SAFE_NO_PAD.decode(key).ok().and_then(|bytes| bytes.try_into().ok());
    let bytes = bytes.ok_or_else(|| KeyFileError::Key { line, received: key.chars().count() })?;
    CodeKey::new(version, bytes).map_err(|source| KeyFileError::Ring { line, source })
}
