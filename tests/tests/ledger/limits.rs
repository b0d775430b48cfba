//! What land and tubers can give, with the arithmetic in words.

use serde_json::json;
use trace_core::id::Stage;
use trace_core::record::sealed::Group;
use trace_core::record::{Kind, Level, Refusal};
use trace_core::tianma::{Form, Product};
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    COOP, FIRST, FIRST_PLOT, FIRST_VALLEY, NURSERY, OFFICE, PROCESSOR, WORKSHOP, World, correction, dry, harvest, made,
};
use trace_tests::refusals::shows;

pub async fn the_yield_has_a_cap(database: Database) {
    let world = World::found(database.url()).await;
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    assert!(world.append(FIRST, harvest(planting, "600kg", false)).await.findings.is_empty());
    let warned = world.append(FIRST, harvest(planting, "2kg", false)).await;
    assert_eq!((warned.findings[0].mark.level, warned.findings[0].mark.rule.as_str()), (Level::Warning, "yield"));
    world.append(FIRST, harvest(planting, "498kg", false)).await;
    // 1,102 kg from one 亩, over several harvests.
    let refusal = world.refusal(FIRST, harvest(planting, "2kg", false)).await;
    assert_eq!(refusal.rule, "yield");
    assert!(refusal.en.contains("is 1101 kg per 亩"), "{refusal}");
    assert!(refusal.en.contains("1100"), "{refusal}");
    // The office may stand for it, and still has to release it.
    let named = world.append(OFFICE, harvest(planting, "2kg", false).of(FIRST)).await;
    assert_eq!(named.findings[0].mark.level, Level::Hold);
    assert_eq!(world.batch(made(&named)).await.holds.len(), 1);
    // So it may by a correction in its own name, and nobody else by one.
    let more = harvest(planting, "9kg", false);
    assert_eq!(world.refusal(FIRST, correction(&warned, more.clone())).await.rule, "yield");
    let corrected = world.append(OFFICE, correction(&warned, more)).await;
    let mark = &corrected.findings[0].mark;
    assert_eq!((mark.level, mark.rule.as_str()), (Level::Hold, "yield"), "{:?}", corrected.findings);
    assert_eq!(world.batch(made(&warned)).await.holds.len(), 1);
}

/// Land that gave all that it can is not planted anew by correcting the planting to be smaller.
pub async fn a_harvested_planting_does_not_shrink(database: Database) {
    let world = World::found(database.url()).await;
    let seed = world.stock(FIRST, Stage::Seed, Product::SeedTuber, "10kg").await;
    let planted = |area: &str| {
        let sheet = draft(Kind::Plant, json!({"method": "hole", "form": "wutianma"})).at(FIRST_PLOT);
        sheet.takes(seed, "1kg").makes(Product::Planting, area)
    };
    let first = world.append(FIRST, planted("2亩")).await;
    world.append(FIRST, harvest(made(&first), "2000kg", false)).await;
    let refusal = world.refusal(FIRST, correction(&first, planted("1亩"))).await;
    assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), ("yield", "/amounts/outputs"));
    assert_eq!(world.site(FIRST_PLOT).await.open_cm2, world.batch(made(&first)).await.made, "nothing of it is stored");
    let second = world.append(FIRST, correction(&first, planted("1.9亩"))).await;
    // What the office let pass above the cap keeps its area, and the area may grow.
    world.append(OFFICE, harvest(made(&first), "200kg", false).of(FIRST)).await;
    world.append(FIRST, correction(&second, planted("1.9亩"))).await;
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn drying_has_bounds(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(PROCESSOR, "10吨").await;
    let refusal = world.refusal(PROCESSOR, dry(batch, "2000kg", "1050kg")).await;
    assert_eq!(refusal.rule, "dry_ratio");
    let words =
        "1,050 kg (2,100 jin) dry from 2,000 kg (4,000 jin) fresh is 0.53; no form of tianma gives more than 0.48";
    assert_eq!(refusal.en, words);
    for (dried, level) in [
        ("960kg", Some(Level::Hold)),
        ("800kg", Some(Level::Hold)),
        ("720kg", Some(Level::Warning)),
        ("700kg", Some(Level::Warning)),
        ("680kg", None),
        ("360kg", None),
        ("350kg", Some(Level::Warning)),
    ] {
        let found = world.dry(PROCESSOR, batch, "2000斤", &half(dried)).await.findings;
        assert_eq!(found.first().map(|finding| finding.mark.level), level, "{dried}: {found:?}");
    }
    // 红天麻 has more water, so what is usual of others is much; of no known form the wider bounds hold.
    let mut red = draft(Kind::BringIn, json!({"origin": "before_system"}));
    red = red.makes_at(Stage::Harvest, Product::FreshTianma, "10吨");
    red.outputs[0].attributes.form = Some(Form::Hongtianma);
    let red = made(&world.append(PROCESSOR, red).await);
    let unknown = world.stock(PROCESSOR, Stage::Harvest, Product::FreshTianma, "10吨").await;
    for (batch, dried, level) in [
        (red, "17kg", Some(Level::Warning)),
        (red, "18kg", None),
        (red, "23kg", None),
        (red, "24kg", Some(Level::Warning)),
        (red, "33kg", Some(Level::Hold)),
        (unknown, "18kg", None),
        (unknown, "33kg", None),
        (unknown, "36kg", Some(Level::Warning)),
    ] {
        let found = world.dry(PROCESSOR, batch, "100kg", dried).await.findings;
        assert_eq!(found.first().map(|finding| finding.mark.level), level, "{dried}: {found:?}");
    }
    // Through several steps the water is gone once.
    let dried = made(&world.dry(PROCESSOR, batch, "100kg", "30kg").await);
    let slice = json!({"method": "slice"});
    let sheet = |out: &str| draft(Kind::Process, slice.clone()).takes(dried, "10kg").makes(Product::TianmaSlices, out);
    assert_eq!(world.refusal(PROCESSOR, sheet("10.001kg")).await.rule, "more_out_than_in");
    assert!(world.append(PROCESSOR, sheet("9.5kg")).await.findings.is_empty());
    assert_eq!(world.append(PROCESSOR, sheet("9.4kg")).await.findings[0].mark.rule, "slicing_loss");
    let back = draft(Kind::Process, json!({"method": "dry"})).takes(dried, "1kg").makes(Product::FreshTianma, "1kg");
    assert_eq!(world.refusal(PROCESSOR, back).await.rule, "transition");
}

