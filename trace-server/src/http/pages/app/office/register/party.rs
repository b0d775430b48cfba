//! A party is registered; its village, its organisation's name, its person's name and telephone change.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use trace_core::id::PartyId;
use trace_core::record::sealed::Group;
use trace_core::record::{Kind, Name, Person, Refusal};
use trace_core::state::PartyRow;
use trace_core::tianma::PartyRole;

use super::{LIST, Registrar, fresh, name, put, site};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::form::{Field, FormPage, Look, choices};
use crate::http::pages::app::sending::{answered, blank, done, send, today_of};
use crate::http::pages::app::words::party_words;
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::http::pages::language::Lang;
use crate::ledger::Personal;
use crate::store::StoreError;

/// Where a party is registered.
pub(super) const PATH: &str = "/app/office/register";
const CHANGE: &str = "/app/office/register/party";

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route(PATH, get(show).post(store))
        .route("/app/office/register/party/{id}", get(show_change).post(change))
}

/// Where this party's registration is changed.
pub(super) fn address(id: PartyId) -> String {
    format!("{CHANGE}/{id}")
}

async fn show(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    let registrar = Registrar::of(&who, Kind::RegisterParty, &state).await?;
    let mut fields = Fields::default();
    if registrar.is_agent()
        && let Some(own) = state.ledger.party(who.party()).await.or_refuse(&who)?
        && let Some(village) = own.village
    {
        fields.set("village", village.to_string());
    }
    Ok(form(&who, registrar, &fields, &FieldErrors::default())?.answer())
}

/// What a household must have, and others may.
fn of_a_household(field: Field, household: bool) -> Field {
    if household { field } else { field.optional() }
}

fn village(lang: Lang, household: bool) -> Field {
    of_a_household(Field::line("village", lang.t("村（公开）", "Village (public)")), household)
}

/// Nobody would find a household again that has no village; the record stays for ever.
fn needs_village(role: PartyRole, village: Option<&Name>, errors: &mut FieldErrors, lang: Lang) {
    if role == PartyRole::Household && village.is_none() && errors.of("village").is_none() {
        errors.put("village", lang.t("农户要写村", "A household needs its village"));
    }
}

fn organisation(lang: Lang) -> Field {
    let label = lang.t("单位名称（公开；农户不填）", "Name of the organisation (public; none for a household)");
    Field::line("organisation", label).optional()
}

fn form(who: &SignedIn, registrar: Registrar, typed: &Fields, errors: &FieldErrors) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let roles = if registrar.is_agent() { &[PartyRole::Household][..] } else { PartyRole::ALL };
    let mut fields = vec![Field::list("role", lang.t("身份", "Role"), choices(roles, lang))];
    if !registrar.is_agent() {
        fields.push(organisation(lang));
    }
    let person = lang.t("姓名（密封，本人同意才公开）", "Name of the person (sealed, public only by consent)");
    fields.extend([
        village(lang, registrar.is_agent()),
        of_a_household(Field::line("person", person), registrar.is_agent()),
        Field::line("telephone", lang.t("电话（密封）", "Telephone (sealed)")).optional(),
    ]);
    let title = lang.t("登记主体", "Register a party");
    let page = FormPage::new(who, title, PATH, fields, typed, errors)?
        .button(lang.t("登记", "Register"))
        .link(site::PATH, lang.t("登记地点", "Register a site"));
    Ok(if registrar.is_agent() {
        page.lead(lang.t(
            "受品牌办委托登记本村农户。要替农户录入，还须农户授权，授权在品牌办登记。",
            "For the brand office you register the households of your village. To enter records for one you need its \
             grant, which the office registers.",
        ))
        .link(LIST, lang.t("改登记", "Change what is registered"))
    } else {
        page.link("/app/office/grants", lang.t("查主体、改登记、查授权", "Find a party, change it, its grants"))
            .link("/app/office/register/grant", lang.t("登记授权", "Register a grant"))
            .link("/app/office/register/agent", lang.t("委托合作社登记", "Let a co-op register"))
            .link("/app/office/erase", lang.t("删除个人信息", "Erase personal data"))
    })
}

