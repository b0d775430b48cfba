//! Golden vectors, computed by a program that shares no code with this one: what a second implementation must agree on.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::id::BatchCode;
use crate::log::leaf_hash;
use crate::record::sealed::{Commitment, Opening};
use crate::record::{Amounts, Entry, Kind, Person, Place, Record, Terms};

#[derive(Deserialize)]
struct Golden {
    records: Vec<GoldenRecord>,
    sealed: Vec<GoldenGroup>,
    entries: Vec<GoldenEntry>,
    batch_codes: Vec<String>,
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
struct GoldenRecord {
    name: String,
    kind: Kind,
    canonical: String,
    id: String,
}

#[derive(Deserialize)]
struct GoldenGroup {
    group: String,
    uid: String,
    salt: String,
    value: Value,
    commitment: String,
}

#[derive(Deserialize)]
struct GoldenEntry {
    canonical: String,
    leaf_hash: String,
}

#[derive(Deserialize)]
struct Refused {
    why: String,
    rule: String,
    bytes: String,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../../../fixtures/golden/records.json")).unwrap()
}

#[test]
fn golden_records_of_every_kind() {
    let mut seen = BTreeSet::new();
    for case in golden().records {
        let record = Record::from_canonical(case.canonical.as_bytes());
        let record = record.unwrap_or_else(|refusal| panic!("{}: {refusal}", case.name));
        assert_eq!((record.kind(), record.id().to_string()), (case.kind, case.id), "{}", case.name);
        // Any order of keys is read; the bytes are these.
        let again = Record::from_value(serde_json::from_str(&case.canonical).unwrap()).unwrap();
        assert_eq!(again.bytes(), case.canonical.as_bytes(), "{}", case.name);
        seen.insert(case.kind);
    }
    let missing: Vec<_> = Kind::ALL.iter().filter(|kind| !seen.contains(kind)).collect();
    assert!(missing.is_empty(), "no golden record of {missing:?}");
}

#[test]
fn golden_commitments_of_every_group() {
    for case in golden().sealed {
        let opening: Opening = serde_json::from_value(
            serde_json::json!({"group": case.group, "salt": case.salt, "value": case.value.clone()}),
        )
        .unwrap();
        let commitment: Commitment = case.commitment.parse().unwrap();
        opening
            .verify(&case.uid.parse().unwrap(), &commitment)
            .unwrap_or_else(|error| panic!("{}: {error}", case.group));
        // The values are those that the groups hold, to the last field.
        let back = match case.group.as_str() {
            "amounts" => serde_json::to_value(Amounts::from_value(case.value.clone()).unwrap()),
            "terms" => serde_json::to_value(serde_json::from_value::<Terms>(case.value.clone()).unwrap()),
            "person" => serde_json::to_value(serde_json::from_value::<Person>(case.value.clone()).unwrap()),
            _ => serde_json::to_value(serde_json::from_value::<Place>(case.value.clone()).unwrap()),
        };
        assert_eq!(back.unwrap(), case.value);
    }
}

#[test]
fn golden_entries() {
    let entries = golden().entries;
    for case in &entries {
        let entry = Entry::from_bytes(case.canonical.as_bytes()).unwrap();
        assert_eq!(hex::encode(leaf_hash(&entry.to_bytes().unwrap()).as_bytes()), case.leaf_hash);
        for signature in &entry.signatures {
            assert!(signature.verifies(entry.record.bytes()));
        }
    }
    assert!(entries.iter().any(|case| case.canonical.contains("\"signatures\"")));
}

#[test]
fn golden_batch_codes() {
    for code in golden().batch_codes {
        let parsed: BatchCode = code.parse().unwrap_or_else(|error| panic!("{code}: {error}"));
        assert_eq!(parsed.to_string(), code);
    }
}

#[test]
fn golden_bytes_that_are_no_record() {
    for case in golden().refused {
        let refusal = Record::from_canonical(case.bytes.as_bytes()).expect_err(&case.why);
        assert_eq!(refusal.rule, case.rule, "{}: {refusal}", case.why);
    }
}
