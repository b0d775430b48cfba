//! The main job from end to end, as people do it: the command that a new clone types, Chromium on a telephone and on a
//! PC, and an independent reader for the QR code.
//!
//! It lacks the second engine and the many refusals; the tests of the pages over HTTP have those. What a person saw
//! when a step failed stands in `target/browser/`, and so does what the service logged.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod consumer;
mod county;
mod driver;
mod farmer;
mod label;
mod picture;
mod processor;
mod programs;
mod still;
mod symbol;
mod unsignalled;
mod verifying;
mod window;

use county::County;
use driver::Driver;
use window::{Screen, Scripts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_harvest_to_the_scanned_package() {
    let county = County::open("whole-way");
    let driver = Driver::start("whole-way");
    let phone = driver.browser("farmer", Screen::Phone, Scripts::Run).await;
    let desk = driver.browser("processor", Screen::Desk, Scripts::Run).await;

    farmer::signs_in(&phone, &county).await;
    let harvest = farmer::registers_a_harvest(&phone).await;
    processor::signs_in(&desk, &county).await;
    let received = processor::receives(&desk, &harvest.batch).await;
    farmer::confirms_the_receipt(&phone).await;
    let dried = processor::dries(&desk, &received).await;
    let sale = processor::packs(&desk, &dried).await;
    let serial = processor::issues_codes(&desk).await;

    let picture = symbol::fetched(&desk, &county, &serial).await;
    let address = symbol::decoded(&picture, "label");
    assert_eq!(address, format!("HTTP://{}/T/{serial}", county.host()), "what the QR code says");
    let shown = desk.picture_of(".sheet li:nth-child(7) svg").await;
    assert_eq!(symbol::decoded(&shown, "sheet"), address, "the sheet that is printed says the same");

    let wechat = driver.browser("consumer", Screen::Phone, Scripts::Run).await;
    consumer::opens(&wechat, &address, &sale).await;
    consumer::sees_the_whole_way(&wechat, &harvest, &[&received, &dried, &sale]).await;
    consumer::opens_it_again(&wechat, &address).await;
    for browser in [phone, desk, wechat] {
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_farmer_needs_no_javascript() {
    let county = County::open("no-javascript");
    let driver = Driver::start("no-javascript");
    let phone = driver.browser("farmer", Screen::Phone, Scripts::Blocked).await;
    driver::scripts_are_blocked(&phone).await;
    farmer::signs_in(&phone, &county).await;
    farmer::registers_a_harvest(&phone).await;
    phone.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clerk_enters_harvests_for_a_day_without_a_signal() {
    let mut county = County::open("without-a-signal");
    let driver = Driver::start("without-a-signal");
    let phone = driver.browser("clerk", Screen::Phone, Scripts::Run).await;
    unsignalled::takes_the_page_along(&phone, &county).await;
    county.goes_away();
    unsignalled::enters_without_a_service(&phone, &county).await;
    county.comes_back();
    unsignalled::sends_at_night(&phone, &county).await;
    unsignalled::leaves_nothing_behind(&phone, &county).await;
    phone.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_screen_of_a_telephone_tells_the_verdict() {
    let county = County::open("first-screen");
    let driver = Driver::start("first-screen");
    let phone = driver.browser("consumer", Screen::Phone, Scripts::Run).await;
    phone.open(&county.file.consumer_url).await;
    picture::the_first_screen_holds(&phone, &[".verdict h1", ".verdict p", ".product h2", ".product dl"]).await;
    picture::for_the_readme(&phone).await;
    phone.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_touch_verifies_a_package() {
    let county = County::open("verifying");
    let driver = Driver::start("verifying");
    let (package, batch) = (&county.file.consumer_url, county.address(&format!("/b/{}", county.file.sale_batch)));
    let phone = driver.browser("consumer", Screen::Phone, Scripts::Run).await;
    verifying::ticks_every_step(&phone, package, "verified-phone.png").await;
    verifying::sees_an_altered_answer(&phone, package, "altered-phone.png").await;
    verifying::says_what_it_cannot_check(&phone, package).await;
    let desk = driver.browser("journalist", Screen::Desk, Scripts::Run).await;
    verifying::ticks_every_step(&desk, &batch, "verified-desk.png").await;
    let plain = driver.browser("plain", Screen::Phone, Scripts::Blocked).await;
    verifying::reads_how_to_check_by_hand(&plain, package).await;
    for browser in [phone, desk, plain] {
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_printed_label_opens_its_page() {
    let county = County::open("label");
    let driver = Driver::start("label");
    let phone = driver.browser("consumer", Screen::Phone, Scripts::Run).await;
    for template in ["60x40", "30x20"] {
        let label = label::printed(&county, template).await;
        label::opens_its_page(&phone, &county, &label).await;
    }
    phone.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packages_still_open_when_the_service_has_ended() {
    let county = County::open("still");
    let driver = Driver::start("still");
    let copy = still::Copy::of(&county).await;
    let (batch, code) = (county.file.sale_batch.clone(), county.file.package_code.clone());
    let long = still::path(&county.file.consumer_url).to_owned();
    let short = format!("/T/{code}");

    let phone = driver.browser("consumer", Screen::Phone, Scripts::Run).await;
    still::opens(&phone, &copy, &long, &batch, &code).await;
    still::pictures(&phone, "phone").await;
    still::opens(&phone, &copy, &short, &batch, &code).await;
    still::opens(&phone, &copy, &format!("/t/{}", code.to_lowercase()), &batch, &code).await;
    still::sees(&phone, &copy, "/T/CJZCKKD64D6EX5CXY40K", "unknown", "查无此码").await;
    still::pictures(&phone, "finder-phone").await;
    still::sees(&phone, &copy, "/T/CJZC", "wrong", "这不是一个溯源码").await;
    still::sees(&phone, &copy, &long.replace("/10/R", "/10/X"), "disagrees", &batch).await;
    still::types_a_code(&phone, &copy, &code, &batch).await;
    still::verifies(&phone, &copy, &batch).await;
    let desk = driver.browser("desk", Screen::Desk, Scripts::Run).await;
    still::opens(&desk, &copy, &short, &batch, &code).await;
    still::pictures(&desk, "desk").await;
    let plain = driver.browser("plain", Screen::Phone, Scripts::Blocked).await;
    still::reads_what_to_type(&plain, &copy, &short, &batch).await;
    still::pictures(&plain, "plain").await;
    assert!(copy.folder().join("log/checkpoint").is_file());
    for browser in [phone, desk, plain] {
        browser.close().await;
    }
}
