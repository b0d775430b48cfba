//! What land gives needs time: the growing time of a planting, and what a plot had free on the day of it.

use serde_json::json;
use trace_core::id::{BatchCode, Stage};
use trace_core::prepare::Draft;
use trace_core::record::{Kind, Level};
use trace_core::tianma::Product;
use trace_server::ledger::Appended;
use trace_tests::drafting::{DAY, Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FIRST, FIRST_PLOT, OFFICE, World, correction, dry, harvest, made, release, void};

/// Seed of long ago, enough for every planting of a test.
async fn seed(world: &World) -> BatchCode {
    let sheet = draft(Kind::BringIn, json!({"origin": "before_system"})).on("2020-01-01");
    made(&world.append(FIRST, sheet.makes_at(Stage::Seed, Product::SeedTuber, "900kg")).await)
}

fn plant(seed: BatchCode, area: &str, day: &str) -> Draft {
    let sheet = draft(Kind::Plant, json!({"method": "hole", "form": "wutianma"})).at(FIRST_PLOT).on(day);
    sheet.takes(seed, "10kg").makes(Product::Planting, area)
}

fn marks(appended: &Appended) -> Vec<(Level, &str)> {
    appended.findings.iter().map(|finding| (finding.mark.level, finding.mark.rule.as_str())).collect()
}

const TOO_SOON: (Level, &str) = (Level::Hold, "growing_time");

