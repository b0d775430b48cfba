//! Lots of fungus and seed, plantings, and work on them.

use serde_json::json;
use trace_core::id::{PartyId, Stage};
use trace_core::record::Kind;
use trace_core::tianma::{Form, Generation, Product, SeedSource, SizeClass};
use trace_tests::drafting::{DAY, Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    COOP, FACTORY, FIRST, FIRST_PLOT, NURSERY, OFFICE, SECOND, SECOND_PLOT, SELLER, made, receive,
};

use crate::desk::{Desk, Page};

async fn lot(desk: &Desk, amount: &str, passed: &str) -> Page {
    let fields = [
        ("uid", desk.uid()),
        ("product", "armillaria_bottle".to_owned()),
        ("amount", amount.to_owned()),
        ("strain", "蜜环菌 A9".to_owned()),
        ("passed", passed.to_owned()),
        ("date", DAY.to_owned()),
    ];
    desk.post(FACTORY, "/app/lots", &fields).await
}

/// Bottles go from the factory to a grower, who plants them with seed of its own.
async fn planted(desk: &Desk, lot: trace_core::id::BatchCode, grower: PartyId, site: trace_core::id::SiteId) -> String {
    let got = desk.world.append(grower, receive(lot, "50瓶")).await;
    let fungus = made(&got);
    let seed = desk.world.stock(grower, Stage::Seed, Product::SeedTuber, "100kg").await;
    let sheet = draft(Kind::Plant, serde_json::json!({"method": "hole", "form": "wutianma"})).at(site);
    let sheet = sheet.takes(seed, "100kg").takes(fungus, "50瓶").makes(Product::Planting, "0.5亩");
    made(&desk.world.append(grower, sheet).await).to_string()
}

pub async fn a_lot_and_every_plot_that_it_reached(database: Database) {
    let desk = Desk::open(database).await;
    let before = desk.entries().await;
    let page = lot(&desk, "1020", "yes").await;
    page.says(422, "value=\"1020\"").says(422, "瓶").says(422, "value=\"蜜环菌 A9\"");
    lot(&desk, "1020瓶", "").await.says(422, "own check");
    assert_eq!(desk.entries().await, before, "nothing of it was stored");
    let record = desk.world.record(lot(&desk, "1020瓶", "yes").await.record()).await;
    let bad = record.outputs[0];
    assert_eq!(desk.world.batch(bad).await.made, 1020);
    assert_eq!(
        desk.world.batch(bad).await.attributes.strain.as_ref().map(ToString::to_string).as_deref(),
        Some("蜜环菌 A9")
    );
    let good = desk.world.record(lot(&desk, "500瓶", "yes").await.record()).await.outputs[0];
    let failed = desk.world.record(lot(&desk, "20瓶", "no").await.record()).await.outputs[0];
    assert!(!desk.world.batch(failed).await.holds.is_empty(), "what failed its own check is held");

    let first = planted(&desk, bad, FIRST, FIRST_PLOT).await;
    let second = planted(&desk, bad, SECOND, SECOND_PLOT).await;
    let innocent = planted(&desk, good, FIRST, FIRST_PLOT).await;
    let address = format!("/app/batches/{bad}/reached");
    let page = desk.get(FACTORY, &address).await;
    page.says(200, "2 plots of 2 growers").says(200, &first).says(200, &second).says(200, "1800 m");
    assert!(!page.body.contains(&innocent), "a sibling's plot is not on the list");
    desk.get_zh(OFFICE, &address).await.says(200, "2 块地，2 个种植者");
    assert_eq!(desk.get(SELLER, &address).await.status, 404, "not for others");
    desk.get(FACTORY, &format!("/app/batches/{bad}")).await.says(200, &address).says(200, "bottles");
    desk.get(FACTORY, &format!("/app/batches/{failed}/reached")).await.says(200, "not been planted anywhere");

    // What was thrown away, and the day of inoculation.
    let more = |inoculated: &str, contaminated: &str| {
        [
            ("uid", desk.uid()),
            ("product", "armillaria_bottle".to_owned()),
            ("amount", "400瓶".to_owned()),
            ("passed", "yes".to_owned()),
            ("date", DAY.to_owned()),
            ("inoculated", inoculated.to_owned()),
            ("contaminated", contaminated.to_owned()),
        ]
    };
    let post = async |inoculated: &str, contaminated: &str| {
        desk.post(FACTORY, "/app/lots", &more(inoculated, contaminated)).await
    };
    post("2026-11-21", "16瓶").await.says(422, "id=\"inoculated-wrong\"").says(422, "value=\"16瓶\"");
    post("2026-09-30", "16").await.says(422, "id=\"contaminated-wrong\"");
    let record = post("2026-09-30", "16瓶").await.record();
    let page = desk.get(FACTORY, &format!("/app/records/{record}")).await;
    page.says(200, "2026-09-30").says(200, "16 bottles").says(200, "416 bottles");

    // A nursery's seed needs its generation, and is of the unified supply.
    let seed = |generation: &str| {
        [
            ("uid", desk.uid()),
            ("product", "seed_tuber".to_owned()),
            ("amount", "2400公斤".to_owned()),
            ("generation", generation.to_owned()),
            ("form", "wutianma".to_owned()),
            ("passed", "yes".to_owned()),
            ("date", DAY.to_owned()),
        ]
    };
    desk.post(NURSERY, "/app/lots", &seed("")).await.says(422, "needs its generation");
    let made = desk.world.record(desk.post(NURSERY, "/app/lots", &seed("g1")).await.record()).await.outputs[0];
    let row = desk.world.batch(made).await;
    assert_eq!(row.attributes.source, Some(SeedSource::UnifiedSupply));
    // It goes out by the same page as everything else.
    let ship =
        [("uid", desk.uid()), ("to", COOP.to_string()), ("lines", format!("{made} 100kg")), ("date", DAY.to_owned())];
    desk.post(NURSERY, "/app/ship", &ship).await.record();
    desk.get(COOP, "/app/receive").await.says(200, &made.to_string());
    desk.get(COOP, "/app").await.says(200, "class=\"count\">1<");
}

