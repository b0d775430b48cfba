//! Rules about single words in the sources.
//!
//! Every needle is put together from two pieces, so that this file is not its own offender.

use crate::strings;
use crate::tree::{Offence, Tree};

/// Folders in which only somebody's own machine keeps a workspace.
const MACHINE_FOLDERS: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];

const IGNORED: &str = concat!("#[ign", "ore");

const UNFINISHED: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimpl", "emented!(")];

/// No text file names a folder of one machine. `a/work/b`, a part of a longer path, is none.
pub fn no_machine_paths(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for file in tree.files() {
        for (number, line) in file.lines() {
            for folder in MACHINE_FOLDERS {
                let absolute = |(at, _): (usize, &str)| {
                    let before = line[..at].chars().next_back();
                    !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '}'))
                };
                if line.match_indices(folder).any(absolute) {
                    offences.push(file.offence(number, format!("names {folder}")));
                }
            }
        }
    }
    offences
}

/// No Rust test is ignored, with or without a reason.
pub fn no_ignored_tests(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for file in tree.rust() {
        for (number, line) in file.lines().filter(|(_, line)| line.contains(IGNORED)) {
            offences.push(file.offence(number, line.trim()));
        }
    }
    offences
}

/// Neither Rust nor SQL nor HTML puts work off.
pub fn no_unfinished_business(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for file in tree.files().filter(|file| matches!(file.extension(), "rs" | "sql" | "html")) {
        for (number, line) in file.lines() {
            if UNFINISHED.iter().any(|word| contains_word(line, word)) {
                offences.push(file.offence(number, line.trim()));
            }
        }
    }
    offences
}

/// Marks that have a full-width form, which Chinese text takes.
const HALF_WIDTH: [(char, char); 5] = [(',', '，'), (':', '：'), (';', '；'), ('!', '！'), ('?', '？')];

/// Chinese sentences take full-width marks: no half-width one stands directly after a Chinese character in what a person
/// reads, which is a string of the library's or the service's sources, or a template.
pub fn full_width_after_chinese(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for file in tree.below("trace-core/src/").chain(tree.below("trace-server/src/")).filter(|f| f.extension() == "rs") {
        for (number, text) in strings::of_rust(&file.text) {
            offences.extend(half_width(&text).map(|what| file.offence(number, what)));
        }
    }
    for file in tree.below("trace-server/templates/").filter(|file| file.extension() == "html") {
        for (number, line) in file.lines() {
            offences.extend(half_width(line).map(|what| file.offence(number, what)));
        }
    }
    offences
}

/// What is wrong with a text: each half-width mark directly after a Chinese character; in a text with Chinese in it also
/// one after a filled-in value or a unit that no space follows, which English would have and a clock or an index has no
/// comma for.
fn half_width(text: &str) -> impl Iterator<Item = String> {
    let chinese = text.chars().any(is_chinese);
    let after = text.chars().skip(2).map(Some).chain([None]);
    text.chars().zip(text.chars().skip(1)).zip(after).filter_map(move |((before, mark), after)| {
        let (_, full) = HALF_WIDTH.iter().find(|(half, _)| *half == mark)?;
        let filled = chinese
            && matches!(before, '}' | '℃')
            && matches!(mark, ',' | ';')
            && after.is_some_and(|after| after == '{' || is_chinese(after));
        (is_chinese(before) || filled).then(|| format!("{before}{mark} should be {before}{full}"))
    })
}

/// Names that Rust code gives to what an error says in English.
const ENGLISH_FILLED_IN: [&str; 4] = ["{e}", "{err}", "{error}", "{message}"];

/// Chinese is Chinese throughout: an error that speaks English is not filled in; each has its `zh()`.
pub fn no_english_filled_in(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    let sources = tree.below("trace-core/src/").chain(tree.below("trace-server/src/"));
    for file in sources.filter(|file| file.extension() == "rs") {
        for (number, text) in strings::of_rust(&file.text) {
            let filled = ENGLISH_FILLED_IN.iter().find(|name| text.contains(**name));
            // An English sentence may name a Chinese unit; it then begins in English.
            if let Some(name) = filled.filter(|_| text.chars().find(|c| c.is_alphabetic()).is_some_and(is_chinese)) {
                offences.push(file.offence(number, format!("{name} stands in Chinese: {text}")));
            }
        }
    }
    offences
}

/// A Chinese character (CJK Unified Ideographs, with extension A), or a mark that closes Chinese text.
fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '）' | '》')
}

