//! The audit of a log over HTTP: entries, tiles and checkpoint as anybody can fetch them, and with an auditor's token
//! the amounts too.

use std::hash::RandomState;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde::Deserialize;
use tokio::sync::mpsc;
use trace_core::audit::Fault;
use trace_core::log::{Checkpoint, Note, TilePath, bundles_of, decode_bundle, tiles_of};

use super::coverage::{CHECKPOINTS, LOG_HASHES, NotCovered};
use super::log_tables::unsigned;
use super::page::{Expects, Leaf, Page};
use super::report::{Report, check_state};
use super::walk::{PAGES_UNDER_WAY, Walked, Wanted, walk};
use super::{AuditError, Options, Told};
use crate::outgoing::Outgoing;
use crate::store::snapshot::{Cell, Cells};

/// An answer that takes longer is none.
const ANSWER_TIME_MAX: Duration = Duration::from_mins(1);

/// Requests at once.
const REQUESTS_AT_ONCE: usize = 8;

/// A bundle holds 256 entries of up to 65,535 bytes.
const ANSWER_BYTES_MAX: u64 = 256 * 65_537;

/// Where a log is served, and as whom it is asked.
#[derive(Clone)]
pub struct Served {
    outgoing: Outgoing,
    base: String,
    token: Option<String>,
}

/// A row of `/api/v1/openings`.
#[derive(Deserialize)]
struct Opened {
    index: u64,
    record: String,
    salt: String,
    value: serde_json::Value,
}

#[derive(Deserialize)]
struct Openings {
    openings: Vec<Opened>,
}

impl Served {
    /// A log under this address, `https://HOST`. With a token its amounts are asked for, too.
    ///
    /// # Errors
    /// [`AuditError::Served`] for an address that is none.
    pub fn at(address: &str, token: Option<String>) -> Result<Self, AuditError> {
        let base = address.trim_end_matches('/').to_owned();
        let wrong = |problem: String| AuditError::Served { address: base.clone(), problem };
        if !base.starts_with("https://") && !base.starts_with("http://") {
            return Err(wrong("the log's address is https://HOST".to_owned()));
        }
        let outgoing = Outgoing::new(ANSWER_TIME_MAX, ANSWER_BYTES_MAX);
        Ok(Self { outgoing, base, token })
    }

    async fn get(&self, path: &str, token: Option<&str>) -> Result<Vec<u8>, AuditError> {
        let address = format!("{}/{path}", self.base);
        let wrong = |problem: String| AuditError::Served { address: address.clone(), problem };
        let reply = self.outgoing.get(&address, token).await.map_err(|error| wrong(error.to_string()))?;
        if reply.status != 200 {
            let said: String = String::from_utf8_lossy(&reply.body).chars().take(200).collect();
            return Err(wrong(format!("the answer is {}: {said}", reply.status)));
        }
        Ok(reply.body)
    }

    /// The entries of a bundle with the leaf hashes that the tile beside it claims.
    async fn page(&self, path: TilePath) -> Result<Page, AuditError> {
        let wrong = |path: TilePath, problem: String| AuditError::Served {
            address: format!("{}/log/{path}", self.base),
            problem,
        };
        let bytes = self.get(&format!("log/{path}"), None).await?;
        let entries = decode_bundle(&bytes, path.width()).map_err(|error| wrong(path, error.to_string()))?;
        let tile = TilePath::hashes(0, path.index(), path.width()).map_err(|error| wrong(path, error.to_string()))?;
        let hashes = self.get(&format!("log/{tile}"), None).await?;
        if hashes.len() != entries.len() * 32 {
            return Err(wrong(tile, format!("the tile has {} bytes, and must have 32 for each entry", hashes.len())));
        }
        let first = path.index() * 256;
        let mut openings = self.openings(first, first + entries.len() as u64).await?;
        let leaf = |(index, (bytes, hash)): (u64, (&&[u8], &[u8]))| Leaf {
            index,
            bytes: bytes.to_vec(),
            record: None,
            leaf_hash: Some(Cell::Blob(hash.to_vec())),
            received_at: None,
            openings: openings.extract_if(.., |(at, _)| *at == index).map(|(_, cells)| cells).collect(),
            sealed: Vec::new(),
            findings: Vec::new(),
        };
        let leaves = (first..).zip(entries.iter().zip(hashes.chunks_exact(32))).map(leaf).collect();
        Ok(Page { leaves, faults: Vec::new() })
    }

