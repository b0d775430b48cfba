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

/// The value 0 to 31 of an upper-case symbol.
pub(crate) fn value(symbol: char) -> Option<u8> {
    let value = *VALUES.get(usize::try_from(u32::from(symbol)).ok()?)?;
    (value < 32).then_some(value)
}

/// The value of each ASCII character; 32 where it is no symbol.
const VALUES: [u8; 128] = {
    let mut values = [32; 128];
    let mut value = 0u8;
    while value < 32 {
        values[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    values
};

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
