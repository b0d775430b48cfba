//! Tests of batch codes: every single error and every exchange, and each way in which people spell them.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn sample(seed: u32) -> BatchCode {
    let stage = Stage::ALL[seed as usize % 6];
    let day = date(2026, 1, 1).checked_add(jiff::Span::new().days(i64::from(seed % 3000))).unwrap();
    BatchCode::new(stage, day, seed.wrapping_mul(2_654_435_761).to_be_bytes()).unwrap()
}

/// Would the fourteen symbols pass the check, whatever stage and date they spell?
fn passes(symbols: &[char; SYMBOL_COUNT]) -> bool {
    check_symbol(symbols) == symbols[SYMBOL_COUNT - 1]
}

#[test]
fn every_single_error_is_caught() {
    for seed in 0..300 {
        let right = sample(seed).symbols;
        assert!(passes(&right));
        for index in 0..SYMBOL_COUNT {
            for value in 0..32 {
                let mut wrong = right;
                wrong[index] = base32::symbol(value);
                assert_eq!(passes(&wrong), wrong == right, "{right:?} at {index}");
            }
        }
    }
}

#[test]
fn every_exchange_is_caught() {
    for seed in 0..3000 {
        let right = sample(seed).symbols;
        for first in 0..SYMBOL_COUNT {
            for second in first + 1..SYMBOL_COUNT {
                let mut wrong = right;
                wrong.swap(first, second);
                assert_eq!(passes(&wrong), wrong == right, "{right:?}: {first} and {second}");
            }
        }
    }
}

#[test]
fn the_weights_are_fourteen_different_powers() {
    let mut weight = 1;
    let mut weights = Vec::new();
    for _ in 0..SYMBOL_COUNT {
        weights.push(weight);
        weight = times_alpha(weight);
    }
    weights.sort_unstable();
    weights.dedup();
    assert_eq!(weights.len(), SYMBOL_COUNT);
    // alpha is primitive: its order is 31.
    assert_eq!((0..31).fold(1, |x, _| times_alpha(x)), 1);
    assert!((1..31).all(|n| (0..n).fold(1, |x, _| times_alpha(x)) != 1));
}

#[test]
fn golden_code() {
    // Worked out apart from this code, from the definition of the check character.
    let code = BatchCode::new(Stage::Harvest, date(2026, 11, 20), [0x94, 0xb6, 0x3a, 0xcf]).unwrap();
    assert_eq!(code.to_string(), "H261120-ABCEPF1");
}

#[test]
fn each_fault_has_its_error() {
    let code = sample(7);
    let right = code.to_string();
    let with = |index: usize, c: char| -> String {
        right.chars().enumerate().map(|(i, old)| if i == index { c } else { old }).collect()
    };
    assert!(matches!(BatchCode::parse(&right[1..]), Err(BatchCodeError::Length { expected: 15, received: 14 })));
    assert_eq!(BatchCode::parse(&with(0, 'X')), Err(BatchCodeError::UnknownStage { found: 'X' }));
    assert!(matches!(
        BatchCode::parse(&with(3, 'A')),
        Err(BatchCodeError::Character { position: 4, found: 'A', allowed: "0-9" })
    ));
    assert!(matches!(BatchCode::parse(&with(7, '_')), Err(BatchCodeError::Character { position: 8, .. })));
    assert!(matches!(
        BatchCode::parse(&with(10, 'U')),
        Err(BatchCodeError::Character { position: 11, found: 'U', .. })
    ));
    assert!(matches!(BatchCode::parse("H260230-0000000"), Err(BatchCodeError::ImpossibleDate { .. })));
    assert!(matches!(BatchCode::parse("H261300-0000000"), Err(BatchCodeError::ImpossibleDate { .. })));
    let last = right.chars().last().unwrap();
    let other = if last == '0' { '1' } else { '0' };
    assert_eq!(BatchCode::parse(&with(14, other)), Err(BatchCodeError::CheckCharacter { found: other }));
    assert!(BatchCode::parse(&right.to_lowercase()).is_err(), "records have one spelling");
    for broken in ["", "天麻", "H261120", "H261120-ABCDEFGH"] {
        let error = BatchCode::parse(broken).unwrap_err();
        assert!(!error.zh().is_empty() && !error.to_string().is_empty());
    }
}

#[test]
fn typed_spellings_are_forgiven() {
    let code = BatchCode::new(Stage::Sale, date(2026, 10, 1), [0, 0x10, 0x84, 0x21]).unwrap();
    let right = code.to_string();
    let full_width: String = right.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    for typed in [
        right.to_lowercase(),
        right.replace('-', ""),
        right.replace('-', " - "),
        right.replace('-', "—"),
        format!("  {right}\n"),
        right.replace('1', "l").replace('0', "o"),
        right.replace('1', "I").replace('0', "O"),
        full_width,
        right.chars().flat_map(|c| [c, ' ']).collect(),
    ] {
        assert_eq!(BatchCode::parse_typed(&typed), Ok(code), "{typed:?}");
    }
    assert!(matches!(
        BatchCode::parse_typed("h26 11 20 - abc"),
        Err(BatchCodeError::Length { expected: 14, received: 10 })
    ));
    assert!(matches!(
        BatchCode::parse_typed("h26x120-abcdefg"),
        Err(BatchCodeError::Character { position: 4, found: 'x', .. })
    ));
    assert!(matches!(BatchCode::parse_typed("o261120-abcdefg"), Err(BatchCodeError::UnknownStage { found: 'o' })));
}

#[test]
fn only_this_century_has_codes() {
    assert!(BatchCode::new(Stage::Seed, date(1999, 12, 31), [0; 4]).is_err());
    assert!(BatchCode::new(Stage::Seed, date(2100, 1, 1), [0; 4]).is_err());
    assert!(BatchCode::new(Stage::Seed, date(2000, 2, 29), [0xff; 4]).is_ok());
}

proptest! {
    #[test]
    fn codes_round_trip(seed: u32) {
        let code = sample(seed);
        let text = code.to_string();
        prop_assert_eq!(BatchCode::parse(&text), Ok(code));
        prop_assert_eq!(BatchCode::parse_typed(&text), Ok(code));
        let json = serde_json::to_string(&code).unwrap();
        prop_assert_eq!(serde_json::from_str::<BatchCode>(&json).unwrap(), code);
    }

    #[test]
    fn order_is_that_of_the_text(a: u32, b: u32) {
        let (a, b) = (sample(a), sample(b));
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn no_text_panics(text in ".{0,20}") {
        let _ = BatchCode::parse(&text);
        let _ = BatchCode::parse_typed(&text);
    }
}
