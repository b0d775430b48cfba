//! A run on a printer: labels are sent one after another, and what may have been sent is written down before it is.
//!
//! It ends when all are sent, when somebody pauses the run (here, or on another server by changing its row), or when the
//! connection breaks. Whichever it is, its stretch in the ledger ends with the last label that was sent whole.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};
use trace_core::tianma::{PrintHalt, PrintState, PrintWay};
use trace_core::time::ReceivedAt;

use super::line::Line;
use crate::config::Printer;
use crate::labels::Roll;
use crate::store::{Hand, NewPrint, PrintRunRow, Sending, Store};

/// Which labels, by index.
pub(super) type Runs = Vec<RangeInclusive<u32>>;

/// Labels that are written down at once, before the first of them is sent. After a crash so many are in doubt at most.
const BLOCK_LABELS: usize = 25;

/// How long the label that is under way may take when somebody pauses. A printer without paper takes nothing; then the
/// connection is closed in the middle of a label, which printers drop.
const GRACE: Duration = Duration::from_secs(2);

/// How often a printer that takes nothing is left to see whether somebody paused the run on another server.
const LOOK: Duration = Duration::from_secs(1);

/// How often the end of a run is written down before it is given up; the next start finds it running and pauses it.
const TRIES: u32 = 5;

/// A run on its way.
pub(super) struct Drive {
    store: Arc<dyn Store>,
    row: PrintRunRow,
    printer: Printer,
    roll: Roll,
    runs: Runs,
    by: Hand,
    began: ReceivedAt,
    next: Arc<AtomicU32>,
    at: Sending,
}

type Stop = watch::Receiver<Option<PrintHalt>>;

impl Drive {
    pub fn new(
        store: Arc<dyn Store>,
        row: PrintRunRow,
        printer: Printer,
        (roll, runs): (Roll, Runs),
        (by, began): (Hand, ReceivedAt),
        next: Arc<AtomicU32>,
    ) -> Self {
        let at =
            Sending { run: row.number, version: row.version, print: None, next: row.next, last: row.next, labels: 0 };
        Self { store, row, printer, roll, runs, by, began, next, at }
    }

    /// Sends until it ends, and writes the end down.
    pub async fn run(mut self, mut stop: Stop) {
        let (state, halt) = match self.send_all(&mut stop).await {
            Ok(()) => (PrintState::Done, None),
            Err(halt) => (PrintState::Paused, Some(halt)),
        };
        let mut pause = Duration::from_millis(200);
        for left in (0..TRIES).rev() {
            match self.store.end_sending(&self.at, state, halt).await {
                Ok(_) => return,
                Err(error) => {
                    tracing::error!(run = self.row.number, left, %error, "the end of a print run is not kept");
                }
            }
            sleep(pause).await;
            pause *= 3;
        }
    }

    async fn send_all(&mut self, stop: &mut Stop) -> Result<(), PrintHalt> {
        let mut line = self.connect(stop).await?;
        let (head, tail) = (self.roll.head.clone(), self.roll.tail.clone());
        self.send(&mut line, &head, stop).await?;
        let indices: Vec<u32> = self.runs.iter().cloned().flatten().collect();
        for block in indices.chunks(BLOCK_LABELS) {
            self.write_down(block).await?;
            for index in block {
                let halt = *stop.borrow_and_update();
                if let Some(halt) = halt {
                    self.leave(line, &tail).await;
                    return Err(halt);
                }
                let label = self.label(*index).await?;
                self.send(&mut line, &label, stop).await?;
                self.sent(*index);
            }
        }
        self.at.next = self.row.order.to + 1;
        self.send(&mut line, &tail, stop).await?;
        line.close().await.map_err(|error| self.broken(&error))
    }

    async fn connect(&self, stop: &mut Stop) -> Result<Line, PrintHalt> {
        tokio::select! {
            line = Line::connect(&self.printer.address) => line.map_err(|error| {
                tracing::warn!(run = self.row.number, printer = self.printer.name, %error, "a printer is not reached");
                PrintHalt::Unreachable
            }),
            halt = asked(stop) => Err(halt),
        }
    }

