//! What the rules table must refuse, and in which words.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use serde_json::{Value, json};

use crate::tianma::*;

fn builtin() -> Value {
    serde_json::from_slice(include_bytes!("../rules.json")).unwrap()
}

/// What is said of the carried table after `change`.
fn refusal(change: impl FnOnce(&mut Value)) -> String {
    let mut value = builtin();
    change(&mut value);
    let json = serde_json::to_vec(&value).unwrap();
    RulesTable::parse(&json).unwrap_err().to_string()
}

fn remove(row: &mut Value, field: &str) {
    assert!(row.as_object_mut().unwrap().remove(field).is_some());
}

#[test]
fn the_carried_table_prints_as_it_was_read() {
    let table = RulesTable::builtin().unwrap();
    assert_eq!(table.to_value().unwrap(), builtin());
    assert_eq!(table.figures().count(), FigureKey::ALL.len());
    for (key, figure) in table.figures() {
        assert_eq!(table.figure(key), figure, "{key}");
        assert_eq!(figure.unit(), key.unit(), "{key}");
        assert!(!figure.source().is_empty(), "{key}");
        assert!(Tag::ALL.contains(&figure.tag()), "{key}");
    }
    assert_eq!(table.open_rows()[0].standard(), Standard::GbT197762008);
}

#[test]
fn a_missing_figure_is_named() {
    let said = refusal(|table| {
        remove(&mut table["figures"], "yield_warn");
        remove(&mut table["figures"], "keep");
    });
    assert!(said.contains("yield_warn, keep"), "{said}");
    for field in ["version", "title", "protected_forms", "result_limits", "open_rows"] {
        let said = refusal(|table| remove(table, field));
        assert!(said.contains(field), "{said}");
    }
    for field in ["source", "tag", "unit", "value"] {
        let said = refusal(|table| remove(&mut table["figures"]["keep"], field));
        assert!(said.contains(field), "{said}");
    }
    let said = refusal(|table| {
        table["result_limits"].as_array_mut().unwrap().remove(3);
    });
    assert!(said.contains("so2 of pharmacopoeia_2020"), "{said}");
}

#[test]
fn what_is_unknown_or_repeated_is_refused() {
    let said = refusal(|table| table["figures"]["yield_wran"] = json!({}));
    assert!(said.contains("yield_wran"), "{said}");
    let said = refusal(|table| table["note"] = json!("x"));
    assert!(said.contains("note"), "{said}");
    let said = refusal(|table| table["figures"]["keep"]["note"] = json!("x"));
    assert!(said.contains("note"), "{said}");
    let said = refusal(|table| {
        let row = table["result_limits"][0].clone();
        table["result_limits"].as_array_mut().unwrap().push(row);
    });
    assert!(said.contains("twice"), "{said}");
    let said = refusal(|table| {
        table["open_rows"][0]["standard"] = json!("pharmacopoeia_2020");
    });
    assert!(said.contains("open_rows, pharmacopoeia_2020 stands twice"), "{said}");

    let text = String::from_utf8(include_bytes!("../rules.json").to_vec()).unwrap();
    let figure = r#""keep": {"value": 9, "unit": "year", "source": "x", "tag": "M"},"#;
    let text = text.replacen(r#""yield_usual_min""#, &format!(r#"{figure} "yield_usual_min""#), 1);
    let said = RulesTable::parse(text.as_bytes()).unwrap_err().to_string();
    assert!(said.contains("`keep` stands twice"), "{said}");
}

#[test]
fn what_cannot_mean_anything_is_refused() {
    let cases: [(&str, Value, &str); 6] = [
        ("value", json!(600.5), "600.5"),
        ("value", json!(-1), "-1"),
        ("value", json!(1200), "yield_refuse"),
        ("value", json!(1_u64 << 53), "9007199254740992"),
        ("unit", json!("斤/亩"), "`kg/亩`"),
        ("source", json!("  "), "source"),
    ];
    for (field, value, word) in cases {
        let said = refusal(|table| table["figures"]["yield_warn"][field] = value);
        assert!(said.contains(word), "{said}");
    }
    let said = refusal(|table| table["figures"]["season_last_month"]["value"] = json!(13));
    assert!(said.contains("1 to 12"), "{said}");
    let said = refusal(|table| table["figures"]["dry_fresh_hold_above"]["value"] = json!(3399));
    assert!(said.contains("warn_above (3400)"), "{said}");
    let said = refusal(|table| table["version"] = json!(0));
    assert!(said.contains("version"), "{said}");
    assert!(RulesTable::parse(b"").is_err());
}

/// A table that was put into force before there was a figure stays one, byte for byte, and does not judge by it.
#[test]
fn a_figure_that_came_later_may_be_missing() {
    let mut table = RulesTable::builtin().unwrap().to_value().unwrap();
    for later in FigureKey::ALL.iter().filter(|key| key.came_later()) {
        table["figures"].as_object_mut().unwrap().remove(later.code()).unwrap();
    }
    let old = RulesTable::parse(&serde_json::to_vec(&table).unwrap()).unwrap();
    assert_eq!(old.to_value().unwrap(), table);
    assert_eq!(old.growth_least_months(), 0);
    assert_eq!(old.growth_warn_months(Propagation::Asexual), None);
    assert_eq!(old.pack_possible_g(), None);
    assert_eq!(old.handling_loss_warn_above_per_10000(), None);
    assert_eq!((old.planting_far_percent(), old.replant_rest_years()), (None, None));
    assert_eq!(old.yield_refuse_kg_per_mu(), 1_100, "the others stand at their places");
    assert_eq!(old.figure(FigureKey::OpeningStockDays).value(), 60);
    table["figures"]["growth_least"] = json!({"value": 101, "unit": "%", "source": "x", "tag": "C"});
    assert!(RulesTable::parse(&serde_json::to_vec(&table).unwrap()).is_err());
}

#[test]
fn a_form_can_have_bounds_of_its_own() {
    let row = json!({"form": "hongtianma", "warn_below": 1700, "warn_above": 2400,
        "hold_above": 2600, "refuse_above": 3000, "unit": "1/10000", "source": "x", "tag": "C"});
    let mut value = builtin();
    value["dry_fresh_by_form"] = json!([row]);
    let table = RulesTable::parse(&serde_json::to_vec(&value).unwrap()).unwrap();
    assert_eq!(table.to_value().unwrap(), value);
    assert_eq!(table.dry_fresh_per_10000(Some(Form::Hongtianma)).hold_above, 2600);
    assert_eq!(table.dry_fresh_per_10000(Some(Form::Wutianma)).hold_above, 3600);
    assert_eq!(table.dry_fresh_per_10000(None).warn_below, 1800);

    let said = refusal(|table| table["dry_fresh_by_form"] = json!([row, row]));
    assert!(said.contains("hongtianma stands twice"), "{said}");
}
