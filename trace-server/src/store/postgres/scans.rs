//! Scans of packages, and what is known of a package's earlier ones.
//!
//! Whether a scan counts, and what it means, is the scan path's business.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::Row;
use trace_core::code::IssueNumber;
use trace_core::region::Region;
use trace_core::time::ReceivedAt;

use super::failure::Failure;
use super::sessions::{End, Work};
use super::statements::{execute, query};
use crate::store::rows::{At, scan};
use crate::store::{NewScan, PackageScans, ScanRow, StoreError};

/// Issue and index of a package.
type Package = (i64, i64);

/// Stores scans and answers what was known before each.
pub(super) struct PutScans<'a> {
    pub(super) scans: &'a [NewScan],
}

#[async_trait]
impl Work for PutScans<'_> {
    type Answer = Vec<PackageScans>;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<Vec<PackageScans>>, Failure> {
        if self.scans.is_empty() {
            return Ok(End::Discard(Vec::new()));
        }
        // Packages are locked before anything else is written, and in the order of their numbers, so that two calls
        // never wait for each other in a circle.
        let mut known = count(transaction, self.scans).await?;
        let unread: Vec<Package> = self.scans.iter().map(package).filter(|key| !known.contains_key(key)).collect();
        known.extend(read(transaction, &unread).await?);
        insert(transaction, self.scans).await?;

        let mut answers = Vec::with_capacity(self.scans.len());
        for scan in self.scans {
            let before = known.entry(package(scan)).or_default();
            answers.push(before.clone());
            if scan.counts {
                before.count += 1;
                before.first_at = before.first_at.or(Some(scan.at));
            }
        }
        let along = |(scan, before): &(&NewScan, &mut PackageScans)| scan.counts && before.are_few();
        let few: BTreeSet<Package> =
            self.scans.iter().zip(&mut answers).filter(along).map(|(scan, _)| package(scan)).collect();
        let newest = newest(transaction, &few).await?;
        for (scan, before) in self.scans.iter().zip(&mut answers).filter(along) {
            before.newest = newest.get(&package(scan)).cloned().unwrap_or_default();
        }
        Ok(End::Commit(answers))
    }
}

fn package(scan: &NewScan) -> Package {
    (i64::from(scan.issue.get()), i64::from(scan.index))
}

/// Adds the counting scans to their packages; answers what these packages held before.
async fn count(transaction: &Transaction<'_>, scans: &[NewScan]) -> Result<BTreeMap<Package, PackageScans>, Failure> {
    let mut added: BTreeMap<Package, (i64, ReceivedAt)> = BTreeMap::new();
    for scan in scans.iter().filter(|scan| scan.counts) {
        added.entry(package(scan)).or_insert((0, scan.at)).0 += 1;
    }
    if added.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (issues, indices): (Vec<i64>, Vec<i64>) = added.keys().copied().unzip();
    let (counts, first): (Vec<i64>, Vec<i64>) = added.values().map(|(count, at)| (*count, at.as_unix_ms())).unzip();
    let rows = query(
        transaction,
        "-- count_scans
         INSERT INTO packages (issue, idx, count, first_at)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) AS n (issue, idx, count, first_at)
         ORDER BY n.issue, n.idx
         ON CONFLICT (issue, idx) DO UPDATE SET count = packages.count + EXCLUDED.count
         RETURNING issue, idx, count, first_at",
        &[&issues, &indices, &counts, &first],
    )
    .await?;
    let before = |row: &Row| {
        let key: Package = (row.try_get(0)?, row.try_get(1)?);
        let here = added.get(&key).map_or(0, |(count, _)| *count);
        package_scans(key, row.try_get::<_, i64>(2)? - here, row.try_get(3)?)
    };
    rows.iter().map(before).collect()
}

/// What is known of packages that this call does not count.
async fn read(transaction: &Transaction<'_>, keys: &[Package]) -> Result<BTreeMap<Package, PackageScans>, Failure> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (issues, indices): (Vec<i64>, Vec<i64>) = keys.iter().copied().unzip();
    let rows = query(
        transaction,
        "-- read_packages
         SELECT issue, idx, count, first_at FROM packages
         WHERE (issue, idx) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))",
        &[&issues, &indices],
    )
    .await?;
    rows.iter().map(|row| package_scans((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?, row.try_get(3)?)).collect()
}

fn package_scans(key: Package, count: i64, first_at: i64) -> Result<(Package, PackageScans), Failure> {
    let at = At { table: "packages", key: format!("{}, {}", key.0, key.1) };
    let count: u64 = at.number("count", count)?;
    let first_at = if count == 0 { None } else { Some(at.time("first_at", first_at)?) };
    Ok((key, PackageScans { count, first_at, newest: Vec::new() }))
}

