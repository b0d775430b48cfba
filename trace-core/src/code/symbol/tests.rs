//! Symbols against those of the `qrcode` crate, module by module: what no text reaches, and texts of one letter.
//!
//! Texts of every kind, in their thousands, are compared by `tests/tests/codes`.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use proptest::prelude::*;
use qrcode::canvas::Canvas;

use super::*;

const LEVELS: [Level; 4] = [Level::L, Level::M, Level::Q, Level::H];
const VERSIONS: std::ops::RangeInclusive<usize> = 1..=layout::VERSION_MAX;
/// The version of the symbol, after its modules were found to be the crate's; or that none is drawn here, as it is past
/// version 10.
fn compared(text: &[u8], level: Level) -> usize {
    let own = Symbol::drawn_here(text, level);
    let crates = Symbol::drawn_by_crate(text, level).unwrap();
    let version = usize::from(crates.version);
    assert_eq!(
        own,
        VERSIONS.contains(&version).then_some(crates),
        "level {level}, {:?}",
        String::from_utf8_lossy(text)
    );
    version
}

#[test]
fn dull_ones_are_the_crates() {
    for level in LEVELS {
        for byte in [0, b'0', b'9', b' ', b'A', b':', b'a', 0x7f, 0xff] {
            for version in VERSIONS {
                let bits = qrcode::bits::Bits::new(Version::Normal(i16::try_from(version).unwrap()));
                let longest = bits.max_len(level.into()).unwrap() / 8 - 3;
                for length in [longest, longest / 2 + 1] {
                    compared(&vec![byte; length], level);
                }
            }
        }
    }
}

/// No text makes codewords that are all alike; here they are, so that every rule of the masks meets its extremes.
#[test]
fn any_codewords_get_the_crates_mask() {
    // Numbers that look random and are the same in every run.
    let mut state = 7_u64;
    let mut number = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    for (version, level) in VERSIONS.flat_map(|version| LEVELS.map(|level| (version, level))) {
        let normal = Version::Normal(i16::try_from(version).unwrap());
        let layout = layout::layout(version, level.into()).unwrap();
        let data = qrcode::bits::Bits::new(normal).max_len(level.into()).unwrap() / 8;
        let (data, correction) = qrcode::ec::construct_codewords(&vec![0; data], normal, level.into()).unwrap();
        let codewords = data.len() + correction.len();
        let streams = [0x00, 0xff, 0x55, 0xaa, 0x0f, 0x33, 0xcc, 0x92, 0x5d, 0xba]
            .map(|byte| [byte; 8 * 44])
            .into_iter()
            .chain((0..6).map(|sparse| std::array::from_fn(|_| (0..sparse).fold(0xff, |byte, _| byte & number()))));
        for stream in streams {
            let (eights, _) = stream.as_chunks();
            let words: Vec<u64> = eights.iter().map(|eight| u64::from_be_bytes(*eight)).collect();
            let rows = layout.draw_words(&words);
            let mut canvas = Canvas::new(normal, level.into());
            canvas.draw_all_functional_patterns();
            canvas.draw_data(&stream[..codewords], &[]);
            let best = canvas.apply_best_mask().into_colors();
            let own =
                best.iter().enumerate().map(|(place, _)| rows[place / rows.len()] >> (place % rows.len()) & 1 == 1);
            assert!(
                own.eq(best.iter().map(|colour| *colour == Color::Dark)),
                "version {version} {level}, {stream:02x?}"
            );
        }
    }
}

#[test]
fn what_is_not_drawn_here_is_the_crates() {
    // In UTF-8 these pass for Shift JIS, which the crate packs as kanji.
    for text in ["天麻", "彝良小草坝天麻 250 克", &"麻".repeat(60), &"A".repeat(1000)] {
        let symbol = Symbol::new(text, Level::M).unwrap();
        assert_eq!(Some(symbol), Symbol::drawn_by_crate(text.as_bytes(), Level::M), "{text}");
    }
    let large = Symbol::new(&"a".repeat(1200), Level::H).unwrap();
    assert_eq!((large.version(), large.size()), (39, 173));
    let dark = (0..7).all(|module| large.is_dark(172 - module, 0) && large.is_dark(172, module));
    assert!(dark && !large.is_dark(165, 0) && !large.is_dark(173, 0) && !large.is_dark(0, 173));
    assert_eq!(large.modules().count(), 173 * 173);
}

proptest! {
    #[test]
    fn any_text_gets_the_crates_symbol(text in proptest::collection::vec(0_u8..0x80, 1..300), level in 0_usize..4) {
        compared(&text, LEVELS[level]);
    }
}
