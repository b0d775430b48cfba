//! One entry of the log done again: what follows from it is put into a view, as it was when it was taken.
//!
//! Findings are those of the entry; no rule is judged again. But no balance may fall below zero.

use super::fault::Fault;
use crate::id::RecordId;
use crate::judge::{self, Case};
use crate::record::{Amounts, Details, Entry};
use crate::state::{Stop, View};
use crate::tianma::RulesTable;
use crate::time::Zone;

/// Replays an entry on the view, whose changes the caller then accepts or rejects. `amounts` are the record's, opened;
/// empty where it has none.
///
/// # Errors
/// [`Stop::Missing`] if rows are to be loaded first; [`Stop::Refused`] if the log's own records contradict each other,
/// or more is taken from a batch than it holds.
pub fn replay(index: u64, entry: &Entry, amounts: &Amounts, rules: &RulesTable, view: &mut View) -> Result<(), Stop> {
    let record = &entry.record;
    let (zone, office) = match (view.ledger()?, &record.details) {
        (Some(ledger), _) => (ledger.zone, ledger.office),
        (None, Details::Found(found)) => (found.time_zone, found.office),
        (None, _) => (Zone::CHINA, record.actor),
    };
    let case = Case {
        record,
        amounts,
        rules,
        rules_digest: entry.rules,
        received_at: entry.received_at,
        zone,
        office,
        index,
        signed: !entry.signatures.is_empty(),
    };
    judge::replay(&case, &entry.findings, view)
}

/// What stopped a replay, as a fault of its entry.
pub fn stopped(index: u64, record: RecordId, stop: &Stop) -> Fault {
    match stop {
        Stop::Missing => Fault::in_entry(index, Some(record), "entry/record", "a row that it names does not exist"),
        Stop::Refused(refusal) => {
            Fault::in_entry(index, Some(record), &format!("entry/record{}", refusal.place), refusal.en.clone())
        }
    }
}
