//! The templates that are always there: rolls and A4 sheets for packages as stationers sell them, and certificates on
//! rolls and on whole pages.

use super::facts::Item;
use super::length::Length;
use super::template::{Sheet, Template, TemplateKind, a4_height, a4_width, one_millimetre, text_max_usual};
use crate::code::Level;

impl Template {
    /// All of them, those of packages first.
    pub fn built_in() -> Vec<Self> {
        let mut templates = packages();
        templates.extend(certificates());
        templates
    }
}

fn roll(name: &str, width: u32, height: u32, symbol: u32, beside: &[Item], below: &[Item]) -> Template {
    Template {
        name: name.to_owned(),
        kind: TemplateKind::Package,
        width: Length::of_tenth_mm(width),
        height: Length::of_tenth_mm(height),
        margin: one_millimetre(),
        symbol: Length::of_tenth_mm(symbol),
        symbol_mark: None,
        symbol_level: Level::M,
        text_max: text_max_usual(),
        beside: beside.to_vec(),
        below: below.to_vec(),
        sheet: None,
    }
}

fn packages() -> Vec<Template> {
    use Item::{Batch, Grade, Mark, NetContent, Packed, Producer, Product, Serial, ShelfLife, Warning};
    let large = |name: &str, width, height| {
        let beside = [Product, NetContent, Grade, Batch, Packed, ShelfLife, Mark];
        roll(name, width, height, 210, &beside, &[Producer, Warning, Serial])
    };
    let small =
        |name: &str, width, height| roll(name, width, height, 155, &[Product, NetContent, Batch, Warning], &[Serial]);
    let sheet = |label: Template, columns, rows, (left, top), (step_x, step_y)| Template {
        margin: Length::of_tenth_mm(15),
        sheet: Some(Sheet {
            page_width: a4_width(),
            page_height: a4_height(),
            left: Length::of_tenth_mm(left),
            top: Length::of_tenth_mm(top),
            columns,
            rows,
            step_x: Length::of_tenth_mm(step_x),
            step_y: Length::of_tenth_mm(step_y),
        }),
        ..label
    };
    let middle = [Product, NetContent, Grade, Batch, Packed];
    vec![
        large("60x40", 600, 400),
        roll("40x30", 400, 300, 155, &middle, &[ShelfLife, Mark, Producer, Warning, Serial]),
        small("30x20", 300, 200),
        sheet(large("a4-2x7", 991, 381), 2, 7, (47, 151), (1016, 381)),
        sheet(large("a4-3x7", 635, 381), 3, 7, (72, 151), (660, 381)),
        sheet(large("a4-3x8", 700, 370), 3, 8, (0, 5), (700, 370)),
        sheet(small("a4-4x11", 485, 254), 4, 11, (80, 88), (485, 254)),
    ]
}

fn certificates() -> Vec<Template> {
    use Item::{Amount, Basis, Batch, Commitment, Contact, Issued, Issuer, Origin, Product, Record, Signature, Title};
    let facts = [Product, Amount, Origin, Issuer, Contact, Issued];
    let label = |name: &str, width, height, symbol| Template {
        kind: TemplateKind::Certificate,
        ..roll(name, width, height, symbol, &[Title, Commitment], &[[Basis].as_slice(), &facts, &[Batch]].concat())
    };
    // One on a page: a sheet, so that nobody sends it to a printer of labels.
    let page = |name: &str, (width, height), symbol, text_max| {
        let below = [[Commitment, Basis].as_slice(), &facts, &[Signature]].concat();
        let (width, height) = (Length::of_tenth_mm(width), Length::of_tenth_mm(height));
        let edge = Length::of_tenth_mm(100);
        let inner = |side: Length| Length::of_tenth_mm(side.tenth_mm() - 2 * edge.tenth_mm());
        Template {
            kind: TemplateKind::Certificate,
            width: inner(width),
            height: inner(height),
            margin: Length::of_tenth_mm(60),
            text_max: Length::of_tenth_mm(text_max),
            sheet: Some(Sheet {
                page_width: width,
                page_height: height,
                left: edge,
                top: edge,
                columns: 1,
                rows: 1,
                step_x: width,
                step_y: height,
            }),
            ..roll(name, 0, 0, symbol, &[Title, Batch, Record], &below)
        }
    };
    vec![
        label("certificate-60x40", 600, 400, 155),
        label("certificate-80x50", 800, 500, 200),
        page("certificate-a5", (1480, 2100), 400, 48),
        page("certificate-a4", (2100, 2970), 520, 68),
    ]
}
