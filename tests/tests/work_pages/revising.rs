//! Records are set right on their pages: day, amounts, details and attributes, kind by kind.

use serde_json::{Value, json};
use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
use trace_core::prepare::Draft;
use trace_core::quantity::Quantity;
use trace_core::record::Kind;
use trace_core::tianma::{Form, Grade, Product, SizeClass};
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    FACTORY, FIRST, FIRST_PLOT, NURSERY, OFFICE, PROCESSOR, RIVAL, SELLER, dry, harvest, made,
};

use crate::desk::{Desk, Page, token};

/// The correction's form with these fields changed; the rest is sent by a browser as it stands, and kept if it is not.
async fn correct(desk: &Desk, party: PartyId, record: RecordId, changes: &[(&str, &str)]) -> Page {
    let address = format!("/app/records/{record}/correct");
    let page = desk.get(party, &address).await;
    assert_eq!(page.status, 200, "{}", page.body);
    for (name, _) in changes {
        assert!(page.body.contains(&format!("name=\"{name}\"")), "{name} is not asked: {}", page.body);
    }
    let uid = page.value("uid");
    let fields: Vec<(&str, &str)> = std::iter::once(("uid", &*uid)).chain(changes.iter().copied()).collect();
    desk.post(party, &address, &fields).await
}

fn ship(batch: BatchCode, amount: &str) -> Draft {
    draft(Kind::Ship, json!({"consignee": {"party": SELLER}})).takes(batch, amount)
}

/// The details that the record states now.
async fn details(desk: &Desk, record: RecordId) -> Value {
    let view = desk.world.ledger.record(record, None).await.expect("a store").expect("a record");
    serde_json::to_value(view.entry.record.details.stated()).expect("the details")
}

async fn maker(desk: &Desk, batch: BatchCode) -> RecordId {
    desk.world.batch(batch).await.record
}

pub async fn a_planting_and_its_harvest(database: Database) {
    let desk = Desk::open(database).await;
    let planting = desk.world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let record = maker(&desk, planting).await;
    desk.get(FIRST, &format!("/app/records/{record}")).await.says(200, ">Correct</a>");
    let changes = [
        ("date", "2025-11-25"),
        ("d-form", "hongtianma"),
        ("d-method", "imitation_wild"),
        ("out-0", "1.5亩"),
        ("in-0", "480 kg"),
    ];
    let record = correct(&desk, FIRST, record, &changes).await.record();
    let said = details(&desk, record).await;
    assert_eq!((&said["form"], &said["method"]), (&json!("hongtianma"), &json!("imitation_wild")));
    let row = desk.world.batch(planting).await;
    assert_eq!((row.made, row.attributes.form), (10_000_000, Some(Form::Hongtianma)), "the batch follows");
    assert_eq!(desk.world.record(record).await.occurred_at.to_string(), "2025-11-25");
    // A day after its use is refused beside the day, in the reader's language.
    let harvest = harvest(planting, "100kg", false).on("2026-11-17");
    let harvest = made(&desk.world.append(FIRST, harvest).await);
    let late = [("uid", desk.uid()), ("date", "2026-11-19".to_owned())];
    let address = format!("/app/records/{record}/correct");
    let zh = desk.post_in(FIRST, &address, &late, "zh", &token(FIRST)).await;
    zh.says(422, "不能晚于它").says(422, "aria-describedby=\"date-wrong\"").says(422, "value=\"2026-11-19\"");
    // What it is called by changes with it, and a list says what may be chosen.
    let record = maker(&desk, harvest).await;
    let changes = [("d-season", "chunma"), ("a0-form", "hongtianma"), ("out-0", "90公斤")];
    let record = correct(&desk, FIRST, record, &changes).await.record();
    assert_eq!(details(&desk, record).await["season"], json!("chunma"));
    assert_eq!(desk.world.batch(harvest).await.made, 90_000_000);
    let same = correct(&desk, FIRST, record, &[("out-0", "90公斤")]).await;
    same.says(422, "nothing was changed");
    let wrong = correct(&desk, FIRST, record, &[("date", "soon")]).await;
    wrong.says(422, "&#39;soon&#39; is no date").says(422, "value=\"soon\"");
}

