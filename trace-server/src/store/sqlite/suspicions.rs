//! What the rules on copied codes found, and the openings near a package that they ask for.

use std::ops::RangeInclusive;

use rusqlite::{Connection, Row, params};
use trace_core::code::IssueNumber;
use trace_core::id::PartyId;
use trace_core::time::ReceivedAt;

use super::engine;
use crate::store::rows::{SuspicionColumns, place_of};
use crate::store::{NewSuspicion, StoreError, SuspicionFilter, SuspicionRow};

/// Runs in a transaction that holds the write lock.
pub fn put(connection: &Connection, found: &[NewSuspicion]) -> Result<(), StoreError> {
    const SQL: &str = "-- note suspicion\n\
        INSERT INTO suspicions (issue, idx, rule, first_at, last_at, facts) VALUES (?1, ?2, ?3, ?4, ?4, ?5)\n\
        ON CONFLICT (issue, idx, rule) DO UPDATE SET last_at = excluded.last_at, facts = excluded.facts\n\
        WHERE excluded.last_at >= suspicions.last_at";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    for one in found {
        let values = params![one.issue.get(), one.index, one.rule, one.at.as_unix_ms(), one.facts];
        statement.execute(values).map_err(engine)?;
    }
    Ok(())
}

pub fn list(connection: &Connection, filter: &SuspicionFilter) -> Result<Vec<SuspicionRow>, StoreError> {
    const SQL: &str = "-- suspicions by time\n\
        SELECT issue, idx, rule, first_at, last_at, facts, settled_at, settled_by FROM suspicions\n\
        WHERE (settled_at IS NOT NULL) = ?1 AND (last_at, issue, idx, rule) < (?2, ?3, ?4, ?5)\n\
        ORDER BY last_at DESC, issue DESC, idx DESC, rule DESC LIMIT ?6";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let (last_at, issue, index, rule) = place_of(filter);
    let found = statement
        .query_map(params![filter.settled, last_at, issue, index, rule, filter.limit], columns)
        .map_err(engine)?;
    found.map(|columns| columns.map_err(engine)?.into_row()).collect()
}

fn columns(row: &Row<'_>) -> rusqlite::Result<SuspicionColumns> {
    Ok(SuspicionColumns {
        issue: row.get(0)?,
        index: row.get(1)?,
        rule: row.get(2)?,
        first_at: row.get(3)?,
        last_at: row.get(4)?,
        facts: row.get(5)?,
        settled_at: row.get(6)?,
        settled_by: row.get(7)?,
    })
}

pub fn open_count(connection: &Connection, most: u32) -> Result<u32, StoreError> {
    const SQL: &str = "-- count open suspicions\n\
        SELECT count(*) FROM (SELECT 1 FROM suspicions WHERE settled_at IS NULL LIMIT ?1)";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    statement.query_row([most], |row| row.get(0)).map_err(engine)
}

/// Runs in a transaction that holds the write lock.
pub fn settle(
    connection: &Connection,
    (issue, index, rule): (IssueNumber, u32, &str),
    by: PartyId,
    at: ReceivedAt,
) -> Result<bool, StoreError> {
    const SQL: &str = "-- settle suspicion\n\
        UPDATE suspicions SET settled_at = ?4, settled_by = ?5\n\
        WHERE issue = ?1 AND idx = ?2 AND rule = ?3 AND settled_at IS NULL";
    let values = params![issue.get(), index, rule, at.as_unix_ms(), by.to_string()];
    let changed = connection.prepare_cached(SQL).and_then(|mut statement| statement.execute(values));
    Ok(changed.map_err(engine)? > 0)
}

/// One seek in the index for each package, however often it was opened.
pub fn opened_since(
    connection: &Connection,
    issue: IssueNumber,
    indices: &RangeInclusive<u32>,
    since: ReceivedAt,
) -> Result<Vec<u32>, StoreError> {
    const SQL: &str = "-- packages opened since\n\
        WITH RECURSIVE near (idx) AS (SELECT ?2 UNION ALL SELECT idx + 1 FROM near WHERE idx < ?3)\n\
        SELECT idx FROM near\n\
        WHERE (SELECT at FROM scans WHERE issue = ?1 AND scans.idx = near.idx ORDER BY id DESC LIMIT 1) >= ?4";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let values = params![issue.get(), indices.start(), indices.end(), since.as_unix_ms()];
    let found = statement.query_map(values, |row| row.get(0)).map_err(engine)?;
    found.map(|index| index.map_err(engine)).collect()
}
