//! What cannot be a record: each refusal by its rule and its place.

use serde_json::{Value, json};

use super::samples::{code, digest, input, output, party, sample};
use crate::id::{BatchCode, Stage};
use crate::record::canonical::{MAX_INPUTS, MAX_RECORD_BYTES};
use crate::record::{Class, Details, Kind, Record, Refusal};

fn refused(value: Value) -> Refusal {
    let refusal = Record::from_value(value).expect_err("refused");
    assert_eq!(refusal.class, Class::Invalid);
    assert!(!refusal.zh.is_empty() && !refusal.en.is_empty());
    refusal
}

#[track_caller]
fn expect(value: Value, rule: &str, place: &str) {
    let refusal = refused(value);
    assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), (rule, place), "{refusal}");
}

/// The sample of a kind with one change.
fn with(kind: Kind, change: impl FnOnce(&mut Value)) -> Value {
    let mut value = sample(kind);
    change(&mut value);
    value
}

#[test]
fn unknown_kinds_and_schemas() {
    let value = with(Kind::Harvest, |v| v["kind"] = json!("reap"));
    assert!(refused(value.clone()).en.contains("register_party"), "the known kinds are named");
    expect(value, "malformed", "/kind");
    expect(with(Kind::Harvest, |v| v["schema"] = json!("tianma-trace/record/2")), "unknown_schema", "/schema");
    expect(with(Kind::Harvest, |v| _ = v.as_object_mut().unwrap().remove("schema")), "malformed", "");
}

#[test]
fn unknown_fields_wherever_they_stand() {
    expect(with(Kind::Harvest, |v| v["comment"] = json!("x")), "malformed", "/comment");
    expect(with(Kind::Harvest, |v| v["details"]["comment"] = json!("x")), "malformed", "/details/comment");
    expect(with(Kind::Harvest, |v| v["inputs"][0]["kg"] = json!(1)), "malformed", "/inputs/0/kg");
    expect(
        with(Kind::Harvest, |v| v["outputs"][0]["attributes"]["kg"] = json!(1)),
        "malformed",
        "/outputs/0/attributes/kg",
    );
    expect(with(Kind::Harvest, |v| v["a/b~c"] = json!(1)), "malformed", "/a~1b~0c");
    expect(with(Kind::Harvest, |v| v["details"]["season"] = json!("summer")), "malformed", "/details/season");
}

#[test]
fn every_kind_refuses_an_unknown_detail_and_an_unknown_field() {
    for kind in Kind::ALL.iter().copied() {
        assert_eq!(refused(with(kind, |v| v["details"]["comment"] = json!("x"))).rule, "malformed", "{kind}");
        assert_eq!(refused(with(kind, |v| v["comment"] = json!("x"))).rule, "malformed", "{kind}");
    }
}

#[test]
fn counts_of_batches() {
    let many = |count: u16| -> Vec<Value> {
        let day = jiff::civil::date(2026, 11, 20);
        let code = |n: u16| BatchCode::new(Stage::Harvest, day, u32::from(n).to_be_bytes()).unwrap();
        (0..count).map(|n| json!({"batch": code(n), "record": digest(1)})).collect()
    };
    let most = u16::try_from(MAX_INPUTS).unwrap();
    assert!(Record::from_value(with(Kind::Process, |v| v["inputs"] = json!(many(most)))).is_ok(), "500 fit");
    let refusal = refused(with(Kind::Process, |v| v["inputs"] = json!(many(most + 1))));
    assert!(refusal.en.contains("501") && refusal.en.contains("500") && refusal.zh.contains("并批"));
    assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), ("too_many_inputs", "/inputs"));

    expect(with(Kind::Harvest, |v| v["inputs"] = json!([])), "batch_count", "/inputs");
    expect(with(Kind::Harvest, |v| v["outputs"] = json!([])), "batch_count", "/outputs");
    expect(with(Kind::Confirm, |v| v["inputs"] = json!([input(Stage::Sale, 1)])), "batch_count", "/inputs");
}

#[test]
fn sealed_groups_are_those_of_the_kind() {
    expect(with(Kind::Harvest, |v| _ = v.as_object_mut().unwrap().remove("sealed")), "sealed_missing", "/sealed");
    expect(with(Kind::Harvest, |v| v["sealed"]["person"] = json!(digest(1))), "sealed_unexpected", "/sealed/person");
    expect(with(Kind::Void, |v| v["sealed"]["amounts"] = json!(digest(1))), "sealed_unexpected", "/sealed/amounts");
    assert_eq!(refused(with(Kind::Harvest, |v| v["sealed"]["secrets"] = json!(digest(1)))).rule, "malformed");
}

