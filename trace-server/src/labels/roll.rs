//! Labels one by one in a printer's language, for whoever hands them to the printer itself and must know which one it has.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use trace_core::code::label::{LabelFont, Plate, Tspl, Zpl};

use super::{FontSource, Format, Job, JobError, Labels};

/// Labels that are made before they are asked for.
const LABELS_WAITING_MAX: usize = 8;

/// A label's index and its bytes, or why it could not be made.
type Made = Result<(u32, Bytes), JobError>;

/// What goes to a printer. Dropped, the thread that makes labels ends.
pub struct Roll {
    /// What comes before the first label.
    pub head: Bytes,
    /// What comes after the last one.
    pub tail: Bytes,
    labels: mpsc::Receiver<Made>,
}

impl Roll {
    /// The next label: its index and its bytes.
    ///
    /// # Errors
    /// [`JobError`] where it cannot be made; there is none after it.
    pub async fn next(&mut self) -> Option<Made> {
        self.labels.recv().await
    }
}

impl Labels {
    /// Starts making labels for a printer, on a thread of their own. When this returns, every label is known to fit.
    ///
    /// It takes no place among the files that may be made at the same time: who prints has a printer of its own.
    ///
    /// # Errors
    /// [`JobError`] for whatever can be known before the first label.
    pub async fn roll(&self, job: Job) -> Result<Roll, JobError> {
        let (made, labels) = mpsc::channel(LABELS_WAITING_MAX);
        let (begun, beginning) = oneshot::channel();
        let font = Arc::clone(&self.font);
        tokio::task::spawn_blocking(move || run(&job, &font, begun, &made));
        let (head, tail) = beginning.await.map_err(|_| JobError::Ended)??;
        Ok(Roll { head, tail, labels })
    }

    /// Makes sure that labels fit, without making any.
    ///
    /// # Errors
    /// [`JobError`].
    pub async fn check(&self, job: Job) -> Result<(), JobError> {
        let font = Arc::clone(&self.font);
        let work = move || job.plate(&*font.font()?).map(drop);
        tokio::task::spawn_blocking(work).await.map_err(|_| JobError::Ended)?
    }
}

/// Head and tail, or why there is nothing between them.
type Begun = oneshot::Sender<Result<(Bytes, Bytes), JobError>>;

fn run(job: &Job, font: &FontSource, begun: Begun, made: &mpsc::Sender<Made>) {
    let font: Arc<LabelFont> = match font.font() {
        Ok(font) => font,
        Err(error) => return drop(begun.send(Err(error.into()))),
    };
    let plate = match job.plate(&font) {
        Ok(plate) => plate,
        Err(error) => return drop(begun.send(Err(error))),
    };
    let writer = Writer::new(job, &plate);
    // Who asked may have hung up; then the first label finds nobody either.
    drop(begun.send(Ok((writer.head(), writer.tail()))));
    for code in job.codes() {
        let label = code.and_then(|(index, code, address)| Ok((index, writer.label(&plate.label(code, address)?))));
        let last = label.is_err();
        if made.blocking_send(label).is_err() || last {
            return;
        }
    }
}

/// One of the languages of printers.
enum Writer<'a> {
    Zpl(Zpl<'a>),
    Tspl(Tspl<'a>),
}

impl<'a> Writer<'a> {
    fn new(job: &Job, plate: &'a Plate<'a>) -> Self {
        match job.format {
            Format::Tspl => Self::Tspl(Tspl::new(plate, job.symbols)),
            _ => Self::Zpl(Zpl::new(plate, job.symbols)),
        }
    }

    fn head(&self) -> Bytes {
        match self {
            Self::Zpl(zpl) => zpl.head().into(),
            Self::Tspl(tspl) => tspl.head().into(),
        }
    }

    fn label(&self, label: &trace_core::code::label::Label) -> Bytes {
        match self {
            Self::Zpl(zpl) => zpl.label(label).into(),
            Self::Tspl(tspl) => tspl.label(label).into(),
        }
    }

    fn tail(&self) -> Bytes {
        match self {
            Self::Zpl(_) => Zpl::tail().into(),
            Self::Tspl(_) => Bytes::new(),
        }
    }
}
