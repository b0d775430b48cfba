//! One valid record of each kind, as JSON.

use jiff::civil::date;
use serde_json::{Value, json};

use crate::id::{BatchCode, PartyId, RecordId, SiteId, Stage};
use crate::record::Kind;

pub(super) fn code(stage: Stage, n: u8) -> String {
    BatchCode::new(stage, date(2026, 11, 20), [0, 0, 0, n]).unwrap().to_string()
}

pub(super) fn party(n: u8) -> String {
    PartyId::from_random([n; 10]).to_string()
}

pub(super) fn digest(n: u8) -> String {
    RecordId::of(&[n]).to_string()
}

fn site() -> String {
    SiteId::from_random([7; 10]).to_string()
}

/// The fields that every record has.
pub(super) fn body_value(kind: &str, details: &Value) -> Value {
    json!({
        "schema": "tianma-trace/record/1", "log": "trace.example.org/yiliang", "uid": "07".repeat(16),
        "kind": kind, "actor": party(1), "occurred_at": "2026-11-20", "details": details,
    })
}

pub(super) fn input(stage: Stage, n: u8) -> Value {
    json!({"batch": code(stage, n), "record": digest(n)})
}

pub(super) fn output(stage: Stage, product: &str) -> Value {
    json!({"batch": code(stage, 100), "stage": stage.code(), "product": product})
}

/// What a record of the kind holds beside its details.
#[derive(Default)]
struct More {
    site: bool,
    inputs: Vec<Value>,
    outputs: Vec<Value>,
    sealed: &'static [&'static str],
    supersedes: bool,
}

fn record(kind: Kind, details: &Value, more: &More) -> Value {
    let mut value = body_value(kind.code(), details);
    if more.site {
        value["site"] = json!(site());
    }
    if !more.inputs.is_empty() {
        value["inputs"] = json!(&more.inputs);
    }
    if !more.outputs.is_empty() {
        value["outputs"] = json!(&more.outputs);
    }
    for group in more.sealed {
        value["sealed"][group] = json!(digest(200));
    }
    if more.supersedes {
        value["supersedes"] = json!(digest(201));
    }
    value
}

/// A valid record of the kind.
pub(super) fn sample(kind: Kind) -> Value {
    match kind {
        Kind::Found
        | Kind::RegisterParty
        | Kind::RegisterSite
        | Kind::RegisterKey
        | Kind::EndKey
        | Kind::Grant
        | Kind::EndGrant
        | Kind::SetRules => of_parties(kind),
        Kind::Produce | Kind::BringIn | Kind::Plant | Kind::Tend | Kind::Harvest => of_growing(kind),
        Kind::Process | Kind::Adjust | Kind::Pack => of_making(kind),
        Kind::Ship | Kind::Receive | Kind::Confirm | Kind::Return => of_trade(kind),
        Kind::IssueCodes | Kind::ActivateCodes | Kind::VoidCodes => of_codes(kind),
        _ => of_oversight(kind),
    }
}

fn of_parties(kind: Kind) -> Value {
    let (details, sealed): (Value, &[&str]) = match kind {
        Kind::Found => {
            let mut details = json!({
                "origin": "trace.example.org/yiliang", "time_zone": "+08:00", "organisation": "彝良天麻品牌办",
                "rules": digest(1), "rules_version": 1
            });
            details["office"] = json!(party(1));
            (details, &[])
        }
        Kind::RegisterParty => {
            (json!({"party": party(2), "role": "household", "village": "小草坝镇大桥村"}), &["person"])
        }
        Kind::RegisterSite => {
            let details = json!({"site": site(), "party": party(2), "kind": "plot", "altitude_m": 1700});
            (details, &["amounts", "place"])
        }
        Kind::RegisterKey => {
            // The public key of RFC 8032, section 7.1, test 1.
            let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
            (json!({"key": key, "signed_only": false, "until": "2027-12-31"}), &[])
        }
        Kind::EndKey => {
            let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
            (json!({"key": key}), &[])
        }
        Kind::Grant => {
            let kinds = json!(["harvest", "receive"]);
            (json!({"from": party(1), "to": party(2), "kinds": kinds, "until": "2027-12-31"}), &[])
        }
        Kind::EndGrant => (json!({"grant": digest(2)}), &[]),
        _ => (json!({"digest": digest(2), "version": 2}), &[]),
    };
    record(kind, &details, &More { sealed, ..More::default() })
}

fn of_growing(kind: Kind) -> Value {
    let sealed: &[&str] = &["amounts"];
    match kind {
        Kind::Produce => {
            let details = json!({"species": "armillaria", "strain": "A9", "passed": true});
            let outputs = vec![output(Stage::Fungus, "armillaria_bottle")];
            record(kind, &details, &More { outputs, sealed, ..More::default() })
        }
        Kind::BringIn => {
            let outputs = vec![output(Stage::Harvest, "fresh_tianma")];
            let sealed = &["amounts", "terms"];
            record(kind, &json!({"origin": "outside", "place": "大方县"}), &More { outputs, sealed, ..More::default() })
        }
        Kind::Plant => {
            let details = json!({
                "method": "hole", "form": "wutianma", "propagation": "asexual", "wood": ["oak"], "wood_permit": "LY-1"
            });
            let inputs = vec![input(Stage::Seed, 1), input(Stage::Fungus, 2)];
            let outputs = vec![output(Stage::Planting, "planting")];
            record(kind, &details, &More { site: true, inputs, outputs, sealed, ..More::default() })
        }
        Kind::Tend => {
            let details = json!({
                "operation": "pest_control", "input_name": "苦参碱", "registration": "PD20110001", "reason": "蛴螬"
            });
            record(kind, &details, &More { inputs: vec![input(Stage::Planting, 1)], sealed, ..More::default() })
        }
        _ => {
            let mut outputs = vec![output(Stage::Harvest, "fresh_tianma")];
            outputs[0]["attributes"] = json!({"form": "wutianma"});
            let inputs = vec![input(Stage::Planting, 1)];
            let details = json!({"season": "dongma", "final": false});
            record(kind, &details, &More { site: true, inputs, outputs, sealed, ..More::default() })
        }
    }
}

