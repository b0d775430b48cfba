//! Tests of conversion, of what people type, and of every refusal.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use proptest::prelude::*;

use super::*;

mod refusals;

#[track_caller]
fn reads(measure: Measure, text: &str, value: i64) {
    let stated = Stated::parse(text, measure).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(stated.quantity().value(), value, "{text}");
    assert_eq!(stated.typed(), text.trim());
    assert!(stated.agrees());
}

#[track_caller]
fn refuses(measure: Measure, text: &str) -> QuantityError {
    let error = match Stated::parse(text, measure) {
        Ok(stated) => panic!("{text:?} was read as {stated:?}"),
        Err(error) => error,
    };
    assert!(!error.zh().is_empty() && !error.to_string().is_empty());
    error
}

#[test]
fn masses() {
    const JIN: i64 = 500_000;
    for (text, value) in [
        ("320斤", 320 * JIN),
        ("320 市斤", 320 * JIN),
        ("160公斤", 320 * JIN),
        ("160千克", 320 * JIN),
        ("160kg", 320 * JIN),
        ("160 KG", 320 * JIN),
        ("160㎏", 320 * JIN),
        ("１６０ｋｇ", 320 * JIN),
        ("　160　公斤 ", 320 * JIN),
        ("3两", 150_000),
        ("250g", 250_000),
        ("250克", 250_000),
        ("7毫克", 7),
        ("7 mg", 7),
        ("1.5吨", 1_500_000_000),
        ("2t", 2_000_000_000),
        ("1,050 kg", 1_050_000_000),
        ("１，０５０公斤", 1_050_000_000),
        ("1,234,567克", 1_234_567_000),
        ("12．5斤", 25 * JIN / 2),
        ("0.000001kg", 1),
        ("3公斤2两", 3_100_000),
        ("3斤2两", 3 * JIN + 100_000),
        ("1吨 20公斤 3两", 1_020_150_000),
        ("半斤", JIN / 2),
        ("三斤半", 3 * JIN + JIN / 2),
        ("3 公斤半", 3_500_000),
        ("007斤", 7 * JIN),
        ("320 jin", 320 * JIN),
        ("10000吨", 10_000_000_000_000),
    ] {
        reads(Measure::Mass, text, value);
    }
}

#[test]
fn chinese_numerals() {
    for (text, jin) in [
        ("三百二十斤", 320),
        ("十斤", 10),
        ("十五斤", 15),
        ("二十斤", 20),
        ("九十九斤", 99),
        ("一百零五斤", 105),
        ("一百一十斤", 110),
        ("两斤", 2),
        ("两百斤", 200),
        ("一千两百斤", 1200),
        ("一万两千三百四十五斤", 12_345),
        ("三万斤", 30_000),
        ("三百二十万斤", 3_200_000),
        ("一万零五十斤", 10_050),
        ("一千〇一斤", 1001),
        ("3千斤", 3000),
        ("1.5万斤", 15_000),
        ("一点五万斤", 15_000),
        ("2百万斤", 2_000_000),
        ("一千零二十斤", 1020),
    ] {
        reads(Measure::Mass, text, jin * 500_000);
    }
    reads(Measure::Mass, "一点五斤", 750_000);
    reads(Measure::Mass, "二两", 100_000);
    reads(Measure::Mass, "十两", 500_000);
    reads(Measure::Mass, "两斤二两", 1_100_000);
    reads(Measure::Mass, "一万两", 500_000_000);
    reads(Measure::Mass, "三千克", 3_000_000);
    reads(Measure::Mass, "三百千克", 300_000_000);
    reads(Measure::Area, "一亩三分地", 8_666_667);
    for text in ["三百二斤", "一万二斤", "三二斤", "一百二百斤", "三百零斤", "零零五斤", "百十十斤", "一点斤", "十百斤"]
    {
        let error = refuses(Measure::Mass, text);
        assert!(
            matches!(error, QuantityError::BadNumber { position: 1, .. } | QuantityError::Unreadable { .. }),
            "{text}: {error:?}"
        );
    }
    assert!(matches!(
        refuses(Measure::Mass, "三百二斤"),
        QuantityError::BadNumber { fault: NumberFault::Numeral, position: 1 }
    ));
    assert!(matches!(refuses(Measure::Mass, "3斤两"), QuantityError::NoUnit { .. }));
}

