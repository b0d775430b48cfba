//! What is taken, and how it is answered.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use trace_core::id::{RecordId, Stage};
use trace_core::record::Kind;
use trace_core::record::canonical::canonical_bytes;
use trace_core::tianma::Product;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, FIRST_PLOT, PROCESSOR, dry, harvest, loss};

use crate::face::{Face, problem};

/// Id, index, time, canonical record and findings; and the record is at `/records/{id}` byte for byte.
pub async fn the_answer_is_the_record(database: Database) {
    let face = Face::open(database).await;
    let planting = face.world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let size = face.size().await;
    let answer = face.append(FIRST, &face.body(harvest(planting, "700斤", false))).await;
    assert_eq!(answer["index"], size);
    assert_eq!(answer["received_at"], "2026-11-20T08:00:00.000Z");
    assert_eq!(answer["findings"], json!([]));
    let id = answer["id"].as_str().unwrap();
    let bytes = canonical_bytes(&answer["record"]).unwrap();
    assert_eq!(RecordId::of(&bytes).to_string(), id);
    // 350 kg in milligrams, and the unit that was typed; a shorter number would be found in a hash one day.
    let public = answer["record"].to_string();
    assert!(!public.contains("350000000") && !public.contains('斤'), "the amount stands in the public record");
    let served = face.get_public(&format!("/records/{id}")).await;
    assert_eq!(served.headers()["content-type"], "application/json");
    assert_eq!(served.headers()["etag"], format!("\"{id}\""));
    assert_eq!(served.bytes().await.unwrap(), bytes);
}

/// What was thrown away, holes and wood are amounts as all others: sealed, typed back to the party, and hidden from the rest.
pub async fn amounts_of_no_batch_are_sealed(database: Database) {
    let face = Face::open(database).await;
    let seed = face.world.stock(FIRST, Stage::Seed, Product::SeedTuber, "200kg").await;
    let fungus = face.world.stock(FIRST, Stage::Fungus, Product::ArmillariaBottle, "100瓶").await;
    let plant = draft(Kind::Plant, json!({"method": "hole", "form": "wutianma"})).at(FIRST_PLOT);
    let plant = plant.takes(seed, "110kg").takes(fungus, "100瓶").makes(Product::Planting, "1亩");
    let mut body = face.body(plant);
    body["holes"] = "217窝".into();
    body["wood"] = "7654kg".into();
    let answer = face.append(FIRST, &body).await;
    let public = answer["record"].to_string();
    assert!(!public.contains('窝') && !public.contains("7654"), "an amount stands in the public record");
    let path = format!("/api/v1/records/{}", answer["id"].as_str().unwrap());
    let amounts = face.json(FIRST, &path).await["amounts"].clone();
    assert_eq!(amounts["holes"], json!({"typed": "217窝", "unit": "piece", "value": 217}));
    assert_eq!(amounts["wood"]["value"], 7_654_000_000_i64);
    assert!(face.json(PROCESSOR, &path).await.get("amounts").is_none());
    body["uid"] = json!(face.world.uid());
    body["wood"] = "7654".into();
    face.refused(FIRST, &body, 422, "quantity", "/wood").await;
    body["contaminated"] = "3瓶".into();
    body["wood"] = "7654kg".into();
    face.refused(FIRST, &body, 422, "amount_unexpected", "/contaminated").await;
}

/// The same bytes again give 200 and the same body; other bytes under the uid give 409.
pub async fn the_same_request_gets_the_same_answer(database: Database) {
    let face = Face::open(database).await;
    let fresh = face.world.fresh(PROCESSOR, "100kg").await;
    let mut body = face.body(dry(fresh, "100kg", "37kg"));
    let first = face.append(PROCESSOR, &body).await;
    assert_eq!(first["findings"].as_array().unwrap().len(), 1, "{first}");
    let again = face.post(PROCESSOR, &body).await;
    assert_eq!(again.status(), 200);
    assert_eq!(again.json::<Value>().await.unwrap(), first);
    body["outputs"][0]["amount"] = json!("25kg");
    face.refused(PROCESSOR, &body, 409, "uid_reused", "/uid").await;
    // The uid belongs to its submitter: another party's use of it is its own request.
    let theirs = face.world.fresh(FIRST, "1kg").await;
    let mut other = face.body(loss(theirs, "1kg"));
    other["uid"] = body["uid"].clone();
    face.append(FIRST, &other).await;
}

/// An array and `{"group":…}` are all or nothing; the refusal names the record in the body.
pub async fn a_group_stands_or_falls_together(database: Database) {
    let face = Face::open(database).await;
    let fresh = face.world.fresh(PROCESSOR, "100kg").await;
    let wash = draft(Kind::Process, json!({"method": "wash"})).takes(fresh, "100kg");
    let wash = face.body(wash.makes(Product::WashedTianma, "99kg"));
    let loss_of = |amount: &str| {
        let lost = draft(Kind::Adjust, json!({"reason": "loss", "direction": "less"}));
        face.body(lost.takes_of_group("#0", amount))
    };
    let body = json!([wash, loss_of("100kg")]);
    face.refused(PROCESSOR, &body, 422, "overdraw", "/1/inputs/0/amount").await;
    let body = json!({"group": [wash, loss_of("3")]});
    face.refused(PROCESSOR, &body, 422, "quantity", "/group/1/inputs/0/amount").await;
    let body = json!({"group": [wash, loss_of("1kg")]});
    let answer = face.append(PROCESSOR, &body).await;
    let records = answer["records"].as_array().unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(records[1]["record"]["inputs"][0]["record"], records[0]["id"]);
    let again = face.post(PROCESSOR, &body).await;
    assert_eq!(again.status(), 200);
    assert_eq!(again.json::<Value>().await.unwrap(), answer);
    face.refused(PROCESSOR, &json!([]), 400, "empty_value", "").await;
}

