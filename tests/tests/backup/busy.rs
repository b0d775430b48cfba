//! A backup beside sixteen clients that never stop appending.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::task::JoinSet;
use trace_core::id::{RecordId, Stage};
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_server::backup;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::{Database, Engine};
use trace_tests::household::FIRST;

use crate::county::{Shelf, back_up, county, silent};
use crate::log;

const CLIENTS: usize = 16;

pub async fn a_backup_while_clients_append(database: Database) {
    let world = county(&database, 10).await;
    let acknowledged: Arc<Mutex<Vec<RecordId>>> = Arc::default();
    let enough = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (world, acknowledged, enough) = (world.clone(), Arc::clone(&acknowledged), Arc::clone(&enough));
        clients.spawn(async move {
            while !enough.load(Ordering::SeqCst) {
                let details = json!({"origin": "before_system"});
                let stock = draft(Kind::BringIn, details).makes_at(Stage::Harvest, Product::FreshTianma, "1kg");
                let one = world.append(FIRST, stock).await;
                acknowledged.lock().unwrap().push(one.record.id());
            }
        });
    }
    let shelf = Shelf::new();
    for round in 0..3 {
        let before = acknowledged.lock().unwrap().clone();
        let file = shelf.file(&format!("{round}.db"));
        let copied = back_up(&database, &file).await.unwrap();
        let during = acknowledged.lock().unwrap().len() - before.len();
        assert!(during > 0, "nobody could append while the backup was made");

        let store = trace_server::store::copying::open_to_read(&file).await.unwrap();
        assert_eq!(log::check(&*store).await, copied.size);
        let there = store.entries_of(&before).await.unwrap();
        assert_eq!(there.len(), before.len(), "a record that was acknowledged before is missing");
        // Every record with all that belongs to it: openings, requests, projections.
        let all: Vec<RecordId> = store.entries(0..copied.size).await.unwrap().iter().map(|row| row.record).collect();
        let projections = store.projections().await.unwrap();
        let records = projections.rows.iter().filter(|row| matches!(row, trace_core::state::Row::Record(_))).count();
        assert_eq!(records, all.len());
        if round == 2 {
            for engine in Engine::both() {
                let target = Database::create(engine).await;
                let restored = backup::restore(&file, target.url(), &silent()).await.unwrap();
                assert_eq!((restored.size, restored.root), (copied.size, copied.root));
            }
        }
    }
    enough.store(true, Ordering::SeqCst);
    clients.join_all().await;
    log::check(&**world.store()).await;
}
