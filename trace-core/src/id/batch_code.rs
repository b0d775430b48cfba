//! Batch codes such as `H261120-ABCDEFG`: made, checked, and read from what people type or say.
//!
//! It deliberately does not promise uniqueness (30 random bits a day and stage): the store enforces that.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use jiff::civil::Date;
use thiserror::Error;

use super::{Stage, base32, text};

/// Symbols without the hyphen: letter, six digits, six random, one check character.
const SYMBOL_COUNT: usize = 14;
/// The hyphen stands after the letter and the date; counted from 0.
const HYPHEN_INDEX: usize = 7;

/// Why a text is not a batch code. Positions count the characters of what was typed from 1.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BatchCodeError {
    /// Too short or too long.
    #[error("a batch code has {expected} characters, such as H261120-ABCDEFG; this has {received}")]
    Length {
        /// 15 with the hyphen, 14 without (typed codes are counted without).
        expected: usize,
        /// Characters received, counted in the same way.
        received: usize,
    },
    /// A character that cannot stand at this place.
    #[error("character {position} of the batch code is {found:?}; allowed there: {allowed}")]
    Character {
        /// Place, counted from 1.
        position: usize,
        /// The character as it was typed.
        found: char,
        /// What may stand there.
        allowed: &'static str,
    },
    /// The first letter names no stage.
    #[error("a batch code starts with F, S, P, H, M or R (its stage), not with {found:?}")]
    UnknownStage {
        /// The character as it was typed.
        found: char,
    },
    /// The six digits are no day, or the day is outside the years 2000 to 2099 that two digits can name.
    #[error("{date} in the batch code is not a day; expected year, month, day as in 261120 (2000 to 2099)")]
    ImpossibleDate {
        /// The digits, or the date that cannot be written with them.
        date: String,
    },
    /// One of the characters is wrong, or two changed places.
    // The right character is not named: it would be typed in, and the real slip stands elsewhere.
    #[error("the last character {found:?} does not fit the others: one is wrong or two are swapped; read it again")]
    CheckCharacter {
        /// The check character as it was typed.
        found: char,
    },
}

impl BatchCodeError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Length { expected, received } => {
                format!("批次号应为{expected}个字符（例如 H261120-ABCDEFG），现有{received}个")
            }
            Self::Character { position, found, allowed } => {
                format!("批次号第{position}个字符“{found}”不对，该处只能用：{}", text::allowed_zh(allowed))
            }
            Self::UnknownStage { found } => {
                format!("批次号首字母应为 F、S、P、H、M、R 之一（环节），不能是“{found}”")
            }
            Self::ImpossibleDate { date } => {
                format!("批次号中的日期“{date}”不存在，应为年月日各两位，例如 261120（2000至2099年）")
            }
            Self::CheckCharacter { found } => {
                format!("批次号末位校验字符“{found}”不符：有字符输错或前后颠倒，请重新核对")
            }
        }
    }
}

/// The code of a batch (批次): stage letter, `yymmdd`, hyphen, six random base32 characters, one check character.
///
/// The check character is the sum of `alpha^i * x_i` over GF(32) (polynomial x^5+x^2+1, alpha = 2) of the 13 symbols
/// before it, i = 1 for the leftmost. All weights differ, its own (`alpha^0`) included, so every single wrong
/// character and every exchange of two characters is caught. Valid in GS1 AI (10) (GS1 General Specifications,
/// 3.4.3) and in QR alphanumeric mode (ISO/IEC 18004, 7.4.4).
///
/// ```
/// use jiff::civil::date;
/// use trace_core::id::{BatchCode, Stage};
///
/// let code = BatchCode::new(Stage::Harvest, date(2026, 11, 20), [1, 2, 3, 4])?;
/// let spelled = code.to_string();
/// assert_eq!(BatchCode::parse(&spelled)?, code);
/// assert_eq!(BatchCode::parse_typed(&spelled.to_lowercase().replace('-', " "))?, code);
/// assert_eq!(code.stage(), Stage::Harvest);
/// assert_eq!(code.date(), date(2026, 11, 20));
/// # Ok::<(), trace_core::id::BatchCodeError>(())
/// ```
// `symbols` comes first, so that the derived order is the order of the spelled codes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchCode {
    symbols: [char; SYMBOL_COUNT],
    stage: Stage,
    date: Date,
}

/// A character and its place in what was typed, counted from 1.
type Placed = (usize, char);

