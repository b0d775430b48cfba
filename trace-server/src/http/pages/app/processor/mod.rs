//! The workshop's and the seller's pages: receive, process, pack, package codes, ship, certificate.

mod certify;
mod codes;
mod lines;
mod pack;
mod process;
mod process_check;
mod receive;
mod ship;
mod stock;

use axum::Router;
use trace_core::tianma::PartyRole;

use crate::app::AppState;

/// Who may receive, process and pack.
const TRADERS: [PartyRole; 4] = [PartyRole::Processor, PartyRole::Seller, PartyRole::Coop, PartyRole::Household];

/// The routes of workshop and shop.
pub fn router() -> Router<AppState> {
    Router::new()
        .merge(receive::router())
        .merge(process::router())
        .merge(pack::router())
        .merge(codes::router())
        .merge(ship::router())
        .merge(certify::router())
}
