//! Runs on a printer in the network: label by label, without paper, with a connection that breaks, and none at all.

use serde_json::json;
use trace_tests::engines::Database;
use trace_tests::household::PROCESSOR;

use crate::roll::{Roll, labels_of};
use crate::shop::{LOGIN, Shop, body, nothing, of, stretches};

/// More than the printer's memory and this machine's take together, so that a printer that stands still is felt.
pub const MANY: u32 = 400;

pub async fn labels_arrive_one_by_one(database: Database) {
    let roll = Roll::turn_on();
    let shop = Shop::open(database, vec![roll.named("desk")]).await;
    let list = shop.json("/api/v1/printers").await;
    assert_eq!(list["items"], json!([{"name": "desk", "language": "zpl", "dpi": 203, "template": "40x30"}]));
    assert!(!list.to_string().contains(&roll.address.to_string()), "where it stands is nobody's business");
    let (_, issue) = shop.issue(60).await;
    let run = shop.run(issue, &json!({"printer": "desk", "from": 4, "to": 57})).await;
    assert_eq!((&run["state"], &run["portion"], &run["printer"]), (&json!("running"), &json!(null), &json!("desk")));
    let mut feed = roll.take().await;
    feed.print(3).await;
    // It is at work: what was sent is counted before all is.
    let now = shop.look(&run).await;
    assert_eq!((&now["state"], &now["version"]), (&json!("running"), &run["version"]));
    let all = feed.print_all().await;
    let run = shop.wait(&run, |run| run["state"] == "done").await;
    assert_eq!((&run["done"], &run["next"]), (&json!(54), &json!(58)));
    // Byte by byte what the same labels are as a file.
    let file = format!("/api/v1/code-issues/{issue}/labels.zpl?template=40x30&from=4&to=57&symbol=picture");
    let file = shop.file(&file).await;
    assert_eq!(labels_of(&all), labels_of(&file));
    assert!(all == file, "head and tail, too");
    let rows = shop.prints(issue).await;
    assert_eq!(stretches(&rows[..1]), [(4, 57, "sent", false)]);
    let print = &rows[0].print;
    assert_eq!((print.labels, print.printer.as_deref(), print.run), (54, Some("desk"), run["number"].as_u64()));
    assert_eq!(print.by.token.as_deref(), Some("label robot"));
}

/// The printer takes nothing more: the run waits and says how far it came; it can be paused, and goes on.
pub async fn without_paper_it_waits(database: Database) {
    let roll = Roll::turn_on();
    let shop = Shop::open(database, vec![roll.named("desk")]).await;
    let (_, issue) = shop.issue(MANY).await;
    let run = shop.run(issue, &json!({"printer": "desk"})).await;
    let mut feed = roll.take().await;
    feed.print(10).await;
    // Nothing is read from here on. The run comes to a stand somewhere before its end.
    let mut stands = shop.look(&run).await;
    let mut looks = 0;
    while looks < 200 {
        let now = shop.look(&run).await;
        looks = if now["next"] == stands["next"] { looks + 1 } else { 0 };
        stands = now;
    }
    assert_eq!(stands["state"], "running");
    assert!(stands["next"].as_u64().unwrap() < u64::from(MANY), "{stands}");
    let paused = shop.with(&stands, "pause", nothing()).await;
    assert_eq!((&paused["state"], &paused["halt"]["code"]), (&json!("paused"), &json!("asked")));
    let next = paused["next"].as_u64().unwrap();
    // What counts as sent is what the printer gets, if it ever takes it: whole labels, and at most a torn one after them.
    let got = feed.print_all().await;
    let got = labels_of(&got);
    assert_eq!(got.len() as u64, next);
    let rows = shop.prints(issue).await;
    let last = u32::try_from(next).unwrap() - 1;
    assert_eq!(stretches(&rows), [(0, last, "sent", false)]);
    assert_eq!(rows[0].print.labels, last + 1);
    // With paper in it again: the rest, each once.
    let resumed = shop.with(&paused, "resume", nothing()).await;
    let rest = roll.take().await.print_all().await;
    let done = shop.wait(&resumed, |run| run["state"] == "done").await;
    assert_eq!(done["done"], MANY);
    let file = shop.file(&format!("/api/v1/code-issues/{issue}/labels.zpl?template=40x30&symbol=picture")).await;
    let both: Vec<String> = got.into_iter().chain(labels_of(&rest)).collect();
    assert!(both == labels_of(&file), "every label once, in order");
    let rows = shop.prints(issue).await;
    assert_eq!(stretches(&rows[..2]), [(0, last, "sent", false), (last + 1, MANY - 1, "sent", false)]);
}

