//! What every answer carries, and what operators ask.

use trace_tests::engines::Database;
use trace_tests::household::{PROCESSOR, loss};

use crate::face::Face;

/// Successes, refusals and unknown paths alike carry the security headers and a request id.
pub async fn every_answer_carries_them(database: Database) {
    let face = Face::open(database).await;
    for response in [
        face.get(PROCESSOR, "/api/v1/sites").await,
        face.get(PROCESSOR, "/api/v1/records/x").await,
        face.get_public("/nothing").await,
        face.get_public("/healthz").await,
        face.get_public("/api/v1/vocabulary").await,
        face.post_bytes(PROCESSOR, "/api/v1/records", vec![b' '; 2 << 20]).await,
    ] {
        let (path, headers) = (response.url().path().to_owned(), response.headers());
        let policy = headers["content-security-policy"].to_str().unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(headers[name], value, "{path}");
        }
        assert!(headers.contains_key("permissions-policy"), "{path}");
        assert!(headers.contains_key("strict-transport-security"), "{path}: the public address is https");
        assert_eq!(headers["x-request-id"].len(), 16, "{path}");
        if path != "/healthz" && path != "/api/v1/vocabulary" {
            assert_eq!(headers["cache-control"], "no-store", "{path}");
        }
    }
}

/// Alive, ready, and counted.
pub async fn operations_answer(database: Database) {
    let face = Face::open(database).await;
    assert_eq!(face.get_public("/healthz").await.text().await.unwrap(), "ok\n");
    assert_eq!(face.get_public("/readyz").await.text().await.unwrap(), "ready\n");
    let fresh = face.world.fresh(PROCESSOR, "10kg").await;
    face.append(PROCESSOR, &face.body(loss(fresh, "1kg"))).await;
    let overdraw = face.body(loss(fresh, "100kg"));
    face.refused(PROCESSOR, &overdraw, 422, "overdraw", "/inputs/0/amount").await;
    let text = face.get_public("/metrics").await.text().await.unwrap();
    let size = face.size().await;
    for line in [
        "trace_records_appended_total 1\n",
        "trace_requests_refused_total 1\n",
        "trace_http_requests_total{status=\"4xx\"} 1\n",
        &format!("trace_log_entries {size}\n"),
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let (database, folder) = face.surroundings();
    assert!(!database.url().is_empty() && folder.path().exists());
}
