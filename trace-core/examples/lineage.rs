//! A ledger in memory: a founding, a household with a plot, seed and fungus, a planting, a harvest, a processor that
//! receives and dries it. Then the lineage is verified from the canonical bytes up and walked back.
//!
//! Run it with `cargo run -p trace-core --example lineage`.

use std::error::Error;

use serde_json::{Value, json};
use trace_core::id::{BatchCode, PartyId, RecordId, SiteId};
use trace_core::judge::{self, Case};
use trace_core::lineage::Lineage;
use trace_core::log::{Frontier, leaf_hash};
use trace_core::prepare::{self, Completed, Defaults, Draft, Randomness};
use trace_core::record::canonical::canonical_bytes;
use trace_core::record::{Entry, Record, Refusal};
use trace_core::state::{Stop, View};
use trace_core::tianma::RulesTable;
use trace_core::time::{ReceivedAt, Zone};

/// Everything that a ledger in memory is made of.
struct Ledger {
    view: View,
    rules: RulesTable,
    digest: RecordId,
    office: PartyId,
    random: Randomness,
    tree: Frontier,
    records: Vec<Record>,
}

impl Ledger {
    fn append(&mut self, party: PartyId, draft: Value) -> Result<Record, Box<dyn Error>> {
        let draft = Draft::from_value(draft)?;
        let defaults = Defaults { origin: "example.org/yiliang".parse()?, submitter: party, key_version: 1 };
        let Completed { record, amounts, .. } =
            prepare::complete(&draft, &[], &defaults, &mut self.random, &mut self.view).map_err(words)?;
        // Typed in on the evening of the day on which it happened.
        let received_at: ReceivedAt = format!("{}T12:00:00.000Z", record.occurred_at.date()).parse()?;
        let case = Case {
            record: &record,
            amounts: &amounts,
            rules: &self.rules,
            rules_digest: self.digest,
            received_at,
            zone: Zone::CHINA,
            office: self.office,
            index: self.tree.size(),
            signed: false,
        };
        let findings = judge::append(&case, &mut self.view).map_err(words)?;
        self.view.accept();
        for finding in &findings {
            println!("  {:?} {}: {}", finding.mark.level, finding.mark.rule, finding.en);
        }
        let entry = Entry {
            findings: findings.into_iter().map(|finding| finding.mark).collect(),
            received_at: case.received_at,
            record: record.clone(),
            rules: self.digest,
            signatures: Vec::new(),
        };
        self.tree.push(leaf_hash(&entry.to_bytes()?));
        println!("{:<15} {}", record.kind().code(), record.id());
        self.records.push(record.clone());
        Ok(record)
    }

    /// The founding, the parties and the household's plot.
    fn found(&mut self, parties: &[(PartyId, &str, Option<&str>)], plot: SiteId) -> Result<(), Box<dyn Error>> {
        let (office, day) = (self.office, "2025-11-20");
        self.append(
            office,
            json!({"uid": uid(1), "kind": "found", "occurred_at": day, "details": {
                "origin": "example.org/yiliang", "time_zone": "+08:00", "office": office,
                "organisation": "彝良天麻品牌办", "rules": self.digest, "rules_version": self.rules.version()}}),
        )?;
        for (n, (party, role, name)) in (2..).zip(parties) {
            let mut details = json!({"party": party, "role": role, "village": "小草坝"});
            if let Some(name) = name {
                details["organisation"] = json!(name);
            }
            self.append(
                office,
                json!({"uid": uid(n), "kind": "register_party", "occurred_at": day, "details": details}),
            )?;
        }
        let owner = parties.last().map(|(party, ..)| party);
        self.append(
            office,
            json!({"uid": uid(5), "kind": "register_site", "occurred_at": day, "area": "1.5亩",
                "details": {"site": plot, "party": owner, "kind": "plot", "village": "小草坝", "altitude_m": 1700}}),
        )?;
        Ok(())
    }
}

fn words(stop: Stop) -> Box<dyn Error> {
    match stop {
        Stop::Refused(refusal) => refusal,
        Stop::Missing => Box::new(Refusal::invalid("missing", "", "缺少数据", "a view in memory misses nothing")),
    }
}

/// A uid for each record; a client would use random bytes.
fn uid(n: u32) -> String {
    format!("{n:032x}")
}

fn batch(record: &Record) -> BatchCode {
    record.outputs[0].batch
}

