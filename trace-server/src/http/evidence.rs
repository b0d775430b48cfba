//! `/b/{batch}/evidence`: the evidence file of a batch, or of one package of it.
//!
//! What belongs into it is gathered by `crate::log::evidence`; asking for it opens no package and counts no scan.

#![expect(unused_qualifications, reason = "what utoipa's macros write for query parameters")]

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use tokio::sync::Semaphore;
use trace_core::code::{CodeIndex, PackageCode};
use trace_core::id::BatchCode;
use trace_core::record::Refusal;
use trace_core::state::IssueRow;
use utoipa::IntoParams;

use super::Problem;
use super::access::Caller;
use super::client::ClientAddress;
use super::problem::{ProblemBody, ReadRefusals};
use super::query::{self, StrictQuery};
use crate::app::AppState;
use crate::log::evidence::{ENTRIES_MAX, GatherError, Subject};

/// A file takes as much memory as it has bytes, and anybody may ask for one.
static GATHERING: Semaphore = Semaphore::const_new(4);

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EvidenceQuery {
    /// The code of a package of this batch; the file then names its code issue
    code: Option<String>,
}

/// The address of a batch's file, or of a package's.
pub(super) fn address(batch: &BatchCode, code: Option<&PackageCode>) -> String {
    code.map_or_else(|| format!("/b/{batch}/evidence"), |code| format!("/b/{batch}/evidence?code={code}"))
}

/// The evidence file (`tianma-trace/evidence/1`, docs/FORMATS.md): every public record of the lineage back from the
/// batch, with its proof, the signed checkpoint and the keys. Without a token nothing of the sealed groups is opened;
/// with one, the amounts and terms that the caller may see.
#[utoipa::path(
    get,
    path = "/b/{batch}/evidence",
    tag = "records",
    params(("batch" = String, Path, description = "Code of the batch"), EvidenceQuery),
    responses(
        (status = 200, description = "The evidence file", content_type = "application/json", body = serde_json::Value),
        ReadRefusals,
        (status = 429, description = "Too many codes that nobody made came from there", body = ProblemBody, content_type = "application/problem+json")
    ),
    security((), ("token" = []))
)]
pub(super) async fn file(
    State(state): State<AppState>,
    caller: Option<Caller>,
    client: ClientAddress,
    Path(batch): Path<String>,
    StrictQuery(wanted): StrictQuery<EvidenceQuery>,
) -> Result<impl IntoResponse, Problem> {
    let batch = query::batch_code(&batch)?;
    let package = match &wanted.code {
        Some(typed) => Some(package(&state, batch, typed, client).await?),
        None => None,
    };
    let subject = Subject { batch, package, viewer: caller.map(|Caller(viewer)| viewer) };
    // Never closed, so a place always comes.
    let _place = GATHERING.acquire().await.map_err(|_| Problem::internal())?;
    let file = state.log.evidence(&subject).await?;
    let bytes = file.to_bytes().map_err(GatherError::from)?;
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        // Against the newest checkpoint, which is replaced within a second of the next record.
        (header::CACHE_CONTROL, "public, max-age=1".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{batch}-evidence.json\"")),
    ];
    Ok((headers, bytes))
}

/// The package of a code, if it is one of this batch.
async fn package(
    state: &AppState,
    batch: BatchCode,
    typed: &str,
    ClientAddress(address): ClientAddress,
) -> Result<(PackageCode, IssueRow, CodeIndex), Problem> {
    let code = PackageCode::parse_typed(typed).map_err(|error| {
        Problem::unreadable("package_code", "/code", format!("不是溯源码：{}", error.zh()), error.to_string())
    })?;
    // As on the package's own page: who tries codes that no key made is slowed here, too.
    if !state.scanner.is_ours(&code)
        && let Err(seconds) = state.guesses.admit(address, state.ledger.now())
    {
        return Err(slowed(seconds));
    }
    let package = state.scanner.package(&code).await?.filter(|package| package.batch.code == batch);
    let package = package.ok_or_else(|| {
        Problem::absent(
            format!("批次 {batch} 没有溯源码 {}", code.grouped()),
            format!("batch {batch} has no package with the code {}", code.grouped()),
        )
    })?;
    Ok((code, package.issue, package.index))
}

fn slowed(seconds: u32) -> Problem {
    let refusal = Refusal::invalid(
        "package_code_guesses",
        "/code",
        format!("本系统没有签发过这个码，而且最近查询的错误码太多；请 {seconds} 秒后再试别的码，查询真码不受影响"),
        format!(
            "this system never issued the code, and too many wrong codes were tried lately; try another one after \
             {seconds} seconds. Genuine codes are answered as always"
        ),
    );
    Problem::new(StatusCode::TOO_MANY_REQUESTS, refusal).retry_after(seconds)
}

impl From<GatherError> for Problem {
    fn from(error: GatherError) -> Self {
        match error {
            GatherError::UnknownBatch(batch) => {
                Self::absent(format!("系统里没有批次 {batch}"), format!("this ledger has no batch {batch}"))
            }
            GatherError::TooMany(count) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                Refusal::invalid(
                    "evidence_too_long",
                    "",
                    format!(
                        "这一批有 {count} 条以上的记录，一份证据文件最多 {ENTRIES_MAX} 条；请用 /log/ 核对整个日志"
                    ),
                    format!(
                        "more than {count} records belong to this batch, and a file holds {ENTRIES_MAX}; audit the \
                         whole log under /log/ instead"
                    ),
                ),
            ),
            GatherError::NotSigned => Self::unavailable(
                "not_signed_yet",
                "有记录还没有进入已签署的检查点，请稍后再试",
                "some of the records are not under a signed checkpoint yet; try again in a second",
            )
            .retry_after(1),
            GatherError::Store(error) => error.into(),
            GatherError::File(error) => {
                tracing::error!(%error, "an evidence file could not be written");
                Self::internal()
            }
        }
    }
}
