//! Rules about Rust files as such: their length, their header, and that the core shows how it is used.

use crate::tree::{File, Offence, Tree};

/// Past this a file is no longer read as a whole.
const LINES_MAX: usize = 500;

/// No Rust file is longer than `LINES_MAX` lines.
pub fn short_enough(tree: &Tree) -> Vec<Offence> {
    tree.rust()
        .filter_map(|file| {
            let count = file.text.lines().count();
            (count > LINES_MAX).then(|| file.offence(LINES_MAX + 1, format!("{count} lines")))
        })
        .collect()
}

/// Every Rust file opens with `//!`; only blank lines and `#![…]` may stand before it.
pub fn open_with_a_header(tree: &Tree) -> Vec<Offence> {
    tree.rust()
        .filter_map(|file| {
            let (line, text) = first_after_attributes(file);
            let header = text.strip_prefix("//!").is_some_and(|said| !said.trim().is_empty());
            (!header).then(|| file.offence(line, format!("found `{text}`")))
        })
        .collect()
}

/// The first line that is neither blank nor part of an inner attribute; an empty one where there is none.
fn first_after_attributes(file: &File) -> (usize, &str) {
    let mut open_brackets = 0_usize;
    for (number, line) in file.lines() {
        let text = line.trim();
        if open_brackets == 0 && !text.is_empty() && !text.starts_with("#![") {
            return (number, text);
        }
        open_brackets = (open_brackets + text.matches('[').count()).saturating_sub(text.matches(']').count());
    }
    (1, "")
}

/// Every public module of the core has an example that runs as a test.
pub fn the_core_has_examples(tree: &Tree) -> Vec<Offence> {
    const SOURCES: &str = "trace-core/src/";
    let Some(list) = tree.get("trace-core/src/lib.rs") else { return Vec::new() };
    let runs = |line: &str| matches!(line.trim(), "//! ```" | "/// ```");
    let modules = list.lines().filter_map(|(at, line)| Some((at, line.strip_prefix("pub mod ")?.strip_suffix(';')?)));
    let bare = modules.filter(|(_, module)| {
        let (file, folder) = (format!("{SOURCES}{module}.rs"), format!("{SOURCES}{module}/"));
        let mut files = tree.files().filter(|one| one.path == file || one.path.starts_with(&folder));
        !files.any(|one| one.text.lines().any(runs))
    });
    bare.map(|(at, module)| list.offence(at, format!("`{module}` shows none"))).collect()
}

#[cfg(test)]
mod tests {
    //! The rules fail where they should, and only there.
    use super::*;

    #[test]
    fn a_long_file_is_found() {
        let (full, over) = ("//! x\n".repeat(500), "//! x\n".repeat(501));
        let tree =
            Tree::of(&[("trace-core/src/full.rs", &full), ("tests/src/over.rs", &over), ("docs/over.md", &over)]);
        let found = short_enough(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].to_string(), "tests/src/over.rs:501: 501 lines");
    }

    #[test]
    fn a_module_without_an_example_is_found() {
        let tree = Tree::of(&[
            ("trace-core/src/lib.rs", "//! x\npub mod one;\npub mod two;\npub mod three;\nmod four;\n"),
            ("trace-core/src/one.rs", "//! ```\n//! assert!(true);\n//! ```\n"),
            ("trace-core/src/two/mod.rs", "//! x\n"),
            ("trace-core/src/two/part.rs", "/// ```text\nfn x() {}\n"),
            ("trace-core/src/three/mod.rs", "//! x\n"),
            ("trace-core/src/three/part.rs", "    /// ```\n    /// assert!(true);\n    /// ```\n"),
        ]);
        let found: Vec<String> = the_core_has_examples(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["trace-core/src/lib.rs:3: `two` shows none"]);
    }

    #[test]
    fn a_missing_header_is_found() {
        let tree = Tree::of(&[
            ("trace-core/src/plain.rs", "//! Owns x.\nuse a;\n"),
            ("trace-core/src/attribute.rs", "#![allow(\n  x,\n  reason = \"y\"\n)]\n\n//! Owns x.\n"),
            ("trace-core/src/none.rs", "use a;\n"),
            ("trace-server/src/empty.rs", ""),
            ("trace-server/src/hollow.rs", "//!\nuse a;\n"),
            ("tests/tests/late.rs", "#![allow(x)]\nuse a;\n//! Owns x.\n"),
        ]);
        let found: Vec<String> = open_with_a_header(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "trace-core/src/none.rs:1: found `use a;`",
                "trace-server/src/empty.rs:1: found ``",
                "trace-server/src/hollow.rs:1: found `//!`",
                "tests/tests/late.rs:2: found `use a;`",
            ]
        );
    }
}