/// Whether `word` stands in `text` with no letter, digit or underscore joined to either side.
pub fn contains_word(text: &str, word: &str) -> bool {
    let joined = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    // A word that ends in a bracket ends there, whatever follows.
    let closed = word.ends_with('(');
    text.match_indices(word).any(|(at, _)| {
        !joined(text[..at].chars().next_back()) && (closed || !joined(text[at + word.len()..].chars().next()))
    })
}

#[cfg(test)]
mod tests {
    //! Each rule finds its word and lets its neighbours pass.
    use super::*;

    fn tree_of_line(path: &str, line: &str) -> Tree {
        Tree::of(&[(path, &format!("first\n{line}\n"))])
    }

    #[test]
    fn english_in_chinese_is_found() {
        for (line, found) in [
            ("format!(\"格式不对：{error}\")", 1),
            ("format!(\"不认识的操作“{other}”\")", 0),
            ("format!(\"格式不对：{}\", error.zh())", 0),
            ("format!(\"not well-formed: {error}\")", 0),
        ] {
            let tree = tree_of_line("trace-server/src/a.rs", line);
            assert_eq!(no_english_filled_in(&tree).len(), found, "{line}");
        }
        let comma = |line: &str| full_width_after_chinese(&tree_of_line("trace-core/src/a.rs", line)).len();
        assert_eq!(comma("format!(\"有 {count} 个{zh},{zh_want}\")"), 1);
        assert_eq!(comma("format!(\"干燥 {low}-{high} ℃,一般\")"), 1);
        assert_eq!(comma("format!(\"写成 {issue}:{from}-{to} 这样\")"), 0);
        assert_eq!(comma("format!(\"{en}, as in 三百\")"), 0);
    }

    #[test]
    fn a_machine_path_is_found() {
        for folder in MACHINE_FOLDERS {
            for line in [format!("cd {folder}x"), format!("\"{folder}\""), folder.to_owned()] {
                let found = no_machine_paths(&tree_of_line("docs/a.md", &line));
                assert_eq!(found.len(), 1, "{line}");
                assert_eq!(found[0].line, 2);
            }
            for line in [format!("https://example.org{folder}x"), format!("sites{folder}x")] {
                assert!(no_machine_paths(&tree_of_line("docs/a.md", &line)).is_empty(), "{line}");
            }
        }
    }

    #[test]
    fn an_ignored_test_is_found() {
        for line in [format!("{IGNORED}]"), format!("    {IGNORED} = \"slow\"]")] {
            assert_eq!(no_ignored_tests(&tree_of_line("tests/tests/a.rs", &line)).len(), 1);
        }
        assert!(no_ignored_tests(&tree_of_line("tests/tests/a.rs", "#[test]")).is_empty());
    }

    #[test]
    fn unfinished_business_is_found() {
        for word in UNFINISHED {
            for path in ["trace-core/src/a.rs", "migrations/sqlite/V1__a.sql", "trace-server/templates/a.html"] {
                let found = no_unfinished_business(&tree_of_line(path, &format!("-- {word} x")));
                assert_eq!(found.len(), 1, "{word} in {path}");
            }
            let within = format!("A{word}");
            assert!(no_unfinished_business(&tree_of_line("trace-core/src/a.rs", &within)).is_empty());
            assert!(no_unfinished_business(&tree_of_line("docs/a.md", word)).is_empty());
        }
    }
    #[test]
    fn half_width_marks_after_chinese_are_found() {
        let said = |path: &str, line: &str| full_width_after_chinese(&tree_of_line(path, line)).len();
        for (half, _) in HALF_WIDTH {
            assert_eq!(said("trace-core/src/a.rs", &format!("let zh = \"批次{half}已用完\";")), 1, "{half}");
            assert_eq!(said("trace-server/templates/a.html", &format!("<p>批次{half}</p>")), 1, "{half}");
            assert_eq!(said("trace-server/src/a.rs", &format!("let zh = \"（收）{half}\";")), 1, "{half}");
        }
        for line in
            ["let zh = \"批次，已用完\";", "/// 斤, 两", "f('斤', \"斤\", 3); // 亩: x", "let x = \"斤 (jin), 3: 亩\";"]
        {
            assert_eq!(said("trace-core/src/a.rs", line), 0, "{line}");
        }
        assert_eq!(said("tests/tests/a.rs", "let zh = \"批次,\";"), 0, "a test may type what people type");
    }
}
