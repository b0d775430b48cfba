//! What the rules on copied codes found, and the openings near a package that they ask for.

use std::ops::RangeInclusive;

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::Row;
use trace_core::code::IssueNumber;
use trace_core::id::PartyId;
use trace_core::time::ReceivedAt;

use super::failure::Failure;
use super::sessions::{End, Work};
use super::statements::{execute, query};
use crate::store::rows::{At, SuspicionColumns, place_of};
use crate::store::{NewSuspicion, SuspicionFilter, SuspicionRow};

/// Notes what was found, each package and rule at most once.
pub(super) struct PutSuspicions<'a> {
    pub(super) found: &'a [NewSuspicion],
}

#[async_trait]
impl Work for PutSuspicions<'_> {
    type Answer = ();

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<()>, Failure> {
        for one in self.found {
            let (issue, index) = (i64::from(one.issue.get()), i64::from(one.index));
            execute(
                transaction,
                "-- note_suspicion
                 INSERT INTO suspicions (issue, idx, rule, first_at, last_at, facts) VALUES ($1, $2, $3, $4, $4, $5)
                 ON CONFLICT (issue, idx, rule) DO UPDATE SET last_at = EXCLUDED.last_at, facts = EXCLUDED.facts
                 WHERE EXCLUDED.last_at >= suspicions.last_at",
                &[&issue, &index, &one.rule, &one.at.as_unix_ms(), &one.facts],
            )
            .await?;
        }
        Ok(if self.found.is_empty() { End::Discard(()) } else { End::Commit(()) })
    }
}

pub(super) async fn list<C: GenericClient>(client: &C, filter: &SuspicionFilter) -> Result<Vec<SuspicionRow>, Failure> {
    let (last_at, issue, index, rule) = place_of(filter);
    let rows = query(
        client,
        "-- list_suspicions
         SELECT issue, idx, rule, first_at, last_at, facts, settled_at, settled_by FROM suspicions
         WHERE (settled_at IS NOT NULL) = $1 AND (last_at, issue, idx, rule) < ($2, $3, $4, $5)
         ORDER BY last_at DESC, issue DESC, idx DESC, rule DESC LIMIT $6",
        &[&filter.settled, &last_at, &issue, &index, &rule, &i64::from(filter.limit)],
    )
    .await?;
    rows.iter().map(|row| Ok(columns(row)?.into_row()?)).collect()
}

fn columns(row: &Row) -> Result<SuspicionColumns, Failure> {
    Ok(SuspicionColumns {
        issue: row.try_get(0)?,
        index: row.try_get(1)?,
        rule: row.try_get(2)?,
        first_at: row.try_get(3)?,
        last_at: row.try_get(4)?,
        facts: row.try_get(5)?,
        settled_at: row.try_get(6)?,
        settled_by: row.try_get(7)?,
    })
}

pub(super) async fn open_count<C: GenericClient>(client: &C, most: u32) -> Result<u32, Failure> {
    let rows = query(
        client,
        "-- count_open_suspicions
         SELECT count(*) FROM (SELECT FROM suspicions WHERE settled_at IS NULL LIMIT $1) AS open",
        &[&i64::from(most)],
    )
    .await?;
    let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
    // Never above `most`.
    Ok(u32::try_from(count).unwrap_or(most))
}

/// Notes who looked at a suspicion, once.
pub(super) struct Settle<'a> {
    pub(super) issue: IssueNumber,
    pub(super) index: u32,
    pub(super) rule: &'a str,
    pub(super) by: PartyId,
    pub(super) at: ReceivedAt,
}

#[async_trait]
impl Work for Settle<'_> {
    type Answer = bool;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<bool>, Failure> {
        let (issue, index) = (i64::from(self.issue.get()), i64::from(self.index));
        let changed = execute(
            transaction,
            "-- settle_suspicion
             UPDATE suspicions SET settled_at = $4, settled_by = $5
             WHERE issue = $1 AND idx = $2 AND rule = $3 AND settled_at IS NULL",
            &[&issue, &index, &self.rule, &self.at.as_unix_ms(), &self.by.to_string()],
        )
        .await?;
        Ok(End::Commit(changed > 0))
    }
}

/// One seek in the index for each package, however often it was opened.
pub(super) async fn opened_since<C: GenericClient>(
    client: &C,
    issue: IssueNumber,
    indices: &RangeInclusive<u32>,
    since: ReceivedAt,
) -> Result<Vec<u32>, Failure> {
    let rows = query(
        client,
        "-- list_opened_since
         SELECT near.idx FROM generate_series($2::bigint, $3::bigint) AS near (idx)
         WHERE (SELECT at FROM scans WHERE issue = $1 AND scans.idx = near.idx ORDER BY id DESC LIMIT 1) >= $4
         ORDER BY near.idx",
        &[&i64::from(issue.get()), &i64::from(*indices.start()), &i64::from(*indices.end()), &since.as_unix_ms()],
    )
    .await?;
    let at = At { table: "scans", key: issue.to_string() };
    rows.iter().map(|row| Ok(at.number("idx", row.try_get(0)?)?)).collect()
}
