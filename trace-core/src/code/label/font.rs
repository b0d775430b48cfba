//! A font as labels need it: widths, and characters drawn in dots. Its bytes are handed in.

use ab_glyph::{Font as _, FontVec, GlyphId, PxScale, point};

/// What every label writes: if a font has these, it is a Chinese one.
const NEEDED: &str =
    "天麻净含量批次包装日期保质生产者等级产地标志溯源码孕妇婴幼儿食用「」、0123456789ABCDEFGHJKMNPQRSTVWXYZ-";

/// The height of characters above the baseline in thousandths of the em: where the square of a Chinese character ends
/// in most fonts (an ideographic em box is 880 above and 120 below).
pub(super) const ASCENT_THOUSANDTHS: u32 = 880;

/// How much of a dot must be covered to be printed. Below one half, so that thin strokes of small text do not break.
const DARK_FROM: f32 = 0.42;

/// A font of one face.
pub struct LabelFont {
    font: FontVec,
    index: u32,
    units_per_em: f32,
}

/// Why a font cannot be used for labels.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FontError {
    /// Not a font, or no such face in a collection.
    #[error("it is no OpenType font, or has no face of index {index}")]
    Unreadable {
        /// The face that was asked for.
        index: u32,
    },
    /// It lacks characters that stand on labels.
    #[error("it lacks the character {missing:?}; labels need a font with simplified Chinese")]
    Missing {
        /// The first that is missing.
        missing: char,
    },
}

impl LabelFont {
    /// Reads a font file (TrueType or CFF outlines), or one face of a collection.
    ///
    /// # Errors
    /// [`FontError`].
    pub fn parse(bytes: Vec<u8>, index: u32) -> Result<Self, FontError> {
        let unreadable = FontError::Unreadable { index };
        let font = FontVec::try_from_vec_and_index(bytes, index).map_err(|_| unreadable.clone())?;
        let units_per_em = font.units_per_em().filter(|units| *units > 0.0).ok_or(unreadable)?;
        let font = Self { font, index, units_per_em };
        match NEEDED.chars().find(|character| !font.has(*character)) {
            Some(missing) => Err(FontError::Missing { missing }),
            None => Ok(font),
        }
    }

    /// Whether the font can draw a character.
    pub fn has(&self, character: char) -> bool {
        self.font.glyph_id(character).0 != 0
    }

    /// The file's bytes and the face in them, for the part that a PDF carries.
    pub(super) fn file(&self) -> (&[u8], u32) {
        (self.font.as_slice(), self.index)
    }

    /// The character's place in the font.
    pub(super) fn glyph(&self, character: char) -> u16 {
        self.font.glyph_id(character).0
    }

    /// Its width in thousandths of the em.
    pub(super) fn width_thousandths(&self, character: char) -> f32 {
        self.glyph_width_thousandths(self.glyph(character))
    }

    /// The same of a character that is known by its place in the font.
    pub(super) fn glyph_width_thousandths(&self, glyph: u16) -> f32 {
        self.font.h_advance_unscaled(GlyphId(glyph)) * 1000.0 / self.units_per_em
    }

    /// The width of a text in dots, rounded up, at so many dots to the em.
    pub(super) fn width(&self, text: &str, em: u32) -> u32 {
        let thousandths: f32 = text.chars().map(|character| self.width_thousandths(character)).sum();
        whole((thousandths * dots(em) / 1000.0).ceil())
    }

    /// Calls `dark` with each dot of a character, from its origin on the baseline (right and down are positive).
    /// `squeeze` is the part of its width to which it is narrowed, 1 for all of it.
    pub(super) fn draw(&self, character: char, em: u32, squeeze: f32, mut dark: impl FnMut(i32, i32)) {
        let id = GlyphId(self.glyph(character));
        // ab_glyph scales by the height from descent to ascent, not by the em.
        let height = dots(em) * self.font.height_unscaled() / self.units_per_em;
        let glyph = id.with_scale_and_position(PxScale { x: height * squeeze, y: height }, point(0.0, 0.0));
        let Some(outline) = self.font.outline_glyph(glyph) else { return };
        let bounds = outline.px_bounds();
        let (left, top) = (signed(bounds.min.x), signed(bounds.min.y));
        outline.draw(|x, y, coverage| {
            if coverage >= DARK_FROM
                && let (Ok(x), Ok(y)) = (i32::try_from(x), i32::try_from(y))
            {
                dark(left + x, top + y);
            }
        });
    }
}

/// Dots as a number for outlines; labels have at most some ten thousand, exact in 24 bits.
#[expect(clippy::cast_precision_loss, reason = "far below 2^24")]
pub(super) const fn dots(dots: u32) -> f32 {
    dots as f32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a width, and far below 2^24")]
fn whole(number: f32) -> u32 {
    number.max(0.0) as u32
}

#[expect(clippy::cast_possible_truncation, reason = "whole already, and far below 2^24")]
fn signed(number: f32) -> i32 {
    number.floor() as i32
}
