//! The record: one immutable fact, who did what, when, where, from which batches to which batches.
//!
//! A [`Record`] exists only whole: parsed strictly, checked on its own, with its canonical bytes and its id.
//! Whether it may stand in a ledger (do its inputs exist, does it draw too much) is the matter of [`crate::judge`].

mod amounts;
pub mod canonical;
mod entry;
mod kind;
pub mod kinds;
mod refusal;
pub mod sealed;
mod shape;
mod text;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

pub(crate) use amounts::range_words;
pub use amounts::{Amounts, Beside, CodeRange, Person, Place, Terms};
pub use entry::{Entry, Signature};
pub use kind::{Details, Kind};
pub use refusal::{Class, Finding, FindingMark, Level, Refusal};
pub use shape::{InputUse, Shape};
pub use text::{Name, Origin, RegisteredCode, Telephone, TextError};

use crate::id::{BatchCode, PartyId, RecordId, SiteId, Stage, Uid};
use crate::quantity::Quantity;
use crate::record::canonical::{CanonicalError, MAX_INPUTS, MAX_RECORD_BYTES};
use crate::record::sealed::{Commitment, Group};
use crate::tianma::{Form, Generation, Grade, Product, Propagation, SeedSource, SizeClass};
use crate::time::OccurredAt;

/// The schema that every record names; another schema is another format.
pub const SCHEMA: &str = "tianma-trace/record/1";

/// A batch that a record takes from or speaks of, and the newest version of the record that made it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The batch.
    pub batch: BatchCode,
    /// Id of the record (its newest version) that made the batch.
    pub record: RecordId,
}

/// A batch that a record makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Its code.
    pub batch: BatchCode,
    /// The stage it belongs to.
    pub stage: Stage,
    /// What it is.
    pub product: Product,
    /// What else is known and public of it.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
}

/// Public properties of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attributes {
    /// 变型: the form of tianma.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// 零代, 一代, …: generation of seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<Generation>,
    /// Trade grade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// From capsules or from tubers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propagation: Option<Propagation>,
    /// Size class of seed tubers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_class: Option<SizeClass>,
    /// Where seed came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SeedSource>,
    /// Strain of a fungus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strain: Option<Name>,
    /// What one package of a sale batch holds; printed on it, so public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net_content: Option<Quantity>,
    /// GTIN-14 of the packaged product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<crate::code::Gtin14>,
    /// Shelf life in months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf_life_months: Option<u8>,
}

impl Attributes {
    /// Whether nothing is said, so that the field is left out.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A file that backs a record: the log holds its digest only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// SHA-256 of the stored bytes, 64 hex digits.
    pub sha256: RecordId,
    /// Media type (RFC 6838): `image/jpeg`, `image/png`, `application/pdf`.
    pub media_type: MediaType,
    /// Length in bytes.
    pub size: u32,
}

/// Media types that evidence may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MediaType {
    /// A photograph.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// A picture.
    #[serde(rename = "image/png")]
    Png,
    /// A document.
    #[serde(rename = "application/pdf")]
    Pdf,
}

impl MediaType {
    /// As it stands in records (RFC 6838).
    pub const fn code(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
        }
    }
}

/// The fields of a record before it is checked and closed; see [`Record::new`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordBody {
    /// Origin of the log that the record is meant for.
    pub log: Origin,
    /// Made by the client; with the submitting party it makes a request idempotent.
    pub uid: Uid,
    /// Whose fact it is.
    pub actor: PartyId,
    /// Who typed it, where that is another party.
    pub entered_by: Option<PartyId>,
    /// Where it happened.
    pub site: Option<SiteId>,
    /// When it happened.
    pub occurred_at: OccurredAt,
    /// From which batches.
    pub inputs: Vec<Input>,
    /// To which batches.
    pub outputs: Vec<Output>,
    /// The public details of its kind.
    pub details: Details,
    /// Files that back it.
    pub evidence: Vec<Evidence>,
    /// Commitments to the private values.
    pub sealed: BTreeMap<Group, Commitment>,
    /// The newest version of the record that this one replaces.
    pub supersedes: Option<RecordId>,
}

