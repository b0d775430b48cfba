//! Templates and what is wrong with them, symbols that a printer makes itself, cells of lists. What needs a font is
//! tested where files may be read.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use super::*;
use crate::code::{Level, PackageCode, Symbol};

fn file(change: impl FnOnce(&mut serde_json::Value)) -> Result<Template, String> {
    let mut value = serde_json::json!({
        "name": "own", "width_mm": 50, "height_mm": 30.5, "symbol_mm": 18,
        "beside": ["product", "net_content"], "below": ["serial"],
    });
    change(&mut value);
    let file: TemplateFile = serde_json::from_value(value).map_err(|error| error.to_string())?;
    Template::try_from(file).map_err(|error| error.to_string())
}

#[test]
fn a_template_of_ones_own_is_read() {
    let template = file(|_| ()).unwrap();
    assert_eq!((template.height().tenth_mm(), template.margin().tenth_mm()), (305, 10));
    assert_eq!(template.height().dots(203), 243);
}

#[test]
fn what_is_wrong_in_a_template_is_named() {
    for (field, value, says) in [
        ("name", serde_json::json!("Eigen"), "a-z, 0-9 and hyphens"),
        ("width_mm", serde_json::json!(50.55), "steps of 0.1 mm, received 50.55"),
        ("width_mm", serde_json::json!(-1), "0 to 1000 mm"),
        ("width_mm", serde_json::json!(12), "at least as wide and high as its symbol"),
        ("symbol_mm", serde_json::json!(9.5), "symbol_mm is 9.5 and must be at least 10.0"),
        ("below", serde_json::json!(["batch"]), "'serial' is missing"),
        ("below", serde_json::json!(["serial", "product"]), "'product' stands in it twice"),
        ("below", serde_json::json!(["serial", "basis"]), "'basis' does not stand on labels of the kind 'package'"),
        ("kind", serde_json::json!("certificate"), "'net_content' does not stand on labels of the kind 'certificate'"),
        ("kind", serde_json::json!("invoice"), "unknown variant `invoice`, expected `package` or `certificate`"),
        ("below", serde_json::json!(["serial", "price"]), "'price' does not stand on labels; these do: product, net"),
        ("colour", serde_json::json!("red"), "unknown field `colour`"),
        (
            "sheet",
            serde_json::json!({"left_mm": 5, "top_mm": 5, "columns": 5, "rows": 8, "step_x_mm": 50, "step_y_mm": 31}),
            "5 by 8 labels do not lie side by side on the page",
        ),
        (
            "sheet",
            serde_json::json!({"left_mm": 5, "top_mm": 5, "columns": 2, "rows": 8, "step_x_mm": 49, "step_y_mm": 31}),
            "2 by 8 labels do not lie side by side",
        ),
    ] {
        let message = file(|template| template[field] = value).unwrap_err();
        assert!(message.contains(says), "{field}: {message}");
    }
}

#[test]
fn a_certificate_of_ones_own_says_all_that_it_must() {
    let own = |below: &[&str]| {
        file(|template| {
            template["kind"] = serde_json::json!("certificate");
            template["beside"] = serde_json::json!(["title", "commitment"]);
            template["below"] = serde_json::json!(below);
        })
    };
    let all = ["basis", "product", "amount", "origin", "issuer", "contact", "issued"];
    assert_eq!(own(&all).unwrap().kind(), TemplateKind::Certificate);
    for missing in all {
        let others: Vec<&str> = all.into_iter().filter(|one| *one != missing).collect();
        let message = own(&others).unwrap_err();
        assert!(
            message.contains(&format!("'{missing}' is missing; every label of the kind 'certificate'")),
            "{message}"
        );
    }
}

#[test]
fn every_built_in_template_could_stand_in_a_file() {
    for template in Template::built_in() {
        let file = TemplateFile {
            name: template.name().to_owned(),
            kind: template.kind(),
            width_mm: template.width(),
            height_mm: template.height(),
            margin_mm: template.margin(),
            symbol_mm: template.symbol(),
            symbol_mark: template.symbol_mark().is_some(),
            symbol_level: None,
            text_max_mm: template.text_max(),
            beside: template.beside().to_vec(),
            below: template.below().to_vec(),
            sheet: template.sheet().copied(),
        };
        assert_eq!(Template::try_from(file).unwrap(), template);
    }
}

#[test]
fn a_template_chooses_its_level() {
    let template = |more: &str| {
        let text = format!(
            "{{\"name\": \"own\", \"width_mm\": 50, \"height_mm\": 40, \"symbol_mm\": 20, {more} \"below\": [\"product\", \"warning\", \"serial\"]}}"
        );
        Template::try_from(serde_json::from_str::<TemplateFile>(&text).unwrap())
    };
    assert_eq!(template("").unwrap().symbol_level(), Level::M);
    assert_eq!(template("\"symbol_level\": \"Q\",").unwrap().symbol_level(), Level::Q);
    assert_eq!(template("\"symbol_mark\": true,").unwrap().symbol_level(), Level::H);
    for wrong in ["\"symbol_level\": \"L\",", "\"symbol_mark\": true, \"symbol_level\": \"Q\","] {
        let error = template(wrong).unwrap_err().to_string();
        assert!(
            error.starts_with("template own: symbol_level is M, Q or H, and H where symbol_mark is true"),
            "{error}"
        );
    }
}

#[test]
fn a_printer_is_asked_only_for_a_symbol_that_it_makes_alike() {
    let code: PackageCode = "CJZCKKD64D6EX5CXY40K".parse().unwrap();
    let of_level = |address: &str, level| {
        let symbol = Symbol::new(address, level).unwrap();
        Label { code: Some(code), address: address.to_owned(), symbol, level, module: 4, place: 16 }
    };
    let label = |address: &str| of_level(address, Level::M);
    let short = label("HTTPS://T.EXAMPLE.CN/T/CJZCKKD64D6EX5CXY40K");
    assert!(symbol_command::repeatable(&short).is_some_and(|mask| mask < 8));
    for level in [Level::Q, Level::H] {
        let short = of_level("HTTPS://T.EXAMPLE.CN/T/CJZCKKD64D6EX5CXY40K", level);
        assert!(symbol_command::repeatable(&short).is_some(), "{level}");
    }
    // Lower case takes bytes, not alphanumeric characters.
    assert_eq!(symbol_command::repeatable(&label("https://t.example.cn/t/CJZCKKD64D6EX5CXY40K")), None);
    // A long row of digits is packed as digits.
    assert_eq!(symbol_command::repeatable(&label("HTTPS://T.EXAMPLE.CN/01/06901234567892000000000000")), None);
    // One module that differs.
    let mut other = short.clone();
    other.symbol = Symbol::new("HTTPS://T.EXAMPLE.CN/T/CJZCKKD64D6EX5CXY40J", Level::M).unwrap();
    assert_eq!(symbol_command::repeatable(&other), None);
}

#[test]
fn cells_are_quoted_and_formulas_defused() {
    assert_eq!(escaped_cell("天麻"), "天麻");
    assert_eq!(escaped_cell("a\"b"), "\"a\"\"b\"");
    for start in ["=", "+", "-", "@"] {
        assert!(escaped_cell(&format!("{start}1")).starts_with('\''));
    }
}
