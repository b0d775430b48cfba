//! Each check of the chain, by a log that breaks it and one that does not.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use serde_json::json;

use super::*;
use crate::id::{PartyId, RecordId, Uid};
use crate::record::sealed::{Group, Opening, Salt};
use crate::record::{Details, Entry, FindingMark, Kind, Level, Record, RecordBody, Signature};
use crate::time::ReceivedAt;

const OFFICE: PartyId = PartyId::from_random([1; 10]);
const PARTY: PartyId = PartyId::from_random([2; 10]);

fn record(number: u8, actor: PartyId, kind: Kind, details: serde_json::Value) -> Record {
    let sealed = if kind == Kind::RegisterSite {
        [(Group::Amounts, opening().commitment(&uid(number)).unwrap())].into()
    } else {
        [].into()
    };
    let body = RecordBody {
        log: "trace.example.org/test".parse().unwrap(),
        uid: uid(number),
        actor,
        entered_by: None,
        site: None,
        occurred_at: "2026-11-20".parse().unwrap(),
        inputs: vec![],
        outputs: vec![],
        details: Details::from_value(kind, details).unwrap(),
        evidence: vec![],
        sealed,
        supersedes: None,
    };
    Record::new(body).unwrap()
}

fn uid(number: u8) -> Uid {
    Uid::from_bytes([number; 16])
}

fn opening() -> Opening {
    let value = json!({"area": {"typed": "1m2", "unit": "cm2", "value": 10_000}});
    Opening::new(Group::Amounts, Salt::from_bytes(&[9; 16]).unwrap(), value)
}

fn rules() -> RecordId {
    RecordId::of(b"rules")
}

fn found(number: u8) -> Record {
    let details = json!({"origin": "trace.example.org/test", "time_zone": "+08:00", "office": OFFICE,
        "organisation": "品牌办", "rules": rules(), "rules_version": 1});
    record(number, OFFICE, Kind::Found, details)
}

fn entry(second: i64, record: Record) -> Entry {
    let received_at = ReceivedAt::from_unix_ms(1_795_161_600_000 + second * 1000).unwrap();
    Entry { findings: vec![], received_at, record, rules: rules(), signatures: vec![] }
}

/// The fields of the faults in a log of these entries.
fn faults(entries: &[Entry]) -> Vec<(String, String)> {
    let (mut chain, mut faults) = (Chain::new(), Faults::default());
    for (index, entry) in (0..).zip(entries) {
        chain.add(&ReadEntry::of(index, &entry.to_bytes().unwrap()), &mut faults, |_, _| ());
    }
    faults.listed().iter().map(|fault| (fault.key.clone(), fault.field.clone())).collect()
}

fn at(index: &str, field: &str) -> Vec<(String, String)> {
    vec![(index.to_owned(), field.to_owned())]
}

#[test]
fn a_sound_log_has_no_fault() {
    let set = |digest: &[u8]| json!({"digest": RecordId::of(digest), "version": 2});
    let mut later = entry(3, record(3, OFFICE, Kind::SetRules, set(b"third")));
    later.rules = RecordId::of(b"second");
    assert_eq!(faults(&[entry(0, found(1)), entry(0, record(2, OFFICE, Kind::SetRules, set(b"second"))), later]), []);
}

#[test]
fn the_founding_is_the_first_and_only_one() {
    assert_eq!(faults(&[entry(0, found(1)), entry(1, found(2))]), at("1", "entry/record/kind"));
    let set = record(1, OFFICE, Kind::SetRules, json!({"digest": rules(), "version": 2}));
    assert_eq!(faults(&[entry(0, set)]), at("0", "entry/record/kind"));
}

#[test]
fn times_never_run_backwards() {
    let set = |number| record(number, OFFICE, Kind::SetRules, json!({"digest": rules(), "version": 2}));
    let log = [entry(0, found(1)), entry(5, set(2)), entry(4, set(3)), entry(4, set(4))];
    assert_eq!(faults(&log), at("2", "entry/received_at"));
}

#[test]
fn an_entry_names_the_rules_in_force_and_its_log() {
    let set = |number, log: &str| {
        let mut body = (*record(number, OFFICE, Kind::SetRules, json!({"digest": rules(), "version": 2}))).clone();
        body.log = log.parse().unwrap();
        Record::new(body).unwrap()
    };
    let mut other = entry(1, set(2, "trace.example.org/test"));
    other.rules = RecordId::of(b"other rules");
    assert_eq!(faults(&[entry(0, found(1)), other]), at("1", "entry/rules"));
    let strange = entry(1, set(2, "trace.example.org/other"));
    assert_eq!(faults(&[entry(0, found(1)), strange]), at("1", "entry/record/log"));
}

