//! The text of a field for package codes, piece by piece: what hands type, what scanners send, what is pasted out of a
//! message or a spreadsheet.
//!
//! It deliberately knows no issue and no key; a piece only says which codes or numbers are meant.

use trace_core::code::PackageCode;

use crate::http::pages::consumer::wrong;
use crate::http::pages::language::Lang;

/// What a piece names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// One package.
    One(PackageCode),
    /// All between two codes, both included.
    FromTo(PackageCode, PackageCode),
    /// By the numbers printed below the symbols, from 1: `12:1-40` is the first forty of issue 12.
    Numbers {
        /// The issue.
        issue: u32,
        /// First number.
        from: u32,
        /// Last number.
        to: u32,
    },
}

/// A piece as it was typed, and what it means, or what is wrong with it in Chinese and English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// As typed.
    pub typed: String,
    /// What it means.
    pub meant: Result<Meant, (String, String)>,
}

/// What stands between the ends of a range. A hyphen counts only between spaces, since codes are typed with hyphens.
const BETWEEN: [&str; 10] = ["到", "至", "～", "~", "–", "—", "…", "..", " - ", " to "];

/// Reads all pieces: lines, and parts between commas. Spaces within a code are the code's own.
pub fn pieces(text: &str) -> Vec<Piece> {
    let parts = text.split(|c: char| c.is_control() && c != '\t' || matches!(c, ',' | '，' | ';' | '；' | '、'));
    parts.map(str::trim).filter(|part| !part.is_empty()).flat_map(of_part).collect()
}

fn of_part(part: &str) -> Vec<Piece> {
    let piece = |meant| vec![Piece { typed: part.to_owned(), meant }];
    if let Some(numbers) = numbers(part) {
        return piece(Ok(numbers));
    }
    if let Some((first, last)) = BETWEEN.iter().find_map(|word| part.split_once(word)) {
        let (first, last) = (code(first), code(last));
        return piece(first.and_then(|first| last.map(|last| Meant::FromTo(first, last))));
    }
    // Several whole codes in one line, as a scanner with a space behind each sends them.
    let words: Vec<&str> = part.split_whitespace().collect();
    if words.len() > 1 && words.iter().all(|word| code(word).is_ok()) {
        return words
            .iter()
            .map(|word| Piece { typed: (*word).to_owned(), meant: code(word).map(Meant::One) })
            .collect();
    }
    piece(code(part).map(Meant::One))
}

fn code(text: &str) -> Result<PackageCode, (String, String)> {
    let text = after_address(text.trim());
    PackageCode::parse_typed(text).map_err(|error| (wrong::code(&error, Lang::Zh), wrong::code(&error, Lang::En)))
}

/// The serial out of a package's address, which is what its QR symbol says.
fn after_address(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    let after = |mark: &str| lower.rfind(mark).map(|at| at + mark.len());
    match after("/21/").or_else(|| after("/t/")) {
        Some(begin) => text[begin..].split(['?', '#', '/']).next().unwrap_or(text),
        None => text,
    }
}

/// `12:7` and `12：1-40`.
fn numbers(part: &str) -> Option<Meant> {
    let (issue, rest) = part.split_once([':', '：'])?;
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let (from, to) = match rest.split_once(['-', '–', '—', '~', '～', '到', '至']) {
        Some((from, to)) => (number(from)?, number(to)?),
        None => (number(rest)?, number(rest)?),
    };
    Some(Meant::Numbers { issue: number(issue)?, from, to })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    const ONE: &str = "CJZCKKD64D6EX5CXY40K";
    const TWO: &str = "M3VGTBKQTCARZ69RZBWA";

    fn meant(text: &str) -> Vec<Meant> {
        pieces(text).into_iter().map(|piece| piece.meant.unwrap()).collect()
    }

    #[test]
    fn scanners_hands_and_spreadsheets() {
        let (one, two) = (PackageCode::parse_typed(ONE).unwrap(), PackageCode::parse_typed(TWO).unwrap());
        let both = [Meant::One(one), Meant::One(two)];
        assert_eq!(meant(&format!("{ONE}\r\n{TWO}\r\n\r\n")), both);
        assert_eq!(meant(&format!("{ONE} {TWO}")), both);
        assert_eq!(meant(&format!("cjzc kkd6 4d6e x5cx y40k，{TWO}")), both);
        assert_eq!(meant(&format!("cjzc-kkd6-4d6e-x5cx-y40k; {TWO}")), both);
        let address = format!("HTTPS://TRACE.EXAMPLE.CN/01/06901234567892/10/R261120-ABCDEFG/21/{ONE}");
        assert_eq!(meant(&format!("{address}\nhttps://trace.example.cn/t/{TWO}?lang=zh")), both);
    }

    #[test]
    fn ranges_by_their_ends_and_by_number() {
        let (one, two) = (PackageCode::parse_typed(ONE).unwrap(), PackageCode::parse_typed(TWO).unwrap());
        for between in [" 到 ", "至", " - ", "～", " to ", "…"] {
            assert_eq!(meant(&format!("{ONE}{between}{TWO}")), [Meant::FromTo(one, two)], "{between}");
        }
        assert_eq!(meant("12:1-40"), [Meant::Numbers { issue: 12, from: 1, to: 40 }]);
        assert_eq!(meant("12： 7"), [Meant::Numbers { issue: 12, from: 7, to: 7 }]);
    }

    #[test]
    fn what_is_wrong_is_told_with_what_was_typed() {
        let pieces = pieces(&format!("{ONE}\nCJZC KKD6\n3公斤"));
        assert_eq!(pieces.len(), 3);
        assert_eq!(pieces[1].typed, "CJZC KKD6");
        assert!(pieces[1].meant.as_ref().unwrap_err().1.contains("20"), "{:?}", pieces[1]);
        assert!(pieces[2].meant.is_err());
    }
}
