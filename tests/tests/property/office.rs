//! What has no amounts: registrations, signing keys, grants and their end, the rules table. The acts, and what the
//! model keeps of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use trace_core::id::{PartyId, RecordId, SiteId};
use trace_core::record::Kind;
use trace_core::state::{Changes, Row};
use trace_core::tianma::RulesTable;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::household::{COOP, FIRST, FIRST_PLOT, OFFICE, PROCESSOR, RIVAL, SECOND, SECOND_PLOT, rules_of};

use crate::acts::{Seeds, act, fact, pick};
use crate::compare::same;
use crate::model::{Act, Effect, Model, Use};

/// A permission of one party for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    pub id: RecordId,
    pub from: PartyId,
    pub to: PartyId,
    pub kinds: BTreeSet<Kind>,
    pub ended: bool,
}

/// A key with which a party signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signing {
    pub party: PartyId,
    pub demands: bool,
    pub ended: bool,
}

/// The ledger's state beside batches.
#[derive(Clone, Debug, Default)]
pub struct Office {
    pub permissions: Vec<Permission>,
    /// Area in cm² of each site, and the newest version of its registration.
    pub sites: BTreeMap<SiteId, (i64, RecordId)>,
    pub parties: BTreeMap<PartyId, RecordId>,
    pub keys: BTreeMap<String, Signing>,
    pub rules_version: u32,
    /// Dry over fresh above which a drying is held, in parts of 10,000.
    pub hold_above: i64,
}

/// What an act about these changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matter {
    Permit { from: PartyId, to: PartyId, kinds: BTreeSet<Kind> },
    End(usize),
    Measure { site: SiteId, area: i64, old: RecordId },
    Move { party: PartyId, old: RecordId },
    Key { key: String, party: PartyId, demands: bool },
    EndKey(String),
    Rules { version: u32, hold_above: i64 },
}

impl Office {
    /// What the founding and its registrations left.
    pub fn of(rows: &Changes) -> Self {
        let mut office = Self { rules_version: 1, hold_above: 3_600, ..Self::default() };
        for row in &rows.rows {
            match row {
                Row::Grant(row) => office.permissions.push(Permission {
                    id: row.id,
                    from: row.from,
                    to: row.to,
                    kinds: row.kinds.clone(),
                    ended: row.ended,
                }),
                Row::Site(row) => _ = office.sites.insert(row.id, (row.area_cm2.unwrap_or(0), row.record)),
                Row::Party(row) => _ = office.parties.insert(row.id, row.record),
                _ => {}
            }
        }
        office
    }

    pub fn permits(&self, from: PartyId, to: PartyId, kind: Kind) -> bool {
        let fits = |one: &Permission| !one.ended && (one.from, one.to) == (from, to) && one.kinds.contains(&kind);
        self.permissions.iter().any(fits)
    }

    /// Whether a party takes signed records only; nothing here signs, so it takes none at all.
    pub fn demands(&self, party: PartyId) -> bool {
        self.keys.values().any(|key| key.party == party && key.demands && !key.ended)
    }

    pub fn area(&self, site: SiteId) -> i64 {
        self.sites[&site].0
    }

    /// Whether the ledger must take it from this party; `open` tells what is planted.
    pub fn allows(&self, matter: &Matter, by: PartyId, open: impl Fn(SiteId) -> i64) -> bool {
        match matter {
            Matter::Permit { from, to, .. } => from != to && (by == *from || by == OFFICE),
            Matter::End(at) => {
                let permission = &self.permissions[*at];
                !permission.ended && (by == permission.from || by == OFFICE)
            }
            Matter::Measure { site, area, old } => by == OFFICE && self.sites[site].1 == *old && *area >= open(*site),
            Matter::Move { party, old } => by == OFFICE && self.parties[party] == *old,
            Matter::Key { key, .. } => !self.keys.contains_key(key),
            Matter::EndKey(key) => {
                let signing = &self.keys[key];
                !signing.ended && (by == signing.party || by == OFFICE)
            }
            Matter::Rules { version, .. } => by == OFFICE && *version > self.rules_version,
        }
    }

    /// Keeps what was taken.
    pub fn take(&mut self, matter: Matter, id: RecordId) {
        match matter {
            Matter::Permit { from, to, kinds } => {
                self.permissions.push(Permission { id, from, to, kinds, ended: false });
            }
            Matter::End(at) => self.permissions[at].ended = true,
            Matter::Measure { site, area, .. } => _ = self.sites.insert(site, (area, id)),
            Matter::Move { party, .. } => _ = self.parties.insert(party, id),
            Matter::Key { key, party, demands } => {
                _ = self.keys.insert(key, Signing { party, demands, ended: false });
            }
            Matter::EndKey(key) => {
                if let Some(signing) = self.keys.get_mut(&key) {
                    signing.ended = true;
                }
            }
            Matter::Rules { version, hold_above } => (self.rules_version, self.hold_above) = (version, hold_above),
        }
    }

