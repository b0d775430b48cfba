//! The processor, at a PC with a scanner.

use crate::county::County;
use crate::window::Browser;

pub async fn signs_in(browser: &Browser, county: &County) {
    let (name, pin) = county.login("processor");
    browser.open(&county.address("/app")).await;
    browser.fill("#name", name).await;
    browser.fill("#pin", pin).await;
    browser.press("form[action='/app/sign-in'] button").await;
    browser.says("h1", "草坝天麻加工厂").await;
}

/// The farmer's harvest, scanned and weighed; the batch that the workshop has now.
pub async fn receives(browser: &Browser, harvest: &str) -> String {
    browser.press("nav a[href='/app/receive']").await;
    browser.fill("#codes", &format!("{harvest} 320斤")).await;
    browser.press("form[action='/app/receive/check'] button.main").await;
    browser.holds(browser.value("input[name='batch']").await == harvest, "another batch is on the line").await;
    browser.says("[data-total]", "160 kg（320 斤）").await;
    browser.press("form[action='/app/receive'] button.main").await;
    browser.says(".slip h1", "收货").await;
    made(browser).await
}

/// The ratio of dry to fresh stands on the page before anything is stored.
pub async fn dries(browser: &Browser, received: &str) -> String {
    browser.press("nav a[href='/app/process']").await;
    browser.press(".filter a[href*='from=fresh_tianma']").await;
    browser.press(".filter a[href*='method=dry']").await;
    browser.tick(&format!("input[data-pick][value='{received}']")).await;
    browser.says("[data-total]", "160 kg（320 斤）").await;
    let left = format!("tr:has([value='{received}']) [data-left]");
    browser.fill(&format!("input[name='a-{received}']"), "150公斤").await;
    browser.says(&left, "还剩 10 kg（20 斤）").await;
    browser.fill(&format!("input[name='a-{received}']"), "330斤").await;
    browser.says(&left, "比剩余多 5 kg（10 斤），不能保存").await;
    browser.fill(&format!("input[name='a-{received}']"), "320斤").await;
    browser.fill("input[name='out-0']", "80公斤").await;
    browser.says("[data-said] .bad:last-child", "任何天麻都不会超过 0.48，不能保存").await;
    browser.fill("input[name='out-0']", "40公斤").await;
    browser.says("[data-said]", "产出合计 40 kg（80 斤）").await;
    browser.says("[data-said]", "干鲜比 0.25（4.00 出干 1）").await;
    browser.says("[data-said] p:last-child", "在一般范围 ").await;
    browser.fill("#min_celsius", "55").await;
    browser.fill("#max_celsius", "65").await;
    browser.choose("#fuel", "electricity").await;
    browser.fill("#hours", "60").await;
    browser.press("form[action='/app/process'] button.main").await;
    browser.says(".big strong", "0.25").await;
    browser.holds(browser.attributes(".big .state.good", "class").await.len() == 1, "0.25 is usual").await;
    browser.press("form[action='/app/process/store'] button.main").await;
    browser.says(".slip h1", "加工").await;
    made(browser).await
}

/// Packages of 250 g; the sale batch.
pub async fn packs(browser: &Browser, dried: &str) -> String {
    browser.press("nav a[href='/app/pack']").await;
    browser.press(&format!("a.code[href='/app/pack?batch={dried}']")).await;
    browser.fill("#net", "300克").await;
    browser.says("[data-said]", "133 包 × 0.3 kg（0.6 斤） = 39.9 kg（79.8 斤）").await;
    browser.says("[data-said] .warn", "其中 0.1 kg（0.2 斤） 不够一包").await;
    browser.fill("#net", "250克").await;
    browser.says("[data-said]", "160 包 × 0.25 kg（0.5 斤） = 40 kg（80 斤）").await;
    browser.says("[data-said] p:last-child", "还剩 0 kg").await;
    browser.fill("#shelf", "24").await;
    browser.press("form[action='/app/pack'] button.main").await;
    let sale = browser.text(".facts a.code").await;
    browser.holds(sale.starts_with('R'), &format!("{sale} is no sale batch")).await;
    sale
}

/// Codes for some of what can be packed, in circulation at once, and the sheet of them: the seventh package's code.
pub async fn issues_codes(browser: &Browser) -> String {
    browser.says("form.narrow .hint", "160").await;
    browser.fill("#count", "24").await;
    browser.press("form.narrow button.main").await;
    browser.says("td .state", "已激活").await;
    browser.press("a[href^='/app/sheets/']").await;
    let serials = browser.texts(".sheet .code").await;
    browser.holds(serials.len() == 24, &format!("{} labels", serials.len())).await;
    serials[6].replace(' ', "")
}

/// The batch on the slip of the record that was stored.
async fn made(browser: &Browser) -> String {
    browser.text(".slip .facts a.code").await
}
