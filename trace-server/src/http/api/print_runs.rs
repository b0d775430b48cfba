//! `/api/v1/print-runs` and those of a code issue: labels printed in one go, for the party that issued the codes and the
//! office.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use trace_core::record::typed;
use trace_core::state::IssueRow;
use trace_core::tianma::{PrintState, ReprintReason};
use trace_core::time::ReceivedAt;
use utoipa::ToSchema;

use super::code_issues::issue;
use super::prints::HandBody;
use crate::app::AppState;
use crate::http::access::{Operator, Program, Reader};
use crate::http::labels::{Taking, answer};
use crate::http::prints::{self, OrderBody, job_of, refused, same};
use crate::http::problem::{ProblemBody, ReadRefusals, WriteRefusals};
use crate::http::{Problem, StrictJson};
use crate::prints::{Portion, PrintError, Progress};
use crate::store::PrintRunRow;

/// Most runs in one list.
const RUNS_MAX: u32 = 200;

/// A print run.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PrintRunBody {
    /// Its number
    number: u64,
    /// The code issue
    issue: u32,
    /// First index
    from: u32,
    /// Last index
    to: u32,
    /// The index that comes next; one past the last where all were printed
    next: u32,
    /// Labels that come before the next one
    done: u32,
    /// Labels in all; void codes are none
    count: u32,
    /// `running`, `paused`, `done` or `cancelled`
    #[schema(value_type = String)]
    state: PrintState,
    /// Why it is paused
    #[serde(skip_serializing_if = "Option::is_none")]
    halt: Option<HaltBody>,
    /// The printer, of a run on one
    #[serde(skip_serializing_if = "Option::is_none")]
    printer: Option<String>,
    /// `pdf`, `zpl` or `tspl`
    format: String,
    /// Name of the template
    template: String,
    /// Dots an inch
    dpi: u32,
    /// Of a run to files: the labels of the file that comes next
    #[serde(skip_serializing_if = "Option::is_none")]
    portion: Option<PortionBody>,
    /// Why labels are printed once more, as it was given last
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    reason: Option<ReprintReason>,
    /// To be sent with whatever is done with the run: it changes when somebody else does something
    version: u64,
    /// When it was started
    #[schema(value_type = String)]
    started_at: ReceivedAt,
    /// By whom
    started_by: HandBody,
}

/// Why a run is paused.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HaltBody {
    /// `asked`, `stopped`, `unreachable`, `broken`, `restarted` or `failed`
    code: &'static str,
    /// In Chinese
    zh: &'static str,
    /// In English
    en: &'static str,
}

/// Labels of one file.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PortionBody {
    /// First index
    from: u32,
    /// Last index
    to: u32,
    /// How many
    count: u32,
}

impl PrintRunBody {
    fn of(issue: &IssueRow, row: PrintRunRow) -> Self {
        let progress = Progress::of(issue, &row);
        let portion = Portion::of(issue, &row).filter(|_| row.state.is_open() && row.order.printer.is_none());
        let order = row.order;
        Self {
            number: row.number,
            issue: order.issue.get(),
            from: order.from,
            to: order.to,
            next: row.next,
            done: progress.done,
            count: progress.count,
            state: row.state,
            halt: row.halt.map(|halt| HaltBody { code: halt.code(), zh: halt.zh(), en: halt.en() }),
            printer: order.printer,
            format: order.format,
            template: order.template,
            dpi: order.dpi,
            portion: portion.map(|Portion { from, to, count }| PortionBody { from, to, count }),
            reason: order.reason,
            version: row.version,
            started_at: order.at,
            started_by: order.by.into(),
        }
    }
}

/// Print runs, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PrintRunsBody {
    items: Vec<PrintRunBody>,
}

/// The newest print runs of a code issue, at most 200.
#[utoipa::path(
    get,
    path = "/api/v1/code-issues/{number}/print-runs",
    tag = "codes",
    params(("number" = u32, Path, description = "Number of the issue")),
    responses((status = 200, description = "The runs", body = PrintRunsBody), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Reader(viewer): Reader,
    Path(number): Path<String>,
) -> Result<Json<PrintRunsBody>, Problem> {
    let issue = issue(&state, &viewer, &number).await?;
    let rows = state.prints.runs(&issue, RUNS_MAX).await?;
    Ok(Json(PrintRunsBody { items: rows.into_iter().map(|row| PrintRunBody::of(&issue, row)).collect() }))
}

