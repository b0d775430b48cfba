//! Tests of strict reading and canonical writing.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn refuse(text: &str) -> CanonicalError {
    strict_parse(text.as_bytes(), MAX_RECORD_BYTES).unwrap_err()
}

#[test]
fn numbers_that_are_no_plain_integers_are_refused() {
    for number in ["1.0", "1e3", "1E0", "-0", "0.5", "-0.0", "18446744073709551616", "1e400"] {
        let error = refuse(&format!("{{\"a\":[1,{number}]}}"));
        assert!(
            matches!(&error, CanonicalError::Float { pointer } if pointer == "/a/1")
                || (number == "1e400" && matches!(error, CanonicalError::Syntax { .. })),
            "{number}: {error}"
        );
    }
    for number in ["9007199254740992", "-9007199254740992", "18446744073709551615", "-9223372036854775808"] {
        assert_eq!(
            refuse(&format!("[{number}]")),
            CanonicalError::IntegerRange { pointer: "/0".into(), received: number.into() }
        );
    }
    let edge = strict_parse(b"[9007199254740991,-9007199254740991,0]", 99).unwrap();
    assert_eq!(edge, json!([9_007_199_254_740_991_i64, -9_007_199_254_740_991_i64, 0]));
    for number in ["01", "+1", ".5", "1.", "0x1", "NaN"] {
        assert!(matches!(refuse(&format!("[{number}]")), CanonicalError::Syntax { .. }), "{number}");
    }
}

