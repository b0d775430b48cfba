//! Signatures and keys as the API answers: what is refused, how it is said, and what anybody may read of a party's keys.

use serde_json::{Value, json};
use trace_core::id::{BatchCode, PartyId};
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_tests::drafting::{DAY, Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FIRST, FIRST_PLOT, OFFICE, PROCESSOR, RIVAL, SECOND, harvest, loss};
use trace_tests::signing::{ends, public, registers, signature};

use crate::face::{Face, problem, says};

/// What `prepare` answers for a body, each record signed by these keys: the body to post.
async fn signed(face: &Face, party: PartyId, body: &Value, seeds: &[u8]) -> Value {
    use base64::Engine as _;
    let response = face.post_bytes(party, "/api/v1/records/prepare", body.to_string()).await;
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(status, 200, "{text}");
    let prepared: Value = serde_json::from_str(&text).unwrap();
    let sign = |one: &Value| {
        let bytes = one["bytes"].as_str().unwrap();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(bytes).unwrap();
        let signatures: Vec<_> = seeds.iter().map(|seed| signature(*seed, &bytes)).collect();
        json!({"record": one["record"], "openings": one["openings"], "signatures": signatures})
    };
    let mut records: Vec<Value> = prepared["records"].as_array().unwrap().iter().map(sign).collect();
    if records.len() == 1 { records.remove(0) } else { json!({"group": records}) }
}

/// A loss of the processor signed by this key.
async fn lost(face: &Face, batch: BatchCode, seed: u8) -> Value {
    signed(face, PROCESSOR, &face.body(loss(batch, "1kg")), &[seed]).await
}

pub async fn keys_that_do_not_sign(database: Database) {
    let face = Face::open(database).await;
    let batch = face.world.fresh(PROCESSOR, "100kg").await;
    for (party, seed, until) in [(PROCESSOR, 1, Some(DAY)), (PROCESSOR, 2, None), (RIVAL, 3, None)] {
        face.append(party, &face.body(registers(seed, until, false))).await;
    }
    let over = ("key_over", "/signatures/0");
    // Of another party, of nobody.
    for seed in [3, 9] {
        let said = face.refused(PROCESSOR, &lost(&face, batch, seed).await, 403, "unknown_key", "/signatures/0").await;
        says(&said, &[&public(seed).to_string(), &PROCESSOR.to_string()]);
    }
    // Over the bytes of another record, though by a good key.
    let (mut body, other) = (lost(&face, batch, 2).await, lost(&face, batch, 2).await);
    let own = std::mem::replace(&mut body["signatures"], other["signatures"].clone());
    face.refused(PROCESSOR, &body, 422, "bad_signature", "/signatures/0").await;
    body["signatures"] = own;
    face.append(PROCESSOR, &body).await;
    let many = signed(&face, PROCESSOR, &face.body(loss(batch, "1kg")), &[2; 9]).await;
    face.refused(PROCESSOR, &many, 422, "too_many_signatures", "/signatures").await;
    // Ended: what was signed before stands, and is answered again; nothing new is taken.
    let waiting = lost(&face, batch, 2).await;
    let ended = face.append(PROCESSOR, &face.body(ends(2))).await;
    let said = face.refused(PROCESSOR, &waiting, 403, over.0, over.1).await;
    says(&said, &[ended["id"].as_str().unwrap(), "终止", "was ended"]);
    assert_eq!(face.post(PROCESSOR, &body).await.status(), 200);
    // Past its last day, dated back or not.
    let waiting = lost(&face, batch, 1).await;
    face.world.pass_ms(24 * 3_600_000);
    let said = face.refused(PROCESSOR, &waiting, 403, over.0, over.1).await;
    says(&said, &[DAY, "2026-11-21", "只能用到", "may sign until"]);
}

pub async fn keys_that_are_not_theirs(database: Database) {
    let face = Face::open(database).await;
    let by_clerk = face.body(registers(1, None, false).of(FIRST));
    let said = face.refused(OFFICE, &by_clerk, 403, "key_by_clerk", "/entered_by").await;
    says(&said, &[&OFFICE.to_string()]);
    face.refused(COOP, &by_clerk, 403, "no_grant", "/entered_by").await;
    let said = face.refused(FIRST, &face.body(ends(1)), 404, "no_such_key", "/details/key").await;
    says(&said, &[&public(1).to_string()]);
    face.append(FIRST, &face.body(registers(1, None, false))).await;
    let said = face.refused(SECOND, &face.body(ends(1)), 403, "foreign_key", "/details/key").await;
    says(&said, &[&public(1).to_string(), &FIRST.to_string()]);
    face.refused(SECOND, &face.body(registers(1, None, false)), 409, "id_taken", "/details/key").await;
    let ended = face.append(OFFICE, &face.body(ends(1))).await;
    let said = face.refused(FIRST, &face.body(ends(1)), 409, "key_ended", "/details/key").await;
    says(&said, &[ended["id"].as_str().unwrap()]);
    let weak = draft(Kind::RegisterKey, json!({"key": "00".repeat(32), "signed_only": false}));
    let said = face.refused(FIRST, &face.body(weak), 422, "bad_key", "/details/key").await;
    says(&said, &[&"00".repeat(32), "Ed25519"]);
}

