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
