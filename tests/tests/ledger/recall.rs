//! A recall reaches what descends from a batch, all of it and nothing else.

use serde_json::json;
use trace_core::id::{BatchCode, Stage};
use trace_core::prepare::Draft;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    FIRST, OFFICE, PROCESSOR, RIVAL, SECOND, SELLER, World, dry, loss, made, receive, release, void,
};

fn recall(batch: BatchCode, scope: &str) -> Draft {
    draft(Kind::Recall, json!({"reason": "so2", "scope": scope, "stage": "consumer"})).names(batch)
}

fn pool(product: Product, batches: &[BatchCode], total: &str) -> Draft {
    let sheet =
        batches.iter().fold(draft(Kind::Process, json!({"method": "pool"})), |sheet, b| sheet.takes(*b, "10kg"));
    sheet.makes_at(Stage::Processing, product, total)
}

pub async fn a_recall_reaches_exactly_the_descendants(database: Database) {
    let world = World::found(database.url()).await;
    // Two households; the first one's harvest goes two ways, one of them mixed with the second one's.
    let (bad, good) = (world.fresh(FIRST, "100kg").await, world.fresh(SECOND, "100kg").await);
    let bad_at_processor = made(&world.receive(PROCESSOR, bad, "30kg").await);
    let good_at_processor = made(&world.receive(PROCESSOR, good, "30kg").await);
    let bad_at_rival = made(&world.receive(RIVAL, bad, "30kg").await);
    let mixed = [bad_at_processor, good_at_processor];
    let mixed = made(&world.append(PROCESSOR, pool(Product::FreshTianma, &mixed, "20kg")).await);
    let dried_mixed = made(&world.dry(PROCESSOR, mixed, "20kg", "6kg").await);
    let pure = made(&world.dry(PROCESSOR, good_at_processor, "20kg", "6kg").await);
    let sale_mixed = world.pack(PROCESSOR, dried_mixed, "6kg").await;
    let sale_pure = world.pack(PROCESSOR, pure, "6kg").await;
    let sold = made(&world.receive(SELLER, sale_mixed, "3kg").await);
    // Undone before: a drying of the bad batch that never happened does not count as descent.
    let undone = world.dry(RIVAL, bad_at_rival, "10kg", "3kg").await;
    world.append(RIVAL, void(undone.record.id())).await;

    let recalled = world.append(OFFICE, recall(bad, "with_descendants")).await.record.id();
    let reached = [bad, bad_at_processor, bad_at_rival, mixed, dried_mixed, sale_mixed, sold];
    for batch in reached {
        assert_eq!(world.batch(batch).await.recalls, [recalled].into(), "{batch} descends");
    }
    for batch in [good, good_at_processor, pure, sale_pure, made(&undone)] {
        assert!(world.batch(batch).await.recalls.is_empty(), "{batch} is innocent");
    }
    let mut listed = world.record(recalled).await.recalled;
    listed.sort_unstable();
    let mut expected = reached.to_vec();
    expected.sort_unstable();
    assert_eq!(listed, expected);
    // Nothing new is made of it, but it may be destroyed; the innocent go on.
    assert_eq!(world.refusal(RIVAL, dry(bad_at_rival, "1kg", "300g")).await.rule, "recalled_batch");
    assert_eq!(world.refusal(SELLER, receive(sale_mixed, "1kg")).await.rule, "recalled_batch");
    world.append(RIVAL, loss(bad_at_rival, "30kg")).await;
    world.receive(SELLER, sale_pure, "1kg").await;

    // A second recall of a part, and the end of the first: only the second one's batches stay.
    let second = world.append(OFFICE, recall(mixed, "with_descendants")).await.record.id();
    let lift = || draft(Kind::LiftRecall, json!({"recall": recalled, "reason": "retested"}));
    assert_eq!(world.refusal(PROCESSOR, lift()).await.rule, "wrong_role");
    world.append(OFFICE, lift()).await;
    assert_eq!(world.refusal(OFFICE, lift()).await.rule, "not_a_recall");
    for batch in reached {
        let recalls = world.batch(batch).await.recalls;
        let descends = [mixed, dried_mixed, sale_mixed, sold].contains(&batch);
        assert_eq!(recalls.contains(&second), descends, "{batch}");
        assert!(!recalls.contains(&recalled));
    }
    world.receive(RIVAL, bad, "1kg").await;
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn a_recall_of_these_only(database: Database) {
    let world = World::found(database.url()).await;
    let parent = world.fresh(PROCESSOR, "100kg").await;
    let child = made(&world.dry(PROCESSOR, parent, "20kg", "6kg").await);
    world.append(OFFICE, recall(parent, "these_only")).await;
    assert_eq!(world.batch(parent).await.recalls.len(), 1);
    assert!(world.batch(child).await.recalls.is_empty());
    world.pack(PROCESSOR, child, "1kg").await;
    let nothing = draft(Kind::Recall, json!({"reason": "so2", "scope": "these_only", "stage": "trade"}));
    assert_eq!(world.refusal(OFFICE, nothing).await.rule, "subject_missing");
}

/// Goods that come back after the recall are under it too, until it is lifted; the release of their quarantine alone
/// does not free them.
pub async fn what_comes_back_is_recalled_still(database: Database) {
    let world = World::found(database.url()).await;
    let dried = world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let sale = world.pack(PROCESSOR, dried, "10kg").await;
    let number = world.issue_codes(PROCESSOR, sale, 20).await;
    let ship = draft(Kind::Ship, json!({"consignee": {"class": "outside_consumer"}}));
    world.append(PROCESSOR, ship.takes(sale, "5kg")).await;
    let back = || draft(Kind::Return, json!({"reason": "recall"})).names(sale);
    let before = made(&world.append(PROCESSOR, back().keeps("1kg")).await);
    let recalled = world.append(OFFICE, recall(dried, "with_descendants")).await.record.id();
    let returned = world.append(PROCESSOR, back().keeps("1kg")).await;
    let after = made(&returned);
    world.append(OFFICE, release(returned.record.id())).await;
    for batch in [before, after] {
        assert_eq!(world.batch(batch).await.recalls, [recalled].into(), "{batch}");
    }
    assert_eq!(world.refusal(PROCESSOR, pool(Product::DriedTianma, &[after], "1kg")).await.rule, "wrong_stage");
    let pack = json!({"product": "dried_tianma", "net_content": {"unit": "mg", "value": 250_000}});
    let again = || draft(Kind::Pack, pack.clone()).takes(after, "1kg").makes(Product::DriedTianma, "1kg");
    assert_eq!(world.refusal(PROCESSOR, again()).await.rule, "recalled_batch");
    // A recall of packages alone reaches the batch that these packages become.
    let details = json!({"reason": "mislabelled", "scope": "these_only", "stage": "consumer",
        "ranges": [codes(number, 0, 3)]});
    let of_codes = world.append(OFFICE, draft(Kind::Recall, details)).await.record.id();
    let some = made(&world.append(PROCESSOR, back().keeps("500g").ranging(codes(number, 3, 4))).await);
    assert_eq!(world.batch(some).await.recalls, [recalled, of_codes].into());
    let others = made(&world.append(PROCESSOR, back().keeps("500g").ranging(codes(number, 5, 6))).await);
    assert_eq!(world.batch(others).await.recalls, [recalled].into());
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
    world.append(OFFICE, draft(Kind::LiftRecall, json!({"recall": recalled, "reason": "retested"}))).await;
    assert!(world.batch(after).await.recalls.is_empty() && world.batch(others).await.recalls.is_empty());
    assert_eq!(world.batch(some).await.recalls, [of_codes].into());
    world.append(PROCESSOR, again()).await;
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}
