//! Pictures of a QR symbol, each with its quiet zone: SVG, PNG, and text for a terminal.
//!
//! Choosing dots for a printer is `printing`'s; printer languages and PDF are elsewhere.

use std::fmt::Write as _;

use super::printing::Printing;
use super::symbol::{QUIET_ZONE, Symbol};

/// The longest side of a PNG in pixels, 2 MB while it is drawn.
const SIDE_MAX: usize = 4096;

/// The quiet zone as a number of modules.
const QUIET: usize = QUIET_ZONE as usize;

/// Why a picture cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// No dots, or so many that the picture is out of proportion.
    #[error("a picture has 1 to {max} dots a module here, received {received}")]
    Dots {
        /// The dots that were asked for.
        received: u32,
        /// The most that this symbol can have.
        max: usize,
    },
    /// The encoder failed.
    #[error("the PNG could not be written")]
    Encode(#[from] png::EncodingError),
}

impl PictureError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Dots { received, max } => format!("每个模块要 {received} 个点，这里应为 1 到 {max} 个"),
            Self::Encode(_) => "PNG 图片写不出来".to_owned(),
        }
    }
}

impl Symbol {
    /// The modules of one side with the quiet zone.
    const fn outer_size(&self) -> usize {
        self.size() + 2 * QUIET
    }

    /// Whether the module is dark, with the quiet zone counted: 0 is its first column and row.
    fn is_dark_outer(&self, column: usize, row: usize) -> bool {
        match (column.checked_sub(QUIET), row.checked_sub(QUIET)) {
            (Some(column), Some(row)) => self.is_dark(column, row),
            _ => false,
        }
    }

    /// A scalable picture, one unit a module, with `title` for those who cannot see it. All dark modules are one path:
    /// a line as thick as a module for each run of them.
    ///
    /// It has no size of its own: set width and height where it is shown.
    ///
    /// ```
    /// # use trace_core::code::{Level, Symbol};
    /// let svg = Symbol::new("HTTPS://T.EXAMPLE.CN", Level::M)?.svg("package code");
    /// assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 29 29\""));
    /// # Ok::<(), trace_core::code::SymbolError>(())
    /// ```
    pub fn svg(&self, title: &str) -> String {
        let side = self.outer_size();
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" \
             shape-rendering=\"crispEdges\"><title>{}</title><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
             <path stroke=\"#000\" d=\"",
            escaped(title)
        );
        for row in 0..self.size() {
            let (mut column, mut ended) = (0, None);
            while column < self.size() {
                let run = (column..self.size()).take_while(|column| self.is_dark(*column, row)).count();
                if run > 0 {
                    // Writing to a String does not fail.
                    _ = match ended {
                        None => write!(svg, "M{} {}.5h{run}", column + QUIET, row + QUIET),
                        Some(ended) => write!(svg, "m{} 0h{run}", column - ended),
                    };
                    ended = Some(column + run);
                }
                column += run + 1;
            }
        }
        svg.push_str("\"/></svg>");
        svg
    }

    /// A PNG in black and white, one bit a pixel, each module exactly `dots_per_module` pixels square.
    ///
    /// # Errors
    /// [`PictureError::Dots`] for 0 or where a side would pass 4096 pixels; [`PictureError::Encode`].
    pub fn png(&self, dots_per_module: u32) -> Result<Vec<u8>, PictureError> {
        self.png_of(dots_per_module, None)
    }

    /// The same for a printer: its dots, and its resolution, so that programs print the picture in its right size.
    ///
    /// # Errors
    /// As [`png`](Self::png).
    pub fn png_printed(&self, printing: Printing) -> Result<Vec<u8>, PictureError> {
        self.png_of(printing.dots(), Some(printing.dots_per_metre()))
    }

    fn png_of(&self, dots_per_module: u32, dots_per_metre: Option<u32>) -> Result<Vec<u8>, PictureError> {
        let max = SIDE_MAX / self.outer_size();
        let wrong = || PictureError::Dots { received: dots_per_module, max };
        let dots = usize::try_from(dots_per_module).ok().filter(|dots| (1..=max).contains(dots));
        let dots = dots.ok_or_else(wrong)?;
        let side = self.outer_size() * dots;
        let mut picture = Vec::with_capacity(side.div_ceil(8) * side);
        for row in 0..self.outer_size() {
            // A bit of 1 is white, and so is what fills the last byte.
            let mut line = vec![u8::MAX; side.div_ceil(8)];
            for x in (0..side).filter(|x| self.is_dark_outer(x / dots, row)) {
                line[x / 8] &= !(0x80 >> (x % 8));
            }
            for _ in 0..dots {
                picture.extend_from_slice(&line);
            }
        }
        let pixels = u32::try_from(side).map_err(|_| wrong())?;
        Ok(one_bit_png((pixels, pixels), &picture, dots_per_metre)?)
    }

    /// Lines of half blocks, two rows of modules to a line, for a terminal with light text on a dark ground.
    ///
    /// Light modules are drawn and dark ones left, as the ground of most terminals is dark.
    /// [`terminal_coloured`](Self::terminal_coloured) looks the same on every ground.
    pub fn terminal(&self) -> String {
        self.half_blocks("", "")
    }

    /// As [`terminal`](Self::terminal), with the colours set by ANSI sequences (ECMA-48 section 8.3.117).
    pub fn terminal_coloured(&self) -> String {
        self.half_blocks("\u{1b}[40;97m", "\u{1b}[0m")
    }

    fn half_blocks(&self, before: &str, after: &str) -> String {
        let side = self.outer_size();
        let mut text = String::new();
        for row in (0..side).step_by(2) {
            text.push_str(before);
            text.extend((0..side).map(|column| {
                // The side is odd: below the last row there is nothing to draw.
                let lower = row + 1 >= side || self.is_dark_outer(column, row + 1);
                match (self.is_dark_outer(column, row), lower) {
                    (true, true) => ' ',
                    (true, false) => '▄',
                    (false, true) => '▀',
                    (false, false) => '█',
                }
            }));
            text.push_str(after);
            text.push('\n');
        }
        text
    }
}

/// Text as it may stand in an SVG element (XML 1.0 section 2.4), without the control characters that may not.
fn escaped(text: &str) -> String {
    let kept = text.chars().filter(|character| !character.is_control());
    kept.fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
        escaped
    })
}

/// A PNG of one bit a pixel, rows of whole bytes, 1 is white; with its resolution if there is one.
pub(super) fn one_bit_png(
    (width, height): (u32, u32),
    rows: &[u8],
    dots_per_metre: Option<u32>,
) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_compression(png::Compression::High);
    // Rows repeat exactly, which unfiltered deflate finds best.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_pixel_dims(dots_per_metre.map(|dots| png::PixelDimensions {
        xppu: dots,
        yppu: dots,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rows)?;
    writer.finish()?;
    Ok(file)
}
