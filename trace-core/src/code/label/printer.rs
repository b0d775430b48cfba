//! The printers that labels are drawn for: their resolution, and who draws the symbol.

use std::fmt;
use std::str::FromStr;

/// Resolution of a label printer. Label printers are sold in these two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dpi {
    /// 203 dots an inch, 8 a millimetre: the common one.
    #[default]
    D203,
    /// 300 dots an inch, 12 a millimetre.
    D300,
}

/// A text that names no [`Dpi`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a label printer has 203 or 300 dots an inch, received {received:?}")]
pub struct DpiError {
    received: String,
}

impl Dpi {
    /// In dots an inch.
    pub const fn per_inch(self) -> u32 {
        match self {
            Self::D203 => 203,
            Self::D300 => 300,
        }
    }
}

impl FromStr for Dpi {
    type Err = DpiError;

    fn from_str(text: &str) -> Result<Self, DpiError> {
        match text {
            "203" => Ok(Self::D203),
            "300" => Ok(Self::D300),
            other => Err(DpiError { received: other.chars().take(20).collect() }),
        }
    }
}

impl fmt::Display for Dpi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.per_inch().fmt(f)
    }
}

/// Who draws the symbol of a label in a printer's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SymbolBy {
    /// The printer, by its own command, wherever that gives the very same symbol; a picture elsewhere. It takes
    /// fewer bytes, which matters on a slow line.
    #[default]
    Printer,
    /// Always a picture, for printers that ignore the mask that they are told.
    Picture,
}
