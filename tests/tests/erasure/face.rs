//! Erasing over the API and on the pages.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::{Client, redirect};
use serde_json::{Value, json};
use tempfile::TempDir;
use trace_core::id::{PartyId, RecordId};
use trace_core::record::sealed::Group;
use trace_core::tianma::PartyRole;
use trace_core::time::ReceivedAt;
use trace_server::app::{self, AppState, Services};
use trace_server::http::access::{new_token, secret_digest};
use trace_server::ledger::Personal;
use trace_server::store::{SessionRow, TokenRow};
use trace_tests::described::Description;
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, NOW_MS, OFFICE, RIVAL, World};

use crate::market::{Person, person, row, uid, user, world};

/// The service on a port of its own, with the world's ledger and clock.
pub struct House {
    pub world: World,
    pub base: String,
    pub client: Client,
    pub one: Person,
    _description: Description,
    _database: Database,
    _folder: TempDir,
}

pub struct Answer {
    pub status: u16,
    pub location: String,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

impl House {
    pub async fn open(database: Database) -> Self {
        let world = world(&database).await;
        let one = person(&world).await;
        let (state, folder) = crate::starting::service(&database).await.unwrap();
        let state = AppState::from(Services { ledger: world.ledger.clone(), ..Services::clone(&state) });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let description = Description::default();
        let router = description.around(app::router(state.clone()));
        tokio::spawn(app::serve_router_on(listener, state, router, std::future::pending()));
        let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self {
            world,
            base: format!("http://{address}"),
            client,
            one,
            _description: description,
            _database: database,
            _folder: folder,
        }
    }

    pub async fn token(&self, party: PartyId, role: PartyRole) -> String {
        let (token, digest) = new_token().unwrap();
        let row = TokenRow { digest, party, role, label: String::new(), expires_at: None };
        self.world.store().put_token(&row).await.unwrap();
        token
    }

    async fn post(&self, token: Option<&str>, party: &str, body: &Value) -> Answer {
        let mut request = self.client.post(format!("{}/api/v1/parties/{party}/erase", self.base)).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        self.answer(request).await
    }

    pub async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let location = response.headers().get("location").map_or("", |value| value.to_str().unwrap()).to_owned();
        Answer { status: response.status().as_u16(), location, text: response.text().await.unwrap() }
    }

    /// Opens a session for a log-in; the cookie.
    pub async fn session(&self, login: &str) -> String {
        let cookie = format!("cookie-of-{login}");
        let expires_at = ReceivedAt::from_unix_ms(NOW_MS + 3_600_000_000).unwrap();
        let row = SessionRow {
            digest: secret_digest(&cookie),
            login: login.to_owned(),
            csrf: format!("token.{NOW_MS}"),
            expires_at,
        };
        let hash = self.world.store().user(login).await.unwrap().unwrap().pin_hash;
        assert!(self.world.store().open_session(&row, &hash).await.unwrap());
        format!("session={cookie}")
    }

    pub async fn get(&self, cookie: &str, path: &str) -> Answer {
        let request = self.client.get(format!("{}{path}", self.base)).header("cookie", cookie);
        self.answer(request.header("accept-language", "zh")).await
    }

    pub async fn send(&self, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = format!("token.{NOW_MS}");
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields);
        let request = self.client.post(format!("{}{path}", self.base)).header("cookie", cookie).form(&all);
        self.answer(request.header("accept-language", "zh")).await
    }

    async fn is_erased(&self) -> bool {
        let read = self.world.ledger.personal(&[self.one.registered], Group::Person).await.unwrap();
        read[&self.one.registered] == Personal::Erased
    }
}