pub async fn a_demand_in_a_group(database: Database) {
    let face = Face::open(database).await;
    let batch = face.world.fresh(FIRST, "100kg").await;
    let planting = face.world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let demand = face.body(registers(1, None, true));
    let body = json!({"group": [demand, face.body(loss(batch, "1kg"))]});
    face.refused(FIRST, &body, 403, "signature_missing", "/group/1/signatures").await;
    face.append(FIRST, &demand).await;
    let said = face.refused(FIRST, &face.body(loss(batch, "1kg")), 403, "signature_missing", "/signatures").await;
    says(&said, &[&public(1).to_string(), "/api/v1/records/prepare"]);
    let entered = face.body(harvest(planting, "1kg", false).of(FIRST));
    for clerk in [COOP, OFFICE] {
        face.refused(clerk, &entered, 403, "signature_missing", "/signatures").await;
    }
    face.refused(FIRST, &face.body(ends(1)), 403, "signature_missing", "/signatures").await;
    // A group that names its own records can be prepared, signed and sent.
    let wash = draft(Kind::Process, json!({"method": "wash"})).takes(batch, "10kg");
    let dry = draft(Kind::Process, json!({"method": "dry"})).takes_of_group("#0", "10kg");
    let chain = [wash.makes(Product::WashedTianma, "10kg"), dry.makes(Product::DriedTianma, "3kg")];
    let group = json!({"group": chain.map(|one| face.body(one))});
    let body = signed(&face, FIRST, &group, &[1]).await;
    let mut half = body.clone();
    half["group"][1].as_object_mut().unwrap().remove("signatures");
    face.refused(FIRST, &half, 403, "signature_missing", "/group/1/signatures").await;
    let mut swapped = body.clone();
    swapped["group"][1]["signatures"] = body["group"][0]["signatures"].clone();
    face.refused(FIRST, &swapped, 422, "bad_signature", "/group/1/signatures/0").await;
    let answer = face.append(FIRST, &body).await;
    let records = answer["records"].as_array().unwrap();
    assert_eq!(records[1]["record"]["inputs"][0]["record"], records[0]["id"]);
    let unknown = face.post_bytes(
        FIRST,
        "/api/v1/records/prepare",
        json!([face.body(loss(batch, "1kg")), {
            "uid": face.world.uid(), "kind": "process", "occurred_at": DAY, "details": {"method": "wash"},
            "inputs": [{"batch": "#1", "amount": "1kg"}], "outputs": [{"product": "washed_tianma", "amount": "1kg"}],
        }])
        .to_string(),
    );
    problem(unknown.await, 422, "group_reference", "/1/inputs/0/batch").await;
    // The office lets it go, and it enters as before.
    face.append(OFFICE, &face.body(ends(1))).await;
    face.append(COOP, &entered).await;
}

pub async fn keys_are_listed(database: Database) {
    let face = Face::open(database).await;
    let path = format!("/api/v1/parties/{FIRST}/keys");
    assert_eq!(face.json(FIRST, &path).await, json!({"items": []}));
    let first = face.append(FIRST, &face.body(registers(1, Some(DAY), false))).await;
    face.append(FIRST, &face.body(registers(2, None, true))).await;
    let ended = face.append(OFFICE, &face.body(ends(2))).await;
    face.append(FIRST, &face.body(registers(3, None, false))).await;
    // Anybody with a token may look whose keys are whose.
    let items = face.json(RIVAL, &path).await["items"].as_array().unwrap().clone();
    let of = |seed: u8| items.iter().find(|item| item["key"] == public(seed).to_string()).unwrap();
    assert_eq!(items.len(), 3);
    let expected = json!({"key": public(1), "until": DAY, "signed_only": false, "record": first["id"], "holds": true});
    assert_eq!(*of(1), expected);
    assert_eq!((&of(2)["ended"], &of(2)["signed_only"], &of(2)["holds"]), (&ended["id"], &json!(true), &json!(false)));
    assert_eq!(of(3)["holds"], true);
    face.world.pass_ms(24 * 3_600_000);
    let later = face.json(FIRST, &path).await;
    let held: Vec<&Value> = later["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["holds"] == true)
        .map(|item| &item["key"])
        .collect();
    assert_eq!(held, [&json!(public(3))], "the first is past its last day");
    let nobody = PartyId::from_random([99; 10]);
    problem(face.get(FIRST, &format!("/api/v1/parties/{nobody}/keys")).await, 404, "not_found", "").await;
}
