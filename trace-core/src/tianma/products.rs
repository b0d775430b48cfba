//! What a batch can consist of, how it is measured, and at which stages it may stand.
//!
//! Owns [`Product`]. It deliberately lacks brands, GTINs and net contents: those are data of a sale batch.

use super::vocabulary::vocabulary;
use crate::id::Stage;
use crate::quantity::Measure;

vocabulary! {
    /// What a batch consists of.
    pub enum Product, "product" {
        MycenaBottle = "mycena_bottle", "萌发菌（瓶）", "germination fungus, bottle (Mycena)";
        ArmillariaBottle = "armillaria_bottle", "蜜环菌（瓶）", "honey fungus, bottle (Armillaria)";
        SeedTuber = "seed_tuber", "种麻", "seed tubers";
        SeedCapsule = "seed_capsule", "天麻蒴果", "seed capsules";
        Planting = "planting", "在地天麻", "planting";
        FreshTianma = "fresh_tianma", "鲜天麻", "fresh tianma";
        WashedTianma = "washed_tianma", "清洗天麻", "washed tianma";
        GradedTianma = "graded_tianma", "分级天麻", "graded tianma";
        SteamedTianma = "steamed_tianma", "蒸制天麻", "steamed tianma";
        DriedTianma = "dried_tianma", "干天麻", "dried tianma";
        TianmaSlices = "tianma_slices", "天麻片", "tianma slices";
        TianmaPowder = "tianma_powder", "天麻粉", "tianma powder";
        TianmaNoodles = "tianma_noodles", "天麻面条", "tianma noodles";
        TianmaDrink = "tianma_drink", "天麻饮料", "tianma drink";
        TianmaHoneySlices = "tianma_honey_slices", "天麻蜜片", "tianma honey slices";
        TianmaLiquor = "tianma_liquor", "天麻酒", "tianma liquor";
        TianmaToothpaste = "tianma_toothpaste", "天麻牙膏", "tianma toothpaste";
        TianmaFaceMask = "tianma_face_mask", "天麻面膜", "tianma face mask";
    }
}

vocabulary! {
    /// What of a product's mass is water, roughly: decides which balance rule compares two products.
    pub enum MatterState, "state of matter" {
        Living = "living", "活体", "living";
        Fresh = "fresh", "鲜品", "fresh";
        Dry = "dry", "干品", "dry";
        Manufactured = "manufactured", "制成品", "manufactured";
    }
}

impl Product {
    /// How an amount of the product is given.
    ///
    /// ```
    /// use trace_core::{quantity::Measure, tianma::Product};
    /// assert_eq!(Product::FreshTianma.measure(), Measure::Mass);
    /// assert_eq!(Product::TianmaLiquor.measure(), Measure::Count);
    /// ```
    pub const fn measure(self) -> Measure {
        match self {
            Self::Planting => Measure::Area,
            Self::SeedTuber
            | Self::FreshTianma
            | Self::WashedTianma
            | Self::GradedTianma
            | Self::SteamedTianma
            | Self::DriedTianma
            | Self::TianmaSlices
            | Self::TianmaPowder => Measure::Mass,
            Self::MycenaBottle
            | Self::ArmillariaBottle
            | Self::SeedCapsule
            | Self::TianmaNoodles
            | Self::TianmaDrink
            | Self::TianmaHoneySlices
            | Self::TianmaLiquor
            | Self::TianmaToothpaste
            | Self::TianmaFaceMask => Measure::Count,
        }
    }