/// Start a print run of labels of a code issue: on a printer, or as files.
///
/// Nothing is drawn from the batch. Labels that another open run has before it are refused (`print_run_overlap`), and
/// labels that are on paper need a reason (`reprint_reason`).
#[utoipa::path(
    post,
    path = "/api/v1/code-issues/{number}/print-runs",
    tag = "codes",
    params(("number" = u32, Path, description = "Number of the issue")),
    request_body = OrderBody,
    responses((status = 201, description = "It runs", body = PrintRunBody), WriteRefusals),
    security(("token" = []))
)]
pub(super) async fn start(
    State(state): State<AppState>,
    Program(who): Program,
    Path(number): Path<String>,
    body: StrictJson,
) -> Result<(StatusCode, Json<PrintRunBody>), Problem> {
    let issue = issue(&state, &who.viewer, &number).await?;
    let (order, job) = prints::order(&state, &issue, typed(body.value, "")?, who.hand).await?;
    let row = state.prints.start(&order, job).await.map_err(refused)?;
    Ok((StatusCode::CREATED, Json(PrintRunBody::of(&issue, row))))
}

/// A print run, with its progress.
#[utoipa::path(
    get,
    path = "/api/v1/print-runs/{id}",
    tag = "codes",
    params(("id" = u64, Path, description = "Number of the run")),
    responses((status = 200, description = "The run", body = PrintRunBody), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn read(
    State(state): State<AppState>,
    Reader(viewer): Reader,
    Path(id): Path<String>,
) -> Result<Json<PrintRunBody>, Problem> {
    let (row, issue) = prints::run(&state, &viewer, &id).await?;
    Ok(Json(PrintRunBody::of(&issue, row)))
}

/// A label, by its index or by the serial that is printed on it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub(super) enum LabelBody {
    Index(u32),
    Serial(String),
}

impl LabelBody {
    fn index(&self, state: &AppState, issue: &IssueRow, place: &str) -> Result<u32, Problem> {
        match self {
            Self::Index(index) => Ok(*index),
            Self::Serial(text) => prints::serial(state, issue, text, place),
        }
    }
}

/// Which version of the run is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionBody {
    /// As the run was read
    version: u64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PauseBody {
    /// As the run was read
    version: u64,
    /// Of a run to files, where printing stopped: the last label that came out well
    printed_to: Option<LabelBody>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResumeBody {
    /// As the run was read
    version: u64,
    /// The label that comes next; else that of the run
    from: Option<LabelBody>,
    /// Why labels are printed once more, where any of them is on paper
    #[schema(value_type = Option<String>)]
    reason: Option<ReprintReason>,
}

/// Pause a print run.
///
/// On a printer it stops between two labels. Of a run to files, `printed_to` says at which label of the portion printing
/// stopped; what came before is written down as printed.
#[utoipa::path(
    post,
    path = "/api/v1/print-runs/{id}/pause",
    tag = "codes",
    params(("id" = u64, Path, description = "Number of the run")),
    request_body = PauseBody,
    responses((status = 200, description = "The run", body = PrintRunBody), WriteRefusals),
    security(("token" = []))
)]
pub(super) async fn pause(
    State(state): State<AppState>,
    Program(who): Program,
    Path(id): Path<String>,
    body: StrictJson,
) -> Result<Json<PrintRunBody>, Problem> {
    let (row, issue) = prints::run(&state, &who.viewer, &id).await?;
    let body: PauseBody = typed(body.value, "")?;
    same(&row, body.version)?;
    let printed_to = body.printed_to.map(|label| label.index(&state, &issue, "/printed_to")).transpose()?;
    let by = (who.hand, state.ledger.now());
    let row = state.prints.pause(&issue, &row, printed_to, by).await.map_err(refused)?;
    Ok(Json(PrintRunBody::of(&issue, row)))
}

