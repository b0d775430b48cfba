//! Batch codes with amounts, as a scanner, a hand or a spreadsheet gives them: one a line or many, with or without
//! an amount, as a code or as the address of a batch's page.
//!
//! It deliberately does not look batches up.

use trace_core::id::{BatchCode, Stage};

/// What was typed of one batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Typed {
    /// The code as typed.
    pub code: String,
    /// The amount as typed; may be empty.
    pub amount: String,
}

/// Reads all that was typed. What is no code and follows one is its amount; what is no code and follows none is
/// taken for a wrong code, so that nothing typed is dropped.
pub fn read(text: &str) -> Vec<Typed> {
    let mut lines: Vec<Typed> = Vec::new();
    for line in text.lines() {
        let mut begun = false;
        for word in line.split(|c: char| c.is_whitespace() || matches!(c, ';' | '；' | '、' | '，')) {
            let word = word.trim_end_matches(',');
            if word.is_empty() {
                continue;
            }
            let word = after_address(word);
            if looks_like_code(word) || !begun {
                begun = true;
                lines.push(Typed { code: word.to_owned(), amount: String::new() });
            } else if let Some(last) = lines.last_mut() {
                if !last.amount.is_empty() {
                    last.amount.push(' ');
                }
                last.amount.push_str(word);
            }
        }
    }
    lines
}

/// The code out of the address of a batch's page, which is what its QR symbol says.
fn after_address(word: &str) -> &str {
    let lower = word.to_ascii_lowercase();
    match lower.rfind("/b/") {
        Some(at) => word[at + 3..].split(['?', '#', '/']).next().unwrap_or(word),
        None => word,
    }
}

/// A stage letter and a day, or anything that is a code.
fn looks_like_code(word: &str) -> bool {
    if BatchCode::parse_typed(word).is_ok() {
        return true;
    }
    let mut characters = word.chars();
    let letter = characters.next().is_some_and(|c| Stage::from_letter(c.to_ascii_uppercase()).is_some());
    letter && characters.take(6).filter(char::is_ascii_digit).count() == 6
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn code(stage: Stage, seed: u8) -> String {
        BatchCode::new(stage, "2026-11-20".parse().unwrap(), [seed, 2, 3, 4]).unwrap().to_string()
    }

    #[test]
    fn scanners_and_hands() {
        let (one, two) = (code(Stage::Harvest, 1), code(Stage::Harvest, 2));
        let typed = |text: &str| read(text).into_iter().map(|line| (line.code, line.amount)).collect::<Vec<_>>();
        assert_eq!(typed(&format!("{one}\r\n{two}\n\n")), [(one.clone(), String::new()), (two.clone(), String::new())]);
        assert_eq!(
            typed(&format!("{one} 320斤；{two} 12 kg")),
            [(one.clone(), "320斤".to_owned()), (two.clone(), "12 kg".to_owned())]
        );
        assert_eq!(
            typed(&format!("{one} 1,050 kg, {two}")),
            [(one.clone(), "1,050 kg".to_owned()), (two.clone(), String::new())]
        );
        assert_eq!(typed(&format!("HTTPS://T.EXAMPLE.CN/B/{one}")), [(one.clone(), String::new())]);
        assert_eq!(typed(&one.to_lowercase()).len(), 1);
    }

    #[test]
    fn nothing_typed_is_dropped() {
        assert_eq!(read("H251120-AAAAAAX 3kg")[0].code, "H251120-AAAAAAX", "a wrong check character is told later");
        assert_eq!(read("320斤")[0].code, "320斤");
        assert!(read(" \n ,").is_empty());
    }
}
