//! Groups: all or nothing, and their records may name each other.

use serde_json::json;
use trace_core::id::PartyId;
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_server::ledger::{AppendError, Item};
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, OFFICE, ORIGIN, PROCESSOR, World, builtin_rules, made, receive, request};

pub async fn a_group_names_its_own_records(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let got = receive(batch, "40kg");
    let wash = draft(Kind::Process, json!({"method": "wash"})).takes_of_group("#0", "40kg");
    let dry = draft(Kind::Process, json!({"method": "dry"})).takes_of_group("#1/0", "40kg");
    let group = vec![got, wash.makes(Product::WashedTianma, "40kg"), dry.makes(Product::DriedTianma, "10kg")];
    let answer = world.send(PROCESSOR, group.clone()).await.unwrap();
    assert_eq!(answer.records.len(), 3);
    assert_eq!(answer.records[1].record.inputs[0].record, answer.records[0].record.id());
    assert_eq!(answer.records[2].record.inputs[0].batch, made(&answer.records[1]));
    assert_eq!(world.batch(made(&answer.records[1])).await.remaining(), 0);
    // A shipment and its receipt in one request of the office's clerk: the reference stands in the details.
    let ship = draft(Kind::Ship, json!({"consignee": {"party": PROCESSOR}})).takes(batch, "10kg").of(FIRST);
    let mut receipt = receive(batch, "10kg").of(PROCESSOR);
    receipt.details = json!({"condition": "good", "ship": "#0"});
    let answer = world.send(OFFICE, vec![ship, receipt]).await.unwrap();
    assert!(answer.records[1].findings.is_empty());
    assert_eq!(world.batch(batch).await.allotted, 0);
    // Forward, to itself, beyond the end, to an output that is not there.
    for reference in ["#1", "#2", "#9", "#0/1", "#x"] {
        let first = receive(batch, "1kg");
        let second = draft(Kind::Process, json!({"method": "wash"})).takes_of_group(reference, "1kg");
        let error = world.send(PROCESSOR, vec![first, second.makes(Product::WashedTianma, "1kg")]).await.unwrap_err();
        let AppendError::Refused(refusal) = error else { panic!("{error}") };
        assert_eq!(refusal.place, "/1/inputs/0/batch", "{reference}: {refusal}");
    }
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn a_founding_may_be_part_of_a_group(database: Database) {
    let world = World::open(database.url()).await;
    let (digest, bytes, version) = builtin_rules();
    let details = json!({"origin": ORIGIN, "time_zone": "+08:00", "office": OFFICE, "organisation": "品牌办",
                         "rules": digest, "rules_version": version});
    let founding = draft(Kind::Found, details).numbered(world.uid());
    let party = json!({"party": FIRST, "role": "household", "village": "小草坝"});
    let party = draft(Kind::RegisterParty, party).numbered(world.uid());
    let refusal = world.refusal(OFFICE, party.clone()).await;
    assert_eq!(refusal.rule, "not_founded");
    let founding = Item::Draft { draft: Box::new(founding), rules_table: Some(bytes) };
    let group = vec![founding, Item::draft(party)];
    let answer = world.ledger.append(request(OFFICE, group)).await.unwrap();
    assert_eq!(answer.records.iter().map(|one| one.index).collect::<Vec<_>>(), [0, 1]);
    world.fresh(FIRST, "1kg").await;
}

/// Every record of a group asks for rows of its own; they are asked for together, not one a round.
pub async fn a_long_group_takes_few_rounds(database: Database) {
    let world = World::found(database.url()).await;
    let register = |i: u8| {
        let party = PartyId::from_random([100 + i; 10]);
        draft(Kind::RegisterParty, json!({"party": party, "role": "household", "village": "龙海村"}))
    };
    let answer = world.send(OFFICE, (0..150).map(register).collect()).await.unwrap();
    assert_eq!(answer.records.len(), 150);
    // What is refused late in the group is still refused, with its place, and nothing is stored.
    let size = world.store().head().await.unwrap().frontier.size();
    let error = world.send(OFFICE, (50..151).rev().map(register).collect()).await.unwrap_err();
    let AppendError::Refused(refusal) = error else { panic!("{error}") };
    assert_eq!((&*refusal.rule, &*refusal.place), ("id_taken", "/1/details/party"));
    assert_eq!(world.store().head().await.unwrap().frontier.size(), size);
}
