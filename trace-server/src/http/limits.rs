//! What a request may take: bytes, time; and what becomes of it when a path, a method or the code fails.

use std::any::Any;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use trace_core::record::Refusal;

use super::{Problem, pages};
use crate::app::AppState;
use crate::config::Config;

/// The largest body; uploads raise it for their own route.
pub(super) fn body(config: &Config) -> DefaultBodyLimit {
    DefaultBodyLimit::max(config.request_body_bytes_max)
}

/// Gives a request up after the configured time. What it had handed to the ledger is judged all the same; the same
/// request again gets the answer.
pub(super) async fn time(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let max = state.config.request_time_max;
    tokio::time::timeout(max, next.run(request)).await.unwrap_or_else(|_| {
        Problem::unavailable(
            "timeout",
            "处理超时；请用同样的内容重发",
            "the request took too long; send the same again, with the same uid",
        )
        .into_response()
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
pub(super) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(panic = words, "a handler panicked");
    Problem::internal().into_response()
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
    let path = request.uri().path();
    let Some(at) = unreadable_from(path) else { return next.run(request).await };
    let zh = format!("网址 {path} 的第 {at} 字节（从 0 起）不是 UTF-8；请核对网址");
    let en = format!("byte {at} (from 0) of the address {path} is not valid UTF-8 (RFC 3986, section 2.5); check it");
    let (parts, _) = request.into_parts();
    if wants_page(&parts) {
        return pages::nowhere(&parts);
    }
    Problem::unreadable("not_utf8", "", zh, en).into_response()
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
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;
    use crate::http::problem;

    #[test]
    fn the_place_that_is_no_text_is_named() {
        for path in ["/", "/b/x", "/b/%E5%A4%A9", "/b/%", "/b/%f", "/b/%zz", "/b/%+f"] {
            assert_eq!(unreadable_from(path), None, "{path}");
        }
        assert_eq!(unreadable_from("/b/%ff"), Some(3));
        assert_eq!(unreadable_from("/b/%e5%A4"), Some(3));
    }

    async fn bug() -> &'static str {
        panic!("the secret state of things")
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_that_keeps_its_words_to_itself() {
        let router = Router::new()
            .route("/bug", get(bug))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn(problem::finish));
        let response = router.oneshot(Request::get("/bug").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = to_bytes(response.into_body(), 4096).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&body["type"], &body["instance"]), (&"/problems/internal".into(), &"/bug".into()));
        assert!(!body.to_string().contains("secret"));
    }
}
