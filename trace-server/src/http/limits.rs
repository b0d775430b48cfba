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

pub(super) async fn no_such_path(uri: Uri) -> Problem {
    Problem::absent(format!("没有这个页面：{}", uri.path()), format!("there is nothing at {}", uri.path()))
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
