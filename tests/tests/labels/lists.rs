//! Lists for print shops, read back, and archives of pictures.

use std::io::{Cursor, Read as _};

use calamine::{Data, Reader as _, Xlsx};
use trace_core::code::label::Item;
use trace_server::labels::Format;
use trace_tests::pictures::read_by_zbar;

use crate::paper::{file, job, package};

#[test]
fn csv_holds_each_code_with_its_address() {
    let mut order = job(Format::Csv, "60x40", 1000);
    order.facts = order.facts.with(Item::Producer, "=HYPERLINK(\"x\"),甲");
    let text = String::from_utf8(file(&order)).unwrap();
    let mut lines = text.strip_prefix('\u{feff}').expect("the mark of UTF-8").split_terminator("\r\n");
    let head = lines.next().unwrap();
    assert!(head.starts_with("序号 number,溯源码 serial,分组 grouped,网址 address,产品名称 product"), "{head}");
    let mut count = 0;
    for (index, line) in (0..).zip(lines) {
        let (code, address) = package(index, true);
        let start = format!("{},{code},{},{address},干天麻,", index + 1, code.grouped());
        assert!(line.starts_with(&start), "{line}");
        assert!(line.contains(",\"'=HYPERLINK(\"\"x\"\"),甲\","), "a formula is defused and quoted: {line}");
        count += 1;
    }
    assert_eq!(count, 1000);
}

#[test]
fn a_spreadsheet_holds_the_same() {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file(&job(Format::Xlsx, "60x40", 50)))).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    assert_eq!(sheet.height(), 51);
    for index in 0..50_u32 {
        let (code, address) = package(index, true);
        let cell = |column| sheet.get_value((index + 1, column)).unwrap();
        assert_eq!(cell(0), &Data::Float(f64::from(index) + 1.0));
        assert_eq!(cell(1), &Data::String(code.to_string()));
        assert_eq!(cell(3), &Data::String(address));
        assert_eq!(cell(4), &Data::String("干天麻".to_owned()));
    }
}

#[test]
fn an_archive_holds_a_picture_a_label() {
    let mut archive = zip::ZipArchive::new(Cursor::new(file(&job(Format::Zip, "40x30", 3)))).unwrap();
    assert_eq!(archive.len(), 3);
    for index in 0..3 {
        let (code, address) = package(index, true);
        let mut picture = Vec::new();
        let mut entry = archive.by_name(&format!("{:07}-{code}.png", index + 1)).unwrap();
        entry.read_to_end(&mut picture).unwrap();
        assert_eq!(read_by_zbar(&picture), [address]);
    }
}
