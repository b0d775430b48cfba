//! Tests of spellings, comparisons and the edge of the future.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> OccurredAt {
    OccurredAt::parse(text, Zone::CHINA).unwrap()
}

fn received(text: &str) -> ReceivedAt {
    text.parse().unwrap()
}

#[test]
fn one_spelling_each() {
    for good in ["2026-11-20", "2024-02-29", "2026-11-20T00:00:00+08:00", "2099-12-31T23:59:59+08:00"] {
        assert_eq!(at(good).to_string(), good);
    }
    for bad in [
        "",
        "2026-1-2",
        "20261120",
        "2026/11/20",
        " 2026-11-20",
        "2026-11-20 ",
        "2026-11-20T09:30+08:00",
        "2026-11-20T09:30:00",
        "2026-11-20T09:30:00Z",
        "2026-11-20T09:30:00.0+08:00",
        "2026-11-20t09:30:00+08:00",
        "2026-11-20 09:30:00+08:00",
        "2026-11-20T09:30:00+0800",
        "2026-11-20T09:30:00+08",
        "２０２６-11-20",
        "2026-11-20T09:30:00+08:0天",
    ] {
        assert!(
            matches!(OccurredAt::parse(bad, Zone::CHINA), Err(TimeError::Spelling { .. })),
            "{bad:?}: {:?}",
            OccurredAt::parse(bad, Zone::CHINA)
        );
    }
    for bad in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-11-20T24:00:00+08:00", "2026-11-20T23:59:60+08:00"] {
        assert!(matches!(OccurredAt::parse(bad, Zone::CHINA), Err(TimeError::Impossible { .. })), "{bad}");
    }
    assert_eq!(OccurredAt::parse("1999-12-31", Zone::CHINA), Err(TimeError::Year { year: 1999 }));
    assert_eq!(OccurredAt::parse("2100-01-01T00:00:00+08:00", Zone::CHINA), Err(TimeError::Year { year: 2100 }));
}

#[test]
fn json_keeps_a_foreign_offset_for_check_zone_to_refuse() {
    let text = "\"2026-11-20T01:30:00+00:00\"";
    let read: OccurredAt = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    assert!(matches!(read.check_zone(Zone::CHINA), Err(TimeError::Zone { .. })));
    read.check_zone(Zone::from_minutes(0).unwrap()).unwrap();
    at("2026-11-20").check_zone(Zone::from_minutes(0).unwrap()).unwrap();
    for bad in ["\"2026-11-20T01:30:00-00:00\"", "\"2026-11-20T01:30:00+15:00\"", "\"2026-11-20T01:30:00+08:60\""] {
        assert!(serde_json::from_str::<OccurredAt>(bad).is_err(), "{bad}");
    }
}

#[test]
fn zones_have_one_spelling() {
    for good in ["+08:00", "+00:00", "-03:30", "+14:00", "-14:00"] {
        assert_eq!(good.parse::<Zone>().unwrap().to_string(), good);
    }
    for bad in ["Z", "-00:00", "+14:01", "+8:00", "08:00", "+08:00:00", "+99:59"] {
        assert!(bad.parse::<Zone>().is_err(), "{bad}");
    }
    assert_eq!(Zone::default(), "+08:00".parse().unwrap());
    assert!(Zone::from_minutes(i16::MIN).is_err());
}

#[test]
fn days_compare_by_date_and_moments_by_instant() {
    let (day, morning, noon) = (at("2026-11-20"), at("2026-11-20T08:00:00+08:00"), at("2026-11-20T12:00:00+08:00"));
    assert!(morning.precedes_or_equals(&noon) && !noon.precedes_or_equals(&morning));
    assert!(noon.precedes_or_equals(&noon));
    assert!(day.precedes_or_equals(&morning) && noon.precedes_or_equals(&day));
    assert!(!at("2026-11-21").precedes_or_equals(&noon));
    let elsewhere: OccurredAt = "2026-11-20T03:59:59+00:00".parse().unwrap();
    assert!(elsewhere.precedes_or_equals(&noon) && !noon.precedes_or_equals(&elsewhere));
}

#[test]
fn the_future_begins_ten_minutes_ahead() {
    let now = received("2026-11-20T04:00:00.000Z");
    assert!(!at("2026-11-20T12:10:00+08:00").is_future(now, Zone::CHINA));
    assert!(at("2026-11-20T12:10:01+08:00").is_future(now, Zone::CHINA));
    assert!(!at("2026-11-20").is_future(now, Zone::CHINA));
    assert!(at("2026-11-21").is_future(now, Zone::CHINA));
    // 23:49:59.999 in China: in ten minutes it is still the 20th; a millisecond later it is not.
    assert!(at("2026-11-21").is_future(received("2026-11-20T15:49:59.999Z"), Zone::CHINA));
    assert!(!at("2026-11-21").is_future(received("2026-11-20T15:50:00.000Z"), Zone::CHINA));
    let last = ReceivedAt::from_unix_ms(ReceivedAt::MS_MAX).unwrap();
    assert!(!at("2026-11-21").is_future(last, Zone::CHINA));
}

#[test]
fn receipt_has_exactly_three_decimals() {
    for good in ["1970-01-01T00:00:00.000Z", "2026-11-20T03:04:05.678Z", "2999-12-31T23:59:59.999Z"] {
        assert_eq!(received(good).to_string(), good);
    }
    for bad in [
        "2026-11-20T03:04:05Z",
        "2026-11-20T03:04:05.67Z",
        "2026-11-20T03:04:05.6789Z",
        "2026-11-20T03:04:05.678+00:00",
        "1969-12-31T23:59:59.999Z",
        "2026-11-31T03:04:05.678Z",
        "3000-01-01T00:00:00.000Z",
    ] {
        assert!(bad.parse::<ReceivedAt>().is_err(), "{bad}");
    }
    assert_eq!(ReceivedAt::from_unix_ms(-1), Err(TimeError::Range { received: -1 }));
    assert!(ReceivedAt::from_unix_ms(ReceivedAt::MS_MAX + 1).is_err());
}

#[test]
fn constructors_cut_what_records_do_not_hold() {
    let clock = date(2026, 11, 20).at(9, 30, 15, 999_999_999);
    assert_eq!(OccurredAt::moment(clock, Zone::CHINA).unwrap(), at("2026-11-20T09:30:15+08:00"));
    assert!(OccurredAt::day(date(2026, 11, 20)).unwrap().is_day());
    assert!(OccurredAt::day(date(1999, 1, 1)).is_err());
}

proptest! {
    #[test]
    fn receipts_round_trip_and_keep_order(a in 0..=ReceivedAt::MS_MAX, b in 0..=ReceivedAt::MS_MAX) {
        let (a, b) = (ReceivedAt::from_unix_ms(a).unwrap(), ReceivedAt::from_unix_ms(b).unwrap());
        prop_assert_eq!(a.to_string().parse(), Ok(a));
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        let json = serde_json::to_string(&a).unwrap();
        prop_assert_eq!(serde_json::from_str::<ReceivedAt>(&json).unwrap(), a);
    }

    #[test]
    fn no_text_panics(text in ".{0,32}") {
        let _ = text.parse::<OccurredAt>();
        let _ = text.parse::<ReceivedAt>();
        let _ = text.parse::<Zone>();
    }
}