/// As people write a telephone number: in groups.
fn telephone(fields: &Fields) -> Option<String> {
    fields.typed("telephone").map(|text| text.replace([' ', '-'], ""))
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    let registrar = Registrar::of(&who, Kind::RegisterParty, &state).await?;
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
    if person.is_none() && fields.typed("telephone").is_some() && errors.of("person").is_none() {
        errors.put("person", lang.t("有电话的，也要写姓名", "A telephone number needs the name of its person"));
    }
    needs_village(role.unwrap_or(PartyRole::Office), village.as_ref(), &mut errors, lang);
    if role == Some(PartyRole::Household) && person.is_none() && errors.of("person").is_none() {
        errors.put("person", lang.t("农户要写姓名（密封，不公开）", "A household needs a name; it is sealed"));
    }
    let (Some(role), true) = (role, errors.is_empty()) else {
        return Ok(form(&who, registrar, &fields, &errors)?.answer());
    };
    let details = details(PartyId::from_random(fresh(&who)?), role, organisation, village);
    let mut draft = blank(Kind::RegisterParty, today_of(&who, &state).await?, details);
    draft.actor = registrar.office;
    draft.person = person.map(|name| sealed(&name.to_string(), telephone(&fields)));
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            put_refusal(&mut errors, &refusal, lang);
            Ok(form(&who, registrar, &fields, &errors)?.answer())
        }
    }
}

/// What is public of a party.
fn details(party: PartyId, role: PartyRole, organisation: Option<Name>, village: Option<Name>) -> Value {
    let mut details = json!({"party": party, "role": role});
    for (field, name) in [("organisation", organisation), ("village", village)] {
        if let Some(name) = name {
            details[field] = json!(name);
        }
    }
    details
}

fn sealed(name: &str, telephone: Option<String>) -> Value {
    match telephone {
        Some(telephone) => json!({"name": name, "telephone": telephone}),
        None => json!({"name": name}),
    }
}

fn put_refusal(errors: &mut FieldErrors, refusal: &Refusal, lang: Lang) {
    let places = [
        ("/details/organisation", "organisation"),
        ("/details/village", "village"),
        ("/details/role", "role"),
        ("/person/telephone", "telephone"),
        ("/person", "person"),
    ];
    put(errors, refusal, lang, &places);
}

