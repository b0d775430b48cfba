//! A record that contradicts itself is refused with what it says beside what it should say, in both languages.

use serde_json::{Value, json};

use super::samples::{code, digest, output, party, sample};
use crate::id::Stage;
use crate::record::{Kind, Record};

#[track_caller]
fn shows(kind: Kind, change: impl FnOnce(&mut Value), rule: &str, words: [[&str; 2]; 2]) {
    let mut value = sample(kind);
    change(&mut value);
    let refusal = Record::from_value(value).expect_err("refused");
    assert_eq!(refusal.rule, rule, "{refusal}");
    for [zh, en] in words {
        assert!(refusal.zh.contains(zh), "'{zh}' is not in: {}", refusal.zh);
        assert!(refusal.en.contains(en), "'{en}' is not in: {}", refusal.en);
    }
}

/// The same text in both languages.
const fn both(text: &str) -> [&str; 2] {
    [text, text]
}

#[test]
fn in_growing() {
    let seed = json!([output(Stage::Seed, "seed_tuber")]);
    let (rule, armillaria) = ("produce_contradicts", ["蜜环菌", "armillaria"]);
    shows(Kind::Produce, |v| v["details"]["species"] = json!("mycena"), rule, [armillaria, ["萌发菌", "mycena"]]);
    shows(Kind::Produce, |v| v["outputs"] = seed.clone(), rule, [armillaria, ["没有写", "nothing"]]);
    let bare = |v: &mut Value| {
        v["outputs"] = seed;
        v["details"] = json!({"passed": true});
    };
    shows(Kind::Produce, bare, rule, [["代数", "generation"], ["种麻", "seed_tuber"]]);
    let late = |v: &mut Value| v["details"]["inoculated_on"] = json!("2026-11-21");
    shows(Kind::Produce, late, "inoculation_date", [both("2026-11-21"), both("2026-11-20")]);
    let seed = json!({"passed": true, "generation": "g1", "inoculated_on": "2026-11-20"});
    let seed = |v: &mut Value| {
        v["outputs"] = json!([output(Stage::Seed, "seed_tuber")]);
        v["details"] = seed;
    };
    shows(Kind::Produce, seed, rule, [["接种日期", "inoculation"], ["去掉", "leave it out"]]);
    let other = |v: &mut Value| v["outputs"][0]["attributes"] = json!({"form": "hongtianma"});
    shows(Kind::Plant, other, "form_contradicts", [["乌天麻", "wutianma"], ["红天麻", "hongtianma"]]);
}

#[test]
fn in_the_workshop() {
    let details = |details: Value| move |v: &mut Value| v["details"] = details;
    let recipe = |method: &str, mg: u32| details(json!({"method": method, "tianma_mg_per_unit": mg}));
    shows(Kind::Process, recipe("dry", 9), "recipe", [["干燥", "dry"], both("9")]);
    shows(Kind::Process, recipe("recipe", 0), "recipe", [both("0"), ["大于零", "more than zero"]]);
    shows(Kind::Process, details(json!({"method": "recipe"})), "recipe", [["毫克", "milligrams"]; 2]);
    let (minutes, size) = (json!({"method": "dry", "minutes": 20}), json!({"method": "grade", "tuber_size": "large"}));
    shows(Kind::Process, details(minutes), "steaming", [["干燥", "dry"], both("20")]);
    shows(Kind::Process, details(size), "steaming", [["分级", "grade"], ["大麻", "large tubers"]]);
    let split = details(json!({"method": "split"}));
    shows(Kind::Process, split, "method_shape", [["分批", "split"], both("2")]);
    let gain = details(json!({"reason": "loss", "direction": "more"}));
    shows(Kind::Adjust, gain, "gain_reason", [["损耗", "loss"], ["盘点", "stock_take"]]);
    let said = |field: &'static str, value: Value| move |v: &mut Value| v["outputs"][0]["attributes"][field] = value;
    let (rule, half) = ("pack_contradicts", json!({"unit": "mg", "value": 400_000_000}));
    shows(Kind::Pack, said("net_content", half), rule, [both("400 kg"), both("500 kg")]);
    shows(Kind::Pack, said("shelf_life_months", json!(12)), rule, [both("12"), both("24")]);
    shows(Kind::Pack, said("gtin", json!("06901234567892")), rule, [both("06901234567892"), ["没有写", "nothing"]]);
    let sliced = |v: &mut Value| v["outputs"][0]["product"] = json!("tianma_slices");
    shows(Kind::Pack, sliced, rule, [["天麻片", "tianma_slices"], ["干天麻", "dried_tianma"]]);
    let counted = |v: &mut Value| {
        let net = json!({"unit": "piece", "value": 3});
        v["details"]["net_content"] = net.clone();
        v["outputs"][0]["attributes"]["net_content"] = net;
    };
    shows(Kind::Pack, counted, "net_content", [both("3"), ["重量", "weight"]]);
}

