//! What is refused before anything is changed, by the source and by the target.

use trace_core::id::RecordId;
use trace_server::backup::{self, BackupError};
use trace_tests::engines::{Database, Engine};
use trace_tests::household::{FIRST, World, loss};
use trace_tests::raw;

use crate::county::{Shelf, back_up, county, signed_county, silent};
use crate::dump::{dump, same};

pub async fn a_database_with_rows_is_refused(database: Database) {
    county(&database, 5).await;
    let shelf = Shelf::new();
    let file = shelf.file("a.db");
    back_up(&database, &file).await.unwrap();
    let before = dump(&database).await;
    let error = backup::restore(&file, database.url(), &silent()).await.unwrap_err();
    assert!(matches!(error, BackupError::Target(_)), "{error}");
    let words = error.to_string();
    let entries = format!("entries ({} rows)", before["entries"].len());
    assert!(words.contains("not empty") && words.contains(&entries) && words.contains("users (2 rows)"), "{words}");
    same(&before, &dump(&database).await);

    // One row that is not in the log is enough.
    let other = Database::create(database.engine()).await;
    let store = trace_server::store::open(other.url()).await.unwrap();
    store.put_evidence(RecordId::of(b"x"), "image/png", b"x", FIRST).await.unwrap();
    drop(store);
    let words = backup::restore(&file, other.url(), &silent()).await.unwrap_err().to_string();
    assert!(words.contains("evidence (1 rows)"), "{words}");
    // The head of an empty log that was changed, too: the number of rows is the same.
    raw::execute(&other, "DELETE FROM evidence; DELETE FROM evidence_uploads; UPDATE head SET last_received_at = 1")
        .await;
    let words = backup::restore(&file, other.url(), &silent()).await.unwrap_err().to_string();
    assert!(words.contains("it holds head"), "{words}");
    raw::execute(&other, "UPDATE head SET last_received_at = NULL").await;
    backup::restore(&file, other.url(), &silent()).await.unwrap();
    same(&before, &dump(&other).await);
}

/// The target runs out of space in the middle, or at the last table: it stays empty, and takes all when there is room.
pub async fn a_full_disk_restores_nothing(database: Database) {
    county(&database, 5).await;
    let shelf = Shelf::new();
    let file = shelf.file("a.db");
    back_up(&database, &file).await.unwrap();
    for engine in Engine::both() {
        let target = Database::create(engine).await;
        drop(trace_server::store::open(target.url()).await.unwrap());
        let empty = dump(&target).await;
        for (table, condition) in [("entries", "NEW.idx > 3"), ("users", "NEW.login = 'wang'")] {
            raw::break_on(&target, "INSERT", table, condition).await;
            let error = backup::restore(&file, target.url(), &silent()).await.unwrap_err();
            assert!(matches!(error, BackupError::Target(_)), "{error}");
            assert!(error.to_string().contains("no space left"), "{error}");
            same(&empty, &dump(&target).await);
            raw::mend(&target, table).await;
        }
        backup::restore(&file, target.url(), &silent()).await.unwrap();
        same(&dump(&database).await, &dump(&target).await);
    }
}

/// The tables come from the schema; one that this program does not know would be lost without a word.
pub async fn a_table_that_no_migration_made_is_refused(database: Database) {
    county(&database, 0).await;
    let shelf = Shelf::new();
    for (change, words) in [
        ("CREATE TABLE extra (id BIGINT PRIMARY KEY)", "a table extra"),
        ("DROP TABLE extra; ALTER TABLE users ADD COLUMN nickname TEXT", "a column nickname in table users"),
    ] {
        let change = match database.engine() {
            Engine::Sqlite => change.replace("BIGINT", "INTEGER"),
            Engine::Postgres => change.to_owned(),
        };
        raw::execute(&database, &change).await;
        let error = back_up(&database, &shelf.file("a.db")).await.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert!(shelf.names().is_empty(), "{:?}", shelf.names());
    }
    raw::execute(&database, "ALTER TABLE users DROP COLUMN nickname").await;
    back_up(&database, &shelf.file("a.db")).await.unwrap();
    raw::execute(
        &database,
        "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
         VALUES (999, 'from_the_future', '2027-01-01T00:00:00Z', '1')",
    )
    .await;
    let error = back_up(&database, &shelf.file("b.db")).await.unwrap_err().to_string();
    assert!(error.contains("schema 999") && error.contains("newer program"), "{error}");
}

/// A copy of a database that does not hold is none: whoever relies on it would find out when it is too late.
pub async fn an_unsound_ledger_gives_no_backup(database: Database) {
    let engine = database.engine();
    let nothing = match engine {
        Engine::Sqlite => "X''",
        Engine::Postgres => "''::bytea",
    };
    let shelf = Shelf::new();
    for (damage, place) in [
        ("UPDATE batches SET doc = replace(doc, '5000000', '6000000')", "table batches H"),
        ("DELETE FROM edges", "table edges "),
        (&*format!("UPDATE entries SET leaf_hash = {nothing} WHERE idx = 3"), "table entries 3, leaf_hash"),
        (
            "UPDATE entries SET entry = (SELECT entry FROM entries WHERE idx = 4) WHERE idx = 3",
            "table entries 3, record",
        ),
        ("DELETE FROM entries WHERE idx = 3", "table entries 3, idx"),
        ("UPDATE head SET size = size - 1", "table head"),
        ("UPDATE head SET last_received_at = last_received_at - 1", "table head"),
        ("DELETE FROM openings", "table openings "),
    ] {
        let database = Database::create(engine).await;
        let world = World::found(database.url()).await;
        let batch = world.fresh(FIRST, "5kg").await;
        world.append(FIRST, loss(batch, "1kg")).await;
        raw::execute(&database, damage).await;
        let error = back_up(&database, &shelf.file("a.db")).await.unwrap_err();
        let words = error.to_string();
        assert!(matches!(error, BackupError::Unsound(_) | BackupError::Copy(_)), "{damage}: {words}");
        assert!(words.contains(place), "{damage}: {words}");
        assert!(shelf.names().is_empty(), "{:?}", shelf.names());
    }
}

/// What was signed, and what proofs are made of, is held against the entries, too.
pub async fn a_tile_or_checkpoint_of_another_tree_gives_no_backup(database: Database) {
    signed_county(&database).await;
    let shelf = Shelf::new();
    let other = match database.engine() {
        Engine::Sqlite => "zeroblob(32)",
        Engine::Postgres => "decode(repeat('00', 32), 'hex')",
    };
    for (damage, place) in [
        ("UPDATE checkpoints SET note = substr(note, 1, 34) || 'AAAAAA' || substr(note, 41)", "table checkpoints"),
        ("UPDATE checkpoints SET size = size + 1", "table checkpoints"),
        ("UPDATE checkpoints SET note = 'x'", "table checkpoints"),
        ("DELETE FROM log_hashes", "table log_hashes 1, 0, hash: the row is missing"),
        (
            &*format!("INSERT INTO log_hashes (level, idx, hash) VALUES (1, 0, {other})"),
            "table log_hashes 1, 0, hash: found 00",
        ),
    ] {
        raw::execute(&database, damage).await;
        let error = back_up(&database, &shelf.file("a.db")).await.unwrap_err().to_string();
        assert!(error.contains(place), "{damage}: {error}");
    }
}
