//! The contract's types and its trait. Implementations are in `sqlite/` and `postgres/`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use trace_core::code::IssueNumber;
use trace_core::id::{BatchCode, PartyId, RecordId, SiteId, Stage, Uid};
use trace_core::log::{Frontier, Hash, Node, TILE_HEIGHT, leaf_hash};
use trace_core::record::sealed::{Group, Salt};
use trace_core::record::{Finding, Kind};
use trace_core::state::{
    BatchRow, Changes, EdgeRow, GrantRow, IssueRow, Key, KeyRow, PartyRow, RecordRow, Row, SiteRow, Standing, View,
};
use trace_core::tianma::PartyRole;
use trace_core::time::ReceivedAt;

use super::StoreError;
use super::accounts::{NewScan, PackageScans, ScanRow, SessionRow, TokenRow, UploadRow, UserChange, UserRow};
use super::checkpoints::{CheckpointRow, SignerLock};
use super::prints::PrintStore;
use super::suspicions::{NewSuspicion, SuspicionFilter, SuspicionRow};

/// The log's right edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The compact tree over all entries; its size is the number of entries.
    pub frontier: Frontier,
    /// When the newest entry was taken; later ones never carry an earlier time. `None` in an empty log.
    pub last_received_at: Option<ReceivedAt>,
}

/// An entry to be stored.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// Its index.
    pub index: u64,
    /// Id of its record.
    pub record: RecordId,
    /// The leaf bytes.
    pub bytes: Vec<u8>,
    /// `SHA256(00 || bytes)`.
    pub leaf_hash: Hash,
    /// When it was taken.
    pub received_at: ReceivedAt,
}

/// A stored entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Its index.
    pub index: u64,
    /// Id of its record.
    pub record: RecordId,
    /// The leaf bytes.
    pub bytes: Vec<u8>,
    /// The stored leaf hash.
    pub leaf_hash: Hash,
}

/// A request that was answered: the same again gets the same answer, another under the same uid a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    /// Who sent it.
    pub submitter: PartyId,
    /// The client's uid of the (first) record.
    pub uid: Uid,
    /// SHA-256 of the request as received.
    pub digest: RecordId,
    /// The records that it made, in their order.
    pub records: Vec<RecordId>,
}

/// A sealed group's value, kept outside the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningRow {
    /// The record whose commitment it opens.
    pub record: RecordId,
    /// Index of its entry.
    pub index: u64,
    /// Which group.
    pub group: Group,
    /// The salt.
    pub salt: Salt,
    /// The value.
    pub value: Value,
}

/// An opening of `person` or `place`: salt and value under the party's key, which the database does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedOpeningRow {
    /// The record whose commitment it opens.
    pub record: RecordId,
    /// Index of its entry.
    pub index: u64,
    /// Which group, a personal one.
    pub group: Group,
    /// Whose key.
    pub party: PartyId,
    /// Of which generation: how often the party had been erased before.
    pub generation: u32,
    /// Nonce and ciphertext.
    pub sealed: Vec<u8>,
}

/// A finding with its words, kept outside the log since the words show amounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingRow {
    /// The record that it speaks of.
    pub record: RecordId,
    /// Index of its entry.
    pub index: u64,
    /// Position among the entry's findings, from 0.
    pub position: u32,
    /// The finding.
    pub finding: Finding,
}

/// Everything that one commit stores.
#[derive(Debug, Clone)]
pub struct Commit {
    /// New entries, in the order of their indices; empty if every request was refused.
    pub entries: Vec<NewEntry>,
    /// Roots of the tiles that these entries filled: complete subtrees whose height is a multiple of 8, leaves not
    /// among them. Tiles above the leaves are made of them.
    pub tile_roots: Vec<(Node, Hash)>,
    /// The requests that made them.
    pub requests: Vec<RequestRow>,
    /// The opened values of groups that tell of no person.
    pub openings: Vec<OpeningRow>,
    /// Those that do, sealed.
    pub sealed: Vec<SealedOpeningRow>,
    /// The findings' words.
    pub findings: Vec<FindingRow>,
    /// Rules tables that were put into force: digest and canonical bytes.
    pub rules_tables: Vec<(RecordId, Vec<u8>)>,
    /// Changed projections.
    pub changes: Changes,
    /// The log's new right edge.
    pub head: Head,
}

