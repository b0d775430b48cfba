//! What comes back: only what a shipment sent away, to those between whom it went, and never beside a receipt of the same.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use trace_core::code::IssueNumber;
use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
use trace_core::prepare::Draft;
use trace_core::record::{Details, Kind};
use trace_core::tianma::Product;
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    FIRST, OFFICE, PROCESSOR, RIVAL, SELLER, World, correction, made, receive, release, void,
};

fn ship(consignee: &Value, batch: BatchCode, amount: &str) -> Draft {
    draft(Kind::Ship, json!({"consignee": consignee})).takes(batch, amount)
}

fn to(party: PartyId) -> Value {
    json!({"party": party})
}

fn outside() -> Value {
    json!({"class": "outside_trader"})
}

fn back(batch: BatchCode, amount: &str) -> Draft {
    draft(Kind::Return, json!({"reason": "unsold"})).names(batch).keeps(amount)
}

fn back_of(ship: RecordId, batch: BatchCode, amount: &str) -> Draft {
    Draft { details: json!({"reason": "unsold", "ship": ship}), ..back(batch, amount) }
}

fn received(ship: RecordId, batch: BatchCode, amount: &str) -> Draft {
    Draft { details: json!({"condition": "good", "ship": ship}), ..receive(batch, amount) }
}

