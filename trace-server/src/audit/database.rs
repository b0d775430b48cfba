//! The audit of a database: its log walked from the first entry on, then everything that stands beside it.

use std::collections::BTreeMap;
use std::hash::RandomState;

use tokio::sync::mpsc;
use trace_core::audit::{FAULTS_LISTED_MAX, Fault};

use super::comparing::compare;
use super::coverage::{self, CHECKPOINTS, ENTRIES, FINDINGS, NotCovered, OPENINGS, SEALED_OPENINGS};
use super::links::{check_makes, check_requests};
use super::log_tables;
use super::page::{Expects, Leaf, Page};
use super::report::{Report, check_state};
use super::sealed;
use super::walk::{PAGES_UNDER_WAY, Walked, Wanted, walk};
use super::{AuditError, Options, Told};
use crate::store::StoreError;
use crate::store::snapshot::{Cell, Cells, Snapshot, TableShape};

/// Entries of a page: some megabytes.
const PAGE_ENTRIES: u32 = 2_048;

/// Rows of a page.
pub(super) const PAGE_ROWS: u32 = 4_096;

/// Rows that are named when a table has rows of no record.
const STRAYS_MAX: u32 = 1_000;
const _: () = assert!(STRAYS_MAX as usize == FAULTS_LISTED_MAX);

/// Audits a database.
///
/// # Errors
/// [`AuditError`] if it cannot be read to its end; what is wrong in it is in the report.
pub async fn audit_database(
    mut snapshot: Box<dyn Snapshot>,
    options: &Options,
    told: Told,
) -> Result<Report, AuditError> {
    let source = snapshot.engine().to_owned();
    let mut unknown = snapshot.tables().await?;
    unknown.retain(|table| !coverage::is_known(table));
    let checkpoints = all(&mut *snapshot, &CHECKPOINTS).await?;
    let sizes = log_tables::sizes(&checkpoints).chain(options.state.iter().map(trace_core::log::Checkpoint::size));
    let wanted = Wanted {
        expects: Expects { amounts: !options.log_only, rows: !options.log_only },
        sizes: sizes.collect(),
        entries: snapshot.count(ENTRIES.name).await?,
        hasher: RandomState::new(),
        keys: options.keys.clone(),
    };
    let hasher = wanted.hasher.clone();
    let (send, pages) = mpsc::channel(PAGES_UNDER_WAY);
    let reading = tokio::spawn(read_log(snapshot, send, !options.log_only));
    let walked = walk(pages, wanted, std::sync::Arc::clone(&told)).await;
    let (mut snapshot, beside) = reading.await.map_err(AuditError::stopped)??;
    let mut walked = walked?;
    check_state(options, &mut walked);
    log_tables::check(&mut *snapshot, &checkpoints, options, &mut walked).await?;
    let mut not_covered = log_tables::signatures_not_covered(&checkpoints, options);
    if options.log_only {
        let what = "openings, findings, requests, files and projections".to_owned();
        not_covered.push(NotCovered { what, why: "left out on demand" });
        return Ok(Report::of(source, walked, not_covered));
    }
    let tables = [(&OPENINGS, beside.openings), (&SEALED_OPENINGS, beside.sealed), (&FINDINGS, beside.findings)];
    for (table, seen) in tables {
        check_strays(&mut *snapshot, table, seen, &mut walked).await?;
    }
    log_tables::check_files(&mut *snapshot, &mut walked).await?;
    check_requests(&mut *snapshot, &hasher, &mut walked).await?;
    check_makes(&mut *snapshot, &mut walked).await?;
    let walked = compare(snapshot, walked, told).await?;
    not_covered.splice(..0, coverage::not_covered().into_iter().chain(sealed::not_covered(options.keys.as_deref())));
    let why = "no table of a ledger";
    not_covered.extend(unknown.into_iter().map(|what| NotCovered { what, why }));
    Ok(Report::of(source, walked, not_covered))
}

/// How many rows stood beside entries.
#[derive(Default)]
struct Beside {
    openings: u64,
    sealed: u64,
    findings: u64,
}

