//! The way itself: which batches and records lead to a batch by records in force, and which part of it each source
//! makes up.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use trace_core::id::{BatchCode, RecordId, Stage};
use trace_core::quantity::Measure;
use trace_core::state::{BatchRow, EdgeRow, RecordRow};

use crate::store::Trace;

/// One whole of a batch, far below a part per million, so that the roundings of a long chain do not show.
const WHOLE: i128 = 1_000_000_000_000_000;

/// A part of a batch, in parts of [`WHOLE`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part(i128);

/// The sources of a batch, each with its part.
pub(super) type Sources = BTreeMap<BatchCode, Part>;

impl Part {
    /// In parts per million, rounded to the nearest; but something is at least 1, and not all is at most 999,999.
    pub fn ppm(self) -> u32 {
        const PPM: i128 = WHOLE / 1_000_000;
        let rounded = match self.0 {
            0 => 0,
            WHOLE => 1_000_000,
            part => ((part + PPM / 2) / PPM).clamp(1, 999_999),
        };
        u32::try_from(rounded).unwrap_or(0)
    }
}

impl std::iter::Sum for Part {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        Self(parts.map(|part| part.0).sum())
    }
}

/// Batches and records of a trace by their ids, and those of them that are on the way.
pub(super) struct Way {
    batches: HashMap<BatchCode, BatchRow>,
    records: HashMap<RecordId, RecordRow>,
    /// Inputs of the records in force.
    inputs: HashMap<RecordId, Vec<EdgeRow>>,
    /// The batches on the way, the first one included.
    pub reached: BTreeSet<BatchCode>,
    /// The records that made them, at their newest versions.
    pub makers: BTreeSet<RecordId>,
    /// Records in force that only speak of a batch on the way, and of which.
    pub speakers: Vec<(RecordId, BatchCode)>,
}

impl Way {
    /// The way to `from` within its trace back.
    pub fn of(trace: Trace, from: BatchCode) -> Self {
        let mut way = Self {
            batches: trace.batches.into_iter().map(|row| (row.code, row)).collect(),
            records: trace.records.into_iter().map(|row| (row.id, row)).collect(),
            inputs: HashMap::new(),
            reached: BTreeSet::new(),
            makers: BTreeSet::new(),
            speakers: Vec::new(),
        };
        let mut speaking = Vec::new();
        for edge in trace.edges.into_iter().filter(|edge| edge.live) {
            if edge.uses {
                way.inputs.entry(edge.record).or_default().push(edge);
            } else {
                speaking.push((edge.record, edge.batch));
            }
        }
        let mut next = vec![from];
        while let Some(code) = next.pop() {
            let Some(batch) = way.batches.get(&code) else { continue };
            if !way.reached.insert(code) {
                continue;
            }
            if way.records.contains_key(&batch.record) && way.makers.insert(batch.record) {
                next.extend(way.inputs_of(batch.record).iter().map(|edge| edge.batch));
            }
        }
        speaking.retain(|(record, batch)| {
            way.reached.contains(batch) && way.records.get(record).is_some_and(RecordRow::is_live)
        });
        way.speakers = speaking;
        way
    }

    pub fn batch(&self, code: BatchCode) -> Option<&BatchRow> {
        self.batches.get(&code)
    }

    pub fn record(&self, id: RecordId) -> Option<&RecordRow> {
        self.records.get(&id)
    }

    pub fn batches(&self) -> impl Iterator<Item = &BatchRow> {
        self.reached.iter().filter_map(|code| self.batches.get(code))
    }

    pub fn inputs_of(&self, record: RecordId) -> &[EdgeRow] {
        self.inputs.get(&record).map_or(&[], Vec::as_slice)
    }

    /// A record and its older versions, the newest first.
    pub fn versions<'a>(&'a self, record: &'a RecordRow) -> impl Iterator<Item = &'a RecordRow> {
        std::iter::successors(Some(record), |newer| self.records.get(&newer.supersedes?))
    }

    /// The first version of a record: when it was received says whether the fact was written down at the time.
    pub fn first_version<'a>(&'a self, record: &'a RecordRow) -> &'a RecordRow {
        self.versions(record).last().unwrap_or(record)
    }

    /// Which part of `from` each of its sources makes up: the batches of tianma that were made of no other tianma,
    /// that is harvests and what was brought in. Together they are exactly the whole. `None` where amounts are missing.
    ///
    /// Each record mixes its inputs of the stages `harvest`, `processing` and `sale` evenly, weighted by the
    /// milligrams drawn (of manufactured goods, where nothing is weighed, by pieces), as
    /// [`trace_core::lineage::Lineage::outside_share_ppm`] does; losses take from all alike.
    pub fn sources(&self, from: BatchCode) -> Option<Sources> {
        let mut waiting: HashMap<BatchCode, usize> = HashMap::new();
        for code in &self.reached {
            for edge in self.goods_into(*code) {
                *waiting.entry(edge.batch).or_default() += 1;
            }
        }
        let mut parts: HashMap<BatchCode, Part> = [(from, Part(WHOLE))].into();
        let mut sources = BTreeMap::new();
        let mut ready = VecDeque::from([from]);
        while let Some(code) = ready.pop_front() {
            let part = parts.remove(&code).unwrap_or_default();
            let inputs = self.goods_into(code);
            if inputs.is_empty() {
                sources.insert(code, part);
            }
            for (edge, share) in divided(part, &inputs)? {
                parts.entry(edge.batch).or_default().0 += share.0;
                if let Some(open) = waiting.get_mut(&edge.batch) {
                    *open -= 1;
                    if *open == 0 {
                        ready.push_back(edge.batch);
                    }
                }
            }
        }
        Some(sources)
    }

    /// The inputs of the record that made a batch, as far as they are the goods themselves.
    fn goods_into(&self, code: BatchCode) -> Vec<&EdgeRow> {
        let Some(batch) = self.batches.get(&code) else { return Vec::new() };
        let inputs = self.inputs_of(batch.record).iter();
        let goods: Vec<&EdgeRow> = inputs.filter(|edge| is_goods(edge.batch.stage())).collect();
        let weighed =
            |edge: &&&EdgeRow| self.batches.get(&edge.batch).is_some_and(|input| input.measure() == Measure::Mass);
        let weighed: Vec<&EdgeRow> = goods.iter().filter(weighed).copied().collect();
        if weighed.is_empty() { goods } else { weighed }
    }
}

/// Whether a batch of the stage is tianma, not what grows or grows it.
pub(super) fn is_goods(stage: Stage) -> bool {
    matches!(stage, Stage::Harvest | Stage::Processing | Stage::Sale)
}

/// A part divided over inputs by what was drawn from them; the last takes what rounding left.
fn divided<'a>(part: Part, inputs: &[&'a EdgeRow]) -> Option<Vec<(&'a EdgeRow, Part)>> {
    let [others @ .., last] = inputs else { return Some(Vec::new()) };
    // A return names one batch and draws nothing.
    if others.is_empty() {
        return Some(vec![(*last, part)]);
    }
    let total: i128 = inputs.iter().map(|edge| i128::from(edge.amount)).sum();
    if total == 0 {
        return None;
    }
    let mut rest = part.0;
    let mut shares = Vec::with_capacity(inputs.len());
    for edge in others {
        let share = part.0 * i128::from(edge.amount) / total;
        rest -= share;
        shares.push((*edge, Part(share)));
    }
    shares.push((*last, Part(rest)));
    Some(shares)
}
