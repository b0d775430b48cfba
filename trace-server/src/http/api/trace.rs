//! `/api/v1/batches/{code}/trace`: the whole way back or forward from a batch.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use trace_core::state::RecordRow;
use utoipa::{IntoParams, ToSchema};

use super::batches::{BatchBody, unknown};
use super::records::RecordFate;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::Caller;
use crate::http::problem::ReadRefusals;
use crate::http::query::{self, StrictQuery};
use crate::store::Direction;

/// Which way.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Way {
    /// To what it was made of
    Back,
    /// To what was made of it
    Forward,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TraceQuery {
    /// `back` to what it was made of, `forward` to what was made of it
    #[serde(default = "TraceQuery::back")]
    #[param(value_type = String, required = false, default = "back")]
    direction: Way,
}

impl TraceQuery {
    fn back() -> Way {
        Way::Back
    }
}

/// The lineage that is reached from a batch, that batch included.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TraceBody {
    /// The batches, ordered by code
    batches: Vec<BatchBody>,
    /// The records that made them or speak of them, ordered by index
    records: Vec<RecordFate>,
    /// Who used what, ordered by record and position
    edges: Vec<EdgeBody>,
}

/// One input of one record.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EdgeBody {
    /// The record that names the input
    record: String,
    /// The batch that it names
    batch: String,
    /// The version of the record that made that batch
    input_record: String,
    /// Batches that the record made
    outputs: Vec<String>,
    /// Whether it uses the batch, or only speaks of it
    uses: bool,
    /// Whether the record is its newest version and stands
    live: bool,
    /// What was drawn, in base units of the batch, for those who may see the record's amounts
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
}

/// The lineage from a batch, complete, edges of corrected and voided versions included.
#[utoipa::path(
    get,
    path = "/api/v1/batches/{code}/trace",
    tag = "batches",
    params(("code" = String, Path, description = "Batch code, in either case"), TraceQuery),
    responses((status = 200, description = "The lineage", body = TraceBody), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn read(
    State(state): State<AppState>,
    Caller(viewer): Caller,
    Path(code): Path<String>,
    StrictQuery(wanted): StrictQuery<TraceQuery>,
) -> Result<Json<TraceBody>, Problem> {
    let code = query::batch_code(&code)?;
    let direction = match wanted.direction {
        Way::Back => Direction::Back,
        Way::Forward => Direction::Forward,
    };
    let trace = state.ledger.store().trace(code, direction).await?;
    if trace.batches.is_empty() {
        return Err(unknown(code));
    }
    let by_id: BTreeMap<_, &RecordRow> = trace.records.iter().map(|row| (row.id, row)).collect();
    let edges = trace.edges.iter().map(|edge| EdgeBody {
        record: edge.record.to_string(),
        batch: edge.batch.to_string(),
        input_record: edge.input_record.to_string(),
        outputs: edge.outputs.iter().map(ToString::to_string).collect(),
        uses: edge.uses,
        live: edge.live,
        amount: by_id.get(&edge.record).filter(|row| viewer.sees_amounts(row)).map(|_| edge.amount),
    });
    Ok(Json(TraceBody {
        edges: edges.collect(),
        batches: trace.batches.iter().map(|row| BatchBody::seen_by(&viewer, row)).collect(),
        records: trace.records.iter().map(RecordFate::from).collect(),
    }))
}
