//! What a request may take: bytes, time; and what becomes of it when a path, a method or the code fails.

use std::any::Any;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use trace_core::record::Refusal;

use super::{Problem, pages};
use crate::config::Config;

/// The largest body; uploads raise it for their own route.
pub(super) fn body(config: &Config) -> DefaultBodyLimit {
    DefaultBodyLimit::max(config.request_body_bytes_max)
}

/// The answer to a request that took longer than the configured time. What it had handed to the ledger is judged all the
/// same; the same request again gets the answer.
pub(super) fn timed_out() -> Problem {
    Problem::unavailable(
        "timeout",
        "处理超时；请用同样的内容重发",
        "the request took too long; send the same again, with the same uid",
    )
}

/// The answer of a handler that panicked; what it said is for the log.
pub(super) fn panicked(panic: &(dyn Any + Send)) -> Problem {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
    tracing::error!(panic = words, "a handler panicked");
    Problem::internal()
}

/// A path that nothing answers: a page for a person, a problem for a program.
pub(super) async fn no_such_path(request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let path = parts.uri.path();
    if wants_page(&parts) {
        return pages::nowhere(&parts);
    }
    Problem::absent(format!("没有这个页面：{path}"), format!("there is nothing at {path}")).into_response()
}

/// A path whose bytes are no text names nothing. Without this the framework would say so in a line of its own, of no known
/// type and in one language. Consumer pages stand outside: they say it in the words of a package code.
pub(super) async fn readable_path(request: Request, next: Next) -> Response {
    let Some(problem) = unreadable(request.uri().path()) else { return next.run(request).await };
    let (parts, _) = request.into_parts();
    if wants_page(&parts) { pages::nowhere(&parts) } else { problem.into_response() }
}

/// What is wrong with a path whose bytes are no text.
pub(super) fn unreadable(path: &str) -> Option<Problem> {
    let at = unreadable_from(path)?;
    let zh = format!("网址 {path} 的第 {at} 字节（从 0 起）不是 UTF-8；请核对网址");
    let en = format!("byte {at} (from 0) of the address {path} is not valid UTF-8 (RFC 3986, section 2.5); check it");
    Some(Problem::unreadable("not_utf8", "", zh, en))
}

/// Browsers say that they take HTML; programs of the API do not.
fn wants_page(parts: &Parts) -> bool {
    let accepts = parts.headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    !parts.uri.path().starts_with("/api/") && accepts.into_iter().any(|value| value.contains("text/html"))
}

/// Where a path stops being UTF-8 once its `%` escapes are read, in bytes of what they stand for.
fn unreadable_from(path: &str) -> Option<usize> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    std::str::from_utf8(&bytes).err().map(|error| error.valid_up_to())
}

pub(super) async fn no_such_method(method: Method, uri: Uri) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        Refusal::invalid(
            "method_not_allowed",
            "",
            format!("{} 不接受 {method}", uri.path()),
            format!("{} does not take {method}", uri.path()),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_that_is_no_text_is_named() {
        for path in ["/", "/b/x", "/b/%E5%A4%A9", "/b/%", "/b/%f", "/b/%zz", "/b/%+f"] {
            assert_eq!(unreadable_from(path), None, "{path}");
        }
        assert_eq!(unreadable_from("/b/%ff"), Some(3));
        assert_eq!(unreadable_from("/b/%e5%A4"), Some(3));
    }
}
