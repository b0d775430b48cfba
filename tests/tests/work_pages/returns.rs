//! Goods come back into quarantine: packages by their codes, a lot by weight, and what a buyer of this ledger sends back.

use serde_json::json;
use trace_core::id::Stage;
use trace_core::record::Kind;
use trace_core::state::CodeState;
use trace_core::tianma::Product;
use trace_tests::drafting::{DAY, Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{COOP, OFFICE, PROCESSOR, SECOND, SELLER, made};

use crate::desk::Desk;
use crate::packages::{code, confirmed, packed};

fn back(desk: &Desk, packages: String, batch: String, amount: &str) -> Vec<(&'static str, String)> {
    vec![
        ("uid", desk.uid()),
        ("packages", packages),
        ("batch", batch),
        ("amount", amount.to_owned()),
        ("reason", "unsold".to_owned()),
        ("date", DAY.to_owned()),
    ]
}

pub async fn packages_come_back_by_their_codes(database: Database) {
    let desk = Desk::open(database).await;
    let (sale, issue) = packed(&desk, PROCESSOR, "10kg", 40).await;
    let (other, second) = packed(&desk, PROCESSOR, "1kg", 4).await;
    desk.get(PROCESSOR, "/app").await.says(200, "/app/return");
    let before = desk.entries().await;
    let typed = format!("{}\n{issue}:2-4\n{second}:1", code(&desk, issue, 1));
    let fields = back(&desk, typed, String::new(), "");
    let told = desk.post(PROCESSOR, "/app/return", &fields).await;
    told.says(200, "4 packages").says(200, "1 package ").says(200, &sale.to_string()).says(200, &other.to_string());
    let mut change = told.hidden("/app/return");
    change.push(("edit".to_owned(), "1".to_owned()));
    desk.post(PROCESSOR, "/app/return", &change)
        .await
        .says(200, ":1</textarea>")
        .says(200, "value=\"unsold\" selected");
    assert_eq!(desk.entries().await, before, "nothing is stored before it was told");
    let done = desk.post(PROCESSOR, "/app/return", &told.hidden("/app/return")).await;
    assert_eq!(done.location.matches("record=").count(), 2, "one record for each batch: {}", done.location);
    desk.post(PROCESSOR, "/app/return", &told.hidden("/app/return")).await.record();
    assert_eq!(desk.entries().await, before + 2, "pressed twice");
    let row = desk.world.record(done.record()).await;
    let quarantine = desk.world.batch(row.outputs[0]).await;
    assert_eq!((quarantine.owner, quarantine.made, quarantine.holds.len()), (PROCESSOR, 1_000_000, 1));
    let ranges = desk.world.issue(issue).await.ranges;
    let gone = ranges.iter().find(|(state, ..)| *state == CodeState::Returned).expect("a returned range");
    assert_eq!((gone.1.from.get(), gone.1.to.get()), (0, 3));
    desk.get(OFFICE, "/app/office/holds").await.says(200, "quarantine").says(200, &quarantine.code.to_string());
    let page = desk.get_public(&format!("/t/{}", code(&desk, issue, 1))).await;
    page.says(200, "returned");
    desk.get_zh(PROCESSOR, &format!("/app/records/{}", row.id)).await.says(200, "第 1 到 4 个");
    // Some of it is missing: less may come back than the packages held, not more; each package once.
    let fields = back(&desk, format!("{issue}:11-14"), String::new(), "900克");
    let record = confirmed(&desk, PROCESSOR, "/app/return", &fields).await.record();
    let broken = desk.world.record(record).await.outputs[0];
    assert_eq!(desk.world.batch(broken).await.made, 900_000);
    let fields = back(&desk, format!("{issue}:21-24"), String::new(), "1001克");
    let told = desk.post(PROCESSOR, "/app/return", &fields).await;
    let page = desk.post(PROCESSOR, "/app/return", &told.hidden("/app/return")).await;
    page.says(422, "id=\"amount-wrong\"").says(422, "value=\"1001克\"");
    let fields = back(&desk, format!("{issue}:14-16"), String::new(), "");
    let told = desk.post(PROCESSOR, "/app/return", &fields).await;
    let page = desk.post(PROCESSOR, "/app/return", &told.hidden("/app/return")).await;
    page.says(422, "id=\"packages-wrong\"").says(422, &format!(">{issue}:14-16</textarea>"));
}

pub async fn a_buyer_sends_goods_back(database: Database) {
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "100kg").await;
    let bought = made(&desk.world.receive(SELLER, dried, "40kg").await);
    // The buyer's batch leads back to its seller.
    let way = format!("/app/ship?batch={bought}&#38;to={PROCESSOR}");
    desk.get(SELLER, &format!("/app/batches/{bought}")).await.says(200, &way);
    let page = desk.get(SELLER, &format!("/app/ship?batch={bought}&to={PROCESSOR}")).await;
    page.says(200, &format!("value=\"{PROCESSOR}\" selected")).says(200, &format!("{bought} 40 kg"));
    let fields = [
        ("uid", desk.uid()),
        ("to", PROCESSOR.to_string()),
        ("lines", format!("{bought} 30公斤")),
        ("date", DAY.to_owned()),
    ];
    desk.post(SELLER, "/app/ship", &fields).await.record();
    // It is offered to be taken back, not to be bought.
    let list = desk.get(PROCESSOR, "/app/receive").await;
    list.says(200, &format!("/app/return?batch={bought}&#38;amount=30+kg")).says(200, "Take it back");
    let page = desk.get(PROCESSOR, "/app/return").await;
    page.says(200, "sends back 30 kg");
    let page = desk.get(PROCESSOR, &format!("/app/return?batch={bought}&amount=30+kg")).await;
    page.says(200, &format!("value=\"{bought}\"")).says(200, "value=\"30 kg\"");
    let fields = back(&desk, String::new(), bought.to_string(), "30 kg");
    let told = desk.post(PROCESSOR, "/app/return", &fields).await;
    told.says(200, "30 kg (60 jin)");
    let row = desk.world.record(desk.post(PROCESSOR, "/app/return", &told.hidden("/app/return")).await.record()).await;
    let quarantine = desk.world.batch(row.outputs[0]).await;
    assert_eq!((quarantine.owner, quarantine.made, quarantine.holds.len()), (PROCESSOR, 30_000_000, 1));
    for path in ["/app/receive", "/app/return"] {
        let page = desk.get(PROCESSOR, path).await;
        assert!(!page.body.contains(&bought.to_string()), "taken back already: {}", page.body);
    }
    // A clerk takes back for a household that let it, and for no other.
    let grant = json!({"from": SECOND, "to": COOP, "kinds": ["return"], "until": "2027-12-31"});
    assert_eq!(desk.get(COOP, &format!("/app/return?for={SECOND}")).await.status, 403);
    desk.world.append(OFFICE, draft(Kind::Grant, grant)).await;
    desk.get(COOP, &format!("/app/return?for={SECOND}")).await.says(200, &format!("value=\"{SECOND}\""));
    let fresh = desk.world.fresh(SECOND, "100kg").await;
    let outside = draft(Kind::Ship, json!({"consignee": {"class": "outside_trader"}})).takes(fresh, "50kg");
    desk.world.append(SECOND, outside).await;
    desk.get(SECOND, &format!("/app/batches/{fresh}")).await.says(200, &format!("/app/return?batch={fresh}"));
    let mut fields = back(&desk, String::new(), fresh.to_string(), "20斤");
    fields.push(("for", SECOND.to_string()));
    let row = desk.world.record(confirmed(&desk, COOP, "/app/return", &fields).await.record()).await;
    assert_eq!((row.actor, row.entered_by), (SECOND, Some(COOP)));
}

