//! Appending: many at once, the same again, and what a refusal leaves behind (nothing).

use serde_json::json;
use tokio::task::JoinSet;
use trace_core::id::Stage;
use trace_core::record::{Class, Kind};
use trace_core::tianma::Product;
use trace_server::ledger::{Answer, AppendError, Request};
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, PROCESSOR, SECOND, World, loss, made};
use trace_tests::raw;

use crate::log;

fn stock(amount: &str) -> trace_core::prepare::Draft {
    let details = json!({"origin": "before_system"});
    draft(Kind::BringIn, details).makes_at(Stage::Harvest, Product::FreshTianma, amount)
}

/// Sends requests at once and gives their answers in the order of the requests.
pub async fn at_once(world: &World, requests: Vec<Request>) -> Vec<Result<Answer, AppendError>> {
    let mut set = JoinSet::new();
    for (i, request) in requests.into_iter().enumerate() {
        let ledger = world.ledger.clone();
        set.spawn(async move { (i, ledger.append(request).await) });
    }
    let mut answers = set.join_all().await;
    answers.sort_by_key(|(i, _)| *i);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

pub async fn concurrent_appends_all_stand(database: Database) {
    let world = World::found(database.url()).await;
    let before = log::check(&**world.store()).await;
    let requests = (1..=60).map(|n| world.request(FIRST, vec![stock(&format!("{n}kg"))])).collect();
    let answers = at_once(&world, requests).await;
    let mut indices = Vec::new();
    for (n, answer) in (1..=60).zip(answers) {
        let one = answer.unwrap().records.pop().unwrap();
        let batch = world.batch(made(&one)).await;
        assert_eq!(batch.made, n * 1_000_000);
        indices.push(one.index);
    }
    indices.sort_unstable();
    assert_eq!(indices, (before..before + 60).collect::<Vec<_>>());
    assert_eq!(log::check(&**world.store()).await, before + 60);
}

pub async fn the_same_uid_in_sequence(database: Database) {
    let world = World::found(database.url()).await;
    let request = world.request(FIRST, vec![stock("7kg"), stock("8kg")]);
    let first = world.ledger.append(request.clone()).await.unwrap();
    let counts = raw::counts(&database).await;
    world.pass_ms(5_000);
    let again = world.ledger.append(request).await.unwrap();
    assert!(!first.repeated && again.repeated);
    assert_eq!(again.records.len(), 2);
    for (one, other) in first.records.iter().zip(&again.records) {
        assert_eq!((one.index, one.received_at, &one.findings), (other.index, other.received_at, &other.findings));
        assert_eq!(one.record.bytes(), other.record.bytes());
    }
    assert_eq!(raw::counts(&database).await, counts);
}

pub async fn the_same_uid_at_once(database: Database) {
    let world = World::found(database.url()).await;
    let before = log::check(&**world.store()).await;
    let request = world.request(FIRST, vec![stock("7kg")]);
    let answers = at_once(&world, vec![request; 24]).await;
    let answers: Vec<Answer> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| !answer.repeated).count(), 1);
    assert!(answers.iter().all(|answer| answer.records[0].index == before));
    assert_eq!(log::check(&**world.store()).await, before + 1);
}

pub async fn the_same_uid_after_a_lost_reply(database: Database) {
    let world = World::found(database.url()).await;
    let before = log::check(&**world.store()).await;
    let request = world.request(FIRST, vec![stock("7kg")]);
    {
        // Polled once, so that it stands in the queue; then the one who waits for the answer is gone.
        let mut sent = Box::pin(world.ledger.append(request.clone()));
        tokio::select! {
            biased;
            _ = &mut sent => panic!("no commit can be that fast"),
            () = std::future::ready(()) => {}
        }
    }
    let again = world.ledger.append(request).await.unwrap();
    assert!(again.repeated, "the lost one was stored, and is found again");
    assert_eq!(again.records[0].index, before);
    assert_eq!(log::check(&**world.store()).await, before + 1);
}

