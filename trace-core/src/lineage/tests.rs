//! The graph against small histories made by hand, and against naive walking of random ones (`random`).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod faults;
mod history;
mod random;
mod shares;

use history::{History, code};

use super::*;
use crate::id::Stage;

#[test]
fn walks_follow_use_and_list_what_only_speaks() {
    let mut history = History::default();
    let [a, b, c, d] = [1, 2, 3, 4].map(|n| code(Stage::Processing, n));
    let r1 = history.bring_in(&[a, b], "before_system");
    let r2 = history.process(&[a], &[c]);
    let speaks = history.inspect(c);
    let r3 = history.process(&[c, b], &[d]);
    let lineage = history.lineage().unwrap();
    assert_eq!((lineage.record_count(), lineage.batch_count()), (4, 4));

    let back = lineage.back(&d);
    assert_eq!(back.records, [r1, r2, r3]);
    assert_eq!(back.batches, [a, b, c, d]);
    assert_eq!(back.edges.len(), 3);
    let forward = lineage.forward(&a);
    assert_eq!(forward.records, [r1, r2, speaks, r3]);
    assert_eq!(forward.batches, [a, c, d]);
    let spoken = forward.edges.iter().find(|edge| edge.record == speaks).unwrap();
    assert_eq!((spoken.uses, spoken.live, spoken.input_record), (false, true, r2));
    assert!(spoken.outputs.is_empty());
    assert_eq!(lineage.forward(&b).batches, [b, d], "a sibling is not swept in");
    assert_eq!(lineage.back(&code(Stage::Sale, 9)), Walk::default());
}

#[test]
fn versions_stay_and_only_the_newest_is_live() {
    let mut history = History::default();
    let [a, b, c] = [1, 2, 3].map(|n| code(Stage::Processing, n));
    let r1 = history.bring_in(&[a, b], "before_system");
    let old = history.process(&[a], &[c]);
    let new = history.correct(old, &[b]);
    let lineage = history.lineage().unwrap();
    assert!(!lineage.is_live(&old) && lineage.is_live(&new));
    assert_eq!(lineage.live_maker(&c), Some(new));
    let back = lineage.back(&c);
    assert_eq!(back.records, [r1, old, new]);
    assert_eq!(back.batches, [a, b, c]);
    let live: Vec<_> = back.edges.iter().map(|edge| (edge.batch, edge.live)).collect();
    assert!(live.contains(&(a, false)) && live.contains(&(b, true)), "{live:?}");

    let void = history.void(new);
    let lineage = history.lineage().unwrap();
    assert_eq!((lineage.live_maker(&c), lineage.is_live(&void)), (None, true));
    assert!(lineage.back(&c).edges.iter().all(|edge| !edge.live));
}

#[test]
fn a_correction_may_keep_the_edge_to_an_old_version() {
    let mut history = History::default();
    let [a, b] = [1, 2].map(|n| code(Stage::Processing, n));
    let r1 = history.bring_in(&[a], "before_system");
    let r2 = history.process(&[a], &[b]);
    history.correct(r1, &[]);
    let kept = history.correct_naming(r2, &[(a, r1)]);
    let lineage = history.lineage().unwrap();
    let edges = lineage.back(&b).edges;
    assert!(edges.iter().any(|edge| edge.record == kept && edge.input_record == r1 && edge.live));
}
