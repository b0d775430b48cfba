//! What the tests print: a batch's words, codes, and the picture that a printer leaves on paper.

use std::sync::{Arc, LazyLock};

use image::{ExtendedColorType, ImageEncoder as _};
use trace_core::code::label::{
    Bitmap, Dpi, Facts, Item, Label, LabelFont, Plate, SymbolBy, Template, TemplateFile, TemplateKind,
};
use trace_core::code::{
    CodeIndex, CodeKey, DigitalLink, Gtin14, Host, IssueNumber, KeyRing, LotNumber, Mark, PackageCode, Scheme,
    short_address,
};
use trace_server::labels::{FontSource, Format, Job, Work};

/// The system's font, read once for all tests of a process.
pub static FONT: LazyLock<Arc<LabelFont>> =
    LazyLock::new(|| FontSource::new(None).font().expect("a Chinese font (Debian package fonts-noto-cjk)"));

static KEYS: LazyLock<KeyRing> = LazyLock::new(|| KeyRing::new(vec![CodeKey::new(1, [7; 32]).unwrap()]).unwrap());

/// Everything that a batch can have on its labels.
pub fn facts() -> Facts {
    Facts::default()
        .with(Item::Product, "干天麻")
        .with(Item::NetContent, "净含量 250 g")
        .with(Item::Batch, "批次 R261120-4F7K2MQ")
        .with(Item::Packed, "包装日期 2026-11-20")
        .with(Item::ShelfLife, "保质期 24 个月")
        .with(Item::Grade, "等级 特等")
        .with(Item::Producer, "生产者 小草坝天麻加工有限公司")
        .with(Item::Mark, "产地「彝良天麻」")
        .with(Item::Warning, "不建议孕妇、哺乳期妇女及婴幼儿食用")
}

/// Code and address of a package; with GTIN and batch in every second one.
pub fn package(index: u32, long: bool) -> (PackageCode, String) {
    let code = KEYS.encode(1, IssueNumber::new(9).unwrap(), CodeIndex::new(index).unwrap()).unwrap();
    let host = Host::parse("t.example.cn").unwrap();
    let address = if long {
        let lot = LotNumber::parse("R261120-4F7K2MQ").unwrap();
        DigitalLink::new(Gtin14::parse("6901234567892").unwrap(), lot, code).address(Scheme::Https, &host)
    } else {
        short_address(Scheme::Https, &host, &code)
    };
    (code, address)
}

/// A label of a plate.
pub fn label(plate: &Plate<'_>, index: u32, long: bool) -> Label {
    let (code, address) = package(index, long);
    plate.label(code, address).unwrap()
}

/// A job of so many labels.
pub fn job(format: Format, template: &str, count: u32) -> Job {
    let template = template_of(template);
    Job {
        format,
        template,
        dpi: Dpi::D203,
        symbols: SymbolBy::Printer,
        facts: facts(),
        title: "R261120-4F7K2MQ 9".to_owned(),
        runs: vec![0..=count - 1],
        code: Box::new(|index| Some(package(index, true))),
    }
}

/// The whole file of a job.
pub fn file(job: &impl Work) -> Vec<u8> {
    let mut bytes = Vec::new();
    job.write(&FontSource::new(None), &mut bytes, &mut || ()).unwrap();
    bytes
}

/// The built-in templates of packages.
pub fn package_templates() -> Vec<Template> {
    Template::built_in().into_iter().filter(|template| template.kind() == TemplateKind::Package).collect()
}

/// A built-in template.
pub fn template_of(name: &str) -> Template {
    Template::built_in().into_iter().find(|template| template.name() == name).unwrap()
}

/// An operator's own label whose symbols bear the brand's mark.
pub fn marked_template(symbol_mm: u32, mark: &Mark) -> Template {
    own_template(symbol_mm, "symbol_mark", &true.into()).of_brand(mark)
}

/// An operator's own label with symbols of another level than M.
pub fn levelled_template(level: &str) -> Template {
    own_template(24, "symbol_level", &level.into())
}

fn own_template(symbol_mm: u32, setting: &str, value: &serde_json::Value) -> Template {
    let own = serde_json::json!({
        "name": "brand", "width_mm": 60, "height_mm": 40, "symbol_mm": symbol_mm, setting: value,
        "beside": ["product", "net_content", "batch"], "below": ["warning", "serial"],
    });
    let own: TemplateFile = serde_json::from_value(own).unwrap();
    Template::try_from(own).unwrap()
}

