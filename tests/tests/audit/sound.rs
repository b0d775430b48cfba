//! What is right passes, what is missing is named, and what is not checked is said.

use trace_server::audit::{Report, coverage};
use trace_server::store::snapshot::snapshot;
use trace_tests::engines::Database;
use trace_tests::household::World;
use trace_tests::raw;

use crate::county::{County, audit};

pub async fn a_sound_database_passes(database: Database) {
    let county = County::settle(database).await;
    let report = county.audit().await;
    assert!(report.ok && report.faults.is_empty(), "{report}");
    let head = county.world.store().head().await.unwrap().frontier;
    assert_eq!((report.size, report.root.clone()), (head.size(), head.root().to_string()));
    assert!(report.size > 256 && report.balances && report.left_out == 0, "{report}");
    let checkpoint = report.checkpoint().unwrap();
    let published = county.log.published().unwrap();
    assert_eq!(published.note.text(), checkpoint.to_string());
    for table in raw::TABLES {
        let counts = raw::counts(&county.database).await;
        let in_log = !report.not_covered.iter().any(|one| one.what == table);
        assert!(!in_log || counts[table] > 0, "no row of {table} was there to be checked");
    }
}

/// A table that a migration adds is covered, or named among those that are not.
pub async fn every_table_is_covered_or_named(database: Database) {
    World::found(database.url()).await;
    let tables = snapshot(database.url()).await.unwrap().tables().await.unwrap();
    assert!(tables.len() > 20, "{tables:?}");
    for table in tables {
        assert!(coverage::is_known(&table), "the audit neither checks nor names the table {table}");
    }
    raw::execute(&database, "CREATE TABLE strange (id INTEGER)").await;
    let report = audit(&database, &trace_server::audit::Options::default()).await;
    assert!(report.not_covered.iter().any(|one| one.what == "strange"), "{report}");
}

/// The log alone: a projection is not looked at, an entry is.
pub async fn the_log_alone(database: Database) {
    let county = County::settle(database).await;
    let options = trace_server::audit::Options { log_only: true, ..county.options() };
    raw::execute(&county.database, "UPDATE batches SET owner = 'x'; UPDATE openings SET value = '{}'").await;
    let report = audit(&county.database, &options).await;
    assert!(report.ok && !report.balances, "{report}");
    raw::execute(&county.database, "UPDATE entries SET received_at = 1 WHERE idx = 5").await;
    let report = audit(&county.database, &options).await;
    assert!(matches!(&report.faults[..], [one] if one.key == "5" && one.field == "received_at"), "{report}");
}

pub async fn an_empty_ledger_passes(database: Database) {
    trace_server::store::open(database.url()).await.unwrap();
    let report = audit(&database, &trace_server::audit::Options::default()).await;
    assert!(report.ok && report.size == 0, "{report}");
}

/// One row fewer in any table that is covered.
pub async fn missing_rows_are_named(database: Database) {
    let county = County::settle(database).await;
    let tables = [
        "head",
        "log_hashes",
        "requests",
        "openings",
        "sealed_openings",
        "findings",
        "rules_tables",
        "ledger",
        "parties",
        "sites",
        "batches",
        "records",
        "edges",
        "makes",
        "grants",
        "signing_keys",
        "issues",
    ];
    for table in tables {
        raw::execute(&county.database, &format!("CREATE TABLE away AS SELECT * FROM {table}")).await;
        let rest = if table == "rules_tables" { "0 = 1" } else { "1 = 1" };
        let keep = match &county.database {
            Database::Sqlite(_) => format!("INSERT INTO {table} SELECT * FROM away WHERE {rest} LIMIT -1 OFFSET 1"),
            Database::Postgres(_) => format!("INSERT INTO {table} SELECT * FROM away WHERE {rest} OFFSET 1"),
        };
        raw::execute(&county.database, &format!("DELETE FROM {table}; {keep}")).await;
        let report = county.audit().await;
        assert!(report.faults.iter().any(|fault| fault.table == table), "{table}: {report}");
        let back = format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM away; DROP TABLE away");
        raw::execute(&county.database, &back).await;
    }
    let report = county.audit().await;
    assert!(report.ok, "{report}");
}

