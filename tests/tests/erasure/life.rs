//! A person's values from registration to erasure and beyond, through the ledger.

use serde_json::{Value, json};
use trace_core::id::{PartyId, RecordId, SiteId};
use trace_core::log::{Frontier, leaf_hash};
use trace_core::record::sealed::Group;
use trace_core::record::{Details, Entry, Kind};
use trace_server::ledger::{Personal, random};
use trace_tests::drafting::draft;
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FIRST, OFFICE, RIVAL, World};

use crate::market::{erase, opened, person, plot, refused, registration, request, row, try_erase, uid, user, world};

async fn value(world: &World, record: RecordId, group: Group) -> Option<Personal> {
    world.ledger.personal(&[record], group).await.unwrap().remove(&record)
}

fn open(value: Option<Personal>) -> Value {
    match value {
        Some(Personal::Open(value)) => value,
        other => panic!("not open: {other:?}"),
    }
}

pub async fn what_is_kept_of_a_person_can_be_read_until_it_is_erased(database: Database) {
    let world = world(&database).await;
    let (one, other) = (person(&world).await, person(&world).await);
    for world in [&world, &opened(&database).await] {
        assert_eq!(
            open(value(world, one.registered, Group::Person).await),
            json!({"name": one.name, "telephone": one.telephone})
        );
        assert_eq!(open(value(world, one.sited, Group::Place).await)["label"], json!(one.label));
        assert_eq!(value(world, one.sited, Group::Person).await, None);
        let user = world.store().user(&one.login).await.unwrap().unwrap();
        assert_ne!(user.display_name, one.greeting);
        assert_eq!(world.ledger.greeting(&user).await, one.greeting);
    }
    erase(&world, one.party).await;
    for world in [&world, &opened(&database).await] {
        assert_eq!(value(world, one.registered, Group::Person).await, Some(Personal::Erased));
        assert_eq!(value(world, one.sited, Group::Place).await, Some(Personal::Erased));
        assert_eq!(world.store().user(&one.login).await.unwrap(), None);
        assert_eq!(
            open(value(world, other.registered, Group::Person).await)["name"],
            json!(other.name),
            "only its own"
        );
    }
    assert!(database.keys().all().await.unwrap().keys().all(|key| key.party != one.party), "the key is destroyed");
}

pub async fn hashes_proofs_and_rebuild_stand_after_an_erasure(database: Database) {
    let world = world(&database).await;
    let one = person(&world).await;
    let before = world.store().entries(0..1000).await.unwrap();
    let answer = erase(&world, one.party).await;
    let after = world.store().entries(0..1000).await.unwrap();
    assert_eq!(after[..before.len()], before, "no entry changed");
    let mut frontier = Frontier::new();
    for row in &after {
        let entry = Entry::from_bytes(&row.bytes).unwrap();
        assert_eq!(entry.record.id(), row.record);
        assert_eq!(leaf_hash(&row.bytes), row.leaf_hash);
        frontier.push(row.leaf_hash);
    }
    assert_eq!(world.store().head().await.unwrap().frontier.root(), frontier.root());
    let registered = world.ledger.record(one.registered, None).await.unwrap().unwrap();
    assert!(registered.entry.record.sealed.contains_key(&Group::Person), "the commitment stands");
    let erasing = &answer.records[0].record;
    assert!(erasing.sealed.is_empty());
    assert!(matches!(&erasing.details, Details::Erase(erased) if erased.party == one.party));
    for _ in 0..2 {
        assert!(world.ledger.rebuild().await.unwrap().unchanged, "a rebuild gives the same rows, erased or not");
    }
    assert_eq!(row(&world, one.party).await.erased, Some(erasing.id()));
    assert_eq!(value(&world, one.registered, Group::Person).await, Some(Personal::Erased));
}

