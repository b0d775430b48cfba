//! Bodies of the API: read within the limit, parsed strictly, kept as received for their digest.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde_json::Value;
use trace_core::id::RecordId;
use trace_core::record::Refusal;
use trace_core::record::canonical::strict_parse;

use super::Problem;
use crate::app::AppState;
use crate::ledger::digest_of;

/// A JSON body that was parsed strictly: duplicate keys, floats, nulls, empty values, integers past 2^53 and text
/// that is not NFC are problems that name the place.
#[derive(Debug, Clone)]
pub struct StrictJson {
    /// SHA-256 of the bytes as received, by which a repeated request is known.
    pub digest: RecordId,
    /// The value.
    pub value: Value,
}

impl FromRequest<AppState> for StrictJson {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        check_media_type(&request)?;
        let limit = state.config.request_body_bytes_max;
        let bytes = read(request, state, limit).await?;
        let value = strict_parse(&bytes, limit)?;
        Ok(Self { digest: digest_of(&bytes), value })
    }
}

/// The whole body, or 413 beyond the limit.
pub(super) async fn read(request: Request, state: &AppState, limit: usize) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(failed) if failed.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::too_large(limit, None)
        }
        other => Problem::unreadable("body_cut_off", "", "请求内容不完整", format!("the body was cut off: {other}")),
    })
}

fn check_media_type(request: &Request) -> Result<(), Problem> {
    let named = request.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?"));
    let essence = named.map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    if essence.as_deref() == Some("application/json") {
        return Ok(());
    }
    let received = named.unwrap_or("none");
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Refusal::invalid(
            "media_type",
            "",
            format!("Content-Type 是 {received}，应为 application/json"),
            format!("Content-Type is {received}; send application/json"),
        ),
    ))
}