fn main() -> Result<(), Box<dyn Error>> {
    let [office, farmer, factory, processor] = [1, 2, 3, 4].map(|n| PartyId::from_random([n; 10]));
    let (plot, day) = (SiteId::from_random([9; 10]), "2025-11-20");
    let rules = RulesTable::builtin()?;
    let digest = RecordId::of(&canonical_bytes(&rules.to_value()?)?);
    let (view, random, tree) = (View::in_memory(), Randomness::new([7; 32]), Frontier::new());
    let mut ledger = Ledger { view, rules, digest, office, random, tree, records: Vec::new() };
    let parties = [
        (factory, "fungus_factory", Some("大桥菌种厂")),
        (processor, "processor", Some("小草坝加工厂")),
        (farmer, "household", None),
    ];
    ledger.found(&parties, plot)?;

    let bottles = ledger.append(
        factory,
        json!({"uid": uid(6), "kind": "produce", "occurred_at": day,
            "details": {"species": "armillaria", "strain": "A9", "passed": true},
            "outputs": [{"product": "armillaria_bottle", "amount": "300瓶"}]}),
    )?;
    let received = ledger.append(
        farmer,
        json!({"uid": uid(7), "kind": "receive", "occurred_at": day, "details": {"condition": "good"},
            "inputs": [{"batch": batch(&bottles), "amount": "150瓶"}], "outputs": [{"amount": "150瓶"}]}),
    )?;
    let seed = ledger.append(
        farmer,
        json!({"uid": uid(8), "kind": "bring_in", "occurred_at": day, "details": {"origin": "before_system"},
            "outputs": [{"product": "seed_tuber", "amount": "600斤",
                "attributes": {"form": "wutianma", "generation": "g1", "source": "own"}}]}),
    )?;
    let planting = ledger.append(
        farmer,
        json!({"uid": uid(9), "kind": "plant", "site": plot, "occurred_at": day,
            "details": {"method": "imitation_wild", "form": "wutianma"},
            "inputs": [{"batch": batch(&seed), "amount": "600斤"}, {"batch": batch(&received), "amount": "150瓶"}],
            "outputs": [{"amount": "1.5亩"}]}),
    )?;
    let harvest = ledger.append(
        farmer,
        json!({"uid": uid(10), "kind": "harvest", "occurred_at": "2026-11-10",
            "details": {"season": "dongma", "final": true},
            "inputs": [{"batch": batch(&planting)}], "outputs": [{"amount": "1260斤"}]}),
    )?;
    let bought = ledger.append(
        processor,
        json!({"uid": uid(11), "kind": "receive", "occurred_at": "2026-11-11", "details": {"condition": "good"},
            "inputs": [{"batch": batch(&harvest), "amount": "６００公斤"}], "outputs": [{"amount": "600公斤"}]}),
    )?;
    let dried = ledger.append(
        processor,
        json!({"uid": uid(12), "kind": "process", "occurred_at": "2026-11-14",
            "details": {"method": "dry", "fuel": "electricity", "hours": 60,
                "temperatures": {"min_celsius": 55, "max_celsius": 70}},
            "inputs": [{"batch": batch(&bought), "amount": "600公斤"}],
            "outputs": [{"product": "dried_tianma", "amount": "160公斤"}]}),
    )?;

    let bytes = ledger.records.iter().map(|record| (record.bytes(), record.id()));
    let lineage = Lineage::verify((0..).zip(bytes).map(|(index, (bytes, id))| (index, bytes, id)))
        .map_err(|faults| format!("{} faults: {faults:?}", faults.len()))?;
    println!("\nroot of the log {}", ledger.tree.root());
    println!("{} records verified; back from {}:", lineage.record_count(), batch(&dried));
    for code in &lineage.back(&batch(&dried)).batches {
        println!("  {code}  {}", code.stage().en());
    }

    // More than the harvest holds is refused, and nothing of it stays.
    let refused = ledger.append(
        processor,
        json!({"uid": uid(13), "kind": "receive", "occurred_at": "2026-11-12", "details": {"condition": "good"},
            "inputs": [{"batch": batch(&harvest), "amount": "100公斤"}], "outputs": [{"amount": "100公斤"}]}),
    );
    ledger.view.reject();
    if let Err(refusal) = refused {
        println!("refused: {refusal}");
    }
    Ok(())
}
