//! What tells of persons: sealed openings, and the log-ins that an erasure closes.
//!
//! It deliberately opens nothing; the keys are elsewhere.

use std::collections::BTreeSet;

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::Row;
use trace_core::id::{PartyId, RecordId};
use trace_core::record::sealed::Group;

use super::failure::Failure;
use super::log;
use super::sessions::{End, Sessions, Work};
use super::statements::{Change, execute, query, query_opt};
use crate::store::rows::{OpeningColumns, SealedColumns};
use crate::store::{OpeningRow, RequestRow, SealedOpeningRow, StoreError, UserRow};

pub(super) async fn put_sealed<C: GenericClient>(client: &C, rows: &[SealedOpeningRow]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.iter().map(SealedColumns::of).collect::<Result<Vec<_>, _>>()?;
    let indices: Vec<i64> = rows.iter().map(|row| row.idx).collect();
    let records: Vec<&str> = rows.iter().map(|row| row.record.as_str()).collect();
    let groups: Vec<&str> = rows.iter().map(|row| row.grp.as_str()).collect();
    let parties: Vec<&str> = rows.iter().map(|row| row.party.as_str()).collect();
    let generations: Vec<i64> = rows.iter().map(|row| row.generation).collect();
    let sealed: Vec<&[u8]> = rows.iter().map(|row| row.sealed.as_slice()).collect();
    execute(
        client,
        "-- insert_sealed_openings
         INSERT INTO sealed_openings (idx, record, grp, party, generation, sealed)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bytea[])",
        &[&indices, &records, &groups, &parties, &generations, &sealed],
    )
    .await?;
    Ok(())
}

pub(super) async fn sealed<C: GenericClient>(
    client: &C,
    records: &[RecordId],
    group: Group,
) -> Result<Vec<SealedOpeningRow>, Failure> {
    let records: Vec<String> = records.iter().map(ToString::to_string).collect();
    let rows = query(
        client,
        "-- read_sealed_openings
         SELECT idx, record, grp, party, generation, sealed FROM sealed_openings
         WHERE idx = ANY(ARRAY(SELECT idx FROM entries WHERE record = ANY($1))) AND grp = $2 ORDER BY record",
        &[&records, &group.code()],
    )
    .await?;
    let read = |row: &Row| {
        let columns = SealedColumns {
            idx: row.try_get(0)?,
            record: row.try_get(1)?,
            grp: row.try_get(2)?,
            party: row.try_get(3)?,
            generation: row.try_get(4)?,
            sealed: row.try_get(5)?,
        };
        Ok(columns.into_row()?)
    };
    rows.iter().map(read).collect()
}

pub(super) async fn sealing_keys<C: GenericClient>(client: &C) -> Result<BTreeSet<(PartyId, u32)>, Failure> {
    let rows = query(
        client,
        "-- read_keys_in_use
         SELECT DISTINCT party, generation FROM sealed_openings",
        &[],
    )
    .await?;
    rows.iter().map(|row| Ok(SealedColumns::key(row.try_get(0)?, row.try_get(1)?)?)).collect()
}

pub(super) async fn plain_personal<C: GenericClient>(client: &C) -> Result<Vec<OpeningRow>, Failure> {
    let rows = query(
        client,
        "-- read_unsealed_openings
         SELECT idx, record, grp, salt, value FROM openings WHERE grp IN ('person', 'place')",
        &[],
    )
    .await?;
    let read = |row: &Row| {
        let columns = OpeningColumns {
            idx: row.try_get(0)?,
            record: row.try_get(1)?,
            grp: row.try_get(2)?,
            salt: row.try_get(3)?,
            value: row.try_get(4)?,
        };
        Ok(columns.into_row()?)
    };
    rows.iter().map(read).collect()
}

/// Sealed rows in the place of plain ones. The tables' files are written anew, since the old ones still hold what was
/// replaced; the server's write-ahead log holds it until its segments are used again.
pub(super) async fn replace_plain(
    sessions: &Sessions,
    openings: &[SealedOpeningRow],
    users: &[UserRow],
    requests: &[RequestRow],
) -> Result<(), StoreError> {
    sessions.write(&Replace { openings, users, requests }).await
}

