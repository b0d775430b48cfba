//! The figures of the rules table: their names, their units, and how sure each one is.
//!
//! It deliberately lacks every value: those stand in `rules.json`, or in the table that an office puts in force.

use serde::{Deserialize, Serialize};

use super::vocabulary::vocabulary;

vocabulary! {
    /// How sure a figure is.
    pub enum Tag, "tag" {
        S = "S", "新闻原文", "newspaper page that the project grew from";
        V = "V", "公开副本所见", "seen in a stored public copy, check the official text";
        C = "C", "推算", "computed";
        M = "M", "凭记忆，未核实", "from memory, unverified";
    }
}

/// One figure with where it comes from. Its unit is that of its key: [`FigureKey::unit`].
///
/// ```
/// use trace_core::tianma::{FigureKey, RulesTable, Tag};
///
/// let rules = RulesTable::builtin()?;
/// let limit = rules.figure(FigureKey::YieldRefuse);
/// assert_eq!((limit.value(), limit.unit()), (1_100, "kg/亩"));
/// assert!(limit.source().starts_with("Limit set by the project above the county yield of 350-480 kg/亩"));
/// assert_eq!(limit.tag(), Tag::C, "computed, found in no standard");
/// # Ok::<(), trace_core::tianma::RulesError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    pub(super) value: u64,
    pub(super) unit: String,
    pub(super) source: String,
    pub(super) tag: Tag,
}

impl Figure {
    /// The figure, in [`Figure::unit`].
    pub fn value(&self) -> u64 {
        self.value
    }

    /// The unit; always that of the figure's key.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// Where the figure comes from; never empty.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How sure it is.
    pub fn tag(&self) -> Tag {
        self.tag
    }
}

