//! Keys of parties: how long they sign and for whom, who registers and ends them, and what a demand for signatures binds.

use serde_json::json;
use trace_core::id::{BatchCode, PartyId};
use trace_core::prepare::Draft;
use trace_core::record::Kind;
use trace_core::state::Changes;
use trace_core::tianma::Product;
use trace_server::ledger::{Answer, AppendError, Item};
use trace_tests::drafting::{DAY, Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FIRST, FIRST_PLOT, OFFICE, PROCESSOR, SECOND, World, harvest, loss, made, request};
use trace_tests::signing::{ends, public, registers, signature};

const DAY_MS: i64 = 24 * 3_600_000;

/// Rule and place of the refusal; the words in both languages name `naming`.
fn refused(result: Result<Answer, AppendError>, naming: &str) -> (String, String) {
    match result {
        Err(AppendError::Refused(refusal)) => {
            assert!(refusal.zh.contains(naming) && refusal.en.contains(naming), "{naming} is not in {refusal:?}");
            assert!(refusal.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{refusal:?}");
            (refusal.rule, refusal.place)
        }
        other => panic!("not refused: {other:?}"),
    }
}

fn at(rule: &str, place: &str) -> (String, String) {
    (rule.to_owned(), place.to_owned())
}

/// Sends one draft signed by these keys, which must be refused.
async fn refusal(world: &World, by: PartyId, draft: Draft, seeds: &[u8], naming: &str) -> (String, String) {
    refused(world.send_signed(by, vec![draft], seeds).await, naming)
}

async fn size(world: &World) -> u64 {
    world.store().head().await.unwrap().frontier.size()
}

pub async fn a_key_that_is_over_signs_nothing(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    world.append(FIRST, registers(1, Some(DAY), false)).await;
    world.append(FIRST, registers(2, None, false)).await;
    let before = world.send_signed(FIRST, vec![loss(batch, "1kg")], &[1, 2]).await.unwrap().records[0].record.id();
    let known = size(&world).await;
    // Ended: also for what is dated back to before its end, and named as such.
    world.pass_ms(1_000);
    let ended = world.append(FIRST, ends(2)).await.record.id();
    let over = at("key_over", "/signatures/0");
    assert_eq!(refusal(&world, FIRST, loss(batch, "1kg"), &[2], &ended.to_string()).await, over);
    assert_eq!(refusal(&world, FIRST, loss(batch, "1kg").on("2026-11-20"), &[2], &ended.to_string()).await, over);
    // On its last day it signs to midnight where the ledger is, eight hours ahead of UTC; after it not what is dated back.
    world.pass_ms(8 * 3_600_000 - 1_001);
    world.send_signed(FIRST, vec![loss(batch, "1kg")], &[1]).await.unwrap();
    world.pass_ms(1);
    assert_eq!(refusal(&world, FIRST, loss(batch, "1kg"), &[1], DAY).await, over);
    assert_eq!(refusal(&world, FIRST, loss(batch, "1kg").on("2026-11-21"), &[1], "2026-11-21").await, over);
    assert_eq!(size(&world).await, known + 2, "a refused record was stored");
    // What was signed before stays as it is.
    let store = world.store();
    let row = store.entries_of(&[before]).await.unwrap().pop().unwrap();
    let entry = trace_core::record::Entry::from_bytes(&row.bytes).unwrap();
    assert!(entry.signatures.iter().all(|one| one.verifies(entry.record.bytes())) && entry.signatures.len() == 2);
    assert!(world.record(before).await.signed);
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn a_key_signs_for_its_party_alone(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    world.append(FIRST, registers(1, None, false)).await;
    world.append(SECOND, registers(2, None, false)).await;
    world.append(COOP, registers(3, None, false)).await;
    let unknown = at("unknown_key", "/signatures/0");
    for seed in [2, 9] {
        let said = refusal(&world, FIRST, loss(batch, "1kg"), &[seed], &public(seed).to_string()).await;
        assert_eq!(said, unknown, "another party's key, or nobody's");
    }
    // The clerk's signature is the clerk's; beside that of the actor it may stand.
    let entered = || harvest(planting, "1kg", false).of(FIRST);
    assert_eq!(refusal(&world, COOP, entered(), &[3], &public(3).to_string()).await, unknown);
    let both = world.send_signed(COOP, vec![entered()], &[3, 1]).await.unwrap();
    assert!(world.record(both.records[0].record.id()).await.signed);
    // Good, but over the bytes of another record; and one that is wrong beside one that counts.
    let mut items = world.signed(FIRST, vec![loss(batch, "1kg"), loss(batch, "2kg")], &[1]).await;
    let (Item::Signed { signatures: other, .. }, Item::Signed { completed, .. }) = (items.remove(0), items.remove(0))
    else {
        panic!("signed items")
    };
    let id = completed.record.id().to_string();
    let mine = signature(1, completed.record.bytes());
    for (signatures, place) in [(other.clone(), "/signatures/0"), (vec![mine, other[0].clone()], "/signatures/1")] {
        let forged = request(FIRST, vec![Item::Signed { completed: completed.clone(), signatures }]);
        assert_eq!(refused(world.ledger.append(forged).await, &id), at("bad_signature", place));
    }
    let many = world.send_signed(FIRST, vec![loss(batch, "1kg")], &[1; 9]).await;
    assert_eq!(refused(many, "9"), at("too_many_signatures", "/signatures"));
}

pub async fn keys_are_registered_and_ended_by_right(database: Database) {
    let world = World::found(database.url()).await;
    let key = public(1).to_string();
    // Nobody registers one for another: else the office could sign for a household that never had a key.
    let by_clerk = world.send(OFFICE, vec![registers(1, None, false).of(FIRST)]).await;
    assert_eq!(refused(by_clerk, &OFFICE.to_string()), at("key_by_clerk", "/entered_by"));
    let unknown = world.send(FIRST, vec![ends(1)]).await;
    assert_eq!(refused(unknown, &key), at("no_such_key", "/details/key"));
    world.append(FIRST, registers(1, None, false)).await;
    let twice = world.send(SECOND, vec![registers(1, None, false)]).await;
    assert_eq!(refused(twice, &key), at("id_taken", "/details/key"));
    for stranger in [SECOND, PROCESSOR] {
        let foreign = world.send(stranger, vec![ends(1)]).await;
        assert_eq!(refused(foreign, &FIRST.to_string()), at("foreign_key", "/details/key"));
    }
    let ended = world.append(OFFICE, ends(1)).await.record.id();
    for party in [FIRST, OFFICE] {
        let again = world.send(party, vec![ends(1)]).await;
        assert_eq!(refused(again, &ended.to_string()), at("key_ended", "/details/key"));
    }
    // A key that was ended is not registered again, by nobody.
    let again = world.send(FIRST, vec![registers(1, None, false)]).await;
    assert_eq!(refused(again, &key), at("id_taken", "/details/key"));
    let neutral = draft(Kind::RegisterKey, json!({"key": "01".to_owned() + &"00".repeat(31), "signed_only": false}));
    let weak = world.send(FIRST, vec![neutral]).await;
    assert_eq!(refused(weak, "01000000"), at("bad_key", "/details/key"));
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn a_demand_holds_whoever_enters(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    let planting = world.plant(FIRST, FIRST_PLOT, "1亩").await;
    // From the record after it on, in the same group, too.
    let group = vec![registers(1, None, true), loss(batch, "1kg")];
    let missing = |place: &str| at("signature_missing", place);
    assert_eq!(refused(world.send(FIRST, group).await, &public(1).to_string()), missing("/1/signatures"));
    world.append(FIRST, registers(1, None, true)).await;
    let known = size(&world).await;
    let entered = || harvest(planting, "1kg", false).of(FIRST);
    for (by, draft) in [(FIRST, loss(batch, "1kg")), (COOP, entered()), (OFFICE, entered()), (FIRST, ends(1))] {
        let said = world.send(by, vec![draft]).await;
        assert_eq!(refused(said, &FIRST.to_string()), missing("/signatures"), "entered by {by}");
    }
    // One unsigned record takes the whole group with it.
    let wash = || draft(Kind::Process, json!({"method": "wash"})).takes(batch, "10kg");
    let wash = || wash().makes(Product::WashedTianma, "10kg");
    let dry = || draft(Kind::Process, json!({"method": "dry"})).takes_of_group("#0", "10kg");
    let dry = || dry().makes(Product::DriedTianma, "3kg");
    let mut half = world.signed(FIRST, vec![wash(), dry()], &[1]).await;
    let Item::Signed { signatures, .. } = &mut half[1] else { panic!("a signed item") };
    signatures.clear();
    let said = world.ledger.append(request(FIRST, half)).await;
    assert_eq!(refused(said, &FIRST.to_string()), missing("/1/signatures"));
    assert_eq!(size(&world).await, known, "something of the refused was stored");
    let whole = world.send_signed(FIRST, vec![wash(), dry()], &[1]).await.unwrap();
    assert_eq!(whole.records.len(), 2);
    // What the office states in its own name it states as the office.
    let hold = draft(Kind::Hold, json!({"reason": "suspicion"})).names(made(&whole.records[1]));
    world.append(OFFICE, hold).await;
    world.send_signed(COOP, vec![entered()], &[1]).await.unwrap();
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn a_demand_lasts_as_long_as_its_key(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    world.append(FIRST, registers(1, Some(DAY), true)).await;
    assert_eq!(world.refusal(FIRST, registers(2, None, true)).await.rule, "signature_missing", "nor a further key");
    world.send_signed(FIRST, vec![registers(2, Some("2026-11-21"), true)], &[1]).await.unwrap();
    world.pass_ms(DAY_MS);
    // The first key is over, the second demands; it signs what is dated back.
    assert_eq!(world.refusal(FIRST, loss(batch, "1kg").on("2026-11-21")).await.rule, "signature_missing");
    world.send_signed(FIRST, vec![loss(batch, "1kg").on(DAY)], &[2]).await.unwrap();
    world.pass_ms(DAY_MS);
    // Both are over: today is free. Their days stay demanded, and there is no key to sign them with.
    world.append(FIRST, loss(batch, "1kg").on("2026-11-22")).await;
    assert_eq!(world.refusal(FIRST, loss(batch, "1kg").on("2026-11-21")).await.rule, "signature_missing");
    assert_eq!(refusal(&world, FIRST, loss(batch, "1kg").on("2026-11-21"), &[2], "2026-11-21").await.0, "key_over");
    // Ended, they demand nothing more, not of their own days either.
    world.append(OFFICE, ends(1)).await;
    world.append(OFFICE, ends(2)).await;
    world.append(FIRST, loss(batch, "1kg").on(DAY)).await;
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

/// An unsigned loss is refused, a signed one stands.
async fn demanded(world: &World, batch: BatchCode) {
    assert_eq!(world.refusal(FIRST, loss(batch, "1kg")).await.rule, "signature_missing");
    world.send_signed(FIRST, vec![loss(batch, "1kg")], &[1]).await.unwrap();
}

pub async fn a_demand_outlives_rebuild_and_restart(database: Database) {
    let world = World::found(database.url()).await;
    let batch = world.fresh(FIRST, "100kg").await;
    world.append(FIRST, registers(1, None, true)).await;
    demanded(&world, batch).await;
    drop(world);
    let world = World::open(database.url()).await;
    demanded(&world, batch).await;
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
    demanded(&world, batch).await;
    // From the log alone.
    let size = size(&world).await;
    assert!(world.store().replace_projections(size, &Changes::default()).await.unwrap());
    assert!(!world.ledger.rebuild().await.unwrap().unchanged);
    demanded(&world, batch).await;
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}
