//! Walking the lineage: one recursive statement finds the batches, then whole sets are read.

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use futures_util::try_join;
use tokio_postgres::Row;
use trace_core::id::BatchCode;
use trace_core::state::BatchRow;

use super::failure::Failure;
use super::load::edge_of;
use super::sessions::{End, Work};
use super::statements::query;
use crate::store::rows::from_doc;
use crate::store::{Direction, Trace};

/// Reads the lineage from a batch, in one snapshot.
pub(super) struct Walk {
    pub(super) from: BatchCode,
    pub(super) direction: Direction,
}

#[async_trait]
impl Work for Walk {
    type Answer = Trace;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<Trace>, Failure> {
        let reached = reach(transaction, self.from, self.direction).await?;
        let codes = reached.iter().map(|row| row.try_get(0)).collect::<Result<Vec<&str>, _>>()?;
        let (records, edges) = match self.direction {
            Direction::Back => try_join!(records_back(transaction, &codes), edges_back(transaction, &codes))?,
            Direction::Forward => try_join!(records_forward(transaction, &codes), edges_forward(transaction, &codes))?,
        };
        let mut trace = Trace { batches: batches(&reached)?, ..Trace::default() };
        for row in &records {
            trace.records.push(from_doc(row.try_get(0)?, row.try_get(1)?)?);
        }
        trace.edges = edges.iter().map(edge_of).collect::<Result<_, _>>()?;
        Ok(End::Commit(trace))
    }
}

// `LATERAL … OFFSET 0` keeps the planner from changing the order of the joins; the settings of the session keep it to
// the indices. So the cost of a walk follows the lineage, not the size of the ledger.

/// Key and document of the batches that are reached, ordered by code.
async fn reach<C: GenericClient>(client: &C, from: BatchCode, direction: Direction) -> Result<Vec<Row>, Failure> {
    match direction {
        Direction::Back => back(client, from).await,
        Direction::Forward => forward(client, from).await,
    }
}

/// Rows of key and document.
fn batches(rows: &[Row]) -> Result<Vec<BatchRow>, Failure> {
    rows.iter().map(|row| Ok(from_doc(row.try_get(0)?, row.try_get(1)?)?)).collect()
}

async fn back<C: GenericClient>(client: &C, from: BatchCode) -> Result<Vec<Row>, Failure> {
    query(
        client,
        "-- walk_back: UNION drops what was reached before, so that every walk ends
         WITH RECURSIVE reached (batch) AS (
             SELECT code FROM batches WHERE code = $1
             UNION
             SELECT step.batch FROM reached CROSS JOIN LATERAL (
                 SELECT edges.batch FROM makes JOIN edges ON edges.idx = makes.idx AND edges.uses
                 WHERE makes.batch = reached.batch OFFSET 0
             ) AS step
         )
         SELECT b.code, b.doc FROM reached
         CROSS JOIN LATERAL (SELECT code, doc FROM batches WHERE code = reached.batch OFFSET 0) AS b
         ORDER BY b.code",
        &[&from.to_string()],
    )
    .await
}

async fn forward<C: GenericClient>(client: &C, from: BatchCode) -> Result<Vec<Row>, Failure> {
    query(
        client,
        "-- walk_forward
         WITH RECURSIVE reached (batch) AS (
             SELECT code FROM batches WHERE code = $1
             UNION
             SELECT step.batch FROM reached CROSS JOIN LATERAL (
                 SELECT makes.batch FROM edges JOIN makes ON makes.idx = edges.idx
                 WHERE edges.batch = reached.batch AND edges.uses OFFSET 0
             ) AS step
         )
         SELECT b.code, b.doc FROM reached
         CROSS JOIN LATERAL (SELECT code, doc FROM batches WHERE code = reached.batch OFFSET 0) AS b
         ORDER BY b.code",
        &[&from.to_string()],
    )
    .await
}

/// What live records made of a batch, itself included, ordered by code.
pub(super) async fn descendants<C: GenericClient>(client: &C, from: BatchCode) -> Result<Vec<BatchRow>, Failure> {
    let rows = query(
        client,
        "-- walk_descendants
         WITH RECURSIVE reached (batch) AS (
             SELECT code FROM batches WHERE code = $1
             UNION
             SELECT step.batch FROM reached CROSS JOIN LATERAL (
                 SELECT makes.batch FROM edges JOIN makes ON makes.idx = edges.idx
                 WHERE edges.batch = reached.batch AND edges.uses AND edges.live OFFSET 0
             ) AS step
         )
         SELECT b.code, b.doc FROM reached
         CROSS JOIN LATERAL (SELECT code, doc FROM batches WHERE code = reached.batch OFFSET 0) AS b
         ORDER BY b.code",
        &[&from.to_string()],
    )
    .await?;
    batches(&rows)
}

async fn records_back(transaction: &Transaction<'_>, codes: &[&str]) -> Result<Vec<Row>, Failure> {
    query(
        transaction,
        "-- read_records_back: the makers, and those that only speak of a batch
         SELECT r.id, r.doc FROM (
             SELECT idx FROM makes WHERE batch = ANY($1)
             UNION
             SELECT idx FROM edges WHERE batch = ANY($1) AND NOT uses
         ) AS named
         CROSS JOIN LATERAL (SELECT id, idx, doc FROM records WHERE idx = named.idx OFFSET 0) AS r
         ORDER BY r.idx",
        &[&codes],
    )
    .await
}

async fn records_forward(transaction: &Transaction<'_>, codes: &[&str]) -> Result<Vec<Row>, Failure> {
    query(
        transaction,
        "-- read_records_forward: the makers, the users, and those that only speak of a batch
         SELECT r.id, r.doc FROM (
             SELECT idx FROM makes WHERE batch = ANY($1)
             UNION
             SELECT idx FROM edges WHERE batch = ANY($1)
         ) AS named
         CROSS JOIN LATERAL (SELECT id, idx, doc FROM records WHERE idx = named.idx OFFSET 0) AS r
         ORDER BY r.idx",
        &[&codes],
    )
    .await
}

async fn edges_back(transaction: &Transaction<'_>, codes: &[&str]) -> Result<Vec<Row>, Failure> {
    query(
        transaction,
        "-- read_edges_back: all inputs of the makers, and what only speaks of a batch
         SELECT e.idx, e.position, e.record, e.batch, e.input_record, e.amount, e.uses, e.live, e.outputs
         FROM (SELECT DISTINCT idx FROM makes WHERE batch = ANY($1)) AS makers
         CROSS JOIN LATERAL (SELECT * FROM edges WHERE edges.idx = makers.idx OFFSET 0) AS e
         UNION
         SELECT idx, position, record, batch, input_record, amount, uses, live, outputs FROM edges
         WHERE batch = ANY($1) AND NOT uses
         ORDER BY record, position",
        &[&codes],
    )
    .await
}

async fn edges_forward(transaction: &Transaction<'_>, codes: &[&str]) -> Result<Vec<Row>, Failure> {
    query(
        transaction,
        "-- read_edges_forward
         SELECT idx, position, record, batch, input_record, amount, uses, live, outputs FROM edges
         WHERE batch = ANY($1) ORDER BY record, position",
        &[&codes],
    )
    .await
}
