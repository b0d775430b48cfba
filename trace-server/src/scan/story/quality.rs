//! Laboratory results and certificates, strictly by batch: what was found of an earlier batch is never passed off as
//! found of this one.

use trace_core::record::{Details, Entry};
use trace_core::state::RecordRow;

use super::material::Material;
use super::{Certificate, Measured, Test};

/// All tests on the way, those of the batch itself first, then the newest first.
pub(super) fn tests(material: &Material) -> Vec<Test> {
    let mut tests: Vec<Test> = spoken(material)
        .filter_map(|(row, entry, batch)| {
            let Details::Inspect(inspect) = entry.record.details.stated() else { return None };
            let table = material.tables.get(&entry.rules);
            let limit = |item| table.and_then(|table| table.result_limit(inspect.standard, item));
            let results = inspect.results.iter();
            let results = results
                .map(|found| Measured { item: found.item, mg_per_kg: found.mg_per_kg, limit: limit(found.item) })
                .collect();
            Some(Test {
                record: row.id,
                batch,
                own: batch == material.batch.code,
                laboratory: material.who(row.party),
                on: row.occurred_at.date(),
                late: material.late(row),
                standard: inspect.standard,
                verdict: inspect.verdict,
                results,
            })
        })
        .collect();
    tests.sort_by_key(|one| std::cmp::Reverse((one.own, one.on, one.record)));
    tests
}

/// All certificates on the way, in the same order.
pub(super) fn certificates(material: &Material) -> Vec<Certificate> {
    let mut certificates: Vec<Certificate> = spoken(material)
        .filter_map(|(row, entry, batch)| {
            let Details::Certify(certify) = entry.record.details.stated() else { return None };
            Some(Certificate {
                record: row.id,
                batch,
                own: batch == material.batch.code,
                by: material.who(row.party),
                on: row.occurred_at.date(),
                basis: certify.basis,
            })
        })
        .collect();
    certificates.sort_by_key(|one| std::cmp::Reverse((one.own, one.on, one.record)));
    certificates
}

fn spoken(material: &Material) -> impl Iterator<Item = (&RecordRow, &Entry, trace_core::id::BatchCode)> {
    let found = |&(record, batch): &(_, _)| Some((material.way.record(record)?, material.entries.get(&record)?, batch));
    material.way.speakers.iter().filter_map(found)
}
