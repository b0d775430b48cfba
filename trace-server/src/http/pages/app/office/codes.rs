//! The codes of a sale batch as the office sees them: which were issued, what happened to them, and what was printed when
//! by whom. It lacks every means to change them, which are the packer's.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use trace_core::id::{BatchCode, Stage};
use trace_core::state::IssueRow;

use super::OFFICE;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::pages::app::processor::code_ranges::{state_words, withdrawn_key};
use crate::http::pages::app::processor::print_runs::{PrintLine, hand_words};
use crate::http::pages::app::words::{moment, parties, party_words, zone};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::prints::Progress;
use crate::store::PrintRunRow;
use trace_core::time::Zone;

/// Newest runs, and newest lines of what was printed, of each issue; the API has all of them.
const SHOWN: u32 = 100;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/office/codes/{batch}", get(show))
}

/// A code issue.
struct Issue {
    number: u32,
    count: i64,
    party: String,
    record: String,
    ranges: Vec<(&'static str, String)>,
    runs: Vec<Run>,
    prints: Vec<PrintLine>,
    more: bool,
    /// That its key was withdrawn.
    key: Option<String>,
}

/// A print run, open or over.
struct Run {
    number: u64,
    at: String,
    by: String,
    range: String,
    state: &'static str,
    done: u32,
    count: u32,
}

#[derive(Template)]
#[template(path = "app/office_codes.html")]
struct CodesPage {
    shell: Shell,
    lang: Lang,
    batch: String,
    issues: Vec<Issue>,
}

async fn show(State(state): State<AppState>, who: SignedIn, Path(code): Path<String>) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let absent = || {
        who.refuse(Problem::absent(format!("没有销售批次 {code}"), format!("there is no batch {code} that is sold")))
    };
    let parsed = BatchCode::parse_typed(&code).map_err(|_| absent())?;
    let row = state.ledger.batch(parsed).await.or_refuse(&who)?;
    let row = row.filter(|row| row.stage == Stage::Sale).ok_or_else(absent)?;
    let store = state.ledger.store();
    let zone = zone(&**store).await.or_refuse(&who)?;
    let rows = store.issues(Some(row.code), None).await.or_refuse(&who)?;
    let mut issues = Vec::with_capacity(rows.len());
    for one in &rows {
        issues.push(issue(one, &who, zone, &state).await?);
    }
    Ok(page(&CodesPage { shell: who.shell(), lang: who.lang, batch: row.code.to_string(), issues }))
}

async fn issue(row: &IssueRow, who: &SignedIn, zone: Zone, state: &AppState) -> Result<Issue, PageRefusal> {
    let (lang, store) = (who.lang, state.ledger.store());
    let runs = state.prints.runs(row, SHOWN).await.or_refuse(who)?;
    let prints = store.prints(row.number, None, SHOWN).await.or_refuse(who)?;
    let names = parties(&**store, [row.party].into()).await.or_refuse(who)?;
    let ranges = row
        .ranges
        .iter()
        .map(|(state, range, _)| (state_words(*state, lang), numbers(range.from.get(), range.to.get(), lang)));
    let run = |one: &PrintRunRow| {
        let progress = Progress::of(row, one);
        Run {
            number: one.number,
            at: moment(one.order.at, zone),
            by: hand_words(&one.order.by, lang),
            range: numbers(one.order.from, one.order.to, lang),
            state: lang.t(one.state.zh(), one.state.en()),
            done: progress.done,
            count: progress.count,
        }
    };
    Ok(Issue {
        number: row.number.get(),
        count: row.count,
        party: names.values().map(|party| party_words(lang, party)).collect(),
        record: row.record.to_string(),
        ranges: ranges.collect(),
        runs: runs.iter().map(run).collect(),
        key: withdrawn_key(row, lang, state),
        more: prints.len() == SHOWN as usize || runs.len() == SHOWN as usize,
        prints: prints.iter().map(|one| PrintLine::of(one, lang, zone)).collect(),
    })
}

/// A range of indices, counted from 1 as people do.
fn numbers(from: u32, to: u32, lang: Lang) -> String {
    let (from, to) = (from + 1, to + 1);
    match lang {
        Lang::Zh => format!("第 {from} 到 {to} 个"),
        Lang::En => format!("numbers {from} to {to}"),
    }
}
