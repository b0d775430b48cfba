//! The printers' languages: what an interpreter prints is, dot for dot, the picture of the label, and leads back.

use trace_core::code::Mark;
use trace_core::code::label::{Dpi, Plate, SymbolBy, Tspl, Zpl};
use trace_tests::pictures::read_by_zbar;

use crate::paper::{FONT, Paper, facts, label, levelled_template, marked_template, package, package_templates};
use crate::{tspl, zpl};

/// Rolls at both resolutions, with short and long addresses, symbols by the printer and as pictures.
fn each(mut check: impl FnMut(&Plate<'_>, SymbolBy, bool)) {
    let mut templates = package_templates();
    // No printer's command makes a symbol with a mark, so it is a picture wherever it is drawn.
    templates.push(marked_template(24, &Mark::tian()));
    templates.extend(["Q", "H"].map(levelled_template));
    for template in templates.iter().filter(|template| template.sheet().is_none()) {
        for dpi in [Dpi::D203, Dpi::D300] {
            for (by, long) in [(SymbolBy::Printer, false), (SymbolBy::Printer, true), (SymbolBy::Picture, true)] {
                let plate = Plate::new(template, &facts(), &FONT, dpi, &package(0, long).1).unwrap();
                check(&plate, by, long);
            }
        }
    }
}

fn same(printed: &[Paper], plate: &Plate<'_>, long: bool) {
    assert_eq!(printed.len(), 3);
    for (index, paper) in (0..).zip(printed) {
        let label = label(plate, index, long);
        assert!(*paper == Paper::of(&plate.picture(&label)), "{} differs from its picture", plate.template().name());
        assert_eq!(read_by_zbar(&paper.png()), [label.address]);
    }
}

#[test]
fn zpl_prints_the_picture() {
    let mut by_command = 0;
    each(|plate, by, long| {
        let zpl = Zpl::new(plate, by);
        let mut file = zpl.head();
        for index in 0..3 {
            file += &zpl.label(&label(plate, index, long));
        }
        file += &Zpl::tail();
        let commands = file.matches("^BQ").count();
        assert!(by == SymbolBy::Printer || commands == 0, "pictures were asked for");
        by_command += commands;
        same(&zpl::print(&file), plate, long);
    });
    assert!(by_command > 9, "short addresses are symbols that the printer makes alike: {by_command}");
}

#[test]
fn tspl_prints_the_picture() {
    let mut by_command = 0;
    each(|plate, by, long| {
        let tspl = Tspl::new(plate, by);
        let mut file = tspl.head().into_bytes();
        for index in 0..3 {
            file.extend(tspl.label(&label(plate, index, long)));
        }
        let commands = file.windows(7).filter(|bytes| bytes == b"QRCODE ").count();
        assert!(by == SymbolBy::Printer || commands == 0, "pictures were asked for");
        by_command += commands;
        same(&tspl::print(&file, f64::from(plate.dpi().per_inch()) / 25.4), plate, long);
    });
    assert!(by_command > 9, "short addresses are symbols that the printer makes alike: {by_command}");
}
