//! The clerk's day in the hills: a page that opens without the service, entries that wait, and one sending at night.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::county::County;
use crate::window::Browser;

/// How long a sending may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const PAGE: &str = "/app/offline";

/// Signs in, and opens the page once while there is a signal.
pub async fn takes_the_page_along(browser: &Browser, county: &County) {
    let (name, pin) = county.login("agent");
    browser.open(&county.address("/app/sign-in?next=/app/households")).await;
    browser.fill("#name", name).await;
    browser.fill("#pin", pin).await;
    browser.press("form[action='/app/sign-in'] button").await;
    browser.press(&format!("a[href='{PAGE}']")).await;
    is_kept(browser).await;
    browser.needs_no_sideways_scrolling().await;
    browser.holds(!can_send(browser).await, "there is a button that sends nothing").await;
}

/// Whatever is opened leads to the page that is kept, and the amounts are read as the service reads them.
pub async fn enters_without_a_service(browser: &Browser, county: &County) {
    browser.open(&county.address("/app/households")).await;
    browser.says("h1", "没有信号时登记采收").await;
    is_kept(browser).await;
    let plots = browser.attributes("#plot option[data-for]", "value").await;
    browser.holds(plots.len() > 2, &format!("only {plots:?} to choose from")).await;

    keep(browser, &plots[0], "320").await;
    browser.says("#entry-wrong", "请写单位").await;
    keep(browser, &plots[0], "３２０斤").await;
    browser.says("#waiting li", "160 kg（320 斤）").await;
    browser.says("#entry-kept", "已存下").await;
    browser.holds(browser.value("#weight").await.is_empty(), "the field is not ready for the next").await;
    // Far more than a plot gives is asked about, and kept when it is meant.
    keep(browser, &plots[1], "90吨").await;
    browser.says("#entry-wrong", "斤还是公斤").await;
    browser.tick("#entry button.main").await;
    waiting(browser, 2).await;
    browser.holds(can_send(browser).await, "what waits cannot be sent").await;

    browser.tick("#send").await;
    outcome(browser, "一条也没有丢").await;
    waiting(browser, 2).await;
    // A browser that was closed in between has not lost them.
    browser.open(&county.address(PAGE)).await;
    waiting(browser, 2).await;
}

/// What the service refuses stays, with its reason; what it stored is gone, and is not stored twice.
pub async fn sends_at_night(browser: &Browser, county: &County) {
    browser.open(&county.address(PAGE)).await;
    let first = "return Object.entries(localStorage).find(([, text]) => text.includes('160000000'))";
    let entry = browser.run(first).await;
    browser.tick("#send").await;
    outcome(browser, "已登记 1/2").await;
    browser.says("#waiting li .wrong", "没有登记：").await;
    waiting(browser, 1).await;

    // What is being changed is kept before anything is sent.
    browser.tick("#waiting li .do button").await;
    browser.tick("#send").await;
    outcome(browser, "还没有存下").await;
    browser.open(&county.address(PAGE)).await;

    // The answer was lost on its way: the entry still waits, can only be sent again as it is, and is.
    let lost = format!(
        "localStorage.setItem({}, JSON.stringify(Object.assign(JSON.parse({}), {{ tried: true }})))",
        entry[0], entry[1]
    );
    browser.run(&lost).await;
    browser.open(&county.address(PAGE)).await;
    waiting(browser, 2).await;
    browser.says("#waiting li", "可能已送到").await;
    let buttons = browser.run("return document.querySelectorAll('#waiting li .do').length").await;
    browser.holds(buttons == json!(1), "what may have arrived can be changed").await;
    browser.tick("#send").await;
    outcome(browser, "已登记 1/2").await;
    waiting(browser, 1).await;
    browser.open(&county.address("/app/today")).await;
    let rows = browser.texts("main").await.join(" ");
    browser.holds(rows.matches("160 kg").count() == 1, &format!("not once in {rows}")).await;
}

/// Somebody else at this browser sees no names of households, not even without a signal.
pub async fn leaves_nothing_behind(browser: &Browser, county: &County) {
    browser.open(&county.address(PAGE)).await;
    browser.run("window.confirm = () => true; document.querySelector('#waiting li .do button + button').click()").await;
    waiting(browser, 0).await;
    browser.press("form.out button").await;
    let kept = browser.run("return caches.has('tianma-offline')").await;
    browser.holds(kept == json!(false), "the page with the households is still kept").await;
}

/// Whether the button that sends is to be seen.
async fn can_send(browser: &Browser) -> bool {
    browser.run("return document.querySelector('#send').offsetParent !== null").await == json!(true)
}

/// The page says so itself, once it has looked.
async fn is_kept(browser: &Browser) {
    until(browser, "return !document.querySelector('#kept').hidden", "the page is not kept").await;
}

async fn keep(browser: &Browser, plot: &str, weight: &str) {
    browser.choose("#plot", plot).await;
    browser.fill("#weight", weight).await;
    browser.tick("#entry button.main").await;
}

async fn waiting(browser: &Browser, count: usize) {
    let entries = browser.texts("#waiting li").await;
    browser.holds(entries.len() == count, &format!("{count} should wait, not {entries:?}")).await;
}

async fn outcome(browser: &Browser, words: &str) {
    let done = format!(
        "return document.querySelector('#outcome').textContent.includes('{words}') && \
         !document.querySelector('#send').disabled"
    );
    until(browser, &done, words).await;
}

async fn until(browser: &Browser, script: &str, otherwise: &str) {
    let began = Instant::now();
    while browser.run(script).await != json!(true) {
        let said = format!("{otherwise}; it says {:?}", browser.text("main").await);
        browser.holds(began.elapsed() < PATIENCE, &said).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
