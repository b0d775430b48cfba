//! From one party to another: ship, receive, confirm, dispute, and taking them back.

use serde_json::json;
use trace_core::id::RecordId;
use trace_core::prepare::Draft;
use trace_core::record::Kind;
use trace_core::state::Standing;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    FIRST, OFFICE, PROCESSOR, RIVAL, SECOND, World, correction, loss, made, receive, release, void,
};

fn confirm(record: RecordId) -> Draft {
    draft(Kind::Confirm, json!({"record": record}))
}

fn dispute(record: RecordId) -> Draft {
    draft(Kind::Dispute, json!({"record": record, "reason": "wrong_weight"}))
}

fn ship(to: trace_core::id::PartyId, batch: trace_core::id::BatchCode, amount: &str) -> Draft {
    draft(Kind::Ship, json!({"consignee": {"party": to}})).takes(batch, amount)
}

fn received(ship: RecordId, batch: trace_core::id::BatchCode, amount: &str) -> Draft {
    Draft { details: json!({"condition": "good", "ship": ship}), ..receive(batch, amount) }
}

pub async fn a_receipt_is_confirmed_or_disputed(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let one = world.receive(PROCESSOR, batch, "10kg").await;
    assert_eq!(one.findings[0].mark.rule, "unconfirmed");
    let row = world.record(one.record.id()).await;
    assert_eq!((row.standing, row.other_side), (Standing::Unconfirmed, Some(FIRST)));
    assert_eq!(world.refusal(SECOND, confirm(row.id)).await.rule, "not_the_seller");
    assert_eq!(world.refusal(PROCESSOR, confirm(row.id)).await.rule, "not_the_seller");
    world.append(FIRST, confirm(row.id)).await;
    assert_eq!(world.record(row.id).await.standing, Standing::Settled);
    assert_eq!(world.refusal(FIRST, confirm(row.id)).await.rule, "nothing_to_confirm");

    let other = world.receive(PROCESSOR, batch, "10kg").await;
    assert_eq!(world.refusal(SECOND, dispute(other.record.id())).await.rule, "not_named");
    let disputed = world.append(FIRST, dispute(other.record.id())).await.record.id();
    assert_eq!(world.record(other.record.id()).await.standing, Standing::Disputed);
    assert_eq!(world.refusal(PROCESSOR, loss_of_sale(made(&other))).await.rule, "held_batch");
    assert_eq!(world.refusal(FIRST, confirm(other.record.id())).await.rule, "nothing_to_confirm");
    assert_eq!(world.refusal(FIRST, dispute(other.record.id())).await.rule, "nothing_to_dispute");
    world.append(OFFICE, release(disputed)).await;
    world.append(PROCESSOR, loss_of_sale(made(&other))).await;
    // A grant by the seller settles a receipt at once.
    let grant = json!({"from": FIRST, "to": RIVAL, "kinds": ["receive"], "until": "2027-01-01"});
    world.append(FIRST, draft(Kind::Grant, grant)).await;
    let granted = world.receive(RIVAL, batch, "10kg").await;
    assert!(granted.findings.is_empty());
    assert_eq!(world.record(granted.record.id()).await.standing, Standing::Settled);
    // A grant that is over settles nothing, also nothing that is dated back.
    let short = json!({"from": FIRST, "to": SECOND, "kinds": ["receive"], "until": "2026-11-20"});
    world.append(FIRST, draft(Kind::Grant, short)).await;
    world.pass_ms(86_400_000);
    assert_eq!(world.receive(SECOND, batch, "10kg").await.findings[0].mark.rule, "unconfirmed");
    assert_eq!(world.refusal(FIRST, receive(batch, "1kg")).await.rule, "own_batch");
}

fn loss_of_sale(batch: trace_core::id::BatchCode) -> Draft {
    draft(Kind::Process, json!({"method": "wash"}))
        .takes(batch, "1kg")
        .makes(trace_core::tianma::Product::WashedTianma, "1kg")
}

