//! Certificates of commitment over HTTP: what is printed says what the record says and leads to the batch, who may print
//! it, and why one is not printed any more.

use serde_json::json;
use trace_core::id::{BatchCode, RecordId};
use trace_core::prepare::Draft;
use trace_core::record::Kind;
use trace_core::tianma::EraseReason;
use trace_server::ledger::AppendError;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    COOP, FIRST, FIRST_PLOT, OFFICE, PROCESSOR, RIVAL, SECOND, World, correction, made, release, void,
};
use trace_tests::pictures::{pages_by_poppler, read_by_zbar, text_by_poppler};

use crate::face::{Face, problem, says};

fn certify(batch: BatchCode, version: u16) -> Draft {
    draft(Kind::Certify, json!({"basis": "commissioned_test", "wording_version": version})).names(batch)
}

/// A harvest of the first household with a certificate.
async fn certified(world: &World) -> (BatchCode, RecordId) {
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let harvest = world.harvest(FIRST, planting, "200kg").await;
    (harvest, world.append(FIRST, certify(harvest, 2)).await.record.id())
}

fn path(record: RecordId, file: &str) -> String {
    format!("/api/v1/records/{record}/certificate.{file}")
}

async fn text(face: &Face, party: trace_core::id::PartyId, record: RecordId) -> String {
    let response = face.get(party, &path(record, "pdf")).await;
    assert_eq!(response.status(), 200);
    text_by_poppler(&response.bytes().await.unwrap()).split_whitespace().collect()
}

/// Registers the first household anew with a person behind it.
async fn person(world: &World) {
    let registered = world.ledger.party(FIRST).await.unwrap().unwrap().record;
    let mut registration =
        draft(Kind::RegisterParty, json!({"party": FIRST, "role": "household", "village": "小草坝"}));
    registration.person = Some(json!({"name": "王有田", "telephone": "10012345678"}));
    registration.supersedes = Some(registered);
    world.append(OFFICE, registration).await;
}

/// A grower's certificate says all that it must, and a buyer's that of a buyer.
pub async fn a_certificate_is_printed(database: Database) {
    let face = Face::open(database).await;
    person(&face.world).await;
    let (harvest, record) = certified(&face.world).await;
    let response = face.get(FIRST, &path(record, "pdf")).await;
    assert_eq!(response.headers()["content-type"], "application/pdf");
    let name = format!("attachment; filename=\"certificate-{harvest}.pdf\"");
    assert_eq!(response.headers()["content-disposition"], name.as_str());
    assert_eq!(response.headers()["cache-control"], "no-store");
    let pdf = response.bytes().await.unwrap();
    let read = read_by_zbar(&pages_by_poppler(&pdf, 203)[0]);
    assert_eq!(read, [format!("HTTPS://T.EXAMPLE.CN/B/{harvest}")]);
    let opened = face.get_public(read[0].strip_prefix("HTTPS://T.EXAMPLE.CN").unwrap()).await;
    assert_eq!(opened.status(), 200);
    assert!(opened.text().await.unwrap().contains(&harvest.to_string()));
    let words = text(&face, FIRST, record).await;
    for part in [
        "承诺达标合格证",
        "■未使用禁用农药、兽药及其他化合物；",
        "□自行检测合格",
        "■委托检测合格",
        "产品名称：鲜天麻",
        "数量（重量）：200kg（400斤）",
        "产地：小草坝",
        "承诺主体：王有田小草坝",
        "联系方式：10012345678",
        "开具日期：2026-11-20",
        &format!("批次：{harvest}"),
        &format!("记录指纹：{}", &record.to_string()[..16]),
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    for (file, kind) in [
        ("zpl", "application/octet-stream"),
        ("tspl?dpi=300", "application/octet-stream"),
        ("png?template=certificate-80x50", "image/png"),
        ("pdf?template=certificate-a4", "application/pdf"),
        ("pdf?template=certificate-60x40", "application/pdf"),
    ] {
        let response = face.get(FIRST, &path(record, file)).await;
        assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &kind.parse().unwrap()));
        assert!(response.bytes().await.unwrap().len() > 300, "{file}");
    }
    // Whoever bought the goods commits to something else.
    let bought = made(&face.world.receive(PROCESSOR, harvest, "100kg").await);
    let record = face.world.append(PROCESSOR, certify(bought, 2)).await.record.id();
    let words = text(&face, PROCESSOR, record).await;
    assert!(words.contains("■已按规定收取并保存该批次农产品承诺达标合格证"), "{words}");
    assert!(!words.contains("未使用禁用农药") && words.contains("承诺主体：第一加工厂"), "{words}");
    assert!(words.contains("联系方式：未登记") && words.contains("产地：小草坝"), "{words}");
    // And a certificate of the trial has the trial's words.
    let record = face.world.append(PROCESSOR, certify(bought, 1)).await.record.id();
    let words = text(&face, PROCESSOR, record).await;
    assert!(words.contains("■不使用禁用农药、停用兽药和非法添加物；") && words.contains("■委托检测"), "{words}");
}