pub async fn packages_and_their_shipment(database: Database) {
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let sale = desk.world.pack(PROCESSOR, dried, "8kg").await;
    let changes = [
        ("d-net_content", "500克"),
        ("d-shelf_life_months", "24"),
        ("d-gtin", "6901234567892"),
        ("in-0", "9公斤"),
        ("out-0", "9公斤"),
    ];
    let record = maker(&desk, sale).await;
    let wrong = correct(&desk, PROCESSOR, record, &[("d-gtin", "690"), ("d-shelf_life_months", "two")]).await;
    wrong.says(422, "id=\"d-gtin-wrong\"").says(422, "id=\"d-shelf_life_months-wrong\"").says(422, "value=\"two\"");
    let heavy = correct(&desk, PROCESSOR, record, &[("d-net_content", "5000 kg")]).await;
    heavy.says(422, "id=\"d-net_content-wrong\"").says(422, "check the unit");
    let over = correct(&desk, PROCESSOR, record, &[("in-0", "11公斤"), ("out-0", "11公斤")]).await;
    over.says(422, "id=\"in-0-wrong\"");
    let record = correct(&desk, PROCESSOR, record, &changes).await.record();
    let row = desk.world.batch(sale).await;
    assert_eq!((row.made, row.attributes.shelf_life_months), (9_000_000, Some(24)));
    assert_eq!(row.attributes.net_content.map(Quantity::value), Some(500_000), "what codes are issued by");
    assert_eq!(row.attributes.gtin.map(|gtin| gtin.to_string()), Some("06901234567892".to_owned()));
    assert_eq!(desk.world.batch(dried).await.remaining(), 1_000_000);
    let record = correct(&desk, PROCESSOR, record, &[("d-gtin", "")]).await.record();
    assert_eq!(details(&desk, record).await.get("gtin"), None, "left empty it is gone");
    // What the two sides agreed is corrected by them, and goes on unread where the office corrects.
    let mut sheet = ship(sale, "4kg");
    sheet.terms = Some(json!({"price_fen_per_kg": 12_345, "conditions": "货到付款"}));
    let ship = desk.world.append(PROCESSOR, sheet).await.record.id();
    let changes = [("in-0", "5公斤"), ("d-channel", "e_commerce"), ("price", "120元/公斤")];
    let ship = correct(&desk, PROCESSOR, ship, &changes).await.record();
    assert_eq!(desk.world.batch(sale).await.allotted, 5_000_000);
    desk.get(SELLER, &format!("/app/records/{ship}")).await.says(200, "120 yuan a kg").says(200, "货到付款");
    let page = desk.get(OFFICE, &format!("/app/records/{ship}/correct")).await;
    assert!(page.status == 200 && !page.body.contains("货到付款") && !page.body.contains("price"), "{}", page.body);
    let ship = correct(&desk, OFFICE, ship, &[("in-0", "6公斤")]).await.record();
    desk.get(SELLER, &format!("/app/records/{ship}")).await.says(200, "120 yuan a kg").says(200, "货到付款");
    desk.get(OFFICE, &format!("/app/records/{ship}")).await.says(200, "6 kg");
    assert_eq!(desk.get(RIVAL, &format!("/app/records/{ship}/correct")).await.status, 404);
}

