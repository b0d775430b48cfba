//! Loading rows and edges by key: what judging asks for.

use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, ToSql};
use trace_core::state::{BatchRow, EdgeRow, GrantRow, IssueRow, KeyRow, LedgerRow, PartyRow, RecordRow, Row, SiteRow};

use super::engine;
use crate::store::StoreError;
use crate::store::rows::{EdgeColumns, Projected, Wanted, from_doc};

/// The document of a record, by its id.
const RECORD: &str = "-- record\n\
    SELECT r.doc FROM entries e CROSS JOIN records r ON r.idx = e.idx WHERE e.record = ?1";

/// Rows ordered by key and edges ordered by record and position, each once.
pub fn load(connection: &Connection, wanted: &Wanted) -> Result<(Vec<Row>, Vec<EdgeRow>), StoreError> {
    let mut rows = Vec::new();
    if wanted.ledger {
        rows.extend(ledger(connection)?);
    }
    rows.extend(by_key::<PartyRow>(connection, "-- party\nSELECT doc FROM parties WHERE id = ?1", &wanted.parties)?);
    rows.extend(by_key::<SiteRow>(connection, "-- site\nSELECT doc FROM sites WHERE id = ?1", &wanted.sites)?);
    rows.extend(by_key::<BatchRow>(connection, "-- batch\nSELECT doc FROM batches WHERE code = ?1", &wanted.batches)?);
    rows.extend(by_key::<RecordRow>(connection, RECORD, &wanted.records)?);
    rows.extend(by_key::<GrantRow>(connection, "-- grant\nSELECT doc FROM grants WHERE id = ?1", &wanted.grants)?);
    rows.extend(grants_between(connection, &wanted.grants_between)?);
    let keys = "-- signing key\nSELECT doc FROM signing_keys WHERE key = ?1";
    rows.extend(by_key::<KeyRow>(connection, keys, &wanted.signing_keys)?);
    rows.extend(by_key::<IssueRow>(connection, "-- issue\nSELECT doc FROM issues WHERE number = ?1", &wanted.issues)?);
    rows.sort_by_key(Row::key);
    rows.dedup_by_key(|row| row.key());

    let mut edges = edges_by(
        connection,
        "-- edges that leave a batch\n\
         SELECT idx, position, record, batch, input_record, amount, uses, live, outputs FROM edges WHERE batch = ?1",
        &wanted.uses,
    )?;
    edges.extend(edges_of(connection, &wanted.edges)?);
    edges.sort_by_key(|edge| (edge.record, edge.position));
    edges.dedup_by_key(|edge| (edge.record, edge.position));
    Ok((rows, edges))
}

fn ledger(connection: &Connection) -> Result<Option<Row>, StoreError> {
    const SQL: &str = "-- ledger\nSELECT doc FROM ledger WHERE id = 1";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let doc: Option<String> = statement.query_row([], |row| row.get(0)).optional().map_err(engine)?;
    doc.map(|doc| from_doc::<LedgerRow>("1", &doc).map(Row::Ledger)).transpose()
}

/// The rows of one table that exist among these keys.
fn by_key<T: Projected>(
    connection: &Connection,
    sql: &str,
    keys: &[impl ToSql + std::fmt::Display],
) -> Result<Vec<Row>, StoreError> {
    docs_by_key::<T>(connection, sql, keys).map(|rows| rows.into_iter().map(T::into_row).collect())
}

/// The typed rows of one table that exist among these keys; `sql` takes a key and answers its document.
pub fn docs_by_key<T: Projected>(
    connection: &Connection,
    sql: &str,
    keys: impl IntoIterator<Item = impl ToSql + std::fmt::Display>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(engine)?;
    let mut found = Vec::new();
    for key in keys {
        let mut rows = statement.query([&key]).map_err(engine)?;
        if let Some(row) = rows.next().map_err(engine)? {
            // Read in place: documents are long and need no copy.
            let doc = row.get_ref(0).map_err(engine)?.as_str().map_err(|e| engine(e.into()))?;
            found.push(from_doc(&key.to_string(), doc)?);
        }
    }
    Ok(found)
}

fn grants_between(connection: &Connection, pairs: &[(String, String)]) -> Result<Vec<Row>, StoreError> {
    const SQL: &str = "-- grants between\nSELECT id, doc FROM grants WHERE from_party = ?1 AND to_party = ?2";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let mut found = Vec::new();
    for (from, to) in pairs {
        let mut rows = statement.query([from, to]).map_err(engine)?;
        while let Some(row) = rows.next().map_err(engine)? {
            found.push(Row::Grant(keyed_doc(row)?));
        }
    }
    Ok(found)
}

/// Reads a row of which the first column is the key's text and the second the document.
pub fn keyed_doc<T: Projected>(row: &SqlRow<'_>) -> Result<T, StoreError> {
    let (key, doc) = key_and_doc(row)?;
    from_doc(key, doc)
}

/// The first two columns, in place: documents are long and need no copy.
pub fn key_and_doc<'row>(row: &'row SqlRow<'_>) -> Result<(&'row str, &'row str), StoreError> {
    let text = |column| row.get_ref(column).map_err(engine)?.as_str().map_err(|e| engine(e.into()));
    Ok((text(0)?, text(1)?))
}

/// All edges of these records.
pub fn edges_of(
    connection: &Connection,
    records: impl IntoIterator<Item = impl ToSql>,
) -> Result<Vec<EdgeRow>, StoreError> {
    let sql = "-- edges of a record\n\
        SELECT idx, position, record, batch, input_record, amount, uses, live, outputs FROM edges\n\
        WHERE idx = (SELECT idx FROM entries WHERE record = ?1)";
    edges_by(connection, sql, records)
}

/// The edges that `sql` answers to each key, its columns in the order of the table.
pub fn edges_by(
    connection: &Connection,
    sql: &str,
    keys: impl IntoIterator<Item = impl ToSql>,
) -> Result<Vec<EdgeRow>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(engine)?;
    let mut found = Vec::new();
    for key in keys {
        let mut rows = statement.query([&key]).map_err(engine)?;
        while let Some(row) = rows.next().map_err(engine)? {
            found.push(edge(row)?);
        }
    }
    Ok(found)
}

/// Reads an edge; its columns are in the order of the table.
pub fn edge(row: &SqlRow<'_>) -> Result<EdgeRow, StoreError> {
    edge_columns(row)?.to_row()
}

/// [`edge`] as it stands in the database, in place.
pub fn edge_columns<'row>(row: &'row SqlRow<'_>) -> Result<EdgeColumns<&'row str>, StoreError> {
    let text = |column| row.get_ref(column).map_err(engine)?.as_str().map_err(|e| engine(e.into()));
    Ok(EdgeColumns {
        idx: row.get(0).map_err(engine)?,
        position: row.get(1).map_err(engine)?,
        record: text(2)?,
        batch: text(3)?,
        input_record: text(4)?,
        amount: row.get(5).map_err(engine)?,
        uses: row.get(6).map_err(engine)?,
        live: row.get(7).map_err(engine)?,
        outputs: text(8)?,
    })
}
