//! The brand office's pages: search, holds to release, recalls, disputes, registrations, log-ins.

mod codes;
mod disputes;
mod holds;
mod recall;
pub(super) mod register;
mod rules;
mod search;
pub(super) mod suspicions;
pub(super) mod users;

use axum::Router;
use trace_core::tianma::PartyRole;

use crate::app::AppState;

/// Whose pages these are.
pub(super) const OFFICE: [PartyRole; 1] = [PartyRole::Office];

/// The office's routes.
pub fn router() -> Router<AppState> {
    Router::new()
        .merge(search::router())
        .merge(codes::router())
        .merge(holds::router())
        .merge(recall::router())
        .merge(disputes::router())
        .merge(register::router())
        .merge(rules::router())
        .merge(suspicions::router())
        .merge(users::router())
}