#[test]
fn duplicates_null_and_empty_are_refused_with_their_place() {
    let at = |pointer: &str| pointer.to_owned();
    assert_eq!(refuse(r#"{"a":[{"b":1,"b":1}]}"#), CanonicalError::DuplicateKey { pointer: at("/a/0/b") });
    // The same key by an escape.
    assert_eq!(refuse(r#"{"a":1,"\u0061":2}"#), CanonicalError::DuplicateKey { pointer: at("/a") });
    assert_eq!(refuse(r#"{"a":null}"#), CanonicalError::Null { pointer: at("/a") });
    assert_eq!(refuse("null"), CanonicalError::Null { pointer: at("") });
    for (text, pointer) in [("{}", ""), (r#"{"a":[]}"#, "/a"), (r#"{"a":{}}"#, "/a"), (r#"["x",""]"#, "/1")] {
        assert_eq!(refuse(text), CanonicalError::EmptyValue { pointer: at(pointer) }, "{text}");
    }
}

#[test]
fn keys_are_ascii_and_pointers_are_escaped() {
    for key in ["斤", "", "a\\u0000", "\\u202e"] {
        assert!(matches!(refuse(&format!("{{\"{key}\":1}}")), CanonicalError::KeyNotAscii { .. }), "{key}");
    }
    // serde_json reads the text below such a key on its own, with duplicates, nulls and any depth.
    let hidden = refuse(r#"{"details":{"$serde_json::private::RawValue":"{\"a\":1,\"a\":null}"}}"#);
    assert!(matches!(hidden, CanonicalError::KeyNotAscii { .. }), "{hidden}");
    assert_eq!(refuse(r#"{"a/b~c":null}"#), CanonicalError::Null { pointer: "/a~1b~0c".into() });
    assert_eq!(refuse("{\"\\u202e\":1}"), CanonicalError::KeyNotAscii { pointer: "/\\u{202e}".into() });
    let long = refuse(&format!("{{\"{}\":null}}", "k".repeat(5000)));
    assert!(long.to_string().len() < 200, "{long}");
}

#[test]
fn strings_are_nfc_and_visible() {
    assert_eq!(refuse("[\"e\u{301}\"]"), CanonicalError::NotNfc { pointer: "/0".into() });
    assert_eq!(refuse("[\"\u{212b}\"]"), CanonicalError::NotNfc { pointer: "/0".into() });
    for c in
        ["\\u0000", "\\n", "\\u007f", "\u{85}", "\u{2028}", "\u{202e}", "\u{2066}", "\u{ffff}", "\u{fdd0}", "\u{1fffe}"]
    {
        let error = refuse(&format!("[\"a{c}\"]"));
        assert!(matches!(error, CanonicalError::ForbiddenCharacter { .. }), "{c:?}: {error}");
    }
    assert!(refuse("[\"\u{202e}\"]").to_string().contains("U+202E"));
    strict_parse("[\"é小草坝𠮷 １，０５０\"]".as_bytes(), 99).unwrap();
}

#[test]
fn syntax_errors_name_the_place() {
    let error = refuse("{\n  \"a\": [1,\n 2,]\n}");
    let CanonicalError::Syntax { line: 3, offset, pointer, .. } = &error else { panic!("{error}") };
    assert_eq!((*offset, pointer.as_str()), (16, "/a/2"));
    for text in ["", "{", "[1] 2", "[1]x", "\u{feff}[1]", r#"["\ud800"]"#, r#"["\udc00"]"#, "'a'", "[\"a\tb\"]"] {
        assert!(matches!(refuse(text), CanonicalError::Syntax { .. }), "{text:?}");
    }
    assert_eq!(strict_parse(b"[\"a\xff\"]", 99), Err(CanonicalError::Utf8 { offset: 3 }));
    assert_eq!(strict_parse(b"[\"\xed\xa0\x80\"]", 99), Err(CanonicalError::Utf8 { offset: 2 }));
}

#[test]
fn size_and_depth_are_limited() {
    assert!(strict_parse(b"[1]", 3).is_ok());
    assert_eq!(strict_parse(b"[1]", 2), Err(CanonicalError::TooLong { limit: 2, received: 3 }));
    let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    strict_parse(nested(16).as_bytes(), 99).unwrap();
    assert!(matches!(refuse(&nested(17)), CanonicalError::TooDeep { limit: 16, .. }));
    assert!(matches!(refuse(&"[".repeat(50_000)), CanonicalError::TooDeep { .. }));
    let value: Value = serde_json::from_str(&nested(17)).unwrap();
    assert!(matches!(canonical_bytes(&value), Err(CanonicalError::TooDeep { .. })));
}

#[test]
fn only_the_canonical_spelling_passes() {
    let good = r#"{"a":"斤\"","b":[1,true]}"#;
    assert_eq!(check_canonical(good.as_bytes(), 99).unwrap(), json!({"a": "斤\"", "b": [1, true]}));
    for (text, first) in
        [(r#"{"b":1,"a":2}"#, 2), (r#"{"a":1, "b":2}"#, 7), (r#"{"a":"\u65a4"}"#, 6), ("[1]\n", 3), (r#"["\/"]"#, 2)]
    {
        assert_eq!(check_canonical(text.as_bytes(), 99), Err(CanonicalError::NotCanonical { offset: first }), "{text}");
    }
}

#[test]
fn written_values_obey_the_rules_of_read_ones() {
    for value in [json!(1.5), json!(null), json!([]), json!({"a": ""}), json!(1_u64 << 53), json!("e\u{301}")] {
        assert!(canonical_bytes(&value).is_err(), "{value}");
    }
    assert!(matches!(canonical_bytes(&f64::NAN), Err(CanonicalError::Null { .. })));
    assert!(matches!(canonical_bytes(&i128::MAX), Err(CanonicalError::Unwritable { .. })));
}

#[test]
fn the_limits_fit_one_another() {
    let input = r#"{"batch":"H261120-ABCDEFG","record":""},"#.len() + 64;
    assert!(MAX_INPUTS * input < MAX_RECORD_BYTES);
    assert_eq!(MAX_ENTRY_BYTES, usize::from(u16::MAX));
}

fn value() -> impl Strategy<Value = Value> {
    let limit = (1_i64 << 53) - 1;
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-limit..=limit).prop_map(Value::from),
        "[ -~一-龥]{1,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..6).prop_map(Value::from),
            prop::collection::hash_map("[ -~]{1,8}", inner, 1..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Writes JSON by hand with the fields of every object backwards and spaces between.
fn shuffled(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[ {} ]", items.iter().map(shuffled).collect::<Vec<_>>().join(" , ")),
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().rev().map(|(k, v)| format!("{} : {}", json!(k), shuffled(v))).collect();
            format!("{{ {} }}", fields.join(" ,\n"))
        }
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn canonical_bytes_round_trip(value in value()) {
        let bytes = canonical_bytes(&value).unwrap();
        prop_assert_eq!(check_canonical(&bytes, usize::MAX).unwrap(), value);
    }

    #[test]
    fn order_of_keys_does_not_matter(value in value()) {
        let other = strict_parse(shuffled(&value).as_bytes(), usize::MAX).unwrap();
        prop_assert_eq!(canonical_bytes(&other).unwrap(), canonical_bytes(&value).unwrap());
    }

    /// RFC 8785, section 3.2.3. Our keys are ASCII; this holds the library to the rest of the standard.
    #[test]
    fn keys_are_ordered_by_utf16(keys in prop::collection::hash_set("[a-zé\u{e000}-\u{f8ff}\u{10000}-\u{10fff}]{1,3}", 1..8)) {
        let object: Value = keys.iter().map(|k| (k.clone(), Value::from(1))).collect::<serde_json::Map<_, _>>().into();
        let mut sorted: Vec<&String> = keys.iter().collect();
        sorted.sort_by_key(|k| k.encode_utf16().collect::<Vec<u16>>());
        let fields: Vec<String> = sorted.iter().map(|k| format!("\"{k}\":1")).collect();
        let expected = format!("{{{}}}", fields.join(","));
        prop_assert_eq!(String::from_utf8(jcs(&object).unwrap()).unwrap(), expected);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = check_canonical(&bytes, 64);
    }
}

/// Any JSON, the forbidden included: numbers at the edges, empty values, keys and strings to be escaped.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof!["[a-c]{0,3}", r"[ -~]{1,4}", r#"["\\\u{1}\u{7f}e\u{301}天é\u{202e}😀]{1,4}"#];
    let number = prop_oneof![any::<i64>(), -3..3i64, (1i64 << 53) - 2..(1 << 53) + 2];
    let leaf = prop_oneof![
        1 => Just(json!(null)),
        4 => any::<bool>().prop_map(|b| json!(b)),
        6 => number.prop_map(|n| json!(n)),
        1 => any::<f64>().prop_map(|n| json!(n)),
        8 => text.clone().prop_map(|t| json!(t)),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| json!(items)),
            proptest::collection::vec((text.clone(), inner), 0..5).prop_map(|f| f.into_iter().collect()),
        ]
    })
}

/// Serialises its fields in the order in which they stand, as a struct does.
struct Unordered(Vec<(String, u32)>);

impl Serialize for Unordered {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// The writer in one pass gives the canonicalizer's bytes, and gives up on all that is to be refused.
    #[test]
    fn the_quick_way_is_the_slow_way(value in any_json()) {
        let checked = content::check_value(&value);
        if let Ok(bytes) = writer::write(&value) {
            prop_assert_eq!(checked, Ok(()));
            prop_assert_eq!(bytes, jcs(&value).unwrap());
        } else {
            let escaped = value.to_string().contains(['"', '\\']);
            prop_assert!(checked.is_err() || escaped, "given up on {value}");
        }
    }

    #[test]
    fn fields_are_sorted_and_stand_once(fields in proptest::collection::vec(("[a-d/]{1,2}", any::<u32>()), 1..9)) {
        let fields = Unordered(fields);
        let unique: std::collections::BTreeMap<_, _> = fields.0.iter().cloned().collect();
        match writer::write(&fields) {
            Ok(bytes) => {
                prop_assert_eq!(unique.len(), fields.0.len());
                prop_assert_eq!(bytes, serde_json::to_vec(&unique).unwrap());
            }
            Err(writer::Unusual) => prop_assert!(unique.len() < fields.0.len()),
        }
    }
}

#[test]
fn the_quick_way_serves_every_shape_of_a_record() {
    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Choice {
        Party(u8),
    }
    let value = (Choice::Party(3), 'x', Some(-1i8), [[1u16, 2]]);
    assert_eq!(writer::write(&value).unwrap(), br#"[{"party":3},"x",-1,[[1,2]]]"#);
    assert!(writer::write(&(None::<u8>, 1)).is_err());
    assert!(writer::write(&std::collections::BTreeMap::from([(1, 2)])).is_err(), "the slow way makes it a string");
    let deep = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    assert!(writer::write(&deep(16)).is_ok() && canonical_bytes(&deep(16)).is_ok());
    assert!(writer::write(&deep(17)).is_err() && canonical_bytes(&deep(17)).is_err());
}
