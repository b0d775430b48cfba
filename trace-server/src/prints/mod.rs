//! Print runs: labels of a code issue printed in one go, with progress, pauses, and a ledger of what was printed when and by
//! whom. To files, portion by portion, where a person says what came out; or to a printer in the network, to which the
//! service sends label after label itself.
//!
//! Who may print is http's to judge; what a label looks like is `labels`'. What is written down is kept by the store in
//! the same transaction that changes the run. Nothing here touches the ledger of the goods: printing draws nothing.

mod driving;
mod line;
mod portion;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use trace_core::code::label::TemplateKind;
use trace_core::state::IssueRow;
use trace_core::tianma::{PrintHalt, PrintState, PrintWay, ReprintReason};
use trace_core::time::ReceivedAt;

pub use portion::{Portion, Progress};

use self::driving::Drive;
use crate::config::{Config, Printer, PrinterError};
use crate::labels::{Job, JobError, Labels, Roll};
use crate::store::{Hand, NewPrint, PrintChange, PrintOrder, PrintRow, PrintRunRow, PrintStep, Store, StoreError};

/// How long who pauses a run waits for it to stop: a label that is under way may be finished, and the rest is written down.
const STOP_SECONDS_MAX: u64 = 8;

/// Prints labels. Cloning it is cheap.
#[derive(Clone)]
pub struct Prints {
    store: Arc<dyn Store>,
    labels: Labels,
    printers: Arc<Vec<Printer>>,
    driven: Arc<Mutex<BTreeMap<u64, Driven>>>,
}

/// A run that this process sends to a printer.
struct Driven {
    /// The label that comes next, told more often than it is stored.
    next: Arc<AtomicU32>,
    /// Set to the reason why it shall stop.
    stop: watch::Sender<Option<PrintHalt>>,
}

/// Why something cannot be done with a print run.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The labels cannot be made.
    #[error(transparent)]
    Job(#[from] JobError),
    /// Somebody else changed the run meanwhile.
    #[error("somebody else changed print run {0} meanwhile")]
    Stale(u64),
    /// It stands in a way in which this cannot be done.
    #[error("print run {run} is {state}")]
    State {
        /// Which run.
        run: u64,
        /// How it stands.
        state: PrintState,
    },
    /// Another run has the labels before it.
    #[error("print run {} has these labels before it", .0.number)]
    Overlaps(Box<PrintRunRow>),
    /// Another run is on the printer.
    #[error("print run {} is on that printer", .0.number)]
    PrinterTaken(Box<PrintRunRow>),
    /// Labels are on paper, and nobody said why they are printed once more.
    #[error("labels {} to {} were printed before", .0.print.from, .0.print.to)]
    PrintedBefore(Box<PrintRow>),
    /// A label that is not among those that it may be.
    #[error("label {label} is not among {from} to {to}")]
    Outside {
        /// Which label.
        label: u32,
        /// The first that it may be.
        from: u32,
        /// The last that it may be.
        to: u32,
    },
    /// The printer of the run is not configured any more, or another one by now.
    #[error("the printer {0} is not configured as it was when the run was started")]
    NoPrinter(String),
}

impl Prints {
    /// Prints on the printers of the configuration.
    ///
    /// # Errors
    /// [`PrinterError::Template`] for a printer whose roll nobody knows.
    pub fn open(store: Arc<dyn Store>, labels: Labels, config: &Config) -> Result<Self, PrinterError> {
        let fits = |printer: &Printer| {
            labels.template(TemplateKind::Package, &printer.template).is_some_and(|one| printer.language.takes(one))
        };
        if let Some(printer) = config.printers.iter().find(|printer| !fits(printer)) {
            let rolls = labels.templates_for(TemplateKind::Package).filter(|template| printer.language.takes(template));
            return Err(PrinterError::Template {
                name: printer.name.clone(),
                received: printer.template.clone(),
                known: rolls.map(trace_core::code::label::Template::name).collect::<Vec<_>>().join(", "),
            });
        }
        Ok(Self { store, labels, printers: Arc::new(config.printers.clone()), driven: Arc::default() })
    }

