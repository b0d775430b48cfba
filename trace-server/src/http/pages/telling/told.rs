//! A told story as HTML, and the stories that were told lately.
//!
//! What follows from a story alone is put into words once for each language, and is the same for everybody who opens a
//! package of the batch. It deliberately holds no name of a person: those are opened for one answer, and stand between
//! these parts.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use askama::Template;
use askama::filters::HtmlSafe;
use trace_core::id::BatchCode;

use super::Telling;
use crate::http::pages::language::Lang;
use crate::scan::Story;

/// Most tellings kept; one takes some tens of kilobytes.
const TELLINGS_MAX: usize = 512;

/// HTML out of one of our templates, which escaped what it was given; nothing else makes one, so a page need not escape it.
pub struct Html(String);

impl Html {
    fn of(template: &impl Template) -> Result<Self, askama::Error> {
        template.render().map(Self)
    }
}

impl Display for Html {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

/// The parts of a story on a page.
pub struct Told {
    /// From the origin to the way from seed to sale.
    pub way: Html,
    /// What is to be said beside it, and what is not known.
    pub notes: Html,
    /// The list of the records to check.
    pub records: Html,
}

#[derive(Template)]
#[template(path = "story/way.html")]
struct Way<'a> {
    telling: &'a Telling,
    lang: Lang,
}

#[derive(Template)]
#[template(path = "story/notes.html")]
struct Notes<'a> {
    telling: &'a Telling,
    lang: Lang,
}

#[derive(Template)]
#[template(path = "story/records.html")]
struct Records<'a> {
    telling: &'a Telling,
    lang: Lang,
}

impl Told {
    /// Renders what was put into words.
    ///
    /// # Errors
    /// [`askama::Error`].
    pub fn of(telling: &Telling, lang: Lang) -> Result<Self, askama::Error> {
        Ok(Self {
            way: Html::of(&Way { telling, lang })?,
            notes: Html::of(&Notes { telling, lang })?,
            records: Html::of(&Records { telling, lang })?,
        })
    }
}

/// A story, and how it was told.
type Kept = (Weak<Story>, Arc<Told>);

/// The stories that were told lately, by batch and language. One holds as long as the very story that it tells: when the
/// log has grown the story is another, and is told anew.
#[derive(Default)]
pub struct ToldStories(Mutex<HashMap<(BatchCode, Lang), Kept>>);

impl ToldStories {
    /// The story in words; `mark` is the name of the origin mark.
    ///
    /// # Errors
    /// [`askama::Error`].
    pub fn tell(&self, story: &Arc<Story>, mark: &str, lang: Lang) -> Result<Arc<Told>, askama::Error> {
        let key = (story.batch.code, lang);
        // Held for a look-up only.
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, told)) = kept().get(&key)
            // As long as it is pointed to, however weakly, no other story lies at its address.
            && std::ptr::eq(of.as_ptr(), Arc::as_ptr(story))
        {
            return Ok(Arc::clone(told));
        }
        let told = Arc::new(Told::of(&Telling::of(story, mark, lang), lang)?);
        let mut kept = kept();
        if kept.len() >= TELLINGS_MAX && !kept.contains_key(&key) {
            kept.clear();
        }
        kept.insert(key, (Arc::downgrade(story), Arc::clone(&told)));
        Ok(told)
    }
}
