//! Small histories: records in log order, each naming the newest versions.

use serde_json::json;

use crate::id::{BatchCode, PartyId, RecordId, Stage, Uid};
use crate::lineage::{Lineage, LineageFault};
use crate::record::sealed::Group;
use crate::record::{Attributes, Details, Input, Kind, Output, Record, RecordBody};
use crate::tianma::Product;

/// The `n`-th batch code of a stage, all of one day.
pub(super) fn code(stage: Stage, n: u32) -> BatchCode {
    BatchCode::new(stage, jiff::civil::date(2026, 11, 20), n.to_be_bytes()).unwrap()
}

#[derive(Default, Clone)]
pub(super) struct History {
    pub(super) records: Vec<Record>,
}

impl History {
    #[expect(clippy::result_large_err, reason = "as `Lineage::build`")]
    pub(super) fn lineage(&self) -> Result<Lineage, LineageFault> {
        self.audit();
        Lineage::build((0..).zip(self.records.iter().cloned()))
    }

    pub(super) fn verify(&self) -> Result<Lineage, Vec<LineageFault>> {
        self.audit();
        Lineage::verify((0..).zip(&self.records).map(|(index, record)| (index, record.bytes(), record.id())))
    }

    /// The audit's compact graph finds the same faults, in the same order, but for cycles, which it need not look for.
    fn audit(&self) {
        let mut graph = crate::audit::Graph::default();
        for (index, record) in (0..).zip(&self.records) {
            graph.add(index, record);
        }
        let whole = Lineage::verify((0..).zip(&self.records).map(|(index, one)| (index, one.bytes(), one.id())));
        let mut faults = whole.err().unwrap_or_default();
        let all = faults.len();
        faults.retain(|fault| !matches!(fault, LineageFault::Cycle { .. }));
        assert_eq!(graph.faults(), faults);
        assert!(all == faults.len() || !faults.is_empty(), "a cycle without another fault");
    }

    pub(super) fn push(&mut self, change: impl FnOnce(&mut RecordBody), details: Details) -> RecordId {
        let mut uid = [0; 16];
        uid[..8].copy_from_slice(&u64::try_from(self.records.len()).unwrap().to_be_bytes());
        let mut body = RecordBody {
            log: "trace.example.org/test".parse().unwrap(),
            uid: Uid::from_bytes(uid),
            actor: PartyId::from_random([1; 10]),
            entered_by: None,
            site: None,
            occurred_at: "2026-11-20".parse().unwrap(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            details,
            evidence: Vec::new(),
            sealed: [(Group::Amounts, "00".repeat(32).parse().unwrap())].into(),
            supersedes: None,
        };
        change(&mut body);
        let record = Record::new(body).unwrap();
        self.records.push(record);
        self.records.last().unwrap().id()
    }

    pub(super) fn bring_in(&mut self, outputs: &[BatchCode], origin: &str) -> RecordId {
        let mut details = json!({"origin": origin});
        if origin == "outside" {
            details["place"] = json!("外县");
        }
        let details = Details::from_value(Kind::BringIn, details).unwrap();
        let outputs = outputs.iter().map(|code| output(*code)).collect();
        let site = Some(crate::id::SiteId::from_random([2; 10]));
        self.push(|body| (body.outputs, body.site) = (outputs, site), details)
    }

    pub(super) fn process(&mut self, inputs: &[BatchCode], outputs: &[BatchCode]) -> RecordId {
        let details = Details::from_value(Kind::Process, json!({"method": "wash"})).unwrap();
        self.make(details, inputs, outputs)
    }

    pub(super) fn make(&mut self, details: Details, inputs: &[BatchCode], outputs: &[BatchCode]) -> RecordId {
        let inputs = self.name(inputs);
        let outputs = outputs.iter().map(|code| output(*code)).collect();
        let site = Some(crate::id::SiteId::from_random([2; 10]));
        self.push(|body| (body.inputs, body.outputs, body.site) = (inputs, outputs, site), details)
    }

    pub(super) fn inspect(&mut self, batch: BatchCode) -> RecordId {
        let details = json!({"standard": "other", "results": [{"item": "water", "mg_per_kg": 1}], "verdict": "pass"});
        let details = Details::from_value(Kind::Inspect, details).unwrap();
        let inputs = self.name(&[batch]);
        self.push(|body| (body.inputs, body.sealed) = (inputs, [].into()), details)
    }

    /// Corrects a record: same details and outputs, these inputs.
    pub(super) fn correct(&mut self, old: RecordId, inputs: &[BatchCode]) -> RecordId {
        let inputs = self.name(inputs);
        let pairs: Vec<_> = inputs.iter().map(|input| (input.batch, input.record)).collect();
        self.correct_naming(old, &pairs)
    }

    pub(super) fn correct_naming(&mut self, old: RecordId, inputs: &[(BatchCode, RecordId)]) -> RecordId {
        let old = self.get(old).clone();
        let stated = old.details.stated();
        let details = json!({"kind": stated.kind(), "details": stated});
        let details = Details::from_value(Kind::Correct, details).unwrap();
        let inputs = inputs.iter().map(|(batch, record)| Input { batch: *batch, record: *record }).collect();
        let (outputs, site, sealed) = (old.outputs.clone(), old.site, old.sealed.clone());
        let change = |body: &mut RecordBody| {
            (body.inputs, body.outputs, body.site, body.sealed) = (inputs, outputs, site, sealed);
            body.supersedes = Some(old.id());
        };
        self.push(change, details)
    }

    pub(super) fn void(&mut self, old: RecordId) -> RecordId {
        let details = Details::from_value(Kind::Void, json!({"reason": "duplicate"})).unwrap();
        self.push(|body| (body.supersedes, body.sealed) = (Some(old), [].into()), details)
    }

    pub(super) fn get(&self, id: RecordId) -> &Record {
        self.records.iter().find(|record| record.id() == id).unwrap()
    }

    /// The newest record that made the batch, by looking at all.
    pub(super) fn maker(&self, batch: BatchCode) -> RecordId {
        let makes = |record: &&Record| record.outputs.iter().any(|output| output.batch == batch);
        self.records.iter().rfind(makes).unwrap().id()
    }

    fn name(&self, batches: &[BatchCode]) -> Vec<Input> {
        batches.iter().map(|batch| Input { batch: *batch, record: self.maker(*batch) }).collect()
    }
}

pub(super) fn output(batch: BatchCode) -> Output {
    let product = match batch.stage() {
        Stage::Fungus => Product::ArmillariaBottle,
        Stage::Seed => Product::SeedTuber,
        Stage::Planting => Product::Planting,
        Stage::Harvest => Product::FreshTianma,
        Stage::Processing | Stage::Sale => Product::DriedTianma,
    };
    Output { batch, stage: batch.stage(), product, attributes: Attributes::default() }
}