impl Commit {
    /// A commit that changes nothing, on this head.
    pub fn on(head: Head) -> Self {
        Self {
            entries: Vec::new(),
            tile_roots: Vec::new(),
            requests: Vec::new(),
            openings: Vec::new(),
            sealed: Vec::new(),
            findings: Vec::new(),
            rules_tables: Vec::new(),
            changes: Changes::default(),
            head,
        }
    }

    /// Adds an entry at the tree's right edge.
    pub fn add_entry(&mut self, record: RecordId, bytes: Vec<u8>, received_at: ReceivedAt) {
        let leaf_hash = leaf_hash(&bytes);
        let tile_roots = &mut self.tile_roots;
        let index = self.head.frontier.push_with(leaf_hash, |node, hash| {
            if node.level() > 0 && node.level().is_multiple_of(TILE_HEIGHT) {
                tile_roots.push((node, hash));
            }
        });
        self.head.last_received_at = Some(received_at);
        self.entries.push(NewEntry { index, record, bytes, leaf_hash, received_at });
    }
}

/// Judges the requests of one commit. A store calls it inside its transaction, after locking the head; it does no
/// I/O. It may be called for several attempts, each beginning with [`Judge::begin`] and an empty view.
pub trait Judge: Send + Sync {
    /// The requests' submitters and uids, so that answered ones are found.
    fn uids(&self) -> Vec<(PartyId, Uid)>;

    /// Starts an attempt on the state that was just locked. `answered` are the known requests among [`Judge::uids`].
    fn begin(&self, head: Head, answered: Vec<RequestRow>);

    /// Judges as far as the view reaches.
    ///
    /// # Errors
    /// The keys that are to be loaded into the view ([`View::load`]) before the next call; never an empty set.
    fn step(&self, view: &mut View) -> Result<Commit, BTreeSet<Key>>;
}

/// Which way to walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From a batch to what it was made of.
    Back,
    /// From a batch to what was made of it.
    Forward,
}

/// The part of the lineage that is reached from a batch, that batch included. Edges of corrected and voided versions
/// are part of it (`live` tells); forward, edges that only speak of a batch are not followed, but they and their
/// records are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The batches, ordered by code.
    pub batches: Vec<BatchRow>,
    /// The records that made them or speak of them, ordered by index.
    pub records: Vec<RecordRow>,
    /// Their edges, ordered by record and position.
    pub edges: Vec<EdgeRow>,
}

/// Which batches; all conditions hold together. Newest first, after `before` in that order.
#[derive(Debug, Clone, Default)]
pub struct BatchFilter {
    /// Of this party.
    pub owner: Option<PartyId>,
    /// Of this stage.
    pub stage: Option<Stage>,
    /// Made at this site.
    pub site: Option<SiteId>,
    /// Code begins with this.
    pub code_prefix: Option<String>,
    /// Only those that are held.
    pub held: bool,
    /// Only those under recall.
    pub recalled: bool,
    /// Page: only batches that come after this one in the order (occurred_on descending, code descending).
    pub after: Option<BatchCode>,
    /// At most so many.
    pub limit: u32,
}

/// Which parties; all conditions hold together. Ordered by id.
#[derive(Debug, Clone, Default)]
pub struct PartyFilter {
    /// With this role.
    pub role: Option<PartyRole>,
    /// In this village.
    pub village: Option<String>,
    /// Only ids after this one.
    pub after: Option<PartyId>,
    /// At most so many.
    pub limit: u32,
}

