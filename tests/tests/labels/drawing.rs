//! Labels as pictures: of every template, at both resolutions, with short and long addresses, `zbarimg` reads the
//! address, and text stands where it should.

use trace_core::code::label::{Dpi, Item, Plate, Template};
use trace_tests::pictures::read_by_zbar;

use crate::paper::{FONT, Paper, facts, label, package, package_templates};

#[test]
fn every_template_leads_back_to_the_package() {
    for template in package_templates() {
        for (dpi, long) in [(Dpi::D203, true), (Dpi::D203, false), (Dpi::D300, true), (Dpi::D300, false)] {
            let plate = Plate::new(&template, &facts(), &FONT, dpi, &package(0, long).1)
                .unwrap_or_else(|error| panic!("{} at {dpi} dpi: {error}", template.name()));
            let label = label(&plate, 7, long);
            assert!(label.module >= 3, "{} at {dpi} dpi: {} dots a module", template.name(), label.module);
            let paper = Paper::of(&plate.picture(&label));
            assert_eq!(read_by_zbar(&paper.png()), [label.address], "{} at {dpi} dpi", template.name());
        }
    }
}

#[test]
fn each_thing_that_is_known_adds_to_the_label_and_nothing_else_does() {
    let template = Template::built_in().remove(0);
    let black = |facts| {
        let plate = Plate::new(&template, &facts, &FONT, Dpi::D203, &package(0, true).1).unwrap();
        Paper::of(plate.fixed()).black()
    };
    let nothing = trace_core::code::label::Facts::default();
    assert_eq!(black(nothing.clone()), 0, "without words the plate is white");
    for (item, text) in facts().all() {
        assert!(black(nothing.clone().with(item, text)) > 50, "{item} leaves no trace");
    }
    assert_eq!(black(nothing.with(Item::Product, " ")), 0);
}

#[test]
fn serials_differ_and_stand_in_the_same_place() {
    let template = Template::built_in().remove(0);
    let plate = Plate::new(&template, &facts(), &FONT, Dpi::D203, &package(0, true).1).unwrap();
    let (one, other) = (plate.picture(&label(&plate, 1, true)), plate.picture(&label(&plate, 2, true)));
    let rows = |y: u32| (0..one.width()).any(|x| one.is_dark(x, y) != other.is_dark(x, y));
    let symbol = template.symbol().dots(203);
    let differing: Vec<u32> = (symbol..one.height()).filter(|y| rows(*y)).collect();
    // One line of text, at most 3.6 mm high.
    let height = differing.last().unwrap() - differing[0] + 1;
    assert!((8..=29).contains(&height), "the serial's line is {height} dots high");
}
