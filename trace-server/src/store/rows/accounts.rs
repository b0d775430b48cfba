//! The rows that are not in the log: users, sessions, tokens, scans.

use std::fmt::Display;

use trace_core::id::RecordId;

use super::super::{ScanRow, SessionRow, StoreError, TokenRow, UserRow};
use super::At;

/// What reading a row of `users` gives.
pub struct UserColumns {
    pub login: String,
    pub telephone_mac: Option<String>,
    pub display_name: String,
    pub party: String,
    pub role: String,
    pub pin_hash: String,
    pub active: bool,
}

impl UserColumns {
    pub fn into_row(self) -> Result<UserRow, StoreError> {
        let at = At { table: "users", key: self.login.clone() };
        Ok(UserRow {
            telephone_mac: self.telephone_mac.as_deref().map(|mac| at.text("telephone_mac", mac)).transpose()?,
            party: at.text("party", &self.party)?,
            role: at.text("role", &self.role)?,
            login: self.login,
            display_name: self.display_name,
            pin_hash: self.pin_hash,
            active: self.active,
        })
    }
}

/// A session as its columns give it; `expires_at` in milliseconds since 1970.
pub fn session(digest: RecordId, login: String, csrf: String, expires_at: i64) -> Result<SessionRow, StoreError> {
    let at = At { table: "sessions", key: digest.to_string() };
    Ok(SessionRow { digest, login, csrf, expires_at: at.time("expires_at", expires_at)? })
}

/// The digest under which a token stands.
pub fn token_digest(text: &str) -> Result<RecordId, StoreError> {
    At { table: "tokens", key: text.to_owned() }.text("digest", text)
}

/// A token as its columns give it; `expires_at` in milliseconds since 1970.
pub fn token(
    digest: RecordId,
    (party, role): (&str, &str),
    label: String,
    expires_at: Option<i64>,
) -> Result<TokenRow, StoreError> {
    let at = At { table: "tokens", key: digest.to_string() };
    let expires_at = expires_at.map(|ms| at.time("expires_at", ms)).transpose()?;
    Ok(TokenRow { digest, party: at.text("party", party)?, role: at.text("role", role)?, label, expires_at })
}

/// A scan as its columns give it; `at_ms` in milliseconds since 1970.
pub fn scan(
    (issue, index): (impl Display, impl Display),
    at_ms: i64,
    device: &[u8],
    counts: bool,
    region: Option<&str>,
) -> Result<ScanRow, StoreError> {
    let at = At { table: "scans", key: format!("{issue}, {index}") };
    let device = device.try_into().map_err(|_| at.wrong("device", format!("{} bytes, not 8", device.len())))?;
    let region = region.map(|code| at.text("region", code)).transpose()?;
    Ok(ScanRow { at: at.time("at", at_ms)?, device, counts, region })
}
