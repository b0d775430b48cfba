//! Hashes of the log's tiles, its signed heads, and the lock of the one server that signs.

use std::ops::Range;

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::Row;
use trace_core::log::{Hash, Node, TILE_HEIGHT};

use super::failure::Failure;
use super::sessions::{End, Sessions, Work};
use super::statements::{Change, execute, query, query_opt};
use crate::store::rows::{At, CheckpointColumns, to_i64};
use crate::store::{CheckpointRow, SignerLock, StoreError};

/// Name of the advisory lock (per database) of the server that signs: "tianmaSG" as ASCII.
const SIGNER_LOCK: i64 = i64::from_be_bytes(*b"tianmaSG");

pub(super) async fn put_tile_roots(transaction: &Transaction<'_>, roots: &[(Node, Hash)]) -> Result<(), Failure> {
    if roots.is_empty() {
        return Ok(());
    }
    let levels: Vec<i64> = roots.iter().map(|(node, _)| i64::from(node.level() / TILE_HEIGHT)).collect();
    let indices = roots.iter().map(|(node, _)| to_i64(node.index(), "the index of a tile"));
    let indices = indices.collect::<Result<Vec<_>, _>>()?;
    let hashes: Vec<&[u8]> = roots.iter().map(|(_, hash)| hash.as_bytes().as_slice()).collect();
    execute(
        transaction,
        "-- insert_tile_roots
         INSERT INTO log_hashes (level, idx, hash) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])",
        &[&levels, &indices, &hashes],
    )
    .await?;
    Ok(())
}

pub(super) async fn tile_hashes<C: GenericClient>(
    client: &C,
    level: u8,
    range: Range<u64>,
) -> Result<Vec<Hash>, Failure> {
    let [start, end] = [range.start, range.end].map(|index| i64::try_from(index).unwrap_or(i64::MAX));
    let (rows, table) = if level == 0 {
        let sql = "-- read_leaf_hashes
             SELECT idx, leaf_hash FROM entries WHERE idx >= $1 AND idx < $2 ORDER BY idx";
        (query(client, sql, &[&start, &end]).await?, "entries")
    } else {
        let sql = "-- read_tile_roots
             SELECT idx, hash FROM log_hashes WHERE level = $1 AND idx >= $2 AND idx < $3 ORDER BY idx";
        (query(client, sql, &[&i64::from(level), &start, &end]).await?, "log_hashes")
    };
    let read = |row: &Row| {
        let (index, hash): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
        let at = At { table, key: if level == 0 { index.to_string() } else { format!("{level}, {index}") } };
        Ok(Hash::try_from(hash.as_slice()).map_err(|e| at.wrong("hash", e))?)
    };
    rows.iter().map(read).collect()
}

/// Keeps a checkpoint and drops those that it replaces.
pub(super) struct PutCheckpoint<'a> {
    pub(super) row: &'a CheckpointRow,
}

#[async_trait]
impl Work for PutCheckpoint<'_> {
    type Answer = ();

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<()>, Failure> {
        let columns = CheckpointColumns::of(self.row)?;
        execute(
            transaction,
            "-- put_checkpoint
             INSERT INTO checkpoints (size, note, signed_at, published) VALUES ($1, $2, $3, $4)
             ON CONFLICT (size) DO UPDATE
             SET note = excluded.note, signed_at = excluded.signed_at, published = excluded.published",
            &[&columns.size, &columns.note, &columns.signed_at, &columns.published],
        )
        .await?;
        execute(
            transaction,
            "-- drop_replaced_checkpoints
             DELETE FROM checkpoints WHERE size < (SELECT max(size) FROM checkpoints WHERE published)",
            &[],
        )
        .await?;
        Ok(End::Commit(()))
    }
}

pub(super) async fn checkpoints<C: GenericClient>(client: &C) -> Result<Vec<CheckpointRow>, Failure> {
    let rows = query(
        client,
        "-- read_checkpoints
         SELECT size, note, signed_at, published FROM checkpoints
         WHERE published OR size = (SELECT max(size) FROM checkpoints) ORDER BY size DESC",
        &[],
    )
    .await?;
    let read = |row: &Row| {
        let columns = CheckpointColumns {
            size: row.try_get(0)?,
            note: row.try_get(1)?,
            signed_at: row.try_get(2)?,
            published: row.try_get(3)?,
        };
        Ok(columns.into_row()?)
    };
    rows.iter().map(read).collect()
}

pub(super) async fn signing_place<C: GenericClient>(client: &C) -> Result<Option<String>, Failure> {
    let row = query_opt(
        client,
        "-- read_signing_place
         SELECT name FROM signing_place WHERE id = 1",
        &[],
    )
    .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

pub(super) async fn put_signing_place(sessions: &Sessions, name: &str) -> Result<(), StoreError> {
    let sql = "-- put_signing_place
         INSERT INTO signing_place (id, name) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET name = excluded.name";
    sessions.write(&Change { sql, values: &[&name] }).await
}

/// A session of its own, whose end frees the lock.
struct Session(deadpool_postgres::ClientWrapper);

#[async_trait]
impl SignerLock for Session {
    async fn is_held(&self) -> bool {
        // The lock is the session's: while the server answers on it, it is held.
        self.0.simple_query("").await.is_ok()
    }
}

pub(super) async fn lock_signer(sessions: &Sessions) -> Result<Option<Box<dyn SignerLock>>, Failure> {
    let session = deadpool_postgres::Object::take(sessions.get().await?);
    let row = session.query_one("SELECT pg_try_advisory_lock($1)", &[&SIGNER_LOCK]).await?;
    let locked: bool = row.try_get(0)?;
    Ok(locked.then(|| Box::new(Session(session)) as Box<dyn SignerLock>))
}
