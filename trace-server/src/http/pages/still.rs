//! Pages of a static copy: what is left when no service answers any more. A page for each sale batch, one on which a
//! code is looked up in the browser, lists of the batches, and the page of the log.
//!
//! It renders; files are written, and batches read, by `crate::export`. A page here links nothing that the copy lacks,
//! and speaks of no opening.

use askama::Template;
use jiff::civil::Date;

use super::assets;
use super::check::Check;
use super::consumer::verdict::recalled;
use super::language::Lang;
use super::public::{self, Frame, StillNote};
use super::telling::{Fact, PeopleView, Telling, Told, day};
use super::{batch, log};
use crate::app::AppState;
use crate::http::headers::CONTENT_SECURITY_POLICY;
use crate::log::Published;
use crate::scan::{Recall, Story};

/// Files that the pages load.
const FILES: [&str; 4] = ["style.css", "check.js", "still.js", "verify.js"];

/// A page could not be rendered.
#[derive(Debug, thiserror::Error)]
#[error("a page could not be rendered: {0}")]
pub struct RenderError(#[from] askama::Error);

/// The pages of a copy that is made on one day.
pub struct StillPages<'a> {
    state: &'a AppState,
    on: Date,
}

/// A sale batch, as far as its page needs it.
pub struct StillBatch<'a> {
    /// Its story.
    pub story: &'a Story,
    /// The recall that reaches it, if one does.
    pub recall: Option<Recall>,
    /// The checkpoint of the evidence file beside the page; none where there is no such file.
    pub proven: Option<&'a Published>,
}

/// A month in the list of batches.
pub struct Month {
    /// Such as `2026-11`.
    pub name: String,
    /// How many sale batches were made in it.
    pub batches: usize,
}

#[derive(Template)]
#[template(path = "still_batch.html")]
struct BatchPage {
    frame: Frame,
    lang: Lang,
    code: String,
    gtin: String,
    on: String,
    tone: &'static str,
    state: &'static str,
    title: &'static str,
    beside: &'static str,
    says: Vec<String>,
    name: String,
    plain: String,
    facts: Vec<Fact>,
    told: Told,
    /// Nobody: what is taken back would stay in the copy.
    people: PeopleView,
    check: Option<Check>,
}

#[derive(Template)]
#[template(path = "still_finder.html")]
struct FinderPage {
    frame: Frame,
    on: String,
    address: String,
}

#[derive(Template)]
#[template(path = "still_months.html")]
struct MonthsPage<'a> {
    frame: Frame,
    months: &'a [Month],
}

#[derive(Template)]
#[template(path = "still_month.html")]
struct MonthPage<'a> {
    frame: Frame,
    month: &'a str,
    codes: &'a [String],
}

impl<'a> StillPages<'a> {
    /// Pages that bear this day.
    pub fn new(state: &'a AppState, on: Date) -> Self {
        Self { state, on }
    }

    /// The files that pages load, each with its place in the copy.
    pub fn files() -> impl Iterator<Item = (String, &'static [u8])> {
        FILES.iter().map(|name| (assets::address(name).trim_start_matches('/').to_owned(), assets::content(name)))
    }

    /// Where the page of a batch stands in the copy, in a language.
    pub fn place(code: &str, lang: Lang) -> String {
        let file = if lang == Lang::Zh { "index.html" } else { "en.html" };
        format!("b/{code}/{file}")
    }

    /// Where the evidence file of a batch stands in the copy.
    pub fn evidence_place(code: &str) -> String {
        format!("b/{code}/evidence.json")
    }

