//! Codes that look copied: what the rules found, with the facts, until somebody has looked. A reason to look, not a
//! verdict.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use trace_core::code::IssueNumber;
use trace_core::state::{IssueRow, Key, Row};

use super::OFFICE;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::Fields;
use crate::http::pages::app::words::{moment, parties, party_words, zone};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedForm, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::http::pages::telling::copy_reason;
use crate::scan::{Reason, Rule};
use crate::store::{SuspicionFilter, SuspicionPlace, SuspicionRow};

/// Suspicions on one page.
const PAGE: u32 = 50;

/// Where the list is.
pub(in crate::http::pages::app) const LIST: &str = "/app/suspicions";

pub(super) fn router() -> Router<AppState> {
    Router::new().route(LIST, get(show).post(settle))
}

/// A package or a run of codes.
struct Line {
    issue: u32,
    index: u32,
    rule: String,
    /// The code, of a package that an issue holds.
    code: Option<String>,
    /// Its number in the issue as it is printed, from 1.
    number: u32,
    /// The sale batch, and the seller with the way to its batches.
    goods: Option<(String, String, String)>,
    /// The way to holding this one package.
    hold: Option<String>,
    facts: String,
    /// Whether a key may be in other hands.
    grave: bool,
    first: String,
    last: String,
    /// Who looked, when, and whether it was found again since.
    settled: Option<(String, String, bool)>,
}

#[derive(Template)]
#[template(path = "app/suspicions.html")]
struct SuspicionsPage {
    shell: Shell,
    lang: Lang,
    lines: Vec<Line>,
    settled: bool,
    next: Option<String>,
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let store = state.ledger.store();
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let settled = fields.text("settled") == "1";
    let filter = SuspicionFilter { settled, before: place(fields.text("before")), limit: PAGE };
    let rows = store.suspicions(&filter).await.or_refuse(&who)?;
    let next = rows.last().filter(|_| rows.len() == PAGE as usize).map(|row| {
        let settled = if settled { "settled=1&" } else { "" };
        format!("{LIST}?{settled}before={}.{}.{}.{}", row.last_at.as_unix_ms(), row.issue, row.index, row.rule)
    });
    let lines = lines(&rows, &who, &state).await?;
    Ok(page(&SuspicionsPage { shell: who.shell(), lang: who.lang, lines, settled, next }))
}

/// The place in the list at which a page before this one ended.
fn place(text: &str) -> Option<SuspicionPlace> {
    let mut parts = text.splitn(4, '.');
    Some(SuspicionPlace {
        last_at: trace_core::time::ReceivedAt::from_unix_ms(parts.next()?.parse().ok()?).ok()?,
        issue: IssueNumber::new(parts.next()?.parse().ok()?).ok()?,
        index: parts.next()?.parse().ok()?,
        rule: parts.next()?.to_owned(),
    })
}

async fn lines(rows: &[SuspicionRow], who: &SignedIn, state: &AppState) -> Result<Vec<Line>, PageRefusal> {
    let (lang, store) = (who.lang, state.ledger.store());
    let zone = zone(&**store).await.or_refuse(who)?;
    let keys = rows.iter().map(|row| Key::Issue(row.issue)).collect();
    let (found, _) = store.load(&keys).await.or_refuse(who)?;
    let issues: BTreeMap<IssueNumber, IssueRow> = found
        .into_iter()
        .filter_map(|row| if let Row::Issue(row) = row { Some((row.number, row)) } else { None })
        .collect();
    let settlers = rows.iter().filter_map(|row| row.settled.map(|(_, by)| by));
    let ids = issues.values().map(|issue| issue.party).chain(settlers).collect();
    let names = parties(&**store, ids).await.or_refuse(who)?;
    let name = |id| names.get(&id).map_or_else(|| id.to_string(), |party| party_words(lang, party));
    let line = |row: &SuspicionRow| {
        let reason = Reason::of_facts(&row.facts);
        let grave = row.rule == Rule::NeverIssued.code();
        // The issue that a leaked key's code names has nothing to do with it.
        let issue = issues.get(&row.issue).filter(|_| !grave);
        let one = !matches!(reason, Some(Reason::RunOfNotActivated { .. }));
        let code = issue
            .filter(|_| one)
            .and_then(|issue| Some(state.scanner.code_of(issue.key_version, issue.number, row.index)?.grouped()));
        Line {
            issue: row.issue.get(),
            index: row.index,
            rule: row.rule.clone(),
            code,
            number: row.index + 1,
            hold: issue.filter(|_| one).map(|_| format!("/app/hold?packages={}:{}", row.issue, row.index + 1)),
            goods: issue.map(|issue| {
                (issue.batch.to_string(), name(issue.party), format!("/app/office?owner={}", issue.party))
            }),
            // Facts of a rule that another version of this program knew stand there as they are.
            facts: reason.map_or_else(|| row.facts.clone(), |reason| copy_reason(&reason, lang)),
            grave,
            first: moment(row.first_at, zone),
            last: moment(row.last_at, zone),
            settled: row.settled.map(|(at, by)| (moment(at, zone), name(by), row.last_at > at)),
        }
    };
    Ok(rows.iter().map(line).collect())
}

async fn settle(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let named = fields.text("issue").parse().ok().and_then(|issue| IssueNumber::new(issue).ok());
    let (Some(issue), Ok(index)) = (named, fields.text("index").parse::<u32>()) else {
        let received = format!("{}:{}", fields.text("issue"), fields.text("index"));
        return Err(who.refuse(Problem::unreadable(
            "suspicion",
            "/issue",
            format!("“{received}”不是赋码批和序号；请回到列表再点一次"),
            format!("'{received}' is no code issue and index; go back to the list and try again"),
        )));
    };
    // Whoever pressed first has looked; a second press changes nothing.
    let settled =
        state.ledger.store().settle_suspicion(issue, index, fields.text("rule"), who.party(), state.ledger.now());
    settled.await.or_refuse(&who)?;
    Ok(Redirect::to(&format!("{LIST}?note=looked_at")).into_response())
}
