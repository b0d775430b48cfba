//! The names of tiles: which resources a tree of a given size consists of, and how each path is spelled.
//!
//! Owns the arithmetic of C2SP tlog-tiles, "Merkle Tree" and "Partial Tiles". It reads no tile; see
//! [`Tiles`](super::Tiles) for that.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::checkpoint::read_decimal;
use super::hash::excerpt;
use super::tree::{Node, SIZE_MAX};

/// The hashes of a full tile, and the entries of a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// A tile spans eight levels of the tree: 2^8 is [`TILE_WIDTH`].
pub const TILE_HEIGHT: u8 = 8;

/// The levels of tiles that have hashes, for trees up to [`SIZE_MAX`]. Paths may name levels up to [`LEVEL_MAX`].
const LEVELS: u8 = 8;

/// The highest level that a path may name.
const LEVEL_MAX: u8 = 63;

/// Why there is no such tile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TilePathError {
    /// The text is no path of a tile, or not in its only spelling.
    #[error(
        "a tile's path is tile/<level or entries>/<number in groups of three digits, all but the last with x>, and \
         .p/<width> if it is partial, received {received:?}"
    )]
    Shape {
        /// The text, cut to its first 64 characters.
        received: String,
    },
    /// The level is beyond 63.
    #[error("a tile's level is 0 to 63, received {received}")]
    Level {
        /// The level that was given.
        received: u8,
    },
    /// The width is 0 or beyond 256; a path names partial tiles of 1 to 255.
    #[error("a tile has 1 to 256 hashes, of which a path names 1 to 255, received {received}")]
    Width {
        /// The width that was given.
        received: u16,
    },
}

impl TilePathError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Shape { received } => {
                format!("“{received}”不是切片的路径；应如 tile/0/x001/x234/067 或 tile/entries/000.p/112")
            }
            Self::Level { received } => format!("层数是 {received}，应为 0 到 63"),
            Self::Width { received } => format!("宽度是 {received}，路径里应为 1 到 255"),
        }
    }
}

/// The name of a tile of hashes, or of a bundle of entries, relative to the log's address.
///
/// A width of 256 is a full tile, whose path names no width. One tile has one spelling.
///
/// ```
/// use trace_core::log::TilePath;
///
/// let path = TilePath::hashes(0, 1_234_067, 112)?;
/// assert_eq!(path.to_string(), "tile/0/x001/x234/067.p/112");
/// assert_eq!("tile/entries/000".parse(), TilePath::entries(0, 256));
/// assert!("tile/0/x000/001".parse::<TilePath>().is_err(), "another spelling of tile/0/001");
/// # Ok::<(), trace_core::log::TilePathError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TilePath {
    /// None for entries.
    level: Option<u8>,
    index: u64,
    width: u16,
}

impl TilePath {
    /// The `index`-th tile of hashes at `level`, with `width` of them.
    ///
    /// # Errors
    /// [`TilePathError::Level`] or [`TilePathError::Width`]. That a log has such a tile is another matter: see
    /// [`is_of`](Self::is_of).
    pub const fn hashes(level: u8, index: u64, width: u16) -> Result<Self, TilePathError> {
        if level > LEVEL_MAX {
            return Err(TilePathError::Level { received: level });
        }
        Self::checked(Some(level), index, width)
    }

    /// The `index`-th bundle, with `width` entries.
    ///
    /// # Errors
    /// [`TilePathError::Width`].
    pub const fn entries(index: u64, width: u16) -> Result<Self, TilePathError> {
        Self::checked(None, index, width)
    }

    const fn checked(level: Option<u8>, index: u64, width: u16) -> Result<Self, TilePathError> {
        if width == 0 || width > TILE_WIDTH {
            return Err(TilePathError::Width { received: width });
        }
        Ok(Self { level, index, width })
    }

    /// The level of a tile of hashes; none for a bundle of entries.
    pub const fn level(self) -> Option<u8> {
        self.level
    }

    /// The place among the tiles of its level, from 0.
    pub const fn index(self) -> u64 {
        self.index
    }

    /// The hashes or entries in it, 1 to 256.
    pub const fn width(self) -> u16 {
        self.width
    }

    /// Whether it is shorter than a full tile, so that it is replaced when the log grows.
    pub const fn is_partial(self) -> bool {
        self.width < TILE_WIDTH
    }

