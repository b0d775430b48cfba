//! Pages for people: the front page, the consumer's and those for signed-in parties.

pub mod app;
pub mod assets;
mod batch;
mod check;
mod consumer;
mod front;
pub mod language;
mod log;
mod public;
pub mod still;
mod telling;

use axum::Router;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::from_fn;
use axum::response::Response;

use self::language::Lang;
use self::public::PlainPage;
pub use self::telling::ToldStories;
use super::limits::readable_path;
use crate::app::AppState;

/// All pages.
pub fn router() -> Router<AppState> {
    Router::new()
        .merge(assets::router())
        .merge(front::router())
        .merge(batch::router())
        .merge(log::router())
        .merge(app::router())
        .layer(from_fn(readable_path))
        .merge(consumer::router())
        .layer(from_fn(language::remember))
}

/// What a person sees at an address that leads nowhere; the code on a package can be typed there.
pub(super) fn nowhere(parts: &Parts) -> Response {
    let lang = Lang::of(parts);
    let path = parts.uri.path();
    let (zh, en) = (format!("没有 {path}；请核对网址。"), format!("There is nothing at {path}; check the address."));
    let title = lang.t("没有这个页面", "No such page");
    let page = PlainPage::new(lang, title, vec![lang.t(&zh, &en).to_owned()]).with_form(String::new());
    public::answer(StatusCode::NOT_FOUND, &page)
}
