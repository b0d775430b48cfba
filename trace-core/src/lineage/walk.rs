//! Walking the graph from a batch, back to what it was made of and forward to what was made of it.

use super::{BatchSlot, Lineage, Link, NodeSlot};
use crate::id::{BatchCode, RecordId};

/// One input of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The record that names the input.
    pub record: RecordId,
    /// Position among its inputs, from 0.
    pub position: u32,
    /// The input batch.
    pub batch: BatchCode,
    /// The version of the record that made it, as the record names it.
    pub input_record: RecordId,
    /// Whether the record uses the batch (draws or descends) or only speaks of it.
    pub uses: bool,
    /// Whether the record is its newest version and stands.
    pub live: bool,
    /// The batches that the record made.
    pub outputs: Vec<BatchCode>,
}

/// What a walk reached; empty if the batch is unknown.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The records, ordered by log index: every version of those that made a reached batch, and forward also those
    /// that use one or speak of one.
    pub records: Vec<RecordId>,
    /// The batches, the first one included, ordered by code.
    pub batches: Vec<BatchCode>,
    /// The edges that were passed, old versions' included (`live` tells), ordered by record id and position.
    pub edges: Vec<Edge>,
}

/// Marks what was reached, so that each record and batch is visited once.
struct Reached {
    nodes: Vec<bool>,
    batches: Vec<bool>,
    level: Vec<BatchSlot>,
    edges: Vec<(NodeSlot, Link)>,
}

impl Reached {
    fn node(&mut self, slot: NodeSlot) -> bool {
        !std::mem::replace(&mut self.nodes[slot], true)
    }

    fn batch(&mut self, slot: BatchSlot) {
        if !std::mem::replace(&mut self.batches[slot], true) {
            self.level.push(slot);
        }
    }
}

impl Lineage {
    /// Back from a batch to all that it was made of, over every version of the records that made it.
    pub fn back(&self, batch: &BatchCode) -> Walk {
        let mut reached = self.start(batch);
        while let Some(batch) = reached.level.pop() {
            for maker in &self.batches[batch].versions {
                if reached.node(*maker) {
                    for link in &self.nodes[*maker].inputs {
                        reached.edges.push((*maker, *link));
                        reached.batch(link.batch);
                    }
                }
            }
        }
        self.walk(&reached)
    }

    /// Forward from a batch to all that was made of it. Edges that only speak of a batch are listed with their
    /// records, and not followed.
    pub fn forward(&self, batch: &BatchCode) -> Walk {
        let mut reached = self.start(batch);
        while let Some(batch) = reached.level.pop() {
            for maker in &self.batches[batch].versions {
                reached.node(*maker);
            }
            for (user, position) in &self.batches[batch].named_by {
                let node = &self.nodes[*user];
                reached.node(*user);
                reached.edges.extend(node.inputs.iter().filter(|l| l.position == *position).map(|l| (*user, *l)));
                if node.uses {
                    for output in &node.outputs {
                        reached.batch(*output);
                    }
                }
            }
        }
        self.walk(&reached)
    }

    fn start(&self, batch: &BatchCode) -> Reached {
        let mut reached = Reached {
            nodes: vec![false; self.nodes.len()],
            batches: vec![false; self.batches.len()],
            level: Vec::new(),
            edges: Vec::new(),
        };
        if let Some(slot) = self.by_code.get(batch) {
            reached.batch(*slot);
        }
        reached
    }

    fn walk(&self, reached: &Reached) -> Walk {
        let marked = |marks: &[bool]| -> Vec<usize> {
            marks.iter().enumerate().filter(|(_, marked)| **marked).map(|(slot, _)| slot).collect()
        };
        let mut batches: Vec<BatchCode> =
            marked(&reached.batches).into_iter().map(|slot| self.batches[slot].code).collect();
        batches.sort_unstable();
        let mut edges: Vec<Edge> = reached.edges.iter().map(|(slot, link)| self.edge(*slot, *link)).collect();
        edges.sort_unstable_by_key(|edge| (edge.record, edge.position));
        let records = marked(&reached.nodes).into_iter().map(|slot| self.nodes[slot].id).collect();
        Walk { records, batches, edges }
    }

    fn edge(&self, slot: NodeSlot, link: Link) -> Edge {
        let node = &self.nodes[slot];
        Edge {
            record: node.id,
            position: link.position,
            batch: self.batches[link.batch].code,
            input_record: self.nodes[link.maker].id,
            uses: node.uses,
            live: node.is_live(),
            outputs: node.outputs.iter().map(|batch| self.batches[*batch].code).collect(),
        }
    }
}
