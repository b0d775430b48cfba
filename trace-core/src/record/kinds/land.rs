//! What land can give: how much a planted area yields, how long tianma grows on it, and what a plot has room for.
//!
//! These three belong together. The cap on a yield holds for one planting; if a plot could be planted and dug twice
//! within days, or planted for a time at which it was full, as much more would come out of it.

use jiff::Span;
use jiff::civil::Date;

use crate::balance::Effect;
use crate::id::{SiteId, Stage};
use crate::judge::{Case, Findings};
use crate::quantity::{Measure, Quantity, words};
use crate::record::{Kind, Refusal};
use crate::state::{BatchRow, Stop, View};
use crate::tianma::Propagation;

/// One 亩 is 2000/3 m²; in cm², times three.
pub(super) const MU_CM2_TIMES_3: i128 = 20_000_000;
/// Milligrams in a kilogram.
pub(super) const KG_MG: i128 = 1_000_000;

/// Everything dug, own seed included: it all grew on the area.
pub(super) fn fresh_mg(case: &Case<'_>) -> i64 {
    (0..case.record.outputs.len()).map(|i| case.made(i)).sum()
}

/// The sum of harvests against what the planted area can yield.
pub(super) fn judge_yield(case: &Case<'_>, planting: &BatchRow, findings: &mut Findings) -> Result<(), Stop> {
    let total_mg = planting.harvested_mg + fresh_mg(case);
    let area_cm2 = planting.made.max(1);
    let yield_kg = yield_kg_per_mu(total_mg, area_cm2);
    let (warn, refuse) =
        (i128::from(case.rules.yield_warn_kg_per_mu()), i128::from(case.rules.yield_refuse_kg_per_mu()));
    if yield_kg <= warn {
        return Ok(());
    }
    let (zh, en) = match (Quantity::mass_mg(total_mg), Quantity::area_cm2(area_cm2)) {
        (Ok(total), Ok(area)) => (
            format!("共采 {}，面积 {}，合每亩 {yield_kg} 公斤", total.zh(), area.zh()),
            format!("{} harvested from {} is {yield_kg} kg per 亩", total.en(), area.en()),
        ),
        _ => (format!("合每亩 {yield_kg} 公斤"), format!("{yield_kg} kg per 亩")),
    };
    if yield_kg <= refuse {
        findings.warn("yield", format!("{zh}；一般不超过 {warn} 公斤"), format!("{en}; more than {warn} is rare"));
        return Ok(());
    }
    if case.record.actor == case.office || case.record.entered_by == Some(case.office) {
        // The named override: the office stands for what it enters or corrects, and still has to release it.
        findings.hold(
            "yield",
            format!("{zh}；超过上限 {refuse} 公斤，由品牌办录入"),
            format!("{en}, above the limit of {refuse}; entered by the office"),
        );
        return Ok(());
    }
    Err(Refusal::invalid(
        "yield",
        "/amounts/outputs",
        format!("{zh}；超过每亩 {refuse} 公斤的上限。请核对斤和公斤、面积，或请品牌办代录、更正"),
        format!("{en}; no plot gives more than {refuse}. Check 斤 against kg, the area, or ask the office to enter or correct it"),
    )
    .into())
}

/// kg a 亩 = (mg / 10^6) / (cm² x 3 / 20,000,000), rounded down.
fn yield_kg_per_mu(total_mg: i64, area_cm2: i64) -> i128 {
    i128::from(total_mg) * MU_CM2_TIMES_3 / (i128::from(area_cm2.max(1)) * 3 * KG_MG)
}

/// A correction cannot change a planting whose area was given back to its site, nor shrink it below what was dug.
pub(super) fn still_open(case: &Case<'_>, view: &mut View) -> Result<(), Stop> {
    let planting = case.record.outputs.iter().find(|output| output.stage == Stage::Planting);
    let (true, Some(output)) = (case.is_correction(), planting) else { return Ok(()) };
    let Some(row) = view.batch(output.batch)? else { return Ok(()) };
    if row.closings > 0 {
        return Err(Refusal::conflict(
            "planting_closed",
            "/supersedes",
            format!("批次 {} 已登记最后一次采收，不能再改；请先作废那次采收", row.code),
            format!("the planting {} is closed by its final harvest; void that one first", row.code),
        )
        .into());
    }
    let harvested_mg = row.harvested_mg;
    let made = (0..case.record.outputs.len()).filter(|i| case.record.outputs[*i].batch == output.batch);
    let area_cm2: i64 = made.map(|i| case.made(i)).sum();
    // `retire` has undone it in the batch.
    let before = case.record.supersedes.map_or(Ok(None), |old| view.record(old))?;
    let before = before.into_iter().flat_map(|old| &old.effects).find_map(|effect| match effect {
        Effect::Make { batch, amount } if *batch == output.batch => Some(*amount),
        _ => None,
    });
    if before.is_some_and(|before| before <= area_cm2) { Ok(()) } else { still_enough(harvested_mg, area_cm2, case) }
}

/// What was dug before must fit the smaller area as well, else land would be planted anew after it gave all that it can.
fn still_enough(harvested_mg: i64, area_cm2: i64, case: &Case<'_>) -> Result<(), Stop> {
    let most = case.rules.yield_refuse_kg_per_mu();
    if yield_kg_per_mu(harvested_mg, area_cm2) <= i128::from(most) {
        return Ok(());
    }
    let (dug, area) = (words(Measure::Mass, harvested_mg), words(Measure::Area, area_cm2));
    Err(Refusal::invalid(
        "yield",
        "/amounts/outputs",
        format!(
            "这一茬已采 {}，合更正后的面积 {}，超过每亩 {most} 公斤的上限；请核对面积，或先更正采收",
            dug.0, area.0
        ),
        format!(
            "{} harvested already from the corrected area of {} is more than {most} kg on each 亩 of it; check the area, or correct the harvests first",
            dug.1, area.1
        ),
    )
    .into())
}

