//! What a refused request is answered: RFC 9457 problem details, in two languages.
//!
//! The one place where errors become statuses and stable problem types. Sources are logged, never sent.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use trace_core::record::canonical::CanonicalError;
use trace_core::record::{Class, Refusal};
use utoipa::{IntoResponses, ToSchema};

use crate::ledger::AppendError;
use crate::store::StoreError;

/// Media type of problem details (RFC 9457 section 3).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was not served. It is an answer, and the error of every handler.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    refusal: Box<Refusal>,
    retry_after_s: Option<u32>,
    challenge: Option<&'static str>,
}

/// The body of a refused request (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Stable address of the kind of problem: `/problems/` and the rule.
    #[serde(rename = "type")]
    #[schema(example = "/problems/overdraw")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong, what was received and what would be right, in English.
    pub detail: String,
    /// The path of the request.
    pub instance: String,
    /// The rule's name.
    pub rule: String,
    /// JSON pointer (RFC 6901) to the place in the request; empty for the whole.
    pub place: String,
    /// The detail in Chinese.
    pub zh: String,
}

impl Problem {
    /// A problem with this status; the refusal gives rule, place and words.
    pub fn new(status: StatusCode, refusal: Refusal) -> Self {
        Self { status, refusal: Box::new(refusal), retry_after_s: None, challenge: None }
    }

    /// 400: the request cannot be read.
    pub fn unreadable(rule: &str, place: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Refusal::invalid(rule, place, zh, en))
    }

    /// 404: nothing is there; `what` names it in Chinese and English.
    pub fn absent(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, Refusal::not_found("not_found", "", zh, en))
    }

    /// 403: this viewer may not.
    pub fn forbidden(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, Refusal::forbidden("forbidden", "", zh, en))
    }

    /// 401 with a challenge (RFC 6750 section 3).
    pub fn unauthenticated(rule: &str, zh: &str, en: &str, challenge: &'static str) -> Self {
        let refusal = Refusal::forbidden(rule, "", zh, en);
        Self { challenge: Some(challenge), ..Self::new(StatusCode::UNAUTHORIZED, refusal) }
    }

    /// 500: the fault is ours. The cause is in the log alone.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            Refusal::invalid("internal", "", "服务器出错，没有保存任何内容", "the server failed; nothing was stored"),
        )
    }

    /// 503: for the moment.
    pub fn unavailable(rule: &str, zh: &str, en: &str) -> Self {
        let refusal = Refusal::invalid(rule, "", zh, en);
        Self { retry_after_s: Some(1), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, refusal) }
    }

    /// The same with a `Retry-After`.
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Rule, place and words.
    pub fn refusal(&self) -> &Refusal {
        &self.refusal
    }

    /// The body, for a request of this path.
    pub fn body(&self, instance: &str) -> ProblemBody {
        ProblemBody {
            kind: format!("/problems/{}", self.refusal.rule),
            title: self.status.canonical_reason().unwrap_or("Refused").to_owned(),
            status: self.status.as_u16(),
            detail: self.refusal.en.clone(),
            instance: instance.to_owned(),
            rule: self.refusal.rule.clone(),
            place: self.refusal.place.clone(),
            zh: self.refusal.zh.clone(),
        }
    }

    fn response(&self, instance: &str) -> Response {
        let mut response = (self.status, Json(self.body(instance))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.response("");
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives a problem the path of its request, which handlers need not carry.
pub(super) fn finish(mut response: Response, path: &str) -> Response {
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem.response(path),
        None => response,
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.class {
            Class::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Class::Conflict => StatusCode::CONFLICT,
            Class::Forbidden => StatusCode::FORBIDDEN,
            Class::NotFound => StatusCode::NOT_FOUND,
        };
        Self::new(status, refusal)
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Refused(refusal) => refusal.into(),
            AppendError::Store(error) => error.into(),
            AppendError::Unfinished(error) => {
                tracing::error!(%error, "an erasure was recorded and not carried out");
                Self::unavailable(
                    "erasure_unfinished",
                    "删除已登记，但密钥尚未销毁；请用同样的内容重发，直到成功",
                    "the erasure is recorded, but the key is not destroyed yet; send the same request again until it is",
                )
            }
            AppendError::Suspended => Self::unavailable(
                "log_in_doubt",
                "数据库与已签署的日志不一致，在运维人员修复之前不接受新记录；已有记录仍可查看",
                "the database contradicts the signed log: nothing new is taken until the operator has repaired it",
            ),
            AppendError::Closing => Self::unavailable(
                "closing",
                "服务正在重启，请稍后重发",
                "the server is restarting; send the same request again",
            ),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed a request");
        match error {
            StoreError::Engine(_) | StoreError::Ambiguous(_) => Self::unavailable(
                "store_unavailable",
                "数据库暂时不可用，请稍后用同样的内容重发",
                "the database does not answer for the moment; send the same request again, with the same uid",
            ),
            StoreError::Corrupt { .. } | StoreError::NewerSchema { .. } | StoreError::Unfit(_) => Self::internal(),
        }
    }
}

impl From<CanonicalError> for Problem {
    fn from(error: CanonicalError) -> Self {
        let rule = match error {
            CanonicalError::TooLong { limit, received } => return Self::too_large(limit, Some(received)),
            CanonicalError::Utf8 { .. } => "not_utf8",
            CanonicalError::Syntax { .. } => "not_json",
            CanonicalError::DuplicateKey { .. } => "duplicate_key",
            CanonicalError::Float { .. } => "not_integer",
            CanonicalError::IntegerRange { .. } => "integer_range",
            CanonicalError::Null { .. } => "null",
            CanonicalError::EmptyValue { .. } => "empty_value",
            CanonicalError::KeyNotAscii { .. } => "key_not_ascii",
            CanonicalError::NotNfc { .. } => "not_nfc",
            CanonicalError::ForbiddenCharacter { .. } => "forbidden_character",
            CanonicalError::TooDeep { .. } => "too_deep",
            CanonicalError::NotCanonical { .. } => "not_canonical",
            CanonicalError::Unwritable { .. } => "malformed",
        };
        Self::unreadable(rule, error.pointer(), error.zh(), error.to_string())
    }
}

impl Problem {
    /// 413: more bytes than the limit.
    pub fn too_large(limit: usize, received: Option<usize>) -> Self {
        let (zh, en) = match received {
            Some(received) => (
                format!("请求有 {received} 字节，最多 {limit} 字节；请分几次提交"),
                format!("the request has {received} bytes, at most {limit} are allowed; send it in parts"),
            ),
            None => (
                format!("请求超过 {limit} 字节；请分几次提交"),
                format!("the request is longer than {limit} bytes; send it in parts"),
            ),
        };
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Refusal::invalid("body_too_large", "", zh, en))
    }
}