async fn insert(transaction: &Transaction<'_>, scans: &[NewScan]) -> Result<(), Failure> {
    let (issues, indices): (Vec<i64>, Vec<i64>) = scans.iter().map(package).unzip();
    let times: Vec<i64> = scans.iter().map(|scan| scan.at.as_unix_ms()).collect();
    let devices: Vec<&[u8]> = scans.iter().map(|scan| scan.device.as_slice()).collect();
    let counts: Vec<bool> = scans.iter().map(|scan| scan.counts).collect();
    let regions: Vec<Option<&str>> = scans.iter().map(|scan| scan.region.as_ref().map(Region::as_str)).collect();
    execute(
        transaction,
        "-- insert_scans
         INSERT INTO scans (issue, idx, at, device, counts, region)
         SELECT n.issue, n.idx, n.at, n.device, n.counts, n.region
         FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::boolean[], $6::text[])
              WITH ORDINALITY AS n (issue, idx, at, device, counts, region, place)
         ORDER BY n.place",
        &[&issues, &indices, &times, &devices, &counts, &regions],
    )
    .await?;
    Ok(())
}

/// The newest scans of each of these packages, newest first.
async fn newest(
    transaction: &Transaction<'_>,
    packages: &BTreeSet<Package>,
) -> Result<BTreeMap<Package, Vec<ScanRow>>, Failure> {
    let mut found: BTreeMap<Package, Vec<ScanRow>> = BTreeMap::new();
    if packages.is_empty() {
        return Ok(found);
    }
    let (issues, indices): (Vec<i64>, Vec<i64>) = packages.iter().copied().unzip();
    let rows = query(
        transaction,
        "-- read_newest_scans
         SELECT s.at, s.device, s.counts, s.region, n.issue, n.idx
         FROM unnest($1::bigint[], $2::bigint[]) AS n (issue, idx) CROSS JOIN LATERAL (
             SELECT id, at, device, counts, region FROM scans
             WHERE scans.issue = n.issue AND scans.idx = n.idx ORDER BY id DESC LIMIT $3
         ) AS s ORDER BY s.id DESC",
        &[&issues, &indices, &i64::from(PackageScans::NEWEST_MAX)],
    )
    .await?;
    let mut unreadable = BTreeSet::new();
    for row in &rows {
        let key: Package = (row.try_get(4)?, row.try_get(5)?);
        match read_scan(key, row) {
            Ok(scan) => found.entry(key).or_default().push(scan),
            // An old row that cannot be read keeps no new one from being stored.
            Err(_) => drop(unreadable.insert(key)),
        }
    }
    found.retain(|key, _| !unreadable.contains(key));
    Ok(found)
}

/// A scan by its first four columns.
fn read_scan(key: Package, row: &Row) -> Result<ScanRow, Failure> {
    Ok(scan(key, row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?)?)
}

pub(super) async fn scans<C: GenericClient>(
    client: &C,
    issue: IssueNumber,
    index: u32,
    limit: u32,
) -> Result<Vec<ScanRow>, Failure> {
    let rows = query(
        client,
        "-- read_scans
         SELECT at, device, counts, region FROM scans WHERE issue = $1 AND idx = $2 ORDER BY id DESC LIMIT $3",
        &[&i64::from(issue.get()), &i64::from(index), &i64::from(limit)],
    )
    .await?;
    rows.iter().map(|row| read_scan((issue.get().into(), index.into()), row)).collect()
}

pub(super) async fn key_checks<C: GenericClient>(client: &C) -> Result<BTreeMap<u8, String>, Failure> {
    let rows = query(
        client,
        "-- read_key_checks
         SELECT version, value FROM key_checks",
        &[],
    )
    .await?;
    let read = |row: &Row| {
        let version: i64 = row.try_get(0)?;
        let at = At { table: "key_checks", key: version.to_string() };
        Ok((at.number("version", version)?, row.try_get(1)?))
    };
    rows.iter().map(read).collect()
}

/// Notes a key-check value, once.
pub(super) struct PutKeyCheck<'a> {
    pub(super) version: u8,
    pub(super) value: &'a str,
}

#[async_trait]
impl Work for PutKeyCheck<'_> {
    type Answer = ();

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<()>, Failure> {
        let version = i64::from(self.version);
        execute(
            transaction,
            "-- insert_key_check
             INSERT INTO key_checks (version, value) VALUES ($1, $2) ON CONFLICT (version) DO NOTHING",
            &[&version, &self.value],
        )
        .await?;
        let stored = query(
            transaction,
            "-- read_key_check
             SELECT value FROM key_checks WHERE version = $1",
            &[&version],
        )
        .await?;
        for row in &stored {
            let stored: &str = row.try_get(0)?;
            if stored != self.value {
                return Err(StoreError::Unfit(format!(
                    "code key version {version} has the key-check value {}, but codes were issued with a key of \
                     {stored}; put the key with that value back from its backup, or give the new key another version",
                    self.value
                ))
                .into());
            }
        }
        Ok(End::Commit(()))
    }
}
