//! Headers that every answer carries, so that no page can forget one.

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::access::{cookie, session_cookie};
use crate::app::AppState;

/// No inline script or style, nothing from another host, no frames (CSP level 3).
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(self), geolocation=(), microphone=(), payment=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Adds what the answer does not say itself; signed-in answers are not kept by caches.
pub(super) async fn secure(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let secure = state.config.secure_cookies();
    let (parts, body) = request.into_parts();
    let signed_in =
        parts.headers.contains_key(header::AUTHORIZATION) || cookie(&parts, session_cookie(secure)).is_some();
    let static_file = parts.uri.path().starts_with("/static/");
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        set_absent(headers, name, value);
    }
    if secure {
        set_absent(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if signed_in && !static_file {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn set_absent(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