/// Half of an amount in whole kilograms.
fn half(kg: &str) -> String {
    let whole: u32 = kg.trim_end_matches("kg").parse().unwrap();
    format!("{whole}斤")
}

pub async fn a_site_is_as_large_as_it_is(database: Database) {
    let world = World::found(database.url()).await;
    world.plant(FIRST, FIRST_PLOT, "2亩").await;
    let seed = world.stock(FIRST, Stage::Seed, Product::SeedTuber, "900kg").await;
    let details = json!({"method": "hole", "form": "wutianma"});
    let plant = |site, area: &str| {
        draft(Kind::Plant, details.clone()).at(site).takes(seed, "100kg").makes(Product::Planting, area)
    };
    let refusal = world.refusal(FIRST, plant(FIRST_PLOT, "1.01亩")).await;
    assert_eq!(refusal.rule, "site_area");
    assert!(refusal.zh.contains("1 亩") && refusal.zh.contains("1.01 亩"), "{refusal:?}");
    let planted = world.append(FIRST, plant(FIRST_PLOT, "1亩")).await;
    assert_eq!(planted.findings[0].mark.rule, "no_armillaria");
    assert_eq!(world.refusal(FIRST, plant(FIRST_PLOT, "1平方米")).await.rule, "site_area");
    let valley = world.append(FIRST, plant(FIRST_VALLEY, "1亩")).await;
    assert!(valley.findings.iter().any(|finding| finding.mark.rule == "altitude"));
    // The final harvest frees the ground.
    world.append(FIRST, harvest(made(&planted), "100kg", true)).await;
    world.append(FIRST, plant(FIRST_PLOT, "1亩")).await;
    // A wrong unit is named with the right ones.
    let refusal = world.refusal(FIRST, plant(FIRST_PLOT, "3kg")).await;
    assert_eq!(refusal.place, "/outputs/0/amount");
    assert!(refusal.en.contains("亩"), "{refusal}");
    assert_eq!(world.site(WORKSHOP).await.open_cm2, 0);
}

/// Stock from before the system is told in the weeks after the founding. Later anybody could claim an early day, and
/// what the land can yield would bound nothing.
pub async fn opening_stock_ends(database: Database) {
    const DAY_MS: i64 = 86_400_000;
    let world = World::found(database.url()).await;
    let stock = || {
        let sheet = draft(Kind::BringIn, json!({"origin": "before_system"})).on("2026-09-01");
        sheet.makes_at(Stage::Harvest, Product::FreshTianma, "100kg")
    };
    assert!(world.append(FIRST, stock()).await.findings.is_empty());
    world.pass_ms(60 * DAY_MS);
    assert!(world.append(FIRST, stock()).await.findings.is_empty(), "the sixtieth day");
    world.pass_ms(DAY_MS);
    let late = world.append(FIRST, stock()).await;
    let mark = &late.findings[0].mark;
    assert_eq!((mark.level, mark.rule.as_str()), (Level::Hold, "late_opening_stock"), "{:?}", late.findings);
    assert!(late.findings[0].en.contains("after 2027-01-19"), "{:?}", late.findings);
    assert_eq!(world.refusal(FIRST, washing(made(&late))).await.rule, "held_batch");
    // The office stands for what it types itself.
    assert!(world.append(OFFICE, stock().of(FIRST)).await.findings.is_empty());
}