/// How a request that only reads may be refused, for the OpenAPI document.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "a description; problems are made by `Problem`")]
pub(super) enum ReadRefusals {
    /// An id, code or query that cannot be read
    #[response(status = 400, content_type = "application/problem+json")]
    Unreadable(ProblemBody),
    /// No token, or one that is unknown or has ended
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(ProblemBody),
    /// Not for this caller
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemBody),
    /// Not there
    #[response(status = 404, content_type = "application/problem+json")]
    Absent(ProblemBody),
    /// For the moment; try again
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}

/// How a request that writes may be refused, for the OpenAPI document.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "a description; problems are made by `Problem`")]
pub(super) enum WriteRefusals {
    /// Not UTF-8, not JSON, or JSON that cannot be hashed
    #[response(status = 400, content_type = "application/problem+json")]
    Unreadable(ProblemBody),
    /// No token, or one that is unknown or has ended
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(ProblemBody),
    /// The caller may not do this
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemBody),
    /// It names something that is not there
    #[response(status = 404, content_type = "application/problem+json")]
    Absent(ProblemBody),
    /// It collides with what is stored
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(ProblemBody),
    /// Larger than the limit
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemBody),
    /// Not sent as JSON
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(ProblemBody),
    /// A rule refuses it
    #[response(status = 422, content_type = "application/problem+json")]
    Refused(ProblemBody),
    /// For the moment; send the same again
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}
