//! `/api/v1/parties/{id}/keys`: with which keys a party signs. They are registered and ended by records
//! (`register_key`, `end_key`), as everything is; so there is nothing here that writes.

use axum::Json;
use axum::extract::{Path, State};
use jiff::civil::Date;
use serde::Serialize;
use trace_core::id::PartyId;
use trace_core::state::KeyRow;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::Caller;
use crate::http::problem::ReadRefusals;
use crate::http::query;

/// A key with which a party signs its records, or did.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyBody {
    /// Ed25519 public key (RFC 8032), 64 hex digits
    #[schema(example = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")]
    key: String,
    /// Last day on which it may sign, if it has one
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// Whether unsigned records of the party are refused while this key holds
    signed_only: bool,
    /// The record that registered it
    record: String,
    /// The record that ended it
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    /// Whether it may sign today
    holds: bool,
}

impl KeyBody {
    fn on(row: &KeyRow, today: Date) -> Self {
        Self {
            key: row.key.to_string(),
            until: row.until.map(|day| day.to_string()),
            signed_only: row.signed_only,
            record: row.record.to_string(),
            ended: row.ended.map(|id| id.to_string()),
            holds: row.may_sign(row.party, today, "").is_ok(),
        }
    }
}

/// All keys of a party, ordered by key.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeysBody {
    items: Vec<KeyBody>,
}

/// The keys with which a party signs its records, those that are over among them.
///
/// Register one with a record of kind `register_key`, end one with `end_key`. A party looks here for keys that it did not
/// register itself.
#[utoipa::path(
    get,
    path = "/api/v1/parties/{id}/keys",
    tag = "parties",
    params(("id" = String, Path, description = "Party id")),
    responses((status = 200, description = "Its keys", body = KeysBody), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn list(
    State(state): State<AppState>,
    _: Caller,
    Path(id): Path<String>,
) -> Result<Json<KeysBody>, Problem> {
    let id: PartyId = query::id(&id)?;
    if state.ledger.party(id).await?.is_none() {
        return Err(Problem::absent(format!("系统里没有主体 {id}"), format!("this ledger has no party {id}")));
    }
    let rows = state.ledger.store().signing_keys(id).await?;
    let today = state.ledger.today().await?;
    Ok(Json(KeysBody { items: rows.iter().map(|row| KeyBody::on(row, today)).collect() }))
}