impl Serialize for RecordBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // In the order of the canonical bytes, which spares the writer sorting.
        let mut s = serializer.serialize_struct("Record", 14)?;
        s.serialize_field("actor", &self.actor)?;
        s.serialize_field("details", &self.details)?;
        if let Some(party) = &self.entered_by {
            s.serialize_field("entered_by", party)?;
        }
        if !self.evidence.is_empty() {
            s.serialize_field("evidence", &self.evidence)?;
        }
        if !self.inputs.is_empty() {
            s.serialize_field("inputs", &self.inputs)?;
        }
        s.serialize_field("kind", &self.details.kind())?;
        s.serialize_field("log", &self.log)?;
        s.serialize_field("occurred_at", &self.occurred_at)?;
        if !self.outputs.is_empty() {
            s.serialize_field("outputs", &self.outputs)?;
        }
        s.serialize_field("schema", SCHEMA)?;
        if !self.sealed.is_empty() {
            s.serialize_field("sealed", &self.sealed)?;
        }
        if let Some(site) = &self.site {
            s.serialize_field("site", site)?;
        }
        if let Some(id) = &self.supersedes {
            s.serialize_field("supersedes", id)?;
        }
        s.serialize_field("uid", &self.uid)?;
        s.end()
    }
}

/// The record as it stands in JSON, with the details still untyped: a value, or their text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<D> {
    schema: String,
    log: Origin,
    uid: Uid,
    kind: Kind,
    actor: PartyId,
    entered_by: Option<PartyId>,
    site: Option<SiteId>,
    occurred_at: OccurredAt,
    #[serde(default)]
    inputs: Vec<Input>,
    #[serde(default)]
    outputs: Vec<Output>,
    details: D,
    #[serde(default)]
    evidence: Vec<Evidence>,
    #[serde(default)]
    sealed: BTreeMap<Group, Commitment>,
    supersedes: Option<RecordId>,
}

impl<D> Wire<D> {
    /// The record, its details read by `details`.
    fn close(self, details: impl FnOnce(Kind, D) -> Result<Details, Refusal>) -> Result<Record, Refusal> {
        if self.schema != SCHEMA {
            return Err(Refusal::invalid(
                "unknown_schema",
                "/schema",
                format!("不认识的格式“{}”，应为“{SCHEMA}”", self.schema),
                format!("unknown schema '{}'; this ledger takes '{SCHEMA}'", self.schema),
            ));
        }
        Record::new(RecordBody {
            details: details(self.kind, self.details)?,
            log: self.log,
            uid: self.uid,
            actor: self.actor,
            entered_by: self.entered_by,
            site: self.site,
            occurred_at: self.occurred_at,
            inputs: self.inputs,
            outputs: self.outputs,
            evidence: self.evidence,
            sealed: self.sealed,
            supersedes: self.supersedes,
        })
    }
}

/// A record as it stands within a text that is taken for canonical. What comes of it is written out again and compared
/// with the text, so nothing that is read loosely here can pass; and what is wrong with it is told by who reads values.
#[derive(Deserialize)]
#[serde(transparent)]
struct InText<'t>(#[serde(borrow)] Wire<&'t RawValue>);

impl InText<'_> {
    fn close(self) -> Result<Record, Refusal> {
        self.0.close(|kind, text| Details::from_text(kind, text.get()))
    }
}

/// A checked record with its canonical bytes and its id. It cannot exist otherwise.
///
/// ```
/// use trace_core::record::Record;
/// let bytes = br#"{"schema":"tianma-trace/record/1","kind":"harvest"}"#;
/// let refusal = Record::from_canonical(bytes).unwrap_err();
/// assert_eq!(refusal.rule, "not_canonical"); // "kind" sorts before "schema"
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    body: RecordBody,
    id: RecordId,
    bytes: Vec<u8>,
}

impl Deref for Record {
    type Target = RecordBody;

    fn deref(&self) -> &RecordBody {
        &self.body
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.body.serialize(serializer)
    }
}

impl Record {
    /// The party whose persons the sealed groups `person` and `place` tell of.
    pub fn subject(&self) -> PartyId {
        match self.details.stated() {
            Details::RegisterParty(registered) => registered.party,
            Details::RegisterSite(registered) => registered.party,
            _ => self.actor,
        }
    }

    /// Closes a record: checks its shape, canonicalises it (RFC 8785) and takes its id (SHA-256 of those bytes).
    ///
    /// # Errors
    /// A [`Refusal`] that names the place: too many inputs, an output whose code does not fit its stage or date,
    /// a sealed group that the kind does not have, details that contradict each other, more than 60,000 bytes.
    pub fn new(body: RecordBody) -> Result<Self, Refusal> {
        shape::check(&body)?;
        let bytes = canonical::canonical_bytes(&body).map_err(|e| unreadable(&e))?;
        if bytes.len() > MAX_RECORD_BYTES {
            return Err(Refusal::invalid(
                "record_too_long",
                "",
                format!("记录有 {} 字节，最多 {MAX_RECORD_BYTES} 字节；请分成几条记录", bytes.len()),
                format!(
                    "the record has {} canonical bytes, at most {MAX_RECORD_BYTES} are allowed; split it",
                    bytes.len()
                ),
            ));
        }
        Ok(Self { id: RecordId::of(&bytes), body, bytes })
    }

