//! For those who operate the service: is it alive, is it ready, what does it do.

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use super::Problem;
use crate::app::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).route("/metrics", get(metrics))
}

/// The process answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// The database answers too.
async fn readyz(State(state): State<AppState>) -> Result<&'static str, Problem> {
    state.ledger.store().head().await?;
    Ok("ready\n")
}

async fn metrics(State(state): State<AppState>) -> Result<impl IntoResponse, Problem> {
    let head = state.ledger.store().head().await?;
    let text = state.metrics.exposition(head.frontier.size());
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}
