//! Several acts as one request: they stand or fall together, and later ones name what earlier ones make.
//!
//! A group is chosen on a copy of the model that has taken its earlier acts under names made up for the purpose; those
//! names are then replaced by references (`#0`, `#0/1`). What can only be named by its real name, such as the version
//! that a correction replaces, is not used within a group.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
use trace_core::record::Kind;
use trace_core::tianma::Product;
use trace_tests::household::OFFICE;

use crate::acts::{Seeds, choose};
use crate::model::{Act, Model};
use crate::revisions::CORRECTED;

/// Most acts of a group.
const ACTS_MAX: u16 = 4;
/// What one party may type for another within a group.
const TYPED: [Kind; 10] = [
    Kind::BringIn,
    Kind::Produce,
    Kind::Plant,
    Kind::Harvest,
    Kind::Receive,
    Kind::Process,
    Kind::Adjust,
    Kind::Ship,
    Kind::Pack,
    Kind::Return,
];
/// How many numbers are tried for an act that names something of its own group.
const TRIES: u16 = 24;

/// Acts that are sent together; often one alone.
#[derive(Clone, Debug)]
pub struct Group {
    pub acts: Vec<Act>,
    /// How many references there are between them.
    references: usize,
    /// The first act that the model forbids; what stands before it would be taken without it.
    pub forbidden: Option<usize>,
}

/// What every run of the test must contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// A record of this kind was taken.
    Kind(Kind),
    /// A correction of one was taken.
    Correct(Kind),
    /// A group was taken in which a record names what an earlier one made.
    Refer,
    /// A group was refused for a record behind others that would have been taken without it.
    Refuse,
}

impl Deed {
    /// All of them; the founding stands before every history.
    pub fn all() -> BTreeSet<Self> {
        let kinds = Kind::ALL.iter().filter(|kind| **kind != Kind::Found).map(|kind| Self::Kind(*kind));
        kinds.chain(CORRECTED.map(Self::Correct)).chain([Self::Refer, Self::Refuse]).collect()
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let acts: Vec<_> =
            self.acts.iter().map(|act| format!("{:?} by {:?}", act.draft.kind, act.fact.party)).collect();
        f.write_str(&acts.join(", then "))
    }
}

impl Group {
    /// What is done when the ledger does with the group what the model says.
    pub fn deeds(&self) -> BTreeSet<Deed> {
        match self.forbidden {
            Some(0) => BTreeSet::new(),
            Some(_) => [Deed::Refuse].into(),
            None => {
                let corrected = self.acts.iter().filter(|act| act.draft.kind == Kind::Correct);
                let corrected = corrected.map(|act| Deed::Correct(act.fact.kind));
                let kinds = self.acts.iter().map(|act| Deed::Kind(act.draft.kind));
                kinds.chain(corrected).chain((self.references > 0).then_some(Deed::Refer)).collect()
            }
        }
    }
}

/// What these numbers mean in this state, if they mean anything: one act, or a group.
pub fn together(model: &Model, s: Seeds) -> Option<Group> {
    if (s[0] / 32).is_multiple_of(4)
        && let Some(group) = group(model, s)
    {
        return Some(group);
    }
    let act = choose(model, s)?;
    let forbidden = (!model.allows(&act)).then_some(0);
    Some(Group { acts: vec![act], references: 0, forbidden })
}

fn group(model: &Model, s: Seeds) -> Option<Group> {
    let mut after = model.clone();
    let mut names = Names::default();
    let mut group = Group { acts: Vec::new(), references: 0, forbidden: None };
    // Half of the groups are the office's, which types for everybody.
    let mut sender = s[1].is_multiple_of(2).then_some(OFFICE);
    let size = 2 + s[3] / 3 % (ACTS_MAX - 1);
    for position in 0..size {
        let numbers =
            |turn: u16| s.map(|seed| seed.wrapping_mul(2 * turn + 1).wrapping_add(turn * 1_009 + position * 37));
        let found = (0..TRIES).filter_map(|turn| {
            let act = choose(&after, numbers(turn))?;
            let by = sender.unwrap_or(act.submitter);
            names.refer(typed_by(act, by)?)
        });
        // An act that names nothing of the group is taken if none does, and now and then anyway.
        let mut found: Vec<(Act, usize)> = found.collect();
        let any = position == 0 || s[4] % 5 == position;
        let at = if any { 0 } else { found.iter().position(|(_, references)| *references > 0).unwrap_or(0) };
        if at >= found.len() {
            break;
        }
        let (act, references) = found.swap_remove(at);
        sender = Some(act.submitter);
        group.references += references;
        if group.forbidden.is_none() {
            if after.allows(&act) {
                let (id, codes) = names.made_up(&after, &act);
                after.take(act.clone(), id, &codes);
            } else {
                group.forbidden = Some(group.acts.len());
            }
        }
        group.acts.push(act);
    }
    (group.acts.len() > 1).then_some(group)
}

