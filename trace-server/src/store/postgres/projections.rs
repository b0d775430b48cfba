//! Writing projections, one statement a table. It does not ask whether they are right.

use deadpool_postgres::Transaction;
use futures_util::try_join;
use trace_core::state::{EdgeRow, Row};

use super::failure::Failure;
use super::statements::execute;
use crate::store::rows::{
    BatchColumns, EdgeColumns, GrantColumns, IssueColumns, KeyColumns, LedgerColumns, PartyColumns, RecordColumns,
    SiteColumns, Tables,
};

/// Adds or replaces rows, and adds what the records among them made to `makes`.
pub(super) async fn put_rows(transaction: &Transaction<'_>, rows: &[Row]) -> Result<(), Failure> {
    let tables = Tables::of(rows)?;
    try_join!(
        ledger(transaction, &tables.ledger),
        parties(transaction, &tables.parties),
        sites(transaction, &tables.sites),
        batches(transaction, &tables.batches),
        records(transaction, &tables.records),
        makes(transaction, &tables.records),
        grants(transaction, &tables.grants),
        signing_keys(transaction, &tables.signing_keys),
        issues(transaction, &tables.issues),
    )?;
    Ok(())
}

/// Adds or replaces edges.
pub(super) async fn put_edges(transaction: &Transaction<'_>, rows: &[EdgeRow]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.iter().map(EdgeColumns::of).collect::<Result<Vec<_>, _>>()?;
    let indices: Vec<i64> = rows.iter().map(|row| row.idx).collect();
    let records = texts(&rows, |row| &row.record);
    let positions: Vec<i64> = rows.iter().map(|row| row.position).collect();
    let batches = texts(&rows, |row| &row.batch);
    let inputs = texts(&rows, |row| &row.input_record);
    let amounts: Vec<i64> = rows.iter().map(|row| row.amount).collect();
    let uses: Vec<bool> = rows.iter().map(|row| row.uses).collect();
    let live: Vec<bool> = rows.iter().map(|row| row.live).collect();
    let outputs = texts(&rows, |row| &row.outputs);
    execute(
        transaction,
        "-- upsert_edges
         INSERT INTO edges (idx, record, position, batch, input_record, amount, uses, live, outputs)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[],
                              $7::boolean[], $8::boolean[], $9::text[])
         ON CONFLICT (idx, position) DO UPDATE SET
             record = EXCLUDED.record, batch = EXCLUDED.batch, input_record = EXCLUDED.input_record, amount = EXCLUDED.amount,
             uses = EXCLUDED.uses, live = EXCLUDED.live, outputs = EXCLUDED.outputs",
        &[&indices, &records, &positions, &batches, &inputs, &amounts, &uses, &live, &outputs],
    )
    .await?;
    Ok(())
}

fn texts<T>(rows: &[T], column: impl Fn(&T) -> &str) -> Vec<&str> {
    rows.iter().map(column).collect()
}

async fn ledger(transaction: &Transaction<'_>, rows: &[LedgerColumns]) -> Result<(), Failure> {
    for row in rows {
        execute(
            transaction,
            "-- upsert_ledger
             INSERT INTO ledger (id, doc) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET doc = EXCLUDED.doc",
            &[&row.doc],
        )
        .await?;
    }
    Ok(())
}

async fn parties(transaction: &Transaction<'_>, rows: &[PartyColumns]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let villages: Vec<Option<&str>> = rows.iter().map(|row| row.village.as_deref()).collect();
    let (ids, roles, docs) = (texts(rows, |row| &row.id), texts(rows, |row| row.role), texts(rows, |row| &row.doc));
    execute(
        transaction,
        "-- upsert_parties
         INSERT INTO parties (id, role, village, doc)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
         ON CONFLICT (id) DO UPDATE SET role = EXCLUDED.role, village = EXCLUDED.village, doc = EXCLUDED.doc",
        &[&ids, &roles, &villages, &docs],
    )
    .await?;
    Ok(())
}

async fn sites(transaction: &Transaction<'_>, rows: &[SiteColumns]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let (ids, parties, docs) = (texts(rows, |row| &row.id), texts(rows, |row| &row.party), texts(rows, |row| &row.doc));
    execute(
        transaction,
        "-- upsert_sites
         INSERT INTO sites (id, party, doc) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
         ON CONFLICT (id) DO UPDATE SET party = EXCLUDED.party, doc = EXCLUDED.doc",
        &[&ids, &parties, &docs],
    )
    .await?;
    Ok(())
}

