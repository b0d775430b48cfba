//! Price and conditions: the two sides see them, and nobody else.

use serde_json::{Value, json};
use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
use trace_core::record::Kind;
use trace_core::record::sealed::Group;
use trace_core::tianma::{PartyRole, Product};
use trace_server::export::{RowFormat, Wanted, records};
use trace_server::ledger::Viewer;
use trace_server::store::RecordFilter;
use trace_tests::drafting::{DAY, draft};
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FIRST, OFFICE, PROCESSOR, RIVAL, SECOND, SELLER};

use crate::desk::{Desk, Page};

/// What must not stand anywhere else: price in words and as sealed, sum, conditions.
const NEEDLES: [&str; 6] = ["73.46", "price_fen", "36.73", "58,768", "5876800", "货到七日付清"];

fn told(page: &Page) -> bool {
    let found: Vec<bool> = NEEDLES.iter().map(|needle| page.body.contains(needle)).collect();
    assert!(found.iter().all(|one| !one) || page.status < 300, "{}", page.body);
    found.iter().any(|one| *one)
}

async fn shipped(desk: &Desk, batch: BatchCode) -> RecordId {
    let fields = [
        ("uid", desk.uid()),
        ("to", SELLER.to_string()),
        ("lines", format!("{batch} 800公斤")),
        ("date", DAY.to_owned()),
        ("price", "36.73元/斤".to_owned()),
        ("total", "58,768".to_owned()),
        ("conditions", "货到七日付清".to_owned()),
    ];
    let record = desk.post(PROCESSOR, "/app/ship", &fields).await.record();
    assert_eq!(desk.post(PROCESSOR, "/app/ship", &fields).await.record(), record, "pressed twice");
    record
}

