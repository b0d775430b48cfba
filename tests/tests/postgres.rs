//! What only PostgreSQL does: schemas of newer programs, several processes, lost sessions, and the planner on large
//! lineages. What both engines promise is in the conformance suite.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may panic")]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use trace_core::id::{BatchCode, PartyId, RecordId, Stage, Uid};
use trace_core::record::{Attributes, Kind};
use trace_core::state::{BatchRow, Changes, EdgeRow, Key, RecordRow, Row, Standing, View};
use trace_core::tianma::Product;
use trace_core::time::ReceivedAt;
use trace_server::store::postgres::Postgres;
use trace_server::store::{BatchFilter, Commit, Direction, Head, Judge, RequestRow, Store, StoreError};
use trace_tests::engines::FreshPostgres;

fn received_at() -> ReceivedAt {
    "2026-11-20T03:04:05.678Z".parse().unwrap()
}

fn record_id(number: u32) -> RecordId {
    RecordId::of(&number.to_be_bytes())
}

fn code(number: u32) -> BatchCode {
    BatchCode::new(Stage::Harvest, "2026-11-20".parse().unwrap(), number.to_be_bytes()).unwrap()
}

fn party() -> PartyId {
    PartyId::from_random([7; 10])
}

fn batch(number: u32) -> BatchRow {
    BatchRow {
        code: code(number),
        stage: Stage::Harvest,
        product: Product::FreshTianma,
        attributes: Attributes::default(),
        owner: party(),
        site: None,
        record: record_id(number),
        dug_on: None,
        occurred_at: "2026-11-20".parse().unwrap(),
        made: 1_000_000,
        drawn: 0,
        allotted: 0,
        coded: 0,
        returned: 0,
        returned_coded: 0,
        harvested_mg: 0,
        closings: 0,
        closed_on: None,
        holds: BTreeSet::new(),
        recalls: BTreeSet::new(),
        void: false,
    }
}

fn record(number: u32, outputs: Vec<BatchCode>) -> RecordRow {
    RecordRow {
        id: record_id(number),
        index: u64::from(number),
        kind: Kind::Process,
        states: Kind::Process,
        actor: party(),
        party: party(),
        entered_by: None,
        site: None,
        occurred_at: "2026-11-20".parse().unwrap(),
        received_at: received_at(),
        uid: Uid::from_bytes([1; 16]),
        supersedes: None,
        superseded_by: None,
        void: false,
        outputs,
        effects: Vec::new(),
        standing: Standing::Settled,
        other_side: None,
        about: None,
        freezes: Vec::new(),
        recalled: Vec::new(),
        issues: BTreeSet::new(),
        held: false,
        signed: false,
    }
}

fn edge(record: u32, position: u32, from: u32, uses: bool, outputs: Vec<BatchCode>) -> EdgeRow {
    EdgeRow {
        record: record_id(record),
        index: record.into(),
        position,
        batch: code(from),
        input_record: record_id(from),
        amount: 1,
        uses,
        live: true,
        outputs,
    }
}

/// Appends one entry and one batch, with a pause where the test asks for it.
struct OneEntry {
    number: u32,
    /// The longest pause; it ends before that when the test has seen what it waits for.
    wait: Duration,
    seen: AtomicBool,
    begun: AtomicU32,
    head: Mutex<Option<Head>>,
}

impl OneEntry {
    fn new(number: u32) -> Arc<Self> {
        Self::slow(number, Duration::ZERO)
    }

    fn slow(number: u32, wait: Duration) -> Arc<Self> {
        let (seen, begun) = (AtomicBool::new(false), AtomicU32::new(0));
        Arc::new(Self { number, wait, seen, begun, head: Mutex::new(None) })
    }
}

impl Judge for OneEntry {
    fn uids(&self) -> Vec<(PartyId, Uid)> {
        vec![(party(), Uid::from_bytes([u8::try_from(self.number).unwrap(); 16]))]
    }

    fn begin(&self, head: Head, answered: Vec<RequestRow>) {
        assert!(answered.is_empty());
        self.begun.fetch_add(1, Ordering::SeqCst);
        *self.head.lock().unwrap() = Some(head);
    }

