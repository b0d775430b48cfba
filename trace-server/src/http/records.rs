//! `/records/{id}`: the bytes themselves, for whoever wants to check a hash; the log's entry of it, and the proof that
//! the log holds that entry. `sha256sum` of the first answer is the id.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use trace_core::id::RecordId;
use trace_core::log::TlogProof;

use super::problem::ReadRefusals;
use super::{Problem, query};
use crate::app::AppState;
use crate::log::tiles;
use crate::store::EntryRow;

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

/// The row of the record's entry.
async fn entry_row(state: &AppState, id: &str) -> Result<EntryRow, Problem> {
    let id: RecordId = query::id(id)?;
    let row = state.ledger.store().entries_of(&[id]).await?.pop();
    row.ok_or_else(|| Problem::absent(format!("系统里没有记录 {id}"), format!("this ledger has no record {id}")))
}

/// The log's entry of a record: the leaf's bytes, whose hash `SHA256(00 || bytes)` stands in the tree.
#[utoipa::path(
    get,
    path = "/records/{id}/entry",
    tag = "records",
    params(("id" = String, Path, description = "64 hex digits")),
    responses(
        (status = 200, description = "The entry's canonical bytes (RFC 8785)", content_type = "application/json", body = serde_json::Value),
        ReadRefusals
    )
)]
pub(super) async fn entry(State(state): State<AppState>, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    let row = entry_row(&state, &id).await?;
    let headers =
        [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, row.bytes))
}

/// The proof that the log holds a record's entry: a tlog-proof (C2SP tlog-proof v1) against the newest published
/// checkpoint. A record is under one within a second of its answer; before that, 503 asks to try again.
#[utoipa::path(
    get,
    path = "/records/{id}/proof",
    tag = "records",
    params(("id" = String, Path, description = "64 hex digits")),
    responses(
        (status = 200, description = "The proof", content_type = "text/plain", body = String),
        ReadRefusals
    )
)]
pub(super) async fn proof(State(state): State<AppState>, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    let row = entry_row(&state, &id).await?;
    let newest = state.log.published().filter(|newest| newest.size > row.index);
    let newest = newest.ok_or_else(|| {
        Problem::unavailable(
            "not_signed_yet",
            "这条记录还没有进入已签署的检查点，请稍后再试",
            "this record is not under a signed checkpoint yet; try again in a second",
        )
        .retry_after(1)
    })?;
    let hashes = tiles::inclusion(&**state.ledger.store(), row.index, newest.size).await?;
    let proof = TlogProof::new(row.index, hashes, newest.note.clone()).map_err(|error| {
        tracing::error!(%error, "a proof could not be made");
        Problem::internal()
    })?;
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=1")];
    Ok((headers, proof.to_string()))
}
