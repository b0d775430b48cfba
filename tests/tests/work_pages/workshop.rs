//! One step of work.

use serde_json::{Value, json};
use trace_core::id::{BatchCode, Stage};
use trace_core::record::Kind;
use trace_core::tianma::{Form, Product, RulesTable};
use trace_tests::drafting::{DAY, Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR, RIVAL, WORKSHOP, made, void};

use crate::desk::{Desk, Page};

fn drying(uid: String, inputs: &[(BatchCode, &str)], out: &str) -> Vec<(String, String)> {
    let mut fields = vec![
        ("uid".to_owned(), uid),
        ("from".to_owned(), "fresh_tianma".to_owned()),
        ("method".to_owned(), "dry".to_owned()),
        ("date".to_owned(), DAY.to_owned()),
        ("site".to_owned(), WORKSHOP.to_string()),
        ("min_celsius".to_owned(), "55".to_owned()),
        ("max_celsius".to_owned(), "65".to_owned()),
        ("fuel".to_owned(), "electricity".to_owned()),
        ("hours".to_owned(), "60".to_owned()),
        ("product-0".to_owned(), "dried_tianma".to_owned()),
        ("out-0".to_owned(), out.to_owned()),
    ];
    for (batch, amount) in inputs {
        fields.push(("pick".to_owned(), batch.to_string()));
        fields.push((format!("a-{batch}"), (*amount).to_owned()));
    }
    fields
}

pub async fn steaming_and_sulphur_are_asked_for(database: Database) {
    let desk = Desk::open(database).await;
    let fresh = desk.world.fresh(PROCESSOR, "100kg").await;
    let page = desk.get(PROCESSOR, "/app/process?from=fresh_tianma&method=steam").await;
    page.says(200, "name=\"minutes\"").says(200, "5 to 30 minutes").says(200, "large above 150 g each");
    page.says(200, "name=\"sulphur\"");
    let pool = desk.get(PROCESSOR, "/app/process?from=fresh_tianma&method=pool").await;
    assert!(!pool.body.contains("name=\"sulphur\"") && !pool.body.contains("name=\"minutes\""), "{}", pool.body);
    let fields = |minutes: &str, sulphur: &str| {
        [
            ("uid".to_owned(), page.value("uid")),
            ("from".to_owned(), "fresh_tianma".to_owned()),
            ("method".to_owned(), "steam".to_owned()),
            ("date".to_owned(), DAY.to_owned()),
            ("pick".to_owned(), fresh.to_string()),
            (format!("a-{fresh}"), "100kg".to_owned()),
            ("product-0".to_owned(), "steamed_tianma".to_owned()),
            ("out-0".to_owned(), "98kg".to_owned()),
            ("minutes".to_owned(), minutes.to_owned()),
            ("tuber_size".to_owned(), "small".to_owned()),
            ("sulphur".to_owned(), sulphur.to_owned()),
        ]
    };
    desk.post(PROCESSOR, "/app/process", &fields("a while", "no")).await.says(422, "id=\"minutes-wrong\"");
    let none = desk.post(PROCESSOR, "/app/process", &fields("12", "no")).await;
    none.says(200, "<dt>Fumigated with sulphur</dt><dd>no</dd>").says(200, "<dt>Minutes in the steam</dt><dd>12</dd>");
    assert!(!none.body.contains("it is held"), "{}", none.body);
    let check = desk.post(PROCESSOR, "/app/process", &fields("12", "yes")).await;
    check.says(200, "Fumigated with sulphur: it is held");
    let hidden = check.hidden("/app/process/store");
    let record = desk.post(PROCESSOR, "/app/process/store", &hidden).await.record();
    let page = desk.get(PROCESSOR, &format!("/app/records/{record}")).await;
    page.says(200, "<dd>12</dd>")
        .says(200, "small tubers")
        .says(200, "5 to 10 are usual")
        .says(200, "gets no mark of origin");
    let row = desk.world.record(record).await;
    assert!(!desk.world.batch(row.outputs[0]).await.holds.is_empty());
}

