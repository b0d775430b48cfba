//! The script of the pages in Node, against the core: both find the same in the same files.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use trace_core::evidence::{EvidenceFile, Report, Trust, verify};
use trace_core::id::RecordId;
use trace_core::log::{Checkpoint, Hash, KeyType, Note, SigningKey};
use trace_tests::engines::Database;
use trace_tests::household::PROCESSOR;

use crate::kiosk::Kiosk;

/// Runs the script over files, each with what its reader expects; gives the steps of each.
pub fn in_node(cases: &[(Vec<u8>, Value)]) -> Vec<Vec<Value>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    // By its ending Node knows a module.
    let script = folder.path().join("verify.mjs");
    std::fs::copy(here.join("../trace-server/static/verify.js"), &script).unwrap();
    let mut node = Command::new("node")
        .arg(here.join("tests/evidence/node.mjs"))
        .arg(&script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is not on PATH; `tests/run unit` installs it, or: apt-get install nodejs");
    let mut input = node.stdin.take().unwrap();
    let lines: Vec<String> = cases
        .iter()
        .map(|(bytes, expected)| json!({"hex": hex::encode(bytes), "expected": expected}).to_string() + "\n")
        .collect();
    let writing = std::thread::spawn(move || lines.iter().try_for_each(|line| input.write_all(line.as_bytes())));
    let output = node.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success(), "node failed");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Verdicts by step.
pub fn verdicts_of(steps: &[Value]) -> BTreeMap<String, String> {
    let text = |step: &Value, field: &str| step[field].as_str().unwrap().to_owned();
    steps.iter().map(|step| (text(step, "name"), text(step, "verdict"))).collect()
}

pub fn verdicts(report: &Report) -> BTreeMap<String, String> {
    let steps: Vec<Value> = report.steps.iter().map(|step| serde_json::to_value(step).unwrap()).collect();
    verdicts_of(&steps)
}

pub async fn it_finds_what_the_core_finds(database: Database) {
    let kiosk = Kiosk::open(database).await;
    let way = kiosk.way().await;
    let path = format!("/b/{}/evidence?code={}", way.sale, way.code);
    kiosk.signed().await;
    let answer = kiosk.get_as(PROCESSOR, trace_core::tianma::PartyRole::Processor, &path).await;
    let file = cosigned(EvidenceFile::parse(&answer.bytes().await.unwrap()).unwrap());
    let cases = altered(&file);
    let expected = json!({"keys": [kiosk.key().to_string()]});
    let files: Vec<(Vec<u8>, Value)> = cases.iter().map(|(_, bytes)| (bytes.clone(), expected.clone())).collect();
    let steps = in_node(&files);
    assert_eq!(steps.len(), cases.len());
    for ((name, bytes), steps) in cases.iter().zip(&steps) {
        let core = verdicts(&verify(bytes, &Trust::default()));
        // Where the file cannot be read, the script stops at the first step.
        let core: BTreeMap<_, _> = core.into_iter().filter(|(step, _)| steps.len() > 1 || step == "file").collect();
        assert_eq!(verdicts_of(steps), core, "{name}: {steps:?}");
        let failed = steps.iter().any(|step| step["verdict"] == "failed");
        assert_eq!(failed, *name != "whole", "{name}");
    }
    let whole = &cases[0].1;
    // What the page knows and the file contradicts.
    let other = SigningKey::new(kiosk.key().name(), KeyType::Ed25519, &[8; 32]).unwrap();
    let contradicted = [
        (json!({"batch": way.dried}), "file"),
        (json!({"keys": [other.verifier().to_string()]}), "checkpoint"),
        (json!({"shown": [RecordId::of(b"none").to_string()]}), "ids"),
    ];
    let cases: Vec<(Vec<u8>, Value)> = contradicted.iter().map(|(known, _)| (whole.clone(), known.clone())).collect();
    for ((_, step), steps) in contradicted.iter().zip(in_node(&cases)) {
        let failed: Vec<&Value> = steps.iter().filter(|step| step["verdict"] == "failed").collect();
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert_eq!(failed[0]["name"], *step);
    }
}

