//! Labels of a code issue: a choice of size, printer and range, a picture of the first label, a print run or single files,
//! and what was printed so far.

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use trace_core::code::Printing;
use trace_core::code::label::{Template as LabelTemplate, TemplateKind};
use trace_core::state::IssueRow;
use trace_core::tianma::{PrintState, ReprintReason};

use super::TRADERS;
use super::codes::own_issue;
use super::print_runs::PrintLine;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::Operator;
use crate::http::forms::Fields;
use crate::http::labels::{LabelsQuery, TEMPLATE_DEFAULT};
use crate::http::pages::app::form::{Choice, choices};
use crate::http::pages::app::words::zone;
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedForm, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::http::prints::{self, OrderBody};
use crate::http::prospect::Prospect;
use crate::labels::Format;
use crate::prints::Progress;
use crate::store::PrintRunRow;

/// Open runs and lines of the ledger on the page.
const SHOWN: u32 = 30;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/labels/{issue}", get(show).post(start))
}

/// A file to take.
struct File {
    address: String,
    ending: &'static str,
    words: &'static str,
}

/// A run that is not at its end.
struct Run {
    number: u64,
    state: &'static str,
    class: &'static str,
    done: u32,
    count: u32,
}

/// A printer with other labels than those that are shown.
struct Other {
    words: String,
    address: String,
}

#[derive(Template)]
#[template(path = "app/labels.html")]
struct LabelsPage {
    shell: Shell,
    lang: Lang,
    issue: u32,
    batch: String,
    product: &'static str,
    templates: Vec<Choice>,
    printers: Vec<Choice>,
    from: String,
    to: String,
    last: u32,
    error: Option<String>,
    /// Why nothing is printed now.
    stopped: Option<String>,
    /// How large a module comes out.
    module: Option<String>,
    notes: Vec<String>,
    preview: Option<String>,
    files: Vec<File>,
    template: String,
    dpi: &'static str,
    ways: Vec<Choice>,
    others: Vec<Other>,
    portion: String,
    reasons: Vec<Choice>,
    refused: Option<String>,
    runs: Vec<Run>,
    prints: Vec<PrintLine>,
    older: Option<u64>,
}

async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path(number): Path<String>,
    query: RawQuery,
) -> Result<Response, PageRefusal> {
    who.only(&TRADERS)?;
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let issue = own_issue(&who, &number, &state).await?;
    shown(&state, &who, &issue, &fields, None).await
}

async fn shown(
    state: &AppState,
    who: &SignedIn,
    issue: &IssueRow,
    fields: &Fields,
    problem: Option<Problem>,
) -> Result<Response, PageRefusal> {
    let lang = who.lang;
    let row = state.ledger.batch(issue.batch).await.or_refuse(who)?.ok_or_else(|| who.refuse(Problem::internal()))?;
    let last = u32::try_from(issue.count).unwrap_or(u32::MAX);
    let typed = |name: &str, or: u32| fields.typed(name).map_or_else(|| or.to_string(), str::to_owned);
    let (from, to) = (typed("from", 1), typed("to", last));
    let range = ends(&from, &to, last);
    let name = fields.typed("template").unwrap_or(TEMPLATE_DEFAULT);
    let template = state.labels.template(TemplateKind::Package, name);
    let template = template.or_else(|| state.labels.template(TemplateKind::Package, TEMPLATE_DEFAULT));
    let template = template.ok_or_else(|| who.refuse(Problem::internal()))?;
    let dpi = if fields.typed("dpi") == Some("300") { "300" } else { "203" };
    // People count from 1, codes from 0.
    let wanted = range.map(|(from, to)| LabelsQuery {
        from: from - 1,
        to: Some(to - 1),
        template: Some(template.name().to_owned()),
        dpi: Some(dpi.to_owned()),
        symbol: None,
        reason: None,
    });
    let (mut stopped, mut module, mut notes) = (None, None, Vec::new());
    let mut wanted = wanted;
    if let Some(query) = &wanted {
        match Prospect::of(state, issue, query).await {
            Ok(prospect) => {
                module = prospect.printing.as_ref().ok().map(|printing| module_words(*printing, lang));
                notes.extend(prospect.notes.into_iter().map(|note| lang.t(&note.zh, &note.en).to_owned()));
            }
            Err(problem) if problem.status().is_client_error() => {
                let refusal = problem.refusal();
                stopped = Some(lang.t(&refusal.zh, &refusal.en).to_owned());
                wanted = None;
            }
            Err(problem) => return Err(who.refuse(problem)),
        }
    }
    let address = |format: Format, wanted: &LabelsQuery| {
        format!("/api/v1/code-issues/{}/labels.{format}?{}", issue.number, wanted.to_query())
    };
    let formats = Format::ALL.into_iter().filter(|format| *format != Format::Png && format.takes(template));
    let files = wanted.iter().flat_map(|wanted| {
        formats.clone().map(|format| File {
            address: address(format, wanted),
            ending: format.ending(),
            words: words(format, lang),
        })
    });
    let error = range.is_none().then(|| {
        let (zh, en) = range_words(&from, &to, last);
        lang.t(&zh, &en).to_owned()
    });
    let past = past(state, who, issue, fields).await?;
    let status = problem.as_ref().map_or(StatusCode::OK, Problem::status);
    let chosen = |name: &str, or: &str| fields.typed(name).unwrap_or(or).to_owned();
    let mut response = page(&LabelsPage {
        shell: who.shell(),
        lang,
        issue: issue.number.get(),
        batch: row.code.to_string(),
        product: lang.t(row.product.zh(), row.product.en()),
        templates: state.labels.templates_for(TemplateKind::Package).map(|one| choice(one, template, lang)).collect(),
        printers: ["203", "300"]
            .map(|one| Choice { value: one.to_owned(), label: format!("{one} dpi"), chosen: one == dpi })
            .into(),
        preview: wanted.as_ref().map(|wanted| address(Format::Png, wanted)),
        files: files.collect(),
        from,
        to,
        last,
        error,
        template: template.name().to_owned(),
        dpi,
        ways: ways(state, template, dpi, &chosen("way", ""), lang),
        others: others(state, issue, template, dpi, lang),
        portion: chosen("portion", ""),
        reasons: reasons(&chosen("reason", ""), lang),
        stopped,
        module,
        notes,
        refused: problem.map(|problem| lang.t(&problem.refusal().zh, &problem.refusal().en).to_owned()),
        runs: past.runs,
        prints: past.prints,
        older: past.older,
    });
    *response.status_mut() = status;
    Ok(response)
}

