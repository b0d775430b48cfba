//! The lineage: walked batch by batch with prepared statements, each row read once.
//!
//! A recursion in SQL would find the same batches, but would then have to be joined with every table again; walking
//! here, the edges that are read are those that are answered.

use std::collections::HashSet;

use rusqlite::{CachedStatement, Connection};
use trace_core::id::{BatchCode, RecordId};
use trace_core::state::{BatchRow, EdgeRow, RecordRow};

use super::engine;
use super::load::{edge, keyed_doc};
use crate::store::rows::{At, from_doc};
use crate::store::{Direction, StoreError, Trace};

/// The lineage from a batch, complete; see [`Trace`].
///
/// Back, all edges of the records that made the reached batches are part of it, and the edges that only speak of
/// those batches; forward, all edges that leave them. In both, the records are those of the edges and the makers.
pub fn trace(connection: &Connection, from: BatchCode, direction: Direction) -> Result<Trace, StoreError> {
    let mut walk = Walk::new(connection)?;
    walk.reach(from)?;
    while let Some(batch) = walk.todo.pop() {
        match direction {
            Direction::Back => walk.step_back(batch)?,
            Direction::Forward => walk.step_forward(batch)?,
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
    records: HashSet<RecordId>,
    edges: Vec<EdgeRow>,
}

impl<'c> Walk<'c> {
    fn new(connection: &'c Connection) -> Result<Self, StoreError> {
        const BATCH: &str = "-- batch\nSELECT doc FROM batches WHERE code = ?1";
        const MAKERS: &str = "-- makers of a batch\nSELECT record FROM makes WHERE batch = ?1";
        const INPUTS: &str = "-- edges of a record\n\
            SELECT record, position, batch, input_record, amount, uses, live, outputs FROM edges WHERE record = ?1";
        const SPEAKING: &str = "-- edges that only speak of a batch\n\
            SELECT record, position, batch, input_record, amount, uses, live, outputs FROM edges\n\
            WHERE batch = ?1 AND uses = 0";
        const LEAVING: &str = "-- edges that leave a batch\n\
            SELECT record, position, batch, input_record, amount, uses, live, outputs FROM edges WHERE batch = ?1";
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

    /// Takes a batch in, once, if there is one.
    fn reach(&mut self, code: BatchCode) -> Result<(), StoreError> {
        if !self.reached.insert(code) {
            return Ok(());
        }
        let key = code.to_string();
        let mut rows = self.batch.query([&key]).map_err(engine)?;
        if let Some(row) = rows.next().map_err(engine)? {
            let doc = row.get_ref(0).map_err(engine)?.as_str().map_err(|e| engine(e.into()))?;
            self.batches.push(from_doc(&key, doc)?);
            self.todo.push(code);
        }
        Ok(())
    }

    /// The records that made a batch, all versions; those that were not met before.
    fn new_makers(&mut self, batch: &str) -> Result<Vec<RecordId>, StoreError> {
        let mut new = Vec::new();
        let mut rows = self.makers.query([batch]).map_err(engine)?;
        while let Some(row) = rows.next().map_err(engine)? {
            let text = row.get_ref(0).map_err(engine)?.as_str().map_err(|e| engine(e.into()))?;
            let id: RecordId =
                text.parse().map_err(|e| At { table: "makes", key: batch.to_owned() }.wrong("record", e))?;
            if self.records.insert(id) {
                new.push(id);
            }
        }
        Ok(new)
    }

    fn step_back(&mut self, batch: BatchCode) -> Result<(), StoreError> {
        let key = batch.to_string();
        for record in self.new_makers(&key)? {
            let first = self.edges.len();
            read_edges(&mut self.inputs, &record.to_string(), &mut self.edges)?;
            for position in first..self.edges.len() {
                if self.edges[position].uses {
                    self.reach(self.edges[position].batch)?;
                }
            }
        }
        let first = self.edges.len();
        read_edges(&mut self.speaking, &key, &mut self.edges)?;
        self.records.extend(self.edges[first..].iter().map(|edge| edge.record));
        Ok(())
    }

    fn step_forward(&mut self, batch: BatchCode) -> Result<(), StoreError> {
        let key = batch.to_string();
        self.new_makers(&key)?;
        let first = self.edges.len();
        read_edges(&mut self.leaving, &key, &mut self.edges)?;
        for position in first..self.edges.len() {
            let edge = &self.edges[position];
            self.records.insert(edge.record);
            if edge.uses {
                // What its record made: the same as its rows of `makes`.
                for output in edge.outputs.clone() {
                    self.reach(output)?;
                }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Trace, StoreError> {
        const SQL: &str = "-- record\nSELECT doc FROM records WHERE id = ?1";
        let mut statement = self.connection.prepare_cached(SQL).map_err(engine)?;
        let mut records: Vec<RecordRow> = Vec::with_capacity(self.records.len());
        for id in &self.records {
            let key = id.to_string();
            let mut rows = statement.query([&key]).map_err(engine)?;
            if let Some(row) = rows.next().map_err(engine)? {
                let doc = row.get_ref(0).map_err(engine)?.as_str().map_err(|e| engine(e.into()))?;
                records.push(from_doc(&key, doc)?);
            }
        }
        records.sort_by_key(|record| record.index);
        self.batches.sort_by_key(|batch| batch.code);
        // A batch may be spoken of by a record that also made it.
        self.edges.sort_by_key(|edge| (edge.record, edge.position));
        self.edges.dedup_by_key(|edge| (edge.record, edge.position));
        Ok(Trace { batches: self.batches, records, edges: self.edges })
    }
}

fn read_edges(statement: &mut CachedStatement<'_>, key: &str, into: &mut Vec<EdgeRow>) -> Result<(), StoreError> {
    let mut rows = statement.query([key]).map_err(engine)?;
    while let Some(row) = rows.next().map_err(engine)? {
        into.push(edge(row)?);
    }
    Ok(())
}

/// The batches that are reached, ordered by code.
///
/// `CROSS JOIN` keeps SQLite from changing the order of the joins, `UNION` ends the walk where it meets itself.
pub fn reach(connection: &Connection, from: BatchCode, direction: Direction) -> Result<Vec<BatchRow>, StoreError> {
    const BACK: &str = "-- batches that a batch was made of\n\
        WITH RECURSIVE reached (batch) AS (\n\
            SELECT code FROM batches WHERE code = ?1\n\
            UNION\n\
            SELECT edges.batch FROM reached\n\
                CROSS JOIN makes ON makes.batch = reached.batch\n\
                CROSS JOIN edges ON edges.record = makes.record AND edges.uses = 1\n\
        ) SELECT batches.code, batches.doc FROM reached CROSS JOIN batches ON batches.code = reached.batch";
    const FORWARD: &str = "-- batches that were made of a batch\n\
        WITH RECURSIVE reached (batch) AS (\n\
            SELECT code FROM batches WHERE code = ?1\n\
            UNION\n\
            SELECT makes.batch FROM reached\n\
                CROSS JOIN edges ON edges.batch = reached.batch AND edges.uses = 1\n\
                CROSS JOIN makes ON makes.record = edges.record\n\
        ) SELECT batches.code, batches.doc FROM reached CROSS JOIN batches ON batches.code = reached.batch";
    let sql = match direction {
        Direction::Back => BACK,
        Direction::Forward => FORWARD,
    };
    let mut statement = connection.prepare_cached(sql).map_err(engine)?;
    let mut rows = statement.query([from.to_string()]).map_err(engine)?;
    let mut batches: Vec<BatchRow> = Vec::new();
    while let Some(row) = rows.next().map_err(engine)? {
        batches.push(keyed_doc(row)?);
    }
    batches.sort_by_key(|batch| batch.code);
    Ok(batches)
}
