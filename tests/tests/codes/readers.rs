//! Symbols as a label printer prints them, read by zbar and by zxing-cpp: at every level, with the mark, turned, blurred.

use std::path::{Path, PathBuf};
use std::process::Command;

use image::imageops;
use image::{GrayImage, Luma};
use trace_core::code::{Level, Mark, Symbol};

const SHORT: &str = "HTTPS://T.EXAMPLE.CN/T/CJZCKKD64D6EX5CXY40K";
const LONG: &str = "HTTPS://TRACE.EXAMPLE.CN/01/06901234567892/10/S261120-4F7K2MQ/21/CJZCKKD64D6EX5CXY40K";

/// What is to be read from a picture.
struct Case {
    name: String,
    picture: GrayImage,
    says: &'static str,
}

fn python() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/python3");
    std::env::var_os("TRACE_TEST_PYTHON").map_or_else(own, PathBuf::from)
}

/// The picture for a printer of 203 dpi, on a larger white label.
fn on_label(symbol: &Symbol, width_mm: u32) -> GrayImage {
    let png = symbol.png_printed(symbol.printed(width_mm, 203).unwrap()).unwrap();
    let picture = image::load_from_memory(&png).unwrap().into_luma8();
    let mut label = GrayImage::from_pixel(picture.width() + 80, picture.height() + 80, Luma([255]));
    imageops::overlay(&mut label, &picture, 40, 40);
    label
}

/// Turned by some degrees about its middle.
fn turned(picture: &GrayImage, degrees: f64) -> GrayImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let (x, y) = (f64::from(x) - width / 2.0, f64::from(y) - height / 2.0);
        let (x, y) = (x * cos + y * sin + width / 2.0, y * cos - x * sin + height / 2.0);
        let inside = (0.0..width).contains(&x) && (0.0..height).contains(&y);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is inside the picture")]
        let pixel = if inside { *picture.get_pixel(x as u32, y as u32) } else { Luma([255]) };
        pixel
    })
}

/// The picture itself, and what a telephone may make of it.
fn cases_of(name: &str, picture: &GrayImage, says: &'static str) -> Vec<Case> {
    let case = |what: &str, picture| Case { name: format!("{name}, {what}"), picture, says };
    // A telephone's camera has more pixels than the printer has dots.
    let seen = imageops::resize(picture, 2 * picture.width(), 2 * picture.height(), imageops::FilterType::Triangle);
    vec![
        case("as printed", picture.clone()),
        case("on its side", imageops::rotate90(picture)),
        case("upside down", imageops::rotate180(picture)),
        case("turned by 7 degrees", turned(&seen, 7.0)),
        case("turned by 30 degrees", turned(&seen, 30.0)),
        case("blurred", imageops::blur(&seen, 2.0)),
    ]
}

/// Each picture is read by both, and says what it should, and nothing else.
fn all_read(cases: &[Case]) {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = (0..cases.len()).map(|number| folder.path().join(format!("{number}.pgm"))).collect();
    for (case, file) in cases.iter().zip(&files) {
        let header = format!("P5\n{} {}\n255\n", case.picture.width(), case.picture.height());
        std::fs::write(file, [header.as_bytes(), case.picture.as_raw()].concat()).unwrap();
    }
    for (case, file) in cases.iter().zip(&files) {
        let arguments = ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"];
        let output = Command::new("zbarimg").args(arguments).arg(file).output();
        let output = output.expect("zbarimg (Debian package zbar-tools) is needed by this test");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), case.says, "zbar, {}", case.name);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/read_symbols.py");
    let output = Command::new(python()).arg(script).args(&files).output();
    let output = output.expect("the Python of .venv, which `tests/run unit` makes; or set TRACE_TEST_PYTHON");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Vec<Vec<String>> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read.len(), cases.len());
    for (case, read) in cases.iter().zip(read) {
        assert_eq!(read, [case.says], "zxing-cpp, {}", case.name);
    }
}

#[test]
fn symbols_of_every_level_are_read() {
    let mut cases = Vec::new();
    for (says, width_mm) in [(SHORT, 15), (LONG, 17)] {
        for level in [Level::L, Level::M, Level::Q, Level::H] {
            let symbol = Symbol::new(says, level).unwrap();
            let name = format!("{} modules, level {level}", symbol.size());
            cases.extend(cases_of(&name, &on_label(&symbol, width_mm), says));
        }
    }
    // The smallest label: 15 mm with the long address at 203 dpi, three dots a module.
    let small = Symbol::new(LONG, Level::M).unwrap();
    cases.extend(cases_of("15 mm", &on_label(&small, 15), LONG));
    all_read(&cases);
}

#[test]
fn symbols_with_a_mark_are_read() {
    let mut cases = Vec::new();
    for (says, width_mm) in [(SHORT, 17), (LONG, 23)] {
        for mark in [Mark::tian(), Mark::parse("#####\n#...#\n#.#.#\n#...#\n#####\n").unwrap()] {
            let symbol = Symbol::with_mark(says, &mark).unwrap();
            let name = format!("{} modules with a mark of {}", symbol.size(), mark.side());
            cases.extend(cases_of(&name, &on_label(&symbol, width_mm), says));
        }
    }
    all_read(&cases);
}
