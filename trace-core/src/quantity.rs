//! Quantities as whole numbers of a base unit, and the reading of what people type.
//!
//! Owns units, their spellings and exact conversion. It deliberately has no floats, no density (mass never becomes
//! pieces) and no rule about what is plausible beyond one ceiling for each measure.

use std::cmp::Ordering;
use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

mod display;
mod error;
mod number;
mod parse;
mod stated;
mod unit;

pub use display::format_kg;
pub use error::{NumberFault, QuantityError};
pub use stated::Stated;

/// Values stay below 2^53, so that every JSON reader keeps them exactly (RFC 7493, section 2.2).
const VALUE_MAX: i64 = (1 << 53) - 1;

/// So many base units of a measure, in Chinese and English, for the words of a refusal.
pub(crate) fn words(measure: Measure, value: i64) -> (String, String) {
    Quantity::new(measure, value).map_or_else(|_| ("?".to_owned(), "?".to_owned()), |q| (q.zh(), q.en()))
}

/// The same of what may not have been stated.
pub(crate) fn said_or_not(quantity: Option<Quantity>) -> (String, String) {
    quantity.map_or_else(|| ("没有写".to_owned(), "nothing".to_owned()), |q| (q.zh(), q.en()))
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Weight, in milligrams.
    Mass,
    /// Land, in square centimetres.
    Area,
    /// Pieces: bottles, bags, packages.
    Count,
}

impl Measure {
    /// The base unit as records spell it.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Mass => "mg",
            Self::Area => "cm2",
            Self::Count => "piece",
        }
    }

    /// The Chinese name.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Mass => "重量",
            Self::Area => "面积",
            Self::Count => "数量",
        }
    }

    /// The English name.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Mass => "weight",
            Self::Area => "area",
            Self::Count => "count",
        }
    }

    /// Every spelling of its units with their base units, where those are a whole number (1 亩 is none in cm²).
    ///
    /// ```
    /// assert!(trace_core::quantity::Measure::Mass.spellings().any(|one| one == ("斤", 500_000)));
    /// ```
    pub fn spellings(self) -> impl Iterator<Item = (&'static str, i64)> {
        unit::spellings(self)
    }
}

/// A whole number (0 to 2^53 - 1) of the base unit of its measure: mg, cm² or pieces.
///
/// ```
/// use trace_core::quantity::{Measure, Quantity};
///
/// let harvest = Quantity::kg(160);
/// assert_eq!(harvest.value(), 160_000_000);
/// assert_eq!(harvest.zh(), "160 kg（320 斤）");
/// assert_eq!(harvest.checked_sub(Quantity::kg(60))?, Quantity::kg(100));
/// assert!(harvest.checked_add(Quantity::count(1)).is_err());
/// assert_eq!(serde_json::to_string(&harvest).unwrap(), r#"{"unit":"mg","value":160000000}"#);
/// # Ok::<(), trace_core::quantity::QuantityError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Plain", try_from = "Plain")]
pub struct Quantity {
    measure: Measure,
    value: i64,
}

impl Quantity {
    /// So many base units of a measure.
    ///
    /// # Errors
    /// `OutOfRange` below 0 or from 2^53 on.
    pub fn new(measure: Measure, value: i64) -> Result<Self, QuantityError> {
        if (0..=VALUE_MAX).contains(&value) {
            Ok(Self { measure, value })
        } else {
            Err(QuantityError::OutOfRange { measure, value })
        }
    }

    /// A mass in milligrams.
    ///
    /// # Errors
    /// `OutOfRange` below 0 or from 2^53 on.
    pub fn mass_mg(value: i64) -> Result<Self, QuantityError> {
        Self::new(Measure::Mass, value)
    }

    /// An area in square centimetres.
    ///
    /// # Errors
    /// `OutOfRange` below 0 or from 2^53 on.
    pub fn area_cm2(value: i64) -> Result<Self, QuantityError> {
        Self::new(Measure::Area, value)
    }

    /// A count of pieces.
    ///
    /// # Errors
    /// `OutOfRange` below 0 or from 2^53 on.
    pub fn pieces(value: i64) -> Result<Self, QuantityError> {
        Self::new(Measure::Count, value)
    }

    /// Nothing of a measure.
    pub const fn zero(measure: Measure) -> Self {
        Self { measure, value: 0 }
    }

    /// Whole kilograms; any `u32` fits.
    pub const fn kg(kg: u32) -> Self {
        Self { measure: Measure::Mass, value: kg as i64 * 1_000_000 }
    }

