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
mod picture;
mod processor;
mod programs;
mod symbol;
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
async fn the_first_screen_of_a_telephone_tells_the_verdict() {
    let county = County::open("first-screen");
    let driver = Driver::start("first-screen");
    let phone = driver.browser("consumer", Screen::Phone, Scripts::Run).await;
    phone.open(&county.file.consumer_url).await;
    picture::the_first_screen_holds(&phone, &[".verdict h1", ".verdict p", ".product h2", ".product dl"]).await;
    picture::for_the_readme(&phone).await;
    phone.close().await;
}