/// Registers a key, prepares a loss, signs its bytes.
async fn signed(face: &Face) -> (SigningKey, Value) {
    let key = SigningKey::from_bytes(&[42; 32]);
    let public = hex::encode(key.verifying_key().as_bytes());
    let register = draft(Kind::RegisterKey, json!({"key": public, "signed_only": true}));
    face.append(PROCESSOR, &face.body(register)).await;
    let fresh = face.append(PROCESSOR, &stock(face, &key).await).await;
    let batch = fresh["record"]["outputs"][0]["batch"].as_str().unwrap().parse().unwrap();
    let unsigned = face.body(loss(batch, "1kg"));
    face.refused(PROCESSOR, &unsigned, 403, "signature_missing", "/signatures").await;
    let body = sign(face, &key, &unsigned).await;
    (key, body)
}

async fn stock(face: &Face, key: &SigningKey) -> Value {
    let bring = draft(Kind::BringIn, json!({"origin": "before_system"}));
    let stage = Stage::Harvest;
    let bring = bring.makes_at(stage, Product::FreshTianma, "100kg");
    sign(face, key, &face.body(bring)).await
}

/// What `prepare` gives, signed over exactly its bytes.
async fn sign(face: &Face, key: &SigningKey, unsigned: &Value) -> Value {
    let size = face.size().await;
    let response = face.post_bytes(PROCESSOR, "/api/v1/records/prepare", unsigned.to_string()).await;
    assert_eq!(response.status(), 200);
    assert_eq!(face.size().await, size, "preparing stored something");
    let prepared: Value = response.json().await.unwrap();
    let prepared = &prepared["records"][0];
    let bytes = URL_SAFE_NO_PAD.decode(prepared["bytes"].as_str().unwrap()).unwrap();
    assert_eq!(RecordId::of(&bytes).to_string(), prepared["id"]);
    assert_eq!(canonical_bytes(&prepared["record"]).unwrap(), bytes);
    let value = URL_SAFE_NO_PAD.encode(key.sign(&bytes).to_bytes());
    let public = hex::encode(key.verifying_key().as_bytes());
    let signatures = json!([{"key": public, "value": value}]);
    json!({"record": prepared["record"], "openings": prepared["openings"], "signatures": signatures})
}

/// Signed over the prepared bytes it stands; its id is the prepared one. Any change breaks the signature.
pub async fn a_signed_record_is_taken_as_it_is(database: Database) {
    let face = Face::open(database).await;
    let (_, body) = signed(&face).await;
    let mut changed = body.clone();
    changed["record"]["occurred_at"] = json!("2026-11-19");
    let problem = face.post(PROCESSOR, &changed).await;
    assert!(problem.status().is_client_error());
    let mut forged = body.clone();
    let value = forged["signatures"][0]["value"].as_str().unwrap();
    let flipped = if value.starts_with('A') { "B" } else { "A" };
    forged["signatures"][0]["value"] = json!(format!("{flipped}{}", &value[1..]));
    face.refused(PROCESSOR, &forged, 422, "bad_signature", "/signatures/0").await;
    let answer = face.append(PROCESSOR, &body).await;
    assert_eq!(answer["record"], body["record"]);
    let read = face.json(PROCESSOR, &format!("/api/v1/records/{}", answer["id"].as_str().unwrap())).await;
    assert_eq!(read["signed"], true);
    assert_eq!(read["amounts"]["inputs"][0]["typed"], "1kg");
}

/// The amounts that judging sees are those that the record committed to.
pub async fn an_opening_must_fit(database: Database) {
    let face = Face::open(database).await;
    let (_, body) = signed(&face).await;
    let mut lie = body.clone();
    lie["openings"][0]["value"]["inputs"][0] = json!({"typed": "1g", "unit": "mg", "value": 1000});
    face.refused(PROCESSOR, &lie, 422, "opening", "/openings/0").await;
    let mut none = body.clone();
    none.as_object_mut().unwrap().remove("openings");
    face.refused(PROCESSOR, &none, 422, "opening_missing", "/openings").await;
    let mut twice = body.clone();
    twice["openings"] = json!([body["openings"][0], body["openings"][0]]);
    face.refused(PROCESSOR, &twice, 422, "opening", "/openings/1").await;
    let mut more = body.clone();
    more["note"] = json!("x");
    face.refused(PROCESSOR, &more, 422, "malformed", "/note").await;
    // Another party cannot send it in.
    let response = face.post(FIRST, &body).await;
    problem(response, 403, "foreign_submitter", "/record/actor").await;
}
