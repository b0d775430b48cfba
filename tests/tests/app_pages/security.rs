//! What holds for every page at once: nothing inline, a token in every form, cookies that only we can read.

use std::path::{Path, PathBuf};

use reqwest::redirect::Policy;
use trace_tests::engines::Engine;

use crate::site::{PIN, Site, on_both};

fn templates() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../trace-server/templates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.clone(), std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(found.len() > 30, "the templates were not found");
    found
}

/// Opening tags of a text.
fn tags(text: &str) -> impl Iterator<Item = &str> {
    text.split('<').skip(1).filter_map(|rest| rest.split('>').next())
}

/// What the content security policy forbids is not tried either.
#[test]
fn no_page_has_anything_inline() {
    for (path, text) in templates() {
        for tag in tags(&text) {
            let name = tag.split([' ', '\n', '/']).next().unwrap();
            assert!(name != "style", "{}: a style element", path.display());
            assert!(name != "script" || tag.contains(" src="), "{}: a script without src", path.display());
            for attribute in tag.split_whitespace().skip(1) {
                let inline = attribute.starts_with("style=") || attribute.starts_with("on") && attribute.contains('=');
                assert!(!inline, "{}: {attribute} in <{tag}>", path.display());
                assert!(!attribute.contains("javascript:"), "{}: {attribute}", path.display());
            }
            for address in ["http://", "https://", "\"//"] {
                let loads = ["src=\"", "href=\""]
                    .iter()
                    .any(|key| tag.contains(&format!("{key}{}", address.trim_matches('"'))));
                assert!(!loads, "{}: <{tag}> leaves this host", path.display());
            }
        }
    }
}

/// Templates that mark text as markup may do so for pictures that we drew ourselves, and for nothing else.
#[test]
fn only_our_own_pictures_go_unescaped() {
    for (path, text) in templates() {
        for raw in
            text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()).filter(|one| one.contains("|safe"))
        {
            let name = raw.split('|').next().unwrap().trim();
            assert!(["one.symbol", "symbol", "picture"].contains(&name), "{}: {{{{{raw}}}}}", path.display());
        }
    }
}

#[test]
fn every_form_that_changes_something_carries_its_token() {
    let mut forms = 0;
    for (path, text) in templates() {
        for form in text.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            if !form.split('>').next().unwrap().contains("method=\"post\"") {
                assert!(form.contains("method=\"get\""), "{}: a form says how it is sent", path.display());
                continue;
            }
            forms += 1;
            assert!(form.contains("name=\"csrf\""), "{}: a form without its token: <form{form}", path.display());
        }
    }
    assert!(forms >= 15, "{forms} forms were found");
}

/// The session's and the device's cookie: not read by scripts, not sent to other sites, not sent in the clear, and not
/// to be set by a neighbouring host (RFC 6265bis, section 4.1.3.2).
#[tokio::test]
async fn every_cookie_is_secure_where_the_address_is() {
    for engine in Engine::both() {
        let site = Site::start(engine, Some("https://t.example.cn")).await;
        let form = site.browser("198.51.100.1").get("/app/sign-in").await;
        let cookie = form.cookies.iter().find(|cookie| cookie.starts_with("__Host-form=")).unwrap();
        // A client without a store of cookies sends what it is told, over HTTP too.
        let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        let request =
            client.post(format!("{}/app/sign-in", site.base)).header("cookie", cookie.split(';').next().unwrap());
        let fields = [("csrf", &*form.hidden("csrf")), ("next", "/app"), ("name", "nonghu"), ("pin", PIN)];
        let answer = request.header("origin", "https://t.example.cn").form(&fields).send().await.unwrap();
        assert_eq!(answer.status(), 303);
        let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().map(|one| one.to_str().unwrap()).collect();
        for name in ["__Host-session=", "__Host-device="] {
            let cookie =
                cookies.iter().find(|cookie| cookie.starts_with(name)).unwrap_or_else(|| panic!("{cookies:?}"));
            for flag in ["; HttpOnly", "; Secure", "; SameSite=", "; Path=/"] {
                assert!(cookie.contains(flag), "{cookie}");
            }
            assert!(!cookie.contains("Domain="), "{cookie}");
        }
    }
}

/// Pages, refusals and the log-in alike forbid inline script, and none of them is kept by a cache.
#[tokio::test]
async fn every_page_forbids_inline_script() {
    on_both(async |site: Site| {
        let browser = site.signed_in("nonghu").await;
        for path in ["/app", "/app/harvest", "/app/plant", "/app/batches/x", "/app/office", "/app/sign-out"] {
            let page = browser.get(path).await;
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{path}: {policy}");
            assert!(
                policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"),
                "{path}: {policy}"
            );
            assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        }
    })
    .await;
}