#[test]
fn a_record_stands_once() {
    let set = record(2, OFFICE, Kind::SetRules, json!({"digest": rules(), "version": 2}));
    assert_eq!(faults(&[entry(0, found(1)), entry(1, set.clone()), entry(2, set)]), at("2", "entry/record"));
}

#[test]
fn a_signature_is_by_a_key_that_was_registered_before() {
    use base64::Engine as _;
    use ed25519_dalek::Signer as _;
    let secret = ed25519_dalek::SigningKey::from_bytes(&[3; 32]);
    let key = RecordId::from_bytes(*secret.verifying_key().as_bytes());
    let sign = |record: &Record| Signature {
        key,
        value: base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret.sign(record.bytes()).to_bytes()),
    };
    let register = |until: &str| {
        entry(1, record(2, PARTY, Kind::RegisterKey, json!({"key": key, "until": until, "signed_only": false})))
    };
    let signed = |actor| {
        let mut entry = entry(2, record(3, actor, Kind::SetRules, json!({"digest": rules(), "version": 2})));
        entry.signatures.push(sign(&entry.record));
        entry
    };
    assert_eq!(faults(&[entry(0, found(1)), register("2026-11-20"), signed(PARTY)]), []);
    let wrong = [
        vec![entry(0, found(1)), register("2026-11-19"), signed(PARTY)],
        vec![entry(0, found(1)), register("2026-11-20"), signed(OFFICE)],
        vec![entry(0, found(1)), entry(1, register("2026-11-20").record), signed(OFFICE)],
    ];
    for log in &wrong {
        assert_eq!(faults(log), at("2", "entry/signatures"));
    }
    assert_eq!(faults(&[entry(0, found(1)), signed(PARTY)]), at("1", "entry/signatures"));
    // Ended before, by the party or the office; ended later, or by somebody else, is no fault.
    let end = |number, actor| entry(1, record(number, actor, Kind::EndKey, json!({"key": key})));
    for actor in [PARTY, OFFICE] {
        let ended = vec![entry(0, found(1)), register("2026-11-20"), end(4, actor), signed(PARTY)];
        assert_eq!(faults(&ended), at("3", "entry/signatures"));
        let later = vec![entry(0, found(1)), register("2026-11-20"), signed(PARTY), entry(2, end(4, actor).record)];
        assert_eq!(faults(&later), []);
    }
    let strange = end(4, PartyId::from_random([3; 10]));
    assert_eq!(faults(&[entry(0, found(1)), register("2026-11-20"), strange, signed(PARTY)]), []);
    // Dated back into the key's days, and taken after them: 16:00 UTC is the next day in the founding time zone.
    let mut late = signed(PARTY);
    late.received_at = "2026-11-20T15:59:59.999Z".parse().unwrap();
    assert_eq!(faults(&[entry(0, found(1)), register("2026-11-20"), late.clone()]), []);
    late.received_at = "2026-11-20T16:00:00.000Z".parse().unwrap();
    assert_eq!(faults(&[entry(0, found(1)), register("2026-11-20"), late]), at("2", "entry/signatures"));
    let mut broken = signed(PARTY);
    let first = if broken.signatures[0].value.starts_with('A') { "B" } else { "A" };
    broken.signatures[0].value.replace_range(0..1, first);
    assert_eq!(faults(&[entry(0, found(1)), register("2026-11-20"), broken]), at("2", "entry/signatures/0"));
}

