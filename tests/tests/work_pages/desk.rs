//! The service on a socket of its own, with a session for everybody.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::header::HeaderMap;
use reqwest::{Client, redirect};
use tempfile::TempDir;
use trace_core::code::KeyRing;
use trace_core::id::PartyId;
use trace_core::tianma::PartyRole;
use trace_core::time::ReceivedAt;
use trace_server::app::{self, AppState, Services};
use trace_server::config::{Config, Settings};
use trace_server::http::access::secret_digest;
use trace_server::ledger::Surroundings;
use trace_server::store::{SessionRow, UserRow};
use trace_tests::engines::Database;
use trace_tests::household::{
    COOP, FACTORY, FIRST, LABORATORY, NOW_MS, NURSERY, OFFICE, PROCESSOR, RIVAL, SECOND, SELLER, World,
};

/// What was answered.
pub struct Page {
    pub status: u16,
    pub location: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    /// The value of the first field of this name.
    pub fn value(&self, name: &str) -> String {
        let at =
            self.body.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {}", self.body));
        let rest = &self.body[at..];
        let rest = &rest[rest.find("value=\"").expect("a value") + 7..];
        unescaped(&rest[..rest.find('"').expect("its end")])
    }

    /// What the first attribute of this name says.
    pub fn attribute(&self, name: &str) -> String {
        let at = self.body.find(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{name}: {}", self.body));
        let rest = &self.body[at + name.len() + 3..];
        unescaped(&rest[..rest.find('"').expect("its end")])
    }

    /// All hidden fields of the form that posts to this address, but the token.
    pub fn hidden(&self, action: &str) -> Vec<(String, String)> {
        let form = &self.body[self.body.find(&format!("action=\"{action}\"")).expect("the form")..];
        let form = &form[..form.find("</form>").expect("its end")];
        let fields = form.split("<input type=\"hidden\" name=\"").skip(1).map(|text| {
            let (name, rest) = text.split_once("\" value=\"").expect("a value");
            (name.to_owned(), unescaped(rest.split_once('"').expect("its end").0))
        });
        fields.filter(|(name, _)| name != "csrf").collect()
    }

    /// The record that a stored form leads to.
    pub fn record(&self) -> trace_core::id::RecordId {
        assert_eq!(self.status, 303, "{}", self.body);
        let text = self.location.split(['/', '?', '&', '=']).find(|part| part.len() == 64);
        text.unwrap_or_else(|| panic!("no record in {}", self.location)).parse().expect("a record id")
    }

    /// The same, and it says this.
    pub fn says(&self, status: u16, words: &str) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        assert!(self.body.contains(words), "'{words}' is not in {}", self.body);
        self
    }
}

/// A running service and the world behind it.
pub struct Desk {
    pub world: World,
    keys: Arc<KeyRing>,
    base: String,
    client: Client,
    _database: Database,
    _folder: TempDir,
}

fn cookie(party: PartyId) -> String {
    format!("cookie-of-{party}")
}

/// The token in every form of this party's session.
pub fn token(party: PartyId) -> String {
    format!("token{party}.{NOW_MS}")
}

