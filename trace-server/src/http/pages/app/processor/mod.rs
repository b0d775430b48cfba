//! The workshop's and the seller's pages: receive, process, pack, package codes, ship, certificate.

mod certify;
mod code_ranges;
mod codes;
mod labels;
mod lines;
pub(super) mod pack;
mod process;
pub(super) mod process_check;
mod receive;
mod ship;
pub(super) mod stock;

pub(super) use receive::shipments;

use axum::Router;
use trace_core::tianma::PartyRole;

use crate::app::AppState;

/// Who may process and pack.
const TRADERS: [PartyRole; 4] = [PartyRole::Processor, PartyRole::Seller, PartyRole::Coop, PartyRole::Household];

/// Who has goods to receive, send and take stock of.
pub(super) const OWNERS: [PartyRole; 6] = [
    PartyRole::Processor,
    PartyRole::Seller,
    PartyRole::Coop,
    PartyRole::Household,
    PartyRole::FungusFactory,
    PartyRole::Nursery,
];

/// The routes of workshop and shop.
pub fn router() -> Router<AppState> {
    Router::new()
        .merge(receive::router())
        .merge(process::router())
        .merge(pack::router())
        .merge(codes::router())
        .merge(labels::router())
        .merge(code_ranges::router())
        .merge(ship::router())
        .merge(certify::router())
}

/// The batch codes out of what was scanned or typed, as typed; amounts beside them are dropped.
pub(super) fn scanned(text: &str) -> Vec<String> {
    lines::read(text).into_iter().map(|line| line.code).collect()
}