impl BatchCode {
    /// Makes the code of a batch of this stage and day from random bytes; 30 of the 32 bits are used.
    ///
    /// # Errors
    /// `ImpossibleDate` outside the years 2000 to 2099, which two digits cannot tell apart.
    pub fn new(stage: Stage, date: Date, random: [u8; 4]) -> Result<Self, BatchCodeError> {
        if !(2000..=2099).contains(&date.year()) {
            return Err(BatchCodeError::ImpossibleDate { date: date.to_string() });
        }
        let bits = u32::from_be_bytes(random);
        let day = format!("{:02}{:02}{:02}", date.year() - 2000, date.month(), date.day());
        let mut symbols = ['0'; SYMBOL_COUNT];
        symbols[0] = stage.letter();
        for (slot, digit) in symbols[1..HYPHEN_INDEX].iter_mut().zip(day.chars()) {
            *slot = digit;
        }
        for (index, slot) in symbols[HYPHEN_INDEX..SYMBOL_COUNT - 1].iter_mut().enumerate() {
            let [.., low] = (bits >> (5 * (5 - index))).to_be_bytes();
            *slot = base32::symbol(low);
        }
        symbols[SYMBOL_COUNT - 1] = check_symbol(&symbols);
        Ok(Self { symbols, stage, date })
    }

    /// Reads the one spelling that records use: upper case, hyphen in its place, nothing more.
    ///
    /// # Errors
    /// Says which part is wrong, see [`BatchCodeError`].
    pub fn parse(text: &str) -> Result<Self, BatchCodeError> {
        let mut placed: [Placed; SYMBOL_COUNT] = [(0, '0'); SYMBOL_COUNT];
        let received = text.chars().count();
        if received != SYMBOL_COUNT + 1 {
            return Err(BatchCodeError::Length { expected: SYMBOL_COUNT + 1, received });
        }
        for (index, found) in text.chars().enumerate() {
            match index {
                HYPHEN_INDEX if found != '-' => {
                    return Err(BatchCodeError::Character {
                        position: index + 1,
                        found,
                        allowed: text::HYPHEN_ALLOWED,
                    });
                }
                HYPHEN_INDEX => {}
                _ => placed[index - usize::from(index > HYPHEN_INDEX)] = (index + 1, found),
            }
        }
        Self::assemble(&placed, |symbol| symbol)
    }

    /// Reads what a person typed or was told: either case, full-width characters, i or l for 1, o for 0, hyphens and
    /// spaces missing or extra.
    ///
    /// # Errors
    /// Says which part is wrong, see [`BatchCodeError`]; characters are named as they were typed.
    pub fn parse_typed(text: &str) -> Result<Self, BatchCodeError> {
        let placed: Vec<Placed> = (1..).zip(text.chars()).filter(|(_, c)| !is_separator(*c)).collect();
        if placed.len() != SYMBOL_COUNT {
            return Err(BatchCodeError::Length { expected: SYMBOL_COUNT, received: placed.len() });
        }
        Self::assemble(&placed, forgive)
    }

    /// Whether what a person typed begins as a batch code does, with a stage letter and six digits; read as forgivingly.
    ///
    /// ```
    /// use trace_core::id::BatchCode;
    /// assert!(BatchCode::begins_typed("ｈ２６１１２０－abc"));
    /// assert!(!BatchCode::begins_typed("320斤"));
    /// ```
    pub fn begins_typed(text: &str) -> bool {
        let mut symbols = text.chars().filter(|c| !is_separator(*c)).map(forgive);
        let letter = symbols.next().is_some_and(|letter| Stage::from_letter(letter).is_some());
        letter && symbols.take(HYPHEN_INDEX - 1).filter(char::is_ascii_digit).count() == HYPHEN_INDEX - 1
    }

    /// `placed` holds exactly the 14 symbols.
    fn assemble(placed: &[Placed], read: impl Fn(char) -> char) -> Result<Self, BatchCodeError> {
        let mut symbols = ['0'; SYMBOL_COUNT];
        for (index, (slot, &(position, found))) in symbols.iter_mut().zip(placed).enumerate() {
            let symbol = read(found);
            let (fits, allowed) = match index {
                0 if Stage::from_letter(symbol).is_none() => {
                    return Err(BatchCodeError::UnknownStage { found });
                }
                0 => (true, base32::ALLOWED),
                1..HYPHEN_INDEX => (symbol.is_ascii_digit(), "0-9"),
                _ => (base32::value(symbol).is_some(), base32::ALLOWED),
            };
            if !fits {
                return Err(BatchCodeError::Character { position, found, allowed });
            }
            *slot = symbol;
        }
        let stage = Stage::from_letter(symbols[0]).ok_or(BatchCodeError::UnknownStage { found: symbols[0] })?;
        let date = read_date(&symbols[1..HYPHEN_INDEX])?;
        if symbols[SYMBOL_COUNT - 1] != check_symbol(&symbols) {
            let found = placed.last().map_or(symbols[SYMBOL_COUNT - 1], |(_, found)| *found);
            return Err(BatchCodeError::CheckCharacter { found });
        }
        Ok(Self { symbols, stage, date })
    }

