//! The units that people type, with their spellings, and the ceilings of what is taken seriously.

use super::{Measure, Quantity};

/// One unit: `thirds` thirds of a base unit, since 1 亩 is 20,000,000/3 cm².
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) measure: Measure,
    pub(super) thirds: i128,
    /// Whether a fraction of a base unit is rounded away (half up). Only where the unit itself is no whole number.
    pub(super) rounds: bool,
    /// Lower case, half-width, `m²` as `m2`: the form that the reader makes of every text.
    spellings: &'static [&'static str],
}

const fn whole(measure: Measure, base_units: i128, spellings: &'static [&'static str]) -> Unit {
    Unit { measure, thirds: base_units * 3, rounds: false, spellings }
}

const UNITS: &[Unit] = &[
    whole(Measure::Mass, 1_000_000_000, &["吨", "公吨", "t", "tonne", "tonnes"]),
    whole(Measure::Mass, 1_000_000, &["公斤", "千克", "kg", "kgs", "kilo", "kilos"]),
    whole(Measure::Mass, 500_000, &["斤", "市斤", "jin"]),
    whole(Measure::Mass, 50_000, &["两", "市两", "liang"]),
    whole(Measure::Mass, 1_000, &["克", "g", "gram", "grams"]),
    whole(Measure::Mass, 1, &["毫克", "mg"]),
    whole(Measure::Area, 100_000_000, &["公顷", "ha", "hectare", "hectares"]),
    Unit { measure: Measure::Area, thirds: 20_000_000, rounds: true, spellings: &["亩", "市亩", "mu"] },
    Unit { measure: Measure::Area, thirds: 2_000_000, rounds: true, spellings: &["分", "分地"] },
    whole(Measure::Area, 10_000, &["平方米", "平米", "平方", "m2", "sqm"]),
    whole(
        Measure::Count,
        1,
        &[
            "瓶", "袋", "包", "盒", "个", "支", "件", "枚", "片", "条", "粒", "株", "窝", "塘", "piece", "pieces",
            "pc", "pcs", "hole", "holes", "bottle", "bottles", "bag", "bags", "pack", "packs", "package", "packages",
            "box", "boxes",
        ],
    ),
];

/// The longest spelling at the start of `text` wins, so that 分地 is not 分 with a rest. Gives the unit and how many
/// characters it takes.
pub(super) fn longest_at_start(text: &[char]) -> Option<(&'static Unit, usize)> {
    UNITS
        .iter()
        .flat_map(|unit| unit.spellings.iter().map(move |spelling| (unit, spelling)))
        .filter(|(_, spelling)| {
            let length = spelling.chars().count();
            text.len() >= length && spelling.chars().zip(text).all(|(a, b)| a == *b)
        })
        .map(|(unit, spelling)| (unit, spelling.chars().count()))
        .max_by_key(|(_, length)| *length)
}

/// The spellings of a measure's units that are whole numbers of base units.
pub(super) fn spellings(measure: Measure) -> impl Iterator<Item = (&'static str, i64)> {
    let units = UNITS.iter().filter(move |unit| unit.measure == measure && !unit.rounds);
    let whole = units.filter_map(|unit| Some((unit.spellings, i64::try_from(unit.thirds / 3).ok()?)));
    whole.flat_map(|(spellings, base_units)| spellings.iter().map(move |spelling| (*spelling, base_units)))
}

/// The units to offer in an error.
pub(super) const fn choices_zh(measure: Measure) -> &'static str {
    match measure {
        Measure::Mass => "斤、公斤（kg）、两、克（g）、毫克（mg）、吨（t）",
        Measure::Area => "亩、分（0.1 亩）、平方米（m²）、公顷（ha）",
        Measure::Count => "瓶、袋、包、盒、个、支、件、枚、片、条、窝",
    }
}

/// The same for a reader of English, who may not know what a 斤 is.
pub(super) const fn choices(measure: Measure) -> &'static str {
    match measure {
        Measure::Mass => "斤 (jin, 0.5 kg), 公斤 (kg), 两 (50 g), 克 (g), 毫克 (mg), 吨 (t)",
        Measure::Area => "亩 (mu), 分 (0.1 mu), 平方米 (m²), 公顷 (ha)",
        Measure::Count => "瓶 (bottles), 袋 (bags), 包 (packs), 盒 (boxes), 个/支/件/枚/片/条 (pieces), 窝 (holes)",
    }
}

/// A good input to show in an error.
pub(super) const fn example(measure: Measure) -> &'static str {
    match measure {
        Measure::Mass => "320斤 / 160 kg",
        Measure::Area => "1.5亩 / 1000 m²",
        Measure::Count => "3000瓶 / 3000 pieces",
    }
}

/// The most that one statement may name: 10,000 t is near what the whole county digs in a year, 100,000 亩 is more
/// than it plants, a thousand million pieces is more than a century of its packages.
pub(super) const fn ceiling(measure: Measure) -> Quantity {
    match measure {
        Measure::Mass => Quantity::kg(10_000_000),
        // 100,000 亩, rounded half up as every area in 亩 is.
        Measure::Area => Quantity { measure, value: 666_666_666_667 },
        Measure::Count => Quantity::count(1_000_000_000),
    }
}
