//! A certificate of commitment as a file, for the API and the pages alike: who may have it, whether it still stands, and
//! the words that are not in the record.

use axum::response::Response;
use serde::Deserialize;
use trace_core::code::label::{Certificate, TemplateKind};
use trace_core::id::RecordId;
use trace_core::quantity::Quantity;
use trace_core::record::sealed::Group;
use trace_core::record::{Details, Kind, Person, Refusal};
use trace_core::state::{BatchRow, PartyRow, RecordRow};
use trace_core::tianma::{Commitment, PartyRole, VoidReason};
use utoipa::IntoParams;

use super::Problem;
use super::labels::{comes_as, dpi, streamed, symbols, template};
use crate::app::AppState;
use crate::labels::{CertificateJob, Format, origin_words};
use crate::ledger::{Personal, RecordView, Viewer};
use crate::store::StoreError;

/// On which paper or label, and for which printer.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CertificateQuery {
    /// Name of the template: certificate-a5 (of a pdf unless given), certificate-a4, certificate-60x40 (of all else),
    /// certificate-80x50, or one of the operator's
    pub template: Option<String>,
    /// Dots an inch of the printer, 203 or 300; 203 unless given
    pub dpi: Option<String>,
    /// `printer` unless given: the symbol by the printer's own command wherever it makes the very same; `picture`: never
    pub symbol: Option<String>,
}

/// The template of a certificate unless another is named: paper to lie with the goods, or a label to stick on them.
const fn template_default(format: Format) -> &'static str {
    if matches!(format, Format::Pdf) { "certificate-a5" } else { "certificate-60x40" }
}

