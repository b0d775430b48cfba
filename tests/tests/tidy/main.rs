//! The rules of the house as tests: `cargo test` says what a reviewer would otherwise have to say.
//!
//! Each rule is one small function from the tree of files to its offences. `the_house_is_in_order` holds all of
//! them against this workspace; the tests beside each rule show, on a tree made up for it, that the rule can fail.
//! It lacks what rustfmt, clippy and rustc already check.
#![allow(clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod arrows;
mod commands;
mod files;
mod locks;
mod migrations;
mod strings;
mod tree;
mod words;

use tree::{Offence, Tree};

/// A rule: its name, what to do about an offence, and the function that finds them.
type Rule = (&'static str, &'static str, fn(&Tree) -> Vec<Offence>);

const RULES: &[Rule] = &[
    (
        "a Rust file has at most 500 lines",
        "split the file along its nouns; about 300 lines are the aim",
        files::short_enough,
    ),
    (
        "a Rust file opens with `//!`",
        "say at the top what the file owns and what it deliberately lacks",
        files::open_with_a_header,
    ),
    (
        "a public module of the core has an example that runs",
        "show its most-used entry in a few lines that a newcomer can copy; `tests/run doc` runs them",
        files::the_core_has_examples,
    ),
    (
        "both engines have the same migrations",
        "give the pair one name V<n>__<words>.sql in migrations/sqlite and migrations/postgres, n being the next number",
        migrations::are_pairs,
    ),
    (
        "the fuzz targets' lock file keeps up with the core",
        "run `cargo update --workspace --manifest-path tests/fuzz/Cargo.toml`",
        locks::fuzz_keeps_up,
    ),
    (
        "the core depends on no service library",
        "move what needs it to trace-server, or hand its result to the core as an argument",
        arrows::core_depends_on_no_service,
    ),
    (
        "the core knows no I/O, clock or randomness",
        "let the caller pass the bytes, the time or the random numbers in",
        arrows::core_is_pure,
    ),
    (
        "arrows in the service point down: http -> ledger, scan -> store -> core",
        "move the shared part down, or let the upper layer hand it in",
        arrows::service_points_down,
    ),
    (
        "only http, app, cli and main know axum",
        "return a value or an error of the domain and translate it in trace-server/src/http",
        arrows::only_the_face_knows_axum,
    ),
    (
        "the commands in the guides exist",
        "correct the command in the guide, or bring back what it names",
        commands::exist,
    ),
    (
        "no path of one person's machine",
        "use a path relative to the workspace, or a temporary folder",
        words::no_machine_paths,
    ),
    ("no test is switched off", "repair the test or delete it", words::no_ignored_tests),
    (
        "Chinese text takes full-width punctuation",
        "write ，：；！？ after a Chinese character; in an English sentence word it so that none stands there",
        words::full_width_after_chinese,
    ),
    (
        "no English in a Chinese refusal",
        "give the error a zh() beside its Display, and fill that in",
        words::no_english_filled_in,
    ),
    ("no unfinished business in the sources", "finish it, or write it down as an issue", words::no_unfinished_business),
];

#[test]
fn the_house_is_in_order() {
    let tree = Tree::load();
    let mut report: Vec<String> = Vec::new();
    for (name, remedy, rule) in RULES {
        let offences = rule(&tree);
        if !offences.is_empty() {
            report.push(format!("\n{name} — {remedy}:"));
            report.extend(offences.iter().map(|offence| format!("  {offence}")));
        }
    }
    assert!(report.is_empty(), "the house is not in order\n{}", report.join("\n"));
}

#[test]
fn the_tree_holds_the_workspace() {
    let tree = Tree::load();
    for path in ["Cargo.toml", "tests/run", ".ci/run", "trace-core/src/lib.rs", "trace-server/src/main.rs"] {
        assert!(tree.contains(path), "{path} was not read");
    }
    assert!(!tree.files().any(|file| file.path.starts_with("target/")), "build results were read");
}
