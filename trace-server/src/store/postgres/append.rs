//! The append: lock, judge, store, in one transaction.
//!
//! It knows no rule of the ledger; those are the judge's.

use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use futures_util::try_join;
use trace_core::state::View;

use super::failure::Failure;
use super::sessions::{End, Sessions, Work};
use super::statements::execute;
use super::{checkpoints, load, log, personal, projections};
use crate::store::rows::{FindingColumns, HeadColumns, OpeningColumns, RequestColumns, to_i64};
use crate::store::{Commit, FindingRow, Head, Judge, NewEntry, OpeningRow, RequestRow, StoreError};

/// Loads that one commit may ask for. Judging follows references a step at a time, and no rule reaches this deep: more
/// means that it asks for the same again and again.
const ROUNDS_MAX: u32 = 64;

/// Judges and stores. The work runs in a task of its own: a client that hangs up drops the request's future, and must
/// not cut a commit that other requests share.
pub(super) async fn append(sessions: &Sessions, judge: Arc<dyn Judge>) -> Result<(), StoreError> {
    let sessions = sessions.clone();
    let task = tokio::spawn(async move { sessions.write(&Append { judge }).await });
    match task.await {
        Ok(result) => result,
        // Judging comes before COMMIT, and nothing that follows COMMIT can panic.
        Err(error) if error.is_panic() => Err(StoreError::Engine(format!("an append panicked: {error}"))),
        Err(error) => Err(StoreError::Ambiguous(format!("the program ended during an append: {error}"))),
    }
}

struct Append {
    judge: Arc<dyn Judge>,
}

#[async_trait]
impl Work for Append {
    type Answer = ();

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<()>, Failure> {
        let head = log::lock_head(transaction).await?;
        let answered = log::requests(transaction, &self.judge.uids()).await?;
        self.judge.begin(head, answered);
        let mut view = View::default();
        for _ in 0..ROUNDS_MAX {
            match self.judge.step(&mut view) {
                Ok(commit) if commit.entries.is_empty() => return Ok(End::Discard(())),
                Ok(commit) => {
                    store(transaction, &commit).await?;
                    return Ok(End::Commit(()));
                }
                Err(keys) => {
                    let (rows, edges) = load::load(transaction, &keys).await?;
                    view.load(keys, rows, edges);
                }
            }
        }
        Err(StoreError::Engine(format!("judging asked for rows more than {ROUNDS_MAX} times")).into())
    }
}

/// Writes all tables of a commit at once: the statements need nothing of each other, so they share a round trip.
async fn store(transaction: &Transaction<'_>, commit: &Commit) -> Result<(), Failure> {
    try_join!(
        entries(transaction, &commit.entries),
        checkpoints::put_tile_roots(transaction, &commit.tile_roots),
        requests(transaction, &commit.requests),
        openings(transaction, &commit.openings),
        personal::put_sealed(transaction, &commit.sealed),
        findings(transaction, &commit.findings),
        rules_tables(transaction, &commit.rules_tables),
        projections::put_rows(transaction, &commit.changes.rows),
        projections::put_edges(transaction, &commit.changes.edges),
        head(transaction, &commit.head),
    )?;
    Ok(())
}

async fn entries(transaction: &Transaction<'_>, rows: &[NewEntry]) -> Result<(), Failure> {
    let indices = rows.iter().map(|row| to_i64(row.index, "an index")).collect::<Result<Vec<_>, _>>()?;
    let records: Vec<String> = rows.iter().map(|row| row.record.to_string()).collect();
    let bytes: Vec<&[u8]> = rows.iter().map(|row| row.bytes.as_slice()).collect();
    let leaf_hashes: Vec<&[u8]> = rows.iter().map(|row| row.leaf_hash.as_bytes().as_slice()).collect();
    let times: Vec<i64> = rows.iter().map(|row| row.received_at.as_unix_ms()).collect();
    execute(
        transaction,
        "-- insert_entries
         INSERT INTO entries (idx, record, entry, leaf_hash, received_at)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::bytea[], $5::bigint[])",
        &[&indices, &records, &bytes, &leaf_hashes, &times],
    )
    .await?;
    Ok(())
}

