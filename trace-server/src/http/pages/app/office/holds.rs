//! What is held and why, in words; the office lets it go, or freezes a batch itself.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use serde_json::json;
use trace_core::code::IssueNumber;
use trace_core::id::{BatchCode, RecordId};
use trace_core::record::{CodeRange, Details, Kind, Level};
use trace_core::state::{Key, Row};
use trace_core::tianma::{HoldReason, PartyRole, ReleaseReason};

use super::OFFICE;
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields, new_uid};
use crate::http::pages::app::form::{Field, FormPage, Look, choices};
use crate::http::pages::app::processor::packages::{self, OfBatch};
use crate::http::pages::app::processor::scanned;
use crate::http::pages::app::processor::ship::packages_field;
use crate::http::pages::app::sending::{answered, blank, done, input, number_after, send, today_of};
use crate::http::pages::app::words::{parties, party_words, range_words, short};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedForm, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::store::RecordFilter;

/// Held records on one page.
const PAGE: u32 = 40;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/app/office/holds", get(list))
        .route("/app/office/release", post(release))
        .route("/app/hold", get(show_hold).post(hold))
}

/// A held record.
struct Held {
    id: String,
    short: String,
    kind: &'static str,
    date: String,
    party: String,
    words: Vec<String>,
    batches: Vec<String>,
    /// Of which batch, and which packages of it.
    packages: Vec<(String, String)>,
    uid: String,
}

#[derive(Template)]
#[template(path = "app/holds.html")]
struct HoldsPage {
    shell: Shell,
    lang: Lang,
    held: Vec<Held>,
    reasons: Vec<(String, String)>,
    error: Option<String>,
    next: Option<u64>,
}

async fn list(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    show(&who, fields.text("before").parse().ok(), None, &state).await
}

async fn show(
    who: &SignedIn,
    before: Option<u64>,
    error: Option<String>,
    state: &AppState,
) -> Result<Response, PageRefusal> {
    let lang = who.lang;
    let store = state.ledger.store();
    let filter = RecordFilter { held: true, live: true, before, limit: PAGE, ..RecordFilter::default() };
    let rows = store.records(&filter).await.or_refuse(who)?;
    let names = parties(&**store, rows.iter().map(|row| row.party).collect()).await.or_refuse(who)?;
    let ids: Vec<RecordId> = rows.iter().map(|row| row.id).collect();
    let findings = store.findings(&ids).await.or_refuse(who)?;
    let next = rows.last().filter(|_| rows.len() == PAGE as usize).map(|row| row.index);
    let mut held = Vec::with_capacity(rows.len());
    for row in &rows {
        let of_it = findings.iter().filter(|one| one.record == row.id && one.finding.mark.level == Level::Hold);
        let mut words: Vec<String> = of_it.map(|one| lang.t(&one.finding.zh, &one.finding.en).to_owned()).collect();
        if words.is_empty() {
            words.extend(reason(who, row.id, state).await?);
        }
        held.push(Held {
            id: row.id.to_string(),
            short: short(&row.id),
            kind: lang.t(row.states.zh(), row.states.en()),
            date: row.occurred_at.to_string(),
            party: names.get(&row.party).map_or_else(|| row.party.to_string(), |party| party_words(lang, party)),
            words,
            packages: packages_of(who, row.id, state).await?,
            batches: row.freezes.iter().map(ToString::to_string).collect(),
            uid: new_uid().or_refuse(who)?.to_string(),
        });
    }
    let wrong = error.is_some();
    let reasons = choices(ReleaseReason::ALL, lang);
    let mut response = page(&HoldsPage { shell: who.shell(), lang, held, reasons, error, next });
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// The reason that a hold or a dispute names.
async fn reason(who: &SignedIn, id: RecordId, state: &AppState) -> Result<Option<String>, PageRefusal> {
    let Some(view) = state.ledger.record(id, None).await.or_refuse(who)? else { return Ok(None) };
    Ok(match view.entry.record.details.stated() {
        Details::Hold(hold) => Some(who.lang.t(hold.reason.zh(), hold.reason.en()).to_owned()),
        Details::Dispute(dispute) => Some(who.lang.t(dispute.reason.zh(), dispute.reason.en()).to_owned()),
        _ => None,
    })
}

/// The packages that a record holds, where it holds less than whole batches.
async fn packages_of(who: &SignedIn, id: RecordId, state: &AppState) -> Result<Vec<(String, String)>, PageRefusal> {
    let Some(view) = state.ledger.record(id, None).await.or_refuse(who)? else { return Ok(Vec::new()) };
    let Details::Hold(hold) = view.entry.record.details.stated() else { return Ok(Vec::new()) };
    let issues = hold.ranges.iter().map(|range| Key::Issue(range.issue)).collect();
    let (rows, _) = state.ledger.store().load(&issues).await.or_refuse(who)?;
    let batch = |issue: IssueNumber| {
        rows.iter().find_map(|row| match row {
            Row::Issue(row) if row.number == issue => Some(row.batch.to_string()),
            _ => None,
        })
    };
    let words = |range: &CodeRange| (batch(range.issue).unwrap_or_default(), range_words(who.lang, range));
    Ok(hold.ranges.iter().map(words).collect())
}

async fn release(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let released = || Redirect::to("/app/office/holds?note=released").into_response();
    if answered(&who, &fields, &state).await?.is_some() {
        return Ok(released());
    }
    let (Ok(record), Ok(reason)) =
        (fields.text("record").parse::<RecordId>(), fields.text("reason").parse::<ReleaseReason>())
    else {
        let words = who.lang.t("请选择放行的原因", "Choose why it may go").to_owned();
        return show(&who, None, Some(words), &state).await;
    };
    let draft = blank(Kind::Release, today_of(&who, &state).await?, json!({"record": record, "reason": reason}));
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(_) => Ok(released()),
        Err(refusal) => show(&who, None, Some(who.lang.t(&refusal.zh, &refusal.en).to_owned()), &state).await,
    }
}

