//! The service with printers, everybody's tokens and sessions, and sale batches to print labels for.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::{Client, Response, redirect};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use trace_core::code::{CodeKey, IssueNumber, KeyRing};
use trace_core::id::{BatchCode, PartyId, Stage};
use trace_core::tianma::{PartyRole, Product};
use trace_core::time::ReceivedAt;
use trace_server::app::{self, AppState, Services};
use trace_server::config::{Config, Printer, Settings};
use trace_server::http::access::{new_token, secret_digest};
use trace_server::ledger::Surroundings;
use trace_server::store::{PrintRow, SessionRow, TokenRow, UserRow};
use trace_tests::described::Description;
use trace_tests::engines::Database;
use trace_tests::household::{NOW_MS, OFFICE, PROCESSOR, RIVAL, World};

use crate::roll::PATIENCE;

/// The log-in of the processor's printer.
pub const LOGIN: &str = "packing";

/// A running service.
pub struct Shop {
    pub world: World,
    pub base: String,
    pub client: Client,
    tokens: Vec<(PartyId, String)>,
    running: Option<Running>,
    printers: Vec<Printer>,
    folder: TempDir,
    description: Description,
    _database: Database,
}

struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Shop {
    /// A founded ledger, served with these printers.
    pub async fn open(database: Database, printers: Vec<Printer>) -> Self {
        let world = World::found(database.url()).await;
        let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (base, tokens) = (String::new(), Vec::new());
        let description = Description::default();
        let mut shop =
            Self { world, base, client, tokens, running: None, printers, folder, description, _database: database };
        shop.let_in().await;
        shop.start().await;
        shop
    }

    async fn let_in(&mut self) {
        for (party, role) in
            [(OFFICE, PartyRole::Office), (PROCESSOR, PartyRole::Processor), (RIVAL, PartyRole::Processor)]
        {
            let (token, digest) = new_token().unwrap();
            let row = TokenRow { digest, party, role, label: "label robot".to_owned(), expires_at: None };
            self.world.store().put_token(&row).await.unwrap();
            self.tokens.push((party, token));
            let login = if party == PROCESSOR { LOGIN.to_owned() } else { party.to_string() };
            let user = UserRow {
                login: login.clone(),
                telephone_mac: None,
                display_name: "测试".to_owned(),
                party,
                role,
                pin_hash: String::new(),
                active: true,
            };
            self.world.store().put_user(&user).await.unwrap();
            let expires_at = ReceivedAt::from_unix_ms(NOW_MS + 3_600_000_000).unwrap();
            let digest = secret_digest(&party.to_string());
            let session = SessionRow { digest, login, csrf: csrf(party), expires_at };
            assert!(self.world.store().open_session(&session, &user.pin_hash).await.unwrap());
        }
    }

    /// Starts a service on the same database; one that runs goes on.
    pub async fn start(&mut self) {
        let settings = Settings {
            public_url: Some("http://127.0.0.1:1".to_owned()),
            data_dir: Some(self.folder.path().to_owned()),
            printers: self.printers.clone(),
            ..Settings::default()
        };
        let keys = KeyRing::new(vec![CodeKey::new(1, [7; 32]).unwrap()]).unwrap();
        let config = Config::from_settings(settings).unwrap();
        std::fs::write(&config.code_key_file, keys.to_text()).unwrap();
        let state = AppState::over(Arc::clone(self.world.store()), config, Surroundings::system()).await.unwrap();
        // The world's own ledger, since its clock stands still.
        let state = AppState::from(Services { ledger: self.world.ledger.clone(), ..Services::clone(&state) });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let router = self.description.around(app::router(state.clone()));
        let task = tokio::spawn(app::serve_router_on(listener, state, router, async { drop(stopped.await) }));
        self.base = format!("http://{address}");
        // The first answer comes after everything that is done at the start.
        self.client.get(format!("{}/healthz", self.base)).send().await.unwrap();
        if let Some(before) = self.running.replace(Running { stop, task }) {
            // It was killed as far as anybody can see: nobody tells it to stop.
            std::mem::forget(before);
        }
    }

    /// Stops the service in good order.
    pub async fn stop(&mut self) {
        let running = self.running.take().expect("a running service");
        running.stop.send(()).unwrap();
        // Connections that are kept open for later requests would hold it up.
        self.client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        tokio::time::timeout(PATIENCE, running.task).await.expect("an end").unwrap().unwrap();
    }

    /// Packages of 250 g under codes, of the processor.
    pub async fn issue(&self, count: u32) -> (BatchCode, IssueNumber) {
        let amount = format!("{count}kg");
        let dried = self.world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, &amount).await;
        let sale = self.world.pack(PROCESSOR, dried, &amount).await;
        (sale, self.world.issue_codes(PROCESSOR, sale, count).await)
    }

    fn token(&self, party: PartyId) -> &str {
        &self.tokens.iter().find(|(owner, _)| *owner == party).expect("a token").1
    }

    /// Gets a path with a token.
    pub async fn get(&self, party: PartyId, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.base)).bearer_auth(self.token(party));
        request.send().await.expect("an answer")
    }

    /// Bytes of a file that must be there.
    pub async fn file(&self, path: &str) -> Vec<u8> {
        let response = self.get(PROCESSOR, path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.bytes().await.unwrap().to_vec()
    }

    /// JSON that must be there.
    pub async fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.file(path).await).unwrap()
    }

    /// Posts JSON with a token.
    pub async fn post(&self, party: PartyId, path: &str, body: &Value) -> Response {
        let request = self.client.post(format!("{}{path}", self.base)).bearer_auth(self.token(party));
        let request = request.header("content-type", "application/json").body(body.to_string());
        request.send().await.expect("an answer")
    }

    /// Posts JSON as the processor; it must be taken.
    pub async fn done(&self, path: &str, body: &Value) -> Value {
        let response = self.post(PROCESSOR, path, body).await;
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Posts JSON as the processor; it must be refused so.
    pub async fn refused(&self, path: &str, body: &Value, status: u16, rule: &str) -> String {
        problem(self.post(PROCESSOR, path, body).await, status, rule).await
    }

    /// Starts a run.
    pub async fn run(&self, issue: IssueNumber, body: &Value) -> Value {
        self.done(&format!("/api/v1/code-issues/{issue}/print-runs"), body).await
    }

    /// Does something with a run as it was read.
    pub async fn with(&self, run: &Value, what: &str, more: Value) -> Value {
        self.done(&of(run, what), &body(run, more)).await
    }

    /// A run as it is now.
    pub async fn look(&self, run: &Value) -> Value {
        self.json(&of(run, "")).await
    }

    /// Looks at a run until this holds.
    pub async fn wait(&self, run: &Value, holds: impl Fn(&Value) -> bool) -> Value {
        let until = async {
            loop {
                let now = self.look(run).await;
                if holds(&now) {
                    return now;
                }
                tokio::task::yield_now().await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, until).await.ok();
        assert!(found.is_some(), "it never came to that: {}", self.look(run).await);
        found.unwrap()
    }

    /// The ledger of prints, oldest first.
    pub async fn prints(&self, issue: IssueNumber) -> Vec<PrintRow> {
        let mut rows = self.world.store().prints(issue, None, 1000).await.unwrap();
        rows.reverse();
        rows
    }

    /// Opens a page as who is signed in.
    pub async fn page(&self, party: PartyId, lang: &str, path: &str) -> (u16, String) {
        let request = self.client.get(format!("{}{path}", self.base));
        let response = request.header("cookie", format!("session={party}; lang={lang}")).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Sends a form as the processor; answers status, where it leads, and the page.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String, String) {
        let mut all = vec![("csrf", csrf(PROCESSOR))];
        all.extend(fields.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let request = self.client.post(format!("{}{path}", self.base));
        let request = request.header("cookie", format!("session={PROCESSOR}; lang=en")).form(&all);
        let response = request.send().await.unwrap();
        let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), location.unwrap_or_default(), response.text().await.unwrap())
    }
}