/// Which records; all conditions hold together. Newest (highest index) first.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// Of this party: it stated them, or the office corrected them for it.
    pub actor: Option<PartyId>,
    /// With this other side.
    pub other_side: Option<PartyId>,
    /// What they state (a correction of a harvest states a harvest).
    pub states: Option<Kind>,
    /// How the other side stands to them.
    pub standing: Option<Standing>,
    /// Only those that are held and not released.
    pub held: bool,
    /// Only those that are the newest version and stand.
    pub live: bool,
    /// Only indices below this one.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: u32,
}

/// The contract; the module's text states its guarantees. What is kept of printing is a part of its own.
#[async_trait]
pub trait Store: PrintStore + Send + Sync {
    /// Name of the engine, for people: `SQLite` or `PostgreSQL`.
    fn engine(&self) -> &'static str;

    // The ledger ---------------------------------------------------------------------------------------------------

    /// Judges and commits. Locks the head first; then begins the judge, loads what it asks for, and stores its commit
    /// in the same transaction. If the commit holds no entries nothing is written.
    async fn append(&self, judge: Arc<dyn Judge>) -> Result<(), StoreError>;

    /// The log's right edge.
    async fn head(&self) -> Result<Head, StoreError>;

    /// Entries by index, in order; the range may reach beyond the end.
    async fn entries(&self, range: Range<u64>) -> Result<Vec<EntryRow>, StoreError>;

    /// Hashes of a tile level, in order: of leaves at level 0, above it of complete subtrees of 256^level leaves. The
    /// range may reach beyond the end.
    async fn tile_hashes(&self, level: u8, range: Range<u64>) -> Result<Vec<Hash>, StoreError>;

    /// Entries of these records, those that exist, ordered by index.
    async fn entries_of(&self, records: &[RecordId]) -> Result<Vec<EntryRow>, StoreError>;

    /// The answered requests among these.
    async fn requests(&self, uids: &[(PartyId, Uid)]) -> Result<Vec<RequestRow>, StoreError>;

    /// Openings of these records in this group, which is not a personal one, ordered by record id.
    async fn openings(&self, records: &[RecordId], group: Group) -> Result<Vec<OpeningRow>, StoreError>;

    /// Findings of these records with their words, ordered by record id and position.
    async fn findings(&self, records: &[RecordId]) -> Result<Vec<FindingRow>, StoreError>;

    /// Canonical bytes of a rules table.
    async fn rules_table(&self, digest: RecordId) -> Result<Option<Vec<u8>>, StoreError>;

    // Checkpoints: signed outside the ledger's transactions -----------------------------------------------------------

    /// Becomes the one signer among all servers on this database, until the lock is dropped; `None` while another is.
    async fn lock_signer(&self) -> Result<Option<Box<dyn SignerLock>>, StoreError>;

    /// Keeps a checkpoint, or its next version with more cosignatures, and drops those before the newest published one.
    async fn put_checkpoint(&self, row: &CheckpointRow) -> Result<(), StoreError>;

    /// The kept checkpoints, largest tree first: the newest, and the newest published one if that is another.
    async fn checkpoints(&self) -> Result<Vec<CheckpointRow>, StoreError>;

    /// The place outside this database where the newest checkpoint is kept: its random name.
    async fn signing_place(&self) -> Result<Option<String>, StoreError>;

    /// Notes that name.
    async fn put_signing_place(&self, name: &str) -> Result<(), StoreError>;

    // What tells of persons ----------------------------------------------------------------------------------------

    /// Sealed openings of these records in this group, ordered by record id.
    async fn sealed_openings(&self, records: &[RecordId], group: Group) -> Result<Vec<SealedOpeningRow>, StoreError>;

    /// The keys, by party and generation, under which any opening is sealed.
    async fn sealing_keys(&self) -> Result<BTreeSet<(PartyId, u32)>, StoreError>;

    /// Openings of personal groups that stand unsealed, as they did before schema 3.
    async fn plain_personal(&self) -> Result<Vec<OpeningRow>, StoreError>;

