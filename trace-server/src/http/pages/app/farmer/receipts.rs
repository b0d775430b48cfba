//! What buyers say that they received: confirm it, or say that it is not so.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::json;
use trace_core::id::RecordId;
use trace_core::prepare::Draft;
use trace_core::quantity::Stated;
use trace_core::record::Kind;
use trace_core::state::{RecordRow, Standing};
use trace_core::tianma::DisputeReason;
use trace_core::time::OccurredAt;

use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{Fields, new_uid};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::terms;
use crate::http::pages::app::words::{parties, party_words, quantity_words, short, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedForm, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::ledger::{AppendError, Item, Request, Viewer, digest_of};
use crate::store::{RecordFilter, StoreError};

/// Most receipts on one page.
const RECEIPTS_MAX: u32 = 100;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/receipts", get(show).post(answer))
}

/// A receipt as a seller sees it.
#[derive(Debug, Clone)]
pub(super) struct Receipt {
    pub id: String,
    pub short: String,
    pub date: String,
    pub buyer: String,
    pub product: &'static str,
    pub batches: Vec<String>,
    pub typed: String,
    pub words: String,
    pub kg: String,
    /// Price, sum and conditions in words; open to the two sides alone.
    pub terms: Vec<(&'static str, String)>,
    /// For the form that answers it, so that pressing twice is answering once.
    pub uid: String,
}

#[derive(Template)]
#[template(path = "app/receipts.html")]
struct ReceiptsPage {
    shell: Shell,
    lang: Lang,
    csrf: String,
    acting: Acting,
    waiting: Vec<Receipt>,
    disputed: Vec<Receipt>,
    reasons: &'static [DisputeReason],
    error: Option<String>,
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let acting = Acting::of(fields.text("for"), Kind::Confirm, &who, &state).await?;
    list(&who, acting, None, &state).await
}

async fn list(
    who: &SignedIn,
    acting: Acting,
    error: Option<String>,
    state: &AppState,
) -> Result<Response, PageRefusal> {
    let viewer = Viewer { party: acting.party, role: who.role() };
    let waiting = receipts(&viewer, Standing::Unconfirmed, RECEIPTS_MAX, who.lang, state).await.or_refuse(who)?;
    let disputed = receipts(&viewer, Standing::Disputed, RECEIPTS_MAX, who.lang, state).await.or_refuse(who)?;
    let mut waiting = waiting;
    for receipt in &mut waiting {
        if acting.name.is_some() {
            // A clerk may answer for a household, but is none of the two sides.
            receipt.terms.clear();
        }
        receipt.uid = new_uid().or_refuse(who)?.to_string();
    }
    let wrong = error.is_some();
    let mut response = page(&ReceiptsPage {
        shell: who.shell(),
        lang: who.lang,
        csrf: who.session.csrf().to_owned(),
        acting,
        waiting,
        disputed,
        reasons: DisputeReason::ALL,
        error,
    });
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// Receipts of what this party sold, newest first.
pub(super) async fn receipts(
    seller: &Viewer,
    standing: Standing,
    limit: u32,
    lang: Lang,
    state: &AppState,
) -> Result<Vec<Receipt>, StoreError> {
    let store = state.ledger.store();
    let filter = RecordFilter {
        other_side: Some(seller.party),
        states: Some(Kind::Receive),
        standing: Some(standing),
        live: true,
        limit,
        ..RecordFilter::default()
    };
    let rows = store.records(&filter).await?;
    let buyers = parties(&**store, rows.iter().map(|row| row.party).collect()).await?;
    let mut receipts = Vec::with_capacity(rows.len());
    for row in rows {
        let buyer = buyers.get(&row.party).map_or_else(|| row.party.to_string(), |buyer| party_words(lang, buyer));
        receipts.extend(receipt(&row, buyer, seller, lang, state).await?);
    }
    Ok(receipts)
}

async fn receipt(
    row: &RecordRow,
    buyer: String,
    seller: &Viewer,
    lang: Lang,
    state: &AppState,
) -> Result<Option<Receipt>, StoreError> {
    let Some(view) = state.ledger.record(row.id, Some(seller)).await? else { return Ok(None) };
    let record = &view.entry.record;
    let product = record.outputs.first().map(|output| output.product);
    let stated = view.amounts.as_ref().map(|amounts| &amounts.inputs[..]).unwrap_or_default();
    let total = stated.iter().map(Stated::quantity).reduce(|sum, one| sum.checked_add(one).unwrap_or(sum));
    let typed: Vec<&str> = stated.iter().map(Stated::typed).collect();
    Ok(Some(Receipt {
        id: row.id.to_string(),
        short: short(&row.id),
        date: row.occurred_at.to_string(),
        buyer,
        product: product.map_or("", |product| lang.t(product.zh(), product.en())),
        batches: record.inputs.iter().map(|input| input.batch.to_string()).collect(),
        typed: typed.join(" + "),
        words: total.map(|total| quantity_words(lang, total)).unwrap_or_default(),
        kg: total.map(|total| total.value().to_string()).unwrap_or_default(),
        terms: terms::words(&terms::of(&view), lang),
        uid: String::new(),
    }))
}

async fn answer(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    let confirms = fields.text("answer") == "confirm";
    let kind = if confirms { Kind::Confirm } else { Kind::Dispute };
    let acting = Acting::of(fields.text("for"), kind, &who, &state).await?;
    let (Ok(receipt), Some(uid)) = (fields.text("record").parse::<RecordId>(), fields.uid()) else {
        let received = fields.text("record");
        return Err(who.refuse(Problem::absent(
            format!("没有收货记录“{received}”；请回到列表再点一次"),
            format!("there is no receipt '{received}'; go back to the list and try again"),
        )));
    };
    let details = if confirms {
        json!({"record": receipt})
    } else {
        let Ok(reason) = fields.text("reason").parse::<DisputeReason>() else {
            let words = who.lang.t("请选择异议的原因", "Choose the reason of the dispute").to_owned();
            return list(&who, acting, Some(words), &state).await;
        };
        json!({"record": receipt, "reason": reason})
    };
    let day = today(&state).await.or_refuse(&who)?;
    let day = OccurredAt::day(day).map_err(|error| {
        tracing::error!(%error, "today is no day of the ledger");
        who.refuse(Problem::internal())
    })?;
    let actor = acting.actor();
    let draft = Draft { actor, ..Draft::new(uid, kind, day, details) };
    // A day may pass between two presses; what is meant is the answer to this receipt.
    let digest = digest_of(json!([kind, uid, receipt, acting.party, fields.text("reason")]).to_string().as_bytes());
    let request = Request { submitter: who.party(), digest, items: vec![Item::draft(draft)] };
    match state.ledger.append(request).await {
        Ok(_) => {
            let note = if confirms { "confirmed" } else { "disputed" };
            let whom = if acting.name.is_some() { format!("&for={}", acting.party) } else { String::new() };
            Ok(Redirect::to(&format!("/app/receipts?note={note}{whom}")).into_response())
        }
        Err(AppendError::Refused(refusal)) => {
            let words = who.lang.t(&refusal.zh, &refusal.en).to_owned();
            list(&who, acting, Some(words), &state).await
        }
        Err(error) => Err(who.refuse(error)),
    }
}
