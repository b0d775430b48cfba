//! Appending: judge on the locked state, then store the commit, all in one transaction.

use rusqlite::{Connection, params};
use trace_core::state::View;

use super::writer::begin;
use super::{checkpoints, engine, load, log, personal, projections};
use crate::store::rows::{FindingColumns, HeadColumns, OpeningColumns, RequestColumns, Wanted, to_i64};
use crate::store::{Commit, Head, Judge, NewEntry, StoreError};

/// How often judging may ask for rows. Each round reaches one step further along references between rows, and
/// records are a few steps deep; more rounds mean that a judge asks for what it was given.
const ROUNDS_MAX: usize = 64;

/// Judges and stores. Holds the write lock from the first statement to the commit.
pub fn append(connection: &mut Connection, judge: &dyn Judge) -> Result<(), StoreError> {
    let transaction = begin(connection)?;
    let head = log::head(&transaction)?;
    let answered = log::requests(&transaction, &judge.uids())?;
    judge.begin(head.clone(), answered);
    let commit = judged(&transaction, judge)?;
    if commit.entries.is_empty() {
        // Dropped without a commit, the transaction rolls back.
        return Ok(());
    }
    check_indices(&head, &commit)?;
    write(&transaction, &commit)?;
    transaction.commit().map_err(engine)
}

fn judged(connection: &Connection, judge: &dyn Judge) -> Result<Commit, StoreError> {
    let mut view = View::default();
    for _ in 0..ROUNDS_MAX {
        match judge.step(&mut view) {
            Ok(commit) => return Ok(commit),
            Err(keys) => {
                let (rows, edges) = load::load(connection, &Wanted::of(&keys))?;
                view.load(keys, rows, edges);
            }
        }
    }
    Err(StoreError::Engine(format!("judging asked for rows more than {ROUNDS_MAX} times")))
}

/// A commit that does not continue the log would break every proof after it.
fn check_indices(head: &Head, commit: &Commit) -> Result<(), StoreError> {
    let first = head.frontier.size();
    let in_line = (first..).zip(&commit.entries).all(|(index, entry)| entry.index == index);
    let size = first + commit.entries.len() as u64;
    if in_line && commit.head.frontier.size() == size {
        return Ok(());
    }
    let reached = commit.head.frontier.size();
    Err(StoreError::Engine(format!("a commit on {first} entries must reach {size} in line, it reaches {reached}")))
}

fn write(connection: &Connection, commit: &Commit) -> Result<(), StoreError> {
    for entry in &commit.entries {
        put_entry(connection, entry)?;
    }
    checkpoints::put_tile_roots(connection, &commit.tile_roots)?;
    put_requests(connection, commit)?;
    put_openings(connection, commit)?;
    personal::put_sealed(connection, &commit.sealed)?;
    put_findings(connection, commit)?;
    put_rules_tables(connection, commit)?;
    projections::put(connection, &commit.changes)?;
    put_head(connection, &commit.head)
}

fn put_entry(connection: &Connection, entry: &NewEntry) -> Result<(), StoreError> {
    const SQL: &str = "-- add entry\n\
        INSERT INTO entries (idx, record, entry, leaf_hash, received_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    let values = params![
        to_i64(entry.index, "the index of an entry")?,
        entry.record.to_string(),
        entry.bytes,
        entry.leaf_hash.as_bytes(),
        entry.received_at.as_unix_ms(),
    ];
    connection.prepare_cached(SQL).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    Ok(())
}

fn put_requests(connection: &Connection, commit: &Commit) -> Result<(), StoreError> {
    const SQL: &str = "-- add request\nINSERT INTO requests (submitter, uid, digest, records) VALUES (?1, ?2, ?3, ?4)";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    for request in &commit.requests {
        let row = RequestColumns::of(request)?;
        statement.execute([row.submitter, row.uid, row.digest, row.records]).map_err(engine)?;
    }
    Ok(())
}

fn put_openings(connection: &Connection, commit: &Commit) -> Result<(), StoreError> {
    const SQL: &str =
        "-- add opening\nINSERT INTO openings (idx, grp, record, salt, value) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    for opening in &commit.openings {
        let row = OpeningColumns::of(opening)?;
        statement.execute(params![row.idx, row.grp, row.record, row.salt, row.value]).map_err(engine)?;
    }
    Ok(())
}

fn put_findings(connection: &Connection, commit: &Commit) -> Result<(), StoreError> {
    const SQL: &str = "-- add finding\n\
        INSERT INTO findings (idx, position, record, level, rule, zh, en) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    for finding in &commit.findings {
        let row = FindingColumns::of(finding)?;
        let values = params![row.idx, row.position, row.record, row.level, row.rule, row.zh, row.en];
        statement.execute(values).map_err(engine)?;
    }
    Ok(())
}

fn put_rules_tables(connection: &Connection, commit: &Commit) -> Result<(), StoreError> {
    const SQL: &str = "-- add rules table\n\
        INSERT INTO rules_tables (digest, body) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    for (digest, body) in &commit.rules_tables {
        statement.execute(params![digest.to_string(), body]).map_err(engine)?;
    }
    Ok(())
}

fn put_head(connection: &Connection, head: &Head) -> Result<(), StoreError> {
    const SQL: &str = "-- move head\nUPDATE head SET size = ?1, frontier = ?2, last_received_at = ?3 WHERE id = 1";
    let row = HeadColumns::of(head)?;
    let values = params![row.size, row.frontier, row.last_received_at];
    connection.prepare_cached(SQL).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    Ok(())
}
