//! Print runs, and the ledger of what was printed or downloaded when and by whom: rows, and the part of the contract that
//! keeps them. What a format or a printer is, is not known here; they are texts.

use async_trait::async_trait;
use trace_core::code::IssueNumber;
use trace_core::id::PartyId;
use trace_core::tianma::{PrintHalt, PrintState, PrintWay, ReprintReason};
use trace_core::time::ReceivedAt;

use super::StoreError;

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hand {
    /// For which party.
    pub party: PartyId,
    /// The person's log-in; `None` for a program, and after the party's persons were erased.
    pub login: Option<String>,
    /// What the program's token is for; `None` for a person, and after an erasure.
    pub token: Option<String>,
}

/// What is to be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintOrder {
    /// Of which code issue.
    pub issue: IssueNumber,
    /// First label.
    pub from: u32,
    /// Last label.
    pub to: u32,
    /// In which format.
    pub format: String,
    /// After which template.
    pub template: String,
    /// Dots an inch.
    pub dpi: u32,
    /// Whether symbols are sent as pictures always.
    pub pictures: bool,
    /// To which printer; as files where there is none.
    pub printer: Option<String>,
    /// Labels in one file.
    pub portion: u32,
    /// Why labels are printed once more, as it was given last.
    pub reason: Option<ReprintReason>,
    /// When it was started.
    pub at: ReceivedAt,
    /// By whom.
    pub by: Hand,
}

/// A print run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintRunRow {
    /// Its number, from 1.
    pub number: u64,
    /// What is to be printed.
    pub order: PrintOrder,
    /// How it stands.
    pub state: PrintState,
    /// Why it is paused.
    pub halt: Option<PrintHalt>,
    /// The label that comes next; one past the last where all were printed.
    pub next: u32,
    /// How often somebody, or the end of its labels, changed how it stands. Progress alone does not count.
    pub version: u64,
}

/// A stretch of labels, to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPrint {
    /// Of which code issue.
    pub issue: IssueNumber,
    /// First label.
    pub from: u32,
    /// Last label.
    pub to: u32,
    /// How many there are; void ones between are none.
    pub labels: u32,
    /// When it began.
    pub at: ReceivedAt,
    /// What became of them.
    pub way: PrintWay,
    /// In which format.
    pub format: String,
    /// After which template, where labels were drawn.
    pub template: Option<String>,
    /// On which printer, if the service knows.
    pub printer: Option<String>,
    /// In which run, if in one.
    pub run: Option<u64>,
    /// Why once more, where it is.
    pub reason: Option<ReprintReason>,
    /// By whom.
    pub by: Hand,
}

/// A stretch in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintRow {
    /// Its number, from 1.
    pub number: u64,
    /// What was printed.
    pub print: NewPrint,
    /// Whether any of its labels was on paper before.
    pub reprint: bool,
}

/// A change of how a run stands, from the version that whoever makes it has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintChange {
    /// Which run.
    pub run: u64,
    /// In which version.
    pub version: u64,
    /// How it stands from now on.
    pub state: PrintState,
    /// Why it is paused.
    pub halt: Option<PrintHalt>,
    /// The label that comes next.
    pub next: u32,
    /// Why labels are printed once more, where they are.
    pub reason: Option<ReprintReason>,
    /// Whether it goes on after a pause: then it must be admitted as one that starts.
    pub resumes: bool,
    /// What was printed meanwhile.
    pub print: Option<NewPrint>,
}

/// What became of a start or a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrintStep {
    /// It is done.
    Taken(PrintRunRow),
    /// Somebody else changed the run before.
    Stale,
    /// Another open run has some of these labels before it.
    Overlaps(PrintRunRow),
    /// Another run is on that printer.
    PrinterTaken(PrintRunRow),
    /// Some of these labels are on paper, and nobody said why they are printed once more.
    PrintedBefore(PrintRow),
}

/// How far a run on a printer has come, told by the one who drives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sending {
    /// Which run.
    pub run: u64,
    /// The version in which it was set going.
    pub version: u64,
    /// Its stretch in the ledger; `None` where nothing was sent.
    pub print: Option<u64>,
    /// The first label that was not sent.
    pub next: u32,
    /// The last label that may have been sent.
    pub last: u32,
    /// How many these are.
    pub labels: u32,
}

/// The part of the contract for print runs and prints. Every change is one transaction, and they come one after another.
#[async_trait]
pub trait PrintStore: Send + Sync {
    /// Starts a run, if no other open run has its labels before it or is on its printer, and labels that are on paper
    /// have a reason.
    async fn start_print_run(&self, order: &PrintOrder) -> Result<PrintStep, StoreError>;

    /// Changes how a run stands if it is still in that version, and writes down what was printed meanwhile.
    async fn change_print_run(&self, change: &PrintChange) -> Result<PrintStep, StoreError>;

    /// A run.
    async fn print_run(&self, number: u64) -> Result<Option<PrintRunRow>, StoreError>;

    /// The runs of an issue, newest first.
    async fn print_runs(&self, issue: IssueNumber, limit: u32) -> Result<Vec<PrintRunRow>, StoreError>;

    /// Pauses every run that is on a printer, as nobody drives it any more; answers how many.
    async fn abandon_print_runs(&self) -> Result<usize, StoreError>;

    /// Writes down a stretch that belongs to no change of a run; answers its number.
    async fn put_print(&self, print: &NewPrint) -> Result<u64, StoreError>;

    /// Writes down a stretch before its first labels are sent, if the run still runs in that version.
    async fn begin_sending(&self, run: u64, version: u64, print: &NewPrint) -> Result<Option<u64>, StoreError>;

    /// Moves the end of a stretch before more labels are sent; `false` where the run was paused meanwhile.
    async fn go_on_sending(&self, at: &Sending) -> Result<bool, StoreError>;

    /// Sets the end of a stretch to what was sent, and how its run stands; `false` where somebody else had changed that.
    async fn end_sending(&self, at: &Sending, state: PrintState, halt: Option<PrintHalt>) -> Result<bool, StoreError>;

    /// Stretches of an issue, newest first; those before a number.
    async fn prints(&self, issue: IssueNumber, before: Option<u64>, limit: u32) -> Result<Vec<PrintRow>, StoreError>;
}
