//! The one sequence of bytes that stands for a record: strict JSON in, RFC 8785 (JCS) bytes out.
//!
//! Owns what JSON a record may be made of. It deliberately knows no field of a record. Every value that
//! [`canonical_bytes`] accepts, [`check_canonical`] accepts too, size apart.

use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

mod content;
mod strict;
mod writer;

pub(crate) use content::is_forbidden;
pub use strict::strict_parse;

/// Most canonical bytes of a record: the entry adds time, findings, rules and eight signatures, and must stay within
/// [`MAX_ENTRY_BYTES`].
pub const MAX_RECORD_BYTES: usize = 60_000;

/// Most bytes of an entry: C2SP tlog-tiles writes an entry's length into 16 bits of its entry bundles.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// Most inputs of a record: each takes about 100 bytes (batch code and record id), so 500 stay within
/// [`MAX_RECORD_BYTES`] with room for the rest.
pub const MAX_INPUTS: usize = 500;

/// Most signatures of an entry: the two sides, an agent and the office, each while it changes its key.
pub const MAX_SIGNATURES: usize = 8;

/// Why bytes are no canonical JSON of this project. `pointer` is a JSON pointer (RFC 6901), empty for the whole.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CanonicalError {
    /// More bytes than allowed.
    #[error("{received} bytes received, at most {limit} are allowed")]
    TooLong {
        /// Bytes allowed.
        limit: usize,
        /// Bytes received.
        received: usize,
    },
    /// The bytes are no UTF-8.
    #[error("byte {offset} (from 0) is not valid UTF-8; JSON is sent as UTF-8 (RFC 8259, section 8.1)")]
    Utf8 {
        /// Place of the first wrong byte, from 0.
        offset: usize,
    },
    /// The text is no JSON (RFC 8259), a lone surrogate escape and trailing bytes included.
    #[error("no valid JSON at line {line}, column {column} (byte {offset}), within {pointer:?}: {reason}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Byte within the line, from 1; 0 when the line had not begun.
        column: usize,
        /// The same place as a count of bytes from the start.
        offset: usize,
        /// The value that was being read.
        pointer: String,
        /// What the parser said.
        reason: String,
    },
    /// An object names a key twice.
    #[error("{pointer:?} stands twice in its object; write each key once")]
    DuplicateKey {
        /// The key.
        pointer: String,
    },
    /// A number with a fraction or an exponent, `-0`, or one too large for 64 bits.
    #[error("{pointer:?} is no plain integer; write whole base units, without fraction, exponent or -0, below 2^53")]
    Float {
        /// The number.
        pointer: String,
    },
    /// An integer that some JSON readers would round.
    #[error("{pointer:?} is {received}; integers stay between -(2^53 - 1) and 2^53 - 1")]
    IntegerRange {
        /// The number.
        pointer: String,
        /// Its digits.
        received: String,
    },
    /// A null.
    #[error("{pointer:?} is null; leave the field out")]
    Null {
        /// The null.
        pointer: String,
    },
    /// An empty string, array or object: absent has one spelling, which is leaving the field out.
    #[error("{pointer:?} is empty; leave the field out")]
    EmptyValue {
        /// The empty value.
        pointer: String,
    },
    /// A key with anything but printable ASCII, or one that a JSON library keeps for itself.
    #[error("the key {pointer:?} is not made of printable ASCII characters, or belongs to a JSON library")]
    KeyNotAscii {
        /// The key.
        pointer: String,
    },
    /// A string that is not in Unicode Normalization Form C (UAX #15).
    #[error("{pointer:?} is not in Unicode Normalization Form C; normalise it before sending")]
    NotNfc {
        /// The string.
        pointer: String,
    },
    /// A control, bidirectional or noncharacter code point, which a screen would hide.
    #[error("{pointer:?} holds the invisible character U+{:04X}; remove it", u32::from(*.found))]
    ForbiddenCharacter {
        /// The string.
        pointer: String,
        /// The character.
        found: char,
    },
    /// Arrays and objects within one another beyond the limit.
    #[error("{pointer:?} lies deeper than {limit} levels")]
    TooDeep {
        /// The array or object that is one too many.
        pointer: String,
        /// Levels allowed.
        limit: usize,
    },
    /// Good JSON, in another spelling than RFC 8785.
    #[error("the bytes differ from their RFC 8785 form from byte {offset} on; send exactly the canonical bytes")]
    NotCanonical {
        /// First byte that differs, from 0.
        offset: usize,
    },
    /// The value cannot be written as JSON at all.
    #[error("the value cannot be written as JSON: {reason}")]
    Unwritable {
        /// What the serializer said.
        reason: String,
    },
}

