//! What goes into a planting, against what usually does.
//!
//! It lacks the plot, which is [`super::land`]'s, and the form, which is [`super::forms`]'s. The figures are of public
//! copies, so what is far from them is shown and nothing is refused.

use super::land::{KG_MG, MU_CM2_TIMES_3};
use crate::judge::{Case, Findings};
use crate::record::Beside;
use crate::state::BatchRow;
use crate::tianma::{Product, Propagation};

/// Fungus for seed where seed is sown, and amounts that have something to do with the area.
pub(super) fn judge_means(
    propagation: Option<Propagation>,
    case: &Case<'_>,
    rows: &[BatchRow],
    findings: &mut Findings,
) {
    let has = |product: Product| rows.iter().any(|row| row.product == product);
    let sexual = propagation == Some(Propagation::Sexual);
    if !has(Product::ArmillariaBottle) {
        findings.warn("no_armillaria", "没有登记蜜环菌", "no Armillaria was named");
    }
    if sexual && !has(Product::MycenaBottle) {
        findings.warn(
            "no_mycena",
            "有性繁殖没有登记萌发菌",
            "propagated from seed, and no Mycena was named, without which it does not sprout",
        );
    }
    let area_cm2 = case.made(0);
    let used = |product: Product| -> i64 {
        let amounts = rows.iter().enumerate().filter(|(_, row)| row.product == product);
        amounts.map(|(i, _)| case.drawn(i)).fold(0, i64::saturating_add)
    };
    let seed_mg = used(Product::SeedTuber);
    if seed_mg > 0 {
        let usual = case.rules.seed_tubers_usual_kg_per_mu();
        let kg = per_mu(seed_mg, KG_MG, area_cm2);
        if is_far(kg, (*usual.start(), *usual.end()), case) {
            findings.warn(
                "seed_amount",
                format!("每亩用种麻 {kg} 公斤，一般 {}-{} 公斤；请核对斤和公斤、面积", usual.start(), usual.end()),
                format!(
                    "{kg} kg of seed tubers on each 亩 where {} to {} is usual; check 斤 against kg, and the area",
                    usual.start(),
                    usual.end()
                ),
            );
        }
    }
    let armillaria = (Product::ArmillariaBottle, case.rules.armillaria_usual_bottles_per_mu());
    let mycena = (Product::MycenaBottle, case.rules.mycena_usual_bottles_per_mu());
    for (product, usual) in [Some(armillaria), Some(mycena).filter(|_| sexual)].into_iter().flatten() {
        let bottles = used(product);
        let each = per_mu(bottles, 1, area_cm2);
        if bottles > 0 && is_far(each, (usual, usual), case) {
            findings.warn(
                "fungus_amount",
                format!("{}每亩 {each} 瓶，一般约 {usual} 瓶；请核对瓶数、面积", product.zh()),
                format!(
                    "{each} bottles of {} on each 亩 where about {usual} is usual; check the count and the area",
                    product.code()
                ),
            );
        }
    }
}

/// Wood and holes, where they are stated.
pub(super) fn judge_ground(case: &Case<'_>, findings: &mut Findings) {
    let area_cm2 = case.made(0);
    let stated = |which| case.amounts.beside(which).map(|stated| stated.quantity().value());
    if let Some(wood_mg) = stated(Beside::Wood) {
        let usual = case.rules.wood_usual_kg_per_mu();
        let (kg, (least, most)) = (per_mu(wood_mg, KG_MG, area_cm2), (*usual.start(), *usual.end()));
        if is_far(kg, (least, most), case) {
            findings.warn(
                "wood_amount",
                format!("每亩用菌材 {kg} 公斤，一般 {least}-{most} 公斤；请核对斤和公斤、面积"),
                format!(
                    "{kg} kg of wood on each 亩 where {least} to {most} is usual; check 斤 against kg, and the area"
                ),
            );
        }
    }
    if let Some(holes) = stated(Beside::Holes) {
        let usual = case.rules.holes_usual_per_mu();
        let each = per_mu(holes, 1, area_cm2);
        if is_far(each, (usual, usual), case) {
            findings.warn(
                "holes",
                format!("每亩 {each} 窝，一般约 {usual} 窝；请核对窝数、面积"),
                format!("{each} holes on each 亩 where about {usual} is usual; check the count and the area"),
            );
        }
    }
}

/// So many units of an amount on each 亩, rounded to the nearest: areas are told in round 亩 and kept in whole cm².
fn per_mu(amount: i64, unit: i128, area_cm2: i64) -> i128 {
    let area = i128::from(area_cm2.max(1)) * 3 * unit;
    (i128::from(amount) * MU_CM2_TIMES_3 * 2 + area) / (2 * area)
}

/// Less than the table's share of the least, or more than as many times the most.
fn is_far(each: i128, (least, most): (u64, u64), case: &Case<'_>) -> bool {
    let Some(percent) = case.rules.planting_far_percent() else { return false };
    let percent = i128::from(percent);
    each * 100 < i128::from(least) * percent || each * percent > i128::from(most) * 100
}
