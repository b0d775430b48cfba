//! `/api/v1/parties`: who is in the ledger, as far as that is public. Persons are never shown here.

use axum::Json;
use axum::extract::{Path, State};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use trace_core::id::PartyId;
use trace_core::state::PartyRow;
use trace_core::tianma::PartyRole;
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::Caller;
use crate::http::problem::ReadRefusals;
use crate::http::query::{self, StrictQuery, by_text};
use crate::store::PartyFilter;

/// A party.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PartyBody {
    /// Its id
    #[schema(example = "pa-000G40R40M30E209")]
    id: String,
    /// What it does
    #[schema(example = "household")]
    role: &'static str,
    /// Its village
    #[serde(skip_serializing_if = "Option::is_none")]
    village: Option<String>,
    /// Name of an organisation; a household has none in public
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation: Option<String>,
    /// Newest version of its registration
    record: String,
    /// Whether its records of today must be signed
    signed_only: bool,
    /// The record of the erasure, where what was kept of its persons is erased and it was not registered anew since
    #[serde(skip_serializing_if = "Option::is_none")]
    erased: Option<String>,
    /// What of its persons and places it lets be shown to everybody: personal fields of the vocabulary
    #[schema(example = json!(["family_name"]))]
    consents: Vec<&'static str>,
}

impl PartyBody {
    fn on(row: &PartyRow, today: Date) -> Self {
        Self {
            id: row.id.to_string(),
            role: row.role.code(),
            village: row.village.as_ref().map(ToString::to_string),
            organisation: row.organisation.as_ref().map(ToString::to_string),
            record: row.record.to_string(),
            signed_only: row.demand_on(today).is_some(),
            erased: row.erased.as_ref().map(ToString::to_string),
            consents: row.consents.iter().map(|field| field.code()).collect(),
        }
    }
}

/// One party.
#[utoipa::path(
    get,
    path = "/api/v1/parties/{id}",
    tag = "parties",
    params(("id" = String, Path, description = "Party id")),
    responses((status = 200, description = "The party", body = PartyBody), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn read(
    State(state): State<AppState>,
    _: Caller,
    Path(id): Path<String>,
) -> Result<Json<PartyBody>, Problem> {
    let id: PartyId = query::id(&id)?;
    let row = state.ledger.party(id).await?;
    let row =
        row.ok_or_else(|| Problem::absent(format!("系统里没有主体 {id}"), format!("this ledger has no party {id}")))?;
    Ok(Json(PartyBody::on(&row, state.ledger.today().await?)))
}

/// Which parties; all conditions hold together.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PartiesQuery {
    /// With this role
    #[param(value_type = Option<String>)]
    role: Option<PartyRole>,
    /// In this village
    village: Option<String>,
    /// After this party: `next` of the page before
    #[serde(default, deserialize_with = "by_text")]
    #[param(value_type = Option<String>)]
    after: Option<PartyId>,
    /// Items on the page, at most 500
    limit: Option<u32>,
}

/// A page of parties, ordered by id.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PartiesPage {
    items: Vec<PartyBody>,
    /// `after` of the next page, where there may be one
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Parties by filter.
#[utoipa::path(
    get,
    path = "/api/v1/parties",
    tag = "parties",
    params(PartiesQuery),
    responses((status = 200, description = "A page", body = PartiesPage), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn list(
    State(state): State<AppState>,
    _: Caller,
    StrictQuery(wanted): StrictQuery<PartiesQuery>,
) -> Result<Json<PartiesPage>, Problem> {
    let limit = query::limit(wanted.limit)?;
    let filter = PartyFilter { role: wanted.role, village: wanted.village, after: wanted.after, limit };
    let rows = state.ledger.store().parties(&filter).await?;
    let full = rows.len() == limit as usize;
    let next = rows.last().filter(|_| full).map(|row| row.id.to_string());
    let today = state.ledger.today().await?;
    Ok(Json(PartiesPage { items: rows.iter().map(|row| PartyBody::on(row, today)).collect(), next }))
}
