//! The start of the service: with the right key store, or not at all.

use std::path::Path;

use tempfile::TempDir;
use trace_core::record::sealed::Group;
use trace_server::app::{AppState, StartError};
use trace_server::config::{Config, Settings};
use trace_server::keystore;
use trace_server::ledger::{Personal, Surroundings};
use trace_tests::engines::Database;
use trace_tests::household::OFFICE;
use trace_tests::raw;

use crate::market::{erase, opened, person, plot, registration, request, world};

/// The service over the database and the key store at this address.
pub async fn service_with(database: &Database, key_store: &str) -> Result<(AppState, TempDir), StartError> {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        data_dir: Some(folder.path().to_owned()),
        database_url: Some(database.url().to_owned()),
        key_store: Some(key_store.to_owned()),
        ..Settings::default()
    };
    let config = Config::from_settings(settings).unwrap();
    let keys = trace_core::code::KeyRing::new(vec![trace_core::code::CodeKey::new(1, [7; 32]).unwrap()]).unwrap();
    std::fs::write(&config.code_key_file, keys.to_text()).unwrap();
    Ok((AppState::open(config, Surroundings::system()).await?, folder))
}

/// The service with the database's own key store.
pub async fn service(database: &Database) -> Result<(AppState, TempDir), StartError> {
    service_with(database, &address(&database.keys_path())).await
}

