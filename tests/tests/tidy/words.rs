//! Rules about single words in the sources.
//!
//! Every needle is put together from two pieces, so that this file is not its own offender.

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
}
