//! One step of work: which batches, by which method, into what. Two pages: the form, and the check with the ratio
//! before anything is stored.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use trace_core::id::{BatchCode, Stage};
use trace_core::quantity::{Measure, Stated};
use trace_core::record::Kind;
use trace_core::record::kinds::{Process, Temperatures};
use trace_core::state::BatchRow;
use trace_core::tianma::{Form, Fuel, Grade, ProcessMethod, Product, TuberSize, allowed_outputs, is_drying_step};
use trace_core::time::OccurredAt;

use super::live::Live;
use super::stock::{all_of, on_hand, rows_of};
use super::{TRADERS, lines, process_check};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields, new_uid};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::form::{Choice, Field, Look, choices};
use crate::http::pages::app::sending::{answered, day, done, send};
use crate::http::pages::app::words::{amount, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedForm, SignedIn, page};
use crate::http::pages::language::Lang;

/// Output lines of the form; more are split afterwards.
const OUTPUTS: usize = 4;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/app/process", get(show).post(check))
        .route("/app/process/edit", post(edit).get(show))
        .route("/app/process/store", post(store).get(show))
}

/// A way to choose, with how many batches are behind it.
#[derive(Debug, Clone)]
struct Way {
    href: String,
    label: String,
    here: bool,
}

/// A batch that may go in.
#[derive(Debug, Clone)]
struct Stock {
    code: String,
    date: String,
    form: &'static str,
    left: String,
    /// The same in base units, and the form's code, for the script.
    holds: i64,
    form_code: &'static str,
    measure: &'static str,
    amount: String,
    picked: bool,
    error: Option<String>,
}

/// A line for what comes out.
#[derive(Debug, Clone)]
struct OutputLine {
    number: usize,
    products: Vec<Choice>,
    grades: Vec<Choice>,
    amount: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "app/process.html")]
struct ProcessPage {
    shell: Shell,
    lang: Lang,
    uid: String,
    from: &'static str,
    method: &'static str,
    products: Vec<Way>,
    methods: Vec<Way>,
    stock: Vec<Stock>,
    codes: Field,
    fields: Vec<Field>,
    outputs: Vec<OutputLine>,
    above: Vec<String>,
    acting: Acting,
    live: String,
}

/// For whom the work is written down.
async fn acting(who: &SignedIn, fields: &Fields, state: &AppState) -> Result<Acting, PageRefusal> {
    who.only(&TRADERS)?;
    Acting::of(fields.text("for"), Kind::Process, who, state).await
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let acting = acting(&who, &fields, &state).await?;
    fields.set("date", today(&state).await.or_refuse(&who)?.to_string());
    form(&who, acting, &fields, &FieldErrors::default(), &state).await
}

async fn edit(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    let acting = acting(&who, &fields, &state).await?;
    form(&who, acting, &fields, &FieldErrors::default(), &state).await
}

/// The product that goes in: the one asked for, else what there is most batches of.
fn chosen_product(fields: &Fields, counts: &BTreeMap<Product, usize>) -> Option<Product> {
    let asked = fields.text("from").parse::<Product>().ok();
    asked.or_else(|| counts.iter().max_by_key(|(_, count)| **count).map(|(product, _)| *product))
}

fn methods_for(from: Product) -> Vec<ProcessMethod> {
    ProcessMethod::ALL.iter().copied().filter(|method| !allowed_outputs(*method, from).is_empty()).collect()
}

