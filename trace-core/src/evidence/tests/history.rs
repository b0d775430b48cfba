//! A log of a few records of every sort that an evidence file holds, with gaps between them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer as _;
use serde_json::{Value, json};

use crate::evidence::{EvidenceEntry, EvidenceFile, OpenedGroup, Package, SCHEMA};
use crate::id::{BatchCode, PartyId, RecordId, Stage, Uid};
use crate::log::{Checkpoint, Frontier, Hash, KeyType, Note, SigningKey, leaf_hash, prove_inclusion, read_leaves};
use crate::record::sealed::{Group, Opening, Salt};
use crate::record::{Entry, Record, Signature};

pub(super) const ORIGIN: &str = "trace.example.org/test";
const DAY: &str = "2026-11-20";

/// The key of the log.
pub(super) fn log_key() -> SigningKey {
    SigningKey::new(ORIGIN, KeyType::Ed25519, &[7; 32]).unwrap()
}

/// A witness.
pub(super) fn witness() -> SigningKey {
    SigningKey::new("witness.example/w1", KeyType::Cosignature, &[9; 32]).unwrap()
}

pub(super) fn code(stage: Stage, n: u8) -> BatchCode {
    BatchCode::new(stage, jiff::civil::date(2026, 11, 20), [0, 0, 0, n]).unwrap()
}

/// All entries of a log, of which a file holds some.
#[derive(Default, Clone)]
pub(super) struct Log {
    pub entries: Vec<Entry>,
    made_by: BTreeMap<BatchCode, RecordId>,
}

impl Log {
    /// Appends a record of `parts` (its fields beside those that all have).
    pub fn push(&mut self, kind: &str, details: &Value, parts: &Value) -> RecordId {
        self.push_signed(kind, details, parts, None)
    }

    pub(super) fn push_signed(
        &mut self,
        kind: &str,
        details: &Value,
        parts: &Value,
        key: Option<&[u8; 32]>,
    ) -> RecordId {
        let n = u8::try_from(self.entries.len()).unwrap();
        let mut value = json!({
            "schema": "tianma-trace/record/1", "log": ORIGIN, "uid": hex::encode([n; 16]), "kind": kind,
            "actor": PartyId::from_random([1; 10]), "occurred_at": DAY, "details": details,
        });
        for (field, part) in parts.as_object().unwrap() {
            value[field] = part.clone();
        }
        let record = Record::from_value(value).unwrap();
        for output in &record.outputs {
            self.made_by.insert(output.batch, record.id());
        }
        let signature = key.map(|seed| {
            let key = ed25519_dalek::SigningKey::from_bytes(seed);
            let value = URL_SAFE_NO_PAD.encode(key.sign(record.bytes()).to_bytes());
            Signature { key: RecordId::from_bytes(key.verifying_key().to_bytes()), value }
        });
        let id = record.id();
        self.entries.push(Entry {
            findings: Vec::new(),
            received_at: format!("2026-11-20T03:04:05.{n:03}Z").parse().unwrap(),
            record,
            rules: RecordId::of(b"rules"),
            signatures: signature.into_iter().collect(),
        });
        id
    }

    /// The input of a batch at its newest version.
    pub fn input(&self, batch: BatchCode) -> Value {
        json!({"batch": batch, "record": self.made_by[&batch]})
    }

    pub fn leaves(&self) -> Vec<Hash> {
        self.entries.iter().map(|entry| leaf_hash(&entry.to_bytes().unwrap())).collect()
    }

    /// The file of these entries, by their places in the log.
    pub fn file(&self, batch: BatchCode, holds: &[usize]) -> EvidenceFile {
        let leaves = self.leaves();
        let size = u64::try_from(leaves.len()).unwrap();
        let entries = holds.iter().map(|place| {
            let entry = &self.entries[*place];
            let index = u64::try_from(*place).unwrap();
            EvidenceEntry {
                entry: String::from_utf8(entry.to_bytes().unwrap()).unwrap(),
                index,
                proof: prove_inclusion(index, size, read_leaves(&leaves)).unwrap(),
                record: entry.record.id(),
            }
        });
        EvidenceFile {
            batch,
            checkpoint: self.note().to_string(),
            entries: entries.collect(),
            keys: vec![log_key().verifier().to_string()],
            opened: Vec::new(),
            package: None,
            schema: SCHEMA.to_owned(),
            witnesses: vec![witness().verifier().to_string()],
        }
    }

