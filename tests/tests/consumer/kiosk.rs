//! The service on a socket of its own, packages to scan, and how a page is looked at.

use reqwest::{Client, Method, Response};
use serde_json::json;
use tempfile::TempDir;
use trace_core::code::{CodeIndex, CodeKey, IssueNumber, KeyRing, PackageCode};
use trace_core::id::BatchCode;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_server::app::{self, AppState};
use trace_server::config::{Config, Settings};
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::engines::Database;
use trace_tests::household::{PROCESSOR, World, dry, made};

/// A browser in a person's hand.
pub const PHONE: &str = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 MicroMessenger/8.0.40";
/// GTIN of the packed product.
pub const GTIN: &str = "06901234567892";

/// A running service and the world behind it.
pub struct Kiosk {
    pub world: World,
    pub base: String,
    pub keys: KeyRing,
    pub database: Database,
    client: Client,
    _folder: TempDir,
}

/// A page that was answered.
pub struct Page {
    pub status: u16,
    pub html: String,
    pub cache_control: String,
}

impl Page {
    /// The name of the verdict's state.
    pub fn state(&self) -> &str {
        let from = self.html.find("data-state=\"").expect("a verdict") + "data-state=\"".len();
        self.html[from..].split('"').next().unwrap()
    }

    /// Fails unless the page says all of these.
    pub fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.html.contains(word), "the page does not say '{word}':\n{}", self.html);
        }
    }

    /// Fails if the page says one of these.
    pub fn omits(&self, words: &[&str]) {
        for word in words {
            assert!(!self.html.contains(word), "the page says '{word}':\n{}", self.html);
        }
    }
}

/// A service over the world's ledger, on a free port.
async fn serve(world: &World, keys: KeyRing) -> (String, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let region_table = folder.path().join("regions.csv");
    std::fs::write(&region_table, "network,region\n198.51.100.0/24,CN-HL\n").unwrap();
    let settings = Settings {
        data_dir: Some(folder.path().to_owned()),
        trusted_proxies: Some(vec!["127.0.0.1".parse().unwrap()]),
        region_header: Some("x-region".to_owned()),
        region_table: Some(region_table),
        ..Settings::default()
    };
    let config = Config::from_settings(settings).unwrap();
    let state = AppState::joining(world.ledger.clone(), keys, config).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(app::serve_on(listener, state, std::future::pending()));
    (base, folder)
}

fn ring() -> KeyRing {
    KeyRing::new(vec![CodeKey::new(1, [7; 32]).unwrap()]).unwrap()
}

impl Kiosk {
    /// A founded ledger with everybody in it, served on a free port.
    pub async fn open(database: Database) -> Self {
        let world = World::found(database.url()).await;
        let (base, folder) = serve(&world, ring()).await;
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { world, base, keys: ring(), database, client, _folder: folder }
    }

    /// The same as it is served after a start with another key file; [`code`](Self::code) still makes those of the first
    /// key.
    pub async fn restarted_with(self, keys: KeyRing) -> Self {
        let world = self.world.with_code_key(keys.newest_version());
        let (base, folder) = serve(&world, keys).await;
        Self { world, base, _folder: folder, ..self }
    }

    /// Any request to a path.
    pub async fn request(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer")
    }

    /// A page as a telephone opens it, in Chinese.
    pub async fn get(&self, path: &str) -> Page {
        self.get_as(PHONE, path).await
    }

    /// A page as another program opens it.
    pub async fn get_as(&self, agent: &str, path: &str) -> Page {
        self.get_with(path, &[("user-agent", agent)]).await
    }

    /// A page with headers as the proxy before the service sets them.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Page {
        let response = self.request(Method::GET, path, headers).await;
        let status = response.status().as_u16();
        let header = response.headers().get("cache-control").map(|value| value.to_str().unwrap().to_owned());
        Page { status, html: response.text().await.unwrap(), cache_control: header.unwrap_or_default() }
    }

    /// The code of a package.
    pub fn code(&self, issue: IssueNumber, index: u32) -> PackageCode {
        self.keys.encode(1, issue, CodeIndex::new(index).unwrap()).unwrap()
    }

    /// The long address of a package.
    #[allow(clippy::unused_self, reason = "an address of this kiosk, as its siblings are")]
    pub fn long(&self, sale: BatchCode, code: PackageCode) -> String {
        format!("/01/{GTIN}/10/{sale}/21/{code}")
    }

    /// Packs dried tianma of the processor with a GTIN, issues 40 codes and puts 0 to 29 into circulation.
    pub async fn packages(&self, dried: BatchCode) -> (BatchCode, IssueNumber) {
        let world = &self.world;
        let details = json!({"product": "dried_tianma", "net_content": {"unit": "mg", "value": 250_000},
                             "gtin": GTIN, "shelf_life_months": 24});
        let pack = draft(Kind::Pack, details).takes(dried, "10kg").makes(Product::DriedTianma, "10kg");
        let sale = made(&world.append(PROCESSOR, pack).await);
        let issue = world.issue_codes(PROCESSOR, sale, 40).await;
        self.activate(sale, issue, 0, 29).await;
        (sale, issue)
    }

    /// Puts a range into circulation.
    pub async fn activate(&self, sale: BatchCode, issue: IssueNumber, from: u32, to: u32) {
        let sheet = draft(Kind::ActivateCodes, json!({"issue": issue})).names(sale).ranging(codes(issue, from, to));
        self.world.append(PROCESSOR, sheet).await;
    }

    /// Dried tianma from stock of before the system: the shortest way to packages.
    pub async fn dried(&self) -> BatchCode {
        let fresh = self.world.fresh(PROCESSOR, "100kg").await;
        made(&self.world.append(PROCESSOR, dry(fresh, "100kg", "25kg")).await)
    }

    /// Packages in circulation of such stock.
    pub async fn some_packages(&self) -> (BatchCode, IssueNumber) {
        let dried = self.dried().await;
        self.packages(dried).await
    }
}
