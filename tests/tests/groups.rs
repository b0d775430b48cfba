//! Long groups: one request of many records is judged as one, in a few rounds of loading.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may panic")]

use serde_json::json;
use trace_core::id::Stage;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::{Database, Engine};
use trace_tests::household::{PROCESSOR, World};

/// More records than a commit may take rounds of loading: each asks for a row that no other asks for, its own new
/// batch, and every second one draws on the record before it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_longer_than_the_rounds_of_loading_is_taken_whole() {
    for engine in Engine::both() {
        let database = Database::create(engine).await;
        let world = World::found(database.url()).await;
        let mut drafts = Vec::new();
        for pair in 0..60 {
            let stock = draft(Kind::BringIn, json!({"origin": "before_system"}));
            drafts.push(stock.makes_at(Stage::Harvest, Product::FreshTianma, "100kg"));
            let dry = draft(Kind::Process, json!({"method": "dry", "fuel": "electricity"}));
            drafts.push(dry.takes_of_group(&format!("#{}", 2 * pair), "100kg").makes(Product::DriedTianma, "25kg"));
        }
        let answer = world.send(PROCESSOR, drafts).await.unwrap();
        assert_eq!(answer.records.len(), 120, "{engine}");
        let indices: Vec<u64> = answer.records.iter().map(|one| one.index).collect();
        assert!(indices.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{engine}");
    }
}
