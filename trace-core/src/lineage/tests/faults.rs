//! Every fault, by the record that has it.

use super::history::{History, code, output};
use crate::id::{RecordId, Stage};
use crate::lineage::{Lineage, LineageFault};
use crate::record::{Details, Input, Kind};

/// Three batches brought in and one made of the first two.
fn start() -> (History, [crate::id::BatchCode; 4], [RecordId; 2]) {
    let mut history = History::default();
    let codes = [1, 2, 3, 4].map(|n| code(Stage::Processing, n));
    let made = history.bring_in(&codes[..3], "before_system");
    let used = history.process(&codes[..2], &codes[3..]);
    (history, codes, [made, used])
}

fn wash() -> Details {
    Details::from_value(Kind::Process, serde_json::json!({"method": "wash"})).unwrap()
}

#[test]
fn an_input_names_an_earlier_record_that_made_it() {
    let (mut history, [a, b, c, d], [made, used]) = start();
    let unknown = RecordId::of(b"never");
    let fifth = code(Stage::Processing, 9);
    let name = |record, batch| {
        move |body: &mut crate::record::RecordBody| {
            (body.inputs, body.outputs) = (vec![Input { batch, record }], vec![output(fifth)]);
        }
    };
    let mut other = history.clone();
    let id = other.push(name(unknown, a), wash());
    let place = "/inputs/0/record".to_owned();
    let fault = other.lineage().unwrap_err();
    assert_eq!(fault, LineageFault::UnknownInput { record: id, place: place.clone(), found: unknown, index: 2 });
    assert_eq!((fault.record(), fault.place()), (id, "/inputs/0/record"));
    let text = fault.to_string();
    assert!(text.contains(&id.to_string()) && text.contains(&unknown.to_string()), "{text}");

    let mut other = history.clone();
    let id = other.push(name(used, c), wash());
    let fault = LineageFault::NotItsMaker { record: id, place, batch: c, found: used, wanted: Some(made) };
    assert_eq!(other.lineage().unwrap_err(), fault);

    let newer = history.correct(made, &[]);
    let id = history.push(name(made, b), wash());
    let Err(LineageFault::StaleInput { record, found, wanted, .. }) = history.lineage() else { panic!() };
    assert_eq!((record, found, wanted), (id, made, newer));
    assert!(history.lineage().unwrap_err().to_string().contains("old version"));
    assert_ne!(d, fifth);
}

#[test]
fn nothing_happens_before_its_input_and_a_day_equals_its_moments() {
    let (mut history, [_, _, c, _], [made, _]) = start();
    let set = |at: &str| {
        let at = at.parse().unwrap();
        move |body: &mut crate::record::RecordBody| {
            (body.inputs, body.occurred_at) = (vec![Input { batch: c, record: made }], at);
            body.sealed.clear();
        }
    };
    let certify =
        || Details::from_value(Kind::Certify, serde_json::json!({"basis": "own_test", "wording_version": 1})).unwrap();
    history.push(set("2026-11-20T00:00:00+08:00"), certify());
    assert!(history.lineage().is_ok());
    let id = history.push(set("2026-11-19"), certify());
    let fault = history.lineage().unwrap_err();
    assert!(matches!(&fault, LineageFault::BeforeInput { record, .. } if *record == id), "{fault}");
    assert_eq!(fault.place(), "/occurred_at");
}

#[test]
fn a_batch_code_is_made_once() {
    let (mut history, [a, _, c, _], [made, _]) = start();
    let id = history.process(&[c], &[a]);
    let place = "/outputs/0/batch".to_owned();
    let wanted = LineageFault::BatchTaken { record: id, place, batch: a, maker: made };
    // The batch would also descend from itself: one record, and a correct line of versions, are asked first.
    assert_eq!(history.lineage().unwrap_err(), wanted);
}

