//! Signed records. The key pair is that of RFC 8032 section 7.1, test 1; the signature below was made by OpenSSL
//! over the record's canonical bytes, so nothing of this project vouches for itself.

use std::collections::BTreeMap;

use serde_json::json;
use trace_core::id::{BatchCode, RecordId, Stage, Uid};
use trace_core::prepare::Completed;
use trace_core::quantity::{Quantity, Stated};
use trace_core::record::sealed::{Group, Opening, Salt};
use trace_core::record::{Amounts, Attributes, Details, Kind, Output, Record, RecordBody, Signature};
use trace_core::tianma::Product;
use trace_server::ledger::{AppendError, Item};
use trace_tests::drafting::{DAY, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, ORIGIN, SECOND, World, loss, request};

const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

const SIGNATURE: &str = "CNp6telePrGD67IFbzUvro60ZsoQjZ41sf22K5Tj3eqZ-6oHzmrBrYaZVrT9WKVVBwYUO2WOxlcoNDKJPgXeDg";

/// Stock of the first household, complete to the last byte.
fn complete() -> Completed {
    let uid = Uid::from_bytes([5; 16]);
    let stated = Stated::of(Quantity::kg(10)).unwrap();
    let amounts = Amounts { outputs: vec![stated], ..Amounts::default() };
    let salt = Salt::from_bytes(&[9; 16]).unwrap();
    let opening = Opening::new(Group::Amounts, salt, serde_json::to_value(&amounts).unwrap());
    let commitment = opening.commitment(&uid).unwrap();
    let day: trace_core::time::OccurredAt = DAY.parse().unwrap();
    let batch = BatchCode::new(Stage::Harvest, day.date(), [1, 2, 3, 4]).unwrap();
    let product = Product::FreshTianma;
    let record = Record::new(RecordBody {
        log: ORIGIN.parse().unwrap(),
        uid,
        actor: FIRST,
        entered_by: None,
        site: None,
        occurred_at: day,
        inputs: Vec::new(),
        outputs: vec![Output { batch, stage: Stage::Harvest, product, attributes: Attributes::default() }],
        details: Details::from_value(Kind::BringIn, json!({"origin": "before_system"})).unwrap(),
        evidence: Vec::new(),
        sealed: BTreeMap::from([(Group::Amounts, commitment)]),
        supersedes: None,
    })
    .unwrap();
    Completed::from_signed(record, vec![opening]).unwrap()
}

fn item(value: &str) -> Item {
    let signature = Signature { key: KEY.parse().unwrap(), value: value.to_owned() };
    Item::Signed { completed: Box::new(complete()), signatures: vec![signature] }
}

async fn refused(world: &World, submitter: trace_core::id::PartyId, item: Item) -> String {
    match world.ledger.append(request(submitter, vec![item])).await {
        Err(AppendError::Refused(refusal)) => refusal.rule,
        other => panic!("{other:?}"),
    }
}

fn key(until: Option<&str>, signed_only: bool) -> trace_core::prepare::Draft {
    let mut details = json!({"key": KEY, "signed_only": signed_only});
    if let Some(day) = until {
        details["until"] = day.into();
    }
    draft(Kind::RegisterKey, details)
}

pub async fn a_signed_record_stands(database: Database) {
    let world = World::found(database.url()).await;
    assert_eq!(refused(&world, FIRST, item(SIGNATURE)).await, "unknown_key", "before the key is registered");
    let batch = world.fresh(FIRST, "10kg").await;
    world.append(FIRST, key(None, true)).await;
    assert_eq!(world.refusal(FIRST, loss(batch, "1kg")).await.rule, "signature_missing");
    assert_eq!(world.refusal(FIRST, key(None, false)).await.rule, "signature_missing", "nor is the demand taken back");
    let answer = world.ledger.append(request(FIRST, vec![item(SIGNATURE)])).await.unwrap();
    let id: RecordId = answer.records[0].record.id();
    assert_eq!(id, complete().record.id());
    assert!(world.record(id).await.signed);
    let row = world.store().entries_of(&[id]).await.unwrap().pop().unwrap();
    let entry = trace_core::record::Entry::from_bytes(&row.bytes).unwrap();
    assert!(entry.signatures[0].verifies(entry.record.bytes()));
    assert!(world.ledger.append(request(FIRST, vec![item(SIGNATURE)])).await.unwrap().repeated);
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn a_wrong_signature_does_not(database: Database) {
    let world = World::found(database.url()).await;
    let weak = json!({"key": "00".repeat(32), "signed_only": false});
    assert_eq!(world.refusal(FIRST, draft(Kind::RegisterKey, weak)).await.rule, "bad_key");
    // Registered for another party; a sealed amount that was changed; another submitter; a signature changed.
    world.append(SECOND, key(None, false)).await;
    assert_eq!(refused(&world, FIRST, item(SIGNATURE)).await, "unknown_key");
    assert_eq!(refused(&world, SECOND, item(SIGNATURE)).await, "foreign_submitter");
    let mut changed = SIGNATURE.to_owned();
    changed.replace_range(10..11, if &SIGNATURE[10..11] == "A" { "B" } else { "A" });
    assert_eq!(refused(&world, FIRST, item(&changed)).await, "bad_signature");
    assert_eq!(refused(&world, FIRST, item("")).await, "bad_signature");
    assert_eq!(world.refusal(FIRST, key(None, false)).await.rule, "id_taken");
    let opening = complete().openings.pop().unwrap();
    let mut value = opening.value().clone();
    value["outputs"][0] = serde_json::to_value(Stated::of(Quantity::kg(11)).unwrap()).unwrap();
    let forged = Opening::new(Group::Amounts, opening.salt().clone(), value);
    assert_eq!(Completed::from_signed(complete().record, vec![forged]).unwrap_err().rule, "sealed_value");
    assert_eq!(Completed::from_signed(complete().record, Vec::new()).unwrap_err().rule, "sealed_missing");
}
