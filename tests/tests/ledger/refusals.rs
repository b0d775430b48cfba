//! A refusal shows what was received beside what would be right, in both languages: one of each kind that names something.

use serde_json::{Value, json};
use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
use trace_core::prepare::Draft;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    COOP, FACTORY, FIRST, FIRST_PLOT, LABORATORY, NURSERY, OFFICE, PROCESSOR, RIVAL, SECOND, SELLER, World, correction,
    dry, harvest, loss, made, receive, release, void,
};
use trace_tests::refusals::shows;

const NOBODY: &str = "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a";

async fn refused<const N: usize>(world: &World, by: PartyId, sheet: Draft, rule: &str, words: [&dyn ToString; N]) {
    let words = words.map(ToString::to_string);
    shows(&world.refusal(by, sheet).await, rule, &words.each_ref().map(String::as_str));
}

fn id() -> RecordId {
    NOBODY.parse().unwrap()
}

fn ship(to: &Value, batch: BatchCode, amount: &str) -> Draft {
    draft(Kind::Ship, json!({"consignee": to})).takes(batch, amount)
}

fn received(shipment: RecordId, batch: BatchCode, amount: &str) -> Draft {
    draft(Kind::Receive, json!({"condition": "good", "ship": shipment})).takes(batch, amount).keeps(amount)
}

fn packing(dried: BatchCode, net_mg: u32) -> Draft {
    let details = json!({"product": "dried_tianma", "net_content": {"unit": "mg", "value": net_mg}});
    draft(Kind::Pack, details).takes(dried, "10kg").makes(Product::DriedTianma, "10kg")
}

pub async fn of_versions(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let first = world.append(FIRST, loss(batch, "1kg")).await;
    let old = first.record.id();
    refused(&world, FIRST, void(id()), "unknown_record", [&NOBODY]).await;
    refused(&world, SECOND, void(old), "foreign_record", [&old, &SECOND]).await;
    let second = world.append(FIRST, correction(&first, loss(batch, "2kg"))).await.record.id();
    refused(&world, FIRST, correction(&first, loss(batch, "3kg")), "stale_version", [&old, &second]).await;
    world.append(FIRST, void(second)).await;
    refused(&world, FIRST, void(second), "stale_version", [&second]).await;

    let mut stale = loss(batch, "1kg");
    stale.inputs[0].record = Some(id());
    let newest = world.batch(batch).await.record;
    refused(&world, FIRST, stale, "stale_input", [&batch, &NOBODY, &newest]).await;

    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let dug = world.append(FIRST, harvest(planting, "10kg", false)).await;
    world.append(FIRST, dry(made(&dug), "10kg", "2kg").on("2026-11-20")).await;
    let mut moved = correction(&dug, harvest(planting, "10kg", false));
    moved.outputs[0].batch = Some(batch.to_string());
    refused(&world, FIRST, moved, "other_outputs", [&batch, &made(&dug)]).await;
    // Less than what was used of it, told to the owner.
    let less = correction(&dug, harvest(planting, "9kg", false));
    refused(&world, FIRST, less, "below_drawn", [&made(&dug), &"9 kg", &"10 kg"]).await;
    let early = world.append(FIRST, harvest(planting, "10kg", false).on("2026-11-18")).await;
    world.append(FIRST, loss(made(&early), "1kg").on("2026-11-19")).await;
    let late = correction(&early, harvest(planting, "10kg", false)).on("2026-11-20");
    refused(&world, FIRST, late, "after_its_use", [&made(&early), &"2026-11-19", &"2026-11-20"]).await;
}

