//! Fields of the crop: what a lot of fungus, a planting and a step in the workshop may say of themselves.

use serde_json::{Value, json};
use trace_core::id::{BatchCode, Stage};
use trace_core::prepare::Draft;
use trace_core::record::{Kind, Level};
use trace_core::tianma::{Form, Product, Tenure};
use trace_server::ledger::Appended;
use trace_tests::drafting::{DAY, Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    FACTORY, FIRST, FIRST_PLOT, NURSERY, OFFICE, PROCESSOR, World, correction, harvest, made, receive, release,
};

fn marks(appended: &Appended) -> Vec<(Level, &str)> {
    appended.findings.iter().map(|finding| (finding.mark.level, finding.mark.rule.as_str())).collect()
}

/// What was made of fungus: what passed, and what was thrown away beside it.
pub async fn a_lot_of_fungus_tells_what_was_lost(database: Database) {
    let world = World::found(database.url()).await;
    let lot = |inoculated: &str, contaminated: Option<&str>| {
        let details = json!({"species": "armillaria", "passed": true, "inoculated_on": inoculated});
        let sheet = draft(Kind::Produce, details).makes(Product::ArmillariaBottle, "1000瓶");
        Draft { contaminated: contaminated.map(str::to_owned), ..sheet }
    };
    let stored = world.append(FACTORY, lot("2026-09-30", Some("36瓶"))).await;
    assert_eq!(world.batch(made(&stored)).await.made, 1000, "what was thrown away is nobody's");
    let kept = world.ledger.amounts(stored.record.id()).await.unwrap().unwrap();
    assert_eq!(kept.contaminated.unwrap().quantity().value(), 36);
    // Inoculated on the very day.
    world.append(FACTORY, lot(DAY, None)).await;
    let refused = async |sheet: Draft| {
        let refusal = world.refusal(FACTORY, sheet).await;
        (refusal.rule, refusal.place)
    };
    let wanted = |rule: &str, place: &str| (rule.to_owned(), place.to_owned());
    assert_eq!(refused(lot("2026-11-21", None)).await, wanted("inoculation_date", "/details/inoculated_on"));
    for typed in ["36公斤", "0瓶"] {
        assert_eq!(refused(lot(DAY, Some(typed))).await, wanted("quantity", "/contaminated"), "{typed}");
    }
    let seed = draft(Kind::Produce, json!({"generation": "g1", "passed": true})).makes(Product::SeedTuber, "9kg");
    let seed = Draft { contaminated: Some("3瓶".to_owned()), ..seed };
    let refusal = world.refusal(NURSERY, seed).await;
    assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), ("produce_contradicts", "/amounts/contaminated"));
    let holes = Draft { holes: Some("3窝".to_owned()), ..lot(DAY, None) };
    assert_eq!(refused(holes).await, wanted("amount_unexpected", "/amounts/holes"));
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn a_planting_tells_its_wood_and_holes(database: Database) {
    let world = World::found(database.url()).await;
    let seed = world.stock(FIRST, Stage::Seed, Product::SeedTuber, "900kg").await;
    let fungus = world.stock(FIRST, Stage::Fungus, Product::ArmillariaBottle, "900瓶").await;
    let planted = |wood: &str, holes: &str| {
        let details = json!({"method": "hole", "form": "wutianma", "wood": ["oak"], "wood_permit": "YL-2026-7"});
        let sheet = draft(Kind::Plant, details).at(FIRST_PLOT).takes(seed, "11kg").takes(fungus, "10瓶");
        let sheet = sheet.makes(Product::Planting, "0.1亩");
        Draft { wood: Some(wood.to_owned()), holes: Some(holes.to_owned()), ..sheet }
    };
    for (wood, holes, found) in [
        ("750kg", "20窝", ""),
        // 33 kg a m² of 200 beds to 40 kg a m² of the whole; half of it and twice as much still pass.
        ("330kg", "10塘", ""),
        ("5333kg", "40窝", ""),
        ("329kg", "20窝", "wood_amount"),
        ("5334kg", "20窝", "wood_amount"),
        ("750kg", "9窝", "holes"),
        ("750kg", "41窝", "holes"),
    ] {
        let stored = world.append(FIRST, planted(wood, holes)).await;
        let rules: Vec<_> = stored.findings.iter().map(|one| one.mark.rule.as_str()).collect();
        assert_eq!(rules.join(" "), found, "{wood} {holes}");
        let kept = world.ledger.amounts(stored.record.id()).await.unwrap().unwrap();
        assert_eq!(kept.wood.unwrap().typed(), wood);
        assert_eq!(kept.holes.unwrap().typed(), holes);
    }
    for (wood, holes, place) in [("20瓶", "20窝", "/wood"), ("750kg", "20亩", "/holes")] {
        let refusal = world.refusal(FIRST, planted(wood, holes)).await;
        assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), ("quantity", place));
    }
    assert_eq!(world.refusal(FIRST, planted("750kg", "0窝")).await.place, "/holes");
}

