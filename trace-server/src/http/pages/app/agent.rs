//! The village agent's pages: for which household to write, and what was entered today.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use trace_core::id::PartyId;
use trace_core::record::Kind;
use trace_core::tianma::PartyRole;

use super::office::register;
use super::words::{moment, names, parties, short, today, zone};
use super::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::app::AppState;
use crate::http::forms::Fields;
use crate::http::pages::language::Lang;
use crate::http::session::plain_text;
use crate::store::{RecordFilter, StoreError};

/// Households on the page; the search finds the others.
const SHOWN_MAX: usize = 60;
/// Records that are read at a time when looking through today's.
const PAGE: u32 = 500;
/// Most pages of them: 10,000 records a day are ten times the county's busiest.
const PAGES_MAX: usize = 20;

/// What a clerk enters for a household: the kind that must be granted, the page, its name.
const WAYS: [(Kind, &str, &str, &str); 13] = [
    (Kind::Harvest, "/app/harvest", "采收", "Harvest"),
    (Kind::Confirm, "/app/receipts", "收货确认", "Receipts"),
    (Kind::Plant, "/app/plant", "种植", "Planting"),
    (Kind::Receive, "/app/receive", "收种子、菌种", "Receive"),
    (Kind::Ship, "/app/ship", "发货", "Ship"),
    (Kind::Return, "/app/return", "收退货", "Take goods back"),
    (Kind::Tend, "/app/tend", "田间管理", "Work on a plot"),
    (Kind::Produce, "/app/lots", "自留种", "Own seed"),
    (Kind::BringIn, "/app/bring-in", "系统外的货", "From outside"),
    (Kind::Process, "/app/process", "加工", "Process"),
    (Kind::Pack, "/app/pack", "包装", "Pack"),
    (Kind::Certify, "/app/certify", "合格证", "Certificate"),
    (Kind::Adjust, "/app/adjust", "损耗、盘点", "Loss, stock-take"),
];

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/households", get(households)).route("/app/today", get(entered_today))
}

/// A household that lets this party write for it.
#[derive(Debug, Clone)]
struct Household {
    id: String,
    name: String,
    ways: Vec<(&'static str, &'static str)>,
    until: String,
}

#[derive(Template)]
#[template(path = "app/households.html")]
struct HouseholdsPage {
    shell: Shell,
    lang: Lang,
    search: String,
    households: Vec<Household>,
    found: usize,
    /// What the office lets this party register.
    registers: Vec<(&'static str, &'static str)>,
}

async fn households(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let search = plain_text(fields.text("q")).to_lowercase();
    let mut households = granted(&who, &state).await.or_refuse(&who)?;
    households.retain(|household| household.name.to_lowercase().contains(&search));
    households.sort_by(|one, other| one.name.cmp(&other.name));
    let found = households.len();
    households.truncate(SHOWN_MAX);
    let registers = registers(&who, &state).await.or_refuse(&who)?;
    Ok(page(&HouseholdsPage { shell: who.shell(), lang: who.lang, search, households, found, registers }))
}

/// The ways to what the office lets this party register.
async fn registers(who: &SignedIn, state: &AppState) -> Result<Vec<(&'static str, &'static str)>, StoreError> {
    let lang = who.lang;
    let mut ways = Vec::new();
    if register::let_by_office(who, Kind::RegisterParty, state).await?.is_some() {
        ways.push((register::PARTY, lang.t("登记农户", "Register a household")));
        ways.push((register::LIST, lang.t("改登记", "Change what is registered")));
    }
    if register::let_by_office(who, Kind::RegisterSite, state).await?.is_some() {
        ways.push((register::SITE, lang.t("登记地块", "Register a plot")));
    }
    Ok(ways)
}

async fn granted(who: &SignedIn, state: &AppState) -> Result<Vec<Household>, StoreError> {
    let store = state.ledger.store();
    let mut kinds: BTreeMap<PartyId, (BTreeSet<Kind>, jiff::civil::Date)> = BTreeMap::new();
    for grant in state.ledger.grants_to(who.party()).await? {
        let entry = kinds.entry(grant.from).or_insert_with(|| (BTreeSet::new(), grant.until));
        entry.0.extend(grant.kinds);
        entry.1 = entry.1.max(grant.until);
    }
    let mut rows = parties(&**store, kinds.keys().copied().collect()).await?;
    // What the office lets be done for it is no household's affair.
    rows.retain(|_, row| row.role != PartyRole::Office);
    kinds.retain(|party, _| rows.contains_key(party));
    let called = names(&state.ledger, who.lang, &rows).await?;
    let household = |(party, (kinds, until)): (PartyId, (BTreeSet<Kind>, jiff::civil::Date))| Household {
        name: called.get(&party).cloned().unwrap_or_else(|| party.to_string()),
        id: party.to_string(),
        ways: WAYS
            .iter()
            .filter(|(kind, ..)| kinds.contains(kind))
            .map(|(_, href, zh, en)| (*href, who.lang.t(zh, en)))
            .collect(),
        until: until.to_string(),
    };
    Ok(kinds.into_iter().map(household).collect())
}

/// One record that was typed today.
#[derive(Debug, Clone)]
struct Entered {
    id: String,
    short: String,
    time: String,
    kind: &'static str,
    household: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "app/today.html")]
struct TodayPage {
    shell: Shell,
    lang: Lang,
    date: String,
    entered: Vec<Entered>,
}

async fn entered_today(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    let date = today(&state).await.or_refuse(&who)?;
    let entered = entered(&who, date, &state).await.or_refuse(&who)?;
    Ok(page(&TodayPage { shell: who.shell(), lang: who.lang, date: date.to_string(), entered }))
}

async fn entered(who: &SignedIn, date: jiff::civil::Date, state: &AppState) -> Result<Vec<Entered>, StoreError> {
    let store = state.ledger.store();
    let zone = zone(&**store).await?;
    let mut rows = Vec::new();
    let mut before = None;
    for _ in 0..PAGES_MAX {
        // Newest first, and times of receipt never run backwards, so the first one of yesterday ends the search.
        let filter = RecordFilter { before, limit: PAGE, ..RecordFilter::default() };
        let page = store.records(&filter).await?;
        before = page.last().filter(|last| zone.date_at(last.received_at) == date).map(|last| last.index);
        rows.extend(
            page.into_iter().filter(|row| row.entered_by == Some(who.party()) && zone.date_at(row.received_at) == date),
        );
        if before.is_none() {
            break;
        }
    }
    let parties = parties(&**store, rows.iter().map(|row| row.party).collect()).await?;
    let called = names(&state.ledger, who.lang, &parties).await?;
    let mut entered = Vec::with_capacity(rows.len());
    for row in rows {
        let amounts = state.ledger.amounts(row.id).await?.unwrap_or_default();
        let stated = amounts.outputs.first().or(amounts.inputs.first());
        entered.push(Entered {
            id: row.id.to_string(),
            short: short(&row.id),
            time: moment(row.received_at, zone).split(' ').next_back().unwrap_or_default().to_owned(),
            kind: who.lang.t(row.kind.zh(), row.kind.en()),
            household: called.get(&row.party).cloned().unwrap_or_default(),
            amount: stated.map(|one| super::words::quantity_words(who.lang, one.quantity())).unwrap_or_default(),
        });
    }
    Ok(entered)
}