    /// Puts these sealed openings, sealed names of users, and marked digests of requests in the place of the plain
    /// ones, in one transaction, and then clears the database's own files of what stood there.
    async fn replace_plain(
        &self,
        openings: &[SealedOpeningRow],
        users: &[UserRow],
        requests: &[RequestRow],
    ) -> Result<(), StoreError>;

    /// Deletes the users of a party, their sessions, and the party's tokens, and their names in what was printed; answers
    /// how many rows.
    async fn close_log_ins(&self, party: PartyId) -> Result<usize, StoreError>;

    /// Which key store holds the keys; `None` before any was noted.
    async fn key_store(&self) -> Result<Option<String>, StoreError>;

    /// Notes which key store holds the keys.
    async fn put_key_store(&self, id: &str) -> Result<(), StoreError>;

    // Projections --------------------------------------------------------------------------------------------------

    /// Rows and edges for these keys, as [`View::load`] takes them. Each key's rows are read in one snapshot.
    async fn load(&self, keys: &BTreeSet<Key>) -> Result<(Vec<Row>, Vec<EdgeRow>), StoreError>;

    /// The lineage from a batch, complete. Empty if there is no such batch.
    async fn trace(&self, from: BatchCode, direction: Direction) -> Result<Trace, StoreError>;

    /// What live records made of a batch, itself included, ordered by code: what a recall marks, and what a lot reached.
    /// Void batches are among them. Empty if there is no such batch.
    async fn descendants(&self, from: BatchCode) -> Result<Vec<BatchRow>, StoreError>;

    /// Batches by filter.
    async fn batches(&self, filter: &BatchFilter) -> Result<Vec<BatchRow>, StoreError>;

    /// Parties by filter.
    async fn parties(&self, filter: &PartyFilter) -> Result<Vec<PartyRow>, StoreError>;

    /// Sites of a party, ordered by id.
    async fn sites(&self, party: PartyId) -> Result<Vec<SiteRow>, StoreError>;

    /// Signing keys of a party, those that are over among them, ordered by key.
    async fn signing_keys(&self, party: PartyId) -> Result<Vec<KeyRow>, StoreError>;

    /// What a party lets others enter for it, ended grants included, ordered by id.
    async fn grants_from(&self, party: PartyId) -> Result<Vec<GrantRow>, StoreError>;

    /// Records by filter.
    async fn records(&self, filter: &RecordFilter) -> Result<Vec<RecordRow>, StoreError>;

    /// What speaks of these records: confirmations, disputes, releases and ends of recalls, ordered by index.
    async fn answers(&self, records: &[RecordId]) -> Result<Vec<RecordRow>, StoreError>;

    /// Code issues of a sale batch, or of a party, or all; ordered by number.
    async fn issues(&self, batch: Option<BatchCode>, party: Option<PartyId>) -> Result<Vec<IssueRow>, StoreError>;

    /// Every projection row and edge, in the order of [`View::rows`] and [`View::edges`].
    async fn projections(&self) -> Result<Changes, StoreError>;

    /// Replaces all projections by these in one transaction, unless the log has grown past `size` meanwhile (then
    /// nothing changes and the answer is `false`).
    async fn replace_projections(&self, size: u64, changes: &Changes) -> Result<bool, StoreError>;

    // Evidence -----------------------------------------------------------------------------------------------------

    /// Keeps a file under its digest, and who uploaded it; several parties may upload the same bytes.
    async fn put_evidence(
        &self,
        sha256: RecordId,
        media_type: &str,
        bytes: &[u8],
        uploader: PartyId,
    ) -> Result<(), StoreError>;

    /// A kept file: media type and bytes.
    async fn evidence(&self, sha256: RecordId) -> Result<Option<(String, Vec<u8>)>, StoreError>;

    /// Those of these files that the party uploaded. Of a file that was kept before uploads were noted nobody is known.
    async fn uploads(&self, party: PartyId, files: &[RecordId]) -> Result<Vec<UploadRow>, StoreError>;

    // Accounts: not in the log -------------------------------------------------------------------------------------

