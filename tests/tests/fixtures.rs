//! The county in small on both engines: everything is accepted, every finding is the one that the fixtures state, all
//! kinds occur, a rebuild changes nothing, and the numbers are those that the demonstration promises.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use trace_core::code::IssueNumber;
use trace_core::id::{BatchCode, Stage};
use trace_core::prepare::Draft;
use trace_core::record::{Details, Entry, Kind};
use trace_core::state::CodeState;
use trace_core::tianma::{PartyRole, Product};
use trace_core::time::OccurredAt;
use trace_server::demo::{self, Loaded, party_of_label};
use trace_server::http::session::Credentials;
use trace_server::ledger::{Item, Ledger, Request, Surroundings, digest_of};
use trace_server::store::{self, BatchFilter, Direction, PartyFilter, RecordFilter, Store};
use trace_tests::engines::{Database, Engine};

#[path = "fixtures/promises.rs"]
mod promises;

/// Version of the code key that the fixtures are loaded with.
const KEY_VERSION: u8 = 1;

async fn loaded(engine: Engine) -> (Database, Arc<dyn Store>, Loaded) {
    let database = Database::create(engine).await;
    let store = store::open(database.url()).await.expect("a store");
    let loaded = demo::load(Arc::clone(&store), database.keys(), KEY_VERSION).await;
    let loaded = loaded.unwrap_or_else(|error| panic!("{engine}: {error}"));
    (database, store, loaded)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_county_loads_with_the_findings_that_it_states() {
    for engine in Engine::both() {
        let (database, store, loaded) = loaded(engine).await;
        let mut odd = Vec::new();
        for record in &loaded.records {
            if record.findings != record.expected {
                odd.push(format!("{}: found {:?}, expected {:?}", record.label, record.findings, record.expected));
            }
        }
        assert!(odd.is_empty(), "{engine}:\n{}", odd.join("\n"));
        assert_eq!(loaded.repeated, 0);
        assert!((1_900..=2_500).contains(&loaded.records.len()), "{engine}: {} records", loaded.records.len());
        promised_numbers(&*store, &loaded).await;
        promised_cases(&*store, &loaded).await;
        promises::all(&*store).await;
        loading_again_adds_nothing(&database, &store, loaded.records.len()).await;
        a_rebuild_changes_nothing(&database, store).await;
    }
}

async fn promised_numbers(store: &dyn Store, loaded: &Loaded) {
    let count = async |role| {
        let filter = PartyFilter { role: Some(role), limit: 1000, ..PartyFilter::default() };
        store.parties(&filter).await.unwrap()
    };
    let households = count(PartyRole::Household).await;
    let mut villages: BTreeMap<_, usize> = BTreeMap::new();
    for household in &households {
        *villages.entry(household.village.clone().expect("a village")).or_default() += 1;
        assert!(!store.sites(household.id).await.unwrap().is_empty(), "a household without a plot");
    }
    assert_eq!((villages.len(), households.len()), (6, 240));
    assert!(villages.values().all(|households| *households == 40), "{villages:?}");
    for (role, number) in [
        (PartyRole::FungusFactory, 2),
        (PartyRole::Nursery, 1),
        (PartyRole::Coop, 2),
        (PartyRole::Processor, 3),
        (PartyRole::Seller, 2),
        (PartyRole::Laboratory, 1),
        (PartyRole::Office, 1),
    ] {
        assert_eq!(count(role).await.len(), number, "{role}");
    }
    let entries = store.entries(0..10_000).await.unwrap();
    assert_eq!(entries.len(), loaded.records.len());
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    let (mut last, mut signed) = (None, 0);
    for row in &entries {
        let entry = Entry::from_bytes(&row.bytes).unwrap();
        *kinds.entry(entry.record.kind()).or_default() += 1;
        signed += usize::from(!entry.signatures.is_empty());
        assert!(last <= Some(entry.received_at), "time ran backwards at {}", row.index);
        last = Some(entry.received_at);
    }
    let missing: Vec<_> = Kind::ALL.iter().filter(|kind| !kinds.contains_key(kind)).collect();
    assert!(missing.is_empty(), "no record of {missing:?}");
    assert!(signed >= 5, "{signed} signed records");
    let end = last.unwrap().to_string();
    assert!(end.starts_with("2025-12"), "the county ends on {end}");
}

async fn promised_cases(store: &dyn Store, loaded: &Loaded) {
    let found = |finding: &str| loaded.records.iter().filter(|r| r.findings.iter().any(|f| f == finding)).count();
    for finding in [
        "hold:dry_ratio",
        "warning:dry_ratio",
        "hold:inspection_failed",
        "hold:not_passed",
        "hold:quarantine",
        "hold:stock_gain",
        "warning:coal",
        "warning:outside_origin",
        "warning:unconfirmed",
        "warning:yield",
        "warning:generation",
        "warning:slicing_loss",
    ] {
        assert!(found(finding) > 0, "nothing with {finding}");
    }
    // The merge of sixty households.
    let pool = loaded.records.iter().find(|record| record.label == "rec-market-pool").unwrap();
    let pool = store.entries_of(&[pool.id]).await.unwrap().pop().unwrap();
    let pool = Entry::from_bytes(&pool.bytes).unwrap().record;
    assert_eq!(pool.inputs.len(), 60);
    let back = store.trace(pool.outputs[0].batch, Direction::Back).await.unwrap();
    let growers: BTreeSet<_> =
        back.batches.iter().filter(|b| b.product == Product::Planting).map(|b| b.owner).collect();
    assert_eq!(growers.len(), 60);
    let held = RecordFilter { held: true, limit: 100, ..RecordFilter::default() };
    assert!(store.records(&held).await.unwrap().len() >= 4);
    let recalled = BatchFilter { recalled: true, limit: 100, ..BatchFilter::default() };
    let recalled = store.batches(&recalled).await.unwrap();
    assert!(recalled.len() >= 3, "{} batches under recall", recalled.len());
    assert!(recalled.iter().any(|batch| batch.owner == party_of_label("seller-yuntian")), "the recall stops at a firm");
}

async fn loading_again_adds_nothing(database: &Database, store: &Arc<dyn Store>, count: usize) {
    assert!(demo::is_loaded(&**store).await.unwrap());
    let again = demo::load(Arc::clone(store), database.keys(), KEY_VERSION).await.unwrap();
    assert_eq!((again.records.len(), again.repeated), (count, count));
    assert_eq!(store.head().await.unwrap().frontier.size(), count as u64);
}

async fn a_rebuild_changes_nothing(database: &Database, store: Arc<dyn Store>) {
    let ledger = Ledger::open(store, database.keys(), Surroundings::system(), KEY_VERSION);
    let rebuilt = ledger.rebuild().await.unwrap();
    assert!(rebuilt.unchanged, "rows differ after a rebuild");
}

/// The package that the demonstration shows leads back to a fungus bottle and a seed tuber, free of any taint.
#[tokio::test(flavor = "multi_thread")]
async fn the_shown_package_leads_back_to_fungus_and_seed() {
    let (_database, store, loaded) = loaded(Engine::Sqlite).await;
    let issued = loaded.records.iter().find(|record| record.label == "issue-showcase").unwrap();
    let issues = store.issues(None, Some(party_of_label("processor-caoba"))).await.unwrap();
    let issue = issues.iter().find(|issue| issue.record == issued.id).unwrap();
    assert!(issue.number > IssueNumber::new(0).unwrap() && issue.count > 100);
    let active = |(state, range, _): &(CodeState, trace_core::record::CodeRange, _)| {
        *state == CodeState::Active && range.holds(trace_core::code::CodeIndex::new(17).unwrap())
    };
    assert!(issue.ranges.iter().any(active), "package 17 is not in circulation");
    let trace = store.trace(issue.batch, Direction::Back).await.unwrap();
    let batch = trace.batches.iter().find(|batch| batch.code == issue.batch).unwrap();
    assert_eq!(batch.product, Product::DriedTianma);
    assert_eq!(batch.attributes.net_content.unwrap().value(), 250_000);
    for product in [Product::ArmillariaBottle, Product::SeedTuber, Product::Planting, Product::FreshTianma] {
        assert!(trace.batches.iter().any(|batch| batch.product == product), "no {product} behind the package");
    }
    let makers = |role: &str| trace.batches.iter().any(|batch| batch.owner == party_of_label(role));
    assert!(makers("factory-daqiao") && makers("nursery-base"));
    let growers: BTreeSet<_> =
        trace.batches.iter().filter(|b| b.product == Product::Planting).map(|batch| batch.owner).collect();
    assert_eq!(growers.len(), 8);
    let inspected = trace.records.iter().filter(|record| record.kind == Kind::Inspect && !record.held).count();
    assert!(inspected >= 2, "{inspected} inspections");
    assert!(trace.batches.iter().all(|batch| batch.holds.is_empty() && batch.recalls.is_empty() && !batch.void));
    let ids: Vec<_> = trace.records.iter().map(|record| record.id).collect();
    let entries = store.entries_of(&ids).await.unwrap();
    let brought_in = entries.iter().map(|row| Entry::from_bytes(&row.bytes).unwrap().record.details.clone());
    for details in brought_in {
        assert!(
            !matches!(details.stated(), Details::BringIn(stock) if stock.origin.taints()),
            "a taint behind the package"
        );
    }
}

/// Loading that was interrupted is taken up again: the same records, each once.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_half_loaded_is_completed() {
    let database = Database::create(Engine::Sqlite).await;
    let store = store::open(database.url()).await.unwrap();
    let some_entries = async {
        while store.head().await.unwrap().frontier.size() < 300 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = demo::load(Arc::clone(&store), database.keys(), KEY_VERSION) => panic!("loaded before it was interrupted"),
        () = some_entries => {}
    }
    assert!(!demo::is_loaded(&*store).await.unwrap());
    let loaded = demo::load(Arc::clone(&store), database.keys(), KEY_VERSION).await.unwrap();
    assert!(loaded.repeated >= 300 && loaded.repeated < loaded.records.len(), "{} repeated", loaded.repeated);
    assert_eq!(store.head().await.unwrap().frontier.size(), loaded.records.len() as u64);
    assert!(demo::is_loaded(&*store).await.unwrap());
}

