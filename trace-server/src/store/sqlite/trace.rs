//! The lineage: one recursion finds the batches, loops of prepared statements read the rest.

use std::collections::BTreeSet;

use rusqlite::{Connection, Statement};
use trace_core::id::BatchCode;

use super::engine;
use super::load::{docs_by_key, edges_by, edges_of};
use crate::store::{Direction, StoreError, Trace};

/// The lineage from a batch, complete; see [`Trace`].
///
/// Back, all edges of the records that made the reached batches are part of it, and the edges that only speak of
/// those batches; forward, all edges that leave them. In both, the records are those of the edges and the makers.
pub fn trace(connection: &Connection, from: BatchCode, direction: Direction) -> Result<Trace, StoreError> {
    let reached = match direction {
        Direction::Back => reached_back(connection, from)?,
        Direction::Forward => reached_forward(connection, from)?,
    };
    let makers = makers(connection, &reached)?;
    let mut edges = match direction {
        Direction::Back => {
            let mut edges = edges_of(connection, &makers)?;
            edges.extend(edges_that_speak(connection, &reached)?);
            edges
        }
        Direction::Forward => edges_that_leave(connection, &reached)?,
    };
    edges.sort_by_key(|edge| (edge.record, edge.position));
    edges.dedup_by_key(|edge| (edge.record, edge.position));

    let mut ids = makers;
    let mut last = None;
    for edge in &edges {
        if last != Some(edge.record) {
            ids.insert(edge.record.to_string());
            last = Some(edge.record);
        }
    }
    let batches = docs_by_key(connection, "-- batch\nSELECT doc FROM batches WHERE code = ?1", &reached)?;
    let mut records: Vec<trace_core::state::RecordRow> =
        docs_by_key(connection, "-- record\nSELECT doc FROM records WHERE id = ?1", &ids)?;
    records.sort_by_key(|record| record.index);
    Ok(Trace { batches, records, edges })
}

// `CROSS JOIN` keeps SQLite from changing the order of the joins, `UNION` ends the walk where it meets itself.

fn reached_back(connection: &Connection, from: BatchCode) -> Result<BTreeSet<String>, StoreError> {
    const SQL: &str = "-- batches that a batch was made of\n\
        WITH RECURSIVE reached (batch) AS (\n\
            SELECT code FROM batches WHERE code = ?1\n\
            UNION\n\
            SELECT edges.batch FROM reached\n\
                CROSS JOIN makes ON makes.batch = reached.batch\n\
                CROSS JOIN edges ON edges.record = makes.record AND edges.uses = 1\n\
        ) SELECT batch FROM reached";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let mut reached = BTreeSet::new();
    texts(&mut statement, &from.to_string(), &mut reached)?;
    Ok(reached)
}

fn reached_forward(connection: &Connection, from: BatchCode) -> Result<BTreeSet<String>, StoreError> {
    const SQL: &str = "-- batches that were made of a batch\n\
        WITH RECURSIVE reached (batch) AS (\n\
            SELECT code FROM batches WHERE code = ?1\n\
            UNION\n\
            SELECT makes.batch FROM reached\n\
                CROSS JOIN edges ON edges.batch = reached.batch AND edges.uses = 1\n\
                CROSS JOIN makes ON makes.record = edges.record\n\
        ) SELECT batch FROM reached";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let mut reached = BTreeSet::new();
    texts(&mut statement, &from.to_string(), &mut reached)?;
    Ok(reached)
}

/// The records that made these batches, all versions.
fn makers(connection: &Connection, batches: &BTreeSet<String>) -> Result<BTreeSet<String>, StoreError> {
    const SQL: &str = "-- makers of a batch\nSELECT record FROM makes WHERE batch = ?1";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let mut records = BTreeSet::new();
    for batch in batches {
        texts(&mut statement, batch, &mut records)?;
    }
    Ok(records)
}

fn edges_that_speak(
    connection: &Connection,
    batches: &BTreeSet<String>,
) -> Result<Vec<trace_core::state::EdgeRow>, StoreError> {
    let sql = "-- edges that only speak of a batch\n\
        SELECT record, position, batch, input_record, amount, uses, live, outputs FROM edges\n\
        WHERE batch = ?1 AND uses = 0";
    edges_by(connection, sql, batches)
}

fn edges_that_leave(
    connection: &Connection,
    batches: &BTreeSet<String>,
) -> Result<Vec<trace_core::state::EdgeRow>, StoreError> {
    let sql = "-- edges that leave a batch\n\
        SELECT record, position, batch, input_record, amount, uses, live, outputs FROM edges WHERE batch = ?1";
    edges_by(connection, sql, batches)
}

fn texts(statement: &mut Statement<'_>, key: &str, into: &mut BTreeSet<String>) -> Result<(), StoreError> {
    for text in statement.query_map([key], |row| row.get(0)).map_err(engine)? {
        into.insert(text.map_err(engine)?);
    }
    Ok(())
}
