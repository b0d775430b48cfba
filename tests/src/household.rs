//! A small county: one office, one of every kind of firm, two households with plots, and the words with which tests
//! let them act. Everything goes through the real ledger, as drafts.
//!
//! It lacks expectations: what must follow from an act is said by the test that does it.
#![expect(clippy::missing_panics_doc, reason = "a panic is how a test says that its surroundings failed")]

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::refusals::in_both_languages;
use serde_json::{Value, json};
use tempfile::TempDir;
use trace_core::code::IssueNumber;
use trace_core::id::{BatchCode, PartyId, RecordId, SiteId, Stage, Uid};
use trace_core::prepare::Draft;
use trace_core::record::{Kind, Refusal};
use trace_core::state::{BatchRow, IssueRow, Key, RecordRow, Row, SiteRow};
use trace_core::tianma::Product;
use trace_core::time::ReceivedAt;
use trace_server::keystore::{KeyStore, SqliteKeyStore};
use trace_server::ledger::{Answer, AppendError, Appended, Item, Ledger, Request, Surroundings, digest_of};
use trace_server::store::Store;

use crate::drafting::{DAY, Drafting as _, PLANTED, draft};

/// The brand office.
pub const OFFICE: PartyId = PartyId::from_random([1; 10]);
/// A fungus factory.
pub const FACTORY: PartyId = PartyId::from_random([2; 10]);
/// A nursery.
pub const NURSERY: PartyId = PartyId::from_random([3; 10]);
/// A household with [`FIRST_PLOT`] and [`FIRST_VALLEY`]; the co-op may enter its harvests and plantings.
pub const FIRST: PartyId = PartyId::from_random([4; 10]);
/// A household with [`SECOND_PLOT`].
pub const SECOND: PartyId = PartyId::from_random([5; 10]);
/// A co-op, whose clerk types for the first household.
pub const COOP: PartyId = PartyId::from_random([6; 10]);
/// A processor with [`WORKSHOP`].
pub const PROCESSOR: PartyId = PartyId::from_random([7; 10]);
/// Another processor.
pub const RIVAL: PartyId = PartyId::from_random([8; 10]);
/// A seller.
pub const SELLER: PartyId = PartyId::from_random([9; 10]);
/// A laboratory.
pub const LABORATORY: PartyId = PartyId::from_random([10; 10]);

/// A plot of the first household: 3 亩 at 1,800 m.
pub const FIRST_PLOT: SiteId = SiteId::from_random([1; 10]);
/// Another one: 1 亩 at 1,000 m, below the protected altitude.
pub const FIRST_VALLEY: SiteId = SiteId::from_random([2; 10]);
/// A plot of the second household: 2 亩 at 1,900 m.
pub const SECOND_PLOT: SiteId = SiteId::from_random([3; 10]);
/// The processor's workshop.
pub const WORKSHOP: SiteId = SiteId::from_random([4; 10]);

/// The log's origin.
pub const ORIGIN: &str = "trace.example.org/yiliang";

/// 2026-11-20T08:00Z, at which the clock of every world stands when it is made.
pub const NOW_MS: i64 = 1_795_161_600_000;

/// A ledger and the people around it. Clones share clock and ledger.
#[derive(Clone)]
pub struct World {
    /// The ledger itself.
    pub ledger: Ledger,
    keys: Arc<dyn KeyStore>,
    clock: Arc<AtomicI64>,
    counter: Arc<AtomicU64>,
    salt: u64,
    /// Of the key store, where it is this world's own.
    _folder: Option<Arc<TempDir>>,
}

/// A new key store in a folder of its own.
pub fn fresh_keys() -> (Arc<dyn KeyStore>, TempDir) {
    let folder = tempfile::Builder::new().prefix("trace-keys-").tempdir().expect("a temporary folder for keys");
    let keys = SqliteKeyStore::open(&folder.path().join("keys.db"), true).expect("a key store");
    (Arc::new(keys), folder)
}

impl World {
    /// A ledger over a store, with nothing in it yet, and with a new key store.
    pub fn over(store: Arc<dyn Store>) -> Self {
        let (keys, folder) = fresh_keys();
        Self { _folder: Some(Arc::new(folder)), ..Self::with_keys(store, keys) }
    }

    /// A ledger over a store and a key store.
    pub fn with_keys(store: Arc<dyn Store>, keys: Arc<dyn KeyStore>) -> Self {
        let clock = Arc::new(AtomicI64::new(NOW_MS));
        let salt = RandomState::new().hash_one(std::process::id());
        let ledger = Ledger::open(store, Arc::clone(&keys), surroundings(&clock), 1);
        Self { ledger, keys, clock, counter: Arc::default(), salt, _folder: None }
    }

