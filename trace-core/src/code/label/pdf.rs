//! Labels as PDF 1.7 (ISO 32000-1), a page a label or a sheet of them, written piece by piece.
//!
//! Of what was written only the places of the objects are kept, 8 bytes each, for the table at the end. Text is text,
//! in a part of the font that is embedded; symbols are pictures of whole printer dots, so that a label printer whose
//! resolution is the plate's prints each module sharp.

use std::fmt::Write as _;

use flate2::{Compress, Compression, FlushCompress};
use pdf_writer::{Chunk, Filter, Finish as _, Name, Rect, Ref, TextStr};

use super::layout::Words;
use super::pdf_font::{FontRefs, PdfFont};
use super::plate::{Label, Plate};
use crate::code::Symbol;

/// Pages under one node of the page tree: readers find a page among 100,000 in three steps.
const PAGES_OF_A_NODE: usize = 256;
/// Numbers of the objects that are there once.
const CATALOG: i32 = 1;
const PAGES: i32 = 2;
const INFO: i32 = 3;
const FONT: i32 = 4;
const FIXED: i32 = 9;
const FIRST_FREE: i32 = 10;
/// What a serial can consist of: all of it is in the font, whatever the labels are.
const SERIAL_CHARACTERS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why a PDF cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// The font cannot be embedded.
    #[error("the font for labels cannot be embedded in a PDF: {0}")]
    Font(String),
    /// The compressor failed.
    #[error("a part of the PDF could not be compressed: {0}")]
    Deflate(String),
}

/// A PDF under way. Every method gives the next piece of the file.
pub struct Pdf<'a> {
    plate: &'a Plate<'a>,
    font: PdfFont,
    /// Bytes before the next object.
    written: u64,
    /// Where each object begins, by its number.
    places: Vec<u64>,
    next: i32,
    nodes: Vec<(Ref, Vec<Ref>)>,
    /// Symbols and content of the page that is being filled.
    page: OpenPage,
    deflate: Compress,
}

#[derive(Default)]
struct OpenPage {
    content: String,
    symbols: Vec<Ref>,
}

impl<'a> Pdf<'a> {
    /// Begins a file; the second value is its first piece.
    ///
    /// # Errors
    /// [`PdfError::Font`].
    pub fn begin(plate: &'a Plate<'a>, title: &str) -> Result<(Self, Vec<u8>), PdfError> {
        let refs = FontRefs {
            font: Ref::new(FONT),
            descendant: Ref::new(FONT + 1),
            descriptor: Ref::new(FONT + 2),
            file: Ref::new(FONT + 3),
            to_unicode: Ref::new(FONT + 4),
        };
        let fixed = plate.layout.lines.iter().filter_map(|line| match &line.words {
            Words::Fixed(text) => Some(text.as_str()),
            Words::Serial(_) => None,
        });
        let characters = fixed.flat_map(str::chars).chain(SERIAL_CHARACTERS.chars());
        let (font, objects) = PdfFont::subset(plate.font(), characters, &refs)?;
        let mut pdf = Self {
            plate,
            font,
            written: 0,
            places: Vec::new(),
            next: FIRST_FREE,
            nodes: Vec::new(),
            page: OpenPage::default(),
            deflate: Compress::new(Compression::new(4), true),
        };
        // Bytes above 127 in a comment tell programs that the file is not text (section 7.5.2).
        let mut out = b"%PDF-1.7\n%\x80\x80\x80\x80\n".to_vec();
        pdf.written = out.len() as u64;
        for (id, chunk) in objects {
            pdf.keep(&mut out, id, &chunk);
        }
        let fixed = pdf.fixed()?;
        pdf.keep(&mut out, Ref::new(FIXED), &fixed);
        let mut info = Chunk::new();
        let mut words = info.indirect(Ref::new(INFO)).dict();
        words.pair(Name(b"Title"), TextStr(title)).pair(Name(b"Producer"), TextStr("Tianma Trace"));
        words.finish();
        pdf.keep(&mut out, Ref::new(INFO), &info);
        Ok((pdf, out))
    }

    /// Adds a label; a piece comes when its page is full.
    ///
    /// # Errors
    /// [`PdfError::Deflate`].
    pub fn label(&mut self, label: &Label) -> Result<Vec<u8>, PdfError> {
        let mut out = Vec::new();
        let id = self.free();
        let symbol = self.symbol(id, &label.symbol, label.module)?;
        self.keep(&mut out, id, &symbol);
        let place = u32::try_from(self.page.symbols.len()).unwrap_or(0);
        let content = self.content(label, place);
        self.page.content.push_str(&content);
        self.page.symbols.push(id);
        if place + 1 == self.plate.template().sheet().map_or(1, super::Sheet::count) {
            self.end_page(&mut out)?;
        }
        Ok(out)
    }

