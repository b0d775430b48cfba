//! Labels by what became of their codes: nothing is printed for goods that must stay, what came back is said, and how
//! fine the symbols come out.

use serde_json::{Value, json};
use trace_core::code::{CodeIndex, CodeKey, IssueNumber, KeyRing};
use trace_core::id::BatchCode;
use trace_core::record::{CodeRange, Kind};
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, RIVAL, release};

use crate::codes::issue;
use crate::face::{Face, problem, says};

const FILES: [&str; 8] = ["pdf", "zpl", "tspl", "csv", "xlsx", "zip", "png", "json"];

fn path(number: u64, file: &str) -> String {
    format!("/api/v1/code-issues/{number}/labels.{file}")
}

async fn batch_of(face: &Face, number: u64) -> BatchCode {
    let issue = face.json(PROCESSOR, &format!("/api/v1/code-issues/{number}")).await;
    issue["batch"].as_str().unwrap().parse().unwrap()
}

fn codes(number: u64, from: u32, to: u32) -> CodeRange {
    let index = |index| CodeIndex::new(index).unwrap();
    CodeRange { issue: IssueNumber::new(u32::try_from(number).unwrap()).unwrap(), from: index(from), to: index(to) }
}

/// Every kind of file of these labels is refused alike.
async fn refused(face: &Face, number: u64, query: &str, rule: &str, words: &[&str]) {
    for file in FILES {
        let answer = face.get(PROCESSOR, &path(number, &format!("{file}{query}"))).await;
        says(&problem(answer, 409, rule, "").await, words);
    }
}

async fn printed(face: &Face, number: u64, query: &str) {
    for file in FILES {
        let answer = face.get(PROCESSOR, &path(number, &format!("{file}{query}"))).await;
        assert_eq!(answer.status(), 200, "{file}{query}");
    }
}

/// Before they are activated, labels are printed; while the batch is held or recalled, none are.
pub async fn a_batch_that_must_stay_has_no_labels(database: Database) {
    let face = Face::open(database).await;
    let number = issue(&face, None, 10).await;
    let batch = batch_of(&face, number).await;
    printed(&face, number, "").await;
    let hold = draft(Kind::Hold, json!({"reason": "suspicion"})).names(batch);
    let held = face.world.append(OFFICE, hold).await.record.id();
    refused(&face, number, "", "held_batch", &["is held (suspicion)", "被冻结（存疑）"]).await;
    face.world.append(OFFICE, release(held)).await;
    printed(&face, number, "").await;
    let recall = json!({"reason": "so2", "scope": "with_descendants", "stage": "consumer"});
    let recall = face.world.append(OFFICE, draft(Kind::Recall, recall).names(batch)).await.record.id();
    refused(&face, number, "", "recalled_batch", &["is under recall", "在召回中"]).await;
    let lift = json!({"recall": recall, "reason": "retested"});
    face.world.append(OFFICE, draft(Kind::LiftRecall, lift)).await;
    printed(&face, number, "").await;
}

/// Of an issue some codes are held or recalled: a range with one of them is refused by number, the others are printed.
pub async fn codes_that_must_stay_have_no_labels(database: Database) {
    let face = Face::open(database).await;
    let number = issue(&face, None, 20).await;
    let hold = json!({"reason": "complaint", "ranges": [codes(number, 4, 6)]});
    face.world.append(OFFICE, draft(Kind::Hold, hold)).await;
    let recall = json!({"reason": "mould", "scope": "these_only", "stage": "trade", "ranges": [codes(number, 12, 14)]});
    face.world.append(OFFICE, draft(Kind::Recall, recall)).await;
    // People count from 1.
    let held = [&format!("codes 5 to 7 of issue {number} are held (complaint)"), "第 5 到 7 个被冻结（投诉）"];
    refused(&face, number, "?to=9", "held_codes", &[held[0], held[1]]).await;
    refused(&face, number, "?from=6&to=6", "held_codes", &[&format!("codes 7 to 7 of issue {number}")]).await;
    let recalled = format!("codes 13 to 15 of issue {number} are under recall (mould)");
    refused(&face, number, "", "recalled_codes", &[&recalled]).await;
    printed(&face, number, "?to=3").await;
    printed(&face, number, "?from=7&to=11").await;
    printed(&face, number, "?from=15").await;
}