    /// The same after a start with a code key of another version as the newest.
    #[must_use]
    pub fn with_code_key(self, version: u8) -> Self {
        let (store, keys) = (Arc::clone(self.store()), Arc::clone(&self.keys));
        let ledger = Ledger::open(store, keys, surroundings(&self.clock), version);
        Self { ledger, ..self }
    }

    /// Opens the database at this address, whatever stands in it.
    pub async fn open(url: &str) -> Self {
        let store = trace_server::store::open(url).await.unwrap_or_else(|error| panic!("{url} does not open: {error}"));
        Self::over(store)
    }

    /// Founds a ledger in an empty database and registers everybody.
    pub async fn found(url: &str) -> Self {
        let world = Self::open(url).await;
        world.settle().await;
        world
    }

    /// The founding, and the registrations in one group.
    pub async fn settle(&self) {
        let (digest, bytes, table) = builtin_rules();
        let founding = draft(
            Kind::Found,
            json!({"origin": ORIGIN, "time_zone": "+08:00", "office": OFFICE, "organisation": "彝良天麻品牌办",
                   "rules": digest, "rules_version": table}),
        )
        .numbered(self.uid());
        let item = Item::Draft { draft: Box::new(founding), rules_table: Some(bytes) };
        self.ledger.append(request(OFFICE, vec![item])).await.expect("the founding");
        let party = |id: PartyId, role: &str, organisation: Option<&str>| {
            let mut details = json!({"party": id, "role": role, "village": "小草坝"});
            if let Some(name) = organisation {
                details["organisation"] = name.into();
            }
            draft(Kind::RegisterParty, details)
        };
        let site = |id: SiteId, owner: PartyId, kind: &str, altitude_m: u16| {
            let details = json!({"site": id, "party": owner, "kind": kind, "altitude_m": altitude_m});
            draft(Kind::RegisterSite, details)
        };
        let grant = json!({"from": FIRST, "to": COOP, "kinds": ["harvest", "plant"], "until": "2027-12-31"});
        let drafts = vec![
            party(FACTORY, "fungus_factory", Some("大桥菌种厂")),
            party(NURSERY, "nursery", Some("良种繁育基地")),
            party(FIRST, "household", None),
            party(SECOND, "household", None),
            party(COOP, "coop", Some("云上合作社")),
            party(PROCESSOR, "processor", Some("第一加工厂")),
            party(RIVAL, "processor", Some("第二加工厂")),
            party(SELLER, "seller", Some("网店")),
            party(LABORATORY, "laboratory", Some("检测中心")),
            site(FIRST_PLOT, FIRST, "plot", 1800).covering("3亩"),
            site(FIRST_VALLEY, FIRST, "plot", 1000).covering("1亩"),
            site(SECOND_PLOT, SECOND, "plot", 1900).covering("2亩"),
            site(WORKSHOP, PROCESSOR, "workshop", 1700),
            draft(Kind::Grant, grant),
        ];
        self.send(OFFICE, drafts).await.expect("the registrations");
    }

    /// A uid that was not used before.
    pub fn uid(&self) -> Uid {
        let count = self.counter.fetch_add(1, Ordering::SeqCst);
        let digest = RecordId::of(format!("{}/{count}", self.salt).as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.as_bytes()[..16]);
        Uid::from_bytes(bytes)
    }

    /// Moves the clock, forward or back.
    pub fn pass_ms(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// The store below.
    pub fn store(&self) -> &Arc<dyn Store> {
        self.ledger.store()
    }

    /// Sends drafts as one request; those that still have the uid of all zeros get their own.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub async fn send(&self, submitter: PartyId, drafts: Vec<Draft>) -> Result<Answer, AppendError> {
        self.ledger.append(self.request(submitter, drafts)).await
    }

    /// The request that [`World::send`] sends.
    pub fn request(&self, submitter: PartyId, drafts: Vec<Draft>) -> Request {
        let number =
            |draft: Draft| if draft.uid == Uid::from_bytes([0; 16]) { draft.numbered(self.uid()) } else { draft };
        request(submitter, drafts.into_iter().map(|one| Item::draft(number(one))).collect())
    }

