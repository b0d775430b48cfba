//! Words of the nursery and the plot: forms, seed, fungus, wood, planting, tending and seasons.
//!
//! It deliberately lacks figures (areas, months, yields): those are in the rules table.

use super::vocabulary::vocabulary;

vocabulary! {
    /// The botanical form (变型) of Gastrodia elata.
    pub enum Form, "form" {
        Wutianma = "wutianma", "乌天麻", "black tianma (f. glauca)";
        Hongtianma = "hongtianma", "红天麻", "red tianma (f. elata)";
        Lvtianma = "lvtianma", "绿天麻", "green tianma (f. viridis)";
        Huangtianma = "huangtianma", "黄天麻", "yellow tianma (f. flavida)";
        Hybrid = "hybrid", "杂交天麻", "hybrid";
    }
}

vocabulary! {
    /// Size of a tuber, smallest first; the largest carries the flower bud.
    pub enum SizeClass, "size class" {
        Mima = "mima", "米麻", "rice tubers (smallest)";
        Baima = "baima", "白麻", "white tubers (middle)";
        Jianma = "jianma", "箭麻", "arrow tubers (with flower bud)";
    }
}

vocabulary! {
    /// How often seed was multiplied without flowering since it was raised from capsules.
    pub enum Generation, "generation" {
        G0 = "g0", "零代", "generation 0";
        G1 = "g1", "一代", "generation 1";
        G2 = "g2", "二代", "generation 2";
        G3 = "g3", "三代", "generation 3";
        G4 = "g4", "四代", "generation 4";
        G5 = "g5", "五代", "generation 5";
        G6 = "g6", "六代", "generation 6";
        G7 = "g7", "七代", "generation 7";
        G8 = "g8", "八代", "generation 8";
        G9 = "g9", "九代", "generation 9";
    }
}

impl Generation {
    /// The number of the generation, 0 to 9.
    ///
    /// ```
    /// use trace_core::tianma::Generation;
    /// assert_eq!(Generation::G3.number(), 3);
    /// ```
    pub const fn number(self) -> u8 {
        self as u8
    }
}

vocabulary! {
    /// Where seed came from. Most plots still use the grower's own seed, which is valid.
    pub enum SeedSource, "seed source" {
        UnifiedSupply = "unified_supply", "统供", "unified supply";
        Bought = "bought", "外购", "bought";
        Own = "own", "自留种", "own seed";
        Unknown = "unknown", "来源不明", "unknown";
    }
}

vocabulary! {
    /// The two fungi (两菌) that feed tianma.
    pub enum FungusSpecies, "fungus species" {
        Mycena = "mycena", "萌发菌", "Mycena (feeds the seed)";
        Armillaria = "armillaria", "蜜环菌", "Armillaria (feeds the tuber)";
    }
}

vocabulary! {
    /// How seed is multiplied.
    pub enum Propagation, "propagation" {
        Sexual = "sexual", "有性繁殖", "sexual (from capsules)";
        Asexual = "asexual", "无性繁殖", "asexual (from tubers)";
    }
}

vocabulary! {
    /// How a plot is planted.
    pub enum PlantMethod, "planting method" {
        ImitationWild = "imitation_wild", "仿野生", "imitation of the wild";
        UnderForest = "under_forest", "林下", "under forest";
        Hole = "hole", "窝栽", "planting holes";
    }
}

vocabulary! {
    /// The wood (菌材) on which the fungus grows.
    pub enum WoodSpecies, "wood species" {
        Oak = "oak", "壳斗科（栎类）", "oak family";
        Birch = "birch", "桦木科", "birch family";
        RoseFamily = "rose_family", "蔷薇科", "rose family";
        Other = "other", "其他", "other";
    }
}

vocabulary! {
    /// What was done to a growing plot.
    pub enum TendOperation, "tending operation" {
        Weed = "weed", "除草", "weeding";
        Shade = "shade", "遮阴", "shading";
        Water = "water", "浇水", "watering";
        Drain = "drain", "排水", "draining";
        PestControl = "pest_control", "病虫害防治", "pest control";
        Fertilise = "fertilise", "施肥", "fertilising";
        InspectHole = "inspect_hole", "查窝", "opening a hole to look";
        Other = "other", "其他", "other";
    }
}

vocabulary! {
    /// The season of a harvest.
    pub enum Season, "season" {
        Dongma = "dongma", "冬麻", "winter tianma";
        Chunma = "chunma", "春麻", "spring tianma";
    }
}

impl Season {
    /// What is dug on this day, where nobody says otherwise: 冬麻 before it sprouts, from September to February; 春麻
    /// after.
    pub fn usual_on(day: jiff::civil::Date) -> Self {
        if matches!(day.month(), 3..=8) { Self::Chunma } else { Self::Dongma }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn the_usual_season_follows_from_the_month() {
        for (date, expected) in [
            ("2026-02-28", Season::Dongma),
            ("2026-03-01", Season::Chunma),
            ("2026-08-31", Season::Chunma),
            ("2026-09-01", Season::Dongma),
        ] {
            assert_eq!(Season::usual_on(date.parse().unwrap()), expected, "{date}");
        }
    }

    #[test]
    fn a_generation_has_the_number_of_its_code() {
        for (number, &generation) in Generation::ALL.iter().enumerate() {
            assert_eq!(usize::from(generation.number()), number);
            assert_eq!(generation.code(), format!("g{number}"));
        }
        assert_eq!(Generation::ALL.len(), 10);
    }

    #[test]
    fn sizes_and_generations_are_ordered() {
        assert!(SizeClass::Mima < SizeClass::Baima && SizeClass::Baima < SizeClass::Jianma);
        assert!(Generation::G2 < Generation::G3);
    }
}
