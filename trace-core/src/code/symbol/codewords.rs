//! The data codewords of a text (ISO/IEC 18004 section 7.4): how it is cut into modes is the `qrcode` crate's, so that
//! both make the same symbol of it; its bits are put together here, in one pass and without an allocation.
//!
//! What stands here knows versions up to 10 and no kanji mode; for the rest `encode` has no answer and the crate does it.

use std::sync::LazyLock;

use qrcode::bits::Bits;
use qrcode::optimize::Parser;
use qrcode::types::Mode;
use qrcode::{EcLevel, Version};

use super::layout::VERSION_MAX;

/// The data codewords of version 10 at level L, 274, and room for its last bits, which are
/// written four bytes at a time.
const ROOM: usize = 274 + 4;

/// The bits that data may have, by level and version.
static CAPACITIES: LazyLock<[[usize; VERSION_MAX]; 4]> = LazyLock::new(|| {
    let capacity = |version: usize, level| {
        let version = Version::Normal(i16::try_from(version).unwrap_or(i16::MAX));
        Bits::new(version).max_len(level).unwrap_or(0)
    };
    [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H]
        .map(|level| std::array::from_fn(|version| capacity(version + 1, level)))
});

/// The values of characters in alphanumeric mode (table 5); those of others are not used.
const VALUES: [u8; 256] = {
    let characters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut values = [0; 256];
    let mut value = 0_u8;
    while (value as usize) < characters.len() {
        values[characters[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// The data codewords of a symbol, and its version.
pub(super) struct Codewords {
    version: usize,
    bytes: [u8; ROOM],
    length: usize,
}

impl Codewords {
    /// The version, 1 to 10.
    pub(super) const fn version(&self) -> usize {
        self.version
    }

    /// The codewords.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// The codewords of the smallest symbol that holds a text; nothing where it takes a version past 10 or kanji mode.
pub(super) fn encode(text: &[u8], level: EcLevel) -> Option<Codewords> {
    let capacities = &CAPACITIES[level as usize];
    // Up to version 9 a segment counts its characters in fewer bits than up to 26, so that the crate tries these two.
    let (short, long) = capacities.split_at(9);
    if let Some(text) = Written::of(text, Version::Normal(9), short[8]) {
        let version = short.iter().position(|capacity| *capacity >= text.bits)?;
        return Some(text.filled(version + 1, short[version] / 8));
    }
    let text = Written::of(text, Version::Normal(26), long[0])?;
    // Were it cut differently and became shorter than before, the crate would take a smaller version.
    (text.bits > short[8]).then(|| text.filled(VERSION_MAX, long[0] / 8))
}

/// The bits of a text, without what fills the rest of a symbol.
struct Written {
    bytes: [u8; ROOM],
    /// Whole bytes so far.
    length: usize,
    /// The bits after them, fewer than 32, as the lowest bits.
    pending: u64,
    pending_bits: usize,
    bits: usize,
}

impl Written {
    /// A text with its modes and counts as in that version, if it has at most so many bits.
    fn of(text: &[u8], version: Version, bits_max: usize) -> Option<Self> {
        let mut written = Self { bytes: [0; ROOM], length: 0, pending: 0, pending_bits: 0, bits: 0 };
        for segment in Parser::new(text).optimize(version) {
            written.bits += segment.encoded_len(version);
            if written.bits > bits_max {
                return None;
            }
            let characters = &text[segment.begin..segment.end];
            let mode = match segment.mode {
                Mode::Numeric => 0b0001,
                Mode::Alphanumeric => 0b0010,
                Mode::Byte => 0b0100,
                Mode::Kanji => return None,
            };
            written.push(4, mode);
            written.push(segment.mode.length_bits_count(version), characters.len() as u64);
            written.push_characters(segment.mode, characters);
        }
        Some(written)
    }

    fn push_characters(&mut self, mode: Mode, characters: &[u8]) {
        match mode {
            Mode::Numeric => {
                for digits in characters.chunks(3) {
                    let number = digits.iter().fold(0, |number, digit| 10 * number + u64::from(digit - b'0'));
                    self.push(3 * digits.len() + 1, number);
                }
            }
            Mode::Alphanumeric => {
                let (pairs, last) = characters.as_chunks();
                for [first, second] in pairs {
                    let value = |character: &u8| u64::from(VALUES[usize::from(*character)]);
                    self.push(11, 45 * value(first) + value(second));
                }
                for character in last {
                    self.push(6, u64::from(VALUES[usize::from(*character)]));
                }
            }
            Mode::Byte | Mode::Kanji => {
                for byte in characters {
                    self.push(8, u64::from(*byte));
                }
            }
        }
    }

    /// Appends the lowest so many bits, at most 16, of a number that has no others.
    fn push(&mut self, bits: usize, number: u64) {
        self.pending = self.pending << bits | number;
        self.pending_bits += bits;
        if self.pending_bits >= 32 {
            self.pending_bits -= 32;
            #[expect(clippy::cast_possible_truncation, reason = "what is above 32 bits was written before")]
            let whole = (self.pending >> self.pending_bits) as u32;
            self.bytes[self.length..self.length + 4].copy_from_slice(&whole.to_be_bytes());
            self.length += 4;
        }
    }

    /// Ends the text and fills the symbol (section 7.4.10): up to four zeros, zeros to a whole codeword, then two
    /// codewords in turn.
    fn filled(mut self, version: usize, length: usize) -> Codewords {
        let terminator = (8 * length - self.bits).min(4);
        self.push(terminator, 0);
        let whole = (self.pending << (32 - self.pending_bits)).to_be_bytes();
        self.bytes[self.length..self.length + 4].copy_from_slice(&whole[4..]);
        let begins = (self.bits + terminator).div_ceil(8);
        for (byte, filling) in self.bytes[begins..length].iter_mut().zip([0b1110_1100, 0b0001_0001].into_iter().cycle())
        {
            *byte = filling;
        }
        Codewords { version, bytes: self.bytes, length }
    }
}
