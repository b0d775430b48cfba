//! For whom a page acts: for oneself, or for a household that let this party write for it.

use axum::http::StatusCode;
use trace_core::id::PartyId;
use trace_core::record::Kind;
use trace_core::state::{Key, Row};

use super::words::{names, parties, today};
use super::{OrRefuse as _, PageRefusal, SignedIn};
use crate::app::AppState;
use crate::http::Problem;
use crate::ledger::not_granted;

/// For whom.
#[derive(Debug, Clone)]
pub struct Acting {
    /// The party whose fact it is.
    pub party: PartyId,
    /// Its name, where it is not the signed-in party itself.
    pub name: Option<String>,
}

impl Acting {
    /// From the form's or the address's `for`: empty is oneself; else a party whose grant for this kind is in force.
    ///
    /// # Errors
    /// 403 in words, whether the party exists or not.
    pub async fn of(typed: &str, kind: Kind, who: &SignedIn, state: &AppState) -> Result<Self, PageRefusal> {
        if typed.is_empty() || typed == who.party().to_string() {
            return Ok(Self { party: who.party(), name: None });
        }
        let refused = || who.refuse(Problem::new(StatusCode::FORBIDDEN, not_granted(kind)));
        let party: PartyId = typed.parse().map_err(|_| refused())?;
        let store = state.ledger.store();
        let day = today(state).await.or_refuse(who)?;
        let (rows, _) = store.load(&[Key::Grants(party, who.party())].into()).await.or_refuse(who)?;
        let in_force = rows.iter().any(|row| match row {
            Row::Grant(grant) => !grant.ended && grant.until >= day && grant.kinds.contains(&kind),
            _ => false,
        });
        if !in_force {
            return Err(refused());
        }
        let rows = parties(&**store, [party].into()).await.or_refuse(who)?;
        let name = names(&state.ledger, who.lang, &rows).await.or_refuse(who)?.remove(&party);
        Ok(Self { party, name: Some(name.unwrap_or_else(|| party.to_string())) })
    }

    /// For the form's hidden field `for`.
    pub fn field(&self) -> String {
        if self.name.is_some() { self.party.to_string() } else { String::new() }
    }
}
