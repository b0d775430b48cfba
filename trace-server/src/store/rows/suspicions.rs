//! The rows of `suspicions`.

use trace_core::code::IssueNumber;

use super::super::{StoreError, SuspicionFilter, SuspicionRow};
use super::At;

/// What reading a row of `suspicions` gives.
pub struct SuspicionColumns {
    pub issue: i64,
    pub index: i64,
    pub rule: String,
    pub first_at: i64,
    pub last_at: i64,
    pub facts: String,
    pub settled_at: Option<i64>,
    pub settled_by: Option<String>,
}

impl SuspicionColumns {
    pub fn into_row(self) -> Result<SuspicionRow, StoreError> {
        let at = At { table: "suspicions", key: format!("{}, {}, {}", self.issue, self.index, self.rule) };
        let number: u32 = at.number("issue", self.issue)?;
        let settled = match (self.settled_at, self.settled_by) {
            (Some(ms), Some(by)) => Some((at.time("settled_at", ms)?, at.text("settled_by", &by)?)),
            (None, None) => None,
            _ => return Err(at.wrong("settled_by", "one of settled_at and settled_by without the other")),
        };
        Ok(SuspicionRow {
            issue: IssueNumber::new(number).map_err(|error| at.wrong("issue", error))?,
            index: at.number("idx", self.index)?,
            first_at: at.time("first_at", self.first_at)?,
            last_at: at.time("last_at", self.last_at)?,
            rule: self.rule,
            facts: self.facts,
            settled,
        })
    }
}

/// The place after which a list goes on as values of the columns `last_at`, `issue`, `idx`, `rule`; before all rows
/// where there is none.
pub fn place_of(filter: &SuspicionFilter) -> (i64, i64, i64, &str) {
    filter.before.as_ref().map_or((i64::MAX, 0, 0, ""), |place| {
        (place.last_at.as_unix_ms(), i64::from(place.issue.get()), i64::from(place.index), &place.rule)
    })
}
