//! The two languages of the pages: which one a reader wants, and how the choice is kept.
//!
//! The words themselves stand in the templates, both languages side by side.

use std::fmt::Display;

use axum::extract::{FromRequestParts, Request};
use axum::http::header::{ACCEPT_LANGUAGE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::http::access::cookie;

/// Name of the cookie that keeps the choice; it tells nothing of a person.
const COOKIE: &str = "lang";

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// Chinese, the first language.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The text in this language.
    pub fn t<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// For the `lang` attribute of HTML (BCP 47).
    pub const fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The value of `?lang=` and of the cookie.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The other one, for the switch.
    pub const fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// A number and its noun in English, which tells one from several; Chinese has no need of it.
    pub fn counted(count: impl Display, one: &str, several: &str) -> String {
        let count = count.to_string();
        let noun = if count == "1" { one } else { several };
        format!("{count} {noun}")
    }

    fn named(text: &str) -> Option<Self> {
        match text.trim().split('-').next()?.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// By `?lang=`, else by the cookie, else by `Accept-Language` (RFC 9110 section 12.5.4), else Chinese.
    pub fn of(parts: &Parts) -> Self {
        asked(parts.uri.query().unwrap_or_default())
            .or_else(|| cookie(&parts.headers, COOKIE).and_then(Self::named))
            .or_else(|| accepted(&parts.headers))
            .unwrap_or_default()
    }
}

fn asked(query: &str) -> Option<Lang> {
    query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Lang::named)
}

/// The one with the greatest weight; of equals the first.
fn accepted(headers: &HeaderMap) -> Option<Lang> {
    let line = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(f32, Lang)> = None;
    for range in line.split(',') {
        let (name, weight) = range.split_once(";q=").unwrap_or((range, "1"));
        let weight = weight.trim().parse().unwrap_or(0.0);
        if let Some(lang) = Lang::named(name)
            && weight > best.map_or(0.0, |(most, _)| most)
        {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

impl<S: Sync> FromRequestParts<S> for Lang {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

/// Keeps a choice that was made with `?lang=` for a year.
pub async fn remember(request: Request, next: Next) -> Response {
    let chosen = asked(request.uri().query().unwrap_or_default());
    let mut response = next.run(request).await;
    if let Some(lang) = chosen
        && let Ok(value) =
            HeaderValue::from_str(&format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", lang.short()))
    {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn lang(uri: &str, headers: &[(&str, &str)]) -> Lang {
        let mut request = axum::http::Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Lang::of(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn the_query_stands_over_the_cookie_and_that_over_the_browser() {
        let english = ("accept-language", "fr, en-GB;q=0.9, zh;q=0.8");
        assert_eq!(lang("/", &[]), Lang::Zh);
        assert_eq!(lang("/", &[english]), Lang::En);
        assert_eq!(lang("/", &[english, ("cookie", "lang=zh")]), Lang::Zh);
        assert_eq!(lang("/?a=1&lang=en", &[("cookie", "lang=zh")]), Lang::En);
        assert_eq!(lang("/?lang=fr", &[]), Lang::Zh);
        assert_eq!(lang("/", &[("accept-language", "zh-TW;q=0.5,en;q=0.7")]), Lang::En);
        assert_eq!(lang("/", &[("accept-language", "en;q=0")]), Lang::Zh);
    }
}
