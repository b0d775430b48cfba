//! Storing changed rows and edges; reading and replacing all of them.

use rusqlite::{Connection, params};
use trace_core::state::{
    BatchRow, Changes, EdgeRow, GrantRow, IssueRow, KeyRow, LedgerRow, PartyRow, RecordRow, Row, SiteRow,
};

use super::load::{edge, key_and_doc};
use super::{engine, log};
use crate::store::StoreError;
use crate::store::rows::{BatchColumns, EdgeColumns, PartyColumns, Projected, RecordColumns, Tables, row_from_doc};

/// Adds or replaces rows and edges.
pub fn put(connection: &Connection, changes: &Changes) -> Result<(), StoreError> {
    let tables = Tables::of(&changes.rows)?;
    put_parties(connection, &tables.parties)?;
    put_batches(connection, &tables.batches)?;
    put_records(connection, &tables.records)?;
    put_the_rest(connection, &tables)?;
    put_edges(connection, &changes.edges)
}

fn put_parties(connection: &Connection, rows: &[PartyColumns]) -> Result<(), StoreError> {
    const SQL: &str = "-- put party\n\
        INSERT INTO parties (id, role, village, doc) VALUES (?1, ?2, ?3, ?4)\n\
        ON CONFLICT (id) DO UPDATE SET role = excluded.role, village = excluded.village, doc = excluded.doc";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    for row in rows {
        statement.execute(params![row.id, row.role, row.village, row.doc]).map_err(engine)?;
    }
    Ok(())
}

fn put_batches(connection: &Connection, rows: &[BatchColumns]) -> Result<(), StoreError> {
    const SQL: &str = "-- put batch\n\
        INSERT INTO batches (code, owner, stage, site, occurred_on, held, recalled, doc)\n\
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)\n\
        ON CONFLICT (code) DO UPDATE SET owner = excluded.owner, stage = excluded.stage, site = excluded.site,\n\
            occurred_on = excluded.occurred_on, held = excluded.held, recalled = excluded.recalled, doc = excluded.doc";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    for row in rows {
        let values =
            params![row.code, row.owner, row.stage, row.site, row.occurred_on, row.held, row.recalled, row.doc];
        statement.execute(values).map_err(engine)?;
    }
    Ok(())
}

fn put_records(connection: &Connection, rows: &[RecordColumns]) -> Result<(), StoreError> {
    const SQL: &str = "-- put record\n\
        INSERT INTO records (id, idx, states, actor, other_side, standing, held, live, doc)\n\
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)\n\
        ON CONFLICT (idx) DO UPDATE SET id = excluded.id, states = excluded.states, actor = excluded.actor,\n\
            other_side = excluded.other_side, standing = excluded.standing, held = excluded.held,\n\
            live = excluded.live, doc = excluded.doc";
    const MAKES: &str = "-- put makes\nINSERT INTO makes (batch, idx) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let mut makes = connection.prepare_cached(MAKES).map_err(engine)?;
    for row in rows {
        let values =
            params![row.id, row.idx, row.states, row.actor, row.other_side, row.standing, row.held, row.live, row.doc];
        statement.execute(values).map_err(engine)?;
        for batch in &row.makes {
            makes.execute(params![batch, row.idx]).map_err(engine)?;
        }
    }
    Ok(())
}

/// The tables that change seldom.
fn put_the_rest(connection: &Connection, tables: &Tables) -> Result<(), StoreError> {
    const LEDGER: &str = "-- put ledger\n\
        INSERT INTO ledger (id, doc) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc";
    const SITE: &str = "-- put site\n\
        INSERT INTO sites (id, party, doc) VALUES (?1, ?2, ?3)\n\
        ON CONFLICT (id) DO UPDATE SET party = excluded.party, doc = excluded.doc";
    const GRANT: &str = "-- put grant\n\
        INSERT INTO grants (id, from_party, to_party, doc) VALUES (?1, ?2, ?3, ?4)\n\
        ON CONFLICT (id) DO UPDATE SET from_party = excluded.from_party, to_party = excluded.to_party,\n\
            doc = excluded.doc";
    const KEY: &str = "-- put signing key\n\
        INSERT INTO signing_keys (key, party, doc) VALUES (?1, ?2, ?3)\n\
        ON CONFLICT (key) DO UPDATE SET party = excluded.party, doc = excluded.doc";
    const ISSUE: &str = "-- put issue\n\
        INSERT INTO issues (number, batch, party, doc) VALUES (?1, ?2, ?3, ?4)\n\
        ON CONFLICT (number) DO UPDATE SET batch = excluded.batch, party = excluded.party, doc = excluded.doc";
    for row in &tables.ledger {
        connection.prepare_cached(LEDGER).and_then(|mut s| s.execute([&row.doc])).map_err(engine)?;
    }
    for row in &tables.sites {
        let values = params![row.id, row.party, row.doc];
        connection.prepare_cached(SITE).and_then(|mut s| s.execute(values)).map_err(engine)?;
    }
    for row in &tables.grants {
        let values = params![row.id, row.from_party, row.to_party, row.doc];
        connection.prepare_cached(GRANT).and_then(|mut s| s.execute(values)).map_err(engine)?;
    }
    for row in &tables.signing_keys {
        let values = params![row.key, row.party, row.doc];
        connection.prepare_cached(KEY).and_then(|mut s| s.execute(values)).map_err(engine)?;
    }
    for row in &tables.issues {
        let values = params![row.number, row.batch, row.party, row.doc];
        connection.prepare_cached(ISSUE).and_then(|mut s| s.execute(values)).map_err(engine)?;
    }
    Ok(())
}