/// The tables' rows into new files; the old ones are cut to nothing at the commit. `VACUUM FULL` would take replaced rows
/// over as long as any transaction of the whole server is older than their replacement.
const REWRITE: &str = "-- rewrite_tables
    CREATE TEMPORARY TABLE kept_openings ON COMMIT DROP AS SELECT * FROM openings;
    TRUNCATE openings;
    INSERT INTO openings SELECT * FROM kept_openings;
    CREATE TEMPORARY TABLE kept_users ON COMMIT DROP AS SELECT * FROM users;
    TRUNCATE users;
    INSERT INTO users SELECT * FROM kept_users;
    CREATE TEMPORARY TABLE kept_requests ON COMMIT DROP AS SELECT * FROM requests;
    TRUNCATE requests;
    INSERT INTO requests SELECT * FROM kept_requests;";

struct Replace<'a> {
    openings: &'a [SealedOpeningRow],
    users: &'a [UserRow],
    requests: &'a [RequestRow],
}

#[async_trait]
impl Work for Replace<'_> {
    type Answer = ();

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<()>, Failure> {
        // Waits for appends under way, and keeps others out.
        log::lock_head(transaction).await?;
        put_sealed(transaction, self.openings).await?;
        let records: Vec<String> = self.openings.iter().map(|row| row.record.to_string()).collect();
        let groups: Vec<&str> = self.openings.iter().map(|row| row.group.code()).collect();
        execute(
            transaction,
            "-- delete_plain_openings
             DELETE FROM openings USING unnest($1::text[], $2::text[]) AS sealed (record, grp)
             WHERE openings.record = sealed.record AND openings.grp = sealed.grp",
            &[&records, &groups],
        )
        .await?;
        for user in self.users {
            let sql = "-- seal_user
                       UPDATE users SET display_name = $2 WHERE login = $1";
            execute(transaction, sql, &[&user.login, &user.display_name]).await?;
        }
        for row in self.requests {
            let sql = "-- mark_request
                       UPDATE requests SET digest = $3 WHERE submitter = $1 AND uid = $2";
            let (submitter, uid, digest) = (row.submitter.to_string(), row.uid.to_string(), row.digest.to_string());
            execute(transaction, sql, &[&submitter, &uid, &digest]).await?;
        }
        transaction.batch_execute(REWRITE).await?;
        Ok(End::Commit(()))
    }
}

pub(super) async fn close_log_ins(sessions: &Sessions, party: PartyId) -> Result<usize, StoreError> {
    sessions.write(&Close { party: party.to_string() }).await
}

struct Close {
    party: String,
}

#[async_trait]
impl Work for Close {
    type Answer = usize;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<usize>, Failure> {
        let mut count = 0;
        for sql in [
            "-- end_sessions_of_party
             DELETE FROM sessions WHERE login IN (SELECT login FROM users WHERE party = $1)",
            "-- close_log_ins_of_party
             DELETE FROM users WHERE party = $1",
            "-- end_tokens_of_party
             DELETE FROM tokens WHERE party = $1",
        ] {
            count += usize::try_from(execute(transaction, sql, &[&self.party]).await?).unwrap_or(usize::MAX);
        }
        Ok(End::Commit(count))
    }
}

pub(super) async fn key_store<C: GenericClient>(client: &C) -> Result<Option<String>, Failure> {
    let row = query_opt(
        client,
        "-- read_key_store
         SELECT id FROM key_store",
        &[],
    )
    .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

pub(super) async fn put_key_store(sessions: &Sessions, id: &str) -> Result<(), StoreError> {
    let sql = "-- upsert_key_store
               INSERT INTO key_store (one, id) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET id = EXCLUDED.id";
    sessions.write(&Change { sql, values: &[&id] }).await
}