pub async fn a_uid_with_other_content(database: Database) {
    let world = World::found(database.url()).await;
    let uid = world.uid();
    world.append(FIRST, stock("7kg").numbered(uid)).await;
    let counts = raw::counts(&database).await;
    let refusal = world.refusal(FIRST, stock("8kg").numbered(uid)).await;
    assert_eq!((refusal.rule.as_str(), refusal.class), ("uid_reused", Class::Conflict));
    // Also as one of a group, and twice within one group.
    for uids in [[world.uid(), uid], [uid, world.uid()]] {
        let group = uids.map(|uid| stock("9kg").numbered(uid)).to_vec();
        let error = world.send(FIRST, group).await.unwrap_err();
        assert!(matches!(&error, AppendError::Refused(r) if r.rule == "uid_reused"), "{error}");
    }
    let twice = world.uid();
    let group = vec![stock("1kg").numbered(twice), stock("2kg").numbered(twice)];
    let error = world.send(FIRST, group).await.unwrap_err();
    assert!(matches!(&error, AppendError::Refused(r) if r.rule == "uid_reused"), "{error}");
    assert_eq!(raw::counts(&database).await, counts);
    // At once: whichever comes first stands, the other is told.
    let uid = world.uid();
    let requests = ["1kg", "2kg"].map(|amount| world.request(FIRST, vec![stock(amount).numbered(uid)])).to_vec();
    let answers = at_once(&world, requests).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
}

pub async fn a_uid_belongs_to_its_submitter(database: Database) {
    let world = World::found(database.url()).await;
    let uid = world.uid();
    let one = world.append(FIRST, stock("7kg").numbered(uid)).await;
    let other = world.append(SECOND, stock("8kg").numbered(uid)).await;
    assert_ne!(one.record.id(), other.record.id());
    let known = world.store().requests(&[(FIRST, uid), (SECOND, uid), (PROCESSOR, uid)]).await.unwrap();
    let mut records: Vec<_> = known.iter().map(|row| (row.submitter, row.records.clone())).collect();
    records.sort();
    assert_eq!(records, [(FIRST, vec![one.record.id()]), (SECOND, vec![other.record.id()])]);
}

pub async fn an_overdraw_leaves_nothing(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "10kg").await;
    world.append(FIRST, loss(batch, "4kg")).await;
    let (counts, row) = (raw::counts(&database).await, world.batch(batch).await);
    let refusal = world.refusal(FIRST, loss(batch, "6001g")).await;
    assert_eq!(refusal.rule, "overdraw");
    assert!(refusal.en.contains("still holds 6 kg") && refusal.en.contains("6.001 kg"), "{refusal}");
    assert_eq!(raw::counts(&database).await, counts);
    assert_eq!(world.batch(batch).await, row);
    world.append(FIRST, loss(batch, "6kg")).await;
    assert_eq!(world.batch(batch).await.remaining(), 0);
    assert_eq!(world.refusal(FIRST, loss(batch, "1mg")).await.rule, "overdraw");
}

pub async fn a_refused_group_leaves_nothing(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "10kg").await;
    let counts = raw::counts(&database).await;
    let uid = world.uid();
    let group = vec![stock("5kg").numbered(uid), loss(batch, "6kg"), loss(batch, "5kg")];
    let error = world.send(FIRST, group).await.unwrap_err();
    let AppendError::Refused(refusal) = error else { panic!("{error}") };
    assert_eq!((refusal.rule.as_str(), &refusal.place[..3]), ("overdraw", "/2/"));
    assert_eq!(raw::counts(&database).await, counts);
    assert_eq!(world.batch(batch).await.remaining(), 10_000_000);
    assert!(world.store().requests(&[(FIRST, uid)]).await.unwrap().is_empty());
    // The uid is free again: nothing was answered under it.
    world.append(FIRST, stock("5kg").numbered(uid)).await;
}

pub async fn one_refusal_in_a_busy_commit(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let before = log::check(&**world.store()).await;
    let requests = (0..64)
        .map(|n| {
            let amount = if n % 8 == 3 { "200kg" } else { "1kg" };
            world.request(FIRST, vec![loss(batch, amount)])
        })
        .collect();
    for (n, answer) in at_once(&world, requests).await.into_iter().enumerate() {
        match answer {
            Ok(_) => assert_ne!(n % 8, 3, "request {n} should have been refused"),
            Err(AppendError::Refused(refusal)) => assert_eq!((n % 8, refusal.rule.as_str()), (3, "overdraw")),
            Err(error) => panic!("request {n}: {error}"),
        }
    }
    assert_eq!(world.batch(batch).await.remaining(), 44_000_000);
    assert_eq!(log::check(&**world.store()).await, before + 56);
}
