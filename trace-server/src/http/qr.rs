//! QR symbols of single packages, for the parties of their issue.

#![expect(unused_qualifications, reason = "what utoipa's macros write for query parameters")]

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use trace_core::code::{Level, Mark, PackageCode, Printing, Symbol};
use trace_core::id::PartyId;
use trace_core::state::IssueRow;
use trace_core::tianma::PartyRole;
use utoipa::{IntoParams, ToSchema};

use super::Problem;
use super::access::Reader;
use super::problem::{ProblemBody, ReadRefusals};
use super::query::{StrictQuery, by_text};
use crate::app::AppState;
use crate::ledger::Viewer;

/// What a symbol is to be like, and for which printer its picture is made.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wish {
    /// Error correction: `L`, `M` (if nothing is said), `Q` or `H`; with a mark it is `H`.
    #[serde(default, deserialize_with = "by_text")]
    #[param(value_type = Option<String>)]
    level: Option<Level>,
    /// Whether the brand's mark stands in the middle.
    #[serde(default)]
    #[param(default = false)]
    mark: bool,
    /// Dots an inch of the printer.
    #[serde(default = "Wish::dpi")]
    #[param(default = 203)]
    dpi: u32,
    /// Width of the symbol in millimetres, without its quiet zone.
    #[serde(default = "Wish::mm")]
    #[param(default = 15)]
    mm: u32,
}

impl Wish {
    fn dpi() -> u32 {
        203
    }

    fn mm() -> u32 {
        15
    }

    fn symbol(&self, address: &str, mark: &Mark) -> Result<Symbol, Problem> {
        match (self.mark, self.level) {
            (false, level) => {
                Symbol::new(address, level.unwrap_or_default()).map_err(|error| unfit(&error.zh(), &error))
            }
            (true, None | Some(Level::H)) => {
                Symbol::with_mark(address, mark).map_err(|error| unfit(&error.zh(), &error))
            }
            (true, Some(level)) => Err(unfit(
                &format!("中间带标志的二维码只能用 H 级纠错，收到 {level}"),
                &format!("a symbol with a mark has level H, received {level}"),
            )),
        }
    }

    fn printing(&self, symbol: &Symbol) -> Result<Printing, Problem> {
        symbol.printed(self.mm, self.dpi).map_err(|error| unfit(&error.zh(), &error))
    }
}

/// A package's symbol on a printer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SymbolBody {
    /// What the symbol says
    address: String,
    /// Its version, 1 to 40 (ISO/IEC 18004)
    version: u8,
    /// Its modules along one side, without the quiet zone
    modules: usize,
    /// Printer dots of a module's side
    dots: u32,
    /// A module's side in micrometres
    module_um: u32,
    /// The side of the symbol with its quiet zone in micrometres: what a label must have room for
    outer_um: u32,
    /// What GS1 has against modules of this size
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<SymbolWarning>,
}

/// What speaks against a size.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SymbolWarning {
    /// In English
    en: String,
    /// In Chinese
    zh: String,
}

/// QR symbol of a package's address, as `{serial}.svg`, `{serial}.png` or `{serial}.json`.
///
/// Every module of a PNG is the same whole number of dots, as many as fit the width. The JSON says how large that is, and
/// warns where GS1 wants modules smaller or larger.
#[utoipa::path(
    get,
    path = "/qr/{file}",
    tag = "codes",
    params(
        ("file" = String, Path, description = "Package code and format: `{serial}.svg`, `{serial}.png` or `{serial}.json`"),
        Wish
    ),
    responses(
        (
            status = 200,
            description = "The symbol",
            content((String = "image/svg+xml"), (Vec<u8> = "image/png"), (SymbolBody = "application/json"))
        ),
        ReadRefusals,
        (status = 422, description = "It does not fit that width", body = ProblemBody, content_type = "application/problem+json")
    ),
    security(("token" = []))
)]
pub(super) async fn symbol(
    State(state): State<AppState>,
    Reader(viewer): Reader,
    Path(file): Path<String>,
    StrictQuery(wish): StrictQuery<Wish>,
) -> Result<Response, Problem> {
    let (serial, format) = file.rsplit_once('.').unwrap_or((&file, ""));
    let code = PackageCode::parse_typed(serial).map_err(|error| {
        Problem::unreadable("package_code", "", format!("溯源码写法不对：{}", error.zh()), error.to_string())
    })?;
    let unknown = || Problem::absent(format!("系统里没有溯源码 {code}"), format!("this ledger issued no code {code}"));
    let decoded = state.keys.decode(&code).ok_or_else(unknown)?;
    let issue = state.ledger.issue(decoded.issue()).await?.ok_or_else(unknown)?;
    if i64::from(decoded.index().get()) >= issue.count || decoded.key_version() != issue.key_version {
        return Err(unknown());
    }
    check_party(&viewer, &issue)?;
    let batch = state.ledger.batch(issue.batch).await?.ok_or_else(unknown)?;
    let address = state.package_address(&batch, code);
    let symbol = wish.symbol(&address, &state.config.symbol_mark)?;
    match format.to_ascii_lowercase().as_str() {
        "svg" => Ok(([(header::CONTENT_TYPE, "image/svg+xml")], symbol.svg(&code.grouped())).into_response()),
        "png" => {
            let picture = symbol.png_printed(wish.printing(&symbol)?).map_err(|error| {
                Problem::unreadable("qr_size", "", format!("图片尺寸不对：{}", error.zh()), error.to_string())
            })?;
            Ok(([(header::CONTENT_TYPE, "image/png")], picture).into_response())
        }
        "json" => {
            let printing = wish.printing(&symbol)?;
            let warning = printing.warning().map(|warning| SymbolWarning { en: warning.to_string(), zh: warning.zh() });
            Ok(Json(SymbolBody {
                address,
                version: symbol.version(),
                modules: symbol.size(),
                dots: printing.dots(),
                module_um: printing.module_um(),
                outer_um: printing.outer_um(),
                warning,
            })
            .into_response())
        }
        _ => Err(Problem::absent(
            format!("没有 {file}；二维码只有 .svg、.png 和 .json"),
            format!("there is no {file}; symbols come as .svg, .png and .json"),
        )),
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

fn unfit(zh: &str, en: &impl ToString) -> Problem {
    let zh = format!("二维码放不下：{zh}");
    trace_core::record::Refusal::invalid("qr_size", "", zh, en.to_string()).into()
}
