//! Bodies and addresses that cannot even be read.

use serde_json::json;
use trace_tests::engines::Database;
use trace_tests::household::{PROCESSOR, loss};

use crate::face::{Face, problem, says};

/// Broken UTF-8, broken JSON, and JSON that cannot be hashed; each names its place.
pub async fn bodies_that_cannot_be_read(database: Database) {
    let face = Face::open(database).await;
    let size = face.size().await;
    for (body, rule, place, words) in [
        (&b"{\"uid\":\"\xff\"}"[..], "not_utf8", "", &["8"][..]),
        (b"", "not_json", "", &["line 1"]),
        (b"{\n  \"uid\": nope}", "not_json", "/uid", &["line 2", "column"]),
        (b"{\"a\":1} {}", "not_json", "", &["line 1"]),
        (b"{\"a\":{\"b\":1,\"b\":2}}", "duplicate_key", "/a/b", &["twice"]),
        (b"{\"a\":[1,2.5]}", "not_integer", "/a/1", &["integer"]),
        (b"{\"a\":9007199254740992}", "integer_range", "/a", &["9007199254740992"]),
        (b"{\"a\":null}", "null", "/a", &["leave the field out"]),
        (b"{\"a\":\"\"}", "empty_value", "/a", &["empty"]),
        ("{\"a\":\"e\u{301}\"}".as_bytes(), "not_nfc", "/a", &["Normalization Form C"]),
        ("{\"a\":\"x\u{202e}y\"}".as_bytes(), "forbidden_character", "/a", &["U+202E"]),
        ("{\"重\":1}".as_bytes(), "key_not_ascii", "/重", &["ASCII"]),
    ] {
        let response = face.post_bytes(PROCESSOR, "/api/v1/records", body).await;
        says(&problem(response, 400, rule, place).await, words);
    }
    let plain = face.client.post(format!("{}/api/v1/records", face.base)).bearer_auth(face.token(PROCESSOR));
    let response = plain.header("content-type", "text/plain").body("{}").send().await.unwrap();
    says(&problem(response, 415, "media_type", "").await, &["text/plain", "application/json"]);
    let response = face.post_bytes(PROCESSOR, "/api/v1/records", "[1]").await;
    problem(response, 422, "malformed", "/0").await;
    assert_eq!(face.size().await, size);
}

/// One byte over the limit is 413; a body at the limit is read.
pub async fn a_body_over_the_limit(database: Database) {
    let face = Face::open(database).await;
    let fresh = face.world.fresh(PROCESSOR, "100kg").await;
    let size = face.size().await;
    let body = face.body(loss(fresh, "1kg")).to_string();
    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
    let response = face.post_bytes(PROCESSOR, "/api/v1/records", padded((1 << 20) + 1)).await;
    says(&problem(response, 413, "body_too_large", "").await, &["1048576"]);
    assert_eq!(face.size().await, size);
    let response = face.post_bytes(PROCESSOR, "/api/v1/records", padded(1 << 20)).await;
    assert_eq!(response.status(), 201);
    let response = face.upload(PROCESSOR, "image/png", vec![0xff; (2 << 20) + 1]).await;
    says(&problem(response, 413, "body_too_large", "").await, &["2097152"]);
}

/// Ids, codes, queries, paths and methods that are none.
pub async fn wrong_addresses(database: Database) {
    let face = Face::open(database).await;
    for (path, status, rule) in [
        ("/api/v1/records/xyz", 400, "malformed_id"),
        ("/api/v1/parties/pa-1", 400, "malformed_id"),
        ("/api/v1/sites/si-", 400, "malformed_id"),
        ("/api/v1/batches/H261120-0000001", 400, "batch_code"),
        ("/api/v1/records?colour=red", 400, "query"),
        ("/api/v1/records?limit=0", 400, "query"),
        ("/api/v1/records?kind=harvests", 400, "query"),
        ("/api/v1/batches?owner=me", 400, "query"),
        ("/api/v1/batches/F000101-000000/trace?direction=up", 400, "query"),
        ("/api/v1/code-issues/77", 404, "not_found"),
        ("/api/v1/code-issues/99999999999", 404, "not_found"),
        ("/qr/CJZCKKD64D6EX5CXY40K.svg", 404, "not_found"),
        ("/qr/CJZC.svg", 400, "package_code"),
        ("/api/v1/nothing", 404, "not_found"),
        ("/api/v1/batches/%ff", 400, "not_utf8"),
        ("/records/%e5%a4", 400, "not_utf8"),
        ("/log/tile/%ff", 400, "not_utf8"),
        ("/b/%ff", 400, "not_utf8"),
        ("/api/v1/records/0000000000000000000000000000000000000000000000000000000000000000", 404, "not_found"),
    ] {
        let place = "";
        if path.contains("direction") {
            // The path is judged before the query or after it: either is a 400.
            let response = face.get(PROCESSOR, path).await;
            assert_eq!(response.status(), 400);
            continue;
        }
        problem(face.get(PROCESSOR, path).await, status, rule, place).await;
    }
    // A browser gets a page at an address that is none, in its language; the API speaks as ever.
    for (path, status, words) in [
        ("/nothing", 404, "No such page"),
        ("/b/%ff", 404, "No such page"),
        ("/api/v1/nothing", 404, "not_found"),
        ("/", 200, "Sign in"),
        ("/t", 200, "sign in here"),
    ] {
        let browser = face.client.get(format!("{}{path}", face.base)).header("accept", "text/html,*/*;q=0.8");
        let response = browser.header("accept-language", "en").send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        let body = response.text().await.unwrap();
        assert!(body.contains(words), "{path}: {body}");
    }
    let response = face.client.delete(format!("{}/api/v1/records", face.base)).send().await.unwrap();
    says(&problem(response, 405, "method_not_allowed", "").await, &["DELETE"]);
    let group = json!({"group": [], "x": 1});
    let response = face.post(PROCESSOR, &group).await;
    assert!(response.status().is_client_error());
}
