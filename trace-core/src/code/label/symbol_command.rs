//! Whether a printer's own command for QR symbols gives the very symbol that was drawn here.
//!
//! A printer in manual alphanumeric mode writes one segment into the smallest version that holds it, and takes the
//! mask that it is told. The encoder here may split a text into segments, which can give another symbol.

use qrcode::bits::Bits;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::{Color, EcLevel, Version, ec};

use super::plate::Label;
use crate::code::{Level, Symbol};

/// The mask to tell the printer, if it then prints the symbol of the label.
pub(super) fn repeatable(label: &Label) -> Option<u8> {
    let mask = mask_of(&label.symbol);
    let printed = one_segment(label.address.as_bytes(), level_of(label.level), mask)?;
    printed.into_iter().eq(label.symbol.modules()).then_some(mask)
}

/// The mask that a symbol says it has: bits 10 to 12 of its format information (ISO/IEC 18004 section 7.9), which
/// stand in row 8 at columns 2, 3 and 4 and are masked themselves with 101.
fn mask_of(symbol: &Symbol) -> u8 {
    (2..5).fold(0, |bits, column| bits << 1 | u8::from(symbol.is_dark(column, 8))) ^ 0b101
}

const fn level_of(level: Level) -> EcLevel {
    match level {
        Level::L => EcLevel::L,
        Level::M => EcLevel::M,
        Level::Q => EcLevel::Q,
        Level::H => EcLevel::H,
    }
}

/// The modules of a text as one alphanumeric segment of a level in the smallest version, with that mask.
fn one_segment(text: &[u8], level: EcLevel, mask: u8) -> Option<Vec<bool>> {
    let bits = (1..=40).find_map(|version| {
        let mut bits = Bits::new(Version::Normal(version));
        bits.push_alphanumeric_data(text).ok()?;
        bits.push_terminator(level).ok()?;
        Some(bits)
    })?;
    let version = bits.version();
    let (data, correction) = ec::construct_codewords(&bits.into_bytes(), version, level).ok()?;
    let mut canvas = Canvas::new(version, level);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    canvas.apply_mask(*MASKS.get(usize::from(mask))?);
    Some(canvas.into_colors().into_iter().map(|colour| colour == Color::Dark).collect())
}

/// The masks in the order of their numbers (ISO/IEC 18004 table 10).
const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];