async fn form(
    who: &SignedIn,
    acting: Acting,
    fields: &Fields,
    errors: &FieldErrors,
    state: &AppState,
) -> Result<Response, PageRefusal> {
    let lang = who.lang;
    let rows = on_hand(acting.party, &[Stage::Harvest, Stage::Processing], state).await.or_refuse(who)?;
    let rows: Vec<BatchRow> = rows.into_iter().filter(|row| !methods_for(row.product).is_empty()).collect();
    let mut counts: BTreeMap<Product, usize> = BTreeMap::new();
    for row in &rows {
        *counts.entry(row.product).or_default() += 1;
    }
    let from = chosen_product(fields, &counts);
    let methods = from.map(methods_for).unwrap_or_default();
    let method = fields.text("method").parse::<ProcessMethod>().ok().filter(|one| methods.contains(one));
    let method = method.or_else(|| methods.first().copied());
    let whom = acting.field();
    let products = counts.iter().map(|(product, count)| Way {
        href: format!("/app/process?from={}&for={whom}", product.code()),
        label: format!("{} ({count})", lang.t(product.zh(), product.en())),
        here: Some(*product) == from,
    });
    let way = |one: &ProcessMethod| Way {
        href: format!("/app/process?from={}&method={}&for={whom}", from.map_or("", Product::code), one.code()),
        label: lang.t(one.zh(), one.en()).to_owned(),
        here: Some(*one) == method,
    };
    let uid = match fields.uid() {
        Some(uid) => uid,
        None => new_uid().or_refuse(who)?,
    };
    let wrong = !errors.is_empty();
    let listed: Vec<&BatchRow> = rows.iter().filter(|row| Some(row.product) == from).collect();
    let shown = |field: &str| match field.strip_prefix("a-") {
        Some(code) => listed.iter().any(|row| row.code.to_string() == code),
        // Without anything on hand there is no form.
        None => from.is_some(),
    };
    let mut response = page(&ProcessPage {
        shell: who.shell(),
        lang,
        uid: uid.to_string(),
        from: from.map_or("", Product::code),
        method: method.map_or("", ProcessMethod::code),
        products: products.collect(),
        methods: methods.iter().map(way).collect(),
        stock: listed.iter().map(|row| stock(row, fields, errors, lang)).collect(),
        codes: scan_field(fields, errors, lang),
        fields: step_fields(who, &acting, method, fields, errors, state).await?,
        outputs: output_lines(from, method, fields, errors, lang),
        above: errors.above_and_beside_hidden(shown),
        acting,
        live: live(who, from, method, state).await?,
    });
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// What the script says while people type; the rules table is read only where something dries.
async fn live(
    who: &SignedIn,
    from: Option<Product>,
    method: Option<ProcessMethod>,
    state: &AppState,
) -> Result<String, PageRefusal> {
    let made = from.zip(method).map(|(from, method)| (from, allowed_outputs(method, from)));
    let dries: Vec<Product> =
        made.iter().flat_map(|(from, made)| made.iter().copied().filter(|to| is_drying_step(*from, *to))).collect();
    let rules = if dries.is_empty() { None } else { Some(process_check::rules(who, state).await?) };
    Ok(Live::step(&dries, rules.as_ref(), who.lang).attribute())
}

fn stock(row: &BatchRow, fields: &Fields, errors: &FieldErrors, lang: Lang) -> Stock {
    let code = row.code.to_string();
    let name = format!("a-{code}");
    let form = row.attributes.form.map_or("", |form| lang.t(form.zh(), form.en()));
    Stock {
        date: row.occurred_at.date().to_string(),
        form,
        left: amount(lang, row.measure(), row.remaining()),
        holds: row.remaining(),
        form_code: row.attributes.form.map_or("", Form::code),
        measure: if row.measure() == Measure::Mass { "mass" } else { "count" },
        amount: fields.typed(&name).map_or_else(|| all_of(row), str::to_owned),
        picked: fields.all("pick").any(|picked| picked == code),
        error: errors.of(&name).map(str::to_owned),
        code,
    }
}

fn scan_field(fields: &Fields, errors: &FieldErrors, lang: Lang) -> Field {
    let label = lang.t("或扫描批次码（可带数量）", "or scan batch codes, with or without amounts");
    Field::new("codes", label, Look::Lines).optional().filled(fields, errors)
}

/// What the method asks for besides inputs and outputs.
async fn step_fields(
    who: &SignedIn,
    acting: &Acting,
    method: Option<ProcessMethod>,
    fields: &Fields,
    errors: &FieldErrors,
    state: &AppState,
) -> Result<Vec<Field>, PageRefusal> {
    let lang = who.lang;
    let mut list = vec![Field::new("date", lang.t("日期", "Day"), Look::Day)];
    let sites = state.ledger.store().sites(acting.party).await.or_refuse(who)?;
    if !sites.is_empty() {
        let names = crate::http::pages::app::words::site_names(&state.ledger, lang, &sites).await;
        let names = names.or_refuse(who)?;
        let offered = sites.iter().map(|site| (site.id.to_string(), names.get(&site.id).cloned().unwrap_or_default()));
        list.push(Field::list("site", lang.t("地点", "Site"), offered.collect()).optional());
    }
    if matches!(method, Some(ProcessMethod::Dry | ProcessMethod::Steam)) {
        list.push(Field::line("min_celsius", lang.t("最低温度 ℃", "Lowest temperature, °C")).optional());
        list.push(Field::line("max_celsius", lang.t("最高温度 ℃", "Highest temperature, °C")).optional());
        list.push(Field::list("fuel", lang.t("燃料", "Fuel"), choices(Fuel::ALL, lang)).optional());
        list.push(Field::line("hours", lang.t("小时数", "Hours")).optional());
    }
    if method == Some(ProcessMethod::Steam) {
        list.extend(steam_fields(who, state).await?);
    }
    if method.is_some_and(ProcessMethod::works_on_the_tubers) {
        let said = vec![
            ("no".to_owned(), lang.t("没有", "no").to_owned()),
            (
                "yes".to_owned(),
                lang.t("熏过（产品会被冻结，不能标示产地）", "yes (held, and no mark of origin)").to_owned(),
            ),
        ];
        list.push(Field::list("sulphur", lang.t("硫磺熏蒸", "Fumigated with sulphur"), said).optional());
    }
    if method == Some(ProcessMethod::Recipe) {
        let hint = lang.t("例如 5克", "such as 5 g");
        list.push(Field::line("per_unit", lang.t("每件含天麻", "Tianma in one unit")).hint(hint));
    }
    Ok(list.into_iter().map(|field| field.filled(fields, errors)).collect())
}

/// How long tubers are steamed hangs on their size; the hints are the figures of the rules table in force.
async fn steam_fields(who: &SignedIn, state: &AppState) -> Result<[Field; 2], PageRefusal> {
    let lang = who.lang;
    let rules = process_check::rules(who, state).await?;
    let (grams, all) = (rules.medium_tuber_g(), rules.steam_minutes(None));
    let (least, most) = (grams.start(), grams.end());
    let size = Field::list("tuber_size", lang.t("天麻大小", "Size of the tubers"), choices(TuberSize::ALL, lang));
    let size = size.optional().hint(match lang {
        Lang::Zh => format!("单个 {most} 克以上为大麻，{least}-{most} 克为中麻，{least} 克以下为小麻"),
        Lang::En => format!("large above {most} g each, medium {least} to {most} g, small below {least} g"),
    });
    let minutes = Field::line("minutes", lang.t("蒸制分钟数", "Minutes in the steam")).optional();
    let (least, most) = (all.start(), all.end());
    let minutes = minutes.hint(match lang {
        Lang::Zh => format!("一般 {least}-{most} 分钟，越大越久"),
        Lang::En => format!("{least} to {most} minutes as a rule, longer for larger tubers"),
    });
    Ok([size, minutes])
}

fn output_lines(
    from: Option<Product>,
    method: Option<ProcessMethod>,
    fields: &Fields,
    errors: &FieldErrors,
    lang: Lang,
) -> Vec<OutputLine> {
    let (Some(from), Some(method)) = (from, method) else { return Vec::new() };
    let count = if method.makes_many_outputs() { OUTPUTS } else { 1 };
    let offered = allowed_outputs(method, from);
    let chosen = |all: Vec<(String, String)>, named: &str| -> Vec<Choice> {
        all.into_iter().map(|(value, label)| Choice { chosen: value == named, value, label }).collect()
    };
    let line = |i: usize| OutputLine {
        number: i + 1,
        products: chosen(choices(&offered, lang), fields.text(&format!("product-{i}"))),
        grades: chosen(choices(Grade::ALL, lang), fields.text(&format!("grade-{i}"))),
        amount: fields.text(&format!("out-{i}")).to_owned(),
        error: errors.of(&format!("out-{i}")).map(str::to_owned),
    };
    (0..count).map(line).collect()
}

/// What the form says, once every field is right.
pub(super) struct Step {
    /// How it was done, as the record says it.
    pub(super) details: Process,
    pub(super) date: OccurredAt,
    pub(super) site: Option<trace_core::id::SiteId>,
    pub(super) inputs: Vec<(BatchRow, Stated)>,
    pub(super) outputs: Vec<(Product, Option<Grade>, Stated)>,
}

/// Reads every field, so that all that is wrong is said at once.
async fn read(
    who: &SignedIn,
    acting: &Acting,
    fields: &Fields,
    errors: &mut FieldErrors,
    state: &AppState,
) -> Result<Option<Step>, PageRefusal> {
    let lang = who.lang;
    let inputs = read_inputs(who, acting, fields, errors, state).await?;
    let Ok(method) = fields.text("method").parse::<ProcessMethod>() else {
        errors.put_above(lang.t("请选择工艺", "Choose a method"));
        return Ok(None);
    };
    let outputs = read_outputs(fields, errors, lang);
    let date = day(who, fields.text("date"), errors, state).await?;
    let mut number = |name: &'static str| -> Option<u16> {
        let text = fields.typed(name)?;
        let read = text.parse().ok();
        if read.is_none() {
            let zh = format!("“{text}”应是整数，例如 60");
            errors.put(name, lang.t(&zh, &format!("'{text}' should be a whole number such as 60")));
        }
        read
    };
    let (least, most, hours) = (number("min_celsius"), number("max_celsius"), number("hours"));
    let minutes = number("minutes");
    let temperatures = match (least, most) {
        (None, None) => None,
        (one, other) => one.or(other).zip(other.or(one)),
    };
    let tianma_mg_per_unit = if method == ProcessMethod::Recipe { per_unit(fields, errors, lang) } else { None };
    let (Some(date), true) = (date, errors.is_empty()) else { return Ok(None) };
    let site = fields.typed("site").and_then(|text| text.parse().ok());
    let details = Process {
        method,
        temperatures: temperatures.map(|(min_celsius, max_celsius)| Temperatures { min_celsius, max_celsius }),
        fuel: fields.typed("fuel").and_then(|text| text.parse().ok()),
        hours,
        minutes,
        tuber_size: fields.typed("tuber_size").and_then(|text| text.parse().ok()),
        sulphur_fumigated: fields.typed("sulphur").map(|text| text == "yes"),
        tianma_mg_per_unit,
    };
    Ok(Some(Step { details, date, site, inputs, outputs }))
}

