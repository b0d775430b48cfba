//! Goods arrive.

use serde_json::json;
use trace_core::id::{BatchCode, Stage};
use trace_core::record::Kind;
use trace_core::state::Standing;
use trace_core::tianma::Product;
use trace_tests::drafting::{DAY, Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FACTORY, FIRST, OFFICE, PROCESSOR, SECOND};

use crate::desk::Desk;

pub async fn several_sellers_in_one_go(database: Database) {
    let desk = Desk::open(database).await;
    let one = desk.world.fresh(FIRST, "400kg").await;
    let two = desk.world.fresh(FIRST, "100kg").await;
    let other = desk.world.fresh(SECOND, "300kg").await;
    let scanned = format!("{one} 320斤\r\nHTTPS://T.EXAMPLE.CN/B/{two}\r\n{other}\r\n{one}\r\n");
    let page = desk.post(PROCESSOR, "/app/receive/check", &[("uid", desk.uid()), ("codes", scanned)]).await;
    page.says(200, &other.to_string()).says(200, "320斤");
    assert_eq!(page.body.matches("name=\"batch\"").count(), 3, "scanned twice is one line");
    let uid = page.value("uid");
    let mut fields = vec![("uid", uid), ("date", DAY.to_owned()), ("condition", "good".to_owned())];
    for (batch, amount) in [(one, "320斤"), (two, "100 kg"), (other, "250公斤")] {
        fields.push(("batch", batch.to_string()));
        fields.push(("amount", amount.to_owned()));
        fields.push(("ship", String::new()));
    }
    let before = desk.entries().await;
    let stored = desk.post(PROCESSOR, "/app/receive", &fields).await;
    assert_eq!(stored.status, 303, "{}", stored.body);
    assert_eq!(desk.entries().await, before + 2, "one record for each seller");
    assert_eq!(desk.world.batch(one).await.drawn, 160_000_000);
    let again = desk.post(PROCESSOR, "/app/receive", &fields).await;
    assert_eq!((again.status, again.location.clone()), (303, stored.location.clone()));
    assert_eq!(desk.entries().await, before + 2, "pressed twice is received once");
    let page = desk.get(PROCESSOR, &stored.location).await;
    page.says(200, "260 kg").says(200, "250 kg").says(200, "the seller has not confirmed it yet");
}

pub async fn what_is_wrong_stands_beside_its_line(database: Database) {
    let desk = Desk::open(database).await;
    let good = desk.world.fresh(FIRST, "10kg").await;
    let wrong = good.to_string();
    let last = if wrong.ends_with('0') { '1' } else { '0' };
    let wrong = format!("{}{last}", &wrong[..wrong.len() - 1]);
    let before = desk.entries().await;
    let fields = |amount: &str, code: &str| {
        vec![
            ("uid", desk.uid()),
            ("date", DAY.to_owned()),
            ("condition", "good".to_owned()),
            ("batch", good.to_string()),
            ("amount", amount.to_owned()),
            ("ship", String::new()),
            ("batch", code.to_owned()),
            ("amount", "5 kg".to_owned()),
            ("ship", String::new()),
        ]
    };
    let page = desk.post(PROCESSOR, "/app/receive", &fields("12", &wrong)).await;
    page.says(422, &format!("value=\"{wrong}\"")).says(422, "aria-invalid");
    assert_eq!(page.body.matches("class=\"wrong\"").count(), 2, "both lines say what is wrong: {}", page.body);
    // More than there is: beside the amount, without telling a stranger how much the seller has.
    let over = &fields("11 kg", "")[..6];
    let zh = desk.post_in(PROCESSOR, "/app/receive", over, "zh", &crate::desk::token(PROCESSOR)).await;
    zh.says(422, "剩下的不够 11 kg").says(422, "value=\"11 kg\"");
    let en = desk.post(PROCESSOR, "/app/receive", over).await;
    en.says(422, "does not hold 11 kg");
    assert!(!en.body.contains("still holds"), "{}", en.body);
    let own = desk.world.fresh(PROCESSOR, "10kg").await;
    let mut mine = fields("1 kg", "")[..6].to_vec();
    mine[3].1 = own.to_string();
    desk.post(PROCESSOR, "/app/receive", &mine).await.says(422, "cannot receive from itself");
    "2027-06-01".clone_into(&mut mine[1].1);
    mine[3].1 = good.to_string();
    assert_eq!(desk.post(PROCESSOR, "/app/receive", &mine).await.status, 422, "a day to come");
    assert_eq!(desk.entries().await, before + 1, "nothing of a refused form is stored");
}

