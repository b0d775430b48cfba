//! Counting openings: those that wait share one durable write (group commit), and nobody waits for long.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::store::{NewScan, PackageScans, Store};

/// Most scans in one write. A live stream brings 500 a second, and a write takes some milliseconds.
const WRITE_SCANS_MAX: usize = 256;

/// How many scans may wait for their write; beyond that they go uncounted rather than keep the page back.
const QUEUE: usize = 4096;

/// How long a page waits for its opening to be counted: a person on a bad network waits long enough already.
const WAIT_MAX: Duration = Duration::from_secs(3);

struct Waiting {
    scan: NewScan,
    answer: oneshot::Sender<PackageScans>,
}

/// The queue of scans that are to be written.
pub(super) struct Counter {
    queue: mpsc::Sender<Waiting>,
}

impl Counter {
    /// Starts the task that writes; it ends when the counter is dropped.
    pub fn start(store: Arc<dyn Store>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(write(store, waiting));
        Self { queue }
    }

    /// Stores a scan durably and answers what was known of the package before; `None` if it was not stored, or not
    /// in time.
    pub async fn count(&self, scan: NewScan) -> Option<PackageScans> {
        let (answer, receive) = oneshot::channel();
        self.queue.try_send(Waiting { scan, answer }).ok()?;
        tokio::time::timeout(WAIT_MAX, receive).await.ok()?.ok()
    }
}

async fn write(store: Arc<dyn Store>, mut queue: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::with_capacity(WRITE_SCANS_MAX);
    while queue.recv_many(&mut waiting, WRITE_SCANS_MAX).await > 0 {
        // Whose page was answered already is not written: it was told that it does not count.
        waiting.retain(|one| !one.answer.is_closed());
        let scans: Vec<NewScan> = waiting.iter().map(|one| one.scan.clone()).collect();
        if scans.is_empty() {
            continue;
        }
        match store.put_scans(&scans).await {
            Ok(known) => {
                for (one, before) in waiting.drain(..).zip(known) {
                    drop(one.answer.send(before));
                }
            }
            Err(error) => {
                tracing::error!(%error, scans = scans.len(), "openings of packages were not counted");
                // Dropping the senders tells the pages.
                waiting.clear();
            }
        }
    }
}
