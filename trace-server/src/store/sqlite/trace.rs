//! The lineage: walked batch by batch with prepared statements, each row read once.
//!
//! A recursion in SQL would find the same batches, but would then have to be joined with every table again; walking
//! here, the edges that are read are those that are answered.

use std::collections::HashSet;

use rusqlite::{CachedStatement, Connection, ToSql};
use trace_core::id::BatchCode;
use trace_core::state::{BatchRow, EdgeRow, RecordRow};

use super::engine;
use super::load::{edge, keyed_doc};
use crate::store::rows::{from_doc, to_i64};
use crate::store::{Direction, StoreError, Trace};

/// The lineage from a batch, complete; see [`Trace`].
///
/// Back, all edges of the records that made the reached batches are part of it, and the edges that only speak of
/// those batches; forward, all edges that leave them. In both, the records are those of the edges and the makers.
pub fn trace(connection: &Connection, from: BatchCode, direction: Direction) -> Result<Trace, StoreError> {
    let mut walk = Walk::new(connection)?;
    walk.reach(from);
    while !walk.todo.is_empty() {
        // In the order of codes, which is that of the days: neighbours stand on one page.
        let mut level = std::mem::take(&mut walk.todo);
        level.sort_unstable();
        for batch in level {
            walk.step(batch, direction)?;
        }
    }
    walk.finish()
}

struct Walk<'c> {
    connection: &'c Connection,
    batch: CachedStatement<'c>,
    makers: CachedStatement<'c>,
    inputs: CachedStatement<'c>,
    speaking: CachedStatement<'c>,
    leaving: CachedStatement<'c>,
    todo: Vec<BatchCode>,
    reached: HashSet<BatchCode>,
    batches: Vec<BatchRow>,
    /// Indices of the records.
    records: HashSet<i64>,
    edges: Vec<EdgeRow>,
}

impl<'c> Walk<'c> {
    fn new(connection: &'c Connection) -> Result<Self, StoreError> {
        const BATCH: &str = "-- batch\nSELECT doc FROM batches WHERE code = ?1";
        const MAKERS: &str = "-- makers of a batch\nSELECT idx FROM makes WHERE batch = ?1";
        const INPUTS: &str = "-- edges of an entry\n\
            SELECT idx, position, record, batch, input_record, amount, uses, live, outputs FROM edges WHERE idx = ?1";
        const SPEAKING: &str = "-- edges that only speak of a batch\n\
            SELECT idx, position, record, batch, input_record, amount, uses, live, outputs FROM edges\n\
            WHERE batch = ?1 AND uses = 0";
        const LEAVING: &str = "-- edges that leave a batch\n\
            SELECT idx, position, record, batch, input_record, amount, uses, live, outputs FROM edges WHERE batch = ?1";
        let prepare = |sql| connection.prepare_cached(sql).map_err(engine);
        Ok(Self {
            connection,
            batch: prepare(BATCH)?,
            makers: prepare(MAKERS)?,
            inputs: prepare(INPUTS)?,
            speaking: prepare(SPEAKING)?,
            leaving: prepare(LEAVING)?,
            todo: Vec::new(),
            reached: HashSet::new(),
            batches: Vec::new(),
            records: HashSet::new(),
            edges: Vec::new(),
        })
    }

    /// Takes a batch in, once.
    fn reach(&mut self, code: BatchCode) {
        if self.reached.insert(code) {
            self.todo.push(code);
        }
    }

    fn step(&mut self, batch: BatchCode, direction: Direction) -> Result<(), StoreError> {
        let key = batch.to_string();
        let mut rows = self.batch.query([&key]).map_err(engine)?;
        let Some(row) = rows.next().map_err(engine)? else { return Ok(()) };
        let doc = row.get_ref(0).map_err(engine)?.as_str().map_err(|e| engine(e.into()))?;
        self.batches.push(from_doc(&key, doc)?);
        drop(rows);
        match direction {
            Direction::Back => self.step_back(&key),
            Direction::Forward => self.step_forward(&key),
        }
    }

