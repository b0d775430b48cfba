//! Packages, their codes, certificates and shipments.

use serde_json::{Value, json};
use trace_core::code::IssueNumber;
use trace_core::id::{BatchCode, Stage};
use trace_core::record::Kind;
use trace_core::state::CodeState;
use trace_core::tianma::Product;
use trace_tests::drafting::{DAY, Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, RIVAL, SELLER};

use crate::desk::{Desk, Page, token};

pub async fn packages_and_their_codes(database: Database) {
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let page = desk.get(PROCESSOR, &format!("/app/pack?batch={dried}")).await;
    let fields = [
        ("uid", page.value("uid")),
        ("batch", dried.to_string()),
        ("product", "dried_tianma".to_owned()),
        ("net", "250克".to_owned()),
        ("amount", "10 kg".to_owned()),
        ("shelf", "24".to_owned()),
        ("gtin", "06901234567892".to_owned()),
        ("date", DAY.to_owned()),
    ];
    let packed = desk.post(PROCESSOR, "/app/pack", &fields).await;
    let record = packed.record();
    assert_eq!(desk.post(PROCESSOR, "/app/pack", &fields).await.record(), record, "pressed twice");
    let sale = desk.world.record(record).await.outputs[0];
    let page = desk.get(PROCESSOR, &packed.location).await;
    page.says(200, "value=\"40\"").says(200, &record.to_string());
    let address = format!("/app/codes/{sale}");
    let over = [("uid", desk.uid()), ("count", "41".to_owned())];
    desk.post(PROCESSOR, &address, &over).await.says(422, "value=\"41\"").says(422, "still holds 10 kg");
    let fields = [("uid", page.value("uid")), ("count", "30".to_owned()), ("activate", "1".to_owned())];
    let first = desk.post(PROCESSOR, &address, &fields).await;
    assert_eq!(desk.post(PROCESSOR, &address, &fields).await.record(), first.record(), "pressed twice");
    let later = [("uid", desk.uid()), ("count", "10".to_owned())];
    desk.post(PROCESSOR, &address, &later).await.record();
    let issues = desk.world.store().issues(Some(sale), None).await.expect("the issues");
    assert_eq!(issues.iter().map(|issue| issue.count).collect::<Vec<_>>(), [30, 10]);
    assert!(issues[0].ranges.iter().any(|(state, range, _)| *state == CodeState::Active && range.count() == 30));
    assert!(issues[1].ranges.is_empty(), "not activated unless asked for");
    let page = desk.get(PROCESSOR, &address).await;
    let activate = [("uid", desk.uid()), ("issue", issues[1].number.to_string())];
    assert!(page.body.contains("not activated"));
    desk.post(PROCESSOR, &address, &activate).await.record();
    let sheet = desk.get(PROCESSOR, &format!("/app/sheets/{}?from=3&to=7", issues[0].number)).await;
    assert_eq!((sheet.status, sheet.body.matches("<svg").count()), (200, 5));
    assert_eq!(desk.get(RIVAL, &format!("/app/sheets/{}", issues[0].number)).await.status, 404);
    labels(&desk, issues[0].number).await;
    assert_eq!(desk.get(RIVAL, &address).await.status, 404);
}

/// How many packages it would be, and what stays, is told before anything is stored; as the script tells it.
pub async fn the_packages_are_worked_out(database: Database) {
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let page = desk.get(PROCESSOR, &format!("/app/pack?batch={dried}")).await;
    page.says(200, "/work.js").says(200, "data-said");
    let live: Value = serde_json::from_str(&page.attribute("data-live")).expect("the script's words");
    assert_eq!(live["pack"]["holds"], 10_000_000);
    let before = desk.entries().await;
    let pack = |net: &str, amount: &str, work_out: &str| {
        [
            ("uid", desk.uid()),
            ("batch", dried.to_string()),
            ("product", "dried_tianma".to_owned()),
            ("net", net.to_owned()),
            ("amount", amount.to_owned()),
            ("date", DAY.to_owned()),
            ("work_out", work_out.to_owned()),
        ]
    };
    let told = desk.post(PROCESSOR, "/app/pack", &pack("300克", "4公斤", "1")).await;
    told.says(200, "13 × 0.3 kg (0.6 jin) = 3.9 kg (7.8 jin)")
        .says(200, "of it 0.1 kg (0.2 jin) is less than a package: it stays");
    told.says(200, "leaves 6 kg (12 jin) in the batch that it comes from").says(200, "value=\"300克\"");
    let over = desk.post_in(PROCESSOR, "/app/pack", &pack("250克", "12公斤", "1"), "zh", &token(PROCESSOR)).await;
    over.says(200, "48 包 × 0.25 kg（0.5 斤） = 12 kg（24 斤）").says(200, "比剩余多 2 kg（4 斤），不能保存");
    assert_eq!(desk.entries().await, before, "nothing is stored");
    desk.post(PROCESSOR, "/app/pack", &pack("300克", "4公斤", "")).await.record();
}

