//! What is asked of labels, in the API and on pages alike: which codes, which template, which printer; and the answer
//! as it is made.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Deserialize;
use trace_core::code::CodeIndex;
use trace_core::code::label::{Dpi, LabelError, SymbolBy, Template, TemplateKind};
use trace_core::record::Refusal;
use trace_core::state::IssueRow;
use trace_core::tianma::{PrintWay, ReprintReason};
use utoipa::IntoParams;

use super::Problem;
use super::prospect::{NOTES_HEADER, Prospect};
use crate::app::AppState;
use crate::labels::{Format, Job, JobError, Work, facts};
use crate::store::{Hand, NewPrint};

/// Which labels.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LabelsQuery {
    /// First index; 0 unless given
    #[serde(default)]
    pub from: u32,
    /// Last index; the issue's last unless given
    pub to: Option<u32>,
    /// Name of the template: 60x40, 40x30, 30x20, a4-2x7, a4-3x7, a4-3x8, a4-4x11, or one of the operator's
    pub template: Option<String>,
    /// Dots an inch of the printer, 203 or 300; 203 unless given
    pub dpi: Option<String>,
    /// `printer` unless given: symbols by the printer's own command wherever it makes the very same; `picture`: never
    pub symbol: Option<String>,
    /// Why labels are taken once more, for the ledger of prints: jam, damaged, faint, lost, interrupted or trial
    pub reason: Option<String>,
}

/// The template of labels unless another is named.
pub(super) const TEMPLATE_DEFAULT: &str = "60x40";

/// Who takes a file, and for which print run if for one.
pub(super) struct Taking<'a> {
    pub hand: &'a Hand,
    pub run: Option<u64>,
    /// A HEAD request takes nothing.
    pub method: &'a Method,
}

/// The file of labels of an issue that the caller may see, as a body that is made while it is read. That it was taken is
/// written down before; the picture of a label is no file for a printer.
pub(super) async fn answer(
    state: &AppState,
    issue: &IssueRow,
    format: Format,
    wanted: &LabelsQuery,
    taking: Taking<'_>,
) -> Result<Response, Problem> {
    let (job, notes) = job(state, issue, format, wanted).await?;
    let print = (format != Format::Png && taking.method != Method::HEAD)
        .then(|| print(state, issue, format, (wanted, &job), &taking))
        .transpose()?;
    let mut response = streamed(state, job, format, &format!("labels-{}", issue.number)).await?;
    if let Some(print) = print {
        state.ledger.store().put_print(&print).await?;
    }
    if let Some(notes) = Some(notes).filter(|notes| !notes.is_empty()).and_then(|notes| notes.parse().ok()) {
        response.headers_mut().insert(NOTES_HEADER, notes);
    }
    Ok(response)
}

/// A file of that name, made while it is read.
pub(super) async fn streamed(
    state: &AppState,
    work: impl Work,
    format: Format,
    name: &str,
) -> Result<Response, Problem> {
    let stream = state.labels.start(work).await.map_err(|error| refused(&error))?;
    let pieces = stream::unfold(stream, |mut stream| async move { Some((stream.next().await?, stream)) });
    let name = format!("{name}.{format}");
    let shown = if format == Format::Png { "inline" } else { "attachment" };
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("{shown}; filename=\"{name}\"")),
        // Whoever has the file has the codes.
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

fn print(
    state: &AppState,
    issue: &IssueRow,
    format: Format,
    (wanted, job): (&LabelsQuery, &Job),
    taking: &Taking<'_>,
) -> Result<NewPrint, Problem> {
    let (from, to) = range(issue, wanted)?;
    let reasons = ReprintReason::ALL.iter().map(|reason| reason.code()).collect::<Vec<_>>().join(", ");
    let reason =
        wanted.reason.as_deref().map(|text| text.parse().map_err(|_| unread("reason", text, &reasons, &reasons)));
    Ok(NewPrint {
        issue: issue.number,
        from,
        to,
        labels: job.runs.iter().map(|run| run.end() - run.start() + 1).sum(),
        at: state.ledger.now(),
        way: PrintWay::Downloaded,
        format: format.to_string(),
        template: format.draws().then(|| job.template.name().to_owned()),
        printer: None,
        run: taking.run,
        reason: reason.transpose()?,
        by: taking.hand.clone(),
    })
}

/// What makes the labels, if they may be made, and the names of what is to be known of them.
pub(super) async fn job(
    state: &AppState,
    issue: &IssueRow,
    format: Format,
    wanted: &LabelsQuery,
) -> Result<(Job, String), Problem> {
    let symbols = symbols(wanted.symbol.as_deref())?;
    let prospect = Prospect::of(state, issue, wanted).await?;
    comes_as(state, format, &prospect.template)?;
    let notes = prospect.names();
    let Prospect { template, dpi, batch, runs, count, .. } = prospect;
    if let Some(max) = format.count_max().filter(|max| count > u64::from(*max)) {
        return Err(range_refused(
            format!("一个 {format} 文件最多 {max} 个码，这里有 {count} 个；请用 from 和 to 分开取"),
            format!("a {format} file has at most {max} codes, these are {count}; take them in parts with from and to"),
        ));
    }
    let story = state.scanner.story(issue.batch).await?.ok_or_else(Problem::internal)?;
    let telephone = state.ledger.public_telephone(story.batch.owner).await?;
    let (keys, addresses) = (Arc::clone(&state.keys), state.clone());
    let (number, version) = (issue.number, issue.key_version);
    let code = move |index| {
        let code = keys.encode(version, number, CodeIndex::new(index).ok()?).ok()?;
        Some((code, addresses.package_address(&batch, code)))
    };
    let job = Job {
        format,
        template,
        dpi,
        symbols,
        facts: facts(&story, &state.config.origin_mark, telephone.as_ref()),
        title: format!("{} {}", issue.batch, issue.number),
        runs,
        code: Box::new(code),
    };
    Ok((job, notes))
}