#[test]
fn areas_round_half_up_only_for_mu() {
    for (text, value) in [
        ("1亩", 6_666_667),
        ("2亩", 13_333_333),
        ("3亩", 20_000_000),
        ("1.5亩", 10_000_000),
        ("5分", 3_333_333),
        ("3分地", 2_000_000),
        ("0.000001亩", 7),
        ("半亩", 3_333_333),
        ("2亩半", 16_666_667),
        ("1 mu", 6_666_667),
        ("2300平方米", 23_000_000),
        ("2300 m2", 23_000_000),
        ("2300㎡", 23_000_000),
        ("2300m²", 23_000_000),
        ("2300ｍ２", 23_000_000),
        ("100平米", 1_000_000),
        ("1公顷", 100_000_000),
        ("0.5 ha", 50_000_000),
        ("100000亩", 666_666_666_667),
    ] {
        reads(Measure::Area, text, value);
    }
    for mu in [0, 1, 2, 3, 1_050, u16::MAX] {
        let exact = (i128::from(mu) * 20_000_000 * 2 + 3) / 6;
        assert_eq!(i128::from(Quantity::mu(mu).value()), exact);
    }
    assert!(matches!(refuses(Measure::Area, "0.00001 m2"), QuantityError::NotWhole { .. }));
}

#[test]
fn counts() {
    for (text, value) in [
        ("3000瓶", 3000),
        ("3,000 bottles", 3000),
        ("12 袋", 12),
        ("1 piece", 1),
        ("5pcs", 5),
        ("20万瓶", 200_000),
        ("两个", 2),
        ("７支", 7),
        ("1000000000件", 1_000_000_000),
        ("5 Boxes", 5),
        ("2.0包", 2),
    ] {
        reads(Measure::Count, text, value);
    }
    assert!(matches!(refuses(Measure::Count, "1.5瓶"), QuantityError::NotWhole { .. }));
    assert!(matches!(refuses(Measure::Count, "两个半"), QuantityError::Compound { .. }));
    assert!(matches!(refuses(Measure::Count, "3瓶2袋"), QuantityError::Compound { position: 3 }));
}

#[test]
fn sums_stay_within_their_measure_and_range() {
    let most = Quantity::mass_mg(VALUE_MAX).unwrap();
    assert!(matches!(most.checked_add(Quantity::grams(1)), Err(QuantityError::OutOfRange { .. })));
    assert!(Quantity::mass_mg(VALUE_MAX + 1).is_err() && Quantity::pieces(-1).is_err());
    assert!(matches!(Quantity::kg(1).checked_sub(Quantity::kg(2)), Err(QuantityError::BelowZero { .. })));
    assert!(Quantity::kg(2).checked_sub(Quantity::kg(2)).unwrap().is_zero());
    assert!(matches!(Quantity::kg(1).checked_sub(Quantity::mu(1)), Err(QuantityError::MeasureMismatch { .. })));
    assert!(Quantity::kg(1) < Quantity::kg(2));
    assert_eq!(Quantity::kg(1).partial_cmp(&Quantity::count(1)), None);
    for largest in [Quantity::kg(u32::MAX), Quantity::square_metres(u32::MAX), Quantity::mu(u16::MAX)] {
        assert!(Quantity::new(largest.measure(), largest.value()).is_ok());
    }
}

#[test]
fn json_is_strict_and_both_sides_agree() {
    let text = r#"{"typed":"320斤","unit":"mg","value":160000000}"#;
    let stated: Stated = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&stated).unwrap(), text);
    let error = serde_json::from_str::<Stated>(&text.replace("160", "320")).unwrap_err().to_string();
    assert!(error.contains("320斤") && error.contains("160 kg") && error.contains("320 kg"), "{error}");
    for wrong in [
        text.replace("\"mg\"", "\"cm2\""),
        text.replace("\"mg\"", "\"kg\""),
        text.replace("320斤", "320"),
        text.replace("160000000", "1.6e8"),
        text.replace("160000000", "-1"),
        text.replace('}', ",\"x\":1}"),
        text.replace("\"unit\":\"mg\",", ""),
    ] {
        assert!(serde_json::from_str::<Stated>(&wrong).is_err(), "{wrong}");
    }
    for wrong in [
        r#"{"unit":"mg","value":-1}"#,
        r#"{"unit":"mg","value":9007199254740992}"#,
        r#"{"unit":"mg","value":1,"typed":"1 mg"}"#,
    ] {
        assert!(serde_json::from_str::<Quantity>(wrong).is_err(), "{wrong}");
    }
    let zero: Quantity = serde_json::from_str(r#"{"unit":"cm2","value":0}"#).unwrap();
    assert_eq!(zero, Quantity::zero(Measure::Area));
    assert_eq!(Stated::of(zero), Err(QuantityError::Zero));
}

