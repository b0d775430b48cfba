//! A kept file as an answer: a picture is shown where it stands, everything else is saved to disk and never opened within
//! our origin. It lacks a word on caches: nothing that is signed in is kept by them.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use trace_core::id::RecordId;

/// Nothing of a document is run or loaded, even where a browser opens it all the same (CSP level 3).
const OF_A_DOCUMENT: &str = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The file's bytes under its media type.
pub fn answer(sha256: RecordId, media_type: String, bytes: Vec<u8>) -> Response {
    if media_type.starts_with("image/") {
        return ([(CONTENT_TYPE, media_type), (CONTENT_DISPOSITION, "inline".to_owned())], bytes).into_response();
    }
    let ending = media_type.rsplit('/').next().unwrap_or("bin");
    let digest = sha256.to_string();
    let named = format!("attachment; filename=\"{}.{ending}\"", &digest[..16]);
    let policy = (CONTENT_SECURITY_POLICY, OF_A_DOCUMENT.to_owned());
    ([(CONTENT_TYPE, media_type), (CONTENT_DISPOSITION, named), policy], bytes).into_response()
}
