//! Sessions with the server, and transactions on them: the one place that repeats an attempt.
//!
//! It knows no table.

use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Transaction};
use tokio_postgres::{IsolationLevel, NoTls};

use super::failure::Failure;
use super::{migrate, settings};
use crate::store::StoreError;

/// Sessions of one process. Appends are one after another anyway; 16 leave room for pages beside them, and six
/// processes stay below the 100 sessions that a server gives by default.
const SESSIONS_MAX: usize = 16;

/// How long a request waits for a free session before it is told that the service is overloaded.
const WAIT_SECONDS_MAX: u64 = 30;

/// Attempts in all. Deadlocks are rare (the head is locked first), and a restarted server is back within them.
const ATTEMPTS_MAX: u32 = 3;

/// The pause before the second attempt; each later one is four times as long.
const PAUSE_MS: u64 = 50;

/// A pool of verified sessions.
#[derive(Debug, Clone)]
pub(super) struct Sessions {
    pool: Pool,
}

/// How a transaction ends that met no error.
#[derive(Debug)]
pub(super) enum End<T> {
    /// It is committed.
    Commit(T),
    /// Nothing was to be stored; it is rolled back.
    Discard(T),
}

/// What is done in one transaction. It may be done again from the start, so it keeps nothing of an earlier attempt.
#[async_trait]
pub(super) trait Work: Sync {
    /// What it answers.
    type Answer: Send;

    /// Does it, up to but without COMMIT.
    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<Self::Answer>, Failure>;
}

impl Sessions {
    /// Checks the server, brings the schema up to date, and makes the pool.
    pub(super) async fn open(url: &str) -> Result<Self, StoreError> {
        let config = settings::configure("TRACE_DATABASE_URL", url)?;
        let (mut client, connection) = config.connect(NoTls).await.map_err(Failure::from)?;
        let driver = tokio::spawn(connection);
        let prepared = async {
            settings::check(&client).await?;
            migrate::migrate(&mut client).await
        }
        .await;
        // The end of this session frees the lock of the schema; the connection's own word about it adds nothing.
        drop(client);
        drop(driver.await);
        prepared?;

        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Verified };
        let pool = Pool::builder(Manager::from_config(config, NoTls, recycling))
            .max_size(SESSIONS_MAX)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(Duration::from_secs(WAIT_SECONDS_MAX)))
            .build()
            .map_err(|error| StoreError::Engine(error.to_string()))?;
        Ok(Self { pool })
    }

    /// A session for reading in single statements.
    pub(super) async fn get(&self) -> Result<Client, Failure> {
        Ok(self.pool.get().await?)
    }

    /// A session for several statements that read one state of the database.
    pub(super) async fn read<W: Work>(&self, work: &W) -> Result<W::Answer, StoreError> {
        self.repeat(work, IsolationLevel::RepeatableRead, true).await
    }

    /// Does the work in a transaction of READ COMMITTED, so that its first statement may wait for the head and every
    /// later one sees what the transaction before it left.
    pub(super) async fn write<W: Work>(&self, work: &W) -> Result<W::Answer, StoreError> {
        self.repeat(work, IsolationLevel::ReadCommitted, false).await
    }

    /// Attempts while nothing was stored and another attempt promises more, at most [`ATTEMPTS_MAX`] times.
    async fn repeat<W: Work>(&self, work: &W, level: IsolationLevel, read_only: bool) -> Result<W::Answer, StoreError> {
        let mut pause = Duration::from_millis(PAUSE_MS);
        let mut attempts = 1;
        loop {
            match self.attempt(work, level, read_only).await {
                Ok(answer) => return Ok(answer),
                Err(failure) if attempts < ATTEMPTS_MAX && failure.is_passing() => {
                    let error = StoreError::from(failure);
                    tracing::warn!(attempts, %error, "a transaction is attempted again");
                }
                Err(failure) => return Err(failure.into()),
            }
            tokio::time::sleep(pause).await;
            pause *= 4;
            attempts += 1;
        }
    }

    async fn attempt<W: Work>(&self, work: &W, level: IsolationLevel, read_only: bool) -> Result<W::Answer, Failure> {
        let mut session = self.get().await?;
        let transaction = session.build_transaction().isolation_level(level).read_only(read_only).start().await?;
        match work.run(&transaction).await? {
            End::Commit(answer) => {
                transaction.commit().await.map_err(Failure::Commit)?;
                Ok(answer)
            }
            End::Discard(answer) => {
                transaction.rollback().await?;
                Ok(answer)
            }
        }
    }
}
