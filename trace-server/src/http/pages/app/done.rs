//! What a form that made several records has done: each with its id, what it made, and what was found.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use trace_core::id::RecordId;
use trace_core::record::Level;

use super::words::{amount_of, short};
use super::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::app::AppState;
use crate::http::forms::Fields;
use crate::http::pages::language::Lang;

/// Most records that one page tells of; an address of these is still short enough for every browser.
const RECORDS_MAX: usize = 60;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/app/done", get(show))
}

/// A record with what it made.
#[derive(Debug, Clone)]
struct Made {
    id: String,
    short: String,
    kind: &'static str,
    outputs: Vec<(String, &'static str, String)>,
    findings: Vec<(bool, String)>,
}

#[derive(Template)]
#[template(path = "app/done.html")]
struct DonePage {
    shell: Shell,
    lang: Lang,
    made: Vec<Made>,
}

async fn show(State(state): State<AppState>, who: SignedIn, query: RawQuery) -> Result<Response, PageRefusal> {
    let fields = Fields::from_urlencoded(query.0.unwrap_or_default().as_bytes()).or_refuse(&who)?;
    let mut made = Vec::new();
    let lang = who.lang;
    for text in fields.all("record").take(RECORDS_MAX) {
        let Ok(id) = text.parse::<RecordId>() else { continue };
        let view = state.ledger.record(id, Some(&who.viewer())).await.or_refuse(&who)?;
        let Some(view) = view.filter(|view| who.viewer().sees_amounts(&view.row)) else { continue };
        let amounts = view.amounts.clone().unwrap_or_default();
        let outputs = view.entry.record.outputs.iter().enumerate().map(|(i, output)| {
            let words = amounts.outputs.get(i).map(|one| amount_of(lang, output.product, one.quantity().value()));
            (output.batch.to_string(), lang.t(output.product.zh(), output.product.en()), words.unwrap_or_default())
        });
        let findings = view
            .findings
            .iter()
            .flatten()
            .map(|finding| (finding.mark.level == Level::Hold, lang.t(&finding.zh, &finding.en).to_owned()));
        made.push(Made {
            id: id.to_string(),
            short: short(&id),
            kind: lang.t(view.row.kind.zh(), view.row.kind.en()),
            outputs: outputs.collect(),
            findings: findings.collect(),
        });
    }
    Ok(page(&DonePage { shell: who.shell(), lang, made }))
}
