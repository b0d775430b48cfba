//! What the public pages share: their frame, plain pages, and a product in words.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use jiff::ToSpan as _;
use jiff::civil::Date;
use trace_core::state::BatchRow;

use super::assets;
use super::language::Lang;
use super::telling::{Fact, day, net_words, say, who, word};
use crate::http::Problem;
use crate::scan::Story;
use crate::scan::story::{What, Who};

/// What surrounds a public page.
pub(super) struct Frame {
    /// The language.
    pub lang: Lang,
    /// Address of the style sheet.
    pub style: String,
    /// The page in the other language; none where it says everything in both.
    pub other: Option<String>,
    /// Of a page that no service stands behind.
    pub still: Option<StillNote>,
}

/// What a page of a static copy has beside its content.
pub(super) struct StillNote {
    /// That it is a copy, of which day, and what it therefore does not know; in one language or both.
    pub says: Vec<(Lang, String)>,
    /// Address of the script that looks package codes up.
    pub script: String,
    /// The content security policy, which a static server may not send.
    pub policy: String,
}

impl Frame {
    pub fn new(lang: Lang) -> Self {
        let other = Some(format!("?lang={}", lang.other().short()));
        Self { lang, style: assets::address("style.css"), other, still: None }
    }
}

/// A page of a few sentences, with the form for a code where that helps.
#[derive(Template)]
#[template(path = "plain.html")]
pub(super) struct PlainPage {
    frame: Frame,
    lang: Lang,
    title: &'static str,
    lines: Vec<String>,
    form: Option<String>,
}

impl PlainPage {
    pub fn new(lang: Lang, title: &'static str, lines: Vec<String>) -> Self {
        Self { frame: Frame::new(lang), lang, title, lines, form: None }
    }

    /// With the form for a package code, holding what was typed.
    pub fn with_form(self, typed: String) -> Self {
        Self { form: Some(typed), ..self }
    }
}

/// When the database does not answer.
pub(super) fn unreadable(lang: Lang) -> PlainPage {
    let text = lang.t(
        "现在查不到记录，请稍后再试。这不说明商品有问题。",
        "The records cannot be read at the moment; please try again later. That says nothing of the product.",
    );
    PlainPage::new(lang, lang.t("暂时无法查询", "Not available at the moment"), vec![text.to_owned()])
}

/// The page, which nobody may keep: the next opening may find another state.
pub(super) fn answer(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => {
            let mut response = (status, Html(html)).into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => unrendered(&error),
    }
}

/// A fault of ours, for which nobody who asks can do anything.
pub(super) fn unrendered(error: &askama::Error) -> Response {
    tracing::error!(%error, "a page could not be rendered");
    Problem::internal().into_response()
}

/// A batch's product: its name, what stands beside the name, and the facts that a label has.
pub(super) fn product(batch: &BatchRow, story: Option<&Story>, today: Date, lang: Lang) -> (String, String, Vec<Fact>) {
    let attributes = &batch.attributes;
    let mut plain: Vec<String> = Vec::new();
    plain.extend(attributes.form.map(|form| word(form, lang).to_owned()));
    plain.extend(attributes.grade.map(|grade| word(grade, lang).to_owned()));
    plain.extend(attributes.net_content.map(|net| net_words(net, lang)));
    let mut facts = Vec::new();
    let mut fact = |label, value: String, href| facts.push(Fact { label, value, href });
    let packed = story.and_then(packed);
    if let Some((by, on)) = &packed {
        fact(lang.t("包装", "Packed by"), who(by, lang), None);
        fact(lang.t("包装日期", "Packed on"), day(*on), None);
        if let Some(months) = attributes.shelf_life_months {
            let until = on.checked_add(i32::from(months).months()).unwrap_or(Date::MAX);
            let over = if until < today { lang.t("（已过）", " (past)") } else { "" };
            let until = day(until);
            fact(
                lang.t("保质期", "Shelf life"),
                say!(lang, "{months} 个月，至 {until}{over}", "{months} months, until {until}{over}"),
                None,
            );
        }
    } else {
        fact(lang.t("登记日期", "Made on"), day(batch.occurred_at.date()), None);
    }
    if let Some(story) = story
        && packed.as_ref().is_none_or(|(by, _)| *by != story.owner)
    {
        fact(lang.t("持有者", "Held by"), who(&story.owner, lang), None);
    }
    if let Some(gtin) = attributes.gtin {
        fact(lang.t("商品条码", "GTIN"), gtin.to_string(), None);
    }
    fact(lang.t("批次", "Batch"), batch.code.to_string(), Some(format!("/b/{}", batch.code)));
    (word(batch.product, lang).to_owned(), plain.join(lang.t(" · ", " · ")), facts)
}

/// Who packed it and when: the last packing on the way.
fn packed(story: &Story) -> Option<(Who, Date)> {
    let packings = story.steps.iter().rev();
    packings.into_iter().find_map(|step| match &step.what {
        What::Pack { by, .. } => Some((by.clone(), step.to)),
        _ => None,
    })
}
