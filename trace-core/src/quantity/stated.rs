//! A quantity together with what a person typed, so that a dispute about 斤 and kg can be settled.

use serde::{Deserialize, Serialize};

use super::{BaseUnit, Measure, Quantity, QuantityError, display, parse};

/// A quantity and its typed text, which always say the same.
///
/// ```
/// use trace_core::quantity::{Measure, Quantity, Stated};
///
/// let stated = Stated::parse("320斤", Measure::Mass)?;
/// assert_eq!(stated.quantity(), Quantity::kg(160));
/// assert_eq!(
///     serde_json::to_string(&stated).unwrap(),
///     r#"{"typed":"320斤","unit":"mg","value":160000000}"#
/// );
/// let error = Stated::parse("320", Measure::Mass).unwrap_err();
/// assert!(error.to_string().contains("has no unit"));
/// # Ok::<(), trace_core::quantity::QuantityError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Plain", try_from = "Plain")]
pub struct Stated {
    quantity: Quantity,
    typed: String,
}

impl Stated {
    /// Reads what a person typed: numbers with a unit (`320斤`, `１２ｋｇ`, `1,050 kg`, `1.5亩`, `三百二十斤`, `3000瓶`),
    /// or parts of falling size (`3公斤2两`, `三斤半`). Spaces around it are dropped, the rest is kept as typed.
    ///
    /// Conversion is exact; only 亩 and 分 are rounded, half up to a whole cm².
    ///
    /// # Errors
    /// Says what is wrong and where, see [`QuantityError`]. A number without a unit is never guessed at.
    pub fn parse(text: &str, expected: Measure) -> Result<Self, QuantityError> {
        let typed = text.trim();
        Ok(Self { quantity: parse::parse(typed, expected)?, typed: typed.to_owned() })
    }

    /// States a quantity that nobody typed, in an exact spelling such as `160 kg`, `1000 m²` or `3000 pcs`.
    ///
    /// # Errors
    /// `Zero` and `TooLarge`, as for what is typed.
    pub fn of(quantity: Quantity) -> Result<Self, QuantityError> {
        Self::parse(&display::canonical(quantity), quantity.measure())
    }

    /// The quantity.
    pub const fn quantity(&self) -> Quantity {
        self.quantity
    }

    /// What was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// Whether text and quantity say the same. Always true: no constructor and no JSON makes another one; for audits.
    pub fn agrees(&self) -> bool {
        parse::parse(&self.typed, self.quantity.measure()) == Ok(self.quantity)
    }
}

/// The JSON form before both sides are compared.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    typed: String,
    unit: BaseUnit,
    value: i64,
}

impl From<Stated> for Plain {
    fn from(stated: Stated) -> Self {
        let Stated { quantity, typed } = stated;
        Self { typed, unit: quantity.measure().into(), value: quantity.value() }
    }
}

impl TryFrom<Plain> for Stated {
    type Error = QuantityError;

    fn try_from(plain: Plain) -> Result<Self, QuantityError> {
        let beside = Quantity::new(plain.unit.into(), plain.value)?;
        let says = parse::parse(&plain.typed, beside.measure())?;
        if says == beside {
            Ok(Self { quantity: beside, typed: plain.typed })
        } else {
            Err(QuantityError::Disagrees { typed: plain.typed, says, beside })
        }
    }
}

impl Stated {
    /// What is wrong with a JSON amount whose fields are of the right types.
    pub(crate) fn fault_of(value: &serde_json::Value) -> Option<QuantityError> {
        Plain::deserialize(value).ok().and_then(|plain| Self::try_from(plain).err())
    }
}