    /// The printers, in the order of the configuration.
    pub fn printers(&self) -> &[Printer] {
        &self.printers
    }

    /// The printer of a name.
    pub fn printer(&self, name: &str) -> Option<&Printer> {
        self.printers.iter().find(|printer| printer.name == name)
    }

    /// Pauses the runs that an earlier process left running. Another server on the same database that still drives one
    /// stops, too, and somebody sets it going again: that is better than a run that nobody drives.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_up(&self) -> Result<(), StoreError> {
        let count = self.store.abandon_print_runs().await?;
        if count > 0 {
            tracing::warn!(count, "print runs were under way when the service stopped; they are paused");
        }
        Ok(())
    }

    /// Stops all runs that this process drives, and waits until what they did is written down.
    pub async fn close(&self) {
        let numbers: Vec<u64> = self.driven().keys().copied().collect();
        for number in numbers {
            self.stop(number, PrintHalt::Restarted).await;
        }
    }

    /// A run, with its progress to the label.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run(&self, number: u64) -> Result<Option<PrintRunRow>, StoreError> {
        Ok(self.store.print_run(number).await?.map(|row| self.live(row)))
    }

    /// The newest runs of an issue.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn runs(&self, issue: &IssueRow, limit: u32) -> Result<Vec<PrintRunRow>, StoreError> {
        let rows = self.store.print_runs(issue.number, limit).await?;
        Ok(rows.into_iter().map(|row| self.live(row)).collect())
    }

    fn live(&self, mut row: PrintRunRow) -> PrintRunRow {
        if row.state == PrintState::Running
            && let Some(driven) = self.driven().get(&row.number)
        {
            row.next = row.next.max(driven.next.load(Ordering::Relaxed));
        }
        row
    }

    fn driven(&self) -> MutexGuard<'_, BTreeMap<u64, Driven>> {
        self.driven.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a run; `job` makes its labels.
    ///
    /// # Errors
    /// [`PrintError`].
    pub async fn start(&self, order: &PrintOrder, job: Job) -> Result<PrintRunRow, PrintError> {
        let Some(name) = &order.printer else {
            self.labels.check(job).await?;
            return taken(0, self.store.start_print_run(order).await?);
        };
        let printer = self.printer(name).cloned().ok_or_else(|| PrintError::NoPrinter(name.clone()))?;
        let runs = job.runs.clone();
        let roll = self.labels.roll(job).await?;
        let row = taken(0, self.store.start_print_run(order).await?)?;
        self.drive(&row, printer, (roll, runs), order.by.clone(), order.at);
        Ok(row)
    }

    /// Goes on after a pause from this label. `job` makes the labels from there to the end of the run.
    ///
    /// # Errors
    /// [`PrintError`].
    pub async fn resume(
        &self,
        row: &PrintRunRow,
        (from, reason): (u32, Option<ReprintReason>),
        job: Job,
        (by, at): (Hand, ReceivedAt),
    ) -> Result<PrintRunRow, PrintError> {
        require(row, PrintState::Paused)?;
        let order = &row.order;
        within(from, order.from, order.to)?;
        // The reason of a run holds for all of it, and where nobody can know what came out, that is the reason; but who goes
        // back says why.
        let unsure = matches!(row.halt, Some(PrintHalt::Broken | PrintHalt::Restarted));
        let known = order.reason.or_else(|| unsure.then_some(ReprintReason::Interrupted));
        let reason = reason.or(known.filter(|_| from >= row.next));
        let to_printer = match &order.printer {
            None => None,
            Some(name) => {
                let same = |printer: &&Printer| {
                    printer.language.ending() == order.format && printer.template == order.template
                };
                let printer = self.printer(name).filter(same).cloned();
                let printer = printer.ok_or_else(|| PrintError::NoPrinter(name.clone()))?;
                let runs = job.runs.clone();
                Some((printer, (self.labels.roll(job).await?, runs)))
            }
        };
        let change = PrintChange { next: from, reason, resumes: true, ..change(row, PrintState::Running) };
        let row = taken(row.number, self.store.change_print_run(&change).await?)?;
        if let Some((printer, labels)) = to_printer {
            self.drive(&row, printer, labels, by, at);
        }
        Ok(row)
    }

    /// Pauses a run. Of a run to files, `printed_to` is the last label of its portion that came out well, where
    /// printing stopped at one.
    ///
    /// # Errors
    /// [`PrintError`].
    pub async fn pause(
        &self,
        issue: &IssueRow,
        row: &PrintRunRow,
        printed_to: Option<u32>,
        (by, at): (Hand, ReceivedAt),
    ) -> Result<PrintRunRow, PrintError> {
        require(row, PrintState::Running)?;
        if row.order.printer.is_some() {
            return self.pause_sending(row).await;
        }
        let Some(last) = printed_to else {
            let change = PrintChange { halt: Some(PrintHalt::Asked), ..change(row, PrintState::Paused) };
            return taken(row.number, self.store.change_print_run(&change).await?);
        };
        let portion = Portion::of(issue, row).ok_or(PrintError::State { run: row.number, state: row.state })?;
        within(last, portion.from, portion.to)?;
        let print = printed(issue, row, last, (by, at));
        let change = PrintChange { halt: Some(PrintHalt::Stopped), next: last + 1, ..change(row, PrintState::Paused) };
        let change = PrintChange { print: Some(print), ..change };
        taken(row.number, self.store.change_print_run(&change).await?)
    }

    async fn pause_sending(&self, row: &PrintRunRow) -> Result<PrintRunRow, PrintError> {
        self.stop(row.number, PrintHalt::Asked).await;
        let now = self.store.print_run(row.number).await?.ok_or(PrintError::Stale(row.number))?;
        if now.version != row.version {
            // It stopped, or had come to its end before.
            return Ok(now);
        }
        // Nobody in this process drives it: another server does, which will notice, or none.
        let change = PrintChange { halt: Some(PrintHalt::Asked), ..change(&now, PrintState::Paused) };
        taken(row.number, self.store.change_print_run(&change).await?)
    }

    /// The portion that was handed out is printed; the next one comes, or the run is done.
    ///
    /// # Errors
    /// [`PrintError`].
    pub async fn finish(
        &self,
        issue: &IssueRow,
        row: &PrintRunRow,
        (by, at): (Hand, ReceivedAt),
    ) -> Result<PrintRunRow, PrintError> {
        let portion = Portion::of(issue, row);
        let wrong = PrintError::State { run: row.number, state: row.state };
        let change = match portion {
            // Everything was sent or said to be printed; somebody looked and found nothing missing.
            None if row.state.is_open() && !(row.order.printer.is_some() && row.state == PrintState::Running) => {
                change(row, PrintState::Done)
            }
            Some(portion) if row.order.printer.is_none() && row.state == PrintState::Running => {
                let print = Some(printed(issue, row, portion.to, (by, at)));
                let next = portion.to + 1;
                let after = Portion::of(issue, &PrintRunRow { next, ..row.clone() });
                let state = if after.is_some() { PrintState::Running } else { PrintState::Done };
                let next = if after.is_some() { next } else { row.order.to + 1 };
                PrintChange { next, print, ..change(row, state) }
            }
            _ => return Err(wrong),
        };
        taken(row.number, self.store.change_print_run(&change).await?)
    }

    /// Ends a run before its end. What was printed stays written down.
    ///
    /// # Errors
    /// [`PrintError`].
    pub async fn cancel(&self, row: &PrintRunRow) -> Result<PrintRunRow, PrintError> {
        if !row.state.is_open() {
            return Err(PrintError::State { run: row.number, state: row.state });
        }
        let row = match row.state {
            PrintState::Running if row.order.printer.is_some() => self.pause_sending(row).await?,
            _ => row.clone(),
        };
        require(&row, if row.order.printer.is_some() { PrintState::Paused } else { row.state })?;
        taken(row.number, self.store.change_print_run(&change(&row, PrintState::Cancelled)).await?)
    }

    /// Tells a run that this process drives to stop, and waits for it; there may be none.
    async fn stop(&self, number: u64, halt: PrintHalt) {
        let Some(stop) = self.driven().get(&number).map(|driven| driven.stop.clone()) else { return };
        stop.send_if_modified(|had| had.replace(halt).is_none());
        if tokio::time::timeout(Duration::from_secs(STOP_SECONDS_MAX), stop.closed()).await.is_err() {
            tracing::error!(run = number, "a print run does not stop");
        }
    }

    /// Sends labels to a printer from now on.
    fn drive(
        &self,
        row: &PrintRunRow,
        printer: Printer,
        (roll, runs): (Roll, driving::Runs),
        by: Hand,
        at: ReceivedAt,
    ) {
        let next = Arc::new(AtomicU32::new(row.next));
        let (stop, stopped) = watch::channel(None);
        let drive =
            Drive::new(Arc::clone(&self.store), row.clone(), printer, (roll, runs), (by, at), Arc::clone(&next));
        let number = row.number;
        self.driven().insert(number, Driven { next, stop: stop.clone() });
        let driven = Arc::clone(&self.driven);
        tokio::spawn(async move {
            drive.run(stopped.clone()).await;
            let mut all = driven.lock().unwrap_or_else(PoisonError::into_inner);
            // It may have been set going again already.
            if all.get(&number).is_some_and(|one| one.stop.same_channel(&stop)) {
                all.remove(&number);
            }
            drop(all);
            // Who waits for the end hears it now.
            drop(stopped);
        });
    }
}