    /// The page of a sale batch.
    ///
    /// # Errors
    /// [`RenderError`].
    pub fn batch(&self, of: &StillBatch<'_>, lang: Lang) -> Result<String, RenderError> {
        let row = &of.story.batch;
        let code = row.code.to_string();
        let product = Some(row.product);
        let (state, _) = batch::standing(row, lang);
        let one = |zh: &str, en: &str| vec![lang.t(zh, en).to_owned()];
        let (tone, zh, en, says) = match (state, of.recall) {
            ("void", _) => (
                "stop",
                "已作废",
                "Void",
                one(
                    "这一批的登记已作废。请不要购买，并向销售者询问。",
                    "The record of this batch was voided. Do not buy it; ask the seller.",
                ),
            ),
            (_, Some(recall)) => ("stop", "召回", "Recalled", recalled(recall, product, lang)),
            ("held", _) => (
                "warn",
                "冻结待查",
                "Held for checking",
                one(
                    "保存副本时，这一批被冻结，等待核查。请先不要使用，并向销售者询问。",
                    "When this copy was made, the batch was frozen until it was checked. Do not use it before you asked the seller.",
                ),
            ),
            _ => (
                "note",
                "批次记录",
                "Records of this batch",
                one(
                    "以下是这一批的溯源记录。它不能说明您手里这一件是不是真的：码可以被复制，这里也不再统计打开次数。",
                    "These are the records of this batch. They cannot tell whether the package in your hand is genuine: codes can be copied, and openings are no longer counted.",
                ),
            ),
        };
        let (name, plain, mut facts) = public::product(row, Some(of.story), self.on, lang);
        for fact in &mut facts {
            fact.href = None;
        }
        // Not relative: the page also stands under the address of a package, where the server rewrites that.
        let other = format!("/{}", Self::place(&code, lang.other()).trim_end_matches("index.html"));
        let file = format!("/{}", Self::evidence_place(&code));
        let page = BatchPage {
            frame: self.frame(lang, &[lang], Some(other)),
            lang,
            gtin: row.attributes.gtin.map(|gtin| gtin.to_string()).unwrap_or_default(),
            on: day(self.on),
            tone,
            state,
            title: lang.t(zh, en),
            beside: lang.other().t(zh, en),
            says,
            name,
            plain,
            facts,
            told: Told::of(&Telling::of(of.story, &self.state.config.origin_mark, lang).alone(), lang)?,
            people: PeopleView::default(),
            check: of.proven.and_then(|published| Check::still(published, &row.code, file)),
            code,
        };
        Ok(page.render()?)
    }

    /// The page of every address that has no page of its own: it looks a code up in the browser, and says what to type
    /// where scripts do not run.
    ///
    /// # Errors
    /// [`RenderError`].
    pub fn finder(&self) -> Result<String, RenderError> {
        let address = self.state.config.public_url();
        Ok(FinderPage { frame: self.both(), on: day(self.on), address }.render()?)
    }

    /// The list of months in which sale batches were made.
    ///
    /// # Errors
    /// [`RenderError`].
    pub fn months(&self, months: &[Month]) -> Result<String, RenderError> {
        Ok(MonthsPage { frame: self.both(), months }.render()?)
    }

    /// The list of the sale batches of a month.
    ///
    /// # Errors
    /// [`RenderError`].
    pub fn month(&self, month: &str, codes: &[String]) -> Result<String, RenderError> {
        Ok(MonthPage { frame: self.both(), month, codes }.render()?)
    }

    /// The page of the log, in a language.
    ///
    /// # Errors
    /// [`RenderError`].
    pub fn log(&self, lang: Lang) -> Result<String, RenderError> {
        let other = if lang == Lang::Zh { "/log/en.html" } else { "/log/" };
        Ok(log::page(self.state, self.frame(lang, &[lang], Some(other.to_owned()))).render()?)
    }

    /// Of a page that says everything in both languages.
    fn both(&self) -> Frame {
        self.frame(Lang::Zh, &[Lang::Zh, Lang::En], None)
    }

    fn frame(&self, lang: Lang, says_in: &[Lang], other: Option<String>) -> Frame {
        let on = day(self.on);
        let says = |lang: Lang| match lang {
            Lang::Zh => format!(
                "溯源服务已停止。这是 {on} 保存的副本：不再统计打开次数，认不出复制的码，也不知道此后的召回和冻结。"
            ),
            Lang::En => format!(
                "The service has ended. This is a copy of {on}: it counts no openings, cannot tell copied codes, and knows of no recall or hold after that day."
            ),
        };
        let still = StillNote {
            says: says_in.iter().map(|lang| (*lang, says(*lang))).collect(),
            script: assets::address("still.js"),
            // What a page may not say of itself, only the server (CSP level 3, section 3.3).
            policy: CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'; ", ""),
        };
        Frame { other, still: Some(still), ..Frame::new(lang) }
    }
}