pub async fn a_shipment_gives_what_it_set_aside(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let shipment = world.append(FIRST, ship(PROCESSOR, batch, "60kg")).await.record.id();
    assert_eq!(world.batch(batch).await.remaining(), 40_000_000);
    assert_eq!(world.refusal(FIRST, loss(batch, "41kg")).await.rule, "overdraw");
    assert_eq!(world.refusal(RIVAL, received(shipment, batch, "1kg")).await.rule, "other_consignee");
    assert_eq!(world.refusal(PROCESSOR, received(shipment, batch, "61kg")).await.rule, "more_than_shipped");
    let got = world.append(PROCESSOR, received(shipment, batch, "25kg")).await;
    assert!(got.findings.is_empty(), "settled by the shipment");
    let row = world.batch(batch).await;
    assert_eq!((row.drawn, row.allotted, row.remaining()), (25_000_000, 35_000_000, 40_000_000));
    // What was shipped elsewhere does not give.
    let elsewhere = world.fresh(FIRST, "5kg").await;
    assert_eq!(world.refusal(PROCESSOR, received(shipment, elsewhere, "1kg")).await.rule, "not_in_shipment");
    assert_eq!(world.refusal(FIRST, ship(FIRST, batch, "1kg")).await.rule, "ship_to_self");
    // To outside: set aside for good.
    let class = json!({"consignee": {"class": "outside_trader"}, "channel": "wholesale"});
    world.append(FIRST, draft(Kind::Ship, class).takes(batch, "40kg")).await;
    assert_eq!(world.batch(batch).await.remaining(), 0);
}

pub async fn receipts_are_undone(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let shipment = world.append(FIRST, ship(PROCESSOR, batch, "60kg")).await.record.id();
    let got = world.append(PROCESSOR, received(shipment, batch, "60kg")).await;
    assert_eq!(world.refusal(FIRST, void(shipment)).await.rule, "still_used");
    world.append(PROCESSOR, void(got.record.id())).await;
    let row = world.batch(batch).await;
    assert_eq!((row.drawn, row.allotted), (0, 60_000_000));
    assert!(world.batch(made(&got)).await.void);
    world.append(PROCESSOR, received(shipment, batch, "60kg")).await;
    assert_eq!(world.refusal(PROCESSOR, received(shipment, batch, "1kg")).await.rule, "more_than_shipped");
    // An empty shipment goes back whole.
    let other = world.append(FIRST, ship(RIVAL, batch, "40kg")).await.record.id();
    world.append(FIRST, void(other)).await;
    assert_eq!(world.batch(batch).await.remaining(), 40_000_000);
    assert_eq!(world.refusal(RIVAL, received(other, batch, "1kg")).await.rule, "unknown_shipment");
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn a_corrected_shipment_keeps_what_was_received(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let first = world.append(FIRST, ship(PROCESSOR, batch, "60kg")).await;
    let got = world.append(PROCESSOR, received(first.record.id(), batch, "25kg")).await;
    assert_eq!(world.refusal(FIRST, correction(&first, ship(PROCESSOR, batch, "24kg"))).await.rule, "below_drawn");
    let second = world.append(FIRST, correction(&first, ship(PROCESSOR, batch, "30kg"))).await;
    let row = world.batch(batch).await;
    assert_eq!((row.drawn, row.allotted, row.remaining()), (25_000_000, 5_000_000, 70_000_000));
    // Between whom it went does not change once something of it was received.
    for other in [json!({"party": RIVAL}), json!({"class": "outside_trader"})] {
        let moved = draft(Kind::Ship, json!({"consignee": other})).takes(batch, "30kg");
        assert_eq!(world.refusal(FIRST, correction(&second, moved)).await.rule, "consignee_settled");
    }
    // Named by its old version too.
    assert_eq!(world.refusal(PROCESSOR, received(first.record.id(), batch, "6kg")).await.rule, "more_than_shipped");
    world.append(PROCESSOR, received(second.record.id(), batch, "5kg")).await;
    world.append(PROCESSOR, void(got.record.id())).await;
    let row = world.batch(batch).await;
    assert_eq!((row.drawn, row.allotted, row.remaining()), (5_000_000, 25_000_000, 70_000_000));
    // A shipment that was corrected and then voided gives nothing, whichever version is named.
    let one = world.append(FIRST, ship(PROCESSOR, batch, "60kg")).await;
    let two = world.append(FIRST, correction(&one, ship(RIVAL, batch, "50kg"))).await;
    assert_eq!(world.refusal(PROCESSOR, received(one.record.id(), batch, "1kg")).await.rule, "other_consignee");
    world.append(FIRST, void(two.record.id())).await;
    for version in [one.record.id(), two.record.id()] {
        assert_eq!(world.refusal(RIVAL, received(version, batch, "1kg")).await.rule, "unknown_shipment");
    }
    assert_eq!(world.batch(batch).await, row);
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}
