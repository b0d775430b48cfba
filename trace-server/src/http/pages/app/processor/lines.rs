//! Batch codes with amounts, as a scanner, a hand or a spreadsheet gives them: one a line or many, with or without
//! an amount, as a code or as the address of a batch's page.
//!
//! It deliberately does not look batches up.

use trace_core::id::{BatchCode, BatchCodeError};

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
        let words = line.split(|c: char| c.is_whitespace() || matches!(c, ';' | '；' | '、' | '，'));
        let words: Vec<&str> = words.map(|word| word.trim_end_matches(',')).filter(|word| !word.is_empty()).collect();
        let mut rest = &words[..];
        while let Some((first, others)) = rest.split_first() {
            let (code, taken) = spelled(rest);
            if taken > 0 || !begun {
                begun = true;
                lines.push(Typed { code, amount: String::new() });
            } else if let Some(last) = lines.last_mut() {
                if !last.amount.is_empty() {
                    last.amount.push(' ');
                }
                last.amount.push_str(first);
            }
            rest = if taken > 0 { &rest[taken..] } else { others };
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

/// The code that the words begin with, and how many of them it takes: a code that was written with spaces stands in
/// several. One with a slip in it is a code still, so that the slip is told; else the first word and none.
fn spelled(words: &[&str]) -> (String, usize) {
    let first = words.first().map(|word| after_address(word)).unwrap_or_default();
    let mut joined = String::new();
    for (i, word) in words.iter().enumerate() {
        if i > 0 {
            joined.push(' ');
        }
        joined.push_str(if i == 0 { first } else { word });
        match BatchCode::parse_typed(&joined) {
            Err(BatchCodeError::Length { expected, received }) if received < expected => {}
            Ok(_) => return (joined, i + 1),
            Err(BatchCodeError::Length { .. }) => break,
            Err(_) if BatchCode::begins_typed(&joined) => return (joined, i + 1),
            Err(_) => break,
        }
    }
    (first.to_owned(), usize::from(BatchCode::begins_typed(first)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use trace_core::id::Stage;

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
    fn a_code_may_be_written_as_it_is_spoken() {
        let (one, two) = (code(Stage::Harvest, 1), code(Stage::Harvest, 2));
        let wide =
            |text: &str| -> String { text.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect() };
        let read_as = |text: &str| {
            let lines = read(text).into_iter();
            lines.map(|line| (BatchCode::parse_typed(&line.code).unwrap().to_string(), line.amount)).collect::<Vec<_>>()
        };
        let groups = format!("{} {} {}", &one[..1], &one[1..7], &one[8..]);
        for spelled in [one.replace('-', " "), one.replace('-', " - "), groups, wide(&one), wide(&one.to_lowercase())] {
            let line = format!("{spelled} 320斤\n{two}");
            let expected = [(one.clone(), "320斤".to_owned()), (two.clone(), String::new())];
            assert_eq!(read_as(&line), expected, "{spelled}");
            let together = format!("{two} 12 kg；{spelled}　1,050 kg");
            let expected = [(two.clone(), "12 kg".to_owned()), (one.clone(), "1,050 kg".to_owned())];
            assert_eq!(read_as(&together), expected, "{spelled}");
        }
        assert_eq!(read("H261120 AAAAAAX 3kg")[0].code, "H261120 AAAAAAX", "a slip is told of the whole code");
        assert_eq!(read("H261120 AAA 3kg")[0].amount, "AAA 3kg", "half a code is one");
    }

    #[test]
    fn nothing_typed_is_dropped() {
        assert_eq!(read("H251120-AAAAAAX 3kg")[0].code, "H251120-AAAAAAX", "a wrong check character is told later");
        assert_eq!(read("320斤")[0].code, "320斤");
        assert!(read(" \n ,").is_empty());
    }
}
