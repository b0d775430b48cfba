//! A lot of fungus bottles or of seed: what, how much, out of what, and whether it passed the maker's own check. Own seed
//! that was dug from a planting is a harvest of it.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use jiff::civil::Date;
use serde_json::{Value, json};
use trace_core::id::{SiteId, Stage};
use trace_core::prepare::{Draft, DraftInput, DraftOutput};
use trace_core::quantity::{Measure, Stated};
use trace_core::record::{Attributes, Kind, Name};
use trace_core::tianma::{Form, FungusSpecies, Generation, PartyRole, Product, Season, SeedSource, SizeClass};
use trace_core::time::OccurredAt;

use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::farmer::{Plot, open_plots};
use crate::http::pages::app::form::{Field, FormPage, Look, choices};
use crate::http::pages::app::processor::stock::own_inputs;
use crate::http::pages::app::sending::{answered, blank, day, done, send};
use crate::http::pages::app::words::{site_names, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};

/// Who makes lots; a household or co-op its own seed.
const MAKERS: [PartyRole; 4] = [PartyRole::FungusFactory, PartyRole::Nursery, PartyRole::Household, PartyRole::Coop];

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/lots", get(show).post(store))
}

/// What a role makes, the most usual first.
fn products(role: PartyRole) -> &'static [Product] {
    match role {
        PartyRole::FungusFactory => &[Product::ArmillariaBottle, Product::MycenaBottle],
        PartyRole::Nursery => {
            &[Product::SeedTuber, Product::SeedCapsule, Product::ArmillariaBottle, Product::MycenaBottle]
        }
        _ => &[Product::SeedTuber, Product::SeedCapsule],
    }
}

/// Whether who has this role keeps seed of its own plots.
fn own_seed(role: PartyRole) -> bool {
    !matches!(role, PartyRole::FungusFactory | PartyRole::Nursery)
}

/// Which fungus a bottle holds; `None` for seed.
fn species(product: Product) -> Option<FungusSpecies> {
    match product {
        Product::MycenaBottle => Some(FungusSpecies::Mycena),
        Product::ArmillariaBottle => Some(FungusSpecies::Armillaria),
        _ => None,
    }
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&MAKERS)?;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let acting = Acting::of(fields.text("for"), Kind::Produce, &who, &state).await?;
    fields.set("date", today(&state).await.or_refuse(&who)?.to_string());
    Ok(form(&who, &acting, &fields, &FieldErrors::default(), &state).await?.answer())
}

async fn form(
    who: &SignedIn,
    acting: &Acting,
    typed: &Fields,
    errors: &FieldErrors,
    state: &AppState,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let offered = products(who.role());
    let (fungus, seed) =
        (offered.iter().any(|one| species(*one).is_some()), offered.iter().any(|one| species(*one).is_none()));
    let amount = match (fungus, seed) {
        (true, true) => lang.t("例如 1020瓶、2400公斤", "such as 2400 kg or 1020瓶"),
        (true, false) => lang.t("只算合格的，例如 1020瓶", "only what is good, such as 1020瓶"),
        _ => lang.t("例如 150斤", "such as 150斤"),
    };
    let mut fields = vec![
        Field::list("product", lang.t("产品", "Product"), choices(offered, lang)),
        Field::line("amount", lang.t("数量（要写单位）", "Amount, with its unit")).hint(amount),
    ];
    if own_seed(who.role()) {
        let (plots, _) = open_plots(acting, lang, state).await.or_refuse(who)?;
        let plots = plots.into_iter().map(|plot| (plot.planting.code.to_string(), plot.label)).collect();
        let from = Field::list("planting", lang.t("从哪一茬采来", "Dug from which planting"), plots).optional();
        fields.push(from.hint(lang.t(
            "从地里采的种要选；它计入这块地的产量",
            "choose it where the seed was dug: it counts as part of that yield",
        )));
    }
    if fungus {
        let strain = Field::line("strain", lang.t("菌株", "Strain")).optional();
        fields.push(strain.hint(lang.t("例如 蜜环菌 A9", "such as 蜜环菌 A9")));
        fields.push(Field::new("inoculated", lang.t("接种日期", "Day of inoculation"), Look::Day).optional());
        let contaminated = Field::line("contaminated", lang.t("污染报废多少瓶", "Contaminated bottles")).optional();
        fields.push(contaminated.hint(lang.t(
            "另算，不在上面的数量里，例如 36瓶；没有就不填",
            "besides the amount above; leave it out where there were none. For example 36瓶",
        )));
    }
    if seed {
        let need = lang.t("种麻、蒴果必填", "needed for seed");
        let generation = Field::list("generation", lang.t("代数", "Generation"), choices(Generation::ALL, lang));
        fields.push(if fungus { generation.optional().hint(need) } else { generation });
        fields.push(Field::list("form", lang.t("变型", "Form"), choices(Form::ALL, lang)).optional());
        fields.push(Field::list("size", lang.t("大小", "Size class"), choices(SizeClass::ALL, lang)).optional());
    }
    fields.push(
        Field::new("from", lang.t("用了哪些菌种、种子", "Made out of which fungus or seed"), Look::Lines)
            .optional()
            .hint(lang.t("一行一个：批次码 数量，如 F251120-ABC1234 20瓶", "one a line: batch code, amount")),
    );
    let sites = sites(who, acting, state).await?;
    if sites.len() > 1 {
        fields.push(Field::list("site", lang.t("生产地点", "Where"), sites).optional());
    }
    let checked = vec![
        ("yes".to_owned(), lang.t("合格", "passed").to_owned()),
        ("no".to_owned(), lang.t("不合格（冻结，由品牌办处理）", "failed (held for the office)").to_owned()),
    ];
    fields.push(Field::list("passed", lang.t("自检", "Own check"), checked));
    fields.push(Field::new("date", lang.t("生产日期", "Day"), Look::Day));
    let title = match who.role() {
        PartyRole::FungusFactory => lang.t("登记菌种", "Register a lot of fungus"),
        PartyRole::Nursery => lang.t("登记良种、菌种", "Register a lot"),
        _ => lang.t("登记自留种", "Register own seed"),
    };
    let mut page = FormPage::new(who, title, "/app/lots", fields, typed, errors)?;
    if seed && !fungus {
        page = page.lead(lang.t(
            "自己留的种也要登记，种植时才能写明来源。",
            "Seed that you kept is registered too, so that the planting can name it.",
        ));
    }
    Ok(page
        .acting(acting)
        .button(lang.t("登记", "Register"))
        .link("/app/batches", lang.t("已登记的批次（可查流向）", "Batches so far, and where they went")))
}

