//! Rehearsing an append: judged like one, on the newest state and by the same code, and then nothing is stored.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use trace_core::id::{PartyId, Uid};
use trace_core::record::{Finding, Refusal};
use trace_core::state::{Key, View};

use super::rules::RulesShelf;
use super::sitting::{Outcome, Seat, Sitting};
use super::{AppendError, Ledger, Request};
use crate::keystore::Keys;
use crate::store::{Commit, Head, Judge, RequestRow, StoreError};

/// Rules tables that one rehearsal may have to fetch: the one in force, and one more for each that it puts into force.
const ROUNDS_MAX: usize = 8;

/// What an append would answer now.
#[derive(Debug, Clone)]
pub enum Rehearsed {
    /// It may stand, or stands already; with what the rules find.
    Stands(Vec<Finding>),
    /// It is refused.
    Refused(Refusal),
}

impl Ledger {
    /// Judges requests one after another, each on the effects of those before it that may stand, and stores nothing.
    ///
    /// What tells of persons is not sealed for it: a request that lacks a key counts as one that may stand, and so do
    /// those after it, which are not judged.
    ///
    /// # Errors
    /// As [`Ledger::append`], but for refusals, which are among the answers.
    pub async fn rehearse(&self, requests: Vec<Request>) -> Result<Vec<Rehearsed>, AppendError> {
        if self.inner.suspended.load(Ordering::Acquire) {
            return Err(AppendError::Suspended);
        }
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        for request in &requests {
            self.check_files(request).await?;
        }
        // A shelf of its own: a table that is only rehearsed stays off the ledger's.
        let shelf = Arc::new(RulesShelf::default());
        for _ in 0..ROUNDS_MAX {
            let mut lacking = None;
            let answers = self.sit_without_storing(&requests, &shelf).await?.into_iter().map(|outcome| match outcome {
                Outcome::Accepted(records) => {
                    Rehearsed::Stands(records.into_iter().flat_map(|record| record.findings).collect())
                }
                Outcome::Refused(refusal) => Rehearsed::Refused(refusal),
                Outcome::NeedsRules(digest) => {
                    lacking = Some(digest);
                    Rehearsed::Stands(Vec::new())
                }
                Outcome::Repeated(_) | Outcome::Claimed(_) | Outcome::NeedsKeys(_) => Rehearsed::Stands(Vec::new()),
            });
            let answers: Vec<Rehearsed> = answers.collect();
            match lacking {
                None => return Ok(answers),
                Some(digest) => drop(shelf.fetch(digest, &**self.store()).await?),
            }
        }
        Err(StoreError::Engine("a rehearsal asked for rules tables without end".to_owned()).into())
    }

    async fn sit_without_storing(
        &self,
        requests: &[Request],
        shelf: &Arc<RulesShelf>,
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut seats = Vec::with_capacity(requests.len());
        for request in requests {
            let seed =
                (self.inner.surroundings.seed)().map_err(|e| StoreError::Engine(format!("no randomness: {e}")))?;
            seats.push(Seat { request: request.clone(), seed });
        }
        let sitting = Sitting::new(seats, self.now(), self.inner.key_version, Arc::clone(shelf), Keys::new());
        let rehearsal = Arc::new(Rehearsal { sitting, head: Mutex::new(None) });
        self.store().append(Arc::clone(&rehearsal) as Arc<dyn Judge>).await?;
        Ok(rehearsal.sitting.outcomes())
    }
}

/// A judge whose commit holds nothing, so that the store writes nothing.
struct Rehearsal {
    sitting: Sitting,
    head: Mutex<Option<Head>>,
}

impl Judge for Rehearsal {
    fn uids(&self) -> Vec<(PartyId, Uid)> {
        self.sitting.uids()
    }

    fn begin(&self, head: Head, answered: Vec<RequestRow>) {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = Some(head.clone());
        self.sitting.begin(head, answered);
    }

    fn step(&self, view: &mut View) -> Result<Commit, BTreeSet<Key>> {
        let commit = self.sitting.step(view)?;
        let head = self.head.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Commit::on(head.unwrap_or(commit.head)))
    }
}