pub async fn a_party_registered_anew_has_a_new_key(database: Database) {
    let world = world(&database).await;
    let one = person(&world).await;
    erase(&world, one.party).await;
    let place = Some(json!({"label": "新地"}));
    let site = || SiteId::from_random(random().unwrap());
    let again = world.ledger.append(request(OFFICE, vec![plot(one.party, site(), place.clone())])).await;
    let refusal = refused(again);
    assert_eq!((&*refusal.rule, &*refusal.place), ("party_erased", "/place"));
    assert!(refusal.zh.contains("重新登记") && refusal.en.contains("register the party anew"), "{refusal:?}");
    assert_eq!(refused(world.ledger.admit(user(&one)).await.map(|()| unreachable!())).rule, "party_erased");
    // A site that tells of nobody may still be registered, and the village may change; that is no registration anew.
    world.ledger.append(request(OFFICE, vec![plot(one.party, site(), None)])).await.unwrap();
    let mut village = registration(one.party, "x", "x", Some(one.registered));
    village.person = None;
    let moved = world.ledger.append(request(OFFICE, vec![village])).await.unwrap().records[0].record.id();
    assert!(row(&world, one.party).await.erased.is_some());

    let anew = registration(one.party, "张三", "13900000000", Some(moved));
    let anew = world.ledger.append(request(OFFICE, vec![anew])).await.unwrap().records[0].record.id();
    let now = row(&world, one.party).await;
    assert_eq!((now.erasures, now.erased), (1, None));
    world.ledger.append(request(OFFICE, vec![plot(one.party, site(), place)])).await.unwrap();
    world.ledger.admit(user(&one)).await.unwrap();
    assert_eq!(open(value(&world, anew, Group::Person).await)["name"], json!("张三"));
    assert_eq!(value(&world, one.registered, Group::Person).await, Some(Personal::Erased), "the old stays erased");
    erase(&world, one.party).await;
    assert_eq!(value(&world, anew, Group::Person).await, Some(Personal::Erased));
    assert_eq!(row(&world, one.party).await.erasures, 2);
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn who_may_erase_whom(database: Database) {
    let world = world(&database).await;
    let one = person(&world).await;
    let foreign = draft(Kind::Erase, json!({"party": one.party, "reason": "requested"}));
    assert_eq!(world.refusal(RIVAL, foreign).await.rule, "foreign_erasure");
    assert_eq!(refused(try_erase(&world, RIVAL, one.party).await).rule, "no_grant");
    assert_eq!(refused(try_erase(&world, COOP, FIRST).await).rule, "no_grant", "its grant does not name this kind");
    assert_eq!(refused(try_erase(&world, OFFICE, OFFICE).await).rule, "office_not_erased");
    let nobody = PartyId::from_random([99; 10]);
    assert_eq!(refused(try_erase(&world, OFFICE, nobody).await).rule, "unknown_party");
    assert!(matches!(value(&world, one.registered, Group::Person).await, Some(Personal::Open(_))), "nothing happened");
    assert!(world.store().user(&one.login).await.unwrap().is_some());
    erase(&world, one.party).await;
    let again = refused(try_erase(&world, OFFICE, one.party).await);
    assert_eq!((&*again.rule, &*again.place), ("already_erased", "/details/party"));
}

pub async fn a_person_says_it_themselves(database: Database) {
    let world = world(&database).await;
    let one = person(&world).await;
    let answer = try_erase(&world, one.party, one.party).await.unwrap();
    let record = &answer.records[0].record;
    assert_eq!((record.actor, record.entered_by), (one.party, None));
    assert_eq!(value(&world, one.registered, Group::Person).await, Some(Personal::Erased));
    // As a plain record of the API, too, and in a group.
    let two = person(&world).await;
    let mut plain = draft(Kind::Erase, json!({"party": two.party, "reason": "consent_withdrawn"}));
    plain.uid = uid();
    world.ledger.append(request(two.party, vec![plain])).await.unwrap();
    assert_eq!(value(&world, two.sited, Group::Place).await, Some(Personal::Erased));
    assert!(database.keys().all().await.unwrap().keys().all(|key| ![one.party, two.party].contains(&key.party)));
}

pub async fn the_same_registration_again_gets_the_same_answer(database: Database) {
    let world = world(&database).await;
    let party = PartyId::from_random(random().unwrap());
    let first = request(
        OFFICE,
        vec![
            registration(party, "王五", "13800000001", None),
            plot(party, SiteId::from_random(random().unwrap()), Some(json!({"label": "北坡"}))),
        ],
    );
    let mut other = first.clone();
    other.digest = RecordId::of(b"other words under the same uid");
    let answer = world.ledger.append(first.clone()).await.unwrap();
    let ids: Vec<RecordId> = answer.records.iter().map(|one| one.record.id()).collect();
    assert_eq!(ids.len(), 2);
    let uid = first.items[0].uid();
    let stored = world.store().requests(&[(OFFICE, uid)]).await.unwrap();
    assert_ne!(stored[0].digest, first.digest, "the stored digest cannot be compared with a guess");
    for world in [&world, &opened(&database).await] {
        let again = world.ledger.append(first.clone()).await.unwrap();
        assert!(again.repeated);
        assert_eq!(again.records.iter().map(|one| one.record.id()).collect::<Vec<_>>(), ids);
        assert_eq!(refused(world.ledger.append(other.clone()).await).rule, "uid_reused");
        assert_eq!(world.ledger.answered(OFFICE, uid, first.digest).await.unwrap(), Some(ids.clone()));
        assert_eq!(world.ledger.answered(OFFICE, uid, other.digest).await.unwrap(), None);
    }
    erase(&world, party).await;
    // Nobody can tell any more what was sent; the first answer stands, and nothing is registered again.
    assert!(world.ledger.append(first).await.unwrap().repeated);
    assert!(row(&world, party).await.erased.is_some());
}

pub async fn erasing_twice_at_once_erases_once(database: Database) {
    let (one_server, other_server) = (world(&database).await, opened(&database).await);
    let one = person(&one_server).await;
    let site = SiteId::from_random(random().unwrap());
    let siting = request(OFFICE, vec![plot(one.party, site, Some(json!({"label": "东坡"})))]);
    let (first, second, sited) = tokio::join!(
        try_erase(&one_server, OFFICE, one.party),
        try_erase(&other_server, one.party, one.party),
        other_server.ledger.append(siting),
    );
    assert_eq!([&first, &second].iter().filter(|result| result.is_ok()).count(), 1, "{first:?} {second:?}");
    assert_eq!(row(&one_server, one.party).await.erasures, 1);
    // The site came before it and is erased, or after it and was refused.
    match sited {
        Ok(answer) => {
            let record = answer.records[0].record.id();
            assert_eq!(value(&one_server, record, Group::Place).await, Some(Personal::Erased));
        }
        other => assert_eq!(refused(other).rule, "party_erased"),
    }
    other_server.ledger.take_up().await.unwrap();
    assert!(database.keys().all().await.unwrap().keys().all(|key| key.party != one.party));
}
