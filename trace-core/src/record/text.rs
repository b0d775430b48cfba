//! The few strings that the public part of a record may hold: the log's origin, names of organisations and
//! villages, and registered codes. Free text has no place there, and neither has a telephone number.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a string cannot stand in the public part of a record.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{what} '{received}' {}", .problem.1)]
pub struct TextError {
    what: &'static str,
    received: String,
    problem: Words,
}

/// What is wrong, in Chinese and English.
type Words = (&'static str, &'static str);

impl TextError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        let what = match self.what {
            "log origin" => "日志名",
            "name" => "名称",
            "telephone number" => "电话",
            _ => "登记号",
        };
        format!("{what}“{}”{}", self.received, self.problem.0)
    }
}

/// Longest name in characters: the longest registered names of county firms stay below 40.
const NAME_CHARS_MAX: usize = 60;
/// A run of digits that could be a telephone or an identity number.
const DIGIT_RUN_MAX: usize = 6;

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                match $check(text) {
                    Ok(()) => Ok(Self(text.to_owned())),
                    Err(problem) => Err(TextError { what: $what, received: text.chars().take(80).collect(), problem }),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    };
}

text! {
    /// The log's origin (C2SP tlog-checkpoint, "origin line"): a schema-less address such as
    /// `trace.example.org/yiliang`, named in every record so that no record can be moved to another log.
    ///
    /// ```
    /// use trace_core::record::Origin;
    /// assert!("trace.example.org/yiliang".parse::<Origin>().is_ok());
    /// assert!("two words".parse::<Origin>().is_err());
    /// ```
    Origin, "log origin", check_origin
}

text! {
    /// A name of an organisation, a village, a strain: NFC, 1 to 60 characters, without control characters and
    /// without seven or more digits in a row, so that no telephone number slips into the public log.
    ///
    /// ```
    /// use trace_core::record::Name;
    /// assert!("小草坝镇大桥村".parse::<Name>().is_ok());
    /// assert!("王 13812345678".parse::<Name>().is_err());
    /// ```
    Name, "name", check_name
}

text! {
    /// A telephone number as it is kept of a person: 5 to 15 digits (ITU-T E.164 has at most 15) with an optional `+`.
    ///
    /// ```
    /// use trace_core::record::Telephone;
    /// assert!("+8613812345678".parse::<Telephone>().is_ok());
    /// assert!("138-1234 (son)".parse::<Telephone>().is_err());
    /// ```
    Telephone, "telephone number", check_telephone
}

text! {
    /// A code given by somebody else, such as a pesticide's registration number: 1 to 40 of `A-Z 0-9 . / -`.
    RegisteredCode, "registered code", check_registered
}

fn check_origin(text: &str) -> Result<(), Words> {
    if text.is_empty() || text.len() > 128 {
        return Err(("应有 1 到 128 个字符", "must have 1 to 128 characters"));
    }
    if !text.bytes().all(|b| b.is_ascii_graphic() && b != b'+') {
        return Err((
            "只能用 ASCII 字符，不含空格和 +，例如 trace.example.org/yiliang",
            "must be ASCII without spaces and '+', such as trace.example.org/yiliang",
        ));
    }
    Ok(())
}

fn check_name(text: &str) -> Result<(), Words> {
    use unicode_normalization::is_nfc;
    let chars = text.chars().count();
    if chars == 0 || chars > NAME_CHARS_MAX {
        return Err(("应有 1 到 60 个字符", "must have 1 to 60 characters"));
    }
    if !is_nfc(text) {
        return Err(("须为 Unicode NFC 形式", "must be in Unicode normalisation form C"));
    }
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err((
            "首尾不能有空格，也不能有控制字符",
            "must not begin or end with a space or hold control characters",
        ));
    }
    let mut run = 0;
    for c in text.chars() {
        run = if c.is_numeric() { run + 1 } else { 0 };
        if run > DIGIT_RUN_MAX {
            return Err((
                "有连续七位数字；电话和身份证号不能写进公开内容",
                "holds seven digits in a row; telephone and identity numbers do not belong in the public part",
            ));
        }
    }
    Ok(())
}

fn check_telephone(text: &str) -> Result<(), Words> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if (5..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(());
    }
    Err(("应为 5 到 15 位数字，前面可以有 +", "must have 5 to 15 digits, with an optional '+' before them"))
}

fn check_registered(text: &str) -> Result<(), Words> {
    let ok = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'.' | b'/' | b'-');
    if text.is_empty() || text.len() > 40 || !text.bytes().all(ok) {
        return Err(("应为 1 到 40 个 A-Z、0-9、点、斜线和连字符", "must have 1 to 40 of A-Z, 0-9, '.', '/' and '-'"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_is_no_name() {
        assert!("138123456".parse::<Name>().is_err());
        assert!("１３８１２３４５６".parse::<Name>().is_err());
        assert!("123456 号地".parse::<Name>().is_ok());
        assert!(" 王".parse::<Name>().is_err());
        assert!("".parse::<Name>().is_err());
    }

    #[test]
    fn registered_codes_are_plain() {
        assert!("PD20040018".parse::<RegisteredCode>().is_ok());
        assert!("农药".parse::<RegisteredCode>().is_err());
    }
}
