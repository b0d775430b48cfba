//! `/api/v1/code-issues`: runs of package codes, for the party that issued them and the office.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use trace_core::code::{CodeIndex, IssueNumber};
use trace_core::id::BatchCode;
use trace_core::state::{CodeState, IssueRow};
use trace_core::tianma::PartyRole;
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::Caller;
use crate::http::problem::ReadRefusals;
use crate::http::qr::{check_party, may_see_codes};
use crate::http::query::{LIMIT_MAX, StrictQuery, by_batch_code};

/// A code issue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IssueBody {
    /// Its number
    number: u32,
    /// The sale batch
    batch: String,
    /// Who issued it
    party: String,
    /// How many codes it has, indices 0 to count - 1
    count: i64,
    /// Version of the code key
    key_version: u8,
    /// The record that issued it
    record: String,
    /// What happened to which codes, in order
    ranges: Vec<RangeBody>,
}

/// What happened to a range of codes, both ends included.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RangeBody {
    /// `active`, `shipped`, `void`, `returned`, `held` or `recalled`
    #[schema(value_type = String)]
    state: CodeState,
    /// First index
    from: u32,
    /// Last index
    to: u32,
    /// By which record
    record: String,
}

impl From<&IssueRow> for IssueBody {
    fn from(row: &IssueRow) -> Self {
        let ranges = row.ranges.iter().map(|(state, range, record)| RangeBody {
            state: *state,
            from: range.from.get(),
            to: range.to.get(),
            record: record.to_string(),
        });
        Self {
            number: row.number.get(),
            batch: row.batch.to_string(),
            party: row.party.to_string(),
            count: row.count,
            key_version: row.key_version,
            record: row.record.to_string(),
            ranges: ranges.collect(),
        }
    }
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct IssuesQuery {
    /// Of this sale batch
    #[serde(default, deserialize_with = "by_batch_code")]
    #[param(value_type = Option<String>)]
    batch: Option<BatchCode>,
}

/// Code issues, ordered by number.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IssuesBody {
    items: Vec<IssueBody>,
}

/// The caller's code issues; for the office everybody's.
#[utoipa::path(
    get,
    path = "/api/v1/code-issues",
    tag = "codes",
    params(IssuesQuery),
    responses((status = 200, description = "The issues", body = IssuesBody), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Caller(viewer): Caller,
    StrictQuery(wanted): StrictQuery<IssuesQuery>,
) -> Result<Json<IssuesBody>, Problem> {
    let party = (viewer.role != PartyRole::Office).then_some(viewer.party);
    let rows = state.ledger.store().issues(wanted.batch, party).await?;
    let seen = rows.iter().filter(|row| may_see_codes(&viewer, row.party));
    Ok(Json(IssuesBody { items: seen.map(IssueBody::from).collect() }))
}

/// One code issue.
#[utoipa::path(
    get,
    path = "/api/v1/code-issues/{number}",
    tag = "codes",
    params(("number" = u32, Path, description = "Number of the issue")),
    responses((status = 200, description = "The issue", body = IssueBody), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn read(
    State(state): State<AppState>,
    caller: Caller,
    Path(number): Path<String>,
) -> Result<Json<IssueBody>, Problem> {
    Ok(Json(IssueBody::from(&issue(&state, &caller, &number).await?)))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CodesQuery {
    /// First index; 0 unless given
    #[serde(default)]
    from: u32,
    /// Last index; at most 499 after the first
    to: Option<u32>,
}

/// Codes of an issue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CodesBody {
    items: Vec<CodeBody>,
    /// `from` of the next page, where there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u32>,
}

/// One package code.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CodeBody {
    /// Its index in the issue
    index: u32,
    /// The code
    #[schema(example = "CJZCKKD64D6EX5CXY40K")]
    serial: String,
    /// The address in its QR symbol
    address: String,
}

/// The codes themselves, at most 500 at a time.
#[utoipa::path(
    get,
    path = "/api/v1/code-issues/{number}/codes",
    tag = "codes",
    params(("number" = u32, Path, description = "Number of the issue"), CodesQuery),
    responses((status = 200, description = "Codes", body = CodesBody), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn codes(
    State(state): State<AppState>,
    caller: Caller,
    Path(number): Path<String>,
    StrictQuery(wanted): StrictQuery<CodesQuery>,
) -> Result<Json<CodesBody>, Problem> {
    let issue = issue(&state, &caller, &number).await?;
    let batch = state.ledger.batch(issue.batch).await?.ok_or_else(Problem::internal)?;
    let last = u32::try_from(issue.count - 1).unwrap_or(0);
    let to = wanted.to.unwrap_or(last).min(last);
    if wanted.from > to {
        return Err(Problem::unreadable(
            "query",
            "",
            format!("范围不对：from={} 应不大于 to，序号为 0 到 {last}", wanted.from),
            format!("from={} is beyond to={to}; this issue has indices 0 to {last}", wanted.from),
        ));
    }
    let end = to.min(wanted.from.saturating_add(LIMIT_MAX - 1));
    let mut items = Vec::with_capacity((end - wanted.from + 1) as usize);
    for index in wanted.from..=end {
        let code = CodeIndex::new(index).ok().and_then(|i| state.keys.encode(issue.key_version, issue.number, i).ok());
        let code = code.ok_or_else(Problem::internal)?;
        items.push(CodeBody { index, serial: code.to_string(), address: state.package_address(&batch, code) });
    }
    Ok(Json(CodesBody { items, next: (end < to).then(|| end + 1) }))
}

async fn issue(state: &AppState, caller: &Caller, number: &str) -> Result<IssueRow, Problem> {
    let unknown =
        || Problem::absent(format!("系统里没有赋码批 {number}"), format!("this ledger has no code issue {number}"));
    let parsed = number.parse().ok().and_then(|number| IssueNumber::new(number).ok()).ok_or_else(unknown)?;
    let issue = state.ledger.issue(parsed).await?.ok_or_else(unknown)?;
    check_party(&caller.0, &issue)?;
    Ok(issue)
}
