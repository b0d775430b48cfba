//! The log as a whole, entry after entry: its tree, the order of times, the rules in force, whose keys may sign, and
//! the lineage.
//!
//! It needs public entries alone and holds about 100 bytes of each. Amounts and balances are the replay's matter.

use super::fault::{Fault, Faults};
use super::graph::Graph;
use super::reading::ReadEntry;
use crate::id::RecordId;
use crate::log::{Frontier, Hash, Node};
use crate::record::{Details, Entry, Origin};
use crate::state::PublicKeys;
use crate::time::ReceivedAt;

/// Checks a log from its first entry on.
#[derive(Debug, Default)]
pub struct Chain {
    tree: Frontier,
    graph: Graph,
    origin: Option<Origin>,
    rules: Option<RecordId>,
    tables: Vec<(u64, RecordId)>,
    keys: PublicKeys,
    last_received_at: Option<ReceivedAt>,
}

impl Chain {
    /// A chain before its first entry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next entry. `completed` is shown every node of the tree that became complete with it, the leaf first.
    ///
    /// Answers whether the entry may be built on: it was read, and stands in the lineage.
    pub fn add(&mut self, read: &ReadEntry, faults: &mut Faults, completed: impl FnMut(Node, Hash)) -> bool {
        self.tree.push_with(read.leaf, completed);
        let index = read.index;
        let entry = match &read.entry {
            Ok(entry) => entry,
            Err(refusal) => {
                faults.push(Fault::unreadable(index, None, refusal));
                return false;
            }
        };
        let id = entry.record.id();
        let fault = |field: &str, problem: String| Fault::in_entry(index, Some(id), field, problem);
        if let Some(last) = self.last_received_at
            && entry.received_at < last
        {
            let problem = format!("found {}, after {last}; times never run backwards", entry.received_at);
            faults.push(fault("entry/received_at", problem));
        }
        self.last_received_at = Some(entry.received_at);
        self.check_ledger(index, entry, faults);
        if let Some(position) = read.bad_signature {
            let problem = "the signature is not that of its key over the record's canonical bytes".to_owned();
            faults.push(fault(&format!("entry/signatures/{position}"), problem));
        }
        let keys = self.keys.add(entry);
        if let Err(problem) = keys
            && read.bad_signature.is_none()
        {
            faults.push(fault("entry/signatures", problem.to_string()));
        }
        self.graph.add(index, &entry.record);
        let of_lineage = self.graph.faults();
        faults.extend(of_lineage.iter().map(|fault| Fault::of_lineage(index, fault)));
        self.graph.record(&id).is_some()
    }

    /// Founding, origin and rules in force.
    fn check_ledger(&mut self, index: u64, entry: &Entry, faults: &mut Faults) {
        let record = &entry.record;
        let mut fault = |field: &str, problem: String| {
            faults.push(Fault::in_entry(index, Some(record.id()), field, problem));
        };
        let founding = matches!(record.details, Details::Found(_));
        if founding != (index == 0) {
            let problem = format!("found {}; entry 0 is the founding, and no other is", record.kind());
            fault("entry/record/kind", problem);
        }
        if let Some(origin) = &self.origin
            && record.log != *origin
        {
            fault("entry/record/log", format!("found {}; this log is {origin}", record.log));
        }
        if let Details::Found(found) = &record.details
            && self.origin.is_none()
        {
            self.origin = Some(found.origin.clone());
            self.rules = Some(found.rules);
            self.tables.push((index, found.rules));
        }
        if let Some(rules) = self.rules
            && entry.rules != rules
        {
            fault("entry/rules", format!("found {}; the rules in force were {rules}", entry.rules));
        }
        if let Details::SetRules(set) = &record.details {
            self.rules = Some(set.digest);
            self.tables.push((index, set.digest));
        }
    }

    /// The tree over all entries so far.
    pub const fn tree(&self) -> &Frontier {
        &self.tree
    }

    /// When the newest entry was taken.
    pub const fn last_received_at(&self) -> Option<ReceivedAt> {
        self.last_received_at
    }

    /// The log's name, from its founding.
    pub const fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The rules tables that were put into force, and by which entry.
    pub fn rules_tables(&self) -> &[(u64, RecordId)] {
        &self.tables
    }

    /// The lineage so far.
    pub const fn graph(&self) -> &Graph {
        &self.graph
    }
}
