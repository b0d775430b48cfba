//! Between the record of an erasure and the destroying of the key: what fails there, and who takes it up.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use trace_core::id::{PartyId, RecordId};
use trace_core::record::sealed::Group;
use trace_core::tianma::{EraseReason, PartyRole};
use trace_core::time::ReceivedAt;
use trace_server::ledger::{AppendError, Personal, random};
use trace_server::store::{SessionRow, StoreError, TokenRow};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, NOW_MS, OFFICE, World};

use crate::market::{Person, erase, opened, person, registration, request, row, uid, user, world};
use crate::starting::service;

/// From now on every `event` on the keys fails, as on a disk that is full or gone, until [`mend`].
fn break_keys(path: &Path, event: &str) {
    let sql = format!(
        "CREATE TRIGGER broken BEFORE {event} ON party_keys BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END"
    );
    beside(path).execute_batch(&sql).unwrap();
}

fn mend(path: &Path) {
    beside(path).execute_batch("DROP TRIGGER broken").unwrap();
}

fn beside(path: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(20)).unwrap();
    connection
}

async fn has_key(database: &Database, party: PartyId) -> bool {
    database.keys().all().await.unwrap().keys().any(|key| key.party == party)
}

/// The record stands, the key is still there.
async fn recorded_only(database: &Database, world: &World, one: &Person) -> RecordId {
    break_keys(&database.keys_path(), "DELETE");
    let uid = uid();
    let digest = RecordId::of(uid.as_bytes());
    let result = world.ledger.erase(OFFICE, one.party, EraseReason::Requested, uid, digest).await;
    assert!(matches!(result, Err(AppendError::Unfinished(_))), "{result:?}");
    assert!(has_key(database, one.party).await, "the key is still there");
    row(world, one.party).await.erased.expect("the record stands")
}

pub async fn an_erasure_that_was_only_recorded_is_carried_out_at_the_next_start(database: Database) {
    let world = world(&database).await;
    let (one, other) = (person(&world).await, person(&world).await);
    recorded_only(&database, &world, &one).await;
    // Already now no reader is told.
    let read = world.ledger.personal(&[one.registered], Group::Person).await.unwrap();
    assert_eq!(read[&one.registered], Personal::Erased);
    // A start while the key store still fails is refused: it would serve what is to be gone.
    drop(world);
    let Err(error) = service(&database).await else { panic!("served with an erasure that is not carried out") };
    assert!(error.to_string().contains("broken on purpose"), "{error}");
    mend(&database.keys_path());
    assert!(has_key(&database, one.party).await);
    let (state, _folder) = service(&database).await.unwrap();
    assert!(!has_key(&database, one.party).await, "the start destroyed the key");
    assert!(has_key(&database, other.party).await, "of nobody else");
    assert_eq!(state.ledger.store().user(&one.login).await.unwrap(), None);
    assert!(state.ledger.store().user(&other.login).await.unwrap().is_some());
}

pub async fn the_same_request_again_carries_it_out(database: Database) {
    let world = world(&database).await;
    let one = person(&world).await;
    let uid = uid();
    let send = || world.ledger.erase(OFFICE, one.party, EraseReason::Requested, uid, RecordId::of(b"request"));
    break_keys(&database.keys_path(), "DELETE");
    for _ in 0..2 {
        assert!(matches!(send().await, Err(AppendError::Unfinished(_))));
    }
    mend(&database.keys_path());
    let answer = send().await.unwrap();
    assert!(answer.repeated);
    assert!(!has_key(&database, one.party).await);
    assert_eq!(row(&world, one.party).await.erasures, 1);
    // Or another request: it is refused, since the record stands, but carries out what it says.
    let two = person(&world).await;
    recorded_only(&database, &world, &two).await;
    mend(&database.keys_path());
    let again = crate::market::try_erase(&world, OFFICE, two.party).await;
    assert_eq!(crate::market::refused(again).rule, "already_erased");
    assert!(!has_key(&database, two.party).await);
}

pub async fn a_key_that_cannot_be_made_stores_nothing(database: Database) {
    let world = world(&database).await;
    let size = world.store().head().await.unwrap().frontier.size();
    break_keys(&database.keys_path(), "INSERT");
    let party = PartyId::from_random(random().unwrap());
    let sent = request(OFFICE, vec![registration(party, "王五", "13800000001", None)]);
    let (failed, _) = tokio::join!(world.ledger.append(sent.clone()), world.fresh(FIRST, "3kg"));
    assert!(matches!(failed, Err(AppendError::Store(StoreError::Engine(_)))), "{failed:?}");
    assert_eq!(world.store().head().await.unwrap().frontier.size(), size + 1, "the other request was served");
    assert_eq!(world.ledger.party(party).await.unwrap(), None);
    mend(&database.keys_path());
    assert!(!world.ledger.append(sent).await.unwrap().repeated);
    // Refused requests make no keys: nobody fills the key store with them.
    let before = database.keys().all().await.unwrap().len();
    let other = PartyId::from_random(random().unwrap());
    let refused = request(FIRST, vec![registration(other, "王五", "13800000001", None)]);
    assert_eq!(crate::market::refused(world.ledger.append(refused).await).rule, "wrong_role");
    assert_eq!(database.keys().all().await.unwrap().len(), before);
}

pub async fn log_ins_close_with_it(database: Database) {
    let world = world(&database).await;
    let (one, other) = (person(&world).await, person(&world).await);
    let store = world.store();
    let expires_at = ReceivedAt::from_unix_ms(NOW_MS + 3_600_000).unwrap();
    for person in [&one, &other] {
        let digest = RecordId::of(person.login.as_bytes());
        let session = SessionRow { digest, login: person.login.clone(), csrf: "c.1".to_owned(), expires_at };
        let hash = store.user(&person.login).await.unwrap().unwrap().pin_hash;
        assert!(store.open_session(&session, &hash).await.unwrap());
        let token = TokenRow {
            digest,
            party: person.party,
            role: PartyRole::Household,
            label: person.greeting.clone(),
            expires_at: None,
        };
        store.put_token(&token).await.unwrap();
    }
    erase(&world, one.party).await;
    for (person, there) in [(&one, false), (&other, true)] {
        let digest = RecordId::of(person.login.as_bytes());
        let mac = RecordId::of(person.telephone.as_bytes());
        assert_eq!(store.session(digest).await.unwrap().is_some(), there);
        assert_eq!(store.token(digest).await.unwrap().is_some(), there);
        assert_eq!(store.user_by_telephone(mac).await.unwrap().is_some(), there);
        assert_eq!(store.user(&person.login).await.unwrap().is_some(), there);
    }
    // The name of a log-in is bound to its party: in another's row it does not open.
    let stored = store.user(&other.login).await.unwrap().unwrap();
    let moved = trace_server::store::UserRow { login: "someone-else".to_owned(), ..stored };
    assert_eq!(world.ledger.greeting(&moved).await, "someone-else");
    let again = world.ledger.admit(user(&one)).await;
    assert!(matches!(again, Err(AppendError::Refused(refusal)) if refusal.rule == "party_erased"));
    assert_eq!(json!(opened(&database).await.ledger.party(one.party).await.unwrap().unwrap().erasures), json!(1));
}
