//! Trade item numbers, hosts, Digital Link paths, and the symbols of the addresses they make.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use proptest::prelude::*;

use super::super::*;

const CODE: &str = "CJZCKKD64D6EX5CXY40K";
const GTIN: &str = "06901234567892";

#[test]
fn trade_item_numbers_of_every_length() {
    for (text, padded) in [
        ("96385074", "00000096385074"),
        ("036000291452", "00036000291452"),
        ("6901234567892", GTIN),
        (GTIN, GTIN),
        ("16901234567899", "16901234567899"),
    ] {
        assert_eq!(Gtin14::parse(text).unwrap().to_string(), padded);
        // Every other last digit is answered with the right one.
        let (body, last) = text.split_at(text.len() - 1);
        let right: u8 = last.parse().unwrap();
        for digit in (0..10).filter(|digit| *digit != right) {
            let gtin = format!("{body}{digit}");
            let expected = GtinError::CheckDigit { gtin: gtin.clone(), received: digit, expected: right };
            assert_eq!(Gtin14::parse(&gtin), Err(expected));
        }
    }
    for length in [0, 1, 7, 9, 10, 11, 15, 40] {
        let digits = "1".repeat(length);
        assert_eq!(Gtin14::parse(&digits), Err(GtinError::Length { received: length }));
    }
    assert_eq!(Gtin14::parse("69012345 7892"), Err(GtinError::Character { position: 9, character: ' ' }));
    assert_eq!(Gtin14::parse("690123456789２"), Err(GtinError::Character { position: 13, character: '２' }));
    assert_eq!(Gtin14::parse("00000000"), Err(GtinError::Zero));
    assert_eq!(serde_json::to_string(&Gtin14::parse(GTIN).unwrap()).unwrap(), format!("\"{GTIN}\""));
}

#[test]
fn hosts() {
    for good in ["t.example.cn", "localhost:8080", "127.0.0.1:1", "XN--FIQS8S", "a-b.cn:65535", "3m.cn"] {
        assert_eq!(Host::parse(good).unwrap().as_str(), good.to_uppercase());
    }
    for bad in [
        "",
        ":80",
        "a..b",
        ".cn",
        "cn.",
        "-a.cn",
        "a-.cn",
        "a_b.cn",
        "中国.cn",
        "a b",
        "a.cn:",
        "a.cn:0",
        "a.cn:080",
        "a.cn:65536",
        "a.cn:8o",
        "a.cn:80:80",
        "256.1.1.1",
        "1.2.3",
        "5",
        "[::1]:80",
        "::1",
        "http://a.cn",
        "a.cn/",
        "u@a.cn",
        "a.cn?x",
        "a%41.cn",
        "a.cn:+80",
    ] {
        assert!(Host::parse(bad).is_err(), "{bad}");
    }
    assert!(Host::parse(&format!("{}.cn", "a".repeat(63))).is_ok());
    assert!(Host::parse(&format!("{}.cn", "a".repeat(64))).is_err());
    assert!(Host::parse(&vec!["a"; 127].join(".")).is_ok(), "253 characters");
    assert!(Host::parse(&vec!["a"; 128].join(".")).is_err(), "255 characters");
}

#[test]
fn paths_are_read_as_browsers_send_them() {
    let plain = format!("/01/{GTIN}/10/S261120-4F7K2MQ/21/{CODE}");
    let link = DigitalLink::parse_path(&plain).unwrap();
    assert_eq!(link.path(), plain);
    assert_eq!(link.gtin().to_string(), GTIN);
    assert_eq!(link.lot().as_str(), "S261120-4F7K2MQ");
    assert_eq!(link.code().to_string(), CODE);
    for same in [
        plain.to_lowercase(),
        format!("{plain}/"),
        format!("{plain}?lang=en&x=/01/"),
        format!("{plain}#top"),
        plain.replace('-', "%2d").replace('K', "%4B"),
        plain.replace(GTIN, "6901234567892"),
        plain[1..].to_owned(),
    ] {
        assert_eq!(DigitalLink::parse_path(&same).as_ref(), Ok(&link), "{same}");
    }
}

