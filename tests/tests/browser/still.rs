//! After the service: a static copy of the demonstration on a server that knows only files, and a telephone that opens
//! what is printed on packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use trace_tests::static_site;

use crate::county::County;
use crate::programs::kept;
use crate::verifying;
use crate::window::Browser;

/// A copy, served.
pub struct Copy {
    base: String,
    folder: PathBuf,
}

impl Copy {
    /// Writes it with the command that the operator types, while the service still runs.
    pub async fn of(county: &County) -> Self {
        let (data, folder) = (county.folder(), county.folder().join("copy"));
        let output = Command::new(env!("CARGO_BIN_EXE_trace-server-under-test"))
            .args(["export", "pages", "--public-url", &county.file.base_url, "--data-dir"])
            .arg(data)
            .arg("--out")
            .arg(&folder)
            .output()
            .expect("the command");
        let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && said.contains("is written"), "{said}{errors}");
        Self { base: static_site::serve(&folder).await, folder }
    }

    /// A path of the printed addresses, where the copy is served.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Path of a printed address.
pub fn path(address: &str) -> &str {
    let from = address.match_indices('/').nth(2).map_or(0, |(at, _)| at);
    &address[from..]
}

/// The address leads to the page of its batch, which says what was known of the package.
pub async fn opens(browser: &Browser, copy: &Copy, path: &str, batch: &str, code: &str) {
    browser.open(&copy.address(path)).await;
    let said = browser.text("#package[data-state=circulating]").await;
    browser.holds(said.contains("码是本系统签发的"), &said).await;
    browser.holds(said.replace(' ', "").contains(code), &format!("{code} is not in {said}")).await;
    browser.says(".still", "溯源服务已停止").await;
    browser.says(".product dl", batch).await;
    browser.says(".way", "包装").await;
    browser.needs_no_sideways_scrolling().await;
}

/// What a telephone sees of the state of a code.
pub async fn sees(browser: &Browser, copy: &Copy, path: &str, state: &str, words: &str) {
    browser.open(&copy.address(path)).await;
    browser.says(&format!("[data-state={state}]"), words).await;
}

/// One whose telephone does not scan types the code.
pub async fn types_a_code(browser: &Browser, copy: &Copy, code: &str, batch: &str) {
    browser.open(&copy.address("/t/")).await;
    browser.fill("#typed", &code.to_lowercase()).await;
    browser.press("#ask button").await;
    browser.says("#package[data-state=circulating]", "码是本系统签发的").await;
    browser.says(".product dl", batch).await;
}

/// The button checks the evidence file of the copy.
pub async fn verifies(browser: &Browser, copy: &Copy, batch: &str) {
    verifying::ticks_every_step(browser, &copy.address(&format!("/b/{batch}/")), "still-verified.png").await;
}

/// Without scripts the page says what to type, and what was typed opens.
pub async fn reads_what_to_type(browser: &Browser, copy: &Copy, path: &str, batch: &str) {
    browser.open(&copy.address(path)).await;
    browser.says("[data-state=by-hand]", "请在地址栏输入").await;
    browser.open(&copy.address(&format!("/b/{batch}"))).await;
    browser.says(".still", "溯源服务已停止").await;
    browser.says(".product dl", batch).await;
    browser.press(".masthead .other").await;
    browser.says(".still", "The service has ended").await;
    browser.open(&copy.address("/b/")).await;
    let month = format!("/b/20{}-{}.html", &batch[1..3], &batch[3..5]);
    browser.press(&format!("a[href='{month}']")).await;
    browser.press(&format!("a[href='/b/{batch}/']")).await;
    browser.says(".product dl", batch).await;
}

/// Pictures to look at: the first screen, and the whole of the finder.
pub async fn pictures(browser: &Browser, name: &str) {
    std::fs::write(kept(&format!("still-{name}.png")), browser.screen().await).expect("a file for the picture");
}