#[test]
fn of_parties() {
    let details = |field: &'static str, value: Value| move |v: &mut Value| v["details"][field] = value;
    let (one, two) = (party(1), party(2));
    let rule = "founding_contradicts";
    shows(Kind::Found, details("office", json!(two)), rule, [both(&one), both(&two)]);
    let origin = details("origin", json!("trace.example.org/elsewhere"));
    shows(Kind::Found, origin, rule, [both("/elsewhere"), both("/yiliang")]);
    shows(Kind::Grant, details("until", json!("2026-11-19")), "empty_grant", [both("2026-11-19"), both("2026-11-20")]);
    shows(Kind::Grant, details("to", json!(one)), "empty_grant", [both(&one), ["另一方", "another party"]]);
    shows(Kind::Grant, details("kinds", json!([])), "empty_grant", [["哪种记录", "kind of record"]; 2]);
    let coop = details("role", json!("coop"));
    shows(Kind::RegisterParty, coop, "organisation_missing", [["合作社", "coop"]; 2]);
    let typist = |v: &mut Value| v["entered_by"] = v["actor"].clone();
    shows(Kind::Harvest, typist, "entered_by_actor", [both(&one); 2]);
}

#[test]
fn of_laboratories_and_returns() {
    let twice = json!([{"item": "so2", "mg_per_kg": 0}, {"item": "so2", "mg_per_kg": 1}]);
    let results = |v: &mut Value| v["details"]["results"] = twice;
    shows(Kind::Inspect, results, "results", [["二氧化硫", "so2"]; 2]);
    let wording = |v: &mut Value| v["details"]["wording_version"] = json!(0);
    shows(Kind::Certify, wording, "wording_version", [both("0"), both("1")]);
    let moved = |v: &mut Value| v["outputs"] = json!([output(Stage::Processing, "dried_tianma")]);
    shows(Kind::Return, moved, "receive_changes", [["采收", "harvest"], ["加工", "processing"]]);
}

#[test]
fn of_counts_and_versions() {
    let none = |v: &mut Value| v["inputs"] = json!([]);
    shows(Kind::Harvest, none, "batch_count", [["有 0 个来源批次，应为 1 个", "0 inputs"], ["1", "exactly 1"]]);
    let replacing = |v: &mut Value| v["supersedes"] = json!(digest(1));
    let id = digest(1);
    shows(Kind::Harvest, replacing, "supersedes_unexpected", [both(&id), ["采收", "harvest"]]);
    let dried = |v: &mut Value| v["outputs"][0]["product"] = json!("dried_tianma");
    shows(Kind::Harvest, dried, "product_stage", [["加工", "processing"], ["干天麻", "dried_tianma"]]);
}

#[test]
fn what_cannot_be_read() {
    let rule = "malformed";
    shows(Kind::Harvest, |v| v["actor"] = json!("pa-1"), rule, [["主体编号", "party id"], both("pa-1")]);
    shows(
        Kind::Harvest,
        |v| v["occurred_at"] = json!("20.11."),
        rule,
        [["应如 2026-11-20", "spelled as"], both("20.11.")],
    );
    shows(Kind::Harvest, |v| v["inputs"] = json!("all"), rule, [["数组", "sequence"], both("all")]);
    shows(Kind::Harvest, |v| v["details"]["final"] = json!("yes"), rule, [["true 或 false", "boolean"], both("yes")]);
    shows(Kind::Harvest, |v| v["kg"] = json!(1), rule, [["不认识的字段 kg", "unknown field `kg`"]; 2]);
    shows(Kind::Harvest, |v| v["kind"] = json!("reap"), rule, [["没有这种记录", "unknown kind"], both("reap")]);
    let lost = |v: &mut Value| drop(v.as_object_mut().unwrap().remove("actor"));
    shows(Kind::Harvest, lost, rule, [["缺少字段 actor", "missing field `actor`"]; 2]);
    let season = |v: &mut Value| v["details"]["season"] = json!("summer");
    shows(Kind::Harvest, season, rule, [["没有“summer”这一项", "no season"], both("dongma")]);
    let mistyped = code(Stage::Harvest, 100).replace('H', "X");
    let other = mistyped.clone();
    shows(
        Kind::Harvest,
        |v| v["outputs"][0]["batch"] = json!(other),
        rule,
        [["批次号", "batch code"], both(&mistyped)],
    );
}
