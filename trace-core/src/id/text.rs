//! What all textual ids share: one spelling, the same in `Display`, `FromStr` and JSON.

use std::fmt::{self, Display, Formatter};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::Deserializer;
use serde::de::Visitor;

use super::{IdError, base32};

/// How an error names the digits of a hex id.
pub(crate) const HEX_ALLOWED: &str = "0-9 and a-f (lower case)";
/// How it names the hyphen of a batch code.
pub(crate) const HYPHEN_ALLOWED: &str = "a hyphen (-)";

/// The characters that an error allows, in Chinese.
pub(crate) fn allowed_zh(allowed: &str) -> &str {
    match allowed {
        HEX_ALLOWED => "0-9 和 a-f（小写）",
        base32::ALLOWED => "0-9 和 A-Z（没有 I、L、O、U）",
        HYPHEN_ALLOWED => "连字符（-）",
        plain => plain,
    }
}

struct TextVisitor<T>(&'static str, PhantomData<T>);

impl<T: FromStr<Err: Display>> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "a {} as a string", self.0)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(|error| E::custom(format_args!("{}: {error}", self.0)))
    }
}

/// Reads a string through `FromStr`, so that JSON cannot hold a spelling that the parser refuses.
pub(crate) fn deserialize<'de, T, D>(what: &'static str, deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_str(TextVisitor(what, PhantomData))
}

fn expect_length(what: &'static str, text: &str, expected: usize) -> Result<(), IdError> {
    let received = text.chars().count();
    if received == expected { Ok(()) } else { Err(IdError::Length { what, expected, received }) }
}

/// The value of each byte as a lower-case hex digit; 16 for what is none. A lineage reads tens of thousands of ids.
const HEX_VALUES: [u8; 256] = {
    let mut values = [16; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// Reads exactly `2 * N` lower-case hex digits.
pub(crate) fn parse_hex<const N: usize>(what: &'static str, text: &str) -> Result<[u8; N], IdError> {
    let mut bytes = [0; N];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() == N && rest.is_empty() {
        let mut seen = 0;
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            // Not `pair.map`, which is no loop to the compiler: a trace reads thirty thousand ids.
            let (high, low) = (HEX_VALUES[usize::from(pair[0])], HEX_VALUES[usize::from(pair[1])]);
            *byte = high << 4 | low;
            seen |= high | low;
        }
        if seen < 16 {
            return Ok(bytes);
        }
    }
    // Slowly, to say what is wrong.
    expect_length(what, text, 2 * N)?;
    for (index, found) in text.chars().enumerate() {
        let digit = match found {
            '0'..='9' => found as u8 - b'0',
            'a'..='f' => found as u8 - b'a' + 10,
            _ => {
                return Err(IdError::Character { what, position: index + 1, found, allowed: HEX_ALLOWED });
            }
        };
        bytes[index / 2] = bytes[index / 2] << 4 | digit;
    }
    Ok(bytes)
}

/// Reads `prefix` and 16 base32 symbols, most significant first.
pub(crate) fn parse_base32(what: &'static str, prefix: &'static str, text: &str) -> Result<[u8; 10], IdError> {
    expect_length(what, text, prefix.len() + 16)?;
    let Some(symbols) = text.strip_prefix(prefix) else {
        let received = text.chars().take(prefix.len()).collect();
        return Err(IdError::Prefix { what, expected: prefix, received });
    };
    let mut bits = 0u128;
    for (index, found) in symbols.chars().enumerate() {
        let Some(value) = base32::value(found) else {
            let position = prefix.len() + index + 1;
            return Err(IdError::Character { what, position, found, allowed: base32::ALLOWED });
        };
        bits = bits << 5 | u128::from(value);
    }
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&bits.to_be_bytes()[6..]);
    Ok(bytes)
}

/// Writes `prefix` and the 80 bits as 16 base32 symbols.
pub(crate) fn write_base32(f: &mut Formatter<'_>, prefix: &str, bytes: [u8; 10]) -> fmt::Result {
    f.write_str(prefix)?;
    let bits = bytes.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    let mut symbols = [0; 16];
    for (index, symbol) in symbols.iter_mut().rev().enumerate() {
        let [.., low] = (bits >> (5 * index)).to_be_bytes();
        *symbol = base32::ALPHABET[usize::from(low & 31)];
    }
    f.write_str(std::str::from_utf8(&symbols).map_err(|_| fmt::Error)?)
}

/// JSON strings and a readable `Debug` for a type with `Display` and `FromStr`.
macro_rules! text_in_json {
    ($name:ident, $what:literal) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::id::text::deserialize($what, deserializer)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

/// An id of fixed length that is spelled in lower-case hex.
macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// Takes the bytes as they are.
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// The bytes that the hex digits spell.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut digits = [0; 2 * $bytes];
                hex::encode_to_slice(self.0, &mut digits).map_err(|_| std::fmt::Error)?;
                f.write_str(std::str::from_utf8(&digits).map_err(|_| std::fmt::Error)?)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::text::parse_hex($what, text).map(Self)
            }
        }

        $crate::id::text::text_in_json!($name, $what);
    };
}

/// An id of 80 random bits behind a prefix.
macro_rules! base32_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 10]);

        impl $name {
            /// Makes an id of 80 bits that the caller drew at random.
            pub const fn from_random(random: [u8; 10]) -> Self {
                Self(random)
            }

            /// The 80 bits.
            pub const fn as_bytes(&self) -> &[u8; 10] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::id::text::write_base32(f, $prefix, self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::text::parse_base32($what, $prefix, text).map(Self)
            }
        }

        $crate::id::text::text_in_json!($name, $what);
    };
}

pub(crate) use {base32_id, hex_id, text_in_json};