#[test]
fn texts_for_people() {
    for (quantity, zh, en) in [
        (Quantity::kg(160), "160 kg（320 斤）", "160 kg (320 jin)"),
        (Quantity::kg(1_050), "1050 kg（2100 斤）", "1,050 kg (2,100 jin)"),
        (Quantity::grams(50), "0.05 kg（0.1 斤）", "0.05 kg (0.1 jin)"),
        (Quantity::mu(1), "1 亩（666.67 m²）", "1 mu (666.67 m²)"),
        (Quantity::mu(1_050), "1050 亩（700000 m²）", "1,050 mu (700,000 m²)"),
        (Quantity::square_metres(1), "1 m²", "1 m²"),
        (Quantity::area_cm2(12).unwrap(), "0.0012 m²", "0.0012 m²"),
        (Quantity::count(3_000), "3000 件", "3,000 pieces"),
        (Quantity::count(1), "1 件", "1 piece"),
        (Quantity::zero(Measure::Mass), "0 kg（0 斤）", "0 kg (0 jin)"),
    ] {
        assert_eq!((quantity.zh().as_str(), quantity.en().as_str()), (zh, en));
    }
    assert_eq!(format_kg(1_234_567_890_000), "1,234,567.89");
    assert_eq!(format_kg(0), "0");
    assert_eq!(format_kg(1), "0.000001");
    assert_eq!(Stated::of(Quantity::kg(160)).unwrap().typed(), "160 kg");
    assert_eq!(Stated::of(Quantity::grams(250)).unwrap().typed(), "250 g");
}

proptest! {
    #[test]
    fn canonical_spellings_read_back(value in 1..600_000_000_000_i64, which in 0..3) {
        let measure = [Measure::Mass, Measure::Area, Measure::Count][usize::try_from(which).unwrap()];
        let value = if measure == Measure::Count { value % 1_000_000_000 + 1 } else { value };
        let quantity = Quantity::new(measure, value).unwrap();
        let stated = Stated::of(quantity).unwrap();
        prop_assert_eq!(stated.quantity(), quantity);
        let json = serde_json::to_string(&stated).unwrap();
        prop_assert_eq!(serde_json::from_str::<Stated>(&json).unwrap(), stated);
    }

    #[test]
    fn chinese_numerals_agree_with_digits(n in 1_u32..100_000_000) {
        let chinese = format!("{}斤", in_chinese(n));
        let digits = format!("{n}斤");
        let (a, b) = (Stated::parse(&chinese, Measure::Mass), Stated::parse(&digits, Measure::Mass));
        match (a, b) {
            (Ok(a), Ok(b)) => prop_assert_eq!(a.quantity(), b.quantity(), "{}", chinese),
            (a, b) => prop_assert_eq!(a.err(), b.err(), "{}", chinese),
        }
    }

    #[test]
    fn no_text_panics(text in "[0-9.,万千百十零一两半斤公kgm2亩分 　-]{0,70}|.{0,30}") {
        for measure in [Measure::Mass, Measure::Area, Measure::Count] {
            if let Ok(stated) = Stated::parse(&text, measure) {
                prop_assert!(stated.agrees());
            }
        }
    }
}

/// Writes a number below 10^8 out in full.
fn in_chinese(n: u32) -> String {
    let below_ten_thousand = |n: u32| {
        let mut text = String::new();
        let mut gap = false;
        for (factor, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
            let digit = n / factor % 10;
            if digit == 0 {
                gap = !text.is_empty();
                continue;
            }
            if gap {
                text.push('零');
                gap = false;
            }
            text.push("零一二三四五六七八九".chars().nth(digit as usize).unwrap());
            text.push_str(name);
        }
        text
    };
    let (high, low) = (n / 10_000, n % 10_000);
    match (high, low) {
        (0, low) => below_ten_thousand(low),
        (high, 0) => format!("{}万", below_ten_thousand(high)),
        (high, low) => {
            let zero = if low < 1000 { "零" } else { "" };
            format!("{}万{zero}{}", below_ten_thousand(high), below_ten_thousand(low))
        }
    }
}
