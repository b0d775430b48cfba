//! Who may print, and what is said to orders and steps that cannot be.

use serde_json::json;
use trace_core::code::{CodeKey, KeyRing};
use trace_server::app::AppState;
use trace_server::config::{Config, Settings};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, RIVAL};

use crate::roll::Roll;
use crate::shop::{Shop, body, nothing, of, problem};

pub async fn runs_are_for_their_party(database: Database) {
    let shop = Shop::open(database, Vec::new()).await;
    let (_, issue) = shop.issue(5).await;
    let order = json!({"format": "pdf"});
    let run = shop.run(issue, &order).await;
    let of_issue = ["print-runs", "prints"].map(|list| format!("/api/v1/code-issues/{issue}/{list}"));
    for path in &of_issue {
        problem(shop.get(RIVAL, path).await, 403, "forbidden").await;
        assert_eq!(shop.get(OFFICE, path).await.status(), 200);
        assert_eq!(shop.client.get(format!("{}{path}", shop.base)).send().await.unwrap().status(), 401);
    }
    problem(shop.post(RIVAL, &of_issue[0], &order).await, 403, "forbidden").await;
    for what in ["", "portion"] {
        problem(shop.get(RIVAL, &of(&run, what)).await, 404, "not_found").await;
        assert_eq!(shop.get(OFFICE, &of(&run, what)).await.status(), 200);
    }
    for what in ["pause", "resume", "finish", "cancel"] {
        problem(shop.post(RIVAL, &of(&run, what), &body(&run, nothing())).await, 404, "not_found").await;
        // A session reads, but writes through forms alone.
        let request = shop.client.post(format!("{}{}", shop.base, of(&run, what)));
        let request = request.header("cookie", format!("session={PROCESSOR}")).json(&body(&run, nothing()));
        problem(request.send().await.unwrap(), 401, "token_missing").await;
    }
    assert_eq!(shop.look(&run).await, run);
    for wrong in ["0", "7", "x", "18446744073709551615", "-1"] {
        problem(shop.get(PROCESSOR, &format!("/api/v1/print-runs/{wrong}")).await, 404, "not_found").await;
    }
}

pub async fn wrong_orders_are_explained(database: Database) {
    let roll = Roll::turn_on();
    let shop = Shop::open(database, vec![roll.named("desk")]).await;
    let (_, issue) = shop.issue(5).await;
    let path = format!("/api/v1/code-issues/{issue}/print-runs");
    for (order, status, rule, words) in [
        (json!({"from": 0}), 422, "print_format", "it is pdf, zpl or tspl, or a printer is named"),
        (json!({"format": "csv"}), 422, "print_format", "打印任务的格式是“csv”"),
        (json!({"format": "pdf", "from": 5}), 422, "label_range", "has indices 0 to 4"),
        (json!({"format": "pdf", "to": 5}), 422, "label_range", "序号为 0 到 4"),
        (json!({"format": "pdf", "template": "A7"}), 400, "label_template", "there is no label template 'A7'"),
        (json!({"format": "zpl", "template": "a4-3x7"}), 400, "label_template", "template a4-3x7 is a sheet"),
        (json!({"format": "zpl", "dpi": 600}), 400, "query", "dpi is '600'; it is 203 or 300"),
        (
            json!({"format": "zpl", "portion": 0}),
            422,
            "print_portion",
            "/portion 0 labels in one file; it must be 1 to 5000",
        ),
        (json!({"printer": "dock"}), 404, "unknown_printer", "there is no printer 'dock'; there are desk"),
        (
            json!({"printer": "desk", "format": "tspl"}),
            422,
            "printer_contradicts",
            "/format printer desk has zpl, received tspl",
        ),
        (json!({"printer": "desk", "template": "60x40"}), 422, "printer_contradicts", "has 40x30, received 60x40"),
        (json!({"printer": "desk", "dpi": 300}), 422, "printer_contradicts", "打印机 desk 是 203，收到的是 300"),
        (json!({"format": "pdf", "reason": "because"}), 422, "malformed", "valid codes are jam, damaged"),
        (json!({"format": "pdf", "address": "10.0.0.1:9100"}), 422, "malformed", "unknown field `address`"),
    ] {
        let said = shop.refused(&path, &order, status, rule).await;
        assert!(said.contains(words), "{order}: {said}");
    }
    let said = shop.refused("/api/v1/code-issues/99/print-runs", &json!({"format": "pdf"}), 404, "not_found").await;
    assert!(said.contains("no code issue 99"), "{said}");
    assert_eq!(shop.json(&path).await["items"], json!([]), "no run was started");
    // What stands in the order and agrees with the printer is no contradiction.
    let order = json!({"printer": "desk", "format": "zpl", "template": "40x30", "dpi": 203});
    let run = shop.run(issue, &order).await;
    roll.take().await.print_all().await;
    shop.wait(&run, |run| run["state"] == "done").await;
}

