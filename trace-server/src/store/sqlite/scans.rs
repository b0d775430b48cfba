//! Openings of packages' pages, and the check values of code keys.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use trace_core::code::IssueNumber;
use trace_core::region::Region;

use super::engine;
use crate::store::rows::{At, scan};
use crate::store::{NewScan, PackageScans, ScanRow, StoreError};

/// Stores scans and answers what was known of each package before. Runs in a transaction that holds the write lock.
pub fn put_scans(connection: &Connection, scans: &[NewScan]) -> Result<Vec<PackageScans>, StoreError> {
    const SCAN: &str = "-- add scan\n\
        INSERT INTO scans (issue, idx, at, device, counts, region) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    const COUNT: &str = "-- count scan\n\
        INSERT INTO packages (issue, idx, count, first_at) VALUES (?1, ?2, 1, ?3)\n\
        ON CONFLICT (issue, idx) DO UPDATE SET count = count + 1";
    let mut add = connection.prepare_cached(SCAN).map_err(engine)?;
    let mut count = connection.prepare_cached(COUNT).map_err(engine)?;
    let mut answers = Vec::with_capacity(scans.len());
    for scan in scans {
        let mut before = package(connection, scan.issue, scan.index)?;
        let (issue, at) = (scan.issue.get(), scan.at.as_unix_ms());
        let region = scan.region.as_ref().map(Region::as_str);
        add.execute(params![issue, scan.index, at, scan.device, scan.counts, region]).map_err(engine)?;
        if scan.counts {
            count.execute(params![issue, scan.index, at]).map_err(engine)?;
        }
        if scan.counts && before.are_few() {
            before.newest = match self::scans(connection, scan.issue, scan.index, PackageScans::NEWEST_MAX) {
                // An old row that cannot be read keeps no new one from being stored.
                Err(StoreError::Corrupt { .. }) => Vec::new(),
                read => read?,
            };
        }
        answers.push(before);
    }
    Ok(answers)
}

fn package(connection: &Connection, issue: IssueNumber, index: u32) -> Result<PackageScans, StoreError> {
    const SQL: &str = "-- scans of a package so far\n\
        SELECT count, first_at FROM packages WHERE issue = ?1 AND idx = ?2";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found: Option<(i64, i64)> =
        statement.query_row(params![issue.get(), index], read).optional().map_err(engine)?;
    let Some((count, first_at)) = found else {
        return Ok(PackageScans::default());
    };
    let at = At { table: "packages", key: format!("{issue}, {index}") };
    Ok(PackageScans {
        count: at.number("count", count)?,
        first_at: Some(at.time("first_at", first_at)?),
        newest: Vec::new(),
    })
}

pub fn scans(connection: &Connection, issue: IssueNumber, index: u32, limit: u32) -> Result<Vec<ScanRow>, StoreError> {
    const SQL: &str = "-- newest scans\n\
        SELECT at, device, counts, region FROM scans WHERE issue = ?1 AND idx = ?2 ORDER BY id DESC LIMIT ?3";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let read = |row: &Row<'_>| {
        let device: Vec<u8> = row.get(1)?;
        let region: Option<String> = row.get(3)?;
        Ok((row.get(0)?, device, row.get(2)?, region))
    };
    let found = statement.query_map(params![issue.get(), index, limit], read).map_err(engine)?;
    found
        .map(|columns| {
            let (at, device, counts, region) = columns.map_err(engine)?;
            scan((issue, index), at, &device, counts, region.as_deref())
        })
        .collect()
}

pub fn key_checks(connection: &Connection) -> Result<BTreeMap<u8, String>, StoreError> {
    const SQL: &str = "-- key checks\nSELECT version, value FROM key_checks";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(engine)?;
    found
        .map(|columns| {
            let (version, value): (i64, String) = columns.map_err(engine)?;
            let at = At { table: "key_checks", key: version.to_string() };
            Ok((at.number("version", version)?, value))
        })
        .collect()
}

/// Notes a check value once. Runs in a transaction that holds the write lock.
pub fn put_key_check(connection: &Connection, version: u8, value: &str) -> Result<(), StoreError> {
    const KNOWN: &str = "-- key check\nSELECT value FROM key_checks WHERE version = ?1";
    const ADD: &str = "-- add key check\nINSERT INTO key_checks (version, value) VALUES (?1, ?2)";
    let mut statement = connection.prepare_cached(KNOWN).map_err(engine)?;
    let known: Option<String> = statement.query_row([version], |row| row.get(0)).optional().map_err(engine)?;
    match known {
        Some(known) if known == value => Ok(()),
        Some(known) => Err(StoreError::Unfit(format!(
            "code key version {version} has the check value {value}, issues were made with {known}; \
             put the right key file in place"
        ))),
        None => {
            let values = params![version, value];
            connection.prepare_cached(ADD).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
            Ok(())
        }
    }
}
