//! The stages of a batch (环节), with their codes, letters and names. No rule about what may follow what.

use serde::{Deserialize, Serialize};

/// The stage of a batch (环节).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Bottles of 萌发菌 or 蜜环菌.
    Fungus,
    /// Seed tubers or seed.
    Seed,
    /// What grows on a plot.
    Planting,
    /// Fresh tubers as dug.
    Harvest,
    /// Anything that a process made.
    Processing,
    /// Packed for sale.
    Sale,
}

impl Stage {
    /// All stages, in the order of the chain.
    pub const ALL: [Self; 6] = [Self::Fungus, Self::Seed, Self::Planting, Self::Harvest, Self::Processing, Self::Sale];

    /// The code in records, the same as in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fungus => "fungus",
            Self::Seed => "seed",
            Self::Planting => "planting",
            Self::Harvest => "harvest",
            Self::Processing => "processing",
            Self::Sale => "sale",
        }
    }

    /// The Chinese name.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Fungus => "菌种",
            Self::Seed => "良种",
            Self::Planting => "种植",
            Self::Harvest => "采收",
            Self::Processing => "加工",
            Self::Sale => "销售",
        }
    }

    /// The English name.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Fungus => "Fungus",
            Self::Seed => "Seed",
            Self::Planting => "Planting",
            Self::Harvest => "Harvest",
            Self::Processing => "Processing",
            Self::Sale => "Sale",
        }
    }

    /// The first letter of a batch code. M (manufacture) and R (retail) keep P and S free of doubt.
    pub const fn letter(self) -> char {
        match self {
            Self::Fungus => 'F',
            Self::Seed => 'S',
            Self::Planting => 'P',
            Self::Harvest => 'H',
            Self::Processing => 'M',
            Self::Sale => 'R',
        }
    }

    /// The stage of an upper-case letter.
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.letter() == letter)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn codes_and_letters_lead_back() {
        for stage in Stage::ALL {
            assert_eq!(Stage::from_letter(stage.letter()), Some(stage));
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.code());
            assert!(!stage.zh().is_empty() && !stage.en().is_empty());
        }
        assert_eq!(Stage::from_letter('h'), None);
        assert_eq!(Stage::from_letter('X'), None);
    }
}
