//! Labels in TSPL2, the language of TSC's printers and most cheap ones (Programming Manual: SIZE, BITMAP, QRCODE).
//!
//! It has no pictures that are kept without files, so each label carries its own; they are sent as bytes, not as text.

use super::bitmap::Bitmap;
use super::plate::{Label, Plate};
use super::printer::SymbolBy;
use super::symbol_command::repeatable;

/// The greatest cell width of QRCODE.
const CELL_MAX: u32 = 10;

/// Writes labels of one plate.
pub struct Tspl<'a> {
    plate: &'a Plate<'a>,
    by: SymbolBy,
}

impl<'a> Tspl<'a> {
    /// Labels of a plate.
    pub const fn new(plate: &'a Plate<'a>, by: SymbolBy) -> Self {
        Self { plate, by }
    }

    /// What comes before the first label: its size, and the gap between labels on most rolls.
    pub fn head(&self) -> String {
        let (width, height) = (self.plate.template().width(), self.plate.template().height());
        let mm = |length: super::length::Length| format!("{}.{}", length.tenth_mm() / 10, length.tenth_mm() % 10);
        format!("SIZE {} mm,{} mm\r\nGAP 2 mm,0 mm\r\nDIRECTION 1\r\nREFERENCE 0,0\r\n", mm(width), mm(height))
    }

    /// One label; bytes, not text.
    pub fn label(&self, label: &Label) -> Vec<u8> {
        let mut out = b"CLS\r\n".to_vec();
        let mask = match self.by {
            SymbolBy::Printer if label.module <= CELL_MAX => repeatable(label),
            _ => None,
        };
        let mut picture = self.plate.fixed().clone();
        if mask.is_none() {
            picture.draw_symbol(&label.symbol, label.place, label.place, label.module);
        }
        for (strip, x, y) in self.plate.serial_strips(label.code) {
            picture.stamp(&strip, x, y);
        }
        bitmap(&mut out, &picture);
        if let Some(mask) = mask {
            let (place, module, level) = (label.place, label.module, label.level);
            let command = format!("QRCODE {place},{place},{level},{module},M,0,M2,S{mask},\"A{}\"\r\n", label.address);
            out.extend_from_slice(command.as_bytes());
        }
        out.extend_from_slice(b"PRINT 1,1\r\n");
        out
    }
}

/// The whole picture as BITMAP, in which a set bit is white.
fn bitmap(out: &mut Vec<u8>, picture: &Bitmap) {
    out.extend_from_slice(format!("BITMAP 0,0,{},{},0,", picture.row_bytes(), picture.height()).as_bytes());
    out.extend(picture.bytes().iter().map(|byte| !byte));
    out.extend_from_slice(b"\r\n");
}
