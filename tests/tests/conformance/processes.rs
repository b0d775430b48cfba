//! Several processes on one database at once: one log without gaps, no batch overdrawn. And sessions that PostgreSQL
//! ends, and connections that break just before and just after a commit.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use trace_core::id::{BatchCode, Uid};
use trace_server::ledger::AppendError;
use trace_tests::engines::{Database, Engine, FreshPostgres};
use trace_tests::household::{PROCESSOR, World, loss};

use crate::log;
use crate::proxy::{Cut, Proxy};

fn spawn(url: &str, batch: BatchCode, times: usize, amount: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_appender"))
        .args([url, &PROCESSOR.to_string(), &batch.to_string(), &times.to_string(), amount])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the second process")
}

/// Three processes and this one draw 3 kg each, 40 times, out of 200 kg.
pub async fn processes_share_one_log(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(PROCESSOR, "200kg").await;
    let before = log::check(&**world.store()).await;
    let mut children: Vec<Child> = (0..3).map(|_| spawn(database.url(), batch, 40, "3kg")).collect();
    let mut readers: Vec<_> = children.iter_mut().map(|child| BufReader::new(child.stdout.take().unwrap())).collect();
    for reader in &mut readers {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready");
    }
    for child in &mut children {
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    }
    let requests = (0..40).map(|_| world.request(PROCESSOR, vec![loss(batch, "3kg")])).collect();
    let own = crate::appending::at_once(&world, requests).await;
    let mut taken = own.iter().filter(|answer| answer.is_ok()).count();
    let mut uids: Vec<Uid> = Vec::new();
    for reader in readers {
        for line in reader.lines() {
            let line = line.unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["taken", uid] => uids.push(uid.parse().unwrap()),
                ["refused", _, "overdraw"] => {}
                _ => panic!("a process said: {line}"),
            }
        }
    }
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    taken += uids.len();
    assert_eq!(taken, 66, "66 x 3 kg are in 200 kg");
    assert_eq!(world.batch(batch).await.remaining(), 2_000_000);
    assert_eq!(log::check(&**world.store()).await, before + 66);
    let keys: Vec<_> = uids.iter().map(|uid| (PROCESSOR, *uid)).collect();
    assert_eq!(world.store().requests(&keys).await.unwrap().len(), uids.len());
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

/// Sessions are ended while 12 clients append: what was acknowledged is there once, what was not is not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgres_ends_sessions_in_mid_commit() {
    let database = FreshPostgres::create().await;
    let world = World::found(database.url()).await;
    let batch = world.fresh(PROCESSOR, "1000kg").await;
    let before = log::check(&**world.store()).await;
    // COMMIT takes long enough to be hit.
    let killer = database.connect().await;
    killer
        .batch_execute(
            "CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.004); RETURN NULL; END $$;
             CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON requests DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION linger();",
        )
        .await
        .unwrap();
    let mut set = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let world = world.clone();
        set.spawn(async move {
            let mut told = Vec::new();
            for _ in 0..12 {
                let request = world.request(PROCESSOR, vec![loss(batch, "1kg")]);
                told.push((request.clone(), world.ledger.append(request).await));
            }
            told
        });
    }
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
    let mut ended = 0;
    let mut rhythm = tokio::time::interval(std::time::Duration::from_millis(9));
    while !set.is_empty() && ended < 40 {
        rhythm.tick().await;
        ended += killer.query_one(end, &[]).await.unwrap().get::<_, i64>(0);
        if set.len() == 12 && ended == 0 {
            continue;
        }
        if world.batch(batch).await.remaining() < 860_000_000 {
            break;
        }
    }
    let told: Vec<_> = set.join_all().await.into_iter().flatten().collect();
    assert!(ended > 3, "only {ended} sessions were ended");
    let mut acknowledged = 0;
    for (request, answer) in &told {
        let known = world.store().requests(&[(PROCESSOR, request.items[0].uid())]).await.unwrap();
        match answer {
            Ok(answer) => {
                assert_eq!(known.len(), 1, "an acknowledged record is lost");
                assert_eq!(known[0].records, [answer.records[0].record.id()]);
                acknowledged += 1;
            }
            Err(AppendError::Refused(refusal)) => panic!("{refusal}"),
            Err(_) => assert!(known.is_empty(), "told that it failed, but it stands"),
        }
    }
    assert_eq!(log::check(&**world.store()).await, before + acknowledged);
    // Sent again, all of them stand, each once.
    for (request, _) in told {
        world.ledger.append(request).await.unwrap();
    }
    assert_eq!(log::check(&**world.store()).await, before + 144);
    assert_eq!(world.batch(batch).await.remaining(), 856_000_000);
}

/// The connection breaks after COMMIT was done and before its answer came: "failed, but persisted". The ledger finds
/// out by the uid and acknowledges. Where it breaks before COMMIT arrives, nothing stands, and nothing is claimed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgres_loses_the_answer_to_a_commit() {
    let database = Database::create(Engine::Postgres).await;
    let direct = World::found(database.url()).await;
    let batch = direct.fresh(PROCESSOR, "100kg").await;
    let proxy = Proxy::before(database.url()).await;
    let world = World::open(&proxy.url).await;
    world.append(PROCESSOR, loss(batch, "1kg")).await;
    let before = log::check(&**direct.store()).await;
    proxy.cut_next(Cut::AfterCommit);
    let request = world.request(PROCESSOR, vec![loss(batch, "1kg")]);
    let answer = world.ledger.append(request.clone()).await.expect("it stands, so it is acknowledged");
    assert_eq!(proxy.cuts(), 1, "no connection was cut");
    assert_eq!(log::check(&**direct.store()).await, before + 1);
    let again = world.ledger.append(request).await.unwrap();
    assert!(again.repeated && again.records[0].index == answer.records[0].index);

    proxy.cut_next(Cut::BeforeCommit);
    let request = world.request(PROCESSOR, vec![loss(batch, "1kg")]);
    let answer = world.ledger.append(request.clone()).await;
    assert_eq!(proxy.cuts(), 2, "no connection was cut");
    let stands = log::check(&**direct.store()).await - before - 1;
    assert_eq!(stands, u64::from(answer.is_ok()), "told {answer:?}");
    world.ledger.append(request).await.unwrap();
    assert_eq!(log::check(&**direct.store()).await, before + 2);
    assert_eq!(direct.batch(batch).await.drawn, 3_000_000);
}
