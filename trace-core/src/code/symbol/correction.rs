//! Error correction codewords (ISO/IEC 18004 section 7.5): the remainder of a block by a generator polynomial, a byte
//! at a time from a table that the `qrcode` crate filled.
//!
//! How codewords are cut into blocks is in `layout`.

use std::sync::OnceLock;

use qrcode::ec::create_error_correction_code;

/// The most codewords of error correction of a block here, up to version 10: 30; in whole words, 32.
const LENGTH_MAX: usize = 32;

/// A remainder, its first codeword the highest byte.
type Remainder = [u64; LENGTH_MAX / 8];

/// The remainders of every codeword that is followed by as many zeros as there are codewords of error correction.
pub(super) struct Correction {
    length: usize,
    remainders: Vec<Remainder>,
}

static CORRECTIONS: [OnceLock<Correction>; LENGTH_MAX] = [const { OnceLock::new() }; LENGTH_MAX];

impl Correction {
    /// That of so many codewords a block; nothing from 32 on.
    pub(super) fn of_length(length: usize) -> Option<&'static Self> {
        let remainders = || {
            (0..=u8::MAX).map(|lead| {
                let mut bytes = [0; LENGTH_MAX];
                bytes[..length].copy_from_slice(&create_error_correction_code(&[lead], length));
                let (eights, _) = bytes.as_chunks();
                std::array::from_fn(|word| u64::from_be_bytes(eights[word]))
            })
        };
        Some(CORRECTIONS.get(length)?.get_or_init(|| Self { length, remainders: remainders().collect() }))
    }

    /// The codewords of error correction of a block.
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    /// Those of this block, and zeros after them.
    pub(super) fn of(&self, block: &[u8]) -> [u8; LENGTH_MAX] {
        let mut rest: Remainder = [0; LENGTH_MAX / 8];
        for byte in block {
            let [first, ..] = rest[0].to_be_bytes();
            let remainder = self.remainders[usize::from(byte ^ first)];
            rest = [
                (rest[0] << 8 | rest[1] >> 56) ^ remainder[0],
                (rest[1] << 8 | rest[2] >> 56) ^ remainder[1],
                (rest[2] << 8 | rest[3] >> 56) ^ remainder[2],
                rest[3] << 8 ^ remainder[3],
            ];
        }
        let mut bytes = [0; LENGTH_MAX];
        let (eights, _) = bytes.as_chunks_mut();
        for (eight, word) in eights.iter_mut().zip(rest) {
            *eight = word.to_be_bytes();
        }
        bytes
    }
}
