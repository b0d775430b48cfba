//! Package codes against what the sale batch holds.

use serde_json::{Value, json};
use trace_core::code::IssueNumber;
use trace_core::id::{BatchCode, Stage};
use trace_core::prepare::Draft;
use trace_core::record::{CodeRange, Kind};
use trace_core::state::CodeState;
use trace_core::tianma::Product;
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, RIVAL, SELLER, World, loss, release, void};

fn activate(batch: BatchCode, range: CodeRange) -> Draft {
    draft(Kind::ActivateCodes, json!({"issue": range.issue})).names(batch).ranging(range)
}

fn spoil(batch: BatchCode, range: CodeRange, give_back: bool) -> Draft {
    let details = json!({"issue": range.issue, "reason": "jam", "give_back": give_back});
    draft(Kind::VoidCodes, details).names(batch).ranging(range)
}

async fn sale(world: &World, amount: &str) -> BatchCode {
    let dried = world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, amount).await;
    world.pack(PROCESSOR, dried, amount).await
}

pub async fn codes_take_from_the_batch(database: Database) {
    let world = World::found(database.url()).await;
    let batch = sale(&world, "10kg").await;
    let issue = |count: u32| draft(Kind::IssueCodes, json!({})).counting(count).names(batch);
    assert_eq!(world.refusal(PROCESSOR, issue(41)).await.rule, "overdraw", "41 x 250 g are not in 10 kg");
    assert_eq!(world.refusal(PROCESSOR, issue(0)).await.rule, "codes_count");
    assert_eq!(world.refusal(RIVAL, issue(1)).await.rule, "foreign_batch");
    let number = world.issue_codes(PROCESSOR, batch, 30).await;
    let next = world.issue_codes(PROCESSOR, batch, 10).await;
    assert_eq!((number.get(), next.get()), (1, 2));
    assert_eq!(world.batch(batch).await.remaining(), 0);
    assert_eq!(world.issue(number).await.package_amount, 250_000);
    assert_eq!(world.refusal(PROCESSOR, issue(1)).await.rule, "overdraw");
    assert_eq!(world.refusal(PROCESSOR, loss(batch, "1g")).await.rule, "overdraw");

    world.append(PROCESSOR, activate(batch, codes(number, 0, 9))).await;
    for (range, rule) in [
        (codes(number, 9, 12), "codes_state"),
        (codes(number, 25, 30), "codes_range"),
        (codes(number, 12, 10), "codes_range"),
        (codes(IssueNumber::new(9).unwrap(), 0, 1), "unknown_issue"),
    ] {
        assert_eq!(world.refusal(PROCESSOR, activate(batch, range)).await.rule, rule, "{range:?}");
    }
    // Spoiled labels give their weight back; labels on goods that went out do not.
    world.append(PROCESSOR, spoil(batch, codes(number, 20, 29), true)).await;
    assert_eq!(world.batch(batch).await.remaining(), 2_500_000);
    assert_eq!(world.refusal(PROCESSOR, spoil(batch, codes(number, 29, 29), true)).await.rule, "codes_state");
    assert_eq!(world.refusal(PROCESSOR, activate(batch, codes(number, 20, 20))).await.rule, "codes_state");
    assert_eq!(world.refusal(PROCESSOR, spoil(batch, codes(number, 0, 1), true)).await.rule, "active_codes");
    world.append(PROCESSOR, spoil(batch, codes(number, 0, 1), false)).await;
    assert_eq!(world.batch(batch).await.remaining(), 2_500_000);
    world.issue_codes(PROCESSOR, batch, 10).await;
    assert_eq!(world.refusal(PROCESSOR, issue(1)).await.rule, "overdraw");
    // The pack may not shrink below its codes, nor change what a package holds.
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

/// When the office releases the quarantine of returned goods, their old codes do not come back into circulation:
/// the goods will be packed anew under others.
pub async fn returned_codes_stay_returned(database: Database) {
    let world = World::found(database.url()).await;
    let batch = sale(&world, "10kg").await;
    let number = world.issue_codes(PROCESSOR, batch, 40).await;
    world.append(PROCESSOR, activate(batch, codes(number, 0, 39))).await;
    let send_back = || {
        let sheet = draft(Kind::Return, json!({"reason": "unsold"})).names(batch);
        sheet.keeps("1kg").ranging(codes(number, 0, 3))
    };
    let returned = world.append(PROCESSOR, send_back()).await;
    let quarantine = world.batch(returned.record.outputs[0].batch).await;
    assert_eq!((quarantine.owner, quarantine.made), (PROCESSOR, 1_000_000));
    assert_eq!(quarantine.holds, [returned.record.id()].into());
    let gone = |ranges: &[(CodeState, CodeRange, trace_core::id::RecordId)]| {
        ranges.iter().any(|(state, range, _)| (*state, *range) == (CodeState::Returned, codes(number, 0, 3)))
    };
    assert!(gone(&world.issue(number).await.ranges));
    assert_eq!(world.refusal(PROCESSOR, send_back()).await.rule, "codes_state", "the same packages come back once");
    world.append(OFFICE, release(returned.record.id())).await;
    assert!(world.batch(quarantine.code).await.holds.is_empty());
    assert!(gone(&world.issue(number).await.ranges), "released, the codes are in circulation again");
    assert_eq!(world.refusal(PROCESSOR, send_back()).await.rule, "codes_state");
    // A hold of a range ends with its release.
    let details = json!({"reason": "complaint", "ranges": [codes(number, 10, 12)]});
    let held = world.append(OFFICE, draft(Kind::Hold, details)).await.record.id();
    assert!(world.issue(number).await.ranges.iter().any(|(state, _, _)| *state == CodeState::Held));
    world.append(OFFICE, release(held)).await;
    assert!(!world.issue(number).await.ranges.iter().any(|(state, _, _)| *state == CodeState::Held));
    // More than the packages held does not come back.
    let too_much = draft(Kind::Return, json!({"reason": "unsold"})).names(batch).keeps("1.001kg");
    let too_much = too_much.ranging(codes(number, 20, 23));
    assert_eq!(world.refusal(PROCESSOR, too_much).await.rule, "codes_amount");
    // Goods under codes do not come back by weight: they would get new codes while the old ones still circulate.
    let by_weight = |amount: &str| draft(Kind::Return, json!({"reason": "unsold"})).names(batch).keeps(amount);
    assert_eq!(world.refusal(PROCESSOR, by_weight("1g")).await.rule, "return_without_shipment");
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

/// What left by weight comes back by weight, and no more of it.
pub async fn weight_comes_back_by_weight(database: Database) {
    let world = World::found(database.url()).await;
    let batch = sale(&world, "10kg").await;
    world.issue_codes(PROCESSOR, batch, 20).await;
    let details = json!({"consignee": {"class": "outside_trader"}});
    world.append(PROCESSOR, draft(Kind::Ship, details).takes(batch, "3kg")).await;
    let back = |amount: &str| draft(Kind::Return, json!({"reason": "unsold"})).names(batch).keeps(amount);
    assert_eq!(world.refusal(PROCESSOR, back("3.001kg")).await.rule, "return_too_much");
    world.append(PROCESSOR, back("3kg")).await;
    assert_eq!(world.refusal(PROCESSOR, back("1g")).await.rule, "return_without_shipment");
    let row = world.batch(batch).await;
    assert_eq!((row.returned, row.returned_coded, row.coded), (3_000_000, 0, 5_000_000));
}

/// Packages go to a consignee by their codes: nothing is drawn a second time, and no package goes twice.
pub async fn packages_are_shipped_by_their_codes(database: Database) {
    let world = World::found(database.url()).await;
    let batch = sale(&world, "10kg").await;
    let number = world.issue_codes(PROCESSOR, batch, 40).await;
    assert_eq!(world.batch(batch).await.remaining(), 0);
    let to = |consignee: Value| draft(Kind::Ship, json!({"consignee": consignee, "channel": "e_commerce"}));
    let consumer = || to(json!({"class": "outside_consumer"})).names(batch);
    let by_weight = to(json!({"class": "outside_consumer"})).takes(batch, "1kg");
    assert_eq!(world.refusal(PROCESSOR, by_weight).await.rule, "overdraw");
    let heavier = to(json!({"class": "outside_consumer"})).takes(batch, "1.25kg").ranging(codes(number, 0, 3));
    assert_eq!(world.refusal(PROCESSOR, heavier).await.rule, "codes_amount");
    let beyond = consumer().ranging(codes(number, 36, 40));
    assert_eq!(world.refusal(PROCESSOR, beyond).await.rule, "codes_range");
    let other = sale(&world, "1kg").await;
    let elsewhere = to(json!({"class": "outside_consumer"})).takes(other, "1kg").ranging(codes(number, 0, 3));
    assert_eq!(world.refusal(PROCESSOR, elsewhere).await.rule, "codes_range");

    let sent = world.append(PROCESSOR, consumer().ranging(codes(number, 0, 9))).await;
    let amounts =
        world.store().openings(&[sent.record.id()], trace_core::record::sealed::Group::Amounts).await.unwrap();
    assert_eq!(amounts[0].value["inputs"][0]["value"], 2_500_000, "computed from the codes");
    let row = world.batch(batch).await;
    assert_eq!((row.remaining(), row.allotted, row.coded), (0, 0, 10_000_000));
    assert_eq!(world.refusal(PROCESSOR, consumer().ranging(codes(number, 9, 11))).await.rule, "codes_state");
    assert_eq!(world.refusal(PROCESSOR, spoil(batch, codes(number, 9, 9), true)).await.rule, "active_codes");
    world.append(PROCESSOR, activate(batch, codes(number, 0, 39))).await;

    // A seller that gets them books no batch of its own: it could label the same goods anew.
    let sent_on =
        world.append(PROCESSOR, to(json!({"party": SELLER})).names(batch).ranging(codes(number, 10, 19))).await;
    let details = json!({"condition": "good", "ship": sent_on.record.id()});
    let booked = draft(Kind::Receive, details).takes(batch, "2.5kg").keeps("2.5kg");
    assert_eq!(world.refusal(SELLER, booked).await.rule, "not_in_shipment");
    // A voided shipment lets them go again; what came back does not go out under its old codes.
    world.append(PROCESSOR, void(sent_on.record.id())).await;
    world.append(PROCESSOR, consumer().ranging(codes(number, 10, 19))).await;
    let back =
        draft(Kind::Return, json!({"reason": "unsold"})).names(batch).keeps("250g").ranging(codes(number, 10, 10));
    world.append(PROCESSOR, back).await;
    let row = world.batch(batch).await;
    assert_eq!((row.returned, row.returned_coded), (250_000, 250_000));
    assert_eq!(world.refusal(PROCESSOR, consumer().ranging(codes(number, 10, 10))).await.rule, "codes_state");
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

/// A record of a stranger with this own or foreign batch and this range of codes.
type Probe = fn(BatchCode, BatchCode, CodeRange) -> Draft;

/// How many codes an issue has tells how much was packed, and is sealed: who has nothing to do with it gets one and the same
/// answer whether a range lies inside or outside, and no number. Its owner is told the bounds and what became of the codes.
pub async fn counts_are_told_to_their_owner_alone(database: Database) {
    let world = World::found(database.url()).await;
    let batch = sale(&world, "10kg").await;
    let number = world.issue_codes(PROCESSOR, batch, 37).await;
    let dried = world.stock(RIVAL, Stage::Processing, Product::DriedTianma, "1kg").await;
    let own = world.pack(RIVAL, dried, "1kg").await;
    let probes: [(&str, Probe); 4] = [
        ("activate", |own, _, range| activate(own, range)),
        ("void", |own, _, range| spoil(own, range, false)),
        ("ship", |own, _, range| {
            let details = json!({"consignee": {"class": "outside_consumer"}});
            draft(Kind::Ship, details).takes(own, "250g").ranging(range)
        }),
        ("return", |_, foreign, range| {
            draft(Kind::Return, json!({"reason": "unsold"})).names(foreign).keeps("250g").ranging(range)
        }),
    ];
    for (what, probe) in probes {
        let mut answers = Vec::new();
        // The last one that there is, and the first that is not.
        for index in [36, 37] {
            let refusal = world.refusal(RIVAL, probe(own, batch, codes(number, index, index))).await;
            let asked = index.to_string();
            let words = [&refusal.zh, &refusal.en].map(|text| text.replace(&asked, "N"));
            assert!(words.iter().all(|text| !text.contains("36") && !text.contains("37")), "{what}: {refusal}");
            answers.push((refusal.rule, refusal.place, words));
        }
        assert_eq!(answers[0], answers[1], "{what} tells where the issue ends");
    }
    let refusal = world.refusal(PROCESSOR, activate(batch, codes(number, 30, 37))).await;
    assert!(refusal.en.contains("30-37") && refusal.en.contains("0-36"), "{refusal}");
    world.append(PROCESSOR, activate(batch, codes(number, 5, 9))).await;
    let refusal = world.refusal(PROCESSOR, activate(batch, codes(number, 8, 12))).await;
    assert!(refusal.en.contains("8-12") && refusal.en.contains("5-9") && refusal.en.contains("active"), "{refusal}");
    let other = sale(&world, "1kg").await;
    let refusal = world.refusal(PROCESSOR, activate(other, codes(number, 0, 0))).await;
    assert!(refusal.en.contains(&batch.to_string()), "names the batch that it is of: {refusal}");
}
