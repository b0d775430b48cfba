//! The JSON API. One table of routes builds the router and the OpenAPI document, so that neither can know a path that
//! the other does not: a handler is added with [`routes!`] and in no other way.

#![expect(unused_qualifications, reason = "what utoipa's macros write for query parameters")]

mod batches;
mod certificate;
mod closed;
mod code_issues;
mod document;
mod erasure;
mod evidence;
mod keys;
mod labels;
mod openings;
mod parties;
mod print_runs;
mod prints;
mod records;
mod rules;
mod sites;
mod trace;
mod vocabulary;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::Json;
use serde_json::Value;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{evidence as evidence_file, qr, records as record_bytes};
use crate::app::AppState;
use crate::config::Config;

fn table() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(document::Document::openapi())
        .routes(routes!(records::list, records::append))
        .routes(routes!(records::prepare))
        .routes(routes!(records::read))
        .routes(routes!(evidence::file))
        .routes(routes!(certificate::file))
        .routes(routes!(openings::list))
        .routes(routes!(batches::list))
        .routes(routes!(batches::read))
        .routes(routes!(trace::read))
        .routes(routes!(parties::list))
        .routes(routes!(parties::read))
        .routes(routes!(keys::list))
        .routes(routes!(erasure::erase))
        .routes(routes!(sites::list))
        .routes(routes!(sites::read))
        .routes(routes!(vocabulary::read))
        .routes(routes!(rules::in_force))
        .routes(routes!(rules::read))
        .routes(routes!(code_issues::list))
        .routes(routes!(code_issues::read))
        .routes(routes!(code_issues::codes))
        .routes(routes!(labels::labels))
        .routes(routes!(print_runs::list, print_runs::start))
        .routes(routes!(print_runs::read))
        .routes(routes!(print_runs::pause))
        .routes(routes!(print_runs::resume))
        .routes(routes!(print_runs::finish))
        .routes(routes!(print_runs::cancel))
        .routes(routes!(print_runs::portion))
        .routes(routes!(prints::list))
        .routes(routes!(prints::printers))
        .routes(routes!(openapi_json))
        .routes(routes!(record_bytes::bytes))
        .routes(routes!(record_bytes::entry))
        .routes(routes!(record_bytes::proof))
        .routes(routes!(evidence_file::file))
        .routes(routes!(qr::symbol))
}

/// Uploads may be larger than other bodies, so they have a table of their own.
fn uploads() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(evidence::keep))
}

/// The routes.
pub(super) fn router(config: &Config) -> Router<AppState> {
    let uploads = uploads().layer(DefaultBodyLimit::max(config.evidence_bytes_max));
    table().merge(uploads).split_for_parts().0
}

/// The document of exactly these routes.
pub fn openapi() -> Value {
    let described = table().merge(uploads()).into_openapi();
    // What describes itself as JSON can be written as JSON.
    let mut document = serde_json::to_value(described).unwrap_or_default();
    document::without_nulls(&mut document);
    closed::say(&mut document);
    document
}

/// This document.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "meta",
    responses((status = 200, description = "The OpenAPI document", body = Value))
)]
async fn openapi_json() -> Json<Value> {
    Json(openapi())
}
