//! Group commit: requests that wait are judged and committed together; when the store itself fails, each is tried
//! alone before anyone is told, and an ambiguous commit is settled by uid.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{Notify, mpsc, oneshot};
use trace_core::record::Entry;

use super::persons::{is_same, made};
use super::rules::RulesShelf;
use super::sitting::{Outcome, Seat, Sitting};
use super::{Answer, AppendError, Appended, Item, Request, Surroundings, erasure, uid_reused};
use crate::keystore::{KeyName, KeyStore, Keys};
use crate::store::{Store, StoreError};

/// Most requests in one commit: enough to share the cost of making it durable, few enough that none waits long.
const COMMIT_REQUESTS_MAX: usize = 128;

/// How often a request whose commit was lost is tried again before its sender is told that its fate is unknown.
const SETTLING_ATTEMPTS_MAX: u32 = 3;

/// How often the committer lets other tasks run before it commits fewer requests than last time; a turn takes
/// microseconds, a flush to the disk hundreds of them.
const GATHER_TURNS: usize = 32;

pub(super) struct Pending {
    pub request: Request,
    pub answer: oneshot::Sender<Result<Answer, AppendError>>,
}

pub(super) struct Committer {
    store: Arc<dyn Store>,
    keys: Arc<dyn KeyStore>,
    rules: Arc<RulesShelf>,
    surroundings: Arc<Surroundings>,
    key_version: u8,
    grown: Arc<Notify>,
}

impl Committer {
    pub fn new(
        store: Arc<dyn Store>,
        keys: Arc<dyn KeyStore>,
        rules: Arc<RulesShelf>,
        surroundings: Arc<Surroundings>,
        key_version: u8,
        grown: Arc<Notify>,
    ) -> Self {
        Self { store, keys, rules, surroundings, key_version, grown }
    }

    /// Serves the queue until every sender is gone.
    pub async fn run(self, mut queue: mpsc::Receiver<Pending>) {
        let mut waiting = Vec::with_capacity(COMMIT_REQUESTS_MAX);
        let mut last = 1;
        while queue.recv_many(&mut waiting, COMMIT_REQUESTS_MAX).await > 0 {
            gather(&mut queue, &mut waiting, last).await;
            last = waiting.len();
            self.serve(std::mem::take(&mut waiting), Keys::new()).await;
        }
    }

    async fn serve(&self, waiting: Vec<Pending>, keys: Keys) {
        let (requests, answers): (Vec<_>, Vec<_>) = waiting.into_iter().map(|p| (p.request, p.answer)).unzip();
        let alone = requests.len() == 1;
        match self.sit(requests.clone(), keys.clone()).await {
            Ok(outcomes) => {
                let (mut lacking, mut again) = (BTreeSet::new(), Vec::new());
                for ((outcome, request), answer) in outcomes.into_iter().zip(requests).zip(answers) {
                    if let Outcome::NeedsKeys(names) = outcome {
                        lacking.extend(names);
                        again.push(Pending { request, answer });
                        continue;
                    }
                    let result = self.settle(outcome, request, keys.clone()).await;
                    drop(answer.send(result));
                }
                if !again.is_empty() {
                    self.serve_with(again, keys, &lacking).await;
                }
            }
            Err(error) if alone && !matches!(error, StoreError::Ambiguous(_)) => {
                tracing::error!(%error, "a commit failed");
                for answer in answers {
                    drop(answer.send(Err(told(&error).into())));
                }
            }
            Err(error) => {
                tracing::warn!(%error, requests = requests.len(), "a commit failed; trying each request alone");
                for (request, answer) in requests.into_iter().zip(answers) {
                    let lost = matches!(error, StoreError::Ambiguous(_)).then(|| told(&error));
                    let result = self.append_alone(request, lost, keys.clone()).await;
                    drop(answer.send(result));
                }
            }
        }
    }

    /// Serves the rest of a commit once the keys that it lacks are there, durable, before anything is sealed under
    /// them. Only requests that may stand come this far, so that nobody fills the key store with refused ones.
    async fn serve_with(&self, waiting: Vec<Pending>, mut keys: Keys, lacking: &BTreeSet<KeyName>) {
        match made(&*self.store, &*self.keys, lacking).await {
            Ok(more) => {
                keys.extend(more);
                Box::pin(self.serve(waiting, keys)).await;
            }
            Err(error) => {
                tracing::error!(%error, "no key can be had; what tells of persons is not stored");
                for Pending { request, answer } in waiting {
                    // The others only waited for their turn.
                    let result = if request.items.iter().any(Item::is_personal) {
                        Err(told(&error).into())
                    } else {
                        self.append_alone(request, None, keys.clone()).await
                    };
                    drop(answer.send(result));
                }
            }
        }
    }

