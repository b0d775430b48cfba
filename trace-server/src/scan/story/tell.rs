//! Putting a story together from its material.

use std::collections::BTreeMap;

use trace_core::record::{Kind, Level};

use super::material::Material;
use super::{RecordMark, Story, named, origin, quality, timeline};

impl Story {
    /// Tells the story of the batch that the material was loaded for.
    pub(super) fn tell(material: &Material) -> Self {
        let from = material.batch.code;
        let way = &material.way;
        let sources = way.sources(from);
        let mut findings: BTreeMap<(Level, String), usize> = BTreeMap::new();
        for mark in way.makers.iter().filter_map(|id| material.entries.get(id)).flat_map(|entry| &entry.findings) {
            *findings.entry((mark.level, mark.rule.clone())).or_default() += 1;
        }
        let makers = || way.makers.iter().filter_map(|id| way.record(*id));
        let before = || way.batches().filter(|batch| batch.code != from);
        let mut records: Vec<_> = way.makers.iter().chain(way.speakers.iter().map(|(record, _)| record)).collect();
        records.sort_unstable();
        records.dedup();
        let mut records: Vec<_> = records.into_iter().filter_map(|id| way.record(*id)).collect();
        records.sort_unstable_by_key(|row| std::cmp::Reverse(row.index));
        let mark = |row: &&trace_core::state::RecordRow| RecordMark {
            id: row.id,
            states: row.states,
            on: row.occurred_at.date(),
            manner: material.manner(row),
        };
        let (named, named_left_out) = named::named(material);
        Self {
            batch: material.batch.clone(),
            owner: material.who(material.batch.owner),
            zone: material.ledger.zone,
            steps: timeline::steps(material, sources.as_ref()),
            tests: quality::tests(material),
            certificates: quality::certificates(material),
            origin: origin::origin(material, sources.as_ref()),
            receipts: timeline::receipts(material),
            findings,
            corrections: makers().filter(|row| row.kind == Kind::Correct).count(),
            held_before: before().filter(|batch| !batch.holds.is_empty()).count(),
            recalled_before: before().filter(|batch| !batch.recalls.is_empty()).count(),
            records: records.iter().map(mark).collect(),
            named,
            named_left_out,
        }
    }
}