    fn step(&self, view: &mut View) -> Result<Commit, BTreeSet<Key>> {
        if view.batch(code(self.number)).is_err() {
            return Err(view.missing());
        }
        // Other tasks of this thread, the session's own among them, must go on meanwhile.
        tokio::task::block_in_place(|| {
            let begun = Instant::now();
            while begun.elapsed() < self.wait && !self.seen.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let mut commit = Commit::on(self.head.lock().unwrap().clone().unwrap());
        commit.add_entry(record_id(self.number), self.number.to_be_bytes().to_vec(), received_at());
        let (submitter, uid) = self.uids()[0];
        let records = vec![record_id(self.number)];
        commit.requests = vec![RequestRow { submitter, uid, digest: record_id(self.number), records }];
        view.put(Row::Batch(batch(self.number)));
        view.accept();
        commit.changes = view.take_changes();
        Ok(commit)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_start_together_make_the_schema_once() {
    let database = FreshPostgres::create().await;
    let starts: Vec<_> = (0..4)
        .map(|_| {
            let url = database.url().to_owned();
            tokio::spawn(async move { Postgres::open(&url).await })
        })
        .collect();
    for start in starts {
        let store = start.await.unwrap().unwrap();
        assert_eq!(store.head().await.unwrap().frontier.size(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_is_refused_untouched() {
    let database = FreshPostgres::create().await;
    drop(Postgres::open(database.url()).await.unwrap());
    let client = database.connect().await;
    client
        .batch_execute("INSERT INTO refinery_schema_history VALUES (900, 'later', '2030-01-01T00:00:00Z', '1')")
        .await
        .unwrap();
    let error = Postgres::open(database.url()).await.unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { found: 900, known } if known < 900), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_schema_of_the_same_number_is_refused_with_words() {
    let database = FreshPostgres::create().await;
    drop(Postgres::open(database.url()).await.unwrap());
    let client = database.connect().await;
    client.batch_execute("UPDATE refinery_schema_history SET checksum = '1'").await.unwrap();
    let error = Postgres::open(database.url()).await.unwrap_err();
    assert!(matches!(&error, StoreError::Unfit(words) if words.contains("migrations")), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_acknowledges_early_is_refused() {
    let database = FreshPostgres::create().await;
    let client = database.connect().await;
    let set = format!("ALTER DATABASE {} SET synchronous_commit = off", database.name());
    client.batch_execute(&set).await.unwrap();
    let error = Postgres::open(database.url()).await.unwrap_err();
    assert!(matches!(&error, StoreError::Unfit(words) if words.contains("set synchronous_commit = on")), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_named_by_table_and_key() {
    let database = FreshPostgres::create().await;
    let store = Postgres::open(database.url()).await.unwrap();
    store.append(OneEntry::new(1)).await.unwrap();
    let client = database.connect().await;
    client.batch_execute("UPDATE batches SET doc = replace(doc, '\"stage\"', '\"stag\"')").await.unwrap();

    let (expected, keys) = (code(1).to_string(), BTreeSet::from([Key::Batch(code(1))]));
    for error in [
        store.load(&keys).await.unwrap_err(),
        store.batches(&BatchFilter { limit: 10, ..BatchFilter::default() }).await.unwrap_err(),
        store.trace(code(1), Direction::Back).await.unwrap_err(),
        store.projections().await.unwrap_err(),
    ] {
        assert!(matches!(&error, StoreError::Corrupt { table: "batches", key, .. } if *key == expected), "{error}");
    }

    client.batch_execute("UPDATE head SET size = 7").await.unwrap();
    let error = store.append(OneEntry::new(2)).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { table: "head", .. }), "{error}");
    client.batch_execute("DELETE FROM head").await.unwrap();
    let error = store.head().await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { table: "head", .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_dies_while_judging_is_replaced_and_nothing_is_stored_twice() {
    let database = FreshPostgres::create().await;
    let store = Arc::new(Postgres::open(database.url()).await.unwrap());
    let judge = OneEntry::slow(1, Duration::from_mins(1));
    let append = tokio::spawn({
        let (store, judge) = (Arc::clone(&store), Arc::clone(&judge));
        async move { store.append(judge).await }
    });
    let client = database.connect().await;
    let mut killed = false;
    while !killed {
        // Only one that holds the head: the judge is at work.
        let rows = client
            .query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction'
                 AND query LIKE '-- load_batches%'",
                &[],
            )
            .await
            .unwrap();
        killed = !rows.is_empty();
        assert!(killed || !append.is_finished(), "the session was not found in time");
    }
    judge.seen.store(true, Ordering::SeqCst);
    append.await.unwrap().unwrap();
    assert_eq!(judge.begun.load(Ordering::SeqCst), 2);
    assert_eq!(store.head().await.unwrap().frontier.size(), 1);
    assert_eq!(store.entries(0..u64::MAX).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_caller_goes_away_is_finished() {
    let database = FreshPostgres::create().await;
    let store = Postgres::open(database.url()).await.unwrap();
    let judge = OneEntry::slow(1, Duration::from_millis(200));
    let append = store.append(Arc::clone(&judge) as Arc<dyn Judge>);
    assert!(tokio::time::timeout(Duration::from_millis(100), append).await.is_err(), "the append was too fast");
    // The next append waits for the head, so it comes after the one that nobody waits for.
    store.append(OneEntry::new(2)).await.unwrap();
    let records: Vec<RecordId> = store.entries(0..9).await.unwrap().iter().map(|entry| entry.record).collect();
    assert_eq!(records, [record_id(1), record_id(2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_judge_that_panics_frees_the_head() {
    struct Panics;
    impl Judge for Panics {
        fn uids(&self) -> Vec<(PartyId, Uid)> {
            Vec::new()
        }
        fn begin(&self, _: Head, _: Vec<RequestRow>) {}
        fn step(&self, _: &mut View) -> Result<Commit, BTreeSet<Key>> {
            panic!("as this test wants it")
        }
    }
    let database = FreshPostgres::create().await;
    let store = Postgres::open(database.url()).await.unwrap();
    let error = store.append(Arc::new(Panics)).await.unwrap_err();
    assert!(matches!(error, StoreError::Engine(_)), "{error}");
    store.append(OneEntry::new(1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_of_several_processes_come_one_after_another() {
    let database = FreshPostgres::create().await;
    let stores = [Postgres::open(database.url()).await.unwrap(), Postgres::open(database.url()).await.unwrap()];
    let stores: Vec<Arc<Postgres>> = stores.into_iter().map(Arc::new).collect();
    let appends: Vec<_> = (0..24)
        .map(|number| {
            let store = Arc::clone(&stores[number as usize % 2]);
            tokio::spawn(async move { store.append(OneEntry::new(number)).await })
        })
        .collect();
    for append in appends {
        append.await.unwrap().unwrap();
    }
    let mut frontier = trace_core::log::Frontier::new();
    for entry in stores[0].entries(0..u64::MAX).await.unwrap() {
        assert_eq!(frontier.push(entry.leaf_hash), entry.index);
    }
    assert_eq!(stores[1].head().await.unwrap().frontier, frontier);
    assert_eq!(frontier.size(), 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_postgresql_cannot_hold_are_simply_not_there() {
    let database = FreshPostgres::create().await;
    let store = Postgres::open(database.url()).await.unwrap();
    assert_eq!(store.user("a\0b").await.unwrap(), None);
    let filter = BatchFilter { code_prefix: Some("H\0".to_owned()), limit: 5, ..BatchFilter::default() };
    assert!(store.batches(&filter).await.unwrap().is_empty());
}

/// 10,000 harvests; every 500 of them merge into one batch, of which 500 more are split off.
fn county() -> Changes {
    let mut changes = Changes::default();
    let mut add = |number: u32, inputs: &[u32], outputs: &[u32]| {
        let outputs: Vec<BatchCode> = outputs.iter().map(|output| code(*output)).collect();
        for (position, input) in (0..).zip(inputs) {
            changes.edges.push(edge(number, position, *input, true, outputs.clone()));
        }
        changes.rows.push(Row::Record(record(number, outputs)));
    };
    for harvest in 0..10_000 {
        add(harvest, &[], &[harvest]);
    }
    for merge in 0..20 {
        let inputs: Vec<u32> = (merge * 500..(merge + 1) * 500).collect();
        add(20_000 + merge, &inputs, &[20_000 + merge]);
        let outputs: Vec<u32> = (0..500).map(|part| 30_000 + merge * 500 + part).collect();
        add(40_000 + merge, &[20_000 + merge], &outputs);
    }
    let made = (0..10_000).chain(20_000..20_020).chain(30_000..40_000);
    changes.rows.extend(made.map(|number| Row::Batch(batch(number))));
    changes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_lineage_is_walked_completely_both_ways() {
    let database = FreshPostgres::create().await;
    let store = Postgres::open(database.url()).await.unwrap();
    assert!(store.replace_projections(0, &county()).await.unwrap());

    let back = store.trace(code(30_000), Direction::Back).await.unwrap();
    // Split off, merged, 500 harvests.
    assert_eq!((back.batches.len(), back.records.len(), back.edges.len()), (502, 502, 501));
    let forward = store.trace(code(3), Direction::Forward).await.unwrap();
    assert_eq!((forward.batches.len(), forward.records.len(), forward.edges.len()), (502, 3, 2));
    assert!(forward.batches.is_sorted_by_key(|batch| batch.code));
    assert!(back.records.is_sorted_by_key(|record| record.index));
    assert_eq!(store.trace(code(99_999), Direction::Back).await.unwrap().batches, []);
}
