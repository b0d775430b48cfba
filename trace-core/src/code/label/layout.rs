//! Where each thing of a label stands, in whole printer dots, and whether everything fits.
//!
//! Text is set as large as its area allows, between two bounds; at the lower one, what does not fit is refused by
//! name. A line breaks between Chinese characters, at blanks, after hyphens of codes, where the text says so, and nowhere
//! else.

use super::facts::{Facts, Item};
use super::font::{ASCENT_THOUSANDTHS, LabelFont};
use super::length::Length;
use super::printer::Dpi;
use super::template::{Template, TemplateKind};

/// The least height of text, em to em: 1.8 mm, which GB 7718-2011 section 3.9 asks of packages larger than 35 cm².
pub const TEXT_MIN_TENTH_MM: u32 = 18;
/// A serial's characters stand on places of this part of the em, so that the length of a serial is always the same.
const SERIAL_PLACE_THOUSANDTHS: u32 = 640;
/// The blank between its groups.
const SERIAL_BLANK_THOUSANDTHS: u32 = 400;
/// Groups of four in a serial.
pub(super) const SERIAL_GROUPS: usize = 5;

/// How thick the frame of a page is.
const FRAME: Length = Length::of_tenth_mm(4);

/// Why a label cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Something does not fit its place at the least size of text.
    #[error(
        "template {template}: '{item}' ({text}) does not fit at the least height of text, 1.8 mm; take a larger label or one with less on it"
    )]
    DoesNotFit {
        /// Which template.
        template: String,
        /// What.
        item: Item,
        /// Its words.
        text: String,
    },
    /// The symbol has so many modules that one would have less than the printer can print well.
    #[error(
        "template {template}: a symbol of {modules} modules needs {needed} dots with its quiet zone, and has {has}"
    )]
    Symbol {
        /// Which template.
        template: String,
        /// The symbol's size in modules.
        modules: usize,
        /// Dots that it needs.
        needed: u32,
        /// Dots that its place has.
        has: u32,
    },
    /// The font lacks a character of the text.
    #[error("the font for labels lacks the character {character:?} of '{item}' ({text})")]
    Character {
        /// What.
        item: Item,
        /// Its words.
        text: String,
        /// The character.
        character: char,
    },
    /// The brand's mark cannot stand in the symbol.
    #[error("template {template}: the brand's mark cannot stand in the symbol: {source}")]
    Mark {
        /// Which template.
        template: String,
        /// Why.
        source: crate::code::MarkError,
    },
    /// The address cannot be a symbol at all.
    #[error("the address of a package makes no symbol: {0}")]
    Address(#[from] crate::code::SymbolError),
}

impl LabelError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::DoesNotFit { template, item, text } => format!(
                "模板 {template}：“{}”（{text}）在最小字高 1.8 毫米下放不下；请用更大的标签，或内容更少的模板",
                item.zh()
            ),
            Self::Symbol { template, modules, needed, has } => {
                format!("模板 {template}：{modules} 个模块的二维码连同静区要 {needed} 点，这里只有 {has} 点")
            }
            Self::Character { item, text, character } => {
                format!("标签字体里没有“{}”（{text}）中的字 {character:?}", item.zh())
            }
            Self::Mark { template, source } => format!("模板 {template}：二维码中间放不了品牌标志：{}", source.zh()),
            Self::Address(error) => format!("网址做不成二维码：{}", error.zh()),
        }
    }
}

/// One line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Left edge.
    pub x: u32,
    /// Baseline.
    pub baseline: u32,
    /// Dots to the em.
    pub em: u32,
    /// Its words; of the serial, which groups.
    pub words: Words,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Words {
    /// The same on each label.
    Fixed(String),
    /// These groups of the label's serial.
    Serial(std::ops::Range<usize>),
}

/// All places of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub width: u32,
    pub height: u32,
    /// The side of the symbol's square at the top left.
    pub symbol: u32,
    /// How thick the frame is that runs along the edges; 0: none.
    pub frame: u32,
    pub lines: Vec<Line>,
}

/// How text is set: how large at most, how far apart, and what is set larger than the rest.
struct Manner {
    em_least: u32,
    em_most: u32,
    /// Between two lines, in thousandths of the em.
    gap_thousandths: u32,
    headline: Item,
    /// How much larger the headline is, in thousandths.
    headline_thousandths: u32,
}

