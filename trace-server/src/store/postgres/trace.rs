//! Walking the lineage: one recursive statement finds it, then whole sets are read, and what has come is read on other
//! cores while the server looks for the next.

use std::collections::BTreeSet;

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use futures_util::{TryStreamExt as _, pin_mut, try_join};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use trace_core::id::BatchCode;
use trace_core::state::{BatchRow, EdgeRow, RecordRow};

use super::failure::Failure;
use super::load::edge_of;
use super::sessions::{End, Work};
use super::statements::query;
use crate::store::rows::{Projected, Reading, from_doc};
use crate::store::{Direction, Trace};

/// Reads the lineage from a batch, in one snapshot.
pub(super) struct Walk {
    pub(super) from: BatchCode,
    pub(super) direction: Direction,
}

/// Rows that are read while others are fetched.
type Rows<T> = Reading<Row, T, Failure>;

#[async_trait]
impl Work for Walk {
    type Answer = Trace;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<Trace>, Failure> {
        let mut edges: Rows<EdgeRow> = Reading::by(edge_of);
        let (batches, records) = match self.direction {
            Direction::Back => back(transaction, self.from, &mut edges).await?,
            Direction::Forward => forward(transaction, self.from, &mut edges).await?,
        };
        let mut edges = edges.finish().await?;
        // A batch may be spoken of by a record that also made it.
        edges.sort_unstable_by_key(|edge| (edge.record, edge.position));
        edges.dedup_by_key(|edge| (edge.record, edge.position));
        Ok(End::Commit(Trace { batches: in_order(batches).await?, records: by_index(records).await?, edges }))
    }
}

// `LATERAL … OFFSET 0` keeps the planner from changing the order of the joins; the settings of the session keep it to
// the indices. So the cost of a walk follows the lineage, not the size of the ledger. Sets are put in order here: it is
// the same work, and the server has the longer way.

/// All edges of the records that made the reached batches, and the edges that only speak of those batches.
async fn back(
    transaction: &Transaction<'_>,
    from: BatchCode,
    edges: &mut Rows<EdgeRow>,
) -> Result<(Rows<BatchRow>, Rows<RecordRow>), Failure> {
    const WALK: &str =
        "-- walk_back: the makers and their edges; UNION drops what was reached before, so every walk ends
         WITH RECURSIVE makers (idx) AS (
             SELECT idx FROM makes WHERE batch = $1
             UNION
             SELECT step.idx FROM makers CROSS JOIN LATERAL (
                 SELECT makes.idx FROM edges JOIN makes ON makes.batch = edges.batch
                 WHERE edges.idx = makers.idx AND edges.uses OFFSET 0
             ) AS step
         )
         SELECT e.idx, e.position, e.record, e.batch, e.input_record, e.amount, e.uses, e.live, e.outputs, makers.idx
         FROM makers LEFT JOIN LATERAL (SELECT * FROM edges WHERE edges.idx = makers.idx OFFSET 0) AS e ON true";
    const SPEAKING: &str = "-- read_speaking: edges that only speak of a batch
         SELECT idx, position, record, batch, input_record, amount, uses, live, outputs FROM edges
         WHERE batch = ANY($1) AND NOT uses";
    let (mut codes, mut makers) = (BTreeSet::from([from.to_string()]), BTreeSet::<i64>::new());
    for row in query(transaction, WALK, &[&from.to_string()]).await? {
        makers.insert(row.try_get(9)?);
        // A maker without edges, such as an intake, is a row without an edge.
        let Some(uses) = row.try_get::<_, Option<bool>>(6)? else { continue };
        if uses && !codes.contains(row.try_get::<_, &str>(3)?) {
            codes.insert(row.try_get(3)?);
        }
        edges.push(row);
    }
    let (codes, first): (Vec<String>, Vec<i64>) = (codes.into_iter().collect(), makers.iter().copied().collect());
    let (mut batches, mut records): (Rows<BatchRow>, Rows<RecordRow>) = (documents(), documents());
    let values: [&(dyn ToSql + Sync); 1] = [&codes];
    let speaking = try_join!(
        batches_of(transaction, &codes, &mut batches),
        query(transaction, SPEAKING, &values),
        records_of(transaction, &first, &mut records),
    )?
    .1;
    let mut others = BTreeSet::new();
    for row in speaking {
        let index = row.try_get(0)?;
        if !makers.contains(&index) {
            others.insert(index);
        }
        edges.push(row);
    }
    records_of(transaction, &others.into_iter().collect::<Vec<i64>>(), &mut records).await?;
    Ok((batches, records))
}