    /// Appends one draft, which must be taken.
    pub async fn append(&self, submitter: PartyId, draft: Draft) -> Appended {
        let shown = format!("{} by {submitter}", draft.kind);
        match self.send(submitter, vec![draft]).await {
            Ok(mut answer) => answer.records.pop().expect("one record for one draft"),
            Err(error) => panic!("{shown} should have been taken: {error}"),
        }
    }

    /// Sends one draft, which must be refused.
    pub async fn refusal(&self, submitter: PartyId, draft: Draft) -> Refusal {
        match self.send(submitter, vec![draft.clone()]).await {
            Err(AppendError::Refused(refusal)) => {
                in_both_languages(&refusal.zh, &refusal.en);
                refusal
            }
            Err(error) => panic!("{} should have been refused, but failed: {error}", draft.kind),
            Ok(answer) => panic!("{} should have been refused, but stands at {}", draft.kind, answer.records[0].index),
        }
    }

    async fn row(&self, key: Key) -> Option<Row> {
        let (rows, _) = self.store().load(&[key].into()).await.expect("a row");
        rows.into_iter().find(|row| row.key() == key)
    }

    /// A batch that must be there.
    pub async fn batch(&self, code: BatchCode) -> BatchRow {
        match self.row(Key::Batch(code)).await {
            Some(Row::Batch(row)) => row,
            other => panic!("no batch {code}: {other:?}"),
        }
    }

    /// A record that must be there.
    pub async fn record(&self, id: RecordId) -> RecordRow {
        match self.row(Key::Record(id)).await {
            Some(Row::Record(row)) => row,
            other => panic!("no record {id}: {other:?}"),
        }
    }

    /// A site that must be there.
    pub async fn site(&self, id: SiteId) -> SiteRow {
        match self.row(Key::Site(id)).await {
            Some(Row::Site(row)) => row,
            other => panic!("no site {id}: {other:?}"),
        }
    }

    /// A code issue that must be there.
    pub async fn issue(&self, number: IssueNumber) -> IssueRow {
        match self.row(Key::Issue(number)).await {
            Some(Row::Issue(row)) => row,
            other => panic!("no code issue {number:?}: {other:?}"),
        }
    }

    /// Stock from before the system: the shortest way to a batch of anything.
    pub async fn stock(&self, owner: PartyId, stage: Stage, product: Product, amount: &str) -> BatchCode {
        let details = json!({"origin": "before_system"});
        made(&self.append(owner, draft(Kind::BringIn, details).makes_at(stage, product, amount)).await)
    }

    /// Fresh tianma from before the system, of the form 乌天麻.
    pub async fn fresh(&self, owner: PartyId, amount: &str) -> BatchCode {
        let details = json!({"origin": "before_system"});
        let mut sheet = draft(Kind::BringIn, details).makes_at(Stage::Harvest, Product::FreshTianma, amount);
        sheet.outputs[0].attributes.form = Some(trace_core::tianma::Form::Wutianma);
        made(&self.append(owner, sheet).await)
    }

    /// Plants an area of a site with seed and fungus that it brings in, a year before [`DAY`]: long enough to be dug.
    pub async fn plant(&self, grower: PartyId, site: SiteId, area: &str) -> BatchCode {
        self.plant_on(grower, site, area, PLANTED).await
    }

    /// The same on this day.
    pub async fn plant_on(&self, grower: PartyId, site: SiteId, area: &str, day: &str) -> BatchCode {
        let stock = |stage, product, amount: &str| {
            draft(Kind::BringIn, json!({"origin": "before_system"})).makes_at(stage, product, amount).on(day)
        };
        let seed = made(&self.append(grower, stock(Stage::Seed, Product::SeedTuber, "500kg")).await);
        let fungus = made(&self.append(grower, stock(Stage::Fungus, Product::ArmillariaBottle, "300瓶")).await);
        let details = json!({"method": "under_forest", "form": "wutianma"});
        let sheet = draft(Kind::Plant, details).at(site).takes(seed, "500kg").takes(fungus, "300瓶");
        made(&self.append(grower, sheet.makes(Product::Planting, area).on(day)).await)
    }

    /// A harvest that is not the last.
    pub async fn harvest(&self, grower: PartyId, planting: BatchCode, amount: &str) -> BatchCode {
        made(&self.append(grower, harvest(planting, amount, false)).await)
    }

    /// A receipt without a shipment.
    pub async fn receive(&self, buyer: PartyId, batch: BatchCode, amount: &str) -> Appended {
        self.append(buyer, receive(batch, amount)).await
    }

