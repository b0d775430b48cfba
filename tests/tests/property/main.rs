//! Random histories of all kinds of records against a plain model in memory: single records and groups that name each
//! other, corrections of every kind that has amounts. After each step balances, holds, recalls and lineage are compared,
//! and whether the ledger took the record or group; at the end the log gives the same rows again.
//!
//! Each engine lives through histories until all of that was in one (`groups::Deed`), the last ones looking for what is
//! missing; `PROPTEST_CASES` asks for more of them.
//! The model (`model`) shares no rule with the core: it keeps the list of facts in force and adds them up anew for every
//! question.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic with a reason is how a test fails")]

mod acts;
mod codes;
mod compare;
mod groups;
mod model;
mod office;
mod revisions;

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::prelude::{Strategy as _, any};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use trace_core::record::Kind;
use trace_server::ledger::{Answer, AppendError, Item};
use trace_tests::drafting::Drafting as _;
use trace_tests::engines::{Database, Engine};
use trace_tests::household::{World, request};

use acts::Seeds;
use compare::same;
use groups::{Deed, Group, together};
use model::{Act, Model};
use office::Office;

/// Least histories for each engine and most acts in each.
const HISTORIES: u32 = 10;
const ACTS: usize = 70;

/// Histories that look for the deeds which those before them missed; one that these do not meet is out of reach.
const SEARCHES: u32 = 20;
/// Other numbers that such a history tries before each act.
const TRIES: u16 = 40;