fn of_making(kind: Kind) -> Value {
    let sealed: &[&str] = &["amounts"];
    match kind {
        Kind::Process => {
            let details = json!({
                "method": "dry", "temperatures": {"min_celsius": 55, "max_celsius": 70}, "fuel": "electricity",
                "hours": 60
            });
            let inputs = vec![input(Stage::Harvest, 1), input(Stage::Harvest, 2)];
            let outputs = vec![output(Stage::Processing, "dried_tianma")];
            record(kind, &details, &More { inputs, outputs, sealed, ..More::default() })
        }
        Kind::Adjust => {
            let inputs = vec![input(Stage::Harvest, 1)];
            record(
                kind,
                &json!({"reason": "stock_take", "direction": "more"}),
                &More { inputs, sealed, ..More::default() },
            )
        }
        _ => {
            let net = json!({"unit": "mg", "value": 500_000_000});
            let mut outputs = vec![output(Stage::Sale, "dried_tianma")];
            outputs[0]["attributes"] = json!({"net_content": net, "shelf_life_months": 24});
            let details = json!({"product": "dried_tianma", "net_content": net, "shelf_life_months": 24});
            let inputs = vec![input(Stage::Processing, 1)];
            record(kind, &details, &More { inputs, outputs, sealed, ..More::default() })
        }
    }
}

fn of_trade(kind: Kind) -> Value {
    let sealed: &[&str] = &["amounts", "terms"];
    let inputs = vec![input(Stage::Harvest, 1)];
    let outputs = vec![output(Stage::Harvest, "fresh_tianma")];
    match kind {
        Kind::Ship => {
            let details = json!({"consignee": {"party": party(2)}, "channel": "wholesale"});
            record(kind, &details, &More { inputs, sealed, ..More::default() })
        }
        Kind::Receive => {
            let details = json!({"condition": "good", "ship": digest(3)});
            record(kind, &details, &More { inputs, outputs, sealed, ..More::default() })
        }
        Kind::Confirm => record(kind, &json!({"record": digest(3)}), &More::default()),
        _ => {
            let sealed = &["amounts"];
            record(kind, &json!({"reason": "unsold"}), &More { inputs, outputs, sealed, ..More::default() })
        }
    }
}

fn of_codes(kind: Kind) -> Value {
    let details = match kind {
        Kind::IssueCodes => json!({"issue": 1, "key_version": 1}),
        Kind::ActivateCodes => json!({"issue": 1}),
        _ => json!({"issue": 1, "reason": "jam", "give_back": true}),
    };
    record(kind, &details, &More { inputs: vec![input(Stage::Sale, 1)], sealed: &["amounts"], ..More::default() })
}

fn of_oversight(kind: Kind) -> Value {
    let range = json!([{"issue": 1, "from": 0, "to": 9}]);
    let inputs = vec![input(Stage::Sale, 1)];
    match kind {
        Kind::Inspect => {
            let results = json!([{"item": "so2", "mg_per_kg": 0}, {"item": "water", "mg_per_kg": 120_000}]);
            let details = json!({"standard": "pharmacopoeia_2020", "results": results, "verdict": "pass"});
            record(kind, &details, &More { inputs, ..More::default() })
        }
        Kind::Certify => {
            let details = json!({"basis": "own_test", "wording_version": 1});
            record(kind, &details, &More { inputs, ..More::default() })
        }
        Kind::Hold => record(kind, &json!({"reason": "complaint", "ranges": range}), &More::default()),
        Kind::Recall => {
            let details = json!({"reason": "so2", "scope": "with_descendants", "stage": "consumer", "ranges": range});
            record(kind, &details, &More { inputs, ..More::default() })
        }
        Kind::Release => record(kind, &json!({"record": digest(3), "reason": "checked"}), &More::default()),
        Kind::LiftRecall => record(kind, &json!({"recall": digest(3), "reason": "retested"}), &More::default()),
        Kind::Dispute => record(kind, &json!({"record": digest(3), "reason": "wrong_weight"}), &More::default()),
        Kind::Consent => {
            record(kind, &json!({"party": party(1), "fields": ["family_name", "telephone"]}), &More::default())
        }
        Kind::Erase => record(kind, &json!({"party": party(2), "reason": "requested"}), &More::default()),
        Kind::Void => record(kind, &json!({"reason": "duplicate"}), &More { supersedes: true, ..More::default() }),
        _ => {
            let mut value = of_growing(Kind::Harvest);
            value["kind"] = json!(Kind::Correct);
            value["details"] = json!({"kind": "harvest", "details": {"season": "chunma", "final": true}});
            value["supersedes"] = json!(digest(201));
            value
        }
    }
}
