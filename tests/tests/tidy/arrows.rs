//! Rules about who may know whom: http -> backup -> ledger, scan -> store -> core, and a core without I/O.

use crate::tree::{File, Offence, Tree};
use crate::words::contains_word;

/// Libraries that only a service has a use for.
const SERVICE_LIBRARIES: [&str; 7] =
    ["tokio", "axum", "rusqlite", "tokio-postgres", "reqwest", "getrandom", "trace-server"];

/// What the core must be handed as an argument.
const IMPURE: [&str; 13] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io::stdin",
    "std::io::stdout",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "Zoned::now",
    "getrandom",
    "OsRng",
];

/// Parts of the service by their path, and what each must not name.
const LAYERS: [(&str, &[&str]); 10] = [
    (
        "trace-server/src/store",
        &["crate::ledger", "crate::scan", "crate::audit", "crate::backup", "crate::log", "crate::http"],
    ),
    (
        "trace-server/src/keystore",
        &["crate::ledger", "crate::scan", "crate::audit", "crate::backup", "crate::log", "crate::http"],
    ),
    ("trace-server/src/ledger", &["crate::import", "crate::audit", "crate::backup", "crate::log", "crate::http"]),
    ("trace-server/src/import", &["crate::prints", "crate::audit", "crate::backup", "crate::log", "crate::http"]),
    ("trace-server/src/scan", &["crate::audit", "crate::backup", "crate::log", "crate::http"]),
    ("trace-server/src/labels", &["crate::prints", "crate::audit", "crate::backup", "crate::log", "crate::http"]),
    ("trace-server/src/prints", &["crate::audit", "crate::backup", "crate::log", "crate::http"]),
    ("trace-server/src/log", &["crate::http"]),
    ("trace-server/src/backup", &["crate::http"]),
    ("trace-server/src/audit", &["crate::http"]),
];

/// Parts of the service that may name axum.
const FACE: [&str; 4] =
    ["trace-server/src/http", "trace-server/src/app", "trace-server/src/cli", "trace-server/src/main"];

/// trace-core's manifest names no library of a service, not even for its tests.
pub fn core_depends_on_no_service(tree: &Tree) -> Vec<Offence> {
    let Some(manifest) = tree.get("trace-core/Cargo.toml") else {
        return Vec::new();
    };
    let mut offences = Vec::new();
    for (number, line) in manifest.lines() {
        // `tokio = …`, `tokio.workspace = true`, `"tokio" = …` and `[dependencies.tokio]` alike.
        let key = line.split(['=', '#']).next().unwrap_or_default();
        let mut names = key.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'));
        if let Some(name) = names.find(|name| SERVICE_LIBRARIES.contains(name)) {
            offences.push(manifest.offence(number, format!("depends on {name}")));
        }
    }
    offences
}

/// No file of the core's sources names files, sockets, the environment, a clock or randomness.
pub fn core_is_pure(tree: &Tree) -> Vec<Offence> {
    tree.below("trace-core/src/")
        .filter(|file| file.extension() == "rs")
        .flat_map(|file| naming(file, &IMPURE))
        .collect()
}

/// The store knows neither ledger nor scan nor http; ledger, scan and backup do not know http.
pub fn service_points_down(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (part, forbidden) in LAYERS {
        for file in tree.rust().filter(|file| belongs_to(file, part)) {
            offences.extend(naming(file, forbidden));
        }
    }
    offences
}

/// Outside http and the thin files above it, nothing in the service names axum.
pub fn only_the_face_knows_axum(tree: &Tree) -> Vec<Offence> {
    tree.below("trace-server/src/")
        .filter(|file| file.extension() == "rs" && !FACE.iter().any(|part| belongs_to(file, part)))
        .flat_map(|file| naming(file, &["axum"]))
        .collect()
}

