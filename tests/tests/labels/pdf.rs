//! PDF files: rendered by poppler at the printer's resolution, read by zbar, their text copied.

use trace_core::code::Mark;
use trace_core::code::label::{Facts, Item};
use trace_server::labels::Format;
use trace_tests::pictures::{pages_by_poppler, read_by_zbar, text_by_poppler};

use crate::paper::{file, job, marked_template, package, template_of};

fn addresses(indices: std::ops::Range<u32>) -> Vec<String> {
    let mut addresses: Vec<String> = indices.map(|index| package(index, true).1).collect();
    addresses.sort();
    addresses
}

#[test]
fn a_page_a_label_leads_back() {
    for template in ["60x40", "40x30", "30x20"] {
        let pdf = file(&job(Format::Pdf, template, 3));
        let pages = pages_by_poppler(&pdf, 203);
        assert_eq!(pages.len(), 3, "{template}");
        for (index, page) in (0..).zip(&pages) {
            assert_eq!(read_by_zbar(page), addresses(index..index + 1), "{template}");
        }
        let picture = image::load_from_memory(&pages[0]).unwrap();
        let template = template_of(template);
        let (width, height) = (template.width().dots(203), template.height().dots(203));
        assert!(picture.width().abs_diff(width) <= 1 && picture.height().abs_diff(height) <= 1, "its own size");
    }
}

#[test]
fn a_page_with_the_brands_mark_leads_back() {
    let mut order = job(Format::Pdf, "60x40", 2);
    order.template = marked_template(24, &Mark::tian());
    let pages = pages_by_poppler(&file(&order), 203);
    assert_eq!(pages.len(), 2);
    for (index, page) in (0..).zip(&pages) {
        assert_eq!(read_by_zbar(page), addresses(index..index + 1));
    }
}

#[test]
fn every_label_of_a_sheet_leads_back() {
    for (template, on_a_page) in [("a4-2x7", 14), ("a4-3x7", 21), ("a4-3x8", 24), ("a4-4x11", 44)] {
        let pages = pages_by_poppler(&file(&job(Format::Pdf, template, on_a_page + 1)), 203);
        assert_eq!(pages.len(), 2, "{template}: one more than a page takes");
        assert_eq!(read_by_zbar(&pages[0]), addresses(0..on_a_page), "{template}");
        assert_eq!(read_by_zbar(&pages[1]), addresses(on_a_page..on_a_page + 1), "{template}");
    }
}

#[test]
fn its_text_is_text_and_the_font_a_part_of_one() {
    let pdf = file(&job(Format::Pdf, "60x40", 2));
    let text: String = text_by_poppler(&pdf).split_whitespace().collect();
    for words in [
        "干天麻",
        "净含量250g",
        "2026-11-20",
        "小草坝天麻加工有限公司",
        "「彝良天麻」",
        "不建议孕妇、哺乳期妇女及婴幼儿食用",
    ] {
        assert_eq!(text.matches(words).count(), 2, "{words} on each label: {text}");
    }
    for index in 0..2 {
        assert!(text.contains(&package(index, true).0.to_string()), "the serial of label {index}: {text}");
    }
    assert!(pdf.len() < 60_000, "two labels and a part of the font take {} bytes", pdf.len());
}

#[test]
fn what_the_batch_may_not_bear_is_not_there() {
    let mut order = job(Format::Pdf, "60x40", 1);
    order.facts = Facts::default().with(Item::Product, "干天麻");
    let text: String = text_by_poppler(&file(&order)).split_whitespace().collect();
    assert!(text.contains("干天麻") && !text.contains("彝良") && !text.contains("产地"), "{text}");
}
