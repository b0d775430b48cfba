//! Reading the log and what it commits to: head, entries, answered requests, openings, findings, rules tables.

use std::ops::Range;

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;
use trace_core::id::{PartyId, RecordId, Uid};
use trace_core::record::sealed::Group;

use super::failure::Failure;
use super::statements::{query, query_opt};
use crate::store::rows::{EntryColumns, FindingColumns, HeadColumns, OpeningColumns, RequestColumns, corrupt};
use crate::store::{EntryRow, FindingRow, Head, OpeningRow, RequestRow};

/// The head, locked until the transaction ends; appends wait for each other here and nowhere else.
pub(super) async fn lock_head<C: GenericClient>(client: &C) -> Result<Head, Failure> {
    let row = query_opt(
        client,
        "-- lock_head
         SELECT size, frontier, last_received_at FROM head WHERE id = 1 FOR UPDATE",
        &[],
    )
    .await?;
    head_of(row)
}

pub(super) async fn head<C: GenericClient>(client: &C) -> Result<Head, Failure> {
    let row = query_opt(
        client,
        "-- read_head
         SELECT size, frontier, last_received_at FROM head WHERE id = 1",
        &[],
    )
    .await?;
    head_of(row)
}

fn head_of(row: Option<Row>) -> Result<Head, Failure> {
    let Some(row) = row else {
        return Err(corrupt("head", "1", "the row is missing".to_owned()).into());
    };
    let columns = HeadColumns { size: row.try_get(0)?, frontier: row.try_get(1)?, last_received_at: row.try_get(2)? };
    Ok(columns.into_head()?)
}

pub(super) async fn entries<C: GenericClient>(client: &C, range: Range<u64>) -> Result<Vec<EntryRow>, Failure> {
    // No index is beyond i64: a range that reaches there reaches beyond the end.
    let [start, end] = [range.start, range.end].map(|index| i64::try_from(index).unwrap_or(i64::MAX));
    let rows = query(
        client,
        "-- read_entries
         SELECT idx, record, entry, leaf_hash FROM entries WHERE idx >= $1 AND idx < $2 ORDER BY idx",
        &[&start, &end],
    )
    .await?;
    rows.iter().map(entry_of).collect()
}

pub(super) async fn entries_of<C: GenericClient>(client: &C, records: &[RecordId]) -> Result<Vec<EntryRow>, Failure> {
    let rows = query(
        client,
        "-- read_entries_of
         SELECT idx, record, entry, leaf_hash FROM entries WHERE record = ANY($1) ORDER BY idx",
        &[&texts(records)],
    )
    .await?;
    rows.iter().map(entry_of).collect()
}

fn entry_of(row: &Row) -> Result<EntryRow, Failure> {
    let columns = EntryColumns {
        idx: row.try_get(0)?,
        record: row.try_get(1)?,
        entry: row.try_get(2)?,
        leaf_hash: row.try_get(3)?,
    };
    Ok(columns.into_row()?)
}

pub(super) async fn requests<C: GenericClient>(
    client: &C,
    uids: &[(PartyId, Uid)],
) -> Result<Vec<RequestRow>, Failure> {
    let (submitters, uids): (Vec<String>, Vec<String>) =
        uids.iter().map(|(submitter, uid)| (submitter.to_string(), uid.to_string())).unzip();
    let rows = query(
        client,
        "-- read_requests
         SELECT submitter, uid, digest, records FROM requests
         WHERE (submitter, uid) IN (SELECT * FROM unnest($1::text[], $2::text[])) ORDER BY submitter, uid",
        &[&submitters, &uids],
    )
    .await?;
    let read = |row: &Row| {
        let columns = RequestColumns {
            submitter: row.try_get(0)?,
            uid: row.try_get(1)?,
            digest: row.try_get(2)?,
            records: row.try_get(3)?,
        };
        Ok(columns.into_row()?)
    };
    rows.iter().map(read).collect()
}

pub(super) async fn openings<C: GenericClient>(
    client: &C,
    records: &[RecordId],
    group: Group,
) -> Result<Vec<OpeningRow>, Failure> {
    let rows = query(
        client,
        "-- read_openings
         SELECT idx, record, grp, salt, value FROM openings
         WHERE idx = ANY(ARRAY(SELECT idx FROM entries WHERE record = ANY($1))) AND grp = $2 ORDER BY record",
        &[&texts(records), &group.code()],
    )
    .await?;
    let read = |row: &Row| {
        let columns = OpeningColumns {
            idx: row.try_get(0)?,
            record: row.try_get(1)?,
            grp: row.try_get(2)?,
            salt: row.try_get(3)?,
            value: row.try_get(4)?,
        };
        Ok(columns.into_row()?)
    };
    rows.iter().map(read).collect()
}

pub(super) async fn findings<C: GenericClient>(client: &C, records: &[RecordId]) -> Result<Vec<FindingRow>, Failure> {
    let rows = query(
        client,
        "-- read_findings
         SELECT idx, record, position, level, rule, zh, en FROM findings
         WHERE idx = ANY(ARRAY(SELECT idx FROM entries WHERE record = ANY($1))) ORDER BY record, position",
        &[&texts(records)],
    )
    .await?;
    let read = |row: &Row| {
        let columns = FindingColumns {
            idx: row.try_get(0)?,
            record: row.try_get(1)?,
            position: row.try_get(2)?,
            level: row.try_get(3)?,
            rule: row.try_get(4)?,
            zh: row.try_get(5)?,
            en: row.try_get(6)?,
        };
        Ok(columns.into_row()?)
    };
    rows.iter().map(read).collect()
}

pub(super) async fn rules_table<C: GenericClient>(client: &C, digest: RecordId) -> Result<Option<Vec<u8>>, Failure> {
    let row = query_opt(
        client,
        "-- read_rules_table
         SELECT body FROM rules_tables WHERE digest = $1",
        &[&digest.to_string()],
    )
    .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

fn texts(records: &[RecordId]) -> Vec<String> {
    records.iter().map(ToString::to_string).collect()
}
