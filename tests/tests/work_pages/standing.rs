//! What grew already when a village joined.

use serde_json::json;
use trace_core::id::Stage;
use trace_core::record::Kind;
use trace_core::tianma::Form;
use trace_tests::drafting::{DAY, draft};
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FIRST, FIRST_PLOT, OFFICE, PROCESSOR, SECOND, SECOND_PLOT, release};

use crate::desk::{Desk, Page};

const PATH: &str = "/app/bring-in/planting";

pub async fn what_grows_already_is_registered_and_dug(database: Database) {
    let desk = Desk::open(database).await;
    for from in ["/app", "/app/bring-in", "/app/harvest", "/app/plant"] {
        desk.get(FIRST, from).await.says(200, PATH);
    }
    assert_eq!(desk.get(PROCESSOR, PATH).await.status, 403);
    assert!(!desk.get(PROCESSOR, "/app/bring-in").await.body.contains(PATH));
    let page = desk.get(FIRST, PATH).await;
    page.says(200, "value=\"before_system\" selected").says(200, &FIRST_PLOT.to_string());
    let plot = FIRST_PLOT.to_string();
    let fields = |more: &[(&str, &str)]| {
        let usual = [
            ("plot", &*plot),
            ("area", "1亩"),
            ("form", "wutianma"),
            ("date", "2026-03-05"),
            ("origin", "before_system"),
        ];
        let mut fields = vec![("uid".to_owned(), desk.uid())];
        let usual = usual.iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
        fields.extend(usual.chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        fields
    };
    let post = async |more: &[(&str, &str)]| desk.post(FIRST, PATH, &fields(more)).await;
    post(&[("area", "1")]).await.says(422, "id=\"area-wrong\"");
    post(&[("area", "4亩")]).await.says(422, "id=\"area-wrong\"");
    post(&[("plot", &SECOND_PLOT.to_string())]).await.says(422, "id=\"plot-wrong\"");
    post(&[("form", "")]).await.says(422, "id=\"form-wrong\"");
    post(&[("date", "2027-03-05")]).await.says(422, "id=\"date-wrong\"");
    post(&[("origin", "outside")]).await.says(422, "id=\"place-wrong\"");

    let sent = fields(&[]);
    let record = desk.post(FIRST, PATH, &sent).await.record();
    assert_eq!(desk.post(FIRST, PATH, &sent).await.record(), record, "pressed twice");
    let row = desk.world.record(record).await;
    let planting = desk.world.batch(row.outputs[0]).await;
    assert_eq!((row.site, row.held), (Some(FIRST_PLOT), false), "the ledger was founded today: it is opening stock");
    assert_eq!((planting.stage, planting.attributes.form), (Stage::Planting, Some(Form::Wutianma)));
    assert_eq!(desk.world.site(FIRST_PLOT).await.open_cm2, planting.made, "its area is taken");

    // Dug like any other, and no taint on it; from seed of elsewhere there is one.
    let dug = async |planting: &str| -> Page {
        let fields = [
            ("uid", desk.uid()),
            ("plot", planting.to_owned()),
            ("weight", "100kg".to_owned()),
            ("date", DAY.to_owned()),
        ];
        desk.get(FIRST, "/app/harvest").await.says(200, planting);
        let harvest = desk.post(FIRST, "/app/harvest/store", &fields).await.record();
        let harvest = desk.world.record(harvest).await;
        assert!(!harvest.held);
        desk.get_public(&format!("/b/{}", harvest.outputs[0])).await
    };
    let clean = dug(&planting.code.to_string()).await;
    clean.says(200, "");
    assert!(!clean.body.contains("陕西宁强"), "{}", clean.body);
    let record = post(&[("origin", "outside"), ("place", "陕西宁强")]).await.record();
    let tainted = desk.world.record(record).await.outputs[0];
    dug(&tainted.to_string()).await.says(200, "陕西宁强");
}

pub async fn what_was_planted_since_waits_for_the_office(database: Database) {
    let desk = Desk::open(database).await;
    desk.world.pass_ms(11 * 86_400_000);
    let second = SECOND.to_string();
    let fields = [
        ("uid", desk.uid()),
        ("for", second.clone()),
        ("plot", SECOND_PLOT.to_string()),
        ("area", "1亩".to_owned()),
        ("form", "hongtianma".to_owned()),
        ("date", "2026-11-25".to_owned()),
        ("origin", "before_system".to_owned()),
    ];
    let path = format!("{PATH}?for={SECOND}");
    assert_eq!(desk.get(COOP, &path).await.status, 403);
    assert_eq!(desk.post(COOP, PATH, &fields).await.status, 403);
    let grant = json!({"from": SECOND, "to": COOP, "kinds": ["bring_in"], "until": "2027-12-31"});
    desk.world.append(SECOND, draft(Kind::Grant, grant)).await;
    desk.get(COOP, &format!("/app/bring-in?for={SECOND}")).await.says(200, &path);
    desk.get(COOP, &path).await.says(200, &SECOND_PLOT.to_string());
    let record = desk.post(COOP, PATH, &fields).await.record();
    let row = desk.world.record(record).await;
    assert_eq!((row.actor, row.entered_by, row.held), (SECOND, Some(COOP), true));
    desk.get(COOP, &format!("/app/records/{record}")).await.says(200, "Held until the office releases it");
    let planting = row.outputs[0].to_string();
    assert!(!desk.get(SECOND, "/app/harvest").await.body.contains(&planting), "what is held is not dug");
    desk.world.append(OFFICE, release(record)).await;
    desk.get(SECOND, "/app/harvest").await.says(200, &planting);
}
