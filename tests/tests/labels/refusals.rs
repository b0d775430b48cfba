//! What does not fit is refused by name, in both languages, and never cut.

use trace_core::code::Mark;
use trace_core::code::label::{Dpi, Facts, Item, LabelError, Plate};

use crate::paper::{FONT, facts, marked_template, package, template_of};

fn refused(template: &str, facts: &Facts, address: &str) -> LabelError {
    let template = template_of(template);
    Plate::new(&template, facts, &FONT, Dpi::D203, address).err().expect("a refusal")
}

#[test]
fn a_name_that_is_too_long_is_named() {
    let long = "生产者 ".to_owned() + &"彝良县小草坝天麻专业合作社联合社".repeat(16);
    let error = refused("60x40", &facts().with(Item::Producer, &long), &package(0, true).1);
    assert!(error.to_string().contains("template 60x40: 'producer'"), "{error}");
    assert!(error.zh().contains("“生产者”") && error.zh().contains("1.8 毫米"), "{}", error.zh());
    // A word that cannot be broken.
    let error = refused(
        "30x20",
        &facts().with(Item::Product, "Gastrodiae-Rhizoma-Pulveratum".replace('-', "")),
        &package(0, true).1,
    );
    assert!(error.to_string().contains("template 30x20: 'product' (GastrodiaeRhizoma"), "{error}");
}

#[test]
fn a_longer_address_than_the_label_has_room_for_is_named() {
    let address = format!("HTTPS://{}.EXAMPLE.CN{}", "A".repeat(600), &package(0, true).1[20..]);
    let error = refused("30x20", &facts(), &address);
    assert!(matches!(error, LabelError::Symbol { .. }), "{error}");
    assert!(error.to_string().contains("template 30x20: a symbol of"), "{error}");
}

#[test]
fn a_character_that_the_font_lacks_is_named() {
    let error = refused("60x40", &facts().with(Item::Producer, "生产者 \u{1f33f}合作社"), &package(0, true).1);
    assert!(error.to_string().contains("lacks the character '\u{1f33f}' of 'producer'"), "{error}");
}

/// A mark that covers more than level H mends is refused before the first label, and never printed.
#[test]
fn a_mark_that_would_not_be_read_is_named() {
    let large = Mark::parse(&vec!["#".repeat(15); 15].join("\n")).unwrap();
    let template = marked_template(24, &large);
    let error = Plate::new(&template, &facts(), &FONT, Dpi::D203, &package(0, true).1).err().expect("a refusal");
    assert!(matches!(&error, LabelError::Mark { template, .. } if template == "brand"), "{error}");
    assert!(error.to_string().contains("a mark of 15 modules damages"), "{error}");
    assert!(error.zh().contains("模板 brand") && error.zh().contains("才能保证读出"), "{}", error.zh());
    // Level H has more modules, and what was room enough for level M may not be.
    let template = marked_template(10, &Mark::tian());
    let error = Plate::new(&template, &facts(), &FONT, Dpi::D203, &package(0, true).1).err().expect("a refusal");
    assert!(matches!(error, LabelError::Symbol { modules: 41, needed: 98, .. }), "{error}");
}
