//! The kinds of files in which labels come.

use std::fmt;

use trace_core::code::label::Template;

/// Rows of a worksheet, without the one with the names of the columns.
const SHEET_ROWS_MAX: u32 = 1_048_575;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For any printer.
    Pdf,
    /// For Zebra's printers and those that speak their language.
    Zpl,
    /// For TSC's printers and those that speak their language.
    Tspl,
    /// A list for print shops.
    Csv,
    /// The same as a spreadsheet.
    Xlsx,
    /// A picture for each label.
    Zip,
    /// The picture of the first label alone.
    Png,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Pdf, Self::Zpl, Self::Tspl, Self::Csv, Self::Xlsx, Self::Zip, Self::Png];

    /// Those in which one certificate comes: it is no list.
    pub const OF_ONE: [Self; 4] = [Self::Pdf, Self::Zpl, Self::Tspl, Self::Png];

    /// The format of a file's ending.
    pub fn of(ending: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.ending() == ending)
    }

    /// The ending of its files.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Zpl => "zpl",
            Self::Tspl => "tspl",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Zip => "zip",
            Self::Png => "png",
        }
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            // Printer languages have no registered types; as plain bytes no browser shows or changes them.
            Self::Zpl | Self::Tspl => "application/octet-stream",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Zip => "application/zip",
            Self::Png => "image/png",
        }
    }

    /// Whether it draws labels, or is a list.
    pub const fn draws(self) -> bool {
        !matches!(self, Self::Csv | Self::Xlsx)
    }

    /// Whether labels of a template can come so: a label printer has a roll, not sheets.
    pub const fn takes(self, template: &Template) -> bool {
        !matches!(self, Self::Zpl | Self::Tspl) || template.sheet().is_none()
    }

    /// The most codes of one file, where its format has an end.
    pub const fn count_max(self) -> Option<u32> {
        match self {
            Self::Xlsx => Some(SHEET_ROWS_MAX),
            // More is no order for one printer, and readers of PDF and archives choke on it.
            Self::Pdf | Self::Zip => Some(200_000),
            Self::Zpl | Self::Tspl | Self::Csv | Self::Png => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.ending())
    }
}
