//! A running service over a small county, and browsers that keep their cookies.

use std::collections::BTreeMap;

use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use tempfile::TempDir;
use tokio::net::TcpListener;
use trace_core::id::PartyId;
use trace_core::tianma::PartyRole;
use trace_server::app::{AppState, Services, serve_on};
use trace_server::config::{Config, Settings};
use trace_server::http::session::hash_pin;
use trace_server::ledger::Surroundings;
use trace_server::store::UserRow;
use trace_tests::engines::{Database, Engine};
use trace_tests::household::{COOP, FIRST, OFFICE, PROCESSOR, SECOND, World};

/// Everybody's PIN.
pub const PIN: &str = "314159";
/// The first household's telephone.
pub const TELEPHONE: &str = "13800138000";

/// A running service.
pub struct Site {
    /// Its address, without a slash at the end.
    pub base: String,
    /// The ledger below, sharing the clock.
    pub world: World,
    _database: Database,
    _folder: TempDir,
}

impl Site {
    /// Starts one on this engine; people reach it under `public`, if that is said.
    pub async fn start(engine: Engine, public: Option<&str>) -> Self {
        let database = Database::create(engine).await;
        let world = World::found(database.url()).await;
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let settings = Settings {
            listen: Some(address),
            public_url: public.map(str::to_owned),
            data_dir: Some(folder.path().to_owned()),
            // So that a test can come from any address.
            trusted_proxies: Some(vec!["127.0.0.1".parse().unwrap()]),
            evidence_bytes_max: Some(300_000),
            ..Settings::default()
        };
        let config = Config::from_settings(settings).unwrap();
        let state = AppState::over(world.store().clone(), config, Surroundings::system()).await.unwrap();
        // The ledger whose clock the test turns.
        let state = AppState::from(Services { ledger: world.ledger.clone(), ..Services::clone(&state) });
        let hash = hash_pin(PIN).unwrap();
        let telephone = state.gate.telephones().mac(TELEPHONE);
        for (login, party, role) in [
            ("nonghu", FIRST, PartyRole::Household),
            ("nonghu2", SECOND, PartyRole::Household),
            ("daili", COOP, PartyRole::Coop),
            ("jiagong", PROCESSOR, PartyRole::Processor),
            ("pinpai", OFFICE, PartyRole::Office),
        ] {
            let user = UserRow {
                login: login.to_owned(),
                telephone_mac: telephone.filter(|_| login == "nonghu"),
                display_name: format!("{login} 的名字"),
                party,
                role,
                pin_hash: hash.clone(),
                active: true,
            };
            world.store().put_user(&user).await.unwrap();
        }
        tokio::spawn(serve_on(listener, state, std::future::pending()));
        Self { base: format!("http://{address}"), world, _database: database, _folder: folder }
    }

    /// A browser at an address of its own.
    pub fn browser(&self, address: &str) -> Browser {
        let client = Client::builder().cookie_store(true).redirect(Policy::none()).build().unwrap();
        Browser { client, base: self.base.clone(), address: address.to_owned(), lang: "zh" }
    }

    /// A browser in which somebody is signed in.
    pub async fn signed_in(&self, login: &str) -> Browser {
        let browser = self.browser("198.51.100.1");
        let answer = browser.sign_in(login, PIN).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        browser
    }

    /// The code of a planting of 1 亩 at this site.
    pub async fn planted(&self, grower: PartyId, site: trace_core::id::SiteId) -> String {
        self.world.plant(grower, site, "1亩").await.to_string()
    }
}

/// Runs a case on both engines.
pub async fn on_both<F: AsyncFn(Site)>(case: F) {
    for engine in Engine::both() {
        case(Site::start(engine, None).await).await;
    }
}

/// A browser.
pub struct Browser {
    pub client: Client,
    pub base: String,
    pub address: String,
    pub lang: &'static str,
}

/// What it was answered.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub text: String,
    pub location: String,
    pub cookies: Vec<String>,
    pub headers: reqwest::header::HeaderMap,
}

impl Page {
    async fn of(response: Response) -> Self {
        let headers = response.headers().clone();
        let header = |name: &str| headers.get_all(name).iter().map(|v| v.to_str().unwrap().to_owned()).collect();
        let location: Vec<String> = header("location");
        let cookies = header("set-cookie");
        let status = response.status().as_u16();
        Self { status, cookies, headers, location: location.join(""), text: response.text().await.unwrap() }
    }

    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let at = self.text.find(&start).unwrap_or_else(|| panic!("no field {name} in {}", self.text)) + start.len();
        self.text[at..].split('"').next().unwrap().to_owned()
    }
}

impl Browser {
    fn located(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("x-forwarded-for", &self.address).header("accept-language", self.lang)
    }

    pub async fn get(&self, path: &str) -> Page {
        let request = self.client.get(format!("{}{path}", self.base));
        Page::of(self.located(request).send().await.unwrap()).await
    }

    /// Sends exactly these fields.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.client.post(format!("{}{path}", self.base)).form(&fields);
        Page::of(self.located(request).send().await.unwrap()).await
    }

    /// The same with a header.
    pub async fn post_with(&self, path: &str, fields: &[(&str, &str)], header: (&str, &str)) -> Page {
        let request = self.client.post(format!("{}{path}", self.base)).form(&fields).header(header.0, header.1);
        Page::of(self.located(request).send().await.unwrap()).await
    }

    /// A form with a file in it.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], file: (&'static str, Vec<u8>)) -> Page {
        let mut form = Form::new();
        for (name, value) in fields {
            form = form.text((*name).to_owned(), (*value).to_owned());
        }
        let form = form.part(file.0, Part::bytes(file.1).file_name("IMG_0001.jpg"));
        let request = self.client.post(format!("{}{path}", self.base)).multipart(form);
        Page::of(self.located(request).send().await.unwrap()).await
    }

    /// Fills in the log-in form.
    pub async fn sign_in(&self, name: &str, pin: &str) -> Page {
        let csrf = self.get("/app/sign-in").await.hidden("csrf");
        self.post("/app/sign-in", &[("csrf", &csrf), ("next", "/app"), ("name", name), ("pin", pin)]).await
    }

    /// The hidden fields of the harvest form.
    pub async fn harvest_form(&self, query: &str) -> BTreeMap<&'static str, String> {
        let page = self.get(&format!("/app/harvest{query}")).await;
        assert_eq!(page.status, 200, "{}", page.text);
        ["csrf", "uid", "for"].into_iter().map(|name| (name, page.hidden(name))).collect()
    }
}
