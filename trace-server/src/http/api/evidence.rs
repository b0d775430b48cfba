//! `/api/v1/evidence`: files that back records, kept before the record that names them.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::access::Caller;
use crate::http::problem::WriteRefusals;
use crate::http::{Problem, body};
use crate::ledger::EvidenceError;

/// How a record names the file, in its `evidence`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EvidenceBody {
    /// SHA-256 of the bytes that are kept
    sha256: String,
    /// What they are
    #[schema(value_type = String, example = "image/jpeg")]
    media_type: trace_core::record::MediaType,
    /// How many they are
    size: u32,
}

/// Keep a photograph or document. Send the bytes alone.
///
/// What it is is read from the bytes. Pictures are encoded anew, upright and at most 2560 pixels long, without position,
/// time and device; documents are kept as they are.
#[utoipa::path(
    post,
    path = "/api/v1/evidence",
    tag = "records",
    request_body(content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "application/pdf"))),
    responses((status = 201, description = "Kept", body = EvidenceBody), WriteRefusals),
    security(("token" = []))
)]
pub(super) async fn keep(
    State(state): State<AppState>,
    _: Caller,
    request: Request,
) -> Result<(StatusCode, Json<EvidenceBody>), Problem> {
    let bytes = body::read(request, &state, state.config.evidence_bytes_max).await?;
    let kept = state.ledger.keep_evidence(bytes.to_vec()).await.map_err(|error| match error {
        EvidenceError::Refused(refusal) => Problem::from(refusal),
        EvidenceError::Store(error) => error.into(),
    })?;
    let body = EvidenceBody { sha256: kept.sha256.to_string(), media_type: kept.media_type, size: kept.size };
    Ok((StatusCode::CREATED, Json(body)))
}
