//! Opening a database: again, by a program that is too old, and twice at once.

use std::collections::BTreeMap;

use trace_core::id::RecordId;
use trace_core::record::sealed::Group;
use trace_server::store::{BatchFilter, Direction, RecordFilter, Store, StoreError};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, World};
use trace_tests::raw;

use crate::random_county::grow;

/// Everything that can be read of the ledger, as text.
pub(crate) async fn everything(store: &dyn Store) -> BTreeMap<&'static str, String> {
    let mut all = BTreeMap::new();
    let head = store.head().await.unwrap();
    let entries = store.entries(0..head.frontier.size()).await.unwrap();
    let ids: Vec<RecordId> = entries.iter().map(|row| row.record).collect();
    let projections = store.projections().await.unwrap();
    let mut uids = Vec::new();
    let mut traces = Vec::new();
    for row in &projections.rows {
        match row {
            trace_core::state::Row::Record(row) => uids.push((row.entered_by.unwrap_or(row.actor), row.uid)),
            trace_core::state::Row::Batch(row) => {
                traces.push(store.trace(row.code, Direction::Back).await.unwrap());
                traces.push(store.trace(row.code, Direction::Forward).await.unwrap());
            }
            _ => {}
        }
    }
    let mut requests = store.requests(&uids).await.unwrap();
    requests.sort_by_key(|row| (row.submitter, row.uid));
    assert!(!requests.is_empty() && !traces.is_empty());
    let openings = store.openings(&ids, Group::Amounts).await.unwrap();
    let openings: Vec<_> = openings.iter().map(|o| (o.record, o.salt.as_bytes().to_vec(), o.value.clone())).collect();
    all.insert("head", format!("{head:?}"));
    all.insert("entries", format!("{entries:?}"));
    all.insert("requests", format!("{requests:?}"));
    all.insert("openings", format!("{openings:?}"));
    all.insert("findings", format!("{:?}", store.findings(&ids).await.unwrap()));
    let mut sealed = Vec::new();
    for group in Group::ALL.into_iter().filter(|group| group.is_personal()) {
        sealed.extend(store.sealed_openings(&ids, group).await.unwrap());
    }
    all.insert("sealed openings", format!("{sealed:?}"));
    all.insert("projections", format!("{projections:?}"));
    all.insert("traces", format!("{traces:?}"));
    let batches = store.batches(&BatchFilter { limit: 1000, ..BatchFilter::default() }).await.unwrap();
    all.insert("batches", format!("{batches:?}"));
    let records = store.records(&RecordFilter { limit: 1000, ..RecordFilter::default() }).await.unwrap();
    all.insert("records", format!("{records:?}"));
    all.insert("issues", format!("{:?}", store.issues(None, None).await.unwrap()));
    all.insert("sites", format!("{:?}", store.sites(FIRST).await.unwrap()));
    all
}

pub async fn everything_is_there_after_reopening(database: Database) {
    let world = World::found(database.url()).await;
    grow(&world, 40, 1).await;
    let before = everything(&**world.store()).await;
    let counts = raw::counts(&database).await;
    drop(world);
    let world = World::open(database.url()).await;
    let after = everything(&**world.store()).await;
    for (what, text) in &before {
        assert!(after[what] == *text, "{what} differ after reopening");
    }
    assert_eq!(raw::counts(&database).await, counts);
    // The first append after a restart needs the rules table, which only the store has now.
    world.fresh(FIRST, "3kg").await;
    assert_eq!(raw::counts(&database).await["entries"], counts["entries"] + 1);
}

pub async fn a_newer_schema_is_refused(database: Database) {
    drop(World::found(database.url()).await);
    raw::execute(
        &database,
        "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
         VALUES (999, 'from_the_future', '2027-01-01T00:00:00Z', '1')",
    )
    .await;
    let Err(error) = trace_server::store::open(database.url()).await else {
        panic!("a database of a newer program was opened");
    };
    assert!(matches!(error, StoreError::NewerSchema { found: 999, .. }), "{error}");
    let words = error.to_string();
    assert!(words.contains("999") && words.contains("start the newer program"), "{words}");
    raw::execute(&database, "DELETE FROM refinery_schema_history WHERE version = 999").await;
    World::open(database.url()).await.fresh(FIRST, "3kg").await;
}

/// Both find the schema that one of them makes.
pub async fn two_open_at_once(database: Database) {
    let open = || {
        let url = database.url().to_owned();
        tokio::spawn(async move { trace_server::store::open(&url).await })
    };
    let stores = [open(), open(), open(), open()];
    for store in stores {
        let store = store.await.unwrap().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(store.head().await.unwrap().frontier.size(), 0);
    }
    let error = trace_server::store::open("mysql://somewhere").await.err().expect("no such engine");
    assert!(matches!(&error, StoreError::Unfit(words) if words.contains("sqlite:PATH")), "{error}");
}
