//! `/api/v1/code-issues/{number}/labels.…`: printed labels of a code issue, for the party that issued it and the
//! office.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Method;
use axum::response::{IntoResponse as _, Response};

use super::code_issues::issue;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::Operator;
use crate::http::labels::{LabelsQuery, Taking, answer};
use crate::http::problem::{ProblemBody, ReadRefusals};
use crate::http::prospect::{LabelsBody, Prospect};
use crate::http::query::StrictQuery;
use crate::labels::Format;

/// Labels of a code issue, made while they are read.
///
/// `labels.pdf` for any printer, `labels.zpl` and `labels.tspl` for label printers, `labels.csv` and `labels.xlsx` for
/// print shops, `labels.zip` with a picture of each, `labels.png` of the first alone. Void codes are left out. That a file was
/// taken, by whom, is in the issue's `prints`; the picture of the first label is not.
///
/// `labels.json` makes none: it says how many they would be, how large a module of the symbol comes out on that printer,
/// and what is to be known of them (modules that GS1 wants larger, packages that came back). The header `tianma-notes` of
/// every file names the same notes. For a batch or codes that are held or under recall nothing is made.
#[utoipa::path(
    get,
    path = "/api/v1/code-issues/{number}/{file}",
    tag = "codes",
    params(
        ("number" = u32, Path, description = "Number of the issue"),
        ("file" = String, Path, description = "`labels.` and `pdf`, `zpl`, `tspl`, `csv`, `xlsx`, `zip`, `png` or `json`"),
        LabelsQuery
    ),
    responses(
        (
            status = 200,
            description = "The file",
            content(
                (Vec<u8> = "application/pdf"),
                (Vec<u8> = "application/octet-stream"),
                (String = "text/csv"),
                (Vec<u8> = "application/zip"),
                (Vec<u8> = "image/png"),
                (LabelsBody = "application/json"),
                (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            )
        ),
        ReadRefusals,
        (status = 409, description = "The batch or the codes are void, held or under recall", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "They do not fit, or the range is not of this issue", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "No font, or too many at a time", body = ProblemBody, content_type = "application/problem+json")
    ),
    security(("token" = []))
)]
pub(super) async fn labels(
    State(state): State<AppState>,
    method: Method,
    who: Operator,
    Path((number, file)): Path<(String, String)>,
    StrictQuery(wanted): StrictQuery<LabelsQuery>,
) -> Result<Response, Problem> {
    let ending = file.strip_prefix("labels.").unwrap_or_default();
    if ending == "json" {
        let issue = issue(&state, &who.viewer, &number).await?;
        let body = LabelsBody::try_from(Prospect::of(&state, &issue, &wanted).await?)?;
        return Ok(Json(body).into_response());
    }
    let format = Format::of(ending).ok_or_else(|| {
        let names = Format::ALL.map(|format| format!("labels.{format}")).join(", ");
        Problem::absent(
            format!("没有文件“{file}”；赋码批的文件有：{names}, labels.json"),
            format!("there is no file '{file}'; the files of a code issue are {names}, labels.json"),
        )
    })?;
    let issue = issue(&state, &who.viewer, &number).await?;
    answer(&state, &issue, format, &wanted, Taking { hand: &who.hand, run: None, method: &method }).await
}
