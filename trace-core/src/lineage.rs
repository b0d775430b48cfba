//! The lineage (谱系): the acyclic graph of records in memory, built from public records alone.
//!
//! Owns building the graph with every check that needs no amounts, walking it both ways, and the share of outside
//! tianma in a batch. It deliberately has no store and judges no balance: that is the matter of [`crate::judge`]. An
//! audit that trusts nothing starts from the bytes with [`Lineage::verify`].

mod fault;
mod share;
mod walk;
mod weave;

use std::collections::HashMap;

pub use fault::LineageFault;
pub use share::Share;
pub use walk::{Edge, Walk};

use crate::id::{BatchCode, RecordId};
use crate::quantity::Measure;
use crate::record::{Kind, Record};
use crate::time::OccurredAt;

/// All records of a log, linked. Memory is linear in records and inputs; building takes one pass.
///
/// ```
/// use trace_core::id::{BatchCode, PartyId, Stage, Uid};
/// use trace_core::lineage::Lineage;
/// use trace_core::record::sealed::Group;
/// use trace_core::record::{Attributes, Details, Kind, Output, Record, RecordBody};
/// use trace_core::tianma::Product;
///
/// let batch = BatchCode::new(Stage::Harvest, jiff::civil::date(2026, 11, 20), [1, 2, 3, 4])?;
/// let record = Record::new(RecordBody {
///     log: "trace.example.org/yiliang".parse()?,
///     uid: Uid::from_bytes([7; 16]),
///     actor: PartyId::from_random([1; 10]),
///     entered_by: None,
///     site: None,
///     occurred_at: "2026-11-20".parse()?,
///     inputs: vec![],
///     outputs: vec![Output {
///         batch,
///         stage: Stage::Harvest,
///         product: Product::FreshTianma,
///         attributes: Attributes::default(),
///     }],
///     details: Details::from_value(Kind::BringIn, serde_json::json!({"origin": "before_system"}))?,
///     evidence: vec![],
///     sealed: [(Group::Amounts, "00".repeat(32).parse()?)].into(),
///     supersedes: None,
/// })?;
/// let lineage = Lineage::build([(0, record.clone())])?;
/// assert_eq!(lineage.back(&batch).records, [record.id()]);
/// assert!(Lineage::verify([(0, record.bytes(), record.id())]).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default, Clone)]
pub struct Lineage {
    nodes: Vec<Node>,
    by_id: HashMap<RecordId, NodeSlot>,
    batches: Vec<Batch>,
    by_code: HashMap<BatchCode, BatchSlot>,
}

/// Position in [`Lineage::nodes`]; records are added in the order of their log index.
type NodeSlot = usize;
/// Position in [`Lineage::batches`].
type BatchSlot = usize;

/// One record.
#[derive(Debug, Clone)]
struct Node {
    id: RecordId,
    index: u64,
    occurred_at: OccurredAt,
    /// For a correction the corrected kind.
    states: Kind,
    /// Whether it uses its inputs (draws or descends) or only speaks of them.
    uses: bool,
    /// Whether it brings in stock from outside or of unknown origin.
    taints: bool,
    inputs: Vec<Link>,
    outputs: Vec<BatchSlot>,
    /// The newer version, or the voiding.
    superseded_by: Option<NodeSlot>,
    /// Whether it is a voiding.
    voids: bool,
}

/// One input of a record whose maker is known.
#[derive(Debug, Clone, Copy)]
struct Link {
    /// Position among the record's inputs, from 0.
    position: u32,
    batch: BatchSlot,
    /// The version that the record names.
    maker: NodeSlot,
}

/// One batch.
#[derive(Debug, Clone)]
struct Batch {
    code: BatchCode,
    /// What it is measured in, as its newest version says.
    measure: Measure,
    /// The versions of the record that made it, oldest first.
    versions: Vec<NodeSlot>,
    /// The records that name it as an input, in the order of the log, and the position there.
    named_by: Vec<(NodeSlot, u32)>,
    /// How many records in force use it.
    live_uses: usize,
}

/// Links what is there and tells everything that is wrong: for a part of a log, in which some faults are only gaps.
pub(crate) fn weave<'a>(records: impl IntoIterator<Item = (u64, &'a Record)>) -> (Lineage, Vec<LineageFault>) {
    let mut weaver = weave::Weaver::default();
    for (index, record) in records {
        weaver.add(index, record);
    }
    weaver.finish()
}

impl Lineage {
    /// Builds the graph from records in the order of their log index; gaps are allowed, so that an evidence file with
    /// a part of the log can be read as well.
    ///
    /// # Errors
    /// The first [`LineageFault`]. [`Lineage::verify`] reports all of them.
    #[expect(clippy::result_large_err, reason = "a fault ends the build; it is returned once")]
    pub fn build(entries: impl IntoIterator<Item = (u64, Record)>) -> Result<Self, LineageFault> {
        let mut weaver = weave::Weaver::default();
        for (index, record) in entries {
            weaver.add(index, &record);
            if let Some(fault) = weaver.first_fault() {
                return Err(fault);
            }
        }
        let (lineage, faults) = weaver.finish();
        faults.into_iter().next().map_or(Ok(lineage), Err)
    }

    /// Builds the graph from the bytes up and trusts nothing: reads each record's canonical bytes strictly (RFC 8785,
    /// see [`Record::from_canonical`]), recomputes its id (SHA-256, FIPS 180-4), and links what it read.
    ///
    /// # Errors
    /// All faults in the order of the log. A record that cannot be read is left out, so records that build on it are
    /// reported too: each of them does name something that is not there.
    pub fn verify<'a>(entries: impl IntoIterator<Item = (u64, &'a [u8], RecordId)>) -> Result<Self, Vec<LineageFault>> {
        let mut weaver = weave::Weaver::default();
        for (index, bytes, claimed) in entries {
            let computed = RecordId::of(bytes);
            if computed != claimed {
                weaver.blame(LineageFault::WrongId { record: claimed, index, found: computed });
            }
            match Record::from_canonical(bytes) {
                Ok(record) => weaver.add(index, &record),
                Err(refusal) => {
                    weaver.blame(LineageFault::Unreadable { record: claimed, index, refusal: Box::new(refusal) });
                }
            }
        }
        let (lineage, faults) = weaver.finish();
        if faults.is_empty() { Ok(lineage) } else { Err(faults) }
    }

    /// How many records it holds.
    pub fn record_count(&self) -> usize {
        self.nodes.len()
    }

    /// How many batches it holds.
    pub fn batch_count(&self) -> usize {
        self.batches.len()
    }

    /// Whether the record is known, is its newest version, and was not voided.
    pub fn is_live(&self, record: &RecordId) -> bool {
        self.by_id.get(record).is_some_and(|slot| self.nodes[*slot].is_live())
    }

    /// The newest version of the record that made the batch; `None` if the batch is unknown or void.
    pub fn live_maker(&self, batch: &BatchCode) -> Option<RecordId> {
        let maker = self.maker_in_force(*self.by_code.get(batch)?)?;
        Some(self.nodes[maker].id)
    }

    fn maker_in_force(&self, batch: BatchSlot) -> Option<NodeSlot> {
        self.batches[batch].versions.last().copied().filter(|slot| self.nodes[*slot].is_live())
    }
}

impl Node {
    fn is_live(&self) -> bool {
        self.superseded_by.is_none()
    }
}

#[cfg(test)]
mod tests;
