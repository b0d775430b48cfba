//! People who are signed in: log-in with its throttling, the session and its end, and the proof that a form is ours.
//!
//! What a request carries is read in [`super::access`]; the pages of log-in stand in `pages/app`. Deliberately no
//! rule of the ledger: a session says for which party a person acts, nothing more.

mod csrf;
mod notes;
mod pin;
mod signing_in;
mod telephone;
mod throttle;

use axum::http::HeaderValue;
use axum::http::request::Parts;
use trace_core::id::{PartyId, RecordId};
use trace_core::tianma::PartyRole;
use trace_core::time::ReceivedAt;

pub use csrf::{same_origin, same_text};
pub use notes::{AccountChange, OPERATOR, note};
pub use pin::{PinChecker, PinError, hash_pin, may_be_chosen, new_pin, typed_pin};
pub use signing_in::{Credentials, Gate, GateError, Opened, PinChange, SignInError};
pub use telephone::FILE as TELEPHONE_KEY_FILE;
pub use telephone::{TelephoneKey, TelephoneKeyError, normal_login, plain_text};
pub use throttle::{Knock, Throttle};

use super::access;
use crate::app::AppState;
use crate::ledger::Viewer;
use crate::store::{SessionRow, StoreError, UserRow};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How long a session lives without use, and at most.
#[derive(Debug, Clone, Copy)]
struct Lifetime {
    idle_ms: i64,
    absolute_ms: i64,
}

/// A farmer's telephone stays signed in over a season's pauses; a PC in an office does not outlive the working day.
fn lifetime(role: PartyRole) -> Lifetime {
    match role {
        PartyRole::Household => Lifetime { idle_ms: 30 * DAY_MS, absolute_ms: 180 * DAY_MS },
        PartyRole::Coop => Lifetime { idle_ms: 3 * DAY_MS, absolute_ms: 30 * DAY_MS },
        _ => Lifetime { idle_ms: 12 * HOUR_MS, absolute_ms: 7 * DAY_MS },
    }
}

/// A signed-in person's session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    row: SessionRow,
    user: UserRow,
}

impl Session {
    /// The session that a request's cookie names; `None` without one, with a wrong one or an ended one. Use moves its
    /// end, up to the longest that it may live.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn of(parts: &Parts, state: &AppState) -> Result<Option<Self>, StoreError> {
        let Some((row, mut user)) = access::session(parts, state).await? else { return Ok(None) };
        user.display_name = state.ledger.greeting(&user).await;
        let mut session = Self { row, user };
        let now = state.ledger.now();
        if let Some(expires_at) = session.renewed_end(now) {
            session.row.expires_at = expires_at;
            if let Err(error) = state.ledger.store().prolong_session(session.row.digest, expires_at).await {
                // It still lives to its old end.
                tracing::warn!(%error, "a session was not prolonged");
            }
        }
        Ok(Some(session))
    }

    /// The new end, if less than half of the idle time is left; a write for each page would be waste.
    fn renewed_end(&self, now: ReceivedAt) -> Option<ReceivedAt> {
        let life = lifetime(self.user.role);
        let (now_ms, end_ms) = (now.as_unix_ms(), self.row.expires_at.as_unix_ms());
        let latest_ms = began_ms(&self.row.csrf)? + life.absolute_ms;
        let next_ms = (now_ms + life.idle_ms).min(latest_ms);
        let due = end_ms - now_ms < life.idle_ms / 2 && next_ms > end_ms;
        due.then(|| ReceivedAt::from_unix_ms(next_ms).ok()).flatten()
    }

    /// Who is signed in, with the name to greet with opened.
    pub fn user(&self) -> &UserRow {
        &self.user
    }

    /// For which party.
    pub fn party(&self) -> PartyId {
        self.user.party
    }

    /// In which role.
    pub fn role(&self) -> PartyRole {
        self.user.role
    }

    /// As a reader of records.
    pub fn viewer(&self) -> Viewer {
        Viewer { party: self.user.party, role: self.user.role }
    }

    /// The token that every form carries in its field `csrf`.
    pub fn csrf(&self) -> &str {
        &self.row.csrf
    }

    /// SHA-256 of the cookie, to end it.
    pub fn digest(&self) -> RecordId {
        self.row.digest
    }
}

/// The token of a session also says when it began (`TOKEN.MILLISECONDS`), so that prolonging has an end.
fn began_ms(csrf: &str) -> Option<i64> {
    csrf.rsplit_once('.')?.1.parse().ok()
}

/// A `Set-Cookie` value: HttpOnly, SameSite=Lax, Secure where the public address is `https` (RFC 6265bis).
pub fn set_cookie(name: &str, value: &str, age_s: i64, secure: bool) -> Option<HeaderValue> {
    let flag = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Lax{flag}");
    HeaderValue::from_str(&text).ok()
}

/// A cookie's name: browsers keep `__Host-` cookies to one host and to TLS.
pub fn cookie_name(name: &str, secure: bool) -> String {
    if secure { format!("__Host-{name}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn at(ms: i64) -> ReceivedAt {
        ReceivedAt::from_unix_ms(ms).unwrap()
    }

    fn session(began_ms: i64, end_ms: i64) -> Session {
        Session {
            row: SessionRow {
                digest: RecordId::of(b"x"),
                login: "lab".to_owned(),
                csrf: format!("token.{began_ms}"),
                expires_at: at(end_ms),
            },
            user: UserRow {
                login: "lab".to_owned(),
                telephone_mac: None,
                display_name: "Lab".to_owned(),
                party: PartyId::from_random([1; 10]),
                role: PartyRole::Laboratory,
                pin_hash: String::new(),
                active: true,
            },
        }
    }

    #[test]
    fn use_prolongs_a_session_but_not_for_ever() {
        let fresh = session(0, 12 * HOUR_MS);
        assert_eq!(fresh.renewed_end(at(HOUR_MS)), None, "more than half is left");
        assert_eq!(fresh.renewed_end(at(7 * HOUR_MS)), Some(at(19 * HOUR_MS)));
        let old = session(0, 7 * DAY_MS - HOUR_MS);
        assert_eq!(old.renewed_end(at(7 * DAY_MS - 2 * HOUR_MS)), Some(at(7 * DAY_MS)));
        let ended = session(0, 7 * DAY_MS);
        assert_eq!(ended.renewed_end(at(7 * DAY_MS - HOUR_MS)), None);
    }

    #[test]
    fn cookies_carry_their_flags() {
        let value = set_cookie("session", "v", 60, true).unwrap();
        assert_eq!(value, "session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        assert!(!set_cookie("session", "v", 60, false).unwrap().to_str().unwrap().contains("Secure"));
        assert_eq!(cookie_name("device", true), "__Host-device");
    }
}
