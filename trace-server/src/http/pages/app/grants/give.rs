//! A grant is given: by the party itself, or by the office as signed on paper. Which records, to whom, until when.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use trace_core::id::PartyId;
use trace_core::record::Kind;
use trace_core::tianma::PartyRole;

use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::form::{Field, FormPage, Look};
use crate::http::pages::app::office::OFFICE;
use crate::http::pages::app::processor::OWNERS;
use crate::http::pages::app::sending::{answered, blank, done, send, today_of};
use crate::http::pages::app::words::{party_words, today};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedForm, SignedIn};
use crate::http::pages::language::Lang;
use crate::store::PartyFilter;

/// Most parties of one role in the list.
const OFFERED_MAX: u32 = 400;
/// To whom a grant goes: clerks write, buyers receive without being confirmed each time.
const GRANTEES: [PartyRole; 3] = [PartyRole::Coop, PartyRole::Processor, PartyRole::Seller];
/// What may be let to others, in the order of the season.
const KINDS: [Kind; 17] = [
    Kind::BringIn,
    Kind::Produce,
    Kind::Plant,
    Kind::Tend,
    Kind::Harvest,
    Kind::Ship,
    Kind::Receive,
    Kind::Return,
    Kind::Confirm,
    Kind::Dispute,
    Kind::Process,
    Kind::Pack,
    Kind::Adjust,
    Kind::Certify,
    Kind::Void,
    Kind::RegisterParty,
    Kind::RegisterSite,
];
/// What the office lets a co-op do for it; a household lets one change what is registered of it.
const REGISTERING: [Kind; 2] = [Kind::RegisterParty, Kind::RegisterSite];

/// The office's form, and that of the party itself.
const OFFICE_FORM: &str = "/app/office/register/grant";
const OWN_FORM: &str = "/app/grants/new";
/// Where the office lets a co-op register for it.
const AGENT_FORM: &str = "/app/office/register/agent";

/// Whose grant a form gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The party's own.
    Own,
    /// One of a party that signed on paper, by the office.
    Paper,
    /// The office's own.
    Office,
}

impl Whose {
    fn form(self) -> &'static str {
        match self {
            Self::Own => OWN_FORM,
            Self::Paper => OFFICE_FORM,
            Self::Office => AGENT_FORM,
        }
    }

    /// What is asked; the office lets a co-op register or not.
    fn asked(self) -> &'static [Kind] {
        if self == Self::Office { &[] } else { &KINDS }
    }

    /// Which kinds the form lets.
    fn kinds(self, fields: &Fields) -> BTreeSet<Kind> {
        match self {
            Self::Office => REGISTERING.into(),
            Self::Own | Self::Paper => KINDS.into_iter().filter(|kind| fields.ticked(&tick(*kind))).collect(),
        }
    }

    fn grantees(self) -> &'static [PartyRole] {
        if self == Self::Office { &[PartyRole::Coop] } else { &GRANTEES }
    }
}

/// What stands beside the box of a kind.
fn label(kind: Kind, lang: Lang) -> &'static str {
    match kind {
        // The one that does more than to save typing.
        Kind::Receive => lang
            .t("收货（对方从您这里收的货不用您再确认）", "receive (what they receive from you needs no confirmation)"),
        Kind::RegisterParty => lang.t("改姓名、电话、村的登记", "change what is registered: name, telephone, village"),
        Kind::RegisterSite => lang.t("登记和改地块", "register plots, and change what is registered of them"),
        _ => lang.t(kind.zh(), kind.en()),
    }
}

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route(OFFICE_FORM, get(show).post(store))
        .route(OWN_FORM, get(show_own).post(store_own))
        .route(AGENT_FORM, get(show_agent).post(store_agent))
}

/// The box of a kind.
fn tick(kind: Kind) -> String {
    format!("kind-{}", kind.code())
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let mut fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    next_year(&mut fields, &who, &state).await?;
    for kind in KINDS.into_iter().filter(|kind| !REGISTERING.contains(kind)) {
        fields.set(&tick(kind), "1");
    }
    Ok(form(&who, Whose::Paper, &fields, &FieldErrors::default(), &state).await?.answer())
}

/// The office lets a co-op register for it.
async fn show_agent(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let mut fields = Fields::default();
    next_year(&mut fields, &who, &state).await?;
    Ok(form(&who, Whose::Office, &fields, &FieldErrors::default(), &state).await?.answer())
}

/// A party ticks itself what it lets others do; nothing is ticked for it.
async fn show_own(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    let mut fields = Fields::default();
    next_year(&mut fields, &who, &state).await?;
    Ok(form(&who, Whose::Own, &fields, &FieldErrors::default(), &state).await?.answer())
}

async fn next_year(fields: &mut Fields, who: &SignedIn, state: &AppState) -> Result<(), PageRefusal> {
    let year = today(state).await.or_refuse(who)?.year();
    fields.set("until", format!("{}-12-31", year + 1));
    Ok(())
}

async fn grantees(who: &SignedIn, whose: Whose, state: &AppState) -> Result<Vec<(String, String)>, PageRefusal> {
    let mut offered = Vec::new();
    for role in whose.grantees().iter().copied() {
        let filter = PartyFilter { role: Some(role), limit: OFFERED_MAX, ..PartyFilter::default() };
        let rows = state.ledger.store().parties(&filter).await.or_refuse(who)?;
        let others = rows.iter().filter(|row| row.id != who.party());
        offered.extend(others.map(|row| (row.id.to_string(), party_words(who.lang, row))));
    }
    Ok(offered)
}

