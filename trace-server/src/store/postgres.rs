//! The store on PostgreSQL 15 or newer; several processes may share one database.
//!
//! Appends run in READ COMMITTED, and their first statement locks the row of the head: so they come one after another
//! without any failing for it. It owns no rule of the domain, and changes no setting of the server: one that may lose
//! what it acknowledged is refused.

mod accounts;
mod append;
mod checkpoints;
mod evidence;
mod failure;
mod load;
mod log;
mod migrate;
mod personal;
mod printing;
mod prints;
mod projections;
mod queries;
mod rebuild;
mod scans;
mod sessions;
mod settings;
mod snapshot;
mod statements;
mod suspicions;
pub(super) mod tables;
mod trace;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};
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

pub(crate) use self::failure::words as error_words;
pub(crate) use self::settings::configure as session_config;
pub use self::snapshot::PostgresSnapshot;

use self::accounts::{ChangeUser, WithdrawToken};
use self::checkpoints::PutCheckpoint;
use self::rebuild::{ReadAll, ReplaceAll};
use self::scans::{PutKeyCheck, PutScans};
use self::sessions::Sessions;
use self::suspicions::{PutSuspicions, Settle};
use self::trace::Walk;
use super::{
    BatchFilter, CheckpointRow, Direction, EntryRow, FindingRow, Head, Judge, NewScan, NewSuspicion, OpeningRow,
    PackageScans, PartyFilter, RecordFilter, RequestRow, ScanRow, SealedOpeningRow, SessionRow, SignerLock, Store,
    StoreError, SuspicionFilter, SuspicionRow, TokenRow, Trace, UploadRow, UserChange, UserRow,
};

/// A PostgreSQL database with the ledger's schema, and up to 16 sessions with it.
#[derive(Debug)]
pub struct Postgres {
    sessions: Sessions,
}

impl Postgres {
    /// Connects, checks the server's settings, and brings the schema up to date under an advisory lock.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] for an address that cannot be read, a replica, or a server whose acknowledgement does
    /// not mean durable; [`StoreError::NewerSchema`]; [`StoreError::Engine`] when the server cannot be reached.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Ok(Self { sessions: Sessions::open(url).await? })
    }
}

/// Refuses a server whose acknowledgement does not mean durable, whatever database it is asked for.
///
/// # Errors
/// [`StoreError::Unfit`] with what to set; [`StoreError::Engine`] when it does not answer.
pub(crate) async fn check_server(client: &tokio_postgres::Client) -> Result<(), StoreError> {
    Ok(settings::check(client).await?)
}

/// A read of one statement on a session of the pool.
macro_rules! read {
    ($self:ident, $function:path $(, $argument:expr)*) => {{
        let session = $self.sessions.get().await?;
        Ok($function(&session $(, $argument)*).await?)
    }};
}

