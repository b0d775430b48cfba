//! What buyers received: confirmed or disputed by the seller; and the proof of what was sold.

use serde_json::json;
use trace_core::id::RecordId;
use trace_core::record::Kind;
use trace_core::state::{Key, Row, Standing};
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::household::{FIRST, FIRST_PLOT, OFFICE, PROCESSOR};

use crate::site::{Browser, Page, Site, on_both};

/// The processor says that it received 300 of the first household's 320 斤.
async fn received(site: &Site) -> RecordId {
    let planting = site.world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let batch = site.world.harvest(FIRST, planting, "320斤").await;
    site.world.receive(PROCESSOR, batch, "300斤").await.record.id()
}

async fn answer(browser: &Browser, page: &Page, fields: &[(&str, &str)]) -> Page {
    let (csrf, uid) = (page.hidden("csrf"), page.text.split("name=\"uid\" value=\"").nth(1).unwrap_or_default());
    let uid = uid.split('"').next().unwrap();
    browser.post("/app/receipts", &[&[("csrf", &*csrf), ("uid", uid)][..], fields].concat()).await
}

#[tokio::test]
async fn a_seller_confirms_once_however_often_the_button_is_pressed() {
    on_both(async |site: Site| {
        let receipt = received(&site).await;
        let browser = site.signed_in("nonghu").await;
        assert!(browser.get("/app").await.text.contains("1 条收货记录等您确认"));
        let page = browser.get("/app/receipts").await;
        assert!(page.text.contains("150 kg（300 斤）") && page.text.contains("第一加工厂"), "{}", page.text);
        let fields = [("record", &*receipt.to_string()), ("answer", "confirm")];
        for _ in 0..2 {
            let done = answer(&browser, &page, &fields).await;
            assert_eq!((done.status, &*done.location), (303, "/app/receipts?note=confirmed"), "{}", done.text);
        }
        assert_eq!(site.world.record(receipt).await.standing, Standing::Settled);
        let sold = browser.get("/app/sold").await;
        assert!(sold.text.contains("150 kg（300 斤）") && sold.text.contains(&receipt.to_string()), "{}", sold.text);
        let csv = browser.get("/app/sold.csv").await;
        assert!(csv.text.starts_with('\u{feff}') && csv.text.contains("\"300斤\",\"150\","), "{}", csv.text);
        assert!(csv.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    })
    .await;
}

#[tokio::test]
async fn a_seller_disputes_with_a_reason_and_what_was_made_of_it_is_frozen() {
    on_both(async |site: Site| {
        let receipt = received(&site).await;
        let browser = site.signed_in("nonghu").await;
        let page = browser.get("/app/receipts").await;
        let id = receipt.to_string();
        let nameless = answer(&browser, &page, &[("record", &*id), ("answer", "dispute"), ("reason", "")]).await;
        assert_eq!(nameless.status, 422);
        assert!(nameless.text.contains("请选择异议的原因"));
        let fields = [("record", &*id), ("answer", "dispute"), ("reason", "wrong_weight")];
        let done = answer(&browser, &page, &fields).await;
        assert_eq!((done.status, &*done.location), (303, "/app/receipts?note=disputed"), "{}", done.text);
        let row = site.world.record(receipt).await;
        assert_eq!(row.standing, Standing::Disputed);
        assert!(!site.world.batch(row.outputs[0]).await.holds.is_empty());
        assert!(browser.get("/app/receipts").await.text.contains("异议中"));
        assert!(!browser.get("/app/sold").await.text.contains(&id), "what is disputed is no proof");
    })
    .await;
}

#[tokio::test]
async fn a_households_name_is_open_to_itself_and_its_clerk_alone() {
    on_both(async |site: Site| {
        let store = site.world.store();
        let (rows, _) = store.load(&[Key::Party(FIRST)].into()).await.unwrap();
        let Row::Party(party) = &rows[0] else { panic!("no party") };
        let details = json!({"party": FIRST, "role": "household", "village": "小草坝"});
        let mut sheet = draft(Kind::RegisterParty, details).replacing(party.record);
        sheet.person = Some(json!({"name": "王小明"}));
        site.world.append(OFFICE, sheet).await;
        let receipt = received(&site).await;
        for (login, sees) in [("nonghu", true), ("jiagong", false), ("pinpai", false)] {
            let page = site.signed_in(login).await.get(&format!("/app/records/{receipt}")).await;
            assert_eq!(page.status, 200, "{login}");
            assert_eq!(page.text.contains("王小明"), sees, "{login}: {}", page.text);
        }
        assert!(site.signed_in("daili").await.get("/app/households").await.text.contains("王小明"));
    })
    .await;
}

#[tokio::test]
async fn nobody_else_confirms() {
    on_both(async |site: Site| {
        let receipt = received(&site).await;
        let browser = site.signed_in("nonghu2").await;
        let page = browser.get("/app/receipts").await;
        assert!(page.text.contains("没有等您确认"));
        let fields = [
            ("csrf", page.hidden("csrf")),
            ("uid", "00112233445566778899aabbccddeeff".to_owned()),
            ("record", receipt.to_string()),
            ("answer", "confirm".to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
        let refused = browser.post("/app/receipts", &fields).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text.contains("只有卖方可以确认"), "{}", refused.text);
        assert_eq!(site.world.record(receipt).await.standing, Standing::Unconfirmed);
    })
    .await;
}
