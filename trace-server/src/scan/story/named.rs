//! Those on the way who let everybody know who they are: which parties, what they did, and which of their sites.
//!
//! The story keeps no name. What a party consented to is opened each time a page is shown, so that nothing of a person
//! outlives its key, and a consent that was taken back ends with the log's next entry.

use std::collections::{BTreeMap, BTreeSet};

use trace_core::id::{PartyId, SiteId};
use trace_core::record::Kind;
use trace_core::state::{PartyRow, SiteRow};

use super::material::Material;

/// As many as a story keeps, which is more than a page shows: of some nothing is kept that they consented to show. The
/// others are counted.
const NAMED_MAX: usize = 32;

/// A party on the way that consented to be shown.
#[derive(Debug, Clone)]
pub struct Named {
    /// It, with what it consented to.
    pub party: PartyRow,
    /// What it did.
    pub did: BTreeSet<Kind>,
    /// Where its batches on the way were made.
    pub sites: Vec<SiteRow>,
}

/// The first of them in the order of the log, and how many more there are.
pub(super) fn named(material: &Material) -> (Vec<Named>, usize) {
    let mut acts: BTreeMap<PartyId, (u64, BTreeSet<Kind>)> = BTreeMap::new();
    for record in material.way.makers.iter().filter_map(|id| material.way.record(*id)) {
        let (first, did) = acts.entry(record.party).or_insert_with(|| (record.index, BTreeSet::new()));
        *first = record.index.min(*first);
        did.insert(record.states);
    }
    let mut found: Vec<(u64, &PartyRow, BTreeSet<Kind>)> = acts
        .into_iter()
        .filter_map(|(party, (first, did))| Some((first, material.party(party)?, did)))
        .filter(|(_, party, _)| !party.consents.is_empty())
        .collect();
    found.sort_unstable_by_key(|(first, ..)| *first);
    let left_out = found.len().saturating_sub(NAMED_MAX);
    let sites_of = |party: PartyId| {
        let batches = material.way.batches().filter(|batch| batch.owner == party);
        let sites: BTreeSet<SiteId> = batches.filter_map(|batch| batch.site).collect();
        sites.into_iter().filter_map(|site| material.site(Some(site)).cloned()).collect()
    };
    let named = found.into_iter().take(NAMED_MAX);
    let named = named.map(|(_, party, did)| Named { party: party.clone(), did, sites: sites_of(party.id) });
    (named.collect(), left_out)
}
