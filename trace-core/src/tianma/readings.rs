//! What the rules ask of the table: each figure by a name that ends in its unit.
//!
//! It deliberately lacks decisions: a caller compares and finds.

use std::ops::RangeInclusive;

use super::figures::FigureKey as Key;
use super::growing::{Form, Propagation};
use super::limits::{DryFreshBounds, RulesTable};
use super::quality::{ResultItem, Standard};
use super::result_limits::Limit;

impl RulesTable {
    fn value(&self, key: Key) -> u64 {
        self.figure(key).value()
    }

    fn range(&self, least: Key, most: Key) -> RangeInclusive<u64> {
        self.value(least)..=self.value(most)
    }

    /// The county's usual yield, in kg fresh a harvested 亩.
    pub fn yield_usual_kg_per_mu(&self) -> RangeInclusive<u64> {
        self.range(Key::YieldUsualMin, Key::YieldUsualMax)
    }

    /// Warn of a yield above this, in kg fresh a harvested 亩.
    pub fn yield_warn_kg_per_mu(&self) -> u64 {
        self.value(Key::YieldWarn)
    }

    /// Refuse a yield above this, in kg fresh a harvested 亩, unless the office overrides.
    pub fn yield_refuse_kg_per_mu(&self) -> u64 {
        self.value(Key::YieldRefuse)
    }

    /// The bounds on dry per fresh mass, in parts of 10,000: those of the form where the table has some, else the
    /// general ones.
    pub fn dry_fresh_per_10000(&self, form: Option<Form>) -> DryFreshBounds {
        let of_form = form.and_then(|form| self.dry_fresh_of_form(form));
        of_form.unwrap_or_else(|| DryFreshBounds {
            warn_below: self.value(Key::DryFreshWarnBelow),
            warn_above: self.value(Key::DryFreshWarnAbove),
            hold_above: self.value(Key::DryFreshHoldAbove),
            refuse_above: self.value(Key::DryFreshRefuseAbove),
        })
    }

    /// The usual kg fresh per kg dry of a form, in hundredths; none where it is not known. To be shown, not judged by.
    pub fn fresh_per_dry_hundredths(&self, form: Form) -> Option<RangeInclusive<u64>> {
        match form {
            Form::Wutianma => Some(self.range(Key::FreshPerDryWutianmaMin, Key::FreshPerDryWutianmaMax)),
            Form::Hongtianma => Some(self.range(Key::FreshPerDryHongtianmaMin, Key::FreshPerDryHongtianmaMax)),
            Form::Lvtianma | Form::Huangtianma | Form::Hybrid => None,
        }
    }

    /// The usual water in the fresh tuber of a form, in percent; none where it is not known. To be shown, not judged by.
    pub fn fresh_water_percent(&self, form: Form) -> Option<RangeInclusive<u64>> {
        match form {
            Form::Wutianma => Some(self.range(Key::WaterWutianmaMin, Key::WaterWutianmaMax)),
            Form::Hongtianma => Some(self.range(Key::WaterHongtianmaMin, Key::WaterHongtianmaMax)),
            Form::Lvtianma => Some(self.range(Key::WaterLvtianma, Key::WaterLvtianma)),
            Form::Huangtianma => Some(self.range(Key::WaterHuangtianma, Key::WaterHuangtianma)),
            Form::Hybrid => None,
        }
    }

    /// The usual loss in slicing and milling, in parts of 10,000: from the usual least to the bound of the warning.
    pub fn slicing_loss_usual_per_10000(&self) -> RangeInclusive<u64> {
        self.range(Key::SlicingLossUsual, Key::SlicingLossWarn)
    }

    /// Warn of a loss in slicing or milling above this, in parts of 10,000.
    pub fn slicing_loss_warn_above_per_10000(&self) -> u64 {
        self.value(Key::SlicingLossWarn)
    }

    /// Warn of a loss in grading, pooling, splitting, blending or packing above this, in parts of 10,000; none where the
    /// table has no such figure.
    pub fn handling_loss_warn_above_per_10000(&self) -> Option<u64> {
        Some(self.value(Key::HandlingLossWarn)).filter(|loss| *loss > 0)
    }

    /// The altitudes of the protected origin, in metres.
    pub fn protected_altitude_m(&self) -> RangeInclusive<u64> {
        self.range(Key::AltitudeProtectedMin, Key::AltitudeProtectedMax)
    }

    /// The altitudes at which a form grows best, in metres; known for 乌天麻 only.
    pub fn best_altitude_m(&self, form: Form) -> Option<RangeInclusive<u64>> {
        (form == Form::Wutianma).then(|| self.range(Key::AltitudeBestWutianmaMin, Key::AltitudeBestWutianmaMax))
    }

