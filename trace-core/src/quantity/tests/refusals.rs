//! Every way in which a typed quantity is refused, with the cause and the place that the error must name.

use super::*;

#[test]
fn a_bare_number_is_never_guessed() {
    for text in ["320", "１２", "三百二十", "3公斤2", "半"] {
        let error = refuses(Measure::Mass, text);
        assert!(matches!(&error, QuantityError::NoUnit { expected: Measure::Mass, .. }), "{text}: {error:?}");
        assert!(error.to_string().contains("斤") && error.zh().contains("公斤"));
    }
    assert!(refuses(Measure::Area, "3").to_string().contains("亩"));
    assert!(refuses(Measure::Count, "3").zh().contains("瓶"));
    assert!(refuses(Measure::Mass, "3").zh().ends_with("：斤、公斤（kg）、两、克（g）、毫克（mg）、吨（t）"));
    assert!(matches!(refuses(Measure::Mass, "３２０ "), QuantityError::NoUnit { number, .. } if number == "３２０"));
}

#[test]
fn other_refusals_name_their_cause() {
    for (text, expected) in
        [("3斤", Measure::Area), ("3亩", Measure::Mass), ("3瓶", Measure::Mass), ("3kg", Measure::Count)]
    {
        let error = refuses(expected, text);
        assert!(
            matches!(&error, QuantityError::WrongMeasure { unit, .. } if text.ends_with(unit.as_str())),
            "{error:?}"
        );
    }
    for text in ["-5kg", "－5kg", "−5斤", "负五斤"] {
        assert_eq!(refuses(Measure::Mass, text), QuantityError::Negative { position: 1 });
    }
    for text in ["0kg", "0.000斤", "零斤"] {
        assert_eq!(refuses(Measure::Mass, text), QuantityError::Zero, "{text}");
    }
    for (measure, text) in [
        (Measure::Mass, "10000.000001吨"),
        (Measure::Mass, "999999999999吨"),
        (Measure::Area, "100001亩"),
        (Measure::Count, "1000000001个"),
        (Measure::Mass, "999999999999百千万吨"),
    ] {
        assert_eq!(refuses(measure, text), QuantityError::TooLarge { measure }, "{text}");
    }
    for text in ["", "  ", "　"] {
        assert_eq!(refuses(Measure::Mass, text), QuantityError::Empty { expected: Measure::Mass });
    }
}

#[test]
fn malformed_text_is_named_with_its_place() {
    for (text, rest, position) in [
        ("1e5kg", "e5kg", 2),
        ("1E5斤", "E5斤", 2),
        ("abc", "abc", 1),
        ("大约3斤", "大约3斤", 1),
        ("3斤左右", "左右", 3),
        ("10-20斤", "-20斤", 3),
        ("5 tx", "tx", 3),
        ("+5kg", "+5kg", 1),
        ("3 4斤", "4斤", 3),
        (".5斤", ".5斤", 1),
        ("3\t斤", "\t斤", 2),
        ("㎏3", "㎏3", 1),
        ("∞斤", "∞斤", 1),
        ("3斤\u{202e}", "\u{202e}", 3),
        ("NaN kg", "NaN kg", 1),
        ("3担", "担", 2),
    ] {
        assert_eq!(refuses(Measure::Mass, text), QuantityError::Unreadable { text: rest.into(), position }, "{text}");
    }
    for (text, fault) in [
        ("1,05kg", NumberFault::Separator),
        ("1050,000kg", NumberFault::Separator),
        ("1,0500kg", NumberFault::Separator),
        ("1.斤", NumberFault::Decimals),
        ("1.1234567斤", NumberFault::Decimals),
        ("1234567890123mg", NumberFault::TooLong),
    ] {
        assert_eq!(refuses(Measure::Mass, text), QuantityError::BadNumber { fault, position: 1 }, "{text}");
    }
    for text in ["3斤20两", "2两3斤", "1.5斤2两", "1公斤2斤", "3斤3斤", "1吨2公斤3两4克"] {
        assert!(matches!(refuses(Measure::Mass, text), QuantityError::Compound { .. }), "{text}");
    }
    assert_eq!(refuses(Measure::Mass, "0.0001克"), QuantityError::NotWhole { measure: Measure::Mass });
    assert!(matches!(refuses(Measure::Mass, &"9".repeat(65)), QuantityError::TooLong { received: 65, .. }));
}