impl Desk {
    /// A founded ledger with everybody signed in, served on a free port.
    pub async fn open(database: Database) -> Self {
        let world = World::found(database.url()).await;
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings {
            public_url: Some("http://127.0.0.1:1".to_owned()),
            data_dir: Some(folder.path().to_owned()),
            ..Settings::default()
        };
        let config = Config::from_settings(settings).expect("a configuration");
        let now = || ReceivedAt::from_unix_ms(NOW_MS).expect("a time before 3000");
        let surroundings = Surroundings { now: Box::new(now), seed: Box::new(trace_server::ledger::random) };
        let store = Arc::clone(world.store());
        let state = AppState::over(store, config, surroundings).await.expect("a service");
        // One ledger for the pages and for what a test does behind them: they share the clock.
        let state = AppState::from(Services { ledger: world.ledger.clone(), ..Services::clone(&state) });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address: SocketAddr = listener.local_addr().expect("its address");
        let keys = Arc::clone(&state.keys);
        tokio::spawn(app::serve_on(listener, state, std::future::pending()));
        for (party, role) in [
            (OFFICE, PartyRole::Office),
            (FACTORY, PartyRole::FungusFactory),
            (NURSERY, PartyRole::Nursery),
            (FIRST, PartyRole::Household),
            (SECOND, PartyRole::Household),
            (COOP, PartyRole::Coop),
            (PROCESSOR, PartyRole::Processor),
            (RIVAL, PartyRole::Processor),
            (SELLER, PartyRole::Seller),
            (LABORATORY, PartyRole::Laboratory),
        ] {
            let login = party.to_string();
            let user = UserRow {
                login: login.clone(),
                telephone_mac: None,
                display_name: "测试".to_owned(),
                party,
                role,
                pin_hash: String::new(),
                active: true,
            };
            world.store().put_user(&user).await.expect("a user");
            let expires_at = ReceivedAt::from_unix_ms(NOW_MS + 3_600_000_000).expect("a time");
            let session = SessionRow { digest: secret_digest(&cookie(party)), login, csrf: token(party), expires_at };
            assert!(world.store().open_session(&session, &user.pin_hash).await.expect("a session"));
        }
        let client = Client::builder().redirect(redirect::Policy::none()).build().expect("a client");
        Self { world, keys, base: format!("http://{address}"), client, _database: database, _folder: folder }
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Page {
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let location = response.headers().get("location").map(|value| value.to_str().expect("text").to_owned());
        let headers = response.headers().clone();
        let body = response.text().await.expect("a body");
        Page { status, location: location.unwrap_or_default(), headers, body }
    }

    /// Opens a page.
    pub async fn get(&self, party: PartyId, path: &str) -> Page {
        let request = self.client.get(format!("{}{path}", self.base));
        self.answer(request.header("cookie", format!("session={}; lang=en", cookie(party)))).await
    }

    /// Opens a page in Chinese.
    pub async fn get_zh(&self, party: PartyId, path: &str) -> Page {
        let request = self.client.get(format!("{}{path}", self.base));
        self.answer(request.header("cookie", format!("session={}; lang=zh", cookie(party)))).await
    }

    /// Opens a page as nobody.
    pub async fn get_public(&self, path: &str) -> Page {
        self.answer(self.client.get(format!("{}{path}?lang=en", self.base))).await
    }

    /// Sends a form with its token.
    pub async fn post<N: AsRef<str>, V: AsRef<str>>(&self, party: PartyId, path: &str, fields: &[(N, V)]) -> Page {
        self.post_in(party, path, fields, "en", &token(party)).await
    }

    /// Sends a form in a language, with any token.
    pub async fn post_in<N: AsRef<str>, V: AsRef<str>>(
        &self,
        party: PartyId,
        path: &str,
        fields: &[(N, V)],
        lang: &str,
        csrf: &str,
    ) -> Page {
        let mut body = format!("csrf={}", escaped(csrf));
        for (name, value) in fields {
            let _ = write!(body, "&{}={}", escaped(name.as_ref()), escaped(value.as_ref()));
        }
        let request = self.client.post(format!("{}{path}", self.base));
        let request = request.header("cookie", format!("session={}; lang={lang}", cookie(party)));
        self.answer(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await
    }

    /// Sends a form with its token and a file, as a browser does where the form has one.
    pub async fn post_file(
        &self,
        party: PartyId,
        path: &str,
        fields: &[(&str, String)],
        (field, file): (&str, &[u8]),
    ) -> Page {
        const EDGE: &str = "edge-of-a-part";
        let mut body = Vec::new();
        let csrf = ("csrf", token(party));
        for (name, value) in std::iter::once(&csrf).chain(fields) {
            let part = format!("--{EDGE}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!("content-disposition: form-data; name=\"{field}\"; filename=\"anything\"\r\n");
        let kind = "content-type: application/octet-stream";
        body.extend_from_slice(format!("--{EDGE}\r\n{head}{kind}\r\n\r\n").as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(format!("\r\n--{EDGE}--\r\n").as_bytes());
        let request = self.client.post(format!("{}{path}", self.base));
        let request = request.header("cookie", format!("session={}; lang=en", cookie(party)));
        self.answer(request.header("content-type", format!("multipart/form-data; boundary={EDGE}")).body(body)).await
    }

    /// The keys of package codes.
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// A fresh uid, as a form carries it.
    pub fn uid(&self) -> String {
        self.world.uid().to_string()
    }

    /// How many entries the log has.
    pub async fn entries(&self) -> u64 {
        self.world.store().head().await.expect("the head").frontier.size()
    }
}

/// Text of a page without the references that the templates write.
fn unescaped(text: &str) -> String {
    let plain = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    plain.iter().fold(text.to_owned(), |text, (reference, plain)| text.replace(reference, plain))
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