/// Whether `file` is `part.rs` or lies in the folder `part`.
fn belongs_to(file: &File, part: &str) -> bool {
    file.path.strip_prefix(part).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// Places where `file` names one of `paths` in code, `use a::{b, c}` included; comments may name anything.
fn naming(file: &File, paths: &[&str]) -> Vec<Offence> {
    let mut offences = Vec::new();
    let mut report = |line: usize, text: &str| {
        for path in paths.iter().filter(|path| contains_word(text, path)) {
            offences.push(file.offence(line, format!("names {path}")));
        }
    };
    for (number, line) in code_lines(file) {
        report(number, line);
    }
    for (number, path) in grouped_imports(file) {
        report(number, &path);
    }
    offences.sort_by(|one, other| (one.line, &one.what).cmp(&(other.line, &other.what)));
    offences.dedup_by(|one, other| one.line == other.line && one.what == other.what);
    offences
}

/// The lines that are not comments as a whole.
fn code_lines(file: &File) -> impl Iterator<Item = (usize, &str)> {
    file.lines().filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Every path of the imports with braces, written out, with the line on which its import starts.
fn grouped_imports(file: &File) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    let mut lines = code_lines(file);
    while let Some((number, line)) = lines.next() {
        let Some(at) = line.find("use ").filter(|_| contains_word(line, "use")) else {
            continue;
        };
        let mut statement = line[at + "use ".len()..].to_owned();
        while !statement.contains(';') {
            match lines.next() {
                Some((_, more)) => statement += more,
                None => break,
            }
        }
        let tree = statement.split(';').next().unwrap_or_default();
        if tree.contains('{') {
            write_out("", tree, &mut |path| paths.push((number, path)));
        }
    }
    paths
}

/// Hands each path of a `use` tree to `found`: `a::{b, c::{d}}` gives `a::b` and `a::c::d`.
fn write_out(prefix: &str, tree: &str, found: &mut impl FnMut(String)) {
    let (mut depth, mut start) = (0_usize, 0_usize);
    let mut branches = Vec::new();
    for (at, c) in tree.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                branches.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    branches.push(&tree[start..]);
    for branch in branches.into_iter().map(str::trim).filter(|branch| !branch.is_empty()) {
        match branch.split_once('{') {
            Some((path, inner)) => {
                let inner = inner.rsplit_once('}').map_or(inner, |(inner, _)| inner);
                write_out(&format!("{prefix}{}", path.trim()), inner, found);
            }
            None => found(format!("{prefix}{branch}")),
        }
    }
}

#[cfg(test)]
mod tests {
    //! An arrow that points up is found in each spelling; one that points down passes.
    use super::*;

    fn found(rule: fn(&Tree) -> Vec<Offence>, path: &str, text: &str) -> Vec<String> {
        rule(&Tree::of(&[(path, text)])).iter().map(|offence| offence.what.clone()).collect()
    }

    #[test]
    fn a_service_library_in_the_core_is_found() {
        let manifest = "trace-core/Cargo.toml";
        for line in
            ["tokio.workspace = true", "axum = \"0.8\"", "[dependencies.rusqlite]", "tokio-postgres = { x = 1 }"]
        {
            assert_eq!(found(core_depends_on_no_service, manifest, line).len(), 1, "{line}");
        }
        for line in ["serde.workspace = true # not tokio", "description = \"no tokio\"", "tokio-util = \"1\""] {
            assert!(found(core_depends_on_no_service, manifest, line).is_empty(), "{line}");
        }
    }

    #[test]
    fn impurity_in_the_core_is_found() {
        let path = "trace-core/src/a.rs";
        for text in [
            "use std::fs;",
            "let x = std::env::var(\"A\");",
            "use std::{fmt, fs};",
            "use std::{\n    collections::BTreeMap,\n    fs::{self, File},\n};",
            "use std::time::SystemTime;",
            "let now = jiff::Timestamp::now();",
            "    use std::time::Instant;",
        ] {
            assert_eq!(found(core_is_pure, path, text).len(), 1, "{text}");
            assert!(found(core_is_pure, "trace-server/src/a.rs", text).is_empty());
        }
        for text in [
            "// std::fs is for others",
            "/// never `SystemTime`",
            "use std::{fmt, time::Duration};",
            "struct Instantly;",
        ] {
            assert!(found(core_is_pure, path, text).is_empty(), "{text}");
        }
    }

    #[test]
    fn an_arrow_that_points_up_is_found() {
        for (path, text) in [
            ("trace-server/src/store.rs", "use crate::ledger::Ledger;"),
            ("trace-server/src/store/sqlite/append.rs", "fn a(b: crate::http::B) {}"),
            ("trace-server/src/store/postgres.rs", "use crate::{scan, store};"),
            ("trace-server/src/ledger/append.rs", "use crate::{\n    http::{Problem},\n    store::Store,\n};"),
            ("trace-server/src/scan.rs", "use crate::http::pages;"),
            ("trace-server/src/backup/mod.rs", "use crate::http::pages;"),
            ("trace-server/src/ledger/append.rs", "use crate::backup;"),
        ] {
            assert_eq!(found(service_points_down, path, text).len(), 1, "{path}: {text}");
        }
        for (path, text) in [
            ("trace-server/src/http/api.rs", "use crate::{ledger, scan, store};"),
            ("trace-server/src/ledger/append.rs", "use crate::store::Store; // not crate::https"),
            ("trace-server/src/storefront.rs", "use crate::http;"),
        ] {
            assert!(found(service_points_down, path, text).is_empty(), "{path}: {text}");
        }
    }

    #[test]
    fn axum_below_the_face_is_found() {
        let text = "use axum::Router;";
        for path in ["trace-server/src/ledger/append.rs", "trace-server/src/config.rs", "trace-server/src/lib.rs"] {
            assert_eq!(found(only_the_face_knows_axum, path, text).len(), 1, "{path}");
        }
        for path in [
            "trace-server/src/http/api.rs",
            "trace-server/src/http.rs",
            "trace-server/src/app.rs",
            "trace-server/src/cli/serve.rs",
        ] {
            assert!(found(only_the_face_knows_axum, path, text).is_empty(), "{path}");
        }
    }
}
