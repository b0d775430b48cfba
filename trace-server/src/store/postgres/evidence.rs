//! Files that back records, and which parties uploaded them.

use std::collections::BTreeMap;

use deadpool_postgres::GenericClient;
use trace_core::id::{PartyId, RecordId};

use super::failure::Failure;
use super::sessions::Sessions;
use super::statements::{Change, query, query_opt};
use crate::store::{StoreError, UploadRow};

pub(super) async fn put(
    sessions: &Sessions,
    sha256: RecordId,
    media_type: &str,
    bytes: &[u8],
    uploader: PartyId,
) -> Result<(), StoreError> {
    let sql = "-- insert_evidence: the same digest is the same file
               WITH kept AS (
                   INSERT INTO evidence (sha256, media_type, bytes) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING
               )
               INSERT INTO evidence_uploads (sha256, party) VALUES ($1, $4) ON CONFLICT (sha256, party) DO NOTHING";
    let (sha256, uploader) = (sha256.to_string(), uploader.to_string());
    sessions.write(&Change { sql, values: &[&sha256, &media_type, &bytes, &uploader] }).await
}

pub(super) async fn read<C: GenericClient>(client: &C, sha256: RecordId) -> Result<Option<(String, Vec<u8>)>, Failure> {
    let row = query_opt(
        client,
        "-- read_evidence
         SELECT media_type, bytes FROM evidence WHERE sha256 = $1",
        &[&sha256.to_string()],
    )
    .await?;
    row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
}

pub(super) async fn uploads<C: GenericClient>(
    client: &C,
    party: PartyId,
    files: &[RecordId],
) -> Result<Vec<UploadRow>, Failure> {
    let by_text: BTreeMap<String, RecordId> = files.iter().map(|file| (file.to_string(), *file)).collect();
    let digests: Vec<&str> = by_text.keys().map(String::as_str).collect();
    let rows = query(
        client,
        "-- list_uploads
         SELECT u.sha256, e.media_type, length(e.bytes)::bigint
         FROM evidence_uploads u JOIN evidence e ON e.sha256 = u.sha256
         WHERE u.sha256 = ANY($1) AND u.party = $2",
        &[&digests, &party.to_string()],
    )
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(sha256) = by_text.get(row.try_get::<_, &str>(0)?) else { continue };
        found.push(UploadRow { sha256: *sha256, media_type: row.try_get(1)?, bytes_count: row.try_get(2)? });
    }
    Ok(found)
}
