//! The button that verifies, pressed by a consumer who has scanned the package, and by somebody at a PC.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::programs::kept;
use crate::window::Browser;

/// How long a telephone may take to check a package of the demonstration.
const PATIENCE: Duration = Duration::from_secs(30);

/// Presses it, and waits until the page says what came of it.
async fn press(browser: &Browser) -> String {
    browser.run("document.querySelector('#check button').scrollIntoView({block: 'center'})").await;
    browser.tick("#check button").await;
    let began = Instant::now();
    loop {
        let verdict = browser.run("return document.querySelector('#check .outcome').dataset.verdict ?? ''").await;
        match verdict.as_str() {
            Some("" | "running") => {
                browser.holds(began.elapsed() < PATIENCE, "the verification does not end").await;
            }
            Some(verdict) => return verdict.to_owned(),
            None => panic!("{verdict}"),
        }
    }
}

/// The steps that came out like this.
async fn steps(browser: &Browser, verdict: &str) -> Vec<String> {
    browser.attributes(&format!("#check li[data-verdict={verdict}]"), "data-step").await
}

/// Every step is ticked off; what there is nothing to check of says so.
pub async fn ticks_every_step(browser: &Browser, address: &str, picture: &str) {
    browser.open(address).await;
    let verdict = press(browser).await;
    browser.holds(verdict == "proven", &format!("the outcome is {verdict}")).await;
    let proven = steps(browser, "proven").await;
    for step in ["file", "bytes", "ids", "lineage", "inclusion", "checkpoint"] {
        browser.holds(proven.contains(&step.to_owned()), &format!("{step} is not among {proven:?}")).await;
    }
    let open = steps(browser, "not_checked").await;
    browser
        .holds(open.iter().all(|step| ["signatures", "witnesses", "openings"].contains(&&**step)), &format!("{open:?}"))
        .await;
    browser.says("#check .outcome", "核对通过").await;
    browser.says("#check [data-step=lineage]", "每个来源都有记录").await;
    browser.needs_no_sideways_scrolling().await;
    std::fs::write(kept(picture), browser.picture_of("#check").await).expect("a file for the picture");
}

/// The same page, with somebody on the way who alters the answer; and each alteration fails where it should.
pub async fn sees_an_altered_answer(browser: &Browser, address: &str, picture: &str) {
    for (alteration, failing) in [
        // A season within a record; still well-formed.
        ("text.replace('dongma', 'chunma')", &["ids", "inclusion"][..]),
        ("text.replace(/(\"proof\":\\[\")./, (all, head) => head + (all.endsWith('A') ? 'B' : 'A'))", &["inclusion"]),
        (
            "text.replace(/(\\\\n\\\\n\u{2014} [^ ]+ .{30})./, (all, head) => head + (all.endsWith('A') ? 'B' : 'A'))",
            &["checkpoint"],
        ),
        ("text.replace('{', '{ ')", &["file"]),
    ] {
        browser.open(address).await;
        let alter = format!(
            "const real = window.fetch; window.fetch = async (...asked) => {{ \
                 const text = await (await real(...asked)).text(); \
                 window.altered = {alteration}; \
                 window.same = window.altered === text; \
                 return new Response(window.altered); }}"
        );
        browser.run(&alter).await;
        let verdict = press(browser).await;
        let same = browser.run("return window.same").await;
        browser.holds(same == Value::Bool(false), &format!("{alteration} alters nothing")).await;
        browser.holds(verdict == "failed", &format!("{alteration}: the outcome is {verdict}")).await;
        let failed = steps(browser, "failed").await;
        let expected = failing.iter().all(|step| failed.contains(&(*step).to_owned()));
        browser.holds(expected, &format!("{alteration} fails in {failed:?}, not in {failing:?}")).await;
        browser.holds(failed.len() <= failing.len() + 1, &format!("{alteration} fails in {failed:?}")).await;
        browser.says("#check .outcome", "核对未通过").await;
        if failing.len() > 1 {
            std::fs::write(kept(picture), browser.picture_of("#check").await).expect("a file for the picture");
        }
    }
}

/// A browser whose engine has no Ed25519: that one step is open, and the others stand.
pub async fn says_what_it_cannot_check(browser: &Browser, address: &str) {
    browser.open(address).await;
    browser
        .run(
            "crypto.subtle.importKey = () => Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'))",
        )
        .await;
    let verdict = press(browser).await;
    browser.holds(verdict == "proven", &format!("the outcome is {verdict}")).await;
    browser.says("#check [data-step=checkpoint]", "不支持 Ed25519").await;
    let proven = steps(browser, "proven").await;
    browser
        .holds(
            proven.contains(&"inclusion".to_owned()) && !proven.contains(&"checkpoint".to_owned()),
            &format!("{proven:?}"),
        )
        .await;
}

/// Without scripts there is no button, and words that help.
pub async fn reads_how_to_check_by_hand(browser: &Browser, address: &str) {
    browser.open(address).await;
    browser
        .holds(browser.texts("#check button").await.iter().all(String::is_empty), "a button that does nothing")
        .await;
    browser.says("#check .act", "下载证据文件").await;
    browser.says("#check summary", "手工核对").await;
}
