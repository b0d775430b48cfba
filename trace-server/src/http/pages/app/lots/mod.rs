//! What factories, nurseries and growers who keep seed make, and where it went.

mod produce;
mod reached;

use axum::Router;

use crate::app::AppState;

/// The routes of those who make bottles and seed.
pub fn router() -> Router<AppState> {
    Router::new().merge(produce::router()).merge(reached::router())
}
