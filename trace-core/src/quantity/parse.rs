//! The grammar of a typed quantity: one to three parts of number and unit, larger units first.

use super::number::{self, MILLION};
use super::unit::{self, Unit};
use super::{Measure, Quantity, QuantityError};

/// The longest honest input is a long numeral with two more parts; it takes half of this.
const TYPED_CHARS_MAX: usize = 64;
const PARTS_MAX: usize = 3;

/// Reads a text as a quantity of the expected measure.
pub(super) fn parse(text: &str, expected: Measure) -> Result<Quantity, QuantityError> {
    let received = text.chars().count();
    if received > TYPED_CHARS_MAX {
        return Err(QuantityError::TooLong { received, limit: TYPED_CHARS_MAX });
    }
    let mut cursor = Cursor::new(text);
    let mut sum = Sum::default();
    cursor.skip_spaces();
    while cursor.peek(0).is_some() {
        sum.add_part(&mut cursor, expected)?;
        cursor.skip_spaces();
    }
    if sum.parts == 0 {
        return Err(QuantityError::Empty { expected });
    }
    sum.into_quantity(expected)
}

/// The parts read so far, in thirds of a millionth of the base unit.
#[derive(Default)]
struct Sum {
    total: i128,
    rounds: bool,
    parts: usize,
    last: Option<(&'static Unit, i128)>,
}

impl Sum {
    fn add_part(&mut self, cursor: &mut Cursor, expected: Measure) -> Result<(), QuantityError> {
        let (position, start) = (cursor.position(), cursor.at);
        if let Some((unit, _)) = self.last
            && cursor.is_final_half()
        {
            // 三斤半: half of the unit before it.
            cursor.take();
            return self.add(unit, MILLION / 2, unit.thirds, position);
        }
        if matches!(cursor.peek(0), Some('-' | '−' | '负')) && self.parts == 0 {
            return Err(QuantityError::Negative { position });
        }
        let Some(millionths) = number::read(cursor)? else {
            return Err(cursor.unreadable());
        };
        let number = cursor.typed(start);
        cursor.skip_spaces();
        if cursor.peek(0).is_none() {
            return Err(QuantityError::NoUnit { number, expected });
        }
        let unit_start = cursor.at;
        let Some((unit, length)) = unit::longest_at_start(&cursor.glyphs[cursor.at..]) else {
            return Err(cursor.unreadable());
        };
        // A Latin unit ends where its word ends: "5 tx" is not 5 t.
        let inside_a_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
        if inside_a_word(cursor.peek(length - 1)) && inside_a_word(cursor.peek(length)) {
            return Err(cursor.unreadable());
        }
        cursor.at += length;
        if unit.measure != expected {
            let unit_text = cursor.typed(unit_start);
            return Err(QuantityError::WrongMeasure { unit: unit_text, found: unit.measure, expected });
        }
        self.add(unit, millionths, unit.thirds, position)
    }

    /// Adds a part that begins at `position`, if it is less than one of the unit before and that one's number is whole.
    fn add(
        &mut self,
        unit: &'static Unit,
        millionths: i128,
        thirds: i128,
        position: usize,
    ) -> Result<(), QuantityError> {
        let amount = millionths * thirds;
        if let Some((before, number)) = self.last {
            let fits = self.parts < PARTS_MAX
                && unit.measure != Measure::Count
                && number % MILLION == 0
                && amount < before.thirds * MILLION;
            if !fits {
                return Err(QuantityError::Compound { position });
            }
        }
        self.total += amount;
        self.rounds |= unit.rounds;
        self.parts += 1;
        self.last = Some((unit, millionths));
        Ok(())
    }

    fn into_quantity(self, measure: Measure) -> Result<Quantity, QuantityError> {
        let base = 3 * MILLION;
        if self.total == 0 {
            return Err(QuantityError::Zero);
        }
        if !self.rounds && self.total % base != 0 {
            return Err(QuantityError::NotWhole { measure });
        }
        // Half up; without effect where the number is whole.
        let value = (self.total * 2 + base) / (base * 2);
        let ceiling = i128::from(unit::ceiling(measure).value());
        match i64::try_from(value) {
            Ok(0) => Err(QuantityError::Zero),
            Ok(value) if i128::from(value) <= ceiling => Quantity::new(measure, value),
            _ => Err(QuantityError::TooLarge { measure }),
        }
    }
}

/// The text in one width and case, with the way back to what was typed.
pub(super) struct Cursor {
    glyphs: Vec<char>,
    /// For each glyph, the index of its character in `typed`.
    origins: Vec<usize>,
    typed: Vec<char>,
    at: usize,
}

impl Cursor {
    fn new(text: &str) -> Self {
        let typed: Vec<char> = text.chars().collect();
        let (mut glyphs, mut origins) = (Vec::new(), Vec::new());
        for (origin, c) in typed.iter().enumerate() {
            let mut push = |glyph: char| {
                glyphs.push(glyph.to_ascii_lowercase());
                origins.push(origin);
            };
            match c {
                '㎏' => "kg".chars().for_each(push),
                '㎎' => "mg".chars().for_each(push),
                '㎡' => "m2".chars().for_each(push),
                '²' => push('2'),
                '\u{3000}' | '\u{a0}' => push(' '),
                // The full-width forms repeat ASCII at a fixed distance.
                '！'..='～' => push(u32::from(*c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(*c)),
                c => push(*c),
            }
        }
        Self { glyphs, origins, typed, at: 0 }
    }

    pub(super) fn peek(&self, ahead: usize) -> Option<char> {
        self.glyphs.get(self.at + ahead).copied()
    }

    pub(super) fn take(&mut self) {
        self.at += 1;
    }

    /// The place in the typed text, from 1.
    pub(super) fn position(&self) -> usize {
        self.origin(self.at) + 1
    }

    fn origin(&self, index: usize) -> usize {
        self.origins.get(index).copied().unwrap_or(self.typed.len())
    }

    fn skip_spaces(&mut self) {
        while self.peek(0) == Some(' ') {
            self.take();
        }
    }

    /// Whether nothing but 半 is left.
    fn is_final_half(&self) -> bool {
        let mut rest = self.glyphs[self.at..].iter().filter(|c| **c != ' ');
        rest.next() == Some(&'半') && rest.next().is_none()
    }

    /// What was typed from the glyph `start` to here.
    fn typed(&self, start: usize) -> String {
        let text: String = self.typed[self.origin(start)..self.origin(self.at)].iter().collect();
        text.trim().to_owned()
    }

    fn unreadable(&self) -> QuantityError {
        let text = self.typed[self.origin(self.at)..].iter().collect();
        QuantityError::Unreadable { text, position: self.position() }
    }
}