/// The demand for signatures begins after its registration, reaches back without end, and lasts as long as its key.
#[test]
fn a_demand_for_signatures_holds() {
    let key =
        |seed| RecordId::from_bytes(*ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).verifying_key().as_bytes());
    let register = |number, seed, until: &str| {
        let details = json!({"key": key(seed), "until": until, "signed_only": true});
        entry(1, record(number, PARTY, Kind::RegisterKey, details))
    };
    let set = |number, actor| entry(2, record(number, actor, Kind::SetRules, json!({"digest": rules(), "version": 2})));
    let end = |number, seed| entry(1, record(number, OFFICE, Kind::EndKey, json!({"key": key(seed)})));
    let log = |rest: Vec<Entry>| [vec![entry(0, found(1))], rest].concat();
    let demanded = register(2, 5, "2026-11-20");
    assert_eq!(faults(&log(vec![demanded.clone(), set(9, PARTY)])), at("2", "entry/signatures"));
    assert_eq!(faults(&log(vec![demanded.clone(), set(9, OFFICE)])), []);
    assert_eq!(faults(&log(vec![entry(1, set(9, PARTY).record), demanded.clone()])), []);
    assert_eq!(faults(&log(vec![register(2, 5, "2026-11-19"), set(9, PARTY)])), []);
    assert_eq!(faults(&log(vec![demanded.clone(), end(3, 5), set(9, PARTY)])), []);
    // Of two the last one counts; and a second is itself to be signed.
    let second = register(4, 6, "2026-11-20");
    let both = log(vec![demanded, second, end(3, 5), set(9, PARTY)]);
    assert_eq!(faults(&both), [at("2", "entry/signatures"), at("4", "entry/signatures")].concat());
}

#[test]
fn bytes_have_one_spelling() {
    let good = entry(0, found(1)).to_bytes().unwrap();
    for (at, byte) in good.iter().enumerate() {
        for flip in [1, 0x20, 0x80] {
            let mut bytes = good.clone();
            bytes[at] = byte ^ flip;
            let read = ReadEntry::of(0, &bytes);
            // Another record may be a good one; it is not this leaf then, nor has it this id.
            assert_ne!(read.leaf, ReadEntry::of(0, &good).leaf);
            if let Ok(entry) = read.entry {
                assert_eq!(entry.to_bytes().unwrap(), bytes);
            }
        }
    }
}

#[test]
fn openings_fit_their_commitments() {
    let site = crate::id::SiteId::from_random([3; 10]);
    let entry = entry(0, record(7, PARTY, Kind::RegisterSite, json!({"site": site, "party": PARTY, "kind": "plot"})));
    let told = |openings: &[Opening]| {
        let mut told = Vec::new();
        let amounts = open(&entry, openings, |group, problem| told.push((group, problem)));
        (amounts.map(|amounts| amounts.is_ok()), told)
    };
    assert_eq!(told(&[opening()]), (Some(true), vec![]));
    assert_eq!(told(&[]), (None, vec![]));
    let more = json!({"area": {"typed": "2m2", "unit": "cm2", "value": 20_000}});
    let other = Opening::new(Group::Amounts, opening().salt().clone(), more);
    assert!(matches!(&told(&[other]).1[..], [(Group::Amounts, problem)] if problem.contains("commitment")));
    let stray = Opening::new(Group::Terms, opening().salt().clone(), json!({"total_fen": 1}));
    assert!(matches!(&told(&[stray]).1[..], [(Group::Terms, problem)] if problem.contains("no such group")));
}

#[test]
fn kept_findings_are_those_of_the_entry() {
    let mark = |level, rule: &str| FindingMark { level, rule: rule.to_owned() };
    let marks = [mark(Level::Warning, "late"), mark(Level::Hold, "ratio")];
    let id = RecordId::of(b"it");
    let kept = |rows: &[(u32, FindingMark)]| -> Vec<String> {
        compare_findings(id, &marks, rows).into_iter().map(|fault| fault.field).collect()
    };
    let good = [(0, marks[0].clone()), (1, marks[1].clone())];
    assert!(kept(&good).is_empty());
    assert_eq!(kept(&good[..1]), ["position"]);
    assert_eq!(kept(&[good[0].clone(), good[1].clone(), (2, marks[0].clone())]), ["position"]);
    assert_eq!(kept(&[good[0].clone(), (1, mark(Level::Warning, "ratio"))]), ["level"]);
    assert_eq!(kept(&[(0, mark(Level::Warning, "lote")), good[1].clone()]), ["rule"]);
}

#[test]
fn faults_beyond_the_list_are_counted() {
    let mut faults = Faults::default();
    faults.extend((0..FAULTS_LISTED_MAX + 7).map(|n| Fault::new("entries", n.to_string(), "entry", "wrong")));
    assert_eq!((faults.listed().len(), faults.beyond(), faults.count()), (1_000, 7, 1_007));
    assert_eq!(faults.listed()[3].to_string(), "entries 3, entry: wrong");
}
