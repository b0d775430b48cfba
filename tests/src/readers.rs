//! Two readers of QR symbols that this project did not write, zbar and zxing-cpp, and what a telephone makes of a picture
//! before they see it: turned, upside down, out of focus.
//!
//! It lacks what is printed; that comes in as a picture.
#![expect(clippy::missing_panics_doc, reason = "a panic is how a test says that its surroundings failed")]

use std::path::{Path, PathBuf};
use std::process::Command;

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};

/// A picture, and the texts of the symbols in it, sorted.
pub struct Case {
    /// What it shows, for the words of a failure.
    pub name: String,
    /// The picture.
    pub picture: GrayImage,
    /// What is to be read from it.
    pub says: Vec<String>,
}

/// What one reader saw in each picture, sorted.
type Readings = Vec<Vec<String>>;

/// The picture itself, and what a telephone may make of it; `module` is how many of its dots a module of the symbol has.
pub fn as_seen(name: &str, picture: &GrayImage, module: u32, says: &[String]) -> Vec<Case> {
    let case = |what: &str, picture| Case { name: format!("{name}, {what}"), picture, says: says.to_vec() };
    // A telephone's camera has more pixels than the printer has dots.
    let seen = imageops::resize(picture, 2 * picture.width(), 2 * picture.height(), FilterType::Triangle);
    // The standard deviation is a quarter of a module, so that a point is spread over more than half a module at half
    // its height. With twice that zbar gives up, whatever the symbol.
    let quarter = u16::try_from(2 * module).map(f32::from).expect("a few dots") / 4.0;
    vec![
        case("as printed", picture.clone()),
        case("on its side", imageops::rotate90(picture)),
        case("upside down", imageops::rotate180(picture)),
        case("turned by 7 degrees", turned(&seen, 7.0)),
        case("turned by 30 degrees", turned(&seen, 30.0)),
        case("out of focus", imageops::fast_blur(&seen, quarter)),
    ]
}

/// The picture on a larger white ground.
pub fn on_white(picture: &GrayImage, around: u32) -> GrayImage {
    let mut ground =
        GrayImage::from_pixel(picture.width() + 2 * around, picture.height() + 2 * around, Luma([u8::MAX]));
    imageops::overlay(&mut ground, picture, i64::from(around), i64::from(around));
    ground
}

/// Turned by some degrees about its middle, on a ground that holds all of it.
pub fn turned(picture: &GrayImage, degrees: f64) -> GrayImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the diagonal of a picture")]
    let side = width.hypot(height).ceil() as u32;
    let middle = f64::from(side) / 2.0;
    GrayImage::from_fn(side, side, |x, y| {
        let (x, y) = (f64::from(x) - middle, f64::from(y) - middle);
        let (x, y) = (x * cos + y * sin + width / 2.0, y * cos - x * sin + height / 2.0);
        let inside = (0.0..width).contains(&x) && (0.0..height).contains(&y);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is inside the picture")]
        let pixel = if inside { *picture.get_pixel(x as u32, y as u32) } else { Luma([u8::MAX]) };
        pixel
    })
}

/// Each picture is read by both readers, and says what it should, and nothing else.
pub fn all_read(cases: &[Case]) {
    assert!(!cases.is_empty(), "nothing to read");
    for (reader, readings) in by_both(cases) {
        for (case, read) in cases.iter().zip(readings) {
            assert_eq!(read, case.says, "{reader}, {}", case.name);
        }
    }
}

/// What each reader sees.
pub fn by_both(cases: &[Case]) -> [(&'static str, Readings); 2] {
    let folder = tempfile::tempdir().expect("a folder");
    let files: Vec<PathBuf> = (0..cases.len()).map(|number| folder.path().join(format!("{number}.pgm"))).collect();
    for (case, file) in cases.iter().zip(&files) {
        let header = format!("P5\n{} {}\n255\n", case.picture.width(), case.picture.height());
        std::fs::write(file, [header.as_bytes(), case.picture.as_raw()].concat()).expect("a picture");
    }
    [("zbar", files.iter().map(|file| by_zbar(file)).collect()), ("zxing-cpp", by_zxing(&files))]
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

fn by_zbar(file: &Path) -> Vec<String> {
    let output = Command::new("zbarimg").args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]).arg(file).output();
    let output = output.expect("zbarimg (Debian package zbar-tools) is needed by this test");
    sorted(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

fn by_zxing(files: &[PathBuf]) -> Readings {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/python3");
    let python = std::env::var_os("TRACE_TEST_PYTHON").map_or_else(own, PathBuf::from);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/read_symbols.py");
    let output = Command::new(python).arg(script).args(files).output();
    let output = output.expect("the Python of .venv, which `tests/run unit` makes; or set TRACE_TEST_PYTHON");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let readings: Readings = text.lines().map(|line| sorted(serde_json::from_str(line).expect("a list"))).collect();
    assert_eq!(readings.len(), files.len(), "a line a picture");
    readings
}
