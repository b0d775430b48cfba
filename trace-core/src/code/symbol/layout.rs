//! Where everything stands in a symbol of one version and level, read off the `qrcode` crate once and kept.
//!
//! Nothing of ISO/IEC 18004's tables and drawings is written down here a second time: the crate draws and computes, and
//! this file looks where its bits went. What the bits of a text are is in `codewords`, the choice of a mask in `masks`.

use std::sync::OnceLock;

use qrcode::bits::Bits;
use qrcode::canvas::{Canvas, MaskPattern, Module};
use qrcode::ec::construct_codewords;
use qrcode::{Color, EcLevel, Version};

use super::correction::Correction;
use super::masks::{Lanes, MARGIN, MASKS};

/// The highest version that has a layout here; longer texts are the crate's alone.
pub(super) const VERSION_MAX: usize = 10;

/// The codewords of version 10.
const CODEWORDS_MAX: usize = 346;

/// Those as 64 bits each.
const WORDS_MAX: usize = CODEWORDS_MAX.div_ceil(8);

/// The masks in their order.
const PATTERNS: [MaskPattern; MASKS] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// Where modules, codewords and blocks stand.
pub(super) struct Layout {
    /// Function patterns, format and version information, and each mask on the modules between them.
    base: Vec<Lanes>,
    /// The places of data codewords in the order in which they are drawn: block by block in turn.
    order: Vec<u16>,
    /// The data codewords of each block, from and to.
    blocks: Vec<(usize, usize)>,
    correction: &'static Correction,
    /// For each 64 drawn bits the steps that bring them to their modules.
    steps: Vec<Vec<Step>>,
    /// The module of each drawn bit.
    places: Vec<Place>,
}

/// Takes one or two neighbouring bits of a word to two neighbouring modules of a row.
struct Step {
    row: usize,
    /// How far the word is turned left, so that they stand in their columns.
    turn: u32,
    /// Those columns.
    columns: u64,
}

/// Damaged codewords of a block.
pub(super) struct Damage {
    pub(super) damaged: usize,
    /// How many can be corrected: two of error correction find and mend one (section 7.5.1; in the smallest versions
    /// fewer, as some only tell that there are errors).
    pub(super) corrected: usize,
    /// The codewords of the longest block.
    pub(super) block: usize,
}

/// A module: row and column.
type Place = (usize, usize);

static LAYOUTS: [[OnceLock<Option<Layout>>; 4]; VERSION_MAX] = [const { [const { OnceLock::new() }; 4] }; VERSION_MAX];

/// The layout of a version from 1 to [`VERSION_MAX`].
pub(super) fn layout(version: usize, level: EcLevel) -> Option<&'static Layout> {
    let levels = LAYOUTS.get(version.checked_sub(1)?)?;
    let read = || Layout::read(Version::Normal(i16::try_from(version).ok()?), level);
    levels[level as usize].get_or_init(read).as_ref()
}

impl Layout {
    /// The rows of the symbol of these data codewords under the best mask, bit n the module in column n.
    pub(super) fn draw(&self, data: &[u8]) -> Vec<u64> {
        self.draw_words(&self.words(data))
    }

    /// The same from all codewords as they are drawn, eight a word.
    pub(super) fn draw_words(&self, words: &[u64]) -> Vec<u64> {
        let mut rows = [0; 64];
        for (word, steps) in words.iter().zip(&self.steps) {
            for step in steps {
                // No symbol here has 64 rows; the remainder spares a check of bounds.
                rows[step.row % 64] |= word.rotate_left(step.turn) & step.columns;
            }
        }
        let mask = super::masks::best(&self.base, &rows);
        self.base.iter().zip(rows).map(|(base, data)| (base[mask] ^ data) >> MARGIN).collect()
    }

    /// All codewords in the order in which they are drawn, eight a word.
    fn words(&self, data: &[u8]) -> [u64; WORDS_MAX] {
        let mut drawn = [0; 8 * WORDS_MAX];
        for (drawn, place) in drawn.iter_mut().zip(&self.order) {
            *drawn = data[usize::from(*place)];
        }
        let (count, rest) = (self.blocks.len(), &mut drawn[self.order.len()..]);
        for (block, (from, to)) in self.blocks.iter().enumerate() {
            let bytes = self.correction.of(&data[*from..*to]);
            for (drawn, byte) in rest[block..].iter_mut().step_by(count).zip(&bytes[..self.correction.length()]) {
                *drawn = *byte;
            }
        }
        let (eights, _) = drawn.as_chunks();
        std::array::from_fn(|word| u64::from_be_bytes(eights[word]))
    }

