//! `/records/{id}`: the bytes themselves, for whoever wants to check a hash. `sha256sum` of the answer is the id.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use trace_core::id::RecordId;

use super::problem::ReadRefusals;
use super::{Problem, query};
use crate::app::AppState;

/// Canonical bytes of a record; their SHA-256 is the id.
#[utoipa::path(
    get,
    path = "/records/{id}",
    tag = "records",
    params(("id" = String, Path, description = "64 hex digits")),
    responses(
        (status = 200, description = "The canonical bytes (RFC 8785)", content_type = "application/json", body = serde_json::Value),
        ReadRefusals
    )
)]
pub(super) async fn bytes(State(state): State<AppState>, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    let id: RecordId = query::id(&id)?;
    let view = state.ledger.record(id, None).await?;
    let view =
        view.ok_or_else(|| Problem::absent(format!("系统里没有记录 {id}"), format!("this ledger has no record {id}")))?;
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        // What it says can never change.
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
        (header::ETAG, format!("\"{id}\"")),
    ];
    Ok((headers, view.entry.record.bytes().to_vec()))
}
