//! QR symbols (ISO/IEC 18004) as a square of modules.
//!
//! They are those of the `qrcode` crate, module by module, at about a hundredth of its time: nearly all of that goes into
//! judging the eight masks, which `masks` does on whole rows; `codewords` and `correction` then had become the larger
//! part. What is longer than version 10, or in kanji mode, the crate makes itself. A text goes from `codewords` to the
//! `layout` of its version and level, which adds `correction` and draws under the best of `masks`.
//!
//! Pictures of a symbol are in `picture`, what a printer makes of it in `printing`, the brand's mark in `mark`; labels,
//! with text around the symbol, are elsewhere.

mod codewords;
mod correction;
mod layout;
mod mark;
mod masks;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

pub use mark::{Mark, MarkError};
use qrcode::{Color, EcLevel, QrCode, Version};

/// The light modules that must surround a symbol on every side (ISO/IEC 18004 section 6.3.8).
pub(super) const QUIET_ZONE: u32 = 4;

/// How much of a symbol may be lost before it cannot be read (ISO/IEC 18004 section 6.5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Deserialize)]
pub enum Level {
    /// About 7 %.
    L,
    /// About 15 %: the default for labels.
    #[default]
    M,
    /// About 25 %.
    Q,
    /// About 30 %.
    H,
}

/// A text that names no [`Level`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an error correction level is L, M, Q or H, received {received:?}")]
pub struct LevelError {
    received: String,
}

impl FromStr for Level {
    type Err = LevelError;

    fn from_str(text: &str) -> Result<Self, LevelError> {
        match text {
            "L" | "l" => Ok(Self::L),
            "M" | "m" => Ok(Self::M),
            "Q" | "q" => Ok(Self::Q),
            "H" | "h" => Ok(Self::H),
            other => Err(LevelError { received: other.chars().take(20).collect() }),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::L => "L",
            Self::M => "M",
            Self::Q => "Q",
            Self::H => "H",
        })
    }
}

impl From<Level> for EcLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::L => Self::L,
            Level::M => Self::M,
            Level::Q => Self::Q,
            Level::H => Self::H,
        }
    }
}

/// A QR symbol: a square of dark and light modules, without its quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    version: u8,
    size: usize,
    /// Row after row, each beginning with a new word; bit n of a row is the module in column n.
    words: Vec<u64>,
}

/// Why a symbol cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SymbolError {
    /// The text is too long for any QR symbol.
    #[error("{length} bytes do not fit a QR symbol of level {level}")]
    TooLong {
        /// The bytes of the text.
        length: usize,
        /// The level that was asked for.
        level: Level,
    },
    /// Nothing to encode.
    #[error("an empty text makes no useful QR symbol")]
    Empty,
}

impl SymbolError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::TooLong { length, level } => format!("{length} 字节，{level} 级纠错容纳不了"),
            Self::Empty => "内容为空".to_owned(),
        }
    }
}

impl Symbol {
    /// The smallest symbol that holds the text at that level.
    ///
    /// Addresses from [`DigitalLink::address`](super::DigitalLink::address) and
    /// [`short_address`](super::short_address) are upper case, which takes 5.5 bits a character and not 8.
    ///
    /// # Errors
    /// [`SymbolError::TooLong`], [`SymbolError::Empty`].
    ///
    /// ```
    /// use trace_core::code::{Level, Symbol};
    ///
    /// let symbol = Symbol::new("HTTPS://T.EXAMPLE.CN/T/CJZCKKD64D6EX5CXY40K", Level::M)?;
    /// assert_eq!((symbol.version(), symbol.size()), (3, 29));
    /// # Ok::<(), trace_core::code::SymbolError>(())
    /// ```
    pub fn new(text: &str, level: Level) -> Result<Self, SymbolError> {
        if text.is_empty() {
            return Err(SymbolError::Empty);
        }
        match Self::drawn_here(text.as_bytes(), level).or_else(|| Self::drawn_by_crate(text.as_bytes(), level)) {
            Some(symbol) => Ok(symbol),
            None => Err(SymbolError::TooLong { length: text.len(), level }),
        }
    }

    fn drawn_here(text: &[u8], level: Level) -> Option<Self> {
        let codewords = codewords::encode(text, level.into())?;
        let words = layout::layout(codewords.version(), level.into())?.draw(codewords.bytes());
        Some(Self { version: u8::try_from(codewords.version()).ok()?, size: words.len(), words })
    }

    fn drawn_by_crate(text: &[u8], level: Level) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, level.into()).ok()?;
        let version = match code.version() {
            Version::Normal(version) => u8::try_from(version).ok()?,
            Version::Micro(_) => return None,
        };
        let size = code.width();
        let mut symbol = Self { version, size, words: vec![0; size * size.div_ceil(64)] };
        for (place, colour) in code.into_colors().into_iter().enumerate() {
            symbol.set(place % size, place / size, colour == Color::Dark);
        }
        Some(symbol)
    }

    /// What is damaged in another symbol of this size, which should be this one; nothing past version 10.
    fn damage(&self, other: &Self, level: Level) -> Option<layout::Damage> {
        let layout = layout::layout(usize::from(self.version), level.into())?;
        Some(layout.damage(|column, row| self.is_dark(column, row) != other.is_dark(column, row)))
    }

    /// The version, 1 to 40.
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// The modules of one side: 17 + 4 x version. The quiet zone is not counted.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Whether a module is dark; none outside the symbol is.
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        let words = self.row(row).unwrap_or_default();
        words.get(column / 64).is_some_and(|word| word >> (column % 64) & 1 == 1)
    }

    /// The modules row by row from the top left; `true` is dark.
    pub fn modules(&self) -> impl Iterator<Item = bool> {
        (0..self.size * self.size).map(|place| self.is_dark(place % self.size, place / self.size))
    }

    /// The words of a row; what is beyond its last column is 0.
    fn row(&self, row: usize) -> Option<&[u64]> {
        self.words.chunks_exact(self.size.div_ceil(64)).nth(row)
    }

    /// Makes a module dark or light.
    fn set(&mut self, column: usize, row: usize, dark: bool) {
        if column < self.size && row < self.size {
            let word = &mut self.words[row * self.size.div_ceil(64) + column / 64];
            *word = *word & !(1 << (column % 64)) | u64::from(dark) << (column % 64);
        }
    }
}
