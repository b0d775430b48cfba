//! What is asked of print runs, in the API and on pages alike: an order, a label by index or serial, a run by number; and
//! what is said where it cannot be.

use serde::Deserialize;
use trace_core::code::PackageCode;
use trace_core::record::Refusal;
use trace_core::state::IssueRow;
use trace_core::tianma::{PrintState, ReprintReason};
use utoipa::ToSchema;

use super::Problem;
use super::labels::{LabelsQuery, job, refused as not_made};
use super::qr::may_see_codes;
use crate::app::AppState;
use crate::config::Printer;
use crate::labels::{Format, Job};
use crate::ledger::Viewer;
use crate::prints::PrintError;
use crate::store::{Hand, PrintOrder, PrintRow, PrintRunRow};

/// Labels in one file unless the order says: a roll of the common sizes has some more, and a jam costs few of them.
const PORTION_DEFAULT: u32 = 500;
/// Most labels in one file.
const PORTION_MAX: u32 = 5_000;

/// What is to be printed, and how.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderBody {
    /// First index; 0 unless given
    #[serde(default)]
    pub from: u32,
    /// Last index; the issue's last unless given
    pub to: Option<u32>,
    /// Name of a printer, which settles format, template and resolution; without one the labels come as files
    pub printer: Option<String>,
    /// Of files: `pdf`, `zpl` or `tspl`
    pub format: Option<String>,
    /// Of files: name of the template; 60x40 unless given
    pub template: Option<String>,
    /// Of files: dots an inch of the printer, 203 or 300; 203 unless given
    pub dpi: Option<u32>,
    /// Of files: `printer` unless given; `picture` where the printer shall not draw symbols itself
    pub symbol: Option<String>,
    /// Of files: labels in each, at most 5000; 500 unless given
    pub portion: Option<u32>,
    /// Why labels are printed once more, needed where any is on paper: `jam`, `damaged`, `faint`, `lost`, `interrupted`
    /// or `trial`
    #[schema(value_type = Option<String>)]
    pub reason: Option<ReprintReason>,
}

/// The order as it is kept, and what makes its labels.
pub(super) async fn order(
    state: &AppState,
    issue: &IssueRow,
    wanted: OrderBody,
    by: Hand,
) -> Result<(PrintOrder, Job), Problem> {
    let printer = wanted.printer.as_deref().map(|name| printer(state, name, &wanted)).transpose()?;
    let (format, query) = match printer {
        Some(printer) => (printer.language, on_printer(printer, &wanted)),
        None => (format(wanted.format.as_deref())?, in_files(&wanted)),
    };
    let (job, _) = job(state, issue, format, &query).await?;
    let portion = portion(wanted.portion, &job)?;
    let order = PrintOrder {
        issue: issue.number,
        from: wanted.from,
        to: wanted.to.unwrap_or_else(|| u32::try_from(issue.count - 1).unwrap_or(0)),
        format: format.to_string(),
        template: job.template.name().to_owned(),
        dpi: job.dpi.per_inch(),
        pictures: job.symbols == trace_core::code::label::SymbolBy::Picture,
        printer: wanted.printer,
        portion,
        reason: wanted.reason,
        at: state.ledger.now(),
        by,
    };
    Ok((order, job))
}

fn on_printer(printer: &Printer, wanted: &OrderBody) -> LabelsQuery {
    let pictures = printer.symbols == trace_core::code::label::SymbolBy::Picture;
    LabelsQuery {
        from: wanted.from,
        to: wanted.to,
        template: Some(printer.template.clone()),
        dpi: Some(printer.dpi.to_string()),
        symbol: pictures.then(|| "picture".to_owned()),
        reason: None,
    }
}

fn in_files(wanted: &OrderBody) -> LabelsQuery {
    LabelsQuery {
        from: wanted.from,
        to: wanted.to,
        template: wanted.template.clone(),
        dpi: wanted.dpi.map(|dpi| dpi.to_string()),
        symbol: wanted.symbol.clone(),
        reason: None,
    }
}

