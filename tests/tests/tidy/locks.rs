//! The rule that a lock file of its own keeps up with the crate that it locks.

use crate::tree::{Offence, Tree};

const MANIFEST: &str = "trace-core/Cargo.toml";
const LOCK: &str = "tests/fuzz/Cargo.lock";

/// What the core depends on stands in the lock file of the fuzz targets: they are a workspace of their own, built with
/// `--locked` in the last step of `tests/run`.
pub fn fuzz_keeps_up(tree: &Tree) -> Vec<Offence> {
    let (Some(manifest), Some(lock)) = (tree.get(MANIFEST), tree.get(LOCK)) else {
        return Vec::new();
    };
    let start = lock.text.find("name = \"trace-core\"").unwrap_or(lock.text.len());
    let locked = lock.text[start..].split("\n\n").next().unwrap_or_default();
    let dependencies = manifest
        .lines()
        .skip_while(|(_, line)| *line != "[dependencies]")
        .skip(1)
        .take_while(|(_, line)| !line.starts_with('['));
    dependencies
        .filter_map(|(number, line)| {
            let name = line.split(['.', '=', ' ']).next().filter(|name| !name.is_empty() && !name.starts_with('#'))?;
            let known = locked.contains(&format!(" \"{name}\","));
            (!known).then(|| manifest.offence(number, format!("{LOCK} does not know {name}")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    //! A dependency that only the manifest knows is found; one for the tests alone is not asked for.
    use super::*;

    #[test]
    fn a_lock_that_lags_behind_is_found() {
        let manifest =
            "[dependencies]\n# Why.\nserde.workspace = true\npng = \"0.18\"\n\n[dev-dependencies]\nimage = \"1\"\n";
        let lock = "[[package]]\nname = \"trace-core\"\ndependencies = [\n \"serde\",\n]\n\n[[package]]\nname = \"x\"\ndependencies = [\n \"png\",\n]\n";
        let found: Vec<String> =
            fuzz_keeps_up(&Tree::of(&[(MANIFEST, manifest), (LOCK, lock)])).iter().map(ToString::to_string).collect();
        assert_eq!(found, [format!("{MANIFEST}:4: {LOCK} does not know png")]);
        let caught_up = lock.replacen("\"serde\",", "\"png\",\n \"serde\",", 1);
        assert!(fuzz_keeps_up(&Tree::of(&[(MANIFEST, manifest), (LOCK, &caught_up)])).is_empty());
    }
}
