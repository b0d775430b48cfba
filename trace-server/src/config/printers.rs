//! Label printers in the network. They stand in the configuration's file and nowhere else: nobody who is signed in can
//! make the service connect to an address of their choice.

use serde::Deserialize;
use trace_core::code::label::{Dpi, SymbolBy};

use crate::labels::Format;

/// Longest name.
const NAME_CHARS_MAX: usize = 40;

/// A label printer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "PrinterFile")]
pub struct Printer {
    /// Its name, for people and in the API.
    pub name: String,
    /// Host and port, where it takes labels as they are (9100 on nearly all).
    pub address: String,
    /// What it speaks.
    pub language: Format,
    /// Its resolution.
    pub dpi: Dpi,
    /// The template of the labels on its roll.
    pub template: String,
    /// Who draws the symbols.
    pub symbols: SymbolBy,
}

/// A printer as it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrinterFile {
    name: String,
    address: String,
    language: String,
    dpi: u32,
    template: String,
    #[serde(default)]
    symbol: Option<String>,
}

/// Why a printer cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrinterError {
    /// The name is no name.
    #[error("a printer's name has 1 to 40 of a-z, 0-9 and hyphens, received {0:?}")]
    Name(String),
    /// Two of one name.
    #[error("there are two printers {0:?}; give each a name of its own")]
    SameName(String),
    /// The address has no host or no port.
    #[error("printer {name}: address is {received:?}; it must be HOST:PORT, such as 192.168.1.50:9100")]
    Address {
        /// Which printer.
        name: String,
        /// What was set.
        received: String,
    },
    /// Another language.
    #[error("printer {name}: language is {received:?}; it must be zpl or tspl")]
    Language {
        /// Which printer.
        name: String,
        /// What was set.
        received: String,
    },
    /// Another resolution.
    #[error("printer {name}: dpi is {received}; it must be 203 or 300")]
    Dpi {
        /// Which printer.
        name: String,
        /// What was set.
        received: u32,
    },
    /// Neither of the two ways to draw symbols.
    #[error("printer {name}: symbol is {received:?}; it must be printer or picture")]
    Symbol {
        /// Which printer.
        name: String,
        /// What was set.
        received: String,
    },
    /// No template of that name, or one of sheets.
    #[error("printer {name}: there is no template {received:?} of labels on a roll; there are {known}")]
    Template {
        /// Which printer.
        name: String,
        /// What was set.
        received: String,
        /// The templates that a roll may have.
        known: String,
    },
}

impl TryFrom<PrinterFile> for Printer {
    type Error = PrinterError;

    fn try_from(file: PrinterFile) -> Result<Self, PrinterError> {
        let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let name = file.name;
        if !(1..=NAME_CHARS_MAX).contains(&name.len()) || !name.chars().all(named) {
            return Err(PrinterError::Name(name.chars().take(2 * NAME_CHARS_MAX).collect()));
        }
        let port = file.address.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        if port.and_then(|(_, port)| port.parse::<u16>().ok()).is_none_or(|port| port == 0) {
            return Err(PrinterError::Address { name, received: file.address });
        }
        let language = match &*file.language {
            "zpl" => Format::Zpl,
            "tspl" => Format::Tspl,
            _ => return Err(PrinterError::Language { name, received: file.language }),
        };
        let Ok(dpi) = file.dpi.to_string().parse() else {
            return Err(PrinterError::Dpi { name, received: file.dpi });
        };
        let symbols = match file.symbol.as_deref() {
            None | Some("printer") => SymbolBy::Printer,
            Some("picture") => SymbolBy::Picture,
            Some(other) => return Err(PrinterError::Symbol { name, received: other.to_owned() }),
        };
        Ok(Self { name, address: file.address, language, dpi, template: file.template, symbols })
    }
}

/// The printers, each with a name of its own.
///
/// # Errors
/// [`PrinterError::SameName`].
pub(super) fn distinct(printers: Vec<Printer>) -> Result<Vec<Printer>, PrinterError> {
    let mut names: Vec<&str> = printers.iter().map(|printer| &*printer.name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(PrinterError::SameName(pair[0].to_owned())),
        None => Ok(printers),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;
    use crate::config::{Config, Settings};

    const DESK: &str = "[[printers]]\nname = 'desk'\naddress = '192.168.1.50:9100'\nlanguage = 'zpl'\ndpi = 203\n\
                        template = '60x40'\n";

    fn read(text: &str) -> Result<Vec<Printer>, String> {
        let settings: Settings = toml::from_str(text).map_err(|error| error.to_string())?;
        Config::from_settings(settings).map(|config| config.printers).map_err(|error| error.to_string())
    }

    #[test]
    fn printers_stand_in_the_file() {
        assert_eq!(read("").unwrap(), []);
        let two = format!("{DESK}{}symbol = 'picture'\n", DESK.replace("desk", "store-2").replace("'zpl'", "'tspl'"));
        let printers = read(&two).unwrap();
        assert_eq!(
            (&*printers[0].name, printers[0].language, printers[0].symbols),
            ("desk", Format::Zpl, SymbolBy::Printer)
        );
        assert_eq!(
            (&*printers[1].name, printers[1].language, printers[1].symbols),
            ("store-2", Format::Tspl, SymbolBy::Picture)
        );
    }

    #[test]
    fn a_wrong_printer_says_what_would_be_right() {
        for (text, says) in [
            (DESK.replace("desk", "Desk 1"), "a-z, 0-9 and hyphens, received \"Desk 1\""),
            (DESK.replace(":9100", ""), "it must be HOST:PORT"),
            (DESK.replace(":9100", ":0"), "it must be HOST:PORT"),
            (DESK.replace("192.168.1.50", ""), "it must be HOST:PORT"),
            (DESK.replace("'zpl'", "'epl'"), "language is \"epl\"; it must be zpl or tspl"),
            (DESK.replace("= 203", "= 600"), "dpi is 600; it must be 203 or 300"),
            (format!("{DESK}symbol = 'ours'"), "it must be printer or picture"),
            (format!("{DESK}password = 'x'"), "unknown field `password`"),
            (format!("{DESK}{DESK}"), "there are two printers \"desk\""),
        ] {
            let message = read(&text).unwrap_err();
            assert!(message.contains(says), "{message}");
        }
    }
}
