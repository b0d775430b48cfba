//! Reading: records, batches, traces, lists, evidence, and what is public.

use image::ImageEncoder as _;
use serde_json::Value;
use trace_core::id::RecordId;
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, FIRST_PLOT, OFFICE, PROCESSOR, dry, receive};

use crate::face::{Face, problem};

/// From the field to the dryer, and both ways through it.
pub async fn records_batches_and_traces(database: Database) {
    let face = Face::open(database).await;
    let planting = face.world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let fresh = face.world.harvest(FIRST, planting, "400kg").await;
    let bought = face.append(PROCESSOR, &face.body(receive(fresh, "400kg"))).await;
    let bought = bought["record"]["outputs"][0]["batch"].as_str().unwrap().parse().unwrap();
    let dried = face.append(PROCESSOR, &face.body(dry(bought, "400kg", "100kg"))).await;
    let dried = dried["record"]["outputs"][0]["batch"].as_str().unwrap().to_owned();
    let back = face.json(PROCESSOR, &format!("/api/v1/batches/{dried}/trace")).await;
    let codes: Vec<&str> = back["batches"].as_array().unwrap().iter().map(|b| b["code"].as_str().unwrap()).collect();
    assert_eq!(codes.len(), 6, "seed, fungus, planting, harvest, receipt, dried: {codes:?}");
    assert!(codes.contains(&planting.to_string().as_str()));
    let forward = face
        .json(OFFICE, &format!("/api/v1/batches/{}/trace?direction=forward", planting.to_string().to_lowercase()))
        .await;
    let codes = forward["batches"].as_array().unwrap().len();
    assert_eq!(codes, 4, "planting, harvest, receipt, dried");
    let row = face.json(FIRST, &format!("/api/v1/batches/{dried}")).await;
    assert_eq!((row["stage"].as_str(), row["product"].as_str()), (Some("processing"), Some("dried_tianma")));
    assert_eq!(row["dug_on"], "2026-11-20", "handed on by receipt and drying");
    let unconfirmed = face.json(FIRST, &format!("/api/v1/records?other_side={FIRST}&standing=unconfirmed")).await;
    assert_eq!(unconfirmed["items"].as_array().unwrap().len(), 1);
    let party = face.json(FIRST, &format!("/api/v1/parties/{FIRST}")).await;
    assert_eq!(party["role"], "household");
    assert!(party.get("organisation").is_none());
    let sites = face.json(FIRST, "/api/v1/sites").await;
    assert_eq!(sites["items"].as_array().unwrap().len(), 2);
}

/// Pages follow one another without gap or repetition, and a page has at most 500 items.
pub async fn lists_come_in_pages(database: Database) {
    let face = Face::open(database).await;
    for _ in 0..7 {
        face.world.fresh(PROCESSOR, "1kg").await;
    }
    for (list, cursor, key) in [("records", "before", "id"), ("batches", "after", "code"), ("parties", "after", "id")] {
        let whole = face.json(OFFICE, &format!("/api/v1/{list}?limit=9999")).await;
        let whole: Vec<Value> = whole["items"].as_array().unwrap().iter().map(|item| item[key].clone()).collect();
        assert!(whole.len() >= 7, "{list}");
        let (mut paged, mut next) = (Vec::new(), String::new());
        loop {
            let page = face.json(OFFICE, &format!("/api/v1/{list}?limit=3{next}")).await;
            paged.extend(page["items"].as_array().unwrap().iter().map(|item| item[key].clone()));
            match &page["next"] {
                Value::Null => break,
                Value::String(text) => next = format!("&{cursor}={text}"),
                number => next = format!("&{cursor}={number}"),
            }
        }
        assert_eq!(paged, whole, "{list}");
    }
    let mine = face.json(OFFICE, &format!("/api/v1/batches?owner={PROCESSOR}&stage=harvest")).await;
    assert_eq!(mine["items"].as_array().unwrap().len(), 7);
    let none = face.json(OFFICE, &format!("/api/v1/batches?owner={FIRST}")).await;
    assert_eq!(none["items"].as_array().unwrap().len(), 0);
}

/// A picture is encoded anew before it is hashed; what is no picture is refused.
pub async fn evidence_is_made_harmless(database: Database) {
    let face = Face::open(database).await;
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut jpeg);
    encoder.write_image(&[128; 12 * 8 * 3], 12, 8, image::ExtendedColorType::Rgb8).unwrap();
    let comment = b"\xff\xe1\x00\x12Exif\0\0GPS 27.6N";
    let dirty = [&jpeg[..2], comment, &jpeg[2..]].concat();
    let response = face.upload(PROCESSOR, "image/jpeg", dirty.clone()).await;
    assert_eq!(response.status(), 201);
    let kept: Value = response.json().await.unwrap();
    assert_eq!(kept["media_type"], "image/jpeg");
    let sha256: RecordId = kept["sha256"].as_str().unwrap().parse().unwrap();
    assert_ne!(sha256, RecordId::of(&dirty));
    let (media_type, bytes) = face.world.store().evidence(sha256).await.unwrap().unwrap();
    assert_eq!((media_type.as_str(), RecordId::of(&bytes)), ("image/jpeg", sha256));
    assert_eq!(kept["size"], bytes.len());
    assert!(!bytes.windows(3).any(|window| window == b"GPS"), "the position is still there");
    let response = face.upload(PROCESSOR, "image/jpeg", "<script>alert(1)</script>").await;
    problem(response, 422, "evidence_type", "").await;
    let response = face.upload(PROCESSOR, "image/png", &b"\x89PNG\r\n\x1a\nnot really"[..]).await;
    problem(response, 422, "evidence_unreadable", "").await;
    let post = face.client.post(format!("{}/api/v1/evidence", face.base)).body(dirty);
    problem(post.send().await.unwrap(), 401, "token_missing", "").await;
}

/// Words and rules need no token; the table has the digest that entries name.
pub async fn vocabulary_and_rules_are_public(database: Database) {
    let face = Face::open(database).await;
    let words: Value = face.get_public("/api/v1/vocabulary").await.json().await.unwrap();
    assert_eq!(words["form"][0]["zh"], "乌天麻");
    assert!(words["kind"].as_array().unwrap().iter().any(|term| term["code"] == "harvest"));
    let rules: Value = face.get_public("/api/v1/rules").await.json().await.unwrap();
    let digest = rules["digest"].as_str().unwrap();
    let bytes = face.get_public(&format!("/api/v1/rules/{digest}")).await.bytes().await.unwrap();
    assert_eq!(RecordId::of(&bytes).to_string(), digest);
    assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), rules["table"]);
}
