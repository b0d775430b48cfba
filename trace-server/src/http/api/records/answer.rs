//! How records look in answers.

use serde::Serialize;
use serde_json::Value;
use trace_core::record::{Finding, FindingMark, Level, Record};
use trace_core::state::{RecordRow, Standing};
use utoipa::ToSchema;

use crate::ledger::{Appended, RecordView};

/// A record that was appended.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http::api) struct AppendedBody {
    /// SHA-256 of the canonical bytes, 64 hex digits
    pub id: String,
    /// Index in the log
    pub index: u64,
    /// When it was taken, UTC
    pub received_at: String,
    /// The record; its RFC 8785 bytes are what was hashed
    #[schema(value_type = Object)]
    pub record: Value,
    /// What the rules found
    pub findings: Vec<FindingBody>,
}

/// Records of a group, in its order.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http::api) struct AppendedGroup {
    pub records: Vec<AppendedBody>,
}

/// What a request is answered: one record for one, a group for a group.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(in crate::http::api) enum AppendAnswer {
    One(AppendedBody),
    Group(AppendedGroup),
}

/// What a rule said. The words show amounts and are for those who may see them.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http::api) struct FindingBody {
    /// `warning` (noted) or `hold` (frozen until the office releases it)
    #[schema(value_type = String, example = "hold")]
    pub level: Level,
    /// The rule
    #[schema(example = "dry_ratio")]
    pub rule: String,
    /// The reason in Chinese
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zh: Option<String>,
    /// The reason in English
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

/// A record and what has become of it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http::api) struct RecordBody {
    #[serde(flatten)]
    pub fate: RecordFate,
    /// The record
    #[schema(value_type = Object)]
    pub record: Value,
    /// Digest of the rules table by which it was judged
    pub rules: String,
    /// What the rules found; with words for those who may see amounts
    pub findings: Vec<FindingBody>,
    /// The sealed amounts, for the record's parties and the office
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub amounts: Option<Value>,
    /// The sealed terms, for the two sides
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub terms: Option<Value>,
}

/// What the ledger knows of a record beside its bytes.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http::api) struct RecordFate {
    /// SHA-256 of the canonical bytes
    pub id: String,
    /// Index in the log
    pub index: u64,
    /// Its kind
    #[schema(example = "correct")]
    pub kind: String,
    /// What it states: of a correction the corrected kind
    #[schema(example = "harvest")]
    pub states: String,
    /// Whose fact it is
    pub actor: String,
    /// When it happened
    pub occurred_at: String,
    /// When it was taken, UTC
    pub received_at: String,
    /// Batches that it made
    pub outputs: Vec<String>,
    /// `settled`, `unconfirmed` or `disputed` by the other side
    #[schema(value_type = String)]
    pub standing: Standing,
    /// The other side
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_side: Option<String>,
    /// The newer version, or the voiding
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
    /// Whether it was voided
    pub void: bool,
    /// Whether a finding holds it
    pub held: bool,
    /// Whether it carries a valid signature of its actor
    pub signed: bool,
}

impl From<Appended> for AppendedBody {
    fn from(appended: Appended) -> Self {
        Self {
            id: appended.record.id().to_string(),
            index: appended.index,
            received_at: appended.received_at.to_string(),
            record: record_value(&appended.record),
            findings: appended.findings.into_iter().map(FindingBody::from).collect(),
        }
    }
}

/// The record as JSON. Its canonical bytes parse: they were made from such a value.
pub(super) fn record_value(record: &Record) -> Value {
    serde_json::from_slice(record.bytes()).unwrap_or_default()
}

impl From<Finding> for FindingBody {
    fn from(finding: Finding) -> Self {
        let FindingMark { level, rule } = finding.mark;
        Self { level, rule, zh: Some(finding.zh), en: Some(finding.en) }
    }
}

impl From<FindingMark> for FindingBody {
    fn from(mark: FindingMark) -> Self {
        Self { level: mark.level, rule: mark.rule, zh: None, en: None }
    }
}

impl From<RecordView> for RecordBody {
    fn from(view: RecordView) -> Self {
        let findings = match view.findings {
            Some(findings) => findings.into_iter().map(FindingBody::from).collect(),
            None => view.entry.findings.into_iter().map(FindingBody::from).collect(),
        };
        Self {
            fate: RecordFate::from(&view.row),
            record: record_value(&view.entry.record),
            rules: view.entry.rules.to_string(),
            findings,
            amounts: view.amounts.and_then(|amounts| serde_json::to_value(amounts).ok()),
            terms: view.terms,
        }
    }
}

impl From<&RecordRow> for RecordFate {
    fn from(row: &RecordRow) -> Self {
        Self {
            id: row.id.to_string(),
            index: row.index,
            kind: row.kind.code().to_owned(),
            states: row.states.code().to_owned(),
            actor: row.actor.to_string(),
            occurred_at: row.occurred_at.to_string(),
            received_at: row.received_at.to_string(),
            outputs: row.outputs.iter().map(ToString::to_string).collect(),
            standing: row.standing,
            other_side: row.other_side.map(|party| party.to_string()),
            superseded_by: row.superseded_by.map(|id| id.to_string()),
            void: row.void,
            held: row.held,
            signed: row.signed,
        }
    }
}