async fn batches(transaction: &Transaction<'_>, rows: &[BatchColumns]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let (codes, owners) = (texts(rows, |row| &row.code), texts(rows, |row| &row.owner));
    let stages = texts(rows, |row| row.stage);
    let sites: Vec<Option<&str>> = rows.iter().map(|row| row.site.as_deref()).collect();
    let (days, docs) = (texts(rows, |row| &row.occurred_on), texts(rows, |row| &row.doc));
    let held: Vec<bool> = rows.iter().map(|row| row.held).collect();
    let recalled: Vec<bool> = rows.iter().map(|row| row.recalled).collect();
    execute(
        transaction,
        "-- upsert_batches
         INSERT INTO batches (code, owner, stage, site, occurred_on, held, recalled, doc)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[],
                              $8::text[])
         ON CONFLICT (code) DO UPDATE SET
             owner = EXCLUDED.owner, stage = EXCLUDED.stage, site = EXCLUDED.site, occurred_on = EXCLUDED.occurred_on,
             held = EXCLUDED.held, recalled = EXCLUDED.recalled, doc = EXCLUDED.doc",
        &[&codes, &owners, &stages, &sites, &days, &held, &recalled, &docs],
    )
    .await?;
    Ok(())
}

async fn records(transaction: &Transaction<'_>, rows: &[RecordColumns]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let (ids, states, actors) =
        (texts(rows, |row| &row.id), texts(rows, |row| row.states), texts(rows, |row| &row.actor));
    let indices: Vec<i64> = rows.iter().map(|row| row.idx).collect();
    let other_sides: Vec<Option<&str>> = rows.iter().map(|row| row.other_side.as_deref()).collect();
    let (standings, docs) = (texts(rows, |row| row.standing), texts(rows, |row| &row.doc));
    let held: Vec<bool> = rows.iter().map(|row| row.held).collect();
    let live: Vec<bool> = rows.iter().map(|row| row.live).collect();
    execute(
        transaction,
        "-- upsert_records
         INSERT INTO records (id, idx, states, actor, other_side, standing, held, live, doc)
         SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[],
                              $8::boolean[], $9::text[])
         ON CONFLICT (idx) DO UPDATE SET
             id = EXCLUDED.id, states = EXCLUDED.states, actor = EXCLUDED.actor, other_side = EXCLUDED.other_side,
             standing = EXCLUDED.standing, held = EXCLUDED.held, live = EXCLUDED.live, doc = EXCLUDED.doc",
        &[&ids, &indices, &states, &actors, &other_sides, &standings, &held, &live, &docs],
    )
    .await?;
    Ok(())
}

async fn makes(transaction: &Transaction<'_>, rows: &[RecordColumns]) -> Result<(), Failure> {
    let (batches, indices): (Vec<&str>, Vec<i64>) =
        rows.iter().flat_map(|row| row.makes.iter().map(|batch| (batch.as_str(), row.idx))).unzip();
    if batches.is_empty() {
        return Ok(());
    }
    execute(
        transaction,
        "-- insert_makes: what a record made never changes
         INSERT INTO makes (batch, idx) SELECT * FROM unnest($1::text[], $2::bigint[])
         ON CONFLICT (batch, idx) DO NOTHING",
        &[&batches, &indices],
    )
    .await?;
    Ok(())
}

async fn grants(transaction: &Transaction<'_>, rows: &[GrantColumns]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let (ids, docs) = (texts(rows, |row| &row.id), texts(rows, |row| &row.doc));
    let (from, to) = (texts(rows, |row| &row.from_party), texts(rows, |row| &row.to_party));
    execute(
        transaction,
        "-- upsert_grants
         INSERT INTO grants (id, from_party, to_party, doc)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
         ON CONFLICT (id) DO UPDATE SET
             from_party = EXCLUDED.from_party, to_party = EXCLUDED.to_party, doc = EXCLUDED.doc",
        &[&ids, &from, &to, &docs],
    )
    .await?;
    Ok(())
}

async fn signing_keys(transaction: &Transaction<'_>, rows: &[KeyColumns]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let (keys, parties, docs) =
        (texts(rows, |row| &row.key), texts(rows, |row| &row.party), texts(rows, |row| &row.doc));
    execute(
        transaction,
        "-- upsert_signing_keys
         INSERT INTO signing_keys (key, party, doc) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
         ON CONFLICT (key) DO UPDATE SET party = EXCLUDED.party, doc = EXCLUDED.doc",
        &[&keys, &parties, &docs],
    )
    .await?;
    Ok(())
}

async fn issues(transaction: &Transaction<'_>, rows: &[IssueColumns]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
    let (batches, parties, docs) =
        (texts(rows, |row| &row.batch), texts(rows, |row| &row.party), texts(rows, |row| &row.doc));
    execute(
        transaction,
        "-- upsert_issues
         INSERT INTO issues (number, batch, party, doc)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
         ON CONFLICT (number) DO UPDATE SET batch = EXCLUDED.batch, party = EXCLUDED.party, doc = EXCLUDED.doc",
        &[&numbers, &batches, &parties, &docs],
    )
    .await?;
    Ok(())
}
