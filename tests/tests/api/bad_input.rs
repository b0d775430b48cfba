//! What the domain refuses, as the API says it: status, type, place, both languages, and nothing stored.

use serde_json::json;
use trace_core::id::Stage;
use trace_core::prepare::DraftInput;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, FIRST_PLOT, OFFICE, PROCESSOR, RIVAL, SECOND, dry, harvest, loss, receive, void};

use crate::face::{Face, says};

/// Bare numbers, a wrong unit, negative and absurd quantities.
pub async fn amounts_that_cannot_be(database: Database) {
    let face = Face::open(database).await;
    let fresh = face.world.fresh(PROCESSOR, "100kg").await;
    for (amount, words) in [
        ("320", &["320", "斤", "kg"][..]),
        ("3瓶", &["kg"]),
        ("1.5亩", &["kg"]),
        ("-5kg", &["minus", "character 1"]),
        ("0kg", &["zero"]),
        ("99999999999t", &["too large"]),
        ("很多", &["很多"]),
    ] {
        let body = face.body(loss(fresh, amount));
        let size = face.size().await;
        let response = face.post(PROCESSOR, &body).await;
        let text = response.text().await.unwrap();
        let problem: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(problem["status"], 422, "{amount}: {text}");
        assert_eq!(problem["place"], "/inputs/0/amount", "{amount}: {text}");
        says(&problem, words);
        assert_eq!(face.size().await, size);
    }
    let row = face.world.batch(fresh).await;
    assert_eq!(row.drawn, 0, "no refused loss was taken");
    let too_much = face.body(loss(fresh, "101kg"));
    let problem = face.refused(PROCESSOR, &too_much, 422, "overdraw", "/inputs/0/amount").await;
    says(&problem, &["100", "101"]);
}

/// The future, and a harvest before its planting.
pub async fn times_that_cannot_be(database: Database) {
    let face = Face::open(database).await;
    let planting = face.world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let body = face.body(harvest(planting, "100kg", false).on("2026-11-21"));
    let problem = face.refused(FIRST, &body, 422, "future", "/occurred_at").await;
    says(&problem, &["2026-11-21", "today"]);
    let body = face.body(harvest(planting, "100kg", false).on("2025-11-19"));
    let problem = face.refused(FIRST, &body, 422, "before_its_input", "/occurred_at").await;
    says(&problem, &["2025-11-20"]);
    let mut body = face.body(harvest(planting, "100kg", false));
    for when in ["2026-02-30", "20261120", "2026-11-20T10:00:00Z"] {
        body["occurred_at"] = json!(when);
        face.refused(FIRST, &body, 422, "malformed", "/occurred_at").await;
    }
    body["occurred_at"] = json!("2026-11-20T10:00:00+09:00");
    face.refused(FIRST, &body, 422, "time_zone", "/occurred_at").await;
}

/// Void, held, recalled, foreign, unknown and mistyped input batches.
pub async fn batches_that_cannot_be_used(database: Database) {
    let face = Face::open(database).await;
    let place = "/inputs/0/batch";
    let foreign = face.world.fresh(RIVAL, "100kg").await;
    face.refused(PROCESSOR, &face.body(loss(foreign, "1kg")), 403, "foreign_batch", place).await;

    let voided = face.world.fresh(PROCESSOR, "100kg").await;
    let record = face.world.batch(voided).await.record;
    face.append(PROCESSOR, &face.body(void(record))).await;
    face.refused(PROCESSOR, &face.body(dry(voided, "100kg", "25kg")), 409, "void_batch", place).await;

    let held = face.world.fresh(PROCESSOR, "100kg").await;
    let freeze = draft(Kind::Hold, json!({"reason": "suspicion"})).names(held);
    face.append(OFFICE, &face.body(freeze)).await;
    let problem = face.refused(PROCESSOR, &face.body(dry(held, "100kg", "25kg")), 409, "held_batch", place).await;
    says(&problem, &[&held.to_string()]);

    let recalled = face.world.fresh(PROCESSOR, "100kg").await;
    let recall =
        draft(Kind::Recall, json!({"reason": "mould", "scope": "with_descendants", "stage": "trade"})).names(recalled);
    face.append(OFFICE, &face.body(recall)).await;
    face.refused(PROCESSOR, &face.body(dry(recalled, "100kg", "25kg")), 409, "recalled_batch", place).await;

    // One character wrong: the check character tells before any look-up.
    let code = held.to_string();
    let last = if code.ends_with('0') { '1' } else { '0' };
    let mistyped = format!("{}{last}", &code[..code.len() - 1]);
    let mut body = face.body(loss(held, "1kg"));
    body["inputs"][0]["batch"] = json!(mistyped);
    face.refused(PROCESSOR, &body, 422, "batch_code", place).await;
    let unknown = trace_core::id::BatchCode::new(Stage::Harvest, held.date(), [1, 2, 3, 4]).unwrap();
    let mut body = face.body(loss(held, "1kg"));
    body["inputs"][0]["batch"] = json!(unknown);
    face.refused(PROCESSOR, &body, 404, "unknown_batch", place).await;
}

