//! Parties and their grants by what a caller on the telephone says: a name, a village, an organisation; of either side.
//!
//! What is public of a party is looked for by a piece of it. A person's name is only compared, as a whole: whoever
//! knows it finds the party, its id and its grants, and nobody reads names off the list.

use std::collections::BTreeMap;

use trace_core::id::{PartyId, RecordId};
use trace_core::record::Person;
use trace_core::record::sealed::Group;
use trace_core::state::{GrantRow, PartyRow};
use trace_core::tianma::PartyRole;

use crate::app::AppState;
use crate::http::pages::app::words::party_words;
use crate::http::pages::language::Lang;
use crate::ledger::Personal;
use crate::store::{PartyFilter, StoreError};

/// Parties that are read at a time.
const AT_A_TIME: u32 = 2_000;
/// Most parties whose grants are shown; a county has thousands of households.
const FOUND_MAX: usize = 60;

/// The parties that are meant, their grants, and what is to be said where there are none or too many.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) parties: Vec<PartyRow>,
    pub(super) grants: Vec<GrantRow>,
    pub(super) note: Option<String>,
}

pub(super) async fn found(typed: &str, lang: Lang, state: &AppState) -> Result<Found, StoreError> {
    if let Ok(party) = typed.parse::<PartyId>() {
        let row = state.ledger.party(party).await?;
        let note = row
            .is_none()
            .then(|| lang.t(&format!("没有编号是 {party} 的主体"), &format!("no party has the id {party}")).to_owned());
        let grants = state.ledger.store().grants_from(party).await?;
        return Ok(Found { parties: row.into_iter().collect(), grants, note });
    }
    let parties = meant(typed, lang, state).await?;
    if parties.is_empty() {
        let zh = format!("没有名称、村或姓名是“{typed}”的主体；姓名要写全");
        let en =
            format!("no party's name or village has '{typed}' in it, and no person is called so; type the whole name");
        return Ok(Found { note: Some(lang.t(&zh, &en).to_owned()), ..Found::default() });
    }
    let mut found: BTreeMap<RecordId, GrantRow> = BTreeMap::new();
    for party in parties.keys().take(FOUND_MAX) {
        let given = state.ledger.store().grants_from(*party).await?;
        let taken = state.ledger.grants_to(*party).await?;
        found.extend(given.into_iter().chain(taken).map(|grant| (grant.id, grant)));
    }
    let note = (parties.len() > FOUND_MAX).then(|| {
        let count = parties.len();
        let zh = format!("有 {count} 个主体符合“{typed}”，只显示前 {FOUND_MAX} 个和它们的授权；请写得更全");
        let en = format!("{count} parties fit '{typed}'; these are {FOUND_MAX} of them with their grants, type more");
        lang.t(&zh, &en).to_owned()
    });
    let parties = parties.into_values().take(FOUND_MAX).collect();
    Ok(Found { parties, grants: found.into_values().collect(), note })
}

/// The parties of which this is said.
async fn meant(typed: &str, lang: Lang, state: &AppState) -> Result<BTreeMap<PartyId, PartyRow>, StoreError> {
    let mut found = BTreeMap::new();
    let mut filter = PartyFilter { limit: AT_A_TIME, ..PartyFilter::default() };
    loop {
        let rows = state.ledger.store().parties(&filter).await?;
        filter.after = rows.last().map(|row| row.id);
        let (public, others): (Vec<PartyRow>, Vec<PartyRow>) =
            rows.into_iter().partition(|row| party_words(lang, row).contains(typed));
        let read = public.len() + others.len();
        found.extend(public.into_iter().map(|row| (row.id, row)));
        let mut households: BTreeMap<RecordId, PartyRow> = others
            .into_iter()
            .filter(|row| row.role == PartyRole::Household && row.erased.is_none())
            .map(|row| (row.person_record(), row))
            .collect();
        let ids: Vec<RecordId> = households.keys().copied().collect();
        let persons = state.ledger.personal(&ids, Group::Person).await?;
        for (record, person) in Personal::read_all::<Person>(persons) {
            if person.name.as_str() == typed
                && let Some(row) = households.remove(&record)
            {
                found.insert(row.id, row);
            }
        }
        if read < AT_A_TIME as usize {
            return Ok(found);
        }
    }
}
