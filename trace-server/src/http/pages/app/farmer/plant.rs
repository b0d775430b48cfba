//! A planting: which plot, how much of it, and which seed and fungus went in. Without it there is no harvest.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use trace_core::id::{BatchCode, Stage};
use trace_core::prepare::DraftInput;
use trace_core::quantity::{Measure, Stated};
use trace_core::record::{Kind, Refusal, RegisteredCode};
use trace_core::state::BatchRow;
use trace_core::tianma::{Form, PartyRole, PlantMethod, Propagation, WoodSpecies};

use super::ground::{Ground, planted};
use super::standing;
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::form::{Field, FormPage, Look, choices};
use crate::http::pages::app::processor::stock::on_hand;
use crate::http::pages::app::sending::{answered, blank, day, done, input, number_after, output, send};
use crate::http::pages::app::words::{amount_of, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::http::pages::language::Lang;

/// Who grows.
pub const GROWERS: [PartyRole; 3] = [PartyRole::Household, PartyRole::Coop, PartyRole::Nursery];

/// Most batches of seed and fungus that the form has a line for, newest first; a household has a few.
const OFFERED_MAX: usize = 16;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/plant", get(show).post(store))
}

/// What there is to plant, and where.
struct Means {
    ground: Ground,
    batches: Vec<BatchRow>,
}

impl Means {
    async fn of(who: &SignedIn, acting: &Acting, state: &AppState) -> Result<Self, PageRefusal> {
        let ground = Ground::of(acting.party, who.lang, state).await.or_refuse(who)?;
        let batches = on_hand(acting.party, &[Stage::Seed, Stage::Fungus], state).await.or_refuse(who)?;
        Ok(Self { ground, batches: batches.into_iter().rev().take(OFFERED_MAX).collect() })
    }

    /// The form of all the seed on hand, where it is one and known.
    fn form(&self) -> Option<Form> {
        let mut forms = self.batches.iter().filter(|row| row.stage == Stage::Seed).map(|row| row.attributes.form);
        let first = forms.next()??;
        forms.all(|form| form == Some(first)).then_some(first)
    }
}

/// The field of a batch's amount.
fn field_name(code: BatchCode) -> String {
    format!("a-{code}")
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&GROWERS)?;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let acting = Acting::of(fields.text("for"), Kind::Plant, &who, &state).await?;
    let means = Means::of(&who, &acting, &state).await?;
    fields.set("date", today(&state).await.or_refuse(&who)?.to_string());
    if let Some(only) = means.ground.only() {
        fields.set("plot", only.to_string());
    }
    if let (Some(form), "") = (means.form(), fields.text("form")) {
        fields.set("form", form.code());
    }
    Ok(form(&who, &acting, &means, &fields, &FieldErrors::default())?.answer())
}

fn form(
    who: &SignedIn,
    acting: &Acting,
    means: &Means,
    typed: &Fields,
    errors: &FieldErrors,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let mut fields = vec![
        Field::list("plot", lang.t("地块", "Plot"), means.ground.choices(lang)),
        Field::line("area", lang.t("种了多大（要写单位）", "Area planted, with its unit"))
            .hint(lang.t("例如 1.2亩", "such as 1.2亩")),
        Field::list("form", lang.t("变型", "Form"), choices(Form::ALL, lang)),
        Field::list("method", lang.t("种法", "Method"), choices(PlantMethod::ALL, lang)),
    ];
    for row in &means.batches {
        let product = lang.t(row.product.zh(), row.product.en());
        let left = amount_of(lang, row.product, row.remaining());
        let form = row.attributes.form.map(|form| format!(" · {}", lang.t(form.zh(), form.en()))).unwrap_or_default();
        let known = format!("{} · {}{form}", row.code, row.occurred_at.date());
        let hint = match lang {
            Lang::Zh => format!("{known} · 剩 {left}；没用就不填"),
            Lang::En => format!("{known} · {left} left; leave it out if not used"),
        };
        let label = match lang {
            Lang::Zh => format!("用了多少{product}"),
            Lang::En => format!("How much of the {product}"),
        };
        fields.push(Field::line(field_name(row.code), label).optional().hint(hint));
    }
    fields.extend([
        Field::list("propagation", lang.t("繁殖方式", "Propagation"), choices(Propagation::ALL, lang)).optional(),
        Field::line("holes", lang.t("窝数", "Planting holes")).optional().hint(lang.t("例如 240窝", "such as 240窝")),
        Field::list("wood", lang.t("菌材", "Wood"), choices(WoodSpecies::ALL, lang)).optional(),
        Field::line("wood_amount", lang.t("菌材重量（木段和枝条合计）", "Weight of the wood, logs and twigs together"))
            .optional()
            .hint(lang.t("例如 7.5吨、15000斤", "such as 7.5吨 or 7500 kg")),
        Field::line("wood_permit", lang.t("采伐许可证号", "Reference of the felling permit"))
            .optional()
            .hint(lang.t("大写字母、数字和 . / -", "capital letters, digits and . / -")),
        Field::new("date", lang.t("种植日期", "Day of planting"), Look::Day),
    ]);
    let page = FormPage::new(who, lang.t("登记种植", "Record a planting"), "/app/plant", fields, typed, errors)?
        .acting(acting)
        .button(lang.t("登记种植", "Record it"));
    if means.ground.is_empty() {
        return Ok(no_plot(page, lang));
    }
    if !means.batches.iter().any(|row| row.stage == Stage::Seed) {
        let page = page.closed().warning(lang.t(
            "手上没有种子。先登记收到的种子，或登记自留种，再登记种植。",
            "There is no seed on hand. Record the seed that you received, or your own seed, first.",
        ));
        return Ok(page
            .link(acting.address("/app/receive"), lang.t("登记收到的种子", "Receive seed"))
            .link(acting.address("/app/lots"), lang.t("登记自留种", "Own seed"))
            .link(acting.address(standing::PATH), lang.t("登记已经种下的", "Register what grows already")));
    }
    Ok(page)
}