    /// Warn of seed of this generation and above.
    pub fn generation_warn_from(&self) -> u64 {
        self.value(Key::GenerationWarnFrom)
    }

    /// The usual months from planting to harvest: from tubers (asexual) or from seed (sexual).
    pub fn growth_usual_months(&self, propagation: Propagation) -> u64 {
        self.value(match propagation {
            Propagation::Asexual => Key::GrowthFromTubers,
            Propagation::Sexual => Key::GrowthFromSeed,
        })
    }

    /// Hold what is dug sooner than so many whole months after it was planted; 0 where the table has no such figure.
    pub fn growth_least_months(&self) -> u64 {
        self.growth_usual_months(Propagation::Asexual) * self.value(Key::GrowthLeast) / 100
    }

    /// The least age of protected-origin tianma, in years (origin notice 148/2004). To be shown, not judged by: from when the
    /// notice counts is not known, and the consumer's page says that it is not checked.
    pub fn protected_age_min_years(&self) -> u64 {
        self.value(Key::ProtectedYearsMin)
    }

    /// Warn of a drying temperature outside these degrees Celsius.
    pub fn drying_celsius(&self) -> RangeInclusive<u64> {
        self.range(Key::DryingMin, Key::DryingMax)
    }

    /// The usual drying time, in hours. To be shown, not judged by.
    pub fn drying_usual_hours(&self) -> u64 {
        self.value(Key::DryingUsual)
    }

    /// The usual steaming time, in minutes, of tubers that weigh `tuber_g` grams each.
    pub fn steam_minutes(&self, tuber_g: u64) -> RangeInclusive<u64> {
        if tuber_g > self.value(Key::TuberLargeAbove) {
            self.range(Key::SteamLargeMin, Key::SteamLargeMax)
        } else if tuber_g < self.value(Key::TuberSmallBelow) {
            self.range(Key::SteamSmallMin, Key::SteamSmallMax)
        } else {
            self.range(Key::SteamMediumMin, Key::SteamMediumMax)
        }
    }

    /// The usual bottles of 蜜环菌 a 亩.
    pub fn armillaria_usual_bottles_per_mu(&self) -> u64 {
        self.value(Key::ArmillariaBottles)
    }

    /// The usual bottles of 萌发菌 a 亩 on sexual plots.
    pub fn mycena_usual_bottles_per_mu(&self) -> u64 {
        self.value(Key::MycenaBottles)
    }

    /// The usual planting holes a 亩. To be shown, not judged by.
    pub fn holes_usual_per_mu(&self) -> u64 {
        self.value(Key::Holes)
    }

    /// The usual seed tubers, in grams a square metre. To be shown, not judged by.
    pub fn seed_tubers_usual_g_per_m2(&self) -> RangeInclusive<u64> {
        self.range(Key::SeedTubersMin, Key::SeedTubersMax)
    }

    /// The usual seed tubers, in kilograms a 亩. The figures are by the square metre, and not whether of the beds or of the
    /// plot: the least is of beds of a square metre at each planting hole, the most of the whole 2000/3 m².
    pub fn seed_tubers_usual_kg_per_mu(&self) -> RangeInclusive<u64> {
        let grams = self.seed_tubers_usual_g_per_m2();
        (grams.start().saturating_mul(self.holes_usual_per_mu()) / 1_000)..=(grams.end().saturating_mul(2) / 3)
    }

    /// Warn of a planting with less than this percentage of the usual seed or fungus, or with more than the usual divided by
    /// it; none where the table has no such figure.
    pub fn planting_far_percent(&self) -> Option<u64> {
        Some(self.value(Key::PlantingFar)).filter(|percent| *percent > 0)
    }

    /// Warn of ground that is planted again before so many years; none where the table has no such figure.
    pub fn replant_rest_years(&self) -> Option<u64> {
        Some(self.value(Key::ReplantRest)).filter(|years| *years > 0)
    }

    /// The usual logs, in kilograms a square metre. To be shown, not judged by.
    pub fn logs_usual_kg_per_m2(&self) -> RangeInclusive<u64> {
        self.range(Key::LogsMin, Key::LogsMax)
    }

    /// The usual twigs, in kilograms a square metre. To be shown, not judged by.
    pub fn twigs_usual_kg_per_m2(&self) -> RangeInclusive<u64> {
        self.range(Key::TwigsMin, Key::TwigsMax)
    }

    /// Whether `month` (1 to 12) is in the market's season, which may run over the turn of the year.
    pub fn is_season_month(&self, month: u8) -> bool {
        let (first, last) = (self.value(Key::SeasonFirstMonth), self.value(Key::SeasonLastMonth));
        let month = u64::from(month);
        if !(1..=12).contains(&month) {
            false
        } else if first <= last {
            (first..=last).contains(&month)
        } else {
            month >= first || month <= last
        }
    }