pub async fn lots_and_goods_from_elsewhere(database: Database) {
    let desk = Desk::open(database).await;
    let produced = |details: Value, product, amount: &str| draft(Kind::Produce, details).makes(product, amount);
    let fungus = json!({"species": "armillaria", "strain": "A9", "passed": true});
    let fungus = desk.world.append(FACTORY, produced(fungus, Product::ArmillariaBottle, "1000瓶")).await;
    let changes = [("d-strain", "A10"), ("out-0", "900瓶"), ("date", "2026-11-18")];
    correct(&desk, FACTORY, fungus.record.id(), &changes).await.record();
    let row = desk.world.batch(made(&fungus)).await;
    assert_eq!((row.made, row.attributes.strain.map(|name| name.to_string())), (900, Some("A10".to_owned())));
    assert_eq!(row.occurred_at.to_string(), "2026-11-18");
    let seed = json!({"generation": "g1", "size_class": "mima", "passed": true});
    let seed = desk.world.append(NURSERY, produced(seed, Product::SeedTuber, "100kg")).await;
    let changes = [("d-size_class", "baima"), ("a0-form", "wutianma"), ("a0-source", "unified_supply")];
    correct(&desk, NURSERY, seed.record.id(), &changes).await.record();
    let row = desk.world.batch(made(&seed)).await;
    assert_eq!((row.attributes.size_class, row.attributes.form), (Some(SizeClass::Baima), Some(Form::Wutianma)));
    let bought = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let record = maker(&desk, bought).await;
    let nowhere = correct(&desk, PROCESSOR, record, &[("d-origin", "outside")]).await;
    assert_eq!(nowhere.status, 422, "{}", nowhere.body);
    assert!(nowhere.body.contains("id=\"d-place-wrong\""), "{}", nowhere.body);
    let changes = [("d-origin", "outside"), ("d-place", "陕西宁强"), ("a0-grade", "first"), ("out-0", "12公斤")];
    let record = correct(&desk, PROCESSOR, record, &changes).await.record();
    assert_eq!(details(&desk, record).await, json!({"origin": "outside", "place": "陕西宁强"}));
    let row = desk.world.batch(bought).await;
    assert_eq!((row.made, row.attributes.grade), (12_000_000, Some(Grade::First)));
}

pub async fn work_and_what_came_back(database: Database) {
    let desk = Desk::open(database).await;
    let fresh = desk.world.fresh(PROCESSOR, "100kg").await;
    let dried = desk.world.append(PROCESSOR, dry(fresh, "100kg", "25kg")).await;
    let changes = [
        ("d-temperatures-min_celsius", "55"),
        ("d-temperatures-max_celsius", "65"),
        ("d-hours", "48"),
        ("a0-grade", "second"),
        ("out-0", "26公斤"),
    ];
    let half = correct(&desk, PROCESSOR, dried.record.id(), &changes[..1]).await;
    half.says(422, "id=\"d-temperatures-m");
    let record = correct(&desk, PROCESSOR, dried.record.id(), &changes).await.record();
    let said = details(&desk, record).await;
    assert_eq!(said["temperatures"], json!({"min_celsius": 55, "max_celsius": 65}));
    assert_eq!(desk.world.batch(made(&dried)).await.attributes.grade, Some(Grade::Second));
    let shipment = desk.world.append(PROCESSOR, ship(made(&dried), "10kg")).await.record.id();
    let sheet = draft(Kind::Return, json!({"reason": "unsold", "ship": shipment})).names(made(&dried)).keeps("4kg");
    let returned = desk.world.append(PROCESSOR, sheet).await;
    let changes = [("out-0", "5公斤"), ("d-reason", "damaged")];
    let record = correct(&desk, PROCESSOR, returned.record.id(), &changes).await.record();
    assert_eq!(details(&desk, record).await["reason"], json!("damaged"));
    assert_eq!(desk.world.batch(made(&returned)).await.made, 5_000_000);
    // What no page corrects says so.
    let details = json!({"basis": "own_test", "wording_version": 1});
    let certificate = desk.world.append(PROCESSOR, draft(Kind::Certify, details).names(made(&dried))).await;
    let address = format!("/app/records/{}/correct", certificate.record.id());
    desk.get(PROCESSOR, &address).await.says(409, "cannot be corrected here");
}

pub async fn amounts_of_no_batch_stay(database: Database) {
    let desk = Desk::open(database).await;
    let passed = json!({"species": "armillaria", "passed": true});
    let lot = draft(Kind::Produce, passed).makes(Product::ArmillariaBottle, "100瓶").on("2026-11-10");
    let lot = Draft { contaminated: Some("7瓶".to_owned()), ..lot };
    let record = desk.world.append(FACTORY, lot).await.record.id();
    let record = correct(&desk, FACTORY, record, &[("date", "2026-11-09")]).await.record();
    // What was forgotten at first is said later.
    let record = correct(&desk, FACTORY, record, &[("d-inoculated_on", "2026-11-01")]).await.record();
    assert_eq!(details(&desk, record).await["inoculated_on"], json!("2026-11-01"));
    let kept = desk.world.ledger.amounts(record).await.expect("a store").expect("amounts");
    assert_eq!(kept.contaminated.expect("the bottles").typed(), "7瓶");
}
