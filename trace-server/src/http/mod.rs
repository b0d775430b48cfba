//! The face: routes, and what every request and answer passes through.
//!
//! It holds no rule of the domain; handlers call the ledger and the scan path.

pub mod access;
pub mod api;
mod body;
mod buckets;
mod certificate;
pub mod client;
mod evidence;
pub mod forms;
pub mod guessing;
mod headers;
mod kept_file;
mod labels;
mod limits;
mod log;
mod metrics;
mod operations;
pub mod pages;
mod passage;
mod printing;
mod prints;
pub mod problem;
mod prospect;
mod qr;
pub mod query;
mod records;
pub mod session;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

pub use api::openapi;
pub use body::StrictJson;
pub use metrics::Metrics;
pub use problem::Problem;

use crate::app::AppState;

/// Everything, with what surrounds it.
pub fn router(state: AppState) -> Router {
    Router::new()
        .merge(operations::router())
        .merge(api::router(&state.config).layer(from_fn(limits::readable_path)))
        .merge(log::router())
        .merge(pages::router())
        .fallback(limits::no_such_path)
        .method_not_allowed_fallback(limits::no_such_method)
        .layer(from_fn_with_state(state.clone(), passage::pass))
        .with_state(state)
}
