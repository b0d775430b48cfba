//! `docs/PROBLEMS.md` against the sources: every rule that refuses is listed with its status, and none is listed that
//! no longer exists. A name that disappears breaks somebody's program, so it shows here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Each way in which the sources make a refusal, with the status that it is answered with.
const MAKERS: [(&str, &str); 9] = [
    ("Refusal::invalid(", "422"),
    ("Refusal::conflict(", "409"),
    ("Refusal::forbidden(", "403"),
    ("Refusal::not_found(", "404"),
    ("Problem::unreadable(", "400"),
    ("Problem::unauthenticated(", "401"),
    ("Self::unauthenticated(", "401"),
    ("Problem::unavailable(", "503"),
    ("Self::unavailable(", "503"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "tests") {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs")
            && path.file_stem().is_some_and(|stem| stem != "tests")
        {
            found.push(path);
        }
    }
}

fn is_rule(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') && text.len() > 2
}

/// The rules that the sources name, each with the statuses of the places where it is made.
fn made() -> BTreeMap<String, BTreeSet<&'static str>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["trace-core/src", "trace-server/src"] {
        sources(&root.join(folder), &mut files);
    }
    let mut made: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        for (maker, status) in MAKERS {
            for rest in text.split(maker).skip(1) {
                let rule = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                if let Some(rule) = rule.filter(|rule| is_rule(rule)) {
                    made.entry(rule.to_owned()).or_default().insert(status);
                }
            }
        }
    }
    made
}

/// The rows of the document: rule and statuses.
fn listed() -> BTreeMap<String, BTreeSet<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/PROBLEMS.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut listed = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let statuses = cells[1].split(", ").map(str::to_owned).collect();
        let rule = cells[0].trim_matches('`').to_owned();
        assert!(listed.insert(rule, statuses).is_none(), "{} stands twice", cells[0]);
    }
    listed
}

#[test]
fn every_problem_is_listed_with_its_status() {
    let (made, listed) = (made(), listed());
    assert!(made.len() > 130, "only {} rules were found in the sources", made.len());
    let missing: Vec<_> = made.keys().filter(|rule| !listed.contains_key(*rule)).collect();
    assert!(missing.is_empty(), "docs/PROBLEMS.md does not list {missing:?}");
    for (rule, statuses) in &listed {
        // A 400 that is not 422: what cannot be read gets its rule from the reader, by a table of its own.
        let given = statuses.iter().map(String::as_str).collect::<BTreeSet<_>>();
        if let Some(made) = made.get(rule) {
            let own = ["413", "415", "405", "429", "500", "503"].iter().any(|status| given.contains(status));
            assert!(own || given.is_superset(made), "{rule}: listed as {given:?}, made as {made:?}");
        }
    }
    let sources = all_sources();
    for rule in listed.keys() {
        assert!(sources.contains(&format!("\"{rule}\"")), "{rule} is listed, but no source makes it");
    }
}

fn all_sources() -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["trace-core/src", "trace-server/src"] {
        sources(&root.join(folder), &mut files);
    }
    files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}
