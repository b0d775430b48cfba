//! The transparency log: signs the tree within a second of an append, and reads tiles and proofs.
//!
//! The record's transaction is the commit point; what happens here comes after it and can neither delay nor undo it.
//! Formats are those of C2SP, in [`trace_core::log`]. It has no route; those are in `http::log`.

mod adopting;
mod cosigning;
mod doubt;
pub mod evidence;
mod kept;
mod key_file;
mod shelf;
mod signer;
pub mod tiles;
mod witness;

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Mutex, watch};
use trace_core::log::{Note, TilePath, VerifierKey};
use trace_core::time::ReceivedAt;

pub use adopting::{AdoptError, Adopted, Adoption, Known, newest_adoption};
pub use cosigning::{WitnessState, Witnesses};
pub use doubt::Doubt;
pub(crate) use kept::replace as replace_file;
pub use kept::{Kept, KeptError};
pub use key_file::{LogKeyError, LogKeys};
pub use signer::{Round, Signer, SignerError, SignerSettings};
pub use witness::{Refused, Witness, WitnessError};

use self::shelf::TileShelf;
use crate::ledger::Ledger;
use crate::store::{CheckpointRow, Store, StoreError};

/// Between two signatures at least: many appends share one, and each is signed within a second all the same.
const PAUSE: Duration = Duration::from_millis(400);

/// How often it looks for entries of other servers, and whether a doubt has gone.
const LOOK: Duration = Duration::from_secs(1);

/// What the signer is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It has not looked yet, or there is no ledger.
    Waiting,
    /// Another server signs.
    Elsewhere,
    /// Everything up to this size is signed.
    Signed(u64),
    /// It refuses to sign.
    Refuses(Doubt),
    /// It could not sign; it tries again.
    Failing(String),
}

/// The transparency log of a ledger. Cloning it is cheap.
#[derive(Clone)]
pub struct TransparencyLog {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    ledger: Ledger,
    settings: SignerSettings,
    witnesses: Witnesses,
    signer: Mutex<Signer>,
    standing: watch::Sender<Standing>,
    /// The newest checkpoint that this server signed.
    signed: watch::Sender<Option<Arc<CheckpointRow>>>,
    published: watch::Sender<Option<Arc<Published>>>,
    heard: watch::Sender<BTreeMap<String, WitnessState>>,
    shelf: TileShelf,
}

/// A checkpoint that is shown to the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The number of entries that it covers.
    pub size: u64,
    /// The note as it is served.
    pub text: String,
    /// The same, read.
    pub note: Note,
    /// When it was signed.
    pub signed_at: ReceivedAt,
    /// The log's verifier keys at that time, those that sign before the old ones; none on a server without the file.
    pub keys: Vec<VerifierKey>,
    /// Keys of the configured witnesses that cosigned it.
    pub cosigned_by: Vec<VerifierKey>,
}

