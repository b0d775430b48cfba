//! People, sessions, tokens.

use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use trace_core::id::RecordId;
use trace_core::time::ReceivedAt;

use super::engine;
use crate::store::rows::{self, UserColumns};
use crate::store::{SessionRow, StoreError, TokenRow, UserChange, UserRow};

pub fn put_user(connection: &Connection, user: &UserRow) -> Result<(), StoreError> {
    const SQL: &str = "-- put user\n\
        INSERT INTO users (login, telephone_mac, display_name, party, role, pin_hash, active)\n\
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)\n\
        ON CONFLICT (login) DO UPDATE SET telephone_mac = excluded.telephone_mac,\n\
            display_name = excluded.display_name, party = excluded.party, role = excluded.role,\n\
            pin_hash = excluded.pin_hash, active = excluded.active";
    let values = params![
        user.login,
        user.telephone_mac.map(|mac| mac.to_string()),
        user.display_name,
        user.party.to_string(),
        user.role.code(),
        user.pin_hash,
        user.active,
    ];
    connection.prepare_cached(SQL).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    Ok(())
}

pub fn user(connection: &Connection, login: &str) -> Result<Option<UserRow>, StoreError> {
    const SQL: &str = "-- user\n\
        SELECT login, telephone_mac, display_name, party, role, pin_hash, active FROM users WHERE login = ?1";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    statement.query_row([login], user_columns).optional().map_err(engine)?.map(UserColumns::into_row).transpose()
}

pub fn user_by_telephone(connection: &Connection, mac: RecordId) -> Result<Option<UserRow>, StoreError> {
    const SQL: &str = "-- user by telephone\n\
        SELECT login, telephone_mac, display_name, party, role, pin_hash, active FROM users WHERE telephone_mac = ?1";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let found = statement.query_row([mac.to_string()], user_columns).optional().map_err(engine)?;
    found.map(UserColumns::into_row).transpose()
}

pub fn users(connection: &Connection) -> Result<Vec<UserRow>, StoreError> {
    const SQL: &str = "-- users\n\
        SELECT login, telephone_mac, display_name, party, role, pin_hash, active FROM users ORDER BY login";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let found = statement.query_map([], user_columns).map_err(engine)?;
    found.map(|columns| columns.map_err(engine)?.into_row()).collect()
}

pub fn change_user(connection: &Connection, login: &str, change: &UserChange) -> Result<bool, StoreError> {
    const PIN: &str =
        "-- change pin\nUPDATE users SET pin_hash = ?2 WHERE login = ?1 AND pin_hash = coalesce(?3, pin_hash)";
    const ACTIVE: &str = "-- open or close log-in\nUPDATE users SET active = ?2 WHERE login = ?1 AND ?3 IS NULL";
    const TELEPHONE: &str = "-- change telephone\nUPDATE users SET telephone_mac = ?2 WHERE login = ?1 AND ?3 IS NULL";
    const SESSIONS: &str = "-- end other sessions\nDELETE FROM sessions WHERE login = ?1 AND digest IS NOT ?2";
    let (sql, value): (_, &dyn ToSql) = match change {
        UserChange::Pin { hash, .. } => (PIN, hash),
        UserChange::Active(active) => (ACTIVE, active),
        UserChange::Telephone(mac) => (TELEPHONE, &mac.map(|mac| mac.to_string())),
    };
    let values = params![login, value, change.proved_hash()];
    let changed =
        connection.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).map_err(engine)? > 0;
    if changed && change.ends_sessions() {
        let values = params![login, change.kept_session()];
        connection.prepare_cached(SESSIONS).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    }
    Ok(changed)
}

fn user_columns(row: &Row<'_>) -> rusqlite::Result<UserColumns> {
    Ok(UserColumns {
        login: row.get(0)?,
        telephone_mac: row.get(1)?,
        display_name: row.get(2)?,
        party: row.get(3)?,
        role: row.get(4)?,
        pin_hash: row.get(5)?,
        active: row.get(6)?,
    })
}

