//! The model against the rows that the store holds: balances, holds, recalls, areas, grants, codes and every edge.

use std::collections::BTreeSet;

use trace_core::id::BatchCode;
use trace_core::record::Kind;
use trace_core::state::{Changes, CodeState, Row, Standing};

use crate::codes::PACKAGE;
use crate::model::{Model, Sums, Use};

impl Model {
    /// Says the first difference between the model and what the store holds.
    pub fn compare(&self, rows: &Changes) -> Result<(), String> {
        let mut seen = 0;
        for row in &rows.rows {
            let Row::Batch(row) = row else { continue };
            seen += 1;
            let at =
                self.batches.iter().position(|batch| batch.code == row.code).ok_or(format!("a batch {}", row.code))?;
            let found = Sums {
                made: row.made,
                drawn: row.drawn,
                allotted: row.allotted,
                coded: row.coded,
                returned: row.returned,
                returned_coded: row.returned_coded,
                harvested: row.harvested_mg,
                closings: row.closings,
            };
            same("balance", row.code, &found, &self.sums(at))?;
            same("holds", row.code, &row.holds, &self.holds(at))?;
            same("recalls", row.code, &row.recalls, &self.recalls(at))?;
            same("void", row.code, &row.void, &self.is_void(at))?;
            same("owner", row.code, &row.owner, &self.batches[at].owner)?;
        }
        same("batches", "all", &seen, &self.batches.len())?;
        self.office.compare(rows)?;
        self.compare_codes(rows)?;
        for row in &rows.rows {
            match row {
                Row::Site(site) => same("open area", site.id, &site.open_cm2, &self.open_area(site.id))?,
                Row::Party(party) => {
                    let expected = self.consents.get(&party.id).cloned().unwrap_or_default();
                    same("consents", party.id, &party.consents, &expected)?;
                }
                _ => {}
            }
        }
        for row in &rows.rows {
            let Row::Record(row) = row else { continue };
            let Some(fact) = self.facts.iter().find(|fact| fact.id == row.id) else { continue };
            same("being held", row.id, &row.held, &fact.held)?;
            if fact.kind == Kind::Receive {
                let expected = match (fact.disputed, fact.unconfirmed) {
                    (true, _) => Standing::Disputed,
                    (false, true) => Standing::Unconfirmed,
                    (false, false) => Standing::Settled,
                };
                same("standing", row.id, &row.standing, &expected)?;
            }
        }
        let mut edges = BTreeSet::new();
        for fact in &self.facts {
            let outputs: Vec<BatchCode> = fact.outputs.iter().map(|(b, _)| self.batches[*b].code).collect();
            for (position, (batch, amount)) in (0u32..).zip(&fact.inputs) {
                let amount = if fact.usage == Use::Draws { *amount } else { 0 };
                let uses = fact.usage != Use::Speaks;
                edges.insert((fact.id, position, self.batches[*batch].code, amount, uses, fact.live, outputs.clone()));
            }
        }
        let stored =
            rows.edges.iter().map(|e| (e.record, e.position, e.batch, e.amount, e.uses, e.live, e.outputs.clone()));
        let stored: BTreeSet<_> = stored.collect();
        same("edges", "not in the model", &stored.difference(&edges).next(), &None)?;
        same("edges", "not in the store", &edges.difference(&stored).next(), &None)
    }

    /// Every code issue, and what stands of each of its codes.
    fn compare_codes(&self, rows: &Changes) -> Result<(), String> {
        let issues: Vec<_> = self.facts.iter().filter(|fact| fact.kind == Kind::IssueCodes).collect();
        let mut seen = 0;
        for row in &rows.rows {
            let Row::Issue(row) = row else { continue };
            seen += 1;
            let at = usize::try_from(row.number.get()).map_err(|error| error.to_string())?;
            let origin = at.checked_sub(1).and_then(|at| issues.get(at)).ok_or(format!("an issue {at}"))?;
            let (batch, drawn) = origin.inputs[0];
            let expected = (origin.id, self.batches[batch].code, drawn / PACKAGE, PACKAGE);
            same("issue", at, &(row.record, row.batch, row.count, row.package_amount), &expected)?;
            let stored: BTreeSet<_> =
                row.ranges.iter().map(|(state, range, by)| (*state, range.from.get(), range.to.get(), *by)).collect();
            let stands = self.facts.iter().filter_map(|fact| {
                let (issue, index) = fact.codes.filter(|_| fact.stands())?;
                let state = state_after(fact.kind)?;
                (issue == row.number).then_some((state, index, index, fact.id))
            });
            same("codes of issue", at, &stored, &stands.collect())?;
        }
        same("issues", "all", &seen, &issues.len())
    }
}

fn state_after(kind: Kind) -> Option<CodeState> {
    match kind {
        Kind::ActivateCodes => Some(CodeState::Active),
        Kind::Ship => Some(CodeState::Shipped),
        Kind::VoidCodes => Some(CodeState::Void),
        Kind::Return => Some(CodeState::Returned),
        Kind::Hold => Some(CodeState::Held),
        Kind::Recall => Some(CodeState::Recalled),
        _ => None,
    }
}

pub fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    of: impl std::fmt::Display,
    found: &T,
    expected: &T,
) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what} of {of}: stored {found:?}, the model says {expected:?}"))
    }
}