impl TransparencyLog {
    /// The log of a ledger; nothing is signed until [`keep_signing`](Self::keep_signing) or [`sign`](Self::sign).
    pub fn of(ledger: &Ledger, settings: SignerSettings, witnesses: Witnesses) -> Self {
        let store = Arc::clone(ledger.store());
        let signer = Signer::new(Arc::clone(&store), settings.clone(), witnesses.quorum);
        let inner = Inner {
            store,
            ledger: ledger.clone(),
            settings,
            witnesses,
            signer: Mutex::new(signer),
            standing: watch::Sender::new(Standing::Waiting),
            signed: watch::Sender::new(None),
            published: watch::Sender::new(None),
            heard: watch::Sender::new(BTreeMap::new()),
            shelf: TileShelf::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Signs in the background, and has it cosigned, for as long as a clone of this is alive.
    pub fn keep_signing(&self) {
        cosigning::start(&self.inner);
        let weak = Arc::downgrade(&self.inner);
        let grown = self.inner.ledger.grown();
        tokio::spawn(async move {
            while sign_once(&weak).await {
                tokio::time::sleep(PAUSE).await;
                // Whether it grew, or the time is over: both mean another look.
                let _ = tokio::time::timeout(LOOK, grown.notified()).await;
            }
        });
    }

    /// Signs the log as it is now.
    ///
    /// # Errors
    /// [`SignerError`]; the standing says the same.
    pub async fn sign(&self) -> Result<Round, SignerError> {
        self.inner.sign().await
    }

    /// What the signer is doing.
    pub fn standing(&self) -> Standing {
        self.inner.standing.borrow().clone()
    }

    /// Told of every change of the standing.
    pub fn watch(&self) -> watch::Receiver<Standing> {
        self.inner.standing.subscribe()
    }

    /// The newest checkpoint that is shown to the world, with its cosignatures, as of the last look (at most a second
    /// ago while signing goes on).
    pub fn published(&self) -> Option<Arc<Published>> {
        self.inner.published.borrow().clone()
    }

    /// The bytes of a tile or bundle of the published tree; `None` where that tree has no such tile.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tile(&self, path: TilePath) -> Result<Option<Bytes>, StoreError> {
        let size = self.inner.published.borrow().as_ref().map_or(0, |newest| newest.size);
        self.inner.shelf.tile(&*self.inner.store, path, size).await
    }

    /// Told of every newly published checkpoint.
    pub fn watch_published(&self) -> watch::Receiver<Option<Arc<Published>>> {
        self.inner.published.subscribe()
    }

    /// Every witness and what is known of it since the start.
    pub fn witnesses(&self) -> Vec<(Witness, WitnessState)> {
        let heard = self.inner.heard.borrow();
        let state = |witness: &Witness| heard.get(witness.name()).cloned().unwrap_or_default();
        self.inner.witnesses.list.iter().map(|witness| (witness.clone(), state(witness))).collect()
    }

    /// How many witnesses must cosign.
    pub fn quorum(&self) -> usize {
        self.inner.witnesses.quorum
    }

    /// The log's keys as the file holds them now; `None` before the first signature.
    ///
    /// # Errors
    /// [`LogKeyError`].
    pub fn keys(&self) -> Result<Option<LogKeys>, LogKeyError> {
        LogKeys::read(&self.inner.settings.key_file)
    }
}

impl Inner {
    async fn sign(&self) -> Result<Round, SignerError> {
        let mut signer = self.signer.lock().await;
        let mut round = signer.round(self.ledger.now()).await;
        if let Ok(Round::Signed(row)) = &round
            && self.signed.borrow().as_ref().is_none_or(|known| known.size != row.size || known.note != row.note)
        {
            self.signed.send_replace(Some(Arc::new(row.clone())));
        }
        if let Err(error) = self.look().await {
            round = round.and(Err(error.into()));
        }
        let standing = match &round {
            Ok(Round::NotFounded) => Standing::Waiting,
            Ok(Round::Elsewhere) => Standing::Elsewhere,
            Ok(Round::Signed(row)) => Standing::Signed(row.size),
            Err(SignerError::Doubt(doubt)) => Standing::Refuses(doubt.clone()),
            Err(error) => Standing::Failing(error.to_string()),
        };
        let before = self.standing.send_replace(standing.clone());
        if before != standing {
            match &standing {
                Standing::Refuses(doubt) => tracing::error!(%doubt, "THE LOG REFUSES TO SIGN"),
                Standing::Failing(error) => tracing::error!(error, "the log could not be signed; trying again"),
                _ if matches!(before, Standing::Refuses(_) | Standing::Failing(_)) => {
                    tracing::warn!("the log is signed again");
                }
                _ => {}
            }
        }
        // New entries on a database that lost signed ones would make the fork final.
        self.ledger.suspend(matches!(&standing, Standing::Refuses(doubt) if doubt.is_of_the_database()));
        round
    }
}

impl Inner {
    /// Takes note of what is published, by whichever server.
    async fn look(&self) -> Result<(), StoreError> {
        let Some(row) = self.store.checkpoints().await?.into_iter().find(|row| row.published) else { return Ok(()) };
        if self.published.borrow().as_ref().is_some_and(|known| known.text == row.note) {
            return Ok(());
        }
        let note = Note::parse(row.note.as_bytes()).map_err(|error| StoreError::Corrupt {
            table: "checkpoints",
            key: row.size.to_string(),
            problem: error.to_string(),
        })?;
        let keys = match LogKeys::read(&self.settings.key_file) {
            Ok(keys) => keys.iter().flat_map(LogKeys::verifiers).cloned().collect(),
            Err(error) => {
                tracing::error!(%error, "the log's verifier keys cannot be told");
                Vec::new()
            }
        };
        let cosigned = |key: &&VerifierKey| note.verify(std::slice::from_ref(*key)).is_ok();
        let cosigned_by = self.witnesses.list.iter().map(Witness::key).filter(cosigned).cloned().collect();
        let published = Published { size: row.size, text: row.note, note, signed_at: row.signed_at, keys, cosigned_by };
        self.published.send_replace(Some(Arc::new(published)));
        Ok(())
    }
}

/// Whether to go on.
async fn sign_once(weak: &Weak<Inner>) -> bool {
    let Some(inner) = weak.upgrade() else { return false };
    // The standing and the operator's log have what went wrong.
    drop(inner.sign().await);
    true
}
