//! Where signing would contradict what was signed, nothing is signed, and it is said.

use serde_json::json;
use trace_core::record::Kind;
use trace_server::ledger::AppendError;
use trace_server::log::{Doubt, SignerError, Standing, TransparencyLog};
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, World, loss};
use trace_tests::raw::execute;

use crate::place::Place;

async fn doubt(log: &TransparencyLog) -> Doubt {
    let published = log.published();
    match log.sign().await {
        Err(SignerError::Doubt(doubt)) => {
            assert_eq!(log.standing(), Standing::Refuses(doubt.clone()));
            if let Some(published) = published {
                assert_eq!(log.published().unwrap(), published, "something was shown all the same");
            }
            doubt
        }
        other => panic!("signed in doubt: {other:?}"),
    }
}

/// An old backup: everything is as it was some entries ago. Nothing is signed, nothing appended, all is read; with the
/// right database back, everything goes on.
pub async fn a_restored_backup_is_not_signed(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let batch = world.fresh(PROCESSOR, "100kg").await;
    let old = world.store().head().await.unwrap();
    world.append(PROCESSOR, loss(batch, "1kg")).await;
    let newest = place.sign(&place.log(&world)).await;
    let size = old.frontier.size();
    let frontier = hex::encode(old.frontier.to_bytes());
    let bytes = match database {
        Database::Sqlite(_) => format!("X'{frontier}'"),
        Database::Postgres(_) => format!("'\\x{frontier}'::bytea"),
    };
    execute(&database, &format!("CREATE TABLE later AS SELECT * FROM entries WHERE idx >= {size}")).await;
    execute(&database, &format!("CREATE TABLE latest AS SELECT * FROM head; DELETE FROM entries WHERE idx >= {size}"))
        .await;
    execute(&database, &format!("UPDATE head SET size = {size}, frontier = {bytes}")).await;
    let log = place.log(&world);
    assert_eq!(doubt(&log).await, Doubt::Behind { size, signed: newest.size() });
    let refused = world.send(OFFICE, vec![draft(Kind::Hold, json!({"reason": "suspicion"})).names(batch)]).await;
    assert!(matches!(refused, Err(AppendError::Suspended)), "{refused:?}");
    assert_eq!(world.batch(batch).await.code, batch, "reading goes on");

    execute(&database, "INSERT INTO entries SELECT * FROM later; DELETE FROM head").await;
    execute(&database, "INSERT INTO head SELECT * FROM latest").await;
    assert_eq!(place.sign(&log).await, newest);
    let hold = draft(Kind::Hold, json!({"reason": "suspicion"})).names(batch);
    world.append(OFFICE, hold).await;
    assert_eq!(place.sign(&log).await.size(), newest.size() + 1);
}

/// As many entries as were signed, but others: a failover to a server that went its own way.
pub async fn another_history_is_not_signed(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let batch = world.fresh(PROCESSOR, "100kg").await;
    let checkpoint = place.sign(&place.log(&world)).await;
    let index = checkpoint.size() - 1;
    let other = match database {
        Database::Sqlite(_) => "zeroblob(32)".to_owned(),
        Database::Postgres(_) => format!("'\\x{}'::bytea", "00".repeat(32)),
    };
    execute(&database, &format!("UPDATE entries SET leaf_hash = {other} WHERE idx = {index}")).await;
    let log = place.log(&world);
    assert!(matches!(doubt(&log).await, Doubt::Forked { size, .. } if size == checkpoint.size()));
    let refused = world.send(PROCESSOR, vec![loss(batch, "1kg")]).await;
    assert!(matches!(refused, Err(AppendError::Suspended)), "{refused:?}");
}

/// A new entry whose bytes were changed after they were acknowledged.
pub async fn a_changed_entry_is_not_signed(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let log = place.log(&world);
    place.sign(&log).await;
    let batch = world.fresh(PROCESSOR, "100kg").await;
    let index = world.append(PROCESSOR, loss(batch, "1kg")).await.index;
    let change = match database {
        Database::Sqlite(_) => "CAST(replace(CAST(entry AS TEXT), '\"loss\"', '\"gain\"') AS BLOB)".to_owned(),
        Database::Postgres(_) => {
            "convert_to(replace(convert_from(entry, 'UTF8'), '\"loss\"', '\"gain\"'), 'UTF8')".to_owned()
        }
    };
    execute(&database, &format!("UPDATE entries SET entry = {change} WHERE idx = {index}")).await;
    assert_eq!(doubt(&log).await, Doubt::Leaf { index });
    assert_eq!(doubt(&log).await, Doubt::Leaf { index }, "and not at the second attempt either");
}

/// The stored right edge is not that of the entries.
pub async fn a_changed_edge_is_not_signed(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let log = place.log(&world);
    place.sign(&log).await;
    world.fresh(PROCESSOR, "100kg").await;
    let head = world.store().head().await.unwrap();
    let mut bytes = head.frontier.to_bytes();
    *bytes.last_mut().unwrap() ^= 1;
    let bytes = match database {
        Database::Sqlite(_) => format!("X'{}'", hex::encode(bytes)),
        Database::Postgres(_) => format!("'\\x{}'::bytea", hex::encode(bytes)),
    };
    execute(&database, &format!("UPDATE head SET frontier = {bytes}")).await;
    assert_eq!(doubt(&log).await, Doubt::Edge { size: head.frontier.size() });
}

/// A second server with a place of its own does not sign, not even when the first is gone; with the same file it does.
pub async fn another_server_is_not_a_signer(database: Database) {
    let world = World::found(database.url()).await;
    let (place, other) = (Place::new(), Place::new());
    let first = place.log(&world);
    place.sign(&first).await;
    std::fs::copy(place.key_file(), other.key_file()).unwrap();
    let second = World::open(database.url()).await;
    let log = other.log(&second);
    if matches!(database, Database::Postgres(_)) {
        log.sign().await.unwrap();
        assert_eq!(log.standing(), Standing::Elsewhere);
        assert_eq!(log.published(), first.published(), "it shows what the other one signed");
    }
    drop(first);
    let mut last = log.sign().await;
    // The server frees a lock when it has seen the end of its session.
    let begun = std::time::Instant::now();
    while matches!(last, Ok(trace_server::log::Round::Elsewhere)) && begun.elapsed().as_secs() < 20 {
        tokio::task::yield_now().await;
        last = log.sign().await;
    }
    assert!(matches!(last, Err(SignerError::Doubt(Doubt::OtherPlace { .. }))), "{last:?}");
    // It may still take records: they are the database's.
    second.fresh(PROCESSOR, "1kg").await;
    let shared = place.log(&second);
    assert_eq!(place.sign(&shared).await.size(), second.store().head().await.unwrap().frontier.size());
}

/// A kept checkpoint of another log, or by another key, is no base to go on from.
pub async fn a_strange_checkpoint_is_not_followed(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    place.sign(&place.log(&world)).await;
    std::fs::remove_file(place.key_file()).unwrap();
    assert!(matches!(doubt(&place.log(&world)).await, Doubt::Strange(_)));
}
