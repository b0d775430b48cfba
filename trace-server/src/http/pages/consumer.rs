//! The page that a package's QR code opens, and the one on which its code is typed in.
//!
//! It shows a verdict, the product, and the story of its batch. Each opening is counted before the page speaks of
//! first or repeated openings; robots, link previews and HEAD requests are not openings.

pub(super) mod verdict;
pub(super) mod wrong;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use trace_core::code::{DigitalLink, PackageCode};

use super::check::Check;
use super::language::Lang;
use super::public::{self, Frame, PlainPage};
use super::telling::{Fact, PeopleView, Told, people, say};
use crate::app::AppState;
use crate::http::client::{ClientAddress, ClientRegion};
use crate::http::forms::Fields;
use crate::scan::{Package, Story, Verdict, Visit, is_robot};
use verdict::VerdictView;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/t", get(look_up))
        .route("/T", get(look_up))
        .route("/t/{*serial}", get(short))
        .route("/T/{*serial}", get(short))
        // An address that begins with another of the three keys, or stops after the first, is told what is wrong with it.
        .route("/01", get(long))
        .route("/01/", get(long))
        .route("/01/{*rest}", get(long))
        .route("/10/{*rest}", get(long))
        .route("/21/{*rest}", get(long))
}

#[derive(Template)]
#[template(path = "consumer.html")]
struct ConsumerPage {
    frame: Frame,
    lang: Lang,
    verdict: VerdictView,
    product: Option<ProductView>,
    told: Option<Arc<Told>>,
    people: PeopleView,
    check: Option<Check>,
    /// The code, to be typed anew where it was not found.
    typed: String,
}

/// The product in words.
struct ProductView {
    name: String,
    plain: String,
    facts: Vec<Fact>,
}

/// Where a request came from.
type From = (ClientAddress, ClientRegion);

/// `/t/{serial}`: a code alone, forgiving what people type.
async fn short(State(state): State<AppState>, from: From, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let serial = path(&mut parts, &state).await.unwrap_or_default();
    let typed = serial.trim_end_matches('/');
    match PackageCode::parse_typed(typed) {
        Ok(code) => answer(&state, &parts, code, None, from).await,
        Err(error) => {
            let lang = Lang::of(&parts);
            refused(StatusCode::BAD_REQUEST, lang, typed, wrong::code(&error, lang))
        }
    }
}

/// `/01/{gtin}/10/{batch}/21/{serial}`: the address of a product with a GTIN (GS1 Digital Link).
async fn long(State(state): State<AppState>, from: From, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    match DigitalLink::parse_path(parts.uri.path()) {
        Ok(link) => answer(&state, &parts, *link.code(), Some(link), from).await,
        Err(error) => {
            let lang = Lang::of(&parts);
            // The code may be whole where the rest of the address is not: then it need not be typed.
            let code = parts.uri.path().rsplit('/').find_map(|part| PackageCode::parse_typed(part).ok());
            let code = code.map(|code| code.grouped()).unwrap_or_default();
            refused(StatusCode::BAD_REQUEST, lang, &code, wrong::link(&error, lang))
        }
    }
}

/// `/t?code=`: the form for people whose telephone does not scan.
async fn look_up(request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let lang = Lang::of(&parts);
    let fields = Fields::from_urlencoded(parts.uri.query().unwrap_or_default().as_bytes());
    let typed = fields.map_or_else(|_| String::new(), |fields| fields.text("code").trim().to_owned());
    if typed.is_empty() {
        let page =
            PlainPage::new(lang, lang.t("查验溯源码", "Check a package code"), Vec::new()).with_form(String::new());
        return public::answer(StatusCode::OK, &page);
    }
    match PackageCode::parse_typed(&typed) {
        Ok(code) => Redirect::to(&format!("/t/{code}")).into_response(),
        Err(error) => refused(StatusCode::BAD_REQUEST, lang, &typed, wrong::code(&error, lang)),
    }
}

async fn path(parts: &mut Parts, state: &AppState) -> Option<String> {
    use axum::extract::FromRequestParts as _;
    Path::<String>::from_request_parts(parts, state).await.ok().map(|Path(path)| path)
}

/// A code or an address that cannot be one of ours, with the reason.
fn refused(status: StatusCode, lang: Lang, typed: &str, reason: String) -> Response {
    let lines = vec![
        reason,
        lang.t(
            "请核对包装上印的 20 位字符，或重新扫码。",
            "Please compare the 20 characters printed on the package, or scan again.",
        )
        .to_owned(),
    ];
    let title = lang.t("这不是一个溯源码", "This is not a package code");
    public::answer(status, &PlainPage::new(lang, title, lines).with_form(typed.to_owned()))
}

