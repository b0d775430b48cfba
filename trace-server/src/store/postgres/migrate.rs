//! Brings the schema up to date when the program starts, one process at a time.
//!
//! It never goes back: a database of a newer program is refused before anything is touched.

use refinery::error::Kind;
use tokio_postgres::{Client, GenericClient};

use super::failure::Failure;
use crate::store::StoreError;

mod embedded {
    refinery::embed_migrations!("../migrations/postgres");
}

/// Name of the advisory lock (per database) under which schemas change: "tianmaDB" as ASCII.
const SCHEMA_LOCK: i64 = i64::from_be_bytes(*b"tianmaDB");

/// Applies what is missing. The lock belongs to the session: the caller ends it afterwards.
///
/// # Errors
/// [`StoreError::NewerSchema`]; [`StoreError::Unfit`] where the history of the schema is not that of this program;
/// failures of the server.
pub(super) async fn migrate(client: &mut Client) -> Result<(), Failure> {
    // Another process may be at a long migration; that is no reason to give up after the limit of an append.
    client.batch_execute("SET lock_timeout = '10min'; SET idle_in_transaction_session_timeout = 0").await?;
    client
        .execute(
            "-- lock_schema
             SELECT pg_advisory_lock($1)",
            &[&SCHEMA_LOCK],
        )
        .await?;
    let runner = embedded::migrations::runner();
    let known = known();
    if let Some(found) = schema_version(client).await?
        && found > known
    {
        return Err(StoreError::NewerSchema { found, known }.into());
    }
    runner.run_async(client).await.map_err(|error| match error.kind() {
        Kind::DivergentVersion(..) | Kind::MissingVersion(_) => StoreError::Unfit(format!(
            "the database's schema was not made by this program's migrations ({error}); restore it from a backup, or \
             name an empty database"
        )),
        _ => StoreError::Engine(format!("the schema could not be brought up to date: {error}")),
    })?;
    Ok(())
}

/// The newest schema that this program knows.
pub(super) fn known() -> i32 {
    embedded::migrations::runner().get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// The newest applied migration; `None` in an empty database.
pub(super) async fn schema_version<C: GenericClient>(client: &C) -> Result<Option<i32>, Failure> {
    let row = client
        .query_one(
            "-- find_schema_history
             SELECT to_regclass('refinery_schema_history') IS NOT NULL",
            &[],
        )
        .await?;
    if !row.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let row = client
        .query_one(
            "-- read_schema_version
             SELECT max(version) FROM refinery_schema_history",
            &[],
        )
        .await?;
    Ok(row.try_get(0)?)
}