fn csrf(party: PartyId) -> String {
    format!("token{party}.{NOW_MS}")
}

/// The address of a run, or of what is done with it.
pub fn of(run: &Value, what: &str) -> String {
    let slash = if what.is_empty() { "" } else { "/" };
    format!("/api/v1/print-runs/{}{slash}{what}", run["number"])
}

/// A body with the version of a run as it was read.
pub fn body(run: &Value, mut more: Value) -> Value {
    more["version"] = run["version"].clone();
    more
}

/// Problem details in two languages; answers the words.
pub async fn problem(response: Response, status: u16, rule: &str) -> String {
    let (received, text) = (response.status().as_u16(), response.text().await.unwrap());
    assert_eq!(received, status, "{text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(body["rule"], rule, "{text}");
    let zh = body["zh"].as_str().unwrap();
    assert!(zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{text}");
    format!("{} {} {}", body["place"].as_str().unwrap(), body["detail"].as_str().unwrap(), zh)
}

/// From, to, way, reprint of each stretch.
pub fn stretches(rows: &[PrintRow]) -> Vec<(u32, u32, &'static str, bool)> {
    rows.iter().map(|row| (row.print.from, row.print.to, row.print.way.code(), row.reprint)).collect()
}

/// An empty object, for steps that say nothing more.
pub fn nothing() -> Value {
    json!({})
}
