//! Stock that comes from elsewhere or differs from the books, ranges of codes, and who may write for whom.

use trace_core::id::Stage;
use trace_core::state::CodeState;
use trace_core::tianma::Product;
use trace_tests::drafting::DAY;
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FIRST, OFFICE, PROCESSOR, RIVAL, SECOND, SECOND_PLOT};

use crate::desk::Desk;

pub async fn goods_from_elsewhere_say_so(database: Database) {
    let desk = Desk::open(database).await;
    desk.get(PROCESSOR, "/app/bring-in").await.says(200, "shows their share and no mark of origin");
    let fields = |origin: &str, amount: &str, place: &str| {
        [
            ("uid", desk.uid()),
            ("product", "dried_tianma".to_owned()),
            ("amount", amount.to_owned()),
            ("origin", origin.to_owned()),
            ("place", place.to_owned()),
            ("form", "hongtianma".to_owned()),
            ("date", DAY.to_owned()),
            ("price", "60元/斤".to_owned()),
        ]
    };
    let post = async |fields: &[(&str, String)]| desk.post(PROCESSOR, "/app/bring-in", fields).await;
    post(&fields("outside", "300公斤", "")).await.says(422, "id=\"place-wrong\"").says(422, "value=\"300公斤\"");
    post(&fields("outside", "300", "陕西宁强")).await.says(422, "id=\"amount-wrong\"").says(422, "value=\"陕西宁强\"");
    post(&fields("", "300公斤", "")).await.says(422, "id=\"origin-wrong\"");
    let record = post(&fields("outside", "300公斤", "陕西宁强")).await.record();
    desk.get(PROCESSOR, &format!("/app/records/{record}")).await.says(200, "120 yuan a kg");
    let batch = desk.world.record(record).await.outputs[0];
    let row = desk.world.batch(batch).await;
    assert_eq!((row.stage, row.made), (Stage::Processing, 300_000_000));
    desk.get_public(&format!("/b/{batch}")).await.says(200, "陕西宁强");
}

pub async fn the_books_are_put_right(database: Database) {
    let desk = Desk::open(database).await;
    let batch = desk.world.fresh(PROCESSOR, "100kg").await;
    let page = desk.get(PROCESSOR, &format!("/app/adjust?batch={batch}")).await;
    page.says(200, "100 kg");
    let fields = |reason: &str, direction: &str, amount: &str| {
        [
            ("uid", desk.uid()),
            ("batch", batch.to_string()),
            ("reason", reason.to_owned()),
            ("direction", direction.to_owned()),
            ("amount", amount.to_owned()),
            ("date", DAY.to_owned()),
        ]
    };
    let post = async |fields: &[(&str, String)]| desk.post(PROCESSOR, "/app/adjust", fields).await;
    post(&fields("loss", "more", "5kg")).await.says(422, "id=\"reason-wrong\"");
    post(&fields("loss", "less", "500kg")).await.says(422, "id=\"amount-wrong\"").says(422, "value=\"500kg\"");
    post(&fields("", "less", "5")).await.says(422, "id=\"reason-wrong\"").says(422, "id=\"amount-wrong\"");
    post(&fields("loss", "less", "10斤")).await.record();
    assert_eq!(desk.world.batch(batch).await.remaining(), 95_000_000);
    let gain = post(&fields("stock_take", "more", "1kg")).await.record();
    assert!(desk.world.record(gain).await.held, "a gain waits for the office");
    desk.get(OFFICE, "/app").await.says(200, "class=\"count\">1<");
    assert_eq!(desk.get(RIVAL, &format!("/app/adjust?batch={batch}")).await.status, 404);
}

