//! A picture of every label in one archive, for print shops with software of their own.

use std::io::Write;

use trace_core::code::label::{Label, Plate};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::job::JobError;

/// Writes `NUMBER-CODE.png`, a file a label, one after another. They are deflated already.
pub(super) fn write(
    out: &mut dyn Write,
    plate: &Plate<'_>,
    labels: &mut dyn Iterator<Item = Result<(u32, Label), JobError>>,
) -> Result<(), JobError> {
    let mut archive = ZipWriter::new_stream(out);
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for label in labels {
        let (index, label) = label?;
        let picture = plate.picture(&label).png().map_err(std::io::Error::other)?;
        let name = format!("{:07}-{}.png", index + 1, label.code.map_or_else(String::new, |code| code.to_string()));
        archive.start_file(name, stored).map_err(std::io::Error::other)?;
        archive.write_all(&picture)?;
    }
    archive.finish().map_err(std::io::Error::other)?;
    Ok(())
}
