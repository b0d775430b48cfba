//! The store in a SQLite file: write-ahead log, one writer thread, a few readers.
//!
//! A commit is flushed to the disk before it is answered (`synchronous = FULL`). It deliberately has no network file
//! systems and no database in memory: neither keeps the promise.

mod accounts;
mod append;
pub(super) mod backup_check;
pub(super) mod backup_file;
mod checkpoints;
mod connection;
mod evidence;
mod load;
mod log;
mod migrate;
mod personal;
mod prints;
mod projections;
mod queries;
pub(super) mod restore;
mod scans;
mod snapshot;
mod suspicions;
pub(super) mod tables;
mod trace;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use trace_core::code::IssueNumber;
use trace_core::id::{BatchCode, PartyId, RecordId, Uid};
use trace_core::log::Hash;
use trace_core::record::sealed::Group;
use trace_core::state::{
    BatchRow, Changes, EdgeRow, GrantRow, IssueRow, Key, KeyRow, PartyRow, RecordRow, Row, SiteRow,
};
use trace_core::time::ReceivedAt;

pub(super) use self::backup_file::require_schema;
pub use self::snapshot::SqliteSnapshot;

use self::connection::Readers;
pub(super) use self::migrate::known as known_schema;
use self::writer::Writer;
use super::contents::{Contents, Table};
use super::rows::Wanted;
use super::{
    BatchFilter, CheckpointRow, Direction, EntryRow, FindingRow, Head, Judge, NewScan, NewSuspicion, OpeningRow,
    PackageScans, PartyFilter, RecordFilter, RequestRow, ScanRow, SealedOpeningRow, SessionRow, SignerLock, Store,
    StoreError, SuspicionFilter, SuspicionRow, TokenRow, Trace, UploadRow, UserChange, UserRow,
};

/// A store in one file.
pub struct Sqlite {
    // Closed first, so that the writer is the last connection and SQLite folds the write-ahead log into the file.
    readers: Readers,
    writer: Writer,
}

impl Sqlite {
    /// Opens the file, which is made if it is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] if the path cannot be a database (its folder must exist) or the file system has no
    /// write-ahead logging; [`StoreError::NewerSchema`] if a newer program wrote it; else [`StoreError::Engine`].
    pub async fn open(path: &str) -> Result<Self, StoreError> {
        let path = PathBuf::from(path);
        let work = move || {
            let mut connection = connection::open_writer(&path)?;
            migrate::migrate(&mut connection)?;
            Ok(Self { readers: Readers::open(path)?, writer: Writer::start(connection)? })
        };
        tokio::task::spawn_blocking(work).await.map_err(stopped)?
    }

    /// Opens a file that is there, a backup above all, to read and nothing else: what would write fails.
    ///
    /// # Errors
    /// [`StoreError::Engine`] if it is no database.
    pub(super) async fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let path = path.to_owned();
        let work = move || {
            let writer = Writer::start(connection::open_reader(&path)?)?;
            Ok(Self { readers: Readers::open(path)?, writer })
        };
        tokio::task::spawn_blocking(work).await.map_err(stopped)?
    }
}

/// The tables of a new database, and the rows that the migrations put into them.
pub(super) fn fresh() -> Result<(Vec<Arc<Table>>, Contents), StoreError> {
    let fresh = migrate::fresh(migrate::known())?;
    let all = tables::list(&fresh)?;
    let contents = tables::read(&fresh, &all, &mut |_| Ok(()))?;
    Ok((all, contents))
}

/// All rows of a file.
pub(super) fn read_file(path: &Path, each: tables::Each<'_>) -> Result<Contents, StoreError> {
    let connection = connection::open_reader(path)?;
    tables::read(&connection, &tables::list(&connection)?, each)
}

/// What rusqlite says, as the contract's error.
#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn engine(error: rusqlite::Error) -> StoreError {
    StoreError::Engine(format!("SQLite: {error}"))
}