/// A ledger that was just opened has no rules table at hand; requests sent together are judged in their order still.
#[tokio::test(flavor = "multi_thread")]
async fn requests_sent_together_after_a_restart_keep_their_order() {
    let (database, store, _) = loaded(Engine::Sqlite).await;
    let ledger = Ledger::open(store, database.keys(), Surroundings::system(), KEY_VERSION);
    let submitter = party_of_label("processor-caoba");
    let day: OccurredAt = "2026-01-05".parse().unwrap();
    let code = BatchCode::new(Stage::Processing, day.date(), *b"test").unwrap().to_string();
    let request = |uid: &str, rest: Value| {
        let mut draft = json!({"uid": uid.repeat(32), "occurred_at": "2026-01-05"});
        draft.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        let draft = Draft::from_value(draft).unwrap();
        Request { submitter, digest: digest_of(uid.as_bytes()), items: vec![Item::draft(draft)] }
    };
    let first = request(
        "a",
        json!({"kind": "bring_in", "details": {"origin": "unknown"}, "outputs": [
        {"batch": code, "stage": "processing", "product": "dried_tianma", "amount": "100kg"}]}),
    );
    let second = request(
        "b",
        json!({"kind": "adjust", "details": {"reason": "loss", "direction": "less"},
        "inputs": [{"batch": code, "amount": "2斤"}]}),
    );
    let (first, second) = tokio::join!(biased; ledger.append(first), ledger.append(second));
    assert_eq!(first.unwrap().records.len(), 1);
    assert_eq!(second.unwrap().records.len(), 1);
}

