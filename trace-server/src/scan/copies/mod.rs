//! Codes that were probably copied: openings are held against rules, what they find is remembered in bounded memory and
//! kept for the office.
//!
//! A live stream that shows a code trips rules too, and the page says so; what they never do is to call a package a
//! fake. How a finding is worded is the pages' business.

mod judging;
mod reason;
mod rules;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use trace_core::code::{CodeIndex, Decoded, IssueNumber};
use trace_core::record::Entry;
use trace_core::state::CodeState;
use trace_core::time::{ReceivedAt, Zone};

pub(super) use judging::Opening;
pub use reason::Reason;
pub use rules::{CopyRules, CopyRulesError, Rule, Tells};

use super::Package;
use crate::store::{NewSuspicion, PackageScans, Store};

/// Entries of each memory; full, it forgets all. A live stream opens one code 500 times a second, and a rule need not
/// look at it each time.
const REMEMBERED_MAX: usize = 4_096;

/// A package or run that was noted is noted again after so long, so that the office sees that it goes on.
const NOTED_AGAIN_MS: i64 = 600_000;

/// The neighbours of a code that is not in circulation are looked at so often.
const NEIGHBOURS_AGAIN_MS: i64 = 60_000;

/// Codes of nobody's issue that are noted in [`NOTED_AGAIN_MS`]: who has a key can make as many as they like, and shall
/// not fill the database with them.
const NEVER_ISSUED_NOTED_MAX: u32 = 200;

type Place = (IssueNumber, u32);

/// Holds openings against the rules.
pub(super) struct Copies {
    store: Arc<dyn Store>,
    rules: CopyRules,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// Packages of which the consumer is told, and why.
    suspects: HashMap<Place, Reason>,
    /// What was noted when.
    noted: HashMap<(Place, Rule), i64>,
    /// Whose neighbours were looked at when.
    neighbours: HashMap<Place, i64>,
    /// Since when, and how many codes of nobody's issue were noted.
    never_issued: (i64, u32),
}

/// Whether something was last done `again_ms` ago or longer; then it counts as done now.
fn due<K: Hash + Eq>(done: &mut HashMap<K, i64>, key: K, now_ms: i64, again_ms: i64) -> bool {
    if done.get(&key).is_some_and(|then| now_ms - then < again_ms) {
        return false;
    }
    put(done, key, now_ms);
    true
}

fn put<K: Hash + Eq, V>(map: &mut HashMap<K, V>, key: K, value: V) {
    if map.len() >= REMEMBERED_MAX && !map.contains_key(&key) {
        map.clear();
    }
    map.insert(key, value);
}

