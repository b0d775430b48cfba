//! People, sessions and tokens: plain rows by their keys.

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use trace_core::id::RecordId;
use trace_core::time::ReceivedAt;

use super::failure::Failure;
use super::sessions::{End, Sessions, Work};
use super::statements::{Change, execute, query, query_opt};
use crate::store::rows::{UserColumns, session as session_of, token as token_of, token_digest};
use crate::store::{SessionRow, StoreError, TokenRow, UserChange, UserRow};

pub(super) async fn put_user(sessions: &Sessions, user: &UserRow) -> Result<(), StoreError> {
    let sql = "-- upsert_user
               INSERT INTO users (login, telephone_mac, display_name, party, role, pin_hash, active)
               VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (login) DO UPDATE SET
                   telephone_mac = EXCLUDED.telephone_mac, display_name = EXCLUDED.display_name,
                   party = EXCLUDED.party, role = EXCLUDED.role, pin_hash = EXCLUDED.pin_hash,
                   active = EXCLUDED.active";
    let telephone_mac = user.telephone_mac.map(|mac| mac.to_string());
    let (party, role) = (user.party.to_string(), user.role.code());
    sessions
        .write(&Change {
            sql,
            values: &[&user.login, &telephone_mac, &user.display_name, &party, &role, &user.pin_hash, &user.active],
        })
        .await
}

pub(super) async fn user<C: GenericClient>(client: &C, login: &str) -> Result<Option<UserRow>, Failure> {
    if login.contains('\0') {
        // PostgreSQL has no such text; a wrong log-in must not look like a failing database.
        return Ok(None);
    }
    let row = query_opt(
        client,
        "-- read_user
         SELECT login, telephone_mac, display_name, party, role, pin_hash, active FROM users WHERE login = $1",
        &[&login],
    )
    .await?;
    row.as_ref().map(user_of).transpose()
}

pub(super) async fn user_by_telephone<C: GenericClient>(client: &C, mac: RecordId) -> Result<Option<UserRow>, Failure> {
    let row = query_opt(
        client,
        "-- read_user_by_telephone
         SELECT login, telephone_mac, display_name, party, role, pin_hash, active FROM users WHERE telephone_mac = $1",
        &[&mac.to_string()],
    )
    .await?;
    row.as_ref().map(user_of).transpose()
}

pub(super) async fn users<C: GenericClient>(client: &C) -> Result<Vec<UserRow>, Failure> {
    let rows = query(
        client,
        "-- list_users
         SELECT login, telephone_mac, display_name, party, role, pin_hash, active FROM users ORDER BY login",
        &[],
    )
    .await?;
    rows.iter().map(user_of).collect()
}

pub(super) struct ChangeUser<'a> {
    pub(super) login: &'a str,
    pub(super) change: &'a UserChange,
}

#[async_trait]
impl Work for ChangeUser<'_> {
    type Answer = bool;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<bool>, Failure> {
        if self.login.contains('\0') {
            return Ok(End::Discard(false));
        }
        let mac = if let UserChange::Telephone(mac) = self.change { mac.map(|mac| mac.to_string()) } else { None };
        let (sql, value): (_, &(dyn ToSql + Sync)) = match self.change {
            UserChange::Pin { hash, .. } => (
                "-- change_pin
                 UPDATE users SET pin_hash = $2 WHERE login = $1 AND pin_hash = COALESCE($3, pin_hash)",
                hash,
            ),
            UserChange::Active(active) => (
                "-- open_or_close_log_in
                 UPDATE users SET active = $2 WHERE login = $1 AND $3::TEXT IS NULL",
                active,
            ),
            UserChange::Telephone(_) => (
                "-- change_telephone
                 UPDATE users SET telephone_mac = $2 WHERE login = $1 AND $3::TEXT IS NULL",
                &mac,
            ),
        };
        let changed = execute(transaction, sql, &[&self.login, value, &self.change.proved_hash()]).await?;
        if changed > 0 && self.change.ends_sessions() {
            let sql = "-- end_other_sessions
                       DELETE FROM sessions WHERE login = $1 AND digest IS DISTINCT FROM $2";
            execute(transaction, sql, &[&self.login, &self.change.kept_session()]).await?;
        }
        Ok(End::Commit(changed > 0))
    }
}

