//! What stands in addresses: ids in paths, filters and pages in queries. All are parsed into their types at once.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use trace_core::id::BatchCode;
use trace_core::malformed;

use super::Problem;
use crate::app::AppState;

/// Items on a page unless the client says.
const LIMIT_DEFAULT: u32 = 50;
/// Most items on a page; a larger wish is cut to it.
pub const LIMIT_MAX: u32 = 500;

/// A query string; unknown parameters are refused, so that a misspelt filter does not show everything.
#[derive(Debug, Clone)]
pub struct StrictQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for StrictQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let (zh, en) = words(&rejection.body_text(), &parts.uri);
                Err(Problem::unreadable("query", "", zh, en))
            }
        }
    }
}

/// What is wrong with which parameter; the framework says it in one line, with the parameter's name before a colon.
fn words(said: &str, uri: &Uri) -> (String, String) {
    let rest = said.strip_prefix("Failed to deserialize query string: ").unwrap_or(said);
    let (name, reason) = match rest.split_once(": ") {
        Some((name, reason)) if !name.contains(' ') => (Some(name), reason),
        _ => (None, rest),
    };
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default();
    let received = pairs.into_iter().find(|(key, _)| Some(key.as_str()) == name).map(|(_, value)| Value::String(value));
    let (en, zh) = malformed::words(reason, received.as_ref());
    match name {
        Some(name) => (format!("网址参数 {name} 不对：{zh}"), format!("the parameter {name}: {en}")),
        None => (format!("网址参数不对：{zh}"), format!("the parameters: {en}")),
    }
}

/// A filter's value by its one textual form.
///
/// # Errors
/// The deserializer's, with the words of the type.
pub fn by_text<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(serde::de::Error::custom)
}

/// A batch code in a query, as forgiving as one that is typed.
///
/// # Errors
/// The deserializer's, naming the wrong character.
pub fn by_batch_code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BatchCode>, D::Error> {
    let text = String::deserialize(deserializer)?;
    BatchCode::parse_typed(&text).map(Some).map_err(serde::de::Error::custom)
}

/// The size of a page: 1 to [`LIMIT_MAX`].
///
/// # Errors
/// A problem for 0.
pub fn limit(wanted: Option<u32>) -> Result<u32, Problem> {
    match wanted.unwrap_or(LIMIT_DEFAULT) {
        0 => Err(Problem::unreadable(
            "query",
            "",
            format!("limit 写的是 0，应为 1 到 {LIMIT_MAX}"),
            format!("limit is 0; it must be 1 to {LIMIT_MAX}"),
        )),
        limit => Ok(limit.min(LIMIT_MAX)),
    }
}

/// An id from a path.
///
/// # Errors
/// A problem that says what such an id looks like.
pub fn id<T: FromStr<Err: Display>>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error: T::Err| {
        let (en, zh) = malformed::words(&error.to_string(), Some(&Value::from(text)));
        Problem::unreadable("malformed_id", "", format!("编号写法不对：{zh}"), en)
    })
}

/// A batch code from a path, as forgiving as one that is typed.
///
/// # Errors
/// A problem that names the wrong character.
pub fn batch_code(text: &str) -> Result<BatchCode, Problem> {
    BatchCode::parse_typed(text).map_err(|error| {
        let (en, zh) = malformed::words(&error.to_string(), Some(&Value::from(text)));
        Problem::unreadable("batch_code", "", zh, en)
    })
}