/// A thread that should have answered is gone.
fn stopped(reason: impl Display) -> StoreError {
    StoreError::Engine(format!("SQLite: the work was given up: {reason}"))
}

#[async_trait]
impl Store for Sqlite {
    fn engine(&self) -> &'static str {
        "SQLite"
    }

    async fn append(&self, judge: Arc<dyn Judge>) -> Result<(), StoreError> {
        self.writer.run(move |connection| append::append(connection, &*judge)).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        self.readers.run(log::head).await
    }

    async fn entries(&self, range: Range<u64>) -> Result<Vec<EntryRow>, StoreError> {
        self.readers.run(move |c| log::entries(c, &range)).await
    }

    async fn tile_hashes(&self, level: u8, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        self.readers.run(move |c| checkpoints::tile_hashes(c, level, &range)).await
    }

    async fn lock_signer(&self) -> Result<Option<Box<dyn SignerLock>>, StoreError> {
        Ok(Some(Box::new(checkpoints::OwnFile)))
    }

    async fn put_checkpoint(&self, row: &CheckpointRow) -> Result<(), StoreError> {
        let row = row.clone();
        self.writer.transact(move |c| checkpoints::put_checkpoint(c, &row)).await
    }

    async fn checkpoints(&self) -> Result<Vec<CheckpointRow>, StoreError> {
        self.readers.run(checkpoints::checkpoints).await
    }

    async fn signing_place(&self) -> Result<Option<String>, StoreError> {
        self.readers.run(checkpoints::signing_place).await
    }

    async fn put_signing_place(&self, name: &str) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.writer.transact(move |c| checkpoints::put_signing_place(c, &name)).await
    }

    async fn entries_of(&self, records: &[RecordId]) -> Result<Vec<EntryRow>, StoreError> {
        let records = records.to_vec();
        self.readers.run(move |c| log::entries_of(c, &records)).await
    }

    async fn requests(&self, uids: &[(PartyId, Uid)]) -> Result<Vec<RequestRow>, StoreError> {
        let uids = uids.to_vec();
        self.readers.run(move |c| log::requests(c, &uids)).await
    }

    async fn openings(&self, records: &[RecordId], group: Group) -> Result<Vec<OpeningRow>, StoreError> {
        let records = records.to_vec();
        self.readers.run(move |c| log::openings(c, &records, group)).await
    }

    async fn findings(&self, records: &[RecordId]) -> Result<Vec<FindingRow>, StoreError> {
        let records = records.to_vec();
        self.readers.run(move |c| log::findings(c, &records)).await
    }

    async fn rules_table(&self, digest: RecordId) -> Result<Option<Vec<u8>>, StoreError> {
        self.readers.run(move |c| log::rules_table(c, digest)).await
    }

    async fn sealed_openings(&self, records: &[RecordId], group: Group) -> Result<Vec<SealedOpeningRow>, StoreError> {
        let records = records.to_vec();
        self.readers.run(move |c| personal::sealed(c, &records, group)).await
    }

    async fn sealing_keys(&self) -> Result<BTreeSet<(PartyId, u32)>, StoreError> {
        self.readers.run(personal::sealing_keys).await
    }

    async fn plain_personal(&self) -> Result<Vec<OpeningRow>, StoreError> {
        self.readers.run(personal::plain_personal).await
    }

    async fn replace_plain(
        &self,
        openings: &[SealedOpeningRow],
        users: &[UserRow],
        requests: &[RequestRow],
    ) -> Result<(), StoreError> {
        let (openings, users, requests) = (openings.to_vec(), users.to_vec(), requests.to_vec());
        self.writer.run(move |c| personal::replace_plain(c, &openings, &users, &requests)).await
    }

    async fn close_log_ins(&self, party: PartyId) -> Result<usize, StoreError> {
        self.writer.run(move |c| personal::close_log_ins(c, party)).await
    }

    async fn key_store(&self) -> Result<Option<String>, StoreError> {
        self.readers.run(personal::key_store).await
    }

    async fn put_key_store(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.writer.transact(move |c| personal::put_key_store(c, &id)).await
    }

    async fn load(&self, keys: &BTreeSet<Key>) -> Result<(Vec<Row>, Vec<EdgeRow>), StoreError> {
        let wanted = Wanted::of(keys);
        self.readers.run(move |c| load::load(c, &wanted)).await
    }

    async fn trace(&self, from: BatchCode, direction: Direction) -> Result<Trace, StoreError> {
        self.readers.run(move |c| trace::trace(c, from, direction)).await
    }

    async fn descendants(&self, from: BatchCode) -> Result<Vec<BatchRow>, StoreError> {
        self.readers.run(move |c| trace::descendants(c, from)).await
    }

    async fn batches(&self, filter: &BatchFilter) -> Result<Vec<BatchRow>, StoreError> {
        let filter = filter.clone();
        self.readers.run(move |c| queries::batches(c, &filter)).await
    }

    async fn parties(&self, filter: &PartyFilter) -> Result<Vec<PartyRow>, StoreError> {
        let filter = filter.clone();
        self.readers.run(move |c| queries::parties(c, &filter)).await
    }

    async fn sites(&self, party: PartyId) -> Result<Vec<SiteRow>, StoreError> {
        self.readers.run(move |c| queries::sites(c, party)).await
    }

    async fn signing_keys(&self, party: PartyId) -> Result<Vec<KeyRow>, StoreError> {
        self.readers.run(move |c| queries::signing_keys(c, party)).await
    }

    async fn grants_from(&self, party: PartyId) -> Result<Vec<GrantRow>, StoreError> {
        self.readers.run(move |c| queries::grants_from(c, party)).await
    }

    async fn records(&self, filter: &RecordFilter) -> Result<Vec<RecordRow>, StoreError> {
        let filter = filter.clone();
        self.readers.run(move |c| queries::records(c, &filter)).await
    }

    async fn answers(&self, records: &[RecordId]) -> Result<Vec<RecordRow>, StoreError> {
        let records = records.to_vec();
        self.readers.run(move |c| queries::answers(c, &records)).await
    }

    async fn issues(&self, batch: Option<BatchCode>, party: Option<PartyId>) -> Result<Vec<IssueRow>, StoreError> {
        self.readers.run(move |c| queries::issues(c, batch, party)).await
    }

    async fn projections(&self) -> Result<Changes, StoreError> {
        self.readers.run(projections::all).await
    }

    async fn replace_projections(&self, size: u64, changes: &Changes) -> Result<bool, StoreError> {
        let changes = changes.clone();
        self.writer.transact(move |c| projections::replace(c, size, &changes)).await
    }

    async fn put_evidence(
        &self,
        sha256: RecordId,
        media_type: &str,
        bytes: &[u8],
        uploader: PartyId,
    ) -> Result<(), StoreError> {
        let (media_type, bytes) = (media_type.to_owned(), bytes.to_vec());
        self.writer.transact(move |c| evidence::put(c, sha256, &media_type, &bytes, uploader)).await
    }

    async fn evidence(&self, sha256: RecordId) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        self.readers.run(move |c| evidence::read(c, sha256)).await
    }

    async fn uploads(&self, party: PartyId, files: &[RecordId]) -> Result<Vec<UploadRow>, StoreError> {
        let files = files.to_vec();
        self.readers.run(move |c| evidence::uploads(c, party, &files)).await
    }

    async fn put_user(&self, user: &UserRow) -> Result<(), StoreError> {
        let user = user.clone();
        self.writer.transact(move |c| accounts::put_user(c, &user)).await
    }

    async fn user(&self, login: &str) -> Result<Option<UserRow>, StoreError> {
        let login = login.to_owned();
        self.readers.run(move |c| accounts::user(c, &login)).await
    }

    async fn user_by_telephone(&self, mac: RecordId) -> Result<Option<UserRow>, StoreError> {
        self.readers.run(move |c| accounts::user_by_telephone(c, mac)).await
    }

    async fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        self.readers.run(accounts::users).await
    }

    async fn change_user(&self, login: &str, change: &UserChange) -> Result<bool, StoreError> {
        let (login, change) = (login.to_owned(), change.clone());
        self.writer.transact(move |c| accounts::change_user(c, &login, &change)).await
    }

    async fn open_session(&self, session: &SessionRow, pin_hash: &str) -> Result<bool, StoreError> {
        let (session, pin_hash) = (session.clone(), pin_hash.to_owned());
        self.writer.transact(move |c| accounts::open_session(c, &session, &pin_hash)).await
    }

    async fn session(&self, digest: RecordId) -> Result<Option<SessionRow>, StoreError> {
        self.readers.run(move |c| accounts::session(c, digest)).await
    }

    async fn prolong_session(&self, digest: RecordId, expires_at: ReceivedAt) -> Result<(), StoreError> {
        self.writer.transact(move |c| accounts::prolong_session(c, digest, expires_at)).await
    }

    async fn end_session(&self, digest: RecordId, now: ReceivedAt) -> Result<(), StoreError> {
        self.writer.transact(move |c| accounts::end_session(c, digest, now)).await
    }

    async fn put_token(&self, token: &TokenRow) -> Result<(), StoreError> {
        let token = token.clone();
        self.writer.transact(move |c| accounts::put_token(c, &token)).await
    }

    async fn token(&self, digest: RecordId) -> Result<Option<TokenRow>, StoreError> {
        self.readers.run(move |c| accounts::token(c, digest)).await
    }

    async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        self.readers.run(accounts::tokens).await
    }

    async fn withdraw_token(&self, digest: RecordId) -> Result<bool, StoreError> {
        self.writer.transact(move |c| accounts::withdraw_token(c, digest)).await
    }

    async fn put_scans(&self, scans: &[NewScan]) -> Result<Vec<PackageScans>, StoreError> {
        let scans = scans.to_vec();
        self.writer.transact(move |c| scans::put_scans(c, &scans)).await
    }

    async fn scans(&self, issue: IssueNumber, index: u32, limit: u32) -> Result<Vec<ScanRow>, StoreError> {
        self.readers.run(move |c| scans::scans(c, issue, index, limit)).await
    }

    async fn opened_since(
        &self,
        issue: IssueNumber,
        indices: RangeInclusive<u32>,
        since: ReceivedAt,
    ) -> Result<Vec<u32>, StoreError> {
        self.readers.run(move |c| suspicions::opened_since(c, issue, &indices, since)).await
    }

    async fn put_suspicions(&self, found: &[NewSuspicion]) -> Result<(), StoreError> {
        let found = found.to_vec();
        self.writer.transact(move |c| suspicions::put(c, &found)).await
    }

    async fn suspicions(&self, filter: &SuspicionFilter) -> Result<Vec<SuspicionRow>, StoreError> {
        let filter = filter.clone();
        self.readers.run(move |c| suspicions::list(c, &filter)).await
    }

    async fn open_suspicions(&self, most: u32) -> Result<u32, StoreError> {
        self.readers.run(move |c| suspicions::open_count(c, most)).await
    }

    async fn settle_suspicion(
        &self,
        issue: IssueNumber,
        index: u32,
        rule: &str,
        by: PartyId,
        at: ReceivedAt,
    ) -> Result<bool, StoreError> {
        let rule = rule.to_owned();
        self.writer.transact(move |c| suspicions::settle(c, (issue, index, &rule), by, at)).await
    }

    async fn key_checks(&self) -> Result<BTreeMap<u8, String>, StoreError> {
        self.readers.run(scans::key_checks).await
    }

    async fn put_key_check(&self, version: u8, value: &str) -> Result<(), StoreError> {
        let value = value.to_owned();
        self.writer.transact(move |c| scans::put_key_check(c, version, &value)).await
    }
}

#[cfg(test)]
mod tests;
