//! Reads against plain filters over all rows.

use std::collections::BTreeSet;

use serde_json::json;
use trace_core::id::{PartyId, RecordId, Stage};
use trace_core::record::Kind;
use trace_core::record::sealed::Group;
use trace_core::state::{
    BatchRow, Changes, GrantRow, IssueRow, Key, PartyRow, RecordRow, Row, SiteRow, Standing, View,
};
use trace_core::tianma::PartyRole;
use trace_server::store::{BatchFilter, PartyFilter, RecordFilter};
use trace_tests::drafting::{Drafting as _, draft};
use trace_tests::engines::Database;
use trace_tests::household::{FIRST, FIRST_PLOT, OFFICE, PROCESSOR, RIVAL, SECOND, SELLER, World, release};

use crate::random_county::{Choice, batches, grow, records};

async fn county(database: &Database) -> (World, Changes) {
    let world = World::found(database.url()).await;
    grow(&world, 60, 3).await;
    let all = world.store().projections().await.unwrap();
    (world, all)
}

fn fits(row: &BatchRow, filter: &BatchFilter) -> bool {
    filter.owner.is_none_or(|owner| row.owner == owner)
        && filter.stage.is_none_or(|stage| row.stage == stage)
        && filter.site.is_none_or(|site| row.site == Some(site))
        && filter.code_prefix.as_ref().is_none_or(|prefix| row.code.to_string().starts_with(prefix.as_str()))
        && (!filter.held || !row.holds.is_empty())
        && (!filter.recalled || !row.recalls.is_empty())
}

pub async fn batches_by_filter(database: Database) {
    let (world, all) = county(&database).await;
    let mut rows = batches(&all.rows);
    rows.sort_by_key(|row| std::cmp::Reverse((row.occurred_at.date(), row.code.to_string())));
    assert!(rows.iter().any(|row| !row.holds.is_empty()) && rows.iter().any(|row| !row.recalls.is_empty()));
    let mut choice = Choice::new(9);
    let mut found = 0;
    for round in 0..60 {
        let maybe = |choice: &mut Choice| choice.below(3) == 0;
        let filter = BatchFilter {
            owner: maybe(&mut choice).then(|| choice.of(&[FIRST, SECOND, PROCESSOR, SELLER])),
            stage: maybe(&mut choice).then(|| choice.of(&[Stage::Harvest, Stage::Processing, Stage::Sale])),
            site: (choice.below(6) == 0).then_some(FIRST_PLOT),
            code_prefix: maybe(&mut choice).then(|| choice.of(&["H", "H26", "M261120-", "X", "%", "H_6"]).to_owned()),
            held: choice.below(5) == 0,
            recalled: choice.below(5) == 0,
            after: None,
            limit: 1 + u32::try_from(choice.below(7)).unwrap(),
        };
        let expected: Vec<&BatchRow> =
            rows.iter().filter(|row| fits(row, if round == 0 { &NOTHING } else { &filter })).collect();
        let mut page = if round == 0 { BatchFilter { limit: 4, ..NOTHING } } else { filter };
        let mut got = Vec::new();
        loop {
            let rows = world.store().batches(&page).await.unwrap();
            assert!(rows.len() <= page.limit as usize);
            let Some(last) = rows.last() else { break };
            page.after = Some(last.code);
            got.extend(rows);
        }
        assert_eq!(got.iter().collect::<Vec<_>>(), expected, "{page:?}");
        found += got.len();
    }
    assert!(found > 50);
}

const NOTHING: BatchFilter = BatchFilter {
    owner: None,
    stage: None,
    site: None,
    code_prefix: None,
    held: false,
    recalled: false,
    after: None,
    limit: 0,
};

