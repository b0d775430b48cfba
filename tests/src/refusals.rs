//! What every refusal owes its reader: both languages, in each of them what was received, and no English in the Chinese.
#![expect(clippy::missing_panics_doc, reason = "a panic is how a test says that a refusal is not as it must be")]

use trace_core::record::Refusal;

/// The refusal is of this rule and shows all of these words in Chinese and in English alike.
pub fn shows(refusal: &Refusal, rule: &str, words: &[&str]) {
    assert_eq!(refusal.rule, rule, "{refusal:?}");
    in_both_languages(&refusal.zh, &refusal.en);
    for text in [&refusal.zh, &refusal.en] {
        for word in words {
            assert!(text.contains(word), "'{word}' is not in: {text}");
        }
    }
}

/// Chinese is Chinese throughout, English is English.
pub fn in_both_languages(zh: &str, en: &str) {
    assert!(zh.chars().any(is_chinese), "no Chinese: {zh}");
    assert!(en.chars().filter(char::is_ascii_alphabetic).count() > 8, "no English: {en}");
    if let Some(english) = english_in(zh) {
        panic!("'{english}' is English in the Chinese: {zh}");
    }
}

/// A sentence of English within a Chinese text: two words with a space between them, outside what is quoted. Field names,
/// codes, ids and units stand alone.
pub fn english_in(zh: &str) -> Option<String> {
    let mut quoted = false;
    let plain: String = zh
        .chars()
        .map(|c| match c {
            '“' | '”' => {
                quoted = c == '“';
                '"'
            }
            _ if quoted => '"',
            c => c,
        })
        .collect();
    let is_word = |word: &str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'\'');
    let words: Vec<&str> = plain.split(' ').map(|word| word.trim_matches(['`', ':'])).collect();
    words.windows(2).find(|pair| pair.iter().all(|word| is_word(word))).map(|pair| pair.join(" "))
}

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::english_in;

    #[test]
    fn a_sentence_is_found_and_a_code_is_not() {
        for zh in [
            "格式不对：missing field `actor`",
            "网址参数不对：limit: invalid digit found in string",
            "签名不对：the signature does not fit",
        ] {
            assert!(english_in(zh).is_some(), "{zh}");
        }
        for zh in [
            "缺少字段 actor",
            "名称“the brand office”应有 1 到 60 个字符",
            "160 kg（320 斤），应为 L、M、Q 或 H",
            "Content-Type 是 text/plain，应为 application/json",
            "可以写的有 dongma, chunma",
        ] {
            assert_eq!(english_in(zh), None, "{zh}");
        }
    }
}
