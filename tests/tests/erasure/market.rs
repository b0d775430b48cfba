//! A household with something to erase: a name and a telephone, two sites, a log-in; random, so that finding one of
//! them anywhere means finding this one.

use serde_json::{Value, json};
use trace_core::id::{PartyId, RecordId, SiteId, Uid};
use trace_core::prepare::Draft;
use trace_core::record::{Kind, Refusal};
use trace_core::state::PartyRow;
use trace_core::tianma::{EraseReason, PartyRole};
use trace_server::ledger::{Answer, AppendError, Item, Request, digest_of, random};
use trace_server::store::UserRow;
use trace_tests::drafting::draft;
use trace_tests::engines::Database;
use trace_tests::household::{OFFICE, World};

/// What the household says of itself.
#[derive(Debug, Clone)]
pub struct Person {
    pub party: PartyId,
    pub site: SiteId,
    pub name: String,
    pub telephone: String,
    pub label: String,
    pub latitude_e7: i32,
    pub greeting: String,
    pub login: String,
    /// The record of its registration.
    pub registered: RecordId,
    /// The record of its site.
    pub sited: RecordId,
    /// Digest of the request that registered it.
    pub digest: RecordId,
}

/// Six Chinese characters that stand together nowhere else.
fn words() -> String {
    let bytes: [u8; 12] = random().unwrap();
    bytes
        .chunks(2)
        .map(|two| char::from_u32(0x4e00 + u32::from(two[0]) * 64 + u32::from(two[1] % 64)).unwrap())
        .collect()
}

fn digits(count: usize) -> String {
    let bytes: [u8; 32] = random().unwrap();
    bytes.iter().take(count).map(|byte| char::from(b'0' + byte % 10)).collect()
}

pub fn uid() -> Uid {
    Uid::from_bytes(random().unwrap())
}

/// A world whose key store belongs to the database, so that both can be opened again.
pub async fn world(database: &Database) -> World {
    let world = opened(database).await;
    world.settle().await;
    world
}

/// The same over what stands there.
pub async fn opened(database: &Database) -> World {
    let store = trace_server::store::open(database.url()).await.unwrap();
    World::with_keys(store, database.keys())
}

/// The registration of a party as the office sends it.
pub fn registration(party: PartyId, name: &str, telephone: &str, supersedes: Option<RecordId>) -> Draft {
    let mut draft = draft(Kind::RegisterParty, json!({"party": party, "role": "household", "village": "小草坝"}));
    draft.uid = uid();
    draft.person = Some(json!({"name": name, "telephone": telephone}));
    draft.supersedes = supersedes;
    draft
}

/// The registration of a plot with a name that its people gave it.
pub fn plot(party: PartyId, site: SiteId, place: Option<Value>) -> Draft {
    let mut draft = draft(Kind::RegisterSite, json!({"site": site, "party": party, "kind": "plot"}));
    draft.uid = uid();
    draft.area = Some("2亩".to_owned());
    draft.place = place;
    draft
}

/// What the API makes of a body: the digest is that of bytes in which everything stands in plain text.
pub fn request(submitter: PartyId, drafts: Vec<Draft>) -> Request {
    let body = serde_json::to_vec(&drafts).unwrap();
    Request { submitter, digest: digest_of(&body), items: drafts.into_iter().map(Item::draft).collect() }
}

/// Registers a household with a site and a log-in.
pub async fn person(world: &World) -> Person {
    let party = PartyId::from_random(random().unwrap());
    let site = SiteId::from_random(random().unwrap());
    let (name, telephone, label) = (words(), format!("1{}", digits(10)), words());
    let latitude_e7: i32 = format!("27{}", digits(7)).parse().unwrap();
    let registering = request(OFFICE, vec![registration(party, &name, &telephone, None)]);
    let digest = registering.digest;
    let registered = world.ledger.append(registering).await.unwrap().records[0].record.id();
    let place = json!({"label": label, "latitude_e7": latitude_e7, "longitude_e7": 1_041_783_310});
    let siting = request(OFFICE, vec![plot(party, site, Some(place))]);
    let sited = world.ledger.append(siting).await.unwrap().records[0].record.id();
    let (greeting, login) = (words(), format!("login{}", digits(12)));
    let person =
        Person { party, site, name, telephone, label, latitude_e7, greeting, login, registered, sited, digest };
    world.ledger.admit(user(&person)).await.unwrap();
    person
}

/// The log-in, as it is handed in.
pub fn user(person: &Person) -> UserRow {
    UserRow {
        login: person.login.clone(),
        telephone_mac: Some(RecordId::of(person.telephone.as_bytes())),
        display_name: person.greeting.clone(),
        party: person.party,
        role: PartyRole::Household,
        pin_hash: "$argon2id$".to_owned(),
        active: true,
    }
}

/// The office erases it.
pub async fn erase(world: &World, party: PartyId) -> Answer {
    try_erase(world, OFFICE, party).await.unwrap()
}

pub async fn try_erase(world: &World, submitter: PartyId, party: PartyId) -> Result<Answer, AppendError> {
    let uid = uid();
    world.ledger.erase(submitter, party, EraseReason::Requested, uid, RecordId::of(uid.as_bytes())).await
}

/// The refusal, where there must be one.
#[track_caller]
pub fn refused(result: Result<Answer, AppendError>) -> Refusal {
    match result {
        Err(AppendError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

pub async fn row(world: &World, party: PartyId) -> PartyRow {
    world.ledger.party(party).await.unwrap().unwrap()
}
