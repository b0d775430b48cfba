//! Pages of those who are signed in. Each file holds one person's task; this one the way in: who it is, whether the
//! form is ours, and how a refusal is shown.

pub mod acting;
mod adjust;
mod agent;
mod batches;
mod bring_in;
mod consent;
mod done;
mod erase;
mod farmer;
pub mod form;
mod grants;
mod home;
mod import;
mod laboratory;
mod layout;
mod lineage_picture;
mod login;
mod lots;
mod menu;
mod office;
mod offline;
mod pin;
mod processor;
mod receipt;
mod revise;
pub mod sending;
mod stated;
mod terms;
pub mod words;

use askama::Template;
use axum::Router;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use trace_core::id::PartyId;
use trace_core::tianma::PartyRole;

pub use layout::{Flash, Shell};

use super::language::Lang;
use crate::app::AppState;
use crate::http::Problem;
use crate::http::access::{cookie, session_cookie};
use crate::http::forms::Fields;
use crate::http::session::{Session, same_origin, same_text};
use crate::ledger::{AppendError, Viewer};
use crate::store::StoreError;

/// All signed-in pages and the log-in.
pub fn router() -> Router<AppState> {
    Router::new()
        .merge(login::router())
        .merge(home::router())
        .merge(farmer::router())
        .merge(agent::router())
        .merge(import::router())
        .merge(offline::router())
        .merge(lots::router())
        .merge(bring_in::router())
        .merge(adjust::router())
        .merge(batches::router())
        .merge(receipt::router())
        .merge(done::router())
        .merge(consent::router())
        .merge(erase::router())
        .merge(pin::router())
        .merge(grants::router())
        .merge(processor::router())
        .merge(office::router())
        .merge(laboratory::router())
        .merge(lineage_picture::router())
        .merge(revise::router())
}

/// A signed-in person who looks at a page. Without a session the answer is the log-in, which leads back.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// In which language.
    pub lang: Lang,
    path: String,
    flash: Option<Flash>,
}

impl SignedIn {
    /// For which party.
    pub fn party(&self) -> PartyId {
        self.session.party()
    }

    /// In which role.
    pub fn role(&self) -> PartyRole {
        self.session.role()
    }

    /// As a reader of records.
    pub fn viewer(&self) -> Viewer {
        self.session.viewer()
    }

    /// What surrounds a page for this person.
    pub fn shell(&self) -> Shell {
        Shell::signed_in(self)
    }

    /// The refusal page that says this person may not.
    pub fn refuse(&self, problem: impl Into<Problem>) -> PageRefusal {
        PageRefusal::Shown { problem: problem.into(), shell: Box::new(self.shell()) }
    }