fn put_edges(connection: &Connection, edges: &[EdgeRow]) -> Result<(), StoreError> {
    const SQL: &str = "-- put edge\n\
        INSERT INTO edges (idx, position, record, batch, input_record, amount, uses, live, outputs)\n\
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)\n\
        ON CONFLICT (idx, position) DO UPDATE SET record = excluded.record, batch = excluded.batch,\n\
            input_record = excluded.input_record, amount = excluded.amount, uses = excluded.uses, live = excluded.live, outputs = excluded.outputs";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    for edge in edges {
        let row = EdgeColumns::of(edge)?;
        let EdgeColumns { idx, position, record, batch, input_record, amount, uses, live, outputs } = row;
        let values = params![idx, position, record, batch, input_record, amount, uses, live, outputs];
        statement.execute(values).map_err(engine)?;
    }
    Ok(())
}

/// Every row in the order of its key, and every edge in that of record and position.
pub fn all(connection: &Connection) -> Result<Changes, StoreError> {
    let mut rows = Vec::new();
    every(connection, LedgerRow::TABLE, "-- all of ledger\nSELECT CAST(id AS TEXT), doc FROM ledger", &mut rows)?;
    every(connection, PartyRow::TABLE, "-- all parties\nSELECT id, doc FROM parties", &mut rows)?;
    every(connection, SiteRow::TABLE, "-- all sites\nSELECT id, doc FROM sites", &mut rows)?;
    every(connection, BatchRow::TABLE, "-- all batches\nSELECT code, doc FROM batches", &mut rows)?;
    every(connection, RecordRow::TABLE, "-- all records\nSELECT id, doc FROM records", &mut rows)?;
    every(connection, GrantRow::TABLE, "-- all grants\nSELECT id, doc FROM grants", &mut rows)?;
    every(connection, KeyRow::TABLE, "-- all signing keys\nSELECT key, doc FROM signing_keys", &mut rows)?;
    every(connection, IssueRow::TABLE, "-- all issues\nSELECT CAST(number AS TEXT), doc FROM issues", &mut rows)?;
    rows.sort_by_key(Row::key);
    Ok(Changes { rows, edges: all_edges(connection)? })
}

fn every(connection: &Connection, table: &'static str, sql: &str, into: &mut Vec<Row>) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(engine)?;
    let mut rows = statement.query([]).map_err(engine)?;
    while let Some(row) = rows.next().map_err(engine)? {
        let (key, doc) = key_and_doc(row)?;
        into.push(row_from_doc(table, key, doc)?);
    }
    Ok(())
}

fn all_edges(connection: &Connection) -> Result<Vec<EdgeRow>, StoreError> {
    const SQL: &str = "-- all edges\n\
        SELECT idx, position, record, batch, input_record, amount, uses, live, outputs FROM edges";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let mut rows = statement.query([]).map_err(engine)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(engine)? {
        found.push(edge(row)?);
    }
    found.sort_by_key(|edge| (edge.record, edge.position));
    Ok(found)
}

/// Puts these in the place of all, unless the log has another size than `size`. Runs in a transaction that holds the
/// write lock.
pub fn replace(connection: &Connection, size: u64, changes: &Changes) -> Result<bool, StoreError> {
    const SQL: &str = "-- drop projections\n\
        DELETE FROM ledger; DELETE FROM parties; DELETE FROM sites; DELETE FROM batches; DELETE FROM records;\n\
        DELETE FROM edges; DELETE FROM makes; DELETE FROM grants; DELETE FROM signing_keys; DELETE FROM issues;";
    if log::head(connection)?.frontier.size() != size {
        return Ok(false);
    }
    connection.execute_batch(SQL).map_err(engine)?;
    put(connection, changes)?;
    Ok(true)
}
