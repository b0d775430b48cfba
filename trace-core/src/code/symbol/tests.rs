//! Symbols against those of the `qrcode` crate, module by module.
//!
//! `TRACE_SYMBOLS` sets how many contents are compared; `tests/run symbols` compares 100,000.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;

use qrcode::canvas::Canvas;

use super::*;

const LEVELS: [Level; 4] = [Level::L, Level::M, Level::Q, Level::H];
const VERSIONS: std::ops::RangeInclusive<usize> = 1..=layout::VERSION_MAX;
const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    /// One of 0 to `below` - 1.
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 20).unwrap() % below
    }
}

/// What a text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Digits,
    Alphanumeric,
    Bytes,
    /// Runs of each, which are cut into several modes.
    Mixed,
}

const KINDS: [Kind; 4] = [Kind::Digits, Kind::Alphanumeric, Kind::Bytes, Kind::Mixed];

impl Kind {
    fn byte(self, numbers: &mut Numbers) -> u8 {
        match self {
            Self::Digits => b'0' + u8::try_from(numbers.next(10)).unwrap(),
            Self::Alphanumeric => ALPHANUMERIC[numbers.next(ALPHANUMERIC.len())],
            // Without the bytes that begin a kanji, which are the crate's alone.
            Self::Bytes | Self::Mixed => u8::try_from(numbers.next(0x80)).unwrap(),
        }
    }

    fn text(self, length: usize, numbers: &mut Numbers) -> Vec<u8> {
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
    fn dull(self, length: usize, numbers: &mut Numbers) -> Vec<u8> {
        let period = 1 + numbers.next(3);
        let again = self.text(period, numbers);
        again.into_iter().cycle().take(length).collect()
    }

    /// A character that no smaller mode has.
    const fn widest(self) -> u8 {
        match self {
            Self::Digits => b'7',
            Self::Alphanumeric => b'Q',
            Self::Bytes | Self::Mixed => b'q',
        }
    }

    /// The longest text in one mode that fits a version (table 7). Mixed ones are about as long: the crate cuts them
    /// greedily, and may need a bit more than for bytes alone.
    fn longest(self, version: usize, level: Level) -> usize {
        let capacity = qrcode::bits::Bits::new(Version::Normal(i16::try_from(version).unwrap()));
        let bits = capacity.max_len(level.into()).unwrap() - 4;
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

/// The same of contents of every version and kind at one level.
fn compared_many(level: Level, wanted: usize) {
    let mut numbers = Numbers(0x7469_616e_6d61 + level as u64);
    let mut met = BTreeSet::new();
    let mut count = 0;
    while count < wanted {
        for (version, kind) in VERSIONS.flat_map(|version| KINDS.map(|kind| (version, kind))) {
            let longest = kind.longest(version, level);
            let shortest = if version == 1 { 1 } else { kind.longest(version - 1, level) + 1 };
            let length = shortest + numbers.next(longest - shortest + 1);
            let dull = numbers.next(4) == 0;
            let text = if dull { kind.dull(length, &mut numbers) } else { kind.text(length, &mut numbers) };
            let version = compared(&text, level);
            if VERSIONS.contains(&version) {
                met.insert((version, kind));
                count += 1;
            }
        }
    }
    assert_eq!(met.len(), 10 * 4, "every version with every kind of text at level {level}");
}

#[test]
fn they_are_the_crates() {
    let wanted = std::env::var("TRACE_SYMBOLS").map_or(4000, |count| count.parse().unwrap());
    std::thread::scope(|scope| {
        for level in LEVELS {
            scope.spawn(move || compared_many(level, wanted / LEVELS.len()));
        }
    });
}

#[test]
fn the_shortest_and_the_longest_are_the_crates() {
    let mut numbers = Numbers(42);
    for (level, kind) in LEVELS.iter().flat_map(|level| KINDS.map(|kind| (*level, kind))) {
        assert_eq!(compared(&kind.text(1, &mut numbers), level), 1);
        for version in VERSIONS {
            let longest = kind.longest(version, level);
            // What is cut into several modes may fit a smaller version, or not quite this one.
            compared(&kind.text(longest, &mut numbers), level);
            compared(&kind.dull(longest, &mut numbers), level);
            // Of these nothing can be saved.
            let full = vec![kind.widest(); longest];
            assert_eq!(compared(&full, level), version, "{kind:?} {level}");
            let (longer, next) = ([&full[..], &full[..1]].concat(), version + 1);
            assert_eq!(compared(&longer, level), next);
        }
    }
}

#[test]
fn dull_ones_are_the_crates() {
    for level in LEVELS {
        for byte in [0, b'0', b'9', b' ', b'A', b':', b'a', 0x7f, 0xff] {
            for version in VERSIONS {
                for length in [Kind::Bytes.longest(version, level), Kind::Bytes.longest(version, level) / 2 + 1] {
                    compared(&vec![byte; length], level);
                }
            }
        }
    }
}

/// No text makes codewords that are all alike; here they are, so that every rule of the masks meets its extremes.
#[test]
fn any_codewords_get_the_crates_mask() {
    let mut numbers = Numbers(7);
    for (version, level) in VERSIONS.flat_map(|version| LEVELS.map(|level| (version, level))) {
        let normal = Version::Normal(i16::try_from(version).unwrap());
        let layout = layout::layout(version, level.into()).unwrap();
        let data = qrcode::bits::Bits::new(normal).max_len(level.into()).unwrap() / 8;
        let (data, correction) = qrcode::ec::construct_codewords(&vec![0; data], normal, level.into()).unwrap();
        let codewords = data.len() + correction.len();
        let streams = [0x00, 0xff, 0x55, 0xaa, 0x0f, 0x33, 0xcc, 0x92, 0x5d, 0xba]
            .map(|byte| [byte; 8 * 44])
            .into_iter()
            .chain((0..6).map(|sparse| {
                std::array::from_fn(|_| {
                    (0..sparse).fold(0xff, |byte, _| byte & u8::try_from(numbers.next(256)).unwrap())
                })
            }));
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
