//! What a clerk does for a household beyond its harvests, and that everybody finds the way to each task.

use serde_json::json;
use trace_core::id::{PartyId, RecordId};
use trace_core::record::Kind;
use trace_tests::drafting::{DAY, Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FACTORY, FIRST, LABORATORY, NURSERY, OFFICE, PROCESSOR, SECOND, SELLER, harvest};

use crate::desk::Desk;

async fn let_coop(desk: &Desk, kinds: &[&str]) {
    let details = json!({"from": SECOND, "to": COOP, "kinds": kinds, "until": "2027-12-31"});
    desk.world.append(SECOND, draft(Kind::Grant, details)).await;
}

/// Who it is of, and who typed it.
async fn sides(desk: &Desk, record: RecordId) -> (PartyId, Option<PartyId>) {
    let row = desk.world.record(record).await;
    (row.actor, row.entered_by)
}

pub async fn a_clerk_works_up_a_households_harvest(database: Database) {
    let desk = Desk::open(database).await;
    let fresh = desk.world.fresh(SECOND, "100kg").await;
    let pages = ["/app/process", "/app/pack", "/app/certify", "/app/adjust"];
    for path in pages {
        let page = desk.get(COOP, &format!("{path}?for={SECOND}&batch={fresh}")).await;
        page.says(403, "has not let you enter");
    }
    let_coop(&desk, &["adjust", "certify", "pack", "process"]).await;
    let list = desk.get(COOP, "/app/households").await;
    for path in pages {
        list.says(200, &format!("{path}?for={SECOND}"));
        // The page names whose it is, and offers that household's batches alone.
        let page = desk.get(COOP, &format!("{path}?for={SECOND}")).await;
        page.says(200, &fresh.to_string());
        assert!(!desk.get(COOP, path).await.body.contains(&fresh.to_string()), "{path}");
    }
    let second = SECOND.to_string();
    let fields = |more: &[(&str, &str)]| {
        let mut fields = vec![("uid".to_owned(), desk.uid()), ("for".to_owned(), second.clone())];
        fields.push(("date".to_owned(), DAY.to_owned()));
        fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        fields
    };
    let batch = fresh.to_string();
    let loss = fields(&[("batch", &batch), ("reason", "own_use"), ("direction", "less"), ("amount", "10 kg")]);
    let record = desk.post(COOP, "/app/adjust", &loss).await.record();
    assert_eq!(sides(&desk, record).await, (SECOND, Some(COOP)));
    assert_eq!(desk.world.batch(fresh).await.remaining(), 90_000_000);

    let dry = fields(&[
        ("from", "fresh_tianma"),
        ("method", "dry"),
        ("pick", &batch),
        (&format!("a-{batch}"), "60 kg"),
        ("product-0", "dried_tianma"),
        ("out-0", "15 kg"),
    ]);
    let check = desk.post(COOP, "/app/process", &dry).await;
    check.says(200, "dry to fresh 0.25").says(200, "小草坝");
    let record = desk.post(COOP, "/app/process/store", &check.hidden("/app/process/store")).await.record();
    assert_eq!(sides(&desk, record).await, (SECOND, Some(COOP)));
    let dried = desk.world.record(record).await.outputs[0];
    assert_eq!(desk.world.batch(dried).await.owner, SECOND);

    let dried = dried.to_string();
    desk.get(COOP, &format!("/app/pack?for={SECOND}&batch={dried}")).await.says(200, "name=\"net\"");
    let pack = fields(&[("batch", &dried), ("product", "dried_tianma"), ("net", "250 g"), ("amount", "5 kg")]);
    let packed = desk.post(COOP, "/app/pack", &pack).await;
    assert!(packed.location.starts_with("/app/records/"), "codes are the owner's: {}", packed.location);
    assert_eq!(sides(&desk, packed.record()).await, (SECOND, Some(COOP)));
    assert_eq!(desk.post(COOP, "/app/pack", &pack).await.location, packed.location, "pressed twice");

    let certify = fields(&[("batch", &dried), ("basis", "own_control"), ("agree", "1")]);
    let page = desk.get(COOP, &format!("/app/certify?for={SECOND}&batch={dried}")).await;
    page.says(200, "has committed to the above before me");
    let record = desk.post(COOP, "/app/certify", &certify).await.record();
    assert_eq!(sides(&desk, record).await, (SECOND, Some(COOP)));

    // A batch of another household is not opened by this one's grant.
    let foreign = desk.world.fresh(FIRST, "10kg").await;
    for path in ["/app/pack", "/app/certify", "/app/adjust"] {
        assert_eq!(desk.get(COOP, &format!("{path}?for={SECOND}&batch={foreign}")).await.status, 404, "{path}");
    }
}

