//! The service on a socket of its own, with tokens for everybody, and how its answers are looked at.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::{Client, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use trace_core::code::{CodeKey, KeyRing};
use trace_core::id::PartyId;
use trace_core::prepare::Draft;
use trace_core::tianma::PartyRole;
use trace_server::app::{self, AppState, Services};
use trace_server::config::{Config, Settings};
use trace_server::http::access::new_token;
use trace_server::ledger::Surroundings;
use trace_server::store::TokenRow;
use trace_tests::described::Description;
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FACTORY, FIRST, LABORATORY, OFFICE, PROCESSOR, RIVAL, SECOND, SELLER, World};

/// The longest host that keeps the long form in QR version 4-M; twenty characters is a usual one.
pub const PUBLIC_URL: &str = "https://t.example.cn";

/// A label of the operator's own, with the brand's mark in its symbols.
const OWN_LABELS: &str = "[[template]]\nname = 'brand'\nwidth_mm = 50\nheight_mm = 30.5\nsymbol_mm = 18\nsymbol_mark = true\n\
                          beside = ['product', 'net_content']\nbelow = ['serial']\n";

/// Serves the world's ledger on a free port, with its files in this folder.
async fn serve(world: &World, folder: &TempDir, keys: &KeyRing, seconds: u64, description: &Description) -> String {
    let own = folder.path().join("labels.toml");
    std::fs::write(&own, OWN_LABELS).expect("a file of templates");
    let settings = Settings {
        label_templates: Some(own),
        public_url: Some(PUBLIC_URL.to_owned()),
        data_dir: Some(folder.path().to_owned()),
        evidence_bytes_max: Some(2 << 20),
        request_seconds_max: Some(seconds),
        ..Settings::default()
    };
    let config = Config::from_settings(settings).expect("a configuration");
    std::fs::write(&config.code_key_file, keys.to_text()).expect("a key file");
    let state = AppState::over(Arc::clone(world.store()), config, Surroundings::system()).await.expect("a state");
    // The world's own ledger, since its clock stands still.
    let state = AppState::from(Services { ledger: world.ledger.clone(), ..Services::clone(&state) });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address: SocketAddr = listener.local_addr().expect("its address");
    let router = description.around(app::router(state.clone()));
    tokio::spawn(app::serve_router_on(listener, state, router, std::future::pending()));
    format!("http://{address}")
}

/// A running service and the world behind it.
pub struct Face {
    pub world: World,
    pub base: String,
    pub client: Client,
    tokens: Vec<(PartyId, String)>,
    database: Database,
    folder: TempDir,
    /// Whatever a test sends and is answered, the document must describe it.
    description: Description,
}

impl Face {
    /// A founded ledger with everybody in it, served on a free port.
    pub async fn open(database: Database) -> Self {
        Self::giving_up_after(30, database).await
    }

    /// The same, with another limit of time for requests, in seconds.
    pub async fn giving_up_after(seconds: u64, database: Database) -> Self {
        let world = World::found(database.url()).await;
        let folder = tempfile::tempdir().expect("a folder");
        let keys = KeyRing::new(vec![CodeKey::new(1, [7; 32]).expect("a key")]).expect("a key ring");
        let description = Description::default();
        let base = serve(&world, &folder, &keys, seconds, &description).await;
        let mut tokens = Vec::new();
        for (party, role) in [
            (OFFICE, PartyRole::Office),
            (FACTORY, PartyRole::FungusFactory),
            (FIRST, PartyRole::Household),
            (SECOND, PartyRole::Household),
            (COOP, PartyRole::Coop),
            (PROCESSOR, PartyRole::Processor),
            (RIVAL, PartyRole::Processor),
            (SELLER, PartyRole::Seller),
            (LABORATORY, PartyRole::Laboratory),
        ] {
            let (token, digest) = new_token().expect("randomness");
            let row = TokenRow { digest, party, role, label: "test".to_owned(), expires_at: None };
            world.store().put_token(&row).await.expect("a token");
            tokens.push((party, token));
        }
        Self { world, base, client: Client::new(), tokens, database, folder, description }
    }

    /// The same after a start with another key file.
    pub async fn restarted_with(self, keys: &KeyRing) -> Self {
        let base = serve(&self.world, &self.folder, keys, 30, &self.description).await;
        Self { base, ..self }
    }

