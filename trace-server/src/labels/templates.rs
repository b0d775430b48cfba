//! The operator's own templates: a TOML file of `[[template]]` tables, read once at the start.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use trace_core::code::Mark;
use trace_core::code::label::{Template, TemplateError, TemplateFile};

/// Why the file of templates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplatesError {
    /// It cannot be read.
    #[error("the label templates {} cannot be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no TOML of templates.
    #[error("the label templates {}: {source}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        source: Box<toml::de::Error>,
    },
    /// One of them cannot be.
    #[error("the label templates {}: {source}", path.display())]
    Template {
        /// The file.
        path: PathBuf,
        /// Which, and why.
        source: TemplateError,
    },
    /// Two of one name.
    #[error("the label templates {}: there is a template {name:?} already; take another name", path.display())]
    SameName {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    template: Vec<TemplateFile>,
}

/// The built-in templates, and those of the file, with the brand's mark where one asks for it.
pub(super) fn load(path: Option<&Path>, mark: &Mark) -> Result<Vec<Template>, TemplatesError> {
    let mut templates = Template::built_in();
    let Some(path) = path else { return Ok(templates) };
    let path = || path.to_owned();
    let text = std::fs::read_to_string(path()).map_err(|source| TemplatesError::File { path: path(), source })?;
    let file: File =
        toml::from_str(&text).map_err(|source| TemplatesError::Toml { path: path(), source: Box::new(source) })?;
    for own in file.template {
        let own = Template::try_from(own).map_err(|source| TemplatesError::Template { path: path(), source })?;
        if templates.iter().any(|template| template.name() == own.name()) {
            return Err(TemplatesError::SameName { path: path(), name: own.name().to_owned() });
        }
        templates.push(own.of_brand(mark));
    }
    Ok(templates)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    const OWN: &str = "[[template]]\nname = 'jar'\nwidth_mm = 50\nheight_mm = 30.5\nsymbol_mm = 18\n\
                       beside = ['product', 'net_content']\nbelow = ['serial']\n";

    fn loaded(text: &str) -> Result<Vec<Template>, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        load(Some(file.path()), &Mark::parse("#.#/.#./#.#").unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn own_templates_stand_beside_the_built_in_ones() {
        let templates = loaded(OWN).unwrap();
        assert_eq!(templates.len(), Template::built_in().len() + 1);
        assert_eq!(templates.last().unwrap().height().tenth_mm(), 305);
        assert_eq!(templates.last().unwrap().symbol_mark(), None);
    }

    #[test]
    fn a_template_bears_the_mark_of_the_brand_where_it_asks_for_it() {
        let templates = loaded(&OWN.replace("symbol_mm", "symbol_mark = true\nsymbol_mm")).unwrap();
        assert_eq!(templates.last().unwrap().symbol_mark(), Some(&Mark::parse("#.#/.#./#.#").unwrap()));
    }

    #[test]
    fn a_wrong_file_says_where_and_what() {
        for (text, says) in [
            (OWN.replace("30.5", "30.55"), "line 4"),
            (OWN.replace("'net_content'", "'price'"), "'price' does not stand on labels"),
            (OWN.replace("jar", "60x40"), "there is a template \"60x40\" already"),
            (OWN.replace("below = ['serial']", ""), "template jar: 'serial' is missing"),
            (OWN.replace("symbol_mm", "qr_mm"), "unknown field `qr_mm`"),
        ] {
            let message = loaded(&text).unwrap_err();
            assert!(message.contains(says), "{message}");
        }
        assert!(
            load(Some(Path::new("no-such-file.toml")), &Mark::tian())
                .unwrap_err()
                .to_string()
                .contains("no-such-file.toml")
        );
    }
}
