//! New parties and their sites. Ids are random; names of persons are sealed.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use trace_core::id::{PartyId, SiteId};
use trace_core::quantity::{Measure, Stated};
use trace_core::record::{Kind, Name, Refusal};
use trace_core::tianma::{PartyRole, SiteKind, Tenure};

use super::OFFICE;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::form::{Field, FormPage, choices};
use crate::http::pages::app::sending::{answered, blank, done, send, today_of};
use crate::http::pages::app::{PageRefusal, SignedForm, SignedIn};
use crate::http::pages::language::Lang;
use crate::ledger::random;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/app/office/register", get(show).post(store))
        .route("/app/office/register/site", get(show_site).post(store_site))
}

async fn show(who: SignedIn) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    Ok(party_form(&who, &Fields::default(), &FieldErrors::default())?.answer())
}

fn party_form(who: &SignedIn, typed: &Fields, errors: &FieldErrors) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let fields = vec![
        Field::list("role", lang.t("身份", "Role"), choices(PartyRole::ALL, lang)),
        Field::line(
            "organisation",
            lang.t("单位名称（公开；农户不填）", "Name of the organisation (public; none for a household)"),
        )
        .optional(),
        Field::line("village", lang.t("村（公开）", "Village (public)")).optional(),
        Field::line(
            "person",
            lang.t("姓名（密封，本人同意才公开）", "Name of the person (sealed, public only by consent)"),
        )
        .optional(),
        Field::line("telephone", lang.t("电话（密封）", "Telephone (sealed)")).optional(),
    ];
    Ok(FormPage::new(who, lang.t("登记主体", "Register a party"), "/app/office/register", fields, typed, errors)?
        .button(lang.t("登记", "Register"))
        .link("/app/office/register/site", lang.t("登记地点", "Register a site"))
        .link("/app/office/register/grant", lang.t("登记授权", "Register a grant"))
        .link("/app/office/grants", lang.t("授权查询和终止", "Grants, and ending them"))
        .link("/app/office/erase", lang.t("删除个人信息", "Erase personal data")))
}

/// A public name, or what is wrong with it.
fn name(fields: &Fields, field: &'static str, errors: &mut FieldErrors, lang: Lang) -> Option<Name> {
    let text = fields.typed(field)?;
    match text.parse::<Name>() {
        Ok(name) => Some(name),
        Err(error) => {
            let zh = format!("“{text}”不能用作名称：最多 60 个字，不要写电话、身份证号等长数字");
            errors.put(field, lang.t(&zh, &error.to_string()));
            None
        }
    }
}

fn fresh(who: &SignedIn) -> Result<[u8; 10], PageRefusal> {
    random().map_err(|_| who.refuse(Problem::internal()))
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let role = fields.text("role").parse::<PartyRole>().ok();
    if role.is_none() {
        errors.put("role", lang.t("请选择身份", "Choose the role"));
    }
    let organisation = name(&fields, "organisation", &mut errors, lang);
    let village = name(&fields, "village", &mut errors, lang);
    let person = name(&fields, "person", &mut errors, lang);
    let (Some(role), true) = (role, errors.is_empty()) else {
        return Ok(party_form(&who, &fields, &errors)?.answer());
    };
    let mut details = json!({"party": PartyId::from_random(fresh(&who)?), "role": role});
    if let Some(organisation) = organisation {
        details["organisation"] = json!(organisation);
    }
    if let Some(village) = village {
        details["village"] = json!(village);
    }
    let mut draft = blank(Kind::RegisterParty, today_of(&who, &state).await?, details);
    if let Some(person) = person {
        let mut sealed = json!({"name": person});
        if let Some(telephone) = fields.typed("telephone") {
            // As people write it: in groups.
            sealed["telephone"] = json!(telephone.replace([' ', '-'], ""));
        }
        draft.person = Some(sealed);
    }
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            put(
                &mut errors,
                &refusal,
                lang,
                &[
                    ("/details/organisation", "organisation"),
                    ("/details/village", "village"),
                    ("/details/role", "role"),
                    ("/person/telephone", "telephone"),
                    ("/person", "person"),
                ],
            );
            Ok(party_form(&who, &fields, &errors)?.answer())
        }
    }
}