    /// The last piece: a page that is not full, the page tree, the table of places.
    ///
    /// # Errors
    /// [`PdfError::Deflate`].
    pub fn end(mut self) -> Result<Vec<u8>, PdfError> {
        let mut out = Vec::new();
        if !self.page.symbols.is_empty() {
            self.end_page(&mut out)?;
        }
        let nodes = std::mem::take(&mut self.nodes);
        let mut count = 0;
        for (id, pages) in &nodes {
            let mut chunk = Chunk::new();
            let length = i32::try_from(pages.len()).unwrap_or(i32::MAX);
            count += length;
            chunk.pages(*id).parent(Ref::new(PAGES)).kids(pages.iter().copied()).count(length);
            self.keep(&mut out, *id, &chunk);
        }
        let mut chunk = Chunk::new();
        chunk.pages(Ref::new(PAGES)).kids(nodes.iter().map(|(id, _)| *id)).count(count);
        self.keep(&mut out, Ref::new(PAGES), &chunk);
        let mut chunk = Chunk::new();
        let mut catalog = chunk.indirect(Ref::new(CATALOG)).dict();
        catalog.pair(Name(b"Type"), Name(b"Catalog")).pair(Name(b"Pages"), Ref::new(PAGES));
        // Printed at its own size: a page fitted to the paper has modules of broken dots.
        catalog.insert(Name(b"ViewerPreferences")).dict().pair(Name(b"PrintScaling"), Name(b"None"));
        catalog.finish();
        self.keep(&mut out, Ref::new(CATALOG), &chunk);
        out.extend_from_slice(self.table().as_bytes());
        Ok(out)
    }

    /// Writes an object, and notes where.
    fn keep(&mut self, out: &mut Vec<u8>, id: Ref, chunk: &Chunk) {
        let number = usize::try_from(id.get()).unwrap_or(0);
        if self.places.len() <= number {
            self.places.resize(number + 1, 0);
        }
        self.places[number] = self.written;
        out.extend_from_slice(chunk.as_bytes());
        self.written += chunk.len() as u64;
    }

    fn free(&mut self) -> Ref {
        self.next += 1;
        Ref::new(self.next - 1)
    }

    /// The text that is the same on each label, in dots from the label's bottom left corner.
    fn fixed(&mut self) -> Result<Chunk, PdfError> {
        let layout = &self.plate.layout;
        // Writing to a String does not fail.
        let mut text = "BT\n".to_owned();
        for line in &layout.lines {
            if let Words::Fixed(words) = &line.words {
                let (x, y) = (line.x, layout.height.saturating_sub(line.baseline));
                _ = writeln!(text, "/F {} Tf 1 0 0 1 {x} {y} Tm {} Tj", line.em, self.font.string(words));
            }
        }
        text += "ET\n";
        if layout.frame > 0 {
            // A line is drawn along its middle.
            let (half, frame) = (super::font::dots(layout.frame) / 2.0, layout.frame);
            let (width, height) = (layout.width - frame, layout.height - frame);
            _ = writeln!(text, "{frame} w {half} {half} {width} {height} re S");
        }
        let (width, height) = (super::font::dots(layout.width), super::font::dots(layout.height));
        let bytes = self.deflated(text.as_bytes())?;
        let mut chunk = Chunk::new();
        let mut form = chunk.form_xobject(Ref::new(FIXED), &bytes);
        form.filter(Filter::FlateDecode);
        form.bbox(Rect::new(0.0, 0.0, width, height)).resources().fonts().pair(Name(b"F"), Ref::new(FONT));
        form.finish();
        Ok(chunk)
    }

    /// A symbol without its quiet zone as a picture of dots; a set bit is black.
    fn symbol(&mut self, id: Ref, symbol: &Symbol, module: u32) -> Result<Chunk, PdfError> {
        let side = u32::try_from(symbol.size()).unwrap_or(0) * module;
        let mut picture = super::Bitmap::white(side, side);
        picture.draw_symbol(symbol, 0, 0, module);
        let bytes = self.deflated(picture.bytes())?;
        let mut chunk = Chunk::new();
        let mut image = chunk.image_xobject(id, &bytes);
        let side = side.cast_signed();
        image.filter(Filter::FlateDecode);
        image.width(side).height(side).bits_per_component(1);
        image.image_mask(true).decode([1.0, 0.0]);
        image.finish();
        Ok(chunk)
    }

