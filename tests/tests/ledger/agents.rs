//! A co-op that the office lets register: households and plots of its village, and nobody who is not its affair.

use serde_json::json;
use trace_core::id::{PartyId, RecordId, SiteId};
use trace_core::prepare::Draft;
use trace_core::record::{Class, Kind};
use trace_core::state::{Key, PartyRow, Row};
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{COOP, FIRST, OFFICE, PROCESSOR, SECOND, World};

const NEW: PartyId = PartyId::from_random([31; 10]);
const PLOT: SiteId = SiteId::from_random([32; 10]);

fn party(id: PartyId, role: &str) -> Draft {
    let mut details = json!({"party": id, "role": role, "village": "大桥村"});
    if role != "household" {
        details["organisation"] = json!("一家单位");
    }
    draft(Kind::RegisterParty, details).of(OFFICE)
}

fn plot(owner: PartyId) -> Draft {
    let details = json!({"site": PLOT, "party": owner, "kind": "plot"});
    draft(Kind::RegisterSite, details).of(OFFICE).covering("2亩")
}

async fn lets(world: &World, from: PartyId, to: PartyId, kinds: &[&str]) -> RecordId {
    let details = json!({"from": from, "to": to, "kinds": kinds, "until": "2027-12-31"});
    world.append(from, draft(Kind::Grant, details)).await.record.id()
}

async fn row(world: &World, id: PartyId) -> PartyRow {
    let (rows, _) = world.store().load(&[Key::Party(id)].into()).await.unwrap();
    rows.into_iter().find_map(|row| if let Row::Party(row) = row { Some(row) } else { None }).unwrap()
}

pub async fn an_agent_registers_its_village(database: Database) {
    let world = World::found(database.url()).await;
    let refused = async |sheet: Draft, rule: &str| {
        let refusal = world.refusal(COOP, sheet).await;
        assert_eq!((refusal.rule.as_str(), refusal.class), (rule, Class::Forbidden), "{refusal}");
    };
    refused(party(NEW, "household"), "no_grant").await;
    let given = lets(&world, OFFICE, COOP, &["register_party", "register_site"]).await;
    let first = world.append(COOP, party(NEW, "household")).await.record;
    assert_eq!((first.actor, first.entered_by), (OFFICE, Some(COOP)));
    assert_eq!(row(&world, NEW).await.registered_by, Some(COOP));
    let sited = world.append(COOP, plot(NEW)).await.record.id();
    world.append(COOP, plot(NEW).covering("3亩").replacing(sited)).await;
    // The office sets it right; it stays the agent's.
    let second = world.append(OFFICE, party(NEW, "household").replacing(first.id())).await.record.id();
    world.append(COOP, party(NEW, "household").replacing(second)).await;

    // No firm, nobody whom it did not register, not itself.
    for role in ["processor", "laboratory", "office"] {
        refused(party(PartyId::from_random([33; 10]), role), "agent_role").await;
    }
    let of_second = row(&world, SECOND).await.record;
    refused(party(SECOND, "household").replacing(of_second), "agent_party").await;
    let site = |owner| {
        let details = json!({"site": SiteId::from_random([34; 10]), "party": owner, "kind": "plot"});
        draft(Kind::RegisterSite, details).of(OFFICE).covering("2亩")
    };
    // FIRST lets the co-op harvest, which is not this.
    for owner in [SECOND, FIRST, COOP, PROCESSOR] {
        refused(site(owner), "agent_party").await;
    }
    // Whoever lets it is its affair, for the kind that is named.
    lets(&world, SECOND, COOP, &["register_site"]).await;
    world.append(COOP, site(SECOND)).await;
    refused(party(SECOND, "household").replacing(of_second), "agent_party").await;
    lets(&world, SECOND, COOP, &["register_party"]).await;
    world.append(COOP, party(SECOND, "household").replacing(of_second)).await;
    assert_eq!(row(&world, SECOND).await.registered_by, None, "that does not make it the agent's");
    // A household's word does not stand for the office's.
    lets(&world, SECOND, PROCESSOR, &["register_site"]).await;
    let refusal = world.refusal(PROCESSOR, plot(SECOND)).await;
    assert_eq!(refusal.rule, "no_grant");

    world.append(OFFICE, draft(Kind::EndGrant, json!({"grant": given}))).await;
    refused(plot(NEW), "no_grant").await;
}

pub async fn a_new_village_leaves_the_person(database: Database) {
    let world = World::found(database.url()).await;
    let mut sheet = party(NEW, "household");
    sheet.person = Some(json!({"name": "王小明", "telephone": "13800000000"}));
    let first = world.append(OFFICE, sheet).await.record.id();
    assert_eq!(row(&world, NEW).await.person_record(), first);
    world.append(NEW, draft(Kind::Consent, json!({"party": NEW, "fields": ["full_name"]}))).await;
    let second = world.append(OFFICE, party(NEW, "household").replacing(first)).await.record.id();
    let third = world.append(OFFICE, party(NEW, "household").replacing(second)).await.record.id();
    let moved = row(&world, NEW).await;
    assert_eq!((moved.record, moved.person_record(), moved.consents.len()), (third, first, 1));
    let mut anew = party(NEW, "household").replacing(third);
    anew.person = Some(json!({"name": "王小红"}));
    let fourth = world.append(OFFICE, anew).await.record.id();
    let anew = row(&world, NEW).await;
    assert_eq!((anew.person_record(), anew.consents.len()), (fourth, 0), "another person has consented to nothing");
    // The same follows from the log alone.
    assert!(world.ledger.rebuild().await.unwrap().unchanged);
}

pub async fn a_place_lies_on_the_earth(database: Database) {
    let world = World::found(database.url()).await;
    for (place, at) in [
        (json!({"latitude_e7": 900_000_001, "longitude_e7": 0}), "/place/latitude_e7"),
        (json!({"latitude_e7": 276_324_550, "longitude_e7": -1_800_000_001}), "/place/longitude_e7"),
        (json!({"latitude_e7": 276_324_550}), "/place/longitude_e7"),
        (json!({"outline_e7": [[0, 0], [1_041_481_370, 276_324_550]]}), "/place/outline_e7"),
    ] {
        let mut sheet = plot(FIRST);
        sheet.place = Some(place);
        let refusal = world.refusal(OFFICE, sheet).await;
        assert_eq!((refusal.rule.as_str(), refusal.place.as_str()), ("position", at), "{refusal}");
        assert!(!refusal.en.contains("276"), "a place is not repeated: {refusal}");
    }
    let mut sheet = plot(FIRST);
    sheet.place = Some(json!({"latitude_e7": -900_000_000, "longitude_e7": 1_800_000_000}));
    world.append(OFFICE, sheet).await;
}
