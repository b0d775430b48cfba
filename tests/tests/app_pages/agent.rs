//! The village agent: entering for a household that granted it, and not for one that did not.

use serde_json::json;
use trace_core::record::Kind;
use trace_core::state::{Key, Row};
use trace_server::store::RecordFilter;
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::household::{COOP, FIRST, FIRST_PLOT, OFFICE, SECOND, SECOND_PLOT};

use crate::site::{Site, on_both};

#[tokio::test]
async fn an_agent_enters_for_a_household_that_granted_it() {
    on_both(async |site: Site| {
        let plot = site.planted(FIRST, FIRST_PLOT).await;
        let browser = site.signed_in("daili").await;
        let list = browser.get("/app/households").await;
        assert!(list.text.contains(&format!("/app/harvest?for={FIRST}")), "{}", list.text);
        assert!(!list.text.contains(&SECOND.to_string()), "the second household granted nothing");
        assert!(browser.get("/app/households?q=nowhere").await.text.contains("没有找到"));
        assert!(browser.get("/app/households?q=%E5%B0%8F%E8%8D%89%E5%9D%9D").await.text.contains(&FIRST.to_string()));

        let form = browser.harvest_form(&format!("?for={FIRST}")).await;
        let fields = [
            ("csrf", &*form["csrf"]),
            ("uid", &*form["uid"]),
            ("for", &*form["for"]),
            ("plot", &*plot),
            ("weight", "320斤"),
            ("date", "2026-11-20"),
        ];
        let shown = browser.post("/app/harvest", &fields).await;
        assert!(shown.status == 200 && shown.text.contains("代录"), "{}", shown.text);
        let stored = browser.post("/app/harvest/store", &fields).await;
        assert_eq!(stored.status, 303, "{}", stored.text);
        let again = browser.post("/app/harvest/store", &fields).await;
        assert_eq!(again.location, stored.location);
        let filter = RecordFilter { states: Some(Kind::Harvest), limit: 9, ..RecordFilter::default() };
        let rows = site.world.store().records(&filter).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].actor, rows[0].entered_by), (FIRST, Some(COOP)));
        let today = browser.get("/app/today").await;
        assert!(today.text.contains(&rows[0].id.to_string()) && today.text.contains("160 kg"), "{}", today.text);
        site.world.pass_ms(86_400_000);
        assert!(!browser.get("/app/today").await.text.contains(&rows[0].id.to_string()), "that was yesterday");
        assert!(site.signed_in("nonghu").await.get("/app/batches").await.text.contains("160 kg"));
    })
    .await;
}

#[tokio::test]
async fn an_agent_without_a_grant_sees_and_enters_nothing() {
    on_both(async |site: Site| {
        let plot = site.planted(SECOND, SECOND_PLOT).await;
        let browser = site.signed_in("daili").await;
        let csrf = browser.get("/app").await.hidden("csrf");
        let size = site.world.store().head().await.unwrap().frontier.size();
        for whom in [SECOND.to_string(), "pa-0000000000000000".to_owned(), "nonsense".to_owned()] {
            let answer = browser.get(&format!("/app/harvest?for={whom}")).await;
            assert_eq!(answer.status, 403, "{whom}");
            assert!(answer.text.contains("没有授权") && !answer.text.contains(&plot), "{}", answer.text);
            let fields = [
                ("csrf", &*csrf),
                ("uid", "00112233445566778899aabbccddeeff"),
                ("for", &*whom),
                ("plot", &*plot),
                ("weight", "320斤"),
                ("date", "2026-11-20"),
            ];
            for path in ["/app/harvest", "/app/harvest/edit", "/app/harvest/store"] {
                assert_eq!(browser.post(path, &fields).await.status, 403, "{path}");
            }
        }
        // A grant for harvests is none for confirmations.
        assert_eq!(browser.get(&format!("/app/receipts?for={FIRST}")).await.status, 403);
        assert_eq!(site.world.store().head().await.unwrap().frontier.size(), size, "nothing was stored");
    })
    .await;
}

