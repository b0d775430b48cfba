//! A picture of dots, black or white, as thermal printers print it.

use super::font::LabelFont;
use crate::code::Symbol;
use crate::code::picture::one_bit_png;

/// Rows of dots, eight to a byte, the leftmost in the highest bit; a set bit is black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    width: u32,
    height: u32,
    row_bytes: usize,
    bytes: Vec<u8>,
}

impl Bitmap {
    /// A white picture.
    pub fn white(width: u32, height: u32) -> Self {
        let row_bytes = width.div_ceil(8) as usize;
        Self { width, height, row_bytes, bytes: vec![0; row_bytes * height as usize] }
    }

    /// Dots of a row.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Bytes of a row; the bits past its width are white.
    pub const fn row_bytes(&self) -> usize {
        self.row_bytes
    }

    /// The rows, one after another.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether a dot is black; outside everything is white.
    pub fn is_dark(&self, x: u32, y: u32) -> bool {
        x < self.width
            && y < self.height
            && self.bytes[y as usize * self.row_bytes + (x / 8) as usize] & (0x80 >> (x % 8)) != 0
    }

    /// Blackens a dot. Outside there is none: the layout keeps text inside, but a serif may reach over its box.
    pub fn darken(&mut self, x: i32, y: i32) {
        if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
            && x < self.width
            && y < self.height
        {
            self.bytes[y as usize * self.row_bytes + (x / 8) as usize] |= 0x80 >> (x % 8);
        }
    }

    /// Draws a symbol without its quiet zone, each module `module` dots square.
    pub fn draw_symbol(&mut self, symbol: &Symbol, x: u32, y: u32, module: u32) {
        for row in 0..symbol.size() {
            for column in (0..symbol.size()).filter(|column| symbol.is_dark(*column, row)) {
                let (left, top) = (x + to_dots(column) * module, y + to_dots(row) * module);
                for (dx, dy) in (0..module).flat_map(|dy| (0..module).map(move |dx| (dx, dy))) {
                    self.darken((left + dx).cast_signed(), (top + dy).cast_signed());
                }
            }
        }
    }

    /// Draws a frame of that thickness along the edges.
    pub(super) fn draw_frame(&mut self, thickness: u32) {
        let (width, height) = (self.width, self.height);
        let on_frame =
            |x: u32, y: u32| x < thickness || y < thickness || x + thickness >= width || y + thickness >= height;
        for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).filter(|(x, y)| on_frame(*x, *y)) {
            self.darken(x.cast_signed(), y.cast_signed());
        }
    }

    /// Draws one character, its origin on the baseline.
    pub(super) fn draw_character(
        &mut self,
        font: &LabelFont,
        character: char,
        (x, baseline): (u32, u32),
        em: u32,
        squeeze: f32,
    ) {
        if character == '□' {
            return self.draw_box((x, baseline), em);
        }
        let (x, baseline) = (x.cast_signed(), baseline.cast_signed());
        font.draw(character, em, squeeze, |dx, dy| self.darken(x + dx, baseline + dy));
    }

    /// Draws an empty box with its corner on the baseline. A font's own has strokes that are thinner than a dot at the
    /// size of labels, so that some of its sides would be missing.
    fn draw_box(&mut self, (x, baseline): (u32, u32), em: u32) {
        let (side, thickness) = (em * 4 / 5, em.div_ceil(20));
        let mut frame = Self::white(side, side);
        frame.draw_frame(thickness);
        self.stamp(&frame, x + em / 10, (baseline + em / 20).saturating_sub(side));
    }

    /// As a PNG of one bit a pixel, a pixel a dot.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        // In a PNG the set bit is the white one.
        let rows: Vec<u8> = self.bytes.iter().map(|byte| !byte).collect();
        one_bit_png((self.width, self.height), &rows, None)
    }

    /// Blackens wherever `other`, laid with its top left corner at (x, y), is black.
    pub fn stamp(&mut self, other: &Self, x: u32, y: u32) {
        for row in 0..other.height {
            for column in (0..other.width).filter(|column| other.is_dark(*column, row)) {
                self.darken((x + column).cast_signed(), (y + row).cast_signed());
            }
        }
    }
}

/// A count of modules, at most 177.
fn to_dots(modules: usize) -> u32 {
    u32::try_from(modules).unwrap_or(0)
}
