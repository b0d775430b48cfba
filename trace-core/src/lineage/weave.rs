//! Building the graph, one record at a time, with all checks. A faulty record is linked as far as it can be, so that
//! one fault does not hide the next.

use super::{Batch, BatchSlot, Lineage, LineageFault, Link, Node, NodeSlot};
use crate::id::{BatchCode, RecordId};
use crate::record::{Details, Input, Kind, Record};

#[derive(Default)]
pub(super) struct Weaver {
    lineage: Lineage,
    faults: Vec<LineageFault>,
}

impl Weaver {
    pub(super) fn blame(&mut self, fault: LineageFault) {
        self.faults.push(fault);
    }

    /// Takes the first fault out, if there is one.
    pub(super) fn first_fault(&mut self) -> Option<LineageFault> {
        if self.faults.is_empty() { None } else { Some(self.faults.swap_remove(0)) }
    }

    /// Adds the next record of the log.
    pub(super) fn add(&mut self, index: u64, record: &Record) {
        let id = record.id();
        if let Some(slot) = self.lineage.by_id.get(&id) {
            let first = self.lineage.nodes[*slot].index;
            self.blame(LineageFault::Twice { record: id, index, first });
            return;
        }
        if let Some(last) = self.lineage.nodes.last()
            && last.index >= index
        {
            let after = last.index;
            self.blame(LineageFault::OutOfOrder { record: id, index, after });
        }
        let old = self.superseded(index, record);
        let inputs: Vec<Link> =
            record.inputs.iter().zip(0u32..).filter_map(|(input, n)| self.link(index, record, old, input, n)).collect();
        if let Some(old) = old {
            self.check_version(record, old, &inputs);
        }
        let slot = self.lineage.nodes.len();
        let outputs = self.outputs(record, old, slot);
        self.lineage.by_id.insert(id, slot);
        let node = Node {
            id,
            index,
            occurred_at: record.occurred_at,
            states: record.details.stated().kind(),
            uses: record.uses_inputs(),
            taints: matches!(record.details.stated(), Details::BringIn(stock) if stock.origin.taints()),
            inputs,
            outputs,
            superseded_by: None,
            voids: record.kind() == Kind::Void,
        };
        self.put(node, old);
    }

    /// All faults, after the one check that needs the whole graph.
    pub(super) fn finish(mut self) -> (Lineage, Vec<LineageFault>) {
        let cycles = self.lineage.cycles();
        self.faults.extend(cycles);
        (self.lineage, self.faults)
    }

    /// The superseded record, if it is named and known.
    fn superseded(&mut self, index: u64, record: &Record) -> Option<NodeSlot> {
        let found = record.supersedes?;
        let Some(slot) = self.lineage.by_id.get(&found).copied() else {
            self.blame(LineageFault::UnknownSuperseded { record: record.id(), found, index });
            return None;
        };
        if let Some(by) = self.lineage.nodes[slot].superseded_by {
            let by = self.lineage.nodes[by].id;
            self.blame(LineageFault::StaleVersion { record: record.id(), found, by });
            return None;
        }
        Some(slot)
    }

    /// Finds the maker of an input and checks that the record may name it.
    fn link(
        &mut self,
        index: u64,
        record: &Record,
        old: Option<NodeSlot>,
        input: &Input,
        position: u32,
    ) -> Option<Link> {
        let (id, batch, found) = (record.id(), input.batch, input.record);
        let place = format!("/inputs/{position}/record");
        let Some(maker) = self.lineage.by_id.get(&found).copied() else {
            self.blame(LineageFault::UnknownInput { record: id, place, found, index });
            return None;
        };
        let slot = self.lineage.by_code.get(&batch).copied();
        let Some(slot) = slot.filter(|slot| self.lineage.nodes[maker].outputs.contains(slot)) else {
            let wanted = slot.and_then(|slot| self.lineage.newest_maker(slot)).map(|node| node.id);
            self.blame(LineageFault::NotItsMaker { record: id, place, batch, found, wanted });
            return None;
        };
        let link = Link { position, batch: slot, maker };
        let newest = self.lineage.batches[slot].versions.last().copied().unwrap_or(maker);
        if newest != maker && !self.keeps_edge(record, old, link) {
            let wanted = self.lineage.nodes[newest].id;
            self.blame(LineageFault::StaleInput { record: id, place, batch, found, wanted });
        }
        let voided = self.lineage.nodes[newest].superseded_by.map(|by| &self.lineage.nodes[by]);
        if let Some(void) = voided.filter(|node| node.voids)
            && !record.details.shape().frozen_inputs
        {
            let (voided_by, place) = (void.id, format!("/inputs/{position}/batch"));
            self.blame(LineageFault::VoidInput { record: id, place, batch, voided_by });
        }
        let wanted = self.lineage.nodes[newest].occurred_at;
        if !wanted.precedes_or_equals(&record.occurred_at) {
            self.blame(LineageFault::BeforeInput { record: id, batch, found: record.occurred_at, wanted });
        }
        Some(link)
    }

    /// A correction may keep an edge to the version that the superseded record named.
    fn keeps_edge(&self, record: &Record, old: Option<NodeSlot>, link: Link) -> bool {
        let Some(old) = old.filter(|_| record.kind() == Kind::Correct) else {
            return false;
        };
        self.lineage.nodes[old].inputs.iter().any(|had| (had.batch, had.maker) == (link.batch, link.maker))
    }

