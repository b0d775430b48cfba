//! Reading a form: fields, at most one file, and the errors that stand beside the fields when it is shown again.
//!
//! It deliberately knows no page and no rule of the ledger; a [`Refusal`] is put beside the field that a page names
//! for its place.

use std::collections::BTreeMap;

use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use trace_core::id::Uid;
use trace_core::record::Refusal;

use super::Problem;
use super::pages::language::Lang;
use crate::app::AppState;
use crate::ledger::random;

/// Most fields of a form; the largest of ours has one for each of 500 batches, and a few more.
const FIELDS_MAX: usize = 2_000;

/// Room for the other fields of a form that carries a file, in bytes.
const BESIDE_FILE_BYTES: usize = 65_536;

/// A file as it was uploaded, not looked into yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a form sent.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    values: Vec<(String, String)>,
    files: BTreeMap<String, Upload>,
}

impl Fields {
    /// Fields without files, for a form that is shown for the first time.
    pub fn of<N: Into<String>, V: Into<String>>(values: impl IntoIterator<Item = (N, V)>) -> Self {
        let values = values.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { values, files: BTreeMap::new() }
    }

    /// Reads `application/x-www-form-urlencoded` or `multipart/form-data` (RFC 7578).
    ///
    /// # Errors
    /// A [`Problem`]: too large, not UTF-8, too many fields, cut off.
    pub async fn read(request: Request, state: &AppState) -> Result<Self, Problem> {
        let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if media_type.is_some_and(|text| text.to_ascii_lowercase().starts_with("multipart/form-data")) {
            return Self::read_multipart(request, state).await;
        }
        Self::read_plain(request, state).await
    }

    /// Reads `application/x-www-form-urlencoded` alone, for those whom nobody knows yet.
    ///
    /// # Errors
    /// As [`Fields::read`].
    pub async fn read_plain(request: Request, state: &AppState) -> Result<Self, Problem> {
        let limit = state.config.request_body_bytes_max;
        let bytes = super::body::read(request, state, limit).await?;
        Self::from_urlencoded(&bytes)
    }

    /// Reads a body in `application/x-www-form-urlencoded` (URL standard, section 5.1).
    ///
    /// # Errors
    /// A [`Problem`] for what is not UTF-8 or has too many fields.
    pub fn from_urlencoded(bytes: &[u8]) -> Result<Self, Problem> {
        let mut fields = Self::default();
        for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let value = pair.get(at + 1..).unwrap_or_default();
            fields.add(decoded(&pair[..at])?, decoded(value)?)?;
        }
        Ok(fields)
    }

    async fn read_multipart(mut request: Request, state: &AppState) -> Result<Self, Problem> {
        DefaultBodyLimit::max(state.config.evidence_bytes_max + BESIDE_FILE_BYTES).apply(&mut request);
        let cut_off = |error: &dyn std::fmt::Display| {
            Problem::unreadable("body_cut_off", "", "表单内容不完整", format!("the form was cut off: {error}"))
        };
        let mut parts = Multipart::from_request(request, state).await.map_err(|error| cut_off(&error))?;
        let mut fields = Self::default();
        loop {
            let part = parts.next_field().await.map_err(|error| multipart_problem(&error, state))?;
            let Some(part) = part else { return Ok(fields) };
            let name = part.name().unwrap_or_default().to_owned();
            let is_file = part.file_name().is_some();
            let bytes = part.bytes().await.map_err(|error| multipart_problem(&error, state))?;
            if !is_file {
                fields.add(name, text(bytes.to_vec())?)?;
            } else if !bytes.is_empty() {
                // A browser sends an empty file where none was chosen.
                fields.files.insert(name, Upload { bytes: bytes.to_vec() });
            }
        }
    }

    fn add(&mut self, name: String, value: String) -> Result<(), Problem> {
        if self.values.len() >= FIELDS_MAX {
            return Err(Problem::unreadable(
                "too_many_fields",
                "",
                format!("表单字段超过 {FIELDS_MAX} 个；请分几次提交"),
                format!("the form has more than {FIELDS_MAX} fields; send it in parts"),
            ));
        }
        self.values.push((name, value));
        Ok(())
    }

    /// The first value of a field without spaces around it; empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.values.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// The value, if something was typed.
    pub fn typed(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// All values of a field that occurs several times, such as ticked boxes.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// Whether a box was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    /// Puts another value in the place of a field's.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.retain(|(key, _)| key != name);
        self.values.push((name.to_owned(), value.into()));
    }

    /// An uploaded file.
    pub fn file(&self, name: &str) -> Option<&Upload> {
        self.files.get(name)
    }

    /// The uid that the form carries from its rendering, so that pressing twice gives the same answer. `None` for a
    /// form that was not ours.
    pub fn uid(&self) -> Option<Uid> {
        self.text("uid").parse().ok()
    }

    /// What the digest of a request is taken over: the fields that say something of the fact, in their order.
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, value) in self.values.iter().filter(|(name, _)| name != "csrf") {
            for part in [name, value] {
                bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
                bytes.extend_from_slice(part.as_bytes());
            }
        }
        bytes
    }
}

