//! The engine fails in the middle of a commit. What it failed on is told so and leaves nothing; everything else goes on.

use serde_json::json;
use trace_core::id::{PartyId, Stage};
use trace_core::prepare::Draft;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_server::ledger::AppendError;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, SECOND, World};
use trace_tests::raw;

use crate::appending::at_once;
use crate::log;

fn stock(kg: i64) -> Draft {
    let details = json!({"origin": "before_system"});
    draft(Kind::BringIn, details).makes_at(Stage::Harvest, Product::FreshTianma, &format!("{kg}kg"))
}

/// A commit that many share fails because of one of them: only that one is told, after each was tried alone.
pub async fn a_failure_is_told_to_its_request_alone(database: Database) {
    let world = World::found(database.url()).await;
    let before = log::check(&**world.store()).await;
    raw::break_on(&database, "INSERT", "batches", &format!("NEW.owner = '{SECOND}'")).await;
    let owner = |n: i64| -> PartyId { if n == 7 { SECOND } else { FIRST } };
    let requests: Vec<_> = (1..=24).map(|n| world.request(owner(n), vec![stock(n)])).collect();
    let answers = at_once(&world, requests.clone()).await;
    for (n, answer) in (1..).zip(&answers) {
        match answer {
            Ok(answer) => assert!(n != 7 && !answer.repeated, "request {n}"),
            Err(error) => assert!(n == 7 && matches!(error, AppendError::Store(_)), "request {n}: {error}"),
        }
    }
    assert_eq!(log::check(&**world.store()).await, before + 23);
    let uid = requests[6].items[0].uid();
    assert!(world.store().requests(&[(SECOND, uid)]).await.unwrap().is_empty());
    raw::mend(&database, "batches").await;
    let again = world.ledger.append(requests[6].clone()).await.unwrap();
    assert!(!again.repeated, "nothing of it was stored before");
    assert_eq!(log::check(&**world.store()).await, before + 24);
}

/// Whatever statement fails for want of space, nothing of the commit stays and nobody is told that it stands. (The
/// statement that moves the head is the last; a full disk of SQLite's own is in `disk`.)
pub async fn a_full_disk_is_no_acknowledgement(database: Database) {
    let world = World::found(database.url()).await;
    for (event, table, condition) in [
        ("INSERT", "entries", "NEW.idx > 0"),
        ("INSERT", "requests", "1 = 1"),
        ("INSERT", "openings", "1 = 1"),
        ("INSERT", "records", "1 = 1"),
        ("INSERT", "makes", "1 = 1"),
        ("UPDATE", "head", "NEW.size > 0"),
    ] {
        let counts = raw::counts(&database).await;
        let before = log::check(&**world.store()).await;
        raw::break_on(&database, event, table, condition).await;
        let requests: Vec<_> = (1..=5).map(|n| world.request(FIRST, vec![stock(n)])).collect();
        for answer in at_once(&world, requests.clone()).await {
            let error = answer.expect_err("acknowledged on a full disk");
            assert!(matches!(error, AppendError::Store(_)), "{table}: {error}");
        }
        assert_eq!(raw::counts(&database).await, counts, "{table} failed");
        raw::mend(&database, table).await;
        for answer in at_once(&world, requests).await {
            assert!(!answer.unwrap().repeated, "after {table} was mended");
        }
        assert_eq!(log::check(&**world.store()).await, before + 5);
    }
}
