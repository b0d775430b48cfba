//! `audit`: where the log is, by which keys it is believed, and how the result is told.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, bail};
use clap::Args;
use trace_core::log::VerifierKey;

use super::Place;
use crate::audit::{Options, Phase, Progress, Report, SealKeys, Served, StateFile, Told, audit_database, audit_served};
use crate::keystore::{self, KeyStoreError};
use crate::log::LogKeys;
use crate::store::snapshot::snapshot;

/// The exit code is 0 only if everything that was checked holds.
#[derive(Debug, Args)]
pub(super) struct Audit {
    /// Audits a log that is served under this address, such as `https://t.example.cn`, in place of a database. Needs
    /// --key.
    #[arg(long, value_name = "URL", requires = "key")]
    log: Option<String>,
    /// Verifier key of the log, as `NAME+ID+KEY`; again for each one while keys change. A database is audited by the
    /// keys in its key file, where that is at hand and no key is given.
    #[arg(long, value_name = "VKEY")]
    key: Vec<VerifierKey>,
    /// Verifier key of a witness; a wrong cosignature by it is a fault. A database is audited by the witnesses of its
    /// configuration if none is given.
    #[arg(long, value_name = "VKEY")]
    witness_key: Vec<VerifierKey>,
    /// Token of the office, for amounts and balances of a log that is served. Better given as TRACE_TOKEN than where
    /// others may see the command line.
    #[arg(long, env = "TRACE_TOKEN", hide_env_values = true, requires = "log")]
    token: Option<String>,
    /// File of the last audited checkpoint: the log must begin with it, and it is written anew if all holds. Keep it
    /// where the log's operator cannot change it.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Checks the log alone: entries, hashes, edges, tree, checkpoints. It takes a fraction of the time and opens no
    /// amounts.
    #[arg(long, conflicts_with = "log")]
    log_only: bool,
    /// Tells the result as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl Audit {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let state = self.state.as_deref().map(StateFile::at);
        let known = state.as_ref().map(StateFile::read).transpose()?.flatten();
        let mut options = Options {
            log_keys: self.key,
            witnesses: self.witness_key,
            log_only: self.log_only,
            keys: None,
            state: known,
        };
        let bar = Bar::new();
        let report = if let Some(address) = self.log {
            audit_served(&Served::at(&address, self.token)?, &options, bar.told()).await?
        } else {
            let config = self.place.config()?;
            if options.log_keys.is_empty()
                && let Some(keys) = LogKeys::read(&config.log_key_file)?
            {
                options.log_keys = keys.verifiers().cloned().collect();
            }
            if options.witnesses.is_empty() {
                options.witnesses = config.witnesses.list.iter().map(|witness| witness.key().clone()).collect();
            }
            options.keys = seal_keys(&config.key_store).await.context("reading the key store")?.map(Arc::new);
            let database = snapshot(&config.database_url).await.context("opening the database")?;
            audit_database(database, &options, bar.told()).await?
        };
        bar.end();
        tell(&report, self.json)?;
        if !report.ok {
            bail!("{} faults were found", report.faults_count);
        }
        if let Some(state) = state.filter(|_| report.size > 0) {
            state.write(&report.checkpoint()?)?;
        }
        Ok(())
    }
}

/// The keys of what tells of persons; none where the key store is a file that is not here.
async fn seal_keys(address: &str) -> Result<Option<SealKeys>, KeyStoreError> {
    if address.strip_prefix("sqlite:").is_some_and(|path| !Path::new(path).exists()) {
        return Ok(None);
    }
    let store = keystore::open(address, false).await?;
    SealKeys::of(&*store).await.map(Some)
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
fn tell(report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}

/// A line on standard error that says how far the audit is; none where nobody looks at it.
struct Bar {
    shown: Option<Arc<Mutex<String>>>,
}

/// Width of the bar in characters.
const WIDTH: u64 = 30;

impl Bar {
    fn new() -> Self {
        Self { shown: std::io::stderr().is_terminal().then(Arc::default) }
    }

    fn told(&self) -> Told {
        let Some(shown) = self.shown.clone() else { return Arc::new(|_| ()) };
        Arc::new(move |progress| {
            let line = line(progress);
            let mut shown = shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if *shown != line {
                // A bar that cannot be drawn stops no audit.
                drop(write!(std::io::stderr(), "\r\x1b[K{line}"));
                *shown = line;
            }
        })
    }

    fn end(&self) {
        if self.shown.is_some() {
            drop(write!(std::io::stderr(), "\r\x1b[K"));
        }
    }
}

fn line(progress: Progress) -> String {
    let Progress { phase, done, of } = progress;
    let what = match phase {
        Phase::Log => "entries",
        Phase::Rows(table) => table,
    };
    if of == 0 {
        return format!("{what}: {done}");
    }
    let full = (done * WIDTH / of).min(WIDTH);
    let bar: String = (0..WIDTH).map(|at| if at < full { '#' } else { '.' }).collect();
    format!("[{bar}] {:3} %  {what}: {done} of {of}", (done * 100 / of).min(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills() {
        let at = |done, of| line(Progress { phase: Phase::Log, done, of });
        assert_eq!(at(0, 10), format!("[{}]   0 %  entries: 0 of 10", ".".repeat(30)));
        assert_eq!(at(5, 10), format!("[{}{}]  50 %  entries: 5 of 10", "#".repeat(15), ".".repeat(15)));
        assert_eq!(at(12, 10), format!("[{}] 100 %  entries: 12 of 10", "#".repeat(30)));
        assert_eq!(line(Progress { phase: Phase::Rows("edges"), done: 7, of: 0 }), "edges: 7");
    }
}
