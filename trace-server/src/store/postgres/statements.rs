//! Statements as they are sent: prepared once for each session and kept there.
//!
//! It holds no SQL; each statement stands in the function that uses it.

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::failure::Failure;
use super::sessions::{End, Work};

/// Values for `$1`, `$2`, …
pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// All rows.
pub(super) async fn query<C: GenericClient>(
    client: &C,
    sql: &str,
    values: Parameters<'_>,
) -> Result<Vec<Row>, Failure> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, values).await?)
}

/// One row or none.
pub(super) async fn query_opt<C: GenericClient>(
    client: &C,
    sql: &str,
    values: Parameters<'_>,
) -> Result<Option<Row>, Failure> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query_opt(&statement, values).await?)
}

/// How many rows it changed.
pub(super) async fn execute<C: GenericClient>(client: &C, sql: &str, values: Parameters<'_>) -> Result<u64, Failure> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.execute(&statement, values).await?)
}

/// A change of one statement in a transaction of its own, so that a lost COMMIT is told from a failed statement.
pub(super) struct Change<'a> {
    pub(super) sql: &'a str,
    pub(super) values: Parameters<'a>,
}

#[async_trait]
impl Work for Change<'_> {
    type Answer = ();

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<()>, Failure> {
        execute(transaction, self.sql, self.values).await?;
        Ok(End::Commit(()))
    }
}
