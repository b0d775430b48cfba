//! What is on its way to a party, and the first page of a receipt: shipments to take up, or a field for batch codes.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use trace_core::balance::Effect;
use trace_core::id::{BatchCode, PartyId, RecordId};
use trace_core::record::Kind;
use trace_core::state::RecordRow;

use super::returns::bought_from;
use super::stock::rows_of;
use crate::app::AppState;
use crate::http::forms::{Fields, new_uid};
use crate::http::pages::app::acting::Acting;
use crate::http::pages::app::words::{amount_of, parties, party_words, range_words, short};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::http::pages::language::Lang;
use crate::store::{RecordFilter, StoreError};

/// Most shipments that the list reads.
const SHIPMENTS_MAX: u32 = 200;

/// A shipment of which something is still to be received.
#[derive(Debug, Clone)]
struct Shipment {
    id: String,
    short: String,
    date: String,
    seller: String,
    batches: Vec<(String, String)>,
    /// Goods of one's own that a buyer sends back are taken back, not bought.
    back: bool,
    href: String,
}

#[derive(Template)]
#[template(path = "app/receive.html")]
struct ReceivePage {
    shell: Shell,
    lang: Lang,
    acting: Acting,
    uid: String,
    codes: String,
    error: Option<String>,
    shipments: Vec<Shipment>,
    coded: Vec<Coded>,
}

/// Packages under codes that were shipped to the party. They are received by nobody: what happens to a code is known of it.
#[derive(Debug, Clone)]
struct Coded {
    id: String,
    short: String,
    date: String,
    seller: String,
    ranges: Vec<String>,
}

/// Newest shipments of packages on the page.
const CODED_SHOWN: u32 = 20;

async fn coded(party: PartyId, who: &SignedIn, state: &AppState) -> Result<Vec<Coded>, StoreError> {
    let filter = RecordFilter { limit: CODED_SHOWN, ..to(party) };
    let rows = state.ledger.store().records(&filter).await?;
    let sellers = parties(&**state.ledger.store(), rows.iter().map(|row| row.party).collect()).await?;
    let mut coded = Vec::new();
    for row in rows {
        let ranges = state.ledger.amounts(row.id).await?.unwrap_or_default().ranges;
        if !ranges.is_empty() {
            coded.push(Coded {
                id: row.id.to_string(),
                short: short(&row.id),
                date: row.occurred_at.date().to_string(),
                seller: sellers.get(&row.party).map_or_else(|| row.party.to_string(), |row| party_words(who.lang, row)),
                ranges: ranges.iter().map(|range| range_words(who.lang, range)).collect(),
            });
        }
    }
    Ok(coded)
}

/// Shipments to a party that stand.
fn to(party: PartyId) -> RecordFilter {
    RecordFilter { other_side: Some(party), states: Some(Kind::Ship), live: true, ..RecordFilter::default() }
}

/// The first page.
pub(super) async fn start(
    who: &SignedIn,
    acting: Acting,
    fields: &Fields,
    error: Option<String>,
    open: Vec<RecordRow>,
    state: &AppState,
) -> Result<Response, PageRefusal> {
    let store = state.ledger.store();
    let sellers = parties(&**store, open.iter().map(|row| row.party).collect()).await.or_refuse(who)?;
    let codes = open.iter().flat_map(|row| waiting(row).map(|(batch, _)| batch));
    let rows = rows_of(codes, state).await.or_refuse(who)?;
    let bought = bought_from(acting.party, rows.values(), state).await.or_refuse(who)?;
    let sent_back = |row: &RecordRow| {
        let (batch, left) = waiting(row).next()?;
        rows.get(&batch).filter(|row| bought.contains(&row.code)).map(|row| (row, left))
    };
    let receive = |id: RecordId| match acting.name {
        Some(_) => format!("/app/receive?ship={id}&for={}", acting.field()),
        None => format!("/app/receive?ship={id}"),
    };
    let shipment = |row: &RecordRow| Shipment {
        back: sent_back(row).is_some(),
        href: sent_back(row)
            .map_or_else(|| receive(row.id), |(batch, left)| super::returns::address(batch, left, &acting)),
        id: row.id.to_string(),
        short: short(&row.id),
        date: row.occurred_at.date().to_string(),
        seller: sellers.get(&row.party).map_or_else(|| row.party.to_string(), |row| party_words(who.lang, row)),
        batches: waiting(row)
            .map(|(batch, left)| {
                let words = rows.get(&batch).map(|row| {
                    let product = who.lang.t(row.product.zh(), row.product.en());
                    format!("{product} {}", amount_of(who.lang, row.product, left))
                });
                (batch.to_string(), words.unwrap_or_default())
            })
            .collect(),
    };
    let wrong = error.is_some();
    let coded = coded(acting.party, who, state).await.or_refuse(who)?;
    let mut response = page(&ReceivePage {
        shell: who.shell(),
        lang: who.lang,
        coded,
        shipments: open.iter().map(shipment).collect(),
        acting,
        uid: new_uid().or_refuse(who)?.to_string(),
        codes: fields.text("codes").to_owned(),
        error,
    });
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// Shipments to this party of which something is still to be received, newest first.
pub(in crate::http::pages::app) async fn shipments(
    party: PartyId,
    state: &AppState,
) -> Result<Vec<RecordRow>, StoreError> {
    let filter = RecordFilter { limit: SHIPMENTS_MAX, ..to(party) };
    let rows = state.ledger.store().records(&filter).await?;
    Ok(rows.into_iter().filter(|row| waiting(row).next().is_some()).collect())
}

/// What a shipment still has to give, in base units: neither received nor brought back.
pub(super) fn waiting(row: &RecordRow) -> impl Iterator<Item = (BatchCode, i64)> {
    row.effects.iter().filter_map(|effect| match effect {
        Effect::Allot { batch, amount, taken, returned } if *amount > taken + returned => {
            Some((*batch, amount - taken - returned))
        }
        _ => None,
    })
}
