//! One record as its parties may see it, made to be printed on A5 and kept: what, how much, who, its id, and the QR
//! symbol of the batch.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use trace_core::code::{Level as QrLevel, Symbol};
use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
use trace_core::quantity::Quantity;
use trace_core::record::{Evidence, Finding, Kind, Level, MediaType};
use trace_core::state::RecordRow;
use trace_core::tianma::Product;

use super::batches::record_note;
use super::stated::details_of;
use super::words::{
    amount_of, moment, names, parties, party_words, quantity_words, range_words, short, site_names, zone,
};
use super::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use super::{revise, terms};
use crate::app::AppState;
use crate::http::Problem;
use crate::http::certificate::{Offer, offer};
use crate::http::kept_file;
use crate::http::pages::language::Lang;
use crate::ledger::RecordView;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/records/{id}", get(show)).route("/app/photos/{id}", get(photo))
}

/// A batch of the record with its amount.
#[derive(Debug, Clone)]
struct Amount {
    batch: String,
    product: &'static str,
    typed: String,
    words: String,
}

/// A file that backs the record: a picture is shown, everything else is a link that says what it is and how large.
#[derive(Debug, Clone)]
struct BackedBy {
    sha256: String,
    words: Option<String>,
}

impl BackedBy {
    fn of(evidence: &Evidence, lang: Lang) -> Self {
        let kilobytes = evidence.size.div_ceil(1_000);
        let words = match evidence.media_type {
            MediaType::Jpeg | MediaType::Png => None,
            MediaType::Pdf => Some(format!("{} · {kilobytes} KB", lang.t("PDF 文件", "PDF document"))),
        };
        Self { sha256: evidence.sha256.to_string(), words }
    }
}

/// A finding for its reader.
#[derive(Debug, Clone)]
struct Said {
    holds: bool,
    words: String,
}