    /// The first difference to the rows.
    pub fn compare(&self, rows: &Changes) -> Result<(), String> {
        let mut keys = 0;
        for row in &rows.rows {
            match row {
                Row::Grant(row) => {
                    let kept = self.permissions.iter().find(|one| one.id == row.id);
                    let found = (row.from, row.to, row.kinds.clone(), row.ended);
                    let expected = kept.map(|one| (one.from, one.to, one.kinds.clone(), one.ended));
                    same("grant", row.id, &Some(found), &expected)?;
                }
                Row::Site(row) => {
                    same("site", row.id, &(row.area_cm2.unwrap_or(0), row.record), &self.sites[&row.id])?;
                }
                Row::Party(row) => {
                    let demands = !row.demands.is_empty();
                    let expected = (self.parties[&row.id], self.demands(row.id));
                    same("party", row.id, &(row.record, demands), &expected)?;
                }
                Row::SigningKey(row) => {
                    keys += 1;
                    let found = Signing { party: row.party, demands: row.signed_only, ended: row.ended.is_some() };
                    same("key", row.key, &Some(&found), &self.keys.get(&row.key.to_string()))?;
                }
                Row::Ledger(row) => same("rules", "version", &row.rules_version, &self.rules_version)?,
                _ => {}
            }
        }
        same("keys", "all", &keys, &self.keys.len())
    }
}

/// An act of the office, or of a party about its keys and grants.
pub fn office(model: &Model, s: Seeds) -> Option<Act> {
    let office = &model.office;
    let stale = s[4].is_multiple_of(5);
    let earlier =
        |kind: Kind| model.facts.iter().filter(|fact| fact.kind == kind).map(|fact| fact.id).collect::<Vec<_>>();
    let (kind, by, details, matter) = match s[1] % 7 {
        0 => {
            let people = [FIRST, SECOND, PROCESSOR, RIVAL, COOP];
            let (from, to) = (pick(&people, s[2])?, pick(&people, s[3])?);
            let kinds: BTreeSet<Kind> =
                [[Kind::Receive, Kind::Adjust], [Kind::Ship, Kind::Receive], [Kind::Pack, Kind::Harvest]]
                    [usize::from(s[4] % 3)]
                .into();
            let details = json!({"from": from, "to": to, "kinds": kinds, "until": "2027-12-31"});
            let by = if s[4].is_multiple_of(7) { RIVAL } else { from };
            (Kind::Grant, by, details, Matter::Permit { from, to, kinds })
        }
        1 => {
            let at = usize::from(s[2]) % office.permissions.len();
            let permission = &office.permissions[at];
            let by = if s[4].is_multiple_of(3) { permission.to } else { permission.from };
            (Kind::EndGrant, by, json!({"grant": permission.id}), Matter::End(at))
        }
        2 => {
            let (site, party) = [(FIRST_PLOT, FIRST), (SECOND_PLOT, SECOND)][usize::from(s[2] % 2)];
            let (_, newest) = office.sites[&site];
            let old = if stale { pick(&earlier(Kind::RegisterSite), s[3]).unwrap_or(newest) } else { newest };
            let square_metres = i64::from(s[3] % 2_500) + 500;
            let details = json!({"site": site, "party": party, "kind": "plot", "altitude_m": 1_800});
            // A version of the other site's registration does not fit either.
            let matter = Matter::Measure { site, area: square_metres * 10_000, old };
            let mut act = act(draft(Kind::RegisterSite, details), fact(Kind::RegisterSite, OFFICE, Use::Speaks));
            act.draft = act.draft.covering(&format!("{square_metres}平方米")).replacing(old);
            act.effect = Effect::Office(matter);
            return Some(act);
        }
        3 => {
            let party = [FIRST, SECOND][usize::from(s[2] % 2)];
            let newest = office.parties[&party];
            let old = if stale { pick(&earlier(Kind::RegisterParty), s[3]).unwrap_or(newest) } else { newest };
            let village = ["小草坝", "龙安", "荞山"][usize::from(s[3] % 3)];
            let details = json!({"party": party, "role": "household", "village": village});
            let mut act = act(draft(Kind::RegisterParty, details), fact(Kind::RegisterParty, OFFICE, Use::Speaks));
            act.draft = act.draft.replacing(old);
            act.effect = Effect::Office(Matter::Move { party, old });
            return Some(act);
        }
        4 => {
            let seed = [u8::try_from(s[2] % 40).ok()?; 32];
            let key = hex::encode(ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().as_bytes());
            let party = pick(&[FIRST, PROCESSOR, RIVAL], s[3])?;
            // Most histories are about what stands; a party that takes nothing any more stops them until the office helps.
            let demands = party == RIVAL && s[4].is_multiple_of(3);
            let details = json!({"key": key, "signed_only": demands});
            (Kind::RegisterKey, party, details, Matter::Key { key, party, demands })
        }
        5 => {
            let demanding = office.keys.iter().filter(|(_, signing)| signing.demands && !signing.ended);
            let wanted: Vec<_> = if stale { office.keys.iter().collect() } else { demanding.collect() };
            let (key, signing) = pick(&wanted, s[2])?;
            let by = [OFFICE, signing.party, PROCESSOR][usize::from(s[3] % 3)];
            (Kind::EndKey, by, json!({"key": key}), Matter::EndKey(key.clone()))
        }
        _ => {
            let version = office.rules_version + u32::from(!stale);
            let hold_above = [3_600, 4_100][usize::from(s[2] % 2)];
            let mut table = RulesTable::builtin().ok()?.to_value().ok()?;
            table["version"] = version.into();
            table["figures"]["dry_fresh_hold_above"]["value"] = hold_above.into();
            let (digest, bytes, _) = rules_of(&table);
            let details = json!({"digest": digest, "version": version});
            let mut act = act(draft(Kind::SetRules, details), fact(Kind::SetRules, OFFICE, Use::Speaks));
            act.rules_table = Some(bytes);
            act.effect = Effect::Office(Matter::Rules { version, hold_above });
            return Some(act);
        }
    };
    let mut act = act(draft(kind, details), fact(kind, by, Use::Speaks));
    act.effect = Effect::Office(matter);
    Some(act)
}
