//! Codes, key files, addresses and symbols, together: golden vectors and the edges of each format.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod address;
mod picture;

use proptest::prelude::*;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::*;

fn key(version: u8, fill: u8) -> CodeKey {
    CodeKey::new(version, [fill; 32]).unwrap()
}

fn place(issue: u32, index: u32) -> (IssueNumber, CodeIndex) {
    (IssueNumber::new(issue).unwrap(), CodeIndex::new(index).unwrap())
}

#[derive(Deserialize)]
struct Golden {
    codes: Vec<GoldenCode>,
    checks: Vec<GoldenCheck>,
}

#[derive(Deserialize)]
struct GoldenCode {
    key: String,
    issue: IssueNumber,
    index: CodeIndex,
    code: PackageCode,
}

#[derive(Deserialize)]
struct GoldenCheck {
    key: String,
    check: String,
}

fn ring_of(key: &str) -> KeyRing {
    let bytes = hex::decode(key).unwrap().try_into().unwrap();
    KeyRing::new(vec![CodeKey::new(3, bytes).unwrap()]).unwrap()
}

#[test]
fn golden_vectors() {
    let text = include_str!("../../../fixtures/golden/codes.json");
    let golden: Golden = serde_json::from_str(text).unwrap();
    assert!(golden.codes.len() >= 10 && !golden.checks.is_empty());
    for case in golden.codes {
        let ring = ring_of(&case.key);
        assert_eq!(ring.encode(3, case.issue, case.index).unwrap(), case.code);
        let decoded = ring.decode(&case.code).unwrap();
        assert_eq!((decoded.issue(), decoded.index()), (case.issue, case.index));
        assert_eq!(decoded.key_version(), 3);
    }
    for case in golden.checks {
        assert_eq!(ring_of(&case.key).check_value(3), Some(case.check));
    }
}

#[test]
fn random_serials_do_not_decode() {
    let ring = KeyRing::new(vec![key(1, 1)]).unwrap();
    for number in 0_u32..100_000 {
        let digest = Sha256::digest(number.to_be_bytes());
        let bits = digest[..16].iter().fold(0, |bits, byte| bits << 8 | u128::from(*byte));
        assert_eq!(ring.decode(&PackageCode::from_bits(bits)), None, "number {number}");
    }
}

#[test]
fn a_wrong_character_makes_another_code_unknown() {
    let ring = KeyRing::new(vec![key(1, 1)]).unwrap();
    let (issue, index) = place(42, 7);
    let text = ring.encode(1, issue, index).unwrap().to_string();
    for position in 0..text.len() {
        for digit in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars() {
            let mut other = text.clone();
            other.replace_range(position..=position, &digit.to_string());
            let known = ring.decode(&other.parse().unwrap()).is_some();
            assert_eq!(known, other == text, "{other}");
        }
    }
}

#[test]
fn every_key_of_a_ring_recognises_its_codes() {
    let keys: Vec<_> = (1..=8).map(|version| key(version, version)).collect();
    let ring = KeyRing::new(keys.clone()).unwrap();
    assert_eq!(ring.newest_version(), 8);
    assert!(ring.keys().map(CodeKey::version).eq((1..=8).rev()));
    let (issue, index) = (IssueNumber::MAX, CodeIndex::MAX);
    for version in 1..=8 {
        let code = ring.encode(version, issue, index).unwrap();
        let decoded = ring.decode(&code).unwrap();
        assert_eq!(decoded.key_version(), version);
        assert_eq!((decoded.issue(), decoded.index()), (issue, index));
        let without: Vec<_> = keys.iter().filter(|k| k.version() != version).cloned().collect();
        assert_eq!(KeyRing::new(without).unwrap().decode(&code), None);
    }
    assert_eq!(ring.encode(9, issue, index), Err(KeyRingError::UnknownVersion { version: 9 }));
}

#[test]
fn rings_that_cannot_be_are_refused() {
    assert_eq!(KeyRing::new(vec![]).unwrap_err(), KeyRingError::Empty);
    let nine = (1..=9).map(|version| key(version, version)).collect();
    assert_eq!(KeyRing::new(nine).unwrap_err(), KeyRingError::TooMany { received: 9 });
    let versions = KeyRing::new(vec![key(2, 1), key(1, 3), key(2, 2)]);
    assert_eq!(versions.unwrap_err(), KeyRingError::DuplicateVersion { version: 2 });
    let bytes = KeyRing::new(vec![key(5, 1), key(3, 1)]);
    assert_eq!(bytes.unwrap_err(), KeyRingError::DuplicateKey { first: 3, second: 5 });
    assert_eq!(CodeKey::new(0, [1; 32]), Err(KeyRingError::VersionZero));
}

