//! Templates: how large a label is, what stands on it and where, and how labels lie on a sheet.
//!
//! The text of a template file is parsed by whoever reads it (serde); what is wrong in it is said here. Those that are
//! always there are in `built_in`.

use serde::Deserialize;

use super::facts::Item;
use super::length::Length;
use crate::code::{Level, Mark};

/// The smallest symbol with its quiet zone that telephones read from a hand: version 3 at 0.25 mm a module.
const SYMBOL_MIN_TENTH_MM: u32 = 100;

/// Most labels on one sheet.
const ON_A_SHEET_MAX: u32 = 500;

/// What labels of a template are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateKind {
    /// Packages: the symbol is a package's address, and its serial stands there.
    #[default]
    Package,
    /// 承诺达标合格证: the symbol is the address of the batch, and what such a certificate has to say stands there.
    Certificate,
}

impl TemplateKind {
    /// What every label of the kind bears.
    const fn needs(self) -> &'static [Item] {
        use Item::{Amount, Basis, Commitment, Contact, Issued, Issuer, Origin, Product, Serial, Title};
        match self {
            Self::Package => &[Product, Serial],
            Self::Certificate => &[Title, Commitment, Basis, Product, Amount, Origin, Issuer, Contact, Issued],
        }
    }

    /// Its name in a template file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Certificate => "certificate",
        }
    }
}

/// A label's size, and what stands on it.
///
/// The symbol stands at the top left; its own quiet zone is its margin. Beside it, to the right, and below it stand
/// texts, in the order given, each area in the largest size in which all of its texts fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub(super) name: String,
    pub(super) kind: TemplateKind,
    pub(super) width: Length,
    pub(super) height: Length,
    pub(super) margin: Length,
    pub(super) symbol: Length,
    pub(super) symbol_mark: Option<Mark>,
    pub(super) symbol_level: Level,
    pub(super) text_max: Length,
    pub(super) beside: Vec<Item>,
    pub(super) below: Vec<Item>,
    pub(super) sheet: Option<Sheet>,
}

/// How labels lie on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// Width of the page.
    #[serde(rename = "page_width_mm", default = "a4_width")]
    pub page_width: Length,
    /// Height of the page.
    #[serde(rename = "page_height_mm", default = "a4_height")]
    pub page_height: Length,
    /// From the page's left edge to the first label.
    #[serde(rename = "left_mm")]
    pub left: Length,
    /// From the page's top edge to the first label.
    #[serde(rename = "top_mm")]
    pub top: Length,
    /// Labels in a row.
    pub columns: u32,
    /// Rows of labels.
    pub rows: u32,
    /// From the left edge of one label to that of the next.
    #[serde(rename = "step_x_mm")]
    pub step_x: Length,
    /// From the top edge of one label to that of the next.
    #[serde(rename = "step_y_mm")]
    pub step_y: Length,
}

/// A template as its file has it: lengths in millimetres with at most one decimal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateFile {
    /// Its name in addresses: lower case letters, digits and hyphens.
    pub name: String,
    /// What it is for; packages unless given.
    #[serde(default)]
    pub kind: TemplateKind,
    /// Width of a label.
    pub width_mm: Length,
    /// Height of a label.
    pub height_mm: Length,
    /// White at the edges; 1 unless given.
    #[serde(default = "one_millimetre")]
    pub margin_mm: Length,
    /// Side of the square that the symbol has with its quiet zone.
    pub symbol_mm: Length,
    /// Whether the brand's mark stands in the middle of the symbol, which then has level H; not unless given.
    #[serde(default)]
    pub symbol_mark: bool,
    /// Error correction of the symbol: `M`, `Q` or `H`; M unless given, and H with the mark.
    #[serde(default)]
    pub symbol_level: Option<Level>,
    /// The greatest height of text; 2.8 unless given.
    #[serde(default = "text_max_usual")]
    pub text_max_mm: Length,
    /// What stands to the right of the symbol.
    #[serde(default)]
    pub beside: Vec<Item>,
    /// What stands below it.
    #[serde(default)]
    pub below: Vec<Item>,
    /// How labels lie on a page; without it each label is a page of its own, as on a roll.
    pub sheet: Option<Sheet>,
}

/// More is louder, not clearer, on what is read from a hand.
pub(super) fn text_max_usual() -> Length {
    Length::of_tenth_mm(28)
}

pub(super) fn a4_width() -> Length {
    Length::of_tenth_mm(2100)
}

pub(super) fn a4_height() -> Length {
    Length::of_tenth_mm(2970)
}

pub(super) fn one_millimetre() -> Length {
    Length::of_tenth_mm(10)
}

