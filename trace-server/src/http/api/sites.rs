//! `/api/v1/sites`: where parties grow, work and store. Areas are for the party and the office.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use trace_core::id::{PartyId, SiteId};
use trace_core::state::SiteRow;
use trace_core::tianma::{PartyRole, Tenure};
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::Caller;
use crate::http::problem::ReadRefusals;
use crate::http::query::{self, StrictQuery, by_text};
use crate::ledger::Viewer;

/// A site.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SiteBody {
    /// Its id
    #[schema(example = "si-000G40R40M30E209")]
    id: String,
    /// Whose it is
    party: String,
    /// `plot`, `greenhouse`, `workshop` or `store`
    kind: &'static str,
    /// Its village
    #[serde(skip_serializing_if = "Option::is_none")]
    village: Option<String>,
    /// Metres above sea level
    #[serde(skip_serializing_if = "Option::is_none")]
    altitude_m: Option<u16>,
    /// By what right its party uses the land: one of the vocabulary's `tenure`
    #[serde(skip_serializing_if = "Option::is_none")]
    tenure: Option<&'static str>,
    /// Its area in cm², for the party and the office
    #[serde(skip_serializing_if = "Option::is_none")]
    area_cm2: Option<i64>,
    /// Area in cm² under open plantings, for the party and the office
    #[serde(skip_serializing_if = "Option::is_none")]
    open_cm2: Option<i64>,
    /// Newest version of its registration
    record: String,
}

impl SiteBody {
    fn seen_by(viewer: &Viewer, row: &SiteRow) -> Self {
        let open = viewer.role == PartyRole::Office || viewer.party == row.party;
        Self {
            id: row.id.to_string(),
            party: row.party.to_string(),
            kind: row.kind.code(),
            village: row.village.as_ref().map(ToString::to_string),
            altitude_m: row.altitude_m,
            tenure: row.tenure.map(Tenure::code),
            area_cm2: row.area_cm2.filter(|_| open),
            open_cm2: row.area_cm2.filter(|_| open).map(|_| row.open_cm2),
            record: row.record.to_string(),
        }
    }
}

/// One site.
#[utoipa::path(
    get,
    path = "/api/v1/sites/{id}",
    tag = "parties",
    params(("id" = String, Path, description = "Site id")),
    responses((status = 200, description = "The site", body = SiteBody), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn read(
    State(state): State<AppState>,
    Caller(viewer): Caller,
    Path(id): Path<String>,
) -> Result<Json<SiteBody>, Problem> {
    let id: SiteId = query::id(&id)?;
    let row = state.ledger.site(id).await?;
    let row =
        row.ok_or_else(|| Problem::absent(format!("系统里没有地点 {id}"), format!("this ledger has no site {id}")))?;
    Ok(Json(SiteBody::seen_by(&viewer, &row)))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SitesQuery {
    /// Of this party; else the caller's own
    #[serde(default, deserialize_with = "by_text")]
    #[param(value_type = Option<String>)]
    party: Option<PartyId>,
}

/// All sites of a party, ordered by id.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SitesBody {
    items: Vec<SiteBody>,
}

/// Sites of a party.
#[utoipa::path(
    get,
    path = "/api/v1/sites",
    tag = "parties",
    params(SitesQuery),
    responses((status = 200, description = "Its sites", body = SitesBody), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Caller(viewer): Caller,
    StrictQuery(wanted): StrictQuery<SitesQuery>,
) -> Result<Json<SitesBody>, Problem> {
    let rows = state.ledger.store().sites(wanted.party.unwrap_or(viewer.party)).await?;
    Ok(Json(SitesBody { items: rows.iter().map(|row| SiteBody::seen_by(&viewer, row)).collect() }))
}
