//! What the pages offer to print: certificates from their record, labels with what is to be known of them, and neither
//! for goods that must stay.

use serde_json::json;
use trace_core::id::Stage;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, FIRST_PLOT, OFFICE, PROCESSOR, made, release, void};

use crate::desk::Desk;

pub async fn a_certificate_is_printed_from_its_record(database: Database) {
    let desk = Desk::open(database).await;
    let planting = desk.world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let harvest = desk.world.harvest(FIRST, planting, "200kg").await;
    let bought = made(&desk.world.receive(PROCESSOR, harvest, "100kg").await);
    // Who bought commits to something else than who grew.
    desk.get(PROCESSOR, &format!("/app/certify?batch={bought}")).await.says(200, "proof of quality and safety");
    let page = desk.get(PROCESSOR, &format!("/app/certify?batch={bought}")).await;
    assert!(!page.body.contains("banned pesticides"), "a buyer's words");
    let certify = draft(Kind::Certify, json!({"basis": "own_test", "wording_version": 2})).names(harvest);
    let record = desk.world.append(FIRST, certify).await.record.id();
    let page = desk.get(FIRST, &format!("/app/records/{record}")).await;
    let api = format!("/api/v1/records/{record}/certificate");
    page.says(200, &format!("src=\"{api}.png?template=certificate-60x40\""));
    for file in ["pdf?template=certificate-a5", "pdf?template=certificate-a4", "zpl?template=certificate-60x40"] {
        page.says(200, &format!("href=\"{api}.{file}\""));
        assert_eq!(
            desk.get(FIRST, &format!("{api}.{}", file.replace("pdf", "png").replace("zpl", "png"))).await.status,
            200
        );
    }
    let other = desk.get(FIRST, &format!("/app/records/{}", desk.world.batch(harvest).await.record)).await;
    assert!(!other.body.contains("/certificate."), "a harvest is no certificate");
    let hold = draft(Kind::Hold, json!({"reason": "complaint"})).names(harvest);
    let held = desk.world.append(OFFICE, hold).await.record.id();
    let page = desk.get(FIRST, &format!("/app/records/{record}")).await;
    page.says(200, "is held (complaint); nothing is printed for it");
    assert!(!page.body.contains("/certificate."), "no file while it is held");
    desk.world.append(OFFICE, release(held)).await;
    desk.world.append(FIRST, void(record)).await;
    let page = desk.get(FIRST, &format!("/app/records/{record}")).await;
    page.says(200, "was voided (reason: typing error)");
    assert!(!page.body.contains("/certificate."), "no file of what was voided");
}

pub async fn labels_say_what_is_to_be_known(database: Database) {
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let sale = desk.world.pack(PROCESSOR, dried, "10kg").await;
    let issue = desk.world.issue_codes(PROCESSOR, sale, 10).await;
    let address = format!("/app/labels/{issue}");
    let page = desk.get(PROCESSOR, &format!("{address}?template=30x20")).await;
    page.says(200, "A module of the symbol has 3 dots, 0.375 mm (14.8 mil)").says(200, "smaller than GS1 allows");
    let page = desk.get(PROCESSOR, &format!("{address}?template=60x40")).await;
    page.says(200, "mil)");
    assert!(!page.body.contains("smaller than GS1 allows"));
    // Of ten codes three are held: a range with them is refused with the numbers, the rest is offered.
    let hold = json!({"reason": "suspicion", "ranges": [codes(issue, 2, 4)]});
    let held = desk.world.append(OFFICE, draft(Kind::Hold, hold)).await.record.id();
    let page = desk.get(PROCESSOR, &address).await;
    page.says(200, &format!("codes 3 to 5 of issue {issue} are held (suspicion)"));
    assert!(!page.body.contains("labels.pdf"), "nothing to take");
    desk.get(PROCESSOR, &format!("{address}?from=6&to=10")).await.says(200, "labels.pdf");
    let sheet = format!("/app/sheets/{issue}");
    desk.get(PROCESSOR, &sheet).await.says(409, "are held (suspicion)");
    assert_eq!(desk.get(PROCESSOR, &format!("{sheet}?from=6")).await.body.matches("<svg").count(), 5);
    desk.world.append(OFFICE, release(held)).await;
    desk.get(PROCESSOR, &address).await.says(200, "labels.pdf");
    // A void code is on no sheet either.
    let spoil = json!({"issue": issue, "reason": "misprint", "give_back": false});
    desk.world.append(PROCESSOR, draft(Kind::VoidCodes, spoil).names(sale).ranging(codes(issue, 0, 1))).await;
    assert_eq!(desk.get(PROCESSOR, &sheet).await.body.matches("<svg").count(), 8);
    let recall = json!({"reason": "so2", "scope": "these_only", "stage": "trade"});
    desk.world.append(OFFICE, draft(Kind::Recall, recall).names(sale)).await;
    let page = desk.get(PROCESSOR, &address).await;
    page.says(200, "is under recall");
    assert!(!page.body.contains("labels.pdf"), "nothing to take");
    desk.get(PROCESSOR, &sheet).await.says(409, "is under recall");
}

/// The owner's number stands among a label's words while it lets everybody see it, and not a moment longer.
pub async fn a_telephone_is_printed_by_consent_alone(database: Database) {
    const NUMBER: &str = "13987654321";
    let desk = Desk::open(database).await;
    let world = &desk.world;
    let dried = world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let sale = world.pack(PROCESSOR, dried, "10kg").await;
    let issue = world.issue_codes(PROCESSOR, sale, 3).await;
    let party = world.ledger.party(PROCESSOR).await.expect("a store").expect("the processor");
    let details = json!({"party": PROCESSOR, "role": "processor", "village": "小草坝", "organisation": "第一加工厂"});
    let mut sheet = draft(Kind::RegisterParty, details).replacing(party.record);
    sheet.person = Some(json!({"name": "王小明", "telephone": NUMBER}));
    world.append(OFFICE, sheet).await;
    let words = async || desk.get(PROCESSOR, &format!("/api/v1/code-issues/{issue}/labels.csv")).await;
    let lets = async |fields: &[&str]| {
        let details = json!({"party": PROCESSOR, "fields": fields});
        desk.world.append(PROCESSOR, draft(Kind::Consent, details)).await;
    };
    let without = words().await;
    assert!(
        without.status == 200 && !without.body.contains(NUMBER) && !without.body.contains("电话"),
        "{}",
        without.body
    );
    lets(&["full_name"]).await;
    assert!(!words().await.body.contains(NUMBER), "another field is another consent");
    lets(&["telephone"]).await;
    words().await.says(200, &format!("电话 {NUMBER}"));
    let page = desk.get_public(&format!("/b/{sale}")).await;
    page.says(200, NUMBER);
    lets(&[]).await;
    assert!(!words().await.body.contains(NUMBER), "taken back");
    lets(&["telephone"]).await;
    words().await.says(200, NUMBER);
    world.append(OFFICE, draft(Kind::Erase, json!({"party": PROCESSOR, "reason": "requested"}))).await;
    let erased = desk.get(OFFICE, &format!("/api/v1/code-issues/{issue}/labels.csv")).await;
    assert!(erased.status == 200 && !erased.body.contains(NUMBER), "{}", erased.body);
}