    /// Judges one request alone. `lost` is the error of an earlier commit of it that may have been stored after all.
    ///
    /// Such a commit is settled by sitting again, not by a mere look: the sitting waits for the head's lock, and so
    /// until the server is done with the lost commit; then the uid is known, or the request is judged as if new.
    async fn append_alone(
        &self,
        request: Request,
        mut lost: Option<StoreError>,
        keys: Keys,
    ) -> Result<Answer, AppendError> {
        for _ in 0..SETTLING_ATTEMPTS_MAX {
            match self.sit(vec![request.clone()], keys.clone()).await {
                Ok(mut outcomes) => {
                    return match outcomes.pop() {
                        Some(outcome) => Box::pin(self.settle(outcome, request, keys)).await,
                        None => Err(AppendError::Closing),
                    };
                }
                Err(error @ StoreError::Ambiguous(_)) => {
                    tracing::warn!(%error, "a commit may have been stored; looking");
                    lost = Some(error);
                }
                Err(error) => {
                    tracing::error!(%error, "a commit failed");
                    // After a lost commit a plain failure says nothing of what became of that one.
                    return Err(lost.unwrap_or(error).into());
                }
            }
        }
        Err(lost.unwrap_or_else(|| StoreError::Engine("no attempt was made".to_owned())).into())
    }

    /// Judges and commits.
    async fn sit(&self, requests: Vec<Request>, keys: Keys) -> Result<Vec<Outcome>, StoreError> {
        let mut seats = Vec::with_capacity(requests.len());
        for request in requests {
            let seed = (self.surroundings.seed)().map_err(|e| StoreError::Engine(format!("no randomness: {e}")))?;
            seats.push(Seat { request, seed });
        }
        let (now, rules) = ((self.surroundings.now)(), Arc::clone(&self.rules));
        let sitting = Arc::new(Sitting::new(seats, now, self.key_version, rules, keys));
        self.store.append(Arc::clone(&sitting) as Arc<dyn crate::store::Judge>).await?;
        let outcomes = sitting.outcomes();
        if outcomes.iter().any(|outcome| matches!(outcome, Outcome::Accepted(_))) {
            self.grown.notify_one();
        }
        Ok(outcomes)
    }

    async fn settle(&self, outcome: Outcome, request: Request, mut keys: Keys) -> Result<Answer, AppendError> {
        match outcome {
            Outcome::Accepted(records) => self.carried_out(Answer { records, repeated: false }).await,
            Outcome::Refused(refusal) => Err(refusal.into()),
            Outcome::Repeated(ids) => self.carried_out(answered_before(&*self.store, &ids).await?).await,
            Outcome::Claimed(known) => {
                if !is_same(&*self.store, &*self.keys, &known, request.digest).await? {
                    return Err(uid_reused(known.uid).into());
                }
                self.carried_out(answered_before(&*self.store, &known.records).await?).await
            }
            Outcome::NeedsRules(digest) => {
                self.rules.fetch(digest, &*self.store).await?;
                Box::pin(self.append_alone(request, None, keys)).await
            }
            Outcome::NeedsKeys(names) => {
                keys.extend(made(&*self.store, &*self.keys, &names).await?);
                Box::pin(self.append_alone(request, None, keys)).await
            }
        }
    }

    /// The answer, once the erasures among its records are more than a record.
    async fn carried_out(&self, answer: Answer) -> Result<Answer, AppendError> {
        let parties = erasure::erased_by(answer.records.iter().map(|one| &one.record));
        if !parties.is_empty() {
            erasure::finish(&*self.store, &*self.keys, &parties).await.map_err(AppendError::Unfinished)?;
        }
        Ok(answer)
    }
}

/// The same error again, for each of the requests that shared it.
fn told(error: &StoreError) -> StoreError {
    match error {
        StoreError::Ambiguous(words) => StoreError::Ambiguous(words.clone()),
        other => StoreError::Engine(other.to_string()),
    }
}

/// Lets those who were answered last send their next requests before the commit begins: without it a commit of few
/// and one of many take turns, and each costs a flush to the disk. A single sender waits for nobody.
async fn gather(queue: &mut mpsc::Receiver<Pending>, waiting: &mut Vec<Pending>, last: usize) {
    for _ in 0..GATHER_TURNS {
        if waiting.len() >= last.min(COMMIT_REQUESTS_MAX) {
            return;
        }
        tokio::task::yield_now().await;
        while waiting.len() < COMMIT_REQUESTS_MAX
            && let Ok(pending) = queue.try_recv()
        {
            waiting.push(pending);
        }
    }
}

/// The answer to a request that is stored already.
async fn answered_before(store: &dyn Store, ids: &[trace_core::id::RecordId]) -> Result<Answer, StoreError> {
    let entries = store.entries_of(ids).await?;
    let words = store.findings(ids).await?;
    let mut records = Vec::with_capacity(ids.len());
    for row in entries {
        let entry = Entry::from_bytes(&row.bytes).map_err(|refusal| StoreError::Corrupt {
            table: "entries",
            key: row.index.to_string(),
            problem: refusal.to_string(),
        })?;
        records.push(Appended {
            index: row.index,
            received_at: entry.received_at,
            findings: words.iter().filter(|w| w.record == row.record).map(|w| w.finding.clone()).collect(),
            record: entry.record,
        });
    }
    Ok(Answer { records, repeated: true })
}
