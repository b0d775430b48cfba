//! Symbols as a label printer prints them, read by zbar and by zxing-cpp: at every level, with the mark, turned, blurred.

use image::GrayImage;
use trace_core::code::{Level, Mark, Symbol};
use trace_tests::readers::{Case, all_read, as_seen, on_white};

const SHORT: &str = "HTTPS://T.EXAMPLE.CN/T/CJZCKKD64D6EX5CXY40K";
const LONG: &str = "HTTPS://TRACE.EXAMPLE.CN/01/06901234567892/10/S261120-4F7K2MQ/21/CJZCKKD64D6EX5CXY40K";

/// The picture for a printer of 203 dpi, on a larger white label, and all that a telephone may make of it.
fn cases_of(name: &str, symbol: &Symbol, width_mm: u32, says: &str) -> Vec<Case> {
    let printing = symbol.printed(width_mm, 203).unwrap();
    let png = symbol.png_printed(printing).unwrap();
    let picture: GrayImage = image::load_from_memory(&png).unwrap().into_luma8();
    as_seen(name, &on_white(&picture, 40), printing.dots(), &[says.to_owned()])
}

#[test]
fn symbols_of_every_level_are_read() {
    let mut cases = Vec::new();
    for (says, width_mm) in [(SHORT, 15), (LONG, 17)] {
        for level in [Level::L, Level::M, Level::Q, Level::H] {
            let symbol = Symbol::new(says, level).unwrap();
            let name = format!("{} modules, level {level}", symbol.size());
            cases.extend(cases_of(&name, &symbol, width_mm, says));
        }
    }
    // The smallest label: 15 mm with the long address at 203 dpi, three dots a module.
    cases.extend(cases_of("15 mm", &Symbol::new(LONG, Level::M).unwrap(), 15, LONG));
    all_read(&cases);
}

#[test]
fn symbols_with_a_mark_are_read() {
    let mut cases = Vec::new();
    for (says, width_mm) in [(SHORT, 17), (LONG, 23)] {
        for mark in [Mark::tian(), Mark::parse("#####\n#...#\n#.#.#\n#...#\n#####\n").unwrap()] {
            let symbol = Symbol::with_mark(says, &mark).unwrap();
            let name = format!("{} modules with a mark of {}", symbol.size(), mark.side());
            cases.extend(cases_of(&name, &symbol, width_mm, says));
        }
    }
    all_read(&cases);
}