/// A fresh uid for a form.
///
/// # Errors
/// 500 if the operating system has no randomness.
pub fn new_uid() -> Result<Uid, Problem> {
    random().map(Uid::from_bytes).map_err(|error| {
        tracing::error!(%error, "no randomness for a form");
        Problem::internal()
    })
}

fn multipart_problem(error: &axum::extract::multipart::MultipartError, state: &AppState) -> Problem {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::too_large(state.config.evidence_bytes_max, None);
    }
    Problem::unreadable("body_cut_off", "", "表单内容不完整", format!("the form was cut off: {error}"))
}

/// Percent-decoding (RFC 3986 section 2.1), `+` for a space.
fn decoded(part: &[u8]) -> Result<String, Problem> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part;
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| first == b'%').and_then(|digits| {
            let digits =
                std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
            u8::from_str_radix(digits, 16).ok()
        });
        rest = if escaped.is_some() { &after[2..] } else { after };
        bytes.push(escaped.unwrap_or(if first == b'+' { b' ' } else { first }));
    }
    text(bytes)
}

fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        Problem::unreadable(
            "not_utf8",
            "",
            format!("表单内容第 {offset} 字节（从 0 起）不是有效的 UTF-8"),
            format!("byte {offset} (from 0) of a form's field is no valid UTF-8"),
        )
    })
}

/// What is wrong, by the field that it stands beside; what belongs to no field stands above the form.
#[derive(Debug, Clone, Default)]
pub struct FieldErrors {
    beside: BTreeMap<String, String>,
    above: Vec<String>,
}

impl FieldErrors {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.beside.is_empty() && self.above.is_empty()
    }

    /// Notes what is wrong with a field; the first thing said of it stands.
    pub fn put(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.beside.entry(field.into()).or_insert_with(|| message.into());
    }

    /// Notes what is wrong with the whole.
    pub fn put_above(&mut self, message: impl Into<String>) {
        self.above.push(message.into());
    }

    /// Puts a refusal beside the field that `field_of` names for its place (a JSON pointer into the draft).
    pub fn put_refusal(&mut self, refusal: &Refusal, lang: Lang, field_of: impl Fn(&str) -> Option<&'static str>) {
        let message = lang.t(&refusal.zh, &refusal.en);
        match field_of(&refusal.place) {
            Some(field) => self.put(field, message),
            None => self.put_above(message),
        }
    }

    /// Only what is wrong with the fields that are named.
    pub fn only(mut self, named: impl Fn(&str) -> bool) -> Self {
        self.beside.retain(|field, _| named(field));
        self.above.clear();
        self
    }

    /// What is wrong with a field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.beside.get(field).map(String::as_str)
    }

    /// What is wrong with the whole.
    pub fn above(&self) -> &[String] {
        &self.above
    }

    /// The same, with what is wrong with fields that the page does not show: a list changes between two looks, and
    /// what was ticked may be gone from it.
    pub fn above_and_beside_hidden(&self, shown: impl Fn(&str) -> bool) -> Vec<String> {
        let hidden = self.beside.iter().filter(|(field, _)| !shown(field));
        self.above.iter().chain(hidden.map(|(_, message)| message)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn forms_are_read_as_browsers_write_them() {
        let fields = Fields::from_urlencoded(b"weight=+320%E6%96%A4+&batch=a&batch=b&empty=&x=1%2B1%zz&&flag").unwrap();
        assert_eq!(fields.text("weight"), "320斤");
        assert_eq!(fields.all("batch").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(fields.typed("empty"), None);
        assert_eq!(fields.text("x"), "1+1%zz");
        assert!(!fields.ticked("flag") && !fields.ticked("absent"));
        assert_eq!(fields.uid(), None);
    }

    #[test]
    fn what_is_not_utf8_is_refused_with_its_place() {
        let problem = Fields::from_urlencoded(b"a=ok%FF").unwrap_err();
        assert!(problem.refusal().en.contains("byte 2"), "{}", problem.refusal().en);
        let many = vec!["a=1"; FIELDS_MAX + 1].join("&");
        assert_eq!(Fields::from_urlencoded(many.as_bytes()).unwrap_err().refusal().rule, "too_many_fields");
    }

    #[test]
    fn the_digest_tells_fields_apart_and_leaves_the_token_out() {
        let bytes = |text: &str| Fields::from_urlencoded(text.as_bytes()).unwrap().canonical();
        assert_eq!(bytes("a=1&csrf=x"), bytes("a=1&csrf=y"));
        assert_ne!(bytes("a=12"), bytes("a1=2"));
    }

    #[test]
    fn a_refusal_stands_beside_its_field() {
        let mut errors = FieldErrors::default();
        let refusal = Refusal::invalid("x", "/outputs/0/amount", "错", "wrong");
        errors.put_refusal(&refusal, Lang::En, |place| (place == "/outputs/0/amount").then_some("weight"));
        errors.put_refusal(&refusal, Lang::Zh, |_| None);
        assert_eq!(errors.of("weight"), Some("wrong"));
        assert_eq!(errors.above(), ["错"]);
    }
}