#[test]
fn batch_codes_fit_stage_and_day() {
    let harvest = |change: fn(&mut Value)| with(Kind::Harvest, move |v| change(&mut v["outputs"][0]));
    expect(harvest(|o| o["batch"] = json!(code(Stage::Seed, 100))), "batch_code_stage", "/outputs/0/batch");
    expect(with(Kind::Harvest, |v| v["occurred_at"] = json!("2026-11-21")), "batch_code_date", "/outputs/0/batch");
    expect(harvest(|o| o["product"] = json!("dried_tianma")), "product_stage", "/outputs/0/product");
    expect(
        with(Kind::Harvest, |v| v["outputs"] = json!([output(Stage::Sale, "fresh_tianma")])),
        "wrong_stage",
        "/outputs/0/stage",
    );
    expect(with(Kind::Harvest, |v| v["inputs"] = json!([input(Stage::Seed, 1)])), "wrong_stage", "/inputs/0/batch");
    // One wrong character is caught by the check character.
    let mut code = code(Stage::Harvest, 100);
    code.replace_range(9..10, if &code[9..10] == "7" { "8" } else { "7" });
    expect(with(Kind::Harvest, |v| v["outputs"][0]["batch"] = json!(code)), "malformed", "/outputs/0/batch");
}

#[test]
fn a_batch_stands_once_and_is_not_made_of_itself() {
    let twice = json!([input(Stage::Harvest, 1), input(Stage::Harvest, 1)]);
    expect(with(Kind::Process, |v| v["inputs"] = twice), "batch_named_twice", "/inputs/1/batch");
    let twice = json!([output(Stage::Harvest, "fresh_tianma"), output(Stage::Harvest, "fresh_tianma")]);
    expect(with(Kind::Harvest, |v| v["outputs"] = twice), "batch_named_twice", "/outputs/1/batch");
    expect(
        with(Kind::Process, |v| {
            v["inputs"] = json!([input(Stage::Harvest, 1), input(Stage::Processing, 100)]);
        }),
        "cycle",
        "/inputs/1/batch",
    );
}

#[test]
fn who_and_what_is_replaced() {
    expect(with(Kind::Harvest, |v| v["entered_by"] = v["actor"].clone()), "entered_by_actor", "/entered_by");
    assert!(Record::from_value(with(Kind::Harvest, |v| v["entered_by"] = json!(party(9)))).is_ok());
    expect(with(Kind::Harvest, |v| v["supersedes"] = json!(digest(1))), "supersedes_unexpected", "/supersedes");
    for kind in [Kind::Correct, Kind::Void] {
        let value = with(kind, |v| _ = v.as_object_mut().unwrap().remove("supersedes"));
        let refusal = refused(value);
        assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), ("supersedes_missing", "/supersedes"), "{kind}");
    }
    let party = with(Kind::RegisterParty, |v| v["supersedes"] = json!(digest(1)));
    assert!(Record::from_value(party).is_ok(), "a registration may");
}

#[test]
fn a_correction_names_the_place_in_what_it_states() {
    let details = |details: Value| with(Kind::Correct, |v| v["details"] = details);
    expect(
        details(json!({"kind": "harvest", "details": {"season": "summer", "final": true}})),
        "malformed",
        "/details/details/season",
    );
    let hold = json!({"kind": "hold", "details": {"reason": "complaint"}});
    expect(details(hold), "not_revisable", "/details/kind");
    let nested =
        json!({"kind": "correct", "details": {"kind": "harvest", "details": {"season": "chunma", "final": true}}});
    expect(details(nested), "not_revisable", "/details/kind");
    assert!(Details::from_value(Kind::Correct, json!({"kind": "harvest"})).is_err());
}

#[test]
fn too_long_a_record() {
    // 500 inputs alone leave room; evidence of a thousand photographs does not.
    let photograph = json!({"sha256": digest(1), "media_type": "image/jpeg", "size": 81_234});
    let refusal = refused(with(Kind::Harvest, |v| v["evidence"] = json!(vec![photograph; 1000])));
    assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), ("record_too_long", ""));
    assert!(refusal.en.contains(&MAX_RECORD_BYTES.to_string()), "{refusal}");
}

#[test]
fn bytes_that_are_not_the_canonical_ones() {
    let record = Record::from_value(sample(Kind::Harvest)).unwrap();
    let text = String::from_utf8(record.bytes().to_vec()).unwrap();
    let wrong = [
        format!("{text}\n"),
        text.replacen(':', ": ", 1),
        text.replace("wutianma", r"\u0077utianma"),
        text.replacen(r#"{"actor""#, r#"{"zz":1,"actor""#, 1),
        text.replacen(r#""final":false"#, r#""final":false,"final":false"#, 1),
        text.replacen(r#""final":false"#, r#""final":null"#, 1),
        text.replacen(r#""evidence""#, r#""evidence":[],"x""#, 1).replacen(
            r#""details""#,
            r#""evidence":[],"details""#,
            1,
        ),
        text[..text.len() - 1].to_owned(),
    ];
    for bytes in wrong {
        let refusal = Record::from_canonical(bytes.as_bytes()).expect_err(&bytes);
        assert_eq!(refusal.rule, "not_canonical", "{bytes}");
    }
    assert!(Record::from_canonical(b"\xff").is_err());
    assert!(Record::from_canonical(b"").is_err());
}

#[test]
fn a_set_has_one_order() {
    let record = Record::from_value(sample(Kind::Grant)).unwrap();
    let text = String::from_utf8(record.bytes().to_vec()).unwrap();
    // Both are canonical JSON; only one is the canonical record.
    let swapped = text.replace(r#"["harvest","receive"]"#, r#"["receive","harvest"]"#);
    assert_ne!(text, swapped);
    assert_eq!(Record::from_canonical(swapped.as_bytes()).unwrap_err().rule, "not_canonical");
}
