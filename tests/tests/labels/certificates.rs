//! Certificates of commitment: on every paper and label all that they have to say stands there, and the symbol leads to
//! the batch.

use trace_core::code::label::{
    Certificate, Dpi, Facts, Item, LabelError, Plate, SymbolBy, Template, TemplateKind, Tspl, Zpl,
};
use trace_core::id::{BatchCode, RecordId, Stage};
use trace_core::quantity::Quantity;
use trace_core::tianma::{Basis, COMMITMENT_NEWEST, Commitment, Product};
use trace_server::labels::{CertificateJob, Format};
use trace_tests::pictures::{pages_by_poppler, read_by_zbar, text_by_poppler};

use crate::paper::{FONT, Paper, file, template_of};
use crate::{tspl, zpl};

/// The page of a batch.
pub const ADDRESS: &str = "HTTPS://T.EXAMPLE.CN/B/R261120-4F7K2MQ";

/// A certificate with long words, on that version of the wording.
pub fn certificate(version: u16, bought: bool) -> Certificate {
    Certificate {
        commitment: Commitment::of(version, bought).unwrap(),
        basis: Basis::OwnTest,
        product: Product::DriedTianma,
        batch: batch(),
        amount: Some(Quantity::kg(25)),
        origin: "小草坝、荞山、龙海、牛街等 6 处，部分未登记".to_owned(),
        issuer: "彝良县小草坝天麻种植专业合作社联合社".to_owned(),
        contact: "10012345678".to_owned(),
        issued: "2026-11-20".parse().unwrap(),
        record: RecordId::of(b"a certificate"),
    }
}

fn batch() -> BatchCode {
    BatchCode::new(Stage::Sale, "2026-11-20".parse().unwrap(), [0; 4]).unwrap()
}

fn certificate_templates() -> Vec<Template> {
    Template::built_in().into_iter().filter(|template| template.kind() == TemplateKind::Certificate).collect()
}

fn job(format: Format, template: &str, certificate: Certificate) -> CertificateJob {
    CertificateJob {
        format,
        template: template_of(template),
        dpi: Dpi::D203,
        symbols: SymbolBy::Printer,
        certificate,
        address: ADDRESS.to_owned(),
    }
}

fn text(pdf: &[u8]) -> String {
    text_by_poppler(pdf).split_whitespace().collect()
}

#[test]
fn every_paper_and_label_says_all_and_leads_to_the_batch() {
    for template in certificate_templates() {
        for (version, bought) in [(1, false), (2, false), (2, true)] {
            let certificate = certificate(version, bought);
            let pdf = file(&job(Format::Pdf, template.name(), certificate.clone()));
            let pages = pages_by_poppler(&pdf, 203);
            assert_eq!(pages.len(), 1, "{}", template.name());
            assert_eq!(read_by_zbar(&pages[0]), [ADDRESS], "{}", template.name());
            let text = text(&pdf);
            let commitment = certificate.commitment;
            for (clause, _) in commitment.clauses {
                assert!(text.contains(&format!("■{clause}")), "{}: {text}", template.name());
            }
            for words in [
                "承诺达标合格证",
                commitment.lead.0,
                "承诺依据：",
                "产品名称：干天麻",
                "数量（重量）：25kg（50斤）",
                "产地：小草坝、荞山、龙海、牛街等6处，部分未登记",
                "承诺主体：彝良县小草坝天麻种植专业合作社联合社",
                "联系方式：10012345678",
                "开具日期：2026-11-20",
                &format!("批次：{}", certificate.batch),
            ] {
                assert!(text.contains(words), "{words} is not on {}: {text}", template.name());
            }
            // Of the bases one is chosen, and the others stand beside it.
            for (basis, words) in commitment.bases() {
                let mark = if basis == Basis::OwnTest { '■' } else { '□' };
                assert!(text.contains(&format!("{mark}{words}")), "{mark}{words}: {text}");
            }
            let picture = image::load_from_memory(&pages[0]).unwrap();
            let (width, height) = template
                .sheet()
                .map_or((template.width(), template.height()), |sheet| (sheet.page_width, sheet.page_height));
            assert!(picture.width().abs_diff(width.dots(203)) <= 1, "{}: its own size", template.name());
            assert!(picture.height().abs_diff(height.dots(203)) <= 1, "{}: its own size", template.name());
        }
    }
}

