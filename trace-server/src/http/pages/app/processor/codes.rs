//! Package codes of a sale batch: issued against what it holds, activated at once or later, and printed as a plain
//! sheet.

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use serde_json::json;
use trace_core::code::{CodeIndex, IssueNumber, Level, Symbol};
use trace_core::prepare::Draft;
use trace_core::record::{CodeRange, Kind, Refusal};
use trace_core::state::{BatchRow, CodeState, IssueRow};
use trace_core::time::OccurredAt;

use super::TRADERS;
use super::choosing::own;
use super::code_ranges::withdrawn_key;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields, new_uid};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::sending::{answered, blank, input, send};
use crate::http::pages::app::words::{amount, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedForm, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::http::pages::telling::net_words;
use crate::http::printing::{codes_may_go_out, may_go_out};
use crate::labels::printable;

/// Most symbols on one sheet page; a page of these is some 400 KB.
const SHEET_MAX: u32 = 120;
/// How often an issue is tried when others take its number at the same moment.
const TRIES: u32 = 4;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/codes/{batch}", get(show).post(issue)).route("/app/sheets/{issue}", get(sheet))
}

/// An issue of the batch, for its owner.
struct Issue {
    number: u32,
    count: i64,
    state: &'static str,
    class: &'static str,
    activate: bool,
    uid: String,
    /// That its key was withdrawn.
    key: Option<String>,
}

#[derive(Template)]
#[template(path = "app/codes.html")]
struct CodesPage {
    shell: Shell,
    lang: Lang,
    batch: String,
    product: &'static str,
    net: String,
    left: String,
    suggestion: i64,
    record: Option<String>,
    uid: String,
    count: String,
    activate: bool,
    error: Option<String>,
    above: Vec<String>,
    issues: Vec<Issue>,
}

async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path(batch): Path<String>,
    query: RawQuery,
) -> Result<Response, PageRefusal> {
    who.only(&TRADERS)?;
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let row = own(&who, &Acting::oneself(&who), &batch, &state).await?;
    codes_page(&who, &row, &fields, &FieldErrors::default(), &state).await
}

