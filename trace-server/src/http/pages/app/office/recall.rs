//! Recalls: exactly which batches one would reach, counted by party, and which packages it names by their codes, before
//! it is made; and lifting one.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use serde_json::json;
use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
use trace_core::record::{Details, Kind};
use trace_core::state::BatchRow;
use trace_core::tianma::{RecallReason, RecallScope, RecallStage, ReleaseReason};

use super::OFFICE;
use super::holds::codes;
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields, new_uid};
use crate::http::pages::app::batches::Line;
use crate::http::pages::app::form::{Field, FormPage, Look, choices};
use crate::http::pages::app::processor::packages::{self, OfBatch};
use crate::http::pages::app::processor::ship::packages_field;
use crate::http::pages::app::sending::{answered, blank, done, input, number_after, send, today_of};
use crate::http::pages::app::words::{parties, party_words, range_words, short};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedForm, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::store::{RecordFilter, StoreError};

/// Recalls on the list.
const RECALLS_MAX: u32 = 100;
/// Batches that the preview names one by one; the counts are of all.
const NAMED_MAX: usize = 300;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/app/office/recalls", get(list))
        .route("/app/office/recall", get(show).post(preview))
        .route("/app/office/recall/store", post(store).get(show))
        .route("/app/office/lift", post(lift))
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let _ = &state;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let batch = fields.text("batch").to_owned();
    fields.set("batches", batch);
    fields.set("scope", RecallScope::WithDescendants.code());
    Ok(form(&who, &fields, &FieldErrors::default())?.answer())
}

fn form(who: &SignedIn, typed: &Fields, errors: &FieldErrors) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let fields = vec![
        Field::new("batches", lang.t("从哪些批次召回", "Recall which batches"), Look::Lines)
            .either()
            .hint(lang.t("一行一个批次码", "one batch code a line")),
        packages_field(lang),
        Field::list("scope", lang.t("范围", "Scope"), choices(RecallScope::ALL, lang)),
        Field::list("reason", lang.t("原因", "Reason"), choices(RecallReason::ALL, lang)),
        Field::list("stage", lang.t("召回到", "Down to"), choices(RecallStage::ALL, lang)),
    ];
    Ok(FormPage::new(who, lang.t("召回", "Recall"), "/app/office/recall", fields, typed, errors)?
        .button(lang.t("先看会召回哪些", "See what it would reach")))
}

/// What a recall would say, once every field is right.
struct Wanted {
    batches: Vec<BatchCode>,
    packages: Vec<OfBatch>,
    scope: RecallScope,
    reason: RecallReason,
    stage: RecallStage,
}

async fn read(
    fields: &Fields,
    errors: &mut FieldErrors,
    lang: Lang,
    state: &AppState,
) -> Result<Option<Wanted>, StoreError> {
    let packages = packages::read(fields.text("packages"), "packages", errors, lang, state).await?;
    let batches = if fields.typed("packages").is_some() && fields.typed("batches").is_none() {
        Vec::new()
    } else {
        codes(fields.text("batches"), errors, lang)
    };
    let mut choose = |name: &'static str| {
        errors.put(
            name,
            match name {
                "scope" => lang.t("请选择召回范围", "Choose how much is recalled"),
                "reason" => lang.t("请选择原因", "Choose the reason"),
                _ => lang.t("请选择从哪一步召回", "Choose how far down the trade it is published"),
            },
        );
    };
    let scope = fields.text("scope").parse::<RecallScope>().map_err(|_| choose("scope")).ok();
    let reason = fields.text("reason").parse::<RecallReason>().map_err(|_| choose("reason")).ok();
    let stage = fields.text("stage").parse::<RecallStage>().map_err(|_| choose("stage")).ok();
    let (Some(scope), Some(reason), Some(stage), true) = (scope, reason, stage, errors.is_empty()) else {
        return Ok(None);
    };
    Ok(Some(Wanted { batches, packages, scope, reason, stage }))
}