    /// Reads canonical bytes, as the log serves them.
    ///
    /// # Errors
    /// A [`Refusal`] if the bytes are not the canonical bytes of a valid record; it names the place.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, Refusal> {
        // Straight into types: a tree of values takes as long as all the rest.
        if bytes.len() <= MAX_RECORD_BYTES
            && let Ok(text) = serde_json::from_slice::<InText<'_>>(bytes)
            && let Ok(record) = text.close()
            && record.bytes == bytes
        {
            return Ok(record);
        }
        let not_canonical = |e: CanonicalError| {
            Refusal::invalid(
                "not_canonical",
                "",
                format!("不是规范的记录字节：{}", at(&e)),
                format!("not canonical record bytes: {e}"),
            )
        };
        // Wrong bytes are named before a wrong record is.
        let value = canonical::check_canonical(bytes, MAX_RECORD_BYTES).map_err(not_canonical)?;
        let read = Self::from_value(value)?;
        if read.bytes == bytes {
            return Ok(read);
        }
        // A typed field may read more than one spelling; a record has one.
        Err(not_its_spelling(bytes, &read.bytes))
    }

    /// Reads a strictly parsed JSON value in any key order.
    ///
    /// # Errors
    /// A [`Refusal`] that names the field which is unknown, missing or of the wrong type.
    pub fn from_value(value: Value) -> Result<Self, Refusal> {
        typed::<Wire<Value>>(value, "")?.close(Details::from_value)
    }

    /// SHA-256 of the canonical bytes.
    pub fn id(&self) -> RecordId {
        self.id
    }

    /// The canonical bytes: hashed, stored, logged and served as they are.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The kind; a correction is of kind `correct`.
    pub fn kind(&self) -> Kind {
        self.body.details.kind()
    }

    /// Who sends it in: the one who typed it, else the actor.
    pub fn submitter(&self) -> PartyId {
        self.body.entered_by.unwrap_or(self.body.actor)
    }
}

/// A typed value from a JSON value.
///
/// # Errors
/// A [`Refusal`] that names the place below `prefix` as a JSON pointer (RFC 6901).
pub fn typed<T: DeserializeOwned>(value: Value, prefix: &str) -> Result<T, Refusal> {
    // Places are found only when they are needed: keeping track of them costs more than the reading itself.
    if let Ok(read) = T::deserialize(&value) {
        return Ok(read);
    }
    let received = value.clone();
    serde_path_to_error::deserialize(value).map_err(|error| {
        let mut place = String::new();
        for segment in error.path() {
            match segment {
                serde_path_to_error::Segment::Seq { index } => _ = write!(place, "/{index}"),
                serde_path_to_error::Segment::Map { key } => {
                    // RFC 6901, section 3: a received key may hold what separates keys.
                    place.push('/');
                    place.push_str(&key.replace('~', "~0").replace('/', "~1"));
                }
                _ => {}
            }
        }
        let (en, zh) = crate::malformed::words(&error.inner().to_string(), received.pointer(&place));
        Refusal::invalid("malformed", format!("{prefix}{place}"), format!("格式不对：{zh}"), en)
    })
}

/// A record or a part of an entry that has no canonical bytes.
fn unreadable(error: &CanonicalError) -> Refusal {
    Refusal::invalid("malformed", error.pointer(), error.zh(), error.to_string())
}

/// What is wrong with bytes, and within which value.
fn at(error: &CanonicalError) -> String {
    match error.pointer() {
        "" => error.zh(),
        pointer => format!("{pointer} {}", error.zh()),
    }
}

/// The bytes are canonical JSON, but not those of the record or entry that they spell.
fn not_its_spelling(received: &[u8], own: &[u8]) -> Refusal {
    let offset = received.iter().zip(own).take_while(|(a, b)| a == b).count();
    Refusal::invalid(
        "not_canonical",
        "",
        format!("从第 {offset} 字节起有字段不是它唯一的写法"),
        format!("from byte {offset} on a field is not in its one spelling"),
    )
}

/// At most [`MAX_INPUTS`] inputs; said with the way out.
pub(crate) fn too_many_inputs(received: usize) -> Refusal {
    Refusal::invalid(
        "too_many_inputs",
        "/inputs",
        format!("有 {received} 个来源批次，一条记录最多 {MAX_INPUTS} 个；请先用“并批”合成几个批次"),
        format!("{received} inputs; one record takes at most {MAX_INPUTS}: pool some batches first, in the same group"),
    )
}

#[cfg(test)]
mod tests;
