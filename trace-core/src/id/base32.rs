//! Crockford's base32 alphabet: the 32 symbols of party, site and batch ids.
//!
//! Only symbols and values; the forgiving reading of what people type belongs to the id that wants it.

/// The symbols in the order of their values 0 to 31: no I, L, O or U.
pub(crate) const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How an error names the alphabet.
pub(crate) const ALLOWED: &str = "0-9 and A-Z without I, L, O, U";

/// The symbol of the low five bits of `value`.
pub(crate) fn symbol(value: u8) -> char {
    char::from(ALPHABET[usize::from(value & 31)])
}

/// Marks a byte that is no symbol in [`VALUES`].
const NONE: u8 = u8::MAX;

/// The value of each byte: ids are read in every stored row, a search through the alphabet would show.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        #[expect(clippy::cast_possible_truncation, reason = "below 32")]
        {
            values[ALPHABET[value] as usize] = value as u8;
        }
        value += 1;
    }
    values
};

/// The value 0 to 31 of an upper-case symbol.
pub(crate) fn value(symbol: char) -> Option<u8> {
    let byte = u8::try_from(symbol).ok().filter(u8::is_ascii)?;
    Some(VALUES[usize::from(byte)]).filter(|value| *value != NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_symbols_are_inverse() {
        for v in 0..32 {
            assert_eq!(value(symbol(v)), Some(v));
        }
        for absent in ['I', 'L', 'O', 'U', 'a', '-', '天'] {
            assert_eq!(value(absent), None);
        }
    }
}