fn live(engine: Engine) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { Config::default().cases } else { HISTORIES };
    let history = proptest::collection::vec(any::<Seeds>(), ACTS / 2..=ACTS).no_shrink();
    let all: RefCell<Lived> = RefCell::default();
    let missing = || -> BTreeSet<Deed> { &Deed::all() - &all.borrow().deeds };
    let run = |cases: u32, searches: bool| {
        let config = Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
        let result = TestRunner::new(config).run(&history, |seeds| {
            let wanted = if searches { with_what_they_need(missing()) } else { BTreeSet::new() };
            let lived = runtime.block_on(history_of(engine, &seeds, wanted)).map_err(TestCaseError::fail)?;
            let mut all = all.borrow_mut();
            all.taken += lived.taken;
            all.tried += lived.tried;
            all.deeds.extend(lived.deeds);
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
    let Lived { taken, tried, .. } = all.into_inner();
    assert!(taken * 8 > tried, "only {taken} of {tried} acts were taken");
    assert!(taken < tried, "nothing was ever refused");
}

/// What became of histories.
#[derive(Default)]
struct Lived {
    /// How many acts were sent, and how many of them were taken.
    tried: usize,
    taken: usize,
    deeds: BTreeSet<Deed>,
}

/// These deeds, and those without which a history cannot have them.
fn with_what_they_need(mut deeds: BTreeSet<Deed>) -> BTreeSet<Deed> {
    let needs: [(&[Kind], &[Kind]); 9] = [
        (&[Kind::ActivateCodes, Kind::VoidCodes, Kind::IssueCodes], &[Kind::BringIn, Kind::Pack, Kind::IssueCodes]),
        (&[Kind::Confirm, Kind::Dispute], &[Kind::BringIn, Kind::Receive]),
        (&[Kind::Return], &[Kind::BringIn, Kind::Ship]),
        (&[Kind::Harvest, Kind::Tend], &[Kind::BringIn, Kind::Plant]),
        (&[Kind::Plant, Kind::Pack, Kind::Receive, Kind::Process, Kind::Adjust, Kind::Ship], &[Kind::BringIn]),
        (&[Kind::LiftRecall], &[Kind::Recall]),
        (&[Kind::Release], &[Kind::Hold]),
        (&[Kind::EndGrant], &[Kind::Grant]),
        (&[Kind::EndKey], &[Kind::RegisterKey]),
    ];
    let corrected = deeds.iter().filter_map(|deed| match deed {
        Deed::Correct(kind) => Some(Deed::Kind(*kind)),
        _ => None,
    });
    deeds.extend(corrected.collect::<Vec<_>>());
    for (of, needed) in needs {
        if of.iter().any(|kind| deeds.contains(&Deed::Kind(*kind))) {
            deeds.extend(needed.iter().map(|kind| Deed::Kind(*kind)));
        }
    }
    deeds
}

/// Acts that do one of these, if numbers near these give some.
fn search(model: &Model, seeds: Seeds, wanted: &BTreeSet<Deed>) -> Option<Group> {
    if wanted.is_empty() {
        return None;
    }
    let near = (1..=TRIES).map(|turn| seeds.map(|seed| seed.wrapping_mul(2 * turn + 1).wrapping_add(turn * 1_009)));
    near.filter_map(|seeds| together(model, seeds)).find(|group| !group.deeds().is_disjoint(wanted))
}

async fn history_of(engine: Engine, seeds: &[Seeds], mut wanted: BTreeSet<Deed>) -> Result<Lived, String> {
    let database = Database::create(engine).await;
    let world = World::found(database.url()).await;
    let settled = world.store().projections().await.map_err(|error| error.to_string())?;
    let mut model = Model { office: Office::of(&settled), ..Model::default() };
    let mut lived = Lived::default();
    for (step, seeds) in seeds.iter().enumerate() {
        let Some(group) = search(&model, *seeds, &wanted).or_else(|| together(&model, *seeds)) else { continue };
        let mut said = format!("step {step}: {group}");
        if group.forbidden.is_some()
            && let Some(next) = together(&model, seeds.map(|seed| seed.wrapping_mul(7).wrapping_add(31)))
        {
            // Sent in the same breath, so that both mostly share a commit: what comes behind a refused group finds
            // nothing of it there.
            let (answer, behind) = tokio::join!(send(&world, &group), send(&world, &next));
            settle(&mut model, &mut lived, group, answer).map_err(|fault| format!("{said}: {fault}"))?;
            said = format!("{said}; behind it {next}");
            settle(&mut model, &mut lived, next, behind).map_err(|fault| format!("{said}: {fault}"))?;
        } else {
            let answer = send(&world, &group).await;
            settle(&mut model, &mut lived, group, answer).map_err(|fault| format!("{said}: {fault}"))?;
        }
        wanted = &wanted - &lived.deeds;
        // After a refusal, too: nothing of a group is left where one of its records is refused.
        let rows = world.store().projections().await.map_err(|error| error.to_string())?;
        model.compare(&rows).map_err(|difference| format!("after {said}: {difference}"))?;
    }
    let rebuilt = world.ledger.rebuild().await.map_err(|error| error.to_string())?;
    if !rebuilt.unchanged {
        return Err("the log gives other rows than the history left".to_owned());
    }
    Ok(lived)
}

/// Holds the ledger's answer against the model's, and keeps what was taken.
fn settle(
    model: &mut Model,
    lived: &mut Lived,
    group: Group,
    answer: Result<Answer, AppendError>,
) -> Result<(), String> {
    let drafts = || group.acts.iter().map(|act| format!("{:?}", act.draft)).collect::<Vec<_>>().join("\n");
    lived.tried += group.acts.len();
    let deeds = group.deeds();
    match (answer, group.forbidden) {
        (Ok(_), Some(at)) => return Err(format!("taken, but the model forbids act {at}: {}", drafts())),
        (Ok(answer), None) => {
            same("answer", "a group", &answer.records.len(), &group.acts.len())?;
            lived.taken += group.acts.len();
            for (act, one) in group.acts.into_iter().zip(answer.records) {
                let codes: Vec<_> = one.record.outputs.iter().map(|output| output.batch).collect();
                model.take(act, one.record.id(), &codes);
            }
        }
        (Err(AppendError::Refused(refusal)), None) => {
            return Err(format!("refused, but the model allows it: {refusal}; {}", drafts()));
        }
        (Err(AppendError::Refused(_)), Some(_)) => {}
        (Err(error), _) => return Err(format!("it failed: {error}")),
    }
    lived.deeds.extend(deeds);
    Ok(())
}

async fn send(world: &World, group: &Group) -> Result<Answer, AppendError> {
    let item = |act: &Act| {
        let draft = Box::new(act.draft.clone().numbered(world.uid()));
        Item::Draft { draft, rules_table: act.rules_table.clone() }
    };
    world.ledger.append(request(group.acts[0].submitter, group.acts.iter().map(item).collect())).await
}

#[test]
fn histories_on_sqlite() {
    live(Engine::Sqlite);
}

#[test]
fn histories_on_postgres() {
    live(Engine::Postgres);
}
