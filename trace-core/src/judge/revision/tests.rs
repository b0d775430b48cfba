//! What a correction leaves to whom, on a small ledger in memory.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use serde_json::{Value, json};

use crate::id::{BatchCode, PartyId, RecordId, Stage};
use crate::judge::{Case, append};
use crate::quantity::{Quantity, Stated};
use crate::record::{Amounts, Record};
use crate::state::{Stop, View};
use crate::tianma::RulesTable;
use crate::time::Zone;

struct Ledger {
    view: View,
    rules: RulesTable,
    index: u64,
}

fn office() -> PartyId {
    PartyId::from_random([1; 10])
}

fn coop() -> PartyId {
    PartyId::from_random([2; 10])
}

fn code(n: u8) -> BatchCode {
    BatchCode::new(Stage::Processing, jiff::civil::date(2026, 11, 20), [n; 4]).unwrap()
}

fn kg(n: u32) -> Stated {
    Stated::of(Quantity::kg(n)).unwrap()
}

fn output(n: u8) -> Value {
    json!([{"batch": code(n), "stage": "processing", "product": "dried_tianma"}])
}

impl Ledger {
    fn founded() -> Self {
        let rules = RulesTable::builtin().unwrap();
        let mut ledger = Self { view: View::in_memory(), rules, index: 0 };
        let found = json!({
            "origin": "trace.example.org/test", "time_zone": "+08:00", "office": office(), "organisation": "品牌办",
            "rules": RecordId::of(b"rules"), "rules_version": 1
        });
        ledger.append(office(), "found", &found, &json!({}), &Amounts::default()).unwrap();
        let party = json!({"party": coop(), "role": "coop", "organisation": "合作社"});
        ledger.append(office(), "register_party", &party, &json!({}), &Amounts::default()).unwrap();
        ledger
    }

    fn append(
        &mut self,
        actor: PartyId,
        kind: &str,
        details: &Value,
        more: &Value,
        amounts: &Amounts,
    ) -> Result<RecordId, Stop> {
        let mut value = json!({
            "schema": "tianma-trace/record/1", "log": "trace.example.org/test", "uid": format!("{:032x}", self.index),
            "kind": kind, "actor": actor, "occurred_at": "2026-11-20", "details": details,
        });
        if !amounts.is_empty() {
            value["sealed"] = json!({"amounts": RecordId::of(b"amounts")});
        }
        for (key, field) in more.as_object().unwrap() {
            value[key] = field.clone();
        }
        let record = Record::from_value(value).unwrap();
        let case = Case {
            record: &record,
            amounts,
            rules: &self.rules,
            rules_digest: RecordId::of(b"rules"),
            received_at: "2026-12-31T00:00:00.000Z".parse().unwrap(),
            zone: Zone::CHINA,
            office: office(),
            index: self.index,
            signed: false,
        };
        match append(&case, &mut self.view) {
            Ok(_) => self.view.accept(),
            Err(stop) => {
                self.view.reject();
                return Err(stop);
            }
        }
        self.index += 1;
        Ok(record.id())
    }

    /// Stock of 100 kg.
    fn bring_in(&mut self, n: u8) -> RecordId {
        let amounts = Amounts { outputs: vec![kg(100)], ..Amounts::default() };
        self.append(coop(), "bring_in", &json!({"origin": "unknown"}), &json!({"outputs": output(n)}), &amounts)
            .unwrap()
    }

    /// The same stock, corrected by `actor`.
    fn correct(&mut self, actor: PartyId, old: RecordId, kilograms: u32, day: &str) -> Result<RecordId, Stop> {
        let details = json!({"kind": "bring_in", "details": {"origin": "unknown"}});
        let more = json!({"outputs": output(1), "supersedes": old, "occurred_at": day});
        let amounts = Amounts { outputs: vec![kg(kilograms)], ..Amounts::default() };
        self.append(actor, "correct", &details, &more, &amounts)
    }
}

fn rule(result: Result<RecordId, Stop>) -> String {
    match result {
        Err(Stop::Refused(refusal)) => refusal.rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_office_corrects_stays_the_first_actors() {
    let mut ledger = Ledger::founded();
    let first = ledger.bring_in(1);
    let second = ledger.correct(office(), first, 90, "2026-11-20").unwrap();
    assert_eq!(ledger.view.record(second).unwrap().unwrap().party, coop());
    let third = ledger.correct(office(), second, 80, "2026-11-20").unwrap();
    ledger.correct(coop(), third, 70, "2026-11-20").unwrap();
    let row = ledger.view.batch(code(1)).unwrap().unwrap();
    assert_eq!((row.owner, row.made), (coop(), 70_000_000));
}

#[test]
fn a_correction_stays_before_what_was_made_since() {
    let mut ledger = Ledger::founded();
    let first = ledger.bring_in(1);
    let second = ledger.correct(coop(), first, 100, "2026-11-22").unwrap();
    let second = ledger.correct(coop(), second, 100, "2026-11-20").unwrap();
    let amounts = Amounts { inputs: vec![kg(10)], outputs: vec![kg(10)], ..Amounts::default() };
    let more = json!({"inputs": [{"batch": code(1), "record": second}], "outputs": output(2)});
    ledger.append(coop(), "process", &json!({"method": "grade"}), &more, &amounts).unwrap();
    assert_eq!(rule(ledger.correct(coop(), second, 100, "2026-11-21")), "after_its_use");
    assert_eq!(rule(ledger.correct(coop(), second, 9, "2026-11-20")), "below_drawn");
    ledger.correct(coop(), second, 10, "2026-11-19").unwrap();
}
