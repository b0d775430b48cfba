//! What tells of persons: sealed openings, and the log-ins that an erasure closes.
//!
//! It deliberately opens nothing; the keys are elsewhere.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, params};
use trace_core::id::{PartyId, RecordId};
use trace_core::record::sealed::Group;

use super::accounts::put_user;
use super::engine;
use super::writer::begin;
use crate::store::rows::{OpeningColumns, SealedColumns, to_i64};
use crate::store::{OpeningRow, RequestRow, SealedOpeningRow, StoreError, UserRow};

pub fn put_sealed(connection: &Connection, rows: &[SealedOpeningRow]) -> Result<(), StoreError> {
    const SQL: &str = "-- add sealed opening\n\
        INSERT INTO sealed_openings (idx, grp, record, party, generation, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    for row in rows {
        let row = SealedColumns::of(row)?;
        let values = params![row.idx, row.grp, row.record, row.party, row.generation, row.sealed];
        statement.execute(values).map_err(engine)?;
    }
    Ok(())
}

pub fn sealed(
    connection: &Connection,
    records: &[RecordId],
    group: Group,
) -> Result<Vec<SealedOpeningRow>, StoreError> {
    const SQL: &str = "-- sealed opening\n\
        SELECT idx, record, grp, party, generation, sealed FROM sealed_openings\n\
        WHERE idx = (SELECT idx FROM entries WHERE record = ?1) AND grp = ?2";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(SealedColumns {
            idx: row.get(0)?,
            record: row.get(1)?,
            grp: row.get(2)?,
            party: row.get(3)?,
            generation: row.get(4)?,
            sealed: row.get(5)?,
        })
    };
    let mut found = Vec::with_capacity(records.len());
    for record in records.iter().collect::<BTreeSet<_>>() {
        let key = params![record.to_string(), group.code()];
        if let Some(columns) = statement.query_row(key, read).optional().map_err(engine)? {
            found.push(columns.into_row()?);
        }
    }
    Ok(found)
}

pub fn sealing_keys(connection: &Connection) -> Result<BTreeSet<(PartyId, u32)>, StoreError> {
    const SQL: &str = "-- keys in use\nSELECT DISTINCT party, generation FROM sealed_openings";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let found = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?))).map_err(engine)?;
    found
        .map(|row| row.map_err(engine).and_then(|(party, generation)| SealedColumns::key(&party, generation)))
        .collect()
}

pub fn plain_personal(connection: &Connection) -> Result<Vec<OpeningRow>, StoreError> {
    const SQL: &str = "-- openings of persons that are not sealed\n\
        SELECT idx, record, grp, salt, value FROM openings WHERE grp IN ('person', 'place')";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(OpeningColumns {
            idx: row.get(0)?,
            record: row.get(1)?,
            grp: row.get(2)?,
            salt: row.get(3)?,
            value: row.get(4)?,
        })
    };
    let found = statement.query_map([], read).map_err(engine)?;
    found.map(|columns| columns.map_err(engine)?.into_row()).collect()
}

/// Sealed rows in the place of plain ones; afterwards the file is written anew and the write-ahead log emptied, since
/// both still hold what was replaced.
pub fn replace_plain(
    connection: &mut Connection,
    openings: &[SealedOpeningRow],
    users: &[UserRow],
    requests: &[RequestRow],
) -> Result<(), StoreError> {
    const MARK: &str = "-- mark request\nUPDATE requests SET digest = ?3 WHERE submitter = ?1 AND uid = ?2";
    const DROP: &str = "-- drop plain opening\nDELETE FROM openings WHERE idx = ?1 AND grp = ?2";
    let transaction = begin(connection)?;
    put_sealed(&transaction, openings)?;
    for row in openings {
        transaction
            .execute(DROP, params![to_i64(row.index, "the index of an entry")?, row.group.code()])
            .map_err(engine)?;
    }
    for user in users {
        put_user(&transaction, user)?;
    }
    for row in requests {
        let values = [row.submitter.to_string(), row.uid.to_string(), row.digest.to_string()];
        transaction.execute(MARK, values).map_err(engine)?;
    }
    transaction.commit().map_err(engine)?;
    connection.execute_batch("VACUUM").map_err(engine)?;
    empty_log(connection)
}

/// Overwrites what it deletes: a log-in's name and the code of its telephone shall not stay in free pages.
pub fn close_log_ins(connection: &mut Connection, party: PartyId) -> Result<usize, StoreError> {
    const SESSIONS: &str = "-- end sessions of a party\n\
        DELETE FROM sessions WHERE login IN (SELECT login FROM users WHERE party = ?1)";
    const USERS: &str = "-- close log-ins of a party\nDELETE FROM users WHERE party = ?1";
    const TOKENS: &str = "-- end tokens of a party\nDELETE FROM tokens WHERE party = ?1";
    connection.pragma_update(None, "secure_delete", "on").map_err(engine)?;
    let closed = delete(connection, &[SESSIONS, USERS, TOKENS], party);
    connection.pragma_update(None, "secure_delete", "off").map_err(engine)?;
    let count = closed?;
    if count > 0 {
        empty_log(connection)?;
    }
    Ok(count)
}

fn delete(connection: &mut Connection, statements: &[&str], party: PartyId) -> Result<usize, StoreError> {
    let transaction = begin(connection)?;
    let mut count = 0;
    for sql in statements {
        count += transaction.execute(sql, [party.to_string()]).map_err(engine)?;
    }
    transaction.commit().map_err(engine)?;
    Ok(count)
}

/// Folds the write-ahead log into the file and cuts it to nothing; as far as readers let it, which come to their end.
fn empty_log(connection: &Connection) -> Result<(), StoreError> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(engine)
}

pub fn key_store(connection: &Connection) -> Result<Option<String>, StoreError> {
    const SQL: &str = "-- which key store\nSELECT id FROM key_store";
    connection.query_row(SQL, [], |row| row.get(0)).optional().map_err(engine)
}

pub fn put_key_store(connection: &Connection, id: &str) -> Result<(), StoreError> {
    const SQL: &str = "-- note key store\n\
        INSERT INTO key_store (one, id) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET id = excluded.id";
    connection.prepare_cached(SQL).and_then(|mut statement| statement.execute([id])).map_err(engine)?;
    Ok(())
}
