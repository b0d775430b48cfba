//! The office puts another rules table into force: as text or as a file, its changes shown before, a bad one refused.

use serde_json::{Value, json};
use trace_core::tianma::RulesTable;
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR};

use crate::desk::{Desk, token};

const RULES: &str = "/app/office/rules";
const SET: &str = "/app/office/rules/set";

fn table(version: u32, change: impl FnOnce(&mut Value)) -> String {
    let mut table = RulesTable::builtin().expect("the carried table").to_value().expect("JSON");
    table["version"] = json!(version);
    change(&mut table);
    serde_json::to_string_pretty(&table).expect("JSON")
}

async fn version(desk: &Desk) -> u32 {
    desk.world.ledger.ledger_row().await.expect("the ledger's row").expect("a founded ledger").rules_version
}

pub async fn another_table_is_put_into_force(database: Database) {
    let desk = Desk::open(database).await;
    let page = desk.get_zh(OFFICE, RULES).await;
    page.says(200, "亩产提示线").says(200, "600 kg/亩").says(200, "&#34;version&#34;: 2");
    desk.get(OFFICE, "/app").await.says(200, RULES);
    let before = desk.entries().await;
    let stricter = table(2, |table| table["figures"]["dry_fresh_hold_above"]["value"] = json!(3450));
    let shown = desk.post(OFFICE, RULES, &[("uid", desk.uid()), ("table", stricter)]).await;
    shown
        .says(200, "dry_fresh_hold_above")
        .says(200, "0.36 (3600/10000)")
        .says(200, "0.345 (3450/10000)")
        .says(200, "1 → 2");
    assert!(!shown.body.contains("yield_warn</small>"), "only what changes: {}", shown.body);
    assert_eq!((desk.entries().await, version(&desk).await), (before, 1), "nothing is stored before it was shown");
    let press = [("uid", shown.value("uid")), ("table", shown.value("table"))];
    let set = desk.post(OFFICE, SET, &press).await;
    assert_eq!((set.status, set.location.as_str()), (303, "/app/office/rules?note=rules_set"), "{}", set.body);
    assert_eq!(desk.post(OFFICE, SET, &press).await.status, 303, "pressed twice");
    assert_eq!((desk.entries().await, version(&desk).await), (before + 1, 2));
    desk.get(OFFICE, RULES).await.says(200, "0.345 (3450/10000)").says(200, "&#34;version&#34;: 3");
    // What is recorded from now on is judged by it.
    let batch = desk.world.fresh(PROCESSOR, "100kg").await;
    let dried = desk.world.dry(PROCESSOR, batch, "10kg", "3.5kg").await;
    assert!(dried.findings.iter().any(|finding| finding.mark.rule == "dry_ratio"), "{:?}", dried.findings);
    assert!(desk.world.record(dried.record.id()).await.held);
    // The same by a file, which goes before the text that stands in the form.
    let file = table(3, |table| table["figures"]["yield_warn"]["value"] = json!(550));
    let shown = desk
        .post_file(OFFICE, RULES, &[("uid", desk.uid()), ("table", "{}".to_owned())], ("file", file.as_bytes()))
        .await;
    shown.says(200, "yield_warn").says(200, "550 kg/亩").says(200, "2 → 3");
    let press = [("uid", shown.value("uid")), ("table", shown.value("table"))];
    assert_eq!(desk.post(OFFICE, SET, &press).await.status, 303);
    assert_eq!(version(&desk).await, 3);
    let same = table(4, |table| table["figures"]["yield_warn"]["value"] = json!(550));
    desk.post(OFFICE, RULES, &[("uid", desk.uid()), ("table", same)]).await.says(200, "Nothing but the version");
}

pub async fn what_is_wrong_with_a_table_is_told(database: Database) {
    let desk = Desk::open(database).await;
    let before = desk.entries().await;
    let figure = |key: &'static str, field: &'static str, value: Value| {
        table(2, move |table| table["figures"][key][field] = value)
    };
    let good = table(2, |_| {});
    for (text, zh, en) in [
        ("天麻".to_owned(), "第 1 行第 1 列", "line 1"),
        (good[..good.len() - 1].to_owned(), "不是有效的 JSON", "JSON"),
        (good.replacen("\"title\"", "\"titel\"", 1), "不认识的字段 titel", "titel"),
        (table(1, |_| {}), "应大于现行的 1", "must be above 1"),
        (figure("yield_warn", "unit", json!("斤/亩")), "单位写的是“斤/亩”，应为“kg/亩”", "yield_warn"),
        (figure("yield_warn", "value", json!(1200)), "不能大于亩产拒绝线", "yield_refuse"),
        (figure("yield_warn", "value", json!(60.5)), "/figures/yield_warn/value", "/figures/yield_warn/value"),
        (figure("season_last_month", "value", json!(13)), "应在 1 到 12 之间", "1 to 12"),
        (
            table(2, |table| drop(table["figures"].as_object_mut().expect("figures").remove("keep"))),
            "缺少 keep",
            "keep",
        ),
        (String::new(), "第 1 行", "line 1"),
    ] {
        for path in [RULES, SET] {
            let fields = [("uid", desk.uid()), ("table", text.clone())];
            let page = desk.post_in(OFFICE, path, &fields, "zh", &token(OFFICE)).await;
            page.says(422, "id=\"table-wrong\"").says(422, zh);
            desk.post(OFFICE, path, &fields).await.says(422, en);
        }
    }
    let page = desk.post(OFFICE, RULES, &[("uid", desk.uid()), ("table", "天麻".to_owned())]).await;
    page.says(422, ">天麻</textarea>");
    let page = desk.post_file(OFFICE, RULES, &[("uid", desk.uid()), ("table", good)], ("file", b"\xff\xfe{}")).await;
    page.says(422, "byte 0 (from 0) of the file is no valid UTF-8");
    assert_eq!((desk.entries().await, version(&desk).await), (before, 1), "nothing of it is stored");
}
