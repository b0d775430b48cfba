//! The lineage of a whole log in little memory: about 100 bytes a record, so that an audit of millions fits.
//!
//! It checks what [`Lineage`](crate::lineage::Lineage) checks, and names faults as that does, but answers no questions
//! for people. Walking it is limited to what a replay asks: which records name a batch.
//!
//! There is no search for cycles: new outputs have new codes, and a correction that changes its inputs while its outputs
//! are used is a fault of its own, so no cycle comes about without one of the faults that are named here.

use super::slots::Slots;
use crate::id::{BatchCode, RecordId};
use crate::lineage::LineageFault;
use crate::record::{Input, Kind, Record};
use crate::time::OccurredAt;

/// No node, no use.
const NONE: u32 = u32::MAX;

/// One record. Its inputs and outputs begin here and end where those of the next begin.
#[derive(Debug, Clone, Copy)]
struct Node {
    index: u64,
    inputs: u32,
    outputs: u32,
    superseded_by: u32,
    states: Kind,
    uses: bool,
    voids: bool,
}

/// One input of a record whose maker is known.
#[derive(Debug, Clone, Copy)]
struct Use {
    batch: u32,
    maker: u32,
    record: u32,
    /// The use of the same batch before this one.
    before: u32,
}

/// One batch.
#[derive(Debug, Clone, Copy)]
struct Batch {
    code: u64,
    /// The newest version of the record that made it, and when that says it was made.
    maker: u32,
    occurred_at: OccurredAt,
    /// The newest use.
    newest_use: u32,
    /// How many records in force use it.
    live_uses: u32,
}

/// All records of a log so far, linked.
#[derive(Debug, Default)]
pub struct Graph {
    ids: Vec<RecordId>,
    nodes: Vec<Node>,
    by_id: Slots,
    batches: Vec<Batch>,
    by_code: Slots,
    uses: Vec<Use>,
    made: Vec<u32>,
    faults: Vec<LineageFault>,
}

fn hash_of(id: &RecordId) -> u64 {
    // An id is a hash already.
    let mut first = [0; 8];
    first.copy_from_slice(&id.as_bytes()[..8]);
    u64::from_be_bytes(first)
}

/// A position as it is stored. 2^32 - 1 records are more than the log of a thousand years, and [`Graph::add`] stops there.
fn slot(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(NONE)
}

impl Graph {
    /// Position of a record among those that were added, in the order of the log.
    pub fn record(&self, id: &RecordId) -> Option<u32> {
        self.by_id.find(hash_of(id), |slot| self.ids[slot as usize] == *id)
    }

    /// The id of the record at this position.
    pub fn id(&self, record: u32) -> Option<RecordId> {
        self.ids.get(record as usize).copied()
    }

    /// Position of the record of the entry with this index.
    pub fn at(&self, index: u64) -> Option<u32> {
        self.nodes.binary_search_by_key(&index, |node| node.index).ok().map(slot)
    }

    /// Position of a batch, in the order in which they were made.
    pub fn batch(&self, code: BatchCode) -> Option<u32> {
        let code = code.packed();
        self.by_code.find(code, |slot| self.batches[slot as usize].code == code)
    }

    /// The code of the batch at this position.
    pub fn code(&self, batch: u32) -> Option<BatchCode> {
        self.batches.get(batch as usize).and_then(|batch| BatchCode::from_packed(batch.code).ok())
    }

    /// The records that name a batch as an input, newest first.
    pub fn users(&self, batch: u32) -> impl Iterator<Item = u32> {
        self.uses_of(batch).map(|one| one.record)
    }

    fn uses_of(&self, batch: u32) -> impl Iterator<Item = Use> {
        let mut next = self.batches.get(batch as usize).map_or(NONE, |batch| batch.newest_use);
        std::iter::from_fn(move || {
            let one = *self.uses.get(next as usize)?;
            next = one.before;
            Some(one)
        })
    }

    /// How many records and batches there are.
    pub fn counts(&self) -> (usize, usize) {
        (self.nodes.len(), self.batches.len())
    }

    /// How many outputs all records have.
    pub const fn outputs_count(&self) -> usize {
        self.made.len()
    }

    /// The number of an output among all outputs, in the order of the log.
    pub fn output_number(&self, record: u32, batch: u32) -> Option<usize> {
        let first = self.nodes.get(record as usize)?.outputs as usize;
        self.outputs_of(record).iter().position(|made| *made == batch).map(|at| first + at)
    }