impl Manner {
    fn of(template: &Template, dpi: u32) -> Self {
        let em_least = (TEXT_MIN_TENTH_MM * dpi).div_ceil(254);
        let em_most = template.text_max().dots(dpi).max(em_least);
        let (headline, headline_thousandths) = match template.kind() {
            TemplateKind::Package => (Item::Product, 1250),
            TemplateKind::Certificate => (Item::Title, 1500),
        };
        // What lies on a table has room for lines that the eye follows; on a label each dot counts.
        let gap_thousandths = if is_page(template) { 750 } else { 83 };
        Self { em_least, em_most, gap_thousandths, headline, headline_thousandths }
    }
}

/// Whether the template is a whole page, not one label among many.
fn is_page(template: &Template) -> bool {
    template.kind() == TemplateKind::Certificate && template.sheet().is_some()
}

/// A rectangle that takes text.
struct Area {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

/// What goes into an area: its name and its words, none for the serial.
type Piece<'a> = (Item, Option<&'a str>);

impl Layout {
    pub fn of(template: &Template, facts: &Facts, font: &LabelFont, dpi: Dpi) -> Result<Self, LabelError> {
        let dpi = dpi.per_inch();
        let (width, height) = (template.width().dots(dpi), template.height().dots(dpi));
        let (symbol, margin) = (template.symbol().dots(dpi), template.margin().dots(dpi));
        // Text keeps the margin to the edges of the label; the symbol's quiet zone is its margin.
        let half = margin / 2;
        let beside = Area {
            x: symbol,
            y: half,
            width: width.saturating_sub(symbol + margin),
            height: symbol.saturating_sub(half),
        };
        let below = Area {
            x: margin.min(width),
            y: symbol,
            width: width.saturating_sub(2 * margin),
            height: height.saturating_sub(symbol + half),
        };
        let manner = Manner::of(template, dpi);
        let mut lines = Vec::new();
        for (area, items) in [(beside, template.beside()), (below, template.below())] {
            let pieces: Vec<Piece<'_>> = items
                .iter()
                .filter(|item| **item == Item::Serial || facts.text(**item).is_some())
                .map(|item| (*item, facts.text(*item).filter(|_| *item != Item::Serial)))
                .collect();
            check_characters(&pieces, font)?;
            lines.extend(fitted(template, &area, &pieces, font, &manner)?);
        }
        let frame = if is_page(template) { FRAME.dots(dpi) } else { 0 };
        Ok(Self { width, height, symbol, frame, lines })
    }
}

