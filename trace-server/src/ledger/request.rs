//! What is asked of the ledger, and what it answers.

use std::collections::BTreeSet;

use trace_core::id::{PartyId, RecordId, Uid};
use trace_core::prepare::{Completed, Draft};
use trace_core::record::sealed::{Group, Opening};
use trace_core::record::{Amounts, Evidence, Finding, Record, Refusal, Signature};
use trace_core::time::ReceivedAt;

use crate::store::StoreError;

/// Most records of one group: a merge of 10,000 farm batches takes 20 pools and a record over them, and a commit of so
/// many holds the ledger for well under a second. The API and imports hold to it.
pub const GROUP_RECORDS_MAX: usize = 500;

/// One record or a group that is appended together, all or nothing.
#[derive(Debug, Clone)]
pub struct Request {
    /// The party that sends it.
    pub submitter: PartyId,
    /// SHA-256 of the request as it was received.
    pub digest: RecordId,
    /// The records; not empty.
    pub items: Vec<Item>,
}

/// One record of a request.
#[derive(Debug, Clone)]
pub enum Item {
    /// To be completed by the server.
    Draft {
        /// As typed.
        draft: Box<Draft>,
        /// Canonical bytes of the rules table that a `found` or `set_rules` puts into force.
        rules_table: Option<Vec<u8>>,
    },
    /// Complete, with the client's signatures.
    Signed {
        /// The record with its opened values.
        completed: Box<Completed>,
        /// Over its canonical bytes.
        signatures: Vec<Signature>,
    },
}

impl Item {
    /// A draft without a rules table.
    pub fn draft(draft: Draft) -> Self {
        Self::Draft { draft: Box::new(draft), rules_table: None }
    }

    /// A complete record with the client's signatures. Every commitment that judging needs is opened, and every opening
    /// is the one that the record committed to.
    ///
    /// # Errors
    /// A [`Refusal`] for an opening that the record did not commit to, one that comes twice, or missing amounts.
    pub fn signed(record: Record, openings: Vec<Opening>, signatures: Vec<Signature>) -> Result<Self, Refusal> {
        let mut opened = BTreeSet::new();
        let mut amounts = Amounts::default();
        for (i, opening) in openings.iter().enumerate() {
            let place = format!("/openings/{i}");
            let fits = record.sealed.get(&opening.group()).map(|commitment| opening.verify(&record.uid, commitment));
            if !opened.insert(opening.group()) || !matches!(fits, Some(Ok(()))) {
                let group = opening.group().code();
                let (zh, en) = match fits {
                    Some(Err(error)) => (error.zh(), error.to_string()),
                    Some(Ok(())) => {
                        (format!("“{group}”的原值给了两次"), format!("the group '{group}' is opened twice"))
                    }
                    None => (
                        format!("记录里没有“{group}”的承诺"),
                        format!("the record has no commitment for the group '{group}'"),
                    ),
                };
                return Err(Refusal::invalid("opening", place, format!("密封内容与记录不符：{zh}"), en));
            }
            if opening.group() == Group::Amounts {
                amounts = Amounts::from_value(opening.value().clone()).map_err(|r| r.below(&place))?;
            }
        }
        if let Some(group) = record.sealed.keys().find(|group| !opened.contains(group)) {
            return Err(Refusal::invalid(
                "opening_missing",
                "/openings",
                format!("缺少密封内容“{}”的原值和盐", group.code()),
                format!("the record seals '{}'; send its salt and value among the openings", group.code()),
            ));
        }
        Ok(Self::Signed { completed: Box::new(Completed { record, openings, amounts }), signatures })
    }

    /// Whether it holds values that tell of persons.
    pub(super) fn is_personal(&self) -> bool {
        match self {
            Self::Draft { draft, .. } => draft.person.is_some() || draft.place.is_some(),
            Self::Signed { completed, .. } => completed.openings.iter().any(|opening| opening.group().is_personal()),
        }
    }

    /// The files that the record names.
    pub(super) fn evidence(&self) -> &[Evidence] {
        match self {
            Self::Draft { draft, .. } => &draft.evidence,
            Self::Signed { completed, .. } => &completed.record.evidence,
        }
    }

    /// The record that it replaces.
    pub(super) fn supersedes(&self) -> Option<RecordId> {
        match self {
            Self::Draft { draft, .. } => draft.supersedes,
            Self::Signed { completed, .. } => completed.record.supersedes,
        }
    }

    /// The client's uid of the record.
    pub fn uid(&self) -> Uid {
        match self {
            Self::Draft { draft, .. } => draft.uid,
            Self::Signed { completed, .. } => completed.record.uid,
        }
    }
}

/// An appended record, as the ledger acknowledges it.
#[derive(Debug, Clone)]
pub struct Appended {
    /// Its index in the log.
    pub index: u64,
    /// The record with its id and canonical bytes.
    pub record: Record,
    /// What the rules found, with the arithmetic.
    pub findings: Vec<Finding>,
    /// When it was taken.
    pub received_at: ReceivedAt,
}

/// The answer to a request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The records, in the order of the request.
    pub records: Vec<Appended>,
    /// Whether the request was answered before; nothing new was stored.
    pub repeated: bool,
}

/// Why a request was not appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A rule refuses it; nothing of it was stored.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed; nothing of it was stored. [`StoreError::Ambiguous`] alone means that nobody could tell:
    /// send the same request again, and it stands once.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The record of an erasure stands and is durable, but it is not carried out yet: send the same request again, or
    /// start the service again, and it is.
    #[error("the erasure is recorded but not carried out yet: {0}")]
    Unfinished(StoreError),
    /// The database contradicts what the log signed: whatever were added now might have to be undone.
    #[error("the database contradicts the signed log; nothing is taken until the operator has repaired it")]
    Suspended,
    /// The ledger is shutting down.
    #[error("the ledger is shutting down; send the request again")]
    Closing,
}

/// Which record of a group a refusal is of, and the place within it. A lone record's places have no number in front.
pub fn position(place: &str, records: usize) -> (usize, &str) {
    if records < 2 {
        return (0, place);
    }
    let rest = place.strip_prefix('/').unwrap_or(place);
    let (number, _) = rest.split_once('/').unwrap_or((rest, ""));
    match number.parse() {
        Ok(index) => (index, rest.get(number.len()..).unwrap_or_default()),
        Err(_) => (0, place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_groups_find_their_record() {
        assert_eq!(position("/2/inputs/0/batch", 3), (2, "/inputs/0/batch"));
        assert_eq!(position("/inputs/0/batch", 1), (0, "/inputs/0/batch"));
        assert_eq!(position("/uid", 3), (0, "/uid"));
    }
}