    /// Adds or replaces a user (by login).
    async fn put_user(&self, user: &UserRow) -> Result<(), StoreError>;

    /// A user by login.
    async fn user(&self, login: &str) -> Result<Option<UserRow>, StoreError>;

    /// A user by the HMAC of the telephone number.
    async fn user_by_telephone(&self, mac: RecordId) -> Result<Option<UserRow>, StoreError>;

    /// All users, ordered by login.
    async fn users(&self) -> Result<Vec<UserRow>, StoreError>;

    /// Changes one thing of a user and ends sessions, in one transaction; `false` and nothing changed without such a user,
    /// or where [`UserChange::Pin`] names another PIN than the user has.
    async fn change_user(&self, login: &str, change: &UserChange) -> Result<bool, StoreError>;

    /// Adds a session of a user who may sign in and whose PIN has this hash, compared as it is written; `false` and
    /// nothing added otherwise. So whoever proved a PIN that was changed meanwhile gets no session.
    async fn open_session(&self, session: &SessionRow, pin_hash: &str) -> Result<bool, StoreError>;

    /// A session by the digest of its cookie, expired ones too.
    async fn session(&self, digest: RecordId) -> Result<Option<SessionRow>, StoreError>;

    /// Moves the end of a session; one that was ended meanwhile stays ended.
    async fn prolong_session(&self, digest: RecordId, expires_at: ReceivedAt) -> Result<(), StoreError>;

    /// Ends a session, and drops all that expired before `now`.
    async fn end_session(&self, digest: RecordId, now: ReceivedAt) -> Result<(), StoreError>;

    /// Adds or replaces an API token (by digest).
    async fn put_token(&self, token: &TokenRow) -> Result<(), StoreError>;

    /// A token by its digest.
    async fn token(&self, digest: RecordId) -> Result<Option<TokenRow>, StoreError>;

    /// All tokens, ordered by digest.
    async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError>;

    /// Forgets a token, so that it is unknown from now on; `false` without such a token.
    async fn withdraw_token(&self, digest: RecordId) -> Result<bool, StoreError>;

    // Scans: not in the log ----------------------------------------------------------------------------------------

    /// Stores scans durably, in one transaction, and answers for each, in order, what was known of its package
    /// *before* it; two scans of one package in one call see each other. Of packages with few scans the newest come along.
    async fn put_scans(&self, scans: &[NewScan]) -> Result<Vec<PackageScans>, StoreError>;

    /// The newest scans of a package, newest first.
    async fn scans(&self, issue: IssueNumber, index: u32, limit: u32) -> Result<Vec<ScanRow>, StoreError>;

    /// Those packages of an issue, by index, whose newest opening is not before `since`.
    async fn opened_since(
        &self,
        issue: IssueNumber,
        indices: RangeInclusive<u32>,
        since: ReceivedAt,
    ) -> Result<Vec<u32>, StoreError>;

    /// Notes what the rules on copied codes found, one row a package and rule: the first time stays, the newest time
    /// and facts replace what was there, and what was settled stays settled.
    async fn put_suspicions(&self, found: &[NewSuspicion]) -> Result<(), StoreError>;

    /// Suspicions, those found last first.
    async fn suspicions(&self, filter: &SuspicionFilter) -> Result<Vec<SuspicionRow>, StoreError>;

    /// How many nobody looked at, counted up to `most`.
    async fn open_suspicions(&self, most: u32) -> Result<u32, StoreError>;

    /// Somebody of a party looked at it; `false` where there is none that was open.
    async fn settle_suspicion(
        &self,
        issue: IssueNumber,
        index: u32,
        rule: &str,
        by: PartyId,
        at: ReceivedAt,
    ) -> Result<bool, StoreError>;

    /// Key-check values of the code keys that issues use: version to value.
    async fn key_checks(&self) -> Result<BTreeMap<u8, String>, StoreError>;

    /// Notes the key-check value of a version, once; another value under the same version is an error.
    async fn put_key_check(&self, version: u8, value: &str) -> Result<(), StoreError>;
}