    /// The records that made a batch, all versions; those that were not met before.
    fn new_makers(&mut self, batch: &str) -> Result<Vec<i64>, StoreError> {
        let mut new = Vec::new();
        let mut rows = self.makers.query([batch]).map_err(engine)?;
        while let Some(row) = rows.next().map_err(engine)? {
            let index = row.get(0).map_err(engine)?;
            if self.records.insert(index) {
                new.push(index);
            }
        }
        Ok(new)
    }

    fn step_back(&mut self, batch: &str) -> Result<(), StoreError> {
        for index in self.new_makers(batch)? {
            let first = self.edges.len();
            read_edges(&mut self.inputs, index, &mut self.edges)?;
            for position in first..self.edges.len() {
                if self.edges[position].uses {
                    self.reach(self.edges[position].batch);
                }
            }
        }
        let first = self.edges.len();
        read_edges(&mut self.speaking, batch, &mut self.edges)?;
        self.note_records(first)
    }

    fn step_forward(&mut self, batch: &str) -> Result<(), StoreError> {
        self.new_makers(batch)?;
        let first = self.edges.len();
        read_edges(&mut self.leaving, batch, &mut self.edges)?;
        for position in first..self.edges.len() {
            if self.edges[position].uses {
                // What its record made: the same as its rows of `makes`.
                for output in self.edges[position].outputs.clone() {
                    self.reach(output);
                }
            }
        }
        self.note_records(first)
    }

    /// Takes in the records of the edges from this place on.
    fn note_records(&mut self, first: usize) -> Result<(), StoreError> {
        for edge in &self.edges[first..] {
            self.records.insert(to_i64(edge.index, "the index of an edge")?);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Trace, StoreError> {
        const SQL: &str = "-- record of an entry\nSELECT id, doc FROM records WHERE idx = ?1";
        let mut statement = self.connection.prepare_cached(SQL).map_err(engine)?;
        let mut indices: Vec<i64> = self.records.into_iter().collect();
        indices.sort_unstable();
        let mut records: Vec<RecordRow> = Vec::with_capacity(indices.len());
        for index in indices {
            let mut rows = statement.query([index]).map_err(engine)?;
            if let Some(row) = rows.next().map_err(engine)? {
                records.push(keyed_doc(row)?);
            }
        }
        self.batches.sort_by_key(|batch| batch.code);
        // A batch may be spoken of by a record that also made it.
        self.edges.sort_by_key(|edge| (edge.record, edge.position));
        self.edges.dedup_by_key(|edge| (edge.record, edge.position));
        Ok(Trace { batches: self.batches, records, edges: self.edges })
    }
}

fn read_edges(statement: &mut CachedStatement<'_>, key: impl ToSql, into: &mut Vec<EdgeRow>) -> Result<(), StoreError> {
    let mut rows = statement.query([key]).map_err(engine)?;
    while let Some(row) = rows.next().map_err(engine)? {
        into.push(edge(row)?);
    }
    Ok(())
}

/// What live records made of a batch, itself included, ordered by code.
///
/// `CROSS JOIN` keeps SQLite from changing the order of the joins, `UNION` ends the walk where it meets itself.
pub fn descendants(connection: &Connection, from: BatchCode) -> Result<Vec<BatchRow>, StoreError> {
    const SQL: &str = "-- batches that were made of a batch\n\
        WITH RECURSIVE reached (batch) AS (\n\
            SELECT code FROM batches WHERE code = ?1\n\
            UNION\n\
            SELECT makes.batch FROM reached\n\
                CROSS JOIN edges ON edges.batch = reached.batch AND edges.uses = 1 AND edges.live = 1\n\
                CROSS JOIN makes ON makes.idx = edges.idx\n\
        ) SELECT batches.code, batches.doc FROM reached CROSS JOIN batches ON batches.code = reached.batch";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let mut rows = statement.query([from.to_string()]).map_err(engine)?;
    let mut batches: Vec<BatchRow> = Vec::new();
    while let Some(row) = rows.next().map_err(engine)? {
        batches.push(keyed_doc(row)?);
    }
    batches.sort_by_key(|batch| batch.code);
    Ok(batches)
}
