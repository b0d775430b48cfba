//! Headers that every answer carries, so that no page can forget one.

use axum::extract::Request;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use super::access::{cookie, session_cookie};
use crate::config::Config;

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

/// What of a request its answer's headers depend on.
pub(super) struct Asked {
    secure: bool,
    signed_in: bool,
    static_file: bool,
}

impl Asked {
    pub fn of(request: &Request, config: &Config) -> Self {
        let (secure, headers) = (config.secure_cookies(), request.headers());
        let signed_in =
            headers.contains_key(header::AUTHORIZATION) || cookie(headers, session_cookie(secure)).is_some();
        Self { secure, signed_in, static_file: request.uri().path().starts_with("/static/") }
    }
}

/// Adds what the answer does not say itself; signed-in answers are not kept by caches.
pub(super) fn secure(asked: &Asked, response: &mut Response) {
    let headers = response.headers_mut();
    headers.reserve(ALWAYS.len() + 1);
    for (name, value) in ALWAYS {
        set_absent(headers, name, value);
    }
    if asked.secure {
        set_absent(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if asked.signed_in && !asked.static_file {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

fn set_absent(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
