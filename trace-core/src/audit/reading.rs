//! One entry from its bytes up, and what was opened of it: everything that can be checked without the others, so that
//! many can be checked at once.

use super::fault::Fault;
use crate::id::RecordId;
use crate::log::{Hash, leaf_hash};
use crate::record::sealed::{Commitment, Group, Opening};
use crate::record::{Amounts, Entry, FindingMark, Refusal};

/// An entry that was read strictly: its bytes are their only spelling.
#[derive(Debug)]
pub struct ReadEntry {
    /// Its index.
    pub index: u64,
    /// `SHA256(00 || bytes)`.
    pub leaf: Hash,
    /// The entry; what was wrong where it is none.
    pub entry: Result<Entry, Box<Refusal>>,
    /// Whether a signature in it does not verify; its place among them.
    pub bad_signature: Option<usize>,
}

impl ReadEntry {
    /// Reads leaf bytes, hashes them, and checks the signatures against the keys that they name.
    pub fn of(index: u64, bytes: &[u8]) -> Self {
        let entry = Entry::from_bytes(bytes).map_err(Box::new);
        let bad_signature = entry
            .as_ref()
            .ok()
            .and_then(|entry| entry.signatures.iter().position(|signature| !signature.verifies(entry.record.bytes())));
        Self { index, leaf: leaf_hash(bytes), entry, bad_signature }
    }
}

/// Checks openings against the commitments of the record, and reads its amounts. `mismatch` is told of a fault with
/// its group. A commitment that nothing opens is no fault: the value may have been erased.
pub fn open(
    entry: &Entry,
    openings: &[Opening],
    mut mismatch: impl FnMut(Group, String),
) -> Option<Result<Amounts, Box<Refusal>>> {
    let mut amounts = None;
    for opening in openings {
        let group = opening.group();
        let Some(recorded): Option<&Commitment> = entry.record.sealed.get(&group) else {
            mismatch(group, "the record commits to no such group".to_owned());
            continue;
        };
        if let Err(error) = opening.verify(&entry.record.uid, recorded) {
            mismatch(group, error.to_string());
        }
        if group == Group::Amounts {
            amounts = Some(Amounts::from_value(opening.value().clone()).map_err(Box::new));
        }
    }
    amounts
}

/// Compares the findings whose words are kept with those that stand in the entry.
pub fn compare_findings(record: RecordId, in_entry: &[FindingMark], kept: &[(u32, FindingMark)]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let fault = |position: u32, field: &str, problem: String| {
        Fault::new("findings", format!("{record}, {position}"), field, problem).about(record)
    };
    for (position, mark) in (0_u32..).zip(in_entry) {
        match kept.iter().find(|(at, _)| *at == position) {
            None => faults.push(fault(position, "position", "the row is missing".to_owned())),
            Some((_, found)) => {
                if found.level != mark.level {
                    let problem = format!("found {:?}, the entry says {:?}", found.level, mark.level);
                    faults.push(fault(position, "level", problem));
                }
                if found.rule != mark.rule {
                    let problem = format!("found '{}', the entry says '{}'", found.rule, mark.rule);
                    faults.push(fault(position, "rule", problem));
                }
            }
        }
    }
    for (position, _) in kept.iter().filter(|(at, _)| usize::try_from(*at).is_ok_and(|at| at >= in_entry.len())) {
        faults.push(fault(*position, "position", "the entry has no such finding".to_owned()));
    }
    faults
}
