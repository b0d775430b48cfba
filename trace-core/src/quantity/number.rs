//! Numbers as people write them: `1,050`, `１２．５`, `三百二十`, `1.5万`, `半`. Exact, in millionths.

use super::QuantityError;
use super::error::NumberFault;
use super::parse::Cursor;

/// One, in the unit that numbers are read in.
pub(super) const MILLION: i128 = 1_000_000;
const DECIMALS_MAX: usize = 6;
const DIGITS_MAX: usize = 12;

/// Reads a number in millionths, or gives `None` where none begins.
pub(super) fn read(cursor: &mut Cursor) -> Result<Option<i128>, QuantityError> {
    let position = cursor.position();
    let bad = |fault| QuantityError::BadNumber { fault, position };
    match cursor.peek(0) {
        Some('半') => {
            cursor.take();
            Ok(Some(MILLION / 2))
        }
        Some(c) if c.is_ascii_digit() => arabic(cursor).map(Some).map_err(bad),
        Some(c) if chinese_digit(c).is_some() || c == '十' || c == '两' => chinese(cursor).map_err(bad),
        _ => Ok(None),
    }
}

fn arabic(cursor: &mut Cursor) -> Result<i128, NumberFault> {
    let first = digits(cursor);
    let mut whole = first.clone();
    while cursor.peek(0) == Some(',') {
        cursor.take();
        let group = digits(cursor);
        if group.len() != 3 || first.len() > 3 {
            return Err(NumberFault::Separator);
        }
        whole.extend(group);
    }
    if whole.len() > DIGITS_MAX {
        return Err(NumberFault::TooLong);
    }
    let mut value = number(&whole) * MILLION;
    if cursor.peek(0) == Some('.') {
        cursor.take();
        value += decimals(&digits(cursor))?;
    }
    // 3千斤, 1.5万斤, 20万瓶. Before 克 the 千 gives the same grams as the unit 千克 would.
    for (name, factor) in [('百', 100), ('千', 1_000), ('万', 10_000)] {
        if cursor.peek(0) == Some(name) {
            cursor.take();
            value *= factor;
        }
    }
    Ok(value)
}

fn chinese(cursor: &mut Cursor) -> Result<Option<i128>, NumberFault> {
    let Some(low) = section(cursor, false)? else {
        return Ok(None);
    };
    let mut value = low;
    if cursor.peek(0) == Some('万') {
        cursor.take();
        value = low * 10_000 + section(cursor, true)?.unwrap_or(0);
    }
    value *= MILLION;
    if cursor.peek(0) == Some('点') {
        cursor.take();
        let mut after = Vec::new();
        while let Some(digit) = cursor.peek(0).and_then(chinese_digit) {
            cursor.take();
            after.push(digit);
        }
        value += decimals(&after)?;
        if cursor.peek(0) == Some('万') {
            cursor.take();
            value *= 10_000;
        }
    }
    Ok(Some(value))
}

/// Reads up to 九千九百九十九. `continues` after 万, where 一万二 would be as ambiguous as 三百二.
fn section(cursor: &mut Cursor, continues: bool) -> Result<Option<i128>, NumberFault> {
    let (mut value, mut digit, mut zero) = (0, None, false);
    let mut last_factor = 10_000;
    let mut begun = false;
    while let Some(c) = cursor.peek(0) {
        if let Some(read) = digit_here(cursor, begun || continues) {
            // Two digits in a row (三二) are no numeral; a zero may stand before one.
            if digit.is_some() || (zero && read == 0) {
                return Err(NumberFault::Numeral);
            }
            if read == 0 {
                zero = true;
            } else {
                digit = Some(read);
            }
        } else if let Some(factor) = factor(c) {
            let times = match digit.take() {
                Some(times) => times,
                None if c == '十' && !begun && !continues => 1,
                // 千 of the unit 千克, or an error of the unit's reader.
                None => break,
            };
            if factor >= last_factor {
                return Err(NumberFault::Numeral);
            }
            (value, last_factor, zero) = (value + times * factor, factor, false);
        } else {
            break;
        }
        begun = true;
        cursor.take();
    }
    match digit {
        Some(_) if (value > 0 || continues) && last_factor > 10 && !zero => Err(NumberFault::Numeral),
        None if zero && (value > 0 || continues) => Err(NumberFault::Numeral),
        _ => Ok(begun.then_some(value + digit.unwrap_or(0))),
    }
}

/// 两 is the digit two at the start of a number (两斤) and before 百, 千 or 万 (一千两百); elsewhere it is the unit.
fn digit_here(cursor: &Cursor, begun: bool) -> Option<i128> {
    match cursor.peek(0)? {
        '两' if !begun || matches!(cursor.peek(1), Some('百' | '千' | '万')) => Some(2),
        c => chinese_digit(c),
    }
}

fn chinese_digit(c: char) -> Option<i128> {
    let index = "零一二三四五六七八九".chars().position(|digit| digit == c || (c == '〇' && digit == '零'))?;
    i128::try_from(index).ok()
}

const fn factor(c: char) -> Option<i128> {
    match c {
        '十' => Some(10),
        '百' => Some(100),
        '千' => Some(1_000),
        _ => None,
    }
}

/// Takes the ASCII digits here, however many.
fn digits(cursor: &mut Cursor) -> Vec<i128> {
    let mut found = Vec::new();
    while let Some(digit) = cursor.peek(0).and_then(|c| c.to_digit(10)) {
        cursor.take();
        found.push(i128::from(digit));
    }
    found
}

fn number(digits: &[i128]) -> i128 {
    digits.iter().fold(0, |value, digit| value * 10 + digit)
}

/// The digits after a point, in millionths.
fn decimals(digits: &[i128]) -> Result<i128, NumberFault> {
    if digits.is_empty() || digits.len() > DECIMALS_MAX {
        return Err(NumberFault::Decimals);
    }
    Ok((0..DECIMALS_MAX).fold(0, |value, index| value * 10 + digits.get(index).unwrap_or(&0)))
}
