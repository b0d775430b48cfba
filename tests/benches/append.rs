//! Durable appends of 64 concurrent callers, every rule applied, against what the engine itself does with one row in
//! a transaction, in the same run and taking turns: what is printed is the ratio of the two rates.
//!
//! A caller dries a kilogram of its own fresh stock: one input, one output, amounts sealed, the water balance judged.
//! The plain row holds as many bytes as the entry of such a record.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot set up has nothing to measure")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use trace_core::id::BatchCode;
use trace_tests::engines::{Database, Engine};
use trace_tests::household::{PROCESSOR, World, dry};

const CALLERS: usize = 64;
const TURNS: usize = 5;
const TURN: Duration = Duration::from_secs(3);

/// Bytes of a plain row: about those of an entry of this bench.
const ROW_BYTES: usize = 1_000;

fn main() {
    // `cargo test` runs benches without this word, to see that they start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for (engine, must, aim) in [(Engine::Sqlite, 2.0, 4.0), (Engine::Postgres, 1.0, 2.0)] {
        runtime.block_on(compare(engine, must, aim));
    }
}

async fn compare(engine: Engine, must: f64, aim: f64) {
    let database = Database::create(engine).await;
    let world = World::found(database.url()).await;
    let mut stocks = Vec::new();
    for _ in 0..CALLERS {
        stocks.push(world.fresh(PROCESSOR, "100000kg").await);
    }
    appends(&world, &stocks, Duration::from_secs(1)).await;
    let mut ratios = Vec::new();
    for turn in 0..TURNS {
        let plain = match &database {
            Database::Sqlite(fresh) => {
                let path = fresh.path().to_owned();
                tokio::task::spawn_blocking(move || plain_sqlite(&path)).await.unwrap()
            }
            Database::Postgres(fresh) => plain_postgres(fresh.url()).await,
        };
        let durable = appends(&world, &stocks, TURN).await;
        println!("{engine} turn {turn}: {durable:.0} appends/s, {plain:.0} plain rows/s, ratio {:.2}", durable / plain);
        ratios.push(durable / plain);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "{engine}: durable append, {CALLERS} callers: ratio {:.2} (median of {TURNS}; {:.2} to {:.2}); must {must}, aim {aim}",
        ratios[TURNS / 2],
        ratios[0],
        ratios[TURNS - 1],
    );
}

/// Appends a second, each caller sending its next when the last was acknowledged.
async fn appends(world: &World, stocks: &[BatchCode], time: Duration) -> f64 {
    let start = Instant::now();
    let mut callers = Vec::new();
    for stock in stocks.iter().copied() {
        let world = world.clone();
        callers.push(tokio::spawn(async move {
            let mut done = 0_u32;
            while start.elapsed() < time {
                world.send(PROCESSOR, vec![dry(stock, "1kg", "250g")]).await.expect("an append");
                done += 1;
            }
            done
        }));
    }
    let mut all = 0;
    for caller in callers {
        all += caller.await.unwrap();
    }
    f64::from(all) / start.elapsed().as_secs_f64()
}

/// Rows a second, one in a transaction, in the same file and as durable.
fn plain_sqlite(path: &std::path::Path) -> f64 {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    connection.pragma_update(None, "synchronous", "full").unwrap();
    connection.execute_batch("CREATE TABLE IF NOT EXISTS plain (id INTEGER PRIMARY KEY, body BLOB) STRICT").unwrap();
    let body = vec![7_u8; ROW_BYTES];
    let mut insert = connection.prepare("INSERT INTO plain (body) VALUES (?1)").unwrap();
    let (start, mut done) = (Instant::now(), 0_u32);
    while start.elapsed() < TURN {
        insert.execute([&body]).unwrap();
        done += 1;
    }
    f64::from(done) / start.elapsed().as_secs_f64()
}

/// Rows a second of as many clients, one in a transaction.
async fn plain_postgres(url: &str) -> f64 {
    let mut clients = Vec::new();
    for _ in 0..CALLERS {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        clients.push(client);
    }
    clients[0]
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS plain (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body BYTEA)",
        )
        .await
        .unwrap();
    let body = Arc::new(vec![7_u8; ROW_BYTES]);
    let start = Instant::now();
    let mut callers = Vec::new();
    for client in clients {
        let body = Arc::clone(&body);
        callers.push(tokio::spawn(async move {
            let insert = client.prepare("INSERT INTO plain (body) VALUES ($1)").await.unwrap();
            let mut done = 0_u32;
            while start.elapsed() < TURN {
                client.execute(&insert, &[&body.as_slice()]).await.unwrap();
                done += 1;
            }
            done
        }));
    }
    let mut all = 0;
    for caller in callers {
        all += caller.await.unwrap();
    }
    f64::from(all) / start.elapsed().as_secs_f64()
}
