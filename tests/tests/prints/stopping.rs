//! Runs on a printer when the service ends: killed, told to stop, or beside another one on the same database.

use serde_json::json;
use trace_core::tianma::{PrintHalt, PrintState, PrintWay, ReprintReason};
use trace_server::store::{Hand, NewPrint, PrintChange, PrintOrder, PrintStep, Sending};
use trace_tests::engines::Database;
use trace_tests::household::PROCESSOR;

use crate::printer::MANY;
use crate::roll::{PATIENCE, Roll, labels_of};
use crate::shop::{LOGIN, Shop, body, nothing, of, stretches};

/// A service that is started where another one left a run running pauses it: nobody drives it. What may have been sent
/// is in the ledger, as it was written down before.
pub async fn a_restart_finds_runs_paused(database: Database) {
    let roll = Roll::turn_on();
    let mut shop = Shop::open(database, vec![roll.named("desk")]).await;
    let (_, issue) = shop.issue(MANY).await;
    let run = shop.run(issue, &json!({"printer": "desk"})).await;
    let files = shop.run(shop.issue(5).await.1, &json!({"format": "pdf"})).await;
    let mut feed = roll.take().await;
    feed.print(60).await;
    shop.start().await;
    let run = shop.look(&run).await;
    assert_eq!((&run["state"], &run["halt"]["code"]), (&json!("paused"), &json!("restarted")));
    assert_eq!(run["halt"]["zh"], "服务重启过");
    assert_eq!(shop.look(&files).await["state"], "running", "files wait for a person");
    drop(feed);
    // Who drove it before notices, and tells how far it came.
    let (from, rows) = tokio::time::timeout(PATIENCE, async {
        loop {
            let rows = shop.prints(issue).await;
            let next = shop.look(&run).await["next"].clone();
            // Until then the row ends with the block that was written down, and the run with the block before.
            if next == rows[0].print.to + 1 {
                return (rows[0].print.to + 1, rows);
            }
        }
    })
    .await
    .expect("an end of the stretch");
    assert!(from >= 60);
    assert_eq!(stretches(&rows), [(0, from - 1, "sent", false)]);
    shop.with(&shop.look(&run).await, "resume", nothing()).await;
    let rest = roll.take().await.print_all().await;
    shop.wait(&run, |run| run["state"] == "done").await;
    assert_eq!(labels_of(&rest).len(), (MANY - from) as usize);
    let last = shop.prints(issue).await.pop().unwrap();
    assert_eq!((last.print.from, last.print.to, last.reprint), (from, MANY - 1, false));
}

/// A kill in the middle of a block: what is written down is what may have been sent. Going on from what is known needs no
/// reason of a person, and says that it was not known what came out.
pub async fn after_a_kill_a_block_is_in_doubt(database: Database) {
    let roll = Roll::turn_on();
    let mut shop = Shop::open(database, vec![roll.named("desk")]).await;
    let (_, issue) = shop.issue(60).await;
    let store = std::sync::Arc::clone(shop.world.store());
    let by = Hand { party: PROCESSOR, login: Some(LOGIN.to_owned()), token: None };
    let order = PrintOrder {
        issue,
        from: 0,
        to: 59,
        format: "zpl".to_owned(),
        template: "40x30".to_owned(),
        dpi: 203,
        pictures: true,
        printer: Some("desk".to_owned()),
        portion: 500,
        reason: None,
        at: shop.world.ledger.now(),
        by: by.clone(),
    };
    let PrintStep::Taken(row) = store.start_print_run(&order).await.unwrap() else { panic!("it starts") };
    let print = NewPrint {
        issue,
        from: 0,
        to: 24,
        labels: 25,
        at: order.at,
        way: PrintWay::Sent,
        format: order.format.clone(),
        template: Some(order.template.clone()),
        printer: order.printer.clone(),
        run: Some(row.number),
        reason: None,
        by,
    };
    let print = store.begin_sending(row.number, row.version, &print).await.unwrap();
    let at = Sending { run: row.number, version: row.version, print, next: 25, last: 49, labels: 50 };
    assert!(store.go_on_sending(&at).await.unwrap());
    // Here it is killed; another one starts.
    shop.start().await;
    assert!(!store.go_on_sending(&at).await.unwrap(), "what drove it before may not go on");
    let run = shop.look(&json!({"number": row.number})).await;
    assert_eq!((&run["halt"]["code"], &run["next"]), (&json!("restarted"), &json!(25)));
    let words = shop.page(PROCESSOR, "zh", &format!("/app/prints/{}", row.number)).await.1;
    assert!(words.contains("服务重启过，停在第 25 枚之后"), "{words}");
    shop.refused(&of(&run, "resume"), &body(&run, json!({"from": 24})), 422, "reprint_reason").await;
    shop.with(&run, "resume", nothing()).await;
    assert_eq!(labels_of(&roll.take().await.print_all().await).len(), 35);
    shop.wait(&run, |run| run["state"] == "done").await;
    let rows = shop.prints(issue).await;
    assert_eq!(stretches(&rows), [(0, 49, "sent", false), (25, 59, "sent", true)]);
    assert_eq!(rows[1].print.reason, Some(ReprintReason::Interrupted));
}

