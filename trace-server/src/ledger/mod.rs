//! The ledger: the use cases that API, pages and commands share, over whatever store.
//!
//! An acknowledged record is durable. Concurrent appends share a commit; each is judged alone, on the effects of those
//! before it.

mod committer;
mod erasure;
mod evidence;
mod grants;
mod persons;
mod preparing;
mod reading;
mod rebuild;
mod rehearsing;
mod request;
mod rows;
mod rules;
mod signing;
mod sitting;
mod surroundings;
mod uploads;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Notify, mpsc, oneshot};
use trace_core::id::{RecordId, Uid};
use trace_core::prepare::Completed;
use trace_core::record::Refusal;

pub use evidence::EvidenceError;
pub use grants::not_granted;
pub use persons::{Personal, destroyed_among, keys_in_use, opened, party_rows};
pub use reading::{RecordView, Viewer};
pub use rebuild::{RebuildError, Rebuilt, replayed};
pub use rehearsing::Rehearsed;
pub use request::{Answer, AppendError, Appended, GROUP_RECORDS_MAX, Item, Request, position};
pub use rules::{RULES_BYTES_MAX, canonical_rules};
pub use surroundings::{Surroundings, random, system_time};

use crate::keystore::KeyStore;
use crate::store::Store;
use committer::Pending;
use rules::RulesShelf;

/// How many requests may wait for a commit before senders have to wait too.
const QUEUE: usize = 1024;

/// A ledger over a store. Cloning it is cheap; all clones share one queue of commits.
#[derive(Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    keys: Arc<dyn KeyStore>,
    queue: mpsc::Sender<Pending>,
    surroundings: Arc<Surroundings>,
    key_version: u8,
    grown: Arc<Notify>,
    suspended: AtomicBool,
}

impl Ledger {
    /// Opens a ledger and starts its committer. `keys` are those of the parties, `key_version` is the version of the
    /// code key for new code issues.
    pub fn open(store: Arc<dyn Store>, keys: Arc<dyn KeyStore>, surroundings: Surroundings, key_version: u8) -> Self {
        let (queue, requests) = mpsc::channel(QUEUE);
        let rules = Arc::new(RulesShelf::default());
        let surroundings = Arc::new(surroundings);
        let grown = Arc::new(Notify::new());
        let committer = committer::Committer::new(
            Arc::clone(&store),
            Arc::clone(&keys),
            rules,
            Arc::clone(&surroundings),
            key_version,
            Arc::clone(&grown),
        );
        tokio::spawn(committer.run(requests));
        let suspended = AtomicBool::new(false);
        Self { inner: Arc::new(Inner { store, keys, queue, surroundings, key_version, grown, suspended }) }
    }

    /// Appends a record or a group and answers when it is durable. A request that was answered before gets the same
    /// answer again.
    ///
    /// # Errors
    /// [`AppendError::Refused`] with what was wrong, where, and what would be right; [`AppendError::Store`] if the
    /// store failed, and then nothing of the request is stored, unless it is a
    /// [`StoreError::Ambiguous`](crate::store::StoreError::Ambiguous): then the same request is to be sent again.
    /// [`AppendError::Suspended`] while the database is in doubt.
    pub async fn append(&self, request: Request) -> Result<Answer, AppendError> {
        if request.items.is_empty() {
            let refusal = Refusal::invalid("empty_request", "", "请求里没有记录", "the request holds no record");
            return Err(refusal.into());
        }
        if self.inner.suspended.load(Ordering::Acquire) {
            return Err(AppendError::Suspended);
        }
        self.check_files(&request).await?;
        let (answer, receive) = oneshot::channel();
        self.inner.queue.send(Pending { request, answer }).await.map_err(|_| AppendError::Closing)?;
        receive.await.map_err(|_| AppendError::Closing)?
    }

    /// Completes a request without appending it: what would be stored, for the client to sign.
    ///
    /// # Errors
    /// As [`Ledger::append`], for what can be known without the lock.
    pub async fn prepare(&self, request: &Request) -> Result<Vec<Completed>, AppendError> {
        self.check_files(request).await?;
        preparing::prepare(&self.inner.store, &self.inner.surroundings, self.inner.key_version, request).await
    }

    /// Notified after every commit of this server.
    pub fn grown(&self) -> Arc<Notify> {
        Arc::clone(&self.inner.grown)
    }

    /// Refuses every append from now on, or takes them again; reading goes on.
    pub fn suspend(&self, suspended: bool) {
        self.inner.suspended.store(suspended, Ordering::Release);
    }

    /// The store below, for what needs no rule.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// The keys of what tells of persons.
    pub fn key_store(&self) -> &Arc<dyn KeyStore> {
        &self.inner.keys
    }

    /// The time by the ledger's clock.
    pub fn now(&self) -> trace_core::time::ReceivedAt {
        (self.inner.surroundings.now)()
    }
}

/// SHA-256 of a request as received: the same bytes under the same uid get the same answer.
pub fn digest_of(bytes: &[u8]) -> RecordId {
    RecordId::of(bytes)
}

/// The same uid was used for another request.
pub(crate) fn uid_reused(uid: Uid) -> Refusal {
    Refusal::conflict(
        "uid_reused",
        "/uid",
        format!("uid {uid} 已用于内容不同的请求或记录；请换一个 uid"),
        format!("the uid {uid} was used for a request or record with other content; use a new uid"),
    )
}
