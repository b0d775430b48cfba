//! Keys from elsewhere than the file, and what is said to be open.

use super::history::{ORIGIN, log_key, whole, witness};
use super::{failed, verdict, verify_file};
use crate::evidence::{EvidenceFile, Report, StepName, Trust, Verdict, verify};
use crate::log::{KeyType, SigningKey, VerifierKey};

fn with(file: &EvidenceFile, key: Option<VerifierKey>, witnesses: Vec<VerifierKey>) -> Report {
    verify(&file.to_bytes().unwrap(), &Trust { key, witnesses })
}

fn leaves_open(report: &Report, words: &str) -> bool {
    report.unproven.iter().any(|open| open.en.contains(words))
}

#[test]
fn a_key_from_elsewhere_is_what_counts() {
    let (file, key) = (whole(), log_key().verifier().clone());
    let report = with(&file, Some(key.clone()), vec![witness().verifier().clone()]);
    assert!(report.holds());
    assert!(!leaves_open(&report, "came from the file itself"), "{:?}", report.unproven);
    // Another log of the same name, signed throughout by a key of its own: the file alone cannot tell.
    let other = SigningKey::new(ORIGIN, KeyType::Ed25519, &[8; 32]).unwrap();
    let report = with(&file, Some(other.verifier().clone()), Vec::new());
    assert_eq!(failed(&report), [StepName::Checkpoint]);
    let foreign = SigningKey::new("log.example/other", KeyType::Ed25519, &[7; 32]).unwrap();
    assert_eq!(failed(&with(&file, Some(foreign.verifier().clone()), Vec::new())), [StepName::Checkpoint]);
    let stranger = SigningKey::new("witness.example/w2", KeyType::Cosignature, &[8; 32]).unwrap();
    let both = vec![witness().verifier().clone(), stranger.verifier().clone()];
    assert_eq!(failed(&with(&file, Some(key), both)), [StepName::Witnesses]);
}

#[test]
fn what_is_open_is_said() {
    let report = verify_file(&whole());
    for words in ["not that it was true", "give it with --key: trace.example.org/test+", "left out", "code issue 1"] {
        assert!(leaves_open(&report, words), "{words}");
    }
    assert!(!leaves_open(&report, "sealed"));
    let mut plain = whole();
    (plain.opened, plain.witnesses, plain.package) = (Vec::new(), Vec::new(), None);
    let report = verify_file(&plain);
    assert!(report.holds());
    assert_eq!(verdict(&report, StepName::Witnesses), Verdict::NotChecked);
    assert_eq!(verdict(&report, StepName::Openings), Verdict::NotChecked);
    for words in ["sealed", "No witness cosigned"] {
        assert!(leaves_open(&report, words), "{words}");
    }
    assert!(report.unproven.iter().all(|open| open.zh.chars().any(|c| c > '\u{4dff}')));
}

#[test]
fn a_file_of_another_form_is_none() {
    let form = |text: &str| {
        let report = verify(text.as_bytes(), &Trust::default());
        assert_eq!(failed(&report), [StepName::File], "{text}");
        report.steps[0].faults[0].to_string()
    };
    let text = String::from_utf8(whole().to_bytes().unwrap()).unwrap();
    assert!(form(&text.replace("evidence/1", "evidence/2")).contains("tianma-trace/evidence/2"));
    assert!(form(&text.replacen("{\"batch\"", "{ \"batch\"", 1)).contains("from byte 1 on"));
    assert!(form(&text.replacen("{\"batch\"", "{\"more\":1,\"batch\"", 1)).contains("unknown field"));
    assert!(form(&text.replacen("{\"batch\"", "{\"keys\":[],\"batch\"", 1)).contains("duplicate field"));
    assert!(form("").contains("EOF"));
}
