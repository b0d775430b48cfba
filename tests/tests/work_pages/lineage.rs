//! The lineage picture.

use serde_json::json;
use trace_core::id::Stage;
use trace_core::record::Kind;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, FIRST_PLOT, OFFICE, PROCESSOR, RIVAL, SECOND, SECOND_PLOT, made};

use crate::desk::{Desk, Page};

/// The picture, whose tags open and close in order.
fn picture(page: &Page) -> &str {
    assert_eq!(page.status, 200, "{}", page.body);
    let at = page.body.find("<svg").expect("a picture");
    let end = page.body.find("</svg>").expect("its end") + 6;
    let svg = &page.body[at..end];
    let mut open: Vec<&str> = Vec::new();
    for tag in svg.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("a tag's end");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().expect("a name");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{svg}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    svg
}

pub async fn the_picture_shows_every_stage(database: Database) {
    let desk = Desk::open(database).await;
    let world = &desk.world;
    let planting = world.plant(FIRST, FIRST_PLOT, "2亩").await;
    let harvest = world.harvest(FIRST, planting, "400kg").await;
    let received = made(&world.receive(PROCESSOR, harvest, "400kg").await);
    let dried = made(&world.dry(PROCESSOR, received, "400kg", "100kg").await);
    let sale = world.pack(PROCESSOR, dried, "50kg").await;
    world.append(OFFICE, draft(Kind::Hold, json!({"reason": "suspicion"})).names(dried)).await;
    let page = desk.get(OFFICE, &format!("/app/batches/{received}/lineage")).await;
    let svg = picture(&page);
    for stage in Stage::ALL {
        assert!(svg.contains(&format!(">{}</text>", stage.en())), "{}", stage.en());
    }
    for batch in [planting, harvest, received, dried, sale] {
        assert!(svg.contains(&format!("href=\"/app/batches/{batch}\"")), "{batch}");
    }
    assert!(svg.contains("<title id=") && svg.contains("<desc id="));
    assert!(svg.contains("class=\"node warn\"") && svg.contains(">held</text>"), "in words and by the frame");
    assert_eq!(svg.matches("class=\"edge\"").count(), 6);
    // A party sees the whole graph, which is public, but the amounts of its own batches alone.
    let page = desk.get_zh(PROCESSOR, &format!("/app/batches/{sale}/lineage")).await;
    let svg = picture(&page);
    assert!(svg.contains(&format!("href=\"/b/{harvest}\"")) && svg.contains("冻结"));
    assert!(!svg.contains("2亩"), "another's area");
    assert_eq!(desk.get(RIVAL, &format!("/app/batches/{sale}/lineage")).await.status, 404);
}

/// A household reads its own name, or that it is the one who reads; nobody else reads the name.
pub async fn a_household_is_called_by_its_own_name(database: Database) {
    const NAME: &str = "李秀英";
    let desk = Desk::open(database).await;
    let world = &desk.world;
    let registered = world.ledger.party(SECOND).await.unwrap().unwrap().record;
    let mut registration = draft(Kind::RegisterParty, json!({"party": SECOND, "role": "household", "village": "荞山"}));
    registration.person = Some(json!({"name": NAME, "telephone": "10087654321"}));
    registration.supersedes = Some(registered);
    world.append(OFFICE, registration).await;
    let named = world.plant(SECOND, SECOND_PLOT, "1亩").await;
    let nameless = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    let harvest = world.harvest(SECOND, named, "200kg").await;
    let received = made(&world.receive(PROCESSOR, harvest, "200kg").await);
    for page in ["", "/lineage"] {
        let page_of = |batch| format!("/app/batches/{batch}{page}");
        desk.get(SECOND, &page_of(named)).await.says(200, NAME);
        assert!(!desk.get(SECOND, &page_of(named)).await.body.contains("household 荞山"), "it is called so by others");
        for (party, batch) in [(OFFICE, named), (OFFICE, harvest), (PROCESSOR, received)] {
            let page = desk.get(party, &page_of(batch)).await;
            assert_eq!(page.status, 200, "{}", page.body);
            assert!(!page.body.contains(NAME), "{}", page.body);
        }
        assert!(
            !desk.get(FIRST, &page_of(nameless)).await.body.contains("household 小草坝"),
            "it is called so by others"
        );
    }
    desk.get(OFFICE, &format!("/app/batches/{named}")).await.says(200, "· household 荞山 …");
    desk.get(FIRST, &format!("/app/batches/{nameless}")).await.says(200, "· you ·");
    desk.get_zh(FIRST, &format!("/app/batches/{nameless}")).await.says(200, "· 您 ·");
    desk.get_zh(PROCESSOR, &format!("/app/batches/{received}")).await.says(200, "· 第一加工厂 ·");
    let seed = world.stock(FIRST, Stage::Seed, trace_core::tianma::Product::SeedTuber, "100kg").await;
    let shipped = made(&world.receive(SECOND, seed, "50kg").await);
    let reached = desk.get(SECOND, &format!("/app/batches/{shipped}/reached")).await;
    assert_eq!(reached.status, 200, "{}", reached.body);
    let reached = desk.get(FIRST, &format!("/app/batches/{seed}/reached")).await;
    assert!(reached.body.contains(&shipped.to_string()) && !reached.body.contains(NAME), "{}", reached.body);
}

