//! `POST /api/v1/records` and `/prepare`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;
use trace_core::prepare::Completed;
use trace_core::record::sealed::Opening;
use utoipa::ToSchema;

use super::answer::{AppendAnswer, AppendedBody, AppendedGroup, record_value};
use super::request::{Envelope, Incoming};
use crate::app::AppState;
use crate::http::access::Caller;
use crate::http::api::document::RecordsBody;
use crate::http::problem::WriteRefusals;
use crate::http::{Problem, StrictJson};
use crate::ledger::AppendError;

/// Append a record, or a group of records that stand or fall together.
///
/// An unsigned draft is completed: batch codes of outputs, versions of inputs, salts and commitments. A signed record must
/// be complete. The same body sent again gets the same answer with 200; another body under the same `uid` gets 409.
#[utoipa::path(
    post,
    path = "/api/v1/records",
    tag = "records",
    request_body = RecordsBody,
    responses(
        (status = 201, description = "Durable", body = AppendAnswer),
        (status = 200, description = "It was appended before; the first answer again", body = AppendAnswer),
        WriteRefusals
    ),
    security(("token" = []))
)]
pub(in crate::http::api) async fn append(
    State(state): State<AppState>,
    caller: Caller,
    body: StrictJson,
) -> Result<(StatusCode, Json<AppendAnswer>), Problem> {
    let incoming = Incoming::parse(caller.party(), body.digest, body.value)?;
    let answer = match state.ledger.append(incoming.request.clone()).await {
        Ok(answer) => answer,
        Err(error) => return Err(refused(&state, &incoming, error)),
    };
    let status = if answer.repeated {
        StatusCode::OK
    } else {
        state.metrics.appended(answer.records.len() as u64);
        StatusCode::CREATED
    };
    let mut records: Vec<AppendedBody> = answer.records.into_iter().map(AppendedBody::from).collect();
    let body = match (incoming.envelope, records.len()) {
        (Envelope::One, 1) => AppendAnswer::One(records.remove(0)),
        _ => AppendAnswer::Group(AppendedGroup { records }),
    };
    Ok((status, Json(body)))
}

fn refused(state: &AppState, incoming: &Incoming, error: AppendError) -> Problem {
    match error {
        AppendError::Refused(refusal) => {
            state.metrics.refused();
            incoming.place(refusal).into()
        }
        other => other.into(),
    }
}

/// A completed record, to be signed.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http::api) struct PreparedBody {
    /// The id that it will have
    id: String,
    /// The completed record
    #[schema(value_type = Object)]
    record: Value,
    /// Its canonical bytes in base64url without padding; sign exactly these (Ed25519)
    bytes: String,
    /// Salts and values of its sealed groups; send them back with the signed record
    openings: Vec<OpeningBody>,
}

/// The private side of a commitment.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http::api) struct OpeningBody {
    /// `amounts`, `terms`, `person` or `place`
    group: &'static str,
    /// base64url without padding
    salt: String,
    /// The sealed value
    #[schema(value_type = Object)]
    value: Value,
}

/// Prepared records, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http::api) struct PreparedGroup {
    records: Vec<PreparedBody>,
}

/// Complete drafts without appending them: what to sign.
///
/// Nothing is stored and no rule is applied yet; batch codes and input versions are those of this moment.
#[utoipa::path(
    post,
    path = "/api/v1/records/prepare",
    tag = "records",
    request_body = RecordsBody,
    responses((status = 200, description = "Complete records", body = PreparedGroup), WriteRefusals),
    security(("token" = []))
)]
pub(in crate::http::api) async fn prepare(
    State(state): State<AppState>,
    caller: Caller,
    body: StrictJson,
) -> Result<Json<PreparedGroup>, Problem> {
    let incoming = Incoming::parse(caller.party(), body.digest, body.value)?;
    match state.ledger.prepare(&incoming.request).await {
        Ok(completed) => Ok(Json(PreparedGroup { records: completed.iter().map(PreparedBody::from).collect() })),
        Err(AppendError::Refused(refusal)) => Err(incoming.place(refusal).into()),
        Err(other) => Err(other.into()),
    }
}

impl From<&Completed> for PreparedBody {
    fn from(completed: &Completed) -> Self {
        let record = &completed.record;
        Self {
            id: record.id().to_string(),
            record: record_value(record),
            bytes: URL_SAFE_NO_PAD.encode(record.bytes()),
            openings: completed.openings.iter().map(OpeningBody::from).collect(),
        }
    }
}

impl From<&Opening> for OpeningBody {
    fn from(opening: &Opening) -> Self {
        Self { group: opening.group().code(), salt: opening.salt().to_string(), value: opening.value().clone() }
    }
}
