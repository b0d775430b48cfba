//! FF1 over package codes: a permutation of all 100-bit numbers under one key.
//!
//! Follows NIST SP 800-38G section 5.1 through the crate `fpe`. That crate's own numeral strings are
//! general and allocate; with radix 32 and 20 numerals a half is a 50-bit integer, so this file gives it halves
//! that are plain integers. Which numbers count as codes is in `keyring`.

use aes::Aes256;
use fpe::ff1::{FF1, NumeralString, Operations};

use super::serial::CODE_LENGTH;

/// The tweak, which keeps these permutations apart from any other use of a key.
const TWEAK: &[u8] = b"tianma-trace/code/1";

/// Numerals are characters of Crockford's base 32.
const RADIX: u32 = 32;

/// The bits of one numeral.
const NUMERAL_BITS: usize = 5;

/// The numerals of a half: FF1 splits 20 into 10 and 10.
const HALF_LENGTH: usize = CODE_LENGTH / 2;

/// The bits of a half.
const HALF_BITS: usize = HALF_LENGTH * NUMERAL_BITS;

/// The bytes of a half: the standard's b = ceil(50 / 8).
const HALF_BYTES: usize = HALF_BITS.div_ceil(8);

/// The permutation of 100-bit numbers under one 256-bit key.
pub(super) struct Permutation(FF1<Aes256>);

impl Permutation {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        match FF1::new(key, RADIX) {
            Ok(cipher) => Self(cipher),
            Err(_) => unreachable!("the standard allows radix 2 to 65536"),
        }
    }

    /// Encrypts the low 100 bits of `plain`.
    pub(super) fn forward(&self, plain: u128) -> u128 {
        match self.0.encrypt(TWEAK, &Numerals(plain)) {
            Ok(numerals) => numerals.0,
            Err(_) => unreachable!("20 numerals of radix 32 are above the standard's minimum"),
        }
    }

    /// Decrypts the low 100 bits of `permuted`.
    pub(super) fn backward(&self, permuted: u128) -> u128 {
        match self.0.decrypt(TWEAK, &Numerals(permuted)) {
            Ok(numerals) => numerals.0,
            Err(_) => unreachable!("20 numerals of radix 32 are above the standard's minimum"),
        }
    }
}

/// 20 numerals of 5 bits, big-endian, in an integer.
struct Numerals(u128);

/// 10 of them.
struct Half(u64);

impl NumeralString for Numerals {
    type Ops = Half;

    fn is_valid(&self, radix: u32) -> bool {
        radix == RADIX && self.0 >> (2 * HALF_BITS) == 0
    }

    fn numeral_count(&self) -> usize {
        CODE_LENGTH
    }

    #[expect(clippy::cast_possible_truncation, reason = "both parts are masked to 50 bits")]
    fn split(&self) -> (Half, Half) {
        let mask = (1 << HALF_BITS) - 1;
        (Half((self.0 >> HALF_BITS & mask) as u64), Half((self.0 & mask) as u64))
    }

    fn concat(a: Half, b: Half) -> Self {
        Self(u128::from(a.0) << HALF_BITS | u128::from(b.0))
    }
}

impl Half {
    /// The standard's NUM of a byte string, modulo 2^50; higher bits fall out of the shifts.
    fn number(bytes: impl Iterator<Item = u8>) -> u64 {
        bytes.fold(0, |number, byte| number << 8 | u64::from(byte))
    }

    const fn reduced(number: u64) -> Self {
        Self(number & ((1 << HALF_BITS) - 1))
    }
}

impl Operations for Half {
    type Bytes = [u8; HALF_BYTES];

    fn numeral_count(&self) -> usize {
        HALF_LENGTH
    }

    fn to_be_bytes(&self, radix: u32, b: usize) -> [u8; HALF_BYTES] {
        debug_assert!(radix == RADIX && b == HALF_BYTES);
        let bytes = self.0.to_be_bytes();
        std::array::from_fn(|place| bytes[bytes.len() - HALF_BYTES + place])
    }

    // 2^50 divides 2^64, so that wrapping arithmetic followed by a mask is arithmetic modulo 32^10.
    fn add_mod_exp(self, other: impl Iterator<Item = u8>, radix: u32, m: usize) -> Self {
        debug_assert!(radix == RADIX && m == HALF_LENGTH);
        Self::reduced(self.0.wrapping_add(Self::number(other)))
    }

    fn sub_mod_exp(self, other: impl Iterator<Item = u8>, radix: u32, m: usize) -> Self {
        debug_assert!(radix == RADIX && m == HALF_LENGTH);
        Self::reduced(self.0.wrapping_sub(Self::number(other)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use aes::cipher::{BlockCipherEncrypt, KeyInit};
    use aes::{Aes128, Aes192};
    use fpe::ff1::FlexibleNumeralString;
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Samples {
        samples: Vec<Sample>,
    }

    #[derive(Deserialize)]
    struct Sample {
        key: String,
        radix: u32,
        tweak: String,
        plain: String,
        encrypted: String,
    }

    fn is_the_sample<C: BlockCipherEncrypt + KeyInit + Clone>(sample: &Sample) -> bool {
        let numerals =
            |text: &str| -> Vec<u16> { text.chars().map(|c| c.to_digit(36).unwrap().try_into().unwrap()).collect() };
        let cipher = FF1::<C>::new(&hex::decode(&sample.key).unwrap(), sample.radix).unwrap();
        let tweak = hex::decode(&sample.tweak).unwrap();
        let plain = FlexibleNumeralString::from(numerals(&sample.plain));
        let encrypted = cipher.encrypt(&tweak, &plain).unwrap();
        let back = cipher.decrypt(&tweak, &encrypted).unwrap();
        Vec::from(back) == Vec::from(plain) && Vec::from(encrypted) == numerals(&sample.encrypted)
    }

    /// NIST's nine samples: keys of 128, 192 and 256 bits, radix 10 and 36, with a tweak and without.
    #[test]
    fn the_crate_computes_the_standard() {
        let text = include_str!("../../../fixtures/golden/ff1.json");
        let Samples { samples } = serde_json::from_str(text).unwrap();
        assert_eq!(samples.len(), 9);
        for sample in samples {
            assert!(match sample.key.len() {
                32 => is_the_sample::<Aes128>(&sample),
                48 => is_the_sample::<Aes192>(&sample),
                _ => is_the_sample::<Aes256>(&sample),
            });
        }
    }

    proptest! {
        #[test]
        fn integer_halves_are_the_crates_numerals(key: [u8; 32], bits in 0_u128..1 << 100) {
            let numerals = |bits: u128| -> Vec<u16> {
                (0..20).rev().map(|i| (bits >> (5 * i) & 31).try_into().unwrap()).collect()
            };
            let own = Permutation::new(&key);
            let general = FF1::<Aes256>::new(&key, RADIX).unwrap();
            let plain = FlexibleNumeralString::from(numerals(bits));
            let permuted = own.forward(bits);
            let expected = general.encrypt(TWEAK, &plain).unwrap();
            prop_assert_eq!(numerals(permuted), Vec::from(expected));
            prop_assert_eq!(own.backward(permuted), bits);
        }
    }
}