fn address(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

async fn refusal(database: &Database, key_store: &str) -> String {
    match service_with(database, key_store).await {
        Ok(_) => panic!("started with {key_store}"),
        Err(error) => error.to_string(),
    }
}

pub async fn a_lost_key_store_is_refused(database: Database) {
    // Without personal data a new key store is made.
    drop(service(&database).await.unwrap());
    let one = person(&world(&database).await).await;
    drop(service(&database).await.unwrap());
    let path = database.keys_path();
    let aside = path.with_extension("aside");
    std::fs::rename(&path, &aside).unwrap();
    let words = refusal(&database, &address(&path)).await;
    assert!(words.contains(&path.display().to_string()) && words.contains("restore it from its backup"), "{words}");
    assert!(!path.exists(), "no empty one is put in its place");
    std::fs::rename(&aside, &path).unwrap();
    let (state, _folder) = service(&database).await.unwrap();
    let read = state.ledger.personal(&[one.registered], Group::Person).await.unwrap();
    assert!(matches!(read[&one.registered], Personal::Open(_)));
    // When everybody was erased, nothing is lost with it.
    erase(&opened(&database).await, one.party).await;
    drop(state);
    std::fs::remove_file(&path).unwrap();
    service(&database).await.unwrap();
}

pub async fn another_key_store_is_refused(database: Database) {
    let one = person(&world(&database).await).await;
    drop(service(&database).await.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let other = address(&folder.path().join("other.db"));
    // It has a key of that very name, and it is not that one.
    let name = database.keys().all().await.unwrap().into_keys().find(|name| name.party == one.party).unwrap();
    keystore::open(&other, true).await.unwrap().make(&[name].into()).await.unwrap();
    let words = refusal(&database, &other).await;
    let id = database.keys().id().await.unwrap();
    assert!(words.contains(&id) && words.contains("other.db") && words.contains("restore the right one"), "{words}");
}

pub async fn an_older_copy_without_a_key_is_refused(database: Database) {
    let world = world(&database).await;
    person(&world).await;
    let folder = tempfile::tempdir().unwrap();
    let copied =
        keystore::back_up(&*database.keys(), folder.path(), trace_server::ledger::system_time()).await.unwrap();
    let late = person(&world).await;
    drop(service(&database).await.unwrap());
    let words = refusal(&database, &address(&copied.path)).await;
    assert!(words.contains(&late.party.to_string()) && words.contains("newest backup"), "{words}");
    assert!(words.contains("of 1 parties"), "{words}");
}

pub async fn an_older_copy_with_a_destroyed_key_destroys_it_again(database: Database) {
    let world = world(&database).await;
    let one = person(&world).await;
    let folder = tempfile::tempdir().unwrap();
    let copied =
        keystore::back_up(&*database.keys(), folder.path(), trace_server::ledger::system_time()).await.unwrap();
    erase(&world, one.party).await;
    drop(world);
    std::fs::copy(&copied.path, database.keys_path()).unwrap();
    assert_eq!(database.keys().all().await.unwrap().len(), 1, "the copy has it");
    let (state, _folder) = service(&database).await.unwrap();
    assert!(database.keys().all().await.unwrap().is_empty(), "destroyed again");
    let read = state.ledger.personal(&[one.registered], Group::Person).await.unwrap();
    assert_eq!(read[&one.registered], Personal::Erased);
}

/// The key is destroyed, and the ledger has no record of it: as after a backup from before the erasure was put back.
pub async fn a_ledger_from_before_an_erasure_still_says_erased(database: Database) {
    let world = world(&database).await;
    let one = person(&world).await;
    database.keys().destroy(&[(one.party, 1)].into()).await.unwrap();
    drop(world);
    let (state, _folder) = service(&database).await.unwrap();
    let read = state.ledger.personal(&[one.registered], Group::Person).await.unwrap();
    assert_eq!(read[&one.registered], Personal::Erased);
    let user = state.ledger.store().user(&one.login).await.unwrap().unwrap();
    assert_eq!(state.ledger.greeting(&user).await, one.login, "nobody knows the name");
    // Nothing new is kept under a key that is gone for good, until the erasure stands in the ledger again.
    let world = opened(&database).await;
    let site = trace_core::id::SiteId::from_random(trace_server::ledger::random().unwrap());
    let place = Some(serde_json::json!({"label": "北坡"}));
    let siting = request(OFFICE, vec![plot(one.party, site, place)]);
    let failed = world.ledger.append(siting).await.unwrap_err().to_string();
    assert!(failed.contains("erase the party again"), "{failed}");
    erase(&world, one.party).await;
    let anew = registration(one.party, "张三", "13900000000", Some(one.registered));
    let anew = world.ledger.append(request(OFFICE, vec![anew])).await.unwrap().records[0].record.id();
    let read = world.ledger.personal(&[anew], Group::Person).await.unwrap();
    assert!(matches!(read[&anew], Personal::Open(_)));
}

pub async fn the_ledgers_own_database_is_no_key_store(database: Database) {
    drop(world(&database).await);
    let words = refusal(&database, database.url()).await;
    assert!(words.contains("must lie apart") && words.contains("TRACE_KEY_STORE"), "{words}");
    let words = refusal(&database, "mysql://keys").await;
    assert!(words.contains("sqlite:PATH or postgres://"), "{words}");
}

pub async fn what_an_older_program_kept_plain_is_sealed(database: Database) {
    let world = world(&database).await;
    let one = person(&world).await;
    crate::traces::lay_open(&database, &world, &one).await;
    drop(world);
    let (state, _folder) = service(&database).await.unwrap();
    let read = state.ledger.personal(&[one.registered], Group::Person).await.unwrap();
    assert_eq!(
        read[&one.registered],
        Personal::Open(serde_json::json!({"name": one.name, "telephone": one.telephone}))
    );
    let user = state.ledger.store().user(&one.login).await.unwrap().unwrap();
    assert!(user.display_name != one.greeting);
    assert_eq!(state.ledger.greeting(&user).await, one.greeting);
    assert_eq!(raw::counts(&database).await["sealed_openings"], 2);
    assert!(state.ledger.store().plain_personal().await.unwrap().is_empty());
    // The request is known again, and its digest cannot be compared with a guess.
    let record = state.ledger.record(one.registered, None).await.unwrap().unwrap().entry.record;
    let known = state.ledger.store().requests(&[(record.submitter(), record.uid)]).await.unwrap();
    assert_ne!(known[0].digest, one.digest);
    let answered = state.ledger.answered(record.submitter(), record.uid, one.digest).await.unwrap();
    assert_eq!(answered, Some(vec![one.registered]));
}
