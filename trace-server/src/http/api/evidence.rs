//! `/api/v1/evidence`: files that back records, kept before the record that names them, and read by its parties.

#![expect(unused_qualifications, reason = "what utoipa's macros write for query parameters")]

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use trace_core::id::RecordId;
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::http::access::Caller;
use crate::http::problem::{ReadRefusals, WriteRefusals};
use crate::http::query::{self, StrictQuery, by_text};
use crate::http::{Problem, body, kept_file};
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
/// Only your party can then name it in a record: its digest, which stands there for everybody, opens nothing.
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
    caller: Caller,
    request: Request,
) -> Result<(StatusCode, Json<EvidenceBody>), Problem> {
    let bytes = body::read(request, &state, state.config.evidence_bytes_max).await?;
    let kept = state.ledger.keep_evidence(bytes.to_vec(), caller.party()).await.map_err(|error| match error {
        EvidenceError::Refused(refusal) => Problem::from(refusal),
        EvidenceError::Store(error) => error.into(),
    })?;
    let body = EvidenceBody { sha256: kept.sha256.to_string(), media_type: kept.media_type, size: kept.size };
    Ok((StatusCode::CREATED, Json(body)))
}

/// Through which record.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FileQuery {
    /// A record that names the file and of which your party is one; without it, only what your party uploaded itself
    #[serde(default, deserialize_with = "by_text")]
    #[param(value_type = Option<String>)]
    record: Option<RecordId>,
}

/// A kept file: of a record for its parties and the office, else for the party that uploaded it.
#[utoipa::path(
    get,
    path = "/api/v1/evidence/{sha256}",
    tag = "records",
    params(("sha256" = String, Path, description = "64 hex digits"), FileQuery),
    responses(
        (status = 200, description = "Its bytes, under its media type; a document as an attachment", content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "application/pdf"))),
        ReadRefusals
    ),
    security(("token" = []))
)]
pub(super) async fn file(
    State(state): State<AppState>,
    Caller(viewer): Caller,
    Path(sha256): Path<String>,
    StrictQuery(wanted): StrictQuery<FileQuery>,
) -> Result<impl IntoResponse, Problem> {
    let sha256: RecordId = query::id(&sha256)?;
    let (media_type, bytes) = state.ledger.file_for(sha256, wanted.record, &viewer).await?.ok_or_else(|| {
        Problem::absent(
            format!("没有您可以查看的文件 {sha256}；别人上传的文件要写明引用它的记录 ?record="),
            format!(
                "no file {sha256} that you may see; name the record that it backs as ?record= unless you uploaded it"
            ),
        )
    })?;
    Ok(kept_file::answer(sha256, media_type, bytes))
}
