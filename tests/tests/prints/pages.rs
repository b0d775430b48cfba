//! The pages: a run is started from the labels of an issue, and everything else is done on its own page, in two languages,
//! without a script.

use serde_json::json;
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, RIVAL};

use crate::printer::MANY;
use crate::roll::{Roll, labels_of};
use crate::shop::{LOGIN, Shop, stretches};

fn says(page: &(u16, String), status: u16, words: &[&str]) {
    assert_eq!(page.0, status, "{}", page.1);
    for word in words {
        assert!(page.1.contains(word), "'{word}' is not in {}", page.1);
    }
}

/// The version that the page's forms carry.
fn version(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap_or_else(|| panic!("no form in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

pub async fn a_run_to_files_on_its_page(database: Database) {
    let shop = Shop::open(database, Vec::new()).await;
    let (_, issue) = shop.issue(12).await;
    let labels = format!("/app/labels/{issue}");
    let page = shop.page(PROCESSOR, "zh", &labels).await;
    says(&page, 200, &["打印第 1 到 12 个", "每个文件几枚", "还没有打印过", "ZPL"]);
    let order = [("way", "zpl"), ("template", "40x30"), ("dpi", "203"), ("from", "3"), ("to", "12"), ("portion", "6")];
    let (status, run, text) = shop.form(&labels, &order).await;
    assert_eq!(status, 303, "{text}");
    let page = shop.page(PROCESSOR, "zh", &run).await;
    let number = run.rsplit('/').next().unwrap();
    let portion = format!("/api/v1/print-runs/{number}/portion");
    says(
        &page,
        200,
        &["打印中", "第 3 到 8 枚，共 6 枚", &format!("href=\"{portion}\""), "ZPL · 40x30 · 203 dpi", LOGIN],
    );
    assert!(!page.1.contains("http-equiv=\"refresh\""), "a file waits for a person");
    // The link is opened with the session; it comes from a click, and names its taker.
    let request = shop.client.get(format!("{}{portion}", shop.base)).header("cookie", format!("session={PROCESSOR}"));
    assert_eq!(labels_of(&request.send().await.unwrap().bytes().await.unwrap()).len(), 6);
    // A jam: the last good label by its number, as people count.
    let old = version(&page.1);
    let (status, _, text) = shop.form(&run, &[("what", "stopped"), ("version", &old), ("label", "5")]).await;
    assert_eq!(status, 303, "{text}");
    let page = shop.page(PROCESSOR, "en", &run).await;
    says(
        &page,
        200,
        &["printing stopped at a label, after label number 5", "value=\"6\"", "From which label", "paper jam"],
    );
    // Pressed again on the page of before, by somebody else: told, and shown how it stands now.
    let (status, _, text) = shop.form(&run, &[("what", "printed"), ("version", &old)]).await;
    says(&(status, text), 409, &["somebody else changed print run", "From which label"]);
    // Back to number 4, which was printed: the list's reason counts.
    let codes = shop.json(&format!("/api/v1/code-issues/{issue}/codes?from=3&to=3")).await;
    let serial = codes["items"][0]["serial"].as_str().unwrap();
    let now = version(&page.1);
    let fields = [("what", "resume"), ("version", &*now), ("label", serial), ("reason", "jam")];
    let (status, _, text) = shop.form(&run, &fields).await;
    assert_eq!(status, 303, "{text}");
    for _ in 0..2 {
        let page = shop.page(PROCESSOR, "en", &run).await;
        let (status, _, text) = shop.form(&run, &[("what", "printed"), ("version", &version(&page.1))]).await;
        assert_eq!(status, 303, "{text}");
    }
    says(&shop.page(PROCESSOR, "zh", &run).await, 200, &["已完成", "<b data-done>10</b> / 10"]);
    let expected =
        [(2, 7, "downloaded", false), (2, 4, "printed", false), (3, 8, "printed", true), (9, 11, "printed", false)];
    assert_eq!(stretches(&shop.prints(issue).await), expected);
    let page = shop.page(PROCESSOR, "zh", &labels).await;
    says(&page, 200, &["打印记录", "已打印 · zpl 40x30", "重打 · 卡纸", "4–9", "已下载文件", &run]);
    assert!(!page.1.contains("class=\"note\""), "no run waits");
}

pub async fn a_run_on_a_printer_on_its_page(database: Database) {
    let roll = Roll::turn_on();
    let shop = Shop::open(database, vec![roll.named("packing-room")]).await;
    let (_, issue) = shop.issue(MANY).await;
    let labels = format!("/app/labels/{issue}");
    // The printer has other labels than those that are shown first; a link shows its own.
    let page = shop.page(PROCESSOR, "en", &labels).await;
    let other = format!("href=\"/app/labels/{issue}?template=40x30&#38;dpi=203\"");
    says(&page, 200, &[&other, "printer packing-room: 40x30, 203 dpi"]);
    assert!(!page.1.contains("value=\"printer:packing-room\""));
    let page = shop.page(PROCESSOR, "zh", &format!("{labels}?template=40x30")).await;
    says(&page, 200, &["<option value=\"printer:packing-room\">网络打印机 packing-room</option>"]);
    let to = MANY.to_string();
    let order = [
        ("way", "printer:packing-room"),
        ("template", "40x30"),
        ("dpi", "203"),
        ("from", "1"),
        ("to", &*to),
        ("portion", ""),
    ];
    let (status, run, text) = shop.form(&labels, &order).await;
    assert_eq!(status, 303, "{text}");
    let mut feed = roll.take().await;
    feed.print(5).await;
    let page = shop.page(PROCESSOR, "zh", &run).await;
    says(&page, 200, &["打印中", "打印机 packing-room", "http-equiv=\"refresh\"", "print.js", "暂停"]);
    assert!(!page.1.contains("下载文件"));
    says(&shop.page(PROCESSOR, "en", &labels).await, 200, &["class=\"note\"", &run]);
    let reading = tokio::spawn(feed.print_all());
    let (status, _, text) = shop.form(&run, &[("what", "pause"), ("version", &version(&page.1))]).await;
    assert_eq!(status, 303, "{text}");
    let got = labels_of(&reading.await.unwrap()).len();
    let page = shop.page(PROCESSOR, "zh", &run).await;
    says(&page, 200, &[&format!("有人按了暂停，停在第 {got} 枚之后"), &format!("value=\"{}\"", got + 1), "接着打"]);
    assert!(!page.1.contains("http-equiv=\"refresh\""), "nothing moves while it is paused");
    let next = (got + 1).to_string();
    let fields = [("what", "resume"), ("version", &*version(&page.1)), ("label", &*next), ("reason", "jam")];
    let (status, _, text) = shop.form(&run, &fields).await;
    assert_eq!(status, 303, "{text}");
    let rest = labels_of(&roll.take().await.print_all().await).len();
    assert_eq!(got + rest, MANY as usize);
    let number: u64 = run.rsplit('/').next().unwrap().parse().unwrap();
    shop.wait(&json!({"number": number}), |run| run["state"] == "done").await;
    let rows = shop.prints(issue).await;
    assert!(rows.iter().all(|row| !row.reprint && row.print.by.login.as_deref() == Some(LOGIN)), "{rows:?}");
}

pub async fn what_is_typed_wrong_is_told(database: Database) {
    let shop = Shop::open(database, Vec::new()).await;
    let (_, issue) = shop.issue(8).await;
    let labels = format!("/app/labels/{issue}");
    let good = [("way", "pdf"), ("template", "60x40"), ("dpi", "203"), ("from", "1"), ("to", "8")];
    let with = |name: &'static str, value: &'static str| {
        let others = good.into_iter().filter(move |(one, _)| *one != name);
        others.chain([(name, value)]).collect::<Vec<_>>()
    };
    for (fields, status, words) in [
        (with("to", "9"), 422, "whole numbers from 1 to 8"),
        (with("way", ""), 422, "it is pdf, zpl or tspl"),
        (with("way", "printer:none"), 404, "no printer is configured"),
        (with("portion", "many"), 400, "should be a whole number"),
        (with("portion", "0"), 422, "it must be 1 to 5000"),
    ] {
        let (had, _, text) = shop.form(&labels, &fields).await;
        says(&(had, text), status, &[words]);
    }
    let (_, run, _) = shop.form(&labels, &good).await;
    let (status, _, text) = shop.form(&labels, &good).await;
    says(&(status, text), 409, &["finish or cancel it", &run]);
    let page = shop.page(PROCESSOR, "en", &run).await;
    let now = version(&page.1);
    for (what, label, status, words) in [
        ("stopped", "", 422, "the number (1 to 8) or the serial of the last good label"),
        ("stopped", "0", 422, "the number (1 to 8)"),
        ("stopped", "9", 422, "label number 9"),
        ("stopped", "CJZC", 400, "a package code has 20 characters, received 4"),
        ("jump", "", 400, "there is no step &#39;jump&#39;"),
    ] {
        let (had, _, text) = shop.form(&run, &[("what", what), ("version", &now), ("label", label)]).await;
        says(&(had, text), status, &[words]);
    }
    // Nobody else's, and nobody without the token of the form.
    says(&shop.page(RIVAL, "en", &run).await, 404, &["no print run"]);
    assert_eq!(shop.page(OFFICE, "en", &run).await.0, 403);
    let request = shop.client.post(format!("{}{run}", shop.base)).header("cookie", format!("session={PROCESSOR}"));
    let foreign = request.form(&[("csrf", "x"), ("what", "cancel"), ("version", &*now)]).send().await.unwrap();
    assert_eq!(foreign.status(), 403);
    assert_eq!(version(&shop.page(PROCESSOR, "en", &run).await.1), now, "nothing of it changed the run");
    let (status, _, text) = shop.form(&run, &[("what", "cancel"), ("version", &now)]).await;
    assert_eq!(status, 303, "{text}");
    says(&shop.page(PROCESSOR, "zh", &run).await, 200, &["已取消"]);
}

/// Whoever judges goods sees which codes they have and what became of them as labels, without a way to change it.
pub async fn the_office_sees_what_was_printed(database: Database) {
    let shop = Shop::open(database, Vec::new()).await;
    let (sale, issue) = shop.issue(12).await;
    let codes = format!("/app/office/codes/{sale}");
    says(&shop.page(OFFICE, "zh", &format!("/app/batches/{sale}")).await, 200, &["赋码和打印记录", &codes]);
    says(&shop.page(OFFICE, "zh", &codes).await, 200, &["12 个", "还没有打印过"]);
    let order = [("way", "zpl"), ("template", "40x30"), ("dpi", "203"), ("from", "3"), ("to", "12"), ("portion", "6")];
    let (_, run, _) = shop.form(&format!("/app/labels/{issue}"), &order).await;
    let page = shop.page(PROCESSOR, "en", &run).await;
    let fields = [("what", "stopped"), ("version", &*version(&page.1)), ("label", "5")];
    assert_eq!(shop.form(&run, &fields).await.0, 303);
    let number = run.rsplit('/').next().unwrap();
    let page = shop.page(OFFICE, "zh", &codes).await;
    says(&page, 200, &[&format!("任务 {number}"), "已暂停", "3 / 10", "3–5", "已打印 · zpl 40x30", LOGIN]);
    assert_eq!(page.1.matches("<form").count(), 1, "nothing but the way out can be pressed: {}", page.1);
    assert!(!page.1.contains("/app/prints/"), "no link leads where the office may not go");
    says(&shop.page(OFFICE, "en", &codes).await, 200, &["numbers 3 to 12", "paused", "12 codes"]);
    says(&shop.page(OFFICE, "en", "/app/office/codes/R251120-0000000").await, 404, &["no batch"]);
    assert_eq!(shop.page(PROCESSOR, "en", &codes).await.0, 403);
}