    /// The full tile at the same place, which may stand in for a partial one that is no longer kept.
    pub const fn full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }

    /// The places, within the level, of the hashes or entries in it; none beyond the largest tree.
    pub fn places(self) -> Option<Range<u64>> {
        let start = self.index.checked_mul(u64::from(TILE_WIDTH))?;
        let end = start.checked_add(u64::from(self.width))?;
        (end <= level_width(self.level.unwrap_or(0), SIZE_MAX)).then_some(start..end)
    }

    /// Whether the tree of `size` entries is represented by this tile: full, or the partial one at the right edge with
    /// exactly floor(size / 256^level) mod 256 hashes.
    pub fn is_of(self, size: u64) -> bool {
        let here = level_width(self.level.unwrap_or(0), size);
        self.places().is_some_and(|places| if self.is_partial() { places.end == here } else { places.end <= here })
    }

    /// Whether everything in it is part of the tree of `size` entries: the tile, partial ones of earlier sizes
    /// included, can be made of that tree and will never change.
    pub fn lies_within(self, size: u64) -> bool {
        let here = level_width(self.level.unwrap_or(0), size);
        self.places().is_some_and(|places| places.end <= here)
    }

    /// The nodes of the tree whose hashes the tile holds, in order; none for a bundle, or beyond the largest tree.
    pub fn nodes(self) -> impl Iterator<Item = Node> {
        let level = self.level.map_or(0, |level| level.saturating_mul(TILE_HEIGHT));
        let places = self.places().filter(|_| self.level.is_some()).unwrap_or(0..0);
        places.map(move |place| Node::within(level, place))
    }

    /// The tile of hashes of the tree of `size` in which, or from whose hashes, `node` is found; none where the node
    /// is no part of that tree.
    pub fn holding(node: Node, size: u64) -> Option<Self> {
        if node.leaves().end > size {
            return None;
        }
        let level = node.level() / TILE_HEIGHT;
        let first = node.index() << (node.level() % TILE_HEIGHT);
        let index = first / u64::from(TILE_WIDTH);
        let after_start = level_width(level, size) - index * u64::from(TILE_WIDTH);
        let width = u16::try_from(after_start).map_or(TILE_WIDTH, |width| width.min(TILE_WIDTH));
        Some(Self { level: Some(level), index, width })
    }
}

/// How many whole subtrees of 256^`level` leaves the tree of `size` has.
fn level_width(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT)).unwrap_or(0)
}

/// All tiles of hashes that represent the tree of `size` entries, level by level from the leaves, each from the left
/// (C2SP tlog-tiles, "Partial Tiles").
///
/// ```
/// use trace_core::log::tiles_of;
///
/// let names = |size| tiles_of(size).map(|path| path.to_string()).collect::<Vec<_>>();
/// assert_eq!(names(256), ["tile/0/000", "tile/1/000.p/1"]);
/// assert_eq!(names(0).len(), 0);
/// ```
pub fn tiles_of(size: u64) -> impl Iterator<Item = TilePath> {
    (0..LEVELS).flat_map(move |level| along(Some(level), level_width(level, size)))
}

/// All bundles that hold the entries of the tree of `size`, from the left.
pub fn bundles_of(size: u64) -> impl Iterator<Item = TilePath> {
    along(None, size)
}

fn along(level: Option<u8>, count: u64) -> impl Iterator<Item = TilePath> {
    let full = count / u64::from(TILE_WIDTH);
    // The remainder is below 256, and 0 makes no tile.
    let rest = u16::try_from(count % u64::from(TILE_WIDTH)).ok().filter(|width| *width > 0);
    let last = rest.map(|width| TilePath { level, index: full, width });
    (0..full).map(move |index| TilePath { level, index, width: TILE_WIDTH }).chain(last)
}

impl FromStr for TilePath {
    type Err = TilePathError;

    fn from_str(text: &str) -> Result<Self, TilePathError> {
        let shape = || TilePathError::Shape { received: excerpt(text) };
        let (level_text, rest) = text.strip_prefix("tile/").and_then(|rest| rest.split_once('/')).ok_or_else(shape)?;
        let level = if level_text == "entries" {
            None
        } else {
            let level = read_decimal(level_text).and_then(|level| u8::try_from(level).ok()).ok_or_else(shape)?;
            Some(level).filter(|level| *level <= LEVEL_MAX).ok_or(TilePathError::Level { received: level }).map(Some)?
        };
        let (index_text, width) = match rest.split_once(".p/") {
            None => (rest, TILE_WIDTH),
            Some((index_text, width_text)) => {
                let width = read_decimal(width_text).and_then(|width| u16::try_from(width).ok()).ok_or_else(shape)?;
                if width == 0 || width >= TILE_WIDTH {
                    return Err(TilePathError::Width { received: width });
                }
                (index_text, width)
            }
        };
        let index = read_index(index_text).ok_or_else(shape)?;
        Self::checked(level, index, width)
    }
}

/// Reads `x001/x234/067`. A first group of zeros before another would be a second spelling.
fn read_index(text: &str) -> Option<u64> {
    let (leading, last) = text.rsplit_once('/').map_or((None, text), |(leading, last)| (Some(leading), last));
    let mut index = 0;
    let leading = leading.into_iter().flat_map(|groups| groups.split('/'));
    for (place, group) in leading.enumerate() {
        index = with_group(index, group.strip_prefix('x')?)?;
        if place == 0 && index == 0 {
            return None;
        }
    }
    with_group(index, last)
}

fn with_group(index: u64, group: &str) -> Option<u64> {
    let three_digits = group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    let value: u64 = three_digits.then(|| group.parse().ok())??;
    index.checked_mul(1000)?.checked_add(value)
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(f, "tile/{level}/")?,
            None => f.write_str("tile/entries/")?,
        }
        let digits = self.index.to_string();
        let padded = format!("{digits:0>width$}", width = digits.len().div_ceil(3) * 3);
        for start in (0..padded.len()).step_by(3) {
            let last = start + 3 == padded.len();
            write!(f, "{}{}{}", if last { "" } else { "x" }, &padded[start..start + 3], if last { "" } else { "/" })?;
        }
        if self.is_partial() { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}
