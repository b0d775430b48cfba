//! Texts for symbols: of every mode and of several, of a wished length, dull ones among them.

use qrcode::bits::Bits;
use qrcode::{EcLevel, Version};

const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// Numbers that look random and are the same in every run.
pub struct Numbers(pub u64);

impl Numbers {
    /// One of 0 to `below` - 1.
    pub fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 20).unwrap() % below
    }
}

/// What a text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Digits,
    Alphanumeric,
    Bytes,
    /// Runs of each, which are cut into several modes.
    Mixed,
}

pub const KINDS: [Kind; 4] = [Kind::Digits, Kind::Alphanumeric, Kind::Bytes, Kind::Mixed];

impl Kind {
    fn byte(self, numbers: &mut Numbers) -> u8 {
        match self {
            Self::Digits => b'0' + u8::try_from(numbers.next(10)).unwrap(),
            Self::Alphanumeric => ALPHANUMERIC[numbers.next(ALPHANUMERIC.len())],
            // Without the bytes that begin a kanji, which are the crate's alone.
            Self::Bytes | Self::Mixed => u8::try_from(numbers.next(0x80)).unwrap(),
        }
    }

    pub fn text(self, length: usize, numbers: &mut Numbers) -> Vec<u8> {
        if self != Self::Mixed {
            return (0..length).map(|_| self.byte(numbers)).collect();
        }
        let mut text = Vec::with_capacity(length);
        while text.len() < length {
            let kind = KINDS[numbers.next(3)];
            text.extend((0..=numbers.next(20)).map(|_| kind.byte(numbers)));
        }
        text.truncate(length);
        text
    }

    /// A text that repeats itself, as those do for which masks are hardest to choose.
    pub fn dull(self, length: usize, numbers: &mut Numbers) -> Vec<u8> {
        let period = 1 + numbers.next(3);
        let again = self.text(period, numbers);
        again.into_iter().cycle().take(length).collect()
    }

    /// A character that no smaller mode has.
    pub const fn widest(self) -> u8 {
        match self {
            Self::Digits => b'7',
            Self::Alphanumeric => b'Q',
            Self::Bytes | Self::Mixed => b'q',
        }
    }

    /// The longest text in one mode that fits a version (table 7). Mixed ones are about as long: the crate cuts them
    /// greedily, and may need a bit more than for bytes alone.
    pub fn longest(self, version: usize, level: EcLevel) -> usize {
        let capacity = Bits::new(Version::Normal(i16::try_from(version).unwrap()));
        let bits = capacity.max_len(level).unwrap() - 4;
        let long = version > 9;
        match self {
            Self::Digits => {
                let bits = bits - if long { 12 } else { 10 };
                bits / 10 * 3
                    + match bits % 10 {
                        0..4 => 0,
                        4..7 => 1,
                        _ => 2,
                    }
            }
            Self::Alphanumeric => {
                let bits = bits - if long { 11 } else { 9 };
                bits / 11 * 2 + usize::from(bits % 11 >= 6)
            }
            Self::Bytes | Self::Mixed => (bits - if long { 16 } else { 8 }) / 8,
        }
    }
}
