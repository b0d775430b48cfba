//! The JSON API. One table of routes builds the router and the OpenAPI document, so that neither can know a path that
//! the other does not: a handler is added with [`routes!`] and in no other way.

mod document;

use axum::Router;
use axum::response::Json;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;

fn table() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(document::Document::openapi()).routes(routes!(openapi_json))
}

/// The routes.
pub(super) fn router() -> Router<AppState> {
    table().split_for_parts().0
}

/// The document of exactly these routes.
pub fn openapi() -> OpenApi {
    table().into_openapi()
}

/// This document.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "meta",
    responses((status = 200, description = "The OpenAPI document", body = serde_json::Value))
)]
async fn openapi_json() -> Json<OpenApi> {
    Json(openapi())
}