/// The second start of a demonstration finds log-ins, tokens and the shown package again.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_finds_everything_again() {
    let folder = tempfile::tempdir().unwrap();
    let address = "127.0.0.1:8080".parse().unwrap();
    let (state, first) = demo::open(address, folder.path()).await.unwrap();
    let size = state.ledger.store().head().await.unwrap().frontier.size();
    // Where a backup names it, and a command that is given the folder alone looks for it.
    assert!(folder.path().join("code-keys.txt").exists());
    drop(state);
    let (state, second) = demo::open(address, folder.path()).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(state.ledger.store().head().await.unwrap().frontier.size(), size);
    let written = std::fs::read(folder.path().join("demo.json")).unwrap();
    let written: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(written["package_code"], first.package_code.as_str());
    assert_eq!(written["tokens"].as_object().unwrap().len(), 6);
    // A verifier key is `name+hash+key` (C2SP signed-note), the name that of the founding's origin.
    let vkey = written["log_vkey"].as_str().expect("the log's key");
    assert!(vkey.starts_with("trace.yiliang.example/log+"), "{vkey}");
    vkey.parse::<trace_core::log::VerifierKey>().expect("a verifier key");
    let code = first.package_code.parse().unwrap();
    let decoded = state.keys.decode(&code).unwrap();
    assert_eq!(decoded.issue().get(), first.code_issue);
    assert!(first.consumer_url.starts_with("HTTP://127.0.0.1:8080/01/"), "{}", first.consumer_url);
    let digest = trace_server::http::access::secret_digest(&first.tokens.farmer);
    let token = state.ledger.store().token(digest).await.unwrap().unwrap();
    assert_eq!(token.party, party_of_label("hh-xiaocaoba-01"));
    let users = state.ledger.store().users().await.unwrap();
    assert_eq!(users.len(), first.logins.len());
    assert!(users.iter().all(|user| user.pin_hash.starts_with("$argon2id$")));
    // Everybody's telephone number opens what the log-in does.
    for login in &first.logins {
        let typed = Credentials {
            name: &login.telephone,
            pin: &login.pin,
            address: "127.0.0.1".parse().unwrap(),
            device: None,
        };
        let opened = state.gate.sign_in(&typed, &**state.ledger.store(), state.ledger.now()).await.unwrap();
        assert_eq!(opened.user.login, login.login);
    }
}

#[test]
fn the_embedded_files_are_all_the_files() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/yiliang/records");
    let names: BTreeSet<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let expected = ["2023-24.jsonl", "2024-25.jsonl", "2025-26.jsonl", "founding.jsonl"];
    assert_eq!(names, expected.map(str::to_owned).into());
}