/// Paper under a print head: dots, and a refusal of every dot beside it.
#[derive(Clone, PartialEq, Eq)]
pub struct Paper {
    pub width: usize,
    pub height: usize,
    dots: Vec<bool>,
}

impl Paper {
    pub fn white(width: usize, height: usize) -> Self {
        Self { width, height, dots: vec![false; width * height] }
    }

    pub fn of(picture: &Bitmap) -> Self {
        let mut paper = Self::white(picture.width() as usize, picture.height() as usize);
        for (y, x) in (0..picture.height()).flat_map(|y| (0..picture.width()).map(move |x| (y, x))) {
            paper.dots[y as usize * paper.width + x as usize] = picture.is_dark(x, y);
        }
        paper
    }

    pub fn blacken(&mut self, x: usize, y: usize) {
        assert!(x < self.width && y < self.height, "a dot at ({x}, {y}) is beside {}x{}", self.width, self.height);
        self.dots[y * self.width + x] = true;
    }

    /// Rows of bytes, a set bit is black; the bits that fill the last byte must be white.
    pub fn stamp(&mut self, (x, y): (usize, usize), row_bytes: usize, rows: &[u8]) {
        assert_eq!(rows.len() % row_bytes, 0, "whole rows");
        for (row, bytes) in rows.chunks(row_bytes).enumerate() {
            for column in (0..8 * row_bytes).filter(|column| bytes[column / 8] & (0x80 >> (column % 8)) != 0) {
                self.blacken(x + column, y + row);
            }
        }
    }

    /// A QR symbol as a printer makes it when it is told this level, alphanumeric characters and this mask.
    pub fn symbol(&mut self, (x, y): (usize, usize), text: &str, level: &str, mask: u8, module: usize) {
        use qrcode::canvas::{Canvas, MaskPattern as Mask};
        use qrcode::{Color, EcLevel, Version, bits::Bits, ec};
        let level = match level {
            "M" => EcLevel::M,
            "Q" => EcLevel::Q,
            "H" => EcLevel::H,
            other => panic!("{other} is no level of labels"),
        };
        let fits = |version| {
            let mut bits = Bits::new(Version::Normal(version));
            bits.push_alphanumeric_data(text.as_bytes()).ok()?;
            bits.push_terminator(level).ok().map(|()| bits)
        };
        let bits = (1..=40).find_map(fits).expect("a text that fits a symbol");
        let version = bits.version();
        let (data, correction) = ec::construct_codewords(&bits.into_bytes(), version, level).unwrap();
        let mut canvas = Canvas::new(version, level);
        canvas.draw_all_functional_patterns();
        canvas.draw_data(&data, &correction);
        let masks = [
            Mask::Checkerboard,
            Mask::HorizontalLines,
            Mask::VerticalLines,
            Mask::DiagonalLines,
            Mask::LargeCheckerboard,
            Mask::Fields,
            Mask::Diamonds,
            Mask::Meadow,
        ];
        canvas.apply_mask(masks[usize::from(mask)]);
        let side = usize::try_from(version.width()).unwrap();
        for (place, _) in canvas.into_colors().iter().enumerate().filter(|(_, colour)| **colour == Color::Dark) {
            let (left, top) = (x + place % side * module, y + place / side * module);
            for (dx, dy) in (0..module).flat_map(|dy| (0..module).map(move |dx| (dx, dy))) {
                self.blacken(left + dx, top + dy);
            }
        }
    }

    /// As a picture on paper that is larger than the label, which nobody scans in the dark.
    pub fn png(&self) -> Vec<u8> {
        const AROUND: usize = 30;
        let (width, height) = (self.width + 2 * AROUND, self.height + 2 * AROUND);
        let mut grey = vec![u8::MAX; width * height];
        for (place, _) in self.dots.iter().enumerate().filter(|(_, dark)| **dark) {
            grey[(place / self.width + AROUND) * width + place % self.width + AROUND] = 0;
        }
        let mut png = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut png);
        let (width, height) = (u32::try_from(width).unwrap(), u32::try_from(height).unwrap());
        encoder.write_image(&grey, width, height, ExtendedColorType::L8).unwrap();
        png
    }

    /// How many dots are black.
    pub fn black(&self) -> usize {
        self.dots.iter().filter(|dot| **dot).count()
    }
}