/// One thing is said as one in English, wherever pages count.
pub async fn one_is_not_several(database: Database) {
    const SEVERAL: [&str; 12] = [
        "receipts",
        "batches",
        "parties",
        "plots",
        "growers",
        "villages",
        "households",
        "records",
        "handovers",
        "packages",
        "labels",
        "rows",
    ];
    let desk = Desk::open(database).await;
    let world = &desk.world;
    let planting = world.plant(FIRST, FIRST_PLOT, "2亩").await;
    let planted = world.ledger.record(world.batch(planting).await.record, None).await.unwrap().unwrap();
    let mut inputs = planted.entry.record.inputs.iter().map(|input| input.batch);
    let seed = inputs.find(|batch| batch.stage() == Stage::Seed).expect("its seed");
    let harvest = world.harvest(FIRST, planting, "400kg").await;
    let received = made(&world.receive(PROCESSOR, harvest, "400kg").await);
    let dried = made(&world.dry(PROCESSOR, received, "400kg", "100kg").await);
    let sale = world.pack(PROCESSOR, dried, "50kg").await;
    let home = desk.get(FIRST, "/app").await;
    home.says(200, ">1 receipt waits for your confirmation<");
    let reached = desk.get(FIRST, &format!("/app/batches/{seed}/reached")).await;
    reached.says(200, "1 plot of 1 grower in 1 village<");
    let lineage = desk.get(FIRST, &format!("/app/batches/{harvest}/lineage")).await;
    let story = desk.get_public(&format!("/b/{sale}")).await;
    story.says(200, "1 household<").says(200, "1 plot: ").says(200, "Of 1 handover, 1 is not confirmed");
    let recall = [
        ("uid", desk.uid()),
        ("batches", sale.to_string()),
        ("scope", "with_descendants".to_owned()),
        ("reason", "so2".to_owned()),
        ("stage", "consumer".to_owned()),
    ];
    let preview = desk.post(OFFICE, "/app/office/recall", &recall).await;
    preview.says(200, "1 batch of 1 party<").says(200, "1 of them a sale batch<");
    for page in [home, reached, lineage, story, preview] {
        for several in SEVERAL {
            let words = format!("1 {several}");
            let mut wrong = page
                .body
                .match_indices(&words)
                .filter(|(at, _)| !page.body[..*at].ends_with(|c: char| c.is_ascii_digit()));
            assert_eq!(wrong.next(), None, "{}", page.body);
        }
    }
}

pub async fn many_alike_are_one_box(database: Database) {
    let desk = Desk::open(database).await;
    let world = &desk.world;
    let mut sheet = draft(Kind::Process, json!({"method": "pool"}));
    for _ in 0..30 {
        sheet = sheet.takes(world.fresh(PROCESSOR, "10kg").await, "10kg");
    }
    let sheet = sheet.makes_at(Stage::Processing, trace_core::tianma::Product::FreshTianma, "300kg");
    let pooled = made(&world.append(PROCESSOR, sheet).await);
    let page = desk.get(OFFICE, &format!("/app/batches/{pooled}/lineage")).await;
    let svg = picture(&page);
    assert!(svg.contains(">30 batches</text>"), "{svg}");
    assert_eq!(svg.matches("class=\"node").count(), 2);
    assert_eq!(svg.matches("class=\"edge\"").count(), 1);
}
