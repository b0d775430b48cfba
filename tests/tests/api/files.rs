//! Whose files: a digest stands in public records, so knowing one opens nothing and lets nobody name the file.

use std::io::Cursor;

use serde_json::{Value, json};
use trace_core::id::PartyId;
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, FIRST_PLOT, LABORATORY, OFFICE, PROCESSOR, RIVAL, SECOND, SECOND_PLOT, harvest};

use crate::face::{Face, problem, says};

/// A picture that others do not have.
fn png(width: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::DynamicImage::new_luma8(width, 4).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Uploads a picture as a party, and gives how a record names it.
async fn upload(face: &Face, party: PartyId, width: u32) -> Value {
    let response = face.upload(party, "image/png", png(width)).await;
    assert_eq!(response.status(), 201);
    response.json().await.unwrap()
}

/// A harvest of a party that names these files.
async fn shown(face: &Face, party: PartyId, files: Value) -> Value {
    let plot = if party == FIRST { FIRST_PLOT } else { SECOND_PLOT };
    let planting = face.world.plant(party, plot, "0.1亩").await;
    let mut body = face.body(harvest(planting, "10kg", false));
    body["evidence"] = files;
    body
}

pub async fn a_digest_opens_no_file(database: Database) {
    let face = Face::open(database).await;
    let file = upload(&face, FIRST, 30).await;
    let answer = face.append(FIRST, &shown(&face, FIRST, json!([file])).await).await;
    // What anybody reads in the public record.
    let id = answer["id"].as_str().unwrap();
    let public: Value = face.get_public(&format!("/records/{id}")).await.json().await.unwrap();
    let named = public["evidence"].clone();
    assert_eq!(named, json!([file]));
    let body = shown(&face, SECOND, named.clone()).await;
    let refused = face.refused(SECOND, &body, 404, "unknown_evidence", "/evidence/0/sha256").await;
    says(&refused, &["/api/v1/evidence", file["sha256"].as_str().unwrap()]);
    // In a group, and signed or prepared, it is the same.
    let own = upload(&face, SECOND, 31).await;
    let group = json!([shown(&face, SECOND, json!([own])).await, shown(&face, SECOND, named.clone()).await]);
    face.refused(SECOND, &group, 404, "unknown_evidence", "/1/evidence/0/sha256").await;
    let prepared = face.post_bytes(SECOND, "/api/v1/records/prepare", body.to_string()).await;
    problem(prepared, 404, "unknown_evidence", "/evidence/0/sha256").await;
    // One that nobody has is answered in the same words.
    let nobodys = json!([{"sha256": "ab".repeat(32), "media_type": "image/png", "size": 3}]);
    let nobodys = shown(&face, SECOND, nobodys).await;
    let unknown = face.refused(SECOND, &nobodys, 404, "unknown_evidence", "/evidence/0/sha256").await;
    let plain = |problem: &Value, digest: &str| problem["detail"].as_str().unwrap().replace(digest, "");
    assert_eq!(plain(&unknown, &"ab".repeat(32)), plain(&refused, file["sha256"].as_str().unwrap()));
    // What is said of an own file must be so, else every audit finds it.
    let mut other = own.clone();
    other["size"] = json!(7);
    let other = shown(&face, SECOND, json!([other])).await;
    let differs = face.refused(SECOND, &other, 422, "evidence_differs", "/evidence/0").await;
    says(&differs, &["7", &own["size"].to_string()]);
    // The same bytes, had and sent by the other party, are its own too.
    let again = upload(&face, SECOND, 30).await;
    assert_eq!(again, file);
    let taken = face.append(SECOND, &shown(&face, SECOND, json!([again])).await).await;
    assert_eq!(taken["record"]["evidence"], json!([file]));
}

pub async fn a_file_is_for_the_parties_of_its_record(database: Database) {
    let face = Face::open(database).await;
    let file = upload(&face, FIRST, 40).await;
    let digest = file["sha256"].as_str().unwrap();
    let alone = format!("/api/v1/evidence/{digest}");
    let response = face.get(FIRST, &alone).await;
    assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &"image/png".parse().unwrap()));
    let bytes = response.bytes().await.unwrap();
    assert_eq!(trace_core::id::RecordId::of(&bytes).to_string(), digest);
    let answer = face.append(FIRST, &shown(&face, FIRST, json!([file])).await).await;
    let through = format!("{alone}?record={}", answer["id"].as_str().unwrap());
    for party in [FIRST, OFFICE] {
        assert_eq!(face.get(party, &through).await.status(), 200, "{party}");
    }
    for party in [SECOND, PROCESSOR, LABORATORY, RIVAL] {
        problem(face.get(party, &through).await, 404, "not_found", "").await;
        problem(face.get(party, &alone).await, 404, "not_found", "").await;
    }
    // A record of one's own does not open a file that it does not name.
    let other = face.append(SECOND, &shown(&face, SECOND, json!([upload(&face, SECOND, 41).await])).await).await;
    let beside = format!("{alone}?record={}", other["id"].as_str().unwrap());
    problem(face.get(SECOND, &beside).await, 404, "not_found", "").await;
    problem(face.get(FIRST, &format!("{alone}?record=nothing")).await, 400, "query", "").await;
    problem(face.get(FIRST, "/api/v1/evidence/xyz").await, 400, "malformed_id", "").await;
    problem(face.get_public(&through).await, 401, "token_missing", "").await;
}