/// What can be packed stands first; of what is packed the newest stand open, and the rest is folded.
pub async fn what_can_be_packed_comes_first(database: Database) {
    const SHOWN: usize = 20;
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let place = |page: &Page, words: &str| page.body.find(words).unwrap_or_else(|| panic!("{words}: {}", page.body));
    let mut sales = Vec::new();
    for _ in 0..SHOWN {
        sales.push(desk.world.pack(PROCESSOR, dried, "250g").await);
    }
    let page = desk.get(PROCESSOR, "/app/pack").await;
    assert!(!page.body.contains("<details"), "nothing to fold: {}", page.body);
    sales.extend([desk.world.pack(PROCESSOR, dried, "250g").await, desk.world.pack(PROCESSOR, dried, "250g").await]);
    let page = desk.get(PROCESSOR, "/app/pack").await;
    page.says(200, "href=\"#packed\"").says(200, "<summary>2 packed earlier</summary>");
    let (stock, packed) = (place(&page, &format!("/app/pack?batch={dried}")), place(&page, "id=\"packed\""));
    let folded = place(&page, "<details");
    assert!(stock < packed && packed < folded, "{}", page.body);
    let link = |sale: &BatchCode| format!("class=\"code\" href=\"/app/codes/{sale}\"");
    let open = sales.iter().filter(|sale| (packed..folded).contains(&place(&page, &link(sale)))).count();
    let below = sales.iter().filter(|sale| place(&page, &link(sale)) > folded).count();
    assert_eq!((open, below), (SHOWN, 2), "{}", page.body);
    desk.get_zh(PROCESSOR, "/app/pack").await.says(200, "<summary>更早包装的 2 批</summary>");
}

/// The page of labels offers the files of exactly the range, and says what is wrong with one.
async fn labels(desk: &Desk, issue: IssueNumber) {
    let address = format!("/app/labels/{issue}");
    let api = format!("/api/v1/code-issues/{issue}/labels");
    let page = desk.get(PROCESSOR, &format!("{address}?from=3&to=7&template=40x30&dpi=300")).await;
    let query = "from=2&#38;template=40x30&#38;dpi=300&#38;to=6";
    page.says(200, &format!("src=\"{api}.png?{query}\""));
    for ending in ["pdf", "zpl", "tspl", "csv", "xlsx", "zip"] {
        page.says(200, &format!("href=\"{api}.{ending}?{query}\""));
    }
    let sheet = desk.get(PROCESSOR, &format!("{address}?template=a4-3x7")).await;
    assert!(
        sheet.body.contains("labels.pdf?") && !sheet.body.contains("labels.zpl?"),
        "sheets are not for label printers"
    );
    let wrong = desk.get(PROCESSOR, &format!("{address}?from=7&to=31")).await;
    wrong.says(200, "whole numbers from 1 to 30").says(200, "value=\"31\"");
    assert!(!wrong.body.contains("labels.pdf?"));
    assert_eq!(desk.get(RIVAL, &address).await.status, 404);
}