/// What the owner used itself is no shipment, and what others shipped comes back to them.
pub async fn what_never_left_does_not_come_back(database: Database) {
    let world = World::found(database.url()).await;
    let fresh = world.fresh(PROCESSOR, "100kg").await;
    world.dry(PROCESSOR, fresh, "100kg", "30kg").await;
    for party in [PROCESSOR, RIVAL, OFFICE] {
        assert_eq!(world.refusal(party, back(fresh, "1kg")).await.rule, "return_without_shipment");
    }
    let batch = world.fresh(FIRST, "100kg").await;
    let sent = world.append(FIRST, ship(&outside(), batch, "60kg")).await.record.id();
    assert_eq!(world.refusal(RIVAL, back(batch, "1kg")).await.rule, "return_without_shipment");
    assert_eq!(world.refusal(RIVAL, back_of(sent, batch, "1kg")).await.rule, "not_yours_to_return");
    assert_eq!(world.refusal(FIRST, back_of(sent, fresh, "1kg")).await.rule, "not_in_shipment");
    let nothing = RecordId::of(b"no shipment");
    assert_eq!(world.refusal(FIRST, back_of(nothing, batch, "1kg")).await.rule, "unknown_shipment");
    assert_eq!(world.refusal(FIRST, back(batch, "60.001kg")).await.rule, "return_too_much");
    world.append(FIRST, back(batch, "50kg")).await;
    assert_eq!(world.refusal(FIRST, back(batch, "11kg")).await.rule, "return_too_much");
    world.append(FIRST, back(batch, "10kg")).await;
    assert_eq!(world.refusal(FIRST, back(batch, "1g")).await.rule, "return_without_shipment");
    let row = world.batch(batch).await;
    assert_eq!((row.returned, row.allotted, row.remaining()), (60_000_000, 60_000_000, 40_000_000));
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

/// Part of a shipment is refused at the door: it comes back to the sender and is no longer to be received.
pub async fn a_shipment_is_received_or_comes_back(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let shipped = world.append(FIRST, ship(&to(PROCESSOR), batch, "60kg")).await;
    let sent = shipped.record.id();
    world.append(PROCESSOR, received(sent, batch, "25kg")).await;
    let returned = world.append(FIRST, back(batch, "30kg")).await;
    assert_eq!(world.refusal(PROCESSOR, received(sent, batch, "6kg")).await.rule, "more_than_shipped");
    assert_eq!(world.refusal(FIRST, back(batch, "6kg")).await.rule, "return_too_much");
    assert_eq!(world.refusal(FIRST, void(sent)).await.rule, "still_used");
    let less = |amount: &str| correction(&shipped, ship(&to(PROCESSOR), batch, amount));
    assert_eq!(world.refusal(FIRST, less("54kg")).await.rule, "below_drawn");
    world.append(FIRST, less("56kg")).await;
    assert_eq!(world.refusal(PROCESSOR, received(sent, batch, "2kg")).await.rule, "more_than_shipped");
    world.append(PROCESSOR, received(sent, batch, "1kg")).await;
    let row = world.batch(batch).await;
    assert_eq!(
        (row.drawn, row.allotted, row.returned, row.remaining()),
        (26_000_000, 30_000_000, 30_000_000, 44_000_000)
    );
    world.append(OFFICE, release(returned.record.id())).await;
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

/// What a buyer received lies in the buyer's batch, and comes back out of it: the buyer ships it, once.
pub async fn what_a_buyer_has_comes_back_from_the_buyer(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let sent = world.append(FIRST, ship(&to(PROCESSOR), batch, "60kg")).await.record.id();
    let bought = made(&world.append(PROCESSOR, received(sent, batch, "60kg")).await);
    assert_eq!(world.refusal(FIRST, back(batch, "1kg")).await.rule, "return_without_shipment");
    assert_eq!(world.refusal(FIRST, back_of(sent, batch, "1kg")).await.rule, "return_too_much");
    assert_eq!(world.refusal(FIRST, back(bought, "1kg")).await.rule, "return_without_shipment");
    let unconfirmed = made(&world.receive(RIVAL, batch, "40kg").await);
    assert_eq!(world.refusal(FIRST, back(batch, "1kg")).await.rule, "return_without_shipment");
    assert_eq!(world.refusal(FIRST, back(unconfirmed, "1kg")).await.rule, "return_without_shipment");

    // The newer shipment to the one who asks goes before an older one to outside.
    world.append(PROCESSOR, ship(&outside(), bought, "5kg")).await;
    let homeward = world.append(PROCESSOR, ship(&to(FIRST), bought, "20kg")).await.record.id();
    let returned = world.append(FIRST, back(bought, "20kg")).await;
    assert!(matches!(&returned.record.details, Details::Return(back) if back.ship == Some(homeward)));
    assert_eq!(world.refusal(FIRST, received(homeward, bought, "1kg")).await.rule, "more_than_shipped");
    assert_eq!(world.refusal(FIRST, back_of(homeward, bought, "1kg")).await.rule, "return_too_much");
    assert_eq!(world.refusal(PROCESSOR, void(homeward)).await.rule, "still_used");
    assert_eq!(world.batch(bought).await.remaining(), 35_000_000);
    assert_eq!(world.batch(made(&returned)).await.owner, FIRST);
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

/// A return that is voided or corrected leaves its shipment to be received, or to come back, again.
pub async fn a_return_is_undone(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let sent = world.append(FIRST, ship(&to(PROCESSOR), batch, "60kg")).await.record.id();
    let first = world.append(FIRST, back(batch, "60kg")).await;
    let second = world.append(FIRST, correction(&first, back(batch, "20kg"))).await;
    assert_eq!(world.refusal(FIRST, correction(&second, back(batch, "61kg"))).await.rule, "return_too_much");
    let got = world.append(PROCESSOR, received(sent, batch, "40kg")).await;
    assert_eq!(world.refusal(FIRST, correction(&second, back(batch, "21kg"))).await.rule, "return_too_much");
    world.append(FIRST, void(second.record.id())).await;
    world.append(PROCESSOR, received(sent, batch, "20kg")).await;
    assert_eq!(world.batch(batch).await.returned, 0);
    world.append(PROCESSOR, void(got.record.id())).await;
    world.append(FIRST, back(batch, "40kg")).await;
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

async fn packages(world: &World) -> (BatchCode, IssueNumber) {
    let dried = world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let sale = world.pack(PROCESSOR, dried, "10kg").await;
    let number = world.issue_codes(PROCESSOR, sale, 40).await;
    (sale, number)
}

/// Somebody who had nothing to do with a package cannot have it shown to consumers as returned; and packages whose goods
/// went back to the batch with their voided codes are not there to come back.
pub async fn packages_come_back_to_whom_they_went(database: Database) {
    let world = World::found(database.url()).await;
    let (sale, number) = packages(&world).await;
    let sent = |party, from, last| {
        draft(Kind::Ship, json!({"consignee": to(party)})).names(sale).ranging(codes(number, from, last))
    };
    world.append(PROCESSOR, sent(SELLER, 0, 4)).await;
    world.append(PROCESSOR, sent(SELLER, 5, 9)).await;
    let back = |from, last| back(sale, "250g").ranging(codes(number, from, last));
    for range in [back(0, 3), back(10, 13)] {
        assert_eq!(world.refusal(RIVAL, range).await.rule, "not_yours_to_return");
    }
    assert_eq!(world.refusal(SELLER, back(8, 10)).await.rule, "not_yours_to_return");
    world.append(SELLER, back(3, 6)).await;
    world.append(PROCESSOR, back(7, 8)).await;
    assert_eq!(world.refusal(SELLER, back(8, 8)).await.rule, "codes_state");

    let spoil = |from, last, give_back: bool| {
        let details = json!({"issue": number, "reason": "jam", "give_back": give_back});
        draft(Kind::VoidCodes, details).names(sale).ranging(codes(number, from, last))
    };
    world.append(PROCESSOR, spoil(20, 24, true)).await;
    world.append(PROCESSOR, spoil(25, 29, false)).await;
    assert_eq!(world.refusal(PROCESSOR, back(24, 25)).await.rule, "codes_state");
    world.append(PROCESSOR, back(25, 25)).await;
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

/// Receipts and returns of one shipment at once: together they get what was shipped, and no more.
pub async fn sixty_four_clients_never_get_a_shipment_twice(database: Database) {
    let world = Arc::new(World::found(database.url()).await);
    let batch = world.fresh(FIRST, "100kg").await;
    let sent = world.append(FIRST, ship(&to(PROCESSOR), batch, "20kg")).await.record.id();
    let mut clients = JoinSet::new();
    for client in 0..64 {
        let world = Arc::clone(&world);
        clients.spawn(async move {
            if client % 2 == 0 {
                world.send(PROCESSOR, vec![received(sent, batch, "1kg")]).await.is_ok()
            } else {
                world.send(FIRST, vec![back_of(sent, batch, "1kg")]).await.is_ok()
            }
        });
    }
    let taken = clients.join_all().await.into_iter().filter(|taken| *taken).count();
    assert_eq!(taken, 20);
    let row = world.batch(batch).await;
    assert_eq!((row.drawn + row.returned, row.remaining()), (20_000_000, 80_000_000));
    assert_eq!(row.drawn + row.allotted, 20_000_000);
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}