pub fn open_session(connection: &Connection, session: &SessionRow, pin_hash: &str) -> Result<bool, StoreError> {
    const SQL: &str = "-- open session\n\
        INSERT INTO sessions (digest, login, csrf, expires_at)\n\
        SELECT ?1, login, ?3, ?4 FROM users WHERE login = ?2 AND pin_hash = ?5 AND active";
    let (digest, end) = (session.digest.to_string(), session.expires_at.as_unix_ms());
    let values = params![digest, session.login, session.csrf, end, pin_hash];
    let added = connection.prepare_cached(SQL).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    Ok(added > 0)
}

pub fn session(connection: &Connection, digest: RecordId) -> Result<Option<SessionRow>, StoreError> {
    const SQL: &str = "-- session\nSELECT login, csrf, expires_at FROM sessions WHERE digest = ?1";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let found = statement.query_row([digest.to_string()], read).optional().map_err(engine)?;
    found.map(|(login, csrf, expires_at)| rows::session(digest, login, csrf, expires_at)).transpose()
}

pub fn prolong_session(connection: &Connection, digest: RecordId, end: ReceivedAt) -> Result<(), StoreError> {
    const SQL: &str = "-- prolong session\nUPDATE sessions SET expires_at = ?2 WHERE digest = ?1";
    let values = params![digest.to_string(), end.as_unix_ms()];
    connection.prepare_cached(SQL).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    Ok(())
}

pub fn end_session(connection: &Connection, digest: RecordId, now: ReceivedAt) -> Result<(), StoreError> {
    const ONE: &str = "-- end session\nDELETE FROM sessions WHERE digest = ?1";
    const OLD: &str = "-- drop expired sessions\nDELETE FROM sessions WHERE expires_at < ?1";
    let digest = digest.to_string();
    connection.prepare_cached(ONE).and_then(|mut statement| statement.execute([digest])).map_err(engine)?;
    let now = now.as_unix_ms();
    connection.prepare_cached(OLD).and_then(|mut statement| statement.execute([now])).map_err(engine)?;
    Ok(())
}

pub fn put_token(connection: &Connection, token: &TokenRow) -> Result<(), StoreError> {
    const SQL: &str = "-- put token\n\
        INSERT INTO tokens (digest, party, role, label, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)\n\
        ON CONFLICT (digest) DO UPDATE SET party = excluded.party, role = excluded.role, label = excluded.label,\n\
            expires_at = excluded.expires_at";
    let values = params![
        token.digest.to_string(),
        token.party.to_string(),
        token.role.code(),
        token.label,
        token.expires_at.map(ReceivedAt::as_unix_ms),
    ];
    connection.prepare_cached(SQL).and_then(|mut statement| statement.execute(values)).map_err(engine)?;
    Ok(())
}

pub fn token(connection: &Connection, digest: RecordId) -> Result<Option<TokenRow>, StoreError> {
    const SQL: &str = "-- token\nSELECT party, role, label, expires_at FROM tokens WHERE digest = ?1";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let read = |row: &Row<'_>| {
        let (party, role): (String, String) = (row.get(0)?, row.get(1)?);
        Ok((party, role, row.get(2)?, row.get(3)?))
    };
    let found = statement.query_row([digest.to_string()], read).optional().map_err(engine)?;
    found.map(|(party, role, label, expires_at)| rows::token(digest, (&party, &role), label, expires_at)).transpose()
}

pub fn tokens(connection: &Connection) -> Result<Vec<TokenRow>, StoreError> {
    const SQL: &str = "-- tokens\nSELECT digest, party, role, label, expires_at FROM tokens ORDER BY digest";
    let mut statement = connection.prepare_cached(SQL).map_err(engine)?;
    let read = |row: &Row<'_>| {
        let (digest, party, role): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((digest, party, role, row.get(3)?, row.get(4)?))
    };
    let found = statement.query_map([], read).map_err(engine)?;
    found
        .map(|columns| {
            let (digest, party, role, label, expires_at) = columns.map_err(engine)?;
            rows::token(rows::token_digest(&digest)?, (&party, &role), label, expires_at)
        })
        .collect()
}

pub fn withdraw_token(connection: &Connection, digest: RecordId) -> Result<bool, StoreError> {
    const SQL: &str = "-- withdraw token\nDELETE FROM tokens WHERE digest = ?1";
    let gone = connection.prepare_cached(SQL).and_then(|mut statement| statement.execute([digest.to_string()]));
    Ok(gone.map_err(engine)? > 0)
}