pub async fn wrong_steps_are_explained(database: Database) {
    let shop = Shop::open(database, Vec::new()).await;
    let (_, issue) = shop.issue(10).await;
    let (_, other) = shop.issue(3).await;
    let codes = shop.json(&format!("/api/v1/code-issues/{other}/codes")).await;
    let foreign = codes["items"][0]["serial"].as_str().unwrap();
    let run = shop.run(issue, &json!({"format": "pdf", "from": 2, "to": 8, "portion": 4})).await;
    for (what, more, status, rule, words) in [
        (
            "pause",
            json!({"printed_to": 6}),
            422,
            "label_range",
            "label number 7 (index 6) is not among labels number 3 to 6",
        ),
        ("pause", json!({"printed_to": 1}), 422, "label_range", "第 2 枚不在第 3 到 6 枚里"),
        ("pause", json!({"printed_to": foreign}), 422, "label_range", "/printed_to "),
        ("pause", json!({"printed_to": "U".repeat(20)}), 400, "package_code", "溯源码里没有 U"),
        ("pause", json!({"printed_to": -1}), 422, "malformed", "printed_to"),
        ("resume", nothing(), 409, "print_run_state", "is running; this cannot be done"),
        ("finish", json!({"state": "done"}), 422, "malformed", "unknown field `state`"),
        ("cancel", json!({"version": 7}), 409, "print_run_changed", "/version"),
    ] {
        let sent = if more.get("version").is_some() { more.clone() } else { body(&run, more.clone()) };
        let said = shop.refused(&of(&run, what), &sent, status, rule).await;
        assert!(said.contains(words), "{what} {more}: {said}");
    }
    let missing = shop.refused(&of(&run, "pause"), &json!({"printed_to": 2}), 422, "malformed").await;
    assert!(missing.contains("version"), "{missing}");
    assert_eq!(shop.look(&run).await, run, "nothing of it changed the run");
    let run = shop.with(&run, "pause", nothing()).await;
    for (from, words) in
        [(json!(1), "number 3 to 9"), (json!(9), "(index 9)"), (json!(foreign), "is not a code of issue")]
    {
        let said = shop.refused(&of(&run, "resume"), &body(&run, json!({"from": from})), 422, "label_range").await;
        assert!(said.contains(words), "{from}: {said}");
    }
    shop.refused(&of(&run, "pause"), &body(&run, nothing()), 409, "print_run_state").await;
    shop.refused(&of(&run, "finish"), &body(&run, nothing()), 409, "print_run_state").await;
    let run = shop.with(&run, "cancel", nothing()).await;
    for what in ["pause", "resume", "finish", "cancel"] {
        shop.refused(&of(&run, what), &body(&run, nothing()), 409, "print_run_state").await;
    }
    assert!(shop.prints(issue).await.is_empty());
}

/// A roll with labels that nobody knows, or that are none of a roll, stops the start, and says which there are.
pub async fn a_printer_without_its_labels(database: Database) {
    let world = trace_tests::household::World::found(database.url()).await;
    let folder = tempfile::tempdir().unwrap();
    for template in ["A7", "a4-3x7"] {
        let printer = trace_server::config::Printer { template: template.to_owned(), ..Roll::turn_on().named("desk") };
        let data_dir = Some(folder.path().to_owned());
        let settings = Settings { printers: vec![printer], data_dir, ..Settings::default() };
        let keys = KeyRing::new(vec![CodeKey::new(1, [7; 32]).unwrap()]).unwrap();
        let state = AppState::joining(world.ledger.clone(), keys, Config::from_settings(settings).unwrap());
        let words = state.err().unwrap().to_string();
        let expected =
            format!("printer desk: there is no template {template:?} of labels on a roll; there are 60x40, 40x30");
        assert!(words.starts_with(&expected) && !words.contains("a4-2x7"), "{words}");
    }
}