/// A page has room for a seal; a label has none, and is stuck on what the party sells.
#[test]
fn paper_has_room_for_a_seal_and_a_frame() {
    for name in ["certificate-a5", "certificate-a4"] {
        let pdf = file(&job(Format::Pdf, name, certificate(COMMITMENT_NEWEST, false)));
        assert!(text(&pdf).contains("盖章或签名："));
        let picture = image::load_from_memory(&pages_by_poppler(&pdf, 100)[0]).unwrap().into_luma8();
        let dark = |x: u32, y: u32| picture.get_pixel(x, y).0[0] < 128;
        let (width, height) = picture.dimensions();
        // The frame lies 10 mm from the edges, 39 dots at that resolution.
        assert!((36..44).any(|x| dark(x, height / 2)) && (36..44).any(|y| dark(width / 2, y)), "{name}: a frame");
        let below = (height * 17 / 20..height - 45).all(|y| (50..width - 50).all(|x| !dark(x, y)));
        assert!(below, "{name}: white below the words");
    }
}

#[test]
fn label_printers_print_the_picture() {
    for template in certificate_templates().iter().filter(|template| template.sheet().is_none()) {
        for dpi in [Dpi::D203, Dpi::D300] {
            let facts = Facts::from(&certificate(COMMITMENT_NEWEST, true));
            let plate = Plate::new(template, &facts, &FONT, dpi, ADDRESS).unwrap();
            let label = plate.certificate(ADDRESS.to_owned()).unwrap();
            assert!(label.module >= 3, "{} at {dpi} dpi: {} dots a module", template.name(), label.module);
            let picture = Paper::of(&plate.picture(&label));
            assert_eq!(read_by_zbar(&picture.png()), [ADDRESS]);
            let zpl = Zpl::new(&plate, SymbolBy::Printer);
            let zpl = zpl::print(&(zpl.head() + &zpl.label(&label) + &Zpl::tail()));
            let tspl = Tspl::new(&plate, SymbolBy::Printer);
            let bytes = [tspl.head().into_bytes(), tspl.label(&label)].concat();
            let tspl = tspl::print(&bytes, f64::from(dpi.per_inch()) / 25.4);
            assert!(zpl == [picture.clone()] && tspl == [picture], "{} at {dpi} dpi", template.name());
        }
    }
}

/// The boxes of what was not chosen have all four sides, however small the text.
#[test]
fn open_boxes_are_closed_squares() {
    let template = template_of("certificate-60x40");
    let facts = Facts::default().with(Item::Basis, "□");
    let plate = Plate::new(&template, &facts, &FONT, Dpi::D203, ADDRESS).unwrap();
    let picture = plate.fixed();
    let dark: Vec<(u32, u32)> = (0..picture.height())
        .flat_map(|y| (0..picture.width()).map(move |x| (x, y)))
        .filter(|(x, y)| picture.is_dark(*x, *y))
        .collect();
    let ends = |of: fn(&(u32, u32)) -> u32| (dark.iter().map(of).min().unwrap(), dark.iter().map(of).max().unwrap());
    let ((left, right), (top, bottom)) = (ends(|dot| dot.0), ends(|dot| dot.1));
    assert_eq!(right - left, bottom - top);
    assert!((left..=right).all(|x| picture.is_dark(x, top) && picture.is_dark(x, bottom)));
    assert!((top..=bottom).all(|y| picture.is_dark(left, y) && picture.is_dark(right, y)));
    assert!(!picture.is_dark(left.midpoint(right), top.midpoint(bottom)));
}

#[test]
fn what_does_not_fit_is_named() {
    let facts = Facts::from(&certificate(COMMITMENT_NEWEST, false));
    let facts = facts.with(Item::Issuer, "承诺主体：".to_owned() + &"彝良县小草坝天麻专业合作社".repeat(30));
    let template = template_of("certificate-60x40");
    let error = Plate::new(&template, &facts, &FONT, Dpi::D203, ADDRESS).err().unwrap();
    assert!(matches!(error, LabelError::DoesNotFit { item: Item::Issuer, .. }), "{error}");
    assert!(error.zh().contains("“承诺主体”"), "{}", error.zh());
}
