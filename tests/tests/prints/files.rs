//! Runs to files: portions are handed out, and a person says what came out of the printer.

use serde_json::json;
use trace_core::code::{CodeIndex, CodeKey, KeyRing};
use trace_core::record::{CodeRange, Kind};
use trace_core::tianma::ReprintReason;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::PROCESSOR;

use crate::roll::labels_of;
use crate::shop::{Shop, body, nothing, of, problem, stretches};

pub async fn a_run_goes_from_start_to_end(database: Database) {
    let shop = Shop::open(database, Vec::new()).await;
    let (_, issue) = shop.issue(12).await;
    let whole = shop.file(&format!("/api/v1/code-issues/{issue}/labels.zpl?template=40x30")).await;
    let whole = labels_of(&whole);
    let mut run = shop.run(issue, &json!({"format": "zpl", "template": "40x30", "portion": 5})).await;
    assert_eq!(
        (&run["state"], &run["next"], &run["count"], &run["done"]),
        (&json!("running"), &json!(0), &json!(12), &json!(0))
    );
    assert_eq!(run["started_by"], json!({"party": PROCESSOR, "token": "label robot"}));
    let mut had = Vec::new();
    for (from, to) in [(0, 4), (5, 9), (10, 11)] {
        assert_eq!(run["portion"], json!({"from": from, "to": to, "count": to - from + 1}));
        // Twice the same: taking a file moves nothing on.
        let file = shop.file(&of(&run, "portion")).await;
        assert_eq!(shop.file(&of(&run, "portion")).await, file);
        had.extend(labels_of(&file));
        run = shop.with(&run, "finish", nothing()).await;
        assert_eq!(run["done"], to + 1);
    }
    assert_eq!(had, whole, "every label once, in order");
    assert_eq!((&run["state"], &run["portion"]), (&json!("done"), &json!(null)));
    problem(shop.get(PROCESSOR, &of(&run, "portion")).await, 409, "print_run_state").await;
    let rows = shop.prints(issue).await;
    let down = |from, to| (from, to, "downloaded", false);
    let printed = |from, to| (from, to, "printed", false);
    let expected = [
        down(0, 11),
        down(0, 4),
        down(0, 4),
        printed(0, 4),
        down(5, 9),
        // By then its labels were not on paper.
        down(5, 9),
        printed(5, 9),
        down(10, 11),
        down(10, 11),
        printed(10, 11),
    ];
    assert_eq!(stretches(&rows), expected);
    assert!(rows[1..].iter().all(|row| row.print.run == run["number"].as_u64()));
    assert_eq!((rows[0].print.run, rows[3].print.labels), (None, 5));
    let list = shop.json(&format!("/api/v1/code-issues/{issue}/print-runs")).await;
    assert_eq!(list["items"], json!([run]));
}

pub async fn after_a_jam_it_goes_on_from_a_label(database: Database) {
    let shop = Shop::open(database, Vec::new()).await;
    let (_, issue) = shop.issue(10).await;
    let run = shop.run(issue, &json!({"format": "tspl", "portion": 6})).await;
    shop.file(&of(&run, "portion")).await;
    // The third label is the last good one; a person reads its serial off it.
    let keys = KeyRing::new(vec![CodeKey::new(1, [7; 32]).unwrap()]).unwrap();
    let serial = keys.encode(1, issue, CodeIndex::new(2).unwrap()).unwrap().grouped().to_lowercase();
    let run = shop.with(&run, "pause", json!({"printed_to": serial})).await;
    assert_eq!((&run["state"], &run["halt"]["code"], &run["next"]), (&json!("paused"), &json!("stopped"), &json!(3)));
    problem(shop.get(PROCESSOR, &of(&run, "portion")).await, 409, "print_run_state").await;
    let run = shop.with(&run, "resume", nothing()).await;
    assert_eq!(run["portion"], json!({"from": 3, "to": 8, "count": 6}));
    // It is seen only now that the second one is torn, too: it was printed, so this needs a reason.
    let run = shop.with(&run, "pause", nothing()).await;
    assert_eq!(run["halt"]["code"], "asked");
    let words = shop.refused(&of(&run, "resume"), &body(&run, json!({"from": 1})), 422, "reprint_reason").await;
    assert!(words.starts_with("/reason labels number 1 to 3 (indices 0 to 2) were said to be printed"), "{words}");
    assert!(words.contains("第 1 到 3 枚打印过"), "{words}");
    let run = shop.with(&run, "resume", json!({"from": 1, "reason": "jam"})).await;
    assert_eq!((&run["next"], &run["reason"]), (&json!(1), &json!("jam")));
    let run = shop.with(&run, "finish", nothing()).await;
    let run = shop.with(&run, "finish", nothing()).await;
    assert_eq!(run["state"], "done");
    let rows = shop.prints(issue).await;
    let printed = [(0, 2, "printed", false), (1, 6, "printed", true), (7, 9, "printed", false)];
    assert_eq!(stretches(&rows[1..]), printed);
    let reasons: Vec<_> = rows.iter().map(|row| row.print.reason.map(ReprintReason::code)).collect();
    assert_eq!(reasons, [None, None, Some("jam"), None], "a reason beside what needs one");
}