/// A batch code may be typed in groups, full-width, in lower case; wherever it is asked it is the same code.
pub async fn a_code_is_read_as_it_is_written(database: Database) {
    let desk = Desk::open(database).await;
    let batch = desk.world.fresh(FIRST, "400kg").await;
    let own = desk.world.fresh(PROCESSOR, "50kg").await;
    let wide = |code: BatchCode| -> String {
        code.to_string().to_lowercase().chars().filter_map(|c| char::from_u32(u32::from(c) + 0xfee0)).collect()
    };
    for spelled in [batch.to_string().replace('-', " "), batch.to_string().replace('-', "－"), wide(batch)] {
        let scanned = [("uid", desk.uid()), ("codes", format!("{spelled} 320斤"))];
        let page = desk.post(PROCESSOR, "/app/receive/check", &scanned).await;
        page.says(200, "value=\"320斤\"").says(200, "fresh tianma");
        assert_eq!(page.body.matches("name=\"batch\"").count(), 1, "{spelled}: one line");
        let fields = [
            ("uid", desk.uid()),
            ("date", DAY.to_owned()),
            ("condition", "good".to_owned()),
            ("batch", spelled.clone()),
            ("amount", "20斤".to_owned()),
            ("ship", String::new()),
        ];
        desk.post(PROCESSOR, "/app/receive", &fields).await.record();
        let found = desk.get(OFFICE, &format!("/app/office?code={}", spelled.replace(' ', "+"))).await;
        assert_eq!(found.location, format!("/app/batches/{batch}"), "{spelled}");
        assert_eq!(
            desk.get_public(&format!("/b/{}", spelled.replace(' ', "%20"))).await.location,
            format!("/b/{batch}")
        );
    }
    for spelled in [own.to_string().replace('-', " "), wide(own)] {
        let ship = [
            ("uid", desk.uid()),
            ("to", "outside_trader".to_owned()),
            ("lines", format!("{spelled} 4公斤")),
            ("date", DAY.to_owned()),
        ];
        desk.post(PROCESSOR, "/app/ship", &ship).await.record();
        let page = desk.get(PROCESSOR, &format!("/app/pack?batch={}", spelled.replace(' ', "+"))).await;
        page.says(200, &own.to_string());
        let fields = [
            ("uid", desk.uid()),
            ("method", "dry".to_owned()),
            ("date", DAY.to_owned()),
            ("codes", format!("{spelled} 4公斤")),
            ("product-0", "dried_tianma".to_owned()),
            ("out-0", "1公斤".to_owned()),
        ];
        desk.post(PROCESSOR, "/app/process", &fields).await.says(200, "4 kg (8 jin)");
    }
}

pub async fn a_shipment_is_taken_up(database: Database) {
    let desk = Desk::open(database).await;
    let batch = desk.world.fresh(FIRST, "500kg").await;
    let sheet = draft(Kind::Ship, json!({"consignee": {"party": PROCESSOR}})).takes(batch, "320斤");
    let ship = desk.world.append(FIRST, sheet).await.record.id();
    let list = desk.get(PROCESSOR, "/app/receive").await;
    list.says(200, &batch.to_string()).says(200, "160 kg");
    let lines = desk.get(PROCESSOR, &format!("/app/receive?ship={ship}")).await;
    assert_eq!(lines.value("ship"), ship.to_string());
    let fields = [
        ("uid", lines.value("uid")),
        ("date", DAY.to_owned()),
        ("condition", "good".to_owned()),
        ("batch", batch.to_string()),
        ("amount", "160 kg".to_owned()),
        ("ship", ship.to_string()),
    ];
    let record = desk.post(PROCESSOR, "/app/receive", &fields).await.record();
    let row = desk.world.record(record).await;
    assert_eq!(row.standing, Standing::Settled, "the seller's shipment is its word");
    assert_eq!(desk.world.batch(row.outputs[0]).await.made, 160_000_000);
    assert!(!desk.get(PROCESSOR, "/app/receive").await.body.contains(&batch.to_string()), "nothing is left of it");
}

