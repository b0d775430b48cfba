//! Canonical bytes against two implementations of RFC 8785 that others wrote: the crate `serde_jcs` and the Python
//! package `rfc8785`, on generated values and on every entry of the demonstration.
//!
//! Each text reaches all three in another spelling than the canonical one: keys backwards, blanks, escapes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may panic")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value};
use trace_core::record::canonical::{MAX_ENTRY_BYTES, canonical_bytes, strict_parse};
use trace_core::record::{Entry, Record};
use trace_server::{demo, store};
use trace_tests::engines::{Database, Engine};

/// Generated values: enough to meet every escape and every length of number.
const GENERATED: u32 = 3_000;

/// The largest integer that canonical bytes hold, 2^53 - 1.
const INTEGER_MAX: i64 = (1 << 53) - 1;

/// Writes a value in a spelling that no canonicaliser may keep.
fn messy(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            out.push_str("{ ");
            for (place, (key, value)) in map.iter().rev().enumerate() {
                out.push_str(if place > 0 { " , " } else { "" });
                escaped(key, out);
                out.push_str(" :\t");
                messy(value, out);
            }
            out.push_str(" }");
        }
        Value::Array(values) => {
            out.push('[');
            for (place, value) in values.iter().enumerate() {
                out.push_str(if place > 0 { ",\r" } else { "" });
                messy(value, out);
            }
            out.push(']');
        }
        Value::String(text) => escaped(text, out),
        other => out.push_str(&other.to_string()),
    }
}

/// Every third character as `\u` escapes, and those that must be escaped.
fn escaped(text: &str, out: &mut String) {
    out.push('"');
    for (place, c) in text.chars().enumerate() {
        if place % 3 == 0 || matches!(c, '"' | '\\') {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| *out += &format!("\\u{unit:04X}"));
        } else {
            out.push(c);
        }
    }
    out.push('"');
}

fn spelled(value: &Value) -> String {
    let mut text = String::new();
    messy(value, &mut text);
    text
}

/// A value as records hold them: no floats, no nulls, nothing empty, NFC, ASCII keys.
fn value() -> impl Strategy<Value = Value> {
    let letters = "[ -~éß€中天麻溯源\u{e000}\u{fb01}\u{ffee}\u{10000}\u{1f344}\u{2070e}]{1,12}";
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-INTEGER_MAX..=INTEGER_MAX).prop_map(Value::from),
        (-10_000_i64..10_000).prop_map(Value::from),
        Just(Value::from(INTEGER_MAX)),
        Just(Value::from(-INTEGER_MAX)),
        letters.prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(5, 40, 6, |inner| {
        let key = "[!-~]{1,6}";
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..6).prop_map(Value::from),
            proptest::collection::btree_map(key, inner, 1..6).prop_map(|map| Value::Object(Map::from_iter(map))),
        ]
    });
    proptest::collection::btree_map("[a-zA-Z_0-9]{1,8}", tree, 1..6).prop_map(|map| Value::Object(Map::from_iter(map)))
}

fn generated() -> Vec<Value> {
    let values = std::cell::RefCell::new(Vec::new());
    let config = Config { cases: GENERATED, failure_persistence: None, ..Config::default() };
    let run = TestRunner::new(config).run(&value(), |value| {
        values.borrow_mut().push(value);
        Ok(())
    });
    run.unwrap();
    values.into_inner()
}

/// The entries of the demonstration, of every kind, as canonical bytes.
async fn entries() -> Vec<Vec<u8>> {
    let database = Database::create(Engine::Sqlite).await;
    let store = store::open(database.url()).await.unwrap();
    demo::load(Arc::clone(&store), 1).await.unwrap();
    let size = store.head().await.unwrap().frontier.size();
    store.entries(0..size).await.unwrap().into_iter().map(|row| row.bytes).collect()
}

fn python() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/python3");
    std::env::var_os("TRACE_TEST_PYTHON").map_or_else(own, PathBuf::from)
}

/// What the Python package makes of the texts, one a line.
fn in_python(texts: &[String]) -> Vec<Vec<u8>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/canonical.py");
    let program = python();
    let started = Command::new(&program).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = started.unwrap_or_else(|error| {
        panic!("{}: {error}; `tests/run unit` makes it, or set TRACE_TEST_PYTHON", program.display())
    });
    let mut input = child.stdin.take().unwrap();
    // A pipe holds little: writing goes on while the answers are read.
    let lines = texts.iter().map(|text| text.replace(['\r', '\n'], " ") + "\n").collect::<String>();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the Python program failed: is rfc8785 installed there?");
    writer.join().unwrap().unwrap();
    output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

/// All three make the same bytes of each text, and none leaves it as it was.
fn all_agree(texts: &[String], canonical: &[Vec<u8>]) {
    let python = in_python(texts);
    assert_eq!(python.len(), texts.len());
    for ((text, ours), python) in texts.iter().zip(canonical).zip(&python) {
        let parsed: Value = serde_json::from_str(text).unwrap();
        let serde_jcs = serde_jcs::to_vec(&parsed).unwrap();
        let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(words(ours), words(&serde_jcs), "serde_jcs of {text}");
        assert_eq!(words(ours), words(python), "rfc8785 of {text}");
        assert_ne!(ours, text.as_bytes());
    }
}

#[test]
fn generated_values_have_the_same_canonical_bytes() {
    let texts: Vec<String> = generated().iter().map(spelled).collect();
    let ours = |text: &String| {
        let value = strict_parse(text.as_bytes(), MAX_ENTRY_BYTES).unwrap_or_else(|error| panic!("{error} in {text}"));
        canonical_bytes(&value).unwrap()
    };
    let canonical: Vec<Vec<u8>> = texts.iter().map(ours).collect();
    all_agree(&texts, &canonical);
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_and_records_have_the_same_canonical_bytes() {
    let mut canonical = entries().await;
    assert!(canonical.len() > 1_500, "{} entries", canonical.len());
    let records = canonical.iter().map(|bytes| Entry::from_bytes(bytes).unwrap().record.bytes().to_vec());
    canonical.extend(records.collect::<Vec<_>>());
    let spelling = |bytes: &Vec<u8>| spelled(&serde_json::from_slice(bytes).unwrap());
    let texts: Vec<String> = canonical.iter().map(spelling).collect();
    all_agree(&texts, &canonical);
    // And a record that came in another spelling has the id of its canonical bytes.
    for (text, bytes) in texts.iter().zip(&canonical).skip(canonical.len() / 2) {
        let read = Record::from_value(strict_parse(text.as_bytes(), MAX_ENTRY_BYTES).unwrap()).unwrap();
        assert_eq!(read.bytes(), bytes);
    }
}