/// Harvested, planted anew and harvested within a day, a plot would pass the cap on its yield twice.
pub async fn a_plot_is_not_dug_twice_in_a_day(database: Database) {
    let world = World::found(database.url()).await;
    let seed = seed(&world).await;
    let first = made(&world.append(FIRST, plant(seed, "3亩", "2025-11-20")).await);
    assert_eq!(marks(&world.append(FIRST, harvest(first, "1500kg", true)).await), []);
    let second = made(&world.append(FIRST, plant(seed, "3亩", "2026-11-20")).await);
    let again = world.append(FIRST, harvest(second, "1500kg", true)).await;
    assert_eq!(marks(&again), [TOO_SOON]);
    let words = &again.findings[0];
    for part in ["2026-11-20", "0 days", "12 months", "6 months"] {
        assert!(words.en.contains(part), "{words:?}");
    }
    assert!(words.zh.contains("只隔 0 天") && words.zh.contains("6 个月"), "{words:?}");
    // It is kept, and of no use until the office has looked.
    let fresh = made(&again);
    assert_eq!(world.refusal(FIRST, dry(fresh, "100kg", "25kg")).await.rule, "held_batch");
    world.append(OFFICE, release(again.record.id())).await;
    world.append(FIRST, dry(fresh, "100kg", "25kg")).await;
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn tianma_grows_before_it_is_dug(database: Database) {
    let world = World::found(database.url()).await;
    let seed = seed(&world).await;
    for (day, held) in [("2026-05-21", true), ("2026-05-20", false), ("2026-06-30", true), ("2025-01-02", false)] {
        let planting = made(&world.append(FIRST, plant(seed, "0.5亩", day)).await);
        let dug = world.append(FIRST, harvest(planting, "10kg", true)).await;
        assert_eq!(marks(&dug) == [TOO_SOON], held, "{day}: {:?}", dug.findings);
        if held {
            // Told as dug later than it was, it is held all the same; the office too waits for itself.
            let sheet = correction(&dug, harvest(planting, "11kg", true));
            let corrected = world.append(OFFICE, sheet.of(FIRST)).await;
            assert!(marks(&corrected).contains(&TOO_SOON), "{:?}", corrected.findings);
        }
    }
    // What was in the ground when the system began has no day of planting.
    let details = json!({"origin": "before_system"});
    let grown = draft(Kind::BringIn, details).at(FIRST_PLOT).makes_at(Stage::Planting, Product::Planting, "0.5亩");
    let grown = made(&world.append(FIRST, grown).await);
    assert_eq!(marks(&world.append(COOP, harvest(grown, "10kg", true).of(FIRST)).await), []);
}

/// Three quarters of the usual time, which is that of what was planted; small tubers for planting out are dug at any time.
pub async fn what_is_dug_early_is_noted(database: Database) {
    let world = World::found(database.url()).await;
    let seed = seed(&world).await;
    let noted: &[_] = &[(Level::Warning, "growing_time")];
    for (propagation, day, wanted) in [
        (None, "2026-02-20", &[][..]),
        (None, "2026-02-21", noted),
        (Some("asexual"), "2026-05-20", noted),
        (Some("sexual"), "2025-10-20", &[]),
        (Some("sexual"), "2025-10-21", noted),
    ] {
        let mut sheet = plant(seed, "0.1亩", day);
        if let Some(propagation) = propagation {
            sheet.details["propagation"] = propagation.into();
        }
        let planting = made(&world.append(FIRST, sheet).await);
        let out = draft(Kind::Harvest, json!({"season": "dongma", "final": false})).names(planting);
        let out = out.makes_at(Stage::Seed, Product::SeedTuber, "1kg");
        assert_eq!(marks(&world.append(FIRST, out).await), [], "{day}: seed");
        let dug = world.append(FIRST, harvest(planting, "2kg", true)).await;
        assert_eq!(marks(&dug), wanted, "{propagation:?} {day}");
    }
}

/// Else the growing time would be met by dating a planting back to when the plot was full.
pub async fn what_was_full_is_not_planted_for_that_day(database: Database) {
    let world = World::found(database.url()).await;
    let seed = seed(&world).await;
    let first = made(&world.append(FIRST, plant(seed, "2亩", "2024-11-20")).await);
    world.append(FIRST, harvest(first, "900kg", true).on("2026-01-10")).await;
    let size = world.store().head().await.unwrap().frontier.size();
    let refusal = world.refusal(FIRST, plant(seed, "1.5亩", "2025-11-20")).await;
    assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), ("site_area_then", "/occurred_at"));
    for part in ["2025-11-20", "2026-01-10", "3 亩", "1 亩", "1.5 亩"] {
        assert!(refusal.zh.contains(part) && refusal.en.contains(part.split(' ').next().unwrap()), "{refusal:?}");
    }
    // Nor as stock of before, which has no growing time.
    let details = json!({"origin": "before_system"});
    let brought = draft(Kind::BringIn, details).at(FIRST_PLOT).on("2025-11-20");
    let brought = brought.makes_at(Stage::Planting, Product::Planting, "1.5亩");
    assert_eq!(world.refusal(FIRST, brought).await.rule, "site_area_then");
    assert_eq!(world.store().head().await.unwrap().frontier.size(), size, "nothing of it is stored");
    // What was free then may be planted, and all of it from the day of the last harvest on.
    let beside = world.append(FIRST, plant(seed, "1亩", "2025-11-20")).await;
    world.append(FIRST, plant(seed, "2亩", "2026-01-10")).await;
    // A correction is bound likewise.
    let larger = correction(&beside, plant(seed, "1.2亩", "2025-11-20")).on("2025-11-20");
    let rule = world.refusal(FIRST, larger).await.rule;
    assert!(["site_area", "site_area_then"].contains(&rule.as_str()), "{rule}");
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn a_day_of_digging_is_taken_back(database: Database) {
    let world = World::found(database.url()).await;
    let seed = seed(&world).await;
    let first = made(&world.append(FIRST, plant(seed, "3亩", "2024-11-20")).await);
    let last = world.append(FIRST, harvest(first, "900kg", true).on("2026-01-10")).await;
    assert_eq!(world.site(FIRST_PLOT).await.freed.len(), 1);
    // Dug earlier than was told first.
    let sheet = correction(&last, harvest(first, "900kg", true)).on("2025-12-20");
    let corrected = world.append(FIRST, sheet).await;
    let days: Vec<String> = world.site(FIRST_PLOT).await.freed.keys().map(ToString::to_string).collect();
    assert_eq!(days, ["2025-12-20"]);
    world.append(FIRST, plant(seed, "1亩", "2025-12-20")).await;
    // It cannot be void while something else stands there.
    assert_eq!(world.refusal(FIRST, void(corrected.record.id())).await.rule, "site_area");
    assert_eq!(world.site(FIRST_PLOT).await.freed.len(), 1);
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

/// What goes into a plot is noted where it has nothing to do with the area.
pub async fn a_planting_needs_what_it_lives_on(database: Database) {
    let world = World::found(database.url()).await;
    let seed = world.stock(FIRST, Stage::Seed, Product::SeedTuber, "9吨").await;
    let armillaria = world.stock(FIRST, Stage::Fungus, Product::ArmillariaBottle, "9000瓶").await;
    let mycena = world.stock(FIRST, Stage::Fungus, Product::MycenaBottle, "9000瓶").await;
    let planted = |propagation: &str, kg: u32, bottles: u32, of_mycena: u32| {
        let details = json!({"method": "hole", "form": "wutianma", "propagation": propagation});
        let sheet = draft(Kind::Plant, details).at(FIRST_PLOT).makes(Product::Planting, "0.1亩");
        let sheet = sheet.takes(seed, &format!("{kg}kg")).takes(armillaria, &format!("{bottles}瓶"));
        if of_mycena > 0 { sheet.takes(mycena, &format!("{of_mycena}瓶")) } else { sheet }
    };
    for (propagation, kg, bottles, of_mycena, wanted) in [
        ("asexual", 11, 10, 0, ""),
        // Half and twice of what is usual are still told as they are.
        ("asexual", 5, 5, 0, ""),
        ("asexual", 80, 20, 0, ""),
        ("asexual", 4, 10, 0, "seed_amount"),
        ("asexual", 81, 10, 0, "seed_amount"),
        ("asexual", 11, 4, 0, "fungus_amount"),
        ("asexual", 11, 21, 0, "fungus_amount"),
        ("asexual", 11, 10, 99, ""),
        ("sexual", 11, 10, 10, ""),
        ("sexual", 11, 10, 0, "no_mycena"),
        ("sexual", 11, 10, 99, "fungus_amount"),
    ] {
        let found = world.append(FIRST, planted(propagation, kg, bottles, of_mycena)).await.findings;
        let found: Vec<_> = found.iter().map(|one| one.mark.rule.as_str()).collect();
        assert_eq!(found.join(" "), wanted, "{propagation} {kg} {bottles} {of_mycena}");
    }
}

/// Ground is planted anew after its rest; other ground of the same plot at any time.
pub async fn ground_rests_before_it_is_planted_again(database: Database) {
    let world = World::found(database.url()).await;
    let seed = world.stock(FIRST, Stage::Seed, Product::SeedTuber, "900kg").await;
    let planted = |area: &str| {
        let sheet = draft(Kind::Plant, json!({"method": "hole", "form": "wutianma"})).at(FIRST_PLOT);
        sheet.takes(seed, "200kg").makes(Product::Planting, area)
    };
    let again = |sheet: Appended| sheet.findings.into_iter().find(|one| one.mark.rule == "replanted");
    let first = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    world.append(FIRST, harvest(first, "100kg", true)).await;
    assert!(again(world.append(FIRST, planted("2亩")).await).is_none(), "2 亩 of the 3 were never planted");
    let found = again(world.append(FIRST, planted("0.5亩")).await).expect("a warning");
    assert_eq!(found.mark.level, Level::Warning);
    assert!(found.zh.contains(DAY) && found.en.contains("2 years"), "{found:?}");
    let years = 2 * 366 * 86_400_000;
    world.pass_ms(years);
    assert!(again(world.append(FIRST, planted("0.3亩").on("2028-11-19")).await).is_some(), "a day too soon");
    assert!(again(world.append(FIRST, planted("0.2亩").on("2028-11-20")).await).is_none());
}
