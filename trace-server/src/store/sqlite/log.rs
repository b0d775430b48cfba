//! Reading the log and what it commits to; evidence files. Writing entries is `append`'s.

use std::collections::BTreeSet;
use std::ops::Range;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use trace_core::id::{PartyId, RecordId, Uid};
use trace_core::record::sealed::Group;

use super::engine;
use crate::store::rows::{At, EntryColumns, FindingColumns, HeadColumns, OpeningColumns, RequestColumns};
use crate::store::{EntryRow, FindingRow, Head, OpeningRow, RequestRow, StoreError};

pub fn head(connection: &Connection) -> Result<Head, StoreError> {
    const SQL: &str = "-- head\nSELECT size, frontier, last_received_at FROM head WHERE id = 1";
    let columns = connection
        .prepare_cached(SQL)
        .and_then(|mut statement| {
            let read = |row: &Row<'_>| {
                Ok(HeadColumns { size: row.get(0)?, frontier: row.get(1)?, last_received_at: row.get(2)? })
            };
            statement.query_row([], read).optional()
        })
        .map_err(engine)?;
    let at = At { table: "head", key: "1".to_owned() };
    columns.ok_or_else(|| at.wrong("id", "the row is missing"))?.into_head()
}

pub fn entries(connection: &Connection, range: &Range<u64>) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = "-- entries by index\n\
        SELECT idx, record, entry, leaf_hash FROM entries WHERE idx >= ?1 AND idx < ?2 ORDER BY idx";
    let bound = |index: u64| i64::try_from(index).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let found = statement.query_map([bound(range.start), bound(range.end)], entry).map_err(engine)?;
    found.map(|columns| columns.map_err(engine)?.into_row()).collect()
}

pub fn entries_of(connection: &Connection, records: &[RecordId]) -> Result<Vec<EntryRow>, StoreError> {
    const SQL: &str = "-- entry of a record\nSELECT idx, record, entry, leaf_hash FROM entries WHERE record = ?1";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let mut found = Vec::with_capacity(records.len());
    for record in distinct(records) {
        if let Some(columns) = statement.query_row([record.to_string()], entry).optional().map_err(engine)? {
            found.push(columns.into_row()?);
        }
    }
    found.sort_by_key(|entry| entry.index);
    Ok(found)
}

fn entry(row: &Row<'_>) -> rusqlite::Result<EntryColumns> {
    Ok(EntryColumns { idx: row.get(0)?, record: row.get(1)?, entry: row.get(2)?, leaf_hash: row.get(3)? })
}

pub fn requests(connection: &Connection, uids: &[(PartyId, Uid)]) -> Result<Vec<RequestRow>, StoreError> {
    const SQL: &str = "-- answered request\n\
        SELECT submitter, uid, digest, records FROM requests WHERE submitter = ?1 AND uid = ?2";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let read = |row: &Row<'_>| {
        Ok(RequestColumns { submitter: row.get(0)?, uid: row.get(1)?, digest: row.get(2)?, records: row.get(3)? })
    };
    let mut found = Vec::new();
    for (submitter, uid) in distinct(uids) {
        let key = [submitter.to_string(), uid.to_string()];
        if let Some(columns) = statement.query_row(key, read).optional().map_err(engine)? {
            found.push(columns.into_row()?);
        }
    }
    Ok(found)
}

pub fn openings(connection: &Connection, records: &[RecordId], group: Group) -> Result<Vec<OpeningRow>, StoreError> {
    const SQL: &str = "-- opening\n\n\
        SELECT idx, record, grp, salt, value FROM openings\n\
        WHERE idx = (SELECT idx FROM entries WHERE record = ?1) AND grp = ?2";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let read = |row: &Row<'_>| {
        Ok(OpeningColumns {
            idx: row.get(0)?,
            record: row.get(1)?,
            grp: row.get(2)?,
            salt: row.get(3)?,
            value: row.get(4)?,
        })
    };
    let mut found = Vec::with_capacity(records.len());
    for record in distinct(records) {
        let key = params![record.to_string(), group.code()];
        if let Some(columns) = statement.query_row(key, read).optional().map_err(engine)? {
            found.push(columns.into_row()?);
        }
    }
    Ok(found)
}

pub fn findings(connection: &Connection, records: &[RecordId]) -> Result<Vec<FindingRow>, StoreError> {
    const SQL: &str = "-- findings of a record\n\
        SELECT idx, record, position, level, rule, zh, en FROM findings\n\
        WHERE idx = (SELECT idx FROM entries WHERE record = ?1) ORDER BY position";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let read = |row: &Row<'_>| {
        Ok(FindingColumns {
            idx: row.get(0)?,
            record: row.get(1)?,
            position: row.get(2)?,
            level: row.get(3)?,
            rule: row.get(4)?,
            zh: row.get(5)?,
            en: row.get(6)?,
        })
    };
    let mut found = Vec::new();
    for record in distinct(records) {
        for columns in statement.query_map([record.to_string()], read).map_err(engine)? {
            found.push(columns.map_err(engine)?.into_row()?);
        }
    }
    Ok(found)
}

pub fn rules_table(connection: &Connection, digest: RecordId) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "-- rules table\nSELECT body FROM rules_tables WHERE digest = ?1";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    statement.query_row([digest.to_string()], |row| row.get(0)).optional().map_err(engine)
}

pub fn put_evidence(
    connection: &Connection,
    sha256: RecordId,
    media_type: &str,
    bytes: &[u8],
) -> Result<(), StoreError> {
    const SQL: &str = "-- keep evidence\n\
        INSERT INTO evidence (sha256, media_type, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (sha256) DO NOTHING";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    statement.execute(params![sha256.to_string(), media_type, bytes]).map_err(engine)?;
    Ok(())
}

pub fn evidence(connection: &Connection, sha256: RecordId) -> Result<Option<(String, Vec<u8>)>, StoreError> {
    const SQL: &str = "-- evidence\nSELECT media_type, bytes FROM evidence WHERE sha256 = ?1";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    statement.query_row([sha256.to_string()], |row| Ok((row.get(0)?, row.get(1)?))).optional().map_err(engine)
}

/// Each once, in order.
fn distinct<T: Ord + Copy>(keys: &[T]) -> BTreeSet<T> {
    keys.iter().copied().collect()
}
