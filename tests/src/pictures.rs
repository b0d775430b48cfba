//! Pictures of symbols as others see them: PDF pages rendered by poppler, symbols read by zbar.
//!
//! Both are programs of their own (Debian packages poppler-utils and zbar-tools).

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// What an independent reader sees in a picture, symbol by symbol, sorted.
///
/// # Panics
/// If it sees none, or the program is missing.
pub fn read_by_zbar(picture: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("picture.png");
    std::fs::write(&path, picture).expect("a file");
    let output = Command::new("zbarimg").args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]).arg(&path).output();
    let output = output.expect("zbarimg (Debian package zbar-tools) is needed by this test");
    assert!(output.status.success(), "zbarimg cannot read it: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let mut found: Vec<String> = text.lines().map(str::to_owned).collect();
    found.sort();
    found
}

/// A PDF rendered by poppler: each page as PNG at that resolution, without smoothing of edges.
///
/// # Panics
/// If it cannot be rendered, or the program is missing.
pub fn pages_by_poppler(pdf: &[u8], dpi: u32) -> Vec<Vec<u8>> {
    let (folder, path) = written(pdf);
    let output = Command::new("pdftoppm")
        .args(["-png", "-r", &dpi.to_string(), "-aa", "no", "-aaVector", "no"])
        .arg(&path)
        .arg(folder.path().join("page"))
        .output();
    let output = output.expect("pdftoppm (Debian package poppler-utils) is needed by this test");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "pdftoppm: {complaints}");
    let pages = std::fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut pages: Vec<PathBuf> = pages.filter(|path| path.extension().is_some_and(|end| end == "png")).collect();
    pages.sort();
    pages.iter().map(|page| std::fs::read(page).expect("a page")).collect()
}

/// The text of a PDF as poppler copies it.
///
/// # Panics
/// If there is none to read, or the program is missing.
pub fn text_by_poppler(pdf: &[u8]) -> String {
    let (_folder, path) = written(pdf);
    let output = Command::new("pdftotext").arg(&path).arg("-").output();
    let output = output.expect("pdftotext (Debian package poppler-utils) is needed by this test");
    assert!(output.status.success(), "pdftotext: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn written(pdf: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("labels.pdf");
    std::fs::write(&path, pdf).expect("a file");
    (folder, path)
}
