//! A large county: honest records from fungus and seed through plots to packages, judged by the real rules in memory
//! and stored through the real contract. For measuring; a ledger of this size takes too long one request at a time.
//!
//! It lacks everything that goes wrong in a county (holds, recalls, corrections): the conformance suite has that.
#![expect(clippy::missing_panics_doc, reason = "a panic is how a generator says that it is wrong")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use trace_core::id::{BatchCode, PartyId, RecordId, SiteId, Stage, Uid};
use trace_core::judge::{self, Case};
use trace_core::prepare::{self, Defaults, Draft, Randomness};
use trace_core::record::{Details, Entry, Kind, Record};
use trace_core::state::{Key, View};
use trace_core::tianma::{Product, RulesTable};
use trace_core::time::{ReceivedAt, Zone};
use trace_server::store::{Commit, FindingRow, Head, Judge, OpeningRow, RequestRow, Store};

use crate::drafting::{Drafting as _, draft};
use crate::household::{NOW_MS, ORIGIN, builtin_rules};

/// Entries in one commit; as many as keep memory small.
const COMMIT_ENTRIES: usize = 4_000;

/// Plantings that one lot of fungus reaches. With six batches from each planting (fungus and seed received apart, the
/// planting, two harvests, two receipts) a lot has about 10,000 descendants.
const PLANTINGS_OF_A_LOT: usize = 1_670;

/// Harvests that a processor dries together on a usual day.
const HARVESTS_OF_A_DRYING: usize = 100;

/// Harvests in the one large drying, the most that a record takes.
const HARVESTS_OF_THE_MERGE: usize = 500;

const OFFICE: PartyId = PartyId::from_random([1; 10]);
const FACTORY: PartyId = PartyId::from_random([2; 10]);
const NURSERY: PartyId = PartyId::from_random([3; 10]);
const LABORATORY: PartyId = PartyId::from_random([4; 10]);
const HOUSEHOLDS: usize = 2_500;
const PROCESSORS: usize = 8;

/// What is worth asking of the county.
#[derive(Debug)]
pub struct County {
    /// A batch of packages whose dried tianma was made of 500 farm batches.
    pub package: BatchCode,
    /// A lot of fungus that about 10,000 batches descend from.
    pub fungus: BatchCode,
    /// How many records there are.
    pub records: u64,
    /// Every row and edge, for walking in memory.
    pub view: View,
}

/// Fills empty stores with the same county of at least so many records.
pub async fn fill(stores: &[Arc<dyn Store>], records: u64) -> County {
    let mut builder = Builder::new();
    builder.settle();
    let mut fungus = None;
    while builder.commit.head.frontier.size() + 6_000 < records {
        let (lot, seed) = builder.lots();
        for _ in 0..PLANTINGS_OF_A_LOT {
            builder.season(lot, seed, HARVESTS_OF_A_DRYING);
            builder.flush(stores, COMMIT_ENTRIES).await;
            if builder.commit.head.frontier.size() + 6_000 >= records {
                break;
            }
            fungus = fungus.or(Some(lot));
        }
    }
    builder.farm_batches.clear();
    let (lot, seed) = builder.lots();
    let package = loop {
        if let Some(package) = builder.season(lot, seed, HARVESTS_OF_THE_MERGE) {
            break package;
        }
    };
    while builder.commit.head.frontier.size() < records {
        builder.tend_anything();
    }
    builder.flush(stores, 1).await;
    let records = builder.commit.head.frontier.size();
    County { package, fungus: fungus.expect("a lot before the last"), records, view: builder.view }
}

/// Hands over one commit that was judged before, on a head that nobody else moved.
struct Bulk {
    commit: Commit,
    expected: u64,
    found: Mutex<u64>,
}

impl Judge for Bulk {
    fn uids(&self) -> Vec<(PartyId, Uid)> {
        Vec::new()
    }

    fn begin(&self, head: Head, _answered: Vec<RequestRow>) {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = head.frontier.size();
    }

    fn step(&self, _view: &mut View) -> Result<Commit, BTreeSet<Key>> {
        let found = *self.found.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(found, self.expected, "another process writes to the store that is being filled");
        Ok(self.commit.clone())
    }
}

struct Builder {
    view: View,
    rules: RulesTable,
    rules_digest: RecordId,
    rules_bytes: Vec<u8>,
    commit: Commit,
    made: u64,
    plantings: usize,
    dryings: usize,
    /// Received by the processor whose turn it is, not dried yet.
    farm_batches: Vec<BatchCode>,
    last_planting: Option<(PartyId, BatchCode)>,
}

fn party(group: u8, number: usize) -> PartyId {
    let [.., a, b] = number.to_be_bytes();
    PartyId::from_random([group, a, b, 0, 0, 0, 0, 0, 0, 0])
}

fn plot(number: usize) -> SiteId {
    let [.., a, b] = number.to_be_bytes();
    SiteId::from_random([20, a, b, 0, 0, 0, 0, 0, 0, 0])
}

