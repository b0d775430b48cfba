//! What all labels of a job share, drawn once: the layout, the picture of everything fixed, and the serial's characters.

use super::bitmap::Bitmap;
use super::facts::{Facts, Item};
use super::font::{LabelFont, dots};
use super::layout::{LabelError, Layout, Line, Words, serial_blank, serial_place, serial_width};
use super::printer::Dpi;
use super::template::{Template, TemplateKind};
use crate::code::{Level, MarkError, PackageCode, Printing, Symbol};

/// The light modules around a symbol on each side (ISO/IEC 18004 section 6.3.8).
const QUIET_ZONE: u32 = 4;

/// The fewest dots a module may have: with one, a bad dot of the print head is a lost row.
const MODULE_MIN_DOTS: u32 = 2;

/// A template filled with the facts of a batch, for one resolution.
pub struct Plate<'a> {
    template: &'a Template,
    font: &'a LabelFont,
    dpi: Dpi,
    pub(super) layout: Layout,
    fixed: Bitmap,
}

/// One label: a package's code, if it is one of a package, and the symbol of its address with its place.
#[derive(Debug, Clone)]
pub struct Label {
    /// The package; a certificate is of none.
    pub code: Option<PackageCode>,
    /// What the symbol says.
    pub address: String,
    /// The symbol.
    pub symbol: Symbol,
    /// Its level.
    pub level: Level,
    /// Dots of a module's side.
    pub module: u32,
    /// Left and top edge of the symbol without its quiet zone: it has the same place on both axes.
    pub place: u32,
}

/// What is done where the mark would damage a symbol so much that it might not be read.
#[derive(Clone, Copy)]
enum Unmarkable {
    /// The template is of no use for such addresses, which is said before the first label.
    Refused,
    /// How much a mark damages differs a little from serial to serial: a label that cannot bear it goes without, since the
    /// file is on its way.
    Plain,
}

impl Template {
    /// The largest symbol that labels of the template have, where one of them has this address.
    fn widest_symbol(&self, address: &str) -> Result<Symbol, LabelError> {
        let widest = match self.kind() {
            // A serial without digits makes the largest symbol, as digits can be packed more tightly.
            TemplateKind::Package => {
                address.get(..address.len().saturating_sub(20)).unwrap_or_default().to_owned() + &"Z".repeat(20)
            }
            TemplateKind::Certificate => address.to_owned(),
        };
        self.symbol_of(&widest, Unmarkable::Refused)
    }

    /// The symbol of an address, in the template's level and with its mark.
    fn symbol_of(&self, address: &str, unmarkable: Unmarkable) -> Result<Symbol, LabelError> {
        let Some(mark) = self.symbol_mark() else { return Ok(Symbol::new(address, self.symbol_level())?) };
        match (Symbol::with_mark(address, mark), unmarkable) {
            (Ok(symbol), _) => Ok(symbol),
            (Err(MarkError::Symbol(error)), _) => Err(error.into()),
            (Err(_), Unmarkable::Plain) => Ok(Symbol::new(address, self.symbol_level())?),
            (Err(source), Unmarkable::Refused) => Err(LabelError::Mark { template: self.name().to_owned(), source }),
        }
    }

    /// Dots of a module of a symbol: as many as its place takes.
    fn module_dots(&self, symbol: &Symbol, dpi: Dpi) -> Result<u32, LabelError> {
        let outer = u32::try_from(symbol.size()).unwrap_or(u32::MAX / 64) + 2 * QUIET_ZONE;
        let has = self.symbol().dots(dpi.per_inch());
        let module = has / outer;
        if module < MODULE_MIN_DOTS {
            return Err(LabelError::Symbol {
                template: self.name().to_owned(),
                modules: symbol.size(),
                needed: outer * MODULE_MIN_DOTS,
                has,
            });
        }
        Ok(module)
    }

    /// How the symbol of an address comes out on labels of the template: its modules, and what GS1 has against them.
    /// Of packages it is the finest that a serial can make.
    ///
    /// # Errors
    /// [`LabelError::Symbol`] where a module would have less than two dots; [`LabelError::Mark`]; [`LabelError::Address`].
    pub fn printing(&self, address: &str, dpi: Dpi) -> Result<Printing, LabelError> {
        let symbol = self.widest_symbol(address)?;
        Ok(symbol.printed_with(self.module_dots(&symbol, dpi)?, dpi.per_inch()))
    }
}

impl<'a> Plate<'a> {
    /// Places everything, and makes sure that every label of the batch will fit: `address` is that of any of them.
    ///
    /// # Errors
    /// [`LabelError`] naming what does not fit.
    pub fn new(
        template: &'a Template,
        facts: &Facts,
        font: &'a LabelFont,
        dpi: Dpi,
        address: &str,
    ) -> Result<Self, LabelError> {
        let layout = Layout::of(template, facts, font, dpi)?;
        let mut fixed = Bitmap::white(layout.width, layout.height);
        for line in &layout.lines {
            if let Words::Fixed(text) = &line.words {
                draw_text(&mut fixed, font, line, text);
            }
        }
        fixed.draw_frame(layout.frame);
        let plate = Self { template, font, dpi, layout, fixed };
        plate.placed(&template.widest_symbol(address)?)?;
        Ok(plate)
    }