/// A change that leaves everything as it is but how the run stands.
fn change(row: &PrintRunRow, state: PrintState) -> PrintChange {
    PrintChange {
        run: row.number,
        version: row.version,
        state,
        halt: None,
        next: row.next,
        reason: None,
        resumes: false,
        print: None,
    }
}

/// The stretch from the next label of a run to files to this one, as a person says that it was printed.
fn printed(issue: &IssueRow, row: &PrintRunRow, to: u32, (by, at): (Hand, ReceivedAt)) -> NewPrint {
    let order = &row.order;
    NewPrint {
        issue: order.issue,
        from: row.next,
        to,
        labels: portion::count(issue, row.next, to),
        at,
        way: PrintWay::Printed,
        format: order.format.clone(),
        template: Some(order.template.clone()),
        printer: None,
        run: Some(row.number),
        reason: order.reason,
        by,
    }
}

fn require(row: &PrintRunRow, state: PrintState) -> Result<(), PrintError> {
    if row.state == state { Ok(()) } else { Err(PrintError::State { run: row.number, state: row.state }) }
}

fn within(label: u32, from: u32, to: u32) -> Result<(), PrintError> {
    if (from..=to).contains(&label) { Ok(()) } else { Err(PrintError::Outside { label, from, to }) }
}

/// The run, or why there is none.
fn taken(run: u64, step: PrintStep) -> Result<PrintRunRow, PrintError> {
    match step {
        PrintStep::Taken(row) => Ok(row),
        PrintStep::Stale => Err(PrintError::Stale(run)),
        PrintStep::Overlaps(row) => Err(PrintError::Overlaps(Box::new(row))),
        PrintStep::PrinterTaken(row) => Err(PrintError::PrinterTaken(Box::new(row))),
        PrintStep::PrintedBefore(row) => Err(PrintError::PrintedBefore(Box::new(row))),
    }
}