/// Reads the log's pages and hands them on until they end, or nobody takes them any more.
async fn read_log(
    mut snapshot: Box<dyn Snapshot>,
    pages: mpsc::Sender<Page>,
    with_rows: bool,
) -> Result<(Box<dyn Snapshot>, Beside), StoreError> {
    let (mut after, mut expected, mut beside) = (None::<Cells>, 0_i64, Beside::default());
    loop {
        let rows = snapshot.rows(&ENTRIES, after.as_deref(), PAGE_ENTRIES).await?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok((snapshot, beside)) };
        let (from, to) = (index_of(first), index_of(last));
        after = Some(last[..1].to_vec());
        let (mut openings, mut sealed, mut findings) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        if with_rows {
            openings = by_entry(snapshot.beside(&OPENINGS, from, to).await?, &mut beside.openings);
            sealed = by_entry(snapshot.beside(&SEALED_OPENINGS, from, to).await?, &mut beside.sealed);
            findings = by_entry(snapshot.beside(&FINDINGS, from, to).await?, &mut beside.findings);
        }
        let mut page = Page::default();
        for row in rows {
            let index = index_of(&row);
            if index != expected {
                let problem = format!("found index {index} where {expected} must be; indices go on without a gap");
                page.faults.push(Fault::new(ENTRIES.name, expected.to_string(), "idx", problem));
            }
            expected = index.saturating_add(1);
            let mut leaf = leaf_of(row);
            leaf.openings = openings.remove(&index).unwrap_or_default();
            leaf.sealed = sealed.remove(&index).unwrap_or_default();
            leaf.findings = findings.remove(&index).unwrap_or_default();
            page.leaves.push(leaf);
        }
        if pages.send(page).await.is_err() {
            return Ok((snapshot, beside));
        }
    }
}

fn index_of(row: &[Cell]) -> i64 {
    row.first().and_then(Cell::integer).unwrap_or(i64::MIN)
}

fn leaf_of(row: Cells) -> Leaf {
    let index = u64::try_from(index_of(&row)).unwrap_or(u64::MAX);
    let mut cells = row.into_iter().skip(1);
    let record = cells.next();
    let bytes = match cells.next() {
        Some(Cell::Blob(bytes)) => bytes,
        _ => Vec::new(),
    };
    Leaf {
        index,
        bytes,
        record,
        leaf_hash: cells.next(),
        received_at: cells.next(),
        openings: Vec::new(),
        sealed: Vec::new(),
        findings: Vec::new(),
    }
}

/// Rows with the index of their entry before them, by that index.
fn by_entry(rows: Vec<Cells>, count: &mut u64) -> BTreeMap<i64, Vec<Cells>> {
    *count += rows.len() as u64;
    let mut by_entry: BTreeMap<i64, Vec<Cells>> = BTreeMap::new();
    for mut row in rows {
        let rest = row.split_off(1);
        by_entry.entry(index_of(&row)).or_default().push(rest);
    }
    by_entry
}

/// Rows of records that are not in the log.
async fn check_strays(
    snapshot: &mut dyn Snapshot,
    table: &'static TableShape,
    seen: u64,
    walked: &mut Walked,
) -> Result<(), AuditError> {
    if snapshot.count(table.name).await? == seen {
        return Ok(());
    }
    for row in snapshot.strays(table, STRAYS_MAX).await? {
        let problem = format!("found record {}, which is not in the log", row[0]);
        walked.faults.push(Fault::new(table.name, table.key_of(&row), table.columns[0], problem));
    }
    Ok(())
}

/// Every row of a small table.
pub(super) async fn all(snapshot: &mut dyn Snapshot, table: &'static TableShape) -> Result<Vec<Cells>, StoreError> {
    let mut rows: Vec<Cells> = Vec::new();
    loop {
        let after = rows.last().map(|row| row[..table.key].to_vec());
        let more = snapshot.rows(table, after.as_deref(), PAGE_ROWS).await?;
        if more.is_empty() {
            return Ok(rows);
        }
        rows.extend(more);
    }
}