#[tokio::test]
async fn an_agent_hands_in_a_list() {
    on_both(async |site: Site| {
        let plot = site.planted(FIRST, FIRST_PLOT).await;
        let browser = site.signed_in("daili").await;
        assert!(browser.get("/app").await.text.contains("href=\"/app/import\""));
        assert_eq!(site.signed_in("nonghu").await.get("/app/import").await.status, 403);
        let csrf = browser.get("/app/import").await.hidden("csrf");
        let empty = browser.get("/app/import/template").await;
        assert!(
            empty.text.contains("农户编号 household") && empty.headers["content-type"] == "text/csv; charset=utf-8"
        );
        let size = async || site.world.store().head().await.unwrap().frontier.size();
        let before = size().await;
        let list =
            format!("household,plot,day,amount\n{FIRST},{plot},2026-11-19,90斤\n\n{FIRST},{plot},2026-11-20,30\n");
        let upload = async |list: &str| browser.upload("/app/import", &[("csrf", &csrf)], ("file", list.into())).await;
        let wrong = upload(&list).await;
        assert_eq!(wrong.status, 422, "{}", wrong.text);
        assert!(wrong.text.contains("第 4 行 数量：") && !wrong.text.contains("/app/import/store"), "{}", wrong.text);
        assert_eq!(upload("").await.status, 422, "no file");
        let shown = upload(&list.replace("30\n", "30斤\n")).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        assert!(shown.text.contains("将保存 2 条") && shown.text.contains("45 kg"), "{}", shown.text);
        assert_eq!(size().await, before, "nothing is stored before it is confirmed");
        let table = shown.hidden("table");
        let fields = [("csrf", &*csrf), ("table", &*table)];
        assert_eq!(browser.post("/app/import/store", &fields[1..]).await.status, 403, "without its token");
        for _ in 0..2 {
            let stored = browser.post("/app/import/store", &fields).await;
            assert_eq!((stored.status, &*stored.location), (303, "/app/today?note=recorded"), "{}", stored.text);
            assert_eq!(size().await, before + 2, "pressed twice it is stored once");
        }
        let today = browser.get("/app/today").await;
        assert!(today.text.contains("45 kg") && today.text.contains("15 kg"), "{}", today.text);
        // A form that was tampered with is checked anew.
        let foreign = table.replace(&FIRST.to_string(), &SECOND.to_string());
        let refused = browser.post("/app/import/store", &[("csrf", &csrf), ("table", &foreign)]).await;
        assert!(refused.status == 422 && refused.text.contains("没有授权"), "{}", refused.text);
        assert_eq!(size().await, before + 2);
    })
    .await;
}

#[tokio::test]
async fn the_page_for_a_day_without_a_signal_holds_what_the_reader_may_enter() {
    on_both(async |site: Site| {
        let (own, foreign) = (site.planted(FIRST, FIRST_PLOT).await, site.planted(SECOND, SECOND_PLOT).await);
        let clerk = site.signed_in("daili").await;
        let shown = clerk.get("/app/offline").await;
        let option = format!("value=\"{own}\" data-for=\"{FIRST}\"");
        assert!(shown.status == 200 && shown.text.contains(&option), "{}", shown.text);
        assert!(!shown.text.contains(&foreign), "the second household granted nothing");
        assert!(shown.text.contains("data-usual=\"600\""), "the rules table's figure: {}", shown.text);
        let farmer = site.signed_in("nonghu").await.get("/app/offline").await;
        assert!(farmer.text.contains(&format!("value=\"{own}\" data-for=\"\"")), "{}", farmer.text);

        let stranger = site.browser("198.51.100.7");
        let refused = stranger.get("/app/offline").await;
        assert_eq!((refused.status, &*refused.location), (303, "/app/sign-in?next=/app/offline"));
        let worker = stranger.get("/app/worker.js").await;
        assert_eq!(worker.headers["content-type"], "text/javascript; charset=utf-8");
        assert_eq!(worker.headers["cache-control"], "no-cache", "a browser asks for a newer one");
        assert!(!worker.text.contains(&own));
    })
    .await;
}

#[tokio::test]
async fn a_last_harvest_that_is_sent_again_otherwise_is_no_repetition() {
    on_both(async |site: Site| {
        let plot = site.planted(FIRST, FIRST_PLOT).await;
        let clerk = site.signed_in("daili").await;
        let form = clerk.harvest_form(&format!("?for={FIRST}")).await;
        let mut fields = vec![
            ("csrf", &*form["csrf"]),
            ("uid", &*form["uid"]),
            ("for", &*form["for"]),
            ("plot", &*plot),
            ("weight", "320斤"),
            ("date", "2026-11-20"),
        ];
        let stored = clerk.post("/app/harvest/store", &fields).await;
        assert_eq!(stored.status, 303, "{}", stored.text);
        fields.push(("last", "1"));
        let other = clerk.post("/app/harvest/store", &fields).await;
        assert!(other.status == 422 && other.text.contains("已用于内容不同的请求"), "{}", other.text);
        fields.pop();
        assert_eq!(clerk.post("/app/harvest/store", &fields).await.location, stored.location);
    })
    .await;
}

#[tokio::test]
async fn the_office_enters_without_reading_what_plots_are_called() {
    on_both(async |site: Site| {
        let plot = site.planted(FIRST, FIRST_PLOT).await;
        let (plots, _) = site.world.store().load(&[Key::Site(FIRST_PLOT)].into()).await.unwrap();
        let [Row::Site(row)] = &plots[..] else { panic!("{plots:?}") };
        let details = json!({"site": FIRST_PLOT, "party": FIRST, "kind": "plot", "altitude_m": 1800});
        let mut named = draft(Kind::RegisterSite, details).covering("3亩");
        named.place = Some(json!({"label": "3号地"}));
        named.supersedes = Some(row.record);
        site.world.append(OFFICE, named).await;
        let path = format!("/app/harvest?for={FIRST}");
        let own = site.signed_in("nonghu").await.get("/app/harvest").await;
        let clerk = site.signed_in("daili").await.get(&path).await;
        let office = site.signed_in("pinpai").await.get(&path).await;
        for page in [&own, &clerk] {
            assert!(page.text.contains(&plot) && page.text.contains("3号地"), "{}", page.text);
        }
        assert!(office.text.contains(&plot) && office.text.contains(&FIRST_PLOT.to_string()), "{}", office.text);
        assert!(!office.text.contains("3号地"), "{}", office.text);
    })
    .await;
}
