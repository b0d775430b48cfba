//! The draft: a record as it is typed, amounts beside the batches that they belong to.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{PartyId, RecordId, SiteId, Stage, Uid};
use crate::record::{Attributes, Beside, CodeRange, Evidence, Kind, Refusal, typed};
use crate::tianma::Product;
use crate::time::OccurredAt;

/// A record before completion. Absent fields are filled by [`super::complete`] as their text says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Made by the client; sending it again gets the same answer.
    pub uid: Uid,
    /// What kind of fact.
    pub kind: Kind,
    /// Whose fact; else the submitting party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<PartyId>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// When.
    pub occurred_at: OccurredAt,
    /// From which batches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<DraftInput>,
    /// To which batches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<DraftOutput>,
    /// Details of the kind; absent where all follow from the rest (`issue_codes`). `"#0"` as a value names the id of an
    /// earlier record of the group.
    #[serde(default = "no_details", skip_serializing_if = "is_empty_object")]
    pub details: Value,
    /// Area of a site, as typed: `1.5亩`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// Contaminated bottles of a lot of fungus, as typed: `36瓶`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contaminated: Option<String>,
    /// Holes of a planting, as typed: `240窝`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holes: Option<String>,
    /// Wood laid into a planting, as typed: `7吨`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wood: Option<String>,
    /// How many package codes to issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Ranges of package codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<CodeRange>,
    /// The sealed group `terms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Value>,
    /// The sealed group `person`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Value>,
    /// The sealed group `place`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Value>,
    /// Files that back it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// The newest version of what it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<RecordId>,
}

impl Draft {
    /// A draft with its details and nothing else, by whoever sends it.
    pub fn new(uid: Uid, kind: Kind, occurred_at: OccurredAt, details: Value) -> Self {
        Self {
            uid,
            kind,
            actor: None,
            site: None,
            occurred_at,
            inputs: Vec::new(),
            outputs: Vec::new(),
            details,
            area: None,
            contaminated: None,
            holes: None,
            wood: None,
            count: None,
            ranges: Vec::new(),
            terms: None,
            person: None,
            place: None,
            evidence: Vec::new(),
            supersedes: None,
        }
    }
}

/// An input as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftInput {
    /// Batch code, forgiving what people type; or `#0`, `#0/1`: the first, the second output of an earlier record of
    /// the group.
    pub batch: String,
    /// Version of the record that made it; else the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordId>,
    /// How much, as typed: `320斤`. For package codes it is computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
}

/// An output as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftOutput {
    /// Batch code; else a new one. A correction names the batches that it keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// Stage; else the one that the kind and the product allow, or that of the input received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Product; else that of the input received or of the pack's details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// Attributes; those that follow from inputs and details are filled in.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// How much, as typed.
    pub amount: String,
}

/// Canonical JSON has no empty values, so an empty object is written by leaving it out.
fn no_details() -> Value {
    Value::Object(serde_json::Map::new())
}

fn is_empty_object(value: &Value) -> bool {
    value.as_object().is_some_and(serde_json::Map::is_empty)
}

impl Draft {
    /// What is typed of an amount that belongs to no batch.
    pub fn beside(&self, which: Beside) -> Option<&str> {
        let field = match which {
            Beside::Area => &self.area,
            Beside::Contaminated => &self.contaminated,
            Beside::Holes => &self.holes,
            Beside::Wood => &self.wood,
        };
        field.as_deref()
    }

    /// Reads a draft from strictly parsed JSON.
    ///
    /// # Errors
    /// A [`Refusal`] that names the field which is unknown, missing or of the wrong type.
    pub fn from_value(value: Value) -> Result<Self, Refusal> {
        typed(value, "")
    }

    /// The details' kind: of a correction the corrected one.
    pub fn states(&self) -> Kind {
        if self.kind != Kind::Correct {
            return self.kind;
        }
        let named = self.details.get("kind").and_then(Value::as_str);
        named.and_then(|kind| kind.parse().ok()).unwrap_or(self.kind)
    }
}
