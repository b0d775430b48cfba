//! The ledger of prints: what was taken and printed, when, by whom, why once more; and that it draws nothing.

use serde_json::{Value, json};
use trace_core::id::PartyId;
use trace_core::tianma::ReprintReason;
use trace_server::store::Hand;
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR};

use crate::shop::{LOGIN, Shop, nothing, of, problem, stretches};

pub async fn a_file_that_is_taken_is_written_down(database: Database) {
    let shop = Shop::open(database, Vec::new()).await;
    let (_, issue) = shop.issue(10).await;
    let files = format!("/api/v1/code-issues/{issue}/labels");
    shop.file(&format!("{files}.zpl?from=2&to=5&template=30x20")).await;
    shop.file(&format!("{files}.csv")).await;
    // Neither a picture for the screen nor a look at the headers is a file for a printer, and a refused order is none.
    shop.file(&format!("{files}.png")).await;
    let head = shop.client.head(format!("{}{files}.pdf", shop.base)).header("cookie", format!("session={PROCESSOR}"));
    assert_eq!(head.send().await.unwrap().status(), 200);
    problem(shop.get(PROCESSOR, &format!("{files}.pdf?from=10")).await, 422, "label_range").await;
    let words = problem(shop.get(PROCESSOR, &format!("{files}.pdf?reason=because")).await, 400, "query").await;
    assert!(words.contains("jam, damaged"), "{words}");
    shop.page(PROCESSOR, "zh", &format!("{files}.pdf?to=1")).await;
    let rows = shop.prints(issue).await;
    assert_eq!(
        stretches(&rows),
        [(2, 5, "downloaded", false), (0, 9, "downloaded", false), (0, 1, "downloaded", false)]
    );
    let hand = |login: Option<&str>, token: Option<&str>| Hand {
        party: PROCESSOR,
        login: login.map(str::to_owned),
        token: token.map(str::to_owned),
    };
    assert_eq!(rows[0].print.by, hand(None, Some("label robot")));
    assert_eq!(rows[2].print.by, hand(Some(LOGIN), None), "who is signed in, by log-in");
    assert_eq!((rows[0].print.template.as_deref(), rows[1].print.template.as_deref()), (Some("30x20"), None));
    assert_eq!(rows[0].print.labels, 4);
    // Over the API, newest first, page by page.
    let path = format!("/api/v1/code-issues/{issue}/prints");
    let page = shop.json(&format!("{path}?limit=2")).await;
    let numbers = |page: &Value| -> Vec<u64> {
        page["items"].as_array().unwrap().iter().map(|item| item["number"].as_u64().unwrap()).collect()
    };
    assert_eq!((numbers(&page), &page["next"]), (vec![3, 2], &json!(2)));
    let rest = shop.json(&format!("{path}?limit=2&before=2")).await;
    assert_eq!((numbers(&rest), &rest["next"]), (vec![1], &json!(null)));
    assert_eq!(rest["items"][0]["by"], json!({"party": PROCESSOR, "token": "label robot"}));
    assert_eq!(page["items"][0]["by"], json!({"party": PROCESSOR, "login": LOGIN}));
    assert_eq!(shop.get(OFFICE, &path).await.status(), 200);
}

pub async fn what_was_printed_before_needs_a_reason(database: Database) {
    let shop = Shop::open(database, Vec::new()).await;
    let (_, issue) = shop.issue(10).await;
    let runs = format!("/api/v1/code-issues/{issue}/print-runs");
    shop.file(&format!("/api/v1/code-issues/{issue}/labels.zpl")).await;
    // A file alone is no paper.
    let run = shop.run(issue, &json!({"format": "pdf", "from": 2, "to": 4})).await;
    let words = shop.refused(&runs, &json!({"format": "pdf", "from": 4}), 409, "print_run_overlap").await;
    assert!(words.contains("number 3 to 5 (indices 2 to 4)"), "{words}");
    shop.with(&run, "finish", nothing()).await;
    for (from, to) in [(0, 2), (4, 9), (3, 3)] {
        let order = json!({"format": "pdf", "from": from, "to": to});
        let words = shop.refused(&runs, &order, 422, "reprint_reason").await;
        assert!(words.contains("number 3 to 5") && words.contains("jam, damaged, faint, lost"), "{words}");
    }
    let run = shop.run(issue, &json!({"format": "pdf", "from": 0, "to": 1})).await;
    shop.with(&run, "finish", nothing()).await;
    let run = shop.run(issue, &json!({"format": "pdf", "from": 4, "to": 5, "reason": "lost"})).await;
    shop.with(&run, "finish", nothing()).await;
    shop.file(&format!("/api/v1/code-issues/{issue}/labels.pdf?from=5&to=6&reason=faint")).await;
    shop.file(&format!("/api/v1/code-issues/{issue}/labels.pdf?from=6&reason=faint")).await;
    let rows = shop.prints(issue).await;
    let expected = [
        (0, 9, "downloaded", false),
        (2, 4, "printed", false),
        (0, 1, "printed", false),
        (4, 5, "printed", true),
        (5, 6, "downloaded", true),
        (6, 9, "downloaded", false),
    ];
    assert_eq!(stretches(&rows), expected);
    let reasons: Vec<_> = rows.iter().map(|row| row.print.reason).collect();
    let (lost, faint) = (Some(ReprintReason::Lost), Some(ReprintReason::Faint));
    assert_eq!(reasons, [None, None, None, lost, faint, None]);
}

/// Labels are printed three times: the batch holds what it held, and the log does not know of it.
pub async fn printing_draws_nothing(database: Database) {
    let shop = Shop::open(database, Vec::new()).await;
    let (sale, issue) = shop.issue(6).await;
    let holds = async || (shop.world.batch(sale).await, shop.world.issue(issue).await);
    let (before, size) = (holds().await, shop.world.store().head().await.unwrap().frontier.size());
    for reason in [None, Some("damaged"), Some("lost")] {
        let run = shop.run(issue, &json!({"format": "pdf", "reason": reason.unwrap_or("trial")})).await;
        shop.file(&of(&run, "portion")).await;
        shop.with(&run, "finish", nothing()).await;
    }
    assert_eq!(holds().await, before);
    assert_eq!(shop.world.store().head().await.unwrap().frontier.size(), size);
    assert_eq!(shop.prints(issue).await.len(), 6);
}

/// The ledger of prints keeps what was printed, and forgets by whom, for the party that was erased alone.
pub async fn names_go_with_an_erasure(database: Database) {
    let shop = Shop::open(database, Vec::new()).await;
    let (_, issue) = shop.issue(4).await;
    let files = format!("/api/v1/code-issues/{issue}/labels.csv");
    shop.run(issue, &json!({"format": "pdf"})).await;
    shop.file(&files).await;
    shop.page(PROCESSOR, "zh", &files).await;
    assert_eq!(shop.get(OFFICE, &files).await.status(), 200);
    shop.world.store().close_log_ins(PROCESSOR).await.unwrap();
    let nobody = |party: PartyId| Hand { party, login: None, token: None };
    let rows = shop.prints(issue).await;
    assert_eq!([&rows[0].print.by, &rows[1].print.by], [&nobody(PROCESSOR), &nobody(PROCESSOR)]);
    assert_eq!(rows[2].print.by, Hand { token: Some("label robot".to_owned()), ..nobody(OFFICE) });
    let runs = shop.world.store().print_runs(issue, 10).await.unwrap();
    assert_eq!(runs[0].order.by, nobody(PROCESSOR));
}
