//! The public page of a batch: its state, its story, and nothing that is private.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use trace_core::id::BatchCode;
use trace_core::state::BatchRow;

use super::check::Check;
use super::language::Lang;
use super::public::{self, Frame, PlainPage};
use super::telling::{Fact, PeopleView, Told, people};
use crate::app::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/b/{batch}", get(show)).route("/B/{batch}", get(show))
}

#[derive(Template)]
#[template(path = "batch.html")]
struct BatchPage {
    frame: Frame,
    lang: Lang,
    code: String,
    stage: &'static str,
    /// `void`, `recalled`, `held` or `standing`, with its words.
    state: (&'static str, &'static str),
    name: String,
    plain: String,
    facts: Vec<Fact>,
    told: Arc<Told>,
    people: PeopleView,
    check: Option<Check>,
}

/// `/b/{batch}`: a batch code in any spelling that people type leads to the one address.
async fn show(State(state): State<AppState>, lang: Lang, Path(typed): Path<String>) -> Response {
    let code = match BatchCode::parse_typed(&typed) {
        Ok(code) if code.to_string() != typed => return Redirect::to(&format!("/b/{code}")).into_response(),
        Ok(code) => code,
        Err(error) => {
            let reason = lang.t(&error.zh(), &error.to_string()).to_owned();
            let title = lang.t("这不是一个批次码", "This is not a batch code");
            return public::answer(StatusCode::BAD_REQUEST, &PlainPage::new(lang, title, vec![reason]));
        }
    };
    match state.scanner.story(code).await {
        Ok(Some(story)) => {
            let told = match state.told.tell(&story, &state.config.origin_mark, lang) {
                Ok(told) => told,
                Err(error) => return public::unrendered(&error),
            };
            let (name, plain, facts) =
                public::product(&story.batch, Some(&story), story.zone.date_at(state.ledger.now()), lang);
            let page = BatchPage {
                frame: Frame::new(lang),
                lang,
                code: code.to_string(),
                stage: lang.t(code.stage().zh(), code.stage().en()),
                state: standing(&story.batch, lang),
                name,
                plain,
                facts,
                told,
                people: people(&state.ledger, &story, lang).await,
                check: Check::of(&state, &code, None),
            };
            public::answer(StatusCode::OK, &page)
        }
        Ok(None) => {
            let text = lang.t("系统里没有这个批次。", "There is no such batch in this ledger.").to_owned();
            let title = lang.t("查无此批次", "No such batch");
            public::answer(StatusCode::NOT_FOUND, &PlainPage::new(lang, title, vec![text]))
        }
        Err(error) => {
            tracing::error!(%error, batch = %code, "a batch could not be looked up");
            public::answer(StatusCode::SERVICE_UNAVAILABLE, &public::unreadable(lang))
        }
    }
}

pub(super) fn standing(batch: &BatchRow, lang: Lang) -> (&'static str, &'static str) {
    if batch.void {
        ("void", lang.t("已作废", "Void"))
    } else if !batch.recalls.is_empty() {
        ("recalled", lang.t("召回中", "Under recall"))
    } else if !batch.holds.is_empty() {
        ("held", lang.t("冻结待查", "Held for checking"))
    } else {
        ("standing", lang.t("记录有效", "On record"))
    }
}
