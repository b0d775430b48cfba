//! Shares of outside tianma, worked out by hand.

use std::collections::BTreeMap;

use super::history::{History, code};
use crate::id::{BatchCode, RecordId, Stage};
use crate::lineage::Share;
use crate::quantity::{Quantity, Stated};
use crate::record::{Amounts, Details, Kind};

type Opened = BTreeMap<RecordId, Amounts>;

fn kg(amounts: &[u32]) -> Amounts {
    let inputs = amounts.iter().map(|n| Stated::of(Quantity::kg(*n)).unwrap()).collect();
    Amounts { inputs, ..Amounts::default() }
}

fn share(history: &History, batch: BatchCode, opened: &Opened) -> Option<(u32, bool)> {
    let lineage = history.lineage().unwrap();
    let share = lineage.outside_share_ppm(&batch, |id| opened.get(&id).cloned());
    share.map(|Share { outside_ppm, outside_seed }| (outside_ppm, outside_seed))
}

#[test]
fn a_blend_is_weighted_by_what_was_drawn() {
    let mut history = History::default();
    let [own, foreign, blend, again] = [1, 2, 3, 4].map(|n| code(Stage::Processing, n));
    history.bring_in(&[own], "before_system");
    history.bring_in(&[foreign], "outside");
    let first = history.process(&[own, foreign], &[blend]);
    let second = history.process(&[blend, own], &[again]);
    let mut opened = Opened::from([(first, kg(&[2, 1])), (second, kg(&[3, 1]))]);
    assert_eq!(share(&history, own, &opened), Some((0, false)));
    assert_eq!(share(&history, foreign, &opened), Some((1_000_000, false)));
    assert_eq!(share(&history, blend, &opened), Some((333_333, false)));
    assert_eq!(share(&history, again, &opened), Some((250_000, false)), "no rounding of a third in between");

    opened.insert(first, kg(&[2]));
    assert_eq!(share(&history, blend, &opened), None, "an amount is missing");
    opened.remove(&first);
    assert_eq!(share(&history, again, &opened), None, "not opened");
    assert_eq!(share(&history, code(Stage::Sale, 1), &opened), None);
}

#[test]
fn a_trace_is_never_rounded_to_nothing_nor_most_to_all() {
    let mut history = History::default();
    let [own, foreign, trace, most] = [1, 2, 3, 4].map(|n| code(Stage::Processing, n));
    history.bring_in(&[own], "before_system");
    history.bring_in(&[foreign], "unknown");
    let first = history.process(&[own, foreign], &[trace]);
    let second = history.process(&[own, foreign], &[most]);
    let opened = Opened::from([(first, kg(&[4_000_000, 1])), (second, kg(&[1, 4_000_000]))]);
    assert_eq!(share(&history, trace, &opened), Some((1, false)));
    assert_eq!(share(&history, most, &opened), Some((999_999, false)));
}

#[test]
fn only_versions_in_force_count() {
    let mut history = History::default();
    let [own, foreign, made] = [1, 2, 3].map(|n| code(Stage::Processing, n));
    history.bring_in(&[own], "before_system");
    history.bring_in(&[foreign], "outside");
    let old = history.process(&[foreign], &[made]);
    let new = history.correct(old, &[own]);
    let opened = Opened::from([(old, kg(&[1])), (new, kg(&[1]))]);
    assert_eq!(share(&history, made, &opened), Some((0, false)));
    history.void(new);
    assert_eq!(share(&history, made, &opened), None);
}

#[test]
fn outside_seed_is_told_apart() {
    let mut history = History::default();
    let (seed, fungus) = (code(Stage::Seed, 1), code(Stage::Fungus, 1));
    let (plot, dug) = (code(Stage::Planting, 1), code(Stage::Harvest, 1));
    history.bring_in(&[seed], "outside");
    history.bring_in(&[fungus], "unknown");
    let plant = Details::from_value(Kind::Plant, serde_json::json!({"method": "hole", "form": "wutianma"})).unwrap();
    history.make(plant, &[seed, fungus], &[plot]);
    let harvest = Details::from_value(Kind::Harvest, serde_json::json!({"season": "dongma", "final": true})).unwrap();
    history.make(harvest, &[plot], &[dug]);
    assert_eq!(share(&history, dug, &Opened::new()), Some((0, true)), "seed and fungus need no amounts");
    assert_eq!(share(&history, fungus, &Opened::new()), Some((0, false)));
    let back = Details::from_value(Kind::Return, serde_json::json!({"reason": "unsold"})).unwrap();
    let returned = code(Stage::Harvest, 2);
    history.make(back, &[dug], &[returned]);
    assert_eq!(share(&history, returned, &Opened::new()), Some((0, true)));
}
