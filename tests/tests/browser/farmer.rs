//! The farmer, on a telephone.

use crate::county::County;
use crate::window::Browser;

/// What the farmer's receipt says.
pub struct Harvest {
    pub batch: String,
    pub record: String,
}

pub async fn signs_in(browser: &Browser, county: &County) {
    let (name, pin) = county.login("farmer");
    browser.open(&county.address("/app")).await;
    browser.fill("#name", name).await;
    browser.fill("#pin", pin).await;
    browser.press("form[action='/app/sign-in'] button").await;
    browser.says("h1", "王兴明").await;
}

/// 320斤 from the only open plot, today: first without its unit, which is refused in words.
pub async fn registers_a_harvest(browser: &Browser) -> Harvest {
    browser.press("nav a[href='/app/harvest']").await;
    browser.says("#plot", "青杠林2号地").await;
    browser.fill("#weight", "320").await;
    browser.press("form[action='/app/harvest'] button.main").await;
    browser.says("#weight-wrong", "320").await;
    browser.says("#weight-wrong", "斤").await;
    browser.holds(browser.value("#weight").await == "320", "what was typed is gone").await;

    browser.fill("#weight", "320斤").await;
    browser.press("form[action='/app/harvest'] button.main").await;
    browser.says(".big strong", "160 kg（320 斤）").await;
    browser.press("form[action='/app/harvest/store'] button.main").await;

    browser.says(".slip h1", "采收").await;
    browser.says(".slip .big strong", "160 kg（320 斤）").await;
    let batch = browser.text(".slip .facts a.code").await;
    let record = browser.text(".slip .id a").await;
    browser.holds(batch.starts_with('H'), &format!("{batch} is no batch of a harvest")).await;
    browser.holds(record.len() == 64, &format!("{record} is no record id")).await;
    Harvest { batch, record }
}

/// The buyer's word is confirmed by the seller's.
pub async fn confirms_the_receipt(browser: &Browser) {
    browser.press("nav a[href='/app/receipts']").await;
    browser.needs_no_sideways_scrolling().await;
    browser.says(".item .big", "草坝天麻加工厂").await;
    browser.says(".item .big strong", "160 kg（320 斤）").await;
    browser.press(".item button[value='confirm']").await;
    let waiting = browser.texts(".item").await;
    browser.holds(waiting.is_empty(), &format!("still waiting: {waiting:?}")).await;
}
