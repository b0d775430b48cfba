//! The grower's pages: a harvest, the batches, what buyers received, and the proof of what was sold.

mod harvest;
mod photo;
mod plant;
mod plots;
mod receipts;
mod sold;
mod tend;

use axum::Router;

use crate::app::AppState;

pub use plant::GROWERS;
pub use plots::{Plot, open_plots};

/// The grower's routes.
pub fn router() -> Router<AppState> {
    Router::new()
        .merge(harvest::router())
        .merge(plant::router())
        .merge(tend::router())
        .merge(receipts::router())
        .merge(sold::router())
}