    /// Whether `month` (1 to 12) is in the protected origin's season: September is accepted, just not protected.
    pub fn is_protected_season_month(&self, month: u8) -> bool {
        self.is_season_month(month) && u64::from(month) != self.value(Key::SeasonUnprotectedMonth)
    }

    /// Whether the protected origin admits the form.
    pub fn is_protected_form(&self, form: Form) -> bool {
        self.protected_forms().contains(&form)
    }

    /// The usual net contents of packs of fresh tianma, in grams.
    pub fn pack_fresh_g(&self) -> RangeInclusive<u64> {
        self.range(Key::PackFreshMin, Key::PackFreshMax)
    }

    /// The usual net contents of packs and sacks of dry tianma, in grams, smallest first.
    pub fn pack_dry_g(&self) -> [u64; 3] {
        [Key::PackDrySmall, Key::PackDryLarge, Key::PackSack].map(|key| self.value(key))
    }

    /// The least and the most that one package may hold, in grams; none where the table has no such figures.
    pub fn pack_possible_g(&self) -> Option<RangeInclusive<u64>> {
        Some(self.range(Key::PackLeast, Key::PackMost)).filter(|range| *range.end() > 0)
    }

    /// The most pieces in a kilogram of the three trade grades (T/CACM 1021), best first.
    pub fn trade_grades_pieces_per_kg_max(&self) -> [u64; 3] {
        [Key::TradeGrade1Max, Key::TradeGrade2Max, Key::TradeGrade3Max].map(|key| self.value(key))
    }

    /// How long records are kept, in years after the sale.
    pub fn keep_years(&self) -> u64 {
        self.value(Key::Keep)
    }

    /// How many days after the founding stock from before the system may be told without the office looking at it.
    pub fn opening_stock_days(&self) -> u64 {
        self.value(Key::OpeningStockDays)
    }

    /// The limit that a standard sets on an item; none where it sets none or its figures are not known.
    pub fn result_limit(&self, standard: Standard, item: ResultItem) -> Option<Limit> {
        let mut rows = self.result_limits().iter();
        rows.find(|row| row.standard() == standard && row.item() == item).map(super::ResultLimit::limit)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn the_season_runs_over_the_turn_of_the_year() {
        let table = RulesTable::builtin().unwrap();
        let season: Vec<u8> = (0..=13).filter(|&m| table.is_season_month(m)).collect();
        assert_eq!(season, [1, 2, 3, 4, 5, 9, 10, 11, 12]);
        let protected: Vec<u8> = (0..=13).filter(|&m| table.is_protected_season_month(m)).collect();
        assert_eq!(protected, [1, 2, 3, 4, 5, 10, 11, 12]);
    }

    #[test]
    fn tubers_on_the_line_between_classes_are_medium() {
        let table = RulesTable::builtin().unwrap();
        assert_eq!(table.steam_minutes(151), 15..=30);
        assert_eq!(table.steam_minutes(150), 10..=15);
        assert_eq!(table.steam_minutes(75), 10..=15);
        assert_eq!(table.steam_minutes(74), 5..=10);
    }

    #[test]
    fn the_carried_figures_are_those_of_the_domain() {
        let table = RulesTable::builtin().unwrap();
        assert_eq!(table.yield_warn_kg_per_mu(), 600);
        assert_eq!(table.slicing_loss_warn_above_per_10000(), 500);
        assert_eq!(table.handling_loss_warn_above_per_10000(), Some(1000));
        assert_eq!(table.protected_altitude_m(), 1400..=2800);
        assert_eq!(table.drying_celsius(), 55..=85);
        assert_eq!(table.growth_usual_months(Propagation::Sexual), 18);
        assert_eq!(table.growth_least_months(), 6);
        assert_eq!(table.protected_forms(), [Form::Wutianma, Form::Huangtianma]);
        assert!(!table.is_protected_form(Form::Hybrid));
        assert_eq!(table.pack_dry_g(), [250, 500, 25_000]);
        assert_eq!(table.pack_possible_g(), Some(1..=50_000));
        assert_eq!(table.seed_tubers_usual_kg_per_mu(), 100..=400);
        assert_eq!((table.planting_far_percent(), table.replant_rest_years()), (Some(50), Some(2)));
        let limit = |item| table.result_limit(Standard::Pharmacopoeia2020, item);
        assert_eq!(limit(ResultItem::Water), Some(Limit::AtMost(150_000)));
        assert_eq!(limit(ResultItem::GastrodinAndPhba), Some(Limit::AtLeast(2_500)));
        assert_eq!(limit(ResultItem::BannedPesticides), Some(Limit::Absent));
        assert_eq!(table.result_limit(Standard::GbT197762008, ResultItem::Water), None);
    }
}