/// A printer by its name; what else the order says must not contradict it.
fn printer<'a>(state: &'a AppState, name: &str, wanted: &OrderBody) -> Result<&'a Printer, Problem> {
    let printer = state.prints.printer(name).ok_or_else(|| {
        let names: Vec<&str> = state.prints.printers().iter().map(|printer| &*printer.name).collect();
        let names = names.join(", ");
        let name: String = name.chars().take(40).collect();
        let (zh, en) = if names.is_empty() {
            ("没有设置任何打印机；请管理员在配置文件中登记".to_owned(), "no printer is configured".to_owned())
        } else {
            (format!("有：{names}"), format!("there are {names}"))
        };
        Refusal::not_found(
            "unknown_printer",
            "/printer",
            format!("没有打印机“{name}”；{zh}"),
            format!("there is no printer '{name}'; {en}"),
        )
    })?;
    let language = printer.language.to_string();
    let dpi = printer.dpi.per_inch();
    let other = |place: &str, received: &str, has: &str| {
        Err(Problem::from(Refusal::invalid(
            "printer_contradicts",
            place,
            format!("打印机 {name} 是 {has}，收到的是 {received}；用这台打印机就不用填这一项"),
            format!("printer {name} has {has}, received {received}; leave it out for a run on this printer"),
        )))
    };
    if let Some(format) = wanted.format.as_deref().filter(|format| *format != language) {
        return other("/format", format, &language);
    }
    if let Some(template) = wanted.template.as_deref().filter(|template| *template != printer.template) {
        return other("/template", template, &printer.template);
    }
    if let Some(received) = wanted.dpi.filter(|received| *received != dpi) {
        return other("/dpi", &received.to_string(), &dpi.to_string());
    }
    Ok(printer)
}

/// What is printed from: files that a printer or a person's program takes.
fn format(named: Option<&str>) -> Result<Format, Problem> {
    let known = named.and_then(Format::of);
    known.filter(|format| matches!(format, Format::Pdf | Format::Zpl | Format::Tspl)).ok_or_else(|| {
        let received: String = named.unwrap_or_default().chars().take(40).collect();
        Refusal::invalid(
            "print_format",
            "/format",
            format!("打印任务的格式是“{received}”，应为 pdf、zpl 或 tspl；或用 printer 指定一台打印机"),
            format!("the format of a print run is '{received}'; it is pdf, zpl or tspl, or a printer is named"),
        )
        .into()
    })
}

/// Labels in one file. A sheet is filled: half a sheet at the end of each file would be waste.
fn portion(wanted: Option<u32>, job: &Job) -> Result<u32, Problem> {
    let on_sheet = job.template.sheet().map_or(1, trace_core::code::label::Sheet::count);
    match wanted {
        None => Ok((PORTION_DEFAULT / on_sheet).max(1) * on_sheet),
        Some(portion) if (1..=PORTION_MAX).contains(&portion) => Ok(portion),
        Some(portion) => Err(Refusal::invalid(
            "print_portion",
            "/portion",
            format!("每个文件 {portion} 枚不行，应为 1 到 {PORTION_MAX} 枚"),
            format!("{portion} labels in one file; it must be 1 to {PORTION_MAX}"),
        )
        .into()),
    }
}

/// What makes the labels of a run from one of them on.
pub(super) async fn job_of(
    state: &AppState,
    issue: &IssueRow,
    row: &PrintRunRow,
    (from, to): (u32, u32),
) -> Result<(Format, LabelsQuery, Job), Problem> {
    let order = &row.order;
    if !(order.from..=order.to).contains(&from) {
        return Err(refused(PrintError::Outside { label: from, from: order.from, to: order.to }));
    }
    let format = Format::of(&order.format).ok_or_else(Problem::internal)?;
    let query = LabelsQuery {
        from,
        to: Some(to),
        template: Some(order.template.clone()),
        dpi: Some(order.dpi.to_string()),
        symbol: order.pictures.then(|| "picture".to_owned()),
        reason: order.reason.map(|reason| reason.code().to_owned()),
    };
    let (job, _) = job(state, issue, format, &query).await?;
    Ok((format, query, job))
}

/// A run and its issue, for those who may see the issue's codes; for anybody else there is none.
pub(super) async fn run(state: &AppState, viewer: &Viewer, number: &str) -> Result<(PrintRunRow, IssueRow), Problem> {
    let shown: String = number.chars().take(20).collect();
    let unknown = || Problem::absent(format!("您没有打印任务 {shown}"), format!("no print run {shown} is yours"));
    let parsed: u64 = number.parse().map_err(|_| unknown())?;
    let row = state.prints.run(parsed).await?.ok_or_else(unknown)?;
    let issue = state.ledger.issue(row.order.issue).await?.ok_or_else(unknown)?;
    if !may_see_codes(viewer, issue.party) {
        return Err(unknown());
    }
    Ok((row, issue))
}

