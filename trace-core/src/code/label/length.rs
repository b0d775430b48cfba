//! Lengths on a label, in whole tenths of a millimetre, and what they are in dots.

use serde::{Deserialize, Serialize};

/// The longest side that a label or a page may have: no printer of labels takes more.
const TENTH_MM_MAX: u32 = 10_000;

/// A length in tenths of a millimetre, up to one metre. Written as a number of millimetres with one decimal.
///
/// ```
/// use trace_core::code::label::Length;
///
/// let length = Length::from_mm(63.5)?;
/// assert_eq!((length.tenth_mm(), length.dots(203)), (635, 507));
/// assert!(Length::from_mm(1.25).is_err());
/// # Ok::<(), trace_core::code::label::LengthError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize, Serialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Length(u32);

/// Why a number is no [`Length`].
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("a length is 0 to 1000 mm in steps of 0.1 mm, received {received}")]
pub struct LengthError {
    received: f64,
}

impl Length {
    /// Takes tenths of a millimetre; more than a metre is taken as a metre.
    pub const fn of_tenth_mm(tenth_mm: u32) -> Self {
        Self(if tenth_mm > TENTH_MM_MAX { TENTH_MM_MAX } else { tenth_mm })
    }

    /// Takes millimetres as people write them.
    ///
    /// # Errors
    /// [`LengthError`] for what is finer than a tenth, negative or above a metre.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole, and checked to be in range"
    )]
    pub fn from_mm(mm: f64) -> Result<Self, LengthError> {
        let tenths = (mm * 10.0).round();
        // One decimal is not exact in binary; what is meant is within a thousandth of it.
        if (0.0..=f64::from(TENTH_MM_MAX)).contains(&tenths) && (mm * 10.0 - tenths).abs() < 0.01 {
            Ok(Self(tenths as u32))
        } else {
            Err(LengthError { received: mm })
        }
    }

    /// In tenths of a millimetre.
    pub const fn tenth_mm(self) -> u32 {
        self.0
    }

    /// The whole dots that fit into it at that resolution; 254 tenths to the inch.
    pub const fn dots(self, dpi: u32) -> u32 {
        self.0 * dpi / 254
    }

    /// In PDF's points, 72 to the inch.
    pub fn points(self) -> f32 {
        super::font::dots(self.0) * 72.0 / 254.0
    }
}

impl TryFrom<f64> for Length {
    type Error = LengthError;

    fn try_from(mm: f64) -> Result<Self, LengthError> {
        Self::from_mm(mm)
    }
}

impl From<Length> for f64 {
    fn from(length: Length) -> Self {
        Self::from(length.0) / 10.0
    }
}
