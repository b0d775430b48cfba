//! Opening packages: the page of a scanned code, every opening durable before its page is sent, against a router that
//! answers the same bytes from memory; and one code that a whole live stream opens.
//!
//! Both are asked by the same client in the same process, taking turns; medians are printed. `TRACE_BENCH_SECONDS`
//! changes the length of the stream.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot set up has nothing to measure")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::get;
use reqwest::Client;
use serde_json::json;
use trace_core::code::{CodeIndex, CodeKey, IssueNumber, KeyRing};
use trace_core::record::Kind;
use trace_server::app::{self, AppState};
use trace_server::config::{Config, Settings};
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::engines::{Database, Engine};
use trace_tests::household::{PROCESSOR, World, dry, made};

const TURNS: usize = 7;
const TURN: Duration = Duration::from_secs(2);
const CONNECTIONS: u32 = 64;
/// Codes over which the openings are spread.
const CODES: u32 = 100_000;
/// Openings a second of the one code.
const STREAM: u32 = 500;
/// A browser in a person's hand; what has no name is a robot, and does not count.
const PHONE: &str = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 MicroMessenger/8.0.40";

fn main() {
    // `cargo test` runs benches without this word, to see that they start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let seconds = std::env::var("TRACE_BENCH_SECONDS").map_or(20, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for (engine, must) in [(Engine::Sqlite, 0.35), (Engine::Postgres, 0.2)] {
            let stand = Stand::open(engine).await;
            stand.spread(must).await;
            stand.stream(seconds).await;
        }
    });
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Of sorted or unsorted times in milliseconds, the one that so many of a hundred do not exceed.
fn percentile(times: &mut [f64], percent: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

/// A service with packages, and a static answer beside it.
struct Stand {
    engine: Engine,
    world: World,
    keys: KeyRing,
    issue: IssueNumber,
    service: SocketAddr,
    plain: SocketAddr,
    _database: Database,
    _folder: tempfile::TempDir,
}

impl Stand {
    async fn open(engine: Engine) -> Self {
        let database = Database::create(engine).await;
        let world = World::found(database.url()).await;
        let fresh = world.fresh(PROCESSOR, "200000kg").await;
        let dried = made(&world.append(PROCESSOR, dry(fresh, "200000kg", "50000kg")).await);
        let sale = world.pack(PROCESSOR, dried, "50000kg").await;
        let issue = world.issue_codes(PROCESSOR, sale, CODES + 1).await;
        let sheet = draft(Kind::ActivateCodes, json!({"issue": issue})).names(sale);
        world.append(PROCESSOR, sheet.ranging(codes(issue, 0, CODES))).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { data_dir: Some(folder.path().to_owned()), ..Settings::default() };
        let ring = || KeyRing::new(vec![CodeKey::new(1, [7; 32]).unwrap()]).unwrap();
        let state = AppState::joining(world.ledger.clone(), ring(), Config::from_settings(settings).unwrap()).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let service = listener.local_addr().unwrap();
        tokio::spawn(app::serve_on(listener, state.clone(), std::future::pending()));
        state.log.watch_published().wait_for(Option::is_some).await.unwrap();

        let mut stand =
            Self { engine, world, keys: ring(), issue, service, plain: service, _database: database, _folder: folder };
        let answer = client().get(stand.address(service, 0)).send().await.unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in
            answer.headers().iter().filter(|(name, _)| !["content-length", "date"].contains(&name.as_str()))
        {
            headers.append(name.clone(), value.clone());
        }
        let bytes: Bytes = answer.bytes().await.unwrap();
        println!("{engine}: a page has {} bytes", bytes.len());
        let plain = Router::new().route("/t/{code}", get(async move || (headers, bytes)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        stand.plain = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, plain).await });
        stand
    }

    fn address(&self, server: SocketAddr, index: u32) -> String {
        let code = self.keys.encode(1, self.issue, CodeIndex::new(index).unwrap()).unwrap();
        format!("http://{server}/t/{code}")
    }

    /// 64 connections, each opening one package after another all over the issue.
    async fn spread(&self, must: f64) {
        // Addresses are made beforehand, so that enciphering them costs no turn anything.
        let of = |server| -> Arc<Vec<String>> { Arc::new((0..CODES).map(|at| self.address(server, at)).collect()) };
        let (service, plain) = (of(self.service), of(self.plain));
        let next = Arc::new(AtomicU32::new(1));
        turn(&service, &next).await;
        let (mut ratios, mut rates, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..TURNS {
            let (plain_rate, _) = turn(&plain, &next).await;
            let (rate, took) = turn(&service, &next).await;
            ratios.push(rate / plain_rate);
            rates.push(rate);
            times.extend(took);
        }
        println!(
            "{}: {:.2} of a static answer, {:.0} openings/s (medians of {TURNS}; ratios {:.2} to {:.2}; must {must}); p99 {:.1} ms, must 25",
            self.engine,
            median(ratios.clone()),
            median(rates),
            ratios.iter().copied().fold(f64::MAX, f64::min),
            ratios.iter().copied().fold(0.0, f64::max),
            percentile(&mut times, 99),
        );
    }

    /// So many openings of one code in each second, whether the earlier ones were answered or not; times from the
    /// moment at which each was due.
    async fn stream(&self, seconds: u32) {
        let (address, client) = (self.address(self.service, CODES), client());
        let before = self.counted().await;
        let begun = tokio::time::Instant::now();
        let mut tasks = Vec::new();
        for number in 0..seconds * STREAM {
            let due = begun + Duration::from_secs(1) * number / STREAM;
            tokio::time::sleep_until(due).await;
            let (client, address) = (client.clone(), address.clone());
            tasks.push(tokio::spawn(async move {
                let answer = client.get(&address).send().await.unwrap();
                assert!(answer.status().is_success(), "{}", answer.status());
                let page = answer.text().await.unwrap();
                (due.elapsed().as_secs_f64() * 1e3, !page.contains("未计入次数"))
            }));
        }
        let (mut times, mut told) = (Vec::new(), 0_u64);
        for task in tasks {
            let (took, counted) = task.await.unwrap();
            times.push(took);
            told += u64::from(counted);
        }
        let counted = self.counted().await - before;
        println!(
            "{}: {STREAM} openings/s of one code for {seconds} s: p50 {:.1} ms, p99 {:.1} ms, must 10; {told} told, {counted} counted: {}",
            self.engine,
            percentile(&mut times, 50),
            percentile(&mut times, 99),
            if told == counted && told == u64::from(seconds * STREAM) { "exact" } else { "NOT EXACT" },
        );
    }

    /// Openings of the stream's code that count.
    async fn counted(&self) -> u64 {
        let scans = self.world.store().scans(self.issue, CODES, u32::MAX).await.unwrap();
        scans.iter().filter(|scan| scan.counts).count() as u64
    }
}

fn client() -> Client {
    Client::builder().user_agent(PHONE).build().unwrap()
}

/// Requests a second over kept connections, and how long each took in milliseconds.
async fn turn(addresses: &Arc<Vec<String>>, next: &Arc<AtomicU32>) -> (f64, Vec<f64>) {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (addresses, next) = (Arc::clone(addresses), Arc::clone(next));
            tokio::spawn(async move {
                let (client, mut times) = (client(), Vec::new());
                while begun.elapsed() < TURN {
                    // A step that meets every code before it meets one again, neighbours far apart.
                    let at = u64::from(next.fetch_add(1, Ordering::Relaxed)) * 61_803 % u64::from(CODES);
                    let sent = Instant::now();
                    let answer = client.get(&addresses[usize::try_from(at).unwrap()]).send().await.unwrap();
                    assert!(answer.status().is_success(), "{}", answer.status());
                    answer.bytes().await.unwrap();
                    times.push(sent.elapsed().as_secs_f64() * 1e3);
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    #[expect(clippy::cast_precision_loss, reason = "some ten thousand")]
    let count = times.len() as f64;
    (count / begun.elapsed().as_secs_f64(), times)
}