/// Refuses what was decided on an older state of a run.
pub(super) fn same(row: &PrintRunRow, version: u64) -> Result<(), Problem> {
    if row.version == version { Ok(()) } else { Err(refused(PrintError::Stale(row.number))) }
}

/// The index of a label by its printed serial, which must be of this issue.
pub(super) fn serial(state: &AppState, issue: &IssueRow, text: &str, place: &str) -> Result<u32, Problem> {
    let code = PackageCode::parse_typed(text).map_err(|error| {
        Problem::unreadable("package_code", place, format!("溯源码写法不对：{}", error.zh()), error.to_string())
    })?;
    let decoded = state.keys.decode(&code).filter(|decoded| decoded.issue() == issue.number);
    decoded.map(|decoded| decoded.index().get()).ok_or_else(|| {
        Refusal::invalid(
            "label_range",
            place,
            format!("溯源码 {code} 不在赋码批 {} 里", issue.number),
            format!("{code} is not a code of issue {}", issue.number),
        )
        .into()
    })
}

/// What is said where something cannot be done with a run.
pub(super) fn refused(error: PrintError) -> Problem {
    match error {
        PrintError::Store(error) => error.into(),
        PrintError::Job(error) => not_made(&error),
        PrintError::Stale(run) => Refusal::conflict(
            "print_run_changed",
            "/version",
            format!("打印任务 {run} 刚刚被别人改动过；请重新打开再操作"),
            format!("somebody else changed print run {run} meanwhile; read it again"),
        )
        .into(),
        PrintError::State { run, state } => wrong_state(run, state),
        PrintError::Overlaps(row) => Refusal::conflict(
            "print_run_overlap",
            "/from",
            format!(
                "打印任务 {} 还没打完，{}也在其中；请先完成或取消它，或换一段",
                row.number,
                numbers(row.next, row.order.to).0
            ),
            format!(
                "print run {} is open and still has {} before it; finish or cancel it, or take another range",
                row.number,
                numbers(row.next, row.order.to).1
            ),
        )
        .into(),
        PrintError::PrinterTaken(row) => Refusal::conflict(
            "printer_busy",
            "/printer",
            format!("打印机正在打任务 {}；等它打完或暂停它", row.number),
            format!("print run {} is on that printer; wait until it is done, or pause it", row.number),
        )
        .into(),
        PrintError::PrintedBefore(row) => printed_before(&row),
        PrintError::Outside { label, from, to } => Refusal::invalid(
            "label_range",
            "",
            format!("第 {} 枚不在{}里", u64::from(label) + 1, numbers(from, to).0),
            format!("label number {} (index {label}) is not among {}", u64::from(label) + 1, numbers(from, to).1),
        )
        .into(),
        PrintError::NoPrinter(name) => Refusal::conflict(
            "printer_gone",
            "/printer",
            format!("打印机 {name} 已不在配置里，或换了标签大小；请取消这个任务，另开一个"),
            format!(
                "printer {name} is not configured any more, or with other labels; cancel the run and start another"
            ),
        )
        .into(),
    }
}

fn wrong_state(run: u64, state: PrintState) -> Problem {
    Refusal::conflict(
        "print_run_state",
        "",
        format!("打印任务 {run} {}，不能这样操作", state.zh()),
        format!("print run {run} is {}; this cannot be done with it now", state.en()),
    )
    .into()
}

fn printed_before(row: &PrintRow) -> Problem {
    let print = &row.print;
    let reasons = ReprintReason::ALL.iter().map(|reason| reason.code()).collect::<Vec<_>>().join(", ");
    let (zh, en) = numbers(print.from, print.to);
    let at = print.at.to_string();
    let at = at.get(..16).unwrap_or(&at).replace('T', " ");
    Refusal::invalid(
        "reprint_reason",
        "/reason",
        format!("{zh}{}过（{at} UTC），再打要选择原因", print.way.zh().trim_start_matches('已')),
        format!("{en} were {} ({at} UTC); to print them once more say why: {reasons}", print.way.en()),
    )
    .into()
}

/// Labels as people count them and as the API does.
fn numbers(from: u32, to: u32) -> (String, String) {
    let (first, last) = (u64::from(from) + 1, u64::from(to) + 1);
    (format!("第 {first} 到 {last} 枚"), format!("labels number {first} to {last} (indices {from} to {to})"))
}
