//! Traces against a walk in memory over every row: nothing is left out, nothing is there that was not asked for.

use std::collections::{BTreeMap, BTreeSet};

use trace_core::id::{BatchCode, RecordId};
use trace_core::state::EdgeRow;
use trace_server::store::{Direction, Trace};
use trace_tests::engines::Database;
use trace_tests::household::World;

use crate::random_county::{batches, grow, records};

/// The lineage in two plain maps.
struct Walk<'a> {
    edges: &'a [EdgeRow],
    makers: BTreeMap<BatchCode, BTreeSet<RecordId>>,
}

impl Walk<'_> {
    /// Batches and records as the contract describes them.
    fn reach(&self, from: BatchCode, direction: Direction) -> (BTreeSet<BatchCode>, BTreeSet<RecordId>) {
        let mut reached = BTreeSet::from([from]);
        let mut ahead = vec![from];
        while let Some(batch) = ahead.pop() {
            let next: Vec<BatchCode> = match direction {
                Direction::Back => {
                    let makers = self.makers.get(&batch).into_iter().flatten();
                    makers
                        .flat_map(|id| self.edges.iter().filter(move |e| e.record == *id && e.uses))
                        .map(|e| e.batch)
                        .collect()
                }
                Direction::Forward => {
                    let users = self.edges.iter().filter(|e| e.batch == batch && e.uses).map(|e| e.record);
                    users
                        .flat_map(|id| self.makers.iter().filter(move |(_, by)| by.contains(&id)))
                        .map(|(b, _)| *b)
                        .collect()
                }
            };
            ahead.extend(next.into_iter().filter(|batch| reached.insert(*batch)));
        }
        let speaking = self.edges.iter().filter(|e| reached.contains(&e.batch));
        let named = match direction {
            // Back: who made them, and who only speaks of them.
            Direction::Back => speaking.filter(|e| !e.uses).map(|e| e.record).collect::<BTreeSet<_>>(),
            // Forward: who used them, and who only speaks of them.
            Direction::Forward => speaking.map(|e| e.record).collect(),
        };
        let makers = reached.iter().filter_map(|batch| self.makers.get(batch)).flatten().copied();
        let mut ids = named;
        match direction {
            Direction::Back => ids.extend(makers),
            Direction::Forward => {}
        }
        (reached, ids)
    }
}

impl Walk<'_> {
    /// What live records made of a batch, itself included.
    fn descendants(&self, from: BatchCode) -> BTreeSet<BatchCode> {
        let mut reached = BTreeSet::from([from]);
        let mut ahead = vec![from];
        while let Some(batch) = ahead.pop() {
            let live = self.edges.iter().filter(|edge| edge.batch == batch && edge.uses && edge.live);
            ahead.extend(live.flat_map(|edge| edge.outputs.iter().copied()).filter(|batch| reached.insert(*batch)));
        }
        reached
    }
}

fn of_trace(trace: &Trace) -> (BTreeSet<BatchCode>, BTreeSet<RecordId>) {
    (trace.batches.iter().map(|row| row.code).collect(), trace.records.iter().map(|row| row.id).collect())
}

pub async fn traces_are_complete(database: Database) {
    let world = World::found(database.url()).await;
    grow(&world, 120, 7).await;
    let store = world.store();
    let all = store.projections().await.unwrap();
    let (batches, records) = (batches(&all.rows), records(&all.rows));
    assert!(all.edges.iter().any(|e| !e.uses) && all.edges.iter().any(|e| !e.live), "the county is too quiet");
    let mut makers: BTreeMap<BatchCode, BTreeSet<RecordId>> = BTreeMap::new();
    for record in &records {
        for output in &record.outputs {
            makers.entry(*output).or_default().insert(record.id);
        }
    }
    assert!(makers.values().any(|by| by.len() > 1), "no batch was corrected");
    let walk = Walk { edges: &all.edges, makers };
    let mut longest = 0;
    for batch in &batches {
        for direction in [Direction::Back, Direction::Forward] {
            let trace = store.trace(batch.code, direction).await.unwrap();
            let (codes, ids) = walk.reach(batch.code, direction);
            let (found, found_ids) = of_trace(&trace);
            assert_eq!(found, codes, "batches {direction:?} of {}", batch.code);
            let extra: Vec<_> = found_ids.difference(&ids).collect();
            // Forward, the record that made the batch itself may be told too: it made a reached batch.
            let made_it = |id: &&RecordId| {
                records.iter().any(|r| r.id == **id && r.outputs.iter().any(|output| codes.contains(output)))
            };
            assert!(
                extra.iter().all(|id| direction == Direction::Forward && made_it(id)),
                "{direction:?} extra {extra:?}"
            );
            let lacking: Vec<_> = ids.difference(&found_ids).collect();
            assert!(lacking.is_empty(), "{direction:?} of {} lacks {lacking:?}", batch.code);
            check_rows(&trace, &all.edges, &batches, &records, direction);
            longest = longest.max(trace.batches.len());
        }
    }
    for batch in &batches {
        let found: BTreeSet<BatchCode> =
            store.descendants(batch.code).await.unwrap().iter().map(|row| row.code).collect();
        assert_eq!(found, walk.descendants(batch.code), "of {}", batch.code);
    }
    assert!(longest >= 6, "the longest trace has {longest} batches");
    let nowhere = "H261120-ZZZZZZ";
    let unknown = (0..32).find_map(|n| {
        let check = char::from(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[n]);
        BatchCode::parse(&format!("{nowhere}{check}")).ok()
    });
    let trace = store.trace(unknown.unwrap(), Direction::Back).await.unwrap();
    assert_eq!(trace, Trace::default());
    assert_eq!(store.descendants(unknown.unwrap()).await.unwrap(), []);
}

/// Rows are those of the projections, in the order that the contract states; edges are whole where it says so.
fn check_rows(
    trace: &Trace,
    edges: &[EdgeRow],
    batches: &[trace_core::state::BatchRow],
    records: &[trace_core::state::RecordRow],
    direction: Direction,
) {
    assert!(trace.batches.is_sorted_by(|a, b| a.code < b.code));
    assert!(trace.records.is_sorted_by(|a, b| a.index < b.index));
    assert!(trace.edges.is_sorted_by(|a, b| (a.record, a.position) < (b.record, b.position)));
    assert!(trace.batches.iter().all(|row| batches.contains(row)));
    assert!(trace.records.iter().all(|row| records.contains(row)));
    assert!(trace.edges.iter().all(|row| edges.contains(row)));
    let (codes, ids) = of_trace(trace);
    assert!(trace.edges.iter().all(|edge| ids.contains(&edge.record)), "an edge without its record");
    // Every edge of a told record that touches a reached batch is told.
    for edge in edges.iter().filter(|edge| ids.contains(&edge.record) && codes.contains(&edge.batch)) {
        assert!(trace.edges.contains(edge), "{direction:?} lacks the edge {edge:?}");
    }
}
