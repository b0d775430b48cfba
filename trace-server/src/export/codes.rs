//! The tables by which a browser finds the batch of a package code, without the key that made it. docs/FORMATS.md,
//! "Static copy", has their format.
//!
//! They tell nobody which codes there are, nor how many a batch has: an entry is a hash of the code, and what it says is
//! masked by another part of that hash, so that only who has a code reads its entry. Fillers hide the number of all codes
//! but for its size. Entries go through files by their first byte, so that ten million take no more memory than ten.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use trace_core::code::{CodeIndex, IssueNumber, KeyRing, PackageCode};
use trace_core::id::BatchCode;
use trace_core::state::{BatchRow, IssueRow, Key, Row};

use super::folder::{Folder, FolderError};
use super::{ExportError, Progress, Told};
use crate::app::AppState;
use crate::scan::{Package, Verdict};
use crate::store::{Store, StoreError};

/// What a code is hashed with.
pub const CODES_PREFIX: &[u8] = b"tianma-trace/static-code/1\n";

/// What the key file is hashed with, so that fillers are the same in every copy and nobody else can make them.
const FILLER_PREFIX: &[u8] = b"tianma-trace/static-code-filler/1\n";

/// Bytes of an entry: six of the hash and three that say batch and state.
const ENTRY_BYTES: usize = 9;

/// The same with the four bytes before them, by which they are sorted into files.
const SORTED_BYTES: usize = 4 + ENTRY_BYTES;

/// Batches that three bytes can name beside the state.
pub const BATCHES_MAX: u32 = 1 << 21;

/// Batches in one file of their names: 4 KB.
const BATCHES_PER_FILE: usize = 256;

/// Entries of a file of the tables, at most on average: 36 KB, which a telephone fetches in a moment.
const SHARD_ENTRIES: u64 = 4096;

/// Issues that are read at once.
const ISSUES_TOGETHER: u32 = 256;

/// How often it tells, in codes.
const TOLD_EACH: u64 = 10_000;

/// Where the tables are made.
const NEW: &str = "codes.new";

/// Writes the tables, and gives how many codes are in them.
pub(super) async fn write(state: &AppState, folder: &Folder, told: &Told) -> Result<u64, ExportError> {
    folder.clear(NEW)?;
    let mut tables = Tables::begin(folder, Arc::clone(&state.keys))?;
    let store = &**state.ledger.store();
    let mut from = 0;
    loop {
        let issues = issues(store, from).await?;
        if issues.is_empty() {
            break;
        }
        for (issue, batch) in issues {
            let told = Arc::clone(told);
            // Thousands of encipherments; pages of a server in the same process go on.
            let added = tokio::task::spawn_blocking(move || tables.add(&issue, &batch, &told).map(|()| tables)).await;
            tables = added.map_err(|error| ExportError::Stopped(error.to_string()))??;
        }
        from += ISSUES_TOGETHER;
    }
    let ended = tokio::task::spawn_blocking(move || tables.end()).await;
    let (codes, files) = ended.map_err(|error| ExportError::Stopped(error.to_string()))??;
    for name in files {
        fs::remove_file(&name).map_err(|source| FolderError::File { path: name, source })?;
    }
    folder.replace("codes", NEW)?;
    Ok(codes)
}

/// Issues by their numbers, which count up, each with its batch.
async fn issues(store: &dyn Store, from: u32) -> Result<Vec<(IssueRow, BatchRow)>, StoreError> {
    let numbers = (from..from + ISSUES_TOGETHER).filter_map(|number| IssueNumber::new(number).ok());
    let mut found = Vec::new();
    for row in store.load(&numbers.map(Key::Issue).collect()).await?.0 {
        if let Row::Issue(row) = row {
            found.push(row);
        }
    }
    let keys = found.iter().map(|issue| Key::Batch(issue.batch)).collect();
    let mut batches = HashMap::new();
    for row in store.load(&keys).await?.0 {
        if let Row::Batch(row) = row {
            batches.insert(row.code, row);
        }
    }
    let with_batch = |issue: IssueRow| {
        let batch = batches.get(&issue.batch).cloned().ok_or_else(|| StoreError::Corrupt {
            table: "batches",
            key: issue.batch.to_string(),
            problem: format!("missing, but code issue {} names it", issue.number),
        })?;
        Ok((issue, batch))
    };
    found.into_iter().map(with_batch).collect()
}

/// Tables in the making.
struct Tables {
    keys: Arc<KeyRing>,
    folder: PathBuf,
    /// By the first byte of their hashes.
    parts: Vec<BufWriter<File>>,
    places: HashMap<BatchCode, u32>,
    /// Names of the batches of the file that is not full yet.
    names: String,
    codes: u64,
}

