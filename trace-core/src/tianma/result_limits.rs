//! What a laboratory's result must be, by standard.
//!
//! It deliberately lacks the numbers (`rules.json` has them) and what follows from a failed result.

use serde::{Deserialize, Deserializer, Serialize};

use super::figures::Tag;
use super::limits::RulesError;
use super::quality::{ResultItem, Standard, Verdict};
use super::vocabulary::vocabulary;

/// The unit of every result and limit: milligrams in a kilogram, so that 15.0 % is 150,000 and all are integers.
pub const RESULT_UNIT: &str = "mg/kg";

vocabulary! {
    /// The kind of a limit.
    pub enum LimitKind, "kind of a limit" {
        AtLeast = "at_least", "不低于", "at least";
        AtMost = "at_most", "不超过", "at most";
        Absent = "absent", "不得检出", "not detected";
    }
}

/// A bound on a result, in mg/kg. The bound itself passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The result is this much or more, in mg/kg.
    AtLeast(u64),
    /// The result is this much or less, in mg/kg.
    AtMost(u64),
    /// Nothing was detected: the result is 0.
    Absent,
}

impl Limit {
    /// Judges a result of `mg_per_kg`; where nothing may be detected, 0 is "not detected".
    ///
    /// ```
    /// use trace_core::tianma::{Limit, Verdict};
    /// assert_eq!(Limit::AtMost(400).judge(400), Verdict::Pass);
    /// assert_eq!(Limit::AtMost(400).judge(401), Verdict::Fail);
    /// ```
    pub const fn judge(self, mg_per_kg: u64) -> Verdict {
        let passed = match self {
            Self::AtLeast(least) => mg_per_kg >= least,
            Self::AtMost(most) => mg_per_kg <= most,
            Self::Absent => mg_per_kg == 0,
        };
        if passed { Verdict::Pass } else { Verdict::Fail }
    }

    /// At least, at most or absent.
    pub const fn kind(self) -> LimitKind {
        match self {
            Self::AtLeast(_) => LimitKind::AtLeast,
            Self::AtMost(_) => LimitKind::AtMost,
            Self::Absent => LimitKind::Absent,
        }
    }

    /// The bound in mg/kg; none where nothing may be detected.
    pub const fn mg_per_kg(self) -> Option<u64> {
        match self {
            Self::AtLeast(bound) | Self::AtMost(bound) => Some(bound),
            Self::Absent => None,
        }
    }
}

/// One row of a standard: the item, its limit, and where the limit comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawResultLimit", into = "RawResultLimit")]
pub struct ResultLimit {
    standard: Standard,
    item: ResultItem,
    limit: Limit,
    source: String,
    tag: Tag,
}

impl ResultLimit {
    /// The standard that sets the limit.
    pub fn standard(&self) -> Standard {
        self.standard
    }

    /// What is measured.
    pub fn item(&self) -> ResultItem {
        self.item
    }

    /// The limit.
    pub fn limit(&self) -> Limit {
        self.limit
    }

    /// Where the limit comes from; never empty.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How sure it is.
    pub fn tag(&self) -> Tag {
        self.tag
    }
}

/// The row as it stands in the JSON document.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawResultLimit {
    standard: Standard,
    item: ResultItem,
    limit: LimitKind,
    #[serde(default, deserialize_with = "not_null", skip_serializing_if = "Option::is_none")]
    value: Option<u64>,
    #[serde(default, deserialize_with = "not_null", skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    source: String,
    tag: Tag,
}

/// Reads a field that is there; `null` is refused, because printing would leave it out and change the table's digest.
fn not_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl TryFrom<RawResultLimit> for ResultLimit {
    type Error = RulesError;

    fn try_from(raw: RawResultLimit) -> Result<Self, RulesError> {
        let row = || format!("result_limits, {} of {}", raw.item, raw.standard);
        let unit_expected = (raw.limit != LimitKind::Absent).then_some(RESULT_UNIT);
        if raw.unit.as_deref() != unit_expected {
            return Err(RulesError::Unit {
                row: row(),
                received: raw.unit.unwrap_or_else(|| "no unit".to_owned()),
                expected: unit_expected.unwrap_or("no unit"),
            });
        }
        let limit = match (raw.limit, raw.value) {
            (LimitKind::AtLeast, Some(bound)) => Limit::AtLeast(bound),
            (LimitKind::AtMost, Some(bound)) => Limit::AtMost(bound),
            (LimitKind::Absent, None) => Limit::Absent,
            (kind, _) => return Err(RulesError::LimitValue { row: row(), kind }),
        };
        Ok(Self { standard: raw.standard, item: raw.item, limit, source: raw.source, tag: raw.tag })
    }
}

impl From<ResultLimit> for RawResultLimit {
    fn from(row: ResultLimit) -> Self {
        let value = row.limit.mg_per_kg();
        Self {
            standard: row.standard,
            item: row.item,
            limit: row.limit.kind(),
            value,
            unit: value.map(|_| RESULT_UNIT.to_owned()),
            source: row.source,
            tag: row.tag,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_itself_passes_and_its_neighbour_fails() {
        assert_eq!(Limit::AtLeast(2500).judge(2500), Verdict::Pass);
        assert_eq!(Limit::AtLeast(2500).judge(2499), Verdict::Fail);
        assert_eq!(Limit::AtMost(150_000).judge(150_000), Verdict::Pass);
        assert_eq!(Limit::AtMost(150_000).judge(150_001), Verdict::Fail);
        assert_eq!(Limit::Absent.judge(0), Verdict::Pass);
        assert_eq!(Limit::Absent.judge(1), Verdict::Fail);
    }

    fn row(limit: &str) -> Result<ResultLimit, serde_json::Error> {
        serde_json::from_str(&format!(
            r#"{{"standard":"pharmacopoeia_2020","item":"so2",{limit},"source":"x","tag":"M"}}"#
        ))
    }

    #[test]
    fn a_bound_has_a_value_and_a_unit_and_an_absence_has_neither() {
        assert!(row(r#""limit":"at_most","value":400,"unit":"mg/kg""#).is_ok());
        assert!(row(r#""limit":"absent""#).is_ok());
        assert!(row(r#""limit":"at_most","value":400"#).is_err());
        assert!(row(r#""limit":"at_most","value":400,"unit":"%""#).is_err());
        assert!(row(r#""limit":"at_most","unit":"mg/kg""#).is_err());
        assert!(row(r#""limit":"absent","value":0"#).is_err());
        assert!(row(r#""limit":"absent","value":null"#).is_err());
        assert!(row(r#""limit":"at_most","value":-1,"unit":"mg/kg""#).is_err());
        assert!(row(r#""limit":"at_most","value":0.5,"unit":"mg/kg""#).is_err());
    }
}
