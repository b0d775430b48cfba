//! The office's hand.

use serde_json::json;
use trace_core::code::IssueNumber;
use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
use trace_core::prepare::Draft;
use trace_core::record::Kind;
use trace_core::state::CodeState;
use trace_core::tianma::{Product, Tenure};
use trace_core::time::ReceivedAt;
use trace_server::store::{NewSuspicion, PartyFilter};
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, NOW_MS, OFFICE, PROCESSOR, RIVAL, SECOND, made};

use crate::desk::Desk;
use crate::packages::{code, packed};

pub async fn a_hold_is_released(database: Database) {
    let desk = Desk::open(database).await;
    let fresh = desk.world.fresh(PROCESSOR, "1000kg").await;
    // 0.40 is more than is likely, and less than is impossible: held.
    let dried = desk.world.dry(PROCESSOR, fresh, "1000kg", "400kg").await;
    let batch = made(&dried);
    assert!(!desk.world.batch(batch).await.holds.is_empty());
    let page = desk.get(OFFICE, "/app/office/holds").await;
    page.says(200, &batch.to_string()).says(200, "0.40").says(200, "400 kg");
    let zh = desk.get_zh(OFFICE, "/app/office/holds").await;
    zh.says(200, "干鲜比 0.40");
    let id = dried.record.id().to_string();
    let fields = [("uid", page.value("uid")), ("record", id.clone())];
    desk.post(OFFICE, "/app/office/release", &fields).await.says(422, "Choose why");
    let fields = [("uid", page.value("uid")), ("record", id.clone()), ("reason", "checked".to_owned())];
    let done = desk.post(OFFICE, "/app/office/release", &fields).await;
    assert_eq!((done.status, &*done.location), (303, "/app/office/holds?note=released"));
    assert_eq!(desk.post(OFFICE, "/app/office/release", &fields).await.status, 303, "pressed twice");
    assert!(desk.world.batch(batch).await.holds.is_empty());
    desk.world.pack(PROCESSOR, batch, "400kg").await;
    let again = [("uid", desk.uid()), ("record", id), ("reason", "checked".to_owned())];
    desk.post(OFFICE, "/app/office/release", &again).await.says(422, "released already");
    // The office freezes by hand, too.
    let other = desk.world.fresh(PROCESSOR, "10kg").await;
    let fields = [("uid", desk.uid()), ("batches", other.to_string()), ("reason", "complaint".to_owned())];
    desk.post(OFFICE, "/app/hold", &fields).await.record();
    assert_eq!(desk.world.batch(other).await.holds.len(), 1);
}

/// The office holds one package that looks copied, straight from the list.
pub async fn a_copied_code_is_found_and_held(database: Database) {
    let desk = Desk::open(database).await;
    let (sale, issue) = packed(&desk, PROCESSOR, "10kg", 40).await;
    desk.world.append(PROCESSOR, activation(sale, issue)).await;
    desk.get(OFFICE, "/app").await.says(200, "/app/suspicions");
    let found = NewSuspicion {
        issue,
        index: 4,
        rule: "devices_on_a_day".to_owned(),
        at: ReceivedAt::from_unix_ms(NOW_MS).expect("a time"),
        facts: r#"{"rule":"devices_on_a_day","devices":11,"on":"2026-11-20"}"#.to_owned(),
    };
    desk.world.store().put_suspicions(&[found]).await.expect("a suspicion");
    let page = desk.get(OFFICE, "/app/suspicions").await;
    page.says(200, &code(&desk, issue, 5).grouped())
        .says(200, "At least 11 different devices")
        .says(200, &sale.to_string());
    let way = format!("/app/hold?packages={issue}:5");
    page.says(200, &way);
    desk.get(OFFICE, &way).await.says(200, &format!(">{issue}:5</textarea>"));
    let hold = |packages: String| {
        [("uid", desk.uid()), ("batches", String::new()), ("packages", packages), ("reason", "suspicion".to_owned())]
    };
    desk.post(OFFICE, "/app/hold", &hold(format!("{issue}:99"))).await.says(422, "id=\"packages-wrong\"");
    desk.post(OFFICE, "/app/hold", &hold(String::new())).await.says(422, "id=\"batches-wrong\"");
    desk.post(OFFICE, "/app/hold", &hold(format!("{issue}:5"))).await.record();
    let row = desk.world.issue(issue).await;
    let held = row.ranges.iter().find(|(state, ..)| *state == CodeState::Held).expect("a held range");
    assert_eq!((held.1.from.get(), held.1.to.get()), (4, 4));
    assert!(desk.world.batch(sale).await.holds.is_empty(), "the batch itself goes on");
    // Whoever is to release it reads there which packages it is about, and of which batch.
    let list = desk.get(OFFICE, "/app/office/holds").await;
    list.says(200, &format!("issue {issue}, number 5")).says(200, &format!("href=\"/app/batches/{sale}\""));
    desk.get_zh(OFFICE, "/app/office/holds").await.says(200, &format!("冻结的包装 赋码批 {issue} 第 5 个"));
}

