//! All projections at once: read for an audit, replaced by a rebuild.

use async_trait::async_trait;
use deadpool_postgres::Transaction;
use trace_core::state::Changes;

use super::failure::Failure;
use super::load::edge_of;
use super::sessions::{End, Work};
use super::statements::query;
use super::{log, projections};
use crate::store::rows::row_from_doc;

/// Rows in one statement of a rebuild: some megabytes, far below the protocol's 1 GB a message.
const ROWS_A_STATEMENT: usize = 5_000;

/// Reads every row and edge in one snapshot, in the order of keys.
pub(super) struct ReadAll;

#[async_trait]
impl Work for ReadAll {
    type Answer = Changes;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<Changes>, Failure> {
        // In "C" order the ids' texts sort as the ids do.
        let tables = [
            ("ledger", "-- read_ledger\n SELECT id::text, doc FROM ledger"),
            ("parties", "-- read_parties\n SELECT id, doc FROM parties ORDER BY id"),
            ("sites", "-- read_sites\n SELECT id, doc FROM sites ORDER BY id"),
            ("batches", "-- read_batches\n SELECT code, doc FROM batches ORDER BY code"),
            ("records", "-- read_records\n SELECT id, doc FROM records ORDER BY id"),
            ("grants", "-- read_grants\n SELECT id, doc FROM grants ORDER BY id"),
            ("signing_keys", "-- read_signing_keys\n SELECT key, doc FROM signing_keys ORDER BY key"),
            ("issues", "-- read_issues\n SELECT number::text, doc FROM issues ORDER BY issues.number"),
        ];
        let mut all = Changes::default();
        for (table, sql) in tables {
            for row in query(transaction, sql, &[]).await? {
                all.rows.push(row_from_doc(table, row.try_get(0)?, row.try_get(1)?)?);
            }
        }
        let edges = query(
            transaction,
            "-- read_edges
             SELECT idx, position, record, batch, input_record, amount, uses, live, outputs FROM edges
             ORDER BY record, position",
            &[],
        )
        .await?;
        all.edges = edges.iter().map(edge_of).collect::<Result<_, _>>()?;
        Ok(End::Commit(all))
    }
}

/// Replaces every row and edge, if the log still has this size.
pub(super) struct ReplaceAll<'a> {
    pub(super) size: u64,
    pub(super) changes: &'a Changes,
}

#[async_trait]
impl Work for ReplaceAll<'_> {
    type Answer = bool;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<bool>, Failure> {
        if log::lock_head(transaction).await?.frontier.size() != self.size {
            return Ok(End::Discard(false));
        }
        // DELETE, not TRUNCATE: readers go on with the old rows until COMMIT.
        transaction
            .batch_execute(
                "-- delete_projections
                 DELETE FROM ledger; DELETE FROM parties; DELETE FROM sites; DELETE FROM batches; DELETE FROM records;
                 DELETE FROM edges; DELETE FROM makes; DELETE FROM grants; DELETE FROM signing_keys;
                 DELETE FROM issues",
            )
            .await?;
        for rows in self.changes.rows.chunks(ROWS_A_STATEMENT) {
            projections::put_rows(transaction, rows).await?;
        }
        for edges in self.changes.edges.chunks(ROWS_A_STATEMENT) {
            projections::put_edges(transaction, edges).await?;
        }
        Ok(End::Commit(true))
    }
}