/// Go on with a paused print run, from the label that comes next or from a given one.
#[utoipa::path(
    post,
    path = "/api/v1/print-runs/{id}/resume",
    tag = "codes",
    params(("id" = u64, Path, description = "Number of the run")),
    request_body = ResumeBody,
    responses((status = 200, description = "The run", body = PrintRunBody), WriteRefusals),
    security(("token" = []))
)]
pub(super) async fn resume(
    State(state): State<AppState>,
    Program(who): Program,
    Path(id): Path<String>,
    body: StrictJson,
) -> Result<Json<PrintRunBody>, Problem> {
    let (row, issue) = prints::run(&state, &who.viewer, &id).await?;
    let body: ResumeBody = typed(body.value, "")?;
    same(&row, body.version)?;
    let from = body.from.map_or(Ok(row.next), |label| label.index(&state, &issue, "/from"))?;
    let (_, _, job) = job_of(&state, &issue, &row, (from, row.order.to)).await?;
    let by = (who.hand, state.ledger.now());
    let row = state.prints.resume(&row, (from, body.reason), job, by).await.map_err(refused)?;
    Ok(Json(PrintRunBody::of(&issue, row)))
}

/// The portion of a run to files is printed; the next one comes, or the run is done.
///
/// Of a run that was paused after its last label was sent to a printer: nothing is missing.
#[utoipa::path(
    post,
    path = "/api/v1/print-runs/{id}/finish",
    tag = "codes",
    params(("id" = u64, Path, description = "Number of the run")),
    request_body = VersionBody,
    responses((status = 200, description = "The run", body = PrintRunBody), WriteRefusals),
    security(("token" = []))
)]
pub(super) async fn finish(
    State(state): State<AppState>,
    Program(who): Program,
    Path(id): Path<String>,
    body: StrictJson,
) -> Result<Json<PrintRunBody>, Problem> {
    let (row, issue) = prints::run(&state, &who.viewer, &id).await?;
    same(&row, typed::<VersionBody>(body.value, "")?.version)?;
    let by = (who.hand, state.ledger.now());
    let row = state.prints.finish(&issue, &row, by).await.map_err(refused)?;
    Ok(Json(PrintRunBody::of(&issue, row)))
}

/// End a print run before its end. What was printed stays written down.
#[utoipa::path(
    post,
    path = "/api/v1/print-runs/{id}/cancel",
    tag = "codes",
    params(("id" = u64, Path, description = "Number of the run")),
    request_body = VersionBody,
    responses((status = 200, description = "The run", body = PrintRunBody), WriteRefusals),
    security(("token" = []))
)]
pub(super) async fn cancel(
    State(state): State<AppState>,
    Program(who): Program,
    Path(id): Path<String>,
    body: StrictJson,
) -> Result<Json<PrintRunBody>, Problem> {
    let (row, issue) = prints::run(&state, &who.viewer, &id).await?;
    same(&row, typed::<VersionBody>(body.value, "")?.version)?;
    let row = state.prints.cancel(&row).await.map_err(refused)?;
    Ok(Json(PrintRunBody::of(&issue, row)))
}

/// The labels of a run to files that come next, as a file. That it was taken is written down; taking it moves nothing on.
#[utoipa::path(
    get,
    path = "/api/v1/print-runs/{id}/portion",
    tag = "codes",
    params(("id" = u64, Path, description = "Number of the run")),
    responses(
        (
            status = 200,
            description = "The file",
            content((Vec<u8> = "application/pdf"), (Vec<u8> = "application/octet-stream"))
        ),
        ReadRefusals,
        (status = 409, description = "It is on a printer, paused, done or cancelled", body = ProblemBody, content_type = "application/problem+json")
    ),
    security(("token" = []))
)]
pub(super) async fn portion(
    State(state): State<AppState>,
    method: Method,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (row, issue) = prints::run(&state, &who.viewer, &id).await?;
    let wrong = || refused(PrintError::State { run: row.number, state: row.state });
    if row.state != PrintState::Running || row.order.printer.is_some() {
        return Err(wrong());
    }
    let portion = Portion::of(&issue, &row).ok_or_else(wrong)?;
    let (format, query, _) = job_of(&state, &issue, &row, (portion.from, portion.to)).await?;
    answer(&state, &issue, format, &query, Taking { hand: &who.hand, run: Some(row.number), method: &method }).await
}