    /// The stages at which a batch of the product may stand.
    ///
    /// Fresh tianma stands at `processing` too: pooling and splitting make processing batches of it.
    pub const fn stages(self) -> &'static [Stage] {
        match self {
            Self::MycenaBottle | Self::ArmillariaBottle => &[Stage::Fungus],
            Self::SeedTuber | Self::SeedCapsule => &[Stage::Seed],
            Self::Planting => &[Stage::Planting],
            Self::FreshTianma => &[Stage::Harvest, Stage::Processing, Stage::Sale],
            Self::WashedTianma
            | Self::GradedTianma
            | Self::SteamedTianma
            | Self::DriedTianma
            | Self::TianmaSlices
            | Self::TianmaPowder
            | Self::TianmaNoodles
            | Self::TianmaDrink
            | Self::TianmaHoneySlices
            | Self::TianmaLiquor
            | Self::TianmaToothpaste
            | Self::TianmaFaceMask => &[Stage::Processing, Stage::Sale],
        }
    }

    /// Whether a batch of the product may stand at `stage`.
    pub fn may_stand_at(self, stage: Stage) -> bool {
        self.stages().contains(&stage)
    }

    /// Living, fresh, dry or manufactured.
    ///
    /// Graded and steamed tianma still hold their water; what is graded after drying stays `dried_tianma`.
    pub const fn state(self) -> MatterState {
        match self {
            Self::MycenaBottle | Self::ArmillariaBottle | Self::SeedTuber | Self::SeedCapsule | Self::Planting => {
                MatterState::Living
            }
            Self::FreshTianma | Self::WashedTianma | Self::GradedTianma | Self::SteamedTianma => MatterState::Fresh,
            Self::DriedTianma | Self::TianmaSlices | Self::TianmaPowder => MatterState::Dry,
            Self::TianmaNoodles
            | Self::TianmaDrink
            | Self::TianmaHoneySlices
            | Self::TianmaLiquor
            | Self::TianmaToothpaste
            | Self::TianmaFaceMask => MatterState::Manufactured,
        }
    }

    /// Whether the product is tianma itself, fresh or dry: the mass that is balanced from the plot to the pack.
    pub const fn is_tianma(self) -> bool {
        matches!(self.state(), MatterState::Fresh | MatterState::Dry)
    }

    /// Whether the product is eaten or drunk, so that the advice of the food-and-medicine list (notice 2023 No. 9)
    /// belongs on its page.
    pub const fn is_food(self) -> bool {
        self.is_tianma() || (matches!(self.state(), MatterState::Manufactured) && !self.is_cosmetic())
    }

    /// Whether the product is a cosmetic: toothpaste and face masks.
    pub const fn is_cosmetic(self) -> bool {
        matches!(self, Self::TianmaToothpaste | Self::TianmaFaceMask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_product_stands_somewhere_and_nowhere_twice() {
        for &product in Product::ALL {
            let stages = product.stages();
            assert!(!stages.is_empty(), "{product}");
            assert!(stages.is_sorted_by(|a, b| a < b), "{product}");
        }
        assert!(!Product::SeedTuber.may_stand_at(Stage::Harvest));
        assert!(!Product::DriedTianma.may_stand_at(Stage::Harvest));
        assert!(Product::FreshTianma.may_stand_at(Stage::Processing));
    }

    #[test]
    fn food_cosmetic_and_living_exclude_one_another() {
        for &product in Product::ALL {
            let classes = [product.is_food(), product.is_cosmetic(), product.state() == MatterState::Living];
            assert_eq!(classes.iter().filter(|&&is| is).count(), 1, "{product}");
        }
    }

    #[test]
    fn tianma_is_weighed_and_manufactures_are_counted() {
        for &product in Product::ALL {
            match product.state() {
                MatterState::Fresh | MatterState::Dry => {
                    assert_eq!(product.measure(), Measure::Mass, "{product}");
                }
                MatterState::Manufactured => {
                    assert_eq!(product.measure(), Measure::Count, "{product}");
                }
                MatterState::Living => {}
            }
        }
        assert_eq!(Product::Planting.measure(), Measure::Area);
        assert_eq!(Product::SeedTuber.measure(), Measure::Mass);
        assert_eq!(Product::SeedCapsule.measure(), Measure::Count);
    }
}