fn first(record: &Record) -> BatchCode {
    record.outputs[0].batch
}

impl Builder {
    fn new() -> Self {
        let (rules_digest, rules_bytes, _) = builtin_rules();
        let head = Head { frontier: trace_core::log::Frontier::new(), last_received_at: None };
        Self {
            view: View::in_memory(),
            rules: RulesTable::builtin().expect("the built-in table"),
            rules_digest,
            rules_bytes,
            commit: Commit::on(head),
            made: 0,
            plantings: 0,
            dryings: 0,
            farm_batches: Vec::new(),
            last_planting: None,
        }
    }

    /// Judges one draft as the ledger would, and keeps what is to be stored.
    fn add(&mut self, submitter: PartyId, draft: Draft) -> Record {
        self.made += 1;
        let seed = *RecordId::of(&self.made.to_be_bytes()).as_bytes();
        let mut uid = [0; 16];
        uid.copy_from_slice(&seed[..16]);
        let draft = draft.numbered(Uid::from_bytes(uid));
        let defaults = Defaults { origin: ORIGIN.parse().expect("an origin"), submitter, key_version: 1 };
        let shown = format!("{} by {submitter}", draft.kind);
        let completed = prepare::complete(&draft, &[], &defaults, &mut Randomness::new(seed), &mut self.view)
            .unwrap_or_else(|stop| panic!("{shown} is incomplete: {stop:?}"));
        let index = self.commit.head.frontier.size();
        let received_at =
            ReceivedAt::from_unix_ms(NOW_MS + i64::try_from(index).expect("few")).expect("a time before 3000");
        let case = Case {
            record: &completed.record,
            amounts: &completed.amounts,
            rules: &self.rules,
            rules_digest: self.rules_digest,
            received_at,
            zone: Zone::CHINA,
            office: OFFICE,
            index,
            signed: false,
        };
        let findings = judge::append(&case, &mut self.view).unwrap_or_else(|stop| panic!("{shown}: {stop:?}"));
        self.view.accept();
        let record = completed.record;
        let id = record.id();
        let entry = Entry {
            findings: findings.iter().map(|finding| finding.mark.clone()).collect(),
            received_at,
            record: record.clone(),
            rules: self.rules_digest,
            signatures: Vec::new(),
        };
        let bytes = entry.to_bytes().expect("an entry");
        self.commit.add_entry(id, bytes, received_at);
        self.commit.requests.push(RequestRow { submitter, uid: record.uid, digest: id, records: vec![id] });
        self.commit.openings.extend(completed.openings.iter().map(|opening| OpeningRow {
            record: id,
            index,
            group: opening.group(),
            salt: opening.salt().clone(),
            value: opening.value().clone(),
        }));
        let findings =
            (0..).zip(findings).map(|(position, finding)| FindingRow { record: id, index, position, finding });
        self.commit.findings.extend(findings);
        if let Details::Found(_) = record.details {
            self.commit.rules_tables.push((self.rules_digest, self.rules_bytes.clone()));
        }
        record
    }

    /// Stores what is there, if it is at least so many entries.
    async fn flush(&mut self, stores: &[Arc<dyn Store>], at_least: usize) {
        if self.commit.entries.len() < at_least {
            return;
        }
        let next = Commit::on(self.commit.head.clone());
        let mut commit = std::mem::replace(&mut self.commit, next);
        commit.changes = self.view.take_changes();
        let expected = commit.entries[0].index;
        let bulk: Arc<dyn Judge> = Arc::new(Bulk { commit, expected, found: Mutex::default() });
        let mut writing = Vec::new();
        for store in stores {
            let (store, bulk) = (Arc::clone(store), Arc::clone(&bulk));
            writing.push(tokio::spawn(async move { store.append(bulk).await }));
        }
        for one in writing {
            one.await.expect("a task").expect("a commit");
        }
    }

    fn settle(&mut self) {
        let founding = json!({"origin": ORIGIN, "time_zone": "+08:00", "office": OFFICE,
            "organisation": "彝良天麻品牌办", "rules": self.rules_digest, "rules_version": self.rules.version()});
        self.add(OFFICE, draft(Kind::Found, founding).on("2022-09-01"));
        for (id, role) in [(FACTORY, "fungus_factory"), (NURSERY, "nursery"), (LABORATORY, "laboratory")] {
            self.register(id, role, Some("县里的单位"));
        }
        for number in 0..PROCESSORS {
            self.register(party(5, number), "processor", Some("加工厂"));
        }
        for number in 0..HOUSEHOLDS {
            self.register(party(6, number), "household", None);
            let details = json!({"site": plot(number), "party": party(6, number), "kind": "plot", "altitude_m": 1_700});
            self.add(OFFICE, draft(Kind::RegisterSite, details).covering("3亩").on("2022-09-02"));
        }
    }