/// A laboratory may freeze too.
const MAY_HOLD: [PartyRole; 2] = [PartyRole::Office, PartyRole::Laboratory];

async fn show_hold(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&MAY_HOLD)?;
    let _ = &state;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let batch = fields.text("batch").to_owned();
    fields.set("batches", batch);
    Ok(hold_form(&who, &fields, &FieldErrors::default())?.answer())
}

fn hold_form(who: &SignedIn, typed: &Fields, errors: &FieldErrors) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let fields = vec![
        Field::new("batches", lang.t("批次码", "Batch codes"), Look::Lines)
            .either()
            .hint(lang.t("一行一个", "one a line")),
        packages_field(lang),
        Field::list("reason", lang.t("原因", "Reason"), choices(HoldReason::ALL, lang)),
    ];
    Ok(FormPage::new(who, lang.t("冻结批次或包装", "Hold batches or packages"), "/app/hold", fields, typed, errors)?
        .lead(lang.t(
            "冻结的批次和包装不能使用、出售，直到品牌办放行。只冻结列出的，不影响上下游。",
            "What is held cannot be used or sold until the office releases it. Only what is named is held.",
        ))
        .button(lang.t("冻结", "Hold")))
}

async fn hold(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&MAY_HOLD)?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let packages =
        packages::read(fields.text("packages"), "packages", &mut errors, lang, &state).await.or_refuse(&who)?;
    let batches = if fields.typed("packages").is_some() && fields.typed("batches").is_none() {
        Vec::new()
    } else {
        codes(fields.text("batches"), &mut errors, lang)
    };
    let reason = fields.text("reason").parse::<HoldReason>().ok();
    if reason.is_none() {
        errors.put("reason", lang.t("请选择原因", "Choose the reason"));
    }
    let (Some(reason), true) = (reason, errors.is_empty()) else {
        return Ok(hold_form(&who, &fields, &errors)?.answer());
    };
    let mut details = json!({"reason": reason});
    if !packages.is_empty() {
        details["ranges"] = json!(packages.iter().flat_map(OfBatch::ranges).collect::<Vec<_>>());
    }
    let mut draft = blank(Kind::Hold, today_of(&who, &state).await?, details);
    draft.inputs = batches.iter().map(|code| input(code, None)).collect();
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            let words = lang.t(&refusal.zh, &refusal.en);
            match number_after(&refusal.place, "/inputs/").and_then(|i| batches.get(i)) {
                Some(code) => errors.put("batches", format!("{code}: {words}")),
                None if refusal.place.starts_with("/details/ranges") => errors.put("packages", words),
                None => errors.put_above(words),
            }
            Ok(hold_form(&who, &fields, &errors)?.answer())
        }
    }
}

/// The batch codes of a field, each once; what is no code is said beside the field `batches`.
pub(super) fn codes(text: &str, errors: &mut FieldErrors, lang: Lang) -> Vec<BatchCode> {
    let mut codes: Vec<BatchCode> = Vec::new();
    for typed in scanned(text) {
        match BatchCode::parse_typed(&typed) {
            Ok(code) if codes.contains(&code) => {}
            Ok(code) => codes.push(code),
            Err(error) => errors.put("batches", format!("{typed}: {}", lang.t(&error.zh(), &error.to_string()))),
        }
    }
    if codes.is_empty() {
        errors.put("batches", lang.t("请填写批次码", "Name batch codes"));
    }
    codes
}