impl Tables {
    fn begin(folder: &Folder, keys: Arc<KeyRing>) -> Result<Self, FolderError> {
        let path = folder.at(NEW);
        fs::create_dir_all(path.join("batches")).map_err(|source| folder.failed(NEW, source))?;
        let mut parts = Vec::with_capacity(256);
        for byte in 0..=u8::MAX {
            let name = part(&path, byte);
            let file = File::create(&name).map_err(|source| FolderError::File { path: name, source })?;
            parts.push(BufWriter::new(file));
        }
        Ok(Self { keys, folder: path, parts, places: HashMap::new(), names: String::new(), codes: 0 })
    }

    fn failed(&self, source: std::io::Error) -> FolderError {
        FolderError::File { path: self.folder.clone(), source }
    }

    /// All codes of an issue, each with its state.
    fn add(&mut self, issue: &IssueRow, batch: &BatchRow, told: &Told) -> Result<(), ExportError> {
        let place = self.place(issue.batch)?;
        let edges = edges(issue);
        for pair in edges.windows(2) {
            let standing = Package {
                code: self.encode(issue, pair[0])?,
                issue: issue.clone(),
                index: index(pair[0], issue)?,
                batch: batch.clone(),
            };
            let says = place << 3 | state(&standing.standing());
            for number in pair[0]..pair[1] {
                let digest = hash(&self.encode(issue, number)?);
                self.put(&digest, says).map_err(|source| self.failed(source))?;
                self.codes += 1;
                if self.codes.is_multiple_of(TOLD_EACH) {
                    told(Progress::Codes(self.codes));
                }
            }
        }
        Ok(())
    }

    fn encode(&self, issue: &IssueRow, number: u32) -> Result<PackageCode, ExportError> {
        let made = self.keys.encode(issue.key_version, issue.number, index(number, issue)?);
        made.map_err(|error| no_code(issue, &error))
    }

    /// The place of a batch among those with codes; a new one is written down.
    fn place(&mut self, batch: BatchCode) -> Result<u32, ExportError> {
        if let Some(place) = self.places.get(&batch) {
            return Ok(*place);
        }
        let count = self.places.len();
        let place = u32::try_from(count).ok().filter(|place| *place < BATCHES_MAX);
        let place = place.ok_or(ExportError::TooManyBatches(count as u64 + 1))?;
        self.places.insert(batch, place);
        self.names.push_str(&batch.to_string());
        self.names.push('\n');
        if self.places.len().is_multiple_of(BATCHES_PER_FILE) {
            self.end_names()?;
        }
        Ok(place)
    }

    fn end_names(&mut self) -> Result<(), FolderError> {
        if self.names.is_empty() {
            return Ok(());
        }
        let path = self.folder.join(format!("batches/{}.txt", (self.places.len() - 1) / BATCHES_PER_FILE));
        fs::write(&path, &self.names).map_err(|source| FolderError::File { path, source })?;
        self.names.clear();
        Ok(())
    }

    /// Puts an entry to those with the same first byte.
    fn put(&mut self, digest: &[u8; 32], says: u32) -> std::io::Result<()> {
        let mut entry = [0; SORTED_BYTES];
        entry.copy_from_slice(&digest[..SORTED_BYTES]);
        for (byte, said) in entry[10..].iter_mut().zip(&says.to_be_bytes()[1..]) {
            *byte ^= said;
        }
        self.parts[usize::from(digest[0])].write_all(&entry)
    }

    /// Adds the fillers, cuts the tables into files, and gives the number of codes and the files that are left over.
    fn end(mut self) -> Result<(u64, Vec<PathBuf>), ExportError> {
        self.end_names()?;
        let fillers = padded(self.codes) - self.codes;
        let secret: [u8; 32] =
            Sha256::new().chain_update(FILLER_PREFIX).chain_update(self.keys.to_text()).finalize().into();
        for number in 0..fillers {
            let digest = Sha256::new().chain_update(secret).chain_update(number.to_be_bytes()).finalize().into();
            // Masked by what nobody can compute, it says nothing, as all entries do to who has no code.
            self.put(&digest, 0).map_err(|source| self.failed(source))?;
        }
        for part in &mut self.parts {
            part.flush().map_err(|source| FolderError::File { path: self.folder.clone(), source })?;
        }
        let bits = bits(self.codes + fillers);
        let mut shard = Shard { folder: &self.folder, bits, number: 0, bytes: Vec::new() };
        let mut parts = Vec::with_capacity(256);
        for byte in 0..=u8::MAX {
            let path = part(&self.folder, byte);
            let bytes = fs::read(&path).map_err(|source| FolderError::File { path: path.clone(), source })?;
            let (entries, _) = bytes.as_chunks::<SORTED_BYTES>();
            let mut entries = entries.to_vec();
            entries.sort_unstable();
            for entry in &entries {
                shard.take(entry).map_err(|source| FolderError::File { path: path.clone(), source })?;
            }
            parts.push(path);
        }
        shard.end().map_err(|source| self.failed(source))?;
        let index = format!("{{\"schema\":\"tianma-trace/static-codes/1\",\"bits\":{bits}}}\n");
        fs::write(self.folder.join("index.json"), index).map_err(|source| self.failed(source))?;
        Ok((self.codes, parts))
    }
}

