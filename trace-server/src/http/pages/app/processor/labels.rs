//! Labels of a code issue: a choice of size, printer and range, a picture of the first label, and the files.

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use trace_core::code::Printing;
use trace_core::code::label::{Template as LabelTemplate, TemplateKind};

use super::TRADERS;
use super::codes::own_issue;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::Fields;
use crate::http::labels::{LabelsQuery, TEMPLATE_DEFAULT};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::http::prospect::Prospect;
use crate::labels::Format;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/labels/{issue}", get(show))
}

/// A choice of a list.
struct Choice {
    value: String,
    words: String,
    chosen: bool,
}

/// A file to take.
struct File {
    address: String,
    ending: &'static str,
    words: &'static str,
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
}

async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path(number): Path<String>,
    query: RawQuery,
) -> Result<Response, PageRefusal> {
    who.only(&TRADERS)?;
    let lang = who.lang;
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let issue = own_issue(&who, &number, &state).await?;
    let row = state.ledger.batch(issue.batch).await.or_refuse(&who)?.ok_or_else(|| who.refuse(Problem::internal()))?;
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
    });
    let (mut stopped, mut module, mut notes) = (None, None, Vec::new());
    let mut wanted = wanted;
    if let Some(query) = &wanted {
        match Prospect::of(&state, &issue, query).await {
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
        let zh = format!("从“{from}”到“{to}”不对：应是 1 到 {last} 的整数，前一个不大于后一个");
        let en = format!("From '{from}' to '{to}' is no range: whole numbers from 1 to {last}, the first not larger");
        lang.t(&zh, &en).to_owned()
    });
    Ok(page(&LabelsPage {
        shell: who.shell(),
        lang,
        issue: issue.number.get(),
        batch: row.code.to_string(),
        product: lang.t(row.product.zh(), row.product.en()),
        templates: state.labels.templates_for(TemplateKind::Package).map(|one| choice(one, template, lang)).collect(),
        printers: ["203", "300"]
            .map(|one| Choice { value: one.to_owned(), words: format!("{one} dpi"), chosen: one == dpi })
            .into(),
        preview: wanted.as_ref().map(|wanted| address(Format::Png, wanted)),
        files: files.collect(),
        from,
        to,
        last,
        error,
        stopped,
        module,
        notes,
    }))
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
    Choice { value: one.name().to_owned(), words: format!("{} · {words}", one.name()), chosen: one == chosen }
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