/// The same batches that the ledger would mark: those named and, with their descendants, all that live records made
/// of them.
async fn reached(
    who: &SignedIn,
    wanted: &Wanted,
    state: &AppState,
) -> Result<BTreeMap<BatchCode, BatchRow>, PageRefusal> {
    let store = state.ledger.store();
    let mut reached: BTreeMap<BatchCode, BatchRow> = BTreeMap::new();
    for code in &wanted.batches {
        if wanted.scope == RecallScope::TheseOnly {
            let row = state.ledger.batch(*code).await.or_refuse(who)?;
            reached.extend(row.map(|row| (row.code, row)));
            continue;
        }
        let rows = store.descendants(*code).await.or_refuse(who)?;
        reached.extend(rows.into_iter().map(|row| (row.code, row)));
    }
    Ok(reached)
}

/// What a party holds of what is reached.
struct Holder {
    party: String,
    batches: usize,
    sale: usize,
}

#[derive(Template)]
#[template(path = "app/recall_preview.html")]
struct PreviewPage {
    shell: Shell,
    lang: Lang,
    hidden: Vec<(String, String)>,
    scope: &'static str,
    reason: &'static str,
    stage: &'static str,
    count: usize,
    parties: usize,
    sale: usize,
    holders: Vec<Holder>,
    lines: Vec<Line>,
    more: usize,
    /// Packages that are recalled by their codes alone, and how many they are.
    ranges: Vec<String>,
    packages: i64,
}

async fn preview(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let wanted = read(&fields, &mut errors, lang, &state).await.or_refuse(&who)?;
    let mut rows = BTreeMap::new();
    if let Some(wanted) = &wanted {
        rows = reached(&who, wanted, &state).await?;
        if let Some(code) = wanted.batches.iter().find(|code| !rows.contains_key(code)) {
            let zh = format!("系统里没有批次 {code}");
            errors.put("batches", lang.t(&zh, &format!("there is no batch {code} in this ledger")));
        }
    }
    let (Some(wanted), true) = (wanted, errors.is_empty()) else {
        return Ok(form(&who, &fields, &errors)?.answer());
    };
    let mut by_party: BTreeMap<PartyId, (usize, usize)> = BTreeMap::new();
    for row in rows.values() {
        let counts = by_party.entry(row.owner).or_default();
        counts.0 += 1;
        counts.1 += usize::from(row.stage == Stage::Sale);
    }
    let names = parties(&**state.ledger.store(), by_party.keys().copied().collect()).await.or_refuse(&who)?;
    let mut holders: Vec<Holder> = by_party
        .into_iter()
        .map(|(id, (batches, sale))| Holder {
            party: names.get(&id).map_or_else(|| id.to_string(), |party| party_words(lang, party)),
            batches,
            sale,
        })
        .collect();
    holders.sort_by_key(|holder| std::cmp::Reverse(holder.batches));
    let hidden = ["uid", "batches", "packages", "scope", "reason", "stage"];
    Ok(page(&PreviewPage {
        shell: who.shell(),
        lang,
        hidden: hidden.iter().map(|name| ((*name).to_owned(), fields.text(name).to_owned())).collect(),
        scope: lang.t(wanted.scope.zh(), wanted.scope.en()),
        reason: lang.t(wanted.reason.zh(), wanted.reason.en()),
        stage: lang.t(wanted.stage.zh(), wanted.stage.en()),
        count: rows.len(),
        parties: holders.len(),
        sale: holders.iter().map(|holder| holder.sale).sum(),
        holders,
        lines: rows.values().take(NAMED_MAX).map(|row| Line::of(row, lang)).collect(),
        more: rows.len().saturating_sub(NAMED_MAX),
        ranges: wanted.packages.iter().flat_map(OfBatch::ranges).map(|range| range_words(lang, &range)).collect(),
        packages: wanted.packages.iter().map(OfBatch::count).sum(),
    }))
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let Some(wanted) = read(&fields, &mut errors, lang, &state).await.or_refuse(&who)? else {
        return Ok(form(&who, &fields, &errors)?.answer());
    };
    let mut details = json!({"reason": wanted.reason, "scope": wanted.scope, "stage": wanted.stage});
    if !wanted.packages.is_empty() {
        details["ranges"] = json!(wanted.packages.iter().flat_map(OfBatch::ranges).collect::<Vec<_>>());
    }
    let mut draft = blank(Kind::Recall, today_of(&who, &state).await?, details);
    draft.inputs = wanted.batches.iter().map(|code| input(code, None)).collect();
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            let words = lang.t(&refusal.zh, &refusal.en);
            match number_after(&refusal.place, "/inputs/").and_then(|i| wanted.batches.get(i)) {
                Some(code) => errors.put("batches", format!("{code}: {words}")),
                None if refusal.place.starts_with("/details/ranges") => errors.put("packages", words),
                None => errors.put_above(words),
            }
            Ok(form(&who, &fields, &errors)?.answer())
        }
    }
}

