//! The rule that both engines walk through the same schema versions.

use std::collections::BTreeMap;

use crate::tree::{Offence, Tree};

const ENGINES: [&str; 2] = ["migrations/sqlite/", "migrations/postgres/"];

/// Both folders hold the same names `V<n>__<words>.sql`, with n = 1, 2, 3 and so on.
pub fn are_pairs(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (folder, other) in [(ENGINES[0], ENGINES[1]), (ENGINES[1], ENGINES[0])] {
        let mut by_number = BTreeMap::new();
        for file in tree.below(folder) {
            let name = &file.path[folder.len()..];
            let Some(number) = number_of(name) else {
                offences.push(file.offence(1, "the name is not V<n>__<words>.sql"));
                continue;
            };
            if !tree.contains(&format!("{other}{name}")) {
                offences.push(file.offence(1, format!("{other}{name} is missing")));
            }
            if let Some(earlier) = by_number.insert(number, name) {
                offences.push(file.offence(1, format!("{earlier} has the number {number} too")));
            }
        }
        for (expected, (number, name)) in (1..).zip(by_number) {
            if number != expected {
                let path = format!("{folder}{name}");
                let what = format!("has the number {number} where {expected} comes next");
                offences.push(Offence { path, line: 1, what });
                break;
            }
        }
    }
    offences
}

/// 12 for `V12__holds_of_batches.sql`; nothing for any other spelling, leading zeros among them.
fn number_of(name: &str) -> Option<u32> {
    let (number, words) = name.strip_suffix(".sql")?.strip_prefix('V')?.split_once("__")?;
    let plain = !words.is_empty() && words.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    let parsed: u32 = number.parse().ok()?;
    (plain && parsed.to_string() == number).then_some(parsed)
}

#[cfg(test)]
mod tests {
    //! Each way in which the two folders can drift apart is found.
    use super::*;

    fn found(paths: &[&str]) -> Vec<String> {
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, "")).collect();
        are_pairs(&Tree::of(&files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn pairs_in_order_pass() {
        assert!(found(&[]).is_empty());
        let mut paths = Vec::new();
        for folder in ENGINES {
            paths.extend((1..=11).map(|n| format!("{folder}V{n}__step_{n}.sql")));
        }
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert!(found(&paths).is_empty());
    }

    #[test]
    fn a_lonely_file_is_found() {
        assert_eq!(
            found(&["migrations/sqlite/V1__a.sql"]),
            ["migrations/sqlite/V1__a.sql:1: migrations/postgres/V1__a.sql is missing"]
        );
        assert_eq!(found(&["migrations/postgres/V1__a.sql", "migrations/sqlite/V1__b.sql"]).len(), 2);
    }

    #[test]
    fn a_number_twice_or_left_out_is_found() {
        let twice = found(&[
            "migrations/sqlite/V1__a.sql",
            "migrations/sqlite/V1__b.sql",
            "migrations/postgres/V1__a.sql",
            "migrations/postgres/V1__b.sql",
        ]);
        assert_eq!(twice.len(), 2, "{twice:?}");
        let gap = found(&[
            "migrations/sqlite/V1__a.sql",
            "migrations/sqlite/V3__c.sql",
            "migrations/postgres/V1__a.sql",
            "migrations/postgres/V3__c.sql",
        ]);
        assert_eq!(gap.len(), 2, "{gap:?}");
        assert!(gap[0].contains("where 2 comes next"));
    }

    #[test]
    fn a_misspelt_name_is_found() {
        for name in ["V01__a.sql", "1__a.sql", "V1_a.sql", "V1__.sql", "V1__A.sql", "V1__a.SQL", "Vx__a.sql"] {
            let sqlite = format!("migrations/sqlite/{name}");
            let found = found(&[&sqlite]);
            assert_eq!(found, [format!("{sqlite}:1: the name is not V<n>__<words>.sql")], "{name}");
        }
    }
}