fn activation(sale: BatchCode, issue: IssueNumber) -> Draft {
    draft(Kind::ActivateCodes, json!({"issue": issue})).names(sale).ranging(codes(issue, 0, 39))
}

pub async fn a_recall_reaches_exactly_the_descendants(database: Database) {
    let desk = Desk::open(database).await;
    let world = &desk.world;
    let source = world.fresh(PROCESSOR, "1000kg").await;
    let innocent = world.fresh(PROCESSOR, "1000kg").await;
    let dried = made(&world.dry(PROCESSOR, source, "600kg", "150kg").await);
    let sibling = made(&world.dry(PROCESSOR, innocent, "600kg", "150kg").await);
    let sale = world.pack(PROCESSOR, dried, "100kg").await;
    let other_sale = world.pack(PROCESSOR, sibling, "100kg").await;
    let received = made(&world.receive(RIVAL, dried, "20kg").await);
    let fields = [
        ("uid", desk.uid()),
        ("batches", source.to_string()),
        ("scope", "with_descendants".to_owned()),
        ("reason", "so2".to_owned()),
        ("stage", "consumer".to_owned()),
    ];
    let before = desk.entries().await;
    let preview = desk.post(OFFICE, "/app/office/recall", &fields).await;
    preview.says(200, "4 batches of 2 parties").says(200, "1 of them a sale batch<");
    for batch in [source, dried, sale, received] {
        assert!(preview.body.contains(&batch.to_string()), "{batch} is named");
    }
    for batch in [innocent, sibling, other_sale] {
        assert!(!preview.body.contains(&batch.to_string()), "{batch} is not");
    }
    assert_eq!(desk.entries().await, before, "looking recalls nothing");
    let hidden = preview.hidden("/app/office/recall/store");
    let recall = desk.post(OFFICE, "/app/office/recall/store", &hidden).await.record();
    assert_eq!(desk.post(OFFICE, "/app/office/recall/store", &hidden).await.record(), recall, "pressed twice");
    let mut reached = world.record(recall).await.recalled;
    reached.sort_unstable();
    let mut expected = vec![source, dried, sale, received];
    expected.sort_unstable();
    assert_eq!(reached, expected, "the preview was exact");
    desk.get_public(&format!("/b/{sale}")).await.says(200, "ecall");
    assert!(!desk.get_public(&format!("/b/{other_sale}")).await.body.contains("ecalled"));
    let list = desk.get(OFFICE, "/app/office/recalls").await;
    list.says(200, "4 batches reached");
    let lift = [("uid", list.value("uid")), ("record", recall.to_string()), ("reason", "retested".to_owned())];
    assert_eq!(desk.post(OFFICE, "/app/office/lift", &lift).await.status, 303);
    assert!(world.batch(sale).await.recalls.is_empty());
    let wrong = [("uid", desk.uid()), ("batches", "nothing".to_owned())];
    let page = desk.post(OFFICE, "/app/office/recall", &wrong).await;
    page.says(422, "nothing: ").says(422, "Choose how much is recalled");
}

