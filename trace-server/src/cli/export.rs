//! `export`: what leaves the service, as rows or as pages for the time after it. Progress goes to standard error, what was written to
//! standard output.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use trace_core::id::PartyId;
use trace_core::record::Kind;

use super::Place;
use crate::export::{self, Exported, Progress, RowFormat, Told, Wanted};
use crate::ledger::Viewer;

#[derive(Debug, Subcommand)]
pub(super) enum Export {
    /// Writes a static copy that any web server can serve when the service has ended: the page and evidence of every sale
    /// batch, the log, and tables by which a browser finds the batch of a package code. Servers go on meanwhile.
    Pages(Pages),
    /// Writes the records of the log as rows, oldest first: their public part, or with a party those whose amounts it may
    /// see, with the amounts.
    Records(Records),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum As {
    /// For spreadsheet programs and databases.
    Csv,
    /// A JSON object on each line.
    Jsonl,
    /// A workbook.
    Xlsx,
}

#[derive(Debug, Args)]
pub(super) struct Records {
    /// The file to write; it must not exist.
    out: PathBuf,
    /// How rows are written.
    #[arg(long, value_name = "FORMAT")]
    format: As,
    /// Only what this party may see the amounts of, with the amounts.
    #[arg(long)]
    party: Option<PartyId>,
    /// Only what states this kind; a correction of a harvest states a harvest.
    #[arg(long)]
    kind: Option<Kind>,
    /// Only what happened on this day or later, as in 2026-11-20.
    #[arg(long, value_name = "DAY")]
    since: Option<jiff::civil::Date>,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(super) struct Pages {
    /// Folder for the copy. It must be empty, not exist, or hold a former copy, which is brought up to date.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn export(command: Export) -> anyhow::Result<()> {
    match command {
        Export::Pages(command) => pages(command).await,
        Export::Records(command) => records(command).await,
    }
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
async fn records(Records { out, format, party, kind, since, place }: Records) -> anyhow::Result<()> {
    let ledger = place.open().await?.ledger.clone();
    let viewer = match party {
        None => None,
        Some(id) => match ledger.party(id).await? {
            Some(row) => Some(Viewer { party: id, role: row.role }),
            None => bail!("the ledger has no party {id}"),
        },
    };
    let format = match format {
        As::Csv => RowFormat::Csv,
        As::Jsonl => RowFormat::JsonLines,
        As::Xlsx => RowFormat::Xlsx,
    };
    let count = export::records(&ledger, &Wanted { viewer, kind, since }, format, &out).await?;
    println!("{} is written: {count} records", out.display());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
async fn pages(Pages { out, place }: Pages) -> anyhow::Result<()> {
    let state = place.open().await?;
    let address = state.config.public_url();
    let written = export::pages(&state, &out, &narrator()).await?;
    if std::io::stderr().is_terminal() {
        drop(write!(std::io::stderr(), "\r\x1b[K"));
    }
    let Exported { batches, without_evidence, codes, size, root, updated } = written;
    println!("{} {}", out.display(), if updated { "is brought up to date" } else { "is written" });
    println!("  sale batches   {batches}");
    println!("  package codes  {codes}");
    println!("  entries        {size}");
    println!("  root           {root}");
    for batch in without_evidence {
        println!("  {batch} has too many records for an evidence file; it is checked with the whole log");
    }
    println!("Serve it as {address}, the address on the packages; docs/OPERATIONS.md says how.");
    Ok(())
}

/// Between two lines on a terminal at least, and elsewhere.
const PAUSE: Duration = Duration::from_millis(200);
const PAUSE_ELSEWHERE: Duration = Duration::from_secs(10);

/// One line that is written over on a terminal, one line now and then elsewhere.
fn narrator() -> Told {
    let terminal = std::io::stderr().is_terminal();
    let last = Mutex::new(None::<Instant>);
    let pause = if terminal { PAUSE } else { PAUSE_ELSEWHERE };
    Arc::new(move |progress| {
        // Held for the writing of one line.
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|last| last.elapsed() < pause) {
            return;
        }
        *last = Some(Instant::now());
        let line = match progress {
            Progress::Codes(count) => format!("{count} package codes"),
            Progress::Batches(count) => format!("pages of {count} sale batches"),
            Progress::Log(count) => format!("{count} files of the log"),
        };
        // A terminal that is gone stops no copy.
        drop(if terminal {
            write!(std::io::stderr(), "\r\x1b[K{line}")
        } else {
            writeln!(std::io::stderr(), "{line}")
        });
    })
}
