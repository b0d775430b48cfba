//! The one who signs: looks at what was signed last, hashes what is new from the stored bytes, keeps the checkpoint
//! outside the database, and only then shows it.
//!
//! One at a time among all servers on a database. When the database contradicts the kept checkpoint, nothing is signed.

use std::path::PathBuf;
use std::sync::Arc;

use trace_core::log::{Checkpoint, Frontier, Note, Policy, leaf_hash};
use trace_core::state::Key;
use trace_core::time::ReceivedAt;

use super::doubt::Doubt;
use super::kept::{Kept, KeptError};
use super::key_file::{LogKeyError, LogKeys};
use super::tiles;
use crate::store::{CheckpointRow, SignerLock, Store, StoreError};

/// Entries that are read and hashed at a time.
const CHUNK: u64 = 1000;

/// Why a round ended without a signature.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// Signing would contradict what was signed.
    #[error(transparent)]
    Doubt(#[from] Doubt),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] LogKeyError),
    /// The place of the kept checkpoint cannot be used.
    #[error(transparent)]
    Kept(#[from] KeptError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a round found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Round {
    /// The ledger is not founded yet.
    NotFounded,
    /// Another server signs.
    Elsewhere,
    /// The newest entry is signed.
    Signed(CheckpointRow),
}

/// What the signer is configured with.
#[derive(Debug, Clone)]
pub struct SignerSettings {
    /// File of the log's signing keys.
    pub key_file: PathBuf,
    /// File of the kept checkpoint.
    pub checkpoint_file: PathBuf,
}

/// The signer of one server.
pub struct Signer {
    store: Arc<dyn Store>,
    settings: SignerSettings,
    /// How many witnesses must cosign before a checkpoint is shown.
    quorum: usize,
    /// Held from the first round on, in doubt too: another server would only come to the same doubt.
    lock: Option<Box<dyn SignerLock>>,
    held: Option<Held>,
}

/// What it holds while it is the one.
struct Held {
    origin: String,
    keys: LogKeys,
    kept: Kept,
    /// The tree that was verified from the bytes up, or by the kept checkpoint.
    edge: Frontier,
    newest: Option<CheckpointRow>,
}

impl Signer {
    /// A signer that holds nothing yet.
    pub fn new(store: Arc<dyn Store>, settings: SignerSettings, quorum: usize) -> Self {
        Self { store, settings, quorum, lock: None, held: None }
    }

    /// Signs the log as it is now, if it has grown. After an error it begins from the kept checkpoint again.
    ///
    /// # Errors
    /// [`SignerError`]; nothing new is shown then.
    pub async fn round(&mut self, now: ReceivedAt) -> Result<Round, SignerError> {
        let still = match &self.lock {
            Some(lock) => lock.is_held().await,
            None => false,
        };
        if !still {
            (self.lock, self.held) = (None, None);
        }
        let held = match self.held.take() {
            Some(held) => held,
            None => match self.begin().await {
                Ok(Ok(held)) => held,
                Ok(Err(round)) => return Ok(round),
                Err(error) => return Err(self.let_go(error)),
            },
        };
        let held = match self.sign(held, now).await {
            Ok(held) => held,
            Err(error) => return Err(self.let_go(error)),
        };
        let row = held.newest.clone();
        self.held = Some(held);
        // Signing ends with a checkpoint: the founding entry is there.
        Ok(row.map_or(Round::NotFounded, Round::Signed))
    }

    /// Where the database belongs to another place, the server of that place may take the lock.
    fn let_go(&mut self, error: SignerError) -> SignerError {
        if matches!(error, SignerError::Doubt(Doubt::OtherPlace { .. })) {
            self.lock = None;
        }
        error
    }

    /// Becomes the one who signs, and takes up where the last one ended.
    async fn begin(&mut self) -> Result<Result<Held, Round>, SignerError> {
        let (rows, _) = self.store.load(&[Key::Ledger].into()).await?;
        let ledger = rows.into_iter().find_map(|row| match row {
            trace_core::state::Row::Ledger(ledger) => Some(ledger),
            _ => None,
        });
        let Some(ledger) = ledger else { return Ok(Err(Round::NotFounded)) };
        if self.lock.is_none() {
            self.lock = self.store.lock_signer().await?;
        }
        if self.lock.is_none() {
            return Ok(Err(Round::Elsewhere));
        }
        let kept = match Kept::open(&self.settings.checkpoint_file) {
            // Another process of this machine signs.
            Err(KeptError::InUse { .. }) => {
                self.lock = None;
                return Ok(Err(Round::Elsewhere));
            }
            other => other?,
        };
        let origin = ledger.origin.to_string();
        let keys = LogKeys::read_or_make(&self.settings.key_file, &origin)?;
        let base = self.base(&origin, &keys, &kept).await?;
        let mut held = Held { origin, keys, kept, edge: Frontier::new(), newest: None };
        if let Some((note, checkpoint)) = base {
            let size = self.store.head().await?.frontier.size();
            if size < checkpoint.size() {
                return Err(Doubt::Behind { size, signed: checkpoint.size() }.into());
            }
            held.edge = tiles::frontier(&*self.store, checkpoint.size()).await?;
            let (root, signed) = (held.edge.root(), checkpoint.root());
            if root != signed {
                return Err(Doubt::Forked { size: checkpoint.size(), root, signed }.into());
            }
            held.newest = self.known(&note, &checkpoint).await?;
        }
        Ok(Ok(held))
    }

    /// The newest checkpoint that this log is bound to: the kept one; with a quorum, on another server's database, the
    /// one that the witnesses cosigned.
    async fn base(&self, origin: &str, keys: &LogKeys, kept: &Kept) -> Result<Option<(Note, Checkpoint)>, SignerError> {
        let policy = Policy::new(origin, keys.verifiers().cloned().collect(), Vec::new(), 0).map_err(Doubt::Strange)?;
        let read = |note: &Note| -> Result<(Note, Checkpoint), SignerError> {
            Ok((note.clone(), policy.verify(note).map_err(Doubt::Strange)?.checkpoint))
        };
        match self.store.signing_place().await? {
            None => self.store.put_signing_place(kept.name()).await?,
            Some(theirs) if theirs == kept.name() => {}
            Some(theirs) if self.quorum == 0 => {
                return Err(Doubt::OtherPlace { theirs, ours: kept.name().to_owned() }.into());
            }
            Some(_) => {
                let rows = self.store.checkpoints().await?;
                let Some(row) = rows.iter().find(|row| row.published) else { return Ok(None) };
                let note = Note::parse(row.note.as_bytes()).map_err(|error| Doubt::Strange(error.into()))?;
                return Ok(Some(read(&note)?));
            }
        }
        kept.note().map(read).transpose()
    }

    /// The row of a checkpoint that was signed before; noted again if the process ended before the store had it.
    async fn known(&self, note: &Note, checkpoint: &Checkpoint) -> Result<Option<CheckpointRow>, SignerError> {
        let rows = self.store.checkpoints().await?;
        let same = rows.into_iter().find(|row| row.size == checkpoint.size() && row.note.starts_with(note.text()));
        if same.is_some() {
            return Ok(same);
        }
        let head = self.store.head().await?;
        let row = CheckpointRow {
            size: checkpoint.size(),
            note: note.to_string(),
            signed_at: head.last_received_at.unwrap_or(ReceivedAt::EPOCH),
            published: self.quorum == 0,
        };
        self.store.put_checkpoint(&row).await?;
        Ok(Some(row))
    }

    async fn sign(&self, mut held: Held, now: ReceivedAt) -> Result<Held, SignerError> {
        // Keys change while it runs. A file that is gone for a moment, or for good, takes no key from who signs.
        if let Some(keys) = LogKeys::read_of(&self.settings.key_file, &held.origin)? {
            if !keys.are_those_of(&held.keys) {
                let signing: Vec<_> = keys.signing_verifiers().map(|key| key.id().to_string()).collect();
                tracing::warn!(signing = signing.join(", "), "the log's keys changed");
            }
            held.keys = keys;
        }
        // Another machine may have adopted the database meanwhile.
        if self.quorum == 0
            && let Some(theirs) = self.store.signing_place().await?
            && theirs != held.kept.name()
        {
            return Err(Doubt::OtherPlace { theirs, ours: held.kept.name().to_owned() }.into());
        }
        let head = self.store.head().await?;
        let (size, signed) = (head.frontier.size(), held.edge.size());
        if size < signed {
            return Err(Doubt::Behind { size, signed }.into());
        }
        while held.edge.size() < size {
            let first = held.edge.size();
            let rows = self.store.entries(first..size.min(first + CHUNK)).await?;
            if rows.is_empty() {
                return Err(Doubt::Edge { size: first }.into());
            }
            for row in rows {
                let hash = leaf_hash(&row.bytes);
                if row.index != held.edge.size() || row.leaf_hash != hash {
                    return Err(Doubt::Leaf { index: row.index }.into());
                }
                held.edge.push(hash);
            }
        }
        if held.edge != head.frontier {
            return Err(match held.newest {
                // Not one new entry, and yet another tree.
                Some(_) if size == signed => {
                    Doubt::Forked { size, root: head.frontier.root(), signed: held.edge.root() }
                }
                _ => Doubt::Edge { size },
            }
            .into());
        }
        if size == 0 || held.newest.as_ref().is_some_and(|row| row.size == size && is_by_all(&held.keys, row)) {
            return Ok(held);
        }
        let checkpoint =
            Checkpoint::new(&held.origin, size, held.edge.root()).map_err(|error| Doubt::Strange(error.into()))?;
        let note = held.keys.sign(&checkpoint).map_err(LogKeyError::from)?;
        let row = CheckpointRow { size, note: note.to_string(), signed_at: now, published: self.quorum == 0 };
        // Kept before it is shown, and flushed: that takes the disk's time.
        held.kept = tokio::task::spawn_blocking(move || {
            let mut kept = held.kept;
            kept.swap(note).map(|()| kept)
        })
        .await
        .map_err(|error| StoreError::Engine(format!("keeping a checkpoint was given up: {error}")))??;
        self.store.put_checkpoint(&row).await?;
        held.newest = Some(row);
        Ok(held)
    }
}

/// Whether every key that signs now has signed it: not so after a key was added.
fn is_by_all(keys: &LogKeys, row: &CheckpointRow) -> bool {
    let Ok(note) = Note::parse(row.note.as_bytes()) else { return false };
    let signed = |key: &trace_core::log::VerifierKey| {
        note.signatures().iter().any(|line| line.name() == key.name() && line.id() == key.id())
    };
    keys.signing_verifiers().all(signed)
}