    /// The operators of a label at its place on the page.
    fn content(&self, label: &Label, place: u32) -> String {
        let (template, layout) = (self.plate.template(), &self.plate.layout);
        let (left, top, page_height) = match template.sheet() {
            Some(sheet) => {
                let (column, row) = (place % sheet.columns, place / sheet.columns);
                let left = sheet.left.points() + sheet.step_x.points() * super::font::dots(column);
                (left, sheet.top.points() + sheet.step_y.points() * super::font::dots(row), sheet.page_height)
            }
            None => (0.0, 0.0, template.height()),
        };
        let point = 72.0 / super::font::dots(self.plate.dpi().per_inch());
        let bottom = page_height.points() - top - super::font::dots(layout.height) * point;
        let side = u32::try_from(label.symbol.size()).unwrap_or(0) * label.module;
        let symbol_bottom = layout.height.saturating_sub(label.place + side);
        let mut text = format!(
            "q {point:.6} 0 0 {point:.6} {left:.3} {bottom:.3} cm /L Do q {side} 0 0 {side} {} {symbol_bottom} cm /S{place} Do Q BT\n",
            label.place
        );
        for line in self.plate.serial_lines() {
            let y = layout.height.saturating_sub(line.baseline);
            _ = writeln!(text, "/F {} Tf", line.em);
            for (character, x, squeeze) in self.plate.serial_places(line, label.code) {
                let glyph = self.font.string(character.encode_utf8(&mut [0; 4]));
                _ = writeln!(text, "{squeeze:.3} 0 0 1 {x} {y} Tm {glyph} Tj");
            }
        }
        text + "ET Q\n"
    }

    fn end_page(&mut self, out: &mut Vec<u8>) -> Result<(), PdfError> {
        let OpenPage { content, symbols } = std::mem::take(&mut self.page);
        let (page, contents) = (self.free(), self.free());
        if self.nodes.last().is_none_or(|(_, pages)| pages.len() >= PAGES_OF_A_NODE) {
            let node = self.free();
            self.nodes.push((node, Vec::new()));
        }
        let Some((node, pages)) = self.nodes.last_mut() else { return Ok(()) };
        pages.push(page);
        let node = *node;
        let template = self.plate.template();
        let (width, height) = template
            .sheet()
            .map_or((template.width(), template.height()), |sheet| (sheet.page_width, sheet.page_height));
        let mut chunk = Chunk::new();
        let mut writer = chunk.page(page);
        writer.parent(node).media_box(Rect::new(0.0, 0.0, width.points(), height.points())).contents(contents);
        let mut resources = writer.resources();
        resources.fonts().pair(Name(b"F"), Ref::new(FONT));
        let mut pictures = resources.x_objects();
        pictures.pair(Name(b"L"), Ref::new(FIXED));
        for (place, symbol) in symbols.iter().enumerate() {
            pictures.pair(Name(format!("S{place}").as_bytes()), *symbol);
        }
        pictures.finish();
        resources.finish();
        writer.finish();
        self.keep(out, page, &chunk);
        let bytes = self.deflated(content.as_bytes())?;
        let mut chunk = Chunk::new();
        chunk.stream(contents, &bytes).filter(Filter::FlateDecode);
        self.keep(out, contents, &chunk);
        Ok(())
    }

    /// Where each object begins (section 7.5.4), and where this table does.
    fn table(&self) -> String {
        let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", self.places.len().max(1));
        for place in self.places.iter().skip(1) {
            _ = writeln!(table, "{place:010} 00000 n ");
        }
        table
            + &format!(
                "trailer\n<</Size {}/Root {CATALOG} 0 R/Info {INFO} 0 R>>\nstartxref\n{}\n%%EOF\n",
                self.places.len(),
                self.written
            )
    }

    fn deflated(&mut self, bytes: &[u8]) -> Result<Vec<u8>, PdfError> {
        self.deflate.reset();
        // What cannot be compressed grows by a few bytes a block.
        let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 100 + 64);
        let done = self.deflate.compress_vec(bytes, &mut out, FlushCompress::Finish);
        match done {
            Ok(flate2::Status::StreamEnd) => Ok(out),
            Ok(status) => Err(PdfError::Deflate(format!("{status:?}"))),
            Err(error) => Err(PdfError::Deflate(error.to_string())),
        }
    }
}
