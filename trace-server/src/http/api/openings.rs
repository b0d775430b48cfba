//! `/api/v1/openings`: the opened amounts of consecutive entries, for the office and whoever audits with its token.
//!
//! It opens nothing that tells of persons, and no prices.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trace_core::id::RecordId;
use trace_core::record::sealed::Group;
use trace_core::tianma::PartyRole;
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::Caller;
use crate::http::problem::ReadRefusals;
use crate::http::query::{LIMIT_MAX, StrictQuery};

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Range {
    /// Index of the first entry
    from: u64,
    /// Index after the last entry; at most 500 entries are looked at, the others are left out
    to: u64,
}

/// Opened amounts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OpeningsBody {
    /// Those of the entries that have some, in the order of the log
    openings: Vec<OpenedAmounts>,
    /// Index of the first entry that was not looked at; ask again from there. Left out at the end of the range or log
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

/// The opening of one record's amounts. With the record's uid it gives the commitment that the record holds.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OpenedAmounts {
    /// Index of the record's entry
    index: u64,
    /// The record
    record: String,
    /// base64url
    salt: String,
    /// Quantities as they were typed, and in base units
    #[schema(value_type = Object)]
    value: Value,
}

/// Opened amounts of consecutive entries, for the office.
#[utoipa::path(
    get,
    path = "/api/v1/openings",
    tag = "records",
    params(Range),
    responses((status = 200, description = "The openings", body = OpeningsBody), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Caller(viewer): Caller,
    StrictQuery(range): StrictQuery<Range>,
) -> Result<Json<OpeningsBody>, Problem> {
    if viewer.role != PartyRole::Office {
        return Err(Problem::forbidden(
            format!("只有品牌办可以读取全部数量；您的身份是{}", viewer.role.zh()),
            format!("only the office may read everybody's amounts; you are a {}", viewer.role.code()),
        ));
    }
    let to = range.to.min(range.from.saturating_add(LIMIT_MAX.into()));
    let store = state.ledger.store();
    let entries = store.entries(range.from..to).await?;
    let next = (to < range.to && entries.last().is_some_and(|last| last.index + 1 == to)).then_some(to);
    let indices: BTreeMap<RecordId, u64> = entries.iter().map(|entry| (entry.record, entry.index)).collect();
    let ids: Vec<RecordId> = indices.keys().copied().collect();
    let mut openings: Vec<OpenedAmounts> = Vec::with_capacity(ids.len());
    for row in store.openings(&ids, Group::Amounts).await? {
        let index = indices.get(&row.record).copied().unwrap_or_default();
        openings.push(OpenedAmounts {
            index,
            record: row.record.to_string(),
            salt: row.salt.to_string(),
            value: row.value,
        });
    }
    openings.sort_by_key(|opening| opening.index);
    Ok(Json(OpeningsBody { openings, next }))
}