pub async fn of_amounts(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    for typed in ["-5kg", "0kg", "99999999999t", "1.kg", "3斤20两"] {
        refused(&world, FIRST, loss(batch, typed), "quantity", [&typed]).await;
    }
    refused(&world, FIRST, dry(batch, "10kg", "3kg").covering("2亩"), "amount_unexpected", [&"2亩"]).await;
    let certificate = draft(Kind::Certify, json!({"basis": "own_test", "wording_version": 1}));
    refused(&world, FIRST, certificate.takes(batch, "7kg"), "amount_unexpected", [&"7kg"]).await;
    let noon = "2026-11-20T10:00:00+09:00";
    refused(&world, FIRST, loss(batch, "1kg").on(noon), "time_zone", [&"+09:00", &"+08:00"]).await;
    // A neighbour is shown what he asked for, never what is there.
    refused(&world, PROCESSOR, receive(batch, "101kg"), "overdraw", [&batch, &"101 kg"]).await;
    let refusal = world.refusal(PROCESSOR, receive(batch, "101kg")).await;
    assert!(!refusal.en.contains("100 kg") && !refusal.zh.contains("100 kg"), "{refusal:?}");

    let planting = world.plant(FIRST, FIRST_PLOT, "2亩").await;
    world.append(FIRST, harvest(planting, "999kg", false)).await;
    let record = world.batch(planting).await.record;
    let row = world.record(record).await;
    let details = json!({"kind": "plant", "details": {"method": "under_forest", "form": "wutianma"}});
    let mut smaller = draft(Kind::Correct, details).at(FIRST_PLOT).on("2025-11-20").replacing(record);
    for effect in &row.effects {
        if let trace_core::balance::Effect::Draw { batch, amount } = *effect {
            let unit = if batch.stage() == Stage::Seed { "mg" } else { "瓶" };
            smaller = smaller.takes(batch, &format!("{amount}{unit}"));
        }
    }
    smaller = smaller.makes(Product::Planting, "0.5亩");
    smaller.outputs[0].batch = Some(planting.to_string());
    refused(&world, FIRST, smaller, "yield", [&"999 kg", &"1100"]).await;
    world.append(FIRST, harvest(planting, "1kg", true)).await;
    refused(&world, FIRST, harvest(planting, "1kg", false), "planting_closed", [&planting]).await;

    let bottle = world.stock(FIRST, Stage::Fungus, Product::ArmillariaBottle, "9瓶").await;
    let details = json!({"method": "hole", "form": "wutianma"});
    let seedless = draft(Kind::Plant, details).at(FIRST_PLOT).takes(bottle, "9瓶").makes(Product::Planting, "1亩");
    refused(&world, FIRST, seedless, "seed_missing", [&bottle]).await;
}

pub async fn of_trade(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let others = world.fresh(SECOND, "100kg").await;
    let to = |party: PartyId| json!({"party": party});
    refused(&world, FIRST, ship(&to(FIRST), batch, "1kg"), "ship_to_self", [&FIRST]).await;
    refused(&world, FIRST, receive(batch, "1kg"), "own_batch", [&batch, &FIRST]).await;
    let both = receive(batch, "1kg").takes(others, "1kg");
    refused(&world, PROCESSOR, both, "several_sellers", [&batch, &others]).await;
    let mut changed = receive(batch, "1kg");
    changed.outputs[0].product = Some(Product::WashedTianma);
    changed.outputs[0].stage = Some(Stage::Processing);
    let refusal = world.refusal(PROCESSOR, changed).await;
    shows(&refusal, "receive_changes", &[]);
    assert!(refusal.zh.contains("加工") && refusal.en.contains("washed_tianma"), "{refusal:?}");
    let mut form = receive(batch, "1kg");
    form.outputs[0].attributes.form = Some(trace_core::tianma::Form::Hongtianma);
    let refusal = world.refusal(PROCESSOR, form).await;
    shows(&refusal, "form_contradicts", &[&batch.to_string()]);
    assert!(refusal.zh.contains("红天麻") && refusal.en.contains("wutianma"), "{refusal:?}");

    let first = world.append(FIRST, ship(&to(PROCESSOR), batch, "60kg")).await;
    let sent = first.record.id();
    refused(&world, RIVAL, received(sent, batch, "1kg"), "other_consignee", [&sent, &RIVAL]).await;
    refused(&world, PROCESSOR, received(id(), batch, "1kg"), "unknown_shipment", [&NOBODY]).await;
    world.append(PROCESSOR, received(sent, batch, "25kg")).await;
    let small = correction(&first, ship(&to(PROCESSOR), batch, "24kg"));
    refused(&world, FIRST, small, "below_drawn", [&"24 kg", &"25 kg"]).await;
    let spare = world.fresh(FIRST, "9kg").await;
    let left_out = correction(&first, ship(&to(PROCESSOR), spare, "5kg"));
    refused(&world, FIRST, left_out, "still_used", [&sent]).await;
    let elsewhere = correction(&first, ship(&to(RIVAL), batch, "60kg"));
    refused(&world, FIRST, elsewhere, "consignee_settled", [&PROCESSOR, &RIVAL]).await;
    refused(&world, FIRST, void(sent), "still_used", [&sent]).await;

    let confirm = |record: RecordId| draft(Kind::Confirm, json!({"record": record}));
    refused(&world, FIRST, confirm(id()), "unknown_record", [&NOBODY]).await;
    let refusal = world.refusal(FIRST, confirm(sent)).await;
    shows(&refusal, "not_a_receipt", &[&sent.to_string()]);
    assert!(refusal.zh.contains("发货") && refusal.en.contains("'ship'"), "{refusal:?}");
    let open = world.receive(RIVAL, batch, "1kg").await.record.id();
    refused(&world, SECOND, confirm(open), "not_the_seller", [&open, &SECOND]).await;
    world.append(FIRST, confirm(open)).await;
    refused(&world, FIRST, confirm(open), "nothing_to_confirm", [&open]).await;

    let back =
        |ship: RecordId| draft(Kind::Return, json!({"reason": "unsold", "ship": ship})).names(batch).keeps("1kg");
    refused(&world, FIRST, back(id()), "unknown_shipment", [&NOBODY]).await;
    refused(&world, RIVAL, back(sent), "not_yours_to_return", [&batch, &RIVAL]).await;
    let mut other = back(sent);
    other.outputs[0].product = Some(Product::SeedTuber);
    other.outputs[0].stage = Some(Stage::Harvest);
    let refusal = world.refusal(FIRST, other).await;
    assert!(matches!(refusal.rule.as_str(), "receive_changes" | "product_stage"), "{refusal:?}");
    assert!(refusal.en.contains("seed_tuber"), "{refusal:?}");
}

