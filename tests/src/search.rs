//! Looking for values as bytes, in every spelling in which a program might have written them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};

/// What to look for: the bytes, with what they are.
pub type Needles = BTreeMap<Vec<u8>, String>;

/// The spellings of a text: UTF-8, UTF-16, escaped as JSON may be, hex, and base64 at each of its three places.
pub fn spellings(what: &str, text: &str) -> Needles {
    let mut needles = of_bytes(what, text.as_bytes());
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut add = |how: &str, bytes: Vec<u8>| _ = needles.insert(bytes, format!("{what} ({how})"));
    add("UTF-16 little-endian", units.iter().flat_map(|unit| unit.to_le_bytes()).collect());
    add("UTF-16 big-endian", units.iter().flat_map(|unit| unit.to_be_bytes()).collect());
    if !text.is_ascii() {
        add("JSON, \\uxxxx", units.iter().flat_map(|unit| format!("\\u{unit:04x}").into_bytes()).collect());
        add("JSON, \\uXXXX", units.iter().flat_map(|unit| format!("\\u{unit:04X}").into_bytes()).collect());
    }
    needles
}

/// The spellings of bytes.
pub fn of_bytes(what: &str, bytes: &[u8]) -> Needles {
    let mut needles = Needles::new();
    let mut add = |how: &str, bytes: Vec<u8>| _ = needles.insert(bytes, format!("{what} ({how})"));
    add("as it is", bytes.to_vec());
    add("hex", hex::encode(bytes).into_bytes());
    add("HEX", hex::encode_upper(bytes).into_bytes());
    for (name, alphabet) in [("base64", STANDARD), ("base64url", URL_SAFE)] {
        let engine = GeneralPurpose::new(&alphabet, NO_PAD);
        for before in 0..3 {
            let text = engine.encode([&vec![0; before][..], bytes].concat());
            // The characters at both ends depend on what stands around.
            let (start, end) = ([0, 2, 3][before], text.len() - usize::from(!(before + bytes.len()).is_multiple_of(3)));
            add(name, text.as_bytes()[start..end].to_vec());
        }
    }
    needles
}

/// Which needles stand in the files, and where.
///
/// # Panics
/// When a needle is so short that it stands anywhere by chance.
pub fn find(files: &[PathBuf], needles: &Needles) -> Vec<String> {
    // One pass for all: hardly any place begins as one of them does.
    let mut begins = vec![false; 1 << 16];
    for (needle, what) in needles {
        assert!(needle.len() >= 4, "{what}: {needle:?} is too short to look for");
        begins[usize::from(u16::from_be_bytes([needle[0], needle[1]]))] = true;
    }
    let mut found = BTreeSet::new();
    for file in files {
        // A file of a running server may be gone again.
        let Ok(bytes) = std::fs::read(file) else { continue };
        let (mut at, end) = (1, bytes.len());
        while at < end {
            if begins[usize::from(bytes[at - 1]) << 8 | usize::from(bytes[at])] {
                let rest = &bytes[at - 1..];
                let here = needles.iter().filter(|(needle, _)| rest.starts_with(needle));
                found.extend(here.map(|(_, what)| format!("{what} in {}", file.display())));
            }
            at += 1;
        }
    }
    found.into_iter().collect()
}

/// All files below a folder.
///
/// # Panics
/// When the folder cannot be read.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let Ok(entry) = entry else { continue };
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => all.extend(files(&entry.path())),
            Ok(_) => all.push(entry.path()),
            Err(_) => {}
        }
    }
    all
}