/// All edges that leave the reached batches.
async fn forward(
    transaction: &Transaction<'_>,
    from: BatchCode,
    edges: &mut Rows<EdgeRow>,
) -> Result<(Rows<BatchRow>, Rows<RecordRow>), Failure> {
    const WALK: &str = "-- walk_forward: the batches and the edges that leave them
         WITH RECURSIVE reached (batch) AS (
             SELECT code FROM batches WHERE code = $1
             UNION
             SELECT step.batch FROM reached CROSS JOIN LATERAL (
                 SELECT makes.batch FROM edges JOIN makes ON makes.idx = edges.idx
                 WHERE edges.batch = reached.batch AND edges.uses OFFSET 0
             ) AS step
         )
         SELECT e.idx, e.position, e.record, e.batch, e.input_record, e.amount, e.uses, e.live, e.outputs, reached.batch
         FROM reached LEFT JOIN LATERAL (SELECT * FROM edges WHERE edges.batch = reached.batch OFFSET 0) AS e ON true";
    const MAKERS: &str = "-- read_makers
         SELECT idx FROM makes WHERE batch = ANY($1)";
    let (mut codes, mut indices) = (BTreeSet::<String>::new(), BTreeSet::<i64>::new());
    for row in query(transaction, WALK, &[&from.to_string()]).await? {
        if !codes.contains(row.try_get::<_, &str>(9)?) {
            codes.insert(row.try_get(9)?);
        }
        // What was not used yet is a row without an edge.
        if let Some(index) = row.try_get(0)? {
            indices.insert(index);
            edges.push(row);
        }
    }
    let codes: Vec<String> = codes.into_iter().collect();
    let (mut batches, mut records): (Rows<BatchRow>, Rows<RecordRow>) = (documents(), documents());
    let users: Vec<i64> = indices.iter().copied().collect();
    let values: [&(dyn ToSql + Sync); 1] = [&codes];
    let makers = try_join!(
        query(transaction, MAKERS, &values),
        batches_of(transaction, &codes, &mut batches),
        records_of(transaction, &users, &mut records),
    )?
    .0;
    let mut others = BTreeSet::new();
    for row in makers {
        let index = row.try_get(0)?;
        if !indices.contains(&index) {
            others.insert(index);
        }
    }
    records_of(transaction, &others.into_iter().collect::<Vec<i64>>(), &mut records).await?;
    Ok((batches, records))
}

/// What live records made of a batch, itself included, ordered by code.
pub(super) async fn descendants<C: GenericClient>(client: &C, from: BatchCode) -> Result<Vec<BatchRow>, Failure> {
    const SQL: &str = "-- walk_descendants
         WITH RECURSIVE reached (batch) AS (
             SELECT code FROM batches WHERE code = $1
             UNION
             SELECT step.batch FROM reached CROSS JOIN LATERAL (
                 SELECT makes.batch FROM edges JOIN makes ON makes.idx = edges.idx
                 WHERE edges.batch = reached.batch AND edges.uses AND edges.live OFFSET 0
             ) AS step
         )
         SELECT b.code, b.doc FROM reached
         CROSS JOIN LATERAL (SELECT code, doc FROM batches WHERE code = reached.batch OFFSET 0) AS b";
    let mut batches = documents();
    let statement = client.prepare_cached(SQL).await?;
    let rows = client.query_raw(&statement, [from.to_string()]).await?;
    pin_mut!(rows);
    while let Some(row) = rows.try_next().await? {
        batches.push(row);
    }
    in_order(batches).await
}

/// Reads rows of key and document.
fn documents<T: Projected + Send + 'static>() -> Rows<T> {
    Reading::by(|row| Ok(from_doc(row.try_get(0)?, row.try_get(1)?)?))
}

async fn batches_of(
    transaction: &Transaction<'_>,
    codes: &[String],
    batches: &mut Rows<BatchRow>,
) -> Result<(), Failure> {
    const SQL: &str = "-- read_batches
         SELECT code, doc FROM batches WHERE code = ANY($1)";
    batches.extend(query(transaction, SQL, &[&codes]).await?);
    Ok(())
}

async fn records_of(
    transaction: &Transaction<'_>,
    indices: &[i64],
    records: &mut Rows<RecordRow>,
) -> Result<(), Failure> {
    const SQL: &str = "-- read_records
         SELECT id, doc FROM records WHERE idx = ANY($1)";
    records.extend(query(transaction, SQL, &[&indices]).await?);
    Ok(())
}

async fn in_order(batches: Rows<BatchRow>) -> Result<Vec<BatchRow>, Failure> {
    let mut batches = batches.finish().await?;
    batches.sort_unstable_by_key(|row| row.code);
    Ok(batches)
}

async fn by_index(records: Rows<RecordRow>) -> Result<Vec<RecordRow>, Failure> {
    let mut records = records.finish().await?;
    records.sort_unstable_by_key(|row| row.index);
    Ok(records)
}