pub async fn a_stop_in_good_order_loses_no_label(database: Database) {
    let roll = Roll::turn_on();
    let mut shop = Shop::open(database, vec![roll.named("desk")]).await;
    let (_, issue) = shop.issue(MANY).await;
    let run = shop.run(issue, &json!({"printer": "desk"})).await;
    let mut feed = roll.take().await;
    feed.print(30).await;
    let reading = tokio::spawn(feed.print_all());
    shop.stop().await;
    let got = reading.await.unwrap();
    let first = labels_of(&got);
    assert!(got.ends_with(b"^FS^XZ\n"), "the printer is left as it was found");
    shop.start().await;
    let run = shop.look(&run).await;
    assert_eq!((&run["halt"]["code"], run["next"].as_u64().unwrap()), (&json!("restarted"), first.len() as u64));
    let last = u32::try_from(first.len()).unwrap() - 1;
    assert_eq!(stretches(&shop.prints(issue).await), [(0, last, "sent", false)]);
    shop.with(&run, "resume", nothing()).await;
    let rest = labels_of(&roll.take().await.print_all().await);
    shop.wait(&run, |run| run["state"] == "done").await;
    let file = shop.file(&format!("/api/v1/code-issues/{issue}/labels.zpl?template=40x30&symbol=picture")).await;
    let both: Vec<String> = first.into_iter().chain(rest).collect();
    assert!(both == labels_of(&file), "every label once, in order");
    assert!(shop.prints(issue).await[..2].iter().all(|row| !row.reprint), "none was in doubt");
}

/// On another server somebody pauses the run: its row changes, and who drives it notices, even while the printer takes
/// nothing.
pub async fn another_server_pauses_a_run(database: Database) {
    let roll = Roll::turn_on();
    let shop = Shop::open(database, vec![roll.named("desk")]).await;
    let (_, issue) = shop.issue(MANY).await;
    let run = shop.run(issue, &json!({"printer": "desk"})).await;
    let mut feed = roll.take().await;
    feed.print(30).await;
    let store = shop.world.store();
    let row = store.print_run(run["number"].as_u64().unwrap()).await.unwrap().unwrap();
    let change = PrintChange {
        run: row.number,
        version: row.version,
        state: PrintState::Paused,
        halt: Some(PrintHalt::Asked),
        next: row.next,
        reason: None,
        resumes: false,
        print: None,
    };
    assert!(matches!(store.change_print_run(&change).await.unwrap(), PrintStep::Taken(_)));
    assert_eq!(store.change_print_run(&change).await.unwrap(), PrintStep::Stale);
    // The connection ends, though nothing was read meanwhile; what came is what the ledger says in the end.
    let got = feed.print_all().await;
    let whole = labels_of(&got).len() as u64;
    let now = shop.wait(&run, |run| run["next"] == whole).await;
    assert_eq!((&now["state"], &now["halt"]["code"]), (&json!("paused"), &json!("asked")));
    assert!(whole < u64::from(MANY));
    let last = u32::try_from(whole).unwrap() - 1;
    assert_eq!(stretches(&shop.prints(issue).await), [(0, last, "sent", false)]);
}