/// What came back may be labelled anew, and that it came back is said until it is activated again.
pub async fn what_came_back_is_said(database: Database) {
    let face = Face::open(database).await;
    let number = issue(&face, Some("06901234567892"), 10).await;
    let batch = batch_of(&face, number).await;
    let range = codes(number, 0, 9);
    let activate = draft(Kind::ActivateCodes, json!({"issue": number})).names(batch).ranging(range);
    face.world.append(PROCESSOR, activate).await;
    let consignee = json!({"consignee": {"class": "outside_trader"}});
    let ship = draft(Kind::Ship, consignee).takes(batch, "2.5kg").ranging(range);
    face.world.append(PROCESSOR, ship).await;
    let before = face.json(PROCESSOR, &path(number, "json?template=60x40&dpi=300")).await;
    assert_eq!((&before["notes"], &before["count"], &before["left_out"]), (&json!([]), &json!(10), &json!(0)));
    let back =
        draft(Kind::Return, json!({"reason": "unsold"})).names(batch).keeps("0.75kg").ranging(codes(number, 2, 4));
    face.world.append(PROCESSOR, back).await;
    let after = face.json(PROCESSOR, &path(number, "json?template=60x40&dpi=300")).await;
    assert_eq!(after["notes"][0]["rule"], "returned_codes", "{after}");
    assert!(after["notes"][0]["en"].as_str().unwrap().starts_with("3 of these packages came back"), "{after}");
    assert!(after["notes"][0]["zh"].as_str().unwrap().contains("3 个码的包装已退回"), "{after}");
    let file = face.get(PROCESSOR, &path(number, "zpl?dpi=300")).await;
    assert_eq!((file.status().as_u16(), &file.headers()["tianma-notes"]), (200, &"returned_codes".parse().unwrap()));
    let others = face.get(PROCESSOR, &path(number, "csv?from=5&dpi=300")).await;
    assert!(others.headers().get("tianma-notes").is_none());
}

/// Labels of a key that others may know can be had, but nobody sticks them on unknowingly.
pub async fn a_withdrawn_key_is_said(database: Database) {
    let face = Face::open(database).await;
    let number = issue(&face, None, 3).await;
    let key = |version, fill| CodeKey::new(version, [fill; 32]).unwrap();
    let face = face.restarted_with(&KeyRing::new(vec![key(1, 7).withdrawn(), key(2, 8)]).unwrap()).await;
    let labels = face.json(PROCESSOR, &path(number, "json?template=60x40&dpi=300")).await;
    assert_eq!(labels["notes"][0]["rule"], "withdrawn_key", "{labels}");
    assert!(labels["notes"][0]["zh"].as_str().unwrap().contains("密钥已停用"), "{labels}");
    let file = face.get(PROCESSOR, &path(number, "zpl?dpi=300")).await;
    assert_eq!((file.status().as_u16(), &file.headers()["tianma-notes"]), (200, &"withdrawn_key".parse().unwrap()));
}

/// What a module comes out as on each printer, and that GS1 wants it larger; for those who may have the labels.
pub async fn how_fine_symbols_come_out(database: Database) {
    let face = Face::open(database).await;
    let (long, short) = (issue(&face, Some("06901234567892"), 3).await, issue(&face, None, 3).await);
    // 33 and 29 modules and a quiet zone of 4 on each side, in squares of 21 and 15.5 mm.
    for (number, query, dots, um, mil, rule) in [
        (long, "template=60x40", 4, 500, "19.7", None),
        (long, "template=40x30", 3, 375, "14.8", Some("module_small")),
        (long, "template=40x30&dpi=300", 4, 339, "13.3", Some("module_small")),
        (long, "template=60x40&dpi=300", 6, 508, "20.0", None),
        (short, "template=60x40", 4, 500, "19.7", None),
        (short, "template=30x20", 3, 375, "14.8", Some("module_small")),
        (short, "template=30x20&dpi=300", 4, 339, "13.3", Some("module_small")),
    ] {
        let body = face.json(PROCESSOR, &path(number, &format!("json?{query}"))).await;
        assert_eq!(body["modules"], if number == long { 33 } else { 29 }, "{query}");
        assert_eq!((&body["dots"], &body["module_um"], &body["module_mil"]), (&json!(dots), &json!(um), &json!(mil)));
        assert_eq!(body["notes"].get(0).map_or(&Value::Null, |note| &note["rule"]), &json!(rule), "{query}: {body}");
        let file = face.get(PROCESSOR, &path(number, &format!("png?{query}"))).await;
        let header = file.headers().get("tianma-notes").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header.as_deref(), rule, "{query}");
    }
    let body = face.json(OFFICE, &path(long, "json?template=40x30")).await;
    let note = &body["notes"][0];
    assert!(note["en"].as_str().unwrap().contains("0.375 mm (14.8 mil) are smaller than GS1 allows"), "{note}");
    assert!(note["zh"].as_str().unwrap().contains("0.375 毫米（14.8 mil），小于 GS1 规定"), "{note}");
    problem(face.get(RIVAL, &path(long, "json")).await, 403, "forbidden", "").await;
    problem(face.get(PROCESSOR, &path(long, "json?to=3")).await, 422, "label_range", "").await;
}