impl Copies {
    pub fn new(store: Arc<dyn Store>, rules: CopyRules) -> Self {
        Self { store, rules, memory: Mutex::default() }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Nothing between lock and unlock can panic half-way; the maps are whole in any case.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the consumer is told of a package that was found suspect before.
    pub fn known(&self, package: &Package) -> Option<Reason> {
        self.memory().suspects.get(&place(package)).cloned()
    }

    /// Whether a package with so many openings before this one is worth a look at its openings. One that is suspect
    /// already is looked at more and more seldom, so that what a live stream costs does not grow.
    pub fn is_worth_a_look(&self, package: &Package, before: u64) -> bool {
        before < PackageScans::FEW || (before + 1).is_power_of_two() || self.known(package).is_none()
    }

    /// Looks at the openings of a package in circulation; what the consumer is told of them.
    pub async fn look(&self, package: &Package, opening: &Opening<'_>) -> Option<Reason> {
        let found = judging::of_openings(&self.rules, opening);
        let told = found.iter().find(|reason| self.rules.tells(reason.rule()) == Tells::Everybody).cloned();
        if let Some(reason) = &told {
            put(&mut self.memory().suspects, place(package), reason.clone());
        }
        self.note(place(package), found, opening.at).await;
        told.or_else(|| self.known(package))
    }

    /// The first opening of a package in circulation; what the consumer is told of it.
    pub async fn first(&self, package: &Package, at: ReceivedAt, zone: Zone) -> Option<Reason> {
        let days_min = self.rules.first_opening_late.days_min;
        let today = zone.date_at(at);
        let days_since = |date: jiff::civil::Date| u32::try_from((today - date).get_days()).unwrap_or(0);
        // No package is activated before its batch is made, so the record of a young batch need not be read.
        if days_since(package.batch.occurred_at.date()) < days_min {
            return None;
        }
        let activated = package.record_that_made(CodeState::Active)?;
        let entries = self.store.entries_of(&[activated]).await.ok()?;
        let entry = Entry::from_bytes(&entries.first()?.bytes).ok()?;
        let days = days_since(entry.record.occurred_at.date());
        if days < days_min {
            return None;
        }
        let reason = Reason::FirstOpeningLate { days };
        self.note(place(package), vec![reason.clone()], at).await;
        (self.rules.tells(Rule::FirstOpeningLate) == Tells::Everybody).then_some(reason)
    }

    /// The opening of a package that was taken out of circulation.
    pub async fn gone(&self, package: &Package, returned: bool, at: ReceivedAt) {
        self.note(place(package), vec![Reason::OutOfCirculation { returned }], at).await;
    }

    /// The opening of a package that is not in circulation yet; its neighbours in number may have been opened too.
    pub async fn not_activated(&self, package: &Package, at: ReceivedAt) {
        let rule = &self.rules.run_of_not_activated;
        let (issue, index) = place(package);
        if rule.tells == Tells::Nobody
            || !due(&mut self.memory().neighbours, (issue, index), at.as_unix_ms(), NEIGHBOURS_AGAIN_MS)
        {
            return;
        }
        let since = at.as_unix_ms() - i64::from(rule.hours_max) * 3_600_000;
        let Ok(since) = ReceivedAt::from_unix_ms(since) else { return };
        let last = u32::try_from(package.issue.count - 1).unwrap_or(u32::MAX);
        let near = index.saturating_sub(rule.within)..=index.saturating_add(rule.within).min(last);
        let opened = match self.store.opened_since(issue, near, since).await {
            Ok(opened) => opened,
            Err(error) => {
                tracing::error!(%error, "the neighbours of a code could not be looked at");
                return;
            }
        };
        let outside = |index: &u32| CodeIndex::new(*index).is_ok_and(|index| !package.issue_activated(index));
        let opened: Vec<u32> = opened.into_iter().filter(outside).collect();
        if let Some(run) = judging::run(&self.rules, &opened, index) {
            // One row for each block of numbers, however long the run grows.
            self.note((issue, index - index % rule.within), vec![run], at).await;
        }
    }

    /// The opening of a code that one of our keys made and no issue holds.
    pub async fn never_issued(&self, decoded: Decoded, at: ReceivedAt) {
        let place = (decoded.issue(), decoded.index().get());
        let is_room = {
            let mut memory = self.memory();
            let (since, noted) = &mut memory.never_issued;
            if at.as_unix_ms() - *since >= NOTED_AGAIN_MS {
                (*since, *noted) = (at.as_unix_ms(), 0);
            }
            *noted += 1;
            *noted <= NEVER_ISSUED_NOTED_MAX
        };
        if is_room {
            let (issue, index, key) = (place.0, place.1, decoded.key_version());
            tracing::error!(%issue, index, key, "a code was opened that a key made and no issue holds: the key is in other hands");
            self.note(place, vec![Reason::NeverIssued { key }], at).await;
        }
    }

    /// Keeps what was found for the office, unless it was kept a moment ago. That it cannot be kept is no reason to hold
    /// a page back.
    async fn note(&self, (issue, index): Place, found: Vec<Reason>, at: ReceivedAt) {
        let fresh: Vec<NewSuspicion> = {
            let mut memory = self.memory();
            let fresh = found.into_iter().filter(|reason| {
                self.rules.tells(reason.rule()) != Tells::Nobody
                    && due(&mut memory.noted, ((issue, index), reason.rule()), at.as_unix_ms(), NOTED_AGAIN_MS)
            });
            fresh
                .map(|reason| NewSuspicion {
                    issue,
                    index,
                    rule: reason.rule().code().to_owned(),
                    at,
                    facts: reason.to_facts(),
                })
                .collect()
        };
        if fresh.is_empty() {
            return;
        }
        if let Err(error) = self.store.put_suspicions(&fresh).await {
            tracing::error!(%error, %issue, index, "a suspicion was not kept");
            let mut memory = self.memory();
            memory.noted.retain(|(place, _), _| *place != (issue, index));
        }
    }
}

fn place(package: &Package) -> Place {
    (package.issue.number, package.index.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut map = HashMap::new();
        for n in 0..3 * REMEMBERED_MAX {
            assert!(due(&mut map, n, 0, 10));
            assert!(map.len() <= REMEMBERED_MAX);
        }
        let last = 3 * REMEMBERED_MAX - 1;
        assert!(!due(&mut map, last, 9, 10));
        assert!(due(&mut map, last, 10, 10));
    }
}
