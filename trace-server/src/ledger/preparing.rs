//! Completing a request without appending it: what a client then signs.
//!
//! It judges nothing. Within a group what an earlier record makes is put into the view, so that a later one may name it:
//! else a party that must sign could send no group.

use std::sync::Arc;

use trace_core::audit;
use trace_core::id::RecordId;
use trace_core::prepare::{self, Completed, Randomness};
use trace_core::record::Entry;
use trace_core::state::{Stop, View};
use trace_core::tianma::RulesTable;

use super::sitting::defaults;
use super::{AppendError, Item, Request, Surroundings};
use crate::store::{Store, StoreError};

/// Rounds of loading before it is given up; judging needs fewer than ten.
const ROUNDS_MAX: usize = 64;

/// Completes the drafts of a request, on the newest state that is read without the lock.
pub(super) async fn prepare(
    store: &Arc<dyn Store>,
    surroundings: &Surroundings,
    key_version: u8,
    request: &Request,
) -> Result<Vec<Completed>, AppendError> {
    let seed = (surroundings.seed)().map_err(|e| StoreError::Engine(format!("no randomness: {e}")))?;
    // Only judging reads it.
    let rules = RulesTable::builtin().map_err(|e| StoreError::Engine(e.to_string()))?;
    let preparing = Preparing { request, surroundings, key_version, seed, rules };
    let mut view = View::default();
    for _ in 0..ROUNDS_MAX {
        let completed = preparing.all(&mut view);
        view.reject();
        match completed {
            Ok(completed) => return Ok(completed),
            Err(Stop::Refused(refusal)) => return Err((*refusal).into()),
            Err(Stop::Missing) => {
                let keys = view.missing();
                let (rows, edges) = store.load(&keys).await?;
                view.load(keys, rows, edges);
            }
        }
    }
    Err(AppendError::Store(StoreError::Engine("preparing asked for rows without end".to_owned())))
}

struct Preparing<'a> {
    request: &'a Request,
    surroundings: &'a Surroundings,
    key_version: u8,
    seed: [u8; 32],
    rules: RulesTable,
}

impl Preparing<'_> {
    fn all(&self, view: &mut View) -> Result<Vec<Completed>, Stop> {
        let items = &self.request.items;
        let mut group = Vec::with_capacity(items.len());
        for i in 0..items.len() {
            match self.one(i, &group, view) {
                Ok(completed) => group.push(completed),
                Err(Stop::Refused(refusal)) if items.len() > 1 => {
                    return Err((*refusal).below(&format!("/{i}")).into());
                }
                Err(Stop::Missing) => {
                    // For their questions only, so that a long group does not take a round for each record.
                    for later in i + 1..items.len() {
                        drop(self.one(later, &group, view));
                    }
                    return Err(Stop::Missing);
                }
                Err(stop) => return Err(stop),
            }
        }
        Ok(group)
    }

    /// Completes one, and puts what it makes into the view for those after it.
    fn one(&self, i: usize, group: &[Completed], view: &mut View) -> Result<Completed, Stop> {
        let completed = match &self.request.items[i] {
            Item::Signed { completed, .. } => completed.as_ref().clone(),
            Item::Draft { draft, .. } => {
                let defaults = defaults(draft, self.request.submitter, self.key_version, view)?;
                prepare::complete(draft, group, &defaults, &mut Randomness::of_position(self.seed, i), view)?
            }
        };
        if i + 1 < self.request.items.len() {
            let entry = Entry {
                findings: Vec::new(),
                received_at: (self.surroundings.now)(),
                record: completed.record.clone(),
                rules: RecordId::of(b""),
                signatures: Vec::new(),
            };
            audit::replay(i as u64, &entry, &completed.amounts, &self.rules, view)?;
        }
        Ok(completed)
    }
}