/// The places of whoever makes it.
async fn sites(who: &SignedIn, acting: &Acting, state: &AppState) -> Result<Vec<(String, String)>, PageRefusal> {
    let store = state.ledger.store();
    let rows = store.sites(acting.party).await.or_refuse(who)?;
    let names = site_names(&state.ledger, who.lang, &rows).await.or_refuse(who)?;
    Ok(names.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&MAKERS)?;
    let acting = Acting::of(fields.text("for"), Kind::Produce, &who, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let date = day(&who, fields.text("date"), &mut errors, &state).await?;
    let inputs = own_inputs(acting.party, fields.text("from"), "from", &mut errors, lang, &state).await;
    let inputs = inputs.or_refuse(&who)?;
    let lot = read(&who, &fields, &mut errors);
    let plot = dug_from(&who, &acting, &fields, &mut errors, &state).await?;
    let (Some(date), Some(lot), true) = (date, lot, errors.is_empty()) else {
        return Ok(form(&who, &acting, &fields, &errors, &state).await?.answer());
    };
    let mut draft = draft(&who, &fields, date, lot);
    draft.inputs = inputs;
    let sources = if plot.is_some() { "planting" } else { "from" };
    if let Some(plot) = plot {
        harvested(&mut draft, &plot);
    }
    draft.actor = acting.actor();
    if draft.site.is_none()
        && let [(only, _)] = &sites(&who, &acting, &state).await?[..]
    {
        draft.site = only.parse().ok();
    }
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            errors.put_refusal(&refusal, lang, |place| field_of(place, sources));
            Ok(form(&who, &acting, &fields, &errors, &state).await?.answer())
        }
    }
}

/// The planting that own seed was dug from, where one is named; then nothing else is its source.
async fn dug_from(
    who: &SignedIn,
    acting: &Acting,
    fields: &Fields,
    errors: &mut FieldErrors,
    state: &AppState,
) -> Result<Option<Plot>, PageRefusal> {
    let (Some(typed), true) = (fields.typed("planting"), own_seed(who.role())) else { return Ok(None) };
    let lang = who.lang;
    let (plots, _) = open_plots(acting, lang, state).await.or_refuse(who)?;
    let plot = plots.into_iter().find(|plot| plot.planting.code.to_string() == typed);
    if plot.is_none() {
        errors.put("planting", lang.t("请选择还在地里的一茬", "Choose a planting that is still in the ground"));
    }
    if fields.typed("from").is_some() {
        let (zh, en) =
            ("从地里采的种，来源就是那一茬，这里不填", "what was dug has its planting as source; leave this out");
        errors.put("from", lang.t(zh, en));
    }
    if fields.text("passed") == "no" {
        let (zh, en) = ("不合格的不留作种，请按采收登记", "what failed is no seed; record it as a harvest of tianma");
        errors.put("passed", lang.t(zh, en));
    }
    Ok(plot)
}