    /// The opened amounts of these entries, as rows of the table `openings`, each with the index of its entry.
    async fn openings(&self, from: u64, to: u64) -> Result<Vec<(u64, Cells)>, AuditError> {
        let Some(token) = &self.token else { return Ok(Vec::new()) };
        let path = format!("api/v1/openings?from={from}&to={to}");
        let bytes = self.get(&path, Some(token)).await?;
        let wrong = |problem: String| AuditError::Served { address: format!("{}/{path}", self.base), problem };
        let read: Openings = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        let rows = read.openings.into_iter().map(|row| {
            let salt: trace_core::record::sealed::Salt = row.salt.parse().map_err(|error| wrong(format!("{error}")))?;
            let salt = Cell::Blob(salt.as_bytes().to_vec());
            let value = Cell::Text(row.value.to_string());
            Ok((row.index, vec![Cell::Text(row.record), Cell::Text("amounts".to_owned()), salt, value]))
        });
        rows.collect()
    }
}

/// Audits a log by its published checkpoint. The first of the options' log keys names the log.
///
/// # Errors
/// [`AuditError`] if the log does not answer as one; what is wrong in it is in the report.
pub async fn audit_served(served: &Served, options: &Options, told: Told) -> Result<Report, AuditError> {
    let bytes = served.get("log/checkpoint", None).await?;
    let wrong = |problem: String| AuditError::Served { address: format!("{}/log/checkpoint", served.base), problem };
    let note = Note::parse(&bytes).map_err(|error| wrong(error.to_string()))?;
    let checkpoint: Checkpoint = note.text().parse().map_err(|error| wrong(format!("{error}")))?;
    let origin = options.log_keys.first().map(|key| key.name().to_owned());
    let origin = origin.ok_or_else(|| wrong("a log that is served is audited by its verifier key".to_owned()))?;
    let size = checkpoint.size();
    let wanted = Wanted {
        expects: Expects { amounts: served.token.is_some(), rows: false },
        sizes: options.state.iter().map(Checkpoint::size).chain([size]).collect(),
        entries: size,
        hasher: RandomState::new(),
        keys: None,
    };
    let (send, pages) = mpsc::channel(PAGES_UNDER_WAY);
    let reading = tokio::spawn(read_log(served.clone(), size, send));
    let walked = walk(pages, wanted, told).await;
    reading.await.map_err(AuditError::stopped)??;
    let mut walked = walked?;
    check_checkpoint(&note, &checkpoint, &origin, options, &mut walked);
    check_tiles(served, size, &mut walked).await?;
    check_state(options, &mut walked);
    let why = "a log that is served shows no database; audit one, or a backup of it";
    let not_covered = vec![NotCovered { what: "projections, findings' words, requests and files".to_owned(), why }];
    Ok(Report::of(served.base.clone(), walked, not_covered))
}

async fn read_log(served: Served, size: u64, pages: mpsc::Sender<Page>) -> Result<(), AuditError> {
    let paths: Vec<TilePath> = bundles_of(size).collect();
    let mut answers = futures_util::stream::iter(paths)
        .map(|path| {
            let served = served.clone();
            async move { served.page(path).await }
        })
        .buffered(REQUESTS_AT_ONCE);
    while let Some(page) = answers.next().await {
        if pages.send(page?).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn check_checkpoint(note: &Note, checkpoint: &Checkpoint, origin: &str, options: &Options, walked: &mut Walked) {
    let key = checkpoint.size().to_string();
    let mut fault = |problem: String| walked.faults.push(Fault::new(CHECKPOINTS.name, &*key, "note", problem));
    if let Some(problem) = unsigned(note, origin, options) {
        fault(problem);
    }
    let founded = walked.chain.origin().map(ToString::to_string);
    if let Some(founded) = founded.filter(|founded| founded != origin) {
        fault(format!("the key is of the log {origin}; the founding entry names {founded}"));
    }
    let root = walked.chain.tree().root();
    if root != checkpoint.root() {
        fault(format!("found the root {}; the entries have the root {root}", checkpoint.root()));
    }
}

/// The tiles above the leaves, which were compared with the entries as they came.
async fn check_tiles(served: &Served, size: u64, walked: &mut Walked) -> Result<(), AuditError> {
    for path in tiles_of(size).filter(|path| path.level().is_some_and(|level| level > 0)) {
        let bytes = served.get(&format!("log/{path}"), None).await?;
        let (Some(level), Some(places)) = (path.level(), path.places()) else { continue };
        let mut fault =
            |problem: String| walked.faults.push(Fault::new(LOG_HASHES.name, path.to_string(), "hash", problem));
        if bytes.len() != usize::from(path.width()) * 32 {
            fault(format!("found {} bytes; a tile of width {} has 32 for each hash", bytes.len(), path.width()));
            continue;
        }
        for (index, found) in places.zip(bytes.chunks_exact(32)) {
            if let Some(root) = walked.tile_roots.get(&(level, index)).filter(|root| root.as_bytes() != found) {
                fault(format!("hash {index} is {}; the entries give {}", hex::encode(found), root.to_hex()));
            }
        }
    }
    Ok(())
}
