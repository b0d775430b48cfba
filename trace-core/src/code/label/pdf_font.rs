//! The part of a font that a PDF carries: only the characters that its labels write (ISO 32000-1 section 9.7).

use std::collections::BTreeMap;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Chunk, Filter, Finish as _, Name, Rect, Ref, Str};
use subsetter::GlyphRemapper;

use super::font::LabelFont;
use super::pdf::PdfError;

/// The name by which the PDF knows the font: six letters and a plus mark a subset (section 9.6.4).
const NAME: &[u8] = b"TIANMA+LabelText";
const SYSTEM: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The references of the font's objects.
pub(super) struct FontRefs {
    pub font: Ref,
    pub descendant: Ref,
    pub descriptor: Ref,
    pub file: Ref,
    pub to_unicode: Ref,
}

/// A font's characters as they are numbered in the PDF.
pub(super) struct PdfFont {
    numbers: BTreeMap<char, u16>,
}

impl PdfFont {
    /// Takes the characters out of a font, and gives the objects in which they stand.
    pub fn subset(
        font: &LabelFont,
        characters: impl Iterator<Item = char>,
        refs: &FontRefs,
    ) -> Result<(Self, Vec<(Ref, Chunk)>), PdfError> {
        let mut remapper = GlyphRemapper::new();
        let numbers: BTreeMap<char, u16> =
            characters.map(|character| (character, remapper.remap(font.glyph(character)))).collect();
        let (bytes, index) = font.file();
        let subset = subsetter::subset(bytes, index, &remapper).map_err(|error| PdfError::Font(error.to_string()))?;
        let cff = table(&subset, *b"CFF ");
        let widths: Vec<f32> = remapper.remapped_gids().map(|glyph| font.glyph_width_thousandths(glyph)).collect();
        let program = deflated(cff.unwrap_or(&subset))?;
        let own = Self { numbers };
        let objects = vec![
            (refs.font, type0(refs)),
            (refs.descendant, descendant(refs, cff.is_some(), &widths)),
            (refs.descriptor, descriptor(refs, cff.is_some())),
            (refs.file, file(refs.file, &program, cff.is_some())),
            (refs.to_unicode, own.to_unicode(refs.to_unicode)),
        ];
        Ok((own, objects))
    }

    /// A text as a hexadecimal string of character numbers; those that are not in the font are left out.
    pub fn string(&self, text: &str) -> String {
        let numbers = text.chars().filter_map(|character| self.numbers.get(&character));
        numbers.fold("<".to_owned(), |string, number| string + &format!("{number:04X}")) + ">"
    }

    /// What lets a reader search and copy the text.
    fn to_unicode(&self, id: Ref) -> Chunk {
        let mut map = UnicodeCmap::new(Name(b"LabelText-UTF16"), SYSTEM);
        for (character, number) in &self.numbers {
            map.pair(*number, *character);
        }
        let bytes = map.finish();
        let mut chunk = Chunk::new();
        chunk.cmap(id, bytes.as_slice());
        chunk
    }
}

fn type0(refs: &FontRefs) -> Chunk {
    let mut chunk = Chunk::new();
    let mut font = chunk.type0_font(refs.font);
    font.base_font(Name(NAME)).encoding_predefined(Name(b"Identity-H"));
    font.descendant_font(refs.descendant).to_unicode(refs.to_unicode);
    font.finish();
    chunk
}

fn descendant(refs: &FontRefs, cff: bool, widths: &[f32]) -> Chunk {
    let mut chunk = Chunk::new();
    let mut font = chunk.cid_font(refs.descendant);
    font.subtype(if cff { CidFontType::Type0 } else { CidFontType::Type2 });
    font.base_font(Name(NAME)).system_info(SYSTEM).font_descriptor(refs.descriptor).default_width(1000.0);
    font.widths().consecutive(0, widths.iter().copied());
    if !cff {
        font.cid_to_gid_map_predefined(Name(b"Identity"));
    }
    font.finish();
    chunk
}

/// Figures that readers use only where the font is missing, which it is not.
fn descriptor(refs: &FontRefs, cff: bool) -> Chunk {
    let mut chunk = Chunk::new();
    let mut descriptor = chunk.font_descriptor(refs.descriptor);
    descriptor.name(Name(NAME)).flags(FontFlags::SYMBOLIC).bbox(Rect::new(-1000.0, -500.0, 3000.0, 1500.0));
    descriptor.italic_angle(0.0).ascent(880.0).descent(-120.0).cap_height(733.0).stem_v(80.0);
    if cff {
        descriptor.font_file3(refs.file);
    } else {
        descriptor.font_file2(refs.file);
    }
    descriptor.finish();
    chunk
}

fn file(id: Ref, program: &[u8], cff: bool) -> Chunk {
    let mut chunk = Chunk::new();
    let mut stream = chunk.stream(id, program);
    stream.filter(Filter::FlateDecode);
    if cff {
        stream.pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
    }
    stream.finish();
    chunk
}

fn deflated(bytes: &[u8]) -> Result<Vec<u8>, PdfError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let written = std::io::Write::write_all(&mut encoder, bytes).and_then(|()| encoder.finish());
    written.map_err(|error| PdfError::Deflate(error.to_string()))
}

/// A table of an OpenType file by its tag: a directory of 16 bytes a table follows a header of 12.
fn table(file: &[u8], tag: [u8; 4]) -> Option<&[u8]> {
    let count = usize::from(u16::from_be_bytes(file.get(4..6)?.try_into().ok()?));
    let entry = file.get(12..12 + 16 * count)?.chunks(16).find(|entry| entry.starts_with(&tag))?;
    let number = |at: usize| -> Option<usize> {
        usize::try_from(u32::from_be_bytes(entry.get(at..at + 4)?.try_into().ok()?)).ok()
    };
    file.get(number(8)?..number(8)?.checked_add(number(12)?)?)
}