pub async fn records_by_filter(database: Database) {
    let (world, all) = county(&database).await;
    let mut rows = records(&all.rows);
    rows.sort_by_key(|row| std::cmp::Reverse(row.index));
    let mut choice = Choice::new(4);
    let mut found = 0;
    for _ in 0..80 {
        let maybe = |choice: &mut Choice| choice.below(3) == 0;
        let mut filter = RecordFilter {
            actor: maybe(&mut choice).then(|| choice.of(&[FIRST, SECOND, PROCESSOR, OFFICE])),
            other_side: (choice.below(5) == 0).then(|| choice.of(&[FIRST, SECOND, RIVAL])),
            states: maybe(&mut choice).then(|| choice.of(&[Kind::Harvest, Kind::Receive, Kind::Process, Kind::Adjust])),
            standing: (choice.below(4) == 0).then(|| choice.of(&[Standing::Settled, Standing::Unconfirmed])),
            held: choice.below(6) == 0,
            live: choice.below(4) == 0,
            before: None,
            limit: 1 + u32::try_from(choice.below(9)).unwrap(),
        };
        let fits = |row: &&RecordRow| {
            filter.actor.is_none_or(|actor| row.actor == actor)
                && filter.other_side.is_none_or(|party| row.other_side == Some(party))
                && filter.states.is_none_or(|kind| row.states == kind)
                && filter.standing.is_none_or(|standing| row.standing == standing)
                && (!filter.held || row.held)
                && (!filter.live || row.is_live())
        };
        let expected: Vec<RecordRow> = rows.iter().filter(fits).cloned().collect();
        let mut got = Vec::new();
        loop {
            let page = world.store().records(&filter).await.unwrap();
            assert!(page.len() <= filter.limit as usize);
            let Some(last) = page.last() else { break };
            filter.before = Some(last.index);
            got.extend(page);
        }
        assert_eq!(got, expected, "{filter:?}");
        found += got.len();
    }
    assert!(found > 100);
}

pub async fn parties_sites_and_issues(database: Database) {
    let (world, all) = county(&database).await;
    let store = world.store();
    let parties: Vec<PartyRow> =
        all.rows.iter().filter_map(|row| if let Row::Party(row) = row { Some(row.clone()) } else { None }).collect();
    let roles = [None, Some(PartyRole::Household), Some(PartyRole::Processor), Some(PartyRole::Office)];
    for role in roles {
        for village in [None, Some("小草坝"), Some("别处")] {
            let fits = |row: &&PartyRow| {
                role.is_none_or(|role| row.role == role)
                    && village.is_none_or(|village| row.village.as_ref().is_some_and(|name| name.as_str() == village))
            };
            let mut expected: Vec<PartyRow> = parties.iter().filter(fits).cloned().collect();
            expected.sort_by_key(|row| row.id.to_string());
            let mut filter = PartyFilter { role, village: village.map(str::to_owned), after: None, limit: 3 };
            let mut got: Vec<PartyRow> = Vec::new();
            loop {
                let page = store.parties(&filter).await.unwrap();
                let Some(last) = page.last() else { break };
                filter.after = Some(last.id);
                got.extend(page);
            }
            assert_eq!(got, expected, "{role:?} {village:?}");
        }
    }
    let sites: Vec<SiteRow> =
        all.rows.iter().filter_map(|row| if let Row::Site(row) = row { Some(row.clone()) } else { None }).collect();
    for party in [FIRST, SECOND, SELLER] {
        let mut expected: Vec<_> = sites.iter().filter(|row| row.party == party).cloned().collect();
        expected.sort_by_key(|row| row.id.to_string());
        assert_eq!(store.sites(party).await.unwrap(), expected);
    }
    let grants: Vec<GrantRow> =
        all.rows.iter().filter_map(|row| if let Row::Grant(row) = row { Some(row.clone()) } else { None }).collect();
    assert!(!grants.is_empty());
    for party in [FIRST, SECOND, SELLER] {
        let mut expected: Vec<_> = grants.iter().filter(|row| row.from == party).cloned().collect();
        expected.sort_by_key(|row| row.id.to_string());
        assert_eq!(store.grants_from(party).await.unwrap(), expected);
    }
    let issues: Vec<IssueRow> =
        all.rows.iter().filter_map(|row| if let Row::Issue(row) = row { Some(row.clone()) } else { None }).collect();
    let [issue] = &issues[..] else { panic!("{issues:?}") };
    assert_eq!(issue.ranges.len(), 2);
    let none: Vec<IssueRow> = Vec::new();
    assert_eq!(store.issues(None, None).await.unwrap(), issues);
    assert_eq!(store.issues(Some(issue.batch), None).await.unwrap(), issues);
    assert_eq!(store.issues(Some(issue.batch), Some(PROCESSOR)).await.unwrap(), issues);
    assert_eq!(store.issues(Some(issue.batch), Some(RIVAL)).await.unwrap(), none);
    assert_eq!(store.issues(None, Some(RIVAL)).await.unwrap(), none);
}