    /// The record and batch of the output with this number.
    pub fn output(&self, number: usize) -> Option<(RecordId, BatchCode)> {
        let batch = *self.made.get(number)?;
        let record = self.nodes.partition_point(|node| node.outputs as usize <= number).checked_sub(1)?;
        Some((self.ids[record], self.code(batch)?))
    }

    /// The faults since the last call.
    pub fn faults(&mut self) -> Vec<LineageFault> {
        std::mem::take(&mut self.faults)
    }

    /// Adds the next record of the log. A faulty one is linked as far as it can be, so that one fault does not hide the
    /// next.
    pub fn add(&mut self, index: u64, record: &Record) {
        let id = record.id();
        if let Some(first) = self.record(&id) {
            let first = self.nodes[first as usize].index;
            self.faults.push(LineageFault::Twice { record: id, index, first });
            return;
        }
        if self.nodes.len() >= NONE as usize - 1 {
            return;
        }
        let this = slot(self.nodes.len());
        let old = self.superseded(index, record);
        let (inputs, outputs) = (slot(self.uses.len()), slot(self.made.len()));
        let links: Vec<Use> =
            (0..).zip(&record.inputs).filter_map(|(n, input)| self.link(index, record, old, input, n)).collect();
        if let Some(old) = old {
            self.check_version(record, old, &links);
        }
        let uses = record.uses_inputs();
        let (states, voids) = (record.details.stated().kind(), record.kind() == Kind::Void);
        self.nodes.push(Node { index, inputs, outputs, superseded_by: NONE, states, uses, voids });
        let Self { ids, .. } = self;
        ids.push(id);
        self.by_id.insert(hash_of(&id), this, |slot| hash_of(&ids[slot as usize]));
        self.make(record, old, this);
        if let Some(old) = old {
            self.retire(old, this);
        }
        for link in links {
            let batch = &mut self.batches[link.batch as usize];
            let before = std::mem::replace(&mut batch.newest_use, slot(self.uses.len()));
            batch.live_uses += u32::from(uses);
            self.uses.push(Use { record: this, before, ..link });
        }
    }

    fn inputs_of(&self, node: u32) -> &[Use] {
        let start = self.nodes[node as usize].inputs as usize;
        let end = self.nodes.get(node as usize + 1).map_or(self.uses.len(), |next| next.inputs as usize);
        &self.uses[start..end]
    }

    fn outputs_of(&self, node: u32) -> &[u32] {
        let start = self.nodes[node as usize].outputs as usize;
        let end = self.nodes.get(node as usize + 1).map_or(self.made.len(), |next| next.outputs as usize);
        &self.made[start..end]
    }

    /// The record that replaced this one, or voided it.
    fn replaced_by(&self, node: u32) -> Option<u32> {
        Some(self.nodes[node as usize].superseded_by).filter(|by| *by != NONE)
    }

    fn retire(&mut self, old: u32, by: u32) {
        self.nodes[old as usize].superseded_by = by;
        if self.nodes[old as usize].uses {
            for position in 0..self.inputs_of(old).len() {
                let batch = self.inputs_of(old)[position].batch;
                self.batches[batch as usize].live_uses -= 1;
            }
        }
    }

    /// The superseded record, if it is named and known.
    fn superseded(&mut self, index: u64, record: &Record) -> Option<u32> {
        let found = record.supersedes?;
        let Some(old) = self.record(&found) else {
            self.faults.push(LineageFault::UnknownSuperseded { record: record.id(), found, index });
            return None;
        };
        if let Some(by) = self.replaced_by(old) {
            let by = self.ids[by as usize];
            self.faults.push(LineageFault::StaleVersion { record: record.id(), found, by });
            return None;
        }
        Some(old)
    }

