//! A label as it comes off the printer, held before a telephone: the PDF rendered at the printer's resolution, read by
//! zbar, and what it says opened.

use trace_tests::pictures::{pages_by_poppler, read_by_zbar, text_by_poppler};

use crate::county::County;
use crate::programs::kept;
use crate::window::Browser;

/// Dots an inch of the common label printers.
const PRINTER_DPI: u32 = 203;

/// A printed label: what its symbol says, and what a person reads on it, without spaces.
pub struct Label {
    pub address: String,
    pub text: String,
}

/// The first label of the demonstration's code issue, as the seller gets it.
pub async fn printed(county: &County, template: &str) -> Label {
    let file = &county.file;
    let path = format!("/api/v1/code-issues/{}/labels.pdf?from=1&to=1&template={template}", file.code_issue);
    let request = reqwest::Client::new().get(county.address(&path)).bearer_auth(&file.tokens.office);
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    let pdf = answer.bytes().await.expect("a file");
    let pages = pages_by_poppler(&pdf, PRINTER_DPI);
    let [picture] = &pages[..] else { panic!("{} pages for one label", pages.len()) };
    std::fs::write(kept(&format!("label-{template}.png")), picture).expect("a file for the picture");
    let symbols = read_by_zbar(picture);
    let [address] = &symbols[..] else { panic!("one label says {symbols:?}") };
    Label { address: address.clone(), text: text_by_poppler(&pdf).replace('-', "").split_whitespace().collect() }
}

/// The telephone shows the page of this very package.
pub async fn opens_its_page(browser: &Browser, county: &County, label: &Label) {
    browser.open(&label.address).await;
    let (_, serial) = label.address.rsplit_once('/').expect("a serial");
    let batch = &county.file.sale_batch;
    let states = browser.attributes(".verdict", "data-state").await;
    let ours = ["genuine", "opened_before"].contains(&states.first().map_or("", String::as_str));
    browser.holds(ours, &format!("the verdict is {states:?}")).await;
    // As poppler copies it: without the hyphen at which a line may end.
    let facts = browser.text(".product dl").await.replace([' ', '-', '\n'], "");
    for words in [serial, &batch.replace('-', "")] {
        browser.holds(facts.contains(words), &format!("the page does not name {words}: {facts}")).await;
        browser.holds(label.text.contains(words), &format!("the label does not name {words}: {}", label.text)).await;
    }
    let name = browser.run("return document.querySelector('.product h2').firstChild.textContent.trim()").await;
    let name = name.as_str().unwrap_or_default();
    browser.holds(label.text.contains(name), &format!("the label does not say {name}: {}", label.text)).await;
}
