//! A print run on its page: how far it is, what to do next, and what to do when labels stop coming. People count labels
//! from 1, as they are printed; rows from 0.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use trace_core::state::IssueRow;
use trace_core::tianma::{PrintHalt, PrintState, ReprintReason};

use super::TRADERS;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::Operator;
use crate::http::forms::Fields;
use crate::http::pages::app::form::{Choice, choices};
use crate::http::pages::app::words::{moment, zone};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedForm, SignedIn, page};
use crate::http::pages::assets;
use crate::http::pages::language::Lang;
use crate::http::prints::{self, job_of, refused, same};
use crate::prints::{Portion, Progress};
use crate::store::{Hand, PrintRow, PrintRunRow};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/prints/{run}", get(show).post(step))
}

#[derive(Template)]
#[template(path = "app/print_run.html")]
struct PrintRunPage {
    shell: Shell,
    lang: Lang,
    script: String,
    run: u64,
    version: u64,
    issue: u32,
    batch: String,
    state: PrintState,
    class: &'static str,
    halt: Option<String>,
    printer: Option<String>,
    kind: String,
    reason: Option<&'static str>,
    started: String,
    by: String,
    from: u32,
    to: u32,
    next: u32,
    done: u32,
    count: u32,
    portion: Option<(u32, u32, u32)>,
    reasons: Vec<Choice>,
    typed: String,
    error: Option<String>,
}

impl PrintRunPage {
    fn open(&self) -> bool {
        self.state.is_open()
    }

    fn running(&self) -> bool {
        self.state == PrintState::Running
    }

    fn paused(&self) -> bool {
        self.state == PrintState::Paused
    }

    /// Of a run to files, the next of which waits to be printed.
    fn hands_out(&self) -> Option<(u32, u32, u32)> {
        self.portion.filter(|_| self.running() && self.printer.is_none())
    }

    /// Whether nothing is left, and only the word of a person is missing.
    fn only_word(&self) -> bool {
        self.open() && self.portion.is_none() && !(self.running() && self.printer.is_some())
    }
}

async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path(number): Path<String>,
) -> Result<Response, PageRefusal> {
    who.only(&TRADERS)?;
    let (row, issue) = own(&state, &who, &number).await?;
    shown(&state, &who, (&row, &issue), &Fields::default(), None).await
}

/// A run of one's own party.
async fn own(state: &AppState, who: &SignedIn, number: &str) -> Result<(PrintRunRow, IssueRow), PageRefusal> {
    prints::run(state, &who.viewer(), number).await.or_refuse(who)
}

async fn shown(
    state: &AppState,
    who: &SignedIn,
    (row, issue): (&PrintRunRow, &IssueRow),
    fields: &Fields,
    problem: Option<Problem>,
) -> Result<Response, PageRefusal> {
    let lang = who.lang;
    let zone = zone(&**state.ledger.store()).await.or_refuse(who)?;
    let progress = Progress::of(issue, row);
    let order = &row.order;
    let mut offered: Vec<Choice> = choices(ReprintReason::ALL, lang)
        .into_iter()
        .map(|(value, label)| Choice { chosen: value == fields.text("reason"), value, label })
        .collect();
    // What is most likely, where nothing was chosen yet.
    if fields.typed("reason").is_none() {
        let likely =
            if row.halt == Some(PrintHalt::Restarted) { ReprintReason::Interrupted } else { ReprintReason::Jam };
        for one in &mut offered {
            one.chosen = one.value == likely.code();
        }
    }
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status);
    let template = PrintRunPage {
        shell: who.shell(),
        lang,
        script: assets::address("print.js"),
        run: row.number,
        version: row.version,
        issue: issue.number.get(),
        batch: issue.batch.to_string(),
        state: row.state,
        class: match row.state {
            PrintState::Running | PrintState::Done => "good",
            PrintState::Paused => "warn",
            PrintState::Cancelled => "done",
        },
        halt: row.halt.filter(|_| row.state == PrintState::Paused).map(|halt| halt_words(halt, row.next, lang)),
        printer: order.printer.clone(),
        kind: format!("{} · {} · {} dpi", order.format.to_uppercase(), order.template, order.dpi),
        reason: order.reason.map(|reason| lang.t(reason.zh(), reason.en())),
        started: moment(order.at, zone),
        by: hand_words(&order.by, lang),
        from: order.from + 1,
        to: order.to + 1,
        next: row.next + 1,
        done: progress.done,
        count: progress.count,
        portion: Portion::of(issue, row).map(|portion| (portion.from + 1, portion.to + 1, portion.count)),
        reasons: offered,
        typed: fields.text("label").to_owned(),
        error: problem.map(|problem| lang.t(&problem.refusal().zh, &problem.refusal().en).to_owned()),
    };
    let mut response = page(&template);
    *response.status_mut() = status;
    Ok(response)
}