/// A recall in force.
struct Running {
    id: String,
    short: String,
    date: String,
    reason: String,
    named: Vec<String>,
    ranges: Vec<String>,
    reached: usize,
    uid: String,
}

#[derive(Template)]
#[template(path = "app/recalls.html")]
struct RecallsPage {
    shell: Shell,
    lang: Lang,
    running: Vec<Running>,
    reasons: Vec<(String, String)>,
    error: Option<String>,
}

async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    recalls(&who, None, &state).await
}

async fn recalls(who: &SignedIn, error: Option<String>, state: &AppState) -> Result<Response, PageRefusal> {
    let lang = who.lang;
    let filter = RecordFilter { states: Some(Kind::Recall), live: true, limit: RECALLS_MAX, ..RecordFilter::default() };
    let rows = state.ledger.store().records(&filter).await.or_refuse(who)?;
    let mut running = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(view) = state.ledger.record(row.id, None).await.or_refuse(who)? else { continue };
        let record = &view.entry.record;
        let mut ranges = Vec::new();
        let reason = match record.details.stated() {
            Details::Recall(recall) => {
                ranges.extend(recall.ranges.iter().map(|range| range_words(lang, range)));
                format!(
                    "{} · {}",
                    lang.t(recall.reason.zh(), recall.reason.en()),
                    lang.t(recall.scope.zh(), recall.scope.en())
                )
            }
            _ => String::new(),
        };
        running.push(Running {
            id: row.id.to_string(),
            short: short(&row.id),
            date: row.occurred_at.to_string(),
            reason,
            named: record.inputs.iter().map(|input| input.batch.to_string()).collect(),
            ranges,
            reached: row.recalled.len(),
            uid: new_uid().or_refuse(who)?.to_string(),
        });
    }
    let wrong = error.is_some();
    let reasons = choices(ReleaseReason::ALL, lang);
    let mut response = page(&RecallsPage { shell: who.shell(), lang, running, reasons, error });
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn lift(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let lifted = || Redirect::to("/app/office/recalls?note=lifted").into_response();
    if answered(&who, &fields, &state).await?.is_some() {
        return Ok(lifted());
    }
    let (Ok(recall), Ok(reason)) =
        (fields.text("record").parse::<RecordId>(), fields.text("reason").parse::<ReleaseReason>())
    else {
        let words = who.lang.t("请选择解除召回的原因", "Choose why the recall ends").to_owned();
        return recalls(&who, Some(words), &state).await;
    };
    let draft = blank(Kind::LiftRecall, today_of(&who, &state).await?, json!({"recall": recall, "reason": reason}));
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(_) => Ok(lifted()),
        Err(refusal) => recalls(&who, Some(who.lang.t(&refusal.zh, &refusal.en).to_owned()), &state).await,
    }
}
