//! The workshop's and the seller's pages: receive, process, pack, package codes, ship, certificate.

mod arriving;
mod certify;
pub(super) mod choosing;
pub(super) mod code_ranges;
mod codes;
mod labels;
mod lines;
pub(super) mod live;
pub(super) mod pack;
mod package_text;
pub(super) mod packages;
pub(super) mod print_runs;
mod process;
pub(super) mod process_check;
mod receive;
mod returns;
pub(super) mod ship;
mod short;
pub(super) mod stock;

pub(super) use arriving::shipments;

use axum::Router;
use trace_core::tianma::PartyRole;

use super::form::FormPage;
use super::{PageRefusal, SignedIn};
use crate::app::AppState;
use crate::http::forms::{FieldErrors, Fields};

/// Who may process and pack.
pub(super) const TRADERS: [PartyRole; 4] =
    [PartyRole::Processor, PartyRole::Seller, PartyRole::Coop, PartyRole::Household];

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
        .merge(print_runs::router())
        .merge(code_ranges::router())
        .merge(ship::router())
        .merge(returns::router())
        .merge(certify::router())
}

/// A form shown once more with what it means, before anything is stored: what was typed is sent again, hidden.
fn confirming(
    who: &SignedIn,
    title: &str,
    action: &str,
    fields: &Fields,
    sent: &[&str],
) -> Result<FormPage, PageRefusal> {
    let mut page = FormPage::new(who, title, action, Vec::new(), fields, &FieldErrors::default())?
        .warning(
            who.lang
                .t("还没有保存。请核对，不对就返回修改。", "Nothing is stored yet. Check it; go back to change it."),
        )
        .hidden("told", "1")
        .also("edit", who.lang.t("返回修改", "Change it"));
    for name in sent {
        page = page.hidden(name, fields.text(name));
    }
    Ok(page)
}

/// The batch codes out of what was scanned or typed, as typed; amounts beside them are dropped.
pub(super) fn scanned(text: &str) -> Vec<String> {
    lines::read(text).into_iter().map(|line| line.code).collect()
}
