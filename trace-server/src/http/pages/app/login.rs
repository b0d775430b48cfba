//! Log-in and log-out.

use std::fmt::Write as _;

use askama::Template;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Flash, PageRefusal, Shell, SignedForm, foreign_form, page};
use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::{cookie, session_cookie};
use crate::http::client::ClientAddress;
use crate::http::forms::Fields;
use crate::http::pages::language::Lang;
use crate::http::session::{Credentials, Session, SignInError, cookie_name, same_origin, same_text, set_cookie};
use crate::ledger::random;

/// The device's mark lives a year: a farmer signs in a few times a season.
const DEVICE_AGE_S: i64 = 365 * 86_400;
/// The form's token lives an hour.
const FORM_AGE_S: i64 = 3_600;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/app/sign-in", get(show).post(sign_in))
        .route("/app/sign-out", post(sign_out).get(|| async { Redirect::to("/app") }))
}

#[derive(Template)]
#[template(path = "app/sign_in.html")]
struct SignInPage {
    shell: Shell,
    lang: Lang,
    csrf: String,
    next: String,
    name: String,
    refused: bool,
}

async fn show(State(state): State<AppState>, request: Request) -> Result<Response, PageRefusal> {
    let (parts, _) = request.into_parts();
    let lang = Lang::of(&parts);
    let query = Fields::from_urlencoded(parts.uri.query().unwrap_or_default().as_bytes());
    let next = local_path(query.map_or_else(|_| String::new(), |fields| fields.text("next").to_owned()));
    if Session::of(&parts, &state).await.map_err(|error| PageRefusal::bare(error, lang))?.is_some() {
        return Ok(Redirect::to(&next).into_response());
    }
    form(
        &parts,
        &state,
        SignInPage {
            shell: shell(lang, &next, Flash::of(parts.uri.query())),
            lang,
            csrf: String::new(),
            next,
            name: String::new(),
            refused: false,
        },
    )
}

fn shell(lang: Lang, next: &str, flash: Option<Flash>) -> Shell {
    Shell {
        flash: flash.map(|flash| flash.text(lang)),
        other_lang: format!("/app/sign-in?next={}&lang={}", escape_query(next), lang.other().short()),
        ..Shell::nobody(lang)
    }
}

/// Before a session there is nothing to bind a token to but the browser: a cookie and a field that must agree, and
/// the cookie cannot be set by another host's page.
fn form(parts: &Parts, state: &AppState, mut template: SignInPage) -> Result<Response, PageRefusal> {
    let secure = state.config.secure_cookies();
    let name = cookie_name("form", secure);
    let token = match cookie(&parts.headers, &name).filter(|token| token.len() == 43) {
        Some(token) => token.to_owned(),
        None => URL_SAFE_NO_PAD.encode(random::<32>().map_err(|error| {
            tracing::error!(%error, "no randomness for a form");
            PageRefusal::bare(Problem::internal(), template.lang)
        })?),
    };
    template.csrf.clone_from(&token);
    let mut response = page(&template);
    let headers = response.headers_mut();
    append(headers, set_cookie(&name, &token, FORM_AGE_S, secure));
    headers.insert(axum::http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn append(headers: &mut HeaderMap, value: Option<HeaderValue>) {
    if let Some(value) = value {
        headers.append(SET_COOKIE, value);
    }
}

async fn sign_in(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    request: Request,
) -> Result<Response, PageRefusal> {
    let (parts, body) = request.into_parts();
    let lang = Lang::of(&parts);
    let bare = |problem| PageRefusal::bare(problem, lang);
    let fields = Fields::read_plain(Request::from_parts(parts.clone(), body), &state).await.map_err(bare)?;
    let secure = state.config.secure_cookies();
    let expected = cookie(&parts.headers, &cookie_name("form", secure)).unwrap_or_default();
    if !same_origin(&parts.headers, &state.config.public_url()) || !same_text(fields.text("csrf"), expected) {
        return Err(bare(foreign_form()));
    }
    let next = local_path(fields.text("next").to_owned());
    let device_cookie = cookie_name("device", secure);
    let typed = Credentials {
        name: fields.text("name"),
        pin: fields.text("pin"),
        address,
        device: cookie(&parts.headers, &device_cookie),
    };
    match state.gate.sign_in(&typed, &**state.ledger.store(), state.ledger.now()).await {
        Ok(opened) => {
            let mut response = Redirect::to(&next).into_response();
            let headers = response.headers_mut();
            append(headers, set_cookie(session_cookie(secure), &opened.cookie, opened.age_s, secure));
            append(headers, set_cookie(&device_cookie, &opened.device, DEVICE_AGE_S, secure));
            Ok(response)
        }
        Err(SignInError::Refused) => {
            let mut response = form(
                &parts,
                &state,
                SignInPage {
                    shell: shell(lang, &next, None),
                    lang,
                    csrf: String::new(),
                    name: typed.name.chars().take(64).collect(),
                    next,
                    refused: true,
                },
            )?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(bare(failed(error))),
    }
}

/// What kept a PIN from being looked at or changed, where the person did nothing wrong.
pub(super) fn failed(error: SignInError) -> Problem {
    match error {
        SignInError::Store(error) => error.into(),
        error => {
            tracing::error!(%error, "a log-in failed");
            Problem::internal()
        }
    }
}

async fn sign_out(State(state): State<AppState>, form: SignedForm) -> Result<Response, PageRefusal> {
    let session = &form.who.session;
    let ended = state.ledger.store().end_session(session.digest(), state.ledger.now()).await;
    ended.map_err(|error| form.who.refuse(error))?;
    let secure = state.config.secure_cookies();
    let mut response = Redirect::to("/app/sign-in?note=signed_out").into_response();
    append(response.headers_mut(), set_cookie(session_cookie(secure), "", 0, secure));
    Ok(response)
}

/// A path of this service and nothing else: an open redirect would lend our name to a phisher.
fn local_path(next: String) -> String {
    let local = next.starts_with("/app")
        && next[4..].chars().next().is_none_or(|c| matches!(c, '/' | '?'))
        && !next.contains("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && !next.starts_with("/app/sign-");
    if local { next } else { "/app".to_owned() }
}

/// A text as a value in a query (RFC 3986 section 3.4): everything but unreserved characters and `/` is escaped.
pub(super) fn escape_query(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            escaped.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_paths_are_returned_to() {
        for good in ["/app", "/app/harvest", "/app/batches?stage=harvest&after=x"] {
            assert_eq!(local_path(good.to_owned()), good);
        }
        for bad in [
            "",
            "//evil.example",
            "/app//evil.example",
            "https://evil.example/app",
            "/apple",
            "/app\\evil",
            "/b/x",
            "/app/\r\nSet-Cookie:x",
            "/app/sign-out",
            "/app@evil.example",
            "/app/ a",
        ] {
            assert_eq!(local_path(bad.to_owned()), "/app", "{bad:?}");
        }
    }

    #[test]
    fn a_query_value_is_escaped() {
        assert_eq!(escape_query("/app?a=1&b=麻"), "/app%3Fa%3D1%26b%3D%E9%BA%BB");
    }
}