/// Nothing is planted where nothing is registered.
pub(super) fn no_plot(page: FormPage, lang: Lang) -> FormPage {
    page.closed().warning(
        lang.t(
            "还没有登记地块。请联系合作社或品牌办登记。",
            "No plot is registered. Ask your co-op or the brand office.",
        ),
    )
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&GROWERS)?;
    let acting = Acting::of(fields.text("for"), Kind::Plant, &who, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let lang = who.lang;
    let means = Means::of(&who, &acting, &state).await?;
    let mut errors = FieldErrors::default();
    let date = day(&who, fields.text("date"), &mut errors, &state).await?;
    let site = means.ground.chosen(&fields, &mut errors, lang);
    let planted = planted(&fields, &mut errors, lang);
    let method = fields.text("method").parse::<PlantMethod>().ok();
    if method.is_none() {
        errors.put("method", lang.t("请选择种法", "Choose the method"));
    }
    let used = used(&means, &fields, &mut errors, lang);
    let permit = permit(&fields, &mut errors, lang);
    let mut beside = |name: &'static str, measure: Measure| -> Option<String> {
        let text = fields.typed(name)?;
        if let Err(error) = Stated::parse(text, measure) {
            errors.put(name, lang.t(&error.zh(), &error.to_string()));
        }
        Some(text.to_owned())
    };
    let (holes, wood_amount) = (beside("holes", Measure::Count), beside("wood_amount", Measure::Mass));
    let (Some(date), Some(site), Some((area, form_of)), Some(method), true) =
        (date, site, planted, method, errors.is_empty())
    else {
        return Ok(form(&who, &acting, &means, &fields, &errors)?.answer());
    };
    let mut details = json!({"method": method, "form": form_of});
    if let Ok(propagation) = fields.text("propagation").parse::<Propagation>() {
        details["propagation"] = json!(propagation);
    }
    if let Ok(wood) = fields.text("wood").parse::<WoodSpecies>() {
        details["wood"] = json!([wood]);
    }
    if let Some(permit) = permit {
        details["wood_permit"] = json!(permit);
    }
    let mut draft = blank(Kind::Plant, date, details);
    draft.actor = acting.actor();
    draft.site = Some(site);
    draft.inputs = used.iter().map(|(_, input)| input.clone()).collect();
    draft.outputs = vec![output(area.typed())];
    draft.holes = holes;
    draft.wood = wood_amount;
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            put_refusal(&mut errors, &refusal, &used, lang);
            Ok(form(&who, &acting, &means, &fields, &errors)?.answer())
        }
    }
}

/// The reference of the wood's permit, as it stands on the paper.
fn permit(fields: &Fields, errors: &mut FieldErrors, lang: Lang) -> Option<RegisteredCode> {
    let text = fields.typed("wood_permit")?;
    match text.parse::<RegisteredCode>() {
        Ok(code) => Some(code),
        Err(error) => {
            let zh = format!("“{text}”不像证号：最多 40 个大写字母、数字和 . / -");
            errors.put("wood_permit", lang.t(&zh, &error.to_string()));
            None
        }
    }
}

/// The batches with an amount beside them.
fn used(means: &Means, fields: &Fields, errors: &mut FieldErrors, lang: Lang) -> Vec<(BatchCode, DraftInput)> {
    let mut used = Vec::new();
    for row in &means.batches {
        let name = field_name(row.code);
        let Some(text) = fields.typed(&name) else { continue };
        match Stated::parse(text, row.measure()) {
            Ok(stated) => used.push((row.code, input(&row.code, Some(stated.typed().to_owned())))),
            Err(error) => errors.put(name, lang.t(&error.zh(), &error.to_string())),
        }
    }
    if errors.is_empty()
        && !used.iter().any(|(code, _)| code.stage() == Stage::Seed)
        && let Some(row) = means.batches.iter().find(|row| row.stage == Stage::Seed)
    {
        errors.put(field_name(row.code), lang.t("种植要写明用了多少种子", "Say how much seed went in"));
    }
    used
}

fn put_refusal(errors: &mut FieldErrors, refusal: &Refusal, used: &[(BatchCode, DraftInput)], lang: Lang) {
    let words = lang.t(&refusal.zh, &refusal.en);
    let place = refusal.place.as_str();
    let at = number_after(place, "/amounts/inputs/").or_else(|| number_after(place, "/inputs/"));
    if let Some((code, _)) = at.and_then(|position| used.get(position)) {
        errors.put(field_name(*code), words);
    } else if place.starts_with("/occurred_at") {
        errors.put("date", words);
    } else if place.starts_with("/details/form") {
        errors.put("form", words);
    } else if place.starts_with("/site") {
        errors.put("plot", words);
    } else if place.starts_with("/amounts/holes") {
        errors.put("holes", words);
    } else if place.starts_with("/amounts/wood") {
        errors.put("wood_amount", words);
    } else if place.starts_with("/amounts") || place.starts_with("/outputs") {
        errors.put("area", words);
    } else {
        errors.put_above(words);
    }
}
