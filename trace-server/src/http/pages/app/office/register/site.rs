//! A site is registered for a party; its village, altitude, area, name and position change.

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use trace_core::id::{PartyId, SiteId};
use trace_core::quantity::{Measure, Stated};
use trace_core::record::sealed::Group;
use trace_core::record::{Kind, Name, Place, Refusal};
use trace_core::state::{Key, PartyRow, Row, SiteRow};
use trace_core::tianma::{SiteKind, Tenure};

use super::{PARTY, Registrar, fresh, name, party, position, put};
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::form::{Field, FormPage, Look, choices};
use crate::http::pages::app::sending::{answered, blank, done, send, today_of};
use crate::http::pages::app::words::{names, party_words};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::http::pages::language::Lang;
use crate::ledger::Personal;

/// Where a site is registered.
pub(super) const PATH: &str = "/app/office/register/site";

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route(PATH, get(show).post(store))
        .route("/app/office/register/site/{id}", get(show_change).post(change))
}

/// Where this site's registration is changed.
pub(super) fn address(site: SiteId, party: PartyId) -> String {
    format!("{PATH}/{site}?party={party}")
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    let registrar = Registrar::of(&who, Kind::RegisterSite, &state).await?;
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).unwrap_or_default();
    Ok(form(&who, registrar, &fields, &FieldErrors::default())?.answer())
}

/// What a new site and a changed one have in common.
fn facts(lang: Lang) -> [Field; 4] {
    [
        Field::line("village", lang.t("村（公开）", "Village (public)")).optional(),
        Field::line("area", lang.t("面积（要写单位）", "Area, with its unit"))
            .optional()
            .hint(lang.t("例如 1.5亩", "such as 1.5亩")),
        Field::line("altitude", lang.t("海拔（米，公开）", "Altitude, metres (public)")).optional(),
        Field::list(
            "tenure",
            lang.t("土地权属（公开）", "By what right the land is used (public)"),
            choices(Tenure::ALL, lang),
        )
        .optional(),
    ]
}

fn sealed(lang: Lang) -> [Field; 3] {
    [
        Field::line("label", lang.t("叫法（密封），如 3号地", "What people call it (sealed), such as 3号地"))
            .optional(),
        Field::line("position", lang.t("坐标（密封），纬度在前", "Position (sealed), latitude first")).optional().hint(
            lang.t(
                "例如 27.632455, 104.148137（WGS 84，手机指南针所示）。坐标不公开；本人同意后也只显示到约一公里",
                "such as 27.632455, 104.148137 (WGS 84, as a telephone's compass shows it). It is private; even by \
                 consent it is shown to about a kilometre only",
            ),
        ),
        Field::new("outline", lang.t("轮廓（密封），一行一个点", "Outline (sealed), a corner a line"), Look::Lines)
            .optional(),
    ]
}

fn form(who: &SignedIn, registrar: Registrar, typed: &Fields, errors: &FieldErrors) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let mut fields = vec![
        Field::line("party", lang.t("主体编号", "Id of the party")),
        Field::list("kind", lang.t("种类", "Kind"), choices(SiteKind::ALL, lang)),
    ];
    fields.extend(facts(lang));
    fields.extend(sealed(lang));
    let page = FormPage::new(who, lang.t("登记地点", "Register a site"), PATH, fields, typed, errors)?
        .button(lang.t("登记", "Register"));
    Ok(if registrar.is_agent() {
        page.link(super::LIST, lang.t("我能改登记的主体和编号", "Parties that you may change, with their ids"))
    } else {
        page.link(PARTY, lang.t("登记主体", "Register a party"))
    })
}

/// What is typed of a site, beside whose it is and what it is.
struct Typed {
    village: Option<Name>,
    altitude: Option<u16>,
    tenure: Option<Tenure>,
    label: Option<Name>,
    point: Option<[i32; 2]>,
    outline: Vec<[i32; 2]>,
}