/// Why a template cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The name is no name.
    #[error("a template's name has 1 to 40 of a-z, 0-9 and hyphens, received {received:?}")]
    Name {
        /// The name as it came.
        received: String,
    },
    /// The symbol would be too small to be read.
    #[error("template {template}: symbol_mm is {}.{} and must be at least {}.0", received / 10, received % 10, SYMBOL_MIN_TENTH_MM / 10)]
    Symbol {
        /// Which template.
        template: String,
        /// The side that was given, in tenths of a millimetre.
        received: u32,
    },
    /// The label is smaller than its symbol.
    #[error("template {template}: the label must be at least as wide and high as its symbol")]
    Label {
        /// Which template.
        template: String,
    },
    /// A level that labels do not have, or not with the mark.
    #[error("template {template}: symbol_level is M, Q or H, and H where symbol_mark is true; received {received}")]
    Level {
        /// Which template.
        template: String,
        /// The level that was given.
        received: Level,
    },
    /// One thing would stand there twice.
    #[error("template {template}: '{item}' stands in it twice")]
    Twice {
        /// Which template.
        template: String,
        /// What.
        item: Item,
    },
    /// A label without what makes it one.
    #[error("template {template}: '{item}' is missing; every label of the kind '{}' bears it", kind.name())]
    Missing {
        /// Which template.
        template: String,
        /// What it is for.
        kind: TemplateKind,
        /// What.
        item: Item,
    },
    /// Something of the other kind.
    #[error("template {template}: '{item}' does not stand on labels of the kind '{}'", kind.name())]
    Foreign {
        /// Which template.
        template: String,
        /// What it is for.
        kind: TemplateKind,
        /// What.
        item: Item,
    },
    /// The labels overlap or leave the page.
    #[error("template {template}: {columns} by {rows} labels do not lie side by side on the page")]
    Sheet {
        /// Which template.
        template: String,
        /// Labels in a row.
        columns: u32,
        /// Rows.
        rows: u32,
    },
}

impl TryFrom<TemplateFile> for Template {
    type Error = TemplateError;

    fn try_from(file: TemplateFile) -> Result<Self, TemplateError> {
        let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=40).contains(&file.name.len()) || !file.name.chars().all(named) {
            return Err(TemplateError::Name { received: file.name.chars().take(60).collect() });
        }
        let template = file.name.clone();
        if file.symbol_mm.tenth_mm() < SYMBOL_MIN_TENTH_MM {
            return Err(TemplateError::Symbol { template, received: file.symbol_mm.tenth_mm() });
        }
        if file.width_mm < file.symbol_mm || file.height_mm < file.symbol_mm {
            return Err(TemplateError::Label { template });
        }
        let marked = file.symbol_mark;
        if let Some(received) = file.symbol_level.filter(|level| *level == Level::L || (marked && *level != Level::H)) {
            return Err(TemplateError::Level { template, received });
        }
        let items: Vec<Item> = file.beside.iter().chain(&file.below).copied().collect();
        for (place, &item) in items.iter().enumerate() {
            if items[..place].contains(&item) {
                return Err(TemplateError::Twice { template, item });
            }
        }
        let kind = file.kind;
        if let Some(&item) = items.iter().find(|item| !item.stands_on(kind)) {
            return Err(TemplateError::Foreign { template, kind, item });
        }
        if let Some(&item) = kind.needs().iter().find(|item| !items.contains(item)) {
            return Err(TemplateError::Missing { template, kind, item });
        }
        if let Some(sheet) = file.sheet.filter(|sheet| !sheet.holds(file.width_mm, file.height_mm)) {
            return Err(TemplateError::Sheet { template, columns: sheet.columns, rows: sheet.rows });
        }
        Ok(Self {
            name: file.name,
            kind,
            width: file.width_mm,
            height: file.height_mm,
            margin: file.margin_mm,
            symbol: file.symbol_mm,
            symbol_mark: marked.then(Mark::tian),
            symbol_level: if marked { Level::H } else { file.symbol_level.unwrap_or_default() },
            text_max: file.text_max_mm,
            beside: file.beside,
            below: file.below,
            sheet: file.sheet,
        })
    }
}

impl Sheet {
    /// Labels on a page.
    pub const fn count(&self) -> u32 {
        self.columns * self.rows
    }

    fn holds(&self, width: Length, height: Length) -> bool {
        let along = |first: Length, count: u32, step: Length, side: Length, page: Length| {
            (1..=ON_A_SHEET_MAX).contains(&count)
                && (count == 1 || step >= side)
                && first.tenth_mm() + (count - 1) * step.tenth_mm() + side.tenth_mm() <= page.tenth_mm()
        };
        along(self.left, self.columns, self.step_x, width, self.page_width)
            && along(self.top, self.rows, self.step_y, height, self.page_height)
    }
}

impl Template {
    /// Its name in addresses.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its labels are for.
    pub const fn kind(&self) -> TemplateKind {
        self.kind
    }

    /// Width of a label.
    pub const fn width(&self) -> Length {
        self.width
    }

    /// Height of a label.
    pub const fn height(&self) -> Length {
        self.height
    }

    /// White at the edges.
    pub const fn margin(&self) -> Length {
        self.margin
    }

    /// Side of the symbol's square, quiet zone included.
    pub const fn symbol(&self) -> Length {
        self.symbol
    }

    /// The same with this brand's mark, if its symbols have a mark at all; in a file it is 天 until this is told.
    #[must_use]
    pub fn of_brand(mut self, mark: &Mark) -> Self {
        if let Some(own) = &mut self.symbol_mark {
            own.clone_from(mark);
        }
        self
    }

    /// The mark in the middle of its symbols.
    pub const fn symbol_mark(&self) -> Option<&Mark> {
        self.symbol_mark.as_ref()
    }

    /// Error correction of its symbols.
    pub const fn symbol_level(&self) -> Level {
        self.symbol_level
    }

    /// The greatest height of text.
    pub const fn text_max(&self) -> Length {
        self.text_max
    }

    /// What stands beside the symbol.
    pub fn beside(&self) -> &[Item] {
        &self.beside
    }

    /// What stands below it.
    pub fn below(&self) -> &[Item] {
        &self.below
    }

    /// How labels lie on a page, if not each on its own.
    pub const fn sheet(&self) -> Option<&Sheet> {
        self.sheet.as_ref()
    }
}