pub async fn of_codes(database: Database) {
    let world = World::found(database.url()).await;
    let dried = world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "50kg").await;
    let packed = world.append(PROCESSOR, packing(dried, 250_000)).await;
    let sale = made(&packed);
    let issuing = |details: Value, count: u32| draft(Kind::IssueCodes, details).counting(count).names(sale);
    refused(&world, PROCESSOR, issuing(json!({"issue": 7}), 4), "issue_number", [&"7", &"1"]).await;
    refused(&world, PROCESSOR, issuing(json!({}), 0), "codes_count", [&"0", &"134217728"]).await;
    let bare = world.stock(PROCESSOR, Stage::Sale, Product::DriedTianma, "5kg").await;
    let unpacked = draft(Kind::IssueCodes, json!({})).counting(4).names(bare);
    refused(&world, PROCESSOR, unpacked, "net_content", [&bare]).await;
    let range = draft(Kind::IssueCodes, json!({})).takes(sale, "1kg");
    let wrong = codes(trace_core::code::IssueNumber::new(1).unwrap(), 3, 7);
    refused(&world, PROCESSOR, range.ranging(wrong), "codes_range", [&"3-7"]).await;
    let range = draft(Kind::IssueCodes, json!({})).takes(sale, "2kg");
    let fitting = codes(trace_core::code::IssueNumber::new(1).unwrap(), 0, 3);
    refused(&world, PROCESSOR, range.ranging(fitting), "codes_amount", [&"0.25 kg", &"1 kg", &"2 kg"]).await;

    let issue = world.issue_codes(PROCESSOR, sale, 8).await;
    let larger = correction(&packed, packing(dried, 500_000));
    refused(&world, PROCESSOR, larger, "net_content_printed", [&sale, &"0.25 kg", &"0.5 kg"]).await;
    let activate = |of: u32| draft(Kind::ActivateCodes, json!({"issue": of})).names(sale);
    let other = codes(trace_core::code::IssueNumber::new(2).unwrap(), 0, 3);
    refused(&world, PROCESSOR, activate(issue.get()).ranging(other), "codes_range", [&issue, &"0-3", &"2"]).await;
    world.append(PROCESSOR, activate(issue.get()).ranging(codes(issue, 0, 3))).await;
    let spoilt = draft(Kind::VoidCodes, json!({"issue": issue, "reason": "jam", "give_back": true})).names(sale);
    refused(&world, PROCESSOR, spoilt.ranging(codes(issue, 2, 5)), "active_codes", [&"2-5", &"0-3"]).await;
    let sent = ship(&json!({"party": SELLER}), sale, "2kg").ranging(codes(issue, 0, 3));
    refused(&world, PROCESSOR, sent, "codes_amount", [&"1 kg", &"2 kg"]).await;
    let dried = dry(world.fresh(PROCESSOR, "10kg").await, "10kg", "2kg").ranging(codes(issue, 0, 3));
    refused(&world, PROCESSOR, dried, "amount_unexpected", [&"0-3"]).await;
    let hold = draft(Kind::Hold, json!({"reason": "complaint", "ranges": [codes(issue, 4, 99)]}));
    refused(&world, LABORATORY, hold, "codes_range", [&"4-99", &issue]).await;
    let back = draft(Kind::Return, json!({"reason": "unsold"})).names(sale).keeps("1kg").ranging(codes(issue, 0, 3));
    refused(&world, RIVAL, back, "not_yours_to_return", [&sale, &RIVAL]).await;
}

