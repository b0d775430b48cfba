//! What a laboratory enters.

use trace_core::id::{RecordId, Stage};
use trace_core::record::MediaType;
use trace_core::tianma::{Product, ResultItem};
use trace_tests::drafting::DAY;
use trace_tests::engines::Database;
use trace_tests::household::{LABORATORY, OFFICE, PROCESSOR, RIVAL};

use crate::desk::{Desk, Page};

pub async fn a_failed_result_freezes(database: Database) {
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let page = desk.get(LABORATORY, &format!("/app/lab?batch={dried}")).await;
    page.says(200, "at most 400 mg/kg").says(200, "at most 15 %").says(200, &dried.to_string());
    let fields = |so2: &str, verdict: &str, uid: String| {
        [
            ("uid", uid),
            ("batch", dried.to_string()),
            ("date", DAY.to_owned()),
            ("standard", "pharmacopoeia_2020".to_owned()),
            ("gastrodin_and_phba", "0.29%".to_owned()),
            ("water", "12.5 %".to_owned()),
            ("so2", so2.to_owned()),
            ("verdict", verdict.to_owned()),
        ]
    };
    // A verdict against the figures is refused beside the figure.
    let page = desk.post(LABORATORY, "/app/lab", &fields("0.05%", "pass", desk.uid())).await;
    page.says(422, "500 mg/kg breaks the limit").says(422, "value=\"0.05%\"");
    let good = fields("380 mg/kg", "pass", page.value("uid"));
    let record = desk.post(LABORATORY, "/app/lab", &good).await.record();
    assert_eq!(desk.post(LABORATORY, "/app/lab", &good).await.record(), record, "pressed twice");
    let view = desk.world.ledger.record(record, None).await.expect("a store").expect("a record");
    let text = String::from_utf8_lossy(view.entry.record.bytes()).into_owned();
    assert!(text.contains(r#""item":"gastrodin_and_phba","mg_per_kg":2900"#), "{text}");
    assert!(text.contains(r#""item":"water","mg_per_kg":125000"#), "{text}");
    assert!(desk.world.batch(dried).await.holds.is_empty());
    let failed = desk.post(LABORATORY, "/app/lab", &fields("500 mg/kg", "fail", desk.uid())).await.record();
    assert!(desk.world.batch(dried).await.holds.contains(&failed));
    desk.get(OFFICE, "/app/office/holds").await.says(200, "500 mg/kg");
    let list = desk.get(LABORATORY, "/app/lab").await;
    list.says(200, &record.to_string()).says(200, &failed.to_string());
}

/// A report comes along as it is, is carried on while the form is wrong, and never opens within the service's pages.
pub async fn a_report_is_kept_as_it_is(database: Database) {
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let page = desk.get(LABORATORY, "/app/lab").await;
    page.says(200, "enctype=\"multipart/form-data\"").says(200, "kept as it is").says(200, "accept=\"application/pdf");
    let fields = |water: &str, uid: &str, kept: &str| {
        vec![
            ("uid", uid.to_owned()),
            ("batch", dried.to_string()),
            ("date", DAY.to_owned()),
            ("standard", "pharmacopoeia_2020".to_owned()),
            ("water", water.to_owned()),
            ("verdict", "pass".to_owned()),
            ("kept_report", kept.to_owned()),
        ]
    };
    let before = desk.entries().await;
    for wrong in [&b"%PDF-1.7 without an end"[..], b"<html><script>", b"MZ", b"GIF89a"] {
        let page = desk.post_file(LABORATORY, "/app/lab", &fields("12%", &desk.uid(), ""), ("report", wrong)).await;
        page.says(422, "neither a JPEG or PNG picture nor a PDF").says(422, "id=\"report-wrong\"");
    }
    let report = b"%PDF-1.7\n% signed by the laboratory\n%%EOF\n";
    let uid = desk.uid();
    let page = desk.post_file(LABORATORY, "/app/lab", &fields("12", &uid, ""), ("report", report)).await;
    page.says(422, "One report is here already");
    assert_eq!(desk.entries().await, before, "nothing is stored");
    let kept = page.value("kept_report");
    assert_eq!(kept, RecordId::of(report).to_string(), "not a byte was changed");
    let record = desk.post(LABORATORY, "/app/lab", &fields("12%", &uid, &kept)).await.record();
    let again = desk.post_file(LABORATORY, "/app/lab", &fields("12%", &uid, ""), ("report", report)).await;
    assert_eq!(again.record(), record, "pressed twice, with the file once more");
    let other = desk.post_file(LABORATORY, "/app/lab", &fields("12%", &uid, ""), ("report", b"%PDF-1.7\n%%EOF")).await;
    other.says(422, "was used for a request or record with other content");
    let view = desk.world.ledger.record(record, None).await.expect("a store").expect("a record");
    let named: Vec<_> = view.entry.record.evidence.iter().map(|one| (one.media_type, one.sha256.to_string())).collect();
    assert_eq!(named, [(MediaType::Pdf, kept.clone())]);
    let address = format!("/app/photos/{kept}?record={record}");
    let page = desk.get(LABORATORY, &format!("/app/records/{record}")).await;
    page.says(200, &format!("<a href=\"{address}\" download>Attached file</a> PDF document · 1 KB"));
    assert!(!page.body.contains("<img class=\"photo\""), "a document is no picture: {}", page.body);
    let file = desk.get(LABORATORY, &address).await;
    assert_eq!(file.body.as_bytes(), report);
    let said = |name: &str| file.headers[name].to_str().expect("text");
    assert_eq!(said("content-type"), "application/pdf");
    assert_eq!(said("content-disposition"), format!("attachment; filename=\"{}.pdf\"", &kept[..16]));
    assert!(said("content-security-policy").starts_with("default-src 'none'; sandbox;"));
    assert_eq!((said("x-content-type-options"), said("cache-control")), ("nosniff", "no-store"));
    assert_eq!(desk.get(OFFICE, &address).await.status, 200);
    for stranger in [PROCESSOR, RIVAL] {
        assert_eq!(desk.get(stranger, &address).await.status, 404, "{stranger}");
    }
    // A digest opens and backs nothing for whoever did not send the file.
    let foreign = RecordId::of(b"a file of nobody").to_string();
    let page = desk.post(LABORATORY, "/app/lab", &fields("12%", &desk.uid(), &foreign)).await;
    let view = desk.world.ledger.record(page.record(), None).await.expect("a store").expect("a record");
    assert!(view.entry.record.evidence.is_empty());
}

/// Each row shows a result as it is written there; all of them together are taken as they stand.
pub async fn a_row_shows_how_its_result_is_written(database: Database) {
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let (zh, en) = (desk.get_zh(LABORATORY, "/app/lab").await, desk.get(LABORATORY, "/app/lab").await);
    let example = |page: &Page, item: &str| {
        let input = page.body.split("<input ").find(|input| input.starts_with(&format!("id=\"{item}\"")));
        let (_, rest) = input.expect("the field").split_once("placeholder=\"").expect("an example");
        rest.split_once('"').expect("its end").0.to_owned()
    };
    assert_eq!(example(&zh, "banned_pesticides"), "未检出");
    assert_eq!(example(&en, "banned_pesticides"), "not detected");
    assert!(example(&en, "so2").ends_with(" mg/kg"), "{}", example(&en, "so2"));
    assert!(example(&en, "water").ends_with('%'), "{}", example(&en, "water"));
    for page in [&zh, &en] {
        let mut fields = vec![
            ("uid", page.value("uid")),
            ("batch", dried.to_string()),
            ("date", DAY.to_owned()),
            ("standard", "pharmacopoeia_2020".to_owned()),
            ("verdict", "pass".to_owned()),
        ];
        fields.extend(ResultItem::ALL.iter().map(|item| (item.code(), example(page, item.code()))));
        desk.post(LABORATORY, "/app/lab", &fields).await.record();
    }
}

pub async fn what_is_wrong_with_a_result(database: Database) {
    let desk = Desk::open(database).await;
    let dried = desk.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let before = desk.entries().await;
    for (batch, water, words) in [
        (dried.to_string(), "12.5", "has no unit; write 12.5 % or 12.5 mg/kg"),
        (dried.to_string(), "much", "cannot be read"),
        (dried.to_string(), "", "At least one result"),
        ("H251120-AAAAAAX".to_owned(), "12.5%", "aria-invalid"),
    ] {
        let fields = [
            ("uid", desk.uid()),
            ("batch", batch.clone()),
            ("date", DAY.to_owned()),
            ("standard", "pharmacopoeia_2020".to_owned()),
            ("water", water.to_owned()),
            ("verdict", "pass".to_owned()),
        ];
        let page = desk.post(LABORATORY, "/app/lab", &fields).await;
        page.says(422, words).says(422, &format!("value=\"{batch}\""));
    }
    assert_eq!(desk.entries().await, before);
}