/// A planting takes its area from its site.
pub(super) fn opened_site(case: &Case<'_>) -> Option<Effect> {
    let position = case.record.outputs.iter().position(|output| output.stage == Stage::Planting)?;
    let site: SiteId = case.record.site?;
    Some(Effect::Open { site, area: case.made(position) })
}

/// A harvest sooner after its planting than tianma grows is held: the figure is a usual one, seen in a public copy, so it
/// raises a question and refuses nothing. The time from tubers counts whatever was planted, since beds of seed are
/// rightly opened in their first winter, too, to plant out the small tubers. Goods that are dug well before the usual time
/// of what was planted are noted. What grew already when it was brought in has no day of planting.
pub(super) fn grown_long_enough(
    case: &Case<'_>,
    planting: &BatchRow,
    view: &mut View,
    findings: &mut Findings,
) -> Result<(), Stop> {
    if view.record(planting.record)?.is_none_or(|maker| maker.states != Kind::Plant) {
        return Ok(());
    }
    let (planted, dug) = (planting.occurred_at.date(), case.record.occurred_at.date());
    let days = (dug - planted).get_days();
    let least = case.rules.growth_least_months();
    if months_after(planted, least) <= dug {
        let propagation = planting.attributes.propagation.unwrap_or(Propagation::Asexual);
        let goods = case.record.outputs.iter().any(|output| output.stage == Stage::Harvest);
        if let Some(warn) = case.rules.growth_warn_months(propagation).filter(|_| goods)
            && months_after(planted, warn) > dug
        {
            let usual = case.rules.growth_usual_months(propagation);
            findings.warn(
                "growing_time",
                format!("{planted} 种下，{dug} 采收，隔 {days} 天；{}一般要长约 {usual} 个月", propagation.zh()),
                format!(
                    "planted on {planted} and dug on {dug}, {days} days later; some {usual} months are usual ({})",
                    propagation.code()
                ),
            );
        }
        return Ok(());
    }
    let usual = case.rules.growth_usual_months(Propagation::Asexual);
    findings.hold(
        "growing_time",
        format!("{planted} 种下，{dug} 采收，只隔 {days} 天；天麻一般要长 {usual} 个月，不满 {least} 个月的须经品牌办核实放行"),
        format!(
            "planted on {planted} and dug on {dug}, {days} days later; tianma grows for some {usual} months, and what was \
             dug before {least} months needs the office"
        ),
    );
    Ok(())
}

fn months_after(day: Date, months: u64) -> Date {
    let span = i64::try_from(months).ok().and_then(|months| Span::new().try_months(months).ok());
    span.map_or(Date::MAX, |span| day.saturating_add(span))
}

/// A planting fits into what was free of its plot on the day that it claims, not only into what is free today: what was
/// dug up after that day still stood there.
pub(super) fn was_free(case: &Case<'_>, view: &mut View) -> Result<(), Stop> {
    let Some(Effect::Open { site, area }) = opened_site(case) else { return Ok(()) };
    let Some(row) = view.site(site)? else { return Ok(()) };
    let planted = case.record.occurred_at.date();
    let later = row.freed.iter().filter(|(day, _)| **day > planted);
    let (freed, until) = later.fold((0, None), |(sum, _), (day, area)| (sum + area, Some(*day)));
    let has = row.area_cm2.unwrap_or(0);
    let free = has - row.open_cm2 - freed;
    let Some(until) = until.filter(|_| free < area) else { return Ok(()) };
    let words = |cm2: i64| Quantity::area_cm2(cm2.max(0)).map(|area| (area.zh(), area.en())).unwrap_or_default();
    let ((has_zh, has_en), (free_zh, free_en), (area_zh, area_en)) = (words(has), words(free), words(area));
    Err(Refusal::invalid(
        "site_area_then",
        "/occurred_at",
        format!(
            "{planted} 那天地块 {has_zh} 里只空 {free_zh}，要种 {area_zh}：以前种的到 {until} 才采完；请核对种植日期"
        ),
        format!(
            "on {planted} only {free_en} of the site's {has_en} were free, {area_en} are to be planted: what stood there was \
             dug up by {until}; check the day of planting"
        ),
    )
    .into())
}

/// Tianma tires its ground: what was dug up lately, and has to be planted again for want of other ground, is noted.
pub(super) fn rested(case: &Case<'_>, view: &mut View, findings: &mut Findings) -> Result<(), Stop> {
    let Some(years) = case.rules.replant_rest_years() else { return Ok(()) };
    let Some(Effect::Open { site, area }) = opened_site(case) else { return Ok(()) };
    let Some(row) = view.site(site)? else { return Ok(()) };
    let planted = case.record.occurred_at.date();
    // Which ground of a plot was dug up, nobody writes down; so it is said as what may be.
    let lately = |day: Date| day <= planted && months_after(day, years.saturating_mul(12)) > planted;
    let tired = row.freed.iter().filter(|(day, _)| lately(**day));
    let (dug, last) = tired.fold((0, None), |(sum, _), (day, area)| (sum + area, Some(*day)));
    let other = row.area_cm2.unwrap_or(0) - row.open_cm2 - dug;
    let Some(last) = last.filter(|_| other < area) else { return Ok(()) };
    findings.warn(
        "replanted",
        format!("这块地 {last} 才采完一茬，{planted} 又种，可能是没有歇过的地；天麻地一般要歇 {years} 年以上"),
        format!(
            "what is planted on {planted} may stand on ground that was dug up on {last}; it usually rests {years} years \
             and more"
        ),
    );
    Ok(())
}
