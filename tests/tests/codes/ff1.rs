//! FF1 by the npm package `@noble/ciphers`, against NIST's samples and against the codes that this project makes.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};
use trace_core::code::{CodeIndex, CodeKey, IssueNumber, KeyRing, PackageCode};

/// Crockford's digits, by which a code spells its numerals.
const DIGITS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The tweak of package codes, `tianma-trace/code/1` (docs/FORMATS.md).
const TWEAK: &[u8] = b"tianma-trace/code/1";

/// What the package makes of each job.
fn encrypted(jobs: &[Value]) -> Vec<Vec<u64>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("node/ff1.mjs");
    let started = Command::new("node").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = started.expect("node; `tests/run unit` installs it");
    let mut input = child.stdin.take().unwrap();
    let lines: Vec<String> = jobs.iter().map(Value::to_string).collect();
    // A pipe holds little: writing goes on while the answers are read.
    let writer = std::thread::spawn(move || lines.iter().try_for_each(|line| writeln!(input, "{line}")));
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "is @noble/ciphers installed? `tests/run unit` does it, by `npm ci` in tests/node"
    );
    writer.join().unwrap().unwrap();
    let answers = String::from_utf8(output.stdout).unwrap();
    answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[derive(Deserialize)]
struct Sample {
    key: String,
    radix: u32,
    tweak: String,
    plain: String,
    encrypted: String,
}

/// The package computes what the standard's authors published; this project's own test does the same with its crate.
#[test]
fn the_other_implementation_computes_the_standard() {
    let text = include_str!("../../../fixtures/golden/ff1.json");
    let samples: Vec<Sample> =
        serde_json::from_value(serde_json::from_str::<Value>(text).unwrap()["samples"].clone()).unwrap();
    assert_eq!(samples.len(), 9);
    let numerals = |text: &str| -> Vec<u64> { text.chars().map(|c| c.to_digit(36).unwrap().into()).collect() };
    let jobs: Vec<Value> = samples
        .iter()
        .map(|sample| {
            json!({"radix": sample.radix, "key": sample.key, "tweak": sample.tweak, "numerals": numerals(&sample.plain)})
        })
        .collect();
    for (sample, answer) in samples.iter().zip(encrypted(&jobs)) {
        assert_eq!(answer, numerals(&sample.encrypted), "radix {}, key {}", sample.radix, sample.key);
    }
}

/// The 20 numerals of issue (25 bits), index (27 bits) and 48 zeros.
fn plain(issue: u32, index: u32) -> Vec<u64> {
    let bits = u128::from(issue) << 75 | u128::from(index) << 48;
    (0..20).rev().map(|place| u64::try_from(bits >> (5 * place) & 31).unwrap()).collect()
}

fn spelled(numerals: &[u64]) -> PackageCode {
    let digits: Vec<char> = DIGITS.chars().collect();
    let text: String = numerals.iter().map(|numeral| digits[usize::try_from(*numeral).unwrap()]).collect();
    text.parse().unwrap()
}

/// Codes of many keys, issues and indices, their limits included, and every golden vector.
#[test]
fn package_codes_are_its_codes() {
    let text = include_str!("../../../fixtures/golden/codes.json");
    let golden = serde_json::from_str::<Value>(text).unwrap();
    let mut cases: Vec<([u8; 32], u32, u32, Option<PackageCode>)> = Vec::new();
    for case in golden["codes"].as_array().unwrap() {
        let number = |name: &str| u32::try_from(case[name].as_u64().unwrap()).unwrap();
        let key = hex::decode(case["key"].as_str().unwrap()).unwrap().try_into().unwrap();
        cases.push((key, number("issue"), number("index"), Some(case["code"].as_str().unwrap().parse().unwrap())));
    }
    let from_golden = cases.len();
    assert!(from_golden >= 10);
    // Numbers that look random and are the same in every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let (issue_max, index_max) = (IssueNumber::MAX.get(), CodeIndex::MAX.get());
    for _ in 0..50 {
        let key = std::array::from_fn(|_| next().to_le_bytes()[3]);
        let mut places = vec![(0, 0), (0, 1), (issue_max, 0), (0, index_max), (issue_max, index_max)];
        for _ in 0..15 {
            let [issue, index] =
                [issue_max, index_max].map(|max| u32::try_from(next() >> 20 & u64::from(max)).unwrap());
            places.push((issue, index));
        }
        cases.extend(places.into_iter().map(|(issue, index)| (key, issue, index, None)));
    }
    let jobs: Vec<Value> = cases
        .iter()
        .map(|(key, issue, index, _)| {
            let (key, tweak) = (hex::encode(key), hex::encode(TWEAK));
            json!({"radix": 32, "key": key, "tweak": tweak, "numerals": plain(*issue, *index)})
        })
        .collect();
    let answers = encrypted(&jobs);
    assert_eq!(answers.len(), from_golden + 1000);
    for ((key, issue, index, golden), answer) in cases.into_iter().zip(answers) {
        let ring = KeyRing::new(vec![CodeKey::new(1, key).unwrap()]).unwrap();
        let (issue, index) = (IssueNumber::new(issue).unwrap(), CodeIndex::new(index).unwrap());
        let code = spelled(&answer);
        assert_eq!(ring.encode(1, issue, index).unwrap(), code, "issue {issue}, index {index}");
        assert!(golden.is_none_or(|golden| golden == code));
        let decoded = ring.decode(&code).unwrap();
        assert_eq!((decoded.issue(), decoded.index()), (issue, index));
    }
}
