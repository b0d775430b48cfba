//! What is frozen, by whom, and when it is free again.

use serde_json::json;
use trace_core::id::Stage;
use trace_core::record::{Kind, Level};
use trace_core::tianma::Product;
use trace_server::store::RecordFilter;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    FIRST, LABORATORY, OFFICE, PROCESSOR, World, correction, dry, loss, made, receive, release, void,
};

pub async fn a_finding_holds_until_release(database: Database) {
    let world = World::found(database.url()).await;
    let fresh = world.fresh(PROCESSOR, "100kg").await;
    let dried = world.dry(PROCESSOR, fresh, "10kg", "4kg").await;
    assert_eq!(dried.findings[0].mark.level, Level::Hold);
    let (id, batch) = (dried.record.id(), made(&dried));
    assert_eq!(world.batch(batch).await.holds, [id].into());
    assert!(world.record(id).await.held);
    let pack = json!({"product": "dried_tianma", "net_content": {"unit": "mg", "value": 250_000}});
    let sheet = || draft(Kind::Pack, pack.clone()).takes(batch, "1kg").makes(Product::DriedTianma, "1kg");
    assert_eq!(world.refusal(PROCESSOR, sheet()).await.rule, "held_batch");
    assert_eq!(world.refusal(PROCESSOR, release(id)).await.rule, "wrong_role", "never by the one who benefits");
    assert_eq!(world.refusal(FIRST, receive(batch, "1kg")).await.rule, "held_batch");
    let filter = RecordFilter { held: true, limit: 9, ..RecordFilter::default() };
    assert_eq!(world.store().records(&filter).await.unwrap().len(), 1);
    // A correction of what is held is held again, whatever it says.
    let corrected = world.append(PROCESSOR, correction(&dried, dry(fresh, "10kg", "3kg"))).await;
    assert_eq!(corrected.findings[0].mark.rule, "corrected_while_held");
    assert_eq!(world.batch(batch).await.holds, [corrected.record.id()].into());
    assert_eq!(world.refusal(OFFICE, release(id)).await.rule, "nothing_held");
    world.append(OFFICE, release(corrected.record.id())).await;
    assert!(world.batch(batch).await.holds.is_empty());
    world.append(PROCESSOR, sheet()).await;
    assert_eq!(world.refusal(OFFICE, release(corrected.record.id())).await.rule, "nothing_held");
    // Two holds on one batch: both must go.
    let hold = || draft(Kind::Hold, json!({"reason": "complaint"})).names(batch);
    let one = world.append(OFFICE, hold()).await.record.id();
    let other = world.append(LABORATORY, hold()).await.record.id();
    world.append(OFFICE, release(one)).await;
    assert_eq!(world.refusal(PROCESSOR, sheet()).await.rule, "held_batch");
    world.append(OFFICE, release(other)).await;
    world.append(PROCESSOR, sheet()).await;
}

pub async fn a_gain_counts_when_released(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "10kg").await;
    let gain = |amount: &str, reason: &str| {
        draft(Kind::Adjust, json!({"reason": reason, "direction": "more"})).takes(batch, amount)
    };
    assert_eq!(world.refusal(FIRST, gain("5kg", "sample")).await.rule, "gain_reason");
    let found = world.append(FIRST, gain("5kg", "stock_take")).await;
    assert_eq!(found.findings[0].mark.rule, "stock_gain");
    let row = world.batch(batch).await;
    assert!(row.holds.is_empty(), "the batch itself stays free");
    assert_eq!(row.remaining(), 10_000_000);
    assert_eq!(world.refusal(FIRST, loss(batch, "11kg")).await.rule, "overdraw");
    world.append(OFFICE, release(found.record.id())).await;
    world.append(FIRST, loss(batch, "11kg")).await;
    assert_eq!(world.batch(batch).await.remaining(), 4_000_000);
    // What was counted and drawn cannot be taken back; what was not, can.
    assert_eq!(world.refusal(FIRST, void(found.record.id())).await.rule, "below_drawn");
    let other = world.append(FIRST, gain("2kg", "stock_take")).await.record.id();
    world.append(FIRST, void(other)).await;
    assert_eq!(world.refusal(OFFICE, release(other)).await.rule, "nothing_held");
    assert_eq!(world.batch(batch).await.remaining(), 4_000_000);
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn a_failed_test_freezes(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let inspect = |so2: u32, verdict: &str| {
        let results = json!([{"item": "so2", "mg_per_kg": so2}]);
        draft(Kind::Inspect, json!({"standard": "pharmacopoeia_2020", "results": results, "verdict": verdict}))
            .names(batch)
    };
    assert_eq!(world.refusal(LABORATORY, inspect(401, "pass")).await.rule, "verdict_contradicts");
    world.append(LABORATORY, inspect(400, "pass")).await;
    assert!(world.batch(batch).await.holds.is_empty());
    let failed = world.append(LABORATORY, inspect(401, "fail")).await;
    assert_eq!(failed.findings[0].mark.rule, "inspection_failed");
    assert_eq!(world.batch(batch).await.holds, [failed.record.id()].into());
    // What is frozen may still be lost or sampled; it cannot grow or go on.
    world.append(PROCESSOR, loss(batch, "1kg")).await;
    let gain = draft(Kind::Adjust, json!({"reason": "stock_take", "direction": "more"})).takes(batch, "1kg");
    assert_eq!(world.refusal(PROCESSOR, gain).await.rule, "held_batch");
    // The laboratory mended its typing error.
    world.append(LABORATORY, correction(&failed, inspect(40, "pass"))).await;
    assert!(world.batch(batch).await.holds.is_empty());
}

pub async fn a_dispute_freezes(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "10kg").await;
    let got = world.receive(PROCESSOR, batch, "10kg").await;
    let dispute = json!({"record": got.record.id(), "reason": "never_delivered"});
    let disputed = world.append(FIRST, draft(Kind::Dispute, dispute)).await.record.id();
    assert_eq!(world.batch(made(&got)).await.holds, [disputed].into());
    // The buyer gives in: what it received goes back.
    world.append(PROCESSOR, void(got.record.id())).await;
    assert_eq!(world.batch(batch).await.remaining(), 10_000_000);
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}
