//! What two sides do not agree on: the receipt, what its buyer wrote, what its seller says; and the ways to settle it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use trace_core::id::RecordId;
use trace_core::record::{Details, Kind};
use trace_core::state::Standing;

use super::OFFICE;
use crate::app::AppState;
use crate::http::forms::new_uid;
use crate::http::pages::app::form::choices;
use crate::http::pages::app::words::{parties, party_words, quantity_words, short};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::store::RecordFilter;
use trace_core::tianma::ReleaseReason;

/// Disputes on the list.
const DISPUTES_MAX: u32 = 100;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/office/disputes", get(show))
}

/// One dispute with the record that it is about.
struct Disputed {
    id: String,
    short: String,
    date: String,
    by: String,
    against: String,
    reason: &'static str,
    about: String,
    about_short: String,
    kind: &'static str,
    stated: String,
    held: bool,
    uid: String,
}

#[derive(Template)]
#[template(path = "app/disputes.html")]
struct DisputesPage {
    shell: Shell,
    lang: Lang,
    disputes: Vec<Disputed>,
    reasons: Vec<(String, String)>,
}

async fn show(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let lang = who.lang;
    let store = state.ledger.store();
    let filter =
        RecordFilter { states: Some(Kind::Dispute), live: true, limit: DISPUTES_MAX, ..RecordFilter::default() };
    let rows = store.records(&filter).await.or_refuse(&who)?;
    let mut disputes = Vec::new();
    for row in rows {
        let Some(view) = state.ledger.record(row.id, Some(&who.viewer())).await.or_refuse(&who)? else { continue };
        let Details::Dispute(dispute) = view.entry.record.details.stated() else { continue };
        let about: RecordId = dispute.record;
        let Some(other) = state.ledger.record(about, Some(&who.viewer())).await.or_refuse(&who)? else { continue };
        // A receipt that was voided or corrected since is settled, and so is one that was released.
        if !other.row.is_live() || other.row.standing != Standing::Disputed {
            continue;
        }
        let names = parties(&**store, [row.party, other.row.party].into()).await.or_refuse(&who)?;
        let name = |id| names.get(&id).map(|party| party_words(lang, party)).unwrap_or_default();
        let amounts = other.amounts.clone().unwrap_or_default();
        let stated: Vec<String> = amounts.inputs.iter().map(|one| quantity_words(lang, one.quantity())).collect();
        disputes.push(Disputed {
            id: row.id.to_string(),
            short: short(&row.id),
            date: row.occurred_at.to_string(),
            by: name(row.party),
            against: name(other.row.party),
            reason: lang.t(dispute.reason.zh(), dispute.reason.en()),
            about: about.to_string(),
            about_short: short(&about),
            kind: lang.t(other.row.states.zh(), other.row.states.en()),
            stated: stated.join(" + "),
            held: row.held,
            uid: new_uid().or_refuse(&who)?.to_string(),
        });
    }
    let reasons = choices(ReleaseReason::ALL, lang);
    Ok(page(&DisputesPage { shell: who.shell(), lang, disputes, reasons }))
}