/// Milligrams of tianma in one unit of a recipe; the record's field holds less than 4.3 kg.
fn per_unit(fields: &Fields, errors: &mut FieldErrors, lang: Lang) -> Option<u32> {
    let words = match Stated::parse(fields.text("per_unit"), Measure::Mass) {
        Ok(stated) => {
            if let Ok(mg) = u32::try_from(stated.quantity().value()) {
                return Some(mg);
            }
            let typed = stated.typed();
            let zh = format!("每件含天麻 {typed} 太多；应少于 4.3 公斤");
            lang.t(&zh, &format!("{typed} of tianma in one unit is too much; it is less than 4.3 kg")).to_owned()
        }
        Err(error) => lang.t(&error.zh(), &error.to_string()).to_owned(),
    };
    errors.put("per_unit", words);
    None
}

async fn read_inputs(
    who: &SignedIn,
    acting: &Acting,
    fields: &Fields,
    errors: &mut FieldErrors,
    state: &AppState,
) -> Result<Vec<(BatchRow, Stated)>, PageRefusal> {
    let lang = who.lang;
    let ticked = fields.all("pick").map(|code| (code.to_owned(), fields.text(&format!("a-{code}")).to_owned(), true));
    let scanned = lines::read(fields.text("codes")).into_iter().map(|line| (line.code, line.amount, false));
    let wanted: Vec<(String, String, bool)> = ticked.chain(scanned).collect();
    let codes = wanted.iter().filter_map(|(code, ..)| BatchCode::parse_typed(code).ok());
    let rows = rows_of(codes, state).await.or_refuse(who)?;
    let mut inputs: Vec<(BatchRow, Stated)> = Vec::new();
    for (typed, given, listed) in wanted {
        let place = if listed { format!("a-{typed}") } else { "codes".to_owned() };
        let code = match BatchCode::parse_typed(&typed) {
            Ok(code) => code,
            Err(error) => {
                errors.put(place, format!("{typed}: {}", lang.t(&error.zh(), &error.to_string())));
                continue;
            }
        };
        // The same words for a batch of others and for none: a code tells nothing.
        let Some(row) = rows.get(&code).filter(|row| row.owner == acting.party) else {
            let (zh, en) = match acting.name {
                None => ("您", format!("no batch {code} is yours; receive a seller's batch first")),
                Some(_) => ("", format!("no batch {code} is of this household; receive a seller's batch first")),
            };
            errors.put(place, lang.t(&format!("{zh}名下没有批次 {code}；对方的批次请先收货"), &en));
            continue;
        };
        // Scanned twice is one batch; two amounts are two sacks, and nobody but the person knows their sum.
        let had = inputs.iter().find(|(had, _)| had.code == code);
        if had.is_some() && given.is_empty() {
            continue;
        }
        let text = if given.is_empty() { all_of(row) } else { given };
        match Stated::parse(&text, row.measure()) {
            Ok(stated) if had.is_none() => inputs.push((row.clone(), stated)),
            Ok(stated) if had.is_some_and(|(_, first)| first.quantity() == stated.quantity()) => {}
            Ok(_) => {
                let zh = format!("批次 {code} 写了两个数量，请合成一行");
                errors.put(place, lang.t(&zh, &format!("batch {code} has two amounts; add them up in one line")));
            }
            Err(error) => errors.put(place, lang.t(&error.zh(), &error.to_string())),
        }
    }
    if inputs.is_empty() && errors.is_empty() {
        errors.put_above(lang.t("请勾选或扫描投入的批次", "Tick or scan the batches that go in"));
    }
    Ok(inputs)
}

