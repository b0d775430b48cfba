//! Random histories of all kinds of records against a plain model in memory. After each step balances, holds, recalls
//! and lineage are compared, and whether the ledger took the record; at the end the log gives the same rows again.
//!
//! Each engine lives through histories until records of every kind were taken, the last ones looking for what is missing; `PROPTEST_CASES` asks for more of them.
//! The model (`model`) shares no rule with the core: it keeps the list of facts in force and adds them up anew for every
//! question.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod acts;
mod codes;
mod compare;
mod model;
mod office;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::{Strategy as _, any};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use trace_core::record::Kind;
use trace_server::ledger::{Answer, AppendError, Item};
use trace_tests::drafting::Drafting as _;
use trace_tests::engines::{Database, Engine};
use trace_tests::household::{World, request};

use acts::{Seeds, choose};
use model::{Act, Model};
use office::Office;

/// Least histories for each engine and most acts in each.
const HISTORIES: u32 = 10;
const ACTS: usize = 70;

/// Histories that look for the kinds which those before them missed; a kind that these do not meet is out of reach.
const SEARCHES: u32 = 20;
/// Other numbers that such a history tries before each act.
const TRIES: u16 = 40;

fn live(engine: Engine) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { Config::default().cases } else { HISTORIES };
    let history = proptest::collection::vec(any::<Seeds>(), ACTS / 2..=ACTS).no_shrink();
    let taken: RefCell<BTreeMap<Kind, usize>> = RefCell::default();
    let tried = std::cell::Cell::new(0);
    // The founding stands before every history.
    let missing = || -> BTreeSet<Kind> {
        let taken = taken.borrow();
        Kind::ALL.iter().copied().filter(|kind| *kind != Kind::Found && !taken.contains_key(kind)).collect()
    };
    let run = |cases: u32, searches: bool| {
        let config = Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
        let result = TestRunner::new(config).run(&history, |seeds| {
            let wanted = if searches { with_what_they_need(missing()) } else { BTreeSet::new() };
            let (took, of) = runtime.block_on(history_of(engine, &seeds, wanted)).map_err(TestCaseError::fail)?;
            for kind in took {
                *taken.borrow_mut().entry(kind).or_default() += 1;
            }
            tried.set(tried.get() + of);
            Ok(())
        });
        if let Err(error) = result {
            panic!("{engine}: {error}");
        }
    };
    run(cases, false);
    for _ in 0..SEARCHES {
        if !missing().is_empty() {
            run(1, true);
        }
    }
    assert!(missing().is_empty(), "histories without {:?}", missing());
    // A history of refusals alone would prove nothing, nor one that never meets a limit.
    let (taken, tried) = (taken.into_inner(), tried.get());
    let all: usize = taken.values().sum();
    assert!(all * 8 > tried, "only {all} of {tried} acts were taken");
    assert!(all < tried, "nothing was ever refused");
}

/// These kinds, and those without which a history cannot have them.
fn with_what_they_need(mut kinds: BTreeSet<Kind>) -> BTreeSet<Kind> {
    let needs: [(&[Kind], &[Kind]); 8] = [
        (&[Kind::ActivateCodes, Kind::VoidCodes, Kind::IssueCodes], &[Kind::BringIn, Kind::Pack, Kind::IssueCodes]),
        (&[Kind::Confirm, Kind::Dispute], &[Kind::BringIn, Kind::Receive]),
        (&[Kind::Return], &[Kind::BringIn, Kind::Ship]),
        (&[Kind::Harvest, Kind::Tend], &[Kind::BringIn, Kind::Plant]),
        (&[Kind::LiftRecall], &[Kind::Recall]),
        (&[Kind::Release], &[Kind::Hold]),
        (&[Kind::EndGrant], &[Kind::Grant]),
        (&[Kind::EndKey], &[Kind::RegisterKey]),
    ];
    for (of, needed) in needs {
        if of.iter().any(|kind| kinds.contains(kind)) {
            kinds.extend(needed);
        }
    }
    kinds
}

/// An act of one of these kinds that the model allows, if numbers near these give one.
fn search(model: &Model, seeds: Seeds, wanted: &BTreeSet<Kind>) -> Option<Act> {
    let fits = |act: &Act| wanted.contains(&act.draft.kind) && model.allows(act);
    let near = (1..=TRIES).map(|turn| seeds.map(|seed| seed.wrapping_mul(2 * turn + 1).wrapping_add(turn * 1_009)));
    near.filter_map(|seeds| choose(model, seeds)).find(fits)
}

async fn history_of(engine: Engine, seeds: &[Seeds], mut wanted: BTreeSet<Kind>) -> Result<(Vec<Kind>, usize), String> {
    let database = Database::create(engine).await;
    let world = World::found(database.url()).await;
    let settled = world.store().projections().await.map_err(|error| error.to_string())?;
    let mut model = Model { office: Office::of(&settled), ..Model::default() };
    let mut taken = Vec::new();
    for (step, seeds) in seeds.iter().enumerate() {
        let Some(act) = search(&model, *seeds, &wanted).or_else(|| choose(&model, *seeds)) else { continue };
        let said = format!("step {step}: {:?} by {:?}", act.draft.kind, act.fact.party);
        let expected = model.allows(&act);
        match send(&world, &act).await {
            Ok(mut answer) => {
                if !expected {
                    return Err(format!("{said} was taken, but the model forbids it: {:?}", act.draft));
                }
                let one = answer.records.pop().ok_or("no record")?;
                let codes: Vec<_> = one.record.outputs.iter().map(|output| output.batch).collect();
                model.take(act, one.record.id(), &codes);
                wanted.remove(&one.record.kind());
                taken.push(one.record.kind());
            }
            Err(AppendError::Refused(refusal)) => {
                if expected {
                    return Err(format!("{said} was refused, but the model allows it: {refusal}; {:?}", act.draft));
                }
            }
            Err(error) => return Err(format!("{said} failed: {error}")),
        }
        let rows = world.store().projections().await.map_err(|error| error.to_string())?;
        model.compare(&rows).map_err(|difference| format!("after {said}: {difference}"))?;
    }
    let rebuilt = world.ledger.rebuild().await.map_err(|error| error.to_string())?;
    if !rebuilt.unchanged {
        return Err("the log gives other rows than the history left".to_owned());
    }
    Ok((taken, seeds.len()))
}

async fn send(world: &World, act: &Act) -> Result<Answer, AppendError> {
    let draft = Box::new(act.draft.clone().numbered(world.uid()));
    let item = Item::Draft { draft, rules_table: act.rules_table.clone() };
    world.ledger.append(request(act.submitter, vec![item])).await
}

#[test]
fn histories_on_sqlite() {
    live(Engine::Sqlite);
}

#[test]
fn histories_on_postgres() {
    live(Engine::Postgres);
}