/// All records of a group are sent by one party, which types those of others.
fn typed_by(mut act: Act, sender: PartyId) -> Option<Act> {
    if act.submitter != sender {
        if act.draft.kind != act.fact.kind || !TYPED.contains(&act.fact.kind) {
            return None;
        }
        act.draft.actor = (act.fact.party != sender).then_some(act.fact.party);
        act.submitter = sender;
    }
    Some(act)
}

/// Names of what the group makes, until it is made.
#[derive(Default)]
struct Names {
    records: BTreeMap<String, String>,
    batches: BTreeMap<String, String>,
    count: u8,
}

impl Names {
    /// The act with references in the place of made-up names, and how many; nothing where a reference cannot stand.
    fn refer(&self, mut act: Act) -> Option<(Act, usize)> {
        let mut references = 0;
        for input in &mut act.draft.inputs {
            if let Some(reference) = self.batches.get(&input.batch) {
                input.batch.clone_from(reference);
                references += 1;
            }
        }
        self.refer_within(&mut act.draft.details, &mut references);
        let supersedes = act.draft.supersedes.is_some_and(|id| self.records.contains_key(&id.to_string()));
        let mut kept = act.draft.outputs.iter().filter_map(|output| output.batch.as_ref());
        (!supersedes && !kept.any(|batch| self.batches.contains_key(batch))).then_some((act, references))
    }

    fn refer_within(&self, value: &mut Value, references: &mut usize) {
        match value {
            Value::String(text) => {
                if let Some(reference) = self.records.get(text) {
                    text.clone_from(reference);
                    *references += 1;
                }
            }
            Value::Object(fields) => fields.values_mut().for_each(|field| self.refer_within(field, references)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.refer_within(item, references)),
            _ => {}
        }
    }

    /// Names for the record of an act and for what it makes.
    fn made_up(&mut self, model: &Model, act: &Act) -> (RecordId, Vec<BatchCode>) {
        let record = self.count;
        self.count += 1;
        let id = RecordId::of(format!("record {record} of a group").as_bytes());
        self.records.insert(id.to_string(), format!("#{record}"));
        let mut codes = Vec::new();
        for (output, (product, _)) in (0_u8..).zip(&act.makes) {
            let stage = stage(model, act, usize::from(output), *product);
            // The last byte tells these from one another; a real code is one of these once in four billion.
            let code = BatchCode::new(stage, act.draft.occurred_at.date(), [0xff, 0xff, record, output]).unwrap();
            // Both spellings mean the first output.
            let reference = match output {
                0 if record.is_multiple_of(2) => format!("#{record}"),
                _ => format!("#{record}/{output}"),
            };
            self.batches.insert(code.to_string(), reference);
            codes.push(code);
        }
        (id, codes)
    }
}

/// The stage at which the ledger will put an output.
fn stage(model: &Model, act: &Act, output: usize, product: Product) -> Stage {
    let from = act.fact.inputs.first().map(|(batch, _)| model.batches[*batch].code.stage());
    match (act.draft.outputs[output].stage, act.fact.kind, product) {
        (Some(stage), ..) => stage,
        (None, Kind::Receive | Kind::Return, _) => from.unwrap_or(Stage::Harvest),
        (None, Kind::Pack, _) => Stage::Sale,
        (None, Kind::Plant, _) => Stage::Planting,
        (None, _, Product::SeedTuber) => Stage::Seed,
        (None, ..) => Stage::Processing,
    }
}
