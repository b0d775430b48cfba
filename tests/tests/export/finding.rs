//! Package codes in a copy: the script of its pages in Node, over the files.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use trace_core::code::{CodeKey, KeyRing, PackageCode};
use trace_tests::engines::Database;

use crate::county::County;

/// Runs the script over codes; of each the batch and the state, or null.
fn in_node(copy: &Path, codes: &[String]) -> Vec<Value> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    // By its ending Node knows a module.
    let script = folder.path().join("still.mjs");
    std::fs::copy(here.join("../trace-server/static/still.js"), &script).unwrap();
    let mut node = Command::new("node")
        .arg(here.join("tests/export/node.mjs"))
        .args([&script, copy])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is not on PATH; `tests/run unit` installs it, or: apt-get install nodejs");
    let mut input = node.stdin.take().unwrap();
    let lines = codes.join("\n");
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = node.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success(), "node failed");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub async fn each_code_finds_its_batch_and_state(database: Database) {
    let county = County::settle(database).await;
    let of = county.every_state().await;
    let other = county.packed(county.dried().await, 3).await;
    county.export().await.unwrap();
    let state = |index: u32| match index {
        5 | 6 => 2,
        7 => 3,
        8 => 4,
        9 => 5,
        0..=29 => 1,
        _ => 0,
    };
    let mut codes: Vec<String> = Vec::new();
    let mut expected: Vec<Value> = Vec::new();
    for index in 0..40 {
        codes.push(county.code(of.issue, index).to_string());
        expected.push(json!({"batch": of.sale, "state": state(index)}));
    }
    for index in 0..3 {
        // As somebody types it.
        codes.push(county.code(other.issue, index).grouped().to_lowercase());
        expected.push(json!({"batch": other.sale, "state": 0}));
    }
    // Beyond the issue, by another key, and by nobody.
    let stranger = KeyRing::new(vec![CodeKey::new(1, [9; 32]).unwrap()]).unwrap();
    let forged: PackageCode = "CJZCKKD64D6EX5CXY40K".parse().unwrap();
    let beyond = county.code(of.issue, 40);
    let index = trace_core::code::CodeIndex::new(0).unwrap();
    for code in [beyond, stranger.encode(1, of.issue, index).unwrap(), forged] {
        codes.push(code.to_string());
        expected.push(Value::Null);
    }
    assert_eq!(in_node(&county.out(), &codes), expected);
}

/// Who has the tables and no package learns neither codes nor how many a batch has.
pub async fn the_tables_tell_nothing_of_a_batch(database: Database) {
    let county = County::settle(database).await;
    county.packed(county.dried().await, 40).await;
    county.export().await.unwrap();
    let table = std::fs::read(county.out().join("codes/0.bin")).unwrap();
    assert_eq!(table.len(), 256 * 9, "40 codes among fillers");
    // Were the places of batches not masked, 40 entries would end alike.
    let mut alike: BTreeMap<&[u8], usize> = BTreeMap::new();
    for entry in table.chunks(9) {
        *alike.entry(&entry[6..]).or_default() += 1;
    }
    assert!(alike.values().all(|count| *count < 4), "{alike:?}");
    assert!(table.chunks(9).is_sorted(), "their order tells the order in which they were made");
    // The same fillers again, or comparing two copies would tell them from codes.
    county.export().await.unwrap();
    assert!(std::fs::read(county.out().join("codes/0.bin")).unwrap() == table);
}
