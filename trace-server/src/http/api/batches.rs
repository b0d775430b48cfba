//! `/api/v1/batches`: what records made. Amounts are for the owner and the office.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trace_core::id::{BatchCode, PartyId, SiteId, Stage};
use trace_core::state::BatchRow;
use trace_core::tianma::PartyRole;
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::Caller;
use crate::http::problem::ReadRefusals;
use crate::http::query::{self, StrictQuery, by_batch_code, by_text};
use crate::ledger::Viewer;
use crate::store::BatchFilter;

/// A batch.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BatchBody {
    /// Its code
    #[schema(example = "H261120-7K3QXM9")]
    code: String,
    /// `fungus`, `seed`, `planting`, `harvest`, `processing` or `sale`
    stage: &'static str,
    /// What it is
    product: &'static str,
    /// What else is known of it
    #[schema(value_type = Object)]
    attributes: Value,
    /// Whose it is
    owner: String,
    /// Where it was made
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    /// Newest version of the record that made it
    record: String,
    /// When it was made
    occurred_at: String,
    /// Of goods: the first day on which something of it was dug, as far as its records knew when it was made
    #[serde(skip_serializing_if = "Option::is_none")]
    dug_on: Option<String>,
    /// The records that freeze it
    holds: Vec<String>,
    /// The recalls that it is under
    recalls: Vec<String>,
    /// Whether the record that made it was voided
    void: bool,
    /// What it held and holds, for its owner and the office
    #[serde(skip_serializing_if = "Option::is_none")]
    amounts: Option<BatchAmounts>,
}

/// What a batch held and holds, in base units.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BatchAmounts {
    /// `mg`, `cm2` or `piece`
    #[schema(pattern = "^(mg|cm2|piece)$", example = "mg")]
    unit: &'static str,
    /// What was made
    made: i64,
    /// What records took from it
    drawn: i64,
    /// What shipments set aside
    allotted: i64,
    /// What is packed under codes
    coded: i64,
    /// What came back
    returned: i64,
    /// What is left
    remaining: i64,
}

impl BatchBody {
    pub(super) fn seen_by(viewer: &Viewer, row: &BatchRow) -> Self {
        let open = viewer.role == PartyRole::Office || viewer.party == row.owner;
        Self {
            code: row.code.to_string(),
            stage: row.stage.code(),
            product: row.product.code(),
            attributes: serde_json::to_value(&row.attributes).unwrap_or_default(),
            owner: row.owner.to_string(),
            site: row.site.map(|site| site.to_string()),
            record: row.record.to_string(),
            occurred_at: row.occurred_at.to_string(),
            dug_on: row.dug_on.map(|day| day.to_string()),
            holds: row.holds.iter().map(ToString::to_string).collect(),
            recalls: row.recalls.iter().map(ToString::to_string).collect(),
            void: row.void,
            amounts: open.then(|| BatchAmounts {
                unit: row.measure().unit(),
                made: row.made,
                drawn: row.drawn,
                allotted: row.allotted,
                coded: row.coded,
                returned: row.returned,
                remaining: row.remaining(),
            }),
        }
    }
}

/// One batch.
#[utoipa::path(
    get,
    path = "/api/v1/batches/{code}",
    tag = "batches",
    params(("code" = String, Path, description = "Batch code, in either case")),
    responses((status = 200, description = "The batch", body = BatchBody), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn read(
    State(state): State<AppState>,
    Caller(viewer): Caller,
    Path(code): Path<String>,
) -> Result<Json<BatchBody>, Problem> {
    let code = query::batch_code(&code)?;
    let row = state.ledger.batch(code).await?.ok_or_else(|| unknown(code))?;
    Ok(Json(BatchBody::seen_by(&viewer, &row)))
}

pub(super) fn unknown(code: BatchCode) -> Problem {
    Problem::absent(format!("系统里没有批次 {code}"), format!("this ledger has no batch {code}"))
}

/// Which batches; all conditions hold together.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct BatchesQuery {
    /// Of this party
    #[serde(default, deserialize_with = "by_text")]
    #[param(value_type = Option<String>)]
    owner: Option<PartyId>,
    /// Of this stage
    #[param(value_type = Option<String>)]
    stage: Option<Stage>,
    /// Made at this site
    #[serde(default, deserialize_with = "by_text")]
    #[param(value_type = Option<String>)]
    site: Option<SiteId>,
    /// Whose code begins so
    code_prefix: Option<String>,
    /// Only those that are held
    #[serde(default)]
    held: bool,
    /// Only those under recall
    #[serde(default)]
    recalled: bool,
    /// After this batch: `next` of the page before
    #[serde(default, deserialize_with = "by_batch_code")]
    #[param(value_type = Option<String>)]
    after: Option<BatchCode>,
    /// Items on the page, at most 500
    limit: Option<u32>,
}

/// A page of batches, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BatchesPage {
    items: Vec<BatchBody>,
    /// `after` of the next page, where there may be one
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Batches by filter, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/batches",
    tag = "batches",
    params(BatchesQuery),
    responses((status = 200, description = "A page", body = BatchesPage), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Caller(viewer): Caller,
    StrictQuery(wanted): StrictQuery<BatchesQuery>,
) -> Result<Json<BatchesPage>, Problem> {
    let limit = query::limit(wanted.limit)?;
    let filter = BatchFilter {
        owner: wanted.owner,
        stage: wanted.stage,
        site: wanted.site,
        code_prefix: wanted.code_prefix.map(|prefix| prefix.to_ascii_uppercase()),
        held: wanted.held,
        recalled: wanted.recalled,
        after: wanted.after,
        limit,
    };
    let rows = state.ledger.store().batches(&filter).await?;
    let full = rows.len() == limit as usize;
    let next = rows.last().filter(|_| full).map(|row| row.code.to_string());
    Ok(Json(BatchesPage { items: rows.iter().map(|row| BatchBody::seen_by(&viewer, row)).collect(), next }))
}
