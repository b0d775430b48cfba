//! Canonical bytes and record ids: how many records a second on one core.
//!
//! A typical record: a drying step of two batches, with the eight fields that every record has (schema, log, uid, kind,
//! actor, time, details, sealed), two inputs and an output; about 900 bytes. `new` is what an append costs, `from_canonical` what an audit costs; `elem/s` are records a second.

#![allow(clippy::unwrap_used, reason = "a bench that cannot set up has nothing to measure")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use trace_core::id::{BatchCode, PartyId, RecordId, Stage, Uid};
use trace_core::record::canonical::strict_parse;
use trace_core::record::sealed::Group;
use trace_core::record::{Attributes, Details, Input, Kind, Output, Record, RecordBody};
use trace_core::tianma::{Form, Product};

fn body() -> RecordBody {
    let day = jiff::civil::date(2026, 11, 20);
    let input =
        |n: u8| Input { batch: BatchCode::new(Stage::Harvest, day, [n; 4]).unwrap(), record: RecordId::of(&[n]) };
    let details = json!({
        "method": "dry", "temperatures": {"min_celsius": 55, "max_celsius": 70}, "fuel": "electricity", "hours": 60
    });
    RecordBody {
        log: "trace.example.org/yiliang".parse().unwrap(),
        uid: Uid::from_bytes([7; 16]),
        actor: PartyId::from_random([1; 10]),
        entered_by: None,
        site: None,
        occurred_at: "2026-11-22".parse().unwrap(),
        inputs: vec![input(1), input(2)],
        outputs: vec![Output {
            batch: BatchCode::new(Stage::Processing, jiff::civil::date(2026, 11, 22), [9; 4]).unwrap(),
            stage: Stage::Processing,
            product: Product::DriedTianma,
            attributes: Attributes { form: Some(Form::Wutianma), ..Attributes::default() },
        }],
        details: Details::from_value(Kind::Process, details).unwrap(),
        evidence: vec![],
        sealed: [(Group::Amounts, "ab".repeat(32).parse().unwrap())].into(),
        supersedes: None,
    }
}

fn canonicalise_and_hash(c: &mut Criterion) {
    let body = body();
    let record = Record::new(body.clone()).unwrap();
    let bytes = record.bytes().to_vec();
    let loose = serde_json::to_vec(&record).unwrap();

    let mut group = c.benchmark_group("canonicalise and hash a typical record");
    group.throughput(Throughput::Elements(1));
    group.bench_function("new, from the typed body", |b| {
        b.iter_batched(|| body.clone(), |body| Record::new(body).unwrap(), BatchSize::SmallInput);
    });
    group.bench_function("from_value, from JSON in any order", |b| {
        b.iter(|| Record::from_value(strict_parse(black_box(&loose), 60_000).unwrap()).unwrap());
    });
    group.bench_function("from_canonical, from stored bytes", |b| {
        b.iter(|| Record::from_canonical(black_box(&bytes)).unwrap());
    });
    group.bench_function("id alone, SHA-256", |b| b.iter(|| RecordId::of(black_box(&bytes))));
    group.finish();
}

criterion_group!(benches, canonicalise_and_hash);
criterion_main!(benches);
