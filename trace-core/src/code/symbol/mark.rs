//! The brand's mark in the middle of a symbol: modules that say something to the eye and are errors to a reader.
//!
//! Level H corrects them, as long as there are few enough in every block; how many is counted here, not guessed. The mark
//! is drawn in modules of the symbol, so that it is as sharp on a label printer as the symbol itself.

use std::str::FromStr;

use serde::Deserialize;

use super::{Level, Symbol, SymbolError};

/// The sides that a mark may have. The symbol's side is odd, and so the mark's must be to stand in its middle.
const SIDES: std::ops::RangeInclusive<usize> = 3..=15;

/// The light modules around a mark.
const BORDER: usize = 1;

/// The columns and rows at an edge of a symbol that finder, timing and format patterns need: a mark must stay off them.
const PATTERNS: usize = 9;

/// Of the codewords of a block, those that must still be correctable beside the mark: as many as at level L.
const KEPT_PERCENT: usize = 7;

/// A square picture of dark and light modules.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Mark {
    side: usize,
    modules: Vec<bool>,
}

/// Why there is no such mark, or not in that symbol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarkError {
    /// Not a square with an odd side.
    #[error(
        "a mark has as many characters in each line as lines, an odd number from 3 to 15; received {lines} lines, line {line} with {length}"
    )]
    Shape {
        /// The lines that came.
        lines: usize,
        /// The first line of another length, from 1; 1 where the number of lines is wrong.
        line: usize,
        /// Its characters.
        length: usize,
    },
    /// Something other than `#` and `.`.
    #[error("line {line} of a mark has {character:?}; # is a dark module and . a light one")]
    Character {
        /// The line, from 1.
        line: usize,
        /// The character as it came.
        character: char,
    },
    /// The symbol itself cannot be made.
    #[error(transparent)]
    Symbol(#[from] SymbolError),
    /// The mark would stand on patterns without which no reader finds a symbol.
    #[error("a mark of {side} modules does not fit a symbol of {size}")]
    Size {
        /// The mark's side.
        side: usize,
        /// The symbol's.
        size: usize,
    },
    /// Too little of the symbol would be left to correct further damage.
    #[error(
        "a mark of {side} modules damages {damaged} codewords of a block; at most {allowed} may be, so that dirt can be corrected, too"
    )]
    Damage {
        /// The mark's side.
        side: usize,
        /// The damaged codewords of the block that has most of them.
        damaged: usize,
        /// The most that are allowed.
        allowed: usize,
    },
}

impl MarkError {
    /// The same in Chinese, of what may be wrong with a mark that was read: its text is for the operator.
    pub fn zh(&self) -> String {
        match self {
            Self::Shape { .. } | Self::Character { .. } => "标志的图形不对".to_owned(),
            Self::Symbol(error) => error.zh(),
            Self::Size { side, size } => format!("{size} 个模块的二维码里放不下 {side} 个模块的标志"),
            Self::Damage { damaged, allowed, .. } => {
                format!("标志会损坏一组里的 {damaged} 个码字，最多 {allowed} 个才能保证读出")
            }
        }
    }
}

impl Mark {
    /// The first character of 天麻 in seven by seven modules.
    pub fn tian() -> Self {
        let rows = [0b011_1110, 0b000_1000, 0b111_1111, 0b000_1000, 0b001_0100, 0b010_0010, 0b100_0001_u8];
        let modules = rows.iter().flat_map(|row| (0..7).rev().map(move |bit| row >> bit & 1 == 1)).collect();
        Self { side: 7, modules }
    }

    /// Reads a mark from lines of `#`, a dark module, and `.`, a light one: as many lines as characters in each. Instead of
    /// line feeds there may be slashes between them.
    ///
    /// # Errors
    /// [`MarkError::Shape`], [`MarkError::Character`].
    ///
    /// ```
    /// use trace_core::code::Mark;
    ///
    /// assert_eq!(Mark::parse("#.#\n.#.\n#.#")?.side(), 3);
    /// assert_eq!(Mark::parse("#.#/.#./#.#")?, Mark::parse("#.#\n.#.\n#.#")?);
    /// assert!(Mark::parse("##\n##").is_err());
    /// # Ok::<(), trace_core::code::MarkError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, MarkError> {
        let lines: Vec<&str> = text.trim_end().split(['\n', '/']).map(str::trim).collect();
        let side = lines.len();
        let length = |line: &str| line.chars().count();
        if !SIDES.contains(&side) || side.is_multiple_of(2) {
            let length = lines.first().map_or(0, |line| length(line));
            return Err(MarkError::Shape { lines: side, line: 1, length });
        }
        let mut modules = Vec::with_capacity(side * side);
        for (place, line) in lines.iter().enumerate() {
            for character in line.chars() {
                modules.push(match character {
                    '#' => true,
                    '.' => false,
                    character => return Err(MarkError::Character { line: place + 1, character }),
                });
            }
            if length(line) != side {
                return Err(MarkError::Shape { lines: side, line: place + 1, length: length(line) });
            }
        }
        Ok(Self { side, modules })
    }

    /// Its modules along one side.
    pub const fn side(&self) -> usize {
        self.side
    }
}

impl FromStr for Mark {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<Self, MarkError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Mark {
    type Error = MarkError;

    fn try_from(text: String) -> Result<Self, MarkError> {
        Self::parse(&text)
    }
}

impl Symbol {
    /// The symbol of a text at level H with a mark in its middle, if it can be read all the same: in each block of
    /// codewords as many can still be corrected as at level L without a mark, 7 % of them. They are for dirt and scratches.
    ///
    /// # Errors
    /// [`MarkError::Symbol`], [`MarkError::Size`], [`MarkError::Damage`].
    ///
    /// ```
    /// use trace_core::code::{Mark, Symbol};
    ///
    /// let symbol = Symbol::with_mark("HTTPS://T.EXAMPLE.CN/T/CJZCKKD64D6EX5CXY40K", &Mark::tian())?;
    /// assert_eq!(symbol.version(), 4);
    /// # Ok::<(), trace_core::code::MarkError>(())
    /// ```
    pub fn with_mark(text: &str, mark: &Mark) -> Result<Self, MarkError> {
        let symbol = Self::new(text, Level::H)?;
        let (side, size) = (mark.side, symbol.size());
        let too_large = MarkError::Size { side, size };
        let outer = side + 2 * BORDER;
        if outer + 2 * PATTERNS > size {
            return Err(too_large);
        }
        let mut marked = symbol.clone();
        let first = (size - outer) / 2;
        for (row, column) in (0..outer * outer).map(|place| (place / outer, place % outer)) {
            let inside = |place: usize| place.checked_sub(BORDER).filter(|place| *place < side);
            let dark = match (inside(row), inside(column)) {
                (Some(row), Some(column)) => mark.modules[row * side + column],
                _ => false,
            };
            marked.set(first + column, first + row, dark);
        }
        // Longer symbols than version 10 are so fine that no mark should stand in them.
        let damage = symbol.damage(&marked, Level::H).ok_or(too_large)?;
        let kept = (damage.block * KEPT_PERCENT).div_ceil(100);
        let (damaged, allowed) = (damage.damaged, damage.corrected.saturating_sub(kept));
        if damaged > allowed { Err(MarkError::Damage { side, damaged, allowed }) } else { Ok(marked) }
    }
}
