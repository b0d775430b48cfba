//! Pictures of a QR symbol, each with its quiet zone: SVG, PNG, and text for a terminal.
//!
//! Choosing dots for a printer is [`Symbol::dots_for`]; printer languages and PDF are elsewhere.

use std::fmt::Write as _;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _};

use super::symbol::{QUIET_ZONE, Symbol};

/// The longest side of a PNG in pixels: 16 MB of grey while it is drawn.
const SIDE_MAX: usize = 4096;

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
    Encode(#[from] image::ImageError),
}

impl Symbol {
    /// The modules of one side with the quiet zone.
    const fn outer_size(&self) -> usize {
        self.size() + 2 * QUIET_ZONE
    }

    /// A scalable picture, one unit a module, with `title` for those who cannot see it.
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
             shape-rendering=\"crispEdges\"><title>{}</title><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"",
            escaped(title)
        );
        for row in 0..side {
            let mut column = 0;
            while column < side {
                let run = (column..side).take_while(|column| self.is_dark(*column, row)).count();
                if run > 0 {
                    // Writing to a String does not fail.
                    _ = write!(svg, "M{column} {row}h{run}v1h-{run}z");
                }
                column += run + 1;
            }
        }
        svg.push_str("\"/></svg>");
        svg
    }

    /// An 8-bit grey PNG in black and white, each module exactly `dots_per_module` pixels square.
    ///
    /// # Errors
    /// [`PictureError::Dots`] for 0 or where a side would pass 4096 pixels; [`PictureError::Encode`].
    pub fn png(&self, dots_per_module: u32) -> Result<Vec<u8>, PictureError> {
        let max = SIDE_MAX / self.outer_size();
        let wrong = || PictureError::Dots { received: dots_per_module, max };
        let dots = usize::try_from(dots_per_module).ok().filter(|dots| (1..=max).contains(dots));
        let dots = dots.ok_or_else(wrong)?;
        let side = self.outer_size() * dots;
        let mut grey = Vec::with_capacity(side * side);
        for y in 0..side {
            grey.extend((0..side).map(|x| if self.is_dark(x / dots, y / dots) { 0 } else { u8::MAX }));
        }
        let mut png = Vec::new();
        // Rows repeat exactly, which unfiltered deflate finds best.
        let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::NoFilter);
        let pixels = u32::try_from(side).map_err(|_| wrong())?;
        encoder.write_image(&grey, pixels, pixels, ExtendedColorType::L8)?;
        Ok(png)
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
                let lower = row + 1 >= side || self.is_dark(column, row + 1);
                match (self.is_dark(column, row), lower) {
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