/// A cycle, unknown kinds and fields, 501 inputs.
pub async fn shapes_that_cannot_be(database: Database) {
    let face = Face::open(database).await;
    let fresh = face.world.fresh(PROCESSOR, "100kg").await;

    let mut cycle = face.body(dry(fresh, "100kg", "25kg"));
    cycle["outputs"][0]["batch"] = json!(fresh);
    cycle["outputs"][0]["product"] = json!("fresh_tianma");
    let problem = face.refused(PROCESSOR, &cycle, 422, "cycle", "/inputs/0/batch").await;
    says(&problem, &[&fresh.to_string(), "made from itself"]);

    let good = face.body(dry(fresh, "100kg", "25kg"));
    let mut body = good.clone();
    body["kind"] = json!("harvests");
    let problem = face.refused(PROCESSOR, &body, 422, "malformed", "/kind").await;
    says(&problem, &["harvests", "harvest"]);
    let mut body = good.clone();
    body["colour"] = json!("red");
    let problem = face.refused(PROCESSOR, &body, 422, "malformed", "/colour").await;
    says(&problem, &["colour"]);
    let mut body = good.clone();
    body["details"]["fule"] = json!("electricity");
    face.refused(PROCESSOR, &body, 422, "malformed", "/details/fule").await;
    let mut body = good.clone();
    body["details"]["fuel"] = json!("peat");
    let problem = face.refused(PROCESSOR, &body, 422, "malformed", "/details/fuel").await;
    says(&problem, &["peat", "coal"]);
    let mut body = good.clone();
    body["inputs"][0]["batch"] = json!(17);
    face.refused(PROCESSOR, &body, 422, "malformed", "/inputs/0/batch").await;
    let mut body = good;
    body.as_object_mut().unwrap().remove("uid");
    let problem = face.refused(PROCESSOR, &body, 422, "malformed", "").await;
    says(&problem, &["uid"]);

    let mut many = dry(fresh, "1kg", "0.3kg");
    let input = DraftInput { batch: fresh.to_string(), record: None, amount: Some("1g".to_owned()) };
    many.inputs = vec![input; 501];
    let problem = face.refused(PROCESSOR, &face.body(many), 422, "too_many_inputs", "/inputs").await;
    says(&problem, &["501", "500"]);
}

/// More harvested than the plot yields, more received than was there, more dry than fresh gives.
pub async fn more_than_the_land_gives(database: Database) {
    let face = Face::open(database).await;
    let planting = face.world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let problem = face.refused(FIRST, &face.body(harvest(planting, "1200kg", false)), 422, "yield", "/outputs").await;
    says(&problem, &["1200", "1100"]);

    let fresh = face.world.harvest(FIRST, planting, "400kg").await;
    let mine = face.body(draft(Kind::Process, json!({"method": "wash"})).takes(fresh, "400kg"));
    let mut washed = mine;
    washed["outputs"] = json!([{"product": "washed_tianma", "amount": "401kg"}]);
    face.refused(FIRST, &washed, 422, "more_out_than_in", "/outputs").await;

    // A stranger is told that there is not enough, but not how much there is.
    let problem = face.refused(SECOND, &face.body(receive(fresh, "401kg")), 422, "overdraw", "/inputs/0/amount").await;
    assert!(!problem["detail"].as_str().unwrap().contains("400 kg"), "{problem}");
    let problem =
        face.refused(PROCESSOR, &face.body(receive(fresh, "401kg")), 422, "overdraw", "/inputs/0/amount").await;
    assert!(!problem.to_string().contains("400 kg"), "a buyer learnt what the seller has left: {problem}");

    let bought = face.append(PROCESSOR, &face.body(receive(fresh, "400kg"))).await;
    let batch = bought["record"]["outputs"][0]["batch"].as_str().unwrap().parse().unwrap();
    let problem = face.refused(PROCESSOR, &face.body(dry(batch, "400kg", "200kg")), 422, "dry_ratio", "/outputs").await;
    says(&problem, &["0.5"]);
    let sheet = dry(batch, "400kg", "150kg");
    let answer = face.append(PROCESSOR, &face.body(sheet)).await;
    assert_eq!(answer["findings"][0]["level"], "hold", "{answer}");
    assert!(answer["findings"][0]["zh"].as_str().unwrap().contains("0.38"), "{answer}");
    assert_eq!(Product::DriedTianma.code(), answer["record"]["outputs"][0]["product"]);
}