#[test]
fn versions_form_a_line_and_keep_kind_and_outputs() {
    let (mut history, [a, b, c, d], [made, used]) = start();
    let newer = history.correct(used, &[a]);
    assert!(history.lineage().is_ok());
    let mut fork = history.clone();
    let id = fork.correct(used, &[b]);
    assert_eq!(fork.lineage().unwrap_err(), LineageFault::StaleVersion { record: id, found: used, by: newer });

    let unknown = RecordId::of(b"never");
    let mut other = history.clone();
    let id = other.void(unknown);
    assert_eq!(other.lineage().unwrap_err(), LineageFault::UnknownSuperseded { record: id, found: unknown, index: 3 });

    let fifth = code(Stage::Processing, 9);
    let correct = |outputs: Vec<crate::id::BatchCode>, origin: &str| {
        let json = serde_json::json!({"kind": "bring_in", "details": {"origin": origin}});
        let details = Details::from_value(Kind::Correct, json).unwrap();
        let change = move |body: &mut crate::record::RecordBody| {
            body.outputs = outputs.into_iter().map(output).collect();
            body.supersedes = Some(newer);
        };
        (change, details)
    };
    let (change, details) = correct(vec![d, fifth], "unknown");
    let id = history.push(change, details);
    let faults = history.verify().unwrap_err();
    let other_kind = LineageFault::OtherKind { record: id, found: Kind::BringIn, wanted: Kind::Process };
    assert!(faults.contains(&other_kind), "{faults:?}");
    assert!(faults.contains(&LineageFault::OtherOutputs { record: id, found: vec![d, fifth], wanted: vec![d] }));
    assert_eq!(history.maker(c), made);
}

#[test]
fn what_is_used_is_not_pulled_away() {
    let (history, [a, b, c, d], [made, used]) = start();
    let mut voids = history.clone();
    let id = voids.void(made);
    assert_eq!(voids.lineage().unwrap_err(), LineageFault::VoidsUsed { record: id, user: used });

    let mut line = history.clone();
    line.void(used);
    line.void(made);
    assert!(line.lineage().is_ok(), "what used it was voided first");
    let id = line.process(&[c], &[code(Stage::Processing, 9)]);
    assert!(matches!(line.lineage(), Err(LineageFault::VoidInput { record, batch, .. }) if (record, batch) == (id, c)));

    // fifth from d; then d is corrected to come from fifth.
    let mut cycle = history;
    let fifth = code(Stage::Processing, 9);
    let child = cycle.process(&[d], &[fifth]);
    let id = cycle.correct(used, &[a, b, fifth]);
    let faults = cycle.verify().unwrap_err();
    assert!(faults.contains(&LineageFault::InputsOfUsed { record: id, user: child }), "{faults:?}");
    let cyclic: Vec<_> =
        faults.iter().filter(|f| matches!(f, LineageFault::Cycle { .. })).map(LineageFault::record).collect();
    assert_eq!(cyclic, [child, id]);
}

#[test]
fn order_and_bytes_are_checked_and_all_faults_are_told() {
    let (history, _, [made, used]) = start();
    let records = history.records;
    let backwards = Lineage::build([(5, records[0].clone()), (5, records[1].clone())]);
    assert_eq!(backwards.unwrap_err(), LineageFault::OutOfOrder { record: used, index: 5, after: 5 });
    let twice = Lineage::build([(0, records[0].clone()), (1, records[0].clone())]);
    assert_eq!(twice.unwrap_err(), LineageFault::Twice { record: made, index: 1, first: 0 });
    assert!(matches!(Lineage::build([(0, records[1].clone())]), Err(LineageFault::UnknownInput { .. })));

    // One byte of the first record changes: still valid, but another record.
    let text = String::from_utf8(records[0].bytes().to_vec()).unwrap();
    let forged = text.replace("before_system", "unknown");
    let entries = [(0, forged.as_bytes(), made), (1, records[1].bytes(), used)];
    let faults = Lineage::verify(entries).unwrap_err();
    assert!(matches!(&faults[0], LineageFault::WrongId { record, index: 0, .. } if *record == made));
    let unknown = faults.iter().filter(|f| matches!(f, LineageFault::UnknownInput { .. })).count();
    assert_eq!((faults.len(), unknown), (3, 2), "both inputs of the second record: {faults:?}");

    let spaced = format!("{text} ");
    let faults = Lineage::verify([(0, spaced.as_bytes(), RecordId::of(spaced.as_bytes()))]).unwrap_err();
    assert!(matches!(&faults[..], [LineageFault::Unreadable { refusal, .. }] if refusal.rule == "not_canonical"));
}