/// Both read the run, both say something; one of them is told to read it again, whoever is first.
pub async fn two_people_advance_one_run(database: Database) {
    let shop = Shop::open(database, Vec::new()).await;
    let (_, issue) = shop.issue(10).await;
    let run = shop.run(issue, &json!({"format": "pdf", "portion": 5})).await;
    let (finish, pause) = (of(&run, "finish"), of(&run, "pause"));
    let (printed, stopped) = (body(&run, nothing()), body(&run, json!({"printed_to": 2})));
    let (one, other) = tokio::join!(shop.post(PROCESSOR, &finish, &printed), shop.post(PROCESSOR, &pause, &stopped));
    let (good, late) = if one.status() == 200 { (one, other) } else { (other, one) };
    assert_eq!(good.status(), 200);
    let now: serde_json::Value = serde_json::from_str(&good.text().await.unwrap()).unwrap();
    let words = problem(late, 409, "print_run_changed").await;
    assert!(words.contains("read it again"), "{words}");
    assert_eq!(shop.look(&run).await, now);
    assert_eq!(shop.prints(issue).await.len(), 1, "one stretch, not two");
    shop.refused(&finish, &printed, 409, "print_run_changed").await;
    // Two who start the same: one run.
    let (_, issue) = shop.issue(4).await;
    let path = format!("/api/v1/code-issues/{issue}/print-runs");
    let order = json!({"format": "pdf"});
    let (one, other) = tokio::join!(shop.post(PROCESSOR, &path, &order), shop.post(PROCESSOR, &path, &order));
    let (good, late) = if one.status() == 201 { (one, other) } else { (other, one) };
    assert_eq!(good.status(), 201);
    problem(late, 409, "print_run_overlap").await;
}

pub async fn void_codes_are_in_no_portion(database: Database) {
    let shop = Shop::open(database, Vec::new()).await;
    let (sale, issue) = shop.issue(10).await;
    let index = |index| CodeIndex::new(index).unwrap();
    let spoiled = CodeRange { issue, from: index(2), to: index(6) };
    let details = json!({"issue": issue, "reason": "misprint", "give_back": false});
    shop.world.append(PROCESSOR, draft(Kind::VoidCodes, details).names(sale).ranging(spoiled)).await;
    let run = shop.run(issue, &json!({"format": "zpl", "portion": 3, "to": 8})).await;
    assert_eq!((&run["count"], &run["portion"]), (&json!(4), &json!({"from": 0, "to": 7, "count": 3})));
    assert_eq!(labels_of(&shop.file(&of(&run, "portion")).await).len(), 3);
    let run = shop.with(&run, "finish", nothing()).await;
    assert_eq!((&run["done"], &run["next"], &run["portion"]["count"]), (&json!(3), &json!(8), &json!(1)));
    // The last label is spoiled and voided before it is printed: nothing is left.
    let last = CodeRange { issue, from: index(8), to: index(8) };
    let details = json!({"issue": issue, "reason": "misprint", "give_back": false});
    shop.world.append(PROCESSOR, draft(Kind::VoidCodes, details).names(sale).ranging(last)).await;
    let run = shop.look(&run).await;
    assert_eq!((&run["portion"], &run["count"], &run["done"]), (&json!(null), &json!(3), &json!(3)));
    let (_, page) = shop.page(PROCESSOR, "en", &format!("/app/prints/{}", run["number"])).await;
    assert!(page.contains("Nothing is missing") && !page.contains("Download the file"), "{page}");
    let run = shop.with(&run, "finish", nothing()).await;
    assert_eq!(run["state"], "done");
    assert_eq!(shop.prints(issue).await.last().unwrap().print.labels, 3);
}