pub async fn a_clerk_sets_right_what_it_typed(database: Database) {
    let desk = Desk::open(database).await;
    let planting = desk.world.plant(SECOND, trace_tests::household::SECOND_PLOT, "1亩").await;
    let_coop(&desk, &["harvest"]).await;
    let entered = desk.world.append(COOP, harvest(planting, "100kg", false).of(SECOND)).await;
    let id = entered.record.id();
    let (record, void) = (format!("/app/records/{id}"), format!("/app/records/{id}/void"));
    let correct = format!("/app/records/{id}/correct");
    // The grant for harvests lets it correct one; to void it takes a grant of its own.
    let page = desk.get(COOP, &record).await;
    page.says(200, &correct);
    assert!(!page.body.contains(&void), "{}", page.body);
    assert_eq!(desk.get(COOP, &void).await.status, 404);
    desk.get(COOP, &correct).await.says(200, "value=\"100kg\"");
    let fields = [("uid", desk.uid()), ("date", DAY.to_owned()), ("out-0", "90kg".to_owned())];
    let corrected = desk.post(COOP, &correct, &fields).await.record();
    assert_eq!(sides(&desk, corrected).await, (SECOND, Some(COOP)));
    assert_eq!(desk.world.batch(trace_tests::household::made(&entered)).await.made, 90_000_000);

    let (record, void) = (format!("/app/records/{corrected}"), format!("/app/records/{corrected}/void"));
    let_coop(&desk, &["void"]).await;
    desk.get(COOP, &record).await.says(200, &void);
    let fields = [("uid", desk.uid()), ("reason", "typing_error".to_owned())];
    let voided = desk.post(COOP, &void, &fields).await.record();
    assert_eq!(sides(&desk, voided).await, (SECOND, Some(COOP)));
    assert!(desk.world.record(corrected).await.void);

    // What the household typed itself is not the clerk's to read.
    let own = desk.world.append(SECOND, harvest(planting, "10kg", false)).await.record.id();
    assert_eq!(desk.get(COOP, &format!("/app/records/{own}/void")).await.status, 404);
}

pub async fn everybody_finds_the_way_to_each_task(database: Database) {
    let desk = Desk::open(database).await;
    let everybody = [FIRST, FACTORY, NURSERY, COOP, PROCESSOR, SELLER, LABORATORY, OFFICE];
    let mut linked = Vec::new();
    for party in everybody {
        let page = desk.get(party, "/app").await;
        let links: Vec<String> = page
            .body
            .split("<a href=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().expect("an end").to_owned())
            .filter(|href| href.starts_with("/app/"))
            .collect();
        for href in &links {
            assert_eq!(desk.get(party, href).await.status, 200, "{party} {href}");
        }
        linked.push(links);
    }
    let ways = |of: PartyId| &linked[everybody.iter().position(|party| *party == of).expect("one of them")];
    // A household may dry, pack and warrant what it dug; a co-op grows, too.
    for path in ["/app/process", "/app/pack", "/app/certify", "/app/adjust", "/app/plant"] {
        assert!(ways(FIRST).contains(&path.to_owned()), "{path}");
        assert!(ways(COOP).contains(&path.to_owned()), "{path}");
    }
    let fresh = desk.world.fresh(FIRST, "10kg").await;
    let page = desk.get(FIRST, &format!("/app/batches/{fresh}")).await;
    page.says(200, "/app/process?from=").says(200, "/app/pack?batch=").says(200, "/app/certify?batch=");
}