/// What was printed of the issue, and what still is.
struct Past {
    runs: Vec<Run>,
    prints: Vec<PrintLine>,
    older: Option<u64>,
}

async fn past(state: &AppState, who: &SignedIn, issue: &IssueRow, fields: &Fields) -> Result<Past, PageRefusal> {
    let (lang, store) = (who.lang, state.ledger.store());
    let zone = zone(&**store).await.or_refuse(who)?;
    let rows = state.prints.runs(issue, SHOWN).await.or_refuse(who)?;
    let run = |row: &PrintRunRow| {
        let progress = Progress::of(issue, row);
        Run {
            number: row.number,
            state: lang.t(row.state.zh(), row.state.en()),
            class: if row.state == PrintState::Running { "good" } else { "warn" },
            done: progress.done,
            count: progress.count,
        }
    };
    let prints = store.prints(issue.number, fields.text("before").parse().ok(), SHOWN).await.or_refuse(who)?;
    let older = prints.last().filter(|_| prints.len() == SHOWN as usize).map(|row| row.number);
    Ok(Past {
        runs: rows.iter().filter(|row| row.state.is_open()).map(run).collect(),
        prints: prints.iter().map(|row| PrintLine::of(row, lang, zone)).collect(),
        older,
    })
}

/// Printers that have these labels, and the formats of files.
fn ways(state: &AppState, template: &LabelTemplate, dpi: &str, chosen: &str, lang: Lang) -> Vec<Choice> {
    let fits =
        state.prints.printers().iter().filter(|one| one.template == template.name() && one.dpi.to_string() == dpi);
    let printers = fits.map(|one| {
        let label = format!("{} {}", lang.t("网络打印机", "printer"), one.name);
        (format!("printer:{}", one.name), label)
    });
    let formats = [Format::Pdf, Format::Zpl, Format::Tspl].into_iter().filter(|format| format.takes(template));
    let files = formats.map(|format| {
        let (ending, words) = (format.ending(), words(format, lang));
        let label = lang.t(&format!("{ending} 文件：{words}"), &format!("{ending} files: {words}")).to_owned();
        (ending.to_owned(), label)
    });
    let choice = |(value, label): (String, String)| Choice { chosen: value == chosen, value, label };
    printers.chain(files).map(choice).collect()
}

/// Printers that have other labels.
fn others(state: &AppState, issue: &IssueRow, template: &LabelTemplate, dpi: &str, lang: Lang) -> Vec<Other> {
    let other = |one: &&crate::config::Printer| one.template != template.name() || one.dpi.to_string() != dpi;
    let line = |one: &crate::config::Printer| Other {
        words: {
            let (name, labels) = (&one.name, format!("{}, {} dpi", one.template, one.dpi));
            lang.t(&format!("网络打印机 {name}：{labels}"), &format!("printer {name}: {labels}")).to_owned()
        },
        address: format!("/app/labels/{}?template={}&dpi={}", issue.number, one.template, one.dpi),
    };
    state.prints.printers().iter().filter(other).map(line).collect()
}