pub async fn what_is_wrong_with_a_return(database: Database) {
    let desk = Desk::open(database).await;
    let (sale, issue) = packed(&desk, PROCESSOR, "10kg", 40).await;
    let (_, other) = packed(&desk, PROCESSOR, "1kg", 4).await;
    let batch = desk.world.fresh(PROCESSOR, "100kg").await;
    let before = desk.entries().await;
    for (packages, batch, amount, field) in [
        (String::new(), String::new(), "", "packages"),
        (format!("{issue}:1-4"), batch.to_string(), "1kg", "batch"),
        (format!("{issue}:1-4\n{other}:1"), String::new(), "1kg", "amount"),
        (format!("{issue}:50"), String::new(), "", "packages"),
        (String::new(), "H251120-AAAAAAA".to_owned(), "1kg", "batch"),
        (String::new(), batch.to_string(), "", "amount"),
        (String::new(), batch.to_string(), "20", "amount"),
    ] {
        let page = desk.post(PROCESSOR, "/app/return", &back(&desk, packages.clone(), batch.clone(), amount)).await;
        page.says(422, &format!("id=\"{field}-wrong\"")).says(422, &format!(">{packages}</textarea>"));
        page.says(422, &format!("name=\"batch\" value=\"{batch}\""));
    }
    let mut fields = back(&desk, format!("{issue}:1"), String::new(), "");
    fields[4].1 = String::new();
    desk.post(PROCESSOR, "/app/return", &fields).await.says(422, "id=\"reason-wrong\"");
    // Nothing of this batch ever left; and what lies under codes does not come back by weight.
    for code in [batch, sale] {
        let told = desk.post(PROCESSOR, "/app/return", &back(&desk, String::new(), code.to_string(), "1kg")).await;
        let page = desk.post(PROCESSOR, "/app/return", &told.hidden("/app/return")).await;
        page.says(422, "id=\"batch-wrong\"").says(422, "no shipment of batch");
    }
    assert_eq!(desk.entries().await, before, "nothing of it is stored");
}
