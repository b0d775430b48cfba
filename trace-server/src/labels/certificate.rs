//! One certificate of commitment as a file, and where its goods grew in words.

use std::collections::BTreeSet;
use std::io::Write;

use trace_core::code::label::{Certificate, Dpi, Facts, Plate, SymbolBy, Template};
use trace_core::record::Name;

use super::drawing::Drawn;
use super::job::{JobError, Work};
use super::{FontSource, Format};
use crate::scan::Story;
use crate::scan::story::What;

/// Most places that are named; the batch's page, to which the symbol leads, names all.
const PLACES_MAX: usize = 4;

/// What is wanted.
pub struct CertificateJob {
    /// As which file.
    pub format: Format,
    /// On which paper or label.
    pub template: Template,
    /// For which printer.
    pub dpi: Dpi,
    /// Who draws the symbol, where the printer could.
    pub symbols: SymbolBy,
    /// What it says.
    pub certificate: Certificate,
    /// What its symbol says: the address of the batch.
    pub address: String,
}

impl Work for CertificateJob {
    fn write(&self, font: &FontSource, out: &mut dyn Write, fits: &mut dyn FnMut()) -> Result<(), JobError> {
        let font = font.font()?;
        let facts = Facts::from(&self.certificate);
        let plate = Plate::new(&self.template, &facts, &font, self.dpi, &self.address)?;
        let label = plate.certificate(self.address.clone())?;
        let title = format!("承诺达标合格证 {}", self.certificate.batch);
        let file = Drawn { format: self.format, symbols: self.symbols, title: &title, plate: &plate };
        file.write(out, &mut std::iter::once(Ok((0, label))), fits)?;
        out.flush()?;
        Ok(())
    }
}

/// Where the goods of a batch grew: the villages where they were dug, and where bought stock came from; plainly that it
/// is not on record where it is not.
pub fn origin_words(story: &Story) -> String {
    let (mut places, mut unknown) = (BTreeSet::<&Name>::new(), false);
    for step in &story.steps {
        match &step.what {
            What::Harvest { villages, .. } => {
                unknown |= villages.contains_key(&None);
                places.extend(villages.keys().flatten());
            }
            What::BroughtIn { stock, product, .. } if product.is_tianma() => {
                unknown |= stock.place.is_none();
                places.extend(&stock.place);
            }
            _ => {}
        }
    }
    if places.is_empty() {
        return "未登记".to_owned();
    }
    let named: Vec<&str> = places.iter().take(PLACES_MAX).map(|name| name.as_str()).collect();
    let (named, rest) = (named.join("、"), places.len().saturating_sub(PLACES_MAX));
    match (rest, unknown) {
        (0, false) => named,
        (0, true) => format!("{named}，部分未登记"),
        (_, false) => format!("{named}等 {} 处", places.len()),
        (_, true) => format!("{named}等 {} 处，部分未登记", places.len()),
    }
}
