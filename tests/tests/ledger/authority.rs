//! Who may do what, for whom, with whose batches, and when.

use serde_json::json;
use trace_core::id::Stage;
use trace_core::record::{Class, Kind};
use trace_core::tianma::Product;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    COOP, FACTORY, FIRST, FIRST_PLOT, LABORATORY, OFFICE, PROCESSOR, SECOND, SECOND_PLOT, SELLER, World, dry, harvest,
    loss, made, release,
};

pub async fn roles_decide(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(SELLER, "10kg").await;
    let fresh = world.fresh(FACTORY, "10kg").await;
    let inspect = json!({"standard": "other", "results": [{"item": "water", "mg_per_kg": 1}], "verdict": "pass"});
    let party = json!({"party": "pa-0000000000000000", "role": "household"});
    let bottles = json!({"species": "armillaria", "passed": true});
    for (submitter, sheet) in [
        (FACTORY, dry(fresh, "10kg", "3kg")),
        (SELLER, draft(Kind::Inspect, inspect.clone()).names(batch)),
        (FIRST, draft(Kind::RegisterParty, party)),
        (SELLER, draft(Kind::Hold, json!({"reason": "suspicion"})).names(batch)),
        (
            LABORATORY,
            draft(Kind::Recall, json!({"reason": "so2", "scope": "these_only", "stage": "trade"})).names(batch),
        ),
        (PROCESSOR, draft(Kind::Produce, bottles.clone()).makes(Product::ArmillariaBottle, "9瓶")),
        (SELLER, draft(Kind::SetRules, json!({"digest": "0".repeat(64), "version": 2}))),
    ] {
        let kind = sheet.kind;
        let refusal = world.refusal(submitter, sheet).await;
        // The table of a set_rules is asked for before anything else.
        let rule = if kind == Kind::SetRules { "rules_table" } else { "wrong_role" };
        assert_eq!(refusal.rule, rule, "{kind} by {submitter}: {refusal}");
    }
    world.append(FACTORY, draft(Kind::Produce, bottles).makes(Product::ArmillariaBottle, "9瓶")).await;
    world.append(LABORATORY, draft(Kind::Inspect, inspect).names(batch)).await;
    world.append(LABORATORY, draft(Kind::Hold, json!({"reason": "suspicion"})).names(batch)).await;
    let hold = world.batch(batch).await.holds.pop_first().unwrap();
    assert_eq!(world.refusal(LABORATORY, release(hold)).await.rule, "wrong_role");
    let stranger = trace_core::id::PartyId::from_random([77; 10]);
    let refusal = world.refusal(stranger, loss(batch, "1kg")).await;
    assert_eq!((refusal.rule.as_str(), refusal.class), ("unknown_party", Class::NotFound));
}

pub async fn grants_decide_who_types(database: Database) {
    let world = World::found(database.url()).await;
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let second = world.plant(SECOND, SECOND_PLOT, "1亩").await;
    let typed = world.append(COOP, harvest(planting, "10kg", false).of(FIRST)).await;
    assert_eq!((typed.record.actor, typed.record.entered_by), (FIRST, Some(COOP)));
    assert_eq!(world.batch(made(&typed)).await.owner, FIRST);
    // Another kind, another household, another clerk.
    let batch = made(&typed);
    for (clerk, sheet) in [
        (COOP, loss(batch, "1kg").of(FIRST)),
        (COOP, harvest(second, "10kg", false).of(SECOND)),
        (SELLER, harvest(planting, "10kg", false).of(FIRST)),
    ] {
        let refusal = world.refusal(clerk, sheet).await;
        assert_eq!((refusal.rule.as_str(), refusal.class), ("no_grant", Class::Forbidden), "{refusal}");
    }
    // The office may type for anybody.
    world.append(OFFICE, harvest(second, "10kg", false).of(SECOND)).await;
    // A grant of one's own, its last day, its end.
    let grant = json!({"from": SECOND, "to": COOP, "kinds": ["adjust"], "until": "2026-11-20"});
    assert_eq!(world.refusal(COOP, draft(Kind::Grant, grant.clone())).await.rule, "foreign_grant");
    let granted = world.append(SECOND, draft(Kind::Grant, grant)).await.record.id();
    let mine = world.fresh(SECOND, "10kg").await;
    world.append(COOP, loss(mine, "1kg").of(SECOND)).await;
    world.pass_ms(86_400_000);
    assert_eq!(world.refusal(COOP, loss(mine, "1kg").of(SECOND).on("2026-11-21")).await.rule, "no_grant");
    // What is over permits nothing that is dated back, either.
    assert_eq!(world.refusal(COOP, loss(mine, "1kg").of(SECOND)).await.rule, "no_grant");
    let end = || draft(Kind::EndGrant, json!({"grant": granted}));
    assert_eq!(world.refusal(COOP, end()).await.rule, "foreign_grant");
    world.append(OFFICE, end()).await;
    assert_eq!(world.refusal(COOP, loss(mine, "1kg").of(SECOND)).await.rule, "no_grant", "it was ended");
    assert_eq!(world.refusal(SECOND, end()).await.rule, "grant_ended");
    let past = json!({"from": SECOND, "to": COOP, "kinds": ["adjust"], "until": "2026-11-19"});
    assert_eq!(world.refusal(SECOND, draft(Kind::Grant, past)).await.rule, "empty_grant");
}

pub async fn nobody_moves_what_is_not_theirs(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "10kg").await;
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    assert_eq!(world.refusal(SECOND, loss(batch, "1kg")).await.rule, "foreign_batch");
    assert_eq!(world.refusal(SECOND, harvest(planting, "1kg", false)).await.rule, "foreign_batch");
    let seed = world.stock(SECOND, Stage::Seed, Product::SeedTuber, "100kg").await;
    let details = json!({"method": "hole", "form": "wutianma"});
    let sheet = draft(Kind::Plant, details).at(FIRST_PLOT).takes(seed, "100kg").makes(Product::Planting, "0.5亩");
    assert_eq!(world.refusal(SECOND, sheet).await.rule, "foreign_site");
    // A refusal to a stranger shows no amounts.
    let refusal = world.refusal(PROCESSOR, trace_tests::household::receive(batch, "11kg")).await;
    assert_eq!(refusal.rule, "overdraw");
    assert!(!refusal.en.contains("10 kg") && !refusal.zh.contains("10 kg"), "tells a stranger the balance: {refusal}");
}

pub async fn time_has_an_order(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "10kg").await;
    assert_eq!(world.refusal(FIRST, loss(batch, "1kg").on("2026-11-19")).await.rule, "before_its_input");
    assert_eq!(world.refusal(FIRST, loss(batch, "1kg").on("2026-11-21")).await.rule, "future");
    // The clock says 16:00 in China: ten minutes of grace and no more.
    assert_eq!(world.refusal(FIRST, loss(batch, "1kg").on("2026-11-20T16:10:01+08:00")).await.rule, "future");
    assert_eq!(world.refusal(FIRST, loss(batch, "1kg").on("2026-11-20T08:00:00+00:00")).await.rule, "time_zone");
    let taken = world.append(FIRST, loss(batch, "1kg").on("2026-11-20T16:10:00+08:00")).await;
    // The clock may jump back; the log's time does not.
    world.pass_ms(-3_600_000);
    let next = world.append(FIRST, loss(batch, "1kg")).await;
    assert_eq!(next.received_at, taken.received_at);
}
