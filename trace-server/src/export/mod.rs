//! What leaves the service. `export records` writes rows ([`records`]); `export pages` a static copy of what consumers
//! and checkers read, for the time after the service. Any web server that
//! knows no more than files can serve it, and packages that were printed before still open.
//!
//! It owns which files there are, in which order, and the tables by which a browser finds the batch of a package code.
//! What pages say is [`crate::http::pages::still`]'s. It changes nothing in the ledger, and holds one batch, one file of
//! the log or one part of the tables in memory at a time.

mod batches;
mod codes;
mod folder;
mod log;
mod records;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

pub use codes::CODES_PREFIX;
pub use folder::FolderError;
pub use records::{RecordsError, RowFormat, Wanted, records};

use self::folder::{Folder, Stamp};
use crate::app::AppState;
use crate::http::pages::language::Lang;
use crate::http::pages::still::{RenderError, StillPages};
use crate::log::Published;
use crate::log::evidence::GatherError;
use crate::store::StoreError;
use trace_core::log::Checkpoint;

/// How long to wait for a running server that signs the newest entries; it does so within a second.
const SIGNED_WITHIN: Duration = Duration::from_secs(30);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(200);

/// How far the copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Package codes that stand in the tables.
    Codes(u64),
    /// Batches whose pages are written.
    Batches(u64),
    /// Files of the log.
    Log(u64),
}

/// Is told how far the copy is.
pub type Told = Arc<dyn Fn(Progress) + Send + Sync>;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Sale batches.
    pub batches: u64,
    /// Those whose evidence is too long for one file; they are checked with the whole log.
    pub without_evidence: Vec<String>,
    /// Package codes.
    pub codes: u64,
    /// Entries of the log.
    pub size: u64,
    /// The root of the log's tree, in base64.
    pub root: String,
    /// Whether a former copy was brought up to date.
    pub updated: bool,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A page cannot be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// An evidence file cannot be gathered.
    #[error("the evidence of batch {batch}: {source}")]
    Evidence {
        /// The batch.
        batch: String,
        /// Why.
        source: GatherError,
    },
    /// There is nothing to copy.
    #[error("no ledger is founded in this database; --database-url names the one to copy")]
    NotFounded,
    /// Some entries are under no signed checkpoint.
    #[error(
        "{size} of {entries} entries are under a published checkpoint; start the server once, so that it signs the rest, \
         and look at its /readyz if it does not"
    )]
    NotSigned {
        /// Entries in the database.
        entries: u64,
        /// Entries that are signed.
        size: u64,
    },
    /// The key of a code issue is not there.
    #[error("code issue {issue} was made with code key v{version}, which cannot make its codes: {problem}")]
    Code {
        /// The issue.
        issue: u32,
        /// The key's version.
        version: u8,
        /// Why.
        problem: String,
    },
    /// More batches than the tables can name.
    #[error("{0} batches have package codes; the tables of a copy name at most {max}", max = codes::BATCHES_MAX)]
    TooManyBatches(u64),
    /// The thread that writes the tables ended.
    #[error("the tables of package codes were given up: {0}")]
    Stopped(String),
}

/// Writes the copy into a folder that is empty or holds a former copy of the same log.
///
/// Servers may run meanwhile; every page is at least as new as the start. Pages come before the log, so that whoever
/// fetches a copy that is being written finds no page that its log does not cover.
///
/// # Errors
/// [`ExportError`]. A copy that was given up says so in its stamp and is taken up by the next one.
pub async fn pages(state: &AppState, out: &Path, told: &Told) -> Result<Exported, ExportError> {
    if state.ledger.store().head().await?.frontier.size() == 0 {
        return Err(ExportError::NotFounded);
    }
    let published = signed(state).await?;
    let zone = batches::zone(state).await?;
    let now = state.ledger.now();
    let checkpoint = checkpoint(&published)?;
    let mut stamp = Stamp::new(checkpoint.origin(), now);
    let (folder, updated) = Folder::open(out, &stamp)?;
    let still = StillPages::new(state, zone.date_at(now));
    for (place, bytes) in StillPages::files() {
        folder.write(&place, bytes)?;
    }
    let codes = codes::write(state, &folder, told).await?;
    let written = batches::write(state, &folder, &still, told).await?;
    // What was signed meanwhile, so that the log covers every page.
    let published = signed(state).await?;
    log::write(state, &folder, &published, told).await?;
    for lang in [Lang::Zh, Lang::En] {
        let file = if lang == Lang::Zh { "index.html" } else { "en.html" };
        folder.write(&format!("log/{file}"), still.log(lang)?.as_bytes())?;
    }
    let finder = still.finder()?;
    for place in ["index.html", "t/index.html", "404.html"] {
        folder.write(place, finder.as_bytes())?;
    }
    for (place, text) in [("_redirects", REDIRECTS), ("_headers", HEADERS), ("nginx.conf.txt", NGINX)] {
        folder.write(place, text.as_bytes())?;
    }
    let checkpoint = self::checkpoint(&published)?;
    stamp.finish(checkpoint.size(), checkpoint.root().to_string());
    folder.stamp(&stamp)?;
    Ok(Exported {
        batches: written.batches,
        without_evidence: written.without_evidence,
        codes,
        size: checkpoint.size(),
        root: checkpoint.root().to_string(),
        updated,
    })
}

/// For hosts that read `_redirects`: the page of its batch under the address of a package, without a detour.
const REDIRECTS: &str = include_str!("redirects.txt");
/// For hosts that read `_headers`.
const HEADERS: &str = include_str!("headers.txt");
/// For nginx; it has an ending by which no server takes it for its own.
const NGINX: &str = include_str!("nginx.txt");

/// The published checkpoint, as soon as it covers all that stands in the database now.
async fn signed(state: &AppState) -> Result<Arc<Published>, ExportError> {
    let entries = state.ledger.store().head().await?.frontier.size();
    let began = Instant::now();
    loop {
        // Signs what a server that was stopped left unsigned, and else takes note of what the running one published.
        if let Err(error) = state.log.sign().await {
            tracing::warn!(%error, "this command could not sign the log");
        }
        let published = state.log.published();
        match published {
            Some(published) if published.size >= entries => return Ok(published),
            other if began.elapsed() > SIGNED_WITHIN => {
                return Err(ExportError::NotSigned { entries, size: other.map_or(0, |published| published.size) });
            }
            _ => sleep(LOOK).await,
        }
    }
}

fn checkpoint(published: &Published) -> Result<Checkpoint, StoreError> {
    published.note.text().parse().map_err(|error: trace_core::log::CheckpointError| StoreError::Corrupt {
        table: "checkpoints",
        key: published.size.to_string(),
        problem: error.to_string(),
    })
}