pub async fn a_certificate_and_a_shipment(database: Database) {
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let page = desk.get(PROCESSOR, &format!("/app/certify?batch={dried}")).await;
    let mut fields = vec![
        ("uid", page.value("uid")),
        ("batch", dried.to_string()),
        ("basis", "own_test".to_owned()),
        ("date", DAY.to_owned()),
    ];
    desk.post(PROCESSOR, "/app/certify", &fields).await.says(422, "Tick the commitment");
    fields.push(("agree", "1".to_owned()));
    let certificate = desk.post(PROCESSOR, "/app/certify", &fields).await.record();
    assert_eq!(desk.world.record(certificate).await.kind.code(), "certify");
    let page = desk.get(PROCESSOR, &format!("/app/ship?batch={dried}")).await;
    page.says(200, &format!("{dried} 10 kg")).says(200, "网店");
    what_may_be_shipped_is_offered(&desk, dried).await;
    let ship =
        |lines: String| [("uid", desk.uid()), ("to", SELLER.to_string()), ("lines", lines), ("date", DAY.to_owned())];
    desk.post(PROCESSOR, "/app/ship", &ship(format!("{dried} 11 kg"))).await.says(422, "still holds 10 kg");
    desk.post(PROCESSOR, "/app/ship", &ship(format!("{dried}"))).await.says(422, "textarea");
    let fields = ship(format!("{dried} 4公斤"));
    let record = desk.post(PROCESSOR, "/app/ship", &fields).await.record();
    assert_eq!(desk.post(PROCESSOR, "/app/ship", &fields).await.record(), record, "pressed twice");
    assert_eq!(desk.world.batch(dried).await.allotted, 4_000_000);
    desk.get(SELLER, "/app/receive").await.says(200, &dried.to_string());
}

/// Batches with something left stand above the form, and are taken into it one after the other.
async fn what_may_be_shipped_is_offered(desk: &Desk, first: BatchCode) {
    let world = &desk.world;
    let second = world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "7kg").await;
    let others = world.stock(RIVAL, Stage::Processing, Product::DriedTianma, "7kg").await;
    let held = world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "7kg").await;
    world.append(OFFICE, draft(Kind::Hold, json!({"reason": "suspicion"})).names(held)).await;
    let page = desk.get(PROCESSOR, "/app/ship").await;
    for batch in [first, second] {
        page.says(200, &format!("href=\"/app/ship?for=&#38;batch={batch}\""));
    }
    page.says(200, "7 kg");
    for batch in [others, held] {
        assert!(!page.body.contains(&batch.to_string()), "{batch} cannot be shipped by this party");
    }
    let page = desk.get(PROCESSOR, &format!("/app/ship?batch={first}")).await;
    page.says(200, &format!("href=\"/app/ship?for=&#38;batch={first}&#38;batch={second}\""));
    let page = desk.get(PROCESSOR, &format!("/app/ship?batch={first}&batch={second}&batch={others}")).await;
    page.says(200, &format!("{first} 10 kg\n{second} 7 kg</textarea>"));
    assert!(!page.body.contains(&others.to_string()), "another party's batch is not taken");
}

pub async fn what_is_wrong_with_a_pack(database: Database) {
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let before = desk.entries().await;
    let fields = |name: &str, value: &str| {
        let mut fields = vec![
            ("uid".to_owned(), desk.uid()),
            ("batch".to_owned(), dried.to_string()),
            ("product".to_owned(), "dried_tianma".to_owned()),
            ("net".to_owned(), "250克".to_owned()),
            ("amount".to_owned(), "10 kg".to_owned()),
            ("date".to_owned(), DAY.to_owned()),
        ];
        fields.retain(|(had, _)| had != name);
        fields.push((name.to_owned(), value.to_owned()));
        fields
    };
    for (name, value, words) in [
        ("net", "250", "unit"),
        ("amount", "11 kg", "still holds 10 kg"),
        ("gtin", "06901234567893", "gtin-wrong"),
        ("shelf", "0", "from 1 to 255"),
        ("date", "yesterday", "date"),
        ("date", "2019-01-01", "date-wrong"),
    ] {
        let page = desk.post(PROCESSOR, "/app/pack", &fields(name, value)).await;
        page.says(422, words).says(422, &format!("value=\"{value}\""));
    }
    assert_eq!(desk.post(RIVAL, "/app/pack", &fields("net", "250g")).await.status, 404, "another's batch");
    assert_eq!(desk.entries().await, before);
}
