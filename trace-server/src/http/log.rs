//! The log as C2SP tlog-tiles serves it: `/log/checkpoint` and `/log/tile/…`.
//!
//! It answers with bytes alone; how they come about is in `crate::log`.

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use trace_core::log::{TilePath, TilePathError};

use super::{Problem, limits};
use crate::app::AppState;

/// A checkpoint is replaced within a second of the next record.
const CHECKPOINT_CACHING: &str = "public, max-age=1";
/// Tiles never change (C2SP tlog-tiles, "Merkle Tree").
const TILE_CACHING: &str = "public, max-age=31536000, immutable";

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/log/checkpoint", get(checkpoint)).route("/log/tile/{*path}", get(tile))
}

/// The newest signed head of the log.
async fn checkpoint(State(state): State<AppState>) -> Result<Response, Problem> {
    let newest = state.log.published();
    let newest =
        newest.ok_or_else(|| Problem::absent("日志还没有签署过检查点", "the log has no signed checkpoint yet"))?;
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, CHECKPOINT_CACHING)];
    Ok((headers, newest.text.clone()).into_response())
}

/// A tile of hashes or a bundle of entries.
async fn tile(State(state): State<AppState>, uri: Uri) -> Result<Response, Problem> {
    // As it is spelt: a tile has one address.
    let path = uri.path().strip_prefix("/log/").unwrap_or_default();
    let path: TilePath = path.parse().map_err(|error: TilePathError| {
        limits::unreadable(path).unwrap_or_else(|| {
            Problem::absent(format!("日志没有这样的切片：{}", error.zh()), format!("no such tile: {error}"))
        })
    })?;
    let bytes = state.log.tile(path).await?.ok_or_else(|| {
        // What is not signed yet is nobody's evidence.
        let size = state.log.published().map_or(0, |newest| newest.size);
        Problem::absent(
            format!("签署过的 {size} 条日志里没有切片 {path}"),
            format!("the {size} signed entries have no tile {path}"),
        )
    })?;
    let headers = [(CONTENT_TYPE, "application/octet-stream"), (CACHE_CONTROL, TILE_CACHING)];
    Ok((headers, bytes).into_response())
}
