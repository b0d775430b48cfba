//! What the rules ask of the table: each figure by a name that ends in its unit.
//!
//! It deliberately lacks decisions: a caller compares and finds.

use std::ops::RangeInclusive;

use super::figures::FigureKey as Key;
use super::growing::{Form, Propagation};
use super::limits::{DryFreshBounds, RulesTable};
use super::processing::TuberSize;
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

    /// Warn of what is dug sooner than so many whole months after it was planted so; none where the table has no such
    /// figure.
    pub fn growth_warn_months(&self, propagation: Propagation) -> Option<u64> {
        let months = self.growth_usual_months(propagation) * self.value(Key::GrowthWarn) / 100;
        Some(months).filter(|months| *months > 0)
    }

    /// The least age of protected-origin tianma, in years (origin notice 148/2004). From when the notice counts is not known:
    /// what was sown has its age from the sowing, and tubers had grown before they were planted, so that theirs is at least
    /// the time in the ground.
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

    /// The usual steaming time, in minutes, of tubers of a size; without one, of the smallest to the largest.
    pub fn steam_minutes(&self, size: Option<TuberSize>) -> RangeInclusive<u64> {
        match size {
            Some(TuberSize::Large) => self.range(Key::SteamLargeMin, Key::SteamLargeMax),
            Some(TuberSize::Medium) => self.range(Key::SteamMediumMin, Key::SteamMediumMax),
            Some(TuberSize::Small) => self.range(Key::SteamSmallMin, Key::SteamSmallMax),
            None => self.range(Key::SteamSmallMin, Key::SteamLargeMax),
        }
    }

    /// What a medium tuber weighs, in grams: a large one more, a small one less.
    pub fn medium_tuber_g(&self) -> RangeInclusive<u64> {
        self.range(Key::TuberSmallBelow, Key::TuberLargeAbove)
    }

    /// The usual bottles of 蜜环菌 a 亩.
    pub fn armillaria_usual_bottles_per_mu(&self) -> u64 {
        self.value(Key::ArmillariaBottles)
    }

    /// The usual bottles of 萌发菌 a 亩 on sexual plots.
    pub fn mycena_usual_bottles_per_mu(&self) -> u64 {
        self.value(Key::MycenaBottles)
    }

    /// The usual planting holes a 亩.
    pub fn holes_usual_per_mu(&self) -> u64 {
        self.value(Key::Holes)
    }

    /// So many grams a square metre, in kilograms a 亩. The figures are by the square metre, and not whether of the beds or of
    /// the plot: the least is of beds of a square metre at each planting hole, the most of the whole 2000/3 m².
    fn kg_per_mu(&self, grams: &RangeInclusive<u64>) -> RangeInclusive<u64> {
        let most = grams.end().saturating_mul(2) / 3;
        (grams.start().saturating_mul(self.holes_usual_per_mu()) / 1_000).min(most)..=most
    }

    /// The usual seed tubers, in kilograms a 亩.
    pub fn seed_tubers_usual_kg_per_mu(&self) -> RangeInclusive<u64> {
        self.kg_per_mu(&self.range(Key::SeedTubersMin, Key::SeedTubersMax))
    }

    /// The usual wood, logs and twigs together, in kilograms a 亩.
    pub fn wood_usual_kg_per_mu(&self) -> RangeInclusive<u64> {
        let grams = |logs, twigs| self.value(logs).saturating_add(self.value(twigs)).saturating_mul(1_000);
        self.kg_per_mu(&(grams(Key::LogsMin, Key::TwigsMin)..=grams(Key::LogsMax, Key::TwigsMax)))
    }

    /// Warn of a planting with less than this percentage of the usual seed, fungus, wood or holes, or with more than the usual divided by
    /// it; none where the table has no such figure.
    pub fn planting_far_percent(&self) -> Option<u64> {
        Some(self.value(Key::PlantingFar)).filter(|percent| *percent > 0)
    }

    /// Warn of ground that is planted again before so many years; none where the table has no such figure.
    pub fn replant_rest_years(&self) -> Option<u64> {
        Some(self.value(Key::ReplantRest)).filter(|years| *years > 0)
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

    /// How long the law has a producer's records kept, in years (Farm Produce Quality Law, art. 27). To be shown.
    pub fn keep_by_law_years(&self) -> u64 {
        self.value(Key::KeepByLaw)
    }

    /// How long records are kept, in years after the sale. To be shown: whoever has a person erased is told until when.
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
    fn each_size_of_tubers_has_its_time_in_the_steam() {
        let table = RulesTable::builtin().unwrap();
        assert_eq!(table.steam_minutes(Some(TuberSize::Large)), 15..=30);
        assert_eq!(table.steam_minutes(Some(TuberSize::Medium)), 10..=15);
        assert_eq!(table.steam_minutes(Some(TuberSize::Small)), 5..=10);
        assert_eq!(table.steam_minutes(None), 5..=30);
        assert_eq!(table.medium_tuber_g(), 75..=150);
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
        assert_eq!(table.growth_warn_months(Propagation::Asexual), Some(9));
        assert_eq!(table.growth_warn_months(Propagation::Sexual), Some(13));
        assert_eq!((table.keep_by_law_years(), table.keep_years()), (2, 5));
        assert_eq!(table.protected_forms(), [Form::Wutianma, Form::Huangtianma]);
        assert!(!table.is_protected_form(Form::Hybrid));
        assert_eq!(table.pack_dry_g(), [250, 500, 25_000]);
        assert_eq!(table.pack_possible_g(), Some(1..=50_000));
        assert_eq!(table.seed_tubers_usual_kg_per_mu(), 100..=400);
        assert_eq!(table.wood_usual_kg_per_mu(), 6_600..=26_666);
        assert_eq!((table.planting_far_percent(), table.replant_rest_years()), (Some(50), Some(2)));
        let limit = |item| table.result_limit(Standard::Pharmacopoeia2020, item);
        assert_eq!(limit(ResultItem::Water), Some(Limit::AtMost(150_000)));
        assert_eq!(limit(ResultItem::GastrodinAndPhba), Some(Limit::AtLeast(2_500)));
        assert_eq!(limit(ResultItem::BannedPesticides), Some(Limit::Absent));
        assert_eq!(table.result_limit(Standard::GbT197762008, ResultItem::Water), None);
    }
}