pub async fn a_planting_names_its_seed(database: Database) {
    let desk = Desk::open(database).await;
    let page = desk.get(FIRST, "/app/plant").await;
    page.says(200, "There is no seed on hand");
    assert!(!page.body.contains("name=\"area\""), "no form before there is seed");
    let mut seed = draft(Kind::BringIn, json!({"origin": "before_system"}));
    seed = seed.makes_at(Stage::Seed, Product::SeedTuber, "200kg");
    seed.outputs[0].attributes.form = Some(Form::Hongtianma);
    let seed = made(&desk.world.append(FIRST, seed).await);
    let fungus = desk.world.stock(FIRST, Stage::Fungus, Product::ArmillariaBottle, "120瓶").await;
    let page = desk.get(FIRST, "/app/plant").await;
    page.says(200, "120 bottles left").says(200, &FIRST_PLOT.to_string());
    page.says(200, "value=\"hongtianma\" selected");
    let uid = page.value("uid");
    let fields = |uid: &str, area: &str, kg: &str| {
        vec![
            ("uid".to_owned(), uid.to_owned()),
            ("plot".to_owned(), FIRST_PLOT.to_string()),
            ("area".to_owned(), area.to_owned()),
            ("form".to_owned(), "hongtianma".to_owned()),
            ("method".to_owned(), "under_forest".to_owned()),
            ("wood".to_owned(), "oak".to_owned()),
            ("date".to_owned(), DAY.to_owned()),
            (format!("a-{seed}"), kg.to_owned()),
            (format!("a-{fungus}"), "110瓶".to_owned()),
        ]
    };
    let before = desk.entries().await;
    let post = async |fields: &[(String, String)]| desk.post(FIRST, "/app/plant", fields).await;
    post(&fields(&uid, "1.1亩", "")).await.says(422, "Say how much seed went in").says(422, "value=\"110瓶\"");
    post(&fields(&uid, "1.1", "121kg")).await.says(422, "id=\"area-wrong\"").says(422, "value=\"121kg\"");
    post(&fields(&uid, "9亩", "121kg")).await.says(422, "id=\"area-wrong\"");
    post(&fields(&uid, "1.1亩", "500kg")).await.says(422, &format!("id=\"a-{seed}-wrong\""));
    assert_eq!(desk.entries().await, before, "nothing of it was stored");
    let mut wrong = fields(&uid, "1.1亩", "242斤");
    "wutianma".clone_into(&mut wrong[3].1);
    post(&wrong).await.says(422, "id=\"form-wrong\"").says(422, &seed.to_string());
    let with = |name: &str, value: &str| {
        let mut fields = fields(&uid, "1.1亩", "242斤");
        fields.push((name.to_owned(), value.to_owned()));
        fields
    };
    for (name, value) in [("holes", "240"), ("wood_amount", "8000瓶"), ("wood_permit", "某号")] {
        post(&with(name, value)).await.says(422, &format!("id=\"{name}-wrong\"")).says(422, value);
    }
    assert_eq!(desk.entries().await, before, "nothing of it was stored");
    let record = post(&fields(&uid, "1.1亩", "242斤")).await.record();
    assert_eq!(post(&fields(&uid, "1.1亩", "242斤")).await.record(), record, "pressed twice");
    let planting = desk.world.record(record).await.outputs[0];
    assert_eq!(desk.world.batch(seed).await.remaining(), 79_000_000);
    desk.get(FIRST, "/app/harvest").await.says(200, &planting.to_string());
    let mut told = fields(&desk.uid(), "0.2亩", "22kg");
    told.retain(|(name, _)| !name.contains(&fungus.to_string()));
    for (name, value) in [("holes", "40窝"), ("wood_amount", "1.5吨"), ("wood_permit", "YL-2026-7")] {
        told.push((name.to_owned(), value.to_owned()));
    }
    let record = post(&told).await.record();
    let page = desk.get(FIRST, &format!("/app/records/{record}")).await;
    page.says(200, "<dd>40</dd>").says(200, "1,500 kg").says(200, "YL-2026-7").says(200, "oak family");
    // The clerk plants for the household that let it, and for no other.
    let fields: Vec<_> = fields(&desk.uid(), "0.5亩", "50kg")
        .into_iter()
        .filter(|(name, _)| !name.contains(&fungus.to_string()))
        .collect();
    let of = |party: PartyId| {
        let mut fields = fields.clone();
        fields.push(("for".to_owned(), party.to_string()));
        fields
    };
    let record = desk.post(COOP, "/app/plant", &of(FIRST)).await.record();
    let row = desk.world.record(record).await;
    assert_eq!((row.actor, row.entered_by), (FIRST, Some(COOP)));
    desk.post(COOP, "/app/plant", &of(SECOND)).await.says(403, "has not let you enter");
    desk.get(COOP, "/app/households").await.says(200, &format!("/app/plant?for={FIRST}"));
}