impl CanonicalError {
    /// The message in Chinese. It names no place: that is [`Self::pointer`].
    pub fn zh(&self) -> String {
        match self {
            Self::TooLong { limit, received } => format!("有 {received} 字节，最多 {limit} 字节"),
            Self::Utf8 { offset } => format!("第 {offset} 字节（从 0 起）不是有效的 UTF-8"),
            Self::Syntax { line, column, offset, .. } => {
                format!("第 {line} 行第 {column} 列（第 {offset} 字节）不是有效的 JSON；请检查引号、逗号和括号")
            }
            Self::DuplicateKey { .. } => "同一个字段写了两次".to_owned(),
            Self::Float { .. } => "只能用整数（基本单位），不带小数点、指数，也不能是 -0".to_owned(),
            Self::IntegerRange { received, .. } => format!("{received} 超出整数范围 ±(2^53-1)"),
            Self::Null { .. } => "不能是 null；没有就不写这个字段".to_owned(),
            Self::EmptyValue { .. } => "内容为空；没有就不写这个字段".to_owned(),
            Self::KeyNotAscii { .. } => "字段名只能用 ASCII 字符".to_owned(),
            Self::NotNfc { .. } => "文字须为 Unicode NFC 形式".to_owned(),
            Self::ForbiddenCharacter { found, .. } => {
                format!("含有看不见的字符 U+{:04X}，请删去", u32::from(*found))
            }
            Self::TooDeep { limit, .. } => format!("嵌套超过 {limit} 层"),
            Self::NotCanonical { offset } => {
                format!("从第 {offset} 字节起不是 RFC 8785 规范形式；请原样发送规范字节")
            }
            Self::Unwritable { .. } => "不能写成 JSON".to_owned(),
        }
    }

    /// JSON pointer (RFC 6901) to the wrong place; empty for the whole, and where the fault has a byte for its place.
    pub fn pointer(&self) -> &str {
        match self {
            Self::Syntax { pointer, .. }
            | Self::DuplicateKey { pointer }
            | Self::Float { pointer }
            | Self::IntegerRange { pointer, .. }
            | Self::Null { pointer }
            | Self::EmptyValue { pointer }
            | Self::KeyNotAscii { pointer }
            | Self::NotNfc { pointer }
            | Self::ForbiddenCharacter { pointer, .. }
            | Self::TooDeep { pointer, .. } => pointer,
            Self::TooLong { .. } | Self::Utf8 { .. } | Self::NotCanonical { .. } | Self::Unwritable { .. } => "",
        }
    }

    fn unwritable(error: &serde_json::Error) -> Self {
        Self::Unwritable { reason: error.to_string() }
    }
}

/// The RFC 8785 bytes of a value.
///
/// ```
/// use serde_json::json;
/// use trace_core::record::canonical::canonical_bytes;
///
/// assert_eq!(canonical_bytes(&json!({"b": 1, "a": "斤"}))?, r#"{"a":"斤","b":1}"#.as_bytes());
/// assert!(canonical_bytes(&json!({"weight": 0.5})).is_err());
/// # Ok::<(), trace_core::record::canonical::CanonicalError>(())
/// ```
///
/// # Errors
/// What [`strict_parse`] would refuse in those bytes (the canonicalizer alone would round integers past 2^53), and
/// `Unwritable`. The size is not limited.
pub fn canonical_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    if let Ok(bytes) = writer::write(value) {
        return Ok(bytes);
    }
    // Rare: there is a fault to be told with its place, or a spelling that only the tree of values can judge.
    let value = serde_json::to_value(value).map_err(|e| CanonicalError::unwritable(&e))?;
    content::check_value(&value)?;
    jcs(&value)
}

/// Reads bytes that must already be canonical, as every record is that was hashed or signed.
///
/// # Errors
/// As [`strict_parse`], and `NotCanonical` with the first byte that differs.
pub fn check_canonical(bytes: &[u8], limit: usize) -> Result<Value, CanonicalError> {
    let value = strict_parse(bytes, limit)?;
    let expected = writer::write(&value).or_else(|_| jcs(&value))?;
    if bytes == expected {
        return Ok(value);
    }
    let offset = bytes.iter().zip(&expected).take_while(|(a, b)| a == b).count();
    Err(CanonicalError::NotCanonical { offset })
}

fn jcs(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    serde_json_canonicalizer::to_vec(value).map_err(|e| CanonicalError::unwritable(&e))
}

#[cfg(test)]
mod tests;