/// Where less arrives than was shipped the page asks: what is on its way stays on the list, what is gone is written off
/// with its reason in the same go.
pub async fn what_did_not_arrive_is_asked(database: Database) {
    let desk = Desk::open(database).await;
    let batch = desk.world.fresh(FIRST, "500kg").await;
    let sheet = draft(Kind::Ship, json!({"consignee": {"party": PROCESSOR}})).takes(batch, "160kg");
    let ship = desk.world.append(FIRST, sheet).await.record.id();
    let fields = |amount: &str, rest: &str| {
        [
            ("uid", desk.uid()),
            ("date", DAY.to_owned()),
            ("condition", "good".to_owned()),
            ("batch", batch.to_string()),
            ("amount", amount.to_owned()),
            ("ship", ship.to_string()),
            ("rest", rest.to_owned()),
        ]
    };
    let before = desk.entries().await;
    for rest in ["", "own_use", "nothing"] {
        let asked = desk.post(PROCESSOR, "/app/receive", &fields("100 kg", rest)).await;
        asked.says(422, &format!("{batch}: 60 kg (120 jin) less than was shipped; choose what became of the rest"));
        asked.says(422, "value=\"on_the_way\"").says(422, "value=\"100 kg\"");
    }
    assert_eq!(desk.entries().await, before, "nothing is stored before it is said");
    let record = desk.post(PROCESSOR, "/app/receive", &fields("100 kg", "on_the_way")).await.record();
    assert_eq!(desk.world.batch(desk.world.record(record).await.outputs[0]).await.remaining(), 100_000_000);
    desk.get(PROCESSOR, "/app/receive").await.says(200, &batch.to_string()).says(200, "60 kg");
    let gone = fields("57 kg", "loss");
    let record = desk.post(PROCESSOR, "/app/receive", &gone).await.record();
    assert_eq!(desk.post(PROCESSOR, "/app/receive", &gone).await.record(), record, "pressed twice");
    let row = desk.world.batch(desk.world.record(record).await.outputs[0]).await;
    assert_eq!((row.made, row.remaining()), (60_000_000, 57_000_000), "received whole, less what was lost");
    assert!(!desk.get(PROCESSOR, "/app/receive").await.body.contains(&batch.to_string()), "the shipment is settled");
}

/// A clerk takes up a shipment for a household that let it, and the household is whose it is.
pub async fn a_clerk_receives_for_a_household(database: Database) {
    let desk = Desk::open(database).await;
    let bottles = desk.world.stock(FACTORY, Stage::Fungus, Product::ArmillariaBottle, "200瓶").await;
    let ship = draft(Kind::Ship, json!({"consignee": {"party": SECOND}})).takes(bottles, "100瓶");
    let shipment = desk.world.append(FACTORY, ship).await.record.id();
    let of_second = format!("/app/receive?for={SECOND}");
    assert_eq!(desk.get(COOP, &of_second).await.status, 403, "not before it is let");
    let grant = json!({"from": SECOND, "to": COOP, "kinds": ["receive"], "until": "2027-12-31"});
    desk.world.append(OFFICE, draft(Kind::Grant, grant)).await;
    desk.get(COOP, &of_second).await.says(200, &format!("ship={shipment}")).says(200, "100 bottles");
    assert!(!desk.get(COOP, "/app/receive").await.body.contains(&shipment.to_string()), "it is not the co-op's own");
    let page = desk.get(COOP, &format!("/app/receive?ship={shipment}&for={SECOND}")).await;
    // A browser sends a line's fields in their order, hidden ones too.
    let mut fields = page.hidden("/app/receive");
    fields.extend([
        ("batch".to_owned(), bottles.to_string()),
        ("amount".to_owned(), "100瓶".to_owned()),
        ("date".to_owned(), DAY.to_owned()),
        ("condition".to_owned(), "good".to_owned()),
    ]);
    let row = desk.world.record(desk.post(COOP, "/app/receive", &fields).await.record()).await;
    assert_eq!((row.actor, row.entered_by), (SECOND, Some(COOP)));
    assert_eq!(desk.world.batch(row.outputs[0]).await.owner, SECOND);
}