fn washing(batch: trace_core::id::BatchCode) -> trace_core::prepare::Draft {
    draft(Kind::Process, json!({"method": "wash"})).takes(batch, "1kg").makes(Product::WashedTianma, "1kg")
}

/// Sorting takes nothing away but what is spoilt; what is gone without a word is noted.
pub async fn goods_do_not_vanish_in_sorting(database: Database) {
    let world = World::found(database.url()).await;
    let fresh = world.fresh(PROCESSOR, "10吨").await;
    let dried = world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "900kg").await;
    let sorted = |method: &str, parts: &[&str]| {
        let sheet = draft(Kind::Process, json!({"method": method})).takes(fresh, "100kg");
        parts.iter().fold(sheet, |sheet, part| sheet.makes_at(Stage::Processing, Product::FreshTianma, part))
    };
    let details = json!({"product": "dried_tianma", "net_content": {"unit": "mg", "value": 250_000}});
    let packed =
        |amount: &str| draft(Kind::Pack, details.clone()).takes(dried, "100kg").makes(Product::DriedTianma, amount);
    for (sheet, lost) in [
        (sorted("pool", &["90kg"]), false),
        (sorted("pool", &["89.9kg"]), true),
        (sorted("split", &["45kg", "45kg"]), false),
        (sorted("split", &["0.5kg", "0.5kg"]), true),
        (packed("90kg"), false),
        (packed("1kg"), true),
    ] {
        let found = world.append(PROCESSOR, sheet).await.findings;
        let found: Vec<_> = found.iter().map(|one| (one.mark.level, one.mark.rule.as_str())).collect();
        let wanted: &[(Level, &str)] = if lost { &[(Level::Warning, "loss")] } else { &[] };
        assert_eq!(found, wanted);
    }
    let grade = draft(Kind::Process, json!({"method": "grade"})).takes(dried, "100kg");
    let graded = world.append(PROCESSOR, grade.makes(Product::DriedTianma, "1kg")).await;
    assert_eq!(graded.findings[0].mark.rule, "loss", "{:?}", graded.findings);
    assert!(graded.findings[0].en.contains("above 10 %"), "{:?}", graded.findings);
}

/// Seed of a grower comes from a planting or of other seed; a nursery also breeds from the wild.
pub async fn own_seed_has_a_source(database: Database) {
    let world = World::found(database.url()).await;
    let lot = || {
        let sheet = draft(Kind::Produce, json!({"generation": "g1", "passed": true}));
        sheet.makes(Product::SeedTuber, "900kg")
    };
    for grower in [FIRST, COOP] {
        let bare = world.append(grower, lot()).await;
        let mark = &bare.findings[0].mark;
        assert_eq!((mark.level, mark.rule.as_str()), (Level::Warning, "seed_source"), "{:?}", bare.findings);
        let other = world.append(grower, lot().takes(made(&bare), "100kg")).await;
        assert!(other.findings.is_empty(), "{:?}", other.findings);
        // The office that corrects it is no grower; the lot is still one's.
        let again = world.append(OFFICE, correction(&other, lot())).await;
        assert_eq!(again.findings[0].mark.rule, "seed_source");
    }
    assert!(world.append(NURSERY, lot()).await.findings.is_empty());
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let dug = harvest(planting, "100kg", false).makes_at(Stage::Seed, Product::SeedTuber, "50kg");
    assert!(world.append(FIRST, dug).await.findings.is_empty());
}

/// What one package holds: far from the usual is noted, and what is no package is refused.
pub async fn packages_have_a_size(database: Database) {
    let world = World::found(database.url()).await;
    let dried = world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "900kg").await;
    let fresh = world.fresh(PROCESSOR, "900kg").await;
    let pack = |batch, product: Product, mg: u64| {
        let details = json!({"product": product, "net_content": {"unit": "mg", "value": mg}});
        draft(Kind::Pack, details).takes(batch, "100kg").makes(product, "100kg")
    };
    for mg in [1, 999, 50_000_001] {
        let refusal = world.refusal(PROCESSOR, pack(dried, Product::DriedTianma, mg)).await;
        assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), ("pack_size", "/details/net_content"));
        shows(&refusal, "pack_size", &["1", "50000"]);
    }
    for (batch, product, grams, unusual) in [
        (dried, Product::DriedTianma, 1, true),
        (dried, Product::DriedTianma, 249, true),
        (dried, Product::DriedTianma, 250, false),
        (dried, Product::DriedTianma, 25_000, false),
        (dried, Product::DriedTianma, 50_000, true),
        (fresh, Product::FreshTianma, 250, true),
        (fresh, Product::FreshTianma, 500, false),
        (fresh, Product::FreshTianma, 5_000, false),
        (fresh, Product::FreshTianma, 5_001, true),
    ] {
        let found = world.append(PROCESSOR, pack(batch, product, grams * 1_000)).await.findings;
        let found: Vec<_> = found.iter().map(|one| (one.mark.level, one.mark.rule.as_str())).collect();
        let wanted: &[(Level, &str)] = if unusual { &[(Level::Warning, "pack_size")] } else { &[] };
        assert_eq!(found, wanted, "{grams} g of {product}");
    }
}