    /// Checks that the record may replace the one at `old`.
    fn check_version(&mut self, record: &Record, old: NodeSlot, inputs: &[Link]) {
        let (id, node) = (record.id(), &self.lineage.nodes[old]);
        let user = node.outputs.iter().find_map(|batch| self.lineage.live_user(*batch));
        if record.kind() == Kind::Void {
            if let Some(user) = user {
                self.blame(LineageFault::VoidsUsed { record: id, user });
            }
            return;
        }
        let (found, wanted) = (record.details.stated().kind(), node.states);
        let had: Vec<BatchCode> = node.outputs.iter().map(|slot| self.lineage.batches[*slot].code).collect();
        let has: Vec<BatchCode> = record.outputs.iter().map(|output| output.batch).collect();
        let mut before: Vec<BatchSlot> = node.inputs.iter().map(|link| link.batch).collect();
        let mut after: Vec<BatchSlot> = inputs.iter().map(|link| link.batch).collect();
        before.sort_unstable();
        after.sort_unstable();
        if found != wanted {
            self.blame(LineageFault::OtherKind { record: id, found, wanted });
        }
        if has != had {
            self.blame(LineageFault::OtherOutputs { record: id, found: has, wanted: had });
        }
        if let Some(user) = user
            && before != after
        {
            self.blame(LineageFault::InputsOfUsed { record: id, user });
        }
    }

    /// The slots of the outputs that are this record's to make.
    fn outputs(&mut self, record: &Record, old: Option<NodeSlot>, slot: NodeSlot) -> Vec<BatchSlot> {
        let mut slots = Vec::with_capacity(record.outputs.len());
        for (i, output) in record.outputs.iter().enumerate() {
            let measure = output.product.measure();
            let Some(batch) = self.lineage.by_code.get(&output.batch).copied() else {
                let batch = self.lineage.batches.len();
                let code = output.batch;
                self.lineage.batches.push(Batch {
                    code,
                    measure,
                    versions: vec![slot],
                    named_by: Vec::new(),
                    live_uses: 0,
                });
                self.lineage.by_code.insert(code, batch);
                slots.push(batch);
                continue;
            };
            if old.is_some_and(|old| self.lineage.nodes[old].outputs.contains(&batch)) {
                self.lineage.batches[batch].versions.push(slot);
                self.lineage.batches[batch].measure = measure;
                slots.push(batch);
                continue;
            }
            let maker = self.lineage.newest_maker(batch).map_or(record.id(), |node| node.id);
            let place = format!("/outputs/{i}/batch");
            self.blame(LineageFault::BatchTaken { record: record.id(), place, batch: output.batch, maker });
        }
        slots
    }

    /// Puts the node into the graph and takes the superseded one out of force.
    fn put(&mut self, node: Node, old: Option<NodeSlot>) {
        let slot = self.lineage.nodes.len();
        if let Some(old) = old {
            self.lineage.nodes[old].superseded_by = Some(slot);
            if self.lineage.nodes[old].uses {
                for link in &self.lineage.nodes[old].inputs {
                    self.lineage.batches[link.batch].live_uses -= 1;
                }
            }
        }
        for link in &node.inputs {
            let batch = &mut self.lineage.batches[link.batch];
            batch.named_by.push((slot, link.position));
            batch.live_uses += usize::from(node.uses);
        }
        self.lineage.nodes.push(node);
    }
}

impl Lineage {
    fn newest_maker(&self, batch: BatchSlot) -> Option<&Node> {
        self.batches[batch].versions.last().map(|slot| &self.nodes[*slot])
    }

    /// A record in force that uses the batch. The counter spares the search where there is none.
    fn live_user(&self, batch: BatchSlot) -> Option<RecordId> {
        let batch = &self.batches[batch];
        if batch.live_uses == 0 {
            return None;
        }
        let mut users = batch.named_by.iter().map(|(slot, _)| &self.nodes[*slot]);
        users.find(|node| node.uses && node.is_live()).map(|node| node.id)
    }

    /// Batches that descend from themselves over records in force, by taking away what has no input left (Kahn's
    /// algorithm). One fault for each record on or behind a cycle.
    fn cycles(&self) -> Vec<LineageFault> {
        let in_force = |node: &Node| node.uses && node.is_live();
        let mut open: Vec<usize> = vec![0; self.nodes.len()];
        let mut ready = Vec::new();
        for (slot, node) in self.nodes.iter().enumerate() {
            let made = |link: &&Link| self.maker_in_force(link.batch).is_some();
            open[slot] = if in_force(node) { node.inputs.iter().filter(made).count() } else { 0 };
            if open[slot] == 0 && node.is_live() {
                ready.push(slot);
            }
        }
        while let Some(slot) = ready.pop() {
            for batch in &self.nodes[slot].outputs {
                for (user, _) in &self.batches[*batch].named_by {
                    if in_force(&self.nodes[*user]) {
                        open[*user] -= 1;
                        if open[*user] == 0 {
                            ready.push(*user);
                        }
                    }
                }
            }
        }
        let stuck = self.nodes.iter().zip(open).filter(|(_, left)| *left > 0);
        stuck
            .filter_map(|(node, _)| {
                let batch = self.batches[*node.outputs.first()?].code;
                Some(LineageFault::Cycle { record: node.id, batch })
            })
            .collect()
    }
}
