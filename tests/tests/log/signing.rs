//! What is signed, when, and with which keys.

use std::time::{Duration, Instant};

use trace_core::log::{Frontier, leaf_hash};
use trace_server::log::Standing;
use trace_tests::drafting::draft;
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, FIRST_PLOT, PROCESSOR, World, loss};

use crate::place::Place;

/// Every entry is under a published checkpoint within a second of its answer, while others are appended.
pub async fn signed_within_a_second(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let log = place.log(&world);
    log.sign().await.unwrap();
    log.keep_signing();
    let mut published = log.watch_published();
    let batch = world.fresh(PROCESSOR, "1000kg").await;
    for _ in 0..5 {
        let appended = world.append(PROCESSOR, loss(batch, "1kg")).await;
        let since = Instant::now();
        let covers = |newest: &Option<std::sync::Arc<trace_server::log::Published>>| {
            newest.as_ref().is_some_and(|newest| newest.size > appended.index)
        };
        tokio::time::timeout(Duration::from_secs(20), published.wait_for(covers)).await.expect("a checkpoint").unwrap();
        // The promise is a second; a machine that runs other tests meanwhile gets three.
        assert!(since.elapsed() < Duration::from_secs(3), "signed after {:?}", since.elapsed());
    }
    let size = world.store().head().await.unwrap().frontier.size();
    log.watch().wait_for(|standing| *standing == Standing::Signed(size)).await.unwrap();
}

/// One signature covers what many appended; without new entries nothing is signed again.
pub async fn appends_share_a_signature(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let log = place.log(&world);
    let first = place.sign(&log).await;
    let note = log.published().unwrap().text.clone();
    world.pass_ms(5_000);
    assert_eq!(place.sign(&log).await, first);
    assert_eq!(log.published().unwrap().text, note, "signed again without a reason");
    for _ in 0..7 {
        world.fresh(PROCESSOR, "1kg").await;
    }
    let second = place.sign(&log).await;
    assert_eq!(second.size(), first.size() + 7);
    assert_eq!(second.origin(), "trace.example.org/yiliang");
    let mut tree = Frontier::new();
    for entry in world.store().entries(0..u64::MAX).await.unwrap() {
        tree.push(leaf_hash(&entry.bytes));
    }
    assert_eq!((second.size(), second.root()), (tree.size(), tree.root()));
    let kept = std::fs::read_to_string(place.checkpoint_file()).unwrap();
    assert!(kept.ends_with(&log.published().unwrap().text), "what is shown is what is kept");
}

/// A new key signs beside the old one, at once; after the old one is retired its verifier key is still told.
pub async fn a_new_key_signs_beside_the_old(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let checkpoint = place.sign(&place.log(&world)).await;
    let mut keys = place.keys();
    let old = keys.verifiers().next().unwrap().clone();
    let new = keys.add(checkpoint.origin()).unwrap().clone();
    keys.write(&place.key_file()).unwrap();
    let log = place.log(&world);
    assert_eq!(place.sign(&log).await, checkpoint);
    let note = log.published().unwrap().note.clone();
    assert_eq!(note.verify(&[old.clone(), new.clone()]).unwrap().by.len(), 2);
    drop(log);
    keys.retire(&old.id().to_string()).unwrap();
    keys.write(&place.key_file()).unwrap();
    world.fresh(PROCESSOR, "1kg").await;
    let log = place.log(&world);
    place.sign(&log).await;
    assert!(log.published().unwrap().note.verify(std::slice::from_ref(&old)).is_err());
    assert!(log.keys().unwrap().unwrap().verifiers().any(|key| *key == old));
}

/// Nobody has to restart a server for a key: the next look signs with it, and a key that was retired signs no more. A file
/// that is broken or gone meanwhile loses no key and makes none.
pub async fn a_running_log_takes_up_keys(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let log = place.log(&world);
    let checkpoint = place.sign(&log).await;
    let mut keys = place.keys();
    let old = keys.verifiers().next().unwrap().clone();
    let new = keys.add(checkpoint.origin()).unwrap().clone();
    keys.write(&place.key_file()).unwrap();
    assert_eq!(place.sign(&log).await, checkpoint, "both sign what only the old one had signed");
    assert_eq!(log.published().unwrap().note.verify(&[old.clone(), new.clone()]).unwrap().by.len(), 2);
    keys.retire(&old.id().to_string()).unwrap();
    keys.write(&place.key_file()).unwrap();
    world.fresh(PROCESSOR, "1kg").await;
    place.sign(&log).await;
    let published = log.published().unwrap();
    assert!(published.note.verify(std::slice::from_ref(&old)).is_err(), "the retired key signed");
    assert_eq!(published.keys, [new.clone(), old]);
    let text = std::fs::read(place.key_file()).unwrap();
    std::fs::write(place.key_file(), "sign nonsense\n").unwrap();
    assert!(matches!(log.sign().await, Err(trace_server::log::SignerError::Keys(_))));
    std::fs::write(place.key_file(), &text).unwrap();
    place.sign(&log).await;
    std::fs::remove_file(place.key_file()).unwrap();
    world.fresh(PROCESSOR, "1kg").await;
    log.sign().await.unwrap();
    assert!(!place.key_file().exists(), "a key that nobody knows was made");
    assert_eq!(log.published().unwrap().note.verify(std::slice::from_ref(&new)).unwrap().by.len(), 1);
}

/// The process ended between keeping a checkpoint and telling the store of it.
pub async fn a_lost_note_is_noted_again(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let log = place.log(&world);
    let checkpoint = place.sign(&log).await;
    drop(log);
    trace_tests::raw::execute(&database, "DELETE FROM checkpoints").await;
    let log = place.log(&world);
    assert_eq!(place.sign(&log).await, checkpoint);
}

/// The kept checkpoint is taken up from the stored hashes of tiles at any size.
pub async fn a_log_of_thousands(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    for round in 0..3 {
        let tends = || draft(trace_core::record::Kind::Tend, serde_json::json!({"operation": "weed"}));
        for _ in 0..4 {
            let group = (0..70 + round).map(|_| {
                let mut tend = tends();
                tend.uid = world.uid();
                trace_tests::drafting::Drafting::names(tend, planting)
            });
            world.send(FIRST, group.collect()).await.unwrap();
        }
        // Each time by a new signer, which has only the kept checkpoint.
        let checkpoint = place.sign(&place.log(&world)).await;
        assert_eq!(checkpoint.size(), world.store().head().await.unwrap().frontier.size());
    }
}
