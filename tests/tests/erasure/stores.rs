//! The key store's contract, on both of its engines.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use trace_core::id::PartyId;
use trace_core::time::ReceivedAt;
use trace_server::keystore::{self, KeyName, KeyStore, KeyStoreError};
use trace_tests::engines::{Database, Engine, FreshPostgres, FreshSqlite};

use crate::market::{erase, person, world};
use trace_tests::search::{files, find, of_bytes};

fn name(party: u8, generation: u32) -> KeyName {
    KeyName { party: PartyId::from_random([party; 10]), generation }
}

/// A case on a new key store of each engine.
async fn on_both<F: AsyncFn(&str)>(case: F) {
    case(FreshSqlite::create().url()).await;
    case(FreshPostgres::create().await.url()).await;
}

async fn open(address: &str) -> Arc<dyn KeyStore> {
    keystore::open(address, true).await.unwrap()
}

#[tokio::test]
async fn keys_are_made_once_and_kept() {
    on_both(async |address| {
        let store = open(address).await;
        let both = [name(1, 0), name(2, 0)].into();
        let made = store.make(&both).await.unwrap();
        assert_eq!(made.len(), 2);
        assert_ne!(made[&name(1, 0)], made[&name(2, 0)]);
        let more = store.make(&[name(2, 0), name(2, 1)].into()).await.unwrap();
        assert_eq!(more[&name(2, 0)], made[&name(2, 0)], "what is there is not made again");
        assert_ne!(more[&name(2, 1)], more[&name(2, 0)]);
        let again = open(address).await;
        assert_eq!(again.id().await.unwrap(), store.id().await.unwrap());
        assert_eq!(again.find(&both).await.unwrap(), made);
        assert_eq!(again.all().await.unwrap().len(), 3);
        assert!(again.find(&[name(3, 0)].into()).await.unwrap().is_empty());
        assert!(again.find(&[].into()).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn several_servers_make_one_key() {
    on_both(async |address| {
        let wanted = [name(1, 0), name(2, 0), name(3, 0)].into();
        let stores = [open(address).await, open(address).await, open(address).await];
        let [one, two, three] = &stores;
        let (one, two, three) = tokio::join!(one.make(&wanted), two.make(&wanted), three.make(&wanted));
        let one = one.unwrap();
        assert_eq!((&two.unwrap(), &three.unwrap()), (&one, &one));
    })
    .await;
}

#[tokio::test]
async fn destroying_takes_the_older_generations_of_a_party_alone() {
    on_both(async |address| {
        let store = open(address).await;
        store.make(&[name(1, 0), name(1, 1), name(1, 2), name(2, 0)].into()).await.unwrap();
        let below = [(name(1, 0).party, 2)].into();
        assert_eq!(store.destroy(&below).await.unwrap(), 2);
        assert_eq!(store.destroy(&below).await.unwrap(), 0, "done again, it changes nothing");
        let left: Vec<_> = open(address).await.all().await.unwrap().into_keys().collect();
        assert_eq!(left.len(), 2);
        assert!(left.contains(&name(1, 2)) && left.contains(&name(2, 0)));
        // It is remembered, and what was destroyed is never made again.
        assert_eq!(open(address).await.destroyed().await.unwrap(), below);
        store.destroy(&[(name(1, 0).party, 1)].into()).await.unwrap();
        assert_eq!(store.destroyed().await.unwrap(), below);
        let made = store.make(&[name(1, 1), name(1, 2)].into()).await.unwrap();
        assert_eq!(made.into_keys().collect::<Vec<_>>(), [name(1, 2)]);
    })
    .await;
}

/// Bytes of a destroyed key are in no file of a SQLite key store, and not in the table's file on PostgreSQL.
#[tokio::test]
async fn a_destroyed_key_leaves_no_trace() {
    let sqlite = FreshSqlite::create();
    let store = open(sqlite.url()).await;
    // Many, so that pages are full and split.
    let names = (0..200).map(|party| name(party, 0)).collect();
    store.make(&names).await.unwrap();
    let read = |party: u8| -> Vec<u8> {
        let connection = rusqlite::Connection::open(sqlite.path()).unwrap();
        let sql = "SELECT key FROM party_keys WHERE party = ?1";
        connection.query_row(sql, [name(party, 0).party.to_string()], |row| row.get(0)).unwrap()
    };
    let (first, second, kept) = (read(7), read(100), read(8));
    store.destroy(&[(name(7, 0).party, 1), (name(100, 0).party, 1)].into()).await.unwrap();
    let all = files(sqlite.folder());
    for (key, there) in [(&first, false), (&second, false), (&kept, true)] {
        assert_eq!(!find(&all, &of_bytes("key", key)).is_empty(), there);
    }
    assert_eq!(all.len(), 1, "no journal is left: {all:?}");

    let postgres = FreshPostgres::create().await;
    let store = open(postgres.url()).await;
    store.make(&names).await.unwrap();
    let client = postgres.connect().await;
    let sql = "SELECT key FROM party_keys WHERE party = $1";
    let key: Vec<u8> = client.query_one(sql, &[&name(7, 0).party.to_string()]).await.unwrap().get(0);
    let folder = async || {
        client.batch_execute("CHECKPOINT").await.unwrap();
        let sql = "SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database \
                   WHERE datname = current_database()";
        files(std::path::Path::new(&client.query_one(sql, &[]).await.unwrap().get::<_, String>(0)))
    };
    assert!(!find(&folder().await, &of_bytes("key", &key)).is_empty(), "it is there before");
    store.destroy(&[(name(7, 0).party, 1)].into()).await.unwrap();
    assert_eq!(find(&folder().await, &of_bytes("key", &key)), [""; 0]);
}

#[tokio::test]
async fn copies_end_after_thirty_days_and_can_be_put_back() {
    on_both(async |address| {
        let store = open(address).await;
        let keys = store.make(&[name(1, 0), name(2, 3)].into()).await.unwrap();
        store.destroy(&[(name(9, 0).party, 4)].into()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let at = |day: &str| -> ReceivedAt { format!("2026-{day}T08:00:00.000Z").parse().unwrap() };
        std::fs::write(folder.path().join("keys-of-the-house.db"), "not ours").unwrap();
        let first = keystore::back_up(&*store, folder.path(), at("10-01")).await.unwrap();
        assert_eq!((first.keys, first.removed.len()), (2, 0));
        assert_eq!(std::fs::metadata(&first.path).unwrap().permissions().mode() & 0o777, 0o600);
        let refused = keystore::back_up(&*store, folder.path(), at("10-01")).await;
        assert!(matches!(refused, Err(KeyStoreError::Unfit(words)) if words.contains("there already")));
        let second = keystore::back_up(&*store, folder.path(), at("10-31")).await.unwrap();
        assert_eq!(second.removed, [""; 0].map(std::path::PathBuf::from), "30 days are not over");
        let third = keystore::back_up(&*store, folder.path(), at("11-01")).await.unwrap();
        assert_eq!(third.removed, std::slice::from_ref(&first.path));
        assert_eq!(files(folder.path()).len(), 3, "two copies, and what is not ours");
        // As the first command of a new operator meets it: the folder is not there yet.
        let new = folder.path().join("new");
        let made = keystore::back_up(&*store, &new, at("11-01")).await.unwrap();
        assert_eq!((made.keys, std::fs::metadata(&new).unwrap().permissions().mode() & 0o777), (2, 0o700));
        let refused = keystore::back_up(&*store, &folder.path().join("away/new"), at("11-01")).await;
        assert!(matches!(refused, Err(KeyStoreError::Unfit(words)) if words.contains("away/new takes no copy")));

        let other = Database::create(Engine::Sqlite).await;
        let target = open(other.url()).await;
        assert_eq!(keystore::restore(&*target, &third.path).await.unwrap(), 2);
        assert_eq!((target.all().await.unwrap(), target.id().await.unwrap()), (keys, store.id().await.unwrap()));
        assert_eq!(target.destroyed().await.unwrap(), [(name(9, 0).party, 4)].into());
        let again = keystore::restore(&*target, &third.path).await;
        assert!(matches!(again, Err(KeyStoreError::Unfit(words)) if words.contains("holds 2 keys already")));
    })
    .await;
    // Into PostgreSQL, too.
    let (from, to) = (FreshSqlite::create(), FreshPostgres::create().await);
    let keys = open(from.url()).await.make(&[name(1, 0)].into()).await.unwrap();
    assert_eq!(keystore::restore(&*open(to.url()).await, from.path()).await.unwrap(), 1);
    assert_eq!(open(to.url()).await.all().await.unwrap(), keys);
}

#[tokio::test]
async fn a_file_that_is_no_key_store_is_refused() {
    let fresh = FreshSqlite::create();
    let refusal = async |may_make| match keystore::open(fresh.url(), may_make).await {
        Err(KeyStoreError::Unfit(words)) => words,
        other => panic!("{:?}", other.map(|_| "opened")),
    };
    assert!(refusal(false).await.contains("does not exist"));
    let store = open(fresh.url()).await;
    assert_eq!(std::fs::metadata(fresh.path()).unwrap().permissions().mode() & 0o777, 0o600);
    store.make(&[name(1, 0)].into()).await.unwrap();
    drop(store);
    std::fs::set_permissions(fresh.path(), std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(refusal(true).await.contains("chmod 600"));
    std::fs::set_permissions(fresh.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
    let connection = rusqlite::Connection::open(fresh.path()).unwrap();
    connection.execute_batch("PRAGMA user_version = 2").unwrap();
    assert!(refusal(true).await.contains("start the newer program"));
    connection.execute_batch("PRAGMA user_version = 1; PRAGMA application_id = 5").unwrap();
    assert!(refusal(true).await.contains("another program"));
    connection.execute_batch("PRAGMA application_id = 1953327987; UPDATE party_keys SET key = X'00'").unwrap();
    let damaged = open(fresh.url()).await.all().await;
    assert!(matches!(damaged, Err(KeyStoreError::Damaged { problem, .. }) if problem == "1 bytes, not 32"));
    drop(connection);
    std::fs::write(fresh.path(), "no database at all, but long enough to have a header".repeat(20)).unwrap();
    assert!(refusal(true).await.contains("is no key store"));
}

/// A ledger on PostgreSQL whose key store is another database of PostgreSQL, as several servers have it.
#[tokio::test]
async fn two_servers_share_a_key_store_on_postgresql() {
    let (ledger, keys) = (Database::create(Engine::Postgres).await, FreshPostgres::create().await);
    let founded = world(&ledger).await;
    drop(founded);
    let server = async || crate::starting::service_with(&ledger, keys.url()).await.unwrap();
    let ((one, _one), (other, _other)) = (server().await, server().await);
    let over = |state: &trace_server::app::AppState| {
        trace_tests::household::World::with_keys(Arc::clone(state.ledger.store()), Arc::clone(state.ledger.key_store()))
    };
    let (one, other) = (over(&one), over(&other));
    let person = person(&one).await;
    let read = async |world: &trace_tests::household::World| {
        let group = trace_core::record::sealed::Group::Person;
        world.ledger.personal(&[person.registered], group).await.unwrap().remove(&person.registered).unwrap()
    };
    assert_eq!(read(&other).await, read(&one).await);
    erase(&other, person.party).await;
    assert_eq!(read(&one).await, trace_server::ledger::Personal::Erased);
    assert!(one.ledger.key_store().all().await.unwrap().is_empty());
}
