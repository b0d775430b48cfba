//! The consumer, who has scanned the package and knows nothing of this system.

use crate::farmer::Harvest;
use crate::window::Browser;

/// The verdict of the first opening, and the product.
pub async fn opens(browser: &Browser, address: &str, sale: &str) {
    browser.open(address).await;
    browser.says(".verdict h1", "真码").await;
    let states = browser.attributes(".verdict", "data-state").await;
    browser.holds(states == ["genuine"], &format!("the verdict is {states:?}")).await;
    browser.says(".verdict", "这是第一次打开").await;
    browser.says(".product h2", "干天麻").await;
    browser.says(".product h2", "250 克").await;
    browser.says(".product dl", sale).await;
    browser.says(".product dl", "草坝天麻加工厂").await;
    browser.needs_no_sideways_scrolling().await;
}

/// From fungus bottle and seed tuber to this package, in this order, through the farmer's harvest.
pub async fn sees_the_whole_way(browser: &Browser, harvest: &Harvest, later: &[&str]) {
    let told = browser.texts(".way h3").await;
    let mut rest = told.iter();
    for stage in ["两菌", "良种", "种植", "采收", "收货", "干燥", "包装"] {
        browser.holds(rest.any(|title| title.contains(stage)), &format!("{stage} has no place in {told:?}")).await;
    }
    let batches = browser.attributes(".way .codes a", "href").await;
    for letter in ["F", "S", "P"] {
        let begins = format!("/b/{letter}");
        browser.holds(batches.iter().any(|href| href.starts_with(&begins)), &format!("no {begins}: {batches:?}")).await;
    }
    for batch in [harvest.batch.as_str()].iter().chain(later) {
        browser.holds(batches.contains(&format!("/b/{batch}")), &format!("no {batch}: {batches:?}")).await;
    }
    browser.says(".way", "1 次经对方确认").await;

    // The farmer's harvest by its batch, and on that batch's page the farmer's record by its id.
    browser.press(&format!(".way a[href='/b/{}']", harvest.batch)).await;
    browser.says("h1", &harvest.batch).await;
    let records = browser.attributes(".records a", "href").await;
    let own = format!("/records/{}", harvest.record);
    browser.holds(records.contains(&own), &format!("no {own}: {records:?}")).await;
}

/// Opened again it is still genuine, and the page says that it was opened.
pub async fn opens_it_again(browser: &Browser, address: &str) {
    browser.open(address).await;
    let states = browser.attributes(".verdict", "data-state").await;
    browser.holds(states == ["opened_before"], &format!("the verdict is {states:?}")).await;
    browser.says(".verdict", "此前被打开过 1 次").await;
    browser.says(".verdict", "今天用这台设备").await;
}
