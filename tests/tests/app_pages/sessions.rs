//! Log-in, its throttling, cookies, tokens of forms, the end of a session.

use trace_core::time::ReceivedAt;
use trace_server::http::access::secret_digest;
use trace_server::store::SessionRow;
use trace_tests::engines::Engine;

use crate::site::{PIN, Site, TELEPHONE, on_both};

#[tokio::test]
async fn people_sign_in_by_name_or_telephone_and_out_again() {
    on_both(async |site: Site| {
        for name in ["nonghu", " NongHu ", TELEPHONE, "+86 138 0013 8000"] {
            let browser = site.browser("198.51.100.1");
            let answer = browser.sign_in(name, PIN).await;
            assert_eq!((answer.status, &*answer.location), (303, "/app"), "{name}");
            let session = answer.cookies.iter().find(|cookie| cookie.starts_with("session=")).unwrap();
            for flag in ["HttpOnly", "SameSite=Lax", "Path=/"] {
                assert!(session.contains(flag), "{session}");
            }
            let home = browser.get("/app").await;
            assert!(home.status == 200 && home.text.contains("nonghu 的名字"));
            assert_eq!(home.headers["cache-control"], "no-store");
            let out = browser.post("/app/sign-out", &[("csrf", &home.hidden("csrf"))]).await;
            assert_eq!(out.location, "/app/sign-in?note=signed_out");
            assert_eq!(browser.get("/app").await.status, 303, "the session is gone on the server too");
        }
    })
    .await;
}

#[tokio::test]
async fn cookies_are_secure_where_the_address_is() {
    let site = Site::start(Engine::Sqlite, Some("https://t.example.cn")).await;
    // The test's client does not send Secure cookies over HTTP, so the cookie's words are looked at.
    let page = site.browser("198.51.100.1").get("/app/sign-in").await;
    let cookie = page.cookies.iter().find(|cookie| cookie.starts_with("__Host-form=")).unwrap();
    assert!(cookie.contains("; Secure") && cookie.contains("; HttpOnly"), "{cookie}");
}

