//! The lineage: walked batch by batch with prepared statements, each row read once.
//!
//! A recursion in SQL would find the same batches, but would then have to be joined with every table again; walking
//! here, the edges that are read are those that are answered.

use std::collections::HashSet;

use rusqlite::{CachedStatement, Connection, Row};
use trace_core::id::BatchCode;
use trace_core::state::{BatchRow, EdgeRow, RecordRow};

use super::engine;
use super::load::{edge_columns, key_and_doc};
use crate::store::rows::{EdgeColumns, Projected, Reading, from_doc};
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
    batches: Documents<BatchRow>,
    /// Indices of the records.
    records: HashSet<i64>,
    edges: Reading<EdgeColumns, EdgeRow, StoreError>,
}

/// Rows of key and document.
type Documents<T> = Reading<(String, String), T, StoreError>;

impl<'c> Walk<'c> {
    fn new(connection: &'c Connection) -> Result<Self, StoreError> {
        const BATCH: &str = "-- batch\nSELECT code, doc FROM batches WHERE code = ?1";
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
            batches: documents(),
            records: HashSet::new(),
            edges: Reading::by(EdgeColumns::to_row),
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
        self.batches.push(owned(row)?);
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
            let (mut rows, todo) = (self.inputs.query([index]).map_err(engine)?, &mut self.todo);
            while let Some(row) = rows.next().map_err(engine)? {
                let edge = edge_columns(row)?;
                if edge.uses {
                    let code = edge.batch_code()?;
                    if self.reached.insert(code) {
                        todo.push(code);
                    }
                }
                self.edges.push(edge.to_owned());
            }
        }
        let mut rows = self.speaking.query([batch]).map_err(engine)?;
        while let Some(row) = rows.next().map_err(engine)? {
            let edge = edge_columns(row)?;
            self.records.insert(edge.idx);
            self.edges.push(edge.to_owned());
        }
        Ok(())
    }

    fn step_forward(&mut self, batch: &str) -> Result<(), StoreError> {
        self.new_makers(batch)?;
        let mut rows = self.leaving.query([batch]).map_err(engine)?;
        while let Some(row) = rows.next().map_err(engine)? {
            let edge = edge_columns(row)?;
            if edge.uses {
                // What its record made: the same as its rows of `makes`.
                for code in edge.output_codes()? {
                    if self.reached.insert(code) {
                        self.todo.push(code);
                    }
                }
            }
            self.records.insert(edge.idx);
            self.edges.push(edge.to_owned());
        }
        Ok(())
    }

    fn finish(self) -> Result<Trace, StoreError> {
        const SQL: &str = "-- record of an entry\nSELECT id, doc FROM records WHERE idx = ?1";
        let mut statement = self.connection.prepare_cached(SQL).map_err(engine)?;
        let mut indices: Vec<i64> = self.records.into_iter().collect();
        indices.sort_unstable();
        let mut records: Documents<RecordRow> = documents();
        for index in indices {
            let mut rows = statement.query([index]).map_err(engine)?;
            if let Some(row) = rows.next().map_err(engine)? {
                records.push(owned(row)?);
            }
        }
        let mut batches = self.batches.wait()?;
        batches.sort_unstable_by_key(|row| row.code);
        let mut edges = self.edges.wait()?;
        // A batch may be spoken of by a record that also made it.
        edges.sort_unstable_by_key(|edge| (edge.record, edge.position));
        edges.dedup_by_key(|edge| (edge.record, edge.position));
        Ok(Trace { batches, records: records.wait()?, edges })
    }
}

/// Reads rows of key and document.
fn documents<T: Projected + Send + 'static>() -> Documents<T> {
    Reading::by(|(key, doc)| from_doc(key, doc))
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
    let mut found = documents();
    while let Some(row) = rows.next().map_err(engine)? {
        found.push(owned(row)?);
    }
    let mut batches: Vec<BatchRow> = found.wait()?;
    batches.sort_unstable_by_key(|row| row.code);
    Ok(batches)
}

/// Key and document of a row, which ends with the next one.
fn owned(row: &Row<'_>) -> Result<(String, String), StoreError> {
    key_and_doc(row).map(|(key, doc)| (key.to_owned(), doc.to_owned()))
}