    /// The template.
    pub const fn template(&self) -> &Template {
        self.template
    }

    /// The resolution.
    pub const fn dpi(&self) -> Dpi {
        self.dpi
    }

    pub(super) const fn font(&self) -> &LabelFont {
        self.font
    }

    /// The picture of what is the same on each label.
    pub const fn fixed(&self) -> &Bitmap {
        &self.fixed
    }

    /// The label of a package.
    ///
    /// # Errors
    /// [`LabelError::Symbol`] for an address that is longer than the one that the plate was made with.
    pub fn label(&self, code: PackageCode, address: String) -> Result<Label, LabelError> {
        self.labelled(Some(code), address)
    }

    /// The certificate whose symbol is this address.
    ///
    /// # Errors
    /// As [`label`](Self::label).
    pub fn certificate(&self, address: String) -> Result<Label, LabelError> {
        self.labelled(None, address)
    }

    fn labelled(&self, code: Option<PackageCode>, address: String) -> Result<Label, LabelError> {
        let symbol = self.template.symbol_of(&address, Unmarkable::Plain)?;
        let (module, place) = self.placed(&symbol)?;
        Ok(Label { code, address, symbol, level: self.template.symbol_level(), module, place })
    }

    /// Dots of a module, and where the symbol begins in its square.
    fn placed(&self, symbol: &Symbol) -> Result<(u32, u32), LabelError> {
        let size = u32::try_from(symbol.size()).unwrap_or(u32::MAX / 64);
        let module = self.template.module_dots(symbol, self.dpi)?;
        Ok((module, (self.layout.symbol - size * module) / 2))
    }

    /// The whole picture of a label.
    pub fn picture(&self, label: &Label) -> Bitmap {
        let mut picture = self.fixed.clone();
        picture.draw_symbol(&label.symbol, label.place, label.place, label.module);
        for (strip, x, y) in self.serial_strips(label.code) {
            picture.stamp(&strip, x, y);
        }
        picture
    }

    /// The serial's lines as small pictures with their places.
    pub(super) fn serial_strips(&self, code: Option<PackageCode>) -> Vec<(Bitmap, u32, u32)> {
        let strip = |line: &Line| {
            let places = self.serial_places(line, code);
            let width = serial_width(places.len() / 4, line.em);
            let top = line.baseline.saturating_sub(line.em * super::font::ASCENT_THOUSANDTHS / 1000);
            let mut picture = Bitmap::white(width, line.em);
            for (character, x, squeeze) in places {
                let at = (x - line.x, line.baseline - top);
                picture.draw_character(self.font, character, at, line.em, squeeze);
            }
            (picture, line.x, top)
        };
        self.serial_lines().map(strip).collect()
    }

    /// The lines on which groups of the serial stand.
    pub(super) fn serial_lines(&self) -> impl Iterator<Item = &Line> {
        self.layout.lines.iter().filter(|line| matches!(line.words, Words::Serial(_)))
    }

    /// The characters of a line of the serial, each with its left edge and the part to which it is narrowed: a
    /// character is narrowed where it is wider than its place, and stands in the middle of it where it is not.
    pub(super) fn serial_places(&self, line: &Line, code: Option<PackageCode>) -> Vec<(char, u32, f32)> {
        let (Words::Serial(groups), Some(code)) = (&line.words, code) else { return Vec::new() };
        let serial = code.to_string();
        let place = serial_place(line.em);
        let mut x = line.x;
        let mut places = Vec::with_capacity(4 * groups.len());
        for (number, group) in serial.as_bytes().chunks(4).enumerate().filter(|(number, _)| groups.contains(number)) {
            if number > groups.start {
                x += serial_blank(line.em);
            }
            for character in group.iter().map(|byte| char::from(*byte)) {
                let width = self.font.width(&character.to_string(), line.em).max(1);
                let squeeze = if width > place { dots(place) / dots(width) } else { 1.0 };
                places.push((character, x + place.saturating_sub(width) / 2, squeeze));
                x += place;
            }
        }
        places
    }

    /// Whether an item stands on the labels of this template at all.
    pub fn bears(&self, item: Item) -> bool {
        self.template.beside().iter().chain(self.template.below()).any(|one| *one == item)
    }
}

fn draw_text(picture: &mut Bitmap, font: &LabelFont, line: &Line, text: &str) {
    let mut before = String::new();
    for character in text.chars() {
        let x = line.x + font.width(&before, line.em);
        picture.draw_character(font, character, (x, line.baseline), line.em, 1.0);
        before.push(character);
    }
}
