//! That a form was ours: the token of the session, and the origin that the browser names.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Uri};
use subtle::ConstantTimeEq as _;

/// Whether two secrets are the same, in a time that does not tell where they differ.
pub fn same_text(one: &str, other: &str) -> bool {
    !one.is_empty() && bool::from(one.as_bytes().ct_eq(other.as_bytes()))
}

/// Whether the browser says that the request comes from a page of ours: `Sec-Fetch-Site` (Fetch Metadata) where it
/// is sent, else `Origin` (RFC 6454 section 7) against the host asked for or the public address. A client that sends
/// neither is no browser of today; the token alone decides then.
pub fn same_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(ORIGIN.as_str()) else { return true };
    if origin.eq_ignore_ascii_case(public_url) {
        return true;
    }
    let Ok(uri) = origin.parse::<Uri>() else { return false };
    match (uri.authority(), text(HOST.as_str())) {
        (Some(authority), Some(host)) => authority.as_str().eq_ignore_ascii_case(host),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn own(headers: &[(&'static str, &str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        same_origin(&headers, "https://t.example.cn")
    }

    #[test]
    fn only_our_own_pages_post() {
        assert!(own(&[]));
        assert!(own(&[("origin", "https://t.example.cn"), ("host", "10.0.0.3:8080")]), "behind a proxy");
        assert!(own(&[("origin", "http://localhost:8080"), ("host", "localhost:8080")]));
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(!own(&[("origin", "https://evil.example"), ("host", "t.example.cn")]));
        assert!(!own(&[("origin", "null"), ("host", "t.example.cn")]));
        assert!(!own(&[("origin", "http://localhost:8080"), ("host", "localhost:80")]));
        assert!(!own(&[("sec-fetch-site", "cross-site"), ("origin", "https://t.example.cn")]));
        assert!(!own(&[("sec-fetch-site", "same-site")]), "a neighbour's host is not ours");
    }

    #[test]
    fn empty_secrets_are_never_the_same() {
        assert!(same_text("a", "a") && !same_text("a", "b") && !same_text("", "") && !same_text("a", "ab"));
    }
}
