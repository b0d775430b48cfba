//! Packages whose codes look copied: many devices opened one of them on one day. A reason to look, not a verdict.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::OFFICE;
use crate::app::AppState;
use crate::http::pages::app::processor::stock::rows_of;
use crate::http::pages::app::words::{moment, parties, party_words, zone};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::http::pages::language::Lang;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/office/copies", get(show))
}

/// A package of the list.
struct Line {
    code: String,
    number: String,
    batch: String,
    product: &'static str,
    owner: String,
    devices: usize,
    newest: String,
}

#[derive(Template)]
#[template(path = "app/copies.html")]
struct CopiesPage {
    shell: Shell,
    lang: Lang,
    lines: Vec<Line>,
}

async fn show(State(state): State<AppState>, who: SignedIn) -> Result<Response, PageRefusal> {
    who.only(&OFFICE)?;
    let (lang, store) = (who.lang, state.ledger.store());
    let suspects = state.scanner.suspects().await.or_refuse(&who)?;
    let rows = rows_of(suspects.iter().map(|one| one.batch), &state).await.or_refuse(&who)?;
    let owners = parties(&**store, rows.values().map(|row| row.owner).collect()).await.or_refuse(&who)?;
    let zone = zone(&**store).await.or_refuse(&who)?;
    let mut lines = Vec::with_capacity(suspects.len());
    for one in &suspects {
        let Some(row) = rows.get(&one.batch) else { continue };
        lines.push(Line {
            code: one.code.grouped(),
            // As the hold's form reads it, and as it is printed: from 1.
            number: format!("{}:{}", one.issue, one.index + 1),
            batch: one.batch.to_string(),
            product: lang.t(row.product.zh(), row.product.en()),
            owner: owners.get(&row.owner).map(|owner| party_words(lang, owner)).unwrap_or_default(),
            devices: one.devices,
            newest: moment(one.newest, zone),
        });
    }
    Ok(page(&CopiesPage { shell: who.shell(), lang, lines }))
}
