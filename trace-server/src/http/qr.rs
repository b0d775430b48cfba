//! QR symbols of single packages, for the parties of their issue.

#![expect(unused_qualifications, reason = "what utoipa's macros write for query parameters")]

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use trace_core::code::{Level, PackageCode, Symbol, SymbolError};
use trace_core::id::PartyId;
use trace_core::state::IssueRow;
use trace_core::tianma::PartyRole;
use utoipa::IntoParams;

use super::Problem;
use super::access::Reader;
use super::problem::{ProblemBody, ReadRefusals};
use super::query::StrictQuery;
use crate::app::AppState;
use crate::ledger::Viewer;

/// For which printer a picture is made.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Printer {
    /// Dots an inch of the printer.
    #[serde(default = "Printer::dpi")]
    #[param(default = 203)]
    dpi: u32,
    /// Width of the symbol in millimetres, without its quiet zone.
    #[serde(default = "Printer::mm")]
    #[param(default = 15)]
    mm: u32,
}

impl Printer {
    fn dpi() -> u32 {
        203
    }

    fn mm() -> u32 {
        15
    }
}

/// QR symbol of a package's address, as `{serial}.svg` or `{serial}.png`.
///
/// Every module of a PNG is the same whole number of dots, as many as fit the width.
#[utoipa::path(
    get,
    path = "/qr/{file}",
    tag = "codes",
    params(("file" = String, Path, description = "Package code and format: `{serial}.svg` or `{serial}.png`"), Printer),
    responses(
        (status = 200, description = "The symbol", content((String = "image/svg+xml"), (Vec<u8> = "image/png"))),
        ReadRefusals,
        (status = 422, description = "It does not fit that width", body = ProblemBody, content_type = "application/problem+json")
    ),
    security(("token" = []))
)]
pub(super) async fn symbol(
    State(state): State<AppState>,
    Reader(viewer): Reader,
    Path(file): Path<String>,
    StrictQuery(printer): StrictQuery<Printer>,
) -> Result<Response, Problem> {
    let (serial, format) = file.rsplit_once('.').unwrap_or((&file, ""));
    let code = PackageCode::parse_typed(serial).map_err(|error| {
        Problem::unreadable("package_code", "", format!("溯源码写法不对：{error}"), error.to_string())
    })?;
    let unknown = || Problem::absent(format!("系统里没有溯源码 {code}"), format!("this ledger issued no code {code}"));
    let decoded = state.keys.decode(&code).ok_or_else(unknown)?;
    let issue = state.ledger.issue(decoded.issue()).await?.ok_or_else(unknown)?;
    if i64::from(decoded.index().get()) >= issue.count || decoded.key_version() != issue.key_version {
        return Err(unknown());
    }
    check_party(&viewer, &issue)?;
    let batch = state.ledger.batch(issue.batch).await?.ok_or_else(unknown)?;
    let symbol = Symbol::new(&state.package_address(&batch, code), Level::M).map_err(|error| unfit(&error))?;
    match format.to_ascii_lowercase().as_str() {
        "svg" => Ok(([(header::CONTENT_TYPE, "image/svg+xml")], symbol.svg(&code.grouped())).into_response()),
        "png" => {
            let dots = symbol.dots_for(printer.mm, printer.dpi).map_err(|error| unfit(&error))?;
            let picture = symbol.png(dots).map_err(|error| {
                Problem::unreadable("qr_size", "", format!("图片尺寸不对：{error}"), error.to_string())
            })?;
            Ok(([(header::CONTENT_TYPE, "image/png")], picture).into_response())
        }
        _ => Err(Problem::absent("只有 .svg 和 .png", "symbols come as .svg and .png")),
    }
}

/// Who may see the codes of an issue: the party that issued it and the office.
pub(super) fn check_party(viewer: &Viewer, issue: &IssueRow) -> Result<(), Problem> {
    if may_see_codes(viewer, issue.party) {
        return Ok(());
    }
    Err(Problem::forbidden(
        format!("赋码批 {} 不是您的", issue.number),
        format!(
            "code issue {} belongs to another party; its codes are open to that party and the office",
            issue.number
        ),
    ))
}

pub(super) fn may_see_codes(viewer: &Viewer, issuer: PartyId) -> bool {
    viewer.role == PartyRole::Office || viewer.party == issuer
}

fn unfit(error: &SymbolError) -> Problem {
    let refusal =
        trace_core::record::Refusal::invalid("qr_size", "", format!("二维码放不下：{error}"), error.to_string());
    refusal.into()
}
