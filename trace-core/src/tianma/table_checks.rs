//! What makes a rules table complete and consistent, checked once when it is parsed.
//!
//! It deliberately lacks opinions on the figures: an office may set any that can mean something.

use std::collections::BTreeSet;

use super::figures::{Figure, FigureKey as Key};
use super::limits::{Document, DryFreshBounds, RulesError};
use super::quality::{ResultItem, Standard};

/// The largest integer that every JSON reader keeps (RFC 7493, section 2.2).
const VALUE_MAX: u64 = (1 << 53) - 1;

/// Parts of 10,000, as the bounds on dry per fresh are given.
const DRY_FRESH_UNIT: &str = "1/10000";

/// Figures of which the first may not be above the second.
const ORDERED: &[(Key, Key)] = &[
    (Key::YieldUsualMin, Key::YieldUsualMax),
    (Key::YieldWarn, Key::YieldRefuse),
    (Key::FreshPerDryWutianmaMin, Key::FreshPerDryWutianmaMax),
    (Key::FreshPerDryHongtianmaMin, Key::FreshPerDryHongtianmaMax),
    (Key::WaterWutianmaMin, Key::WaterWutianmaMax),
    (Key::WaterHongtianmaMin, Key::WaterHongtianmaMax),
    (Key::SlicingLossUsual, Key::SlicingLossWarn),
    (Key::AltitudeProtectedMin, Key::AltitudeProtectedMax),
    (Key::AltitudeBestWutianmaMin, Key::AltitudeBestWutianmaMax),
    (Key::GrowthLeast, Key::GrowthWarn),
    (Key::DryingMin, Key::DryingMax),
    (Key::TuberSmallBelow, Key::TuberLargeAbove),
    (Key::SteamLargeMin, Key::SteamLargeMax),
    (Key::SteamMediumMin, Key::SteamMediumMax),
    (Key::SteamSmallMin, Key::SteamSmallMax),
    (Key::SeedTubersMin, Key::SeedTubersMax),
    (Key::LogsMin, Key::LogsMax),
    (Key::TwigsMin, Key::TwigsMax),
    (Key::PackFreshMin, Key::PackFreshMax),
    (Key::PackDrySmall, Key::PackDryLarge),
    (Key::PackDryLarge, Key::PackSack),
    (Key::PackLeast, Key::PackMost),
    (Key::PackLeast, Key::PackFreshMin),
    (Key::PackLeast, Key::PackDrySmall),
    (Key::PackFreshMax, Key::PackMost),
    (Key::PackSack, Key::PackMost),
    (Key::TradeGrade1Max, Key::TradeGrade2Max),
    (Key::TradeGrade2Max, Key::TradeGrade3Max),
];

fn not_empty(row: &str, field: &'static str, text: &str) -> Result<(), RulesError> {
    if text.trim().is_empty() {
        return Err(RulesError::Empty { row: row.to_owned(), field });
    }
    Ok(())
}

fn within(row: &str, received: u64, least: u64, most: u64) -> Result<(), RulesError> {
    if (least..=most).contains(&received) {
        return Ok(());
    }
    Err(RulesError::Range { row: row.to_owned(), received, least, most })
}

