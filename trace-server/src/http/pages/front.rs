//! `/`: where somebody arrives who typed the address alone. A code can be typed in, and the ways to sign in, to the log
//! and to the API are named. It reads nothing, so it answers also while the database does not.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::language::Lang;
use super::public::{self, Frame};
use crate::app::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/", get(show))
}

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage {
    frame: Frame,
    lang: Lang,
    /// What the form for a code holds: nothing yet.
    code: &'static str,
}

async fn show(lang: Lang) -> Response {
    public::answer(StatusCode::OK, &FrontPage { frame: Frame::new(lang), lang, code: "" })
}