/// Some packages alone: the preview names them, nothing else of their batch is touched, and the slip says how far it goes.
pub async fn packages_are_recalled_by_their_codes(database: Database) {
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let sale = desk.world.pack(PROCESSOR, dried, "10kg").await;
    let issue = desk.world.issue_codes(PROCESSOR, sale, 20).await;
    let mut fields = vec![
        ("uid", desk.uid()),
        ("packages", format!("{issue}:3-7")),
        ("scope", "these_only".to_owned()),
        ("reason", "mould".to_owned()),
        ("stage", "trade".to_owned()),
    ];
    let before = desk.entries().await;
    let preview = desk.post(OFFICE, "/app/office/recall", &fields).await;
    preview.says(200, "5 packages by code").says(200, &format!("issue {issue}, numbers 3 to 7"));
    assert_eq!(desk.entries().await, before, "looking recalls nothing");
    let hidden = preview.hidden("/app/office/recall/store");
    let recall = desk.post(OFFICE, "/app/office/recall/store", &hidden).await.record();
    assert!(desk.world.batch(sale).await.recalls.is_empty(), "the others of the batch may go");
    let recalled = desk.world.issue(issue).await.ranges;
    let recalled: Vec<_> = recalled.iter().filter(|(state, _, _)| *state == CodeState::Recalled).collect();
    assert_eq!(recalled.len(), 1);
    assert_eq!((recalled[0].1.from.get(), recalled[0].1.to.get()), (2, 6));
    desk.get(OFFICE, "/app/office/recalls").await.says(200, &format!("issue {issue}, numbers 3 to 7"));
    let slip = desk.get(OFFICE, &format!("/app/records/{recall}")).await;
    slip.says(200, "<dt>Scope</dt><dd>").says(200, "<dt>Reason</dt><dd>").says(200, "<dt>Down to</dt><dd>");
    slip.says(200, &format!("issue {issue}, numbers 3 to 7"));
    fields[1].1 = format!("{issue}:3-21");
    desk.post(OFFICE, "/app/office/recall", &fields).await.says(422, "has 20 codes only");
    fields[1].1 = String::new();
    desk.post(OFFICE, "/app/office/recall", &fields).await.says(422, "Name batch codes");
}

pub async fn records_are_set_right(database: Database) {
    let desk = Desk::open(database).await;
    let batch = desk.world.fresh(FIRST, "100kg").await;
    let receipt = desk.world.receive(PROCESSOR, batch, "90kg").await;
    let id = receipt.record.id();
    let page = desk.get(PROCESSOR, &format!("/app/records/{id}/correct")).await;
    page.says(200, "value=\"90kg\"");
    let fields = |input: &str, output: &str, uid: String| {
        [("uid".to_owned(), uid), ("in-0".to_owned(), input.to_owned()), ("out-0".to_owned(), output.to_owned())]
    };
    let address = format!("/app/records/{id}/correct");
    let over = desk.post(PROCESSOR, &address, &fields("200kg", "200kg", desk.uid())).await;
    over.says(422, "value=\"200kg\"");
    let correction = desk.post(PROCESSOR, &address, &fields("80kg", "80kg", page.value("uid"))).await.record();
    assert_eq!(desk.world.batch(made(&receipt)).await.made, 80_000_000);
    assert_eq!(desk.world.batch(batch).await.drawn, 80_000_000);
    desk.post(PROCESSOR, &address, &fields("70kg", "70kg", desk.uid())).await.says(409, "replaced");
    // A correction can be corrected, and voided by whose fact it is, not by others.
    let address = format!("/app/records/{correction}/correct");
    let second = desk.post(PROCESSOR, &address, &fields("60kg", "60kg", desk.uid())).await.record();
    let voiding = [("uid", desk.uid()), ("reason", "typing_error".to_owned())];
    assert_eq!(desk.post(RIVAL, &format!("/app/records/{second}/void"), &voiding).await.status, 404);
    let none = [("uid", desk.uid())];
    desk.post(PROCESSOR, &format!("/app/records/{second}/void"), &none).await.says(422, "Choose the reason");
    desk.post(PROCESSOR, &format!("/app/records/{second}/void"), &voiding).await.record();
    assert!(desk.world.batch(made(&receipt)).await.void);
    assert_eq!(desk.world.batch(batch).await.drawn, 0, "given back");
}