fn put(errors: &mut FieldErrors, refusal: &Refusal, lang: Lang, places: &[(&str, &'static str)]) {
    let words = lang.t(&refusal.zh, &refusal.en);
    match places.iter().find(|(place, _)| refusal.place.starts_with(place)) {
        Some((_, field)) => errors.put(*field, words),
        None => errors.put_above(words),
    }
}

async fn show_site(who: SignedIn, query: axum::extract::RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).unwrap_or_default();
    Ok(site_form(&who, &fields, &FieldErrors::default())?.answer())
}

fn site_form(who: &SignedIn, typed: &Fields, errors: &FieldErrors) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let fields = vec![
        Field::line("party", lang.t("主体编号", "Id of the party")),
        Field::list("kind", lang.t("种类", "Kind"), choices(SiteKind::ALL, lang)),
        Field::line("label", lang.t("叫法（密封），如 3号地", "What people call it (sealed), such as 3号地"))
            .optional(),
        Field::line("village", lang.t("村（公开）", "Village (public)")).optional(),
        Field::line("area", lang.t("面积（要写单位）", "Area, with its unit"))
            .optional()
            .hint(lang.t("例如 1.5亩", "such as 1.5亩")),
        Field::line("altitude", lang.t("海拔（米）", "Altitude, metres")).optional(),
        Field::list(
            "tenure",
            lang.t("土地权属（公开）", "By what right the land is used (public)"),
            choices(Tenure::ALL, lang),
        )
        .optional(),
    ];
    let title = lang.t("登记地点", "Register a site");
    Ok(FormPage::new(who, title, "/app/office/register/site", fields, typed, errors)?
        .button(lang.t("登记", "Register"))
        .link("/app/office/register", lang.t("登记主体", "Register a party")))
}

async fn store_site(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let party = fields.text("party").parse::<PartyId>().ok();
    if party.is_none() {
        let typed = fields.text("party");
        let zh = format!("“{typed}”不是主体编号；编号形如 pa- 加 16 位字母数字");
        errors.put("party", lang.t(&zh, &format!("'{typed}' is no id of a party; an id is pa- and 16 characters")));
    }
    let kind = fields.text("kind").parse::<SiteKind>().ok();
    if kind.is_none() {
        errors.put("kind", lang.t("请选择种类", "Choose the kind"));
    }
    let village = name(&fields, "village", &mut errors, lang);
    let label = name(&fields, "label", &mut errors, lang);
    let altitude = fields.typed("altitude").map(str::parse::<u16>);
    if altitude.as_ref().is_some_and(Result::is_err) {
        errors.put("altitude", lang.t("请写整数的米数，例如 1800", "whole metres, such as 1800"));
    }
    if let Some(Err(error)) = fields.typed("area").map(|text| Stated::parse(text, Measure::Area)) {
        errors.put("area", lang.t(&error.zh(), &error.to_string()));
    }
    let (Some(party), Some(kind), true) = (party, kind, errors.is_empty()) else {
        return Ok(site_form(&who, &fields, &errors)?.answer());
    };
    let mut details = json!({"site": SiteId::from_random(fresh(&who)?), "party": party, "kind": kind});
    if let Some(village) = village {
        details["village"] = json!(village);
    }
    if let Some(Ok(altitude)) = altitude {
        details["altitude_m"] = json!(altitude);
    }
    if let Ok(tenure) = fields.text("tenure").parse::<Tenure>() {
        details["tenure"] = json!(tenure);
    }
    let mut draft = blank(Kind::RegisterSite, today_of(&who, &state).await?, details);
    draft.area = fields.typed("area").map(str::to_owned);
    draft.place = label.map(|label| json!({"label": label}));
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            put(
                &mut errors,
                &refusal,
                lang,
                &[
                    ("/details/party", "party"),
                    ("/details/kind", "kind"),
                    ("/details/village", "village"),
                    ("/details/altitude_m", "altitude"),
                    ("/area", "area"),
                    ("/sealed", "area"),
                    ("/place", "label"),
                ],
            );
            Ok(site_form(&who, &fields, &errors)?.answer())
        }
    }
}