/// Amounts that mean nothing for a kind do not slip into its sealed group unread.
pub async fn amounts_are_those_of_the_kind(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(PROCESSOR, "100kg").await;
    let refusal = world.refusal(PROCESSOR, dry(batch, "10kg", "3kg").covering("1亩")).await;
    assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), ("amount_unexpected", "/amounts/area"));
    let range = codes(trace_core::code::IssueNumber::new(1).unwrap(), 0, 3);
    let refusal = world.refusal(PROCESSOR, dry(batch, "10kg", "3kg").ranging(range)).await;
    assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), ("amount_unexpected", "/amounts/ranges"));
    // A tending states what was applied to each planting, and takes nothing from it.
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let before = world.batch(planting).await;
    let details = json!({"operation": "pest_control", "input_name": "苦参碱水剂", "reason": "蛴螬"});
    let tended =
        world.append(FIRST, draft(Kind::Tend, details.clone()).takes(planting, "400g").covering("0.5亩")).await;
    let amounts = world.store().openings(&[tended.record.id()], Group::Amounts).await.unwrap();
    assert_eq!(amounts[0].value["inputs"][0]["value"], 400_000);
    assert_eq!(amounts[0].value["area"]["typed"], "0.5亩");
    assert_eq!(world.batch(planting).await, before);
    world.append(FIRST, draft(Kind::Tend, details.clone()).takes(planting, "2瓶")).await;
    world.append(FIRST, draft(Kind::Tend, details.clone()).names(planting)).await;
    for (amount, rule) in [("0.5亩", "quantity"), ("400", "quantity"), ("0kg", "quantity")] {
        let refusal = world.refusal(FIRST, draft(Kind::Tend, details.clone()).takes(planting, amount)).await;
        assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), (rule, "/inputs/0/amount"), "{amount}");
    }
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

/// A refusal shows what was received beside what would fit, to those who may see both.
pub async fn refusals_show_both_amounts(database: Database) {
    let world = World::found(database.url()).await;
    let says = |refusal: &Refusal, words: [&str; 2]| shows(refusal, &refusal.rule, &words);
    let dried = world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "50kg").await;
    let details = json!({"product": "dried_tianma", "net_content": {"unit": "mg", "value": 250_000}});
    let pack = draft(Kind::Pack, details).takes(dried, "11kg").makes(Product::DriedTianma, "12kg");
    says(&world.refusal(PROCESSOR, pack).await, ["11 kg", "12 kg"]);

    let fresh = world.fresh(FIRST, "100kg").await;
    let got = draft(Kind::Receive, json!({"condition": "good"})).takes(fresh, "13kg").keeps("14kg");
    says(&world.refusal(PROCESSOR, got).await, ["13 kg", "14 kg"]);
    let sent = draft(Kind::Ship, json!({"consignee": {"party": PROCESSOR}})).takes(fresh, "60kg");
    let sent = world.append(FIRST, sent).await.record.id();
    let details = json!({"condition": "good", "ship": sent});
    let received = |amount: &str| draft(Kind::Receive, details.clone()).takes(fresh, amount).keeps(amount);
    world.append(PROCESSOR, received("25kg")).await;
    says(&world.refusal(PROCESSOR, received("36kg")).await, ["35 kg", "36 kg"]);
    let back = draft(Kind::Return, json!({"reason": "unsold", "ship": sent})).names(fresh).keeps("37kg");
    says(&world.refusal(FIRST, back).await, ["35 kg", "37 kg"]);

    let details = json!({"method": "dry", "temperatures": {"min_celsius": 81, "max_celsius": 62}});
    let hot = draft(Kind::Process, details).takes(fresh, "10kg").makes(Product::DriedTianma, "3kg");
    says(&world.refusal(FIRST, hot).await, ["81", "62"]);

    world.plant(FIRST, FIRST_PLOT, "900平方米").await;
    let details = json!({"site": FIRST_PLOT, "party": FIRST, "kind": "plot", "altitude_m": 1800});
    let registered = world.site(FIRST_PLOT).await.record;
    let smaller = draft(Kind::RegisterSite, details).covering("800平方米").replacing(registered);
    says(&world.refusal(OFFICE, smaller).await, ["800", "900"]);
}