#[test]
fn numbers_have_their_bits_and_no_more() {
    assert_eq!(IssueNumber::MAX.get(), (1 << 25) - 1);
    assert_eq!(CodeIndex::MAX.get(), (1 << 27) - 1);
    let error = IssueNumber::new(1 << 25).unwrap_err();
    assert_eq!(error.to_string(), "the number of a code issue is at most 33554431, received 33554432");
    assert!(CodeIndex::new(1 << 27).is_err());
    assert!(serde_json::from_str::<IssueNumber>("33554432").is_err());
}

#[test]
fn secrets_are_not_shown() {
    let bytes: [u8; 32] = Sha256::digest(b"secret").into();
    let key = CodeKey::new(4, bytes).unwrap();
    let check_value = key.check_value();
    let ring = KeyRing::new(vec![key]).unwrap();
    let shown = format!("{ring:?}");
    assert!(shown.contains("v4") && shown.contains(&check_value), "{shown}");
    assert!(!shown.contains(&hex::encode(&bytes[..4])) && !shown.contains("secret"), "{shown}");
    let secret = ring.to_text().lines().last().unwrap().replace("v4 ", "");
    assert!(!shown.contains(&secret));
    for text in [format!("v1 {secret}x"), format!("{secret} v1"), format!("v1 {secret} {secret}")] {
        let error = KeyRing::parse(&text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(&secret), "{error}");
    }
}

#[test]
fn key_files_are_read_with_the_number_of_the_wrong_line() {
    let ring = KeyRing::new(vec![key(1, 1), key(12, 12)]).unwrap();
    let text = ring.to_text();
    let read = KeyRing::parse(&format!("\u{feff}{}", text.replace('\n', " # x\r\n\r\n"))).unwrap();
    assert!(read.keys().eq(ring.keys()));
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with('v')).collect();
    let (one, twelve) = (lines[0], lines[1]);
    let another = KeyRing::new(vec![key(12, 3)]).unwrap().to_text();
    let another = another.lines().last().unwrap();
    let secret = one.replace("v1 ", "");
    let at = |text: String| KeyRing::parse(&text).unwrap_err();
    assert_eq!(at(String::new()), KeyFileError::Empty);
    assert_eq!(at("# only a comment".into()), KeyFileError::Empty);
    assert_eq!(at(format!("{one}\nv2\n")), KeyFileError::Words { line: 2, words: 1 });
    for version in ["1", "V1", "v0", "v01", "v256", "v+1", "v"] {
        assert_eq!(at(format!("\n{version} {secret}")), KeyFileError::Version { line: 2 });
    }
    assert_eq!(at(format!("v1 {secret}=")), KeyFileError::Key { line: 1, received: 44 });
    assert_eq!(at("v1 AAAA".into()), KeyFileError::Key { line: 1, received: 4 });
    let source = KeyRingError::DuplicateVersion { version: 12 };
    assert_eq!(at(format!("{one}\n{twelve}\n{another}")), KeyFileError::Ring { line: 3, source });
    let source = KeyRingError::DuplicateKey { first: 1, second: 2 };
    assert_eq!(at(format!("{one}\nv2 {secret}\n")), KeyFileError::Ring { line: 2, source });
}

#[test]
fn typed_codes_are_forgiven_and_printed_ones_are_not() {
    let code: PackageCode = "CJZCKKD64D6EX5C1Y40K".parse().unwrap();
    for typed in [
        "cjzckkd64d6ex5c1y40k",
        " CJZC KKD6 4D6E X5C1 Y40K\n",
        "cjzc-kkd6–4d6e—x5ci-y4ok",
        "CJZCKKD64D6EX5CLY4OK",
        "ＣＪＺＣ　ｋｋｄ６　４Ｄ６Ｅ　Ｘ５Ｃｌ　Ｙ４ｏＫ",
        "\u{feff}CJZC\u{200b}KKD6-4D6E-X5C1-Y40K",
    ] {
        assert_eq!(PackageCode::parse_typed(typed), Ok(code), "{typed}");
        assert!(typed.parse::<PackageCode>().is_err(), "{typed}");
    }
    assert_eq!(code.to_string(), "CJZCKKD64D6EX5C1Y40K");
    let json = serde_json::to_string(&code).unwrap();
    assert_eq!(serde_json::from_str::<PackageCode>(&json).unwrap(), code);
    assert!(serde_json::from_str::<PackageCode>(&json.to_lowercase()).is_err());
}