fn read(fields: &Fields, errors: &mut FieldErrors, lang: Lang) -> Typed {
    let village = name(fields, "village", errors, lang);
    let label = name(fields, "label", errors, lang);
    let altitude = fields.typed("altitude").map(str::parse::<u16>);
    if altitude.as_ref().is_some_and(Result::is_err) {
        errors.put("altitude", lang.t("请写整数的米数，例如 1800", "whole metres, such as 1800"));
    }
    if let Some(Err(error)) = fields.typed("area").map(|text| Stated::parse(text, Measure::Area)) {
        errors.put("area", lang.t(&error.zh(), &error.to_string()));
    }
    let mut wrong = |field: &str, error: position::Wrong| errors.put(field, error.text(lang));
    let point =
        fields.typed("position").and_then(|text| position::point(text).map_err(|error| wrong("position", error)).ok());
    let outline =
        fields.typed("outline").and_then(|text| position::outline(text).map_err(|error| wrong("outline", error)).ok());
    Typed {
        village,
        altitude: altitude.and_then(Result::ok),
        tenure: fields.text("tenure").parse().ok(),
        label,
        point,
        outline: outline.unwrap_or_default(),
    }
}

impl Typed {
    fn put_details(&self, details: &mut Value) {
        if let Some(village) = &self.village {
            details["village"] = json!(village);
        }
        if let Some(altitude) = self.altitude {
            details["altitude_m"] = json!(altitude);
        }
        if let Some(tenure) = self.tenure {
            details["tenure"] = json!(tenure);
        }
    }

    /// The sealed place: what is typed, and where nothing is, what it was.
    fn place(self, old: Option<Place>) -> Option<Value> {
        let (label, point, outline) = match old {
            Some(old) => (old.label, old.latitude_e7.zip(old.longitude_e7), old.outline_e7),
            None => (None, None, Vec::new()),
        };
        let point = self.point.map(|[latitude, longitude]| (latitude, longitude)).or(point);
        let outline_e7 = if self.outline.is_empty() { outline } else { self.outline };
        let place = Place {
            label: self.label.or(label),
            latitude_e7: point.map(|(latitude, _)| latitude),
            longitude_e7: point.map(|(_, longitude)| longitude),
            outline_e7,
        };
        let empty = place.label.is_none() && point.is_none() && place.outline_e7.is_empty();
        if empty { None } else { serde_json::to_value(place).ok() }
    }
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    let registrar = Registrar::of(&who, Kind::RegisterSite, &state).await?;
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
    let typed = read(&fields, &mut errors, lang);
    let (Some(party), Some(kind), true) = (party, kind, errors.is_empty()) else {
        return Ok(form(&who, registrar, &fields, &errors)?.answer());
    };
    let mut details = json!({"site": SiteId::from_random(fresh(&who)?), "party": party, "kind": kind});
    typed.put_details(&mut details);
    let mut draft = blank(Kind::RegisterSite, today_of(&who, &state).await?, details);
    draft.actor = registrar.office;
    draft.area = fields.typed("area").map(str::to_owned);
    draft.place = typed.place(None);
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            put_refusal(&mut errors, &refusal, lang);
            Ok(form(&who, registrar, &fields, &errors)?.answer())
        }
    }
}

fn put_refusal(errors: &mut FieldErrors, refusal: &Refusal, lang: Lang) {
    let places = [
        ("/details/party", "party"),
        ("/details/kind", "kind"),
        ("/details/village", "village"),
        ("/details/altitude_m", "altitude"),
        ("/amounts", "area"),
        ("/area", "area"),
        ("/sealed", "area"),
        ("/place/outline", "outline"),
        ("/place/l", "position"),
        ("/place", "label"),
    ];
    put(errors, refusal, lang, &places);
}

/// The site, and the party that has it; the same words for one of others and for none.
async fn found(
    who: &SignedIn,
    registrar: Registrar,
    id: &str,
    state: &AppState,
) -> Result<(SiteRow, PartyRow), PageRefusal> {
    let absent = || {
        who.refuse(Problem::absent(
            format!("没有您可以改登记的地点 {id}"),
            format!("there is no site {id} whose registration you may change"),
        ))
    };
    let site: SiteId = id.parse().map_err(|_| absent())?;
    let (rows, _) = state.ledger.store().load(&[Key::Site(site)].into()).await.or_refuse(who)?;
    let row = rows.into_iter().find_map(|row| if let Row::Site(row) = row { Some(row) } else { None });
    let row = row.ok_or_else(absent)?;
    let party = registrar.party(who, &row.party.to_string(), state).await.map_err(|_| absent())?;
    Ok((row, party))
}

