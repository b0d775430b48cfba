//! Log-in names and telephone numbers as people type them. A telephone is looked up by an HMAC under a secret of this
//! server, so that the database alone tells nobody's number.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use trace_core::id::RecordId;

/// Name of the secret's file in the data folder.
pub const FILE: &str = "telephone-key.txt";
/// Digits of a number without its country code; below that it is somebody's log-in name.
const DIGITS_MIN: usize = 7;
/// ITU-T E.164 section 6.2.1: at most 15 digits.
const DIGITS_MAX: usize = 15;

/// Why the secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TelephoneKeyError {
    /// The file cannot be read or written.
    #[error("the telephone key file {} cannot be used: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("the telephone key file {} must hold 64 hex digits; restore it from its backup", path.display())]
    Text {
        /// The file.
        path: PathBuf,
    },
    /// There is no randomness.
    #[error("no telephone key can be made: {0}")]
    Make(getrandom::Error),
}

/// The secret under which telephone numbers are looked up.
#[derive(Clone)]
pub struct TelephoneKey([u8; 32]);

impl fmt::Debug for TelephoneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TelephoneKey(..)")
    }
}

impl TelephoneKey {
    /// A key out of its bytes, for tests.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads the key of this data folder; the first call makes it, readable by its owner alone.
    ///
    /// # Errors
    /// [`TelephoneKeyError`].
    pub fn open(data_dir: &Path) -> Result<Self, TelephoneKeyError> {
        let path = data_dir.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(&path)?,
            Err(source) => return Err(TelephoneKeyError::File { path, source }),
        };
        let mut bytes = [0; 32];
        match hex::decode_to_slice(text.trim(), &mut bytes) {
            Ok(()) => Ok(Self(bytes)),
            Err(_) => Err(TelephoneKeyError::Text { path }),
        }
    }

    /// HMAC-SHA-256 of the number, for [`crate::store::UserRow::telephone_mac`]; `None` for what is no number.
    pub fn mac(&self, typed: &str) -> Option<RecordId> {
        Some(self.mac_of("telephone", &telephone(typed)?))
    }

    /// Whether a log-in name reads as a telephone number other than the person's own: numbers are looked for first, and
    /// whoever has that number later would be taken for the log-in.
    pub fn reads_as_anothers(&self, login: &str, own: Option<RecordId>) -> bool {
        self.mac(login).is_some_and(|mac| Some(mac) != own)
    }

    /// HMAC-SHA-256 of a text for a purpose (RFC 2104): the same text under two purposes is two values.
    pub(super) fn mac_of(&self, purpose: &str, text: &str) -> RecordId {
        // HMAC takes a key of any length, so this cannot fail; an empty code would fit nothing.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return RecordId::from_bytes([0; 32]);
        };
        mac.update(purpose.as_bytes());
        mac.update(b"\n");
        mac.update(text.as_bytes());
        RecordId::from_bytes(mac.finalize().into_bytes().into())
    }
}

fn make(path: &Path) -> Result<String, TelephoneKeyError> {
    let text = hex::encode(crate::ledger::random::<32>().map_err(TelephoneKeyError::Make)?);
    let write = || -> std::io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| TelephoneKeyError::File { path: path.to_owned(), source })?;
    Ok(text)
}

/// Full-width letters, digits and signs as plain ones, as Chinese keyboards give them.
pub fn plain_text(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    };
    text.chars().map(narrow).collect()
}

/// A log-in name as it is kept and compared: plain, lower case, without spaces around it.
///
/// ```
/// use trace_server::http::session::normal_login;
/// assert_eq!(normal_login(" Ｗang2 "), "wang2");
/// ```
pub fn normal_login(typed: &str) -> String {
    plain_text(typed).trim().to_lowercase()
}

/// The digits of a number, without spaces, dashes and China's country code; `None` for what is no number.
fn telephone(typed: &str) -> Option<String> {
    let typed = plain_text(typed);
    let mut digits = String::new();
    for c in typed.trim().chars() {
        match c {
            '0'..='9' => digits.push(c),
            ' ' | '-' | '+' | '(' | ')' => {}
            _ => return None,
        }
    }
    for code in ["0086", "86"] {
        // A mobile number of China has 11 digits and begins with 1.
        if let Some(rest) = digits.strip_prefix(code).filter(|rest| rest.len() == 11 && rest.starts_with('1')) {
            return Some(rest.to_owned());
        }
    }
    (DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()).then_some(digits)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn one_number_has_one_code_however_it_is_typed() {
        let key = TelephoneKey::from_bytes([7; 32]);
        let mac = key.mac("13800138000").unwrap();
        for typed in ["138 0013 8000", "+86 138-0013-8000", "０08613800138000", "１３８００１３８０００"] {
            assert_eq!(key.mac(typed), Some(mac), "{typed}");
        }
        assert_ne!(key.mac("13800138001"), Some(mac));
        assert_ne!(TelephoneKey::from_bytes([8; 32]).mac("13800138000"), Some(mac));
        for other in ["", "wang", "123456", "1234567890123456", "138o0138000"] {
            assert_eq!(key.mac(other), None, "{other}");
        }
    }

    #[test]
    fn the_key_is_made_once_and_kept_from_others() {
        let folder = std::env::temp_dir().join(format!("telephone-key-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let first = TelephoneKey::open(&folder).unwrap();
        assert_eq!(TelephoneKey::open(&folder).unwrap().0, first.0);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(folder.join(FILE), "short").unwrap();
        assert!(matches!(TelephoneKey::open(&folder), Err(TelephoneKeyError::Text { .. })));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