async fn requests(transaction: &Transaction<'_>, rows: &[RequestRow]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.iter().map(RequestColumns::of).collect::<Result<Vec<_>, _>>()?;
    let submitters: Vec<&str> = rows.iter().map(|row| row.submitter.as_str()).collect();
    let uids: Vec<&str> = rows.iter().map(|row| row.uid.as_str()).collect();
    let digests: Vec<&str> = rows.iter().map(|row| row.digest.as_str()).collect();
    let records: Vec<&str> = rows.iter().map(|row| row.records.as_str()).collect();
    execute(
        transaction,
        "-- insert_requests
         INSERT INTO requests (submitter, uid, digest, records)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])",
        &[&submitters, &uids, &digests, &records],
    )
    .await?;
    Ok(())
}

async fn openings(transaction: &Transaction<'_>, rows: &[OpeningRow]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.iter().map(OpeningColumns::of).collect::<Result<Vec<_>, _>>()?;
    let indices: Vec<i64> = rows.iter().map(|row| row.idx).collect();
    let records: Vec<&str> = rows.iter().map(|row| row.record.as_str()).collect();
    let groups: Vec<&str> = rows.iter().map(|row| row.grp.as_str()).collect();
    let salts: Vec<&[u8]> = rows.iter().map(|row| row.salt.as_slice()).collect();
    let values: Vec<&str> = rows.iter().map(|row| row.value.as_str()).collect();
    execute(
        transaction,
        "-- insert_openings
         INSERT INTO openings (idx, record, grp, salt, value)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[], $5::text[])",
        &[&indices, &records, &groups, &salts, &values],
    )
    .await?;
    Ok(())
}

async fn findings(transaction: &Transaction<'_>, rows: &[FindingRow]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.iter().map(FindingColumns::of).collect::<Result<Vec<_>, _>>()?;
    let indices: Vec<i64> = rows.iter().map(|row| row.idx).collect();
    let records: Vec<&str> = rows.iter().map(|row| row.record.as_str()).collect();
    let positions: Vec<i64> = rows.iter().map(|row| row.position).collect();
    let levels: Vec<&str> = rows.iter().map(|row| row.level.as_str()).collect();
    let rules: Vec<&str> = rows.iter().map(|row| row.rule.as_str()).collect();
    let chinese: Vec<&str> = rows.iter().map(|row| row.zh.as_str()).collect();
    let english: Vec<&str> = rows.iter().map(|row| row.en.as_str()).collect();
    execute(
        transaction,
        "-- insert_findings
         INSERT INTO findings (idx, record, position, level, rule, zh, en)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[])",
        &[&indices, &records, &positions, &levels, &rules, &chinese, &english],
    )
    .await?;
    Ok(())
}

async fn rules_tables(
    transaction: &Transaction<'_>,
    tables: &[(trace_core::id::RecordId, Vec<u8>)],
) -> Result<(), Failure> {
    if tables.is_empty() {
        return Ok(());
    }
    let digests: Vec<String> = tables.iter().map(|(digest, _)| digest.to_string()).collect();
    let bodies: Vec<&[u8]> = tables.iter().map(|(_, body)| body.as_slice()).collect();
    execute(
        transaction,
        "-- insert_rules_tables: one that comes into force again is there already
         INSERT INTO rules_tables (digest, body)
         SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT (digest) DO NOTHING",
        &[&digests, &bodies],
    )
    .await?;
    Ok(())
}

async fn head(transaction: &Transaction<'_>, head: &Head) -> Result<(), Failure> {
    let row = HeadColumns::of(head)?;
    execute(
        transaction,
        "-- update_head
         UPDATE head SET size = $1, frontier = $2, last_received_at = $3 WHERE id = 1",
        &[&row.size, &row.frontier, &row.last_received_at],
    )
    .await?;
    Ok(())
}