pub async fn of_oversight(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let made_by = world.batch(batch).await.record;
    refused(&world, OFFICE, release(made_by), "nothing_held", [&made_by]).await;
    refused(&world, OFFICE, release(id()), "unknown_record", [&NOBODY]).await;
    let lift = |recall: RecordId| draft(Kind::LiftRecall, json!({"recall": recall, "reason": "retested"}));
    let refusal = world.refusal(OFFICE, lift(made_by)).await;
    shows(&refusal, "not_a_recall", &[&made_by.to_string()]);
    assert!(refusal.en.contains("'bring_in'"), "{refusal:?}");
    let dispute = |record: RecordId| draft(Kind::Dispute, json!({"record": record, "reason": "wrong_weight"}));
    refused(&world, RIVAL, dispute(made_by), "not_named", [&made_by, &RIVAL]).await;
    world.append(FIRST, dispute(made_by)).await;
    refused(&world, FIRST, dispute(made_by), "nothing_to_dispute", [&made_by]).await;
    let held = world.fresh(FIRST, "9kg").await;
    world.append(OFFICE, draft(Kind::Hold, json!({"reason": "suspicion"})).names(held)).await;
    let gain = draft(Kind::Adjust, json!({"reason": "stock_take", "direction": "more"})).takes(held, "1kg");
    let refusal = world.refusal(FIRST, gain).await;
    shows(&refusal, "held_batch", &[&held.to_string()]);
    assert!(refusal.zh.contains("冻结") && refusal.en.contains("is held"), "{refusal:?}");
    let erase = |party: PartyId| draft(Kind::Erase, json!({"party": party, "reason": "requested"}));
    refused(&world, RIVAL, erase(SECOND), "foreign_erasure", [&RIVAL, &SECOND]).await;
    refused(&world, OFFICE, erase(OFFICE), "office_not_erased", [&OFFICE]).await;
    let (again, bytes, version) = trace_tests::household::builtin_rules();
    let set = draft(Kind::SetRules, json!({"digest": again, "version": version})).numbered(world.uid());
    let item = trace_server::ledger::Item::Draft { draft: Box::new(set), rules_table: Some(bytes) };
    let request = trace_tests::household::request(OFFICE, vec![item]);
    match world.ledger.append(request).await {
        Err(trace_server::ledger::AppendError::Refused(refusal)) => {
            shows(&refusal, "rules_version", &[&version.to_string()]);
        }
        other => panic!("{other:?}"),
    }
}

pub async fn of_parties(database: Database) {
    let world = World::found(database.url()).await;
    let grant = |from: PartyId, to: PartyId, until: &str| {
        draft(Kind::Grant, json!({"from": from, "to": to, "kinds": ["harvest"], "until": until}))
    };
    let later = "2027-12-31";
    refused(&world, FIRST, grant(FIRST, FIRST, later), "empty_grant", [&FIRST]).await;
    let past = grant(FIRST, COOP, "2026-11-19");
    refused(&world, FIRST, past, "empty_grant", [&"2026-11-19", &"2026-11-20"]).await;
    refused(&world, RIVAL, grant(FIRST, RIVAL, later), "foreign_grant", [&FIRST, &RIVAL]).await;
    let given = world.append(FIRST, grant(FIRST, SECOND, later)).await.record.id();
    let end = |grant: RecordId| draft(Kind::EndGrant, json!({"grant": grant}));
    refused(&world, FIRST, end(id()), "unknown_grant", [&NOBODY]).await;
    refused(&world, RIVAL, end(given), "foreign_grant", [&given, &RIVAL]).await;
    world.append(FIRST, end(given)).await;
    refused(&world, FIRST, end(given), "grant_ended", [&given]).await;

    let party = |id: PartyId, role: &str| {
        draft(Kind::RegisterParty, json!({"party": id, "role": role, "village": "小草坝", "organisation": "合作社"}))
    };
    let rows = world.store().load(&[COOP, NURSERY].map(trace_core::state::Key::Party).into()).await.unwrap().0;
    let newest = |party: PartyId| {
        let row = rows.iter().find_map(|row| match row {
            trace_core::state::Row::Party(row) if row.id == party => Some(row.record),
            _ => None,
        });
        row.unwrap()
    };
    let role = world.refusal(OFFICE, party(COOP, "seller").replacing(newest(COOP))).await;
    shows(&role, "other_subject", &[&COOP.to_string()]);
    assert!(role.zh.contains("合作社") && role.en.contains("seller"), "{role:?}");
    let other = party(COOP, "coop").replacing(newest(NURSERY));
    refused(&world, OFFICE, other, "other_subject", [&COOP, &newest(NURSERY), &newest(COOP)]).await;
    let site = |owner: PartyId| {
        draft(Kind::RegisterSite, json!({"site": FIRST_PLOT, "party": owner, "kind": "plot"})).covering("9亩")
    };
    let registered = world.site(FIRST_PLOT).await.record;
    refused(&world, OFFICE, site(SECOND).replacing(registered), "other_subject", [&FIRST_PLOT, &FIRST, &SECOND]).await;
    let bottles = draft(Kind::Produce, json!({"species": "mycena", "passed": true}));
    let refusal = world.refusal(FACTORY, bottles.makes(Product::ArmillariaBottle, "9瓶")).await;
    shows(&refusal, "produce_contradicts", &[]);
    assert!(refusal.en.contains("mycena") && refusal.zh.contains("蜜环菌"), "{refusal:?}");
}
