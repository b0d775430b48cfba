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

/// Parameters of a statement.
type Values<'v> = &'v [&'v (dyn ToSql + Sync)];

/// The statements of a direction. `reached` answers a row for each edge, or one without an edge: after the columns of the
/// edge the index of a record and the code of a batch, where it found such. `beside` answers, for the batches that were
/// reached, indices of more records first.
struct Statements {
    reached: &'static str,
    beside: &'static str,
}

// `LATERAL … OFFSET 0` keeps the planner from changing the order of the joins; the settings of the session keep it to
// the indices. So the cost of a walk follows the lineage, not the size of the ledger. Sets are put in order here: it is
// the same work, and the server has the longer way.

/// All edges of the records that made the reached batches, and the edges that only speak of those batches.
const BACK: Statements = Statements {
    reached: "-- walk_back: the makers and their edges; UNION drops what was reached before, so every walk ends
         WITH RECURSIVE makers (idx) AS (
             SELECT idx FROM makes WHERE batch = $1
             UNION
             SELECT step.idx FROM makers CROSS JOIN LATERAL (
                 SELECT makes.idx FROM edges JOIN makes ON makes.batch = edges.batch
                 WHERE edges.idx = makers.idx AND edges.uses OFFSET 0
             ) AS step
         )
         SELECT e.idx, e.position, e.record, e.batch, e.input_record, e.amount, e.uses, e.live, e.outputs,
             makers.idx, CASE WHEN e.uses THEN e.batch END
         FROM makers LEFT JOIN LATERAL (SELECT * FROM edges WHERE edges.idx = makers.idx OFFSET 0) AS e ON true",
    beside: "-- read_speaking: edges that only speak of a batch
         SELECT idx, position, record, batch, input_record, amount, uses, live, outputs FROM edges
         WHERE batch = ANY($1) AND NOT uses",
};

/// All edges that leave the reached batches, and the records that made those.
const FORWARD: Statements = Statements {
    reached: "-- walk_forward: the batches and the edges that leave them
         WITH RECURSIVE reached (batch) AS (
             SELECT code FROM batches WHERE code = $1
             UNION
             SELECT step.batch FROM reached CROSS JOIN LATERAL (
                 SELECT makes.batch FROM edges JOIN makes ON makes.idx = edges.idx
                 WHERE edges.batch = reached.batch AND edges.uses OFFSET 0
             ) AS step
         )
         SELECT e.idx, e.position, e.record, e.batch, e.input_record, e.amount, e.uses, e.live, e.outputs,
             e.idx, reached.batch
         FROM reached LEFT JOIN LATERAL (SELECT * FROM edges WHERE edges.batch = reached.batch OFFSET 0) AS e ON true",
    beside: "-- read_makers
         SELECT idx FROM makes WHERE batch = ANY($1)",
};

#[async_trait]
impl Work for Walk {
    type Answer = Trace;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<Trace>, Failure> {
        const BATCHES: &str = "-- read_batches
             SELECT code, doc FROM batches WHERE code = ANY($1)";
        const RECORDS: &str = "-- read_records
             SELECT id, doc FROM records WHERE idx = ANY($1)";
        let statements = if self.direction == Direction::Back { BACK } else { FORWARD };
        let mut edges: Rows<EdgeRow> = Reading::by(edge_of);
        // The batch itself is there where nothing is known of its making.
        let (mut codes, mut indices) = (BTreeSet::from([self.from.to_string()]), BTreeSet::<i64>::new());
        for row in query(transaction, statements.reached, &[&self.from.to_string()]).await? {
            indices.extend(row.try_get::<_, Option<i64>>(9)?);
            if let Some(code) = row.try_get::<_, Option<&str>>(10)?
                && !codes.contains(code)
            {
                codes.insert(code.to_owned());
            }
            if row.try_get::<_, Option<i64>>(0)?.is_some() {
                edges.push(row);
            }
        }
        let (codes, first): (Vec<String>, Vec<i64>) = (codes.into_iter().collect(), indices.iter().copied().collect());
        let (of_codes, of_first): (Values<'_>, Values<'_>) = (&[&codes], &[&first]);
        let (mut batches, mut records): (Rows<BatchRow>, Rows<RecordRow>) = (documents(), documents());
        let (beside, (), ()) = try_join!(
            query(transaction, statements.beside, of_codes),
            fetch(transaction, BATCHES, of_codes, &mut batches),
            fetch(transaction, RECORDS, of_first, &mut records),
        )?;
        let mut others = BTreeSet::new();
        for row in beside {
            let index = row.try_get(0)?;
            if !indices.contains(&index) {
                others.insert(index);
            }
            if self.direction == Direction::Back {
                edges.push(row);
            }
        }
        let others: Vec<i64> = others.into_iter().collect();
        fetch(transaction, RECORDS, &[&others], &mut records).await?;
        let (batches, mut records, mut edges) =
            (in_order(batches).await?, records.finish().await?, edges.finish().await?);
        records.sort_unstable_by_key(|row| row.index);
        // A batch may be spoken of by a record that also made it.
        edges.sort_unstable_by_key(|edge| (edge.record, edge.position));
        edges.dedup_by_key(|edge| (edge.record, edge.position));
        Ok(End::Commit(Trace { batches, records, edges }))
    }
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

/// Begins to read rows as soon as they are there.
async fn fetch<T: Send + 'static>(
    transaction: &Transaction<'_>,
    sql: &str,
    values: Values<'_>,
    rows: &mut Rows<T>,
) -> Result<(), Failure> {
    rows.extend(query(transaction, sql, values).await?);
    Ok(())
}

async fn in_order(batches: Rows<BatchRow>) -> Result<Vec<BatchRow>, Failure> {
    let mut batches = batches.finish().await?;
    batches.sort_unstable_by_key(|row| row.code);
    Ok(batches)
}