vocabulary! {
    /// The name of a figure. Every table in force has every one of them, but for those that came later
    /// ([`FigureKey::came_later`]).
    pub enum FigureKey, "figure of the rules table" {
        YieldUsualMin = "yield_usual_min", "县内常见亩产下限", "usual county yield, lower end";
        YieldUsualMax = "yield_usual_max", "县内常见亩产上限", "usual county yield, upper end";
        YieldWarn = "yield_warn", "亩产提示线", "yield above which to warn";
        YieldRefuse = "yield_refuse", "亩产拒绝线", "yield above which to refuse";
        DryFreshWarnBelow = "dry_fresh_warn_below", "干鲜比提示下限", "dry/fresh below which to warn";
        DryFreshWarnAbove = "dry_fresh_warn_above", "干鲜比提示上限", "dry/fresh above which to warn";
        DryFreshHoldAbove = "dry_fresh_hold_above", "干鲜比暂扣线", "dry/fresh above which to hold";
        DryFreshRefuseAbove = "dry_fresh_refuse_above", "干鲜比拒绝线", "dry/fresh above which to refuse";
        FreshPerDryWutianmaMin = "fresh_per_dry_wutianma_min", "乌天麻鲜干比下限", "fresh per dry, wutianma, lower end";
        FreshPerDryWutianmaMax = "fresh_per_dry_wutianma_max", "乌天麻鲜干比上限", "fresh per dry, wutianma, upper end";
        FreshPerDryHongtianmaMin = "fresh_per_dry_hongtianma_min", "红天麻鲜干比下限", "fresh per dry, hongtianma, lower end";
        FreshPerDryHongtianmaMax = "fresh_per_dry_hongtianma_max", "红天麻鲜干比上限", "fresh per dry, hongtianma, upper end";
        WaterWutianmaMin = "water_wutianma_min", "乌天麻鲜品含水下限", "water in fresh wutianma, lower end";
        WaterWutianmaMax = "water_wutianma_max", "乌天麻鲜品含水上限", "water in fresh wutianma, upper end";
        WaterHongtianmaMin = "water_hongtianma_min", "红天麻鲜品含水下限", "water in fresh hongtianma, lower end";
        WaterHongtianmaMax = "water_hongtianma_max", "红天麻鲜品含水上限", "water in fresh hongtianma, upper end";
        WaterLvtianma = "water_lvtianma", "绿天麻鲜品含水约", "water in fresh lvtianma, about";
        WaterHuangtianma = "water_huangtianma", "黄天麻鲜品含水约", "water in fresh huangtianma, about";
        SlicingLossUsual = "slicing_loss_usual", "切片打粉常见损耗", "usual loss in slicing and milling";
        SlicingLossWarn = "slicing_loss_warn", "切片打粉损耗提示线", "loss in slicing and milling above which to warn";
        HandlingLossWarn = "handling_loss_warn", "分级、合批、分批、拼配、包装损耗提示线", "loss in grading, pooling, splitting, blending and packing above which to warn";
        AltitudeProtectedMin = "altitude_protected_min", "保护范围海拔下限", "protected origin, lowest altitude";
        AltitudeProtectedMax = "altitude_protected_max", "保护范围海拔上限", "protected origin, highest altitude";
        AltitudeBestWutianmaMin = "altitude_best_wutianma_min", "乌天麻适宜海拔下限", "best altitude for wutianma, lower end";
        AltitudeBestWutianmaMax = "altitude_best_wutianma_max", "乌天麻适宜海拔上限", "best altitude for wutianma, upper end";
        GenerationWarnFrom = "generation_warn_from", "种麻代数提示起点", "generation of seed from which to warn";
        GrowthFromTubers = "growth_from_tubers", "种麻栽培生长期", "growing time from tubers";
        GrowthFromSeed = "growth_from_seed", "种子播种生长期", "growing time from seed";
        GrowthWarn = "growth_warn", "生长期提示线占常见生长期", "growing time below which to warn, as a share of the usual";
        GrowthLeast = "growth_least", "不经核实的最短生长期占常见生长期", "least growing time without a question, as a share of the usual";
        ProtectedYearsMin = "protected_years_min", "保护产品最短年限", "protected origin, least age";
        DryingMin = "drying_min", "干燥温度下限", "drying temperature, lower end";
        DryingMax = "drying_max", "干燥温度上限", "drying temperature, upper end";
        DryingUsual = "drying_usual", "干燥常见时长", "usual drying time";
        TuberLargeAbove = "tuber_large_above", "大麻单重界线", "a tuber is large above";
        TuberSmallBelow = "tuber_small_below", "小麻单重界线", "a tuber is small below";
        SteamLargeMin = "steam_large_min", "大麻蒸制下限", "steaming of large tubers, lower end";
        SteamLargeMax = "steam_large_max", "大麻蒸制上限", "steaming of large tubers, upper end";
        SteamMediumMin = "steam_medium_min", "中麻蒸制下限", "steaming of medium tubers, lower end";
        SteamMediumMax = "steam_medium_max", "中麻蒸制上限", "steaming of medium tubers, upper end";
        SteamSmallMin = "steam_small_min", "小麻蒸制下限", "steaming of small tubers, lower end";
        SteamSmallMax = "steam_small_max", "小麻蒸制上限", "steaming of small tubers, upper end";
        ArmillariaBottles = "armillaria_bottles", "每亩蜜环菌用量", "Armillaria bottles used";
        MycenaBottles = "mycena_bottles", "有性繁殖每亩萌发菌用量", "Mycena bottles used on sexual plots";
        Holes = "holes", "每亩窝数", "planting holes";
        SeedTubersMin = "seed_tubers_min", "种麻用量下限", "seed tubers used, lower end";
        SeedTubersMax = "seed_tubers_max", "种麻用量上限", "seed tubers used, upper end";
        LogsMin = "logs_min", "菌棒用量下限", "logs used, lower end";
        LogsMax = "logs_max", "菌棒用量上限", "logs used, upper end";
        TwigsMin = "twigs_min", "菌枝用量下限", "twigs used, lower end";
        TwigsMax = "twigs_max", "菌枝用量上限", "twigs used, upper end";
        PlantingFar = "planting_far", "种植用量提示线占常见用量", "seed, fungus, wood and holes of a planting below which to warn, as a share of the usual; above its inverse too";
        ReplantRest = "replant_rest", "一茬采完后地块休歇期", "how long ground rests before it is planted again";
        SeasonFirstMonth = "season_first_month", "产季起始月", "first month of the season";
        SeasonLastMonth = "season_last_month", "产季结束月", "last month of the season";
        SeasonUnprotectedMonth = "season_unprotected_month", "产季内非保护月", "month of the season outside the protected one";
        PackFreshMin = "pack_fresh_min", "鲜品包装下限", "pack of fresh tianma, smallest";
        PackFreshMax = "pack_fresh_max", "鲜品包装上限", "pack of fresh tianma, largest";
        PackDrySmall = "pack_dry_small", "干品小包装", "pack of dry tianma, small";
        PackDryLarge = "pack_dry_large", "干品大包装", "pack of dry tianma, large";
        PackSack = "pack_sack", "大袋", "sack";
        PackLeast = "pack_least", "一件净含量拒绝下限", "net content of a package, least";
        PackMost = "pack_most", "一件净含量拒绝上限", "net content of a package, most";
        TradeGrade1Max = "trade_grade_1_max", "商品一档支数上限", "trade grade 1, most pieces";
        TradeGrade2Max = "trade_grade_2_max", "商品二档支数上限", "trade grade 2, most pieces";
        TradeGrade3Max = "trade_grade_3_max", "商品三档支数上限", "trade grade 3, most pieces";
        KeepByLaw = "keep_by_law", "农产品质量安全法记录保存期", "records kept by law";
        KeepByGap = "keep_by_gap", "GAP记录保存期（销售后）", "records kept after sale by the GAP notice";
        Keep = "keep", "本系统记录保存期", "records kept by this system";
        OpeningStockDays = "opening_stock_days", "期初存货补录期", "how long opening stock may be told after the founding";
    }
}

