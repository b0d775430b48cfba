//! No form becomes another on the way, since the mark of origin hangs on it.

use serde_json::json;
use trace_core::id::{BatchCode, PartyId, Stage};
use trace_core::prepare::Draft;
use trace_core::record::{Kind, Refusal};
use trace_core::tianma::{Form, Product};
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, FIRST_PLOT, PROCESSOR, World, dry, made};
use trace_tests::refusals::shows;

fn of(mut sheet: Draft, form: Form) -> Draft {
    sheet.outputs[0].attributes.form = Some(form);
    sheet
}

async fn stock(world: &World, owner: PartyId, stage: Stage, product: Product, form: Form) -> BatchCode {
    let sheet = draft(Kind::BringIn, json!({"origin": "before_system"})).makes_at(stage, product, "600kg");
    made(&world.append(owner, of(sheet, form)).await)
}

fn says(refusal: &Refusal, place: &str, batch: BatchCode) {
    shows(refusal, "form_contradicts", &[&batch.to_string()]);
    assert_eq!(refusal.place, place);
    assert!(refusal.zh.contains("乌天麻") && refusal.zh.contains("红天麻"), "{refusal:?}");
    assert!(refusal.en.contains("wutianma") && refusal.en.contains("hongtianma"), "{refusal:?}");
}

pub async fn a_planting_is_of_its_seeds_form(database: Database) {
    let world = World::found(database.url()).await;
    let red = stock(&world, FIRST, Stage::Seed, Product::SeedTuber, Form::Hongtianma).await;
    let unknown = world.stock(FIRST, Stage::Seed, Product::SeedTuber, "200kg").await;
    let planted = |seeds: &[BatchCode], form: &str| {
        let sheet = draft(Kind::Plant, json!({"method": "hole", "form": form})).at(FIRST_PLOT);
        seeds.iter().fold(sheet, |sheet, seed| sheet.takes(*seed, "50kg")).makes(Product::Planting, "0.5亩")
    };
    says(&world.refusal(FIRST, planted(&[red], "wutianma")).await, "/details/form", red);
    says(&world.refusal(FIRST, planted(&[unknown, red], "wutianma")).await, "/details/form", red);
    let right = world.append(FIRST, planted(&[unknown, red], "hongtianma")).await;
    assert_eq!(world.batch(made(&right)).await.attributes.form, Some(Form::Hongtianma));
    // Seed of a form that nobody wrote down is what its grower says.
    world.append(FIRST, planted(&[unknown], "wutianma")).await;
}

pub async fn goods_keep_their_form(database: Database) {
    let world = World::found(database.url()).await;
    let place = "/outputs/0/attributes/form";
    let red = stock(&world, PROCESSOR, Stage::Harvest, Product::FreshTianma, Form::Hongtianma).await;
    let black = world.fresh(PROCESSOR, "100kg").await;
    let wrong = of(dry(red, "100kg", "20kg"), Form::Wutianma);
    says(&world.refusal(PROCESSOR, wrong).await, place, red);
    let pooled = || {
        let sheet = draft(Kind::Process, json!({"method": "pool"})).takes(black, "10kg").takes(red, "10kg");
        sheet.makes_at(Stage::Processing, Product::FreshTianma, "20kg")
    };
    says(&world.refusal(PROCESSOR, of(pooled(), Form::Wutianma)).await, place, red);
    let mixed = made(&world.append(PROCESSOR, pooled()).await);
    assert_eq!(world.batch(mixed).await.attributes.form, None, "two forms together are of neither");

    let dried = made(&world.append(PROCESSOR, dry(red, "100kg", "20kg")).await);
    assert_eq!(world.batch(dried).await.attributes.form, Some(Form::Hongtianma));
    let pack = || {
        let details = json!({"product": "dried_tianma", "net_content": {"unit": "mg", "value": 250_000}});
        draft(Kind::Pack, details).takes(dried, "5kg").makes(Product::DriedTianma, "5kg")
    };
    says(&world.refusal(PROCESSOR, of(pack(), Form::Wutianma)).await, place, dried);
    world.append(PROCESSOR, of(pack(), Form::Hongtianma)).await;
    // Whoever sorted stock of no stated form may say what it is.
    let unknown = world.stock(PROCESSOR, Stage::Harvest, Product::FreshTianma, "100kg").await;
    world.append(PROCESSOR, of(dry(unknown, "100kg", "30kg"), Form::Wutianma)).await;
}