pub async fn the_ratio_comes_before_storing(database: Database) {
    let desk = Desk::open(database).await;
    let one = desk.world.fresh(PROCESSOR, "1000kg").await;
    let two = desk.world.fresh(PROCESSOR, "1000kg").await;
    let page = desk.get(PROCESSOR, "/app/process?from=fresh_tianma&method=dry").await;
    page.says(200, &one.to_string()).says(200, "name=\"fuel\"").says(200, "/work.js");
    // Only a script can tick them all; without one there is nothing to press in vain.
    page.says(200, "<label class=\"head\" hidden><input type=\"checkbox\" data-all> all</label>");
    assert!(!page.body.contains("per_unit"), "only what the method asks for");
    what_the_script_goes_by(&page);
    let before = desk.entries().await;
    let fields = drying(page.value("uid"), &[(one, "1000 kg"), (two, "2000斤")], "500公斤");
    let check = desk.post(PROCESSOR, "/app/process", &fields).await;
    check.says(200, "dry to fresh 0.25").says(200, "2,000 kg").says(200, "leaves 0 kg (0 jin)");
    assert_eq!(desk.entries().await, before, "the check stores nothing");
    let hidden = check.hidden("/app/process/store");
    let back = desk.post(PROCESSOR, "/app/process/edit", &hidden).await;
    back.says(200, "500公斤").says(200, "checked");
    let record = desk.post(PROCESSOR, "/app/process/store", &hidden).await.record();
    let row = desk.world.record(record).await;
    assert_eq!(desk.world.batch(row.outputs[0]).await.made, 500_000_000);
    assert_eq!(row.site, Some(WORKSHOP));
    let again = desk.post(PROCESSOR, "/app/process/store", &hidden).await;
    assert_eq!(again.record(), record, "pressed twice");
    assert_eq!(desk.entries().await, before + 1);
    // Too dry to be true is said before it is refused, and refused with the arithmetic.
    let three = desk.world.fresh(PROCESSOR, "2000kg").await;
    let fields = drying(desk.uid(), &[(three, "2000kg")], "1,050 kg");
    let check = desk.post(PROCESSOR, "/app/process", &fields).await;
    check.says(200, "it will be refused");
    assert!(!check.body.contains("/app/process/store"), "a button that would only be refused");
    let page = desk.post(PROCESSOR, "/app/process/store", &fields).await;
    page.says(422, "1,050 kg").says(422, "no form of tianma gives more than 0.48");
    assert_eq!(page.body.matches("aria-invalid").count(), 1, "beside the output");
}

/// Sentences, units and figures stand in the form; the figures are those of the rules table in force.
fn what_the_script_goes_by(page: &Page) {
    page.says(200, "data-holds=\"1000000000\" data-measure=\"mass\" data-form=\"wutianma\"");
    let live: Value = serde_json::from_str(&page.attribute("data-live")).expect("the script's words");
    let table = RulesTable::builtin().expect("the table in force");
    for (name, form) in [("", None), ("wutianma", Some(Form::Wutianma)), ("hongtianma", Some(Form::Hongtianma))] {
        let (bounds, scale) = (table.dry_fresh_per_10000(form), &live["step"]["scales"][name]);
        let above = [bounds.refuse_above, bounds.hold_above, bounds.warn_above];
        assert_eq!([0, 1, 2].map(|i| scale["above"][i][0].as_u64()), above.map(Some), "{name}");
        assert_eq!(scale["below"][0].as_u64(), Some(bounds.warn_below), "{name}");
    }
    assert_eq!(live["step"]["dries"], json!(["dried_tianma"]));
    assert_eq!(live["units"]["mass"]["斤"], 500_000);
}