pub async fn work_on_a_plot_is_written_down(database: Database) {
    let desk = Desk::open(database).await;
    desk.get(FIRST, "/app/tend").await.says(200, "Nothing is growing").says(200, "href=\"/app/plant\"");
    let planting = desk.world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let fields = |operation: &str, applied: &str, registration: &str| {
        [
            ("uid", desk.uid()),
            ("plot", planting.to_string()),
            ("operation", operation.to_owned()),
            ("input", applied.to_owned()),
            ("registration", registration.to_owned()),
            ("reason", "蛴螬".to_owned()),
            ("date", DAY.to_owned()),
        ]
    };
    let post = async |fields: &[(&str, String)]| desk.post(FIRST, "/app/tend", fields).await;
    let page = post(&fields("pest_control", "", "")).await;
    page.says(422, "id=\"input-wrong\"").says(422, "value=\"蛴螬\"");
    post(&fields("pest_control", "辛硫磷", "农药")).await.says(422, "id=\"registration-wrong\"");
    post(&fields("", "", "")).await.says(422, "id=\"operation-wrong\"");
    let record = post(&fields("pest_control", "辛硫磷", "pd20040018")).await.record();
    assert_eq!(desk.world.record(record).await.states, Kind::Tend);
    // Somebody else's plot is not on the list, nor taken.
    let mut foreign = fields("weed", "", "");
    foreign[1].1 = desk.world.plant(SECOND, SECOND_PLOT, "1亩").await.to_string();
    post(&foreign).await.says(422, "id=\"plot-wrong\"");
}

/// Own seed is dug somewhere: the page asks where, and then it counts as part of that planting's yield.
pub async fn own_seed_names_its_planting(database: Database) {
    let desk = Desk::open(database).await;
    let planting = desk.world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let page = desk.get(FIRST, "/app/lots").await;
    page.says(200, "Dug from which planting").says(200, &planting.to_string());
    assert!(!desk.get(NURSERY, "/app/lots").await.body.contains("name=\"planting\""), "it breeds from the wild, too");
    let fields = |planting: &str, amount: &str| {
        [
            ("uid", desk.uid()),
            ("product", "seed_tuber".to_owned()),
            ("amount", amount.to_owned()),
            ("generation", "g1".to_owned()),
            ("size", "baima".to_owned()),
            ("planting", planting.to_owned()),
            ("passed", "yes".to_owned()),
            ("date", DAY.to_owned()),
        ]
    };
    let post = async |fields: &[(&str, String)]| desk.post(FIRST, "/app/lots", fields).await;
    let planting_code = planting.to_string();
    post(&fields(&planting_code, "1200kg")).await.says(422, "id=\"amount-wrong\"").says(422, "1199 kg per 亩");
    post(&fields("P261120-0000000", "20kg")).await.says(422, "id=\"planting-wrong\"");
    let both = [&fields(&planting_code, "20kg")[..], &[("from", format!("{planting} 1kg"))]].concat();
    post(&both).await.says(422, "id=\"from-wrong\"");
    let mut failed = fields(&planting_code, "20kg");
    "no".clone_into(&mut failed[6].1);
    post(&failed).await.says(422, "id=\"passed-wrong\"");
    let record = desk.world.record(post(&fields(&planting_code, "20kg")).await.record()).await;
    assert_eq!(record.states, Kind::Harvest);
    let seed = desk.world.batch(record.outputs[0]).await;
    assert_eq!((seed.stage, seed.product, seed.made), (Stage::Seed, Product::SeedTuber, 20_000_000));
    assert_eq!((seed.attributes.form, seed.attributes.generation), (Some(Form::Wutianma), Some(Generation::G1)));
    assert_eq!((seed.attributes.source, seed.attributes.size_class), (Some(SeedSource::Own), Some(SizeClass::Baima)));
    let row = desk.world.batch(planting).await;
    assert_eq!((row.harvested_mg, row.closings), (20_000_000, 0), "the rest of it grows on");
    // Without it the lot stands as before, and says what it lacks.
    let bare = desk.world.record(post(&fields("", "20kg")).await.record()).await;
    assert_eq!(bare.states, Kind::Produce);
}
