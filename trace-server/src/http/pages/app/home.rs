//! The start page: what the person most likely came for.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use trace_core::record::Kind;
use trace_core::state::Standing;
use trace_core::tianma::PartyRole;

use super::acting::Acting;
use super::batches::{Line, newest};
use super::farmer::open_plots;
use super::layout::Way;
use super::office::suspicions;
use super::processor::shipments;
use super::{OrRefuse as _, PageRefusal, Shell, SignedIn, menu, page};
use crate::app::AppState;
use crate::http::forms::new_uid;
use crate::http::pages::language::Lang;
use crate::store::{RecordFilter, StoreError};

/// Most that a number on the start page counts.
const COUNTED_MAX: u32 = 200;
/// Batches on the start page.
const NEWEST: u32 = 5;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app", get(show)).route("/app/", get(show))
}

/// How much waits behind an address for this person.
async fn waiting(href: &str, who: &SignedIn, state: &AppState) -> Result<usize, StoreError> {
    let held = RecordFilter { held: true, live: true, limit: COUNTED_MAX, ..RecordFilter::default() };
    let disputed =
        RecordFilter { standing: Some(Standing::Disputed), live: true, limit: COUNTED_MAX, ..RecordFilter::default() };
    match href {
        "/app/office/holds" => Ok(state.ledger.store().records(&held).await?.len()),
        "/app/office/disputes" => Ok(state.ledger.store().records(&disputed).await?.len()),
        suspicions::LIST => Ok(state.ledger.store().open_suspicions(COUNTED_MAX).await? as usize),
        "/app/receive" => Ok(shipments(who.party(), state).await?.len()),
        _ => Ok(0),
    }
}

#[derive(Template)]
#[template(path = "app/home.html")]
struct HomePage {
    shell: Shell,
    lang: Lang,
    csrf: String,
    uid: String,
    name: String,
    plots: usize,
    waiting: usize,
    ways: Vec<Way>,
    seldom: Vec<Way>,
    newest: Vec<Line>,
}

async fn show(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    let store = state.ledger.store();
    let unconfirmed = RecordFilter {
        other_side: Some(who.party()),
        states: Some(Kind::Receive),
        standing: Some(Standing::Unconfirmed),
        live: true,
        limit: 100,
        ..RecordFilter::default()
    };
    let grows = who.role() == PartyRole::Household;
    let plots =
        if grows { open_plots(&Acting::oneself(&who), who.lang, &state).await.or_refuse(&who)?.0.len() } else { 0 };
    let mut ways: Vec<Way> = menu::daily(who.role()).skip(1).map(|entry| Way::of(entry, who.lang)).collect();
    let mut seldom: Vec<Way> = menu::seldom(who.role()).map(|entry| Way::of(entry, who.lang)).collect();
    for way in ways.iter_mut().chain(&mut seldom) {
        way.waiting = waiting(way.href, &who, &state).await.or_refuse(&who)?;
    }
    Ok(page(&HomePage {
        shell: who.shell(),
        lang: who.lang,
        csrf: who.session.csrf().to_owned(),
        uid: new_uid().or_refuse(&who)?.to_string(),
        name: who.session.user().display_name.clone(),
        plots,
        waiting: store.records(&unconfirmed).await.or_refuse(&who)?.len(),
        ways,
        seldom,
        newest: newest(who.party(), NEWEST, who.lang, &state).await.or_refuse(&who)?,
    }))
}
