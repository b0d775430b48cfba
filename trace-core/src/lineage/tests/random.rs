//! Random histories: the graph's walks against walking all records until nothing changes.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;

use super::history::{History, code};
use crate::id::{BatchCode, RecordId, Stage};
use crate::lineage::Walk;
use crate::record::{Kind, Record};

/// One random step; the numbers choose among what is there.
type Step = (u8, usize, usize, usize);

/// What the naive side knows: all from looking through the records again.
struct Naive<'a>(&'a [Record]);

impl Naive<'_> {
    fn is_live(&self, id: RecordId) -> bool {
        !self.0.iter().any(|record| record.supersedes == Some(id))
    }

    fn makes(record: &Record, batch: BatchCode) -> bool {
        record.outputs.iter().any(|output| output.batch == batch)
    }

    fn names(record: &Record, batch: BatchCode) -> bool {
        record.inputs.iter().any(|input| input.batch == batch)
    }

    fn used(&self, record: &Record) -> bool {
        record.outputs.iter().any(|output| {
            self.0.iter().any(|r| r.uses_inputs() && self.is_live(r.id()) && Self::names(r, output.batch))
        })
    }

    /// Live batches, oldest first.
    fn batches(&self) -> Vec<BatchCode> {
        let live = self.0.iter().filter(|record| self.is_live(record.id()));
        live.flat_map(|record| record.outputs.iter().map(|output| output.batch)).collect()
    }

    fn walk(
        &self,
        from: BatchCode,
        back: bool,
    ) -> (BTreeSet<RecordId>, BTreeSet<BatchCode>, BTreeSet<(RecordId, u32)>) {
        let (mut records, mut batches, mut edges) = (BTreeSet::new(), BTreeSet::from([from]), BTreeSet::new());
        loop {
            let before = (records.len(), batches.len(), edges.len());
            for record in self.0 {
                let makes = record.outputs.iter().any(|output| batches.contains(&output.batch));
                if makes {
                    records.insert(record.id());
                }
                for (input, position) in record.inputs.iter().zip(0..) {
                    if back && makes {
                        batches.insert(input.batch);
                        edges.insert((record.id(), position));
                    } else if !back && batches.contains(&input.batch) {
                        records.insert(record.id());
                        edges.insert((record.id(), position));
                        if record.uses_inputs() {
                            batches.extend(record.outputs.iter().map(|output| output.batch));
                        }
                    }
                }
            }
            if before == (records.len(), batches.len(), edges.len()) {
                return (records, batches, edges);
            }
        }
    }
}

fn play(steps: &[Step]) -> History {
    let mut history = History::default();
    let mut next = 0;
    let mut fresh = || {
        next += 1;
        code(Stage::Processing, next)
    };
    history.bring_in(&[fresh(), fresh()], "before_system");
    for (what, a, b, c) in steps.iter().copied() {
        let records = history.records.clone();
        let naive = Naive(&records);
        let batches = naive.batches();
        let revisable: Vec<&Record> = records
            .iter()
            .filter(|r| r.kind() != Kind::Void && naive.is_live(r.id()) && !r.outputs.is_empty())
            .collect();
        if batches.is_empty() || what == 0 {
            history.bring_in(&[fresh(), fresh()], if a % 2 == 0 { "before_system" } else { "unknown" });
            continue;
        }
        let mut chosen: Vec<BatchCode> = [a, b, c].map(|n| batches[n % batches.len()]).to_vec();
        chosen.sort_unstable();
        chosen.dedup();
        let old = revisable[a % revisable.len()];
        match what {
            1 => _ = history.inspect(chosen[0]),
            2 if !naive.used(old) => _ = history.void(old.id()),
            // A record that nothing uses may change its inputs, to whatever does not come from it.
            3 if !naive.used(old) && old.details.stated().kind() == Kind::Process => {
                chosen.retain(|batch| !Naive::makes(old, *batch));
                if !chosen.is_empty() {
                    history.correct(old.id(), &chosen);
                }
            }
            3 => {
                let same: Vec<_> = old.inputs.iter().map(|input| (input.batch, input.record)).collect();
                history.correct_naming(old.id(), &same);
            }
            _ => {
                let outputs = [fresh(), fresh()];
                history.process(&chosen, &outputs[..=a % 2]);
            }
        }
    }
    history
}

fn same(walk: &Walk, naive: &(BTreeSet<RecordId>, BTreeSet<BatchCode>, BTreeSet<(RecordId, u32)>), all: &[Record]) {
    let in_order: Vec<RecordId> = all.iter().map(Record::id).filter(|id| naive.0.contains(id)).collect();
    assert_eq!(walk.records, in_order);
    assert_eq!(walk.batches, naive.1.iter().copied().collect::<Vec<_>>());
    let edges: Vec<_> = walk.edges.iter().map(|edge| (edge.record, edge.position)).collect();
    assert_eq!(edges, naive.2.iter().copied().collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn walks_are_those_of_naive_walking(steps in vec((0..9u8, 0..99usize, 0..99usize, 0..99usize), 0..40)) {
        let history = play(&steps);
        let lineage = history.lineage().map_err(|fault| TestCaseError::fail(fault.to_string()))?;
        prop_assert!(history.verify().is_ok());
        let naive = Naive(&history.records);
        let all: BTreeSet<BatchCode> =
            history.records.iter().flat_map(|r| r.outputs.iter().map(|output| output.batch)).collect();
        prop_assert_eq!(lineage.batch_count(), all.len());
        for record in &history.records {
            prop_assert_eq!(lineage.is_live(&record.id()), naive.is_live(record.id()));
        }
        for batch in all {
            let (back, forward) = (lineage.back(&batch), lineage.forward(&batch));
            same(&back, &naive.walk(batch, true), &history.records);
            same(&forward, &naive.walk(batch, false), &history.records);
            for edge in back.edges.iter().chain(&forward.edges) {
                prop_assert_eq!(edge.live, naive.is_live(edge.record));
            }
        }
    }
}
