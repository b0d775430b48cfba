//! People change their own PIN.

use crate::site::{Browser, PIN, Page, Site, on_both};

const NEW: &str = "271828";

async fn change(browser: &Browser, old: &str, new: &str, again: &str) -> Page {
    let csrf = browser.get("/app/pin").await.hidden("csrf");
    browser.post("/app/pin", &[("csrf", &csrf), ("old", old), ("new", new), ("again", again)]).await
}

#[tokio::test]
async fn a_pin_is_changed_and_other_sessions_end() {
    on_both(async |site: Site| {
        let phone = site.signed_in("nonghu").await;
        let (lost, neighbour) = (site.signed_in("nonghu").await, site.signed_in("nonghu2").await);
        for browser in [&phone, &site.signed_in("daili").await] {
            assert!(browser.get("/app").await.text.contains("href=\"/app/pin\""), "everybody finds it");
        }
        let answer = change(&phone, PIN, "２７１ 828", NEW).await;
        assert_eq!((answer.status, &*answer.location), (303, "/app?note=pin_changed"), "{}", answer.text);
        assert!(phone.get(&answer.location).await.text.contains("PIN 已修改"));
        assert_eq!(lost.get("/app").await.status, 303, "signed out");
        assert_eq!(neighbour.get("/app").await.status, 200);
        assert_eq!(site.browser("198.51.100.1").sign_in("nonghu", PIN).await.status, 422);
        assert_eq!(site.browser("198.51.100.1").sign_in("nonghu", NEW).await.status, 303);
        assert_eq!(site.browser("198.51.100.1").sign_in("nonghu2", PIN).await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_pin_is_told_and_what_was_typed_is_not() {
    on_both(async |site: Site| {
        let phone = site.signed_in("nonghu").await;
        for (old, new, again, words) in [
            ("161803", NEW, NEW, "现在的 PIN 不对"),
            (PIN, NEW, "271829", "两次输入的新 PIN 不一样"),
            (PIN, "111111", "111111", "太容易被猜到"),
            (PIN, "123456", "123456", "太容易被猜到"),
            (PIN, "27182", "27182", "6 到 12 位数字"),
            (PIN, "", "", "6 到 12 位数字"),
        ] {
            let answer = change(&phone, old, new, again).await;
            assert_eq!(answer.status, 422, "{new}");
            assert!(answer.text.contains(words), "{words}: {}", answer.text);
            assert!(!answer.text.contains(&format!("value=\"{old}\"")), "{}", answer.text);
            assert!(new.is_empty() || !answer.text.contains(&format!("value=\"{new}\"")), "{}", answer.text);
        }
        let foreign = phone.post("/app/pin", &[("csrf", "x"), ("old", PIN), ("new", NEW), ("again", NEW)]).await;
        assert_eq!(foreign.status, 403);
        assert_eq!(site.browser("198.51.100.1").get("/app/pin").await.status, 303, "nobody is signed in");
        assert_eq!(site.signed_in("nonghu").await.get("/app").await.status, 200, "the old PIN still fits");
    })
    .await;
}

#[tokio::test]
async fn a_telephone_left_lying_about_is_no_way_to_guess() {
    on_both(async |site: Site| {
        let phone = site.signed_in("nonghu").await;
        for guess in 0..5 {
            assert_eq!(change(&phone, &format!("{guess:06}"), NEW, NEW).await.status, 422);
        }
        assert_eq!(change(&phone, PIN, NEW, NEW).await.status, 422, "even the right PIN is not looked at");
        site.world.pass_ms(61_000);
        assert_eq!(change(&phone, PIN, NEW, NEW).await.status, 303, "a minute later one try is free again");
    })
    .await;
}