    fn register(&mut self, id: PartyId, role: &str, organisation: Option<&str>) {
        let mut details = json!({"party": id, "role": role, "village": "小草坝"});
        if let Some(name) = organisation {
            details["organisation"] = name.into();
        }
        self.add(OFFICE, draft(Kind::RegisterParty, details).on("2022-09-02"));
    }

    /// A new lot of fungus and one of seed.
    fn lots(&mut self) -> (BatchCode, BatchCode) {
        let details = json!({"species": "armillaria", "strain": "A9", "passed": true});
        let lot = draft(Kind::Produce, details).makes(Product::ArmillariaBottle, "900000瓶").on("2023-10-01");
        let lot = first(&self.add(FACTORY, lot));
        let details = json!({"generation": "g1", "passed": true});
        let seed = draft(Kind::Produce, details).makes(Product::SeedTuber, "9000000kg").on("2023-10-01");
        (lot, first(&self.add(NURSERY, seed)))
    }

    /// The seller's shipment and the buyer's receipt: the buyer's batch.
    fn hand_over(&mut self, seller: PartyId, buyer: PartyId, batch: BatchCode, amount: &str, day: &str) -> BatchCode {
        let details = json!({"consignee": {"party": buyer}});
        let ship = self.add(seller, draft(Kind::Ship, details).takes(batch, amount).on(day));
        let details = json!({"condition": "good", "ship": ship.id()});
        first(&self.add(buyer, draft(Kind::Receive, details).takes(batch, amount).keeps(amount).on(day)))
    }

    /// One planting from its seed to two harvests that a processor buys; if `merge` farm batches wait there then, they
    /// are dried and packed, and the answer is the batch of packages.
    fn season(&mut self, lot: BatchCode, seed: BatchCode, merge: usize) -> Option<BatchCode> {
        let number = self.plantings % HOUSEHOLDS;
        self.plantings += 1;
        let (grower, site) = (party(6, number), plot(number));
        let fungus = self.hand_over(FACTORY, grower, lot, "300瓶", "2023-11-01");
        let tubers = self.hand_over(NURSERY, grower, seed, "500kg", "2023-11-02");
        let details = json!({"method": "under_forest", "form": "wutianma"});
        let planting = draft(Kind::Plant, details).at(site).takes(tubers, "500kg").takes(fungus, "300瓶");
        let planting = first(&self.add(grower, planting.makes(Product::Planting, "3亩").on("2023-11-10")));
        self.last_planting = Some((grower, planting));
        for (operation, day) in [("weed", "2024-05-10"), ("water", "2024-07-20")] {
            self.add(grower, draft(Kind::Tend, json!({"operation": operation})).names(planting).on(day));
        }
        let processor = party(5, self.dryings % PROCESSORS);
        for (day, is_last) in [("2024-12-01", false), ("2024-12-10", true)] {
            let details = json!({"season": "dongma", "final": is_last});
            let harvest = draft(Kind::Harvest, details).names(planting).on(day);
            let harvest = harvest.makes_at(Stage::Harvest, Product::FreshTianma, "500kg");
            let harvest = first(&self.add(grower, harvest));
            let bought = self.hand_over(grower, processor, harvest, "500kg", day);
            self.farm_batches.push(bought);
        }
        (self.farm_batches.len() >= merge).then(|| self.packages(processor))
    }

    /// Dries and packs everything that waits at the processor.
    fn packages(&mut self, processor: PartyId) -> BatchCode {
        self.dryings += 1;
        let batches = std::mem::take(&mut self.farm_batches);
        let mut drying = draft(Kind::Process, json!({"method": "dry", "fuel": "electricity"})).on("2024-12-20");
        for batch in &batches {
            drying = drying.takes(*batch, "500kg");
        }
        let dried_kg = format!("{}kg", batches.len() * 125);
        let dried = first(&self.add(processor, drying.makes(Product::DriedTianma, &dried_kg)));
        let results = json!({"standard": "other", "results": [{"item": "water", "mg_per_kg": 1000}],
            "verdict": "pass"});
        self.add(LABORATORY, draft(Kind::Inspect, results).names(dried).on("2024-12-22"));
        let details = json!({"product": "dried_tianma", "net_content": {"unit": "mg", "value": 250_000}});
        let pack = draft(Kind::Pack, details).takes(dried, &dried_kg).makes(Product::DriedTianma, &dried_kg);
        let package = first(&self.add(processor, pack.on("2025-01-05")));
        let codes = u32::try_from(batches.len() * 500).expect("few");
        self.add(processor, draft(Kind::IssueCodes, json!({})).counting(codes).names(package).on("2025-01-06"));
        package
    }

    fn tend_anything(&mut self) {
        let (grower, planting) = self.last_planting.expect("a planting");
        let weed = draft(Kind::Tend, json!({"operation": "weed"})).names(planting);
        self.add(grower, weed.on("2025-02-01"));
    }
}
