//! Who may not.

use serde_json::json;
use trace_core::id::{PartyId, Stage};
use trace_core::prepare::Draft;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_tests::drafting::draft;
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FACTORY, FIRST, FIRST_PLOT, LABORATORY, OFFICE, PROCESSOR, SELLER};

use crate::desk::{Desk, token};

pub async fn pages_are_for_their_roles(database: Database) {
    let desk = Desk::open(database).await;
    let office = [
        "/app/office",
        "/app/office/holds",
        "/app/office/recalls",
        "/app/office/recall",
        "/app/office/disputes",
        "/app/office/register",
        "/app/office/register/site",
        "/app/office/register/grant",
        "/app/office/register/agent",
        "/app/office/register/parties",
        "/app/suspicions",
        "/app/office/grants",
        "/app/office/rules",
        "/app/office/users",
        "/app/office/users/add",
        "/app/hold",
    ];
    for path in office {
        for party in [FIRST, COOP, PROCESSOR, SELLER] {
            desk.get(party, path).await.says(403, "you are signed in as");
        }
        assert_eq!(desk.get(OFFICE, path).await.status, 200, "{path}");
    }
    for path in
        ["/app/receive", "/app/process", "/app/pack", "/app/ship", "/app/return", "/app/grants", "/app/grants/new"]
    {
        assert_eq!(desk.get(PROCESSOR, path).await.status, 200, "{path}");
        assert_eq!(desk.get(LABORATORY, path).await.status, 403, "{path}");
        assert_eq!(desk.get(OFFICE, path).await.status, 403, "{path}");
    }
    for path in ["/app/plant", "/app/bring-in/planting", "/app/tend", "/app/lots"] {
        assert_eq!(desk.get(FIRST, path).await.status, 200, "{path}");
        assert_eq!(desk.get(PROCESSOR, path).await.status, 403, "{path}");
        assert_eq!(desk.get(OFFICE, path).await.status, 403, "{path}");
    }
    for path in ["/app/bring-in", "/app/receive", "/app/ship"] {
        assert_eq!(desk.get(FACTORY, path).await.status, 200, "{path}");
        assert_eq!(desk.get(LABORATORY, path).await.status, 403, "{path}");
    }
    for party in [FIRST, PROCESSOR, OFFICE] {
        assert_eq!(desk.get(party, "/app/import").await.status, 403);
        assert_eq!(desk.get(party, "/app/lab").await.status, 403);
    }
    // The pages' posts are closed too, not only hidden.
    let batch = desk.world.fresh(FIRST, "1kg").await;
    let fields = [("uid", desk.uid()), ("batches", batch.to_string()), ("reason", "suspicion".to_owned())];
    assert_eq!(desk.post(PROCESSOR, "/app/hold", &fields).await.status, 403);
    let fields = [("uid", desk.uid()), ("table", "{}".to_owned())];
    for path in ["/app/office/rules", "/app/office/rules/set"] {
        assert_eq!(desk.post(PROCESSOR, path, &fields).await.status, 403, "{path}");
    }
    let fields = [
        ("uid", desk.uid()),
        ("record", desk.world.batch(batch).await.record.to_string()),
        ("reason", "checked".to_owned()),
    ];
    assert_eq!(desk.post(PROCESSOR, "/app/office/release", &fields).await.status, 403);
}

fn grant_to(party: PartyId) -> Draft {
    let details = json!({"from": FIRST, "to": party, "kinds": ["tend"], "until": "2027-12-31"});
    draft(Kind::Grant, details)
}

pub async fn every_form_needs_its_token(database: Database) {
    let desk = Desk::open(database).await;
    let batch = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let sale = desk.world.pack(PROCESSOR, batch, "5kg").await;
    let record = desk.world.batch(batch).await.record;
    let codes = format!("/app/codes/{sale}");
    let number = desk.world.issue_codes(PROCESSOR, sale, 2).await.get();
    let (issues, labels) = (format!("/app/issues/{number}"), format!("/app/labels/{number}"));
    let (void, correct) = (format!("/app/records/{record}/void"), format!("/app/records/{record}/correct"));
    let grant = desk.world.append(OFFICE, grant_to(COOP)).await.record.id();
    let end_grant = format!("/app/grants/{grant}/end");
    let party_change = format!("/app/office/register/party/{FIRST}");
    let site_change = format!("/app/office/register/site/{FIRST_PLOT}");
    let before = desk.entries().await;
    let forms = [
        (FIRST, end_grant.as_str()),
        (COOP, "/app/import"),
        (COOP, "/app/import/store"),
        (PROCESSOR, "/app/receive/check"),
        (PROCESSOR, "/app/receive"),
        (PROCESSOR, "/app/process"),
        (PROCESSOR, "/app/process/edit"),
        (PROCESSOR, "/app/process/store"),
        (PROCESSOR, "/app/pack"),
        (PROCESSOR, codes.as_str()),
        (PROCESSOR, issues.as_str()),
        (PROCESSOR, labels.as_str()),
        (PROCESSOR, "/app/prints/1"),
        (PROCESSOR, "/app/adjust"),
        (PROCESSOR, "/app/bring-in"),
        (FIRST, "/app/plant"),
        (FIRST, "/app/bring-in/planting"),
        (FIRST, "/app/tend"),
        (FACTORY, "/app/lots"),
        (OFFICE, "/app/suspicions"),
        (OFFICE, "/app/office/register/grant"),
        (PROCESSOR, "/app/ship"),
        (PROCESSOR, "/app/return"),
        (FIRST, "/app/grants/new"),
        (OFFICE, "/app/office/rules"),
        (OFFICE, "/app/office/rules/set"),
        (PROCESSOR, "/app/certify"),
        (PROCESSOR, void.as_str()),
        (PROCESSOR, correct.as_str()),
        (LABORATORY, "/app/lab"),
        (OFFICE, "/app/hold"),
        (OFFICE, "/app/office/release"),
        (OFFICE, "/app/office/recall"),
        (OFFICE, "/app/office/recall/store"),
        (OFFICE, "/app/office/lift"),
        (OFFICE, "/app/office/register"),
        (OFFICE, "/app/office/register/site"),
        (OFFICE, party_change.as_str()),
        (OFFICE, site_change.as_str()),
        (OFFICE, "/app/office/register/agent"),
        (OFFICE, "/app/office/users"),
        (OFFICE, "/app/office/users/add"),
        (FIRST, "/app/pin"),
    ];
    for (party, path) in forms {
        let fields = [("uid", desk.uid()), ("count", "1".to_owned()), ("reason", "typing_error".to_owned())];
        for wrong in [String::new(), token(SELLER)] {
            let page = desk.post_in(party, path, &fields, "en", &wrong).await;
            page.says(403, "not valid any more");
        }
    }
    assert_eq!(desk.entries().await, before);
}