pub async fn the_office_erases_over_the_api(database: Database) {
    let house = House::open(database).await;
    let (office, own) =
        (house.token(OFFICE, PartyRole::Office).await, house.token(house.one.party, PartyRole::Household).await);
    let party = house.one.party.to_string();
    let body = json!({"uid": uid(), "reason": "requested"});
    let answer = house.post(Some(&office), &party, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let record = &answer.json()["record"];
    assert_eq!(record["kind"], "erase");
    assert_eq!(record["details"], json!({"party": party, "reason": "requested"}));
    assert_eq!(record["actor"], json!(OFFICE));
    assert!(house.is_erased().await);
    let again = house.post(Some(&office), &party, &body).await;
    assert_eq!((again.status, &again.json()["id"]), (200, &answer.json()["id"]));
    let request = house.client.get(format!("{}/api/v1/parties/{party}", house.base)).bearer_auth(&office);
    let shown = house.answer(request).await.json();
    assert_eq!(shown["erased"], answer.json()["id"], "every later reading says so");
    assert_eq!(house.post(Some(&own), &party, &body).await.status, 401, "its tokens ended with it");
}

pub async fn refusals_over_the_api(database: Database) {
    let house = House::open(database).await;
    let office = house.token(OFFICE, PartyRole::Office).await;
    let rival = house.token(RIVAL, PartyRole::Processor).await;
    let party = house.one.party.to_string();
    let good = json!({"uid": uid(), "reason": "requested"});
    let nobody = PartyId::from_random([98; 10]).to_string();
    for (token, party, body, status, rule, place) in [
        (None, &*party, good.clone(), 401, "token_missing", ""),
        (Some(&*rival), &party, good.clone(), 403, "no_grant", "/entered_by"),
        (Some(&*office), &nobody, good.clone(), 404, "unknown_party", "/details/party"),
        (Some(&*office), "pa-x", good.clone(), 400, "malformed_id", ""),
        (Some(&*office), &party, json!({"uid": uid(), "reason": "fun"}), 422, "malformed", "/reason"),
        (Some(&*office), &party, json!({"uid": uid()}), 422, "malformed", ""),
        (
            Some(&*office),
            &party,
            json!({"uid": uid(), "reason": "requested", "name": "王五"}),
            422,
            "malformed",
            "/name",
        ),
    ] {
        let answer = house.post(token, party, &body).await;
        let problem = answer.json();
        assert_eq!((answer.status, problem["rule"].as_str().unwrap()), (status, rule), "{body}: {problem}");
        assert_eq!(problem["place"], place, "{problem}");
        assert!(!problem["zh"].as_str().unwrap().is_empty() && !problem["detail"].as_str().unwrap().is_empty());
    }
    assert!(!house.is_erased().await);
    assert_eq!(house.post(Some(&office), &party, &good).await.status, 201);
    let twice = house.post(Some(&office), &party, &json!({"uid": uid(), "reason": "requested"})).await;
    assert_eq!((twice.status, twice.json()["rule"].as_str().unwrap()), (409, "already_erased"));
    let office_itself =
        house.post(Some(&office), &OFFICE.to_string(), &json!({"uid": uid(), "reason": "requested"})).await;
    assert_eq!((office_itself.status, office_itself.json()["rule"].as_str().unwrap()), (409, "office_not_erased"));
}

/// A log-in of this party, admitted.
async fn admit(house: &House, party: PartyId, role: PartyRole, login: &str) -> String {
    let row = trace_server::store::UserRow {
        party,
        role,
        login: login.to_owned(),
        display_name: "品牌办 老李".to_owned(),
        telephone_mac: Some(RecordId::of(login.as_bytes())),
        ..user(&house.one)
    };
    house.world.ledger.admit(row).await.unwrap();
    house.session(login).await
}

pub async fn the_office_erases_on_its_page(database: Database) {
    let house = House::open(database).await;
    let cookie = admit(&house, OFFICE, PartyRole::Office, "pinpai").await;
    let party = house.one.party.to_string();
    let page = house.get(&cookie, &format!("/app/office/erase?party={party}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for word in ["品牌办 老李", "删除后无法恢复", "本人要求", &party, "30 天"] {
        assert!(page.text.contains(word), "{word} is not on the page");
    }
    assert!(!page.text.contains("第二十七条"), "it has no record yet that the law has it keep");
    house.world.fresh(house.one.party, "3kg").await;
    let page = house.get(&cookie, &format!("/app/office/erase?party={party}")).await;
    for word in ["依法保存 2 年到 2028-11-20", "销售后 5 年，到 2031-11-20", "第二十七条"] {
        assert!(page.text.contains(word), "{word}: {}", page.text);
    }
    let uid = uid().to_string();
    for (fields, word) in [
        (vec![("party", "王五"), ("reason", "requested"), ("sure", "1")], "“王五”不是主体编号"),
        (vec![("party", &*party), ("reason", ""), ("sure", "1")], "请选择原因"),
        (vec![("party", &*party), ("reason", "requested")], "什么都没有删除"),
    ] {
        let fields: Vec<_> = fields.into_iter().chain([("uid", &*uid)]).collect();
        let answer = house.send(&cookie, "/app/office/erase", &fields).await;
        assert_eq!(answer.status, 422, "{fields:?}");
        assert!(answer.text.contains(word), "{word}: {}", answer.text);
        assert!(answer.text.contains(fields[0].1), "what was typed is still there");
    }
    assert!(!house.is_erased().await);
    let sure = [("uid", &*uid), ("party", &party), ("reason", "requested"), ("sure", "1")];
    let done = house.send(&cookie, "/app/office/erase", &sure).await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert_eq!(house.send(&cookie, "/app/office/erase", &sure).await.location, done.location, "pressed twice");
    assert!(house.is_erased().await);
    let record = house.get(&cookie, done.location.split('?').next().unwrap()).await;
    assert!(record.status == 200 && record.text.contains("删除个人信息"), "{}", record.text);
    let fresh = crate::market::uid().to_string();
    let again = [("uid", &*fresh), ("party", &party), ("reason", "requested"), ("sure", "1")];
    let again = house.send(&cookie, "/app/office/erase", &again).await;
    assert!(again.status == 422 && again.text.contains("此后没有重新登记"), "{}", again.text);
    let farmer = admit(&house, FIRST, PartyRole::Household, "nonghu").await;
    assert_eq!(house.get(&farmer, "/app/office/erase").await.status, 403);
    assert_eq!(house.send(&farmer, "/app/office/erase", &sure).await.status, 403);
}

pub async fn a_farmer_leaves(database: Database) {
    let house = House::open(database).await;
    let cookie = house.session(&house.one.login).await;
    let page = house.get(&cookie, "/app/erase").await;
    assert!(page.status == 200 && page.text.contains(&house.one.greeting), "{}", page.text);
    let uid = uid().to_string();
    let unsure = house.send(&cookie, "/app/erase", &[("uid", &uid), ("reason", "consent_withdrawn")]).await;
    assert_eq!(unsure.status, 422);
    assert!(!house.is_erased().await);
    let fields = [("uid", &*uid), ("reason", "consent_withdrawn"), ("sure", "1")];
    let done = house.send(&cookie, "/app/erase", &fields).await;
    assert_eq!((done.status, &*done.location), (303, "/app/sign-in?note=erased"));
    assert!(house.get("", &done.location).await.text.contains("您的个人信息已删除"));
    assert!(house.is_erased().await);
    assert_eq!(house.get(&cookie, "/app").await.status, 303, "signed out");
    assert_eq!(row(&house.world, house.one.party).await.erasures, 1);
    // The ledger itself serves on.
    let world = Arc::new(house.world.clone());
    world.fresh(FIRST, "3kg").await;
}
