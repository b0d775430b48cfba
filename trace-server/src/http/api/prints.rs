//! `/api/v1/code-issues/{number}/prints`: what was printed or taken when and by whom; and `/api/v1/printers`.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use trace_core::tianma::{PrintWay, ReprintReason};
use trace_core::time::ReceivedAt;
use utoipa::{IntoParams, ToSchema};

use super::code_issues::issue;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::{Caller, Reader};
use crate::http::problem::ReadRefusals;
use crate::http::query::{StrictQuery, limit};
use crate::store::{Hand, PrintRow};

/// Who did it: a person by log-in, or a program by what its token is for. Both are gone after the party's personal data
/// was erased.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HandBody {
    /// For which party
    party: String,
    /// The log-in
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    /// What the token is for
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl From<Hand> for HandBody {
    fn from(hand: Hand) -> Self {
        Self { party: hand.party.to_string(), login: hand.login, token: hand.token }
    }
}

/// A stretch of labels that was printed, sent to a printer, or taken as a file.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PrintBody {
    /// Its number
    number: u64,
    /// First index
    from: u32,
    /// Last index
    to: u32,
    /// How many labels; void codes between are none
    labels: u32,
    /// When it began
    #[schema(value_type = String)]
    at: ReceivedAt,
    /// `downloaded` as a file, which may have been printed or not; `printed`, as a person said; `sent` to a printer
    #[schema(value_type = String)]
    way: PrintWay,
    /// `pdf`, `zpl`, `tspl`, `csv`, `xlsx` or `zip`
    format: String,
    /// Name of the template; a list has none
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<String>,
    /// The printer, if it was sent to one
    #[serde(skip_serializing_if = "Option::is_none")]
    printer: Option<String>,
    /// The print run, if it belongs to one
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<u64>,
    /// Whether any of the labels was on paper before
    reprint: bool,
    /// Why once more
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    reason: Option<ReprintReason>,
    /// By whom
    by: HandBody,
}

impl From<PrintRow> for PrintBody {
    fn from(row: PrintRow) -> Self {
        let print = row.print;
        Self {
            number: row.number,
            from: print.from,
            to: print.to,
            labels: print.labels,
            at: print.at,
            way: print.way,
            format: print.format,
            template: print.template,
            printer: print.printer,
            run: print.run,
            reprint: row.reprint,
            reason: print.reason,
            by: print.by.into(),
        }
    }
}

/// The ledger of prints, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PrintsBody {
    items: Vec<PrintBody>,
    /// `before` of the next page, where there is one
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PrintsQuery {
    /// Only those with a lower number
    #[param(format = "uint64")]
    before: Option<u64>,
    /// At most so many, 50 unless given, 500 at most
    limit: Option<u32>,
}

/// What was printed or taken of a code issue, when and by whom.
#[utoipa::path(
    get,
    path = "/api/v1/code-issues/{number}/prints",
    tag = "codes",
    params(("number" = u32, Path, description = "Number of the issue"), PrintsQuery),
    responses((status = 200, description = "The ledger of prints", body = PrintsBody), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Reader(viewer): Reader,
    Path(number): Path<String>,
    StrictQuery(wanted): StrictQuery<PrintsQuery>,
) -> Result<Json<PrintsBody>, Problem> {
    let issue = issue(&state, &viewer, &number).await?;
    let limit = limit(wanted.limit)?;
    let rows = state.ledger.store().prints(issue.number, wanted.before, limit).await?;
    let next = rows.last().filter(|_| rows.len() == limit as usize).map(|row| row.number);
    Ok(Json(PrintsBody { items: rows.into_iter().map(PrintBody::from).collect(), next }))
}

/// A label printer in the network.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PrinterBody {
    /// Its name, for a print run's `printer`
    name: String,
    /// `zpl` or `tspl`
    language: String,
    /// Dots an inch
    dpi: u32,
    /// Name of the template of the labels on its roll
    template: String,
}

/// The label printers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PrintersBody {
    items: Vec<PrinterBody>,
}

/// The label printers that the operator configured. Where they stand in the network is not told.
#[utoipa::path(
    get,
    path = "/api/v1/printers",
    tag = "codes",
    responses((status = 200, description = "The printers", body = PrintersBody), ReadRefusals),
    security(("token" = []))
)]
pub(super) async fn printers(State(state): State<AppState>, _: Caller) -> Json<PrintersBody> {
    let items = state.prints.printers().iter().map(|printer| PrinterBody {
        name: printer.name.clone(),
        language: printer.language.to_string(),
        dpi: printer.dpi.per_inch(),
        template: printer.template.clone(),
    });
    Json(PrintersBody { items: items.collect() })
}