    /// Notes labels as sent before they are.
    async fn write_down(&mut self, block: &[u32]) -> Result<(), PrintHalt> {
        let (Some(&first), Some(&last)) = (block.first(), block.last()) else { return Ok(()) };
        let failed = |error| {
            tracing::error!(run = self.row.number, %error, "what is printed cannot be written down; nothing more is sent");
            PrintHalt::Failed
        };
        let more = u32::try_from(block.len()).unwrap_or(u32::MAX);
        if self.at.print.is_some() {
            let at = Sending { next: first, last, labels: self.at.labels + more, ..self.at };
            // What was changed by somebody else is not this one's to change; the halt said here is dropped.
            return self.store.go_on_sending(&at).await.map_err(failed)?.then_some(()).ok_or(PrintHalt::Asked);
        }
        let order = &self.row.order;
        let print = NewPrint {
            issue: order.issue,
            from: first,
            to: last,
            labels: more,
            at: self.began,
            way: PrintWay::Sent,
            format: order.format.clone(),
            template: Some(order.template.clone()),
            printer: order.printer.clone(),
            run: Some(self.row.number),
            reason: order.reason,
            by: self.by.clone(),
        };
        let begun = self.store.begin_sending(self.at.run, self.at.version, &print).await.map_err(failed)?;
        self.at.print = Some(begun.ok_or(PrintHalt::Asked)?);
        Ok(())
    }

    async fn label(&mut self, index: u32) -> Result<bytes::Bytes, PrintHalt> {
        match self.roll.next().await {
            Some(Ok((made, bytes))) if made == index => Ok(bytes),
            Some(Ok((made, _))) => {
                tracing::error!(run = self.row.number, index, made, "labels come in another order");
                Err(PrintHalt::Failed)
            }
            Some(Err(error)) => {
                tracing::error!(run = self.row.number, index, %error, "a label cannot be made");
                Err(PrintHalt::Failed)
            }
            None => Err(PrintHalt::Failed),
        }
    }

    fn sent(&mut self, index: u32) {
        self.at = Sending { next: index + 1, last: index, labels: self.at.labels + 1, ..self.at };
        self.next.store(self.at.next, Ordering::Relaxed);
    }

    /// Sends bytes for as long as it takes, unless somebody pauses: then the bytes under way have a moment left.
    async fn send(&self, line: &mut Line, bytes: &[u8], stop: &mut Stop) -> Result<(), PrintHalt> {
        let sent = line.send(bytes);
        tokio::pin!(sent);
        let mut ends: Option<(Instant, PrintHalt)> = None;
        let mut look = Instant::now() + LOOK;
        loop {
            let end = ends.map_or_else(Instant::now, |(end, _)| end);
            tokio::select! {
                done = &mut sent => return done.map_err(|error| self.broken(&error)),
                halt = asked(stop), if ends.is_none() => ends = Some((Instant::now() + GRACE, halt)),
                () = sleep_until(end), if ends.is_some() => return Err(ends.map_or(PrintHalt::Asked, |(_, halt)| halt)),
                () = sleep_until(look) => {
                    if ends.is_none() && !self.is_still_ours().await {
                        ends = Some((Instant::now() + GRACE, PrintHalt::Asked));
                    }
                    look = Instant::now() + LOOK;
                }
            }
        }
    }

    /// Whether nobody changed the run meanwhile. If that cannot be known, it goes on: sending writes to the same store soon.
    async fn is_still_ours(&self) -> bool {
        let row = self.store.print_run(self.row.number).await;
        row.map_or(true, |row| row.is_some_and(|row| row.version == self.row.version))
    }

    /// Between two labels the printer is left as it was found. That it does not take this is no matter.
    async fn leave(&self, mut line: Line, tail: &[u8]) {
        let left = async {
            line.send(tail).await?;
            line.close().await
        };
        match tokio::time::timeout(GRACE, left).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "a printer was left in the middle"),
            Err(_) => tracing::debug!("a printer that takes nothing was left"),
        }
    }

    fn broken(&self, error: &std::io::Error) -> PrintHalt {
        tracing::warn!(run = self.row.number, printer = self.printer.name, %error, "the connection to a printer broke");
        PrintHalt::Broken
    }
}

/// Done when somebody asks to stop.
async fn asked(stop: &mut Stop) -> PrintHalt {
    loop {
        let halt = *stop.borrow_and_update();
        if let Some(halt) = halt {
            return halt;
        }
        if stop.changed().await.is_err() {
            // Whoever could ask is gone.
            std::future::pending::<()>().await;
        }
    }
}
