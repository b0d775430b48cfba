//! Labels in ZPL II, the language of Zebra's printers and many others (Programming Guide: ^GF, ^BQ, ~DG, ^XG).
//!
//! What is the same on each label is sent once, kept in the printer's memory and recalled by name.

use std::fmt::Write as _;

use super::bitmap::Bitmap;
use super::plate::{Label, Plate};
use super::printer::SymbolBy;
use super::symbol_command::repeatable;

/// The name under which the printer keeps what all labels share, in its volatile memory.
const FIXED: &str = "R:TMLABEL.GRF";
/// ^FO moves a ^BQ symbol down by the height that ^BY set last, whoever set it; so it is set, to the least.
const SYMBOL_SINKS_BY: u32 = 1;
/// The greatest magnification of ^BQ.
const MAGNIFICATION_MAX: u32 = 10;

/// Writes labels of one plate.
pub struct Zpl<'a> {
    plate: &'a Plate<'a>,
    by: SymbolBy,
}

impl<'a> Zpl<'a> {
    /// Labels of a plate.
    pub const fn new(plate: &'a Plate<'a>, by: SymbolBy) -> Self {
        Self { plate, by }
    }

    /// What comes before the first label: the fixed picture, for the printer's memory.
    pub fn head(&self) -> String {
        let fixed = self.plate.fixed();
        format!("~DG{FIXED},{},{},{}\n", fixed.bytes().len(), fixed.row_bytes(), hex(fixed))
    }

    /// One label.
    pub fn label(&self, label: &Label) -> String {
        let (width, height) = (self.plate.layout.width, self.plate.layout.height);
        let mut text = format!("^XA^PW{width}^LL{height}^LH0,0^FO0,0^XG{FIXED},1,1^FS\n");
        let place = label.place;
        let mask = match self.by {
            SymbolBy::Printer if label.module <= MAGNIFICATION_MAX && place >= SYMBOL_SINKS_BY => repeatable(label),
            _ => None,
        };
        // Writing to a String does not fail.
        if let Some(mask) = mask {
            let (y, module, level) = (place - SYMBOL_SINKS_BY, label.module, label.level);
            _ = writeln!(
                text,
                "^BY2,2.0,{SYMBOL_SINKS_BY}^FO{place},{y}^BQN,2,{module},{level},{mask}^FD{level}M,A{}^FS",
                label.address
            );
        } else {
            let side = u32::try_from(label.symbol.size()).unwrap_or(0) * label.module;
            let mut symbol = Bitmap::white(side, side);
            symbol.draw_symbol(&label.symbol, 0, 0, label.module);
            picture(&mut text, &symbol, place, place);
        }
        for (strip, x, y) in self.plate.serial_strips(label.code) {
            picture(&mut text, &strip, x, y);
        }
        text.push_str("^XZ\n");
        text
    }

    /// What comes after the last label: the printer's memory is given back.
    pub fn tail() -> String {
        format!("^XA^ID{FIXED}^FS^XZ\n")
    }
}

fn picture(text: &mut String, picture: &Bitmap, x: u32, y: u32) {
    let bytes = picture.bytes().len();
    _ = writeln!(text, "^FO{x},{y}^GFA,{bytes},{bytes},{},{}^FS", picture.row_bytes(), hex(picture));
}

fn hex(picture: &Bitmap) -> String {
    hex::encode_upper(picture.bytes())
}
