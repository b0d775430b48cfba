//! The keys of a party: all of them, the newest state of each, ordered by key, and nobody else's.

use trace_core::id::PartyId;
use trace_core::state::{KeyRow, Row};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, OFFICE, PROCESSOR, SECOND, World};
use trace_tests::signing::{ends, public, registers};

pub async fn keys_of_a_party(database: Database) {
    let world = World::found(database.url()).await;
    let store = world.store();
    assert!(store.signing_keys(FIRST).await.unwrap().is_empty());
    // Not registered in the order of the keys, and those of two parties in turn.
    for seed in 1..=6 {
        let party = if seed % 3 == 0 { SECOND } else { FIRST };
        world.append(party, registers(seed, (seed == 2).then_some("2027-01-31"), false)).await;
    }
    world.append(FIRST, registers(7, None, true)).await;
    let ended = world.append(OFFICE, ends(4)).await.record.id();
    let all = store.projections().await.unwrap();
    let rows: Vec<KeyRow> = all
        .rows
        .iter()
        .filter_map(|row| if let Row::SigningKey(row) = row { Some(row.clone()) } else { None })
        .collect();
    assert_eq!(rows.len(), 7);
    for party in [FIRST, SECOND, PROCESSOR, PartyId::from_random([99; 10])] {
        let mut expected: Vec<KeyRow> = rows.iter().filter(|row| row.party == party).cloned().collect();
        expected.sort_by_key(|row| row.key.to_string());
        assert_eq!(store.signing_keys(party).await.unwrap(), expected);
    }
    let first = store.signing_keys(FIRST).await.unwrap();
    let of = |seed: u8| first.iter().find(|row| row.key == public(seed)).unwrap();
    assert_eq!(first.len(), 5);
    assert_eq!(of(4).ended, Some(ended));
    assert_eq!(of(2).until.map(|day| day.to_string()).as_deref(), Some("2027-01-31"));
    assert!(of(7).signed_only && !of(1).signed_only && of(1).ended.is_none());
    // The same after another connection has opened it.
    assert_eq!(World::open(database.url()).await.store().signing_keys(FIRST).await.unwrap(), first);
}