fn read_outputs(fields: &Fields, errors: &mut FieldErrors, lang: Lang) -> Vec<(Product, Option<Grade>, Stated)> {
    let mut outputs = Vec::new();
    for i in 0..OUTPUTS {
        let name = format!("out-{i}");
        let Some(text) = fields.typed(&name) else { continue };
        let Ok(product) = fields.text(&format!("product-{i}")).parse::<Product>() else {
            errors.put(name, lang.t("请选择产出的产品", "Choose what came out"));
            continue;
        };
        match Stated::parse(text, product.measure()) {
            Ok(stated) => outputs.push((product, fields.text(&format!("grade-{i}")).parse().ok(), stated)),
            Err(error) => errors.put(name, lang.t(&error.zh(), &error.to_string())),
        }
    }
    if outputs.is_empty() && errors.of("out-0").is_none() {
        errors.put("out-0", lang.t("请填写产出的数量和单位", "State what came out, with its unit"));
    }
    outputs
}

async fn check(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    let acting = acting(&who, &fields, &state).await?;
    let mut errors = FieldErrors::default();
    match read(&who, &acting, &fields, &mut errors, &state).await? {
        Some(step) => process_check::show(&who, &acting, &fields, &step, &state).await,
        None => form(&who, acting, &fields, &errors, &state).await,
    }
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    let acting = acting(&who, &fields, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let mut errors = FieldErrors::default();
    let Some(step) = read(&who, &acting, &fields, &mut errors, &state).await? else {
        return form(&who, acting, &fields, &errors, &state).await;
    };
    let drafts = process_check::drafts(&step, acting.actor());
    let pools = drafts.len() - 1;
    match send(&who, &fields, drafts, &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            process_check::put_refusal(&mut errors, &refusal, &step, pools, who.lang);
            form(&who, acting, &fields, &errors, &state).await
        }
    }
}
