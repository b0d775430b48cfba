//! Traces in a store of 300,000 records, on both engines: back from a package of 500 farm batches (percentiles), and
//! forward from a lot of fungus to 10,000 batches (against the bare recursion that only counts them). Every answer is
//! checked against a walk in memory.
//!
//! `TRACE_BENCH_RECORDS` changes the number of records.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot set up has nothing to measure")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use trace_core::id::{BatchCode, RecordId};
use trace_core::state::{EdgeRow, Row};
use trace_server::store::{Direction, Store, Trace};
use trace_tests::engines::{Database, Engine};
use trace_tests::generator::{self, County};

const BACK_RUNS: usize = 200;
const FORWARD_RUNS: usize = 15;

fn main() {
    // `cargo test` runs benches without this word, to see that they start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let records = std::env::var("TRACE_BENCH_RECORDS").map_or(300_000, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(records));
}

async fn run(records: u64) {
    let mut databases = Vec::new();
    let mut stores = Vec::new();
    for engine in Engine::both() {
        let database = Database::create(engine).await;
        stores.push(trace_server::store::open(database.url()).await.unwrap());
        databases.push(database);
    }
    let start = Instant::now();
    let county = generator::fill(&stores, records).await;
    println!("{} records in two stores after {:.0} s", county.records, start.elapsed().as_secs_f64());
    let walk = Walk::of(&county);
    for (database, store) in databases.iter().zip(&stores) {
        analyse(database).await;
        back(&**store, &walk, county.package).await;
        forward(database, store, &walk, county.fungus).await;
    }
}

/// The lineage in plain maps.
struct Walk {
    by_batch: BTreeMap<BatchCode, Vec<EdgeRow>>,
    by_record: BTreeMap<RecordId, Vec<EdgeRow>>,
    makers: BTreeMap<BatchCode, Vec<RecordId>>,
    outputs: BTreeMap<RecordId, Vec<BatchCode>>,
}

type Reached = (BTreeSet<BatchCode>, BTreeSet<RecordId>, BTreeSet<(RecordId, u32)>);

impl Walk {
    fn of(county: &County) -> Self {
        let mut walk = Self {
            by_batch: BTreeMap::new(),
            by_record: BTreeMap::new(),
            makers: BTreeMap::new(),
            outputs: BTreeMap::new(),
        };
        for edge in county.view.edges() {
            walk.by_batch.entry(edge.batch).or_default().push(edge.clone());
            walk.by_record.entry(edge.record).or_default().push(edge.clone());
        }
        for row in county.view.rows() {
            if let Row::Record(row) = row {
                for output in &row.outputs {
                    walk.makers.entry(*output).or_default().push(row.id);
                }
                walk.outputs.insert(row.id, row.outputs.clone());
            }
        }
        walk
    }

    fn made_by(&self, batch: BatchCode) -> impl Iterator<Item = RecordId> {
        self.makers.get(&batch).into_iter().flatten().copied()
    }

    fn leaving(&self, batch: BatchCode) -> impl Iterator<Item = &EdgeRow> {
        self.by_batch.get(&batch).into_iter().flatten()
    }

    fn inputs(&self, record: RecordId) -> impl Iterator<Item = &EdgeRow> {
        self.by_record.get(&record).into_iter().flatten()
    }

    fn back(&self, from: BatchCode) -> Reached {
        let next = |batch| -> Vec<BatchCode> {
            self.made_by(batch).flat_map(|id| self.inputs(id)).filter(|e| e.uses).map(|e| e.batch).collect()
        };
        let batches = closure(from, next);
        let mut edges: Vec<&EdgeRow> = Vec::new();
        let mut records = BTreeSet::new();
        for batch in batches.iter().copied() {
            records.extend(self.made_by(batch));
            edges.extend(self.made_by(batch).flat_map(|id| self.inputs(id)));
            edges.extend(self.leaving(batch).filter(|edge| !edge.uses));
        }
        records.extend(edges.iter().map(|edge| edge.record));
        (batches, records, edges.into_iter().map(|edge| (edge.record, edge.position)).collect())
    }

    fn forward(&self, from: BatchCode) -> Reached {
        let next = |batch| -> Vec<BatchCode> {
            self.leaving(batch).filter(|e| e.uses).flat_map(|e| self.outputs[&e.record].iter().copied()).collect()
        };
        let batches = closure(from, next);
        let mut edges: Vec<&EdgeRow> = Vec::new();
        let mut records = BTreeSet::new();
        for batch in batches.iter().copied() {
            records.extend(self.made_by(batch));
            edges.extend(self.leaving(batch));
        }
        records.extend(edges.iter().map(|edge| edge.record));
        (batches, records, edges.into_iter().map(|edge| (edge.record, edge.position)).collect())
    }
}

fn closure(from: BatchCode, next: impl Fn(BatchCode) -> Vec<BatchCode>) -> BTreeSet<BatchCode> {
    let mut reached = BTreeSet::from([from]);
    let mut ahead = vec![from];
    while let Some(batch) = ahead.pop() {
        ahead.extend(next(batch).into_iter().filter(|batch| reached.insert(*batch)));
    }
    reached
}

