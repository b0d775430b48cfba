//! The text files of the workspace in memory, and the places in them.
//!
//! It reads the disk once; the rules see only what it holds, so that a test can hand them a made-up tree.

use std::fmt;
use std::fs;
use std::path::Path;

/// One text file.
pub struct File {
    /// Relative to the workspace, with `/` between folders.
    pub path: String,
    /// The whole content.
    pub text: String,
}

impl File {
    /// Its lines with their numbers from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// The file's ending without the dot; empty where it has none.
    pub fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// An offence in this file.
    pub fn offence(&self, line: usize, what: impl Into<String>) -> Offence {
        Offence { path: self.path.clone(), line, what: what.into() }
    }
}

/// A place that breaks a rule.
#[derive(Debug)]
pub struct Offence {
    pub path: String,
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// All text files below one root, sorted by path.
pub struct Tree(Vec<File>);

impl Tree {
    /// The workspace that this test was built in.
    pub fn load() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests crate lies in the workspace");
        let mut files = Vec::new();
        read_folder(root, "", &mut files);
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Self(files)
    }

    /// A tree of made-up files: paths and contents.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File { path: (*path).to_owned(), text: (*text).to_owned() };
        Self(files.iter().map(file).collect())
    }

    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.0.iter()
    }

    /// The files below `folder`, which ends in `/`.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = &File> {
        self.0.iter().filter(move |file| file.path.starts_with(folder))
    }

    /// The Rust files of the three crates.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files().filter(|file| {
            let top = file.path.split('/').next();
            file.extension() == "rs" && matches!(top, Some("trace-core" | "trace-server" | "tests"))
        })
    }

    pub fn contains(&self, path: &str) -> bool {
        self.get(path).is_some()
    }

    pub fn get(&self, path: &str) -> Option<&File> {
        self.0.iter().find(|file| file.path == path)
    }
}

/// Reads the text files of `folder`; build results, the version control's own files and pictures stay out.
fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let entry = entry.expect("an entry of a folder");
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let kind = entry.file_type().expect("the type of an entry");
        let path = format!("{prefix}{name}");
        if kind.is_dir() {
            let built = entry.path().join("CACHEDIR.TAG").exists();
            if !built && !matches!(name.as_str(), ".git" | "target" | ".venv") {
                read_folder(&entry.path(), &format!("{path}/"), files);
            }
        } else if kind.is_file() && name != ".git" {
            // What is not UTF-8 is a picture or a database.
            if let Ok(text) = fs::read_to_string(entry.path()) {
                files.push(File { path, text });
            }
        }
    }
}