pub async fn codes_are_activated_and_voided_in_ranges(database: Database) {
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let sale = desk.world.pack(PROCESSOR, dried, "10kg").await;
    let issue = desk.world.issue_codes(PROCESSOR, sale, 40).await;
    let address = format!("/app/issues/{}", issue.get());
    let page = desk.get(PROCESSOR, &address).await;
    page.says(200, "name=\"from\" value=\"1\"").says(200, "name=\"to\" value=\"40\"");
    desk.get(PROCESSOR, &format!("/app/codes/{sale}")).await.says(200, &address);
    let fields = |what: &str, from: &str, to: &str, reason: &str, back: &str| {
        [
            ("uid", desk.uid()),
            ("what", what.to_owned()),
            ("from", from.to_owned()),
            ("to", to.to_owned()),
            ("reason", reason.to_owned()),
            ("back", back.to_owned()),
        ]
    };
    let post = async |fields: &[(&str, String)]| desk.post(PROCESSOR, &address, fields).await;
    post(&fields("activate", "0", "41", "", "")).await.says(422, "id=\"from-wrong\"").says(422, "id=\"to-wrong\"");
    post(&fields("activate", "30", "20", "", "")).await.says(422, "ends before it begins");
    post(&fields("void", "1", "5", "", "")).await.says(422, "id=\"reason-wrong\"").says(422, "value=\"5\"");
    let form = fields("activate", "1", "20", "", "");
    let record = post(&form).await.record();
    assert_eq!(post(&form).await.record(), record, "pressed twice");
    desk.get(PROCESSOR, &address).await.says(200, "name=\"from\" value=\"21\"").says(200, "1 to 20");
    post(&fields("activate", "20", "25", "", "")).await.says(422, "id=\"from-wrong\"");
    post(&fields("void", "11", "12", "jam", "1")).await.says(422, "no weight back");
    let coded = desk.world.batch(sale).await.coded;
    post(&fields("void", "31", "40", "lost_roll", "1")).await.record();
    assert_eq!(desk.world.batch(sale).await.coded, coded - 10 * 250_000, "their weight came back");
    let row = desk.world.issue(issue).await;
    let void = row.ranges.iter().find(|(state, ..)| *state == CodeState::Void).expect("a void range");
    assert_eq!((void.1.from.get(), void.1.to.get()), (30, 39), "codes count from 0 in records");
    desk.get_zh(PROCESSOR, &address).await.says(200, "第 31 到 40 个");
    assert_eq!(desk.get(RIVAL, &address).await.status, 404, "not for others");
}

pub async fn a_grant_opens_a_households_pages(database: Database) {
    let desk = Desk::open(database).await;
    let path = format!("/app/harvest?for={SECOND}");
    assert_eq!(desk.get(COOP, &path).await.status, 403);
    desk.get(OFFICE, "/app/office/register/grant").await.says(200, &COOP.to_string());
    let fields = |from: &str, until: &str, kinds: &[&str]| {
        let mut fields = vec![
            ("uid".to_owned(), desk.uid()),
            ("from".to_owned(), from.to_owned()),
            ("to".to_owned(), COOP.to_string()),
            ("until".to_owned(), until.to_owned()),
        ];
        fields.extend(kinds.iter().map(|kind| (format!("kind-{kind}"), "1".to_owned())));
        fields
    };
    let second = SECOND.to_string();
    let post = async |fields: &[(String, String)]| desk.post(OFFICE, "/app/office/register/grant", fields).await;
    post(&fields("王大山", "2027-12-31", &["harvest"]))
        .await
        .says(422, "id=\"from-wrong\"")
        .says(422, "value=\"王大山\"");
    post(&fields(&second, "2020-12-31", &["harvest"])).await.says(422, "id=\"until-wrong\"");
    post(&fields(&second, "2027-12-31", &[])).await.says(422, "at least one kind");
    post(&fields(&second, "2027-12-31", &["harvest", "tend"])).await.record();
    desk.world.plant(SECOND, SECOND_PLOT, "1亩").await;
    desk.get(COOP, &path).await.says(200, "name=\"weight\"");
    desk.get(COOP, &format!("/app/tend?for={SECOND}")).await.says(200, "name=\"operation\"");
    desk.get(COOP, &format!("/app/plant?for={SECOND}")).await.says(403, "has not let you enter");
    assert_eq!(desk.get(COOP, &format!("/app/harvest?for={FIRST}")).await.status, 200, "the older grant stands");
}
