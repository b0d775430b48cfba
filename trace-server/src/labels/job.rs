//! One file of labels: checked as a whole before its first byte, then written on a thread of its own. Files of other
//! contents run the same way ([`Work`]).

use std::io::Write;
use std::ops::RangeInclusive;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use trace_core::code::PackageCode;
use trace_core::code::label::{Csv, Dpi, Facts, Label, LabelError, LabelFont, PdfError, Plate, SymbolBy, Template};

use super::drawing::Drawn;
use super::outlet::{Outlet, Stream, pipe};
use super::{FontFileError, FontSource, Format, Labels, spreadsheet};

/// What is wanted.
pub struct Job {
    /// As which file.
    pub format: Format,
    /// Which labels; a list has none.
    pub template: Template,
    /// For which printer.
    pub dpi: Dpi,
    /// Who draws the symbols, where the printer could.
    pub symbols: SymbolBy,
    /// The words of the batch.
    pub facts: Facts,
    /// The title of a PDF.
    pub title: String,
    /// Which codes of the issue, by index.
    pub runs: Vec<RangeInclusive<u32>>,
    /// Code and address of an index.
    pub code: Box<dyn Fn(u32) -> Option<(PackageCode, String)> + Send>,
}

/// Index, code and address of each label in turn.
pub(super) type Codes<'a> = &'a mut dyn Iterator<Item = Result<(u32, PackageCode, String), JobError>>;

/// Why a file cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Something does not fit the label.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// There is no font.
    #[error(transparent)]
    Font(#[from] FontFileError),
    /// The PDF cannot be written.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// Writing failed, or the reader is gone.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// All jobs that run at the same time are taken.
    #[error("as many files of labels as may be are being made")]
    Busy,
    /// A code of the range cannot be made.
    #[error("the key ring holds no key for these codes")]
    NoKey,
    /// The thread that made it is gone.
    #[error("the thread that made the labels ended early")]
    Ended,
}

/// A file that is written on a thread of its own.
pub trait Work: Send + 'static {
    /// Writes the whole file; `fits` is called when nothing of it can fail any more but the writing.
    ///
    /// # Errors
    /// [`JobError`].
    fn write(&self, font: &FontSource, out: &mut dyn Write, fits: &mut dyn FnMut()) -> Result<(), JobError>;
}

impl Labels {
    /// Starts a job. When this returns, every label is known to fit and the file is on its way.
    ///
    /// # Errors
    /// [`JobError`] for whatever can be known before the first byte.
    pub async fn start(&self, job: impl Work) -> Result<Stream, JobError> {
        let room = Arc::clone(&self.room).try_acquire_owned().map_err(|_| JobError::Busy)?;
        let (out, stream) = pipe();
        let (checked, outcome) = oneshot::channel();
        let font = Arc::clone(&self.font);
        tokio::task::spawn_blocking(move || run(&job, &font, out, checked, room));
        outcome.await.map_err(|_| JobError::Ended)??;
        Ok(stream)
    }
}

/// Everything on the thread of the job. The room is given back when the file is done, or its reader gone or too slow.
fn run(
    job: &impl Work,
    font: &FontSource,
    mut out: Outlet,
    checked: oneshot::Sender<Result<(), JobError>>,
    _room: OwnedSemaphorePermit,
) {
    let mut checked = Some(checked);
    let mut say = |outcome| {
        // Who asked may have hung up.
        checked.take().is_some_and(|checked| checked.send(outcome).is_ok())
    };
    let written = job.write(font, &mut out, &mut || _ = say(Ok(())));
    if let Err(error) = written.and_then(|()| Ok(out.finish()?)) {
        let words = error.to_string();
        if !say(Err(error)) {
            tracing::warn!(error = words, "a file of labels was not finished");
        }
    }
}

impl Work for Job {
    fn write(&self, font: &FontSource, out: &mut dyn Write, fits: &mut dyn FnMut()) -> Result<(), JobError> {
        let codes = &mut self.codes();
        if self.format.draws() {
            let font = font.font()?;
            self.draw(&font, out, codes, fits)?;
        } else {
            fits();
            self.list(out, codes)?;
        }
        out.flush()?;
        Ok(())
    }
}

impl Job {
    /// Index, code and address of each label in turn.
    pub(super) fn codes(&self) -> impl Iterator<Item = Result<(u32, PackageCode, String), JobError>> {
        let one = |index: u32| (self.code)(index).map(|(code, address)| (index, code, address)).ok_or(JobError::NoKey);
        self.runs.iter().cloned().flatten().map(one)
    }

    /// What all labels share; once there is one, every label is known to fit.
    pub(super) fn plate<'a>(&'a self, font: &'a LabelFont) -> Result<Plate<'a>, JobError> {
        let first = self.runs.first().map_or(0, |run| *run.start());
        let (_, address) = (self.code)(first).ok_or(JobError::NoKey)?;
        Ok(Plate::new(&self.template, &self.facts, font, self.dpi, &address)?)
    }

    fn list(&self, out: &mut dyn Write, codes: Codes<'_>) -> Result<(), JobError> {
        if self.format == Format::Xlsx {
            return spreadsheet::write(out, &self.facts, codes);
        }
        let csv = Csv::new(&self.facts);
        out.write_all(Csv::head(&self.facts).as_bytes())?;
        let mut row = Vec::new();
        for code in codes {
            let (index, code, address) = code?;
            row.clear();
            csv.row(&mut row, u64::from(index) + 1, code, &address);
            out.write_all(&row)?;
        }
        Ok(())
    }

    fn draw(
        &self,
        font: &LabelFont,
        out: &mut dyn Write,
        codes: Codes<'_>,
        fits: &mut dyn FnMut(),
    ) -> Result<(), JobError> {
        let plate = self.plate(font)?;
        let mut labels = codes.map(|code| -> Result<(u32, Label), JobError> {
            let (index, code, address) = code?;
            Ok((index, plate.label(code, address)?))
        });
        let file = Drawn { format: self.format, symbols: self.symbols, title: &self.title, plate: &plate };
        file.write(out, &mut labels, fits)
    }
}
