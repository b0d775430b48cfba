//! What a request may take: bytes, time; and what becomes of it when a path, a method or the code fails.

use std::any::Any;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use trace_core::record::Refusal;

use super::Problem;
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
            "处理超时;请用同样的内容重发",
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

pub(super) async fn no_such_path(uri: Uri) -> Problem {
    Problem::absent(format!("没有这个页面:{}", uri.path()), format!("there is nothing at {}", uri.path()))
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
