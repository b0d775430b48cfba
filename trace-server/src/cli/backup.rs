//! `backup` and `restore`: whole, verified copies. Progress goes to standard error, what was done to standard output.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;

use super::Place;
use crate::backup::{self, Copied, Progress, Told};
use crate::config::Config;
use crate::http::session::TELEPHONE_KEY_FILE;
use crate::ledger::system_time;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write, such as /srv/backup/trace-2026-11-24.db; it must not exist. Servers go on meanwhile.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// A file that `trace-server backup` made, of either engine.
    file: PathBuf,
    /// The settings name the database to fill, --database-url above all. It must be empty; SQLite's is made.
    #[command(flatten)]
    place: Place,
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
pub(super) async fn backup(command: Backup) -> anyhow::Result<()> {
    let config = command.place.config()?;
    let copied = backup::write(&config.database_url, &command.file, system_time(), &narrator()).await?;
    println!("{} is written and verified", command.file.display());
    print(&copied, &config);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
pub(super) async fn restore(command: Restore) -> anyhow::Result<()> {
    let config = command.place.config()?;
    let folder = &config.data_dir;
    std::fs::create_dir_all(folder).with_context(|| format!("the data folder {}", folder.display()))?;
    let copied = backup::restore(&command.file, &config.database_url, &narrator()).await?;
    println!("{} is restored and verified", command.file.display());
    print(&copied, &config);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command answers on standard output")]
fn print(copied: &Copied, config: &Config) {
    println!("  taken from  {} at {}, schema {}", copied.head.engine, copied.head.made_at, copied.head.schema);
    println!("  entries     {}", copied.size);
    println!("  root        {}", copied.root.to_base64());
    println!("NOT in it, and needed to go on. Back up apart, to another place:");
    for (what, path, loss) in apart(copied, config) {
        println!("  {what}: {path}\n      without it {loss}");
    }
}

/// What lies outside the database, where, and what its loss means.
fn apart(copied: &Copied, config: &Config) -> Vec<(String, String, &'static str)> {
    let keys: Vec<String> = copied.code_keys.iter().map(|(version, check)| format!("v{version} ({check})")).collect();
    let keys = if keys.is_empty() { "no code was issued yet".to_owned() } else { keys.join(", ") };
    let in_data = |name: &str| config.data_dir.join(name).display().to_string();
    vec![
        (
            format!("code key file, keys {keys}"),
            config.code_key_file.display().to_string(),
            "every printed package is dead",
        ),
        (
            "telephone key file".to_owned(),
            in_data(TELEPHONE_KEY_FILE),
            "nobody signs in by telephone number until it is entered again",
        ),
        (
            "log signing key".to_owned(),
            config.log_key_file.display().to_string(),
            "the log goes on only under a new key, which everybody who checks it must be told",
        ),
        (
            "newest checkpoint".to_owned(),
            config.checkpoint_file.display().to_string(),
            "nothing is signed until it is put back; never put back an older one than there is",
        ),
        (
            "key store of personal data".to_owned(),
            "with backups of its own, kept 30 days, so that what was erased stays erased".to_owned(),
            "names, telephones and exact places in the backup cannot be read again by anybody",
        ),
    ]
}

/// Words between two of which at least this much time passes.
const PAUSE: Duration = Duration::from_millis(200);

/// Tells people how far it is: one line that is written over on a terminal, one line a step elsewhere.
fn narrator() -> Told {
    let terminal = std::io::stderr().is_terminal();
    let state = Mutex::new((String::new(), 0_u64, None::<Instant>));
    Arc::new(move |progress| {
        // Held for the writing of one line.
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let (step, count) = match progress {
            Progress::Pages { of: 0, .. } => ("checking the pages".to_owned(), String::new()),
            Progress::Pages { done, of } => ("copying the pages".to_owned(), format!("{done} of {of}")),
            Progress::Rows { table, rows } => {
                state.1 = if state.0.ends_with(&format!(" {table}")) { state.1 + rows } else { rows };
                (format!("copying {table}"), format!("{} rows", state.1))
            }
            Progress::Reading => ("comparing all rows".to_owned(), String::new()),
            Progress::Entries { done, of } => ("verifying the log".to_owned(), format!("{done} of {of} entries")),
            Progress::Replaying => ("comparing with a rebuild from the log".to_owned(), String::new()),
        };
        let new = state.0 != step;
        let mut err = std::io::stderr().lock();
        // A terminal that is gone shall not stop a backup.
        if terminal && (new || state.2.is_none_or(|last| last.elapsed() >= PAUSE)) {
            let _ = write!(err, "{}\r\x1b[K{step} {count}", if new && !state.0.is_empty() { "\n" } else { "" });
            let _ = err.flush();
            state.2 = Some(Instant::now());
        } else if !terminal && new {
            let _ = writeln!(err, "{step}");
        }
        state.0 = step;
    })
}
