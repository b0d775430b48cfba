//! The two GS1 keys of a package address: the trade item's number, AI (01), and the lot's, AI (10).
//!
//! Follows the GS1 General Specifications, sections 3.2 (AI 01), 3.4 (AI 10), 7.9 (check digit) and 7.11
//! (character set 82). How the two stand in an address is in `link`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A global trade item number, padded to its 14-digit form, with a right check digit.
///
/// ```
/// use trace_core::code::Gtin14;
///
/// assert_eq!(Gtin14::parse("6901234567892")?.to_string(), "06901234567892");
/// let wrong = Gtin14::parse("6901234567890").unwrap_err();
/// assert_eq!(wrong.to_string(), "the check digit of GTIN 6901234567890 is 0 and should be 2");
/// # Ok::<(), trace_core::code::GtinError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Gtin14(u64);

/// Why a text is no [`Gtin14`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GtinError {
    /// Not 8, 12, 13 or 14 digits.
    #[error("a GTIN has 8, 12, 13 or 14 digits, received {received}")]
    Length {
        /// How many characters came.
        received: usize,
    },
    /// Something other than a digit.
    #[error("character {position} of a GTIN is {character:?}; it has only the digits 0-9")]
    Character {
        /// Its place, from 1.
        position: usize,
        /// The character as it came.
        character: char,
    },
    /// The last digit does not fit those before it.
    #[error("the check digit of GTIN {gtin} is {received} and should be {expected}")]
    CheckDigit {
        /// The digits as they came.
        gtin: String,
        /// The check digit as it came.
        received: u8,
        /// The one that fits.
        expected: u8,
    },
    /// Only zeros.
    #[error("a GTIN of zeros names nothing")]
    Zero,
}

impl GtinError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Length { received } => format!("GTIN 有 8、12、13 或 14 位数字，收到的有 {received} 位"),
            Self::Character { position, character } => {
                format!("GTIN 第 {position} 个字符是“{character}”；只能是数字 0-9")
            }
            Self::CheckDigit { gtin, received, expected } => {
                format!("GTIN {gtin} 的校验位是 {received}，应为 {expected}")
            }
            Self::Zero => "GTIN 全是零，不代表任何商品".to_owned(),
        }
    }
}

impl Gtin14 {
    /// Reads a GTIN-8, -12, -13 or -14: only digits, the last of which is the check digit.
    ///
    /// # Errors
    /// [`GtinError`]; a wrong check digit is answered with the right one (GS1 General Specifications 7.9).
    pub fn parse(text: &str) -> Result<Self, GtinError> {
        for (place, character) in text.chars().enumerate() {
            if !character.is_ascii_digit() {
                return Err(GtinError::Character { position: place + 1, character });
            }
        }
        if !matches!(text.len(), 8 | 12 | 13 | 14) {
            return Err(GtinError::Length { received: text.len() });
        }
        let (body, last) = text.split_at(text.len() - 1);
        let expected = check_digit(body);
        let received = last.bytes().fold(0, |_, byte| byte - b'0');
        if received != expected {
            return Err(GtinError::CheckDigit { gtin: text.to_owned(), received, expected });
        }
        match text.bytes().fold(0, |number, byte| number * 10 + u64::from(byte - b'0')) {
            0 => Err(GtinError::Zero),
            number => Ok(Self(number)),
        }
    }
}

/// The modulo-10 check digit of a string of digits: weights 3, 1, 3, … from the right.
fn check_digit(body: &str) -> u8 {
    let weights = [3_u8, 1].into_iter().cycle();
    let sum: u32 = (body.bytes().rev().zip(weights)).map(|(byte, weight)| u32::from((byte - b'0') * weight)).sum();
    u8::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

impl FromStr for Gtin14 {
    type Err = GtinError;

    fn from_str(text: &str) -> Result<Self, GtinError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Gtin14 {
    type Error = GtinError;

    fn try_from(text: String) -> Result<Self, GtinError> {
        Self::parse(&text)
    }
}

impl From<Gtin14> for String {
    fn from(gtin: Gtin14) -> Self {
        gtin.to_string()
    }
}

impl fmt::Display for Gtin14 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:014}", self.0)
    }
}

/// A batch or lot number, AI (10): 1 to 20 characters of GS1 character set 82, in upper case.
///
/// GS1 tells upper from lower case; addresses here are upper case throughout, so that a lot in lower case
/// would come back as another one. It is therefore folded once, on entry.
///
/// ```
/// use trace_core::code::LotNumber;
///
/// assert_eq!(LotNumber::parse("s261120-4f7k2mq")?.as_str(), "S261120-4F7K2MQ");
/// assert!(LotNumber::parse("批次1").is_err());
/// # Ok::<(), trace_core::code::LotError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LotNumber(String);

/// Why a text is no [`LotNumber`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LotError {
    /// Empty or too long.
    #[error("a lot number has 1 to 20 characters, received {received}")]
    Length {
        /// How many characters came.
        received: usize,
    },
    /// A character outside set 82.
    #[error("character {position} of a lot number is {character:?}; GS1 set 82 has A-Z, 0-9 and !\"%&'()*+,-./:;<=>?_")]
    Character {
        /// Its place, from 1.
        position: usize,
        /// The character as it came.
        character: char,
    },
    /// `.` or `..`, which every browser takes out of an address as a step in the path.
    #[error("a lot number of dots alone cannot stand in an address")]
    Dots,
}

impl LotNumber {
    /// Reads 1 to 20 characters of set 82, and folds them to upper case.
    ///
    /// # Errors
    /// [`LotError`] naming the first character that does not belong.
    pub fn parse(text: &str) -> Result<Self, LotError> {
        for (place, character) in text.chars().enumerate() {
            let in_set_82 = character.is_ascii_alphanumeric() || "!\"%&'()*+,-./:;<=>?_".contains(character);
            if !in_set_82 {
                return Err(LotError::Character { position: place + 1, character });
            }
        }
        match text.len() {
            1..=20 if text == "." || text == ".." => Err(LotError::Dots),
            1..=20 => Ok(Self(text.to_ascii_uppercase())),
            received => Err(LotError::Length { received }),
        }
    }

    /// The number in upper case, not percent-encoded.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LotNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
