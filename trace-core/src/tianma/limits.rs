//! The rules table: every figure that the rules compare with, as one document that an office can replace.
//!
//! Owns parsing, checking and printing of the table; `readings` holds what the rules ask of it. It deliberately
//! lacks the digest of the table (that is taken over its canonical bytes) and any judgement of a record.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::figures::{Figure, FigureKey, Tag};
use super::growing::Form;
use super::quality::Standard;
use super::result_limits::{LimitKind, ResultLimit};

/// The table that is in force until an office sets another one.
const BUILTIN_JSON: &[u8] = include_bytes!("rules.json");

/// Why a document is no rules table.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The document is no JSON of the right shape; the source says where.
    #[error("the rules table cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Rows that every table must have are not there.
    #[error("the rules table lacks {names}; every figure must be given")]
    Missing {
        /// The names of the rows, separated by commas.
        names: String,
    },
    /// A row is in another unit than the rules read.
    #[error("rules table, {row}: the unit is `{received}`, but must be `{expected}`")]
    Unit {
        /// The row.
        row: String,
        /// The unit that was given.
        received: String,
        /// The unit that would be right.
        expected: &'static str,
    },
    /// A limit that needs a value has none, or one that has none was given one.
    #[error("rules table, {row}: `{kind}` needs {}", if *kind == LimitKind::Absent { "no value" } else { "a value" })]
    LimitValue {
        /// The row.
        row: String,
        /// The kind of the limit.
        kind: LimitKind,
    },
    /// A text that people need is empty.
    #[error("rules table, {row}: `{field}` is empty; say it in words")]
    Empty {
        /// The row.
        row: String,
        /// The field.
        field: &'static str,
    },
    /// A number is outside what it can mean.
    #[error("rules table, {row}: {received} is not within {least} to {most}")]
    Range {
        /// The row.
        row: String,
        /// The number that was given.
        received: u64,
        /// The least that would be right.
        least: u64,
        /// The most that would be right.
        most: u64,
    },
    /// Two figures that bound one another stand the wrong way round.
    #[error("rules table, {row}: {low} ({low_value}) is above {high} ({high_value})")]
    Order {
        /// The row, or the table's part.
        row: String,
        /// The name of the figure that must be the lower one.
        low: &'static str,
        /// Its value.
        low_value: u64,
        /// The name of the figure that must be the higher one.
        high: &'static str,
        /// Its value.
        high_value: u64,
    },
    /// A row stands twice, or a standard has both limits and an "open" row.
    #[error("rules table, {row} stands twice; one row only")]
    Twice {
        /// The row.
        row: String,
    },
}

/// Bounds on kilograms dry per kilogram fresh, in parts of 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DryFreshBounds {
    /// Warn below this.
    pub warn_below: u64,
    /// Warn above this.
    pub warn_above: u64,
    /// Hold above this.
    pub hold_above: u64,
    /// Refuse above this.
    pub refuse_above: u64,
}

/// Bounds that replace the general ones for one form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormDryFresh {
    pub(super) form: Form,
    pub(super) warn_below: u64,
    pub(super) warn_above: u64,
    pub(super) hold_above: u64,
    pub(super) refuse_above: u64,
    pub(super) unit: String,
    pub(super) source: String,
    pub(super) tag: Tag,
}

impl FormDryFresh {
    pub(super) fn bounds(&self) -> DryFreshBounds {
        DryFreshBounds {
            warn_below: self.warn_below,
            warn_above: self.warn_above,
            hold_above: self.hold_above,
            refuse_above: self.refuse_above,
        }
    }
}

/// The forms that the protected origin admits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProtectedForms {
    pub(super) forms: Vec<Form>,
    pub(super) source: String,
    tag: Tag,
}

/// A standard whose figures nobody has found: said openly instead of guessed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenRow {
    standard: Standard,
    note: String,
}

impl OpenRow {
    /// The standard without figures.
    pub fn standard(&self) -> Standard {
        self.standard
    }

    /// What is known about the gap; never empty.
    pub fn note(&self) -> &str {
        &self.note
    }
}

