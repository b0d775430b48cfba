//! `/api/v1/rules`: the tables of figures that records are judged by. Public: who is judged may know by what.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::Value;
use trace_core::id::RecordId;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::problem::ReadRefusals;
use crate::http::{Problem, query};

/// A rules table and its digest.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RulesBody {
    /// SHA-256 of the table's canonical bytes; entries name it
    digest: String,
    /// Versions only grow
    version: u32,
    /// The table
    #[schema(value_type = Object)]
    table: Value,
}

/// The rules table in force.
#[utoipa::path(
    get,
    path = "/api/v1/rules",
    tag = "meta",
    responses((status = 200, description = "The table", body = RulesBody), ReadRefusals)
)]
pub(super) async fn in_force(State(state): State<AppState>) -> Result<Json<RulesBody>, Problem> {
    let row = state.ledger.ledger_row().await?;
    let row = row.ok_or_else(|| Problem::absent("账本还没有创立", "this ledger has no founding entry yet"))?;
    let bytes = table(&state, row.rules).await?;
    let table = serde_json::from_slice(&bytes).map_err(|_| Problem::internal())?;
    Ok(Json(RulesBody { digest: row.rules.to_string(), version: row.rules_version, table }))
}

/// Canonical bytes of a rules table; their SHA-256 is its digest.
#[utoipa::path(
    get,
    path = "/api/v1/rules/{digest}",
    tag = "meta",
    params(("digest" = String, Path, description = "64 hex digits")),
    responses(
        (status = 200, description = "The canonical bytes (RFC 8785)", content_type = "application/json", body = Value),
        ReadRefusals
    )
)]
pub(super) async fn read(
    State(state): State<AppState>,
    Path(digest): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let bytes = table(&state, query::id(&digest)?).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes))
}

async fn table(state: &AppState, digest: RecordId) -> Result<Vec<u8>, Problem> {
    let bytes = state.ledger.store().rules_table(digest).await?;
    bytes.ok_or_else(|| Problem::absent(format!("没有规则表 {digest}"), format!("there is no rules table {digest}")))
}