/// Two entries that changed places: the key is over before it signs. A signature that was cut out is missed.
pub async fn signatures_are_held_against_keys(database: Database) {
    let county = County::settle(database).await;
    let entries = county.world.store().entries(0..u64::MAX).await.unwrap();
    let of = |text: &str| {
        let found = entries.iter().rfind(|row| String::from_utf8_lossy(&row.bytes).contains(text));
        found.unwrap_or_else(|| panic!("no {text}")).index
    };
    let (end, signed) = (of("\"kind\":\"end_key\""), of("\"kind\":\"inspect\""));
    let at = |report: &Report, index: u64| {
        let faults =
            report.faults.iter().filter(|fault| fault.key == index.to_string() && fault.field == "entry/signatures");
        faults.map(|fault| fault.problem.clone()).collect::<Vec<_>>()
    };
    assert!(at(&county.audit().await, signed).is_empty());
    let cut = match &county.database {
        Database::Sqlite(_) => {
            "CAST(substr(CAST(entry AS TEXT), 1, instr(CAST(entry AS TEXT), ',\"signatures\"') - 1) || '}' AS BLOB)"
        }
        Database::Postgres(_) => {
            "convert_to(split_part(convert_from(entry, 'UTF8'), ',\"signatures\"', 1) || '}', 'UTF8')"
        }
    };
    raw::execute(&county.database, "CREATE TABLE aside AS SELECT * FROM entries").await;
    raw::execute(&county.database, &format!("UPDATE entries SET entry = {cut} WHERE idx = {signed}")).await;
    let missing = at(&county.audit().await, signed);
    assert!(missing.len() == 1 && missing[0].contains("demands signatures"), "{missing:?}");
    for (to, from) in [(signed, end), (end, signed)] {
        let bytes = format!("(SELECT entry FROM aside WHERE idx = {from})");
        raw::execute(&county.database, &format!("UPDATE entries SET entry = {bytes} WHERE idx = {to}")).await;
    }
    let over = at(&county.audit().await, end);
    assert!(over.len() == 1 && over[0].contains("was ended by record"), "{over:?}");
}

/// An entry that cannot be read takes along what builds on it, and says so.
pub async fn consequences_are_named_too(database: Database) {
    let county = County::settle(database).await;
    let first = county.world.store().entries(0..1).await.unwrap().pop().unwrap();
    let sql = match &county.database {
        Database::Sqlite(_) => "UPDATE entries SET entry = X'7b7d' WHERE idx = 0",
        Database::Postgres(_) => "UPDATE entries SET entry = '\\x7b7d' WHERE idx = 0",
    };
    raw::execute(&county.database, sql).await;
    let report = county.audit().await;
    let has = |table: &str, key: &str| report.faults.iter().any(|fault| fault.table == table && fault.key == key);
    assert!(has("entries", "0") && has("ledger", "1") && has("head", "1"), "{report}");
    assert!(has("records", &first.record.to_string()) && report.left_out > 0, "{report}");
}

/// More faults than are listed are counted.
pub async fn many_faults_are_counted(database: Database) {
    let county = County::settle(database).await;
    let sql = "UPDATE records SET doc = replace(doc, '\"kind\"', '\"kin\"'), actor = 'x', states = 'y', standing = 'z'; \
               UPDATE entries SET received_at = received_at + 1; UPDATE edges SET amount = amount + 1";
    raw::execute(&county.database, sql).await;
    let report = county.audit().await;
    assert_eq!(report.faults.len(), 1_000);
    assert!(report.faults_count > 1_500, "{}", report.faults_count);
    assert!(report.to_string().contains("further faults"));
}
