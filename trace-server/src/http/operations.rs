//! For those who operate the service: is it alive, is it ready, what does it do.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use super::Problem;
use crate::app::AppState;
use crate::log::Standing;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).route("/metrics", get(metrics))
}

/// The process answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// The database answers too, and the log is signed. While the log refuses to sign, this says so with 503 though reading
/// goes on: it is for whoever watches the service, and a proxy that spreads readers asks `/healthz`.
async fn readyz(State(state): State<AppState>) -> Result<(StatusCode, String), Problem> {
    state.ledger.store().head().await?;
    Ok(match state.log.standing() {
        Standing::Refuses(doubt) => (StatusCode::SERVICE_UNAVAILABLE, format!("THE LOG REFUSES TO SIGN: {doubt}\n")),
        Standing::Failing(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("the log is not signed: {error}\n")),
        Standing::Waiting | Standing::Elsewhere | Standing::Signed(_) => (StatusCode::OK, "ready\n".to_owned()),
    })
}

async fn metrics(State(state): State<AppState>) -> Result<impl IntoResponse, Problem> {
    let head = state.ledger.store().head().await?;
    let text = state.metrics.exposition(head.frontier.size());
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}
