//! Parties and their sites are registered, and what is registered is changed: by the office, or by a co-op that the office
//! lets. Ids are random; names of persons and places are sealed, and no form shows again what it sealed.

mod list;
mod party;
mod position;
mod site;

use std::collections::BTreeMap;

use axum::Router;
use trace_core::id::{PartyId, SiteId};
use trace_core::record::{Kind, Name, Refusal};
use trace_core::state::{PartyRow, SiteRow};
use trace_core::tianma::PartyRole;

use super::OFFICE;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::forms::{FieldErrors, Fields};
use crate::http::pages::app::words::{public_site_names, site_names};
use crate::http::pages::app::{OrRefuse as _, PageRefusal, SignedIn};
use crate::http::pages::language::Lang;
use crate::ledger::random;
use crate::store::StoreError;

/// Where an agent finds the parties whose registration it may change.
pub(in crate::http::pages::app) const LIST: &str = list::PATH;
/// Where a party is registered.
pub(in crate::http::pages::app) const PARTY: &str = party::PATH;
/// Where a site is.
pub(in crate::http::pages::app) const SITE: &str = site::PATH;

pub(super) fn router() -> Router<AppState> {
    Router::new().merge(party::router()).merge(site::router()).merge(list::router())
}

/// Whether the office lets this party enter records of this kind for it, and which party the office is.
///
/// # Errors
/// [`StoreError`].
pub(in crate::http::pages::app) async fn let_by_office(
    who: &SignedIn,
    kind: Kind,
    state: &AppState,
) -> Result<Option<PartyId>, StoreError> {
    let Some(ledger) = state.ledger.ledger_row().await? else { return Ok(None) };
    Ok(state.ledger.lets(ledger.office, who.party(), kind).await?.then_some(ledger.office))
}

/// Who registers.
#[derive(Debug, Clone, Copy)]
struct Registrar {
    /// The office, where an agent enters for it.
    office: Option<PartyId>,
    kind: Kind,
}

impl Registrar {
    /// The office, or an agent that it lets.
    async fn of(who: &SignedIn, kind: Kind, state: &AppState) -> Result<Self, PageRefusal> {
        let office = match who.role() {
            PartyRole::Office => None,
            _ => let_by_office(who, kind, state).await.or_refuse(who)?,
        };
        if office.is_none() {
            who.only(&OFFICE)?;
        }
        Ok(Self { office, kind })
    }

    fn is_agent(self) -> bool {
        self.office.is_some()
    }

    /// What sites are called. The office reads no household's names off a page; an agent knows whom it writes down.
    async fn site_names(
        self,
        who: &SignedIn,
        sites: &[SiteRow],
        state: &AppState,
    ) -> Result<BTreeMap<SiteId, String>, PageRefusal> {
        if self.is_agent() {
            return site_names(&state.ledger, who.lang, sites).await.or_refuse(who);
        }
        Ok(public_site_names(who.lang, sites))
    }

    /// A party whose registration, or whose sites, this one changes; the same words for one of others and for none.
    async fn party(self, who: &SignedIn, typed: &str, state: &AppState) -> Result<PartyRow, PageRefusal> {
        let absent = || {
            who.refuse(Problem::absent(
                format!("没有您可以改登记的主体 {typed}"),
                format!("there is no party {typed} whose registration you may change"),
            ))
        };
        let id: PartyId = typed.parse().map_err(|_| absent())?;
        let row = state.ledger.party(id).await.or_refuse(who)?.ok_or_else(absent)?;
        let may = !self.is_agent()
            || row.registered_by == Some(who.party())
            || state.ledger.lets(id, who.party(), self.kind).await.or_refuse(who)?;
        if may { Ok(row) } else { Err(absent()) }
    }
}

/// A public name, or what is wrong with it.
fn name(fields: &Fields, field: &'static str, errors: &mut FieldErrors, lang: Lang) -> Option<Name> {
    let text = fields.typed(field)?;
    match text.parse::<Name>() {
        Ok(name) => Some(name),
        Err(error) => {
            let zh = format!("“{text}”不能用作名称：最多 60 个字，不要写电话、身份证号等长数字");
            errors.put(field, lang.t(&zh, &error.to_string()));
            None
        }
    }
}

fn fresh(who: &SignedIn) -> Result<[u8; 10], PageRefusal> {
    random().map_err(|_| who.refuse(Problem::internal()))
}

/// Puts a refusal beside the first field whose place it begins with.
fn put(errors: &mut FieldErrors, refusal: &Refusal, lang: Lang, places: &[(&str, &'static str)]) {
    let words = lang.t(&refusal.zh, &refusal.en);
    match places.iter().find(|(place, _)| refusal.place.starts_with(place)) {
        Some((_, field)) => errors.put(*field, words),
        None => errors.put_above(words),
    }
}