    /// The token of a party.
    pub fn token(&self, party: PartyId) -> &str {
        let found = self.tokens.iter().find(|(owner, _)| *owner == party);
        found.map(|(_, token)| token.as_str()).expect("everybody has a token")
    }

    /// Gets a path as a party.
    pub async fn get(&self, party: PartyId, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.base)).bearer_auth(self.token(party));
        request.send().await.expect("an answer")
    }

    /// Gets a path as nobody.
    pub async fn get_public(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).send().await.expect("an answer")
    }

    /// Gets JSON that must be there.
    pub async fn json(&self, party: PartyId, path: &str) -> Value {
        let response = self.get(party, path).await;
        let (status, text) = (response.status(), response.text().await.expect("a body"));
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Posts bytes as JSON.
    pub async fn post_bytes(&self, party: PartyId, path: &str, body: impl Into<Vec<u8>>) -> Response {
        self.post_as(party, path, "application/json", body).await
    }

    /// Posts a file to back records.
    pub async fn upload(&self, party: PartyId, media_type: &str, body: impl Into<Vec<u8>>) -> Response {
        self.post_as(party, "/api/v1/evidence", media_type, body).await
    }

    async fn post_as(&self, party: PartyId, path: &str, media_type: &str, body: impl Into<Vec<u8>>) -> Response {
        let request = self.client.post(format!("{}{path}", self.base)).bearer_auth(self.token(party));
        let request = request.header("content-type", media_type).body(body.into());
        request.send().await.expect("an answer")
    }

    /// Posts a value to the records.
    pub async fn post(&self, party: PartyId, body: &Value) -> Response {
        self.post_bytes(party, "/api/v1/records", body.to_string()).await
    }

    /// Posts a value that must be appended.
    pub async fn append(&self, party: PartyId, body: &Value) -> Value {
        let response = self.post(party, body).await;
        let (status, text) = (response.status(), response.text().await.expect("a body"));
        assert_eq!(status, 201, "{text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The body of a draft under a fresh uid.
    pub fn body(&self, draft: Draft) -> Value {
        let mut value = serde_json::to_value(draft).expect("a draft in JSON");
        value["uid"] = json!(self.world.uid());
        value
    }

    /// How many entries the log has.
    pub async fn size(&self) -> u64 {
        self.world.store().head().await.expect("a head").frontier.size()
    }

    /// Posts a body that must be refused so; nothing may be stored.
    pub async fn refused(&self, party: PartyId, body: &Value, status: u16, rule: &str, place: &str) -> Value {
        let size = self.size().await;
        let problem = problem(self.post(party, body).await, status, rule, place).await;
        assert_eq!(self.size().await, size, "a refused request was stored: {body}");
        problem
    }

    /// Whether it runs on files of its own; keeps database and folder alive for as long as the service.
    pub fn surroundings(&self) -> (&Database, &TempDir) {
        (&self.database, &self.folder)
    }
}

/// Looks at an answer as RFC 9457 problem details in two languages, and gives them.
pub async fn problem(response: Response, status: u16, rule: &str, place: &str) -> Value {
    let path = response.url().path().to_owned();
    let (received, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("a body");
    assert_eq!(received, status, "{path}: {text}");
    assert_eq!(headers["content-type"], "application/problem+json", "{text}");
    assert_eq!(headers["cache-control"], "no-store");
    let body: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(body["type"], format!("/problems/{rule}"), "{text}");
    assert_eq!(body["rule"], rule);
    assert_eq!(body["status"], status);
    assert_eq!(body["place"], place, "{text}");
    assert_eq!(body["instance"], path);
    assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()), "{text}");
    let (zh, en) = (body["zh"].as_str().unwrap_or_default(), body["detail"].as_str().unwrap_or_default());
    trace_tests::refusals::in_both_languages(zh, en);
    body
}

/// Whether the problem's words hold all of these, in either language.
pub fn says(problem: &Value, words: &[&str]) {
    let text = format!("{} {}", problem["detail"], problem["zh"]);
    for word in words {
        assert!(text.contains(word), "'{word}' is not in: {text}");
    }
}