/// Tubers of a harvest in the processor's hands.
async fn bought(world: &World) -> BatchCode {
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let fresh = made(&world.append(FIRST, harvest(planting, "300kg", false).on("2026-11-18")).await);
    made(&world.append(PROCESSOR, receive(fresh, "300kg").on("2026-11-18")).await)
}

fn step(method: &str, details: &Value, from: BatchCode, to: Product) -> Draft {
    let mut all = json!({"method": method});
    all.as_object_mut().unwrap().extend(details.as_object().unwrap().clone());
    draft(Kind::Process, all).takes(from, "20kg").makes(to, "19kg")
}

pub async fn steaming_has_its_time_and_its_day(database: Database) {
    let world = World::found(database.url()).await;
    let fresh = bought(&world).await;
    assert_eq!(world.batch(fresh).await.dug_on, Some("2026-11-18".parse().unwrap()), "it is known through the receipt");
    let steamed = |details: Value| step("steam", &details, fresh, Product::SteamedTianma).on("2026-11-18");
    let (warning, minutes, late) = (Level::Warning, "steam_minutes", "steamed_late");
    for (details, found) in [
        (json!({}), ""),
        (json!({"minutes": 5}), ""),
        (json!({"minutes": 30}), ""),
        (json!({"minutes": 4}), minutes),
        (json!({"minutes": 31}), minutes),
        (json!({"minutes": 15, "tuber_size": "large"}), ""),
        (json!({"minutes": 14, "tuber_size": "large"}), minutes),
        (json!({"minutes": 12, "tuber_size": "medium"}), ""),
        (json!({"minutes": 16, "tuber_size": "medium"}), minutes),
        (json!({"minutes": 11, "tuber_size": "small"}), minutes),
    ] {
        let shown = details.to_string();
        let stored = world.append(PROCESSOR, steamed(details)).await;
        let rules: Vec<_> = stored.findings.iter().map(|one| one.mark.rule.as_str()).collect();
        assert_eq!(rules.join(" "), found, "{shown}");
    }
    // A day later it is told, also where it was washed in between; of what was brought in no day is known.
    let next = steamed(json!({})).on("2026-11-19");
    let stored = world.append(PROCESSOR, next).await;
    assert_eq!(marks(&stored), [(warning, late)]);
    assert!(stored.findings[0].en.contains("2026-11-18") && stored.findings[0].zh.contains("2026-11-19"));
    // Steamed it is fresh no more.
    let details = json!({"product": "fresh_tianma", "net_content": {"unit": "mg", "value": 500_000}});
    let amount = world.batch(made(&stored)).await.made / 1_000_000;
    let amount = format!("{amount}kg");
    let pack = draft(Kind::Pack, details).takes(made(&stored), &amount).makes(Product::FreshTianma, &amount);
    assert_eq!(world.refusal(PROCESSOR, pack.on("2026-11-20")).await.rule, "transition");
    let washed = step("wash", &json!({}), fresh, Product::WashedTianma).on("2026-11-18");
    let washed = made(&world.append(PROCESSOR, washed).await);
    let sheet = step("steam", &json!({}), washed, Product::SteamedTianma);
    let sheet = Draft { inputs: Vec::new(), outputs: Vec::new(), ..sheet };
    let sheet = sheet.takes(washed, "9kg").makes(Product::SteamedTianma, "9kg").on("2026-11-19");
    assert_eq!(marks(&world.append(PROCESSOR, sheet).await), [(warning, late)]);
    let stock = world.fresh(PROCESSOR, "100kg").await;
    let sheet = step("steam", &json!({}), stock, Product::SteamedTianma);
    assert_eq!(marks(&world.append(PROCESSOR, sheet).await), []);
    // Minutes are of the steam.
    let sheet = step("wash", &json!({"minutes": 20}), fresh, Product::WashedTianma);
    assert_eq!(world.refusal(PROCESSOR, sheet).await.rule, "steaming");
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn what_was_fumigated_is_held(database: Database) {
    let world = World::found(database.url()).await;
    let fresh = world.fresh(PROCESSOR, "300kg").await;
    let said = |fumigated: bool| {
        let details = json!({"method": "dry", "fuel": "electricity", "sulphur_fumigated": fumigated});
        draft(Kind::Process, details).takes(fresh, "100kg").makes(Product::DriedTianma, "25kg")
    };
    assert_eq!(marks(&world.append(PROCESSOR, said(false)).await), []);
    let stored = world.append(PROCESSOR, said(true)).await;
    assert_eq!(marks(&stored), [(Level::Hold, "sulphur")]);
    let packed = || {
        let details = json!({"product": "dried_tianma", "net_content": {"unit": "mg", "value": 250_000}});
        draft(Kind::Pack, details).takes(made(&stored), "25kg").makes(Product::DriedTianma, "25kg")
    };
    assert_eq!(world.refusal(PROCESSOR, packed()).await.rule, "held_batch");
    // Taking the word back does not free it; the office does.
    let corrected = world.append(PROCESSOR, correction(&stored, said(false))).await;
    assert!(marks(&corrected).contains(&(Level::Hold, "corrected_while_held")), "{:?}", corrected.findings);
    assert_eq!(world.refusal(PROCESSOR, packed()).await.rule, "held_batch");
    world.append(OFFICE, release(corrected.record.id())).await;
    world.append(PROCESSOR, packed()).await;
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn a_plot_tells_by_what_right_it_is_used(database: Database) {
    let world = World::found(database.url()).await;
    assert_eq!(world.site(FIRST_PLOT).await.tenure, None);
    let old = world.site(FIRST_PLOT).await.record;
    let details = |tenure: &str| json!({"site": FIRST_PLOT, "party": FIRST, "kind": "plot", "altitude_m": 1800, "tenure": tenure});
    let sheet = |tenure: &str| draft(Kind::RegisterSite, details(tenure)).covering("3亩").replacing(old);
    assert_eq!(world.refusal(OFFICE, sheet("rented")).await.place, "/details/tenure");
    world.append(OFFICE, sheet("transferred")).await;
    assert_eq!(world.site(FIRST_PLOT).await.tenure, Some(Tenure::Transferred));
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

/// Seed keeps the form of the seed that it was raised from; a cross of two is a hybrid.
pub async fn seed_keeps_its_form(database: Database) {
    let world = World::found(database.url()).await;
    let brought = async |form: Option<Form>| {
        let sheet = draft(Kind::BringIn, json!({"origin": "before_system"}));
        let mut sheet = sheet.makes_at(Stage::Seed, Product::SeedTuber, "900kg");
        sheet.outputs[0].attributes.form = form;
        made(&world.append(NURSERY, sheet).await)
    };
    let (black, red) = (brought(Some(Form::Wutianma)).await, brought(Some(Form::Hongtianma)).await);
    let unknown = brought(None).await;
    let raised = |from: &[BatchCode], form: Option<Form>| {
        let sheet = draft(Kind::Produce, json!({"generation": "g1", "passed": true}));
        let sheet = from.iter().fold(sheet, |sheet, batch| sheet.takes(*batch, "1kg"));
        let mut sheet = sheet.makes(Product::SeedTuber, "20kg");
        sheet.outputs[0].attributes.form = form;
        sheet
    };
    for (from, form) in [
        (vec![black], Some(Form::Wutianma)),
        (vec![black, unknown], Some(Form::Wutianma)),
        (vec![unknown], Some(Form::Hongtianma)),
        (vec![black, red], Some(Form::Hybrid)),
        (vec![black], None),
    ] {
        world.append(NURSERY, raised(&from, form)).await;
    }
    for (from, form) in [
        (vec![black], Form::Hongtianma),
        (vec![black, red], Form::Wutianma),
        (vec![black], Form::Hybrid),
        (vec![black, unknown], Form::Hybrid),
    ] {
        let refusal = world.refusal(NURSERY, raised(&from, Some(form))).await;
        assert_eq!(
            (refusal.rule.as_str(), refusal.place.as_str()),
            ("form_contradicts", "/outputs/0/attributes/form"),
            "{form}"
        );
    }
}
