//! Parsing of records: every kind in its canonical bytes and back, and what is refused, where and by which rule.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod formats;
mod golden;
mod received;
mod refusals;
mod samples;

use samples::{body_value, sample};
use serde_json::json;

use super::*;
use crate::record::canonical::strict_parse;

#[test]
fn every_kind_reads_back_from_its_canonical_bytes() {
    for kind in Kind::ALL.iter().copied() {
        let record = Record::from_value(sample(kind)).unwrap_or_else(|refusal| panic!("{kind}: {refusal}"));
        assert_eq!(record.kind(), kind);
        assert_eq!(record.id(), RecordId::of(record.bytes()));
        let again = Record::from_canonical(record.bytes()).unwrap_or_else(|refusal| panic!("{kind}: {refusal}"));
        assert_eq!(again, record);
        // Nothing of the sample was dropped or added.
        assert_eq!(strict_parse(record.bytes(), MAX_RECORD_BYTES).unwrap(), sample(kind), "{kind}");
        assert_eq!(serde_json::to_value(&*record).unwrap(), sample(kind), "{kind}");
    }
}

#[test]
fn the_order_of_received_keys_does_not_matter_but_bytes_have_one() {
    let record = Record::from_value(sample(Kind::Harvest)).unwrap();
    let text = String::from_utf8(record.bytes().to_vec()).unwrap();
    assert!(text.starts_with(r#"{"actor":"pa-"#), "{text}");
    assert_eq!(Record::from_value(serde_json::from_str(&text).unwrap()).unwrap().id(), record.id());
}

#[test]
fn the_submitter_is_the_one_who_typed() {
    let mut value = sample(Kind::Harvest);
    let actor = Record::from_value(value.clone()).unwrap().submitter();
    value["entered_by"] = json!("pa-ZZZZZZZZZZZZZZZZ");
    let record = Record::from_value(value).unwrap();
    assert_eq!((record.actor, record.submitter().to_string().as_str()), (actor, "pa-ZZZZZZZZZZZZZZZZ"));
}

#[test]
fn a_correction_has_the_shape_of_what_it_states() {
    let record = Record::from_value(sample(Kind::Correct)).unwrap();
    assert_eq!(record.details.stated().kind(), Kind::Harvest);
    assert!(record.uses_inputs());
    assert!(Kind::Correct.is_revision() && Kind::Void.is_revision() && !Kind::Harvest.is_revision());
    // A correction may move the date; the batch keeps its code.
    let mut value = sample(Kind::Correct);
    value["occurred_at"] = json!("2026-11-25");
    assert!(Record::from_value(value).is_ok());
}

#[test]
fn kinds_have_one_name_each() {
    for kind in Kind::ALL.iter().copied() {
        assert_eq!(kind.code().parse(), Ok(kind));
        let same = |other: &&Kind| other.zh() == kind.zh() || other.en() == kind.en();
        assert_eq!(Kind::ALL.iter().filter(same).count(), 1, "{kind}");
    }
    assert!("Harvest".parse::<Kind>().unwrap_err().contains("register_party"));
    assert!(body_value("harvest", &json!({})).is_object());
}
