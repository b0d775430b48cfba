//! Loading projections by their keys, as judging asks for them.

use std::collections::BTreeSet;

use deadpool_postgres::GenericClient;
use futures_util::try_join;
use tokio_postgres::types::ToSql;
use trace_core::state::{EdgeRow, Key, Row};

use super::failure::Failure;
use super::statements::query;
use crate::store::rows::{EdgeColumns, Wanted, row_from_doc};

/// Rows and edges of exactly these keys: one statement a table, all in one round trip.
pub(super) async fn load<C: GenericClient>(
    client: &C,
    keys: &BTreeSet<Key>,
) -> Result<(Vec<Row>, Vec<EdgeRow>), Failure> {
    let wanted = Wanted::of(keys);
    let (mut rows, parties, sites, batches, records, grants, signing_keys, issues, edges) = try_join!(
        ledger(client, wanted.ledger),
        parties(client, &wanted.parties),
        sites(client, &wanted.sites),
        batches(client, &wanted.batches),
        records(client, &wanted.records),
        grants(client, &wanted.grants, &wanted.grants_between),
        signing_keys(client, &wanted.signing_keys),
        issues(client, &wanted.issues),
        edges(client, &wanted.uses, &wanted.edges),
    )?;
    for more in [parties, sites, batches, records, grants, signing_keys, issues] {
        rows.extend(more);
    }
    Ok((rows, edges))
}

async fn ledger<C: GenericClient>(client: &C, is_wanted: bool) -> Result<Vec<Row>, Failure> {
    if !is_wanted {
        return Ok(Vec::new());
    }
    let sql = "-- load_ledger
               SELECT id::text, doc FROM ledger WHERE id = 1";
    documents(client, "ledger", sql, &[]).await
}

async fn parties<C: GenericClient>(client: &C, ids: &[String]) -> Result<Vec<Row>, Failure> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "-- load_parties
               SELECT id, doc FROM parties WHERE id = ANY($1) ORDER BY id";
    documents(client, "parties", sql, &[&ids]).await
}

async fn sites<C: GenericClient>(client: &C, ids: &[String]) -> Result<Vec<Row>, Failure> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "-- load_sites
               SELECT id, doc FROM sites WHERE id = ANY($1) ORDER BY id";
    documents(client, "sites", sql, &[&ids]).await
}

async fn batches<C: GenericClient>(client: &C, codes: &[String]) -> Result<Vec<Row>, Failure> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "-- load_batches
               SELECT code, doc FROM batches WHERE code = ANY($1) ORDER BY code";
    documents(client, "batches", sql, &[&codes]).await
}

async fn records<C: GenericClient>(client: &C, ids: &[String]) -> Result<Vec<Row>, Failure> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "-- load_records
               SELECT e.record, r.doc FROM entries e JOIN records r ON r.idx = e.idx WHERE e.record = ANY($1) ORDER BY e.record";
    documents(client, "records", sql, &[&ids]).await
}

async fn grants<C: GenericClient>(
    client: &C,
    ids: &[String],
    between: &[(String, String)],
) -> Result<Vec<Row>, Failure> {
    if ids.is_empty() && between.is_empty() {
        return Ok(Vec::new());
    }
    let (from, to): (Vec<&str>, Vec<&str>) = between.iter().map(|(from, to)| (from.as_str(), to.as_str())).unzip();
    let sql = "-- load_grants
               SELECT id, doc FROM grants WHERE id = ANY($1)
               UNION
               SELECT id, doc FROM grants WHERE (from_party, to_party) IN (SELECT * FROM unnest($2::text[], $3::text[]))
               ORDER BY id";
    documents(client, "grants", sql, &[&ids, &from, &to]).await
}

async fn signing_keys<C: GenericClient>(client: &C, keys: &[String]) -> Result<Vec<Row>, Failure> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "-- load_signing_keys
               SELECT key, doc FROM signing_keys WHERE key = ANY($1) ORDER BY key";
    documents(client, "signing_keys", sql, &[&keys]).await
}

async fn issues<C: GenericClient>(client: &C, numbers: &[i64]) -> Result<Vec<Row>, Failure> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "-- load_issues
               SELECT number::text, doc FROM issues WHERE number = ANY($1) ORDER BY issues.number";
    documents(client, "issues", sql, &[&numbers]).await
}

/// Rows of two columns, key and document.
async fn documents<C: GenericClient>(
    client: &C,
    table: &'static str,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, Failure> {
    let rows = query(client, sql, values).await?;
    rows.iter().map(|row| Ok(row_from_doc(table, row.try_get(0)?, row.try_get(1)?)?)).collect()
}

async fn edges<C: GenericClient>(client: &C, batches: &[String], records: &[String]) -> Result<Vec<EdgeRow>, Failure> {
    if batches.is_empty() && records.is_empty() {
        return Ok(Vec::new());
    }
    let rows = query(
        client,
        "-- load_edges
         SELECT idx, position, record, batch, input_record, amount, uses, live, outputs FROM edges
         WHERE batch = ANY($1)
         UNION
         SELECT idx, position, record, batch, input_record, amount, uses, live, outputs FROM edges
         WHERE idx = ANY(ARRAY(SELECT idx FROM entries WHERE record = ANY($2)))
         ORDER BY record, position",
        &[&batches, &records],
    )
    .await?;
    rows.iter().map(edge_of).collect()
}

/// An edge of the nine columns in the order in which every statement here names them.
pub(super) fn edge_of(row: &tokio_postgres::Row) -> Result<EdgeRow, Failure> {
    let columns: EdgeColumns<&str> = EdgeColumns {
        idx: row.try_get(0)?,
        position: row.try_get(1)?,
        record: row.try_get(2)?,
        batch: row.try_get(3)?,
        input_record: row.try_get(4)?,
        amount: row.try_get(5)?,
        uses: row.try_get(6)?,
        live: row.try_get(7)?,
        outputs: row.try_get(8)?,
    };
    Ok(columns.to_row()?)
}
