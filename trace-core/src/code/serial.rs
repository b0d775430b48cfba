//! The package code as 20 characters, and the two numbers behind it.
//!
//! What the characters mean needs a key and is in `keyring`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Crockford's base 32 digits in order of value: no I, L, O (read as 1, 1, 0) and no U.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The characters of a code; at 5 bits each, 100 bits.
pub(super) const CODE_LENGTH: usize = 20;

/// The characters of a group, as printed under a symbol and read over the telephone.
const GROUP_LENGTH: usize = 4;

/// A number that does not fit the place that a code has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} is at most {max}, received {received}")]
pub struct NumberError {
    what: &'static str,
    max: u32,
    received: u32,
}

/// Defines a number that is bounded by the bits that a code holds for it.
macro_rules! bounded_number {
    ($(#[$doc:meta])* $name:ident, $bits:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "u32", into = "u32")]
        pub struct $name(u32);

        impl $name {
            /// The largest one.
            pub const MAX: Self = Self((1 << $bits) - 1);

            /// Takes a number from 0 to [`MAX`](Self::MAX).
            ///
            /// # Errors
            /// [`NumberError`] beyond that.
            pub const fn new(number: u32) -> Result<Self, NumberError> {
                if number <= Self::MAX.0 {
                    Ok(Self(number))
                } else {
                    Err(NumberError { what: $what, max: Self::MAX.0, received: number })
                }
            }

            /// The number itself.
            pub const fn get(self) -> u32 {
                self.0
            }
        }

        impl TryFrom<u32> for $name {
            type Error = NumberError;

            fn try_from(number: u32) -> Result<Self, NumberError> {
                Self::new(number)
            }
        }

        impl From<$name> for u32 {
            fn from(number: $name) -> Self {
                number.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

bounded_number! {
    /// The number of a code issue: a run of package codes given to one sale batch. 25 bits.
    IssueNumber, 25, "the number of a code issue"
}

bounded_number! {
    /// The place of a package in its code issue, from 0. 27 bits, so an issue has up to 134,217,728 codes.
    CodeIndex, 27, "the index of a package in its code issue"
}

/// The serial in one package's QR code: 20 of Crockford's base 32 characters, upper case.
///
/// That the characters are right says nothing of whether the code was ever made:
/// ask [`KeyRing::decode`](super::KeyRing::decode).
/// [`FromStr`] and serde take the one exact spelling, [`parse_typed`](Self::parse_typed) what people type.
///
/// ```
/// use trace_core::code::PackageCode;
///
/// let code: PackageCode = "CJZCKKD64D6EX5CXY40K".parse()?;
/// assert_eq!(code.grouped(), "CJZC KKD6 4D6E X5CX Y40K");
/// assert_eq!(PackageCode::parse_typed("cjzc-kkd6-4d6e-x5cx-y4ok")?, code);
/// # Ok::<(), trace_core::code::CodeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageCode(u128);

/// Why a text is no [`PackageCode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Too few or too many characters.
    #[error("a package code has 20 characters, received {received}")]
    Length {
        /// How many characters came, spaces and hyphens not counted where those may be typed.
        received: usize,
    },
    /// A character that no code contains.
    #[error(
        "character {position} is {character:?}; a package code has only 0-9 and the letters A-Z without I, L, O, U"
    )]
    Character {
        /// Its place from 1, spaces and hyphens not counted where those may be typed.
        position: usize,
        /// The character as it came.
        character: char,
    },
    /// The letter U, which is left out so that it cannot be taken for V.
    #[error("character {position} is U, which is never used in a package code; it may be a V")]
    NeverUsed {
        /// Its place from 1, spaces and hyphens not counted where those may be typed.
        position: usize,
    },
}

impl CodeError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Length { received } => format!("溯源码有 20 个字符，收到 {received} 个"),
            Self::Character { position, character } => {
                format!("第 {position} 个字符是“{character}”；溯源码只有数字和字母（没有 I、L、O、U）")
            }
            Self::NeverUsed { position } => format!("第 {position} 个字符是 U，溯源码里没有 U，可能是 V"),
        }
    }
}

impl PackageCode {
    /// Takes 100 bits as 20 digits, the most significant first.
    pub(super) const fn from_bits(bits: u128) -> Self {
        Self(bits & ((1 << (5 * CODE_LENGTH)) - 1))
    }

    /// The 100 bits.
    pub(super) const fn bits(self) -> u128 {
        self.0
    }

    /// Reads a code as a person types it: lower case, full-width characters, I or L for 1, O for 0,
    /// with spaces and hyphens wherever they please.
    ///
    /// # Errors
    /// [`CodeError`] with the place, counted from 1 without spaces and hyphens, of the first wrong character.
    pub fn parse_typed(text: &str) -> Result<Self, CodeError> {
        let typed = text.trim().chars().filter(|c| !is_separator(*c));
        Self::from_characters(typed, |character| match half_width(character).to_ascii_uppercase() {
            'I' | 'L' => '1',
            'O' => '0',
            other => other,
        })
    }

    /// Five groups of four with a space between them, to be read aloud and typed.
    pub fn grouped(&self) -> String {
        let mut text = String::with_capacity(CODE_LENGTH + CODE_LENGTH / GROUP_LENGTH);
        for (place, digit) in self.digits().into_iter().enumerate() {
            if place > 0 && place % GROUP_LENGTH == 0 {
                text.push(' ');
            }
            text.push(digit);
        }
        text
    }

    fn from_characters(
        characters: impl Iterator<Item = char>,
        read_as: impl Fn(char) -> char,
    ) -> Result<Self, CodeError> {
        let mut bits = 0_u128;
        let mut length = 0;
        for character in characters {
            length += 1;
            let read = read_as(character);
            let value = DIGITS.iter().position(|digit| char::from(*digit) == read);
            match value {
                // Past the length, characters are only counted for the message: what the shift loses is not used.
                Some(value) => bits = bits << 5 | value as u128,
                None if read == 'U' => return Err(CodeError::NeverUsed { position: length }),
                None => {
                    return Err(CodeError::Character { position: length, character });
                }
            }
        }
        if length != CODE_LENGTH {
            return Err(CodeError::Length { received: length });
        }
        Ok(Self(bits))
    }

    fn digits(self) -> [char; CODE_LENGTH] {
        std::array::from_fn(|place| {
            let value = self.0 >> (5 * (CODE_LENGTH - 1 - place)) & 31;
            char::from(DIGITS[value as usize])
        })
    }
}

/// Whether a character only divides groups: white space or any of the hyphens and dashes that keyboards make.
fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}')
        // Zero-width characters come along when a code is copied from a chat.
        || matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// A full-width form (Unicode FF01 to FF5E, as Chinese input methods make) as its ASCII character.
fn half_width(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        other => other,
    }
}

impl FromStr for PackageCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        Self::from_characters(text.chars(), |character| character)
    }
}

impl fmt::Display for PackageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.digits().iter().collect::<String>())
    }
}

impl fmt::Debug for PackageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackageCode({self})")
    }
}

impl Serialize for PackageCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PackageCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