/// Why it is paused, and after which label.
fn halt_words(halt: PrintHalt, next: u32, lang: Lang) -> String {
    match (lang, next) {
        (Lang::Zh, 0) => format!("{}，一枚也没有打", halt.zh()),
        (Lang::Zh, _) => format!("{}，停在第 {next} 枚之后", halt.zh()),
        (Lang::En, 0) => format!("{}, before the first label", halt.en()),
        (Lang::En, _) => format!("{}, after label number {next}", halt.en()),
    }
}

/// Who did it, as far as it is still known.
pub(in crate::http::pages::app) fn hand_words(hand: &Hand, lang: Lang) -> String {
    match (&hand.login, &hand.token) {
        (Some(login), _) => login.clone(),
        (None, Some(token)) => format!("{} {token}", lang.t("程序", "program")),
        (None, None) => lang.t("姓名已删除", "name erased").to_owned(),
    }
}

async fn step(
    State(state): State<AppState>,
    Path(number): Path<String>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    who.only(&TRADERS)?;
    let (row, issue) = own(&state, &who, &number).await?;
    match taken(&state, &who, (&row, &issue), &fields).await {
        Ok(row) => Ok(Redirect::to(&format!("/app/prints/{}", row.number)).into_response()),
        Err(problem) => {
            // As it stands now, which may be another way than the form was opened on.
            let (row, issue) = own(&state, &who, &number).await?;
            shown(&state, &who, (&row, &issue), &fields, Some(problem)).await
        }
    }
}

async fn taken(
    state: &AppState,
    who: &SignedIn,
    (row, issue): (&PrintRunRow, &IssueRow),
    fields: &Fields,
) -> Result<PrintRunRow, Problem> {
    same(row, fields.text("version").parse().unwrap_or(0))?;
    let prints = &state.prints;
    let by = (Operator::of_user(who.session.user()).hand, state.ledger.now());
    let done = match fields.text("what") {
        "printed" => prints.finish(issue, row, by).await,
        "stopped" => {
            let last = label(state, (row, issue), fields)?.ok_or_else(|| missing_label(row))?;
            prints.pause(issue, row, Some(last), by).await
        }
        "pause" => prints.pause(issue, row, None, by).await,
        "resume" => {
            let from = label(state, (row, issue), fields)?.unwrap_or(row.next);
            // What stands in the list matters only where labels come once more.
            let reason = fields.text("reason").parse::<ReprintReason>().ok().filter(|_| from < row.next);
            let (_, _, job) = job_of(state, issue, row, (from, row.order.to)).await?;
            prints.resume(row, (from, reason), job, by).await
        }
        "cancel" => prints.cancel(row).await,
        other => {
            let other: String = other.chars().take(20).collect();
            return Err(Problem::unreadable(
                "print_step",
                "/what",
                format!("不认识的操作“{other}”；请重新打开这一页"),
                format!("there is no step '{other}' of a print run; open the page anew"),
            ));
        }
    };
    done.map_err(refused)
}

/// The label that was typed: its number from 1, or its serial.
fn label(state: &AppState, (row, issue): (&PrintRunRow, &IssueRow), fields: &Fields) -> Result<Option<u32>, Problem> {
    let Some(text) = fields.typed("label") else { return Ok(None) };
    if text.len() < 10 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let index = text.parse::<u32>().ok().and_then(|number| number.checked_sub(1));
        return index.map(Some).ok_or_else(|| missing_label(row));
    }
    prints::serial(state, issue, text, "/label").map(Some)
}

fn missing_label(row: &PrintRunRow) -> Problem {
    let (from, to) = (row.order.from + 1, row.order.to + 1);
    trace_core::record::Refusal::invalid(
        "label_range",
        "/label",
        format!("请填最后一枚好标签的序号（{from} 到 {to}）或印在上面的溯源码；一枚也没打好就按暂停"),
        format!("type the number ({from} to {to}) or the serial of the last good label; if there is none, press pause"),
    )
    .into()
}

/// A line of the ledger of prints.
pub(in crate::http::pages::app) struct PrintLine {
    pub at: String,
    pub range: String,
    pub labels: u32,
    pub way: String,
    pub by: String,
    pub run: Option<u64>,
    pub once_more: Option<&'static str>,
}

impl PrintLine {
    pub(in crate::http::pages::app) fn of(row: &PrintRow, lang: Lang, zone: trace_core::time::Zone) -> Self {
        let print = &row.print;
        let way = lang.t(print.way.zh(), print.way.en());
        let what = match (&print.printer, &print.template) {
            (Some(printer), _) => printer.clone(),
            (None, Some(template)) => format!("{} {template}", print.format),
            (None, None) => print.format.clone(),
        };
        let reason = print.reason.map(|reason| lang.t(reason.zh(), reason.en()));
        Self {
            at: moment(print.at, zone),
            range: format!("{}–{}", print.from + 1, print.to + 1),
            labels: print.labels,
            way: format!("{way} · {what}"),
            by: hand_words(&print.by, lang),
            run: print.run,
            once_more: row.reprint.then(|| reason.unwrap_or(lang.t("没有说明", "not said why"))),
        }
    }
}
