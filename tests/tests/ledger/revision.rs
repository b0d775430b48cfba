//! Correcting and voiding: versions form a line, and nothing that others built on is pulled away.

use serde_json::json;
use trace_core::id::Stage;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_tests::drafting::{DAY, Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    FIRST, FIRST_PLOT, OFFICE, PROCESSOR, SECOND, World, correction, dry, harvest, loss, made, void,
};

pub async fn a_correction_moves_the_balance(database: Database) {
    let world = World::found(database.url()).await;
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let first = world.append(FIRST, harvest(planting, "100kg", false)).await;
    let batch = made(&first);
    world.append(FIRST, loss(batch, "60kg")).await;
    assert_eq!(world.refusal(FIRST, correction(&first, harvest(planting, "59kg", false))).await.rule, "below_drawn");
    let second = world.append(FIRST, correction(&first, harvest(planting, "60kg", false))).await;
    let row = world.batch(batch).await;
    assert_eq!((row.made, row.remaining(), row.record), (60_000_000, 0, second.record.id()));
    assert_eq!(world.batch(planting).await.harvested_mg, 60_000_000);
    // Other hands, other kinds, other outputs.
    let again = |kg: &str| correction(&second, harvest(planting, kg, false));
    assert_eq!(world.refusal(SECOND, again("70kg")).await.rule, "foreign_record");
    let mut other = again("70kg");
    other.details = json!({"kind": "process", "details": {"method": "wash"}});
    other.inputs[0] = draft(Kind::Process, json!({})).takes(batch, "1kg").inputs.remove(0);
    other.outputs[0].batch = None;
    other.outputs[0].product = Some(Product::WashedTianma);
    other.outputs[0].stage = Some(Stage::Processing);
    assert_eq!(world.refusal(FIRST, other).await.rule, "other_kind");
    let mut renamed = again("70kg");
    renamed.outputs[0].batch = None;
    assert_eq!(world.refusal(FIRST, renamed).await.rule, "other_outputs");
    // What has users keeps its inputs, but not for ever its amount.
    let elsewhere = world.plant(FIRST, trace_tests::household::FIRST_VALLEY, "0.5亩").await;
    assert_eq!(world.refusal(FIRST, correction(&second, harvest(elsewhere, "70kg", false))).await.rule, "still_used");
    world.append(FIRST, again("70kg")).await;
    assert_eq!(world.batch(batch).await.remaining(), 10_000_000);
    let unknown = draft(Kind::Void, json!({"reason": "duplicate"})).replacing(trace_core::id::RecordId::of(b"x"));
    assert_eq!(world.refusal(FIRST, unknown).await.rule, "unknown_record");
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn a_void_gives_back(database: Database) {
    let world = World::found(database.url()).await;
    let fresh = world.fresh(PROCESSOR, "100kg").await;
    let dried = world.dry(PROCESSOR, fresh, "50kg", "15kg").await;
    let batch = made(&dried);
    let sale = world.pack(PROCESSOR, batch, "5kg").await;
    assert_eq!(world.refusal(PROCESSOR, void(dried.record.id())).await.rule, "still_used");
    let pack = world.batch(sale).await.record;
    assert_eq!(world.refusal(SECOND, void(pack)).await.rule, "foreign_record");
    world.append(OFFICE, void(pack)).await;
    assert_eq!(world.batch(batch).await.remaining(), 15_000_000);
    world.append(PROCESSOR, void(dried.record.id())).await;
    assert_eq!(world.batch(fresh).await.remaining(), 100_000_000);
    let row = world.batch(batch).await;
    assert!(row.void && world.record(dried.record.id()).await.void);
    assert_eq!(world.refusal(PROCESSOR, loss(batch, "1kg")).await.rule, "held_batch");
    assert_eq!(world.refusal(PROCESSOR, dry(batch, "1kg", "1kg")).await.rule, "void_batch");
    let (edges_live, all) = {
        let (_, edges) = world.store().load(&[trace_core::state::Key::Uses(fresh)].into()).await.unwrap();
        (edges.iter().filter(|edge| edge.live).count(), edges.len())
    };
    assert_eq!((edges_live, all), (0, 1), "the edge stays and is told as gone");
    // Some kinds are ended, not voided.
    let hold = world.append(OFFICE, draft(Kind::Hold, json!({"reason": "suspicion"})).names(fresh)).await;
    assert_eq!(world.refusal(OFFICE, void(hold.record.id())).await.rule, "not_revisable");
}

/// The office mends a household's record, the household mends it again, then the office: the fact stays the
/// household's all the while.
pub async fn the_office_may_correct_twice(database: Database) {
    let world = World::found(database.url()).await;
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let mut version = world.append(FIRST, harvest(planting, "100kg", false)).await;
    for (editor, amount) in [(OFFICE, "90kg"), (OFFICE, "80kg"), (FIRST, "70kg"), (OFFICE, "60kg")] {
        version = world.append(editor, correction(&version, harvest(planting, amount, false))).await;
        assert_eq!(world.record(version.record.id()).await.party, FIRST, "whose fact it is");
    }
    let row = world.batch(version.record.outputs[0].batch).await;
    assert_eq!((row.owner, row.made), (FIRST, 60_000_000));
    assert_eq!(world.refusal(SECOND, void(version.record.id())).await.rule, "foreign_record");
    world.append(FIRST, void(version.record.id())).await;
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

/// A planting's area goes back to the plot with the final harvest, once, whatever is corrected in between.
pub async fn a_planting_keeps_its_area(database: Database) {
    let world = World::found(database.url()).await;
    let area = |text: &str| trace_core::quantity::Stated::parse(text, trace_core::quantity::Measure::Area).unwrap();
    let bring = |area: &str| {
        let details = json!({"origin": "before_system"});
        draft(Kind::BringIn, details).at(FIRST_PLOT).makes_at(Stage::Planting, Product::Planting, area)
    };
    let brought = world.append(FIRST, bring("1亩")).await;
    let planting = made(&brought);
    let brought = world.append(FIRST, correction(&brought, bring("2亩")).at(FIRST_PLOT)).await;
    assert_eq!(world.site(FIRST_PLOT).await.open_cm2, area("2亩").quantity().value());
    let last = world.append(FIRST, harvest(planting, "100kg", true)).await;
    assert_eq!(world.site(FIRST_PLOT).await.open_cm2, 0);
    assert_eq!(world.refusal(FIRST, harvest(planting, "1kg", false)).await.rule, "planting_closed");
    let refusal = world.refusal(FIRST, correction(&brought, bring("1亩")).at(FIRST_PLOT)).await;
    assert_eq!(refusal.rule, "planting_closed");
    assert_eq!(world.site(FIRST_PLOT).await.open_cm2, 0);
    world.append(FIRST, void(last.record.id())).await;
    assert_eq!(world.site(FIRST_PLOT).await.open_cm2, area("2亩").quantity().value());
    world.append(FIRST, correction(&brought, bring("1亩")).at(FIRST_PLOT)).await;
    let last = world.append(FIRST, harvest(planting, "100kg", true)).await;
    assert_eq!(world.site(FIRST_PLOT).await.open_cm2, 0);
    // Replanted on the same ground, the old planting cannot come back to life as open ground.
    let next = world.plant_on(FIRST, FIRST_PLOT, "3亩", DAY).await;
    assert_eq!(world.refusal(FIRST, void(last.record.id())).await.rule, "site_area");
    assert_eq!(world.refusal(FIRST, correction(&last, harvest(planting, "100kg", false))).await.rule, "site_area");
    assert_eq!(world.batch(planting).await.closings, 1);
    // A harvest of before may be corrected; none is moved to a planting that is closed.
    world.append(FIRST, correction(&last, harvest(planting, "90kg", true))).await;
    let other = world.append(FIRST, harvest(next, "10kg", false)).await;
    assert_eq!(
        world.refusal(FIRST, correction(&other, harvest(planting, "10kg", false))).await.rule,
        "planting_closed"
    );
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}