fn user_of(row: &Row) -> Result<UserRow, Failure> {
    let columns = UserColumns {
        login: row.try_get(0)?,
        telephone_mac: row.try_get(1)?,
        display_name: row.try_get(2)?,
        party: row.try_get(3)?,
        role: row.try_get(4)?,
        pin_hash: row.try_get(5)?,
        active: row.try_get(6)?,
    };
    Ok(columns.into_row()?)
}

pub(super) struct OpenSession<'a> {
    pub(super) session: &'a SessionRow,
    pub(super) pin_hash: &'a str,
}

#[async_trait]
impl Work for OpenSession<'_> {
    type Answer = bool;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<bool>, Failure> {
        // The user's row is held until the session is there: a change of the PIN comes wholly before it and is seen, or
        // wholly after it and ends it.
        let sql = "-- open_session
                   INSERT INTO sessions (digest, login, csrf, expires_at)
                   SELECT $1, login, $3, $4 FROM users WHERE login = $2 AND pin_hash = $5 AND active FOR SHARE";
        let (digest, end) = (self.session.digest.to_string(), self.session.expires_at.as_unix_ms());
        let values: [&(dyn ToSql + Sync); 5] = [&digest, &self.session.login, &self.session.csrf, &end, &self.pin_hash];
        Ok(End::Commit(execute(transaction, sql, &values).await? > 0))
    }
}

pub(super) async fn prolong_session(
    sessions: &Sessions,
    digest: RecordId,
    expires_at: ReceivedAt,
) -> Result<(), StoreError> {
    let sql = "-- prolong_session
               UPDATE sessions SET expires_at = $2 WHERE digest = $1";
    sessions.write(&Change { sql, values: &[&digest.to_string(), &expires_at.as_unix_ms()] }).await
}

pub(super) async fn session<C: GenericClient>(client: &C, digest: RecordId) -> Result<Option<SessionRow>, Failure> {
    let row = query_opt(
        client,
        "-- read_session
         SELECT login, csrf, expires_at FROM sessions WHERE digest = $1",
        &[&digest.to_string()],
    )
    .await?;
    row.map(|row| Ok(session_of(digest, row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)?)).transpose()
}

pub(super) async fn end_session(sessions: &Sessions, digest: RecordId, now: ReceivedAt) -> Result<(), StoreError> {
    let sql = "-- delete_sessions
               DELETE FROM sessions WHERE digest = $1 OR expires_at < $2";
    sessions.write(&Change { sql, values: &[&digest.to_string(), &now.as_unix_ms()] }).await
}

pub(super) async fn put_token(sessions: &Sessions, token: &TokenRow) -> Result<(), StoreError> {
    let sql = "-- upsert_token
               INSERT INTO tokens (digest, party, role, label, expires_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (digest) DO UPDATE SET
                   party = EXCLUDED.party, role = EXCLUDED.role, label = EXCLUDED.label,
                   expires_at = EXCLUDED.expires_at";
    let (digest, party) = (token.digest.to_string(), token.party.to_string());
    let expires_at = token.expires_at.map(ReceivedAt::as_unix_ms);
    sessions.write(&Change { sql, values: &[&digest, &party, &token.role.code(), &token.label, &expires_at] }).await
}

pub(super) async fn token<C: GenericClient>(client: &C, digest: RecordId) -> Result<Option<TokenRow>, Failure> {
    let row = query_opt(
        client,
        "-- read_token
         SELECT party, role, label, expires_at FROM tokens WHERE digest = $1",
        &[&digest.to_string()],
    )
    .await?;
    row.map(|row| {
        let expires_at = row.try_get(3)?;
        Ok(token_of(digest, (row.try_get(0)?, row.try_get(1)?), row.try_get(2)?, expires_at)?)
    })
    .transpose()
}

pub(super) async fn tokens<C: GenericClient>(client: &C) -> Result<Vec<TokenRow>, Failure> {
    let rows = query(
        client,
        "-- list_tokens
         SELECT digest, party, role, label, expires_at FROM tokens ORDER BY digest",
        &[],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let digest = token_digest(row.try_get(0)?)?;
            Ok(token_of(digest, (row.try_get(1)?, row.try_get(2)?), row.try_get(3)?, row.try_get(4)?)?)
        })
        .collect()
}

pub(super) struct WithdrawToken {
    pub(super) digest: RecordId,
}

#[async_trait]
impl Work for WithdrawToken {
    type Answer = bool;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<End<bool>, Failure> {
        let sql = "-- withdraw_token
                   DELETE FROM tokens WHERE digest = $1";
        Ok(End::Commit(execute(transaction, sql, &[&self.digest.to_string()]).await? > 0))
    }
}