#[async_trait]
impl Store for Postgres {
    fn engine(&self) -> &'static str {
        "PostgreSQL"
    }

    async fn append(&self, judge: Arc<dyn Judge>) -> Result<(), StoreError> {
        append::append(&self.sessions, judge).await
    }

    async fn head(&self) -> Result<Head, StoreError> {
        read!(self, log::head)
    }

    async fn entries(&self, range: Range<u64>) -> Result<Vec<EntryRow>, StoreError> {
        read!(self, log::entries, range)
    }

    async fn tile_hashes(&self, level: u8, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        read!(self, checkpoints::tile_hashes, level, range)
    }

    async fn lock_signer(&self) -> Result<Option<Box<dyn SignerLock>>, StoreError> {
        Ok(checkpoints::lock_signer(&self.sessions).await?)
    }

    async fn put_checkpoint(&self, row: &CheckpointRow) -> Result<(), StoreError> {
        self.sessions.write(&PutCheckpoint { row }).await
    }

    async fn checkpoints(&self) -> Result<Vec<CheckpointRow>, StoreError> {
        read!(self, checkpoints::checkpoints)
    }

    async fn signing_place(&self) -> Result<Option<String>, StoreError> {
        read!(self, checkpoints::signing_place)
    }

    async fn put_signing_place(&self, name: &str) -> Result<(), StoreError> {
        checkpoints::put_signing_place(&self.sessions, name).await
    }

    async fn entries_of(&self, records: &[RecordId]) -> Result<Vec<EntryRow>, StoreError> {
        read!(self, log::entries_of, records)
    }

    async fn requests(&self, uids: &[(PartyId, Uid)]) -> Result<Vec<RequestRow>, StoreError> {
        read!(self, log::requests, uids)
    }

    async fn openings(&self, records: &[RecordId], group: Group) -> Result<Vec<OpeningRow>, StoreError> {
        read!(self, log::openings, records, group)
    }

    async fn findings(&self, records: &[RecordId]) -> Result<Vec<FindingRow>, StoreError> {
        read!(self, log::findings, records)
    }

    async fn rules_table(&self, digest: RecordId) -> Result<Option<Vec<u8>>, StoreError> {
        read!(self, log::rules_table, digest)
    }

    async fn sealed_openings(&self, records: &[RecordId], group: Group) -> Result<Vec<SealedOpeningRow>, StoreError> {
        read!(self, personal::sealed, records, group)
    }

    async fn sealing_keys(&self) -> Result<BTreeSet<(PartyId, u32)>, StoreError> {
        read!(self, personal::sealing_keys)
    }

    async fn plain_personal(&self) -> Result<Vec<OpeningRow>, StoreError> {
        read!(self, personal::plain_personal)
    }

    async fn replace_plain(
        &self,
        openings: &[SealedOpeningRow],
        users: &[UserRow],
        requests: &[RequestRow],
    ) -> Result<(), StoreError> {
        personal::replace_plain(&self.sessions, openings, users, requests).await
    }

    async fn close_log_ins(&self, party: PartyId) -> Result<usize, StoreError> {
        personal::close_log_ins(&self.sessions, party).await
    }

    async fn key_store(&self) -> Result<Option<String>, StoreError> {
        read!(self, personal::key_store)
    }

    async fn put_key_store(&self, id: &str) -> Result<(), StoreError> {
        personal::put_key_store(&self.sessions, id).await
    }

    async fn load(&self, keys: &BTreeSet<Key>) -> Result<(Vec<Row>, Vec<EdgeRow>), StoreError> {
        read!(self, load::load, keys)
    }

    async fn trace(&self, from: BatchCode, direction: Direction) -> Result<Trace, StoreError> {
        self.sessions.read(&Walk { from, direction }).await
    }

    async fn descendants(&self, from: BatchCode) -> Result<Vec<BatchRow>, StoreError> {
        read!(self, trace::descendants, from)
    }

    async fn batches(&self, filter: &BatchFilter) -> Result<Vec<BatchRow>, StoreError> {
        read!(self, queries::batches, filter)
    }

    async fn parties(&self, filter: &PartyFilter) -> Result<Vec<PartyRow>, StoreError> {
        read!(self, queries::parties, filter)
    }

    async fn sites(&self, party: PartyId) -> Result<Vec<SiteRow>, StoreError> {
        read!(self, queries::sites, party)
    }

    async fn signing_keys(&self, party: PartyId) -> Result<Vec<KeyRow>, StoreError> {
        read!(self, queries::signing_keys, party)
    }

    async fn grants_from(&self, party: PartyId) -> Result<Vec<GrantRow>, StoreError> {
        read!(self, queries::grants_from, party)
    }

    async fn records(&self, filter: &RecordFilter) -> Result<Vec<RecordRow>, StoreError> {
        read!(self, queries::records, filter)
    }

    async fn answers(&self, records: &[RecordId]) -> Result<Vec<RecordRow>, StoreError> {
        read!(self, queries::answers, records)
    }

    async fn issues(&self, batch: Option<BatchCode>, party: Option<PartyId>) -> Result<Vec<IssueRow>, StoreError> {
        read!(self, queries::issues, batch, party)
    }

    async fn projections(&self) -> Result<Changes, StoreError> {
        self.sessions.read(&ReadAll).await
    }

    async fn replace_projections(&self, size: u64, changes: &Changes) -> Result<bool, StoreError> {
        self.sessions.write(&ReplaceAll { size, changes }).await
    }

    async fn put_evidence(
        &self,
        sha256: RecordId,
        media_type: &str,
        bytes: &[u8],
        uploader: PartyId,
    ) -> Result<(), StoreError> {
        evidence::put(&self.sessions, sha256, media_type, bytes, uploader).await
    }

    async fn evidence(&self, sha256: RecordId) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        read!(self, evidence::read, sha256)
    }

    async fn uploads(&self, party: PartyId, files: &[RecordId]) -> Result<Vec<UploadRow>, StoreError> {
        read!(self, evidence::uploads, party, files)
    }

    async fn put_user(&self, user: &UserRow) -> Result<(), StoreError> {
        accounts::put_user(&self.sessions, user).await
    }

    async fn user(&self, login: &str) -> Result<Option<UserRow>, StoreError> {
        read!(self, accounts::user, login)
    }

    async fn user_by_telephone(&self, mac: RecordId) -> Result<Option<UserRow>, StoreError> {
        read!(self, accounts::user_by_telephone, mac)
    }

    async fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        read!(self, accounts::users)
    }

    async fn change_user(&self, login: &str, change: &UserChange) -> Result<bool, StoreError> {
        self.sessions.write(&ChangeUser { login, change }).await
    }

    async fn open_session(&self, session: &SessionRow, pin_hash: &str) -> Result<bool, StoreError> {
        self.sessions.write(&accounts::OpenSession { session, pin_hash }).await
    }

    async fn session(&self, digest: RecordId) -> Result<Option<SessionRow>, StoreError> {
        read!(self, accounts::session, digest)
    }

    async fn prolong_session(&self, digest: RecordId, expires_at: ReceivedAt) -> Result<(), StoreError> {
        accounts::prolong_session(&self.sessions, digest, expires_at).await
    }

    async fn end_session(&self, digest: RecordId, now: ReceivedAt) -> Result<(), StoreError> {
        accounts::end_session(&self.sessions, digest, now).await
    }

    async fn put_token(&self, token: &TokenRow) -> Result<(), StoreError> {
        accounts::put_token(&self.sessions, token).await
    }

    async fn token(&self, digest: RecordId) -> Result<Option<TokenRow>, StoreError> {
        read!(self, accounts::token, digest)
    }

    async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        read!(self, accounts::tokens)
    }

    async fn withdraw_token(&self, digest: RecordId) -> Result<bool, StoreError> {
        self.sessions.write(&WithdrawToken { digest }).await
    }

    async fn put_scans(&self, scans: &[NewScan]) -> Result<Vec<PackageScans>, StoreError> {
        self.sessions.write(&PutScans { scans }).await
    }

    async fn scans(&self, issue: IssueNumber, index: u32, limit: u32) -> Result<Vec<ScanRow>, StoreError> {
        read!(self, scans::scans, issue, index, limit)
    }

    async fn opened_since(
        &self,
        issue: IssueNumber,
        indices: RangeInclusive<u32>,
        since: ReceivedAt,
    ) -> Result<Vec<u32>, StoreError> {
        read!(self, suspicions::opened_since, issue, &indices, since)
    }

    async fn put_suspicions(&self, found: &[NewSuspicion]) -> Result<(), StoreError> {
        self.sessions.write(&PutSuspicions { found }).await
    }

    async fn suspicions(&self, filter: &SuspicionFilter) -> Result<Vec<SuspicionRow>, StoreError> {
        read!(self, suspicions::list, filter)
    }

    async fn open_suspicions(&self, most: u32) -> Result<u32, StoreError> {
        read!(self, suspicions::open_count, most)
    }

    async fn settle_suspicion(
        &self,
        issue: IssueNumber,
        index: u32,
        rule: &str,
        by: PartyId,
        at: ReceivedAt,
    ) -> Result<bool, StoreError> {
        self.sessions.write(&Settle { issue, index, rule, by, at }).await
    }

    async fn key_checks(&self) -> Result<BTreeMap<u8, String>, StoreError> {
        read!(self, scans::key_checks)
    }

    async fn put_key_check(&self, version: u8, value: &str) -> Result<(), StoreError> {
        self.sessions.write(&PutKeyCheck { version, value }).await
    }
}
