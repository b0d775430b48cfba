//! Harvests where there is no signal: a page that the browser keeps, with every plot that the reader may enter for. What
//! is typed waits in the browser, and is sent by the form of [`farmer`](super::farmer) once there is a signal: each
//! entry has had its uid since it was typed, so one that is sent twice is stored once.
//!
//! It deliberately lacks a way to store; what was wrong is said by the same form as ever.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use trace_core::id::PartyId;
use trace_core::record::Kind;
use trace_core::tianma::PartyRole;

use super::acting::Acting;
use super::farmer::{Plot, open_plots};
use super::processor::live::Live;
use super::processor::process_check::rules;
use super::words::{moment, names, parties, today, zone};
use super::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::app::AppState;
use crate::http::pages::assets;
use crate::http::pages::language::Lang;
use crate::store::StoreError;

/// The page.
pub const FORM: &str = "/app/offline";
/// The script that stands between the signed-in pages and the network. A browser lets it see the pages below its own
/// folder, so it has no address with a digest.
const WORKER: &str = "/app/worker.js";

pub(super) fn router() -> Router<AppState> {
    Router::new().route(FORM, get(show)).route(WORKER, get(worker))
}

/// A household, or the reader's own house, with the plots that can be harvested.
struct Household {
    /// For the form's field `for`: empty is oneself.
    acting: String,
    name: String,
    plots: Vec<Plot>,
}

#[derive(Template)]
#[template(path = "app/offline.html")]
struct OfflinePage {
    shell: Shell,
    lang: Lang,
    script: String,
    worker: &'static str,
    /// Whose entries these are: another person at the same browser neither sees nor sends them.
    account: String,
    households: Vec<Household>,
    /// Where the reader finds what was sent.
    enters_for_others: bool,
    /// From the rules table; more than that for each 亩 is mostly kg typed for 斤.
    usual_kg_per_mu: u64,
    /// Units and sentences for the script, as on the pages of work.
    amounts: String,
    as_of: String,
    today: String,
}

async fn show(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    let households = households(&who, &state).await.or_refuse(&who)?;
    let zone = zone(&**state.ledger.store()).await.or_refuse(&who)?;
    let user = who.session.user();
    Ok(page(&OfflinePage {
        shell: who.shell(),
        lang: who.lang,
        script: assets::address("offline.js"),
        worker: WORKER,
        account: format!("{}/{}", user.party, user.login),
        enters_for_others: who.role() == PartyRole::Coop,
        households,
        usual_kg_per_mu: rules(&who, &state).await?.yield_warn_kg_per_mu(),
        amounts: Live::sums(who.lang).attribute(),
        as_of: moment(state.ledger.now(), zone),
        today: today(&state).await.or_refuse(&who)?.to_string(),
    }))
}

/// Oneself first, then those who let the reader enter harvests, by name.
async fn households(who: &SignedIn, state: &AppState) -> Result<Vec<Household>, StoreError> {
    let grants = state.ledger.grants_to(who.party()).await?;
    let granting =
        grants.into_iter().filter(|grant| grant.kinds.contains(&Kind::Harvest)).map(|grant| grant.from).collect();
    let rows = parties(&**state.ledger.store(), granting).await?;
    let called = names(&state.ledger, who.lang, &rows).await?;
    let mut named: Vec<(String, PartyId)> =
        rows.keys().map(|party| (called.get(party).cloned().unwrap_or_else(|| party.to_string()), *party)).collect();
    named.sort();
    let own = (who.session.user().display_name.clone(), who.party());
    let mut households = Vec::with_capacity(named.len() + 1);
    for (name, party) in std::iter::once(own).chain(named) {
        let acting = if party == who.party() {
            Acting::oneself(who)
        } else {
            Acting { party, name: Some(name.clone()), opens: true }
        };
        let plots = open_plots(&acting, who.lang, state).await?.0;
        if !plots.is_empty() {
            households.push(Household { acting: acting.field(), name, plots });
        }
    }
    Ok(households)
}

async fn worker() -> Response {
    const HEADERS: [(header::HeaderName, &str); 2] =
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (HEADERS, assets::content("worker.js")).into_response()
}