pub(super) fn template<'a>(state: &'a AppState, kind: TemplateKind, name: &str) -> Result<&'a Template, Problem> {
    state.labels.template(kind, name).ok_or_else(|| {
        let names: Vec<&str> = state.labels.templates_for(kind).map(Template::name).collect();
        let (name, names) = (shortened(name), names.join(", "));
        Problem::unreadable(
            "label_template",
            "",
            format!("没有标签模板“{name}”；有：{names}"),
            format!("there is no label template '{name}'; there are {names}"),
        )
    })
}

/// Refuses sheets for printers of labels.
pub(super) fn comes_as(state: &AppState, format: Format, template: &Template) -> Result<(), Problem> {
    if format.takes(template) {
        return Ok(());
    }
    let (name, kind) = (template.name(), template.kind());
    let rolls: Vec<&str> =
        state.labels.templates_for(kind).filter(|one| one.sheet().is_none()).map(Template::name).collect();
    let roll = rolls.first().copied().unwrap_or_default();
    Err(Problem::unreadable(
        "label_template",
        "",
        format!("模板 {name} 是整张纸的，{format} 是标签打印机的语言；请用 pdf，或用 {roll} 这类单张模板"),
        format!(
            "template {name} is a sheet, and {format} is for label printers; take pdf, or a template such as {roll}"
        ),
    ))
}

pub(super) fn dpi(text: Option<&str>) -> Result<Dpi, Problem> {
    text.map_or_else(
        || Ok(Dpi::default()),
        |text| text.parse().map_err(|_| unread("dpi", text, "203 或 300", "203 or 300")),
    )
}

pub(super) fn symbols(text: Option<&str>) -> Result<SymbolBy, Problem> {
    match text {
        None | Some("printer") => Ok(SymbolBy::Printer),
        Some("picture") => Ok(SymbolBy::Picture),
        Some(other) => Err(unread("symbol", other, "printer 或 picture", "printer or picture")),
    }
}

fn unread(name: &str, received: &str, zh: &str, en: &str) -> Problem {
    let received = shortened(received);
    Problem::unreadable(
        "query",
        "",
        format!("网址参数不对：{name} 是“{received}”，应为 {zh}"),
        format!("{name} is '{received}'; it is {en}"),
    )
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// First and last index, both within the issue.
pub(super) fn range(issue: &IssueRow, wanted: &LabelsQuery) -> Result<(u32, u32), Problem> {
    let last = u32::try_from(issue.count - 1).unwrap_or(0);
    let (from, to) = (wanted.from, wanted.to.unwrap_or(last));
    if from <= to && to <= last {
        return Ok((from, to));
    }
    Err(range_refused(
        format!("范围不对：from={from}、to={to}；赋码批 {} 的序号为 0 到 {last}，from 不大于 to", issue.number),
        format!("from={from} and to={to}; code issue {} has indices 0 to {last}, and from is at most to", issue.number),
    ))
}

pub(super) fn range_refused(zh: String, en: String) -> Problem {
    Refusal::invalid("label_range", "", zh, en).into()
}

/// What does not fit.
pub(super) fn unfit(error: &LabelError) -> Problem {
    Refusal::invalid("label_fit", "", error.zh(), error.to_string()).into()
}

/// What is said where a file cannot be made. Names of the operator's files go to the log alone.
pub(super) fn refused(error: &JobError) -> Problem {
    match error {
        JobError::Label(error) => unfit(error),
        JobError::Busy => Problem::unavailable(
            "label_busy",
            "正在生成的标签文件太多；请稍后再试",
            "as many files of labels as may be are being made; try again in a moment",
        )
        .retry_after(5),
        JobError::Font(error) => {
            tracing::error!(%error, "labels cannot be drawn");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                Refusal::invalid(
                    "label_font",
                    "",
                    "服务器上没有可用的中文字体，画不了标签；请管理员安装 fonts-noto-cjk 或设置 label_font。CSV 和 XLSX 不受影响",
                    "the server has no usable Chinese font for labels; its operator installs fonts-noto-cjk or sets \
                     label_font. CSV and XLSX need none",
                ),
            )
        }
        JobError::Pdf(_) | JobError::Io(_) | JobError::NoKey | JobError::Ended => {
            tracing::error!(%error, "a file of labels could not be made");
            Problem::internal()
        }
    }
}

impl LabelsQuery {
    /// As it stands in an address, with another format's link in mind.
    pub(super) fn to_query(&self) -> String {
        let mut query = format!("from={}", self.from);
        // Writing to a String does not fail.
        for (name, value) in [("template", &self.template), ("dpi", &self.dpi), ("symbol", &self.symbol)] {
            if let Some(value) = value {
                _ = write!(query, "&{name}={value}");
            }
        }
        if let Some(to) = self.to {
            _ = write!(query, "&to={to}");
        }
        query
    }
}