/// Its party, whoever entered it, and the office; the office gets nothing that tells of a person.
pub async fn a_certificate_is_for_its_party(database: Database) {
    let face = Face::open(database).await;
    person(&face.world).await;
    let (harvest, record) = certified(&face.world).await;
    for party in [RIVAL, SECOND, COOP] {
        let refused = problem(face.get(party, &path(record, "pdf")).await, 403, "forbidden", "").await;
        says(&refused, &["printed by the party that issued it", "由开具主体"]);
    }
    problem(face.get_public(&path(record, "png")).await, 401, "token_missing", "").await;
    let words = text(&face, OFFICE, record).await;
    assert!(!words.contains("王有田") && !words.contains("10012345678"), "{words}");
    assert!(words.contains("承诺主体：小草坝农户") && words.contains("联系方式：未公开"), "{words}");
    // A clerk whom the household lets certify prints it with the household's name.
    let grant = json!({"from": FIRST, "to": COOP, "kinds": ["certify"], "until": "2027-12-31"});
    face.world.append(FIRST, draft(Kind::Grant, grant)).await;
    let entered = face.world.append(COOP, certify(harvest, 2).of(FIRST)).await.record.id();
    let words = text(&face, COOP, entered).await;
    assert!(words.contains("王有田") && words.contains("10012345678"), "{words}");
}

/// After an erasure name and telephone are gone from every print.
pub async fn what_was_erased_says_so(database: Database) {
    let face = Face::open(database).await;
    person(&face.world).await;
    let (_, record) = certified(&face.world).await;
    assert!(text(&face, FIRST, record).await.contains("王有田"));
    let uid = face.world.uid();
    let digest = RecordId::of(uid.as_bytes());
    // The office prints: the household's tokens went with the erasure.
    let erased: Result<_, AppendError> =
        face.world.ledger.erase(OFFICE, FIRST, EraseReason::Requested, uid, digest).await;
    erased.unwrap();
    let words = text(&face, OFFICE, record).await;
    assert!(words.contains("联系方式：已删除") && words.contains("（姓名已删除）"), "{words}");
    assert!(!words.contains("王有田") && !words.contains("10012345678"), "{words}");
}

/// Void, corrected, for goods that must stay: refused, with the reason in both languages.
pub async fn what_does_not_stand_is_not_printed(database: Database) {
    let face = Face::open(database).await;
    let world = &face.world;
    let (harvest, record) = certified(world).await;
    let voided = world.append(FIRST, void(record)).await;
    let refused = problem(face.get(FIRST, &path(record, "pdf")).await, 409, "certificate_void", "").await;
    says(&refused, &["was voided (reason: typing error)", "已作废（原因：录入错误）"]);
    // The voiding itself is no certificate, and neither is a harvest.
    for other in [voided.record.id(), world.batch(harvest).await.record] {
        let refused = problem(face.get(FIRST, &path(other, "zpl")).await, 404, "not_found", "").await;
        says(&refused, &["is no certificate of commitment", "不是承诺达标合格证"]);
    }
    let first = world.append(FIRST, certify(harvest, 2)).await;
    let second = world.append(FIRST, correction(&first, certify(harvest, 1))).await.record.id();
    let refused = problem(face.get(FIRST, &path(first.record.id(), "png")).await, 409, "stale_version", "").await;
    says(&refused, &[&format!("print its newer version {second}"), "已更正"]);
    let words = text(&face, FIRST, second).await;
    assert!(words.contains("■不使用禁用农药"), "{words}");
    // A version of the wording that nobody ever wrote.
    let strange = world.append(FIRST, certify(harvest, 77)).await.record.id();
    let refused = face.get(FIRST, &path(strange, "pdf")).await;
    let refused = problem(refused, 422, "wording_version", "/details/wording_version").await;
    says(&refused, &["has version 77 of the wording; there are versions 1, 2"]);
    // A hold stops it, a release lets it go.
    let hold = draft(Kind::Hold, json!({"reason": "complaint"})).names(harvest);
    let held = world.append(OFFICE, hold).await.record.id();
    let refused = problem(face.get(FIRST, &path(second, "pdf")).await, 409, "held_batch", "").await;
    says(&refused, &["is held (complaint)", "被冻结（投诉）"]);
    world.append(OFFICE, release(held)).await;
    assert!(text(&face, FIRST, second).await.contains("承诺达标合格证"));
    let recall = json!({"reason": "pesticide", "scope": "these_only", "stage": "trade"});
    world.append(OFFICE, draft(Kind::Recall, recall).names(harvest)).await;
    let refused = problem(face.get(FIRST, &path(second, "pdf")).await, 409, "recalled_batch", "").await;
    says(&refused, &["is under recall", "在召回中"]);
}

pub async fn wrong_orders_of_certificates_are_explained(database: Database) {
    let face = Face::open(database).await;
    let (_, record) = certified(&face.world).await;
    for file in ["csv", "docx", "zip"] {
        let refused = problem(face.get(FIRST, &path(record, file)).await, 404, "not_found", "").await;
        says(&refused, &["the files of a certificate are certificate.pdf, certificate.zpl"]);
    }
    let refused = problem(face.get(FIRST, &path(record, "pdf?template=60x40")).await, 400, "label_template", "").await;
    says(&refused, &["there is no label template '60x40'; there are certificate-60x40, certificate-80x50"]);
    let refused = face.get(FIRST, &path(record, "zpl?template=certificate-a5")).await;
    says(&problem(refused, 400, "label_template", "").await, &["a template such as certificate-60x40"]);
    let missing = RecordId::of(b"nothing");
    problem(face.get(FIRST, &path(missing, "pdf")).await, 404, "not_found", "").await;
}