/// A complete, consistent table of figures.
///
/// ```
/// use trace_core::tianma::RulesTable;
///
/// let table = RulesTable::builtin()?;
/// assert_eq!(table.yield_refuse_kg_per_mu(), 1_100);
/// assert!(RulesTable::parse(b"{}").is_err());
/// # Ok::<(), trace_core::tianma::RulesError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesTable {
    document: Document,
    /// The figures in the order of [`FigureKey::ALL`], one each; 0 for one that came later and is not in the table.
    ordered: Vec<Figure>,
}

/// The table as it stands in JSON. No field is optional, so that printing gives back exactly what was parsed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) version: u32,
    pub(super) title: String,
    #[serde(deserialize_with = "figures_once")]
    pub(super) figures: BTreeMap<FigureKey, Figure>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) dry_fresh_by_form: Vec<FormDryFresh>,
    pub(super) protected_forms: ProtectedForms,
    pub(super) result_limits: Vec<ResultLimit>,
    pub(super) open_rows: Vec<OpenRow>,
}

/// Reads the figures and refuses one that stands twice, of which serde's own map would keep the last unseen.
fn figures_once<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<FigureKey, Figure>, D::Error> {
    struct Once;

    impl<'de> Visitor<'de> for Once {
        type Value = BTreeMap<FigureKey, Figure>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of figures by name")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut figures = BTreeMap::new();
            while let Some((key, figure)) = map.next_entry::<FigureKey, Figure>()? {
                if figures.insert(key, figure).is_some() {
                    return Err(A::Error::custom(format!("the figure `{key}` stands twice")));
                }
            }
            Ok(figures)
        }
    }

    deserializer.deserialize_map(Once)
}

impl RulesTable {
    /// The table that this version of the program carries.
    ///
    /// # Errors
    /// As [`RulesTable::parse`]; a test parses the carried document, so no error is met in practice.
    pub fn builtin() -> Result<Self, RulesError> {
        Self::parse(BUILTIN_JSON)
    }

    /// Reads a table from JSON. Unknown and repeated fields are refused, and every figure must be there, in its
    /// unit, with a source and a tag.
    ///
    /// # Errors
    /// [`RulesError`], naming the row, what was given and what would be right.
    pub fn parse(json: &[u8]) -> Result<Self, RulesError> {
        let document: Document = serde_json::from_slice(json)?;
        document.check_rows()?;
        document.check_figures()?;
        let absent = || Figure { value: 0, unit: String::new(), source: String::new(), tag: Tag::C };
        let figure = |key: &FigureKey| document.figures.get(key).cloned().unwrap_or_else(absent);
        let ordered = FigureKey::ALL.iter().map(figure).collect();
        Ok(Self { document, ordered })
    }

    /// The table as a JSON value: the same that was parsed. The digest of the table is taken over its RFC 8785 bytes.
    ///
    /// # Errors
    /// [`RulesError::Json`], if the table cannot be written as JSON.
    pub fn to_value(&self) -> Result<serde_json::Value, RulesError> {
        Ok(serde_json::to_value(&self.document)?)
    }

    /// The version that the office gave the table.
    pub fn version(&self) -> u32 {
        self.document.version
    }

    /// The table's name, for people.
    pub fn title(&self) -> &str {
        &self.document.title
    }

    /// One figure with its source; 0 without one if the table is from before there was this figure.
    pub fn figure(&self, key: FigureKey) -> &Figure {
        &self.ordered[key as usize]
    }

    /// Every figure of the table, in the order of [`FigureKey::ALL`].
    pub fn figures(&self) -> impl Iterator<Item = (FigureKey, &Figure)> {
        self.document.figures.iter().map(|(&key, figure)| (key, figure))
    }

    /// The forms that the protected origin admits, as the table lists them.
    pub fn protected_forms(&self) -> &[Form] {
        &self.document.protected_forms.forms
    }

    /// Every limit on a laboratory's result.
    pub fn result_limits(&self) -> &[ResultLimit] {
        &self.document.result_limits
    }

    /// Standards whose figures are not known.
    pub fn open_rows(&self) -> &[OpenRow] {
        &self.document.open_rows
    }

    pub(super) fn dry_fresh_of_form(&self, form: Form) -> Option<DryFreshBounds> {
        let mut rows = self.document.dry_fresh_by_form.iter();
        rows.find(|row| row.form == form).map(FormDryFresh::bounds)
    }
}