    /// Whole grams.
    pub const fn grams(g: u32) -> Self {
        Self { measure: Measure::Mass, value: g as i64 * 1_000 }
    }

    /// Whole square metres.
    pub const fn square_metres(m2: u32) -> Self {
        Self { measure: Measure::Area, value: m2 as i64 * 10_000 }
    }

    /// Whole 亩, each 20,000,000/3 cm², rounded half up to a whole cm². A `u32` would not fit below 2^53.
    pub const fn mu(mu: u16) -> Self {
        Self { measure: Measure::Area, value: (mu as i64 * 20_000_000 * 2 + 3) / 6 }
    }

    /// A count.
    pub const fn count(pieces: u32) -> Self {
        Self { measure: Measure::Count, value: pieces as i64 }
    }

    /// What is measured.
    pub const fn measure(self) -> Measure {
        self.measure
    }

    /// How many base units: mg, cm² or pieces.
    pub const fn value(self) -> i64 {
        self.value
    }

    /// Whether this is nothing.
    pub const fn is_zero(self) -> bool {
        self.value == 0
    }

    /// The sum.
    ///
    /// # Errors
    /// `MeasureMismatch` for two measures, `OutOfRange` from 2^53 on.
    pub fn checked_add(self, other: Self) -> Result<Self, QuantityError> {
        self.same_measure(other)?;
        // Both are below 2^53, so an i64 holds the sum.
        Self::new(self.measure, self.value + other.value)
    }

    /// What is left when `other` is taken away.
    ///
    /// # Errors
    /// `MeasureMismatch` for two measures, `BelowZero` when `other` is more than there is.
    pub fn checked_sub(self, other: Self) -> Result<Self, QuantityError> {
        self.same_measure(other)?;
        if other.value > self.value {
            return Err(QuantityError::BelowZero { have: self, take: other });
        }
        Ok(Self { measure: self.measure, value: self.value - other.value })
    }

    fn same_measure(self, other: Self) -> Result<(), QuantityError> {
        if self.measure == other.measure {
            Ok(())
        } else {
            Err(QuantityError::MeasureMismatch { left: self.measure, right: other.measure })
        }
    }

    /// For a Chinese page: `160 kg（320 斤）`, `1.5 亩（1000 m²）`, `3000 件`. 亩 and m² are rounded to two decimals.
    pub fn zh(self) -> String {
        display::zh(self)
    }

    /// For an English page: `1,050 kg (2,100 jin)`, `1.5 mu (1,000 m²)`, `3,000 pieces`.
    pub fn en(self) -> String {
        display::en(self)
    }
}

/// `None` between two measures.
impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.measure == other.measure).then(|| self.value.cmp(&other.value))
    }
}

/// The English text, as [`Quantity::en`].
impl Display for Quantity {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en())
    }
}

/// The base unit in JSON.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum BaseUnit {
    #[serde(rename = "mg")]
    Milligram,
    #[serde(rename = "cm2")]
    SquareCentimetre,
    #[serde(rename = "piece")]
    Piece,
}

impl From<Measure> for BaseUnit {
    fn from(measure: Measure) -> Self {
        match measure {
            Measure::Mass => Self::Milligram,
            Measure::Area => Self::SquareCentimetre,
            Measure::Count => Self::Piece,
        }
    }
}

impl From<BaseUnit> for Measure {
    fn from(unit: BaseUnit) -> Self {
        match unit {
            BaseUnit::Milligram => Self::Mass,
            BaseUnit::SquareCentimetre => Self::Area,
            BaseUnit::Piece => Self::Count,
        }
    }
}

/// The JSON form of a quantity before its range is checked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    unit: BaseUnit,
    value: i64,
}

impl From<Quantity> for Plain {
    fn from(quantity: Quantity) -> Self {
        Self { unit: quantity.measure.into(), value: quantity.value }
    }
}

impl TryFrom<Plain> for Quantity {
    type Error = QuantityError;

    fn try_from(plain: Plain) -> Result<Self, QuantityError> {
        Self::new(plain.unit.into(), plain.value)
    }
}

impl Quantity {
    /// What is wrong with the numbers of a JSON quantity whose fields are of the right types.
    pub(crate) fn fault_of(value: &serde_json::Value) -> Option<QuantityError> {
        Plain::deserialize(value).ok().and_then(|plain| Self::try_from(plain).err())
    }
}

#[cfg(test)]
mod tests;
