//! Labels of code issues, and certificates: which codes, with which words, as which file; made on a thread of their own and handed out
//! piece by piece, so that memory does not grow with the count.
//!
//! What a label looks like is the core's (`trace_core::code::label`); who may have it is http's.

mod archive;
mod certificate;
mod drawing;
mod facts;
mod font_file;
mod format;
mod job;
mod outlet;
mod pick;
mod roll;
mod spreadsheet;
mod templates;

use std::sync::Arc;

use tokio::sync::Semaphore;
use trace_core::code::label::{Template, TemplateKind};

pub use certificate::{CertificateJob, origin_words};
pub use facts::facts;
pub use font_file::{FontFileError, FontSource};
pub use format::Format;
pub use job::{Job, JobError, Work};
pub use outlet::Stream;
pub use pick::{printable, returned};
pub use roll::Roll;
pub use templates::TemplatesError;

use crate::config::Config;

/// Most files that are made at the same time: each holds a thread until its reader has taken all of it.
const JOBS_MAX: usize = 8;

/// The templates and the font, and room for so many jobs. Cloning it is cheap.
#[derive(Clone)]
pub struct Labels {
    templates: Arc<Vec<Template>>,
    font: Arc<FontSource>,
    room: Arc<Semaphore>,
}

impl Labels {
    /// Reads the templates that the configuration names; the font is looked for when the first label is made.
    ///
    /// # Errors
    /// [`TemplatesError`], in words for the operator.
    pub fn open(config: &Config) -> Result<Self, TemplatesError> {
        let templates = templates::load(config.label_templates.as_deref(), &config.symbol_mark)?;
        let font = FontSource::new(config.label_font.clone());
        Ok(Self { templates: Arc::new(templates), font: Arc::new(font), room: Arc::new(Semaphore::new(JOBS_MAX)) })
    }

    /// All templates, the operator's own last.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// The templates of a kind.
    pub fn templates_for(&self, kind: TemplateKind) -> impl Iterator<Item = &Template> {
        self.templates.iter().filter(move |template| template.kind() == kind)
    }

    /// The template of a kind and name.
    pub fn template(&self, kind: TemplateKind, name: &str) -> Option<&Template> {
        self.templates_for(kind).find(|template| template.name() == name)
    }
}