/// Confirmations, disputes, releases and ends of recalls, by the record that they speak of.
pub async fn what_speaks_of_records(database: Database) {
    let (world, _) = county(&database).await;
    let (sold, other) = (world.fresh(FIRST, "9kg").await, world.fresh(FIRST, "9kg").await);
    let confirmed = world.receive(PROCESSOR, sold, "2kg").await.record.id();
    let disputed = world.receive(PROCESSOR, other, "3kg").await.record.id();
    world.append(FIRST, draft(Kind::Confirm, json!({"record": confirmed}))).await;
    world.append(FIRST, draft(Kind::Dispute, json!({"record": disputed, "reason": "wrong_weight"}))).await;
    let held = world.append(OFFICE, draft(Kind::Hold, json!({"reason": "suspicion"})).names(sold)).await;
    world.append(OFFICE, release(held.record.id())).await;
    let all = world.store().projections().await.unwrap();
    let rows = records(&all.rows);
    let about: BTreeSet<RecordId> = rows.iter().filter_map(|row| row.about).collect();
    assert!(about.len() > 2, "too few to tell");
    let store = world.store();
    for wanted in about.iter().map(|id| vec![*id]).chain([
        about.iter().copied().collect(),
        rows.iter().map(|row| row.id).collect(),
        Vec::new(),
    ]) {
        let mut expected: Vec<&RecordRow> =
            rows.iter().filter(|row| row.about.is_some_and(|id| wanted.contains(&id))).collect();
        expected.sort_by_key(|row| row.index);
        let found = store.answers(&wanted).await.unwrap();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected);
    }
    assert!(store.answers(&[RecordId::of(b"none")]).await.unwrap().is_empty());
}

/// Every key of every row, one by one and all at once; keys of nothing give nothing.
pub async fn rows_by_key(database: Database) {
    let (world, all) = county(&database).await;
    let store = world.store();
    let mut keys: BTreeSet<Key> = all.rows.iter().map(Row::key).collect();
    for edge in &all.edges {
        keys.extend([Key::Edges(edge.record), Key::Uses(edge.batch)]);
    }
    let absent = PartyId::from_random([99; 10]);
    let nothing = RecordId::of(b"nothing");
    keys.extend([Key::Party(absent), Key::Record(nothing), Key::Edges(nothing), Key::Grants(absent, FIRST)]);
    for row in &all.rows {
        if let Row::Grant(row) = row {
            keys.insert(Key::Grants(row.from, row.to));
        }
    }
    assert_eq!(keys.iter().filter(|key| matches!(key, Key::Grants(..))).count(), 2);
    for key in &keys {
        let (rows, edges) = store.load(&[*key].into()).await.unwrap();
        let expected: Vec<&Row> = all
            .rows
            .iter()
            .filter(|row| match (key, row) {
                (Key::Grants(from, to), Row::Grant(grant)) => (grant.from, grant.to) == (*from, *to),
                _ => row.key() == *key,
            })
            .collect();
        assert_eq!(rows.iter().collect::<Vec<_>>(), expected, "{key:?}");
        let fits = |edge: &&trace_core::state::EdgeRow| match key {
            Key::Edges(record) => edge.record == *record,
            Key::Uses(batch) => edge.batch == *batch,
            _ => false,
        };
        let mut edges = edges;
        edges.sort_by_key(|edge| (edge.record, edge.position));
        assert_eq!(edges.iter().collect::<Vec<_>>(), all.edges.iter().filter(fits).collect::<Vec<_>>(), "{key:?}");
    }
    let (rows, edges) = store.load(&keys).await.unwrap();
    let mut view = View::default();
    view.load(keys, rows, edges);
    assert_eq!(view.rows().cloned().collect::<Vec<_>>(), all.rows);
    assert_eq!(view.edges().cloned().collect::<Vec<_>>(), all.edges);
}