impl FigureKey {
    /// Whether tables were put into force before there was this figure. Such a table may lack it, and what it is for is
    /// not judged then.
    pub const fn came_later(self) -> bool {
        matches!(
            self,
            Self::GrowthWarn
                | Self::GrowthLeast
                | Self::PackLeast
                | Self::PackMost
                | Self::PlantingFar
                | Self::ReplantRest
                | Self::HandlingLossWarn
        )
    }

    /// The unit in which the figure stands in every table. A table with another one is refused, so that a figure
    /// that was typed in 斤 cannot be read as kilograms.
    ///
    /// Masses a 亩 are of fresh tianma; `1/10000` and `1/100` are parts of a mass by a mass.
    #[rustfmt::skip]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::YieldUsualMin | Self::YieldUsualMax | Self::YieldWarn | Self::YieldRefuse => "kg/亩",
            Self::DryFreshWarnBelow | Self::DryFreshWarnAbove | Self::DryFreshHoldAbove | Self::DryFreshRefuseAbove | Self::SlicingLossUsual | Self::SlicingLossWarn | Self::HandlingLossWarn => "1/10000",
            Self::FreshPerDryWutianmaMin | Self::FreshPerDryWutianmaMax | Self::FreshPerDryHongtianmaMin | Self::FreshPerDryHongtianmaMax => "1/100",
            Self::WaterWutianmaMin | Self::WaterWutianmaMax | Self::WaterHongtianmaMin | Self::WaterHongtianmaMax | Self::WaterLvtianma | Self::WaterHuangtianma | Self::GrowthWarn | Self::GrowthLeast | Self::PlantingFar => "%",
            Self::AltitudeProtectedMin | Self::AltitudeProtectedMax | Self::AltitudeBestWutianmaMin | Self::AltitudeBestWutianmaMax => "m",
            Self::GenerationWarnFrom => "generation",
            Self::GrowthFromTubers | Self::GrowthFromSeed => "month",
            Self::ProtectedYearsMin | Self::ReplantRest | Self::KeepByLaw | Self::KeepByGap | Self::Keep => "year",
            Self::DryingMin | Self::DryingMax => "°C",
            Self::DryingUsual => "h",
            Self::OpeningStockDays => "day",
            Self::TuberLargeAbove | Self::TuberSmallBelow | Self::PackFreshMin | Self::PackFreshMax | Self::PackDrySmall | Self::PackDryLarge | Self::PackSack | Self::PackLeast | Self::PackMost => "g",
            Self::SteamLargeMin | Self::SteamLargeMax | Self::SteamMediumMin | Self::SteamMediumMax | Self::SteamSmallMin | Self::SteamSmallMax => "min",
            Self::ArmillariaBottles | Self::MycenaBottles => "bottle/亩",
            Self::Holes => "hole/亩",
            Self::SeedTubersMin | Self::SeedTubersMax => "g/m²",
            Self::LogsMin | Self::LogsMax | Self::TwigsMin | Self::TwigsMax => "kg/m²",
            Self::SeasonFirstMonth | Self::SeasonLastMonth | Self::SeasonUnprotectedMonth => "calendar month",
            Self::TradeGrade1Max | Self::TradeGrade2Max | Self::TradeGrade3Max => "piece/kg",
        }
    }
}