    /// What the block that lost most has lost, where `damaged` says which column and row are not as they should be.
    pub(super) fn damage(&self, damaged: impl Fn(usize, usize) -> bool) -> Damage {
        let mut of_blocks = vec![0; self.blocks.len()];
        for (codeword, places) in self.places.chunks(8).enumerate() {
            if places.iter().any(|(row, column)| damaged(*column, *row)) {
                let block = match self.order.get(codeword).map(|place| usize::from(*place)) {
                    Some(place) => self.blocks.iter().position(|(from, to)| (*from..*to).contains(&place)),
                    None => Some((codeword - self.order.len()) % self.blocks.len()),
                };
                of_blocks[block.unwrap_or_default()] += 1;
            }
        }
        let correction = self.correction.length();
        let block = self.blocks.iter().map(|(from, to)| to - from + correction).max().unwrap_or_default();
        Damage { damaged: of_blocks.into_iter().max().unwrap_or_default(), corrected: correction / 2, block }
    }

    fn read(version: Version, level: EcLevel) -> Option<Self> {
        let size = usize::try_from(version.width()).ok()?;
        let data_length = Bits::new(version).max_len(level).ok()? / 8;
        let (order, correction_length) = order(version, level, data_length)?;
        // Each block's first codeword is drawn before any block's second.
        let count = order.iter().position(|place| *place == 1)?;
        let starts: Vec<usize> = order[..count].iter().map(|place| usize::from(*place)).collect();
        let ends = starts[1..].iter().copied().chain([data_length]);
        let blocks: Vec<_> = starts.iter().copied().zip(ends).collect();

        let mut empty = Canvas::new(version, level);
        empty.draw_all_functional_patterns();
        let mut base = vec![[0; MASKS]; size];
        for (mask, pattern) in PATTERNS.into_iter().enumerate() {
            let mut canvas = empty.clone();
            // Modules without a bit are masked too, as if their bit were 0.
            canvas.apply_mask(pattern);
            for (module, colour) in canvas.into_colors().into_iter().enumerate() {
                base[module / size][mask] |= u64::from(colour == Color::Dark) << (module % size + MARGIN);
            }
        }
        let places = places(&empty, size, data_length, data_length + correction_length)?;
        let steps = places.chunks(64).map(steps).collect();
        let correction = Correction::of_length(correction_length / count)?;
        Some(Self { base, order, blocks, correction, steps, places })
    }
}

/// The order in which data codewords are drawn, and how many of error correction follow. Found by giving the crate
/// codewords that tell their place: its low byte first, then its high one.
fn order(version: Version, level: EcLevel, length: usize) -> Option<(Vec<u16>, usize)> {
    let places: Vec<[u8; 2]> =
        (0..length).map(|place| u16::try_from(place).map(u16::to_be_bytes)).collect::<Result<_, _>>().ok()?;
    let part = |byte: usize| {
        let part: Vec<u8> = places.iter().map(|place| place[byte]).collect();
        construct_codewords(&part, version, level).ok()
    };
    let ((high, correction), (low, _)) = (part(0)?, part(1)?);
    Some((high.into_iter().zip(low).map(|(high, low)| u16::from_be_bytes([high, low])).collect(), correction.len()))
}

/// The module of each drawn bit. Found by letting the crate draw bits that tell, drawing after drawing, one digit of
/// their number.
fn places(empty: &Canvas, size: usize, data_length: usize, length: usize) -> Option<Vec<Place>> {
    let bits = 8 * length;
    let mut numbers = vec![Vec::new(); size * size];
    for digit in 0..usize::BITS - bits.leading_zeros() {
        let bytes: Vec<u8> = (0..length)
            .map(|byte| (8 * byte..8 * byte + 8).fold(0, |bits, bit| bits << 1 | u8::from(bit >> digit & 1 == 1)))
            .collect();
        let mut canvas = empty.clone();
        canvas.draw_data(&bytes[..data_length], &bytes[data_length..]);
        for (module, number) in numbers.iter_mut().enumerate() {
            let (row, column) = (i16::try_from(module / size).ok()?, i16::try_from(module % size).ok()?);
            if let Module::Unmasked(colour) = canvas.get(column, row) {
                number.push(colour == Color::Dark);
            }
        }
    }
    let mut places = vec![None; bits];
    for (module, number) in numbers.into_iter().enumerate().filter(|(_, number)| !number.is_empty()) {
        let number = number.into_iter().rev().fold(0, |number, digit| number << 1 | usize::from(digit));
        *places.get_mut(number)? = Some((module / size, module % size));
    }
    places.into_iter().collect()
}

/// The steps of up to 64 bits: two bits whose modules are neighbours go together.
fn steps(places: &[Place]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut rest = places.iter().copied().enumerate();
    let mut next = rest.next();
    while let Some((bit, (row, column))) = next {
        next = rest.next();
        let mut step = Step { row, turn: 0, columns: 1 << (column + MARGIN) };
        if next.is_some_and(|(_, place)| (place.0, place.1 + 1) == (row, column)) {
            step.columns |= step.columns >> 1;
            next = rest.next();
        }
        // The first bit is a word's highest, number 63.
        let turn = (column + MARGIN + bit + 1) % 64;
        step.turn = u32::try_from(turn).unwrap_or(0);
        steps.push(step);
    }
    steps
}