pub async fn an_overdraw_stands_beside_its_batch(database: Database) {
    let desk = Desk::open(database).await;
    let batch = desk.world.fresh(PROCESSOR, "100kg").await;
    let fields = drying(desk.uid(), &[(batch, "300 kg")], "75 kg");
    let check = desk.post(PROCESSOR, "/app/process", &fields).await;
    check.says(200, "<small class=\"left bad\">200 kg (400 jin) more than is left");
    let page = desk.post(PROCESSOR, "/app/process/store", &fields).await;
    page.says(422, "still holds 100 kg").says(422, "value=\"300 kg\"").says(422, "value=\"75 kg\"");
    let zh = desk.post_in(PROCESSOR, "/app/process/store", &fields, "zh", &crate::desk::token(PROCESSOR)).await;
    zh.says(422, "只剩 100 kg").says(422, "value=\"300 kg\"");
    // What to do is to type another amount: the same form then stores.
    let fields = drying(page.value("uid"), &[(batch, "200斤")], "25 kg");
    desk.post(PROCESSOR, "/app/process/store", &fields).await.record();
    let bare = drying(desk.uid(), &[(batch, "3")], "1 kg");
    desk.post(PROCESSOR, "/app/process", &bare).await.says(422, "unit");
}

pub async fn what_cannot_be_used_is_told(database: Database) {
    let desk = Desk::open(database).await;
    let before = async |batch: BatchCode| {
        let fields = drying(desk.uid(), &[(batch, "10 kg")], "2.5 kg");
        desk.post(PROCESSOR, "/app/process/store", &fields).await
    };
    let foreign = desk.world.fresh(RIVAL, "100kg").await;
    before(foreign).await.says(422, &format!("no batch {foreign} is yours"));
    let held = desk.world.fresh(PROCESSOR, "100kg").await;
    desk.world.append(OFFICE, draft(Kind::Hold, json!({"reason": "suspicion"})).names(held)).await;
    before(held).await.says(422, "is held");
    let recalled = desk.world.fresh(PROCESSOR, "100kg").await;
    let details = json!({"reason": "so2", "scope": "with_descendants", "stage": "consumer"});
    desk.world.append(OFFICE, draft(Kind::Recall, details).names(recalled)).await;
    before(recalled).await.says(422, "is under recall");
    let gone = desk.world.fresh(PROCESSOR, "100kg").await;
    let record = desk.world.batch(gone).await.record;
    desk.world.append(PROCESSOR, void(record)).await;
    before(gone).await.says(422, "was voided");
    let list = desk.get(PROCESSOR, "/app/process?from=fresh_tianma").await;
    for batch in [foreign, held, recalled, gone] {
        assert!(!list.body.contains(&batch.to_string()), "{batch} is not offered");
    }
    let fields = [
        ("uid", desk.uid()),
        ("method", "dry".to_owned()),
        ("date", DAY.to_owned()),
        ("codes", "H251120-AAAAAAX".to_owned()),
        ("product-0", "dried_tianma".to_owned()),
        ("out-0", "1kg".to_owned()),
    ];
    desk.post(PROCESSOR, "/app/process", &fields).await.says(422, "H251120-AAAAAAX: ");
}

pub async fn more_than_500_inputs_are_pooled(database: Database) {
    let desk = Desk::open(database).await;
    let mut batches = Vec::new();
    for _ in 0..6 {
        let sheet = || {
            draft(Kind::BringIn, json!({"origin": "before_system"})).makes_at(
                Stage::Harvest,
                Product::FreshTianma,
                "10kg",
            )
        };
        let answer = desk.world.send(PROCESSOR, (0..86).map(|_| sheet()).collect()).await.expect("the stock");
        batches.extend(answer.records.iter().map(made));
    }
    assert_eq!(batches.len(), 516);
    let inputs: Vec<(BatchCode, &str)> = batches.iter().map(|batch| (*batch, "10 kg")).collect();
    let fields = drying(desk.uid(), &inputs, "1,290 kg");
    let check = desk.post(PROCESSOR, "/app/process", &fields).await;
    check.says(200, "they are pooled into 2 batches first");
    let before = desk.entries().await;
    let stored = desk.post(PROCESSOR, "/app/process/store", &check.hidden("/app/process/store")).await;
    assert_eq!(stored.status, 303, "{}", stored.body);
    assert_eq!(desk.entries().await, before + 3, "two pools and the drying");
    assert_eq!(desk.world.batch(batches[515]).await.remaining(), 0);
}
