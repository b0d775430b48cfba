//! `import`: records out of a file, all of them or none. What is wrong goes to standard error, the count to standard
//! output; the exit code is 0 only if nothing was refused.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use trace_core::id::PartyId;

use super::Place;
use crate::import::{Count, FILE_BYTES_MAX, Import, ImportError, Wrong, template};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum List {
    /// Harvests: household, plot, day, amount.
    Harvest,
}

#[derive(Debug, Args)]
pub(super) struct ImportFile {
    /// A list of harvests as CSV or XLSX (its first sheet), or JSON lines with a draft of the API on each; at most 500
    /// rows and 2,000,000 bytes.
    #[arg(required_unless_present = "template")]
    file: Option<PathBuf>,
    /// The party that submits the records.
    #[arg(long, required_unless_present = "template")]
    party: Option<PartyId>,
    /// The household of every row of a list; without it each row names its own.
    #[arg(long = "for", value_name = "HOUSEHOLD")]
    household: Option<PartyId>,
    /// Checks every row as the ledger would, and stores nothing.
    #[arg(long)]
    check: bool,
    /// Prints an empty list to fill in, and does nothing else.
    #[arg(long, value_name = "LIST", conflicts_with_all = ["file", "party", "household", "check"])]
    template: Option<List>,
    #[command(flatten)]
    place: Place,
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
pub(super) async fn import(command: ImportFile) -> anyhow::Result<()> {
    if let Some(List::Harvest) = command.template {
        print!("{}", template());
        return Ok(());
    }
    let (Some(path), Some(party)) = (command.file, command.party) else { bail!("a file and a party are needed") };
    let mut file = Vec::new();
    // One byte more tells that it is too large.
    let reading =
        std::fs::File::open(&path).and_then(|open| open.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut file));
    reading.with_context(|| format!("reading {}", path.display()))?;
    let ledger = command.place.open().await?.ledger.clone();
    if ledger.party(party).await?.is_none() {
        bail!("the ledger has no party {party}; register it first");
    }
    let import = Import { ledger: &ledger, submitter: party, household: command.household };
    let checked = import.check(&file).await?;
    for row in &checked.rows {
        for finding in &row.findings {
            tell(&Wrong {
                row: Some(row.number),
                column: Default::default(),
                zh: finding.zh.clone(),
                en: finding.en.clone(),
            });
        }
    }
    let count = checked.count();
    if command.check || count.refused > 0 {
        checked.wrong.iter().for_each(tell);
        println!("{}", summary(if command.check { "to store" } else { "stored" }, count));
        if count.refused > 0 {
            bail!("{} has wrong rows; nothing was stored", path.display());
        }
        return Ok(());
    }
    match import.store(checked).await {
        Ok(count) => println!("{}", summary("stored", count)),
        Err(ImportError::Wrong(wrong)) => {
            wrong.iter().for_each(tell);
            println!("{}", summary("stored", Count { stored: 0, refused: wrong.len(), ..count }));
            bail!("{} has wrong rows; nothing was stored", path.display());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

fn summary(stored: &str, count: Count) -> String {
    let Count { stored: number, repeated, refused } = count;
    format!("{number} {stored}, {repeated} stored before, {refused} refused")
}

#[expect(clippy::print_stderr, reason = "what is wrong goes beside the answer")]
fn tell(wrong: &Wrong) {
    eprintln!("{}\n  {}", wrong.zh(), wrong.en());
}