/// What a record's page offers of a certificate.
pub(super) struct Offer {
    /// Why nothing is printed.
    pub refused: Option<Refusal>,
    /// A picture of the label.
    pub preview: String,
    /// Address, ending and what it is, in the order in which they are offered.
    pub files: Vec<(String, &'static str, &'static str, &'static str)>,
}

/// The files of a certificate for whoever sees its record's page; `None` where the record is no certificate.
pub(super) async fn offer(state: &AppState, viewer: &Viewer, view: &RecordView) -> Result<Option<Offer>, Problem> {
    if view.row.states != Kind::Certify || view.row.kind == Kind::Void || !viewer.sees_amounts(&view.row) {
        return Ok(None);
    }
    let refused = match certificate(state, viewer, view).await {
        Ok(_) => None,
        Err(problem) if problem.status().is_client_error() => Some(problem.refusal().clone()),
        Err(problem) => return Err(problem),
    };
    let base = format!("/api/v1/records/{}/certificate", view.row.id);
    let file =
        |ending: &'static str, template: &str, zh, en| (format!("{base}.{ending}?template={template}"), ending, zh, en);
    let files = vec![
        file("pdf", "certificate-a5", "A5 纸", "on A5 paper"),
        file("pdf", "certificate-a4", "A4 纸", "on A4 paper"),
        file("pdf", "certificate-60x40", "60 × 40 mm 标签，任何打印机", "a label of 60 × 40 mm, any printer"),
        file("zpl", "certificate-60x40", "60 × 40 mm 标签，斑马（ZPL）打印机", "the same for printers that speak ZPL"),
        file(
            "tspl",
            "certificate-60x40",
            "60 × 40 mm 标签，TSC（TSPL）打印机",
            "the same for printers that speak TSPL",
        ),
    ];
    Ok(Some(Offer { refused, preview: format!("{base}.png?template=certificate-60x40"), files }))
}

/// The file of a certificate that stands, for those who may have it.
pub(super) async fn answer(
    state: &AppState,
    viewer: &Viewer,
    id: RecordId,
    format: Format,
    wanted: &CertificateQuery,
) -> Result<Response, Problem> {
    let view = state.ledger.record(id, Some(viewer)).await?;
    let view =
        view.ok_or_else(|| Problem::absent(format!("系统里没有记录 {id}"), format!("this ledger has no record {id}")))?;
    let name = wanted.template.as_deref().unwrap_or(template_default(format));
    let template = template(state, TemplateKind::Certificate, name)?.clone();
    comes_as(state, format, &template)?;
    let (dpi, symbols) = (dpi(wanted.dpi.as_deref())?, symbols(wanted.symbol.as_deref())?);
    let (certificate, address) = certificate(state, viewer, &view).await?;
    let name = format!("certificate-{}", certificate.batch);
    let job = CertificateJob { format, template, dpi, symbols, certificate, address };
    streamed(state, job, format, &name).await
}

/// What the certificate says, and the address in its symbol.
async fn certificate(state: &AppState, viewer: &Viewer, view: &RecordView) -> Result<(Certificate, String), Problem> {
    let row = &view.row;
    let id = row.id;
    let stated = if row.kind == Kind::Void { None } else { Some(view.entry.record.details.stated()) };
    let (Some(Details::Certify(certify)), Some(input)) = (stated, view.entry.record.inputs.first()) else {
        return Err(Problem::absent(
            format!("记录 {id} 不是承诺达标合格证，是“{}”", row.kind.zh()),
            format!("record {id} is no certificate of commitment, but a {}", row.kind.code()),
        ));
    };
    if !viewer.sees_amounts(row) {
        return Err(Problem::forbidden(
            format!("合格证 {id} 由开具主体、代录人和品牌办打印；您都不是"),
            format!(
                "the certificate {id} is printed by the party that issued it, whoever entered it for them, and the office; you are none of them"
            ),
        ));
    }
    let batch = state.ledger.batch(input.batch).await?.ok_or_else(Problem::internal)?;
    still_stands(state, row, &batch).await?;
    let story = state.scanner.story(batch.code).await?.ok_or_else(Problem::internal)?;
    let version = certify.wording_version;
    let commitment = Commitment::of(version, story.is_bought()).ok_or_else(|| {
        let known = Commitment::versions().map(|one| one.to_string()).collect::<Vec<_>>().join(", ");
        Refusal::invalid(
            "wording_version",
            "/details/wording_version",
            format!("这张合格证用的是第 {version} 版承诺文本，系统里只有第 {known} 版，印不出来"),
            format!("this certificate has version {version} of the wording; there are versions {known}"),
        )
    })?;
    let party = state.ledger.party(row.party).await?.ok_or_else(Problem::internal)?;
    let (issuer, contact) = issuer(state, viewer, row, &party).await?;
    let certificate = Certificate {
        commitment,
        basis: certify.basis,
        product: batch.product,
        batch: batch.code,
        amount: Quantity::new(batch.product.measure(), batch.made).ok(),
        origin: origin_words(&story),
        issuer,
        contact,
        issued: row.occurred_at.date(),
        record: id,
    };
    // Upper case keeps the symbol small; our routes and host names take either case.
    let address = format!("{}/b/{}", state.config.public_url(), batch.code).to_uppercase();
    Ok((certificate, address))
}

/// Refuses a certificate that its party took back or replaced, and one for goods that must not go anywhere.
async fn still_stands(state: &AppState, row: &RecordRow, batch: &BatchRow) -> Result<(), Problem> {
    let id = row.id;
    if row.void {
        let reason = void_reason(state, row).await?;
        let zh = reason.map_or_else(|| "未注明".to_owned(), |reason| reason.zh().to_owned());
        let en = reason.map_or("not stated", |reason| reason.en());
        return Err(Refusal::conflict(
            "certificate_void",
            "",
            format!("合格证 {id} 已作废（原因：{zh}），不能再打印；请重新开具"),
            format!("certificate {id} was voided (reason: {en}) and is not printed any more; issue a new one"),
        )
        .into());
    }
    if let Some(newer) = row.superseded_by {
        return Err(Refusal::conflict(
            "stale_version",
            "",
            format!("合格证 {id} 已更正，新版本是 {newer}；请打印新版本"),
            format!("certificate {id} was corrected; print its newer version {newer}"),
        )
        .into());
    }
    super::printing::may_go_out(state, batch).await
}

/// Why the record was voided.
async fn void_reason(state: &AppState, row: &RecordRow) -> Result<Option<VoidReason>, StoreError> {
    let Some(by) = row.superseded_by else { return Ok(None) };
    let view = state.ledger.record(by, None).await?;
    Ok(view.and_then(|view| match &view.entry.record.details {
        Details::Void(void) => Some(void.reason),
        _ => None,
    }))
}

/// Who commits, and under which number. What tells of a person is for the party itself and for whoever entered the
/// record for it; everybody else gets what is public. What was erased says so.
async fn issuer(
    state: &AppState,
    viewer: &Viewer,
    row: &RecordRow,
    party: &PartyRow,
) -> Result<(String, String), StoreError> {
    let knows = viewer.party == row.party || row.entered_by == Some(viewer.party);
    let personal = state.ledger.personal(&[party.person_record()], Group::Person).await?.remove(&party.person_record());
    let erased = party.erased.is_some() || matches!(personal, Some(Personal::Erased));
    let person: Option<Person> = personal.filter(|_| !erased).and_then(Personal::read);
    let contact = match &person {
        _ if erased => "已删除",
        Some(_) if !knows => "未公开",
        Some(Person { telephone: Some(number), .. }) => number.as_str(),
        _ => "未登记",
    };
    let village = party.village.as_ref().map_or("", |village| village.as_str());
    let issuer = match (&party.organisation, &person) {
        (Some(name), _) if party.role != PartyRole::Household => name.to_string(),
        (_, Some(person)) if knows => format!("{} {village}", person.name.as_str()).trim_end().to_owned(),
        _ if erased => format!("{village}{}（姓名已删除）", party.role.zh()),
        _ => format!("{village}{}", party.role.zh()),
    };
    Ok((issuer, contact.to_owned()))
}