/// Turns the lot into a harvest of this planting that leaves the rest of it in the ground.
fn harvested(draft: &mut Draft, plot: &Plot) {
    let details = std::mem::take(&mut draft.details);
    let said = |field: &str| details.get(field).cloned().unwrap_or_default();
    for output in &mut draft.outputs {
        output.stage = Some(Stage::Seed);
        output.attributes.generation = serde_json::from_value(said("generation")).ok();
        output.attributes.size_class = serde_json::from_value(said("size_class")).ok();
    }
    draft.kind = Kind::Harvest;
    draft.details = json!({"season": Season::usual_on(draft.occurred_at.date()), "final": false});
    draft.site = plot.planting.site;
    draft.inputs = vec![DraftInput { batch: plot.planting.code.to_string(), record: None, amount: None }];
}

/// What the form says, once every field is right.
struct Lot {
    product: Product,
    amount: Stated,
    strain: Option<Name>,
    inoculated: Option<Date>,
    contaminated: Option<Stated>,
    generation: Option<Generation>,
    passed: bool,
}

fn read(who: &SignedIn, fields: &Fields, errors: &mut FieldErrors) -> Option<Lot> {
    let lang = who.lang;
    let product = fields.text("product").parse::<Product>().ok();
    let product = product.filter(|product| products(who.role()).contains(product));
    if product.is_none() {
        errors.put("product", lang.t("请选择产品", "Choose the product"));
    }
    let measure = product.map_or(Measure::Mass, Product::measure);
    let amount = match Stated::parse(fields.text("amount"), measure) {
        Ok(amount) => Some(amount),
        // Whether it is counted or weighed is not known before the product is.
        Err(_) if product.is_none() => None,
        Err(error) => {
            errors.put("amount", lang.t(&error.zh(), &error.to_string()));
            None
        }
    };
    let strain = match fields.typed("strain").map(str::parse::<Name>) {
        Some(Err(error)) => {
            let zh = format!("“{}”不能用作菌株名：请写名称，不要写电话或长数字", fields.text("strain"));
            errors.put("strain", lang.t(&zh, &error.to_string()));
            None
        }
        other => other.and_then(Result::ok),
    };
    let inoculated = fields.typed("inoculated").and_then(|text| {
        let day = text.parse::<Date>().ok();
        if day.is_none() {
            errors.put("inoculated", lang.t("请写日期，例如 2026-09-30", "a day such as 2026-09-30"));
        }
        day
    });
    let contaminated = fields.typed("contaminated").and_then(|text| match Stated::parse(text, Measure::Count) {
        Ok(stated) => Some(stated),
        Err(error) => {
            errors.put("contaminated", lang.t(&error.zh(), &error.to_string()));
            None
        }
    });
    let generation = fields.text("generation").parse::<Generation>().ok();
    if product.is_some_and(|product| species(product).is_none()) && generation.is_none() {
        errors.put("generation", lang.t("种麻和蒴果要写明代数", "Seed needs its generation"));
    }
    let passed = match fields.text("passed") {
        "yes" => Some(true),
        "no" => Some(false),
        _ => {
            errors.put("passed", lang.t("请选择自检结果", "Choose what your own check said"));
            None
        }
    };
    Some(Lot { product: product?, amount: amount?, strain, inoculated, contaminated, generation, passed: passed? })
}

fn draft(who: &SignedIn, fields: &Fields, date: OccurredAt, lot: Lot) -> Draft {
    let mut details = json!({"passed": lot.passed});
    let mut attributes = Attributes::default();
    let mut put = |field: &str, value: Value| details[field] = value;
    // For seed the ledger says that neither belongs there.
    if let Some(day) = lot.inoculated {
        put("inoculated_on", json!(day));
    }
    if let Some(species) = species(lot.product) {
        put("species", json!(species));
        if let Some(strain) = lot.strain {
            put("strain", json!(strain));
        }
    } else {
        if let Some(generation) = lot.generation {
            put("generation", json!(generation));
        }
        if let Ok(size) = fields.text("size").parse::<SizeClass>() {
            put("size_class", json!(size));
        }
        attributes.form = fields.text("form").parse::<Form>().ok();
        attributes.source =
            Some(if who.role() == PartyRole::Nursery { SeedSource::UnifiedSupply } else { SeedSource::Own });
    }
    let mut draft = blank(Kind::Produce, date, details);
    draft.site = fields.text("site").parse::<SiteId>().ok();
    draft.contaminated = lot.contaminated.map(|stated| stated.typed().to_owned());
    draft.outputs = vec![DraftOutput {
        batch: None,
        stage: None,
        product: Some(lot.product),
        attributes,
        amount: lot.amount.typed().to_owned(),
    }];
    draft
}

fn field_of(place: &str, sources: &'static str) -> Option<&'static str> {
    let places = [
        ("/amounts/inputs", sources),
        ("/amounts/contaminated", "contaminated"),
        ("/inputs", sources),
        ("/amounts", "amount"),
        ("/outputs/0/product", "product"),
        ("/outputs/0/attributes/form", "form"),
        ("/outputs", "amount"),
        ("/occurred_at", "date"),
        ("/site", "site"),
        ("/details/strain", "strain"),
        ("/details/inoculated_on", "inoculated"),
    ];
    places.iter().find(|(start, _)| place.starts_with(start)).map(|(_, field)| *field)
}
