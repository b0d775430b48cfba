//! 64 clients at once, each wanting a part of the same batch; and what a refusal tells of a neighbour's batch.

use serde_json::json;
use tokio::task::JoinSet;
use trace_core::id::RecordId;
use trace_core::prepare::Draft;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_server::ledger::AppendError;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, PROCESSOR, World, dry, loss, receive};

/// Sends one draft from each of 64 clients, on two ledgers over the same database, and counts those that stand.
async fn storm(
    database: &Database,
    world: &World,
    draft_of: impl Fn(usize) -> (trace_core::id::PartyId, Draft),
) -> usize {
    let other = World::open(database.url()).await;
    let mut set = JoinSet::new();
    for n in 0..64 {
        let (submitter, draft) = draft_of(n);
        let ledger = if n % 2 == 0 { &world.ledger } else { &other.ledger };
        let (ledger, request) = (ledger.clone(), world.request(submitter, vec![draft]));
        set.spawn(async move { ledger.append(request).await });
    }
    let mut stand = 0;
    for answer in set.join_all().await {
        match answer {
            Ok(_) => stand += 1,
            Err(AppendError::Refused(refusal)) => {
                assert!(["overdraw", "more_than_shipped"].contains(&refusal.rule.as_str()), "{refusal}");
            }
            Err(error) => panic!("{error}"),
        }
    }
    stand
}

pub async fn sixty_four_clients_never_overdraw(database: Database) {
    let world = World::found(database.url()).await;
    // 100 kg; everybody wants 3 kg, in one of four ways.
    let batch = world.fresh(PROCESSOR, "100kg").await;
    let wash = json!({"method": "wash"});
    let stand = storm(&database, &world, |n| match n % 4 {
        0 => (PROCESSOR, loss(batch, "3kg")),
        1 => (PROCESSOR, dry(batch, "3kg", "800g")),
        2 => (PROCESSOR, draft(Kind::Process, wash.clone()).takes(batch, "6斤").makes(Product::WashedTianma, "6斤")),
        _ => (FIRST, receive(batch, "3kg")),
    })
    .await;
    assert_eq!(stand, 33, "33 x 3 kg are in 100 kg");
    let row = world.batch(batch).await;
    assert_eq!((row.drawn, row.remaining()), (99_000_000, 1_000_000));
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn sixty_four_clients_never_take_more_than_was_shipped(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let details = json!({"consignee": {"party": PROCESSOR}});
    let ship = world.append(FIRST, draft(Kind::Ship, details).takes(batch, "50kg")).await.record.id();
    let stand = storm(&database, &world, |n| {
        let mut sheet = receive(batch, "4kg");
        sheet.details = json!({"condition": "good", "ship": ship});
        if n % 8 == 7 { (FIRST, loss(batch, "10kg")) } else { (PROCESSOR, sheet) }
    })
    .await;
    // 12 receipts of 4 kg out of the shipment, 5 losses of 10 kg out of the rest.
    assert_eq!(stand, 17);
    let row = world.batch(batch).await;
    assert_eq!((row.drawn, row.allotted, row.remaining()), (98_000_000, 2_000_000, 0));
}

/// A record that is bound to fail leaves no trace of the one beside it, so it must not be a way to try amounts.
pub async fn a_failing_group_tells_nothing_of_a_neighbours_stock(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let refusal = async |drafts: Vec<Draft>| match world.send(PROCESSOR, drafts).await {
        Err(AppendError::Refused(refusal)) => refusal,
        other => panic!("should have been refused: {other:?}"),
    };
    let unknown = draft(Kind::Confirm, json!({"record": RecordId::of(b"no record")}));
    // One fails when it is judged, one when it is put together.
    for failing in [loss(batch, "1kg"), receive(batch, "1亩"), unknown] {
        for first in [false, true] {
            let mut answers = Vec::new();
            for amount in ["1kg", "100kg", "101kg", "9000kg"] {
                let mut drafts = vec![receive(batch, amount), failing.clone()];
                if first {
                    drafts.reverse();
                }
                let refusal = refusal(drafts).await;
                assert!(refusal.place.starts_with(if first { "/0" } else { "/1" }), "{refusal}");
                answers.push(refusal);
            }
            assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        }
    }
    // Where nothing else is wrong it is said, at its place.
    let refusal = refusal(vec![receive(batch, "60kg"), receive(batch, "41kg")]).await;
    assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), ("overdraw", "/1/amounts/inputs/0"));
    assert_eq!(world.refusal(PROCESSOR, receive(batch, "101kg")).await.rule, "overdraw");
    assert_eq!(world.batch(batch).await.drawn, 0, "nothing of it is stored");
}
