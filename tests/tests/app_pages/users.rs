//! The office looks after log-ins: a PIN that was forgotten, somebody who left, somebody new.

use trace_server::store::UserRow;
use trace_tests::household::{FIRST, SECOND};

use crate::noted::Noted;
use crate::site::{Browser, PIN, Page, Site, TELEPHONE, on_both};

const LIST: &str = "/app/office/users";
const ADD: &str = "/app/office/users/add";

async fn press(office: &Browser, login: &str, what: &str) -> Page {
    let csrf = office.get(LIST).await.hidden("csrf");
    office.post(LIST, &[("csrf", &csrf), ("login", login), ("do", what)]).await
}

/// The PIN that a page tells.
fn pin(page: &Page) -> String {
    assert_eq!(page.status, 200, "{}", page.text);
    let at = page.text.find("id=\"new-pin\">").unwrap_or_else(|| panic!("no PIN in {}", page.text)) + 13;
    let pin = &page.text[at..at + 6];
    assert!(pin.bytes().all(|byte| byte.is_ascii_digit()), "{pin}");
    assert_eq!(page.text.matches(pin).count(), 1);
    assert_eq!(page.headers["cache-control"], "no-store");
    pin.to_owned()
}

#[tokio::test]
async fn a_forgotten_pin_is_replaced() {
    on_both(async |site: Site| {
        let office = site.signed_in("pinpai").await;
        assert!(office.get("/app").await.text.contains("href=\"/app/office/users\""));
        for find in [FIRST.to_string(), "NongHu".to_owned(), TELEPHONE.replace("800", "%20800")] {
            let page = office.get(&format!("{LIST}?find={find}")).await;
            assert_eq!(page.status, 200);
            assert!(page.text.contains("<strong>nonghu</strong>"), "{find}: {}", page.text);
            assert!(!page.text.contains("nonghu2") && !page.text.contains("nonghu 的名字"), "{}", page.text);
        }
        for find in ["nobody", "pa-0000000000000000", "13999999999"] {
            let page = office.get(&format!("{LIST}?find={find}")).await;
            assert!(page.text.contains("没有编号、登录名或手机号是"), "{find}: {}", page.text);
        }

        let phone = site.signed_in("nonghu").await;
        let noted = Noted::from_now();
        let first = pin(&press(&office, "nonghu", "pin").await);
        let second = pin(&press(&office, "nonghu", "pin").await);
        let lines = noted.of("accounts");
        let given = |line: &&String| line.contains("change=\"given_pin\" login=\"nonghu\" by=\"pinpai\"");
        assert_eq!(lines.iter().filter(given).count(), 2, "{lines:?}");
        assert!(lines.iter().all(|line| !line.contains(&first) && !line.contains(&second)), "{lines:?}");
        assert_eq!(phone.get("/app").await.status, 303, "signed out");
        let phone = site.browser("198.51.100.1");
        for old in [PIN, &first] {
            assert_eq!(phone.sign_in("nonghu", old).await.status, 422);
        }
        assert_eq!(phone.sign_in(TELEPHONE, &second).await.status, 303);
        assert!(!office.get(&format!("{LIST}?find=nonghu")).await.text.contains(&second), "told once");
    })
    .await;
}

#[tokio::test]
async fn who_left_is_closed_and_opened_again() {
    on_both(async |site: Site| {
        let office = site.signed_in("pinpai").await;
        let (phone, other) = (site.signed_in("nonghu").await, site.signed_in("nonghu2").await);
        let answer = press(&office, "nonghu", "disable").await;
        assert_eq!((answer.status, &*answer.location), (303, "/app/office/users?find=nonghu&note=log_in_closed"));
        let page = office.get(&answer.location).await;
        assert!(page.text.contains("已停用") && page.text.contains("登录账号已停用"), "{}", page.text);
        assert_eq!((phone.get("/app").await.status, other.get("/app").await.status), (303, 200));
        assert_eq!(site.browser("198.51.100.1").sign_in("nonghu", PIN).await.status, 422);
        let answer = press(&office, "nonghu", "enable").await;
        assert!(office.get(&answer.location).await.text.contains("登录账号已启用"));
        assert_eq!(phone.get("/app").await.status, 303, "the old session stays ended");
        assert_eq!(site.browser("198.51.100.1").sign_in("nonghu", PIN).await.status, 303);

        for what in ["pin", "disable"] {
            assert_eq!(press(&office, "pinpai", what).await.status, 403, "{what}: the office's own");
            assert!(press(&office, "nobody", what).await.text.contains("没有编号、登录名或手机号是"));
        }
        assert_eq!(office.get("/app").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn who_is_new_is_let_in() {
    on_both(async |site: Site| {
        let office = site.signed_in("pinpai").await;
        let second = SECOND.to_string();
        let add = async |party: &str, login: &str, telephone: &str| {
            let page = office.get(&format!("{ADD}?party={second}")).await;
            assert!(page.text.contains(&format!("value=\"{second}\"")), "{}", page.text);
            let fields = [("csrf", &*page.hidden("csrf")), ("uid", &*page.hidden("uid"))];
            let typed = [("party", party), ("login", login), ("telephone", telephone), ("name", "小马")];
            office.post(ADD, &[&fields[..], &typed[..]].concat()).await
        };
        for (party, login, telephone, words) in [
            ("pa-x", "ma", "", "没有编号是"),
            (&*second, "", "", "登录名是 1 到 64 个字母或数字"),
            (&*second, "ma wen", "", "登录名是 1 到 64 个字母或数字"),
            (&*second, "NONGHU", "", "已有人用"),
            (&*second, "ma", "12345", "手机号是 7 到 15 位数字"),
            (&*second, "ma", TELEPHONE, "这个手机号已用于另一个登录名"),
        ] {
            let answer = add(party, login, telephone).await;
            assert_eq!(answer.status, 422, "{login} {telephone}");
            assert!(answer.text.contains(words), "{words}: {}", answer.text);
        }
        let pin = pin(&add(&*second, "Ma", "+86 139-0013-9000").await);
        for name in ["ma", "13900139000"] {
            let phone = site.browser("198.51.100.1");
            assert_eq!(phone.sign_in(name, &pin).await.status, 303, "{name}");
            assert!(phone.get("/app").await.text.contains("小马"), "greeted by name");
        }
        let UserRow { party, display_name, .. } = site.world.store().user("ma").await.unwrap().unwrap();
        assert_eq!(party, SECOND);
        assert!(display_name.starts_with("sealed1.") && !display_name.contains("小马"));
    })
    .await;
}

#[tokio::test]
async fn only_the_office_does_it_from_its_own_forms() {
    let first = FIRST.to_string();
    on_both(async |site: Site| {
        for login in ["nonghu", "daili", "jiagong"] {
            let browser = site.signed_in(login).await;
            let csrf = browser.get("/app").await.hidden("csrf");
            for path in [LIST, ADD] {
                assert_eq!(browser.get(path).await.status, 403);
                let fields = [("csrf", &*csrf), ("login", "nonghu2"), ("do", "pin"), ("party", &*first)];
                assert_eq!(browser.post(path, &fields).await.status, 403);
            }
        }
        let office = site.signed_in("pinpai").await;
        for path in [LIST, ADD] {
            let fields = [("csrf", "x"), ("login", "nonghu2"), ("do", "pin"), ("party", &*first)];
            assert_eq!(office.post(path, &fields).await.status, 403);
        }
        assert_eq!(site.browser("198.51.100.1").sign_in("nonghu2", PIN).await.status, 303, "nothing was changed");
    })
    .await;
}
