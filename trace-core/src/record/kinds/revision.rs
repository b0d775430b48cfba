//! Correction and voiding. The rules that they share with all kinds are in [`crate::judge`].

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{KindRules, Shaped};
use crate::record::{Details, Kind, RecordBody, Refusal, Shape, typed};
use crate::tianma::VoidReason;

/// A new version of a fact: `{"kind","details"}` as the superseded record's kind has them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Wire")]
pub struct Correct {
    details: Box<Details>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    kind: Kind,
    details: Value,
}

impl Correct {
    /// A correction to these details.
    ///
    /// # Errors
    /// A [`Refusal`] if the kind cannot be corrected.
    pub fn to(details: Details) -> Result<Self, Refusal> {
        check_revisable(details.kind())?;
        Ok(Self { details: Box::new(details) })
    }

    /// Reads the details of a correction.
    ///
    /// # Errors
    /// A [`Refusal`] that names the field below `/details`, also within the corrected details.
    pub(crate) fn from_value(value: Value) -> Result<Self, Refusal> {
        Self::try_from(typed::<Wire>(value, "/details")?)
    }

    /// The corrected details.
    pub fn stated(&self) -> &Details {
        &self.details
    }
}

impl TryFrom<Wire> for Correct {
    type Error = Refusal;

    fn try_from(wire: Wire) -> Result<Self, Refusal> {
        // Asked before reading on, so that corrections of corrections are never read.
        check_revisable(wire.kind)?;
        Self::to(Details::from_value(wire.kind, wire.details).map_err(|refusal| refusal.below("/details"))?)
    }
}

fn check_revisable(kind: Kind) -> Result<(), Refusal> {
    if kind.is_revision() || !kind.shape().revisable {
        return Err(Refusal::invalid(
            "not_revisable",
            "/details/kind",
            format!("“{}”不能更正", kind.zh()),
            format!("a '{kind}' cannot be corrected; make a new record that ends or replaces it"),
        ));
    }
    Ok(())
}

impl Serialize for Correct {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut s = serializer.serialize_struct("Correct", 2)?;
        s.serialize_field("kind", &self.details.kind())?;
        s.serialize_field("details", &self.details)?;
        s.end()
    }
}

impl Shaped for Correct {
    const SHAPE: Shape = Shape { supersedes: Some(true), ..Shape::PLAIN };
}

impl KindRules for Correct {
    fn check_alone(&self, body: &RecordBody) -> Result<(), Refusal> {
        self.details.own_rules().check_alone(body)
    }
}

/// A fact did not happen: its inputs get back what was drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Void {
    /// Why.
    pub reason: VoidReason,
}

impl Shaped for Void {
    const SHAPE: Shape = Shape { supersedes: Some(true), ..Shape::PLAIN };
}

impl KindRules for Void {}
