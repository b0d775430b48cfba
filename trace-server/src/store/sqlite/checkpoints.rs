//! Hashes of the log's tiles, and its signed heads.

use std::ops::Range;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use trace_core::log::{Hash, Node, TILE_HEIGHT};

use super::engine;
use crate::store::rows::{At, CheckpointColumns, to_i64};
use crate::store::{CheckpointRow, SignerLock, StoreError};

/// Within the transaction that stores the entries.
pub fn put_tile_roots(connection: &Connection, roots: &[(Node, Hash)]) -> Result<(), StoreError> {
    const SQL: &str = "-- add root of a tile\nINSERT INTO log_hashes (level, idx, hash) VALUES (?1, ?2, ?3)";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    for (node, hash) in roots {
        let values = params![node.level() / TILE_HEIGHT, to_i64(node.index(), "the index of a tile")?, hash.as_bytes()];
        statement.execute(values).map_err(engine)?;
    }
    Ok(())
}

pub fn tile_hashes(connection: &Connection, level: u8, range: &Range<u64>) -> Result<Vec<Hash>, StoreError> {
    const LEAVES: &str = "-- leaf hashes\n\
        SELECT idx, leaf_hash FROM entries WHERE ?1 = 0 AND idx >= ?2 AND idx < ?3 ORDER BY idx";
    const ROOTS: &str = "-- roots of tiles\n\
        SELECT idx, hash FROM log_hashes WHERE level = ?1 AND idx >= ?2 AND idx < ?3 ORDER BY idx";
    let (sql, table) = if level == 0 { (LEAVES, "entries") } else { (ROOTS, "log_hashes") };
    let bound = |index: u64| i64::try_from(index).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql).map_err(engine)?;
    let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
    let found = statement.query_map(params![level, bound(range.start), bound(range.end)], read).map_err(engine)?;
    found
        .map(|columns| {
            let (index, hash) = columns.map_err(engine)?;
            let at = At { table, key: if level == 0 { index.to_string() } else { format!("{level}, {index}") } };
            Hash::try_from(hash.as_slice()).map_err(|e| at.wrong("hash", e))
        })
        .collect()
}

pub fn put_checkpoint(connection: &Connection, row: &CheckpointRow) -> Result<(), StoreError> {
    const PUT: &str = "-- keep checkpoint\n\
        INSERT INTO checkpoints (size, note, signed_at, published) VALUES (?1, ?2, ?3, ?4)\n\
        ON CONFLICT (size) DO UPDATE SET note = excluded.note, signed_at = excluded.signed_at,\n\
        published = excluded.published";
    const DROP: &str = "-- drop checkpoints that a newer one replaced\n\
        DELETE FROM checkpoints WHERE size < (SELECT max(size) FROM checkpoints WHERE published)";
    let columns = CheckpointColumns::of(row)?;
    let values = params![columns.size, columns.note, columns.signed_at, columns.published];
    connection.prepare_cached(PUT).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    connection.prepare_cached(DROP).and_then(|mut statement| statement.execute([])).map_err(engine)?;
    Ok(())
}

pub fn checkpoints(connection: &Connection) -> Result<Vec<CheckpointRow>, StoreError> {
    const SQL: &str = "-- checkpoints\n\
        SELECT size, note, signed_at, published FROM checkpoints\n\
        WHERE published OR size = (SELECT max(size) FROM checkpoints) ORDER BY size DESC";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let read = |row: &Row<'_>| {
        Ok(CheckpointColumns { size: row.get(0)?, note: row.get(1)?, signed_at: row.get(2)?, published: row.get(3)? })
    };
    let found = statement.query_map([], read).map_err(engine)?;
    found.map(|columns| columns.map_err(engine)?.into_row()).collect()
}

pub fn signing_place(connection: &Connection) -> Result<Option<String>, StoreError> {
    const SQL: &str = "-- signing place\nSELECT name FROM signing_place WHERE id = 1";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    statement.query_row([], |row| row.get(0)).optional().map_err(engine)
}

pub fn put_signing_place(connection: &Connection, name: &str) -> Result<(), StoreError> {
    const SQL: &str = "-- note signing place\n\
        INSERT INTO signing_place (id, name) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET name = excluded.name";
    connection.prepare_cached(SQL).and_then(|mut statement| statement.execute([name])).map_err(engine)?;
    Ok(())
}

/// One file has one machine, whose processes meet at the lock of the kept checkpoint's file; nothing is left to lock.
pub struct OwnFile;

#[async_trait]
impl SignerLock for OwnFile {
    async fn is_held(&self) -> bool {
        true
    }
}
