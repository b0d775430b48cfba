//! QR symbols (ISO/IEC 18004) as a square of modules.
//!
//! Pictures of a symbol are in `picture`; labels, with text around the symbol, are elsewhere.

use std::fmt;
use std::str::FromStr;

use qrcode::{Color, EcLevel, QrCode, Version};

/// The light modules that must surround a symbol on every side (ISO/IEC 18004 section 6.3.8).
pub(super) const QUIET_ZONE: usize = 4;

/// The fewest printer dots a module may have: with one, a single bad dot of the print head is a lost row.
const DOTS_MIN: u32 = 2;

/// How much of a symbol may be lost before it cannot be read (ISO/IEC 18004 section 6.5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
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
    modules: Vec<bool>,
}

/// Why a symbol cannot be made, or not at a size.
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
    /// The width leaves a module less than 2 dots.
    #[error(
        "a symbol of {modules} modules does not fit {width_mm} mm at {dpi} dpi with 2 dots a module; {needed_mm} mm would do"
    )]
    TooNarrow {
        /// The symbol's size in modules.
        modules: usize,
        /// The width that was asked for, in millimetres.
        width_mm: u32,
        /// The printer's resolution in dots an inch.
        dpi: u32,
        /// The smallest whole number of millimetres that would do.
        needed_mm: u32,
    },
    /// No printer has this resolution.
    #[error("a printer has 1 to 4800 dots an inch and a label up to 1000 mm, received {dpi} dpi and {width_mm} mm")]
    Printer {
        /// The width that was asked for, in millimetres.
        width_mm: u32,
        /// The resolution that was given.
        dpi: u32,
    },
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
    /// assert_eq!(symbol.dots_for(15, 203)?, 4);
    /// # Ok::<(), trace_core::code::SymbolError>(())
    /// ```
    pub fn new(text: &str, level: Level) -> Result<Self, SymbolError> {
        if text.is_empty() {
            return Err(SymbolError::Empty);
        }
        let too_long = || SymbolError::TooLong { length: text.len(), level };
        let code = QrCode::with_error_correction_level(text, level.into()).map_err(|_| too_long())?;
        let version = match code.version() {
            Version::Normal(version) => u8::try_from(version).ok(),
            Version::Micro(_) => None,
        };
        let version = version.ok_or_else(too_long)?;
        let size = code.width();
        let modules = code.into_colors().into_iter().map(|colour| colour == Color::Dark).collect();
        Ok(Self { version, size, modules })
    }

    /// The version, 1 to 40.
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// The modules of one side: 17 + 4 x version. The quiet zone is not counted.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// The modules row by row from the top left; `true` is dark.
    pub fn modules(&self) -> &[bool] {
        &self.modules
    }

    /// Whether the module is dark, with the quiet zone counted: 0 is its first column and row.
    pub(super) fn is_dark(&self, column: usize, row: usize) -> bool {
        let inside = |place: usize| place.checked_sub(QUIET_ZONE).filter(|place| *place < self.size);
        match (inside(column), inside(row)) {
            (Some(column), Some(row)) => self.modules[row * self.size + column],
            _ => false,
        }
    }

    /// The most dots a module may have so that the symbol, without quiet zone, is at most `width_mm`
    /// millimetres wide on a printer of `dpi` dots an inch. Dots are whole: half a dot blurs every edge.
    ///
    /// # Errors
    /// [`SymbolError::TooNarrow`] for less than 2 dots, with the width that would do;
    /// [`SymbolError::Printer`] for a resolution or width that no label printer has.
    pub fn dots_for(&self, width_mm: u32, dpi: u32) -> Result<u32, SymbolError> {
        if !(1..=4800).contains(&dpi) || width_mm > 1000 {
            return Err(SymbolError::Printer { width_mm, dpi });
        }
        // 25.4 mm to the inch, in whole tenths.
        let dots = width_mm * dpi * 10 / 254;
        // A side is at most 177 modules.
        let modules = u32::try_from(self.size).unwrap_or(u32::MAX);
        match dots / modules {
            fitting @ DOTS_MIN.. => Ok(fitting),
            _ => Err(SymbolError::TooNarrow {
                modules: self.size,
                width_mm,
                dpi,
                needed_mm: (modules * DOTS_MIN * 254).div_ceil(dpi * 10),
            }),
        }
    }
}
