//! chromedriver on a free port of this machine, and Chromium sessions of it: each with a profile of its own, so that
//! nobody has another's cookies.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use fantoccini::ClientBuilder;
use fantoccini::wd::Capabilities;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::programs::{kept, program};
use crate::window::{Browser, Screen, Scripts};

/// The browser inside a messenger, by which most packages are opened. Chromium's own description without a window has
/// a word by which the service knows robots, whose openings do not count.
const MESSENGER: &str = "Mozilla/5.0 (Linux; Android 10; M2006C3LC) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 \
                         Chrome/107.0.5304.141 Mobile Safari/537.36 MicroMessenger/8.0.40 Language/zh_CN";

/// The running driver; with it end all its browsers.
pub struct Driver {
    test: String,
    port: u16,
    process: Child,
    _output: BufReader<ChildStdout>,
    profiles: TempDir,
}

impl Driver {
    /// Starts it and waits for its word that it is listening.
    pub fn start(test: &str) -> Self {
        let mut process = Command::new(program("chromedriver"))
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(kept(&format!("{test}-driver.log"))).expect("a log"))
            .spawn()
            .expect("chromedriver");
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let port = port(&mut output);
        let profiles = tempfile::tempdir().expect("a folder");
        Self { test: test.to_owned(), port, process, _output: output, profiles }
    }

    /// A browser for this person, with an empty profile.
    pub async fn browser(&self, person: &str, screen: Screen, scripts: Scripts) -> Browser {
        let profile = self.profiles.path().join(person);
        let mut arguments: Vec<String> = [
            "--headless=new",
            // Root, as in most containers, gets no sandbox; nothing but our own pages is opened.
            "--no-sandbox",
            "--disable-gpu",
            // Containers have a small /dev/shm.
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--accept-lang=zh-CN,zh",
            "--hide-scrollbars",
            "--window-size=1280,800",
            // Two dots a point, so that a symbol on the screen is as sharp as on paper.
            "--force-device-scale-factor=2",
        ]
        .map(str::to_owned)
        .into();
        arguments.push(format!("--user-data-dir={}", profile.display()));
        let mut options = json!({"binary": program("chromium"), "args": arguments});
        if scripts == Scripts::Blocked {
            // As a person's settings block them. Switched off in the engine, the driver would wait for its own in vain.
            options["prefs"] = json!({"profile.managed_default_content_settings.javascript": 2});
        }
        if screen == Screen::Phone {
            let metrics = json!({"width": 375, "height": 812, "pixelRatio": 1.5, "touch": true});
            options["mobileEmulation"] = json!({"deviceMetrics": metrics, "userAgent": MESSENGER});
        }
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        // Half a minute for a page and none for an element: pages are whole when they are loaded.
        let timeouts: Value = json!({"pageLoad": 30_000, "implicit": 0, "script": 10_000});
        capabilities.insert("timeouts".to_owned(), timeouts);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&format!("http://127.0.0.1:{}", self.port)).await;
        Browser::new(client.expect("a session of Chromium"), format!("{}-{person}", self.test), scripts)
    }
}

fn port(output: &mut BufReader<ChildStdout>) -> u16 {
    let mut said = String::new();
    loop {
        let before = said.len();
        let length = output.read_line(&mut said).expect("its output");
        assert!(length > 0, "chromedriver ended before it was listening; it said:\n{said}");
        if let Some((_, port)) = said[before..].split_once("started successfully on port ") {
            return port.trim().trim_end_matches('.').parse().expect("a port");
        }
    }
}

/// A page whose script would change its title.
pub async fn scripts_are_blocked(browser: &Browser) {
    browser.open("data:text/html,<title>still</title><script>document.title='moved'</script>").await;
    assert_eq!(browser.title().await, "still", "Chromium ran a script");
}

impl Drop for Driver {
    /// Killed, the driver would leave its browsers behind; told to end, it ends them first.
    fn drop(&mut self) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            drop(stream.set_read_timeout(Some(Duration::from_secs(10))));
            drop(stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"));
            drop(stream.read_to_end(&mut Vec::new()));
        }
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