    fn note(&self) -> Note {
        let mut tree = Frontier::new();
        for leaf in self.leaves() {
            tree.push(leaf);
        }
        let checkpoint = Checkpoint::new(ORIGIN, tree.size(), tree.root()).unwrap();
        let note = checkpoint.sign(&log_key()).unwrap();
        note.with(checkpoint.cosign(&witness(), 1_763_600_000).unwrap()).unwrap()
    }
}

pub(super) fn salt() -> Salt {
    Salt::from_bytes(&[5; 16]).unwrap()
}

pub(super) fn output(batch: BatchCode, product: &str) -> Value {
    json!({"batch": batch, "stage": batch.stage().code(), "product": product})
}

fn sealed() -> Value {
    json!({"amounts": "00".repeat(32)})
}

pub(super) fn sale() -> BatchCode {
    code(Stage::Sale, 1)
}

/// The amounts of the packing, opened.
pub(super) fn amounts() -> Opening {
    let value = json!({"outputs": [{"typed": "10kg", "unit": "mg", "value": 10_000_000}]});
    Opening::new(Group::Amounts, salt(), value)
}

/// Places in the log that [`whole`] puts into its file; 1 and 8 stay outside.
pub(super) const HELD: [usize; 11] = [0, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12];

/// Two fresh lots, one corrected, one signed by its party, are dried together, inspected, packed, and given codes.
pub(super) fn log() -> Log {
    let mut log = Log::default();
    let (first, second, other) = (code(Stage::Harvest, 1), code(Stage::Harvest, 2), code(Stage::Harvest, 3));
    let dried = code(Stage::Processing, 1);
    let key = ed25519_dalek::SigningKey::from_bytes(&[3; 32]).verifying_key().to_bytes();
    let origin = json!({"origin": "before_system"});
    let stock = |batch| json!({"outputs": [output(batch, "fresh_tianma")], "sealed": sealed()});
    log.push("register_key", &json!({"key": hex::encode(key), "signed_only": false}), &json!({}));
    log.push("bring_in", &origin, &stock(other));
    let wrong = log.push("bring_in", &origin, &stock(first));
    log.push_signed("bring_in", &origin, &stock(second), Some(&[3; 32]));
    let mut corrected = stock(first);
    corrected["supersedes"] = json!(wrong);
    log.push("correct", &json!({"kind": "bring_in", "details": origin}), &corrected);
    let wash = json!({"inputs": [log.input(first), log.input(second)], "outputs": [output(dried, "dried_tianma")],
                      "sealed": sealed()});
    log.push("process", &json!({"method": "dry"}), &wash);
    // It speaks of a batch of this lineage and of one that is not in the file.
    let held = json!({"inputs": [log.input(other), log.input(dried)]});
    let hold = log.push("hold", &json!({"reason": "complaint"}), &held);
    log.push("release", &json!({"record": hold, "reason": "checked"}), &json!({}));
    log.push("bring_in", &origin, &stock(code(Stage::Harvest, 4)));
    let results = json!([{"item": "water", "mg_per_kg": 120_000}]);
    let details = json!({"standard": "other", "results": results, "verdict": "pass"});
    let inspected = json!({"inputs": [log.input(dried)]});
    log.push("inspect", &details, &inspected);
    let net = json!({"unit": "mg", "value": 250_000});
    let uid = Uid::from_bytes([u8::try_from(log.entries.len()).unwrap(); 16]);
    let mut packed = output(sale(), "dried_tianma");
    packed["attributes"] = json!({"net_content": net});
    let pack = json!({"inputs": [log.input(dried)], "outputs": [packed],
                      "sealed": {"amounts": amounts().commitment(&uid).unwrap()}});
    log.push("pack", &json!({"product": "dried_tianma", "net_content": net}), &pack);
    let issued = json!({"inputs": [log.input(sale())], "sealed": sealed()});
    log.push("issue_codes", &json!({"issue": 1, "key_version": 1}), &issued);
    log.push("activate_codes", &json!({"issue": 1}), &issued);
    log
}

/// Everything that a file may hold.
pub(super) fn whole() -> EvidenceFile {
    let log = log();
    let mut file = log.file(sale(), &HELD);
    let pack = file.entries[8].record;
    file.opened = vec![OpenedGroup { opening: amounts(), record: pack }];
    file.package = Some(Package { code: "0123456789ABCDEFGHJK".parse().unwrap(), issue: 1.try_into().unwrap() });
    file
}
