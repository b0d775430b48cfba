//! One changed byte anywhere: in every column that an audit covers, at random places of random rows.

use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};
use trace_server::audit::coverage::{
    CHECKPOINTS, DOCUMENTS, EDGES, ENTRIES, EVIDENCE, FINDINGS, HEAD, LOG_HASHES, MAKES, OPENINGS, REQUESTS,
    RULES_TABLES,
};
use trace_server::store::snapshot::{Cell, Cells, TableShape, snapshot};
use trace_tests::engines::Database;
use trace_tests::raw;

use crate::county::County;

/// Columns that the log does not speak of (the report names them), and keys that the schema fixes.
const LEFT_OUT: [(&str, &str); 5] = [
    ("requests", "digest"),
    ("checkpoints", "signed_at"),
    ("checkpoints", "published"),
    ("head", "id"),
    ("ledger", "id"),
];

/// Booleans, which PostgreSQL does not take as numbers.
const YES_OR_NO: [&str; 5] = ["held", "recalled", "live", "uses", "published"];

/// Bytes changed in each column; more in those that hold most of the bytes.
fn changes_of(column: &str) -> usize {
    if ["doc", "entry", "note", "value", "records", "frontier", "body"].contains(&column) { 6 } else { 2 }
}

pub async fn a_changed_byte_is_found_in_the_log(database: Database) {
    let log = [&ENTRIES, &HEAD, &LOG_HASHES, &CHECKPOINTS, &REQUESTS, &OPENINGS, &FINDINGS, &RULES_TABLES, &EVIDENCE];
    change_all(database, &log).await;
}

pub async fn a_changed_byte_is_found_in_small_projections(database: Database) {
    change_all(database, &DOCUMENTS.iter().take(6).collect::<Vec<_>>()).await;
}

pub async fn a_changed_byte_is_found_in_large_projections(database: Database) {
    let large: Vec<_> = DOCUMENTS.iter().skip(6).chain([&EDGES, &MAKES]).collect();
    change_all(database, &large).await;
}

async fn change_all(database: Database, tables: &[&'static TableShape]) {
    let county = County::settle(database).await;
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    for table in tables {
        let rows = snapshot(county.database.url()).await.unwrap().rows(table, None, 10_000).await.unwrap();
        assert!(!rows.is_empty(), "{} has no row to change", table.name);
        for (at, column) in table.columns.iter().enumerate() {
            if LEFT_OUT.contains(&(table.name, column)) {
                continue;
            }
            for _ in 0..changes_of(column) {
                let full: Vec<&Cells> = rows.iter().filter(|row| has_bytes(&row[at])).collect();
                if full.is_empty() {
                    continue;
                }
                let row = full[below(&mut random, full.len())];
                let is_key = at < table.key || ["idx", "id"].contains(column);
                let changed = change(&row[at], column, is_key, &mut random);
                check(&county, table, at, row, &changed).await;
            }
        }
    }
    let report = county.audit().await;
    assert!(report.ok, "not everything was put back: {report}");
}

async fn check(county: &County, table: &'static TableShape, at: usize, row: &Cells, changed: &Cell) {
    let column = table.columns[at];
    let mut after = row.clone();
    after[at] = changed.clone();
    raw::execute(&county.database, &update(&county.database, table, at, row, changed)).await;
    let report = county.audit().await;
    let named = report.faults.iter().any(|fault| {
        let whole = at < table.key || table.name == "records" && ["idx", "id"].contains(&column);
        fault.table == table.name && (whole || fault.field.split(['/', ',', ' ']).any(|part| part == column))
    });
    assert!(!report.ok && named, "{}.{column} of {} became {changed}; found: {report}", table.name, table.key_of(row));
    raw::execute(&county.database, &update(&county.database, table, at, &after, &row[at])).await;
}

fn below(random: &mut TestRng, bound: usize) -> usize {
    usize::try_from(random.next_u64() % bound as u64).unwrap()
}

fn has_bytes(cell: &Cell) -> bool {
    match cell {
        Cell::Null => false,
        Cell::Integer(_) => true,
        Cell::Text(text) => text.bytes().any(|byte| byte.is_ascii()),
        Cell::Blob(bytes) => !bytes.is_empty(),
    }
}

/// The value with one byte changed. A text stays a text, or the database would not take it.
fn change(cell: &Cell, column: &str, is_key: bool, random: &mut TestRng) -> Cell {
    match cell {
        Cell::Null => Cell::Null,
        Cell::Integer(number) if YES_OR_NO.contains(&column) => Cell::Integer(1 - number),
        // High bits of a key, which meet no other key.
        Cell::Integer(number) if is_key => Cell::Integer(number ^ 1 << (24 + below(random, 20))),
        Cell::Integer(number) => Cell::Integer(number ^ 1 << below(random, 40)),
        Cell::Blob(bytes) => {
            let mut bytes = bytes.clone();
            let at = below(random, bytes.len());
            bytes[at] ^= 1 << below(random, 8);
            Cell::Blob(bytes)
        }
        Cell::Text(text) => {
            let mut bytes = text.clone().into_bytes();
            loop {
                let at = below(random, bytes.len());
                if bytes[at].is_ascii() {
                    let other = b' ' + u8::try_from(below(random, 95)).unwrap();
                    if other != bytes[at] {
                        bytes[at] = other;
                        return Cell::Text(String::from_utf8(bytes).unwrap());
                    }
                }
            }
        }
    }
}

fn update(database: &Database, table: &TableShape, at: usize, row: &Cells, to: &Cell) -> String {
    let literal = |cell: &Cell, column: &str| match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Integer(number) if YES_OR_NO.contains(&column) => {
            (if *number == 1 { "TRUE" } else { "FALSE" }).to_owned()
        }
        Cell::Integer(number) => number.to_string(),
        Cell::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Cell::Blob(bytes) => match database {
            Database::Sqlite(_) => format!("X'{}'", hex::encode(bytes)),
            Database::Postgres(_) => format!("'\\x{}'", hex::encode(bytes)),
        },
    };
    let key: Vec<String> = (0..table.key)
        .map(|key| format!("{} = {}", table.columns[key], literal(&row[key], table.columns[key])))
        .collect();
    let column = table.columns[at];
    format!("UPDATE {} SET {column} = {} WHERE {}", table.name, literal(to, column), key.join(" AND "))
}
