//! The audit over HTTP, of a service that is running.

use std::sync::Arc;

use trace_core::code::{CodeKey, KeyRing};
use trace_core::id::PartyId;
use trace_core::log::{KeyType, SigningKey};
use trace_core::tianma::PartyRole;
use trace_server::app::{self, AppState};
use trace_server::audit::{Options, Report, Served, audit_served};
use trace_server::config::{Config, Settings};
use trace_server::http::access::new_token;
use trace_server::store::TokenRow;
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, PROCESSOR};
use trace_tests::raw;

use crate::county::{County, silent};

struct Face {
    county: County,
    base: String,
}

impl Face {
    async fn open(database: Database) -> Self {
        let county = County::settle(database).await;
        let base = Self::serve(&county).await;
        Self { county, base }
    }

    /// Starts a service and answers its address.
    async fn serve(county: &County) -> String {
        let settings = Settings { data_dir: Some(county.folder.path().to_owned()), ..Settings::default() };
        let keys = KeyRing::new(vec![CodeKey::new(1, [7; 32]).unwrap()]).unwrap();
        let config = Config::from_settings(settings).unwrap();
        let state = AppState::joining(county.world.ledger.clone(), keys, config).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut published = state.log.watch_published();
        tokio::spawn(app::serve_on(listener, state, std::future::pending()));
        let size = county.world.store().head().await.unwrap().frontier.size();
        let covers = |newest: &Option<Arc<trace_server::log::Published>>| {
            newest.as_ref().is_some_and(|newest| newest.size >= size)
        };
        published.wait_for(covers).await.unwrap();
        base
    }

    async fn token(&self, party: PartyId, role: PartyRole) -> String {
        let (token, digest) = new_token().unwrap();
        let row = TokenRow { digest, party, role, label: "audit".to_owned(), expires_at: None };
        self.county.world.store().put_token(&row).await.unwrap();
        token
    }

    async fn audit(&self, options: &Options, token: Option<String>) -> Report {
        audit_served(&Served::at(&self.base, token).unwrap(), options, silent()).await.unwrap()
    }
}

fn fields(report: &Report) -> Vec<(&'static str, &str)> {
    report.faults.iter().map(|fault| (fault.table, &*fault.field)).collect()
}

pub async fn a_log_is_audited_by_its_key(database: Database) {
    let face = Face::open(database).await;
    let report = face.audit(&face.county.options(), None).await;
    assert!(report.ok && !report.balances && report.size > 256, "{report}");
    assert!(report.to_string().contains("not checked: amounts and balances"));
    let head = face.county.world.store().head().await.unwrap().frontier;
    assert_eq!((report.size, report.root), (head.size(), head.root().to_string()));

    // Another key of the same name signed nothing.
    let strange = SigningKey::new(&report.origin, KeyType::Ed25519, &[9; 32]).unwrap();
    let options = Options { log_keys: vec![strange.verifier().clone()], ..Options::default() };
    assert_eq!(fields(&face.audit(&options, None).await), [("checkpoints", "note")]);
}

pub async fn amounts_are_audited_with_a_token(database: Database) {
    let face = Face::open(database).await;
    let token = face.token(OFFICE, PartyRole::Office).await;
    let report = face.audit(&face.county.options(), Some(token.clone())).await;
    assert!(report.ok && report.balances, "{report}");
    // A weight changed beside the log, which only commits to it.
    let sql = "UPDATE openings SET value = replace(value, '42kg', '43kg') WHERE grp = 'amounts'";
    raw::execute(&face.county.database, sql).await;
    assert!(face.audit(&face.county.options(), None).await.ok);
    let report = face.audit(&face.county.options(), Some(token)).await;
    // Neither is it what was committed to, nor does what was typed say the number beside it.
    let expected = [("openings", "salt, value"), ("openings", "value/outputs/0")];
    assert_eq!(fields(&report), expected, "{report}");
    let nobody = Served::at(&face.base, Some("tt_nobody".to_owned())).unwrap();
    let refused = audit_served(&nobody, &face.county.options(), silent()).await;
    assert!(refused.unwrap_err().to_string().contains("401"));
}

/// A byte of an entry, of a leaf hash, of a tile above.
pub async fn what_is_served_wrong_is_found(database: Database) {
    let mut face = Face::open(database).await;
    let sqlite = matches!(face.county.database, Database::Sqlite(_));
    let blob = |hex: &str| if sqlite { format!("X'{hex}'") } else { format!("'\\x{hex}'") };
    let zeros = blob(&"00".repeat(32));
    for (table, column, condition, value, expected) in [
        ("entries", "leaf_hash", "idx = 7", zeros.clone(), "leaf_hash"),
        ("log_hashes", "hash", "level = 1 AND idx = 0", zeros, "hash"),
        ("entries", "entry", "idx = 3", blob("7b7d"), "entry"),
    ] {
        let keep = format!("CREATE TABLE kept AS SELECT {column} AS it FROM {table} WHERE {condition}");
        raw::execute(&face.county.database, &keep).await;
        raw::execute(&face.county.database, &format!("UPDATE {table} SET {column} = {value} WHERE {condition}")).await;
        // A service keeps the tiles that it was asked for, right or wrong: each change is read by a new one.
        face.base = Face::serve(&face.county).await;
        let report = face.audit(&face.county.options(), None).await;
        assert!(fields(&report).contains(&(table, expected)), "{report}");
        let back = format!("UPDATE {table} SET {column} = (SELECT it FROM kept) WHERE {condition}; DROP TABLE kept");
        raw::execute(&face.county.database, &back).await;
    }
    face.base = Face::serve(&face.county).await;
    assert!(face.audit(&face.county.options(), None).await.ok);
}

/// `/api/v1/openings` in pages, for the office alone.
pub async fn openings_are_for_the_office(database: Database) {
    let face = Face::open(database).await;
    let ask = async |token: &str, query: &str| {
        let client = reqwest::Client::new();
        let answer =
            client.get(format!("{}/api/v1/openings{query}", face.base)).bearer_auth(token).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<serde_json::Value>().await.unwrap())
    };
    let token = face.token(OFFICE, PartyRole::Office).await;
    let (status, body) = ask(&token, "?from=0&to=100000").await;
    let openings = body["openings"].as_array().unwrap();
    assert_eq!(status, 200);
    assert!(openings.len() > 10 && openings.is_sorted_by_key(|one| one["index"].as_u64()), "{body}");
    assert!(openings.iter().all(|one| one["value"].is_object() && one["salt"].is_string()));
    // The whole log is shorter than a page.
    assert!(body.get("next").is_none(), "{body}");
    assert_eq!(ask(&token, "?from=5&to=5").await.1["openings"].as_array().map(Vec::len), Some(0));
    assert_eq!(ask(&token, "?from=5").await.0, 400);
    let other = face.token(PROCESSOR, PartyRole::Processor).await;
    assert_eq!(ask(&other, "?from=0&to=10").await.0, 403);
    assert_eq!(reqwest::get(format!("{}/api/v1/openings?from=0&to=1", face.base)).await.unwrap().status(), 401);
}