async fn form(
    who: &SignedIn,
    whose: Whose,
    typed: &Fields,
    errors: &FieldErrors,
    state: &AppState,
) -> Result<FormPage, PageRefusal> {
    let lang = who.lang;
    let mut fields = Vec::new();
    if whose == Whose::Paper {
        fields.push(
            Field::line("from", lang.t("农户的主体编号", "Id of the household"))
                .hint(lang.t("pa- 加 16 位字母数字，登记主体时得到", "pa- and 16 characters, given at registration")),
        );
    }
    fields.push(Field::list("to", lang.t("授权给谁", "To whom"), grantees(who, whose, state).await?));
    fields.push(Field::new("until", lang.t("授权到哪一天", "Last day"), Look::Day));
    fields.extend(whose.asked().iter().map(|kind| Field::new(tick(*kind), label(*kind, lang), Look::Tick)));
    let title = match whose {
        Whose::Own => lang.t("新授权", "Give a grant"),
        Whose::Paper => lang.t("登记授权", "Register a grant"),
        Whose::Office => lang.t("委托合作社登记", "Let a co-op register"),
    };
    let page = FormPage::new(who, title, whose.form(), fields, typed, errors)?;
    Ok(match whose {
        Whose::Paper => page
            .lead(lang.t(
                "农户签了纸质授权书以后登记。合作社代录的每条记录都会写明是谁录入的。",
                "After the household has signed on paper. Every record that the co-op enters says who typed it.",
            ))
            .button(lang.t("登记授权", "Register it"))
            .link("/app/office/grants", lang.t("授权查询和终止", "Grants, and ending them"))
            .link("/app/office/register", lang.t("登记主体", "Register a party"))
            .link(AGENT_FORM, lang.t("委托合作社登记", "Let a co-op register")),
        Whose::Own => page
            .lead(lang.t(
                "勾选对方可以替您录入的记录。每条代录的记录都会写明是谁录入的；授权随时可以终止。",
                "Tick what they may enter for you. Every such record says who typed it, and you may end the grant at any \
                 time.",
            ))
            .button(lang.t("授权", "Give it"))
            .link("/app/grants", lang.t("我的授权", "My grants")),
        Whose::Office => page
            .lead(lang.t(
                "合作社只能登记农户，只能改自己登记的或授权给它的农户和地块；每条都写明是谁登记的。委托可以随时终止。",
                "A co-op registers households alone, and changes those households and plots that it registered or that let \
                 it; each record says who did. You may end this at any time.",
            ))
            .button(lang.t("委托", "Let it"))
            .link("/app/office/grants", lang.t("授权查询和终止", "Grants, and ending them")),
    })
}

async fn store(State(state): State<AppState>, SignedForm { who, fields }: SignedForm) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let mut errors = FieldErrors::default();
    let from = fields.text("from").parse::<PartyId>().ok();
    if from.is_none() {
        let zh = format!("“{}”不是主体编号；编号形如 pa- 加 16 位字母数字", fields.text("from"));
        let en = format!("'{}' is no id of a party; an id is pa- and 16 characters", fields.text("from"));
        errors.put("from", who.lang.t(&zh, &en));
    }
    if from == Some(who.party()) {
        errors.put(
            "from",
            who.lang.t(
                "品牌办自己的权不在这里授出：合作社代办登记，请用“委托合作社登记”",
                "what the office may do is not granted here; a co-op is let register on a page of its own",
            ),
        );
    }
    give(&who, (Whose::Paper, from), &fields, errors, &state).await
}

async fn store_agent(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    give(&who, (Whose::Office, Some(who.party())), &fields, FieldErrors::default(), &state).await
}

async fn store_own(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm,
) -> Result<Response, PageRefusal> {
    who.only(&OWNERS)?;
    give(&who, (Whose::Own, Some(who.party())), &fields, FieldErrors::default(), &state).await
}

async fn give(
    who: &SignedIn,
    (whose, from): (Whose, Option<PartyId>),
    fields: &Fields,
    mut errors: FieldErrors,
    state: &AppState,
) -> Result<Response, PageRefusal> {
    if let Some(records) = answered(who, fields, state).await? {
        return Ok(done(&records));
    }
    let lang = who.lang;
    let to = fields.text("to").parse::<PartyId>().ok();
    if to.is_none() {
        errors.put("to", lang.t("请选择授权给谁", "Choose to whom"));
    }
    let until = fields.text("until").parse::<jiff::civil::Date>().ok();
    if until.is_none() {
        errors.put("until", lang.t("请写日期，例如 2027-12-31", "Write the day like 2027-12-31"));
    }
    let kinds = whose.kinds(fields);
    if kinds.is_empty() {
        errors.put(tick(KINDS[KINDS.len() - 1]), lang.t("请至少勾选一种记录", "Tick at least one kind of record"));
    }
    let (Some(from), Some(to), Some(until), true) = (from, to, until, errors.is_empty()) else {
        return Ok(form(who, whose, fields, &errors, state).await?.answer());
    };
    let details = json!({"from": from, "to": to, "kinds": kinds, "until": until});
    let draft = blank(Kind::Grant, today_of(who, state).await?, details);
    match send(who, fields, vec![draft], state).await? {
        Ok(records) => Ok(done(&records)),
        Err(refusal) => {
            errors.put_refusal(&refusal, lang, |place| match place {
                "/details/from" if whose == Whose::Paper => Some("from"),
                "/details/to" => Some("to"),
                "/details" | "/details/until" => Some("until"),
                _ => None,
            });
            Ok(form(who, whose, fields, &errors, state).await?.answer())
        }
    }
}
