//! `/api/v1/code-issues/{number}/labels.…`: printed labels of a code issue, for the party that issued it and the
//! office.

use axum::extract::{Path, State};
use axum::http::Method;
use axum::response::Response;

use super::code_issues::issue;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::Operator;
use crate::http::labels::{LabelsQuery, Taking, answer};
use crate::http::problem::{ProblemBody, ReadRefusals};
use crate::http::query::StrictQuery;
use crate::labels::Format;

/// Labels of a code issue, made while they are read.
///
/// `labels.pdf` for any printer, `labels.zpl` and `labels.tspl` for label printers, `labels.csv` and `labels.xlsx` for
/// print shops, `labels.zip` with a picture of each, `labels.png` of the first alone. Void codes are left out. That a file was
/// taken, by whom, is in the issue's `prints`; the picture of the first label is not.
#[utoipa::path(
    get,
    path = "/api/v1/code-issues/{number}/{file}",
    tag = "codes",
    params(
        ("number" = u32, Path, description = "Number of the issue"),
        ("file" = String, Path, description = "`labels.` and `pdf`, `zpl`, `tspl`, `csv`, `xlsx`, `zip` or `png`"),
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
                (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            )
        ),
        ReadRefusals,
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
    let format = file.strip_prefix("labels.").and_then(Format::of).ok_or_else(|| {
        let names = Format::ALL.map(|format| format!("labels.{format}")).join(", ");
        Problem::absent(format!("赋码批的文件有：{names}"), format!("the files of a code issue are {names}"))
    })?;
    let issue = issue(&state, &who.viewer, &number).await?;
    answer(&state, &issue, format, &wanted, Taking { hand: &who.hand, run: None, method: &method }).await
}
