//! Labels of packages, and certificates of commitment: what stands on one, where each thing stands in whole printer dots, and the bytes for printers,
//! print shops and PDF readers.
//!
//! A [`Template`] says how large a label is and what belongs where; [`Facts`] are the words of one batch. A
//! [`Plate`] joins them for one printer: everything that is the same on each label is placed, measured and drawn once,
//! so that a label costs its symbol and its serial. What does not fit is refused by name ([`LabelError`]) before the
//! first label is made, and nothing is ever cut.
//!
//! The writers ([`Zpl`], [`Tspl`], [`Pdf`], [`Csv`]) hand out pieces of bytes, a label at a time, and remember nothing
//! of what they wrote (a PDF remembers where its pages lie). Finding a font, sending the pieces, spreadsheets and
//! archives are the service's.

mod bitmap;
mod built_in;
mod certificate;
mod csv;
mod facts;
mod font;
mod layout;
mod length;
mod pdf;
mod pdf_font;
mod plate;
mod printer;
mod symbol_command;
mod template;
mod tspl;
mod zpl;

#[cfg(test)]
mod tests;

pub use bitmap::Bitmap;
pub use certificate::Certificate;
pub use csv::{Csv, escaped_cell};
pub use facts::{Facts, Item, UnknownItem, net_content_zh};
pub use font::{FontError, LabelFont};
pub use layout::{LabelError, TEXT_MIN_TENTH_MM};
pub use length::{Length, LengthError};
pub use pdf::{Pdf, PdfError};
pub use plate::{Label, Plate};
pub use printer::{Dpi, DpiError, SymbolBy};
pub use template::{Sheet, Template, TemplateError, TemplateFile, TemplateKind};
pub use tspl::Tspl;
pub use zpl::Zpl;