pub async fn a_correction_keeps_its_files(database: Database) {
    let face = Face::open(database).await;
    let file = upload(&face, FIRST, 50).await;
    let first = face.append(FIRST, &shown(&face, FIRST, json!([file])).await).await;
    // Its party may be corrected by the office, which uploaded nothing.
    let record = &first["record"];
    let correction = |weight: &str, of: &Value| {
        json!({"uid": face.world.uid(), "kind": "correct", "actor": FIRST, "occurred_at": record["occurred_at"],
            "supersedes": of["id"], "inputs": [{"batch": record["inputs"][0]["batch"]}],
            "outputs": [{"batch": record["outputs"][0]["batch"], "product": "fresh_tianma", "amount": weight}],
            "details": {"kind": "harvest", "details": record["details"]}, "evidence": record["evidence"]})
    };
    let second = face.append(FIRST, &correction("11kg", &first)).await;
    let third = face.append(OFFICE, &correction("12kg", &second)).await;
    assert_eq!(third["record"]["evidence"], json!([file]));
    // Whoever may not see the record gets no further by naming it as the one to correct.
    face.refused(SECOND, &correction("13kg", &third), 404, "unknown_evidence", "/evidence/0/sha256").await;
}

/// Of a file from before uploads were noted nobody is known: its record's parties have it, and nobody names it anew.
pub async fn files_of_before_stay_with_their_records(database: Database) {
    let face = Face::open(database).await;
    let file = upload(&face, FIRST, 60).await;
    let body = shown(&face, FIRST, json!([file])).await;
    let answer = face.append(FIRST, &body).await;
    let (database, _) = face.surroundings();
    trace_tests::raw::execute(database, "DELETE FROM evidence_uploads").await;
    let path = format!("/api/v1/evidence/{}", file["sha256"].as_str().unwrap());
    let through = format!("{path}?record={}", answer["id"].as_str().unwrap());
    assert_eq!(face.get(FIRST, &through).await.status(), 200);
    problem(face.get(FIRST, &path).await, 404, "not_found", "").await;
    let response = face.post(FIRST, &body).await;
    assert_eq!(response.status(), 200, "sent again it gets its first answer");
    let new = shown(&face, FIRST, json!([file])).await;
    face.refused(FIRST, &new, 404, "unknown_evidence", "/evidence/0/sha256").await;
}
