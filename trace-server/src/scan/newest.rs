//! How far the log is, asked once for all who wait, and what was read at that size.
//!
//! Everything that a page tells but openings follows from the log, and changes in the transaction that lengthens it. So
//! what was read stays true as long as the log has the same size, and an opening costs that one number and its own
//! write. Several servers may share a database, so the number is asked for each time; those who ask while it is
//! being read share the next reading, which begins after they asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};
use trace_core::code::IssueNumber;
use trace_core::state::{BatchRow, IssueRow};
use trace_core::time::Zone;

use crate::store::{Store, StoreError};

/// Who may wait for one reading; beyond that each reads for itself.
const QUEUE: usize = 4096;

/// Most code issues that are kept; one takes some kilobytes.
const ISSUES_MAX: usize = 1024;

/// Asks for the log's size.
pub(super) struct Newest {
    store: Arc<dyn Store>,
    queue: mpsc::Sender<oneshot::Sender<u64>>,
}

impl Newest {
    /// Starts the task that reads; it ends when this is dropped.
    pub fn start(store: Arc<dyn Store>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(read(Arc::clone(&store), waiting));
        Self { store, queue }
    }

    /// The number of entries, as it is at some moment after the call.
    pub async fn size(&self) -> Result<u64, StoreError> {
        let (answer, receive) = oneshot::channel();
        if self.queue.try_send(answer).is_ok()
            && let Ok(size) = receive.await
        {
            return Ok(size);
        }
        // The shared reading failed: its own tells why.
        Ok(self.store.head().await?.frontier.size())
    }
}

async fn read(store: Arc<dyn Store>, mut queue: mpsc::Receiver<oneshot::Sender<u64>>) {
    let mut waiting = Vec::new();
    while queue.recv_many(&mut waiting, QUEUE).await > 0 {
        match store.head().await {
            Ok(head) => {
                for one in waiting.drain(..) {
                    // Who hung up meanwhile needs no answer.
                    let _ = one.send(head.frontier.size());
                }
            }
            // Dropping the senders tells them.
            Err(_) => waiting.clear(),
        }
    }
}

/// A code issue with what a package's page needs beside it.
#[derive(Debug)]
pub(super) struct Issued {
    pub issue: IssueRow,
    pub batch: BatchRow,
    pub zone: Zone,
}

/// Code issues that were read lately, each with the size of the log before it was read.
#[derive(Default)]
pub(super) struct Issues(Mutex<HashMap<IssueNumber, (u64, Arc<Issued>)>>);

impl Issues {
    /// An issue that was read when the log had this size, or more.
    pub fn known(&self, number: IssueNumber, size: u64) -> Option<Arc<Issued>> {
        // Held for a look-up only.
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&number).filter(|(at, _)| *at >= size).map(|(_, issued)| Arc::clone(issued))
    }

    /// Keeps what was read after the log had this size.
    pub fn keep(&self, size: u64, issued: &Arc<Issued>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ISSUES_MAX && !known.contains_key(&issued.issue.number) {
            known.clear();
        }
        let slot = known.entry(issued.issue.number).or_insert_with(|| (size, Arc::clone(issued)));
        if slot.0 <= size {
            *slot = (size, Arc::clone(issued));
        }
    }
}
