//! A service on a socket of its own, and a package whose lineage holds records of every sort.

use reqwest::Response;
use serde_json::json;
use tempfile::TempDir;
use trace_core::code::{CodeIndex, CodeKey, IssueNumber, KeyRing, PackageCode};
use trace_core::evidence::EvidenceFile;
use trace_core::id::{BatchCode, PartyId, RecordId};
use trace_core::log::VerifierKey;
use trace_core::record::Kind;
use trace_core::tianma::PartyRole;
use trace_server::app::{self, AppState};
use trace_server::config::{Config, Settings};
use trace_server::http::access::new_token;
use trace_server::store::TokenRow;
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::engines::Database;
use trace_tests::household::{
    FIRST, FIRST_PLOT, LABORATORY, OFFICE, PROCESSOR, SECOND, SECOND_PLOT, World, correction, harvest, made, receive,
};

pub struct Kiosk {
    pub world: World,
    pub state: AppState,
    pub base: String,
    keys: KeyRing,
    _database: Database,
    _folder: TempDir,
}

/// The packages of one sale batch, and records that belong into its file.
pub struct Way {
    pub sale: BatchCode,
    pub dried: BatchCode,
    pub issue: IssueNumber,
    pub code: PackageCode,
    pub records: Vec<RecordId>,
    /// A batch that has nothing to do with it, though a hold names both.
    pub other: BatchCode,
}

fn ring() -> KeyRing {
    KeyRing::new(vec![CodeKey::new(1, [7; 32]).unwrap()]).unwrap()
}

impl Kiosk {
    pub async fn open(database: Database) -> Self {
        let world = World::found(database.url()).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { data_dir: Some(folder.path().to_owned()), ..Settings::default() };
        let config = Config::from_settings(settings).unwrap();
        let state = AppState::joining(world.ledger.clone(), ring(), config).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(app::serve_on(listener, state.clone(), std::future::pending()));
        Self { world, state, base, keys: ring(), _database: database, _folder: folder }
    }

    /// The log's key as the page names it.
    pub fn key(&self) -> VerifierKey {
        self.state.log.published().unwrap().keys[0].clone()
    }

    pub async fn get(&self, path: &str) -> Response {
        reqwest::get(format!("{}{path}", self.base)).await.unwrap()
    }

    /// The answer to somebody with a token.
    pub async fn get_as(&self, party: PartyId, role: PartyRole, path: &str) -> Response {
        let (token, digest) = new_token().unwrap();
        let row = TokenRow { digest, party, role, label: "test".to_owned(), expires_at: None };
        self.world.store().put_token(&row).await.unwrap();
        reqwest::Client::new().get(format!("{}{path}", self.base)).bearer_auth(token).send().await.unwrap()
    }

    /// The bytes of a file, once everything so far is under a checkpoint.
    pub async fn file(&self, path: &str) -> Vec<u8> {
        self.signed().await;
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.bytes().await.unwrap().to_vec()
    }

    pub async fn signed(&self) {
        let size = self.world.store().head().await.unwrap().frontier.size();
        let mut published = self.state.log.watch_published();
        published.wait_for(|newest| newest.as_ref().is_some_and(|newest| newest.size >= size)).await.unwrap();
    }

    pub fn code(&self, issue: IssueNumber, index: u32) -> PackageCode {
        self.keys.encode(1, issue, CodeIndex::new(index).unwrap()).unwrap()
    }

    /// Two plots, one harvest corrected, one receipt of a shipment; dried, tested, vouched for, held and released,
    /// packed, under codes.
    pub async fn way(&self) -> Way {
        let world = &self.world;
        let mut records = Vec::new();
        let plot = world.plant(FIRST, FIRST_PLOT, "1亩").await;
        let first = world.append(FIRST, harvest(plot, "90kg", false)).await;
        let corrected = world.append(FIRST, correction(&first, harvest(plot, "100kg", false))).await;
        let plot = world.plant(SECOND, SECOND_PLOT, "1亩").await;
        let second = world.append(SECOND, harvest(plot, "60kg", false)).await;
        let consignee = json!({"consignee": {"party": PROCESSOR}});
        let shipment = draft(Kind::Ship, consignee).takes(made(&second), "60kg");
        let shipment = world.append(SECOND, shipment).await;
        records.extend([&first, &corrected, &second, &shipment].map(|appended| appended.record.id()));
        let fresh = made(&world.receive(PROCESSOR, made(&first), "100kg").await);
        let mut second = receive(made(&second), "60kg");
        second.details["ship"] = json!(shipment.record.id());
        let second = made(&world.append(PROCESSOR, second).await);
        let dry = json!({"method": "dry", "fuel": "electricity"});
        let dry = draft(Kind::Process, dry).takes(fresh, "100kg").takes(second, "60kg");
        let dried = world.append(PROCESSOR, dry.makes(trace_core::tianma::Product::DriedTianma, "40kg")).await;
        let other = world.fresh(PROCESSOR, "5kg").await;
        let hold = draft(Kind::Hold, json!({"reason": "complaint"})).names(made(&dried)).names(other);
        let hold = world.append(OFFICE, hold).await;
        let release = json!({"record": hold.record.id(), "reason": "checked"});
        let release = world.append(OFFICE, draft(Kind::Release, release)).await;
        let results = json!([{"item": "water", "mg_per_kg": 120_000}]);
        let test = json!({"standard": "pharmacopoeia_2020", "results": results, "verdict": "pass"});
        let test = world.append(LABORATORY, draft(Kind::Inspect, test).names(made(&dried))).await;
        let dried_code = made(&dried);
        let sale = world.pack(PROCESSOR, dried_code, "10kg").await;
        let promise = draft(Kind::Certify, json!({"basis": "own_test", "wording_version": 1})).names(sale);
        let promise = world.append(PROCESSOR, promise).await;
        let issue = world.issue_codes(PROCESSOR, sale, 40).await;
        let sheet = draft(Kind::ActivateCodes, json!({"issue": issue})).names(sale).ranging(codes(issue, 0, 29));
        let active = world.append(PROCESSOR, sheet).await;
        records.extend([&dried, &hold, &release, &test, &promise, &active].map(|appended| appended.record.id()));
        records.push(world.issue(issue).await.record);
        Way { sale, dried: dried_code, issue, code: self.code(issue, 3), records, other }
    }
}

/// The records that a file holds.
pub fn held(bytes: &[u8]) -> Vec<RecordId> {
    EvidenceFile::parse(bytes).unwrap().entries.iter().map(|entry| entry.record).collect()
}
