//! What strings, keys and numbers a record may hold, and how a place in it is named.

use serde_json::{Number, Value};
use unicode_normalization::is_nfc;

use super::CanonicalError;

/// Records nest at most five deep; sixteen leaves room and keeps a reader's stack small.
pub(super) const DEPTH_MAX: usize = 16;

/// Integers up to here are exact in every JSON reader (RFC 7493, section 2.2).
pub(super) const INTEGER_MAX: u64 = (1 << 53) - 1;

/// A hostile key may be as long as the record; an error shows the beginning.
const SHOWN_KEY_CHARS_MAX: usize = 80;

/// The way from the whole value to the one being read.
#[derive(Default)]
pub(super) struct Path(Vec<Step>);

enum Step {
    Key(String),
    Index(usize),
}

impl Path {
    pub(super) fn push_key(&mut self, key: &str) {
        self.0.push(Step::Key(key.to_owned()));
    }

    pub(super) fn push_index(&mut self, index: usize) {
        self.0.push(Step::Index(index));
    }

    pub(super) fn pop(&mut self) {
        self.0.pop();
    }

    /// The RFC 6901 pointer, with long keys cut and invisible characters escaped so that it is safe to show.
    pub(super) fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.0 {
            pointer.push('/');
            match step {
                Step::Index(index) => pointer.push_str(&index.to_string()),
                Step::Key(key) => {
                    for c in key.chars().take(SHOWN_KEY_CHARS_MAX) {
                        match c {
                            '~' => pointer.push_str("~0"),
                            '/' => pointer.push_str("~1"),
                            c if is_forbidden(c) => pointer.extend(c.escape_unicode()),
                            c => pointer.push(c),
                        }
                    }
                    if key.chars().nth(SHOWN_KEY_CHARS_MAX).is_some() {
                        pointer.push('…');
                    }
                }
            }
        }
        pointer
    }

    /// Called on entering an array or object whose own step is already on the path.
    pub(super) fn check_depth(&self) -> Result<(), CanonicalError> {
        if self.0.len() < DEPTH_MAX {
            Ok(())
        } else {
            Err(CanonicalError::TooDeep { pointer: self.pointer(), limit: DEPTH_MAX })
        }
    }

    /// `self` already ends in the key.
    pub(super) fn check_key(&self, key: &str) -> Result<(), CanonicalError> {
        // By such a key `serde_json` names a text that it would read on its own, past these rules.
        if !key.is_empty()
            && !key.starts_with("$serde_json::private::")
            && key.bytes().all(|b| (b' '..=b'~').contains(&b))
        {
            Ok(())
        } else {
            Err(CanonicalError::KeyNotAscii { pointer: self.pointer() })
        }
    }

    pub(super) fn check_string(&self, text: &str) -> Result<(), CanonicalError> {
        if text.is_empty() {
            return Err(self.empty());
        }
        if let Some(found) = text.chars().find(|c| is_forbidden(*c)) {
            return Err(CanonicalError::ForbiddenCharacter { pointer: self.pointer(), found });
        }
        if is_nfc(text) { Ok(()) } else { Err(CanonicalError::NotNfc { pointer: self.pointer() }) }
    }

    pub(super) fn check_integer(&self, magnitude: u64, negative: bool) -> Result<(), CanonicalError> {
        if magnitude <= INTEGER_MAX {
            return Ok(());
        }
        let received = format!("{}{magnitude}", if negative { "-" } else { "" });
        Err(CanonicalError::IntegerRange { pointer: self.pointer(), received })
    }

    pub(super) fn float(&self) -> CanonicalError {
        CanonicalError::Float { pointer: self.pointer() }
    }

    pub(super) fn null(&self) -> CanonicalError {
        CanonicalError::Null { pointer: self.pointer() }
    }

    pub(super) fn empty(&self) -> CanonicalError {
        CanonicalError::EmptyValue { pointer: self.pointer() }
    }
}

/// The same rules as for received text, for a value that was built here.
pub(super) fn check_value(value: &Value) -> Result<(), CanonicalError> {
    check(&mut Path::default(), value)
}

fn check(path: &mut Path, value: &Value) -> Result<(), CanonicalError> {
    match value {
        Value::Null => Err(path.null()),
        Value::Bool(_) => Ok(()),
        Value::Number(number) => check_number(path, number),
        Value::String(text) => path.check_string(text),
        Value::Array(items) => {
            path.check_depth()?;
            for (index, item) in items.iter().enumerate() {
                path.push_index(index);
                check(path, item)?;
                path.pop();
            }
            if items.is_empty() { Err(path.empty()) } else { Ok(()) }
        }
        Value::Object(fields) => {
            path.check_depth()?;
            for (key, field) in fields {
                path.push_key(key);
                path.check_key(key)?;
                check(path, field)?;
                path.pop();
            }
            if fields.is_empty() { Err(path.empty()) } else { Ok(()) }
        }
    }
}

fn check_number(path: &Path, number: &Number) -> Result<(), CanonicalError> {
    if let Some(n) = number.as_u64() {
        path.check_integer(n, false)
    } else if let Some(n) = number.as_i64() {
        path.check_integer(n.unsigned_abs(), true)
    } else {
        Err(path.float())
    }
}

/// Whether a string holds nothing that [`Path::check_string`] refuses, emptiness apart.
pub(super) fn is_plain(text: &str) -> bool {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return true;
    }
    !text.chars().any(is_forbidden) && is_nfc(text)
}

/// Characters that make two texts look alike or one text look otherwise than it is: C0 and C1 controls, line and
/// paragraph separators, bidirectional embeddings, overrides and isolates (UAX #9), noncharacters (Unicode 23.7).
pub(crate) fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fdd0}'..='\u{fdef}')
        || u32::from(c) & 0xfffe == 0xfffe
}