async fn show_change(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageRefusal> {
    let registrar = Registrar::of(&who, Kind::RegisterSite, &state).await?;
    let (site, party) = found(&who, registrar, &id, &state).await?;
    let mut fields = Fields::default();
    fields.set("record", site.record.to_string());
    if let Some(village) = &site.village {
        fields.set("village", village.to_string());
    }
    // As it was typed: an area in 亩 is no round number of square metres.
    let amounts = state.ledger.amounts(site.record).await.or_refuse(&who)?;
    if let Some(area) = amounts.and_then(|amounts| amounts.area) {
        fields.set("area", area.typed());
    }
    if let Some(altitude) = site.altitude_m {
        fields.set("altitude", altitude.to_string());
    }
    if let Some(tenure) = site.tenure {
        fields.set("tenure", tenure.code());
    }
    Ok(change_form(&who, registrar, (&site, &party), &fields, &FieldErrors::default(), &state).await?.answer())
}

async fn change_form(
    who: &SignedIn,
    registrar: Registrar,
    (site, party): (&SiteRow, &PartyRow),
    typed: &Fields,
    errors: &FieldErrors,
    state: &AppState,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let mut fields: Vec<Field> = facts(lang).into();
    fields.extend(sealed(lang));
    fields.push(Field::new(
        "no_position",
        lang.t("去掉原来的坐标和轮廓", "Take the old position and outline out"),
        Look::Tick,
    ));
    // The office reads no household's names off a page; an agent knows whom it writes down.
    let called = registrar.site_names(who, std::slice::from_ref(site), state).await?;
    let owner = if registrar.is_agent() {
        names(&state.ledger, lang, &[(party.id, party.clone())].into()).await.or_refuse(who)?.remove(&party.id)
    } else {
        Some(party_words(lang, party))
    };
    let title = lang.t("改地点的登记", "Change a site's registration");
    Ok(FormPage::new(who, title, format!("{PATH}/{}", site.id), fields, typed, errors)?
        .fact(lang.t("地点", "Site"), called.into_values().next().unwrap_or_default())
        .fact(lang.t("种类", "Kind"), lang.t(site.kind.zh(), site.kind.en()))
        .fact(lang.t("主体", "Party"), owner.unwrap_or_default())
        .lead(lang.t(
            "叫法、坐标、轮廓不改就空着；这里不显示原来的坐标。面积不能小于现在种着的。",
            "Name, position and outline stay where they are left empty; the old position is not shown here. The area \
             cannot be less than what is planted.",
        ))
        .hidden("record", typed.text("record"))
        .button(lang.t("改登记", "Change it"))
        .link(party::address(party.id), lang.t("返回主体", "Back to the party")))
}

async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    let registrar = Registrar::of(&who, Kind::RegisterSite, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let (site, party) = found(&who, registrar, &id, &state).await?;
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let typed = read(&fields, &mut errors, lang);
    if !errors.is_empty() {
        return Ok(change_form(&who, registrar, (&site, &party), &fields, &errors, &state).await?.answer());
    }
    let mut details = json!({"site": site.id, "party": site.party, "kind": site.kind});
    typed.put_details(&mut details);
    let mut draft = blank(Kind::RegisterSite, today_of(&who, &state).await?, details);
    draft.actor = registrar.office;
    draft.supersedes = Some(fields.text("record").parse().unwrap_or(site.record));
    draft.area = fields.typed("area").map(str::to_owned);
    let old = state.ledger.personal(&[site.record], Group::Place).await.or_refuse(&who)?.remove(&site.record);
    let mut old = old.filter(|_| party.erased.is_none()).and_then(Personal::read::<Place>);
    if fields.ticked("no_position")
        && let Some(old) = &mut old
    {
        (old.latitude_e7, old.longitude_e7) = (None, None);
        old.outline_e7.clear();
    }
    draft.place = typed.place(old);
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            put_refusal(&mut errors, &refusal, lang);
            Ok(change_form(&who, registrar, (&site, &party), &fields, &errors, &state).await?.answer())
        }
    }
}