#[tokio::test]
async fn a_wrong_pin_and_an_unknown_name_are_told_alike() {
    on_both(async |site: Site| {
        let mut answers = Vec::new();
        for (name, pin) in [("nonghu", "000000"), ("nobody", PIN), (TELEPHONE, "1"), ("13999999999", PIN), ("", "")] {
            let answer = site.browser("198.51.100.1").sign_in(name, pin).await;
            assert_eq!(answer.status, 422, "{name}");
            assert!(answer.cookies.iter().all(|cookie| !cookie.starts_with("session=")));
            let csrf = answer.hidden("csrf");
            answers.push(answer.text.replace(&csrf, "").replace(&format!("value=\"{name}\""), "value=\"\""));
        }
        assert!(answers[0].contains("不符"), "{}", answers[0]);
        assert!(answers.iter().all(|text| *text == answers[0]), "the answers differ: {answers:#?}");
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_and_says_the_same() {
    on_both(async |site: Site| {
        let rival = site.browser("192.0.2.66");
        let first = rival.sign_in("nonghu", "000000").await;
        for pin in 1..5 {
            rival.sign_in("nonghu", &format!("{pin:06}")).await;
        }
        let slowed = rival.sign_in("nonghu", PIN).await;
        assert_eq!(slowed.status, first.status, "even the right PIN is not looked at");
        let words = |page: &crate::site::Page| page.text.replace(&page.hidden("csrf"), "");
        assert_eq!(words(&slowed), words(&first));
        site.world.pass_ms(61_000);
        assert_eq!(rival.sign_in("nonghu", PIN).await.status, 303, "a minute later one try is free again");
    })
    .await;
}

#[tokio::test]
async fn a_rival_cannot_lock_a_farmer_out() {
    on_both(async |site: Site| {
        let phone = site.browser("198.51.100.1");
        assert_eq!(phone.sign_in("nonghu", PIN).await.status, 303);
        for i in 0..12 {
            let rival = site.browser(&format!("192.0.2.{i}"));
            for _ in 0..2 {
                rival.sign_in("nonghu", "000000").await;
            }
        }
        let page = phone.get("/app").await;
        phone.post("/app/sign-out", &[("csrf", &page.hidden("csrf"))]).await;
        assert_eq!(phone.sign_in("nonghu", PIN).await.status, 303, "the known telephone at its known address");
        let moved = crate::site::Browser { address: "192.0.2.3".to_owned(), ..phone };
        let page = moved.get("/app").await;
        moved.post("/app/sign-out", &[("csrf", &page.hidden("csrf"))]).await;
        assert_eq!(moved.sign_in("nonghu", PIN).await.status, 303, "and behind an address from which one guessed");
        assert_eq!(site.browser("203.0.113.9").sign_in("nonghu", PIN).await.status, 303, "and a new telephone");
    })
    .await;
}

#[tokio::test]
async fn forms_that_are_not_ours_are_refused() {
    on_both(async |site: Site| {
        let browser = site.signed_in("nonghu").await;
        let form = browser.harvest_form_or_home().await;
        let other = site.signed_in("nonghu2").await.harvest_form_or_home().await;
        let size = site.world.store().head().await.unwrap().frontier.size();
        for token in ["", "wrong", &*other] {
            for path in ["/app/harvest", "/app/harvest/store", "/app/receipts", "/app/sign-out"] {
                let answer = browser.post(path, &[("csrf", token), ("weight", "320斤")]).await;
                assert_eq!(answer.status, 403, "{path} {token}");
                assert!(answer.text.contains("没有保存"), "{}", answer.text);
            }
        }
        let answer = browser.post("/app/sign-out", &[]).await;
        assert_eq!(answer.status, 403);
        for header in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
            let answer = browser.post_with("/app/sign-out", &[("csrf", &form)], header).await;
            assert_eq!(answer.status, 403, "{header:?}");
        }
        let sign_in = [("csrf", "x"), ("name", "nonghu"), ("pin", PIN)];
        assert_eq!(site.browser("198.51.100.1").post("/app/sign-in", &sign_in).await.status, 403);
        assert_eq!(site.world.store().head().await.unwrap().frontier.size(), size, "nothing was stored");
        assert_eq!(browser.get("/app").await.status, 200, "and nobody was signed out");
    })
    .await;
}

#[tokio::test]
async fn an_ended_session_leads_to_the_log_in_and_back() {
    on_both(async |site: Site| {
        let browser = site.signed_in("nonghu").await;
        site.world.pass_ms(31 * 86_400_000);
        let answer = browser.get("/app/batches?stage=harvest").await;
        assert_eq!(answer.status, 303);
        assert_eq!(answer.location, "/app/sign-in?next=/app/batches%3Fstage%3Dharvest&note=expired");
        let page = browser.get(&answer.location).await;
        assert!(page.text.contains("登录已过期"), "{}", page.text);
        let fields =
            [("csrf", &*page.hidden("csrf")), ("next", &*page.hidden("next")), ("name", "nonghu"), ("pin", PIN)];
        assert_eq!(browser.post("/app/sign-in", &fields).await.location, "/app/batches?stage=harvest");

        let stranger = site.browser("198.51.100.1").get("/app/harvest").await;
        assert_eq!(stranger.location, "/app/sign-in?next=/app/harvest");
        for evil in ["//evil.example", "https://evil.example/app", "/app//evil.example", "/app\\evil.example"] {
            let browser = site.browser("198.51.100.1");
            let csrf = browser.get("/app/sign-in").await.hidden("csrf");
            let fields = [("csrf", &*csrf), ("next", evil), ("name", "nonghu"), ("pin", PIN)];
            assert_eq!(browser.post("/app/sign-in", &fields).await.location, "/app", "{evil}");
        }
    })
    .await;
}

#[tokio::test]
async fn use_prolongs_a_session_and_an_ended_one_stays_ended() {
    on_both(async |site: Site| {
        let store = site.world.store();
        let browser = site.signed_in("nonghu").await;
        for _ in 0..4 {
            site.world.pass_ms(20 * 86_400_000);
            assert_eq!(browser.get("/app").await.status, 200, "used every 20 days");
        }
        for _ in 0..10 {
            site.world.pass_ms(20 * 86_400_000);
            browser.get("/app").await;
        }
        assert_eq!(browser.get("/app").await.status, 303, "but not for ever");

        let row = SessionRow {
            digest: secret_digest("gone"),
            login: "nonghu".to_owned(),
            csrf: "t.0".to_owned(),
            expires_at: ReceivedAt::from_unix_ms(1).unwrap(),
        };
        let hash = store.user("nonghu").await.unwrap().unwrap().pin_hash;
        assert!(store.open_session(&row, &hash).await.unwrap());
        store.end_session(row.digest, ReceivedAt::EPOCH).await.unwrap();
        store.prolong_session(row.digest, ReceivedAt::from_unix_ms(2).unwrap()).await.unwrap();
        assert_eq!(store.session(row.digest).await.unwrap(), None, "prolonging does not revive");
    })
    .await;
}

#[tokio::test]
async fn pages_speak_both_languages_and_remember_which() {
    let site = Site::start(Engine::Sqlite, None).await;
    let browser = site.browser("198.51.100.1");
    assert!(browser.get("/app/sign-in").await.text.contains("手机号或登录名"));
    assert!(browser.get("/app/sign-in?lang=en").await.text.contains("Telephone or log-in name"));
    assert!(browser.get("/app/sign-in").await.text.contains("Telephone or log-in name"), "kept in a cookie");
}

impl crate::site::Browser {
    /// The token of a signed-in page.
    async fn harvest_form_or_home(&self) -> String {
        self.get("/app").await.hidden("csrf")
    }
}