fn check_characters(pieces: &[Piece<'_>], font: &LabelFont) -> Result<(), LabelError> {
    for (item, text) in pieces {
        let text = text.unwrap_or_default();
        if let Some(character) = text.chars().find(|character| *character != '\n' && !font.has(*character)) {
            return Err(LabelError::Character { item: *item, text: text.to_owned(), character });
        }
    }
    Ok(())
}

/// The lines of an area in the largest size in which all fit.
fn fitted(
    template: &Template,
    area: &Area,
    pieces: &[Piece<'_>],
    font: &LabelFont,
    manner: &Manner,
) -> Result<Vec<Line>, LabelError> {
    let mut misfit = None;
    // The headline is set larger, as long as nothing else is lost by it.
    let sizes = (manner.em_least..=manner.em_most).rev().map(|em| (em, true)).chain([(manner.em_least, false)]);
    for (em, larger) in sizes {
        match set(area, pieces, font, em, manner, larger) {
            Ok(lines) => return Ok(lines),
            Err(item) => misfit = Some(item),
        }
    }
    let item = misfit.unwrap_or(manner.headline);
    let text = pieces.iter().find(|(one, _)| *one == item).and_then(|(_, text)| *text).unwrap_or(item.zh()).to_owned();
    Err(LabelError::DoesNotFit { template: template.name().to_owned(), item, text })
}

/// The lines of an area at one size, or what does not fit: what is wider than the area, else the longest of all, as
/// whatever stands last is seldom to blame.
fn set(
    area: &Area,
    pieces: &[Piece<'_>],
    font: &LabelFont,
    em: u32,
    manner: &Manner,
    larger: bool,
) -> Result<Vec<Line>, Item> {
    let mut lines = Vec::new();
    let mut y = area.y;
    for (item, text) in pieces {
        let em = if larger && *item == manner.headline { em * manner.headline_thousandths / 1000 } else { em };
        let gap = em * manner.gap_thousandths / 1000;
        let broken = match text {
            Some(text) => broken(text, area.width, font, em),
            None => broken_serial(area.width, em),
        };
        for words in broken.ok_or(*item)? {
            lines.push(Line { x: area.x, baseline: y + em * ASCENT_THOUSANDTHS / 1000, em, words });
            y += em + gap;
            // The last line needs no room below its descent.
            if y - gap > area.y + area.height {
                let longest = pieces.iter().max_by_key(|(_, text)| text.map_or(0, |text| text.chars().count()));
                return Err(longest.map_or(*item, |(item, _)| *item));
            }
        }
    }
    Ok(lines)
}

/// A text in lines, a new one after each line feed; nothing where a piece that cannot be broken is wider than the area.
fn broken(text: &str, width: u32, font: &LabelFont, em: u32) -> Option<Vec<Words>> {
    let paragraphs: Option<Vec<Vec<Words>>> = text.split('\n').map(|text| wrapped(text, width, font, em)).collect();
    Some(paragraphs?.concat())
}

/// One paragraph in lines.
fn wrapped(text: &str, width: u32, font: &LabelFont, em: u32) -> Option<Vec<Words>> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for piece in unbreakable(text) {
        let longer = format!("{line}{piece}");
        if font.width(longer.trim_end(), em) <= width {
            line = longer;
        } else if font.width(piece.trim_end(), em) <= width {
            lines.push(line.trim_end().to_owned());
            piece.clone_into(&mut line);
        } else {
            return None;
        }
    }
    lines.push(line.trim_end().to_owned());
    Some(lines.into_iter().filter(|line| !line.is_empty()).map(Words::Fixed).collect())
}

/// The pieces between the places at which a line may break.
fn unbreakable(text: &str) -> Vec<&str> {
    let wide = |character: char| u32::from(character) >= 0x2e80 || character == '、';
    let closes = |character: char| "、。，；：）」》！？".contains(character);
    // A box stays with what it stands for.
    let opens = |character: char| "（「《■□".contains(character);
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, character) in text.char_indices() {
        let may_break = match before {
            None => false,
            Some(before) if opens(before) || closes(character) => false,
            Some(before) => {
                before == ' ' || (before == '-' && !after_digit_of_day(text, at)) || wide(before) || wide(character)
            }
        };
        if may_break && character != ' ' {
            pieces.push(&text[start..at]);
            start = at;
        }
        before = Some(character);
    }
    pieces.push(&text[start..]);
    pieces
}

/// Whether the hyphen before `at` stands in a day such as 2026-11-20, which is not broken.
fn after_digit_of_day(text: &str, at: usize) -> bool {
    let rest = &text.as_bytes()[at..];
    rest.len() <= 5 && rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-')
}

/// The serial in one line, in two (three groups and two), or a group a line.
fn broken_serial(width: u32, em: u32) -> Option<Vec<Words>> {
    let fits = |groups: usize| serial_width(groups, em) <= width;
    let per_line = if fits(SERIAL_GROUPS) { SERIAL_GROUPS } else { (1..=3).rev().find(|groups| fits(*groups))? };
    let starts = (0..SERIAL_GROUPS).step_by(per_line);
    Some(starts.map(|start| Words::Serial(start..SERIAL_GROUPS.min(start + per_line))).collect())
}

/// The dots from one place of a serial to the next.
pub(super) const fn serial_place(em: u32) -> u32 {
    (em * SERIAL_PLACE_THOUSANDTHS).div_ceil(1000)
}

/// The dots of the blank between two groups.
pub(super) const fn serial_blank(em: u32) -> u32 {
    em * SERIAL_BLANK_THOUSANDTHS / 1000
}

/// The dots of so many groups.
pub(super) fn serial_width(groups: usize, em: u32) -> u32 {
    let groups = u32::try_from(groups).unwrap_or(0);
    4 * groups * serial_place(em) + groups.saturating_sub(1) * serial_blank(em)
}
