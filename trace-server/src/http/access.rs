//! Who asks: bearer tokens of programs, sessions of people. Both are kept as digests only.
//!
//! Log-in, its throttling and its pages stand elsewhere; this knows only what a request carries.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use trace_core::id::{PartyId, RecordId};

use super::Problem;
use crate::app::AppState;
use crate::ledger::{Viewer, random};
use crate::store::{Hand, SessionRow, StoreError, TokenRow, UserRow};

/// How a token begins, so that people and scanners of leaked secrets know one when they see it.
const TOKEN_PREFIX: &str = "tt_";

/// Name of the session's cookie. Browsers keep `__Host-` cookies to one host and to TLS; plain HTTP, for trying out,
/// cannot have that prefix.
pub const fn session_cookie(secure: bool) -> &'static str {
    if secure { "__Host-session" } else { "session" }
}

/// A new API token and the digest to store: `tt_` and 32 random bytes in base64url.
///
/// # Errors
/// If the operating system has no randomness.
pub fn new_token() -> Result<(String, RecordId), getrandom::Error> {
    let token = format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(random::<32>()?));
    let digest = secret_digest(&token);
    Ok((token, digest))
}

/// SHA-256 of a token or of a session cookie's value, under which the store keeps it. The secrets have 256 random
/// bits, so no slow hash is needed.
pub fn secret_digest(secret: &str) -> RecordId {
    RecordId::of(secret.as_bytes())
}

/// A caller of the API, by a bearer token (RFC 6750 section 2.1). `Option<Caller>` admits those without one, but not
/// those with a wrong one. Sessions do not open the API: it has no CSRF token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller(pub Viewer);

impl Caller {
    /// The party for which it acts.
    pub fn party(&self) -> PartyId {
        self.0.party
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        match bearer(parts, state).await? {
            Some(token) => Ok(Self(viewer(&token))),
            None => Err(no_token()),
        }
    }
}

impl OptionalFromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Option<Self>, Problem> {
        Ok(bearer(parts, state).await?.map(|token| Self(viewer(&token))))
    }
}

/// A caller by token or by session: for reading what a party may see, such as its QR symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader(pub Viewer);

impl FromRequestParts<AppState> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Operator::from_request_parts(parts, state).await.map(|who| Self(who.viewer))
    }
}

/// A caller whose doing is written down by name, by token or by session: who takes labels.
#[derive(Debug, Clone)]
pub struct Operator {
    /// As a reader.
    pub viewer: Viewer,
    /// By name.
    pub hand: Hand,
}

impl FromRequestParts<AppState> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        if let Some(token) = bearer(parts, state).await? {
            return Ok(Self::of_token(token));
        }
        match session(parts, state).await? {
            Some((_, user)) => Ok(Self::of_user(&user)),
            None => Err(no_token()),
        }
    }
}

impl Operator {
    fn of_token(token: TokenRow) -> Self {
        Self { viewer: viewer(&token), hand: Hand { party: token.party, login: None, token: Some(token.label) } }
    }

    /// A person who is signed in.
    pub fn of_user(user: &UserRow) -> Self {
        Self {
            viewer: Viewer { party: user.party, role: user.role },
            hand: Hand { party: user.party, login: Some(user.login.clone()), token: None },
        }
    }
}

/// The same for what changes something: by token alone, as [`Caller`].
#[derive(Debug, Clone)]
pub struct Program(pub Operator);

impl FromRequestParts<AppState> for Program {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        bearer(parts, state).await?.map(|token| Self(Operator::of_token(token))).ok_or_else(no_token)
    }
}

fn viewer(token: &TokenRow) -> Viewer {
    Viewer { party: token.party, role: token.role }
}

/// The session that the request's cookie names, with its user, if neither has ended.
///
/// # Errors
/// [`StoreError`].
pub async fn session(parts: &Parts, state: &AppState) -> Result<Option<(SessionRow, UserRow)>, StoreError> {
    let name = session_cookie(state.config.secure_cookies());
    let Some(value) = cookie(&parts.headers, name) else { return Ok(None) };
    let digest = secret_digest(value);
    let store = state.ledger.store();
    let Some(session) = store.session(digest).await? else { return Ok(None) };
    if !same(session.digest, digest) || session.expires_at <= state.ledger.now() {
        return Ok(None);
    }
    let user = store.user(&session.login).await?.filter(|user| user.active);
    Ok(user.map(|user| (session, user)))
}

/// The value of a cookie (RFC 6265 section 5.4).
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

async fn bearer(parts: &Parts, state: &AppState) -> Result<Option<TokenRow>, Problem> {
    let Some(header) = parts.headers.get(AUTHORIZATION) else { return Ok(None) };
    let token = header.to_str().ok().and_then(|text| text.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let token = token.filter(|token| token.starts_with(TOKEN_PREFIX)).ok_or_else(wrong_token)?;
    let digest = secret_digest(token);
    let row = state.ledger.store().token(digest).await?.ok_or_else(wrong_token)?;
    // The look-up went by the digest; comparing again in constant time costs nothing and trusts no index.
    if !same(row.digest, digest) {
        return Err(wrong_token());
    }
    if row.expires_at.is_some_and(|end| end <= state.ledger.now()) {
        let end = row.expires_at.map_or_else(String::new, |end| end.to_string());
        return Err(Problem::unauthenticated(
            "token_expired",
            &format!("令牌已于 {end} 过期，请换一个"),
            &format!("the bearer token ended on {end}; ask for a new one"),
            r#"Bearer realm="tianma-trace", error="invalid_token", error_description="The token expired""#,
        ));
    }
    Ok(Some(row))
}

fn same(one: RecordId, other: RecordId) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

fn no_token() -> Problem {
    Problem::unauthenticated(
        "token_missing",
        "请在 Authorization 头中给出令牌：Bearer tt_…",
        "this needs a bearer token: send the header Authorization: Bearer tt_…",
        r#"Bearer realm="tianma-trace""#,
    )
}

fn wrong_token() -> Problem {
    Problem::unauthenticated(
        "token_unknown",
        "不认识这个令牌",
        "the bearer token is not known here",
        r#"Bearer realm="tianma-trace", error="invalid_token""#,
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn cookies_are_found_among_others() {
        let request = axum::http::Request::builder()
            .header(COOKIE, "a=1; session=tok=en ;b=2")
            .header(COOKIE, "c=3")
            .body(())
            .unwrap();
        let (parts, ()) = request.into_parts();
        assert_eq!(cookie(&parts.headers, "session"), Some("tok=en"));
        assert_eq!(cookie(&parts.headers, "c"), Some("3"));
        assert_eq!(cookie(&parts.headers, "sess"), None);
    }

    #[test]
    fn tokens_differ_and_hide_behind_their_digest() {
        let ((one, digest), (other, _)) = (new_token().unwrap(), new_token().unwrap());
        assert_ne!(one, other);
        assert!(one.starts_with("tt_") && one.len() == 46);
        assert_eq!(secret_digest(&one), digest);
    }
}
