//! Labels of every kind as a telephone sees them: each template at 203 dpi, as it is printed, turned, blurred, with the
//! brand's mark, and as a page of a PDF, read by zbar and by zxing-cpp. And that these tests can fail.

use image::{GrayImage, Luma, imageops};
use trace_core::code::label::{Bitmap, Dpi, Facts, Label, Plate, Sheet, Template, TemplateKind};
use trace_core::code::{Mark, Symbol};
use trace_server::labels::Format;
use trace_tests::pictures::pages_by_poppler;
use trace_tests::readers::{Case, all_read, as_seen, by_both, on_white};

use crate::certificates::{ADDRESS, certificate};
use crate::paper::{FONT, facts, file, job, label, marked_template, package, package_templates, template_of};

/// White that lies around a label: the goods, or the next label of the roll.
const AROUND: u32 = 30;

fn grey(picture: &Bitmap) -> GrayImage {
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| Luma([u8::from(!picture.is_dark(x, y)) * u8::MAX]))
}

fn cases_of(plate: &Plate<'_>, label: &Label, what: &str) -> Vec<Case> {
    let name = format!("{}, {what}", plate.template().name());
    let picture = on_white(&grey(&plate.picture(label)), AROUND);
    as_seen(&name, &picture, label.module, std::slice::from_ref(&label.address))
}

#[test]
fn labels_of_packages_are_read_however_they_are_held() {
    let mut cases = Vec::new();
    for template in package_templates() {
        // Labels of sheets have the places of those of rolls; their short form is read there.
        for long in if template.sheet().is_some() { vec![true] } else { vec![true, false] } {
            let plate = Plate::new(&template, &facts(), &FONT, Dpi::D203, &package(0, long).1).unwrap();
            cases.extend(cases_of(&plate, &label(&plate, 7, long), if long { "with GTIN" } else { "short" }));
        }
    }
    all_read(&cases);
}

#[test]
fn certificates_are_read_however_they_are_held() {
    let facts = Facts::from(&certificate(2, true));
    let mut cases = Vec::new();
    for template in Template::built_in().iter().filter(|template| template.kind() == TemplateKind::Certificate) {
        let plate = Plate::new(template, &facts, &FONT, Dpi::D203, ADDRESS).unwrap();
        let label = plate.certificate(ADDRESS.to_owned()).unwrap();
        // A page is photographed from as far as shows all of it; its symbol alone is looked at here.
        let name = format!("{}, certificate", template.name());
        let picture = grey(&plate.picture(&label));
        let side = template.symbol().dots(203).min(picture.width());
        let near = imageops::crop_imm(&picture, 0, 0, side, side).to_image();
        let picture = if template.sheet().is_some() { near } else { picture };
        cases.extend(as_seen(&name, &on_white(&picture, AROUND), label.module, &[ADDRESS.to_owned()]));
    }
    all_read(&cases);
}

/// The symbol in 15 mm, the smallest that a label of the shop has: three dots a module.
#[test]
fn fifteen_millimetres_are_enough() {
    let template = template_of("30x20");
    assert!(template.symbol().tenth_mm() <= 155);
    let plate = Plate::new(&template, &facts(), &FONT, Dpi::D203, &package(0, true).1).unwrap();
    let labels: Vec<Label> = (0..4).map(|index| label(&plate, index, true)).collect();
    assert!(labels.iter().all(|label| label.module == 3));
    let cases: Vec<Case> = labels.iter().flat_map(|label| cases_of(&plate, label, "15 mm")).collect();
    all_read(&cases);
}

/// Half a module of blur is too much for zbar; telephones have better readers, as zxing-cpp is one.
#[test]
fn half_a_module_of_blur_is_read_by_the_stronger_reader() {
    let mut cases = Vec::new();
    for template in package_templates().iter().filter(|template| template.sheet().is_none()) {
        let plate = Plate::new(template, &facts(), &FONT, Dpi::D203, &package(0, true).1).unwrap();
        let label = label(&plate, 7, true);
        let picture = on_white(&grey(&plate.picture(&label)), AROUND);
        let half = f32::from(u16::try_from(label.module).unwrap()) / 2.0;
        let name = format!("{}, half a module", template.name());
        cases.push(Case { name, picture: imageops::blur(&picture, half), says: vec![label.address] });
    }
    let [_, (reader, readings)] = by_both(&cases);
    for (case, read) in cases.iter().zip(readings) {
        assert_eq!(read, case.says, "{reader}, {}", case.name);
    }
}

#[test]
fn labels_with_the_brands_mark_are_read() {
    let template = marked_template(24, &Mark::tian());
    let mut cases = Vec::new();
    for long in [true, false] {
        let plate = Plate::new(&template, &facts(), &FONT, Dpi::D203, &package(0, long).1).unwrap();
        for index in 0..4 {
            let label = label(&plate, index, long);
            assert!(label.module >= 3, "{} dots a module", label.module);
            assert_eq!(label.symbol, Symbol::with_mark(&label.address, &Mark::tian()).unwrap());
            cases.extend(cases_of(&plate, &label, "with the mark"));
        }
    }
    all_read(&cases);
}

#[test]
fn pages_of_a_pdf_are_read() {
    let mut cases = Vec::new();
    for template in package_templates() {
        let count = template.sheet().map_or(1, Sheet::count);
        let page = pages_by_poppler(&file(&job(Format::Pdf, template.name(), count)), 203).remove(0);
        let mut says: Vec<String> = (0..count).map(|index| package(index, true).1).collect();
        says.sort();
        let picture = on_white(&image::load_from_memory(&page).unwrap().into_luma8(), AROUND);
        let name = format!("{} as PDF", template.name());
        if template.sheet().is_some() {
            cases.push(Case { name, picture, says });
        } else {
            cases.extend(as_seen(&name, &picture, 3, &says));
        }
    }
    all_read(&cases);
}

/// What these tests say can be false: what is too far gone is read by nobody.
#[test]
fn what_is_too_far_gone_is_not_read() {
    let template = template_of("60x40");
    let plate = Plate::new(&template, &facts(), &FONT, Dpi::D203, &package(0, true).1).unwrap();
    let label = label(&plate, 7, true);
    let picture = on_white(&grey(&plate.picture(&label)), AROUND);
    // Fifteen modules of the middle of a symbol at level M.
    let mut covered = picture.clone();
    let size = u32::try_from(label.symbol.size()).unwrap();
    let from = i64::from(AROUND + label.place + (size - 15) / 2 * label.module);
    imageops::overlay(&mut covered, &GrayImage::new(15 * label.module, 15 * label.module), from, from);
    // Three modules out of focus: no dark one is left to see.
    let u16_module = u16::try_from(label.module).unwrap();
    let blurred = imageops::fast_blur(&picture, 3.0 * f32::from(u16_module));
    // And one row of modules that leaves out the finder patterns at the top.
    let mut torn = picture.clone();
    imageops::overlay(&mut torn, &on_white(&GrayImage::new(0, 0), 200), i64::from(AROUND), i64::from(AROUND) - 320);
    let case = |name: &str, picture| Case { name: name.to_owned(), picture, says: vec![label.address.clone()] };
    let cases = [case("covered", covered), case("blurred", blurred), case("torn", torn)];
    for (reader, readings) in by_both(&cases) {
        for (case, read) in cases.iter().zip(readings) {
            assert_eq!(read, [""; 0], "{reader}, {}", case.name);
        }
    }
}
