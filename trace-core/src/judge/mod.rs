//! Judging: whether a record may stand in the ledger, what the rules find, and what follows from it.
//!
//! [`append`] judges and establishes a new record; [`replay`] establishes one that the log already holds, with the
//! findings that stand in its entry, and judges nothing again. Both work on a [`View`] and do no I/O.

mod authority;
mod batches;
mod case;
mod establish;
mod findings;
mod revision;

pub use case::Case;
pub use findings::Findings;

pub(crate) use authority::{is_granted, party_of};
pub(crate) use case::{unknown_batch, unknown_record};
pub(crate) use establish::freeze;

use crate::id::PartyId;
use crate::record::{Finding, FindingMark, Kind, Level, Refusal};
use crate::state::{Key, Stop, View};

/// Judges a record and, unless it is refused, establishes it in the view.
///
/// The caller accepts or rejects the view's changes afterwards: a group of records is accepted as a whole.
///
/// ```
/// use trace_core::judge::{self, Case};
/// use trace_core::prepare;
/// use trace_core::state::{Stop, View};
/// # use trace_core::id::{PartyId, RecordId};
/// # use trace_core::tianma::RulesTable;
/// # use trace_core::time::Zone;
/// # fn main() -> Result<(), Stop> {
/// # let office = PartyId::from_random([1; 10]);
/// # let rules = RulesTable::builtin().unwrap();
/// # let rules_digest = RecordId::of(b"the table's canonical bytes");
/// # let mut random = prepare::Randomness::new([7; 32]);
/// # let origin = "trace.example.org/yiliang".parse().unwrap();
/// # let defaults = prepare::Defaults { origin, submitter: office, key_version: 1 };
/// # let draft = prepare::Draft::from_value(serde_json::json!({
/// #     "uid": "0102030405060708090a0b0c0d0e0f10", "kind": "found", "occurred_at": "2026-11-20",
/// #     "details": {"origin": "trace.example.org/yiliang", "time_zone": "+08:00", "office": office,
/// #         "organisation": "彝良天麻品牌办", "rules": rules_digest, "rules_version": 1}}))?;
/// # let received_at = "2026-11-20T01:00:00.000Z".parse().unwrap();
///
/// let mut view = View::in_memory();
/// let founding = prepare::complete(&draft, &[], &defaults, &mut random, &mut view)?;
/// let case = Case {
///     record: &founding.record,
///     amounts: &founding.amounts,
///     rules: &rules,
///     rules_digest,
///     received_at,
///     zone: Zone::CHINA,
///     office,
///     index: 0,
///     signed: false,
/// };
/// let findings = judge::append(&case, &mut view)?;
/// view.accept();
/// assert!(findings.is_empty(), "no rule has anything to remark");
///
/// // A ledger is founded once.
/// match judge::append(&Case { index: 1, ..case }, &mut view) {
///     Err(Stop::Refused(refusal)) => assert_eq!(refusal.rule, "already_founded"),
///     other => panic!("{other:?}"),
/// }
/// view.reject();
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Stop::Missing`] if rows are to be loaded first, [`Stop::Refused`] with what was wrong, where, and what would be
/// right.
pub fn append(case: &Case<'_>, view: &mut View) -> Result<Vec<Finding>, Stop> {
    match append_to_group(case, view)? {
        (findings, None) => Ok(findings),
        (_, Some(veiled)) => Err(veiled.into()),
    }
}

/// [`append`] for one record of a group. The second answer is the refusal that the record takes more than a batch holds
/// whose amounts the actor may not see. It is to be said only if no record of the group is refused for another reason:
/// else whoever adds a record that is bound to fail learns by trying, without leaving a trace, how much a neighbour has.
///
/// # Errors
/// As [`append`].
pub fn append_to_group(case: &Case<'_>, view: &mut View) -> Result<(Vec<Finding>, Option<Refusal>), Stop> {
    prefetch(case, view)?;
    case.check_time()?;
    authority::check(case, view)?;
    let mut findings = Findings::default();
    revision::check(case, view, &mut findings)?;
    revision::retire(case, view)?;
    if case.record.kind() != Kind::Void {
        case.check_amounts()?;
        batches::check(case, view)?;
        case.stated().own_rules().judge(case, view, &mut findings)?;
    }
    let findings = findings.into_vec();
    let held = findings.iter().any(|finding| finding.mark.level == Level::Hold);
    let veiled = establish::establish(case, held, view)?;
    Ok((findings, veiled))
}

/// Establishes a record that stands in the log, with its findings as they were.
///
/// # Errors
/// [`Stop::Missing`]; [`Stop::Refused`] only if the log's own records contradict each other.
pub fn replay(case: &Case<'_>, marks: &[FindingMark], view: &mut View) -> Result<(), Stop> {
    prefetch(case, view)?;
    revision::retire(case, view)?;
    match establish::establish(case, marks.iter().any(|mark| mark.level == Level::Hold), view)? {
        Some(veiled) => Err(veiled.into()),
        None => Ok(()),
    }
}

/// Whose batches the record moves: the actor's; of a correction or voiding those of the first version's party, also
/// where the office corrects for it.
pub(crate) fn party_acted_for(case: &Case<'_>, view: &mut View) -> Result<PartyId, Stop> {
    match case.record.supersedes {
        Some(old) if case.record.kind().is_revision() => {
            Ok(view.record(old)?.map_or(case.record.actor, |row| row.party))
        }
        _ => Ok(case.record.actor),
    }
}

/// Asks for all rows that the record names at once, so that one round of loading serves most records.
fn prefetch(case: &Case<'_>, view: &mut View) -> Result<(), Stop> {
    let record = case.record;
    let mut keys = vec![Key::Ledger, Key::Party(record.actor)];
    if let Some(clerk) = record.entered_by {
        keys.extend([Key::Party(clerk), Key::Grants(record.actor, clerk)]);
    }
    keys.extend(record.site.map(Key::Site));
    keys.extend(record.inputs.iter().map(|input| Key::Batch(input.batch)));
    keys.extend(record.outputs.iter().map(|output| Key::Batch(output.batch)));
    if let Some(old) = record.supersedes {
        keys.extend([Key::Record(old), Key::Edges(old)]);
    }
    view.want(keys)
}
