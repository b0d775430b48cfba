//! The replay of a whole log in little memory: a view that holds some thousand entries' rows, and a shelf for the rest.

use trace_core::audit::{Faults, Graph, replay, stopped};
use trace_core::record::{Amounts, Entry};
use trace_core::state::{Stop, View};
use trace_core::tianma::RulesTable;

use super::AuditError;
use super::shelf::Shelf;

/// Entries after which the view is emptied onto the shelf: its rows take some ten megabytes then.
const ENTRIES_A_VIEW: usize = 8_192;

/// How often an entry may ask for rows; see the stores' limit of the same kind.
const ROUNDS_MAX: usize = 64;

/// Replays entries in their order.
pub struct Replayer {
    view: View,
    in_view: usize,
    shelf: Shelf,
    rules: RulesTable,
}

impl Replayer {
    /// Before the first entry.
    ///
    /// # Errors
    /// [`AuditError`] if there is no room for the shelf.
    pub fn new() -> Result<Self, AuditError> {
        let rules = RulesTable::builtin().map_err(|error| AuditError::Program(error.to_string()))?;
        Ok(Self { view: View::default(), in_view: 0, shelf: Shelf::new()?, rules })
    }

    /// Does an entry again. Answers whether it could be done; if not, nothing of it remains and a fault says why.
    ///
    /// # Errors
    /// [`AuditError`] of the shelf.
    pub fn replay(
        &mut self,
        index: u64,
        entry: &Entry,
        amounts: Option<&Amounts>,
        graph: &Graph,
        faults: &mut Faults,
    ) -> Result<bool, AuditError> {
        let none = Amounts::default();
        let amounts = amounts.unwrap_or(&none);
        for _ in 0..ROUNDS_MAX {
            match replay(index, entry, amounts, &self.rules, &mut self.view) {
                Ok(()) => {
                    self.view.accept();
                    self.in_view += 1;
                    if self.in_view == ENTRIES_A_VIEW {
                        self.empty(graph)?;
                    }
                    return Ok(true);
                }
                Err(Stop::Missing) => {
                    self.view.reject();
                    let keys = self.view.missing();
                    let (rows, edges) = self.shelf.load(&keys, graph)?;
                    self.view.load(keys, rows, edges);
                }
                Err(stop) => {
                    self.view.reject();
                    faults.push(stopped(index, entry.record.id(), &stop));
                    return Ok(false);
                }
            }
        }
        faults.push(stopped(index, entry.record.id(), &Stop::Missing));
        Ok(false)
    }

    fn empty(&mut self, graph: &Graph) -> Result<(), AuditError> {
        let changes = self.view.take_changes();
        self.shelf.put(&changes, graph)?;
        self.view = View::default();
        self.in_view = 0;
        Ok(())
    }

    /// After the last entry everything is on the shelf.
    ///
    /// # Errors
    /// [`AuditError`] of the shelf.
    pub fn end(&mut self, graph: &Graph) -> Result<(), AuditError> {
        self.empty(graph)
    }

    /// The rows that the log gives.
    pub const fn shelf(&mut self) -> &mut Shelf {
        &mut self.shelf
    }
}
