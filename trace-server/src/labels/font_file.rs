//! The font of labels: the file that the configuration names, or a Chinese one of the system.
//!
//! It is kept in memory only while labels are made: such a file has some 20 MB, which an idle service need not hold.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use trace_core::code::label::{FontError, LabelFont};

/// Where systems keep fonts: the folders that fontconfig knows by default.
const FOLDERS: [&str; 3] = ["/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts"];

/// Chinese fonts by the beginning of their file's name, the best for small print first, with the face of a collection
/// that has simplified Chinese.
const KNOWN: [(&str, u32); 8] = [
    ("NotoSansCJK-Regular.ttc", 2),
    ("NotoSansCJKsc-Regular", 0),
    ("NotoSansSC", 0),
    ("SourceHanSansSC-Regular", 0),
    ("SourceHanSansCN-Regular", 0),
    ("wqy-microhei", 0),
    ("wqy-zenhei", 0),
    ("DroidSansFallback", 0),
];

/// How deep folders of fonts are looked through.
const DEPTH_MAX: u32 = 5;

/// Why there is no font for labels.
#[derive(Debug, thiserror::Error)]
pub enum FontFileError {
    /// None was found.
    #[error(
        "no Chinese font was found in {}; install one (on Debian the package fonts-noto-cjk) or name a file in label_font",
        FOLDERS.join(", ")
    )]
    None,
    /// The file cannot be read.
    #[error("the font {} cannot be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no font for labels.
    #[error("the font {}: {source}", path.display())]
    Font {
        /// The file.
        path: PathBuf,
        /// Why.
        source: FontError,
    },
}

/// Where the font comes from.
pub struct FontSource {
    configured: Option<PathBuf>,
    open: Mutex<Weak<LabelFont>>,
}

impl FontSource {
    /// A configured file, `PATH` or, of a collection, `PATH#FACE`; or whatever the system has.
    pub fn new(configured: Option<PathBuf>) -> Self {
        Self { configured, open: Mutex::default() }
    }

    /// The font, shared with whoever has it open. Reads a file: not for a thread of the runtime.
    ///
    /// # Errors
    /// [`FontFileError`], in words for the operator.
    pub fn font(&self) -> Result<Arc<LabelFont>, FontFileError> {
        // Held while the file is read: who comes at the same time wants the same one.
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(font) = open.upgrade() {
            return Ok(font);
        }
        let (path, face) = match &self.configured {
            Some(configured) => with_face(configured),
            None => found(&FOLDERS.map(PathBuf::from)).ok_or(FontFileError::None)?,
        };
        let bytes = std::fs::read(&path).map_err(|source| FontFileError::File { path: path.clone(), source })?;
        let font = LabelFont::parse(bytes, face).map_err(|source| FontFileError::Font { path, source })?;
        let font = Arc::new(font);
        *open = Arc::downgrade(&font);
        Ok(font)
    }
}

/// `PATH#FACE` as its parts.
fn with_face(configured: &Path) -> (PathBuf, u32) {
    let text = configured.to_string_lossy();
    let parts = text.rsplit_once('#').and_then(|(path, face)| Some((PathBuf::from(path), face.parse().ok()?)));
    parts.unwrap_or_else(|| (configured.to_owned(), 0))
}

/// The best known font below these folders.
fn found(folders: &[PathBuf]) -> Option<(PathBuf, u32)> {
    let mut best: Option<(usize, PathBuf)> = None;
    for folder in folders {
        look(folder, DEPTH_MAX, &mut best);
    }
    best.and_then(|(rank, path)| Some((path, KNOWN.get(rank)?.1)))
}

fn look(folder: &Path, depth: u32, best: &mut Option<(usize, PathBuf)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if depth > 0 {
                look(&path, depth - 1, best);
            }
            continue;
        }
        let name = entry.file_name();
        let rank = KNOWN.iter().position(|(known, _)| name.to_string_lossy().starts_with(known));
        if let Some(rank) = rank.filter(|rank| best.as_ref().is_none_or(|(had, _)| rank < had)) {
            *best = Some((rank, path));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn the_best_font_of_the_folders_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(found(&[folder.path().to_owned()]), None);
        std::fs::create_dir(folder.path().join("truetype")).unwrap();
        for name in ["wqy-zenhei.ttc", "DejaVuSans.ttf", "NotoSansSC-Regular.otf"] {
            std::fs::write(folder.path().join("truetype").join(name), "").unwrap();
        }
        let (path, face) = found(&[folder.path().to_owned()]).unwrap();
        assert_eq!((path.file_name().unwrap().to_str().unwrap(), face), ("NotoSansSC-Regular.otf", 0));
    }

    #[test]
    fn a_wrong_font_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "no font").unwrap();
        let message = |path: PathBuf| FontSource::new(Some(path)).font().err().unwrap().to_string();
        assert!(message(file.path().to_owned()).contains("no OpenType font"));
        let face = format!("{}#3", file.path().display());
        assert!(message(face.into()).contains("no face of index 3"));
        assert!(message("no-such-font.ttf".into()).contains("no-such-font.ttf cannot be read"));
    }
}