fn reasons(chosen: &str, lang: Lang) -> Vec<Choice> {
    let all = choices(ReprintReason::ALL, lang).into_iter();
    all.map(|(value, label)| Choice { chosen: value == chosen, value, label }).collect()
}

/// Starts a print run of what the page shows.
async fn start(
    State(state): State<AppState>,
    Path(number): Path<String>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    who.only(&TRADERS)?;
    let issue = own_issue(&who, &number, &state).await?;
    match started(&state, &who, &issue, &fields).await {
        Ok(row) => Ok(Redirect::to(&format!("/app/prints/{}", row.number)).into_response()),
        Err(problem) => shown(&state, &who, &issue, &fields, Some(problem)).await,
    }
}

async fn started(state: &AppState, who: &SignedIn, issue: &IssueRow, fields: &Fields) -> Result<PrintRunRow, Problem> {
    let last = u32::try_from(issue.count).unwrap_or(u32::MAX);
    let (from, to) = (fields.text("from"), fields.text("to"));
    let (from, to) = ends(from, to, last).ok_or_else(|| wrong_range(from, to, last))?;
    let way = fields.text("way");
    let printer = way.strip_prefix("printer:").map(str::to_owned);
    let typed = |name: &str| fields.typed(name).filter(|_| printer.is_none()).map(str::to_owned);
    let number = |name: &'static str| {
        let read = |text: String| {
            text.parse::<u32>().map_err(|_| {
                let zh = format!("“{text}”应是整数");
                Problem::unreadable("query", format!("/{name}"), zh, format!("'{text}' should be a whole number"))
            })
        };
        typed(name).map(read).transpose()
    };
    let order = OrderBody {
        from: from - 1,
        to: Some(to - 1),
        format: printer.is_none().then(|| way.to_owned()),
        template: typed("template"),
        dpi: number("dpi")?,
        symbol: None,
        portion: number("portion")?,
        reason: fields.text("reason").parse().ok(),
        printer,
    };
    let hand = Operator::of_user(who.session.user()).hand;
    let (order, job) = prints::order(state, issue, order, hand).await?;
    state.prints.start(&order, job).await.map_err(prints::refused)
}

fn wrong_range(from: &str, to: &str, last: u32) -> Problem {
    let (zh, en) = range_words(from, to, last);
    trace_core::record::Refusal::invalid("label_range", "/from", zh, en).into()
}

fn range_words(from: &str, to: &str, last: u32) -> (String, String) {
    (
        format!("从“{from}”到“{to}”不对：应是 1 到 {last} 的整数，前一个不大于后一个"),
        format!("From '{from}' to '{to}' is no range: whole numbers from 1 to {last}, the first not larger"),
    )
}

/// The X-dimension in words.
fn module_words(printing: Printing, lang: Lang) -> String {
    let (um, mil, dots) = (printing.module_um(), printing.module_mil(), printing.dots());
    let mm = format!("{}.{:03}", um / 1000, um % 1000);
    let zh = format!("二维码每个模块 {dots} 个点，边长 {mm} 毫米（{mil} mil）");
    lang.t(&zh, &format!("A module of the symbol has {dots} dots, {mm} mm ({mil} mil)")).to_owned()
}

/// Both ends of a range that people typed, counted from 1.
fn ends(from: &str, to: &str, last: u32) -> Option<(u32, u32)> {
    let (from, to) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (1 <= from && from <= to && to <= last).then_some((from, to))
}

fn choice(one: &LabelTemplate, chosen: &LabelTemplate, lang: Lang) -> Choice {
    let mm = |length: trace_core::code::label::Length| f64::from(length);
    let size = format!("{} × {} mm", mm(one.width()), mm(one.height()));
    let words = match one.sheet() {
        Some(sheet) => {
            let count = sheet.count();
            let zh = format!("A4 整张 {count} 枚，每枚 {size}");
            lang.t(&zh, &format!("A4 sheet of {count}, each {size}")).to_owned()
        }
        None => lang.t(&format!("卷装 {size}"), &format!("roll, {size}")).to_owned(),
    };
    Choice { value: one.name().to_owned(), label: format!("{} · {words}", one.name()), chosen: one == chosen }
}

fn words(format: Format, lang: Lang) -> &'static str {
    match format {
        Format::Pdf => lang.t("任何打印机；按实际大小打印", "any printer; print at actual size"),
        Format::Zpl => lang.t("斑马（ZPL）标签打印机", "label printers that speak ZPL"),
        Format::Tspl => lang.t("TSC 及兼容（TSPL）标签打印机", "label printers that speak TSPL"),
        Format::Csv => lang.t("交印刷厂的清单", "a list for a print shop"),
        Format::Xlsx => lang.t("同上，电子表格", "the same as a spreadsheet"),
        Format::Zip | Format::Png => lang.t("每枚一张图片", "a picture of each"),
    }
}