fn part(folder: &std::path::Path, byte: u8) -> PathBuf {
    folder.join(format!("{byte:02x}.part"))
}

/// A file of the tables in the making: entries whose hashes begin with the same bits.
struct Shard<'a> {
    folder: &'a std::path::Path,
    bits: u32,
    number: u32,
    bytes: Vec<u8>,
}

impl Shard<'_> {
    /// Takes the next entry in order.
    fn take(&mut self, entry: &[u8; SORTED_BYTES]) -> std::io::Result<()> {
        let first = u32::from_be_bytes([entry[0], entry[1], entry[2], entry[3]]);
        let number = first.checked_shr(32 - self.bits).unwrap_or(0);
        while self.number < number {
            self.write()?;
            self.number += 1;
        }
        self.bytes.extend_from_slice(&entry[4..]);
        Ok(())
    }

    /// Writes what is left, empty files too, so that a code of none of ours finds a file without it.
    fn end(&mut self) -> std::io::Result<()> {
        while u64::from(self.number) < 1 << self.bits {
            self.write()?;
            self.number += 1;
        }
        Ok(())
    }

    fn write(&mut self) -> std::io::Result<()> {
        let width = self.bits.div_ceil(4).max(1) as usize;
        self.bytes.as_chunks_mut::<ENTRY_BYTES>().0.sort_unstable();
        fs::write(self.folder.join(format!("{:0width$x}.bin", self.number)), &self.bytes)?;
        self.bytes.clear();
        Ok(())
    }
}

fn index(number: u32, issue: &IssueRow) -> Result<CodeIndex, ExportError> {
    CodeIndex::new(number).map_err(|error| no_code(issue, &error))
}

fn no_code(issue: &IssueRow, problem: &dyn std::fmt::Display) -> ExportError {
    ExportError::Code { issue: issue.number.get(), version: issue.key_version, problem: problem.to_string() }
}

fn hash(code: &PackageCode) -> [u8; 32] {
    Sha256::new().chain_update(CODES_PREFIX).chain_update(code.to_string()).finalize().into()
}

/// The places in an issue between which all packages stand alike.
fn edges(issue: &IssueRow) -> Vec<u32> {
    let count = u32::try_from(issue.count).unwrap_or(0);
    let ranges = issue.ranges.iter().flat_map(|(_, range, _)| [range.from.get(), range.to.get() + 1]);
    let mut edges: Vec<u32> = ranges.filter(|edge| *edge < count).chain([0, count]).collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// The state of a package in three bits.
fn state(verdict: &Verdict) -> u32 {
    match verdict {
        Verdict::NotActivated => 0,
        Verdict::Void => 2,
        Verdict::Returned => 3,
        Verdict::Held => 4,
        Verdict::Recalled(_) => 5,
        // What remains is told by openings and addresses, of which a copy has none.
        _ => 1,
    }
}

/// The number of entries in place of the number of codes: the next of eight steps between two powers of two.
fn padded(codes: u64) -> u64 {
    if codes == 0 {
        return 0;
    }
    let step = 1 << codes.ilog2().saturating_sub(3).max(8);
    codes.next_multiple_of(step)
}

/// How many bits of a hash name its file.
fn bits(entries: u64) -> u32 {
    entries.div_ceil(SHARD_ENTRIES).next_power_of_two().ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_million_codes_stay_small_files() {
        assert_eq!((padded(0), bits(0)), (0, 0));
        assert_eq!((padded(1), bits(256)), (256, 0));
        assert_eq!(padded(10_000_000), 10_485_760);
        assert_eq!(bits(10_485_760), 12);
        assert_eq!(bits(4096), 0);
        assert_eq!(bits(4097), 1);
        for codes in [257, 3_000, 123_456, 99_999_999] {
            let entries = padded(codes);
            assert!(entries >= codes && entries - codes <= (codes / 8).max(256), "{codes} become {entries}");
        }
    }
}
