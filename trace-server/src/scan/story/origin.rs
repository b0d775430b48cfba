//! What a batch is made of, and whether the origin mark may be shown: only if all of it is of a protected form, dug in
//! season from registered plots at the protected altitude, nothing of it came from elsewhere, none was fumigated with
//! sulphur, and none is known to be too young.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Unit;
use jiff::civil::Date;
use trace_core::id::Stage;
use trace_core::record::{Details, Kind};
use trace_core::state::BatchRow;
use trace_core::tianma::{Origin as StockOrigin, Product, Propagation, RulesTable, SiteKind};

use super::material::Material;
use super::way::{Part, Sources, is_goods};
use super::{Grown, Origin, Stock, Withheld};

pub(super) fn origin(material: &Material, sources: Option<&Sources>) -> Origin {
    let brought_in_ppm = sources.map(|sources| {
        let mut shares: BTreeMap<Stock, Vec<Part>> = BTreeMap::new();
        for (code, part) in sources {
            if let Some(stock) = material.way.batch(*code).and_then(|batch| stock(material, batch)) {
                shares.entry(stock).or_default().push(*part);
            }
        }
        shares.into_iter().map(|(stock, parts)| (stock, parts.into_iter().sum::<Part>().ppm())).collect()
    });
    let (withheld, grown) = withheld(material, sources);
    Origin { brought_in_ppm, withheld, grown }
}

/// Where a batch was brought in from, if it was.
pub(super) fn stock(material: &Material, batch: &BatchRow) -> Option<Stock> {
    match material.entries.get(&batch.record)?.record.details.stated() {
        Details::BringIn(bring_in) => Some(Stock { origin: bring_in.origin, place: bring_in.place.clone() }),
        _ => None,
    }
}

fn withheld(material: &Material, sources: Option<&Sources>) -> (BTreeSet<Withheld>, Grown) {
    let mut reasons = BTreeSet::new();
    let Some(rules) = material.rules() else { return ([Withheld::NoHarvest].into(), Grown::default()) };
    let mut grown = Grown { months: None, least_years: rules.protected_age_min_years(), old_enough: true };
    let mut makers = material.way.makers.iter().filter_map(|id| material.way.record(*id));
    if makers.any(|step| material.fumigated(step) == Some(true)) {
        reasons.insert(Withheld::Sulphur);
    }
    for batch in material.way.batches() {
        if !batch.holds.is_empty() || !batch.recalls.is_empty() || batch.void {
            reasons.insert(Withheld::Frozen);
        }
        // What is said of goods later is no less said than what is said of the harvest.
        if is_goods(batch.stage) && batch.attributes.form.is_some_and(|form| !rules.is_protected_form(form)) {
            reasons.insert(Withheld::Form);
        }
        if let Some(stock) = stock(material, batch) {
            reasons.extend(of_stock(&stock, batch.stage));
        }
    }
    let sources = sources.into_iter().flatten().filter_map(|(code, _)| material.way.batch(*code));
    let mut dug = false;
    for batch in sources {
        let harvest = material.way.record(batch.record).is_some_and(|row| row.states == Kind::Harvest);
        dug |= harvest;
        if harvest {
            of_harvest(material, batch, rules, &mut reasons);
            of_age(material, batch, &mut grown, &mut reasons);
        }
    }
    if !dug {
        reasons.insert(Withheld::NoHarvest);
    }
    (reasons, grown)
}

/// Judged where the days of planting and of harvest are on record. What was sown is as old as its time in the ground. Tubers
/// had grown for a time that no record tells before they were planted, so too short a time in the ground proves nothing.
fn of_age(material: &Material, batch: &BatchRow, grown: &mut Grown, reasons: &mut BTreeSet<Withheld>) {
    let plantings: Vec<&BatchRow> =
        material.way.inputs_of(batch.record).iter().filter_map(|edge| material.way.batch(edge.batch)).collect();
    let mut old_enough = !plantings.is_empty();
    for planting in plantings {
        let details = material.entries.get(&planting.record).map(|entry| entry.record.details.stated());
        let Some(Details::Plant(plant)) = details else {
            old_enough = false;
            continue;
        };
        let (from, to) = (planting.occurred_at.date(), batch.occurred_at.date());
        let months = whole_months(from, to);
        grown.months = Some(grown.months.map_or((months, months), |(low, high)| (low.min(months), high.max(months))));
        if u64::from(months) < grown.least_years.saturating_mul(12) {
            old_enough = false;
            if is_sown(material, planting, plant.propagation) {
                reasons.insert(Withheld::Age);
            }
        }
    }
    grown.old_enough &= old_enough;
}

/// Whether it was sown: its record says so, or says nothing and the only seed that went into it were capsules.
fn is_sown(material: &Material, planting: &BatchRow, said: Option<Propagation>) -> bool {
    if let Some(said) = said {
        return said == Propagation::Sexual;
    }
    let inputs = material.way.inputs_of(planting.record).iter();
    let seed: BTreeSet<Product> = inputs
        .filter_map(|edge| material.way.batch(edge.batch))
        .filter(|batch| batch.stage == Stage::Seed)
        .map(|batch| batch.product)
        .collect();
    seed == [Product::SeedCapsule].into()
}

fn whole_months(from: Date, to: Date) -> u16 {
    let span = from.until((Unit::Month, to)).map_or(0, |span| span.get_months());
    u16::try_from(span).unwrap_or(0)
}

fn of_stock(stock: &Stock, stage: Stage) -> Option<Withheld> {
    match (stock.origin, is_goods(stage)) {
        (StockOrigin::BeforeSystem, true) => Some(Withheld::BeforeSystem),
        // A planting, seed or fungus of the time before the system is the region's own.
        (StockOrigin::BeforeSystem, false) => None,
        (StockOrigin::Outside, true) => Some(Withheld::Outside),
        (StockOrigin::Unknown, true) => Some(Withheld::UnknownOrigin),
        (StockOrigin::Outside | StockOrigin::Unknown, false) => Some(Withheld::OutsideSeed),
    }
}

fn of_harvest(material: &Material, batch: &BatchRow, rules: &RulesTable, reasons: &mut BTreeSet<Withheld>) {
    let inputs = material.way.inputs_of(batch.record).iter();
    let plantings: Vec<&BatchRow> = inputs.filter_map(|edge| material.way.batch(edge.batch)).collect();
    let form = batch.attributes.form.or_else(|| plantings.iter().find_map(|planting| planting.attributes.form));
    if !form.is_some_and(|form| rules.is_protected_form(form)) {
        reasons.insert(Withheld::Form);
    }
    if !rules.is_protected_season_month(u8::try_from(batch.occurred_at.date().month()).unwrap_or(0)) {
        reasons.insert(Withheld::Season);
    }
    if plantings.is_empty() {
        reasons.insert(Withheld::Plot);
    }
    for planting in plantings {
        match material.site(planting.site) {
            Some(site) if site.kind == SiteKind::Plot => {
                let protected = rules.protected_altitude_m();
                if !site.altitude_m.is_some_and(|metres| protected.contains(&u64::from(metres))) {
                    reasons.insert(Withheld::Altitude);
                }
            }
            _ => {
                reasons.insert(Withheld::Plot);
            }
        }
    }
}
