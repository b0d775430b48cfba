//! What the rules on copied codes found, as rows: kept once a package and rule, listed by time, settled once.

use trace_core::code::IssueNumber;
use trace_core::time::ReceivedAt;
use trace_server::store::{NewScan, NewSuspicion, Store, SuspicionFilter, SuspicionPlace, SuspicionRow};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR};

fn at(ms: i64) -> ReceivedAt {
    ReceivedAt::from_unix_ms(1_795_000_000_000 + ms).unwrap()
}

fn issue(number: u32) -> IssueNumber {
    IssueNumber::new(number).unwrap()
}

fn found(number: u32, index: u32, rule: &str, ms: i64) -> NewSuspicion {
    let facts = format!("{{\"ms\":{ms},\"words\":\"云南\"}}");
    NewSuspicion { issue: issue(number), index, rule: rule.to_owned(), at: at(ms), facts }
}

async fn list(store: &dyn Store, settled: bool, before: Option<SuspicionPlace>, limit: u32) -> Vec<SuspicionRow> {
    store.suspicions(&SuspicionFilter { settled, before, limit }).await.unwrap()
}

fn places(rows: &[SuspicionRow]) -> Vec<(u32, u32, &str)> {
    rows.iter().map(|row| (row.issue.get(), row.index, &*row.rule)).collect()
}

pub async fn they_are_kept_and_listed(database: Database) {
    let store = trace_server::store::open(database.url()).await.unwrap();
    store.put_suspicions(&[]).await.unwrap();
    assert!(list(&*store, false, None, 10).await.is_empty());
    store
        .put_suspicions(&[found(3, 1, "speed", 10), found(3, 1, "openings", 10), found(2, 7, "speed", 5)])
        .await
        .unwrap();
    store.put_suspicions(&[found(2, 7, "speed", 20)]).await.unwrap();
    // An older look of another server does not take the newer one back.
    store.put_suspicions(&[found(2, 7, "speed", 15)]).await.unwrap();
    let rows = list(&*store, false, None, 10).await;
    assert_eq!(places(&rows), [(2, 7, "speed"), (3, 1, "speed"), (3, 1, "openings")], "newest first");
    let newest = SuspicionRow {
        issue: issue(2),
        index: 7,
        rule: "speed".to_owned(),
        first_at: at(5),
        last_at: at(20),
        facts: found(2, 7, "speed", 20).facts,
        settled: None,
    };
    assert_eq!(rows[0], newest);
    // Page by page, each row once, also where several have one time.
    let mut seen = Vec::new();
    let mut before = None;
    while let [row] = &list(&*store, false, before.take(), 1).await[..] {
        let place = (row.last_at, row.issue, row.index, row.rule.clone());
        before = Some(SuspicionPlace { last_at: place.0, issue: place.1, index: place.2, rule: place.3 });
        seen.push(row.clone());
    }
    assert_eq!(seen, rows);
    drop(store);
    let store = trace_server::store::open(database.url()).await.unwrap();
    assert_eq!(list(&*store, false, None, 10).await, rows, "they were durable");
}

pub async fn they_are_settled_once(database: Database) {
    let store = trace_server::store::open(database.url()).await.unwrap();
    store
        .put_suspicions(&[found(3, 1, "speed", 10), found(3, 2, "speed", 11), found(3, 1, "openings", 12)])
        .await
        .unwrap();
    assert_eq!(store.open_suspicions(100).await.unwrap(), 3);
    assert_eq!(store.open_suspicions(2).await.unwrap(), 2, "counted as far as it is asked");
    assert!(store.settle_suspicion(issue(3), 1, "speed", OFFICE, at(50)).await.unwrap());
    assert!(!store.settle_suspicion(issue(3), 1, "speed", PROCESSOR, at(60)).await.unwrap(), "by the first alone");
    assert!(!store.settle_suspicion(issue(3), 9, "speed", OFFICE, at(50)).await.unwrap(), "there is none");
    assert_eq!(store.open_suspicions(100).await.unwrap(), 2);
    assert_eq!(places(&list(&*store, false, None, 10).await), [(3, 1, "openings"), (3, 2, "speed")]);
    // Found again it stays settled, with its newest time.
    store.put_suspicions(&[found(3, 1, "speed", 70)]).await.unwrap();
    let settled = list(&*store, true, None, 10).await;
    assert_eq!(places(&settled), [(3, 1, "speed")]);
    assert_eq!((settled[0].settled, settled[0].last_at), (Some((at(50), OFFICE)), at(70)));
}

pub async fn openings_near_a_package(database: Database) {
    let store = trace_server::store::open(database.url()).await.unwrap();
    let scan = |index, ms, counts| NewScan { issue: issue(3), index, at: at(ms), device: [1; 8], counts, region: None };
    let scans = [
        scan(5, 1, false),
        scan(6, 10, false),
        scan(6, 20, true),
        scan(7, 9, false),
        scan(9, 10, false),
        scan(40, 10, false),
    ];
    store.put_scans(&scans).await.unwrap();
    let near = async |from, to| store.opened_since(issue(3), from..=to, at(10)).await.unwrap();
    assert_eq!(near(0, 20).await, [6, 9]);
    assert_eq!(near(6, 6).await, [6]);
    assert_eq!(near(9, 40).await, [9, 40]);
    assert_eq!(near(0, 5).await, Vec::<u32>::new());
    assert!(store.opened_since(issue(4), 0..=50, at(0)).await.unwrap().is_empty(), "of another issue");
}
