//! Print runs and prints as rows: admitted one after another, changed by who has seen them last, cut to what was sent.

use std::sync::Arc;

use trace_core::code::IssueNumber;
use trace_core::tianma::{PrintHalt, PrintState, PrintWay, ReprintReason};
use trace_core::time::ReceivedAt;
use trace_server::store::{Hand, NewPrint, PrintChange, PrintOrder, PrintRunRow, PrintStep, Sending, Store};
use trace_tests::engines::Database;
use trace_tests::household::PROCESSOR;

fn issue(number: u32) -> IssueNumber {
    IssueNumber::new(number).unwrap()
}

fn at(ms: i64) -> ReceivedAt {
    ReceivedAt::from_unix_ms(1_795_000_000_000 + ms).unwrap()
}

fn hand() -> Hand {
    Hand { party: PROCESSOR, login: Some("li".to_owned()), token: None }
}

fn order(number: u32, from: u32, to: u32, printer: Option<&str>) -> PrintOrder {
    PrintOrder {
        issue: issue(number),
        from,
        to,
        format: "zpl".to_owned(),
        template: "60x40".to_owned(),
        dpi: 300,
        pictures: false,
        printer: printer.map(str::to_owned),
        portion: 7,
        reason: None,
        at: at(5),
        by: hand(),
    }
}

fn print(order: &PrintOrder, from: u32, to: u32) -> NewPrint {
    NewPrint {
        issue: order.issue,
        from,
        to,
        labels: to - from + 1,
        at: at(9),
        way: PrintWay::Sent,
        format: order.format.clone(),
        template: None,
        printer: order.printer.clone(),
        run: None,
        reason: Some(ReprintReason::Faint),
        by: hand(),
    }
}

async fn started(store: &dyn Store, order: &PrintOrder) -> PrintRunRow {
    match store.start_print_run(order).await.unwrap() {
        PrintStep::Taken(row) => row,
        other => panic!("it should start: {other:?}"),
    }
}

pub async fn runs_are_admitted(database: Database) {
    let store = trace_server::store::open(database.url()).await.unwrap();
    assert_eq!(store.print_run(1).await.unwrap(), None);
    let first = started(&*store, &order(3, 0, 9, Some("desk"))).await;
    let expected = PrintRunRow {
        number: 1,
        order: order(3, 0, 9, Some("desk")),
        state: PrintState::Running,
        halt: None,
        next: 0,
        version: 1,
    };
    assert_eq!(first, expected);
    let start = async |order: PrintOrder| store.start_print_run(&order).await.unwrap();
    assert_eq!(start(order(3, 9, 20, None)).await, PrintStep::Overlaps(first.clone()));
    assert_eq!(start(order(4, 0, 0, Some("desk"))).await, PrintStep::PrinterTaken(first.clone()));
    // Many at once for the same labels: one of them, and numbers without gaps.
    let many: Vec<_> = (0..6)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.start_print_run(&order(5, 0, 4, None)).await.unwrap() })
        })
        .collect();
    let mut taken = 0;
    for one in many {
        taken += usize::from(matches!(one.await.unwrap(), PrintStep::Taken(_)));
    }
    assert_eq!(taken, 1);
    assert_eq!(started(&*store, &order(3, 10, 20, None)).await.number, 3);
    let numbers: Vec<u64> = store.print_runs(issue(3), 10).await.unwrap().iter().map(|row| row.number).collect();
    assert_eq!(numbers, [3, 1], "newest first");
    assert_eq!(store.print_runs(issue(3), 1).await.unwrap().len(), 1);
    drop(store);
    let store = trace_server::store::open(database.url()).await.unwrap();
    assert_eq!(store.print_run(1).await.unwrap(), Some(first), "they were durable");
}

pub async fn stretches_end_with_what_was_sent(database: Database) {
    let store = trace_server::store::open(database.url()).await.unwrap();
    let run = started(&*store, &order(3, 0, 99, Some("desk"))).await;
    let number = store.begin_sending(run.number, run.version, &print(&run.order, 0, 24)).await.unwrap();
    assert_eq!(
        store.begin_sending(run.number, 9, &print(&run.order, 0, 24)).await.unwrap(),
        None,
        "of no such version"
    );
    let sent = |next, last, labels| Sending { run: 1, version: 1, print: number, next, last, labels };
    assert!(store.go_on_sending(&sent(25, 49, 50)).await.unwrap());
    assert!(store.end_sending(&sent(31, 30, 31), PrintState::Paused, Some(PrintHalt::Broken)).await.unwrap());
    assert!(!store.go_on_sending(&sent(50, 74, 75)).await.unwrap(), "it is over");
    let row = store.print_run(1).await.unwrap().unwrap();
    assert_eq!((row.state, row.halt, row.next, row.version), (PrintState::Paused, Some(PrintHalt::Broken), 31, 2));
    let rows = store.prints(issue(3), None, 10).await.unwrap();
    assert_eq!((rows.len(), rows[0].print.to, rows[0].print.labels, rows[0].reprint), (1, 30, 31, false));
    assert_eq!(rows[0].print.reason, None, "a reason beside what needs one");
    // Going back meets what was sent; an empty stretch is none.
    let change = PrintChange {
        run: 1,
        version: 2,
        state: PrintState::Running,
        halt: None,
        next: 30,
        reason: None,
        resumes: true,
        print: None,
    };
    assert!(matches!(store.change_print_run(&change).await.unwrap(), PrintStep::PrintedBefore(_)));
    let change = PrintChange { reason: Some(ReprintReason::Jam), ..change };
    assert!(matches!(store.change_print_run(&change).await.unwrap(), PrintStep::Taken(_)));
    assert_eq!(store.change_print_run(&change).await.unwrap(), PrintStep::Stale);
    let again = store.begin_sending(1, 3, &print(&run.order, 30, 54)).await.unwrap();
    assert_eq!(store.prints(issue(3), None, 10).await.unwrap()[0].print.reason, Some(ReprintReason::Faint));
    let empty = Sending { run: 1, version: 3, print: again, next: 30, last: 30, labels: 0 };
    assert!(store.end_sending(&empty, PrintState::Paused, Some(PrintHalt::Asked)).await.unwrap());
    assert_eq!(store.prints(issue(3), None, 10).await.unwrap().len(), 1);
    // Page by page.
    for from in 0..4 {
        store.put_print(&print(&order(3, 0, 9, None), from * 100 + 200, from * 100 + 250)).await.unwrap();
    }
    let page = store.prints(issue(3), Some(5), 2).await.unwrap();
    assert_eq!(page.iter().map(|row| row.number).collect::<Vec<_>>(), [4, 3]);
    assert!(store.prints(issue(4), None, 10).await.unwrap().is_empty());
}
