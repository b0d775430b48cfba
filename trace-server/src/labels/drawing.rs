//! What is drawn on one plate, as a file: packages by the thousand and single certificates alike.

use std::io::Write;

use trace_core::code::label::{Label, Pdf, Plate, SymbolBy, Tspl, Zpl};

use super::job::JobError;
use super::{Format, archive};

/// A file of labels that are drawn.
pub(super) struct Drawn<'a> {
    pub format: Format,
    pub symbols: SymbolBy,
    /// The title of a PDF.
    pub title: &'a str,
    pub plate: &'a Plate<'a>,
}

impl Drawn<'_> {
    /// Writes it; `fits` is called when nothing of the labels can fail any more.
    pub fn write(
        &self,
        out: &mut dyn Write,
        labels: &mut dyn Iterator<Item = Result<(u32, Label), JobError>>,
        fits: &mut dyn FnMut(),
    ) -> Result<(), JobError> {
        let plate = self.plate;
        match self.format {
            Format::Pdf => {
                let (mut pdf, head) = Pdf::begin(plate, self.title)?;
                fits();
                out.write_all(&head)?;
                for label in labels {
                    out.write_all(&pdf.label(&label?.1)?)?;
                }
                out.write_all(&pdf.end()?)?;
            }
            Format::Zpl => {
                let zpl = Zpl::new(plate, self.symbols);
                fits();
                out.write_all(zpl.head().as_bytes())?;
                for label in labels {
                    out.write_all(zpl.label(&label?.1).as_bytes())?;
                }
                out.write_all(Zpl::tail().as_bytes())?;
            }
            Format::Tspl => {
                let tspl = Tspl::new(plate, self.symbols);
                fits();
                out.write_all(tspl.head().as_bytes())?;
                for label in labels {
                    out.write_all(&tspl.label(&label?.1))?;
                }
            }
            Format::Png => {
                for label in labels.take(1) {
                    let picture = plate.picture(&label?.1).png().map_err(std::io::Error::other)?;
                    fits();
                    out.write_all(&picture)?;
                }
            }
            Format::Zip => {
                fits();
                archive::write(out, plate, labels)?;
            }
            // Lists draw nothing, and do not come here.
            Format::Csv | Format::Xlsx => {}
        }
        Ok(())
    }
}
