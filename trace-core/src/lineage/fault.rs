//! What can be wrong with a lineage: each fault names the record, the place in it (a JSON pointer, RFC 6901), what
//! was found there and what should be there.

use thiserror::Error;

use crate::id::{BatchCode, RecordId};
use crate::record::{Kind, Refusal};
use crate::time::OccurredAt;

/// A fault of a lineage. `place` is a JSON pointer into the record.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "`record` is the faulty record; each message says what the other fields are")]
pub enum LineageFault {
    /// Records come in the order of the log.
    #[error("record {record}: found at index {index}, after index {after}; indices must grow")]
    OutOfOrder { record: RecordId, index: u64, after: u64 },
    /// A record stands in a log once.
    #[error("record {record}: found at index {index} and before that at index {first}; a record stands once")]
    Twice { record: RecordId, index: u64, first: u64 },
    /// The bytes are no record.
    #[error("record {record} at index {index}: the bytes are no valid record: {refusal}")]
    Unreadable { record: RecordId, index: u64, refusal: Box<Refusal> },
    /// The id is not the digest of the bytes.
    #[error("record {record} at index {index}: its bytes have the id {found}; the bytes or the id were changed")]
    WrongId { record: RecordId, index: u64, found: RecordId },
    /// The input's record does not exist, or comes later.
    #[error("record {record}, {place}: found {found}, which is no record before index {index}")]
    UnknownInput { record: RecordId, place: String, found: RecordId, index: u64 },
    /// The input's record did not make that batch.
    #[error("record {record}, {place}: found {found}, which did not make batch {batch}; {}", should_be(.wanted.as_ref()))]
    NotItsMaker { record: RecordId, place: String, batch: BatchCode, found: RecordId, wanted: Option<RecordId> },
    /// The input's record had a newer version already.
    #[error("record {record}, {place}: found {found}, an old version for batch {batch}; {wanted} was the newest")]
    StaleInput { record: RecordId, place: String, batch: BatchCode, found: RecordId, wanted: RecordId },
    /// The input was void already.
    #[error("record {record}, {place}: found batch {batch}, voided by {voided_by}; it must be in force")]
    VoidInput { record: RecordId, place: String, batch: BatchCode, voided_by: RecordId },
    /// It happened before its input came to be.
    #[error("record {record}, /occurred_at: found {found}, before its input {batch}; {wanted} or later is right")]
    BeforeInput { record: RecordId, batch: BatchCode, found: OccurredAt, wanted: OccurredAt },
    /// An output's code belongs to another record.
    #[error("record {record}, {place}: found batch {batch}, which {maker} made already; a new batch has a new code")]
    BatchTaken { record: RecordId, place: String, batch: BatchCode, maker: RecordId },
    /// What it supersedes does not exist, or comes later.
    #[error("record {record}, /supersedes: found {found}, which is no record before index {index}")]
    UnknownSuperseded { record: RecordId, found: RecordId, index: u64 },
    /// What it supersedes was superseded: versions form a line.
    #[error("record {record}, /supersedes: found {found}, which {by} superseded; only the newest version can be")]
    StaleVersion { record: RecordId, found: RecordId, by: RecordId },
    /// A version states another kind of fact.
    #[error("record {record}, /supersedes: found {found} for a record of kind {wanted}; versions keep the kind")]
    OtherKind { record: RecordId, found: Kind, wanted: Kind },
    /// A correction does not keep the batches.
    #[error("record {record}, /outputs: found {}; the superseded record has {}", list(.found), list(.wanted))]
    OtherOutputs { record: RecordId, found: Vec<BatchCode>, wanted: Vec<BatchCode> },
    /// A correction changes the inputs although what was made of them is used.
    #[error("record {record}, /inputs: found other inputs than before, though {user} uses its outputs; keep them")]
    InputsOfUsed { record: RecordId, user: RecordId },
    /// A voiding pulls away what a record in force uses.
    #[error("record {record}, /supersedes: found a record whose outputs {user} uses; that one must be void first")]
    VoidsUsed { record: RecordId, user: RecordId },
    /// A batch descends from itself.
    #[error("record {record}, /inputs: found batch {batch} among its own ancestors; a lineage has no cycle")]
    Cycle { record: RecordId, batch: BatchCode },
}

impl LineageFault {
    /// The faulty record: its id as the log claims it.
    pub fn record(&self) -> RecordId {
        match self {
            Self::OutOfOrder { record, .. }
            | Self::Twice { record, .. }
            | Self::Unreadable { record, .. }
            | Self::WrongId { record, .. }
            | Self::UnknownInput { record, .. }
            | Self::NotItsMaker { record, .. }
            | Self::StaleInput { record, .. }
            | Self::VoidInput { record, .. }
            | Self::BeforeInput { record, .. }
            | Self::BatchTaken { record, .. }
            | Self::UnknownSuperseded { record, .. }
            | Self::StaleVersion { record, .. }
            | Self::OtherKind { record, .. }
            | Self::OtherOutputs { record, .. }
            | Self::InputsOfUsed { record, .. }
            | Self::VoidsUsed { record, .. }
            | Self::Cycle { record, .. } => *record,
        }
    }

    /// JSON pointer to the place in the record; empty for the record as a whole.
    pub fn place(&self) -> &str {
        match self {
            Self::OutOfOrder { .. } | Self::Twice { .. } | Self::WrongId { .. } => "",
            Self::Unreadable { refusal, .. } => &refusal.place,
            Self::UnknownInput { place, .. }
            | Self::NotItsMaker { place, .. }
            | Self::StaleInput { place, .. }
            | Self::VoidInput { place, .. }
            | Self::BatchTaken { place, .. } => place,
            Self::BeforeInput { .. } => "/occurred_at",
            Self::UnknownSuperseded { .. }
            | Self::StaleVersion { .. }
            | Self::OtherKind { .. }
            | Self::VoidsUsed { .. } => "/supersedes",
            Self::OtherOutputs { .. } => "/outputs",
            Self::InputsOfUsed { .. } | Self::Cycle { .. } => "/inputs",
        }
    }
}

fn should_be(wanted: Option<&RecordId>) -> String {
    wanted.map_or_else(|| "no record before it did".to_owned(), |id| format!("{id} did"))
}

fn list(batches: &[BatchCode]) -> String {
    let codes: Vec<_> = batches.iter().map(ToString::to_string).collect();
    if codes.is_empty() { "no batch".to_owned() } else { codes.join(", ") }
}