/// The printer goes away in mid-run. The run says why it is paused, and goes on from the label that a person names.
pub async fn a_broken_connection_pauses_the_run(database: Database) {
    let roll = Roll::turn_on();
    let shop = Shop::open(database, vec![roll.named("desk")]).await;
    let (_, issue) = shop.issue(MANY).await;
    let run = shop.run(issue, &json!({"printer": "desk"})).await;
    let mut feed = roll.take().await;
    feed.print(20).await;
    drop(feed);
    let run = shop.wait(&run, |run| run["state"] == "paused").await;
    assert_eq!(run["halt"]["code"], "broken");
    assert_eq!(run["halt"]["zh"], "与打印机的连接断了");
    let next = u32::try_from(run["next"].as_u64().unwrap()).unwrap();
    assert!((20..MANY).contains(&next), "{run}");
    assert_eq!(stretches(&shop.prints(issue).await), [(0, next - 1, "sent", false)]);
    // The last good label is the 20th. Those after it were sent, so it is said why they come once more.
    shop.refused(&of(&run, "resume"), &body(&run, json!({"from": 20 - 10})), 422, "reprint_reason").await;
    shop.with(&run, "resume", json!({"from": 20, "reason": "jam"})).await;
    let rest = roll.take().await.print_all().await;
    let run = shop.wait(&run, |run| run["state"] == "done").await;
    assert_eq!(labels_of(&rest).len(), MANY as usize - 20);
    let rows = shop.prints(issue).await;
    assert_eq!(stretches(&rows), [(0, next - 1, "sent", false), (20, MANY - 1, "sent", next > 20)]);
    assert_eq!(run["done"], MANY);
}

pub async fn a_printer_that_is_away(database: Database) {
    let roll = Roll::turn_on();
    let printer = roll.named("desk");
    drop(roll);
    let shop = Shop::open(database, vec![printer]).await;
    let (_, issue) = shop.issue(5).await;
    let run = shop.run(issue, &json!({"printer": "desk"})).await;
    let run = shop.wait(&run, |run| run["state"] == "paused").await;
    assert_eq!((&run["halt"]["code"], &run["next"]), (&json!("unreachable"), &json!(0)));
    assert!(shop.prints(issue).await.is_empty(), "nothing was sent");
    // Nothing was sent, so going on needs no reason; it is still away.
    let run = shop.with(&run, "resume", nothing()).await;
    let run = shop.wait(&run, |run| run["state"] == "paused").await;
    let run = shop.with(&run, "cancel", nothing()).await;
    assert_eq!(run["state"], "cancelled");
}

/// A printer has one run at a time, and a run that is under way is cancelled between two labels.
pub async fn one_run_at_a_time(database: Database) {
    let roll = Roll::turn_on();
    let shop = Shop::open(database, vec![roll.named("desk")]).await;
    let (_, issue) = shop.issue(MANY).await;
    let (_, other) = shop.issue(5).await;
    let run = shop.run(issue, &json!({"printer": "desk"})).await;
    let mut feed = roll.take().await;
    feed.print(5).await;
    let path = format!("/api/v1/code-issues/{other}/print-runs");
    let words = shop.refused(&path, &json!({"printer": "desk"}), 409, "printer_busy").await;
    assert!(words.contains(&format!("print run {} is on that printer", run["number"])), "{words}");
    let reading = tokio::spawn(feed.print_all());
    let run = shop.with(&run, "cancel", nothing()).await;
    let got = labels_of(&reading.await.unwrap()).len() as u64;
    assert_eq!((&run["state"], run["next"].as_u64().unwrap()), (&json!("cancelled"), got));
    shop.refused(&of(&run, "resume"), &body(&run, nothing()), 409, "print_run_state").await;
    // Now the other one; a person starts it on the page.
    let fields = [("way", "printer:desk"), ("from", "1"), ("to", "5")];
    let (status, to, page) = shop.form(&format!("/app/labels/{other}"), &fields).await;
    assert_eq!(status, 303, "{page}");
    let all = roll.take().await.print_all().await;
    assert_eq!(labels_of(&all).len(), 5);
    let number: u64 = to.rsplit('/').next().unwrap().parse().unwrap();
    shop.wait(&json!({"number": number}), |run| run["state"] == "done").await;
    let by = &shop.prints(other).await[0].print.by;
    assert_eq!((by.party, by.login.as_deref()), (PROCESSOR, Some(LOGIN)));
}