#[test]
fn wrong_characters_are_named_with_their_place() {
    let typed = PackageCode::parse_typed;
    assert_eq!(typed("CJZC KU"), Err(CodeError::NeverUsed { position: 6 }));
    let zh = |text| typed(text).map_err(|error| error.zh());
    assert_eq!(zh("CJZC KU"), Err("第 6 个字符是 U，溯源码里没有 U，可能是 V".to_owned()));
    assert_eq!(zh("CJZC"), Err("溯源码有 20 个字符，收到 4 个".to_owned()));
    assert_eq!(typed("ＣＪＺＣ　ｕ"), Err(CodeError::NeverUsed { position: 5 }));
    assert_eq!(typed("CJ天"), Err(CodeError::Character { position: 3, character: '天' }));
    assert_eq!(typed("CJZC KKD6"), Err(CodeError::Length { received: 8 }));
    assert_eq!(typed(""), Err(CodeError::Length { received: 0 }));
    assert_eq!(typed(&"A".repeat(21)), Err(CodeError::Length { received: 21 }));
    assert_eq!(typed(&"A".repeat(1000)), Err(CodeError::Length { received: 1000 }));
    let strict = "CJZCKKD64D6EX5CIY40K".parse::<PackageCode>();
    assert_eq!(strict, Err(CodeError::Character { position: 16, character: 'I' }));
    assert!(strict.unwrap_err().to_string().starts_with("character 16 is 'I'"));
}

proptest! {
    #[test]
    fn codes_come_back(issue in 0_u32..1 << 25, index in 0_u32..1 << 27, secret: [u8; 32]) {
        let ring = KeyRing::new(vec![CodeKey::new(1, secret).unwrap()]).unwrap();
        let (issue, index) = place(issue, index);
        let code = ring.encode(1, issue, index).unwrap();
        prop_assert_eq!(code.to_string().len(), 20);
        prop_assert_eq!(code.to_string().parse::<PackageCode>(), Ok(code));
        prop_assert_eq!(PackageCode::parse_typed(&code.grouped().to_lowercase()), Ok(code));
        let decoded = ring.decode(&code).unwrap();
        prop_assert_eq!((decoded.issue(), decoded.index()), (issue, index));
    }

    #[test]
    fn no_text_makes_a_parser_stumble(text in "\\PC{0,60}") {
        if let Ok(code) = PackageCode::parse_typed(&text) {
            prop_assert_eq!(code.to_string().parse::<PackageCode>(), Ok(code));
        }
        if let Ok(host) = Host::parse(&text) {
            prop_assert_eq!(Host::parse(host.as_str()), Ok(host));
        }
        _ = DigitalLink::parse_path(&text);
        _ = KeyRing::parse(&text);
    }
}

#[test]
fn a_withdrawn_key_reads_its_codes_and_makes_no_new_ones() {
    let (issue, index) = place(1, 2);
    let old = KeyRing::new(vec![key(1, 1), key(2, 2)]).unwrap().encode(2, issue, index).unwrap();
    let ring = KeyRing::new(vec![key(1, 1), key(2, 2).withdrawn()]).unwrap();
    assert_eq!(ring.newest_version(), 1);
    assert_eq!(ring.decode(&old).unwrap().key_version(), 2);
    assert!(ring.is_withdrawn(2) && !ring.is_withdrawn(1) && !ring.is_withdrawn(3));
    let text = ring.to_text();
    let lines: Vec<&str> = text.lines().filter(|line| line.ends_with(" withdrawn")).collect();
    assert!(matches!(lines[..], [line] if line.starts_with("v2 ")), "{text}");
    let read = KeyRing::parse(&text).unwrap();
    assert!(read.is_withdrawn(2) && read.to_text() == text);
    // The first line alone may be withdrawn, all of them may not.
    assert_eq!(KeyRing::new(vec![key(1, 1).withdrawn()]).unwrap_err(), KeyRingError::AllWithdrawn);
    let all = text.lines().map(|line| line.trim_end_matches(" withdrawn").to_owned() + " withdrawn\n");
    let all: String = all.filter(|line| line.starts_with('v')).collect();
    assert_eq!(KeyRing::parse(&all).unwrap_err(), KeyFileError::AllWithdrawn);
    assert!(
        KeyRing::parse(&text.replace("withdrawn", "gone")).unwrap_err().to_string().contains("`v1 <key> withdrawn`")
    );
}
