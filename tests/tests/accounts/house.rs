//! A running service of a new ledger, its command line, and browsers.

use std::process::{Command, Output};

use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use tempfile::TempDir;
use tokio::net::TcpListener;
use trace_core::id::PartyId;
use trace_server::app::{AppState, FoundingOptions, found_if_new, serve_on};
use trace_server::config::{Config, Settings};
use trace_server::ledger::Surroundings;
use trace_tests::engines::Database;

/// The PIN of everybody that a test adds.
pub const PIN: &str = "314159";

/// A running service of a new ledger, and its command line.
pub struct House {
    pub base: String,
    pub office: PartyId,
    folder: TempDir,
    database: Database,
}

impl House {
    pub async fn open(database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let settings = Settings {
            listen: Some(address),
            data_dir: Some(folder.path().to_owned()),
            database_url: Some(database.url().to_owned()),
            ..Settings::default()
        };
        let state = AppState::open(Config::from_settings(settings).unwrap(), Surroundings::system()).await.unwrap();
        let founding = FoundingOptions {
            found_origin: "log.example/a".parse().unwrap(),
            found_office: "品牌办".parse().unwrap(),
        };
        let office = found_if_new(&state.ledger, &founding).await.unwrap().unwrap();
        tokio::spawn(serve_on(listener, state, std::future::pending()));
        Self { base: format!("http://{address}"), office, folder, database }
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trace-server-under-test"));
        command.args(arguments).arg("--data-dir").arg(self.folder.path()).env_remove("TRACE_PIN");
        command.env("TRACE_DATABASE_URL", self.database.url());
        tokio::task::spawn_blocking(move || command.output().expect("the command")).await.unwrap()
    }

    /// What a command that succeeds says.
    pub async fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command that succeeds leaves in the operator's log.
    pub async fn notes(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).unwrap()
    }

    /// Why a command refuses.
    pub async fn refuses(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(!output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }

    pub async fn add(&self, login: &str, telephone: &str) -> String {
        let office = self.office.to_string();
        self.says(&["user", "add", login, "--party", &office, "--pin", PIN, "--telephone", telephone]).await
    }

    /// A browser of its own in which this was typed; the status is 303 if it was let in.
    pub async fn sign_in(&self, name: &str, pin: &str) -> (Client, u16) {
        let browser = Client::builder().cookie_store(true).redirect(Policy::none()).build().unwrap();
        let address = format!("{}/app/sign-in", self.base);
        let page = browser.get(&address).send().await.unwrap().text().await.unwrap();
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let fields = [("csrf", csrf), ("next", "/app"), ("name", name), ("pin", pin)];
        let status = browser.post(&address).form(&fields).send().await.unwrap().status().as_u16();
        (browser, status)
    }

    /// What the start page answers this browser: 200 as long as it is signed in.
    pub async fn home(&self, browser: &Client) -> u16 {
        browser.get(format!("{}/app", self.base)).send().await.unwrap().status().as_u16()
    }

    pub async fn call(&self, token: &str) -> Response {
        let request = Client::new().get(format!("{}/api/v1/batches", self.base)).bearer_auth(token.trim());
        request.send().await.unwrap()
    }
}
