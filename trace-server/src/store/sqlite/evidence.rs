//! Files that back records, and which parties uploaded them.

use rusqlite::{Connection, OptionalExtension as _, params};
use trace_core::id::{PartyId, RecordId};

use super::engine;
use crate::store::{StoreError, UploadRow};

/// Runs in a transaction that holds the write lock.
pub fn put(
    connection: &Connection,
    sha256: RecordId,
    media_type: &str,
    bytes: &[u8],
    uploader: PartyId,
) -> Result<(), StoreError> {
    const KEEP: &str = "-- keep evidence: the same digest is the same file\n\
        INSERT INTO evidence (sha256, media_type, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (sha256) DO NOTHING";
    const NOTE: &str = "-- note upload\n\
        INSERT INTO evidence_uploads (sha256, party) VALUES (?1, ?2) ON CONFLICT (sha256, party) DO NOTHING";
    let digest = sha256.to_string();
    let mut keep = connection.prepare_cached(KEEP).map_err(engine)?;
    keep.execute(params![digest, media_type, bytes]).map_err(engine)?;
    let mut note = connection.prepare_cached(NOTE).map_err(engine)?;
    note.execute(params![digest, uploader.to_string()]).map_err(engine)?;
    Ok(())
}

pub fn read(connection: &Connection, sha256: RecordId) -> Result<Option<(String, Vec<u8>)>, StoreError> {
    const SQL: &str = "-- evidence\nSELECT media_type, bytes FROM evidence WHERE sha256 = ?1";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    statement.query_row([sha256.to_string()], |row| Ok((row.get(0)?, row.get(1)?))).optional().map_err(engine)
}

pub fn uploads(connection: &Connection, party: PartyId, files: &[RecordId]) -> Result<Vec<UploadRow>, StoreError> {
    const SQL: &str = "-- upload of a party\n\
        SELECT e.media_type, length(e.bytes) FROM evidence_uploads u JOIN evidence e ON e.sha256 = u.sha256\n\
        WHERE u.sha256 = ?1 AND u.party = ?2";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let party = party.to_string();
    let mut found = Vec::with_capacity(files.len());
    for sha256 in files {
        let read = |row: &rusqlite::Row<'_>| {
            Ok(UploadRow { sha256: *sha256, media_type: row.get(0)?, bytes_count: row.get(1)? })
        };
        found.extend(statement.query_row([&sha256.to_string(), &party], read).optional().map_err(engine)?);
    }
    Ok(found)
}
