//! `POST /api/v1/parties/{id}/erase`: what is kept of a party's persons is erased, by the party or the office.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use trace_core::id::{PartyId, Uid};
use trace_core::record::typed;
use trace_core::tianma::EraseReason;
use utoipa::ToSchema;

use super::records::AppendedBody;
use crate::app::AppState;
use crate::http::access::Caller;
use crate::http::problem::WriteRefusals;
use crate::http::{Problem, StrictJson, query};
use crate::ledger::digest_of;

/// Why it is erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EraseBody {
    /// Made by the client; sending it again gets the same answer
    #[schema(value_type = String, example = "00112233445566778899aabbccddeeff")]
    uid: Uid,
    /// A code of the vocabulary's list `erase_reason`
    #[schema(value_type = String, example = "requested")]
    reason: EraseReason,
}

/// Erase what is kept of a party's persons: names, telephones, exact places, log-ins and tokens.
///
/// It cannot be undone. A record of the kind `erase`, without personal data, says that it was done, by whom and why;
/// then the key under which those values are kept is destroyed. Records, proofs and balances stay as they are. The
/// party itself may ask for it, or the office. A token of the party itself ends with it. When the answer is
/// `erasure_unfinished` (503), the record stands and the key is still there: send the same request again.
#[utoipa::path(
    post,
    path = "/api/v1/parties/{id}/erase",
    tag = "parties",
    params(("id" = String, Path, description = "Party id")),
    request_body = EraseBody,
    responses(
        (status = 201, description = "Erased; the record that says so", body = AppendedBody),
        (status = 200, description = "It was erased by this request before; the same answer again", body = AppendedBody),
        WriteRefusals
    ),
    security(("token" = []))
)]
pub(super) async fn erase(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
    body: StrictJson,
) -> Result<(StatusCode, Json<AppendedBody>), Problem> {
    let party: PartyId = query::id(&id)?;
    let digest = digest_of(format!("erase {party} {}", body.digest).as_bytes());
    let body: EraseBody = typed(body.value, "")?;
    let mut answer = state.ledger.erase(caller.party(), party, body.reason, body.uid, digest).await?;
    let status = if answer.repeated {
        StatusCode::OK
    } else {
        state.metrics.appended(answer.records.len() as u64);
        StatusCode::CREATED
    };
    Ok((status, Json(AppendedBody::from(answer.records.remove(0)))))
}