fn ordered(
    row: &str,
    (low, low_value): (&'static str, u64),
    (high, high_value): (&'static str, u64),
) -> Result<(), RulesError> {
    if low_value <= high_value {
        return Ok(());
    }
    Err(RulesError::Order { row: row.to_owned(), low, low_value, high, high_value })
}

fn unit_is(row: &str, received: &str, expected: &'static str) -> Result<(), RulesError> {
    if received == expected {
        return Ok(());
    }
    Err(RulesError::Unit { row: row.to_owned(), received: received.to_owned(), expected })
}

/// The bounds ascend, and dry tianma that outweighs the fresh is never within them: output is never above input.
fn dry_fresh_ascends(row: &str, bounds: DryFreshBounds) -> Result<(), RulesError> {
    let steps = [
        ("warn_below", bounds.warn_below),
        ("warn_above", bounds.warn_above),
        ("hold_above", bounds.hold_above),
        ("refuse_above", bounds.refuse_above),
    ];
    for pair in steps.windows(2) {
        ordered(row, pair[0], pair[1])?;
    }
    within(row, bounds.refuse_above, 0, 10_000)
}

impl Document {
    /// Every figure is there, in its unit, with a source, and within what it can mean.
    pub(super) fn check_figures(&self) -> Result<(), RulesError> {
        let missing = Key::ALL.iter().filter(|key| !key.came_later() && !self.figures.contains_key(key));
        let missing: Vec<&str> = missing.map(|key| key.code()).collect();
        if !missing.is_empty() {
            return Err(RulesError::Missing { names: missing.join(", ") });
        }
        for (key, figure) in &self.figures {
            let row = key.code();
            unit_is(row, figure.unit(), key.unit())?;
            not_empty(row, "source", figure.source())?;
            let (least, most) = match key.unit() {
                "calendar month" => (1, 12),
                "%" => (0, 100),
                _ => (0, VALUE_MAX),
            };
            within(row, figure.value(), least, most)?;
        }
        for &(low, high) in ORDERED {
            let (Some(low_value), Some(high_value)) = (self.figures.get(&low), self.figures.get(&high)) else {
                continue;
            };
            let (low_value, high_value) = (low_value.value(), high_value.value());
            ordered("figures", (low.code(), low_value), (high.code(), high_value))?;
        }
        for loss in [Key::SlicingLossWarn, Key::HandlingLossWarn] {
            within(loss.code(), self.figures.get(&loss).map_or(0, Figure::value), 0, 10_000)?;
        }
        dry_fresh_ascends(
            "dry_fresh",
            DryFreshBounds {
                warn_below: self.figures[&Key::DryFreshWarnBelow].value(),
                warn_above: self.figures[&Key::DryFreshWarnAbove].value(),
                hold_above: self.figures[&Key::DryFreshHoldAbove].value(),
                refuse_above: self.figures[&Key::DryFreshRefuseAbove].value(),
            },
        )
    }

    /// Everything beside the figures: texts are there, no row stands twice, and the pharmacopoeia is complete.
    pub(super) fn check_rows(&self) -> Result<(), RulesError> {
        within("version", u64::from(self.version), 1, u64::from(u32::MAX))?;
        not_empty("title", "title", &self.title)?;
        not_empty("protected_forms", "source", &self.protected_forms.source)?;
        let mut forms = BTreeSet::new();
        for form in &self.protected_forms.forms {
            once(forms.insert(*form), || format!("protected_forms, {form}"))?;
        }
        self.check_dry_fresh_by_form()?;
        self.check_results()
    }

    fn check_dry_fresh_by_form(&self) -> Result<(), RulesError> {
        let mut forms = BTreeSet::new();
        for bounds in &self.dry_fresh_by_form {
            let row = format!("dry_fresh_by_form, {}", bounds.form);
            once(forms.insert(bounds.form), || row.clone())?;
            not_empty(&row, "source", &bounds.source)?;
            unit_is(&row, &bounds.unit, DRY_FRESH_UNIT)?;
            dry_fresh_ascends(&row, bounds.bounds())?;
        }
        Ok(())
    }

    fn check_results(&self) -> Result<(), RulesError> {
        let mut items = BTreeSet::new();
        for limit in &self.result_limits {
            let (standard, item) = (limit.standard(), limit.item());
            let row = format!("result_limits, {item} of {standard}");
            once(items.insert((standard, item)), || row.clone())?;
            not_empty(&row, "source", limit.source())?;
            within(&row, limit.limit().mg_per_kg().unwrap_or(0), 0, 1_000_000)?;
        }
        let pharmacopoeia = Standard::Pharmacopoeia2020;
        let missing = ResultItem::ALL.iter().filter(|&&item| !items.contains(&(pharmacopoeia, item)));
        let missing: Vec<String> = missing.map(|item| format!("result_limits, {item} of {pharmacopoeia}")).collect();
        if !missing.is_empty() {
            return Err(RulesError::Missing { names: missing.join("; ") });
        }
        let mut standards: BTreeSet<Standard> = items.iter().map(|&(standard, _)| standard).collect();
        for open in &self.open_rows {
            let row = format!("open_rows, {}", open.standard());
            once(standards.insert(open.standard()), || row.clone())?;
            not_empty(&row, "note", open.note())?;
        }
        Ok(())
    }
}

fn once(is_new: bool, row: impl FnOnce() -> String) -> Result<(), RulesError> {
    if is_new { Ok(()) } else { Err(RulesError::Twice { row: row() }) }
}

#[cfg(test)]
mod tests;