/// A code that is not in the system, from where too many such codes came.
fn slowed(lang: Lang, code: &PackageCode, seconds: u32) -> Response {
    let lines = vec![
        lang.t(
            "本系统没有签发过这个码。请与包装上印的 20 位字符核对。",
            "This system never issued the code. Compare the 20 characters printed on the package.",
        )
        .to_owned(),
        say!(
            lang,
            "最近查询的错误码太多，请 {seconds} 秒后再输入别的码；扫描真码不受影响。",
            "Too many wrong codes were tried lately; type another one after {seconds} seconds. Genuine codes open as always."
        ),
    ];
    let page = PlainPage::new(lang, lang.t("查无此码", "Not in the system"), lines).with_form(code.grouped());
    let mut response = public::answer(StatusCode::TOO_MANY_REQUESTS, &page);
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}

async fn answer(
    state: &AppState,
    parts: &Parts,
    code: PackageCode,
    claimed: Option<DigitalLink>,
    (ClientAddress(address), ClientRegion(region)): From,
) -> Response {
    let lang = Lang::of(parts);
    if !state.scanner.is_ours(&code)
        && let Err(seconds) = state.guesses.admit(address, state.ledger.now())
    {
        return slowed(lang, &code, seconds);
    }
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let visit = Visit {
        at: state.ledger.now(),
        address,
        region,
        agent: agent.to_owned(),
        opens: parts.method == Method::GET,
        person: !is_robot(agent) && !fetched_ahead(&parts.headers),
    };
    let scan = match state.scanner.scan(&code, claimed.as_ref(), &visit).await {
        Ok(scan) => scan,
        Err(error) => {
            tracing::error!(%error, "a package could not be looked up");
            return public::answer(StatusCode::SERVICE_UNAVAILABLE, &public::unreadable(lang));
        }
    };
    let status = if scan.verdict == Verdict::Unknown { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let story = match &scan.package {
        // Of a package whose address was changed nothing is known, so nothing is told of it.
        Some(package) if !matches!(scan.verdict, Verdict::Disagrees(_)) => story(state, package, scan.log_size).await,
        _ => None,
    };
    let product =
        scan.package.as_ref().map(|package| product(package, story.as_deref(), scan.zone.date_at(visit.at), lang));
    let (mut told, mut named) = (None, PeopleView::default());
    if let Some(story) = &story {
        match state.told.tell(story, &state.config.origin_mark, lang) {
            Ok(words) => (told, named) = (Some(words), people(&state.ledger, story, lang).await),
            Err(error) => tracing::error!(%error, "a story could not be rendered"),
        }
    }
    let page = ConsumerPage {
        frame: Frame::new(lang),
        lang,
        verdict: verdict::view(&scan, lang),
        product: product.filter(|_| !matches!(scan.verdict, Verdict::Disagrees(_))),
        check: scan.package.as_ref().and_then(|package| Check::of(state, &package.batch.code, Some(&package.code))),
        told,
        people: named,
        typed: code.grouped(),
    };
    public::answer(status, &page)
}

/// The story; without it the verdict still stands.
async fn story(state: &AppState, package: &Package, size: u64) -> Option<Arc<Story>> {
    match state.scanner.story_since(package.batch.code, size).await {
        Ok(story) => story,
        Err(error) => {
            tracing::error!(%error, batch = %package.batch.code, "a story could not be told");
            None
        }
    }
}

fn product(package: &Package, story: Option<&Story>, today: jiff::civil::Date, lang: Lang) -> ProductView {
    let (name, plain, mut facts) = public::product(&package.batch, story, today, lang);
    facts.push(Fact { label: lang.t("溯源码", "Package code"), value: package.code.grouped(), href: None });
    ProductView { name, plain, facts }
}

/// Whether a browser or messenger fetches the page before anybody asked to see it.
fn fetched_ahead(headers: &HeaderMap) -> bool {
    const PURPOSES: [HeaderName; 4] = [
        HeaderName::from_static("sec-purpose"),
        HeaderName::from_static("purpose"),
        HeaderName::from_static("x-purpose"),
        HeaderName::from_static("x-moz"),
    ];
    let said = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_ascii_lowercase);
    PURPOSES.iter().filter_map(said).any(|purpose| purpose.contains("prefetch") || purpose.contains("preview"))
}
