//! A planting that grew already when its village joined: no seed of the system went into it, and there is none to name. From
//! then on it is harvested like any other; where it came from goes with what is dug.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use trace_core::id::Stage;
use trace_core::prepare::DraftOutput;
use trace_core::record::{Attributes, Kind};
use trace_core::tianma::{Form, Origin, Product, Propagation};

use super::ground::{Ground, planted};
use super::plant::{GROWERS, no_plot};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::bring_in::{field_of, origin, origin_fields};
use crate::http::pages::app::form::{Field, FormPage, Look, choices};
use crate::http::pages::app::sending::{answered, blank, day, done, send};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};

/// Where it is registered.
pub(in crate::http::pages::app) const PATH: &str = "/app/bring-in/planting";

pub(super) fn router() -> Router<AppState> {
    Router::new().route(PATH, get(show).post(store))
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&GROWERS)?;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let acting = Acting::of(fields.text("for"), Kind::BringIn, &who, &state).await?;
    let ground = Ground::of(acting.party, who.lang, &state).await.or_refuse(&who)?;
    if let Some(only) = ground.only() {
        fields.set("plot", only.to_string());
    }
    fields.set("origin", Origin::BeforeSystem.code());
    Ok(form(&who, &acting, &ground, &fields, &FieldErrors::default())?.answer())
}

fn form(
    who: &SignedIn,
    acting: &Acting,
    ground: &Ground,
    typed: &Fields,
    errors: &FieldErrors,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let mut fields = vec![
        Field::list("plot", lang.t("地块", "Plot"), ground.choices(lang)),
        Field::line("area", lang.t("种了多大（要写单位）", "Area planted, with its unit"))
            .hint(lang.t("例如 1.2亩", "such as 1.2亩")),
        Field::list("form", lang.t("变型", "Form"), choices(Form::ALL, lang)),
        Field::list("propagation", lang.t("繁殖方式", "Propagation"), choices(Propagation::ALL, lang)).optional(),
        Field::new("date", lang.t("种植日期", "Day of planting"), Look::Day)
            .hint(lang.t("记不准就写大概的日子", "about when, if nobody knows the day")),
    ];
    fields.extend(origin_fields(lang, lang.t("种子从哪里来", "Where its seed is from")));
    let title = lang.t("登记已经种下的", "Register what grows already");
    let page = FormPage::new(who, title, PATH, fields, typed, errors)?
        .lead(lang.t(
            "加入系统以前种下、现在还在地里的，在这里登记，以后照常登记采收。新种的请用“登记种植”。",
            "For what was planted before you joined and still grows; then its harvests are registered as usual. What is \
             planted now goes under Record a planting.",
        ))
        .warning(lang.t(
            "账本创立以后才种的，或登记晚了的，先冻结，等品牌办核实。种子从外地来或来源不明的，以后采的天麻都会注明。",
            "What was planted after the ledger began, or is told late, is held until the office has checked it. Where the \
             seed is from outside or unknown, all that is dug of it says so.",
        ))
        .acting(acting)
        .button(lang.t("登记", "Register"));
    Ok(if ground.is_empty() { no_plot(page, lang) } else { page })
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&GROWERS)?;
    let acting = Acting::of(fields.text("for"), Kind::BringIn, &who, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let lang = who.lang;
    let ground = Ground::of(acting.party, lang, &state).await.or_refuse(&who)?;
    let mut errors = FieldErrors::default();
    let date = day(&who, fields.text("date"), &mut errors, &state).await?;
    let site = ground.chosen(&fields, &mut errors, lang);
    let planted = planted(&fields, &mut errors, lang);
    let details = origin(&fields, &mut errors, lang);
    let (Some(date), Some(site), Some((area, form_of)), true) = (date, site, planted, errors.is_empty()) else {
        return Ok(form(&who, &acting, &ground, &fields, &errors)?.answer());
    };
    let mut draft = blank(Kind::BringIn, date, details);
    draft.actor = acting.actor();
    draft.site = Some(site);
    let propagation = fields.text("propagation").parse::<Propagation>().ok();
    draft.outputs = vec![DraftOutput {
        batch: None,
        stage: Some(Stage::Planting),
        product: Some(Product::Planting),
        attributes: Attributes { form: Some(form_of), propagation, ..Attributes::default() },
        amount: area.typed().to_owned(),
    }];
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            let plot = |place: &str| place.starts_with("/site").then_some("plot");
            errors.put_refusal(&refusal, lang, |place| plot(place).or_else(|| field_of(place, "area")));
            Ok(form(&who, &acting, &ground, &fields, &errors)?.answer())
        }
    }
}
