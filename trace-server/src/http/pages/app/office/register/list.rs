//! The parties whose registration an agent of the office may change: those that it registered, and those that let it. The
//! office finds parties by its search.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use trace_core::id::PartyId;
use trace_core::record::Kind;
use trace_core::state::PartyRow;
use trace_core::tianma::PartyRole;

use super::{PARTY, Registrar, party, site};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::form::FormPage;
use crate::http::pages::app::words::{names, parties};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedIn};
use crate::store::{PartyFilter, StoreError};

pub(super) const PATH: &str = "/app/office/register/parties";
/// Parties that are read at a time.
const AT_A_TIME: u32 = 2_000;

pub(super) fn router() -> Router<AppState> {
    Router::new().route(PATH, get(show))
}

async fn show(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    let registrar = Registrar::of(&who, Kind::RegisterParty, &state).await?;
    let lang = who.lang;
    let title = lang.t("改登记", "Change what is registered");
    let (fields, errors) = (Fields::default(), FieldErrors::default());
    let mut page = FormPage::new(&who, title, PATH, Vec::new(), &fields, &errors)?.closed();
    let found =
        if registrar.is_agent() { changeable(who.party(), &state).await.or_refuse(&who)? } else { BTreeMap::new() };
    page = page.lead(match (registrar.is_agent(), found.is_empty()) {
        (false, _) => lang.t("品牌办在“授权查询”里查主体。", "The office finds parties under Grants."),
        (true, true) => lang.t("还没有您登记的农户。", "You have registered no household yet."),
        (true, false) => lang.t(
            "您登记的农户，和授权您改登记的农户：",
            "The households that you registered, and those that let you change their registration:",
        ),
    });
    let mut called: Vec<(PartyId, String)> =
        names(&state.ledger, lang, &found).await.or_refuse(&who)?.into_iter().collect();
    called.sort_by(|one, other| one.1.cmp(&other.1));
    for (id, name) in called {
        page = page.offer(party::address(id), format!("{name} · {id}"));
    }
    if !registrar.is_agent() {
        page = page.link("/app/office/grants", lang.t("查主体", "Find a party"));
    }
    Ok(page
        .offers_open(true)
        .link(PARTY, lang.t("登记主体", "Register a party"))
        .link(site::PATH, lang.t("登记地点", "Register a site"))
        .answer())
}

async fn changeable(agent: PartyId, state: &AppState) -> Result<BTreeMap<PartyId, PartyRow>, StoreError> {
    let grants = state.ledger.grants_to(agent).await?.into_iter();
    let grants = grants.filter(|grant| grant.kinds.contains(&Kind::RegisterParty));
    let mut found = parties(&**state.ledger.store(), grants.map(|grant| grant.from).collect()).await?;
    found.retain(|_, row| row.role != PartyRole::Office);
    let household = Some(PartyRole::Household);
    let mut filter = PartyFilter { role: household, limit: AT_A_TIME, ..PartyFilter::default() };
    loop {
        let rows = state.ledger.store().parties(&filter).await?;
        filter.after = rows.last().map(|row| row.id);
        let last = rows.len() < AT_A_TIME as usize;
        found.extend(rows.into_iter().filter(|row| row.registered_by == Some(agent)).map(|row| (row.id, row)));
        if last {
            return Ok(found);
        }
    }
}