    /// Dries.
    pub async fn dry(&self, owner: PartyId, batch: BatchCode, fresh: &str, dried: &str) -> Appended {
        self.append(owner, dry(batch, fresh, dried)).await
    }

    /// Packs dried tianma in packages of 250 g.
    pub async fn pack(&self, owner: PartyId, batch: BatchCode, amount: &str) -> BatchCode {
        let details = json!({"product": "dried_tianma", "net_content": {"unit": "mg", "value": 250_000}});
        made(
            &self
                .append(owner, draft(Kind::Pack, details).takes(batch, amount).makes(Product::DriedTianma, amount))
                .await,
        )
    }

    /// Issues package codes for a sale batch.
    pub async fn issue_codes(&self, owner: PartyId, sale: BatchCode, count: u32) -> IssueNumber {
        let issued = self.append(owner, draft(Kind::IssueCodes, json!({})).counting(count).names(sale)).await;
        match &issued.record.details {
            trace_core::record::Details::IssueCodes(details) => details.issue,
            other => panic!("not an issue: {other:?}"),
        }
    }
}

fn surroundings(clock: &Arc<AtomicI64>) -> Surroundings {
    let reading = Arc::clone(clock);
    let now = move || ReceivedAt::from_unix_ms(reading.load(Ordering::SeqCst)).expect("a time before 3000");
    Surroundings { now: Box::new(now), seed: Box::new(trace_server::ledger::random) }
}

/// A request as the face would make it: its digest covers every item.
pub fn request(submitter: PartyId, items: Vec<Item>) -> Request {
    let mut bytes = Vec::new();
    for item in &items {
        match item {
            Item::Draft { draft, .. } => bytes.extend(serde_json::to_vec(draft).expect("a draft in JSON")),
            Item::Signed { completed, .. } => bytes.extend(completed.record.bytes()),
        }
    }
    Request { submitter, digest: digest_of(&bytes), items }
}

/// Digest, canonical bytes and version of the rules table that comes with the core.
pub fn builtin_rules() -> (RecordId, Vec<u8>, u32) {
    let table = trace_core::tianma::RulesTable::builtin().expect("the built-in table");
    rules_of(&table.to_value().expect("the table as JSON"))
}

/// Digest, canonical bytes and version of a rules table.
pub fn rules_of(table: &Value) -> (RecordId, Vec<u8>, u32) {
    let json = serde_json::to_vec(table).expect("the table as bytes");
    let (digest, bytes, table) = trace_server::ledger::canonical_rules(&json).expect("a good table");
    (digest, bytes, table.version())
}

/// The first batch that a record made.
pub fn made(appended: &Appended) -> BatchCode {
    appended.record.outputs[0].batch
}

/// A harvest's draft.
pub fn harvest(planting: BatchCode, amount: &str, last: bool) -> Draft {
    let details = json!({"season": "dongma", "final": last});
    draft(Kind::Harvest, details).names(planting).makes_at(Stage::Harvest, Product::FreshTianma, amount)
}

/// A receipt's draft, without a shipment.
pub fn receive(batch: BatchCode, amount: &str) -> Draft {
    draft(Kind::Receive, json!({"condition": "good"})).takes(batch, amount).keeps(amount)
}

/// A drying's draft.
pub fn dry(batch: BatchCode, fresh: &str, dried: &str) -> Draft {
    let details = json!({"method": "dry", "fuel": "electricity"});
    draft(Kind::Process, details).takes(batch, fresh).makes(Product::DriedTianma, dried)
}

/// A loss out of a batch.
pub fn loss(batch: BatchCode, amount: &str) -> Draft {
    draft(Kind::Adjust, json!({"reason": "loss", "direction": "less"})).takes(batch, amount)
}

/// The voiding of a record.
pub fn void(record: RecordId) -> Draft {
    draft(Kind::Void, json!({"reason": "typing_error"})).replacing(record)
}

/// The office's release of what a record froze.
pub fn release(record: RecordId) -> Draft {
    draft(Kind::Release, json!({"record": record, "reason": "checked"}))
}

/// A draft turned into the correction of an earlier record. `outputs` are the batches that the record made.
pub fn correction(of: &Appended, mut to: Draft) -> Draft {
    for (typed, had) in to.outputs.iter_mut().zip(&of.record.outputs) {
        typed.batch = Some(had.batch.to_string());
    }
    to.details = json!({"kind": to.kind, "details": to.details});
    to.kind = Kind::Correct;
    to.occurred_at = DAY.parse().expect("a day");
    to.replacing(of.record.id())
}
