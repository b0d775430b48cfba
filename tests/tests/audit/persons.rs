//! What tells of persons stands sealed beside the log: each row is of a record that committed to it, and opens to what it
//! committed to; what was erased is no fault.

use std::sync::Arc;

use serde_json::json;
use trace_core::id::{PartyId, SiteId};
use trace_core::record::Kind;
use trace_core::record::sealed::Group;
use trace_server::audit::{Options, Report, SealKeys};
use trace_server::keystore::PartyKey;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, World};
use trace_tests::raw;

use crate::county::audit;

const ONE: PartyId = PartyId::from_random([71; 10]);
const OTHER: PartyId = PartyId::from_random([72; 10]);

async fn settled(database: &Database) -> World {
    let world = World::found(database.url()).await;
    for (number, party) in [(71, ONE), (72, OTHER)] {
        let details = json!({"party": party, "role": "household", "village": "小草坝"});
        let mut sheet = draft(Kind::RegisterParty, details);
        sheet.person = Some(json!({"name": format!("王{number}"), "telephone": "13800138000"}));
        world.append(OFFICE, sheet).await;
        let site = SiteId::from_random([number; 10]);
        let details = json!({"site": site, "party": party, "kind": "plot", "altitude_m": 1700});
        let mut sheet = draft(Kind::RegisterSite, details).covering("1亩");
        sheet.place = Some(json!({"label": "三号地"}));
        world.append(OFFICE, sheet).await;
    }
    world
}

async fn with_keys(world: &World, database: &Database) -> Report {
    let keys = SealKeys::of(&**world.ledger.key_store()).await.unwrap();
    audit(database, &Options { keys: Some(Arc::new(keys)), ..Options::default() }).await
}

/// The fields at fault, as `table column`.
fn fields(report: &Report) -> Vec<String> {
    report.faults.iter().map(|fault| format!("{} {}", fault.table, fault.field)).collect()
}

fn mentions(report: &Report, what: &str) -> bool {
    report.not_covered.iter().any(|one| one.what.contains(what))
}

pub async fn what_is_sealed_is_what_was_committed_to(database: Database) {
    let world = settled(&database).await;
    let sound = with_keys(&world, &database).await;
    assert!(sound.ok && !mentions(&sound, "sealed_openings"), "{sound}");
    let without = audit(&database, &Options::default()).await;
    assert!(without.ok && mentions(&without, "sealed_openings, columns generation and sealed"), "{without}");

    raw::execute(&database, "CREATE TABLE away AS SELECT * FROM sealed_openings").await;
    let row = world.record(world.ledger.party(ONE).await.unwrap().unwrap().record).await;
    let stored = world.store().sealed_openings(&[row.id], Group::Person).await.unwrap();
    let mut flipped = stored[0].sealed.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let flipped = literal(&database, &flipped);
    let of = |party: PartyId, group: &str| format!("grp = '{group}' AND party = '{party}'");
    let one = of(ONE, "person");
    // Bytes that somebody changed, and good ones of another record; a party and a record that are not its own.
    let others = format!("(SELECT sealed FROM away WHERE {})", of(OTHER, "person"));
    let cases = [
        (format!("UPDATE sealed_openings SET sealed = {flipped} WHERE {one}"), "sealed", false),
        (format!("UPDATE sealed_openings SET sealed = {others} WHERE {one}"), "sealed", false),
        (format!("UPDATE sealed_openings SET generation = 4 WHERE {one}"), "generation", false),
        (format!("UPDATE sealed_openings SET party = '{OTHER}' WHERE {one}"), "party", true),
        (format!("UPDATE sealed_openings SET grp = 'terms' WHERE {one}"), "grp", true),
        (format!("UPDATE sealed_openings SET grp = 'place' WHERE {one}"), "grp", true),
        (format!("UPDATE sealed_openings SET record = '{}' WHERE {one}", "ab".repeat(32)), "record", true),
        (format!("UPDATE sealed_openings SET idx = 999 WHERE {one}"), "record", true),
    ];
    for (sql, column, without_keys) in cases {
        raw::execute(&database, &sql).await;
        // Moved to another group or entry, it is missing where it was.
        let moved = column == "grp" || sql.contains("idx");
        let missing = moved.then(|| "sealed_openings record".to_owned());
        let mut expected: Vec<String> = missing.into_iter().collect();
        expected.push(format!("sealed_openings {column}"));
        let report = with_keys(&world, &database).await;
        assert_eq!(fields(&report), expected, "{sql}: {report}");
        let report = audit(&database, &Options::default()).await;
        assert_eq!(fields(&report), if without_keys { expected } else { vec![] }, "{sql}: {report}");
        raw::execute(&database, "DELETE FROM sealed_openings; INSERT INTO sealed_openings SELECT * FROM away").await;
    }

    // Well sealed under the right key, but another name than was committed to.
    let keys = world.ledger.key_store().all().await.unwrap();
    let (_, key): (_, &PartyKey) = keys.iter().find(|(name, _)| name.party == ONE).unwrap();
    let forged = json!({"group": "person", "salt": "AAAAAAAAAAAAAAAAAAAAAA", "value": {"name": "李四"}});
    let place = format!("tianma-trace/opening/1\n{}\nperson", row.id);
    let sealed = literal(&database, &key.seal(&place, [5; 24], &forged).unwrap());
    raw::execute(&database, &format!("UPDATE sealed_openings SET sealed = {sealed} WHERE {one}")).await;
    let report = with_keys(&world, &database).await;
    assert_eq!(fields(&report), ["sealed_openings sealed"], "{report}");
    assert_eq!(report.faults[0].record, Some(row.id));
    assert!(report.faults[0].key.ends_with("person"), "{report}");
}

/// Bytes as they stand in SQL.
fn literal(database: &Database, bytes: &[u8]) -> String {
    let hex = hex::encode(bytes);
    match database {
        Database::Sqlite(_) => format!("X'{hex}'"),
        Database::Postgres(_) => format!("'\\x{hex}'::bytea"),
    }
}

pub async fn what_was_erased_is_no_fault(database: Database) {
    let world = settled(&database).await;
    world.append(OFFICE, draft(Kind::Erase, json!({"party": ONE, "reason": "requested"}))).await;
    let report = with_keys(&world, &database).await;
    assert!(report.ok, "{report}");
    // A key that is lost without an erasure is told.
    let mut keys = world.ledger.key_store().all().await.unwrap();
    keys.retain(|name, _| name.party != OTHER);
    let lost = trace_tests::household::fresh_keys();
    lost.0.take_over(&"cd".repeat(16), &keys, &world.ledger.key_store().destroyed().await.unwrap()).await.unwrap();
    let keys = SealKeys::of(&*lost.0).await.unwrap();
    let report = audit(&database, &Options { keys: Some(Arc::new(keys)), ..Options::default() }).await;
    let expected = ["sealed_openings generation", "sealed_openings generation"];
    assert_eq!(fields(&report), expected, "name and place of the other party: {report}");
}
