//! The transparency log: what signing costs an append, an inclusion proof out of a large store, and tiles over HTTP.
//! Each figure is measured with what it is compared with in one run, taking turns; medians are printed.
//!
//! `TRACE_BENCH_ENTRIES` changes the size of the large log.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot set up has nothing to measure")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::get;
use trace_core::code::{CodeKey, KeyRing};
use trace_core::id::{BatchCode, PartyId, RecordId, Uid};
use trace_core::state::{Key, View};
use trace_core::time::ReceivedAt;
use trace_server::app::{self, AppState};
use trace_server::config::{Config, Settings};
use trace_server::log::{SignerSettings, TransparencyLog, Witnesses, tiles};
use trace_server::store::{Commit, Head, Judge, RequestRow, Store};
use trace_tests::engines::{Database, Engine};
use trace_tests::household::{PROCESSOR, World, dry};

const TURNS: usize = 7;
const CALLERS: usize = 64;
const CONNECTIONS: usize = 16;
const PROOFS: usize = 5_000;
/// About the bytes of an entry of a harvest.
const ENTRY_BYTES: usize = 900;

fn main() {
    // `cargo test` runs benches without this word, to see that they start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let entries = std::env::var("TRACE_BENCH_ENTRIES").map_or(1_000_000, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for engine in Engine::both() {
            signing(engine).await;
        }
        serving().await;
        proofs(entries).await;
    });
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Durable appends with and without a signer beside them.
async fn signing(engine: Engine) {
    let database = Database::create(engine).await;
    let world = World::found(database.url()).await;
    let mut stocks = Vec::new();
    for _ in 0..CALLERS {
        stocks.push(world.fresh(PROCESSOR, "100000kg").await);
    }
    appends(&world, &stocks, Duration::from_secs(1)).await;
    let folder = tempfile::tempdir().unwrap();
    let mut costs = Vec::new();
    for turn in 0..TURNS {
        let alone = appends(&world, &stocks, Duration::from_secs(2)).await;
        let settings =
            SignerSettings { key_file: folder.path().join("keys"), checkpoint_file: folder.path().join("checkpoint") };
        let log = TransparencyLog::of(&world.ledger, settings, Witnesses::default());
        log.sign().await.unwrap();
        log.keep_signing();
        let signed = appends(&world, &stocks, Duration::from_secs(2)).await;
        drop(log);
        // The signer notices within its pause that nobody holds the log.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        println!("{engine} turn {turn}: {alone:.0} appends/s, {signed:.0} signed meanwhile");
        costs.push(alone / signed - 1.0);
    }
    println!("{engine}: signing costs an append {:.1} % (median of {TURNS}); must 15", 100.0 * median(costs));
}

async fn appends(world: &World, stocks: &[BatchCode], time: Duration) -> f64 {
    let begun = Instant::now();
    let tasks: Vec<_> = stocks
        .iter()
        .map(|stock| {
            let (world, stock) = (world.clone(), *stock);
            tokio::spawn(async move {
                let mut count = 0_u64;
                while begun.elapsed() < time {
                    world.append(PROCESSOR, dry(stock, "4kg", "1kg")).await;
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut count = 0;
    for task in tasks {
        count += task.await.unwrap();
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let count = count as f64;
    count / begun.elapsed().as_secs_f64()
}

/// Appends entries that are no records.
struct Many {
    count: u64,
    head: Mutex<Option<Head>>,
}

impl Judge for Many {
    fn uids(&self) -> Vec<(PartyId, Uid)> {
        Vec::new()
    }

    fn begin(&self, head: Head, _: Vec<RequestRow>) {
        *self.head.lock().unwrap() = Some(head);
    }

    fn step(&self, _: &mut View) -> Result<Commit, BTreeSet<Key>> {
        let mut commit = Commit::on(self.head.lock().unwrap().clone().unwrap());
        for _ in 0..self.count {
            let mut bytes = commit.head.frontier.size().to_be_bytes().to_vec();
            bytes.resize(ENTRY_BYTES, b' ');
            commit.add_entry(RecordId::of(&bytes), bytes, ReceivedAt::EPOCH);
        }
        Ok(commit)
    }
}

async fn proofs(entries: u64) {
    let database = Database::create(Engine::Sqlite).await;
    let store: Arc<dyn Store> = trace_server::store::open(database.url()).await.unwrap();
    for _ in 0..entries.div_ceil(20_000) {
        store.append(Arc::new(Many { count: 20_000.min(entries), head: Mutex::default() })).await.unwrap();
    }
    let size = store.head().await.unwrap().frontier.size();
    let mut times = Vec::with_capacity(PROOFS);
    let mut index = 1;
    for _ in 0..PROOFS {
        index = (index * 6_364_136_223_846_793_005_u64.wrapping_rem(size) + 1_442_695_040_888_963_407 % size) % size;
        let begun = Instant::now();
        tiles::inclusion(&*store, index, size).await.unwrap();
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "SQLite: inclusion proof in a log of {size}: {:.2} ms median, {:.2} ms p99 of {PROOFS}; must 2",
        times[PROOFS / 2],
        times[PROOFS * 99 / 100],
    );
}

/// Checkpoint and a full tile, against a router that answers the same bytes from memory.
async fn serving() {
    let database = Database::create(Engine::Sqlite).await;
    let world = World::found(database.url()).await;
    world.store().append(Arc::new(Many { count: 70_000, head: Mutex::default() })).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { data_dir: Some(folder.path().to_owned()), ..Settings::default() };
    let keys = KeyRing::new(vec![CodeKey::new(1, [7; 32]).unwrap()]).unwrap();
    let state = AppState::joining(world.ledger.clone(), keys, Config::from_settings(settings).unwrap()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(app::serve_on(listener, state.clone(), std::future::pending()));
    state.log.watch_published().wait_for(Option::is_some).await.unwrap();
    for path in ["/log/checkpoint", "/log/tile/0/003", "/log/tile/1/000"] {
        let answer = reqwest::get(format!("http://{address}{path}")).await.unwrap();
        let headers = [CONTENT_TYPE, CACHE_CONTROL].map(|name| (name.clone(), answer.headers()[name].clone()));
        let bytes: Bytes = answer.bytes().await.unwrap();
        let size = bytes.len();
        let plain = Router::new().route(path, get(async move || (headers, bytes)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let plain_address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, plain).await });
        let mut ratios = Vec::new();
        for _ in 0..TURNS {
            let plain = requests(plain_address, path).await;
            ratios.push(requests(address, path).await / plain);
        }
        println!("{path} ({size} bytes): {:.2} of a static answer (median of {TURNS}); must 0.7", median(ratios));
    }
}

/// Requests a second over kept connections.
async fn requests(address: SocketAddr, path: &str) -> f64 {
    let count = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (count, url) = (Arc::clone(&count), format!("http://{address}{path}"));
            tokio::spawn(async move {
                let client = reqwest::Client::new();
                while begun.elapsed() < Duration::from_secs(1) {
                    let answer = client.get(&url).send().await.unwrap();
                    assert!(answer.status().is_success());
                    answer.bytes().await.unwrap();
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let count = count.load(Ordering::Relaxed) as f64;
    count / begun.elapsed().as_secs_f64()
}
