//! The one thread that writes, and the queue before it.
//!
//! A caller that stops waiting changes nothing: what is in the queue is done to its end.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::{engine, stopped};
use crate::store::StoreError;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// After so long without work what stands in the write-ahead log is copied into the file: a page that stands only there is
/// copied at every visit of a reader, one in the file is read in place.
const IDLE: Duration = Duration::from_secs(1);

/// The writing thread; dropping it waits until the queue is empty and closes the connection.
pub struct Writer {
    /// `None` only while it is dropped.
    queue: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub fn start(mut connection: Connection) -> Result<Self, StoreError> {
        let (queue, jobs) = mpsc::channel::<Job>();
        let work = move || serve(&mut connection, &jobs);
        let builder = std::thread::Builder::new().name("sqlite-writer".to_owned());
        let thread = builder.spawn(work).map_err(|e| StoreError::Engine(format!("no thread for writing: {e}")))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Runs work on the connection, after all that was asked before.
    pub async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // A caller that has gone away does not hear the answer; the work stands.
            let _ = answer.send(work(connection));
        });
        self.queue.as_ref().ok_or_else(|| stopped("closing"))?.send(job).map_err(stopped)?;
        answered.await.map_err(stopped)?
    }

    /// Runs work in one transaction that holds the write lock from its first moment, and commits it.
    pub async fn transact<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.run(move |connection| {
            let transaction = begin(connection)?;
            let answer = work(&transaction)?;
            transaction.commit().map_err(engine)?;
            Ok(answer)
        })
        .await
    }
}

/// Does one job after another; where none comes it folds the write-ahead log, once.
fn serve(connection: &mut Connection, jobs: &Receiver<Job>) {
    let mut folded = false;
    loop {
        let next = if folded { jobs.recv().map_err(RecvTimeoutError::from) } else { jobs.recv_timeout(IDLE) };
        folded = match next {
            Ok(job) => {
                // A job that panics has rolled back while unwinding and its caller is told; the next one is served.
                let _ = std::panic::catch_unwind(AssertUnwindSafe(|| job(connection)));
                false
            }
            Err(RecvTimeoutError::Timeout) => {
                fold(connection);
                true
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
    }
}

/// Copies the write-ahead log into the file as far as no reader needs what stands there. No reader waits for it; a job that
/// comes meanwhile does, as it would where a commit does the same. What it cannot do is done at another time.
fn fold(connection: &Connection) {
    if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
        tracing::warn!(%error, "the write-ahead log was not copied into the file");
    }
}

/// Begins a transaction that locks out every other writer; dropped without a commit, it rolls back.
pub fn begin(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(engine)
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // It catches what panics, so there is nothing to hear of it.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test may panic")]

    use super::*;

    fn count(connection: &mut Connection) -> Result<i64, StoreError> {
        connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).map_err(engine)
    }

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (a INTEGER) STRICT").unwrap();
        Writer::start(connection).unwrap()
    }

    #[tokio::test]
    async fn a_panic_stores_nothing_and_the_next_job_is_served() {
        let writer = writer();
        let panicked: Result<(), _> = writer
            .transact(|tx| {
                tx.execute("INSERT INTO t VALUES (1)", []).unwrap();
                panic!("in the middle")
            })
            .await;
        assert!(matches!(panicked, Err(StoreError::Engine(_))));
        assert_eq!(writer.run(count).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_finished() {
        let writer = writer();
        let insert = |tx: &Connection| tx.execute("INSERT INTO t VALUES (1)", []).map_err(engine);
        let mut forsaken = Box::pin(writer.transact(insert));
        // One poll puts it into the queue.
        let _ = futures_util::poll!(&mut forsaken);
        drop(forsaken);
        assert_eq!(writer.run(count).await.unwrap(), 1);
    }
    #[tokio::test]
    async fn what_was_written_is_in_the_file_soon_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let connection = super::super::connection::open_writer(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (a TEXT) STRICT").unwrap();
        let writer = Writer::start(connection).unwrap();
        let insert = |tx: &Connection| tx.execute("INSERT INTO t VALUES ('found in the file')", []).map_err(engine);
        writer.transact(insert).await.unwrap();
        // Another process looks: to close a file that SQLite has open drops the locks of this one.
        let is_there = || {
            let file = std::process::Command::new("cat").arg(&path).output().unwrap().stdout;
            file.windows(17).any(|bytes| bytes == b"found in the file")
        };
        for _ in 0..100 {
            tokio::time::sleep(IDLE / 4).await;
            if is_there() {
                return;
            }
        }
        panic!("it never came into the file");
    }
}
