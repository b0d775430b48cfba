//! The values behind the sealed groups: amounts, terms, person and place. They never stand in a record; the
//! record holds their commitments (`sealed`), and who may open which is the server's affair.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::code::{CodeIndex, IssueNumber};
use crate::quantity::{Measure, Stated};
use crate::record::{Name, Refusal, Telephone};

/// A run of package codes of one issue, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRange {
    /// The code issue.
    pub issue: IssueNumber,
    /// Index of the first code.
    pub from: CodeIndex,
    /// Index of the last code.
    pub to: CodeIndex,
}

impl CodeRange {
    /// How many codes the range holds; 0 when its ends are the wrong way round.
    pub fn count(&self) -> i64 {
        (i64::from(self.to.get()) - i64::from(self.from.get()) + 1).max(0)
    }

    /// Whether the two ranges share a code.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.issue == other.issue && self.from <= other.to && other.from <= self.to
    }

    /// Whether the range holds this index.
    pub fn holds(&self, index: CodeIndex) -> bool {
        self.from <= index && index <= self.to
    }
}

/// First and last index, as people read them: `3-7`.
impl fmt::Display for CodeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.get(), self.to.get())
    }
}

/// Ranges with their issues, as a refusal names them: in Chinese and English.
pub(crate) fn range_words(ranges: &[CodeRange]) -> (String, String) {
    if ranges.is_empty() {
        return ("空的".to_owned(), "none".to_owned());
    }
    let zh: Vec<_> = ranges.iter().map(|range| format!("{range}（赋码批 {}）", range.issue)).collect();
    let en: Vec<_> = ranges.iter().map(|range| format!("{range} of issue {}", range.issue)).collect();
    (zh.join("、"), en.join(", "))
}

/// The sealed group `amounts`: every quantity of a record with what was typed, in the order of its inputs and
/// outputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amounts {
    /// What is drawn (or allotted, coded, returned) from each input, in the order of the inputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Stated>,
    /// What each output holds when made, in the order of the outputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Stated>,
    /// The area of a site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<Stated>,
    /// Ranges of package codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<CodeRange>,
    /// Bottles of a lot of fungus that were contaminated and are not among its outputs: as many were made more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contaminated: Option<Stated>,
    /// Holes into which a planting went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holes: Option<Stated>,
    /// Wood that was laid into a planting, logs and twigs together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wood: Option<Stated>,
}

/// An amount that belongs to no batch. Which of them a kind may state is in its [`Shape`](super::Shape).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// [`Amounts::area`].
    Area,
    /// [`Amounts::contaminated`].
    Contaminated,
    /// [`Amounts::holes`].
    Holes,
    /// [`Amounts::wood`].
    Wood,
}

impl Beside {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Area, Self::Contaminated, Self::Holes, Self::Wood];

    /// Its field in [`Amounts`] and in a draft.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Area => "area",
            Self::Contaminated => "contaminated",
            Self::Holes => "holes",
            Self::Wood => "wood",
        }
    }

    /// The Chinese name.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Area => "面积",
            Self::Contaminated => "污染数",
            Self::Holes => "窝数",
            Self::Wood => "菌材重量",
        }
    }

    /// The English name.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Area => "area",
            Self::Contaminated => "contaminated bottles",
            Self::Holes => "planting holes",
            Self::Wood => "wood",
        }
    }

    /// What it is measured in.
    pub const fn measure(self) -> Measure {
        match self {
            Self::Area => Measure::Area,
            Self::Contaminated | Self::Holes => Measure::Count,
            Self::Wood => Measure::Mass,
        }
    }
}

impl Amounts {
    /// What is stated of an amount that belongs to no batch.
    pub fn beside(&self, which: Beside) -> Option<&Stated> {
        match which {
            Beside::Area => self.area.as_ref(),
            Beside::Contaminated => self.contaminated.as_ref(),
            Beside::Holes => self.holes.as_ref(),
            Beside::Wood => self.wood.as_ref(),
        }
    }

    /// States an amount that belongs to no batch.
    pub fn state_beside(&mut self, which: Beside, stated: Stated) {
        let field = match which {
            Beside::Area => &mut self.area,
            Beside::Contaminated => &mut self.contaminated,
            Beside::Holes => &mut self.holes,
            Beside::Wood => &mut self.wood,
        };
        *field = Some(stated);
    }

    /// Whether nothing is stated, so that the group is left out of the record.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
            && self.outputs.is_empty()
            && self.ranges.is_empty()
            && Beside::ALL.iter().all(|which| self.beside(*which).is_none())
    }

    /// Reads an opened value.
    ///
    /// # Errors
    /// A [`Refusal`] that names the field which is wrong, below `/amounts`.
    pub fn from_value(value: Value) -> Result<Self, Refusal> {
        super::typed(value, "/amounts")
    }
}

/// The sealed group `terms`: what the two sides of a sale agreed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Price in fen (1/100 yuan) per kilogram.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_fen_per_kg: Option<u32>,
    /// Sum paid in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_fen: Option<u64>,
    /// The buyer's conditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<String>,
}

/// The sealed group `person`: who is behind a party. Opened only with consent, erasable at any time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The person's name.
    pub name: Name,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telephone: Option<Telephone>,
}

impl Person {
    /// The first character of the name and a star, as in `王*`: a name that is shown without telling who it is.
    pub fn family_name(&self) -> String {
        let first = self.name.as_str().chars().next();
        first.map_or_else(String::new, |first| format!("{first}*"))
    }
}

/// The sealed group `place`: where exactly a site lies (WGS 84, degrees times ten million).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// What the people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Name>,
    /// Latitude in 1e-7 degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude_e7: Option<i32>,
    /// Longitude in 1e-7 degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude_e7: Option<i32>,
    /// Outline as pairs of latitude and longitude in 1e-7 degrees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outline_e7: Vec<[i32; 2]>,
}

/// Ten millionths of a degree: how far from the equator, and from the meridian of Greenwich, a place can lie.
const LATITUDE_E7_MAX: i32 = 900_000_000;
const LONGITUDE_E7_MAX: i32 = 1_800_000_000;

impl Place {
    /// Whether it lies on the earth.
    ///
    /// # Errors
    /// A [`Refusal`] that names the coordinate; it does not repeat it.
    pub fn check(&self) -> Result<(), Refusal> {
        let out = |e7: i32, max: i32| e7.unsigned_abs() > max.unsigned_abs();
        let corners = self.outline_e7.iter();
        let field = if self.latitude_e7.is_some() != self.longitude_e7.is_some() {
            "longitude_e7"
        } else if self.latitude_e7.is_some_and(|e7| out(e7, LATITUDE_E7_MAX)) {
            "latitude_e7"
        } else if self.longitude_e7.is_some_and(|e7| out(e7, LONGITUDE_E7_MAX)) {
            "longitude_e7"
        } else if corners.clone().any(|[lat, lon]| out(*lat, LATITUDE_E7_MAX) || out(*lon, LONGITUDE_E7_MAX)) {
            "outline_e7"
        } else {
            return Ok(());
        };
        Err(Refusal::invalid(
            "position",
            format!("/place/{field}"),
            "坐标不对：纬度在 -90 到 90 度之间，经度在 -180 到 180 度之间，两个都要写",
            "no position: a latitude lies from -90 to 90 degrees, a longitude from -180 to 180, and both are needed",
        ))
    }
}
