//! For whom a page acts: for oneself, or for a household that let this party write for it. The office enters harvests for
//! anybody: what is more than a plot gives is taken from nobody else.

use axum::http::StatusCode;
use trace_core::id::PartyId;
use trace_core::record::Kind;
use trace_core::tianma::PartyRole;

use super::words::{names, parties, party_words};
use super::{OrRefuse as _, PageRefusal, SignedIn};
use crate::app::AppState;
use crate::http::Problem;
use crate::ledger::not_granted;

/// What the office enters for a party without a grant.
const OF_OFFICE: [Kind; 1] = [Kind::Harvest];

/// For whom.
#[derive(Debug, Clone)]
pub struct Acting {
    /// The party whose fact it is.
    pub party: PartyId,
    /// Its name, where it is not the signed-in party itself.
    pub name: Option<String>,
    /// Whether the party lets the reader see what it calls its plots: not the office, which enters without a grant.
    pub opens: bool,
}

impl Acting {
    /// For oneself.
    pub fn oneself(who: &SignedIn) -> Self {
        Self { party: who.party(), name: None, opens: true }
    }

    /// From the form's or the address's `for`: empty is oneself; else a party whose grant for this kind is in
    /// force, or, for the office, any party that is registered.
    ///
    /// # Errors
    /// 403 in words, whether the party exists or not.
    pub async fn of(typed: &str, kind: Kind, who: &SignedIn, state: &AppState) -> Result<Self, PageRefusal> {
        if typed.is_empty() || typed == who.party().to_string() {
            return Ok(Self::oneself(who));
        }
        let refused = || who.refuse(Problem::new(StatusCode::FORBIDDEN, not_granted(kind)));
        let party: PartyId = typed.parse().map_err(|_| refused())?;
        let store = state.ledger.store();
        let in_force = state.ledger.lets(party, who.party(), kind).await.or_refuse(who)?;
        let rows = parties(&**store, [party].into()).await.or_refuse(who)?;
        let by_office = who.role() == PartyRole::Office && OF_OFFICE.contains(&kind) && !rows.is_empty();
        if !in_force && !by_office {
            return Err(refused());
        }
        let name = if in_force {
            names(&state.ledger, who.lang, &rows).await.or_refuse(who)?.remove(&party)
        } else {
            // Nobody in that household lets the office read its name here.
            rows.get(&party).map(|row| party_words(who.lang, row))
        };
        Ok(Self { party, name: Some(name.unwrap_or_else(|| party.to_string())), opens: in_force })
    }

    /// The actor that a record has to name: none where the signed-in party acts for itself.
    pub fn actor(&self) -> Option<PartyId> {
        self.name.is_some().then_some(self.party)
    }

    /// An address that leads to a page for the same party.
    pub fn address(&self, path: &str) -> String {
        match self.actor() {
            Some(party) => format!("{path}?for={party}"),
            None => path.to_owned(),
        }
    }

    /// For the form's hidden field `for`.
    pub fn field(&self) -> String {
        self.actor().map(|party| party.to_string()).unwrap_or_default()
    }
}
