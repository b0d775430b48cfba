//! Pages for people: the consumer's and those for signed-in parties.

use axum::Router;

use crate::app::AppState;

/// All pages.
pub fn router() -> Router<AppState> {
    Router::new()
}
