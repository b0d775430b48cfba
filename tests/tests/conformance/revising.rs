//! Two who change the same thing at once.

use trace_core::record::{Class, Kind};
use trace_core::tianma::Product;
use trace_server::ledger::AppendError;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, PROCESSOR, World, correction, loss, void};

use crate::appending::at_once;
use crate::log;

/// Either the voiding wins and the draw finds a void batch, or the draw wins and the voiding finds a user.
pub async fn a_void_against_a_draw(database: Database) {
    let world = World::found(database.url()).await;
    let mut wins = [0, 0];
    for round in 0..12 {
        let fresh = world.fresh(PROCESSOR, "10kg").await;
        let row = world.batch(fresh).await;
        let wash = draft(Kind::Process, serde_json::json!({"method": "wash"})).takes(fresh, "10kg");
        let mut requests = vec![
            world.request(PROCESSOR, vec![void(row.record)]),
            world.request(PROCESSOR, vec![wash.makes(Product::WashedTianma, "10kg")]),
        ];
        if round % 2 == 1 {
            requests.reverse();
        }
        let mut answers = at_once(&world, requests).await;
        if round % 2 == 1 {
            answers.reverse();
        }
        let after = world.batch(fresh).await;
        match &answers[..] {
            [Ok(_), Err(AppendError::Refused(refusal))] => {
                assert_eq!(refusal.rule, "void_batch");
                assert!(after.void && after.drawn == 0);
                wins[0] += 1;
            }
            [Err(AppendError::Refused(refusal)), Ok(drawn)] => {
                assert_eq!((refusal.rule.as_str(), refusal.class), ("still_used", Class::Conflict));
                assert!(refusal.en.contains(&drawn.records[0].record.id().to_string()), "names the user: {refusal}");
                assert!(!after.void && after.remaining() == 0);
                wins[1] += 1;
            }
            other => panic!("round {round}: {other:?}"),
        }
    }
    assert_eq!(wins[0] + wins[1], 12);
    log::check(&**world.store()).await;
}

pub async fn a_stale_correction(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "10kg").await;
    let first = world.append(FIRST, loss(batch, "1kg")).await;
    let second = world.append(FIRST, correction(&first, loss(batch, "2kg"))).await;
    let refusal = world.refusal(FIRST, correction(&first, loss(batch, "3kg"))).await;
    assert_eq!((refusal.rule.as_str(), refusal.class), ("stale_version", Class::Conflict));
    assert!(refusal.en.contains(&second.record.id().to_string()), "names the newest version: {refusal}");
    assert_eq!(world.batch(batch).await.drawn, 2_000_000);

    // At once: one of many becomes the newest version, all others are told.
    let requests = (3..9).map(|n| world.request(FIRST, vec![correction(&second, loss(batch, &format!("{n}kg")))]));
    let answers = at_once(&world, requests.collect()).await;
    let taken: Vec<i64> = (3..9).zip(&answers).filter(|(_, answer)| answer.is_ok()).map(|(n, _)| n).collect();
    let [kg] = taken[..] else { panic!("{taken:?} were taken") };
    assert_eq!(world.batch(batch).await.drawn, kg * 1_000_000);
    for answer in answers.into_iter().filter_map(Result::err) {
        assert!(matches!(&answer, AppendError::Refused(r) if r.rule == "stale_version"), "{answer}");
    }
    // A voided version is stale for good.
    let newest = world.record(second.record.id()).await.superseded_by.unwrap();
    let voided = world.append(FIRST, void(newest)).await;
    assert!(voided.record.outputs.is_empty());
    let refusal = world.refusal(FIRST, void(newest)).await;
    assert_eq!(refusal.rule, "stale_version");
    assert_eq!(world.batch(batch).await.drawn, 0);
}