async fn show_change(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageRefusal> {
    let registrar = Registrar::of(&who, Kind::RegisterParty, &state).await?;
    let row = registrar.party(&who, &id, &state).await?;
    let mut fields = Fields::default();
    for (field, value) in [("organisation", &row.organisation), ("village", &row.village)] {
        if let Some(value) = value {
            fields.set(field, value.to_string());
        }
    }
    fields.set("record", row.record.to_string());
    Ok(change_form(&who, registrar, &row, &fields, &FieldErrors::default(), &state).await?.answer())
}

async fn change_form(
    who: &SignedIn,
    registrar: Registrar,
    row: &PartyRow,
    typed: &Fields,
    errors: &FieldErrors,
    state: &AppState,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let mut fields = Vec::new();
    if row.role != PartyRole::Household {
        fields.push(organisation(lang));
    }
    fields.extend([
        village(lang, row.role == PartyRole::Household),
        Field::line("person", lang.t("新的姓名（密封）", "New name of the person (sealed)"))
            .optional()
            .hint(lang.t("不改就空着；这里不显示原来的", "left empty it stays; the old one is not shown here")),
        Field::line("telephone", lang.t("新的电话（密封）", "New telephone (sealed)")).optional().hint(lang.t(
            "不改就空着；登录用的手机号不在这里改",
            "left empty it stays; the number to sign in with is another one",
        )),
        Field::new("no_telephone", lang.t("去掉原来的电话", "Take the old telephone out"), Look::Tick),
    ]);
    let title = lang.t("改主体的登记", "Change a party's registration");
    let mut page = FormPage::new(who, title, address(row.id), fields, typed, errors)?
        .fact(lang.t("主体编号", "Id of the party"), row.id.to_string())
        .fact(lang.t("主体", "Party"), party_words(lang, row))
        .lead(lang.t(
            "原来的登记保留在日志里；身份不能改。",
            "The old registration stays in the log; the role cannot change.",
        ))
        .hidden("record", typed.text("record"))
        .button(lang.t("改登记", "Change it"));
    if !row.consents.is_empty() {
        page = page.warning(lang.t(
            "改姓名或电话后，本人以前同意公开的个人信息不再公开，须本人重新同意。",
            "With another name or telephone, what the person let be shown is shown no longer until it consents anew.",
        ));
    }
    if row.erased.is_some() {
        page = page.warning(lang.t(
            "个人信息已删除。填写姓名就是重新登记这个人。",
            "The personal data was erased. A name registers the person anew.",
        ));
    }
    let sites = state.ledger.store().sites(row.id).await.or_refuse(who)?;
    let names = registrar.site_names(who, &sites, state).await?;
    for one in &sites {
        let label = names.get(&one.id).map_or("", String::as_str);
        page = page.link(site::address(one.id, row.id), &format!("{}{label}", lang.t("改地点：", "Site: ")));
    }
    Ok(page.link(format!("{}?party={}", site::PATH, row.id), lang.t("登记新地点", "Register a site for it")))
}

/// What the newest registration sealed of the person, unless it was erased.
async fn person_of(row: &PartyRow, state: &AppState) -> Result<Option<Person>, StoreError> {
    let record = row.person_record();
    let found = state.ledger.personal(&[record], Group::Person).await?.remove(&record);
    Ok(found.filter(|_| row.erased.is_none()).and_then(Personal::read))
}

async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    let registrar = Registrar::of(&who, Kind::RegisterParty, &state).await?;
    if let Some(records) = answered(&who, &fields, &state).await? {
        return Ok(done(&records));
    }
    let row = registrar.party(&who, &id, &state).await?;
    let lang = who.lang;
    let mut errors = FieldErrors::default();
    let organisation = name(&fields, "organisation", &mut errors, lang);
    let village = name(&fields, "village", &mut errors, lang);
    needs_village(row.role, village.as_ref(), &mut errors, lang);
    let person = name(&fields, "person", &mut errors, lang);
    let (telephone, cleared) = (telephone(&fields), fields.ticked("no_telephone"));
    let mut anew = None;
    if person.is_some() || telephone.is_some() || cleared {
        let old = person_of(&row, &state).await.or_refuse(&who)?;
        let (old_name, old_telephone) = match old {
            Some(old) => (Some(old.name), old.telephone.map(|number| number.to_string())),
            None => (None, None),
        };
        let telephone = telephone.or(old_telephone.filter(|_| !cleared));
        match person.or(old_name) {
            Some(name) => anew = Some(sealed(&name.to_string(), telephone)),
            None => errors.put("person", lang.t("没有登记过姓名，请写上", "No name is registered yet; give one")),
        }
    }
    if anew.is_none() && errors.is_empty() && organisation == row.organisation && village == row.village {
        errors.put_above(lang.t("没有改动。", "Nothing is changed."));
    }
    if !errors.is_empty() {
        return Ok(change_form(&who, registrar, &row, &fields, &errors, &state).await?.answer());
    }
    let details = details(row.id, row.role, organisation, village);
    let mut draft = blank(Kind::RegisterParty, today_of(&who, &state).await?, details);
    draft.actor = registrar.office;
    // The version that the person saw: what somebody else changed meanwhile is not written over.
    draft.supersedes = Some(fields.text("record").parse().unwrap_or(row.record));
    draft.person = anew;
    match send(&who, &fields, vec![draft], &state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            put_refusal(&mut errors, &refusal, lang);
            Ok(change_form(&who, registrar, &row, &fields, &errors, &state).await?.answer())
        }
    }
}
