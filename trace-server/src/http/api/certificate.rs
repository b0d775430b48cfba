//! `/api/v1/records/{id}/certificate.…`: a certificate of commitment on paper or as a label, for its party, whoever
//! entered it, and the office.

use axum::extract::{Path, State};
use axum::response::Response;
use trace_core::id::RecordId;

use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::Reader;
use crate::http::certificate::{CertificateQuery, answer};
use crate::http::problem::{ProblemBody, ReadRefusals};
use crate::http::query::{self, StrictQuery};
use crate::labels::Format;

/// A certificate of commitment (承诺达标合格证) as a file.
///
/// `certificate.pdf` on A5, A4 or as a label, `certificate.zpl` and `certificate.tspl` for label printers,
/// `certificate.png` as a picture. Its symbol leads to the page of the batch.
#[utoipa::path(
    get,
    path = "/api/v1/records/{id}/{file}",
    tag = "records",
    params(
        ("id" = String, Path, description = "64 hex digits"),
        ("file" = String, Path, description = "`certificate.` and `pdf`, `zpl`, `tspl` or `png`"),
        CertificateQuery
    ),
    responses(
        (
            status = 200,
            description = "The file",
            content((Vec<u8> = "application/pdf"), (Vec<u8> = "application/octet-stream"), (Vec<u8> = "image/png"))
        ),
        ReadRefusals,
        (status = 409, description = "Voided or replaced, or the batch is void, held or recalled", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "It does not fit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "No font, or too many at a time", body = ProblemBody, content_type = "application/problem+json")
    ),
    security(("token" = []))
)]
pub(super) async fn file(
    State(state): State<AppState>,
    Reader(viewer): Reader,
    Path((id, file)): Path<(String, String)>,
    StrictQuery(wanted): StrictQuery<CertificateQuery>,
) -> Result<Response, Problem> {
    let id: RecordId = query::id(&id)?;
    let format = file.strip_prefix("certificate.").and_then(Format::of);
    let format = format.filter(|format| Format::OF_ONE.contains(format)).ok_or_else(|| {
        let names = Format::OF_ONE.map(|format| format!("certificate.{format}")).join(", ");
        Problem::absent(
            format!("没有文件“{file}”；合格证的文件有：{names}"),
            format!("there is no file '{file}'; the files of a certificate are {names}"),
        )
    })?;
    answer(&state, &viewer, id, format, &wanted).await
}
