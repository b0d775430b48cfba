//! Symbols against those of the `qrcode` crate, module by module: 4,000 texts, or as many as `TRACE_SYMBOLS` says;
//! `tests/run symbols` says 100,000.

use std::collections::BTreeSet;

use qrcode::{Color, EcLevel, QrCode, Version};
use trace_core::code::{Level, Symbol};

use crate::contents::{KINDS, Numbers};

const LEVELS: [Level; 4] = [Level::L, Level::M, Level::Q, Level::H];

/// The versions that are drawn without the crate.
const VERSIONS: std::ops::RangeInclusive<usize> = 1..=10;

/// The version of a text's symbol, after its modules were found to be the crate's.
fn compared(text: &[u8], level: Level) -> usize {
    let text = str::from_utf8(text).unwrap();
    let own = Symbol::new(text, level).unwrap();
    let crates = QrCode::with_error_correction_level(text, EcLevel::from(level)).unwrap();
    assert_eq!((own.size(), Version::Normal(own.version().into())), (crates.width(), crates.version()));
    let modules = crates.into_colors().into_iter().map(|colour| colour == Color::Dark);
    assert!(own.modules().eq(modules), "level {level}, {text:?}");
    own.version().into()
}

/// The same of contents of every version and kind at one level.
fn compared_many(level: Level, wanted: usize) {
    let mut numbers = Numbers(0x7469_616e_6d61 + level as u64);
    let mut met = BTreeSet::new();
    let mut count = 0;
    while count < wanted {
        for (version, kind) in VERSIONS.flat_map(|version| KINDS.map(|kind| (version, kind))) {
            let longest = kind.longest(version, level.into());
            let shortest = if version == 1 { 1 } else { kind.longest(version - 1, level.into()) + 1 };
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
            let longest = kind.longest(version, level.into());
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
