//! Pages for people: the front page, the consumer's and those for signed-in parties.

pub mod app;
pub mod assets;
mod batch;
mod check;
mod consumer;
mod front;
pub mod language;
mod log;
mod public;
mod telling;

use axum::Router;
use axum::middleware::from_fn;

use crate::app::AppState;

/// All pages.
pub fn router() -> Router<AppState> {
    Router::new()
        .merge(assets::router())
        .merge(front::router())
        .merge(consumer::router())
        .merge(batch::router())
        .merge(log::router())
        .merge(app::router())
        .layer(from_fn(language::remember))
}