    /// Refuses those whose role is none of these.
    ///
    /// # Errors
    /// 403 in words.
    pub fn only(&self, roles: &[PartyRole]) -> Result<(), PageRefusal> {
        if roles.contains(&self.role()) {
            return Ok(());
        }
        let zh: Vec<_> = roles.iter().map(|role| role.zh()).collect();
        let en: Vec<_> = roles.iter().map(|role| role.en()).collect();
        Err(self.refuse(Problem::forbidden(
            format!("这一页供{}使用；您的身份是{}", zh.join("、"), self.role().zh()),
            format!("this page is for: {}; you are signed in as: {}", en.join(", "), self.role().en()),
        )))
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = PageRefusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageRefusal> {
        let lang = Lang::of(parts);
        let path = parts.uri.path().to_owned();
        let session = Session::of(parts, state).await.map_err(|error| PageRefusal::bare(error, lang))?;
        if let Some(session) = session {
            return Ok(Self { session, lang, path, flash: Flash::of(parts.uri.query()) });
        }
        let had_one = cookie(&parts.headers, session_cookie(state.config.secure_cookies())).is_some();
        // A form that was posted cannot be opened again by its address's query.
        let whole = parts.uri.path_and_query().map_or(path.as_str(), |whole| whole.as_str());
        let next = if parts.method == Method::GET { whole.to_owned() } else { path };
        Err(PageRefusal::SignIn { next, expired: had_one })
    }
}

/// A form posted by a signed-in person from a page of ours: session, origin and token were checked.
#[derive(Debug)]
pub struct SignedForm {
    /// Who.
    pub who: SignedIn,
    /// What.
    pub fields: Fields,
}

impl FromRequest<AppState> for SignedForm {
    type Rejection = PageRefusal;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, PageRefusal> {
        let (mut parts, body) = request.into_parts();
        let who = SignedIn::from_request_parts(&mut parts, state).await?;
        let ours = same_origin(&parts.headers, &state.config.public_url());
        let request = Request::from_parts(parts, body);
        let fields = Fields::read(request, state).await.map_err(|problem| who.refuse(problem))?;
        if !ours || !same_text(fields.text("csrf"), who.session.csrf()) {
            return Err(who.refuse(foreign_form()));
        }
        Ok(Self { who, fields })
    }
}

/// 403 for a form that was not ours, or was opened in an earlier session.
pub(crate) fn foreign_form() -> Problem {
    Problem::forbidden(
        "表单已失效（可能是登录前打开的页面），没有保存任何内容；请返回刷新页面后再交",
        "this form is not valid any more (it may have been opened before you signed in); nothing was stored: go back, \
         reload the page and send it again",
    )
}

/// Why a page is not shown.
#[derive(Debug)]
pub enum PageRefusal {
    /// Nobody is signed in.
    SignIn {
        /// Where to go afterwards.
        next: String,
        /// Whether a session has ended.
        expired: bool,
    },
    /// Something was wrong; shown as a page.
    Shown {
        /// What.
        problem: Problem,
        /// Around it.
        shell: Box<Shell>,
    },
}

impl PageRefusal {
    /// A refusal before it is known who asks.
    pub fn bare(problem: impl Into<Problem>, lang: Lang) -> Self {
        Self::Shown { problem: problem.into(), shell: Box::new(Shell::nobody(lang)) }
    }
}

#[derive(Template)]
#[template(path = "app/refused.html")]
struct RefusedPage {
    shell: Shell,
    lang: Lang,
    status: u16,
    message: String,
    rule: String,
}

impl IntoResponse for PageRefusal {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn { next, expired } => {
                let note = if expired { "&note=expired" } else { "" };
                Redirect::to(&format!("/app/sign-in?next={}{note}", login::escape_query(&next))).into_response()
            }
            Self::Shown { problem, shell } => {
                let refusal = problem.refusal();
                let lang = shell.lang;
                let template = RefusedPage {
                    lang,
                    status: problem.status().as_u16(),
                    message: lang.t(&refusal.zh, &refusal.en).to_owned(),
                    rule: refusal.rule.clone(),
                    shell: *shell,
                };
                (problem.status(), page(&template)).into_response()
            }
        }
    }
}

/// Failures of the store and of an append, as a signed-in person's page shows them.
pub trait OrRefuse<T> {
    /// The value, or the refusal page.
    ///
    /// # Errors
    /// The refusal page.
    fn or_refuse(self, who: &SignedIn) -> Result<T, PageRefusal>;
}

impl<T> OrRefuse<T> for Result<T, StoreError> {
    fn or_refuse(self, who: &SignedIn) -> Result<T, PageRefusal> {
        self.map_err(|error| who.refuse(error))
    }
}

impl<T> OrRefuse<T> for Result<T, AppendError> {
    fn or_refuse(self, who: &SignedIn) -> Result<T, PageRefusal> {
        self.map_err(|error| who.refuse(error))
    }
}

impl<T> OrRefuse<T> for Result<T, Problem> {
    fn or_refuse(self, who: &SignedIn) -> Result<T, PageRefusal> {
        self.map_err(|problem| who.refuse(problem))
    }
}

/// A template as an answer. Rendering fails only where a value's `Display` does, and none of ours does.
pub fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