fn check(trace: &Trace, expected: &Reached) {
    let batches: BTreeSet<BatchCode> = trace.batches.iter().map(|row| row.code).collect();
    let records: BTreeSet<RecordId> = trace.records.iter().map(|row| row.id).collect();
    let edges: BTreeSet<(RecordId, u32)> = trace.edges.iter().map(|edge| (edge.record, edge.position)).collect();
    assert!(batches == expected.0 && records == expected.1 && edges == expected.2, "the trace is not complete");
}

async fn back(store: &dyn Store, walk: &Walk, package: BatchCode) {
    let expected = walk.back(package);
    check(&store.trace(package, Direction::Back).await.unwrap(), &expected);
    let mut times = Vec::new();
    for _ in 0..BACK_RUNS {
        let start = Instant::now();
        let trace = store.trace(package, Direction::Back).await.unwrap();
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        assert_eq!(trace.batches.len(), expected.0.len());
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{}: trace back of {} batches, {} records, {} edges: median {:.1} ms, p99 {:.1} ms; must {} ms",
        store.engine(),
        expected.0.len(),
        expected.1.len(),
        expected.2.len(),
        times[BACK_RUNS / 2],
        times[BACK_RUNS * 99 / 100],
        if store.engine() == "SQLite" { 25 } else { 50 },
    );
}

const COUNT: &str = "WITH RECURSIVE reached (batch) AS (
        SELECT code FROM batches WHERE code = $1
        UNION
        SELECT makes.batch FROM reached
            CROSS JOIN edges
            CROSS JOIN makes
            WHERE edges.batch = reached.batch AND edges.uses AND makes.idx = edges.idx
    ) SELECT count(*) FROM reached";

async fn forward(database: &Database, store: &Arc<dyn Store>, walk: &Walk, fungus: BatchCode) {
    let expected = walk.forward(fungus);
    let (mut counts, mut traces, mut reaches) = (Vec::new(), Vec::new(), Vec::new());
    let (mut ratios, mut whole_ratios) = (Vec::new(), Vec::new());
    let counter = Counter::open(database).await;
    let key = fungus.to_string();
    for run in 0..=FORWARD_RUNS {
        let start = Instant::now();
        let count = counter.count(&key).await;
        let bare = start.elapsed().as_secs_f64() * 1000.0;
        let start = Instant::now();
        let reached = store.descendants(fungus).await.unwrap();
        let batches = start.elapsed().as_secs_f64() * 1000.0;
        assert!(reached.iter().map(|row| row.code).eq(expected.0.iter().copied()), "the batches are not complete");
        let start = Instant::now();
        let trace = store.trace(fungus, Direction::Forward).await.unwrap();
        let whole = start.elapsed().as_secs_f64() * 1000.0;
        assert_eq!(usize::try_from(count).unwrap(), expected.0.len());
        check(&trace, &expected);
        if run > 0 {
            counts.push(bare);
            reaches.push(batches);
            traces.push(whole);
            ratios.push(batches / bare);
            whole_ratios.push(whole / bare);
        }
    }
    for times in [&mut counts, &mut reaches, &mut traces, &mut ratios, &mut whole_ratios] {
        times.sort_by(f64::total_cmp);
    }
    let half = FORWARD_RUNS / 2;
    println!(
        "{}: trace forward to {} batches: median {:.1} ms, bare count {:.1} ms, ratio {:.2}; must 2, aim 1.2; with \
         {} records and {} edges: median {:.1} ms, ratio {:.2}",
        store.engine(),
        expected.0.len(),
        reaches[half],
        counts[half],
        ratios[half],
        expected.1.len(),
        expected.2.len(),
        traces[half],
        whole_ratios[half],
    );
}

/// A connection of the bench's own, for the bare recursion.
enum Counter {
    Sqlite(rusqlite::Connection),
    Postgres(tokio_postgres::Client, tokio_postgres::Statement),
}

impl Counter {
    async fn open(database: &Database) -> Self {
        match database {
            Database::Sqlite(fresh) => {
                let connection = rusqlite::Connection::open(fresh.path()).unwrap();
                connection.pragma_update(None, "mmap_size", 256 * 1024 * 1024).unwrap();
                connection.pragma_update(None, "temp_store", "memory").unwrap();
                Self::Sqlite(connection)
            }
            Database::Postgres(fresh) => {
                let client = fresh.connect().await;
                let statement = client.prepare(COUNT).await.unwrap();
                Self::Postgres(client, statement)
            }
        }
    }

    async fn count(&self, key: &str) -> i64 {
        match self {
            Self::Sqlite(connection) => {
                connection.prepare_cached(COUNT).unwrap().query_row([key], |row| row.get(0)).unwrap()
            }
            Self::Postgres(client, statement) => client.query_one(statement, &[&key]).await.unwrap().get(0),
        }
    }
}

/// What a server's autovacuum does by itself within a minute of such growth.
async fn analyse(database: &Database) {
    if let Database::Postgres(_) = database {
        trace_tests::raw::execute(database, "VACUUM ANALYZE").await;
    }
}
