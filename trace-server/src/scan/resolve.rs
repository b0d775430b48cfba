//! From a decoded package code to its package: the issue, its place in it, and the sale batch.

use std::sync::Arc;

use trace_core::code::{CodeIndex, Decoded, IssueNumber, PackageCode};
use trace_core::id::RecordId;
use trace_core::state::{BatchRow, CodeState, IssueRow, Key, Row};
use trace_core::time::Zone;

use super::Verdict;
use super::newest::{Issued, Issues};
use crate::store::{Store, StoreError};

/// A package of which the ledger knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its code.
    pub code: PackageCode,
    /// The code issue.
    pub issue: IssueRow,
    /// Its place in the issue.
    pub index: CodeIndex,
    /// The sale batch.
    pub batch: BatchRow,
}

impl Package {
    /// What is known of it without its openings and without the address that it came with.
    pub fn standing(&self) -> Verdict {
        super::verdict::standing(self, None)
    }

    /// Whether it was ever put into circulation.
    pub fn was_activated(&self) -> bool {
        self.record_that_made(CodeState::Active).is_some()
    }

    /// Whether another package of the same issue was ever put into circulation.
    pub(super) fn issue_activated(&self, index: CodeIndex) -> bool {
        self.issue.ranges.iter().any(|(state, range, _)| *state == CodeState::Active && range.holds(index))
    }

    /// The newest record that put the package into this state and is not undone.
    pub fn record_that_made(&self, wanted: CodeState) -> Option<RecordId> {
        let ranges = self.issue.ranges.iter().rev();
        ranges.into_iter().find(|(state, range, _)| *state == wanted && range.holds(self.index)).map(|(_, _, id)| *id)
    }

    /// The last thing that happened to it as a package: activated, voided or returned.
    pub fn last_state(&self) -> Option<CodeState> {
        let ours = |state: &CodeState| matches!(state, CodeState::Active | CodeState::Void | CodeState::Returned);
        let mut ranges = self.issue.ranges.iter().rev();
        ranges.find(|(state, range, _)| ours(state) && range.holds(self.index)).map(|(state, _, _)| *state)
    }
}

/// The package of a code that one of our keys made, with the zone of the ledger; `None` if no issue holds it.
///
/// `size` is a size that the log had before the call.
pub(super) async fn package(
    store: &dyn Store,
    issues: &Issues,
    size: u64,
    code: PackageCode,
    decoded: Decoded,
) -> Result<Option<(Package, Zone)>, StoreError> {
    let issued = if let Some(known) = issues.known(decoded.issue(), size) {
        known
    } else {
        let Some(issued) = issued(store, decoded.issue()).await? else { return Ok(None) };
        let issued = Arc::new(issued);
        issues.keep(size, &issued);
        issued
    };
    let Issued { issue, batch, zone } = &*issued;
    if i64::from(decoded.index().get()) >= issue.count || issue.key_version != decoded.key_version() {
        return Ok(None);
    }
    let package = Package { code, issue: issue.clone(), index: decoded.index(), batch: batch.clone() };
    Ok(Some((package, *zone)))
}

async fn issued(store: &dyn Store, number: IssueNumber) -> Result<Option<Issued>, StoreError> {
    let (mut issue, mut zone) = (None, Zone::CHINA);
    for row in super::rows(store, [Key::Ledger, Key::Issue(number)].into()).await? {
        match row {
            Row::Ledger(row) => zone = row.zone,
            Row::Issue(row) => issue = Some(row),
            _ => {}
        }
    }
    let Some(issue) = issue else { return Ok(None) };
    let found = super::rows(store, [Key::Batch(issue.batch)].into()).await?.into_iter().find_map(|row| match row {
        Row::Batch(row) => Some(row),
        _ => None,
    });
    let batch = found.ok_or_else(|| StoreError::Corrupt {
        table: "batches",
        key: issue.batch.to_string(),
        problem: format!("missing, but code issue {} names it", issue.number),
    })?;
    Ok(Some(Issued { issue, batch, zone }))
}
