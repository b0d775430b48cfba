//! The office puts another rules table into force: records are judged by the table of their time.

use serde_json::{Value, json};
use trace_core::record::{Entry, Kind, Level};
use trace_server::ledger::{AppendError, Item};
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, World, dry, request, rules_of};

fn table(version: u32, hold_above: u32) -> Value {
    let mut table = trace_core::tianma::RulesTable::builtin().unwrap().to_value().unwrap();
    table["version"] = version.into();
    table["figures"]["dry_fresh_hold_above"]["value"] = hold_above.into();
    table
}

fn set(world: &World, table: &Value) -> Item {
    let (digest, bytes, version) = rules_of(table);
    let sheet = draft(Kind::SetRules, json!({"digest": digest, "version": version})).numbered(world.uid());
    Item::Draft { draft: Box::new(sheet), rules_table: Some(bytes) }
}

pub async fn another_table_comes_into_force(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(PROCESSOR, "100kg").await;
    let before = world.dry(PROCESSOR, batch, "10kg", "3.5kg").await;
    assert_eq!(before.findings[0].mark.level, Level::Warning);
    let stricter = table(2, 3450);
    world.ledger.append(request(OFFICE, vec![set(&world, &stricter)])).await.unwrap();
    let after = world.dry(PROCESSOR, batch, "10kg", "3.5kg").await;
    assert_eq!(after.findings[0].mark.level, Level::Hold);
    let rules = |row: &trace_server::store::EntryRow| Entry::from_bytes(&row.bytes).unwrap().rules;
    let entries = world.store().entries_of(&[before.record.id(), after.record.id()]).await.unwrap();
    assert_eq!(
        (rules(&entries[0]), rules(&entries[1])),
        (trace_tests::household::builtin_rules().0, rules_of(&stricter).0)
    );
    let stored = world.store().rules_table(rules_of(&stricter).0).await.unwrap().unwrap();
    assert_eq!(stored, rules_of(&stricter).1);
    // Versions only grow; the table must be the one that is named.
    let error = world.ledger.append(request(OFFICE, vec![set(&world, &table(2, 3500))])).await.unwrap_err();
    assert!(matches!(&error, AppendError::Refused(r) if r.rule == "rules_version"), "{error}");
    let mut other = set(&world, &table(3, 3500));
    if let Item::Draft { rules_table, .. } = &mut other {
        *rules_table = Some(rules_of(&table(3, 3501)).1);
    }
    let error = world.ledger.append(request(OFFICE, vec![other])).await.unwrap_err();
    assert!(matches!(&error, AppendError::Refused(r) if r.rule == "rules_table"), "{error}");
    // A program that was started since finds the table in the store; one that runs beside it too.
    let again = World::open(database.url()).await;
    assert_eq!(again.dry(PROCESSOR, batch, "10kg", "3.5kg").await.findings[0].mark.level, Level::Hold);
    again.ledger.append(request(OFFICE, vec![set(&again, &table(3, 3600))])).await.unwrap();
    assert_eq!(world.dry(PROCESSOR, batch, "10kg", "3.5kg").await.findings[0].mark.level, Level::Warning);
    // In one group: the new table judges what follows it.
    let group = vec![
        set(&world, &table(4, 3450)),
        Item::draft(dry(batch, "10kg", "3.5kg").of(PROCESSOR).numbered(world.uid())),
    ];
    let answer = world.ledger.append(request(OFFICE, group)).await.unwrap();
    assert_eq!(answer.records[1].findings[0].mark.level, Level::Hold);
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}
