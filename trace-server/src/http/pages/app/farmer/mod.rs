//! The grower's pages: a harvest, the batches, what buyers received, and the proof of what was sold.

mod ground;
mod harvest;
mod photo;
mod plant;
mod plots;
mod receipts;
mod sold;
mod standing;
mod tend;

use axum::Router;

use crate::app::AppState;

pub use plant::GROWERS;
pub use plots::{Plot, open_plots};
pub(super) use standing::PATH as STANDING;

/// The grower's routes.
pub fn router() -> Router<AppState> {
    Router::new()
        .merge(harvest::router())
        .merge(plant::router())
        .merge(standing::router())
        .merge(tend::router())
        .merge(receipts::router())
        .merge(sold::router())
}
