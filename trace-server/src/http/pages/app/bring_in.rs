//! Goods without a batch of the system: stock from before it, and what comes from elsewhere. What is from elsewhere
//! taints all that is made of it, and the form says so before it is sent.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use trace_core::id::Stage;
use trace_core::prepare::DraftOutput;
use trace_core::quantity::Stated;
use trace_core::record::{Attributes, Kind, Name};
use trace_core::tianma::{Form, Origin, PartyRole, Product};

use super::acting::Acting;
use super::farmer::{GROWERS, STANDING};
use super::form::{Field, FormPage, Look, choices};
use super::processor::OWNERS;
use super::sending::{answered, blank, day, done, send};
use super::words::today;
use super::{OrRefuse as _, PageRefusal, SignedForm, SignedIn, terms};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::language::Lang;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/bring-in", get(show).post(store))
}

/// What a role may have lying about, the most usual first.
fn products(role: PartyRole) -> &'static [Product] {
    use Product::{
        ArmillariaBottle, DriedTianma, FreshTianma, MycenaBottle, SeedCapsule, SeedTuber, SteamedTianma, TianmaPowder,
        TianmaSlices,
    };
    match role {
        PartyRole::FungusFactory => &[ArmillariaBottle, MycenaBottle],
        PartyRole::Nursery | PartyRole::Household | PartyRole::Coop => {
            &[SeedTuber, SeedCapsule, ArmillariaBottle, MycenaBottle, FreshTianma, DriedTianma]
        }
        _ => &[FreshTianma, SteamedTianma, DriedTianma, TianmaSlices, TianmaPowder],
    }
}

/// Where loose goods stand: never at the stage of packages.
fn stage(product: Product) -> Option<Stage> {
    product.stages().iter().copied().find(|stage| *stage != Stage::Sale)
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let acting = Acting::of(fields.text("for"), Kind::BringIn, &who, &state).await?;
    fields.set("date", today(&state).await.or_refuse(&who)?.to_string());
    Ok(form(&who, &acting, &fields, &FieldErrors::default())?.answer())
}

fn form(who: &SignedIn, acting: &Acting, typed: &Fields, errors: &FieldErrors) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let [from, place] = origin_fields(lang, lang.t("从哪里来", "Where it is from"));
    let mut fields = vec![
        Field::list("product", lang.t("产品", "Product"), choices(products(who.role()), lang)),
        Field::line("amount", lang.t("数量（要写单位）", "Amount, with its unit"))
            .hint(lang.t("例如 320斤、100瓶", "such as 320斤 or 100瓶")),
        from,
        place,
        Field::list("form", lang.t("变型", "Form"), choices(Form::ALL, lang)).optional(),
        Field::new("date", lang.t("日期", "Day"), Look::Day),
    ];
    fields.extend(terms::fields(lang));
    let title = lang.t("登记系统外的货", "Goods from outside the system");
    let page = FormPage::new(who, title, "/app/bring-in", fields, typed, errors)?
        .lead(lang.t(
            "没有批次码的存货、外地货在这里登记。有批次码的，请用“收货”。",
            "For stock without a batch code and goods from elsewhere. What has a batch code is received instead.",
        ))
        .warning(lang.t(
            "外地和来源不明的货会一直跟着产品：消费者页面写明所占份额，不标产地。",
            "Goods from outside or of unknown origin stay visible: the consumer's page shows their share and no mark of origin.",
        ))
        .acting(acting)
        .button(lang.t("登记", "Register"))
        .link(acting.address("/app/receive"), lang.t("收货（有批次码的）", "Receive goods with a batch code"));
    Ok(if GROWERS.contains(&who.role()) {
        page.link(acting.address(STANDING), lang.t("登记已经种下的", "Register what grows already"))
    } else {
        page
    })
}

/// Where something is from, for goods and for what grows already.
pub(super) fn origin_fields(lang: Lang, asked: &str) -> [Field; 2] {
    [
        Field::list("origin", asked, choices(Origin::ALL, lang)),
        Field::line("place", lang.t("产地", "Place of origin"))
            .optional()
            .hint(lang.t("外地来的必填，写到县，如 陕西宁强", "needed for goods from outside, to the county")),
    ]
}

/// The details that these two fields make, and what is wrong with them.
pub(super) fn origin(fields: &Fields, errors: &mut FieldErrors, lang: Lang) -> Value {
    let origin = fields.text("origin").parse::<Origin>().ok();
    if origin.is_none() {
        errors.put("origin", lang.t("请选择从哪里来", "Choose where it is from"));
    }
    let mut details = json!({"origin": origin});
    match fields.typed("place").map(str::parse::<Name>) {
        Some(Ok(place)) => details["place"] = json!(place),
        Some(Err(error)) => {
            let zh = format!("“{}”不能用作产地：请写地名，不要写电话或长数字", fields.text("place"));
            errors.put("place", lang.t(&zh, &error.to_string()));
        }
        None if origin == Some(Origin::Outside) => {
            errors
                .put("place", lang.t("外地来的货要写明产地", "Goods from outside need the place that they come from"));
        }
        None => {}
    }
    details
}

/// The field that a refusal is about; what was brought in is stated in this one.
pub(super) fn field_of(place: &str, stated: &'static str) -> Option<&'static str> {
    match place {
        "/details/place" => Some("place"),
        "/details/origin" => Some("origin"),
        "/occurred_at" => Some("date"),
        place if place.starts_with("/outputs") || place.starts_with("/amounts") => Some(stated),
        _ => None,
    }
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    let acting = Acting::of(fields.text("for"), Kind::BringIn, &who, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let date = day(&who, fields.text("date"), &mut errors, &state).await?;
    let product = fields.text("product").parse::<Product>().ok();
    let product = product.filter(|product| products(who.role()).contains(product));
    if product.is_none() {
        errors.put("product", lang.t("请选择产品", "Choose the product"));
    }
    let amount = product.and_then(|product| match Stated::parse(fields.text("amount"), product.measure()) {
        Ok(amount) => Some(amount),
        Err(error) => {
            errors.put("amount", lang.t(&error.zh(), &error.to_string()));
            None
        }
    });
    let details = origin(&fields, &mut errors, lang);
    let agreed = terms::read(&fields, &mut errors, lang);
    let (Some(date), Some(product), Some(amount), true) = (date, product, amount, errors.is_empty()) else {
        return Ok(form(&who, &acting, &fields, &errors)?.answer());
    };
    let mut draft = blank(Kind::BringIn, date, details);
    draft.actor = acting.actor();
    draft.terms = agreed;
    let form_of =
        fields.text("form").parse::<Form>().ok().filter(|_| product.measure() != trace_core::quantity::Measure::Count);
    draft.outputs = vec![DraftOutput {
        batch: None,
        stage: stage(product),
        product: Some(product),
        attributes: Attributes { form: form_of, ..Attributes::default() },
        amount: amount.typed().to_owned(),
    }];
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            errors.put_refusal(&refusal, lang, |place| field_of(place, "amount"));
            Ok(form(&who, &acting, &fields, &errors)?.answer())
        }
    }
}
