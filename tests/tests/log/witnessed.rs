//! What witnesses add: nothing is shown before enough of them cosigned, none of them can delay an append, and a fork
//! is refused by them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use trace_core::log::{Policy, leaf_hash};
use trace_server::log::{Published, Refused, TransparencyLog, Witness, WitnessState, Witnesses};
use trace_tests::engines::Database;
use trace_tests::household::{PROCESSOR, World, loss};

use crate::place::Place;
use crate::witness::{Manner, TestWitness};

async fn open(manners: &[Manner]) -> Vec<TestWitness> {
    let mut witnesses = Vec::new();
    for (number, manner) in manners.iter().enumerate() {
        witnesses.push(TestWitness::open(&format!("w.example/{number}"), *manner).await);
    }
    witnesses
}

fn all(witnesses: &[TestWitness], quorum: usize) -> Witnesses {
    Witnesses { list: witnesses.iter().map(TestWitness::configured).collect(), quorum }
}

async fn shown(log: &TransparencyLog, size: u64) -> Arc<Published> {
    let mut published = log.watch_published();
    let covers = |newest: &Option<Arc<Published>>| newest.as_ref().is_some_and(|newest| newest.size >= size);
    let found = tokio::time::timeout(Duration::from_secs(30), published.wait_for(covers)).await;
    found.expect("a published checkpoint in time").unwrap().clone().unwrap()
}

async fn state(log: &TransparencyLog, place: usize, wanted: impl Fn(&WitnessState) -> bool) -> WitnessState {
    let begun = Instant::now();
    loop {
        let state = log.witnesses()[place].1.clone();
        if wanted(&state) {
            return state;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{state:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Two of three cosign, the third is dead: the checkpoint is shown with both cosignatures, and no append waits.
pub async fn shown_when_enough_cosigned(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let witnesses = open(&[Manner::Honest, Manner::Silent, Manner::Honest]).await;
    let configured = all(&witnesses, 2);
    let log = place.witnessed(&world, configured.clone());
    log.sign().await.unwrap();
    assert!(log.published().is_none(), "shown before anybody cosigned");
    log.keep_signing();
    let batch = world.fresh(PROCESSOR, "1000kg").await;
    let mut index = 0;
    for _ in 0..3 {
        let begun = Instant::now();
        index = world.append(PROCESSOR, loss(batch, "1kg")).await.index;
        assert!(begun.elapsed() < Duration::from_secs(3), "an append waited for a dead witness");
        shown(&log, index + 1).await;
    }
    let newest = shown(&log, index + 1).await;
    let keys: Vec<_> = place.keys().verifiers().cloned().collect();
    let witness_keys = configured.list.iter().map(Witness::key).cloned().collect();
    let policy = Policy::new(world_origin(), keys, witness_keys, 2).unwrap();
    let verified = policy.verify(&newest.note).unwrap();
    assert_eq!(verified.checkpoint.size(), newest.size);
    assert!(witnesses[1].asked() > 0);
    let cosigned = state(&log, 0, |state| state.cosigned.is_some()).await;
    assert_eq!(cosigned.refused, None);
}

fn world_origin() -> &'static str {
    trace_tests::household::ORIGIN
}

/// One of two cosigns: nothing new is shown until the other does.
pub async fn not_shown_before(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let witnesses = open(&[Manner::Honest, Manner::Stranger]).await;
    let log = place.witnessed(&world, all(&witnesses, 2));
    log.keep_signing();
    let size = world.store().head().await.unwrap().frontier.size();
    state(&log, 0, |state| state.cosigned == Some((size, state.cosigned.unwrap_or_default().1))).await;
    state(&log, 1, |state| matches!(state.refused, Some(Refused::Stranger(_)))).await;
    assert!(log.published().is_none(), "shown without a quorum");
    witnesses[1].behave(Manner::Honest);
    let newest = shown(&log, size).await;
    assert_eq!(newest.note.signatures().len(), 3, "the log's and two witnesses'");
}

/// The witnesses know another history of the same log: nobody cosigns, and it is told.
pub async fn a_fork_is_not_cosigned(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let witnesses = open(&[Manner::Honest, Manner::Honest]).await;
    witnesses[0].remember(3, leaf_hash(b"another history"));
    witnesses[1].remember(1_000, leaf_hash(b"a longer history"));
    let log = place.witnessed(&world, all(&witnesses, 1));
    log.keep_signing();
    assert_eq!(state(&log, 0, |state| state.refused.is_some()).await.refused, Some(Refused::Forked));
    let ahead = state(&log, 1, |state| state.refused.is_some()).await.refused;
    assert!(matches!(ahead, Some(Refused::Ahead { theirs: 1_000, .. })), "{ahead:?}");
    assert!(log.published().is_none());
}

/// With witnesses a second server with a place of its own goes on after the first is gone, where the first ended; it
/// is told the witnesses' size by their 409.
pub async fn a_second_server_signs_with_witnesses(database: Database) {
    let world = World::found(database.url()).await;
    let (place, other) = (Place::new(), Place::new());
    let witnesses = open(&[Manner::Honest]).await;
    let first = place.witnessed(&world, all(&witnesses, 1));
    first.keep_signing();
    let size = world.store().head().await.unwrap().frontier.size();
    shown(&first, size).await;
    drop(first);
    std::fs::copy(place.key_file(), other.key_file()).unwrap();
    let second = World::open(database.url()).await;
    let log = other.witnessed(&second, all(&witnesses, 1));
    log.keep_signing();
    let index = second.append(PROCESSOR, loss(second.fresh(PROCESSOR, "1kg").await, "1kg")).await.index;
    let newest = shown(&log, index + 1).await;
    assert_eq!(witnesses[0].seen().unwrap().0, newest.size);
}

/// Refusals and nonsense are told apart, and none of them is taken for a cosignature.
pub async fn what_witnesses_may_answer(database: Database) {
    let world = World::found(database.url()).await;
    let place = Place::new();
    let witnesses = open(&[Manner::Untrusting, Manner::Forging, Manner::Babbling]).await;
    let log = place.witnessed(&world, all(&witnesses, 1));
    log.keep_signing();
    let refused = async |place: usize| state(&log, place, |state| state.refused.is_some()).await.refused.unwrap();
    assert!(matches!(refused(0).await, Refused::Stranger(words) if words.contains("403")));
    assert!(matches!(refused(1).await, Refused::BadSignature(_)));
    assert!(matches!(refused(2).await, Refused::NoAnswer(_)));
    assert!(log.published().is_none());
}