pub async fn private_parts_of_records(database: Database) {
    let (world, all) = county(&database).await;
    let store = world.store();
    let records = records(&all.rows);
    let ids: Vec<RecordId> = records.iter().map(|row| row.id).collect();
    let openings = store.openings(&ids, Group::Amounts).await.unwrap();
    assert!(openings.is_sorted_by(|a, b| a.record.to_string() < b.record.to_string()));
    for opening in &openings {
        let entry = store.entries_of(&[opening.record]).await.unwrap().pop().unwrap();
        let entry = trace_core::record::Entry::from_bytes(&entry.bytes).unwrap();
        let held = trace_core::record::sealed::Opening::new(opening.group, opening.salt.clone(), opening.value.clone());
        held.verify(&entry.record.uid, &entry.record.sealed[&Group::Amounts]).unwrap();
    }
    assert!(openings.len() > 20);
    assert!(store.openings(&ids, Group::Person).await.unwrap().is_empty());
    assert!(store.openings(&[], Group::Amounts).await.unwrap().is_empty());
    let findings = store.findings(&ids).await.unwrap();
    assert!(findings.is_sorted_by(|a, b| (a.record.to_string(), a.position) < (b.record.to_string(), b.position)));
    assert!(findings.iter().any(|row| row.finding.mark.rule == "unconfirmed"));
    // Entries by record come in the order of the log, those that exist.
    let mut some: Vec<RecordId> = ids.iter().rev().take(7).copied().collect();
    some.push(RecordId::of(b"nothing"));
    let entries = store.entries_of(&some).await.unwrap();
    assert_eq!(entries.len(), 7);
    assert!(entries.is_sorted_by(|a, b| a.index < b.index));
    let size = store.head().await.unwrap().frontier.size();
    for range in [3..5, size - 2..size + 50, size..size + 1, 4..4] {
        let expected: Vec<u64> = range.clone().filter(|index| *index < size).collect();
        let got = store.entries(range).await.unwrap();
        assert_eq!(got.iter().map(|row| row.index).collect::<Vec<_>>(), expected);
    }
}

pub async fn projections_are_replaced(database: Database) {
    let (world, all) = county(&database).await;
    let store = world.store();
    let size = store.head().await.unwrap().frontier.size();
    let rebuilt = world.ledger.rebuild().await.unwrap();
    assert!(rebuilt.unchanged, "the log gives other rows than the store has");
    assert_eq!((rebuilt.entries, rebuilt.rows), (size, all.rows.len() + all.edges.len()));
    assert_eq!(store.projections().await.unwrap(), all);
    // Not over a log that has grown meanwhile.
    let empty = Changes::default();
    assert!(!store.replace_projections(size - 1, &empty).await.unwrap());
    assert_eq!(store.projections().await.unwrap(), all);
    assert!(store.replace_projections(size, &empty).await.unwrap());
    assert_eq!(store.projections().await.unwrap(), empty);
    // And back from the log alone, lineage included.
    let rebuilt = world.ledger.rebuild().await.unwrap();
    assert!(!rebuilt.unchanged);
    assert_eq!(store.projections().await.unwrap(), all);
    let batch = batches(&all.rows).pop().unwrap();
    let trace = store.trace(batch.code, trace_server::store::Direction::Back).await.unwrap();
    assert!(!trace.records.is_empty());
}