    /// Finds the maker of an input and checks that the record may name it.
    fn link(&mut self, index: u64, record: &Record, old: Option<u32>, input: &Input, position: u32) -> Option<Use> {
        let (id, batch, found) = (record.id(), input.batch, input.record);
        let place = || format!("/inputs/{position}/record");
        let Some(maker) = self.record(&found) else {
            self.faults.push(LineageFault::UnknownInput { record: id, place: place(), found, index });
            return None;
        };
        let known = self.batch(batch);
        let Some(known) = known.filter(|known| self.outputs_of(maker).contains(known)) else {
            let wanted = known.map(|known| self.ids[self.batches[known as usize].maker as usize]);
            self.faults.push(LineageFault::NotItsMaker { record: id, place: place(), batch, found, wanted });
            return None;
        };
        let newest = self.batches[known as usize];
        let keeps = |old: u32| self.inputs_of(old).iter().any(|had| (had.batch, had.maker) == (known, maker));
        if newest.maker != maker && !old.is_some_and(|old| record.kind() == Kind::Correct && keeps(old)) {
            let wanted = self.ids[newest.maker as usize];
            self.faults.push(LineageFault::StaleInput { record: id, place: place(), batch, found, wanted });
        }
        let voided = self.replaced_by(newest.maker).filter(|by| self.nodes[*by as usize].voids);
        if let Some(void) = voided.filter(|_| !record.details.shape().frozen_inputs) {
            let (voided_by, place) = (self.ids[void as usize], format!("/inputs/{position}/batch"));
            self.faults.push(LineageFault::VoidInput { record: id, place, batch, voided_by });
        }
        let wanted = newest.occurred_at;
        if !wanted.precedes_or_equals(&record.occurred_at) {
            self.faults.push(LineageFault::BeforeInput { record: id, batch, found: record.occurred_at, wanted });
        }
        Some(Use { batch: known, maker, record: NONE, before: NONE })
    }

    /// Checks that the record may replace the one at `old`.
    fn check_version(&mut self, record: &Record, old: u32, links: &[Use]) {
        let id = record.id();
        let user = self.outputs_of(old).iter().find_map(|batch| self.live_user(*batch));
        if record.kind() == Kind::Void {
            self.faults.extend(user.map(|user| LineageFault::VoidsUsed { record: id, user }));
            return;
        }
        let (found, wanted) = (record.details.stated().kind(), self.nodes[old as usize].states);
        if found != wanted {
            self.faults.push(LineageFault::OtherKind { record: id, found, wanted });
        }
        let had: Vec<BatchCode> = self.outputs_of(old).iter().filter_map(|batch| self.code(*batch)).collect();
        let has: Vec<BatchCode> = record.outputs.iter().map(|output| output.batch).collect();
        if has != had {
            self.faults.push(LineageFault::OtherOutputs { record: id, found: has, wanted: had });
        }
        let sorted = |uses: &[Use]| {
            let mut batches: Vec<u32> = uses.iter().map(|one| one.batch).collect();
            batches.sort_unstable();
            batches
        };
        if let Some(user) = user.filter(|_| sorted(self.inputs_of(old)) != sorted(links)) {
            self.faults.push(LineageFault::InputsOfUsed { record: id, user });
        }
    }

    /// A record in force that uses the batch. The counter spares the search where there is none.
    fn live_user(&self, batch: u32) -> Option<RecordId> {
        if self.batches[batch as usize].live_uses == 0 {
            return None;
        }
        let in_force = |record: &u32| self.nodes[*record as usize].uses && self.replaced_by(*record).is_none();
        self.users(batch).find(in_force).map(|record| self.ids[record as usize])
    }

    /// Notes the outputs that are this record's to make.
    fn make(&mut self, record: &Record, old: Option<u32>, this: u32) {
        for (i, output) in record.outputs.iter().enumerate() {
            let code = output.batch.packed();
            let occurred_at = record.occurred_at;
            let Some(batch) = self.batch(output.batch) else {
                let batch = slot(self.batches.len());
                let Self { batches, .. } = self;
                batches.push(Batch { code, maker: this, occurred_at, newest_use: NONE, live_uses: 0 });
                self.by_code.insert(code, batch, |slot| batches[slot as usize].code);
                self.made.push(batch);
                continue;
            };
            if old.is_some_and(|old| self.outputs_of(old).contains(&batch)) {
                let known = &mut self.batches[batch as usize];
                (known.maker, known.occurred_at) = (this, occurred_at);
                self.made.push(batch);
                continue;
            }
            let maker = self.id(self.batches[batch as usize].maker).unwrap_or_else(|| record.id());
            let place = format!("/outputs/{i}/batch");
            self.faults.push(LineageFault::BatchTaken { record: record.id(), place, batch: output.batch, maker });
        }
    }
}