#[test]
fn wrong_paths_are_refused_with_the_reason() {
    let refused = |path: &str| DigitalLink::parse_path(path).unwrap_err();
    let order = |received: &str, expected| LinkError::Order { received: received.into(), expected };
    let unknown = |received: &str| LinkError::Unknown { received: received.into() };
    assert_eq!(refused(""), LinkError::Missing { expected: "01" });
    assert_eq!(refused("/"), LinkError::Missing { expected: "01" });
    assert_eq!(refused(&format!("/01/{GTIN}")), LinkError::Missing { expected: "10" });
    assert_eq!(refused(&format!("/01/{GTIN}/10/A/")), LinkError::Missing { expected: "21" });
    assert_eq!(refused(&format!("/01/{GTIN}/21/{CODE}")), order("21", "10"));
    assert_eq!(refused(&format!("/01/{GTIN}/21/{CODE}/10/A")), order("21", "10"));
    assert_eq!(refused(&format!("/10/A/01/{GTIN}/21/{CODE}")), order("10", "01"));
    assert_eq!(refused(&format!("/01/{GTIN}/10/A/21/{CODE}/10/B")), order("10", "none"));
    assert_eq!(refused(&format!("/01/{GTIN}/17/261120/21/{CODE}")), unknown("17"));
    assert_eq!(refused(&format!("/gtin/{GTIN}")), unknown("gtin"));
    assert_eq!(refused(&format!("/01/{GTIN}/10/A/21/{CODE}/x")), unknown("x"));
    assert_eq!(refused("/01"), LinkError::NoValue { ai: "01" });
    assert_eq!(refused(&format!("/01/{GTIN}/10//21/{CODE}")), LinkError::NoValue { ai: "10" });
    for escape in ["%", "%4", "%4G", "%+1", "%E5%A4%A9", "%ZZ"] {
        let path = format!("/01/{GTIN}/10/A{escape}/21/{CODE}");
        assert_eq!(refused(&path), LinkError::Percent { ai: "10" }, "{escape}");
    }
    assert_eq!(
        refused(&format!("/01/06901234567890/10/A/21/{CODE}")).to_string(),
        "AI 01: the check digit of GTIN 06901234567890 is 0 and should be 2"
    );
    let lot = |text: &str| refused(&format!("/01/{GTIN}/10/{text}/21/{CODE}"));
    assert_eq!(lot(&"A".repeat(21)), LinkError::Lot(LotError::Length { received: 21 }));
    assert_eq!(lot("%2E%2e"), LinkError::Lot(LotError::Dots));
    assert_eq!(lot("A%20"), LinkError::Lot(LotError::Character { position: 2, character: ' ' }));
    assert_eq!(refused(&format!("/01/{GTIN}/10/A/21/U")), LinkError::Code(CodeError::NeverUsed { position: 1 }));
}

#[test]
fn an_encoded_slash_does_not_divide() {
    let lot = LotNumber::parse("A/21_%?").unwrap();
    let link = DigitalLink::new(Gtin14::parse(GTIN).unwrap(), lot, CODE.parse().unwrap());
    assert_eq!(link.path(), format!("/01/{GTIN}/10/A%2F21%5F%25%3F/21/{CODE}"));
    assert_eq!(DigitalLink::parse_path(&link.path()), Ok(link));
}

#[test]
fn typical_addresses_fit_the_symbol_that_labels_are_made_for() {
    let lot = LotNumber::parse("S261120-4F7K2MQ").unwrap();
    let code: PackageCode = CODE.parse().unwrap();
    let link = DigitalLink::new(Gtin14::parse(GTIN).unwrap(), lot, code);
    let at = |host: &str| (Host::parse(host).unwrap(), Scheme::Https);

    // 21 characters of host make 90 in all, which fill version 4-M: in byte mode it would be version 6.
    let (host, scheme) = at("tianma.example.gov.cn");
    assert!(host.long_form_warning().is_none());
    let address = link.address(scheme, &host);
    assert_eq!(address.len(), 90);
    assert_eq!(Symbol::new(&address, Level::M).unwrap().version(), 4);
    assert_eq!(Symbol::new(&address.to_lowercase(), Level::M).unwrap().version(), 6);

    // Without runs of digits nothing can be saved: one character more is warned of.
    let worst = "A".repeat(90);
    assert_eq!(Symbol::new(&worst, Level::M).unwrap().version(), 4);
    assert_eq!(Symbol::new(&format!("{worst}A"), Level::M).unwrap().version(), 5);
    assert!(at("tianma2.example.gov.cn").0.long_form_warning().is_some());

    let (host, scheme) = at("t.example.cn");
    let short = Symbol::new(&short_address(scheme, &host, &code), Level::M).unwrap();
    assert_eq!(short.version(), 3);
}

#[test]
fn symbols_that_cannot_be_are_refused() {
    assert_eq!(Symbol::new("", Level::M), Err(SymbolError::Empty));
    let long = "a".repeat(3000);
    assert_eq!(Symbol::new(&long, Level::H), Err(SymbolError::TooLong { length: 3000, level: Level::H }));
    assert!("X".parse::<Level>().is_err());
    for level in [Level::L, Level::M, Level::Q, Level::H] {
        assert_eq!(level.to_string().parse(), Ok(level));
    }
}

proptest! {
    #[test]
    fn every_lot_comes_back_from_its_address(lot in "[!\"%&'()*+,\\-./0-9:;<=>?A-Z_a-z]{1,20}") {
        prop_assume!(lot != "." && lot != "..");
        let lot = LotNumber::parse(&lot).unwrap();
        let link = DigitalLink::new(Gtin14::parse(GTIN).unwrap(), lot, CODE.parse().unwrap());
        let path = link.path();
        prop_assert!(path.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase() || b"$%*+-./:".contains(&b)));
        prop_assert_eq!(DigitalLink::parse_path(&path), Ok(link.clone()));
        prop_assert_eq!(DigitalLink::parse_path(&path.to_lowercase()), Ok(link));
    }
}
