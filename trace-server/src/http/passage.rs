//! What every request and answer passes through, from the outside in: security headers (so that even a refusal carries
//! them), the request's id, its counters and its line in the log, the last fields of a problem, panics, time, size.
//!
//! One function, since each layer of a router puts the future of all that is below it into a box of its own. What its
//! parts mean stands with them; it holds their order alone.

use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::metrics::Observed;
use super::{headers, limits, problem};
use crate::app::AppState;

pub(super) async fn pass(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let asked = headers::Asked::of(&request, &state.config);
    let (observed, span) = Observed::begin(&state.metrics, &request);
    let uri = request.uri().clone();
    limits::body(&state.config).apply(&mut request);
    let running = AssertUnwindSafe(next.run(request)).catch_unwind();
    let answered = tokio::time::timeout(state.config.request_time_max, running).instrument(span.clone()).await;
    let response = match answered {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => span.in_scope(|| limits::panicked(&*panic)).into_response(),
        Err(_) => limits::timed_out().into_response(),
    };
    let mut response = problem::finish(response, uri.path());
    observed.end(&state.metrics, &span, &mut response);
    headers::secure(&asked, &mut response);
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use axum::body::to_bytes;
    use axum::http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_problem_that_keeps_its_words_to_itself() {
        let panic = std::panic::catch_unwind(|| panic!("the secret state of things")).unwrap_err();
        let response = problem::finish(limits::panicked(&*panic).into_response(), "/bug");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = to_bytes(response.into_body(), 4096).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&body["type"], &body["instance"]), (&"/problems/internal".into(), &"/bug".into()));
        assert!(!body.to_string().contains("secret"));
    }
}