    /// The whole code in 53 bits, for those who hold millions of them: stage, day, and the six random symbols. The
    /// check character follows from them.
    ///
    /// ```
    /// use trace_core::id::BatchCode;
    ///
    /// let code = BatchCode::new(trace_core::id::Stage::Harvest, jiff::civil::date(2026, 11, 20), [1, 2, 3, 4])?;
    /// assert_eq!(BatchCode::from_packed(code.packed())?, code);
    /// # Ok::<(), trace_core::id::BatchCodeError>(())
    /// ```
    pub fn packed(&self) -> u64 {
        let day = (u64::from(self.date.year().unsigned_abs()) - 2000) * 512
            + u64::from(self.date.month().unsigned_abs()) * 32
            + u64::from(self.date.day().unsigned_abs());
        let random = self.symbols[HYPHEN_INDEX..SYMBOL_COUNT - 1]
            .iter()
            .fold(0, |bits, symbol| bits << 5 | u64::from(base32::value(*symbol).unwrap_or(0)));
        u64::from(u32::from(self.stage.letter())) << 46 | day << 30 | random
    }

    /// The code that was [packed](Self::packed).
    ///
    /// # Errors
    /// For a number that is none.
    pub fn from_packed(packed: u64) -> Result<Self, BatchCodeError> {
        let letter = u32::try_from(packed >> 46).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
        let stage = Stage::from_letter(letter).ok_or(BatchCodeError::UnknownStage { found: letter })?;
        let part = |shift: u32, mask: u64| i16::try_from(packed >> shift & mask).unwrap_or(i16::MAX);
        let (year, month, day) = (2000 + part(39, 0x7f), part(35, 0xf), part(30, 0x1f));
        let small = |number: i16| i8::try_from(number).unwrap_or(0);
        let date = Date::new(year, small(month), small(day))
            .map_err(|_| BatchCodeError::ImpossibleDate { date: format!("{year}-{month}-{day}") })?;
        let [.., a, b, c, d] = (packed & 0x3fff_ffff).to_be_bytes();
        Self::new(stage, date, [a, b, c, d])
    }

    /// The stage that the first letter names.
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// The day in the code: `occurred_at` of the record that made the batch, when it was made.
    pub const fn date(&self) -> Date {
        self.date
    }
}

impl Display for BatchCode {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut text = [b'-'; SYMBOL_COUNT + 1];
        for (index, symbol) in self.symbols.iter().enumerate() {
            // All symbols are ASCII.
            text[index + usize::from(index >= HYPHEN_INDEX)] = u8::try_from(*symbol).map_err(|_| fmt::Error)?;
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for BatchCode {
    type Err = BatchCodeError;

    /// The strict reading, [`BatchCode::parse`].
    fn from_str(text: &str) -> Result<Self, BatchCodeError> {
        Self::parse(text)
    }
}

text::text_in_json!(BatchCode, "batch code");

/// Multiplication by alpha = 2 in GF(32) with x^5+x^2+1.
const fn times_alpha(x: u8) -> u8 {
    let shifted = x << 1;
    if shifted & 0b10_0000 == 0 { shifted } else { shifted ^ 0b10_0101 }
}

/// The check character of the first 13 symbols, by Horner's rule from the symbol of the highest power.
fn check_symbol(symbols: &[char; SYMBOL_COUNT]) -> char {
    let sum = symbols[..SYMBOL_COUNT - 1].iter().rev().fold(0, |sum, symbol| {
        // Every symbol was checked before; 0 for another one cannot occur.
        times_alpha(sum ^ base32::value(*symbol).unwrap_or(0))
    });
    base32::symbol(sum)
}

fn read_date(digits: &[char]) -> Result<Date, BatchCodeError> {
    let impossible = || BatchCodeError::ImpossibleDate { date: digits.iter().collect() };
    let pair = |index: usize| -> Option<i8> {
        let digit = |index: usize| i8::try_from(digits.get(index)?.to_digit(10)?).ok();
        Some(10 * digit(index)? + digit(index + 1)?)
    };
    let (Some(year), Some(month), Some(day)) = (pair(0), pair(2), pair(4)) else {
        return Err(impossible());
    };
    Date::new(2000 + i16::from(year), month, day).map_err(|_| impossible())
}

/// Spaces of any width and every dash that a phone's keyboard offers for a hyphen.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '－' | '＿' | 'ー' | '\u{200b}')
}

fn forgive(c: char) -> char {
    let half_width = match c {
        // The full-width forms repeat ASCII at a fixed distance.
        '！'..='～' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        _ => c,
    };
    match half_width.to_ascii_uppercase() {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    }
}

#[cfg(test)]
mod tests;