/// No page, no answer and no file of others says any of it.
async fn hidden_from_others(desk: &Desk, record: RecordId, batch: BatchCode) {
    for (party, role_sees_page) in [(OFFICE, true), (RIVAL, false), (FIRST, false), (COOP, false)] {
        let page = desk.get(party, &format!("/app/records/{record}")).await;
        assert_eq!(page.status, if role_sees_page { 200 } else { 404 }, "{}", page.body);
        assert!(!told(&page), "{party}: {}", page.body);
    }
    for path in ["/app/sold", "/app/sold.csv", "/app/receipts"] {
        assert!(!told(&desk.get(RIVAL, path).await), "{path}");
        assert!(!told(&desk.get(OFFICE, path).await), "{path}");
    }
    for path in [
        format!("/records/{record}"),
        format!("/b/{batch}"),
        format!("/api/v1/records/{record}"),
        format!("/api/v1/batches/{batch}/trace"),
        format!("/log/tile/entries/000.p/{}", desk.entries().await),
    ] {
        assert!(!told(&desk.get_public(&path).await), "{path}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let viewer = |party: PartyId, role| Some(Viewer { party, role });
    for viewer in [
        None,
        viewer(OFFICE, PartyRole::Office),
        viewer(RIVAL, PartyRole::Processor),
        viewer(SELLER, PartyRole::Seller),
    ] {
        let path = folder.path().join(format!("{}.csv", viewer.is_some_and(|one| one.party == OFFICE)));
        let wanted = Wanted { viewer, ..Wanted::default() };
        records(&desk.world.ledger, &wanted, RowFormat::Csv, &path).await.expect("an export");
        let text = std::fs::read_to_string(&path).expect("the rows");
        std::fs::remove_file(&path).expect("the file");
        assert!(NEEDLES.iter().all(|needle| !text.contains(needle)), "{text}");
    }
}

pub async fn the_two_sides_see_the_terms(database: Database) {
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "900kg").await;
    let ship = shipped(&desk, dried).await;
    for side in [PROCESSOR, SELLER] {
        let page = desk.get(side, &format!("/app/records/{ship}")).await;
        page.says(200, "73.46 yuan a kg (36.73 a jin)").says(200, "58,768 yuan").says(200, "货到七日付清");
    }
    hidden_from_others(&desk, ship, dried).await;
    // The buyer reads them while it receives, and writes its own.
    let page = desk.get(SELLER, &format!("/app/receive?ship={ship}")).await;
    page.says(200, "The shipment says: Price 73.46 yuan a kg").says(200, "name=\"conditions\"");
    let fields = [
        ("uid", page.value("uid")),
        ("date", DAY.to_owned()),
        ("condition", "good".to_owned()),
        ("batch", dried.to_string()),
        ("amount", "800 kg".to_owned()),
        ("ship", ship.to_string()),
        ("price", "73.46元/公斤".to_owned()),
        ("conditions", "货到七日付清".to_owned()),
    ];
    let receipt = desk.post(SELLER, "/app/receive", &fields).await.record();
    for (side, path) in [(PROCESSOR, format!("/app/records/{receipt}")), (SELLER, format!("/app/records/{receipt}"))] {
        desk.get(side, &path).await.says(200, "36.73").says(200, "货到七日付清");
    }
    desk.get(PROCESSOR, "/app/sold").await.says(200, "36.73").says(200, "货到七日付清");
    desk.get(PROCESSOR, "/app/sold.csv").await.says(200, "Price 73.46 yuan a kg (36.73 a jin); Buyer's");
    hidden_from_others(&desk, receipt, dried).await;
}

/// A clerk may type them for a household, and answers its receipts without reading what the two sides agreed.
pub async fn a_clerk_is_none_of_the_two_sides(database: Database) {
    let desk = Desk::open(database).await;
    let grant = json!({"from": SECOND, "to": COOP, "kinds": ["ship", "confirm"], "until": "2027-12-31"});
    desk.world.append(OFFICE, draft(Kind::Grant, grant)).await;
    let batch = desk.world.fresh(SECOND, "900kg").await;
    let fields = [
        ("uid", desk.uid()),
        ("for", SECOND.to_string()),
        ("to", PROCESSOR.to_string()),
        ("lines", format!("{batch} 100公斤")),
        ("date", DAY.to_owned()),
        ("price", "36.73元/斤".to_owned()),
    ];
    let ship = desk.post(COOP, "/app/ship", &fields).await.record();
    desk.get(SECOND, &format!("/app/records/{ship}")).await.says(200, "36.73");
    let page = desk.get(COOP, &format!("/app/records/{ship}")).await;
    assert!(page.status == 200 && !told(&page), "{}", page.body);
    let receive = |amount: &str| {
        [
            ("uid", desk.uid()),
            ("date", DAY.to_owned()),
            ("condition", "good".to_owned()),
            ("batch", batch.to_string()),
            ("amount", amount.to_owned()),
            ("ship", String::new()),
            ("price", "36.73元/斤".to_owned()),
        ]
    };
    desk.post(PROCESSOR, "/app/receive", &receive("60 kg")).await.record();
    desk.get(SECOND, "/app/receipts").await.says(200, "36.73");
    let page = desk.get(COOP, &format!("/app/receipts?for={SECOND}")).await;
    page.says(200, "60 kg");
    assert!(!told(&page), "{}", page.body);
}

pub async fn what_is_wrong_with_terms(database: Database) {
    let desk = Desk::open(database).await;
    let (one, two) = (desk.world.fresh(FIRST, "100kg").await, desk.world.fresh(SECOND, "100kg").await);
    let receive = |price: &str, total: &str, conditions: &str| {
        let mut fields = vec![("uid", desk.uid()), ("date", DAY.to_owned()), ("condition", "good".to_owned())];
        for batch in [one, two] {
            fields.extend([("batch", batch.to_string()), ("amount", "10 kg".to_owned()), ("ship", String::new())]);
        }
        let terms = [("price", price), ("total", total), ("conditions", conditions)];
        fields.extend(terms.map(|(name, value)| (name, value.to_owned())));
        fields
    };
    let before = desk.entries().await;
    let page = desk.post(PROCESSOR, "/app/receive", &receive("6元", "x", &"长".repeat(121))).await;
    page.says(422, "&#39;6元&#39; is no price").says(422, "&#39;x&#39; is no sum").says(422, "at most 120 characters");
    page.says(422, "value=\"6元\"");
    desk.post(PROCESSOR, "/app/receive", &receive("", "120", "")).await.says(422, "one sum cannot be of all");
    assert_eq!(desk.entries().await, before, "nothing is stored");
    let stored = desk.post(PROCESSOR, "/app/receive", &receive("6元/斤", "", "")).await;
    assert_eq!(stored.status, 303, "{}", stored.body);
    assert_eq!(desk.entries().await, before + 2);
    // Each of the two has its own; a record without any has none.
    let filter = RecordFilter { states: Some(Kind::Receive), limit: 10, ..RecordFilter::default() };
    let rows = desk.world.store().records(&filter).await.expect("the receipts");
    let ids: Vec<RecordId> = rows.iter().map(|row| row.id).collect();
    let openings = desk.world.store().openings(&ids, Group::Terms).await.expect("the terms");
    let values: Vec<Value> = openings.into_iter().map(|one| one.value).collect();
    assert_eq!(values, [json!({"price_fen_per_kg": 1200}), json!({"price_fen_per_kg": 1200})]);
    let plain = desk.post(PROCESSOR, "/app/receive", &receive("", "", "")).await;
    assert_eq!(plain.status, 303);
}