pub async fn a_dispute_is_settled(database: Database) {
    let desk = Desk::open(database).await;
    let batch = desk.world.fresh(FIRST, "100kg").await;
    let receipt = desk.world.receive(PROCESSOR, batch, "90kg").await;
    let details = json!({"record": receipt.record.id(), "reason": "wrong_weight"});
    desk.get(OFFICE, "/app").await.says(200, "<span>Disputes</span>");
    desk.world.append(FIRST, draft(Kind::Dispute, details)).await;
    desk.get(OFFICE, "/app").await.says(200, "<span>Disputes <b class=\"count\">1</b></span>");
    let page = desk.get(OFFICE, "/app/office/disputes").await;
    page.says(200, "wrong weight").says(200, "90 kg").says(200, &receipt.record.id().to_string());
    assert!(!desk.world.batch(made(&receipt)).await.holds.is_empty());
    let fields = [("uid", page.value("uid")), ("record", page.value("record")), ("reason", "paper_shown".to_owned())];
    assert_eq!(desk.post(OFFICE, "/app/office/release", &fields).await.status, 303);
    assert!(desk.world.batch(made(&receipt)).await.holds.is_empty());
    desk.get(OFFICE, "/app").await.says(200, "<span>Disputes</span>");
    desk.get(OFFICE, "/app/office/disputes").await.says(200, "No dispute waits");
}

pub async fn the_search_finds(database: Database) {
    let desk = Desk::open(database).await;
    let one = desk.world.fresh(FIRST, "1kg").await;
    let two = desk.world.fresh(SECOND, "1kg").await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "1kg").await;
    desk.world.append(OFFICE, draft(Kind::Hold, json!({"reason": "suspicion"})).names(two)).await;
    let found = async |query: &str, expected: &[BatchCode]| {
        let page = desk.get(OFFICE, &format!("/app/office?{query}")).await;
        for batch in [one, two, dried] {
            assert_eq!(page.body.contains(&batch.to_string()), expected.contains(&batch), "{query}: {batch}");
        }
    };
    found("", &[one, two, dried]).await;
    found("code=h26", &[one, two]).await;
    found("stage=processing", &[dried]).await;
    found("held=1", &[two]).await;
    found(&format!("owner={FIRST}"), &[one]).await;
    found("owner=%E7%AC%AC%E4%B8%80%E5%8A%A0", &[dried]).await;
    let whole = desk.get(OFFICE, &format!("/app/office?code={one}")).await;
    assert_eq!((whole.status, whole.location), (303, format!("/app/batches/{one}")));
    desk.get(OFFICE, &format!("/app/batches/{two}")).await.says(200, "/app/office/recall?batch=").says(200, "Lineage");
    desk.get(OFFICE, "/app/office?owner=%E5%8A%A0%E5%B7%A5%E5%8E%82").await.says(200, "2 parties have");
}

pub async fn parties_and_sites_are_registered(database: Database) {
    let desk = Desk::open(database).await;
    let fields = [
        ("uid", desk.uid()),
        ("role", "household".to_owned()),
        ("village", "大桥村".to_owned()),
        ("person", "王小明".to_owned()),
        ("telephone", "13800000000".to_owned()),
    ];
    let record: RecordId = desk.post(OFFICE, "/app/office/register", &fields).await.record();
    assert_eq!(desk.post(OFFICE, "/app/office/register", &fields).await.record(), record, "pressed twice");
    let filter = PartyFilter { village: Some("大桥村".to_owned()), limit: 9, ..PartyFilter::default() };
    let party: PartyId = desk.world.store().parties(&filter).await.expect("the parties")[0].id;
    let bytes = desk.world.ledger.record(record, None).await.expect("a store").expect("a record");
    assert!(!String::from_utf8_lossy(bytes.entry.record.bytes()).contains("王小明"), "the name is sealed");
    let site = |area: &str| {
        [
            ("uid", desk.uid()),
            ("party", party.to_string()),
            ("kind", "plot".to_owned()),
            ("label", "3号地".to_owned()),
            ("area", area.to_owned()),
            ("altitude", "1800".to_owned()),
            ("tenure", "contracted".to_owned()),
        ]
    };
    desk.post(OFFICE, "/app/office/register/site", &site("1.5")).await.says(422, "value=\"1.5\"");
    desk.post(OFFICE, "/app/office/register/site", &site("1.5亩")).await.record();
    let sites = desk.world.store().sites(party).await.expect("the sites");
    assert_eq!((sites.len(), sites[0].tenure), (1, Some(Tenure::Contracted)));
    let alone = [("uid", desk.uid()), ("role", "household".to_owned())];
    let alone = desk.post(OFFICE, "/app/office/register", &alone).await;
    alone.says(422, "id=\"village-wrong\"").says(422, "id=\"person-wrong\"");
    let wrong = [("uid", desk.uid()), ("role", "king".to_owned())];
    desk.post(OFFICE, "/app/office/register", &wrong).await.says(422, "Choose the role");
}
