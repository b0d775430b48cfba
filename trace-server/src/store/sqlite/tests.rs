//! What only SQLite can get wrong; what all engines promise is held by the conformance suite.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use std::path::PathBuf;

use super::*;

/// A new folder of this test's own; the test removes it.
pub fn tempdir() -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("trace-sqlite-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir(&folder).unwrap();
    folder
}

async fn open(folder: &Path) -> Sqlite {
    Sqlite::open(folder.join("trace.db").to_str().unwrap()).await.unwrap()
}

/// Changes the file by another connection, as a hand would.
fn damage(folder: &Path, sql: &str) {
    rusqlite::Connection::open(folder.join("trace.db")).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn a_new_file_holds_an_empty_log_and_opens_again() {
    let folder = tempdir();
    for _ in 0..2 {
        let store = open(&folder).await;
        let head = store.head().await.unwrap();
        assert_eq!(head, Head { frontier: trace_core::log::Frontier::new(), last_received_at: None });
        store.put_key_check(1, "a").await.unwrap();
        assert!(matches!(store.put_key_check(1, "b").await, Err(StoreError::Unfit(_))));
    }
    assert!(!folder.join("trace.db-wal").exists(), "closing folds the write-ahead log in");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn several_may_open_a_new_file_at_once() {
    let folder = tempdir();
    let stores = futures_util::future::join_all((0..4).map(|_| open(&folder))).await;
    for store in &stores {
        assert_eq!(store.head().await.unwrap().frontier.size(), 0);
    }
    drop(stores);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn damage_is_named_by_table_and_key() {
    let folder = tempdir();
    let store = open(&folder).await;
    let party = "pa-000G40R40M30E209";
    let other = "pa-000G40R40M30E20A";
    damage(&folder, &format!("INSERT INTO parties VALUES ('{party}', 'household', NULL, '{{\"id\":')"));
    let key: PartyId = party.parse().unwrap();
    let error = store.load(&BTreeSet::from([Key::Party(key)])).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { table: "parties", key, .. } if key == party), "{error}");
    assert!(store.parties(&PartyFilter { limit: 9, ..PartyFilter::default() }).await.is_err());
    assert!(store.projections().await.is_err());

    let doc =
        format!(r#"{{"id":"{other}","role":"household","village":null,"organisation":null,"record":"{:064}"}}"#, 0);
    damage(&folder, &format!("UPDATE parties SET doc = '{doc}'"));
    let error = store.load(&BTreeSet::from([Key::Party(key)])).await.unwrap_err();
    assert!(error.to_string().contains(&format!("its document is that of {other}")), "{error}");

    damage(&folder, "UPDATE head SET frontier = X'00'");
    assert!(matches!(store.head().await, Err(StoreError::Corrupt { table: "head", .. })));
    damage(&folder, "DELETE FROM head");
    assert!(matches!(store.head().await, Err(StoreError::Corrupt { table: "head", .. })));
    drop(store);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn lists_use_indices() {
    let folder = tempdir();
    let store = open(&folder).await;
    let plan = |sql: &'static str| {
        store.readers.run(move |c| {
            let mut statement = c.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).map_err(engine)?;
            let rows = statement.query_map([], |row| row.get::<_, String>(3)).map_err(engine)?;
            rows.collect::<Result<Vec<_>, _>>().map_err(engine)
        })
    };
    for sql in [
        "SELECT code, doc FROM batches WHERE owner = 'a' ORDER BY occurred_on DESC, code DESC",
        "SELECT code, doc FROM batches WHERE (occurred_on, code) < ('a', 'b') ORDER BY occurred_on DESC, code DESC",
        "SELECT id, doc FROM records WHERE actor = 'a' AND idx < 9 ORDER BY idx DESC",
        "SELECT id, doc FROM records WHERE held = 1 ORDER BY idx DESC",
        "SELECT batch FROM edges WHERE batch = 'a' AND uses = 1",
    ] {
        let plan = plan(sql).await.unwrap().join("; ");
        assert!(plan.contains("USING") && !plan.contains("TEMP B-TREE"), "{sql}: {plan}");
    }
    drop(store);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_full_disk_stores_nothing_and_writing_goes_on_when_there_is_room() {
    let folder = tempdir();
    let store = open(&folder).await;
    let limit = |pages: i64| {
        store.writer.run(move |c| {
            c.pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0)).map_err(engine)
        })
    };
    // Set below what there is, the limit becomes what there is.
    limit(1).await.unwrap();
    let file = RecordId::of(b"file");
    let full =
        store.put_evidence(file, "image/png", &vec![7; 100_000], PartyId::from_random([1; 10])).await.unwrap_err();
    assert!(matches!(&full, StoreError::Engine(problem) if problem.contains("full")), "{full}");
    assert_eq!(store.evidence(file).await.unwrap(), None);
    limit(1_000_000).await.unwrap();
    store.put_evidence(file, "image/png", &vec![7; 100_000], PartyId::from_random([1; 10])).await.unwrap();
    assert_eq!(store.evidence(file).await.unwrap().unwrap().1.len(), 100_000);
    drop(store);
    std::fs::remove_dir_all(folder).unwrap();
}