#[derive(Template)]
#[template(path = "app/record.html")]
struct RecordPage {
    shell: Shell,
    lang: Lang,
    kind: String,
    id: String,
    index: u64,
    date: String,
    received: String,
    note: &'static str,
    actor: String,
    entered_by: Option<String>,
    signed: bool,
    other_side: Option<String>,
    site: Option<String>,
    inputs: Vec<Amount>,
    outputs: Vec<Amount>,
    /// What it states beside batches and amounts, with the name of each.
    stated: Vec<(&'static str, String)>,
    /// Package codes of which it speaks, as they are printed.
    codes: Vec<String>,
    findings: Vec<Said>,
    files: Vec<BackedBy>,
    batch: Option<String>,
    public: String,
    symbol: String,
    may_void: bool,
    may_correct: bool,
    /// The files of a certificate.
    certificate: Option<Offer>,
    /// The version that it replaces or voids, and the one that replaced or voided it.
    before: Option<(String, String)>,
    after: Option<(&'static str, String, String)>,
}

async fn show(State(state): State<AppState>, who: SignedIn, Path(id): Path<String>) -> Result<Response, PageRefusal> {
    let absent = || {
        who.refuse(Problem::absent(
            format!("没有您可以查看的记录 {id}"),
            format!("no record {id} that you may see here"),
        ))
    };
    let Ok(id) = id.parse::<RecordId>() else { return Err(absent()) };
    let view = state.ledger.record(id, Some(&who.viewer())).await.or_refuse(&who)?;
    let view = view.filter(|view| who.viewer().sees_amounts(&view.row)).ok_or_else(absent)?;
    let certificate = offer(&state, &who.viewer(), &view).await.or_refuse(&who)?;
    let template = template(&who, view, certificate, &state).await.or_refuse(&who)?;
    Ok(page(&template))
}

/// What the record is to this one that took its place.
fn replaced(row: &RecordRow, lang: Lang) -> &'static str {
    if row.void { lang.t("作废记录", "Voided by") } else { lang.t("后来的记录", "Replaced by") }
}

async fn template(
    who: &SignedIn,
    view: RecordView,
    certificate: Option<Offer>,
    state: &AppState,
) -> Result<RecordPage, crate::store::StoreError> {
    let (lang, store) = (who.lang, state.ledger.store());
    let row = &view.row;
    let ids = [Some(row.actor), row.entered_by, row.other_side].into_iter().flatten().collect();
    let rows = parties(&**store, ids).await?;
    // A household's name is open to itself and to the clerk whom it let write; the other side sees what is public.
    let knows = who.party() == row.party || row.entered_by == Some(who.party());
    let open = |id: &PartyId| *id == who.party() || (knows && *id == row.party);
    let known = rows.iter().filter(|(id, _)| open(id)).map(|(id, row)| (*id, row.clone())).collect();
    let called = names(&state.ledger, lang, &known).await?;
    let name = |id: PartyId| match (called.get(&id), rows.get(&id)) {
        (Some(name), _) => name.clone(),
        (None, Some(row)) => party_words(lang, row),
        (None, None) => id.to_string(),
    };
    let site = match row.site {
        Some(site) if knows => {
            let sites = store.sites(row.party).await?;
            site_names(&state.ledger, lang, &sites).await?.remove(&site)
        }
        _ => None,
    };
    let record = &view.entry.record;
    let stated = view.amounts.clone().unwrap_or_default();
    let line = |batch: BatchCode, product: &'static str, stated: Option<&trace_core::quantity::Stated>| Amount {
        batch: batch.to_string(),
        product,
        typed: stated.map(|one| one.typed().to_owned()).unwrap_or_default(),
        words: stated.map(|one| counted_as(lang, batch, one.quantity())).unwrap_or_default(),
    };
    let inputs = record.inputs.iter().enumerate().map(|(i, input)| line(input.batch, "", stated.inputs.get(i)));
    let outputs =
        record.outputs.iter().enumerate().map(|(i, output)| {
            line(output.batch, lang.t(output.product.zh(), output.product.en()), stated.outputs.get(i))
        });
    let batch = record.outputs.first().map(|output| output.batch.to_string());
    let public = batch.as_ref().map(|batch| format!("{}/b/{batch}", state.config.public_url())).unwrap_or_default();
    let (may_void, may_correct) = revise::may_revise(who, row, state).await;
    Ok(RecordPage {
        shell: who.shell(),
        lang,
        kind: match row.kind {
            // Of what it is a version is told by its link.
            Kind::Correct => format!("{} · {}", lang.t(row.states.zh(), row.states.en()), lang.t("更正", "corrected")),
            kind => lang.t(kind.zh(), kind.en()).to_owned(),
        },
        before: record.supersedes.map(|id| (id.to_string(), short(&id))),
        after: row.superseded_by.map(|id| (replaced(row, lang), id.to_string(), short(&id))),
        id: row.id.to_string(),
        index: row.index,
        date: row.occurred_at.to_string(),
        received: moment(row.received_at, zone(&**store).await?),
        note: record_note(lang, row),
        actor: name(row.party),
        entered_by: row.entered_by.map(name),
        signed: row.signed,
        other_side: row.other_side.map(name),
        site,
        inputs: inputs.collect(),
        outputs: outputs.collect(),
        stated: [details_of(record.details.stated(), row, &stated, lang), terms::words(&terms::of(&view), lang)]
            .concat(),
        codes: stated.ranges.iter().map(|range| range_words(lang, range)).collect(),
        findings: view.findings.iter().flatten().map(|finding| said(finding, lang)).collect(),
        files: record.evidence.iter().map(|one| BackedBy::of(one, lang)).collect(),
        symbol: symbol(&public),
        may_void,
        may_correct,
        batch,
        public,
        certificate,
    })
}

/// An amount of a batch: what stands at the stage of fungus is counted in bottles.
fn counted_as(lang: Lang, batch: BatchCode, quantity: Quantity) -> String {
    if batch.stage() == Stage::Fungus {
        return amount_of(lang, Product::ArmillariaBottle, quantity.value());
    }
    quantity_words(lang, quantity)
}

fn said(finding: &Finding, lang: Lang) -> Said {
    Said { holds: finding.mark.level == Level::Hold, words: lang.t(&finding.zh, &finding.en).to_owned() }
}

/// The symbol of an address in upper case, which keeps it small; our routes and host names take either case.
fn symbol(address: &str) -> String {
    if address.is_empty() {
        return String::new();
    }
    let symbol = Symbol::new(&address.to_uppercase(), QrLevel::M);
    symbol.map(|symbol| symbol.svg(address)).unwrap_or_default()
}

/// A photograph or a document, for those who may see the amounts of the record that names it, or who uploaded it.
async fn photo(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    query: axum::extract::RawQuery,
) -> Result<Response, PageRefusal> {
    let absent = || who.refuse(Problem::absent("没有这个文件", "there is no such file"));
    let record = match query.0.as_deref().filter(|query| !query.is_empty()) {
        Some(query) => {
            Some(query.strip_prefix("record=").and_then(|id| id.parse::<RecordId>().ok()).ok_or_else(absent)?)
        }
        None => None,
    };
    let digest = id.parse::<RecordId>().map_err(|_| absent())?;
    let file = state.ledger.file_for(digest, record, &who.viewer()).await.or_refuse(&who)?;
    let (media_type, bytes) = file.ok_or_else(absent)?;
    Ok(kept_file::answer(digest, media_type, bytes))
}
