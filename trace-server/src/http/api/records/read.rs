//! `GET /api/v1/records` and `/{id}`.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use trace_core::id::{PartyId, RecordId};
use trace_core::record::Kind;
use trace_core::state::Standing;
use utoipa::{IntoParams, ToSchema};

use super::answer::{RecordBody, RecordFate};
use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::Caller;
use crate::http::problem::ReadRefusals;
use crate::http::query::{self, StrictQuery, by_text};
use crate::store::RecordFilter;

/// One record, with what the caller may see of its private part.
#[utoipa::path(
    get,
    path = "/api/v1/records/{id}",
    tag = "records",
    params(("id" = String, Path, description = "64 hex digits")),
    responses((status = 200, description = "The record", body = RecordBody), ReadRefusals),
    security(("token" = []))
)]
pub(in crate::http::api) async fn read(
    State(state): State<AppState>,
    Caller(viewer): Caller,
    Path(id): Path<String>,
) -> Result<Json<RecordBody>, Problem> {
    let id: RecordId = query::id(&id)?;
    match state.ledger.record(id, Some(&viewer)).await? {
        Some(view) => Ok(Json(view.into())),
        None => Err(Problem::absent(format!("系统里没有记录 {id}"), format!("this ledger has no record {id}"))),
    }
}

/// Which records; all conditions hold together.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http::api) struct RecordsQuery {
    /// By this party
    #[serde(default, deserialize_with = "by_text")]
    #[param(value_type = Option<String>)]
    actor: Option<PartyId>,
    /// With this party as the other side
    #[serde(default, deserialize_with = "by_text")]
    #[param(value_type = Option<String>)]
    other_side: Option<PartyId>,
    /// What they state; a correction of a harvest states a harvest
    #[param(value_type = Option<String>)]
    kind: Option<Kind>,
    /// `settled`, `unconfirmed` or `disputed`
    #[param(value_type = Option<String>)]
    standing: Option<Standing>,
    /// Only those that a finding holds
    #[serde(default)]
    held: bool,
    /// Only newest versions that stand
    #[serde(default)]
    live: bool,
    /// Only indices below this one: `next` of the page before
    #[param(format = "uint64")]
    before: Option<u64>,
    /// Items on the page, at most 500
    limit: Option<u32>,
}

/// A page of records, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http::api) struct RecordsPage {
    items: Vec<RecordFate>,
    /// `before` of the next page, where there may be one
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

/// Records by filter, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/records",
    tag = "records",
    params(RecordsQuery),
    responses((status = 200, description = "A page", body = RecordsPage), ReadRefusals),
    security(("token" = []))
)]
pub(in crate::http::api) async fn list(
    State(state): State<AppState>,
    _: Caller,
    StrictQuery(wanted): StrictQuery<RecordsQuery>,
) -> Result<Json<RecordsPage>, Problem> {
    let limit = query::limit(wanted.limit)?;
    let filter = RecordFilter {
        actor: wanted.actor,
        other_side: wanted.other_side,
        states: wanted.kind,
        standing: wanted.standing,
        held: wanted.held,
        live: wanted.live,
        before: wanted.before,
        limit,
    };
    let rows = state.ledger.store().records(&filter).await?;
    let full = rows.len() == limit as usize;
    let next = rows.last().filter(|_| full).map(|row| row.index);
    Ok(Json(RecordsPage { items: rows.iter().map(RecordFate::from).collect(), next }))
}
