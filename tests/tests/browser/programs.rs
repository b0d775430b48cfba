//! The programs that these tests use, and where they leave what they saw. A program that is missing is a failure that
//! says what to install; nothing is skipped.

use std::path::{Path, PathBuf};

/// Program and the Debian package that has it.
const NEEDED: [(&str, &str); 3] =
    [("chromium", "chromium"), ("chromedriver", "chromium-driver"), ("zbarimg", "zbar-tools")];

/// Where the program is.
pub fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    found(name, std::env::split_paths(&path)).unwrap_or_else(|message| panic!("{message}"))
}

fn found(name: &str, folders: impl Iterator<Item = PathBuf>) -> Result<PathBuf, String> {
    let package = NEEDED.iter().find(|(program, _)| *program == name).map_or(name, |(_, package)| package);
    folders.map(|folder| folder.join(name)).find(|path| path.is_file()).ok_or_else(|| {
        format!("the program {name} is not on PATH; `tests/run unit` installs it, or: apt-get install {package}")
    })
}

/// A file in `target/browser/`.
pub fn kept(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
    let folder = target.join("browser");
    std::fs::create_dir_all(&folder).expect("a folder for pictures");
    folder.join(name)
}

#[test]
fn a_missing_program_is_named_with_its_package() {
    let empty = tempfile::tempdir().unwrap();
    for (name, package) in NEEDED {
        let message = found(name, std::iter::once(empty.path().to_owned())).unwrap_err();
        assert!(message.contains(name) && message.contains(&format!("apt-get install {package}")), "{message}");
    }
}