/// The same file with a witness.
fn cosigned(mut file: EvidenceFile) -> EvidenceFile {
    let witness = SigningKey::new("witness.example/w1", KeyType::Cosignature, &[9; 32]).unwrap();
    let note: Note = file.checkpoint.parse().unwrap();
    let checkpoint: Checkpoint = note.text().parse().unwrap();
    file.checkpoint = note.with(checkpoint.cosign(&witness, 1_795_161_600).unwrap()).unwrap().to_string();
    file.witnesses = vec![witness.verifier().to_string()];
    file
}

/// The file, and the file altered in every part of it.
fn altered(file: &EvidenceFile) -> Vec<(&'static str, Vec<u8>)> {
    let mut cases = vec![("whole", file.to_bytes().unwrap())];
    let last = file.entries.len() - 1;
    let of_kind = |kind: &str| {
        let wanted = format!("\"kind\":\"{kind}\"");
        file.entries.iter().position(|one| one.entry.contains(&wanted)).unwrap()
    };
    let mut alter = |name, change: &dyn Fn(&mut EvidenceFile)| {
        let mut other = file.clone();
        change(&mut other);
        cases.push((name, other.to_bytes().unwrap()));
    };
    let (dried, test, pack) = (of_kind("process"), of_kind("inspect"), of_kind("pack"));
    let replace = |file: &mut EvidenceFile, at: usize, from: &str, to: &str| {
        assert!(file.entries[at].entry.contains(from), "{from}");
        file.entries[at].entry = file.entries[at].entry.replace(from, to);
    };
    alter("a result", &|file| replace(file, test, "120000", "120001"));
    alter("a method", &|file| replace(file, dried, "\"electricity\"", "\"coal\""));
    alter("a time", &|file| replace(file, last, "\"received_at\":\"2026", "\"received_at\":\"2025"));
    alter("a blank", &|file| file.entries[pack].entry.insert(1, ' '));
    alter("another id", &|file| file.entries[test].record = RecordId::of(b"other"));
    alter("another index", &|file| file.entries[last].index += 1);
    alter("another hash", &|file| file.entries[3].proof[0] = Hash::from_bytes([1; 32]));
    alter("a hash less", &|file| _ = file.entries[3].proof.pop());
    alter("a hash more", &|file| file.entries[3].proof.push(Hash::from_bytes([1; 32])));
    alter("no drying", &|file| _ = file.entries.remove(dried));
    alter("no packing", &|file| _ = file.entries.remove(pack));
    alter("no corrected harvest", &|file| _ = file.entries.remove(of_kind("harvest")));
    alter("no correction", &|file| _ = file.entries.remove(of_kind("correct")));
    alter("no code issue", &|file| _ = file.entries.remove(of_kind("issue_codes")));
    alter("entries swapped", &|file| file.entries.swap(1, 2));
    alter("another batch", &|file| file.batch = "R261120-0000008".parse().unwrap_or(file.batch));
    alter("another size", &|file| {
        file.checkpoint = file.checkpoint.replacen("\n6", "\n7", 1).replacen("\n5", "\n6", 1);
    });
    alter("another log", &|file| file.checkpoint = file.checkpoint.replacen("trace.example", "trade.example", 1));
    alter("another key", &|file| file.keys[0].insert(0, 'x'));
    alter("another witness", &|file| file.witnesses[0].insert(0, 'x'));
    alter("no checkpoint", &|file| "no note".clone_into(&mut file.checkpoint));
    alter("another opening", &|file| file.opened[0].record = file.entries[0].record);
    alter("another package", &|file| file.package.as_mut().unwrap().issue = 99.try_into().unwrap());
    alter("another schema", &|file| file.schema.push('0'));
    cases.retain(|(name, bytes)| *name == "whole" || *bytes != file.to_bytes().unwrap());
    let mut spaced = file.to_bytes().unwrap();
    spaced.insert(1, b' ');
    cases.push(("written anew", spaced));
    cases
}