async fn codes_page(
    who: &SignedIn,
    row: &BatchRow,
    fields: &Fields,
    errors: &FieldErrors,
    state: &AppState,
) -> Result<Response, PageRefusal> {
    let lang = who.lang;
    let net = row.attributes.net_content;
    let suggestion = net.map_or(0, |net| row.remaining() / net.value().max(1));
    let rows = state.ledger.store().issues(Some(row.code), None).await.or_refuse(who)?;
    let mut issues = Vec::with_capacity(rows.len());
    for one in &rows {
        issues.push(issue_line(one, lang, new_uid().or_refuse(who)?.to_string(), state));
    }
    let record = fields.typed("record").and_then(|text| text.parse::<trace_core::id::RecordId>().ok());
    let uid = match fields.uid() {
        Some(uid) => uid,
        None => new_uid().or_refuse(who)?,
    };
    let mut response = page(&CodesPage {
        shell: who.shell(),
        lang,
        batch: row.code.to_string(),
        product: lang.t(row.product.zh(), row.product.en()),
        net: net.map(|net| net_words(net, lang)).unwrap_or_default(),
        left: amount(lang, row.measure(), row.remaining()),
        suggestion,
        record: record.map(|id| id.to_string()),
        uid: uid.to_string(),
        count: fields.typed("count").map_or_else(|| suggestion.to_string(), str::to_owned),
        activate: fields.typed("count").is_none() || fields.ticked("activate"),
        error: errors.of("count").map(str::to_owned),
        above: errors.above().to_vec(),
        issues,
    });
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn issue_line(row: &IssueRow, lang: Lang, uid: String, state: &AppState) -> Issue {
    let key = withdrawn_key(row, lang, state);
    let has = |state| row.ranges.iter().any(|(one, _, _)| *one == state);
    let (state, class) = if has(CodeState::Recalled) {
        (lang.t("召回", "recalled"), "bad")
    } else if has(CodeState::Held) {
        (lang.t("冻结", "held"), "warn")
    } else if has(CodeState::Active) {
        (lang.t("已激活", "activated"), "good")
    } else {
        (lang.t("未激活", "not activated"), "done")
    };
    // Packages that were shipped first may still be activated, all of them.
    let activate = row.ranges.iter().all(|(state, _, _)| *state == CodeState::Shipped);
    Issue { number: row.number.get(), count: row.count, state, class, activate, uid, key }
}

async fn issue(
    State(state): State<AppState>,
    Path(batch): Path<String>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    who.only(&TRADERS)?;
    let row = own(&who, &Acting::oneself(&who), &batch, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(back(&row, records.first()));
    }
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let today = today(&state).await.or_refuse(&who)?;
    let date = OccurredAt::day(today).map_err(|_| who.refuse(Problem::internal()))?;
    if let Some(number) = fields.typed("issue") {
        return activate(&who, &row, number, &fields, date, &state).await;
    }
    let Some(count) = fields.text("count").parse::<u32>().ok().filter(|count| *count > 0) else {
        let text = fields.text("count");
        let zh = format!("“{text}”应是 1 以上的整数");
        errors.put("count", lang.t(&zh, &format!("'{text}' should be a whole number from 1 on")));
        return codes_page(&who, &row, &fields, &errors, &state).await;
    };
    let mut answer = Err(Refusal::conflict(
        "busy",
        "",
        "别人刚取走了这个赋码批号；请再试一次",
        "another issue took the number; try again",
    ));
    for _ in 0..TRIES {
        let next = state.ledger.ledger_row().await.or_refuse(&who)?.map_or(0, |ledger| ledger.next_issue);
        let drafts = issue_drafts(&row, next, count, fields.ticked("activate"), date);
        answer = send(&who, &fields, drafts, &state).await?;
        match &answer {
            Err(refusal) if refusal.rule == "issue_number" => {}
            _ => break,
        }
    }
    match answer {
        Ok(records) => Ok(back(&row, records.first())),
        Err(refusal) => {
            errors.put("count", lang.t(&refusal.zh, &refusal.en));
            codes_page(&who, &row, &fields, &errors, &state).await
        }
    }
}

fn back(row: &BatchRow, record: Option<&trace_core::id::RecordId>) -> Response {
    let record = record.map(|id| format!("&record={id}")).unwrap_or_default();
    Redirect::to(&format!("/app/codes/{}?note=recorded{record}", row.code)).into_response()
}

/// The issue, and with it its activation: the number is named so that both speak of the same.
fn issue_drafts(row: &BatchRow, number: u32, count: u32, activate: bool, date: OccurredAt) -> Vec<Draft> {
    let mut issue = blank(Kind::IssueCodes, date, json!({"issue": number}));
    issue.inputs = vec![input(&row.code, None)];
    issue.count = Some(count);
    let mut drafts = vec![issue];
    drafts.extend(activate.then(|| activation(row, number, count, date)).flatten());
    drafts
}

fn activation(row: &BatchRow, number: u32, count: u32, date: OccurredAt) -> Option<Draft> {
    let range = CodeRange {
        issue: IssueNumber::new(number).ok()?,
        from: CodeIndex::new(0).ok()?,
        to: CodeIndex::new(count.checked_sub(1)?).ok()?,
    };
    let mut draft = blank(Kind::ActivateCodes, date, json!({"issue": number}));
    draft.inputs = vec![input(&row.code, None)];
    draft.ranges = vec![range];
    Some(draft)
}

/// Activates a whole issue that was printed before.
async fn activate(
    who: &SignedIn,
    row: &BatchRow,
    number: &str,
    fields: &Fields,
    date: OccurredAt,
    state: &AppState,
) -> Result<Response, PageRefusal> {
    let issue = own_issue(who, number, state).await?;
    let count = u32::try_from(issue.count).unwrap_or(0);
    let Some(draft) = activation(row, issue.number.get(), count, date) else {
        return Err(who.refuse(Problem::internal()));
    };
    match send(who, fields, vec![draft], state).await? {
        Ok(records) => Ok(back(row, records.first())),
        Err(refusal) => {
            let mut errors = FieldErrors::default();
            errors.put_above(who.lang.t(&refusal.zh, &refusal.en));
            codes_page(who, row, &Fields::default(), &errors, state).await
        }
    }
}

pub(super) async fn own_issue(who: &SignedIn, number: &str, state: &AppState) -> Result<IssueRow, PageRefusal> {
    let absent =
        || who.refuse(Problem::absent(format!("您没有赋码批 {number}"), format!("no code issue {number} is yours")));
    let parsed = number.parse().ok().and_then(|number| IssueNumber::new(number).ok()).ok_or_else(absent)?;
    let row = state.ledger.issue(parsed).await.or_refuse(who)?;
    row.filter(|row| row.party == who.party()).ok_or_else(absent)
}

/// One symbol of the sheet.
struct Label {
    symbol: String,
    serial: String,
    number: u32,
}

#[derive(Template)]
#[template(path = "app/sheet.html")]
struct SheetPage {
    shell: Shell,
    lang: Lang,
    issue: u32,
    batch: String,
    product: &'static str,
    net: String,
    labels: Vec<Label>,
    from: u32,
    to: u32,
    last: u32,
    next: Option<u32>,
}

async fn sheet(
    State(state): State<AppState>,
    who: SignedIn,
    Path(number): Path<String>,
    query: RawQuery,
) -> Result<Response, PageRefusal> {
    who.only(&TRADERS)?;
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let issue = own_issue(&who, &number, &state).await?;
    let row = state.ledger.batch(issue.batch).await.or_refuse(&who)?.ok_or_else(|| who.refuse(Problem::internal()))?;
    // People count from 1, codes from 0.
    let count = u32::try_from(issue.count).unwrap_or(u32::MAX);
    let from = fields.typed("from").and_then(|text| text.parse().ok()).unwrap_or(1_u32).clamp(1, count);
    let to = fields.typed("to").and_then(|text| text.parse().ok()).unwrap_or(count).clamp(from, count);
    let to = to.min(from.saturating_add(SHEET_MAX - 1));
    may_go_out(&state, &row).await.or_refuse(&who)?;
    codes_may_go_out(&state, &issue, from - 1, to - 1).await.or_refuse(&who)?;
    let mut labels = Vec::new();
    for index in printable(&issue, from - 1, to - 1).into_iter().flatten() {
        let number = index + 1;
        let index = CodeIndex::new(index).ok();
        let code = index.and_then(|index| state.keys.encode(issue.key_version, issue.number, index).ok());
        let code = code.ok_or_else(|| who.refuse(Problem::internal()))?;
        let symbol = Symbol::new(&state.package_address(&row, code), Level::M);
        let symbol = symbol.map_err(|_| who.refuse(Problem::internal()))?;
        labels.push(Label { symbol: symbol.svg(&code.grouped()), serial: code.grouped(), number });
    }
    let lang = who.lang;
    Ok(page(&SheetPage {
        shell: who.shell(),
        lang,
        issue: issue.number.get(),
        batch: row.code.to_string(),
        product: lang.t(row.product.zh(), row.product.en()),
        net: row.attributes.net_content.map(|net| net_words(net, lang)).unwrap_or_default(),
        labels,
        from,
        to,
        last: count,
        next: (to < count).then(|| to + 1),
    }))
}
