//! Rows that were changed by hand: the error names table and key, and nothing is built on them.

use trace_core::id::RecordId;
use trace_core::record::sealed::Group;
use trace_core::state::Key;
use trace_server::ledger::AppendError;
use trace_server::store::StoreError;
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, FIRST_PLOT, SECOND, World, loss};
use trace_tests::raw;

use crate::log;

fn names(error: &StoreError, table: &str, key: &str) {
    let StoreError::Corrupt { table: named, key: of, problem } = error else { panic!("{table}: {error}") };
    assert_eq!(*named, table);
    assert!(of.contains(key), "the key {of} does not name {key}");
    assert!(!problem.is_empty());
    let words = error.to_string();
    assert!(words.contains(table) && words.contains(key), "{words}");
}

pub async fn a_damaged_row_is_named(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "10kg").await;
    let sound = world.fresh(FIRST, "10kg").await;
    let record = world.append(FIRST, loss(batch, "1kg")).await.record.id();
    let store = world.store();
    let cases = [
        ("batches", "code", batch.to_string(), Key::Batch(batch)),
        ("records", "id", record.to_string(), Key::Record(record)),
        ("parties", "id", SECOND.to_string(), Key::Party(SECOND)),
        ("sites", "id", FIRST_PLOT.to_string(), Key::Site(FIRST_PLOT)),
    ];
    for (table, column, key, wanted) in cases {
        // Cut off in the middle, and well-formed JSON of another shape.
        for damage in ["substr(doc, 1, length(doc) / 2)", "'{\"id\":1}'"] {
            let saved = store.load(&[wanted].into()).await.unwrap();
            raw::execute(&database, &format!("CREATE TABLE saved AS SELECT * FROM {table} WHERE {column} = '{key}'"))
                .await;
            raw::execute(&database, &format!("UPDATE {table} SET doc = {damage} WHERE {column} = '{key}'")).await;
            let error = store.load(&[wanted].into()).await.unwrap_err();
            names(&error, table, &key);
            let error = store.projections().await.unwrap_err();
            names(&error, table, &key);
            let back =
                format!("UPDATE {table} SET doc = (SELECT doc FROM saved) WHERE {column} = '{key}'; DROP TABLE saved");
            raw::execute(&database, &back).await;
            assert_eq!(store.load(&[wanted].into()).await.unwrap(), saved);
        }
    }
    raw::execute(&database, &format!("UPDATE edges SET outputs = '[' WHERE record = '{record}'")).await;
    names(&store.load(&[Key::Edges(record)].into()).await.unwrap_err(), "edges", &record.to_string());

    // An append that needs a damaged row fails and says which; others go on.
    raw::execute(&database, &format!("UPDATE batches SET doc = 'x' WHERE code = '{batch}'")).await;
    let size = log::check(&**store).await;
    let error = world.send(FIRST, vec![loss(batch, "1kg")]).await.unwrap_err();
    assert!(matches!(error, AppendError::Store(_)), "{error}");
    assert!(error.to_string().contains(&batch.to_string()), "{error}");
    world.append(FIRST, loss(sound, "1kg")).await;
    assert_eq!(log::check(&**store).await, size + 1);
}

pub async fn a_damaged_log_is_named(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "10kg").await;
    let record: RecordId = world.batch(batch).await.record;
    let store = world.store();
    let uid = world.record(record).await.uid;
    raw::execute(&database, &format!("UPDATE openings SET value = '{{' WHERE record = '{record}'")).await;
    names(&store.openings(&[record], Group::Amounts).await.unwrap_err(), "openings", &record.to_string());
    raw::execute(&database, &format!("UPDATE requests SET records = 'no' WHERE uid = '{uid}'")).await;
    names(&store.requests(&[(FIRST, uid)]).await.unwrap_err(), "requests", &uid.to_string());
    raw::execute(&database, "UPDATE entries SET record = 'x' WHERE idx = 3").await;
    names(&store.entries(0..10).await.unwrap_err(), "entries", "3");
    let blob = match &database {
        Database::Sqlite(_) => "X'00ff'",
        Database::Postgres(_) => "'\\x00ff'::bytea",
    };
    raw::execute(&database, &format!("UPDATE head SET frontier = {blob}")).await;
    names(&store.head().await.unwrap_err(), "head", "1");
    // Nothing is appended to a log whose right edge cannot be read.
    let counts = raw::counts(&database).await;
    let error = world.send(FIRST, vec![loss(batch, "1kg")]).await.unwrap_err();
    assert!(matches!(error, AppendError::Store(_)), "{error}");
    assert_eq!(raw::counts(&database).await, counts);
}
