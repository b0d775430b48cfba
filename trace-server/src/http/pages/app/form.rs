//! A page with one plain form, field under field: most tasks of the office, the laboratory and the workshop are one.
//!
//! It deliberately lacks what the fields mean; pages name them and read them.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use trace_core::tianma::Vocabulary;

use super::acting::Acting;
use super::processor::live::{Live, Said};
use super::{OrRefuse as _, PageRefusal, Shell, SignedIn, page};
use crate::http::forms::{FieldErrors, Fields, new_uid};
use crate::http::pages::language::Lang;

/// One choice of a list.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Choices out of a closed list of codes.
pub fn choices<V: Vocabulary>(all: &[V], lang: Lang) -> Vec<(String, String)> {
    all.iter().map(|one| (one.code().to_owned(), lang.t(one.zh(), one.en()).to_owned())).collect()
}

/// How a field looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// One line.
    Line,
    /// Several lines.
    Lines,
    /// A day.
    Day,
    /// A closed list.
    List,
    /// A box to tick.
    Tick,
    /// The PIN that the person has: not readable, and never filled again.
    PinNow,
    /// A PIN that the person will have: the same.
    PinNew,
}

/// A field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name in the form.
    pub name: String,
    /// What it asks.
    pub label: String,
    /// How it looks.
    pub look: Look,
    /// What was typed.
    pub value: String,
    /// Whether it may be left empty.
    pub optional: bool,
    /// Whether it may be left empty only where another one is filled.
    pub either: bool,
    /// What helps to fill it.
    pub hint: String,
    /// What is wrong with it.
    pub error: Option<String>,
    /// What a list offers.
    pub choices: Vec<Choice>,
}

impl Field {
    /// A field that must be filled.
    pub fn new(name: impl Into<String>, label: impl Into<String>, look: Look) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            look,
            value: String::new(),
            optional: look == Look::Tick,
            either: false,
            hint: String::new(),
            error: None,
            choices: Vec::new(),
        }
    }

    /// One line.
    pub fn line(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Look::Line)
    }

    /// A closed list; the empty choice comes first unless there is only one.
    pub fn list(name: &str, label: &str, offered: Vec<(String, String)>) -> Self {
        let mut field = Self::new(name, label, Look::List);
        field.choices = offered.into_iter().map(|(value, label)| Choice { value, label, chosen: false }).collect();
        field
    }

    /// It may be left empty.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// It may be left empty where another one is filled; the page says which, and the browser does not ask for it.
    pub fn either(mut self) -> Self {
        self.either = true;
        self.optional()
    }

    /// With a hint below it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// With what was typed and what is wrong with it.
    pub fn filled(mut self, fields: &Fields, errors: &FieldErrors) -> Self {
        if !matches!(self.look, Look::PinNow | Look::PinNew) {
            fields.text(&self.name).clone_into(&mut self.value);
        }
        self.error = errors.of(&self.name).map(str::to_owned);
        for choice in &mut self.choices {
            choice.chosen = choice.value == self.value;
        }
        self
    }
}

/// So many offers stand above a form; more are folded up, so that the form is found.
const OFFERS_OPEN_MAX: usize = 5;

/// The page.
#[derive(Template)]
#[template(path = "app/form.html")]
pub struct FormPage {
    shell: Shell,
    lang: Lang,
    title: String,
    lead: Vec<String>,
    warnings: Vec<String>,
    facts: Vec<(String, String)>,
    action: String,
    uid: String,
    hidden: Vec<(String, String)>,
    above: Vec<String>,
    fields: Vec<Field>,
    button: String,
    also: Option<(String, String)>,
    links: Vec<(String, String)>,
    offers: Vec<(String, String)>,
    offers_open: bool,
    wrong: bool,
    closed: bool,
    live: String,
    said: Vec<Said>,
}

impl FormPage {
    /// A form of these fields, with what was typed and what is wrong with it.
    ///
    /// # Errors
    /// 500 without randomness.
    pub fn new(
        who: &SignedIn,
        title: &str,
        action: impl Into<String>,
        fields: Vec<Field>,
        typed: &Fields,
        errors: &FieldErrors,
    ) -> Result<Self, PageRefusal> {
        let uid = match typed.uid() {
            Some(uid) => uid,
            None => new_uid().or_refuse(who)?,
        };
        Ok(Self {
            shell: who.shell(),
            lang: who.lang,
            title: title.to_owned(),
            lead: Vec::new(),
            warnings: Vec::new(),
            facts: Vec::new(),
            action: action.into(),
            uid: uid.to_string(),
            hidden: Vec::new(),
            above: errors.above().to_vec(),
            fields: fields.into_iter().map(|field| field.filled(typed, errors)).collect(),
            button: who.lang.t("保存", "Store").to_owned(),
            also: None,
            links: Vec::new(),
            offers: Vec::new(),
            offers_open: false,
            wrong: !errors.is_empty(),
            closed: false,
            live: String::new(),
            said: Vec::new(),
        })
    }

    /// A paragraph above the form.
    pub fn lead(mut self, text: impl Into<String>) -> Self {
        self.lead.push(text.into());
        self
    }

    /// A sentence that must not be overlooked.
    pub fn warning(mut self, text: impl Into<String>) -> Self {
        self.warnings.push(text.into());
        self
    }

    /// A fact above the form.
    pub fn fact(mut self, word: &str, value: impl Into<String>) -> Self {
        self.facts.push((word.to_owned(), value.into()));
        self
    }

    /// A field that is sent but not shown.
    pub fn hidden(mut self, name: &str, value: impl Into<String>) -> Self {
        self.hidden.push((name.to_owned(), value.into()));
        self
    }

    /// For which household it is written, where one acts for another.
    pub fn acting(mut self, acting: &Acting) -> Self {
        if let Some(name) = &acting.name {
            self.facts.push((self.lang.t("代录", "For").to_owned(), name.clone()));
        }
        self.hidden("for", acting.field())
    }

    /// What its amounts say, now and while people type.
    pub fn live(mut self, live: &Live, said: Vec<Said>) -> Self {
        self.live = live.attribute();
        self.said = said;
        self
    }

    /// Only what stands above the form and the links below it: something has to be there first.
    pub fn closed(mut self) -> Self {
        self.closed = true;
        self
    }

    /// What stands on the button.
    pub fn button(mut self, text: &str) -> Self {
        text.clone_into(&mut self.button);
        self
    }

    /// Something that waits to be taken up, above the form: a link that fills it.
    pub fn offer(mut self, href: impl Into<String>, text: impl Into<String>) -> Self {
        self.offers.push((href.into(), text.into()));
        self
    }

    /// Shows all offers at once, however many they are.
    pub fn offers_open(mut self, open: bool) -> Self {
        self.offers_open = open;
        self
    }

    /// A second button, which sends the same and ticks this field.
    pub fn also(mut self, name: &str, text: &str) -> Self {
        self.also = Some((name.to_owned(), text.to_owned()));
        self
    }

    /// A link below the form.
    pub fn link(mut self, href: impl Into<String>, text: &str) -> Self {
        self.links.push((href.into(), text.to_owned()));
        self
    }

    /// The answer: 422 where something is wrong.
    pub fn answer(&self) -> Response {
        let mut response = page(self);
        if self.wrong {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        response
    }
}
