//! Acts made of random numbers: a draft for the ledger, and the fact that the model keeps of it.
//!
//! Most acts are sensible and some are not, as chance has it: amounts are small enough to meet the bottom of a batch.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use trace_core::id::{PartyId, RecordId, SiteId, Stage};
use trace_core::prepare::Draft;
use trace_core::record::Kind;
use trace_core::tianma::{PersonalField, Product};
use trace_tests::drafting::{DAY, Drafting as _, PLANTED, draft};
use trace_tests::household::{
    COOP, FIRST, FIRST_PLOT, LABORATORY, NURSERY, OFFICE, PROCESSOR, RIVAL, SECOND, SECOND_PLOT,
};

use crate::codes::with_codes;
use crate::model::{Act, Effect, Fact, Model, Use};
use crate::office::office;
use crate::revisions::{correct, void};

/// Random numbers for one act.
pub type Seeds = [u16; 5];

/// Milligrams in a kilogram.
pub const KG: i64 = 1_000_000;

pub fn pick<T: Copy>(of: &[T], seed: u16) -> Option<T> {
    if of.is_empty() { None } else { Some(of[usize::from(seed) % of.len()]) }
}

pub fn fact(kind: Kind, party: PartyId, usage: Use) -> Fact {
    Fact {
        id: RecordId::of(b""),
        kind,
        party,
        live: true,
        usage,
        inputs: Vec::new(),
        outputs: Vec::new(),
        ship: None,
        root: 0,
        more: false,
        counted: false,
        last: false,
        early: false,
        held: false,
        freezes: BTreeSet::new(),
        recalls: BTreeSet::new(),
        lifted: false,
        unconfirmed: false,
        disputed: false,
        other: None,
        codes: None,
        about: None,
    }
}

pub fn act(draft: Draft, fact: Fact) -> Act {
    Act { submitter: fact.party, draft, fact, makes: Vec::new(), effect: Effect::Nothing, rules_table: None }
}

/// A place for a batch that does not have its number yet.
pub fn making(mut act: Act, product: Product, site: Option<SiteId>, amount: i64) -> Act {
    act.fact.outputs.push((usize::MAX, amount));
    act.makes.push((product, site));
    act
}

/// The act that these numbers mean in this state, if they mean one. Some are typed by somebody else.
pub fn choose(model: &Model, s: Seeds) -> Option<Act> {
    let mut act = plain(model, s)?;
    let typable =
        matches!(act.fact.kind, Kind::BringIn | Kind::Plant | Kind::Harvest | Kind::Adjust | Kind::Ship | Kind::Pack);
    let clerk = [COOP, OFFICE, RIVAL, PROCESSOR][usize::from(s[1] / 7 % 4)];
    if typable && (s[2] / 11).is_multiple_of(6) && clerk != act.fact.party {
        (act.submitter, act.draft.actor) = (clerk, Some(act.fact.party));
    }
    Some(act)
}

fn plain(model: &Model, s: Seeds) -> Option<Act> {
    let small = i64::from(s[3] % 7) + 1;
    let all: Vec<usize> = (0..model.batches.len()).collect();
    let goods: Vec<usize> = all.iter().copied().filter(|b| model.batches[*b].product != Product::Planting).collect();
    match s[0] % 32 {
        0..=2 => Some(bring(s, small)),
        3 | 4 => plant(model, s),
        5 | 6 => harvest(model, s, small),
        7..=9 => receive(model, &of(model, &goods, &[Product::FreshTianma, Product::DriedTianma]), s, small),
        10 | 11 => pool(model, s, small),
        12 => dry(model, s, small),
        13 | 14 => adjust(model, &goods, s, small),
        15 => ship(model, &goods, s, small),
        16 => pack(model, s, small),
        17 | 28 => with_codes(model, s),
        18 => speak(model, &all, s),
        19 => give_back(model, &of(model, &all, &[Product::DriedTianma, Product::FreshTianma]), s, small),
        20 => about(model, s),
        21..=23 => correct(model, s, small),
        24 | 25 => office(model, s),
        26 => produce(model, s, small),
        27 => split(model, s, small),
        29 | 30 => void(model, s),
        _ if s[4].is_multiple_of(2) => erase(s),
        _ => consent(s),
    }
}

fn of(model: &Model, all: &[usize], products: &[Product]) -> Vec<usize> {
    all.iter().copied().filter(|b| products.contains(&model.batches[*b].product)).collect()
}

pub fn kg(n: i64) -> String {
    format!("{n}kg")
}

fn stage(product: Product) -> Stage {
    match product {
        Product::FreshTianma => Stage::Harvest,
        Product::SeedTuber => Stage::Seed,
        _ => Stage::Processing,
    }
}

fn bring(s: Seeds, small: i64) -> Act {
    let products = [Product::FreshTianma, Product::FreshTianma, Product::DriedTianma, Product::SeedTuber];
    let product = products[usize::from(s[1] % 4)];
    let party = [FIRST, SECOND, PROCESSOR, RIVAL][usize::from(s[2] % 4)];
    let sheet = draft(Kind::BringIn, json!({"origin": "before_system"}));
    let mut fact = fact(Kind::BringIn, party, Use::Draws);
    fact.early = product == Product::SeedTuber;
    let sheet = sheet.makes_at(stage(product), product, &kg(small * 3)).on(day(&fact));
    making(act(sheet, fact), product, None, small * 3 * KG)
}

pub fn day(fact: &Fact) -> &'static str {
    if fact.early { PLANTED } else { DAY }
}

fn plant(model: &Model, s: Seeds) -> Option<Act> {
    let seed = pick(&of(model, &(0..model.batches.len()).collect::<Vec<_>>(), &[Product::SeedTuber]), s[1])?;
    // Mostly one's own seed goes into one's own plot.
    let growers = [(FIRST, FIRST_PLOT), (SECOND, SECOND_PLOT)];
    let owns = growers.into_iter().find(|(party, _)| *party == model.batches[seed].owner && !s[2].is_multiple_of(4));
    let (party, site) = owns.unwrap_or(growers[usize::from(s[2] % 2)]);
    let square_metres = i64::from(s[3] % 900) + 200;
    let sheet = draft(Kind::Plant, json!({"method": "hole", "form": "wutianma"})).at(site);
    let sheet =
        sheet.takes(model.batches[seed].code, "1kg").makes(Product::Planting, &format!("{square_metres}平方米"));
    let mut fact = fact(Kind::Plant, party, Use::Draws);
    fact.inputs.push((seed, KG));
    fact.early = model.is_early(seed);
    let sheet = sheet.on(day(&fact));
    Some(making(act(sheet, fact), Product::Planting, Some(site), square_metres * 10_000))
}

fn harvest(model: &Model, s: Seeds, small: i64) -> Option<Act> {
    let plantings = of(model, &(0..model.batches.len()).collect::<Vec<_>>(), &[Product::Planting]);
    let planting = pick(&plantings, s[1])?;
    let last = s[4].is_multiple_of(5);
    let sheet = draft(Kind::Harvest, json!({"season": "dongma", "final": last})).names(model.batches[planting].code);
    let mut sheet = sheet.makes_at(Stage::Harvest, Product::FreshTianma, &kg(small));
    let mut fact = fact(Kind::Harvest, model.batches[planting].owner, Use::Descends);
    fact.inputs.push((planting, 0));
    fact.last = last;
    // What was planted on the same day is dug too soon.
    fact.held = !model.is_early(planting);
    let keeps_seed = s[4] % 5 < 2;
    if keeps_seed {
        sheet = sheet.makes_at(Stage::Seed, Product::SeedTuber, "1kg");
    }
    let act = making(act(sheet, fact), Product::FreshTianma, None, small * KG);
    Some(if keeps_seed { making(act, Product::SeedTuber, None, KG) } else { act })
}

fn receive(model: &Model, goods: &[usize], s: Seeds, small: i64) -> Option<Act> {
    let mut batch = pick(goods, s[1])?;
    let mut buyer = [PROCESSOR, RIVAL, FIRST, SECOND][usize::from(s[2] % 4)];
    // Half of the receipts name a shipment, any version of it, whether it stands or not.
    let ships: Vec<usize> = (0..model.facts.len()).filter(|i| model.facts[*i].kind == Kind::Ship).collect();
    let ship = if s[4].is_multiple_of(2) { pick(&ships, s[4] / 2) } else { None };
    let mut details = json!({"condition": "good"});
    let mut fact = fact(Kind::Receive, buyer, Use::Draws);
    if let Some(ship) = ship {
        details["ship"] = json!(model.facts[ship].id);
        batch = model.facts[ship].inputs[0].0;
        if !goods.contains(&batch) {
            return None;
        }
        buyer = if s[2] % 8 == 7 { buyer } else { model.facts[ship].other? };
        fact.party = buyer;
        fact.ship = Some(model.facts[ship].root);
    }
    fact.other = Some(model.batches[batch].owner);
    fact.inputs.push((batch, small * KG));
    let sheet = draft(Kind::Receive, details).takes(model.batches[batch].code, &kg(small)).keeps(&kg(small));
    Some(making(act(sheet, fact), model.batches[batch].product, None, small * KG))
}

fn pool(model: &Model, s: Seeds, small: i64) -> Option<Act> {
    let all: Vec<usize> = (0..model.batches.len()).collect();
    let product = [Product::FreshTianma, Product::DriedTianma][usize::from(s[1] % 2)];
    let kind = of(model, &all, &[product]);
    let first = pick(&kind, s[2])?;
    let owner = model.batches[first].owner;
    let unsold = |b: &usize| model.batches[*b].code.stage() != Stage::Sale && model.batches[*b].owner == owner;
    let mut inputs: Vec<usize> = kind.into_iter().filter(unsold).collect();
    let turn = usize::from(s[4]) % inputs.len().max(1);
    inputs.rotate_left(turn);
    inputs.truncate(1 + usize::from(s[4] % 3));
    if inputs.is_empty() {
        return None;
    }
    let mut fact = fact(Kind::Process, owner, Use::Draws);
    let mut sheet = draft(Kind::Process, json!({"method": "pool"}));
    for batch in &inputs {
        sheet = sheet.takes(model.batches[*batch].code, &kg(small));
        fact.inputs.push((*batch, small * KG));
    }
    let total = small * i64::try_from(inputs.len()).ok()?;
    Some(making(act(sheet.makes_at(Stage::Processing, product, &kg(total)), fact), product, None, total * KG))
}

fn dry(model: &Model, s: Seeds, small: i64) -> Option<Act> {
    let fresh = of(model, &(0..model.batches.len()).collect::<Vec<_>>(), &[Product::FreshTianma]);
    let batch = pick(&fresh, s[1])?;
    // 0.30 is usual, 0.40 is held by the first rules table.
    let much = s[4].is_multiple_of(3);
    let grams = small * if much { 400 } else { 300 };
    let held = much && model.office.hold_above < 4_000;
    let mut fact = fact(Kind::Process, model.batches[batch].owner, Use::Draws);
    fact.inputs.push((batch, small * KG));
    fact.held = held;
    let sheet = draft(Kind::Process, json!({"method": "dry"})).takes(model.batches[batch].code, &kg(small));
    let sheet = sheet.makes(Product::DriedTianma, &format!("{grams}g"));
    Some(making(act(sheet, fact), Product::DriedTianma, None, grams * 1000))
}

/// Seed out of seed; some of it does not pass.
fn produce(model: &Model, s: Seeds, small: i64) -> Option<Act> {
    let seed = pick(&of(model, &(0..model.batches.len()).collect::<Vec<_>>(), &[Product::SeedTuber]), s[1]);
    let grower = seed.map_or(NURSERY, |seed| model.batches[seed].owner);
    let passed = !s[4].is_multiple_of(3);
    let mut fact = fact(Kind::Produce, grower, Use::Draws);
    fact.held = !passed;
    let mut sheet = draft(Kind::Produce, json!({"generation": "g1", "passed": passed}));
    // The nursery's first lot comes of nothing that the ledger knows; so may any later one.
    if let Some(seed) = seed.filter(|_| !s[2].is_multiple_of(3)) {
        sheet = sheet.takes(model.batches[seed].code, "1kg");
        fact.inputs.push((seed, KG));
    } else {
        fact.party = NURSERY;
    }
    let may = [FIRST, SECOND, NURSERY].contains(&fact.party);
    may.then(|| making(act(sheet.makes(Product::SeedTuber, &kg(small)), fact), Product::SeedTuber, None, small * KG))
}

/// One batch in two.
fn split(model: &Model, s: Seeds, small: i64) -> Option<Act> {
    let product = [Product::FreshTianma, Product::DriedTianma][usize::from(s[1] % 2)];
    let all: Vec<usize> = (0..model.batches.len()).collect();
    let unsold: Vec<usize> =
        of(model, &all, &[product]).into_iter().filter(|b| model.batches[*b].code.stage() != Stage::Sale).collect();
    let batch = pick(&unsold, s[2])?;
    let mut fact = fact(Kind::Process, model.batches[batch].owner, Use::Draws);
    fact.inputs.push((batch, small * 2 * KG));
    let sheet = draft(Kind::Process, json!({"method": "split"})).takes(model.batches[batch].code, &kg(small * 2));
    let sheet = sheet.makes_at(Stage::Processing, product, &kg(small)).makes_at(Stage::Processing, product, &kg(small));
    Some(making(making(act(sheet, fact), product, None, small * KG), product, None, small * KG))
}

fn adjust(model: &Model, goods: &[usize], s: Seeds, small: i64) -> Option<Act> {
    let batch = pick(goods, s[1])?;
    let more = s[2].is_multiple_of(3);
    let details = json!({"reason": "stock_take", "direction": if more { "more" } else { "less" }});
    let mut fact = fact(Kind::Adjust, model.batches[batch].owner, Use::Draws);
    fact.inputs.push((batch, small * KG));
    (fact.more, fact.held) = (more, more);
    Some(act(draft(Kind::Adjust, details).takes(model.batches[batch].code, &kg(small)), fact))
}

fn ship(model: &Model, goods: &[usize], s: Seeds, small: i64) -> Option<Act> {
    let batch = pick(goods, s[1])?;
    let party = model.batches[batch].owner;
    let others: Vec<PartyId> = [FIRST, SECOND, PROCESSOR, RIVAL].into_iter().filter(|other| *other != party).collect();
    let to = pick(&others, s[2])?;
    let sheet = draft(Kind::Ship, json!({"consignee": {"party": to}})).takes(model.batches[batch].code, &kg(small));
    let mut fact = fact(Kind::Ship, party, Use::Draws);
    fact.inputs.push((batch, small * KG));
    fact.other = Some(to);
    Some(act(sheet, fact))
}

fn pack(model: &Model, s: Seeds, small: i64) -> Option<Act> {
    let dried = of(model, &(0..model.batches.len()).collect::<Vec<_>>(), &[Product::DriedTianma]);
    let batch = pick(&dried, s[1])?;
    let details = json!({"product": "dried_tianma", "net_content": {"unit": "mg", "value": 250_000}});
    let sheet =
        draft(Kind::Pack, details).takes(model.batches[batch].code, &kg(small)).makes(Product::DriedTianma, &kg(small));
    let mut fact = fact(Kind::Pack, model.batches[batch].owner, Use::Draws);
    fact.inputs.push((batch, small * KG));
    Some(making(act(sheet, fact), Product::DriedTianma, None, small * KG))
}

/// Records that only speak of a batch.
fn speak(model: &Model, all: &[usize], s: Seeds) -> Option<Act> {
    let batch = pick(all, s[1])?;
    let owner = model.batches[batch].owner;
    let inspected = |verdict: &str| json!({"standard": "other", "results": [{"item": "water", "mg_per_kg": 9}], "verdict": verdict});
    let (kind, party, details): (Kind, PartyId, Value) = match s[2] % 6 {
        0 => (Kind::Hold, OFFICE, json!({"reason": "suspicion"})),
        1 => (Kind::Recall, OFFICE, json!({"reason": "mould", "scope": "with_descendants", "stage": "trade"})),
        2 => (Kind::Recall, OFFICE, json!({"reason": "mould", "scope": "these_only", "stage": "trade"})),
        3 => (Kind::Inspect, LABORATORY, inspected(if s[4].is_multiple_of(2) { "pass" } else { "fail" })),
        _ if model.batches[batch].product == Product::Planting => (Kind::Tend, owner, json!({"operation": "weed"})),
        _ if model.batches[batch].product == Product::SeedTuber => return None,
        _ => (Kind::Certify, owner, json!({"basis": "own_test", "wording_version": 1})),
    };
    let mut fact = fact(kind, party, Use::Speaks);
    fact.inputs.push((batch, 0));
    fact.held = kind == Kind::Hold || (kind == Kind::Inspect && s[4] % 2 == 1);
    let mut act = act(draft(kind, details).names(model.batches[batch].code), fact);
    if kind == Kind::Recall {
        act.effect = Effect::Recall { descendants: s[2] % 6 == 1 };
    }
    Some(act)
}

fn give_back(model: &Model, goods: &[usize], s: Seeds, small: i64) -> Option<Act> {
    let mut batch = pick(goods, s[1])?;
    // Most name a shipment that stands, some any version of one; some another batch beside it. Half bring back little, so
    // that it is there.
    let stale = s[4].is_multiple_of(5);
    let names = |i: &usize| model.facts[*i].kind == Kind::Ship && (stale || model.facts[*i].live);
    let ships: Vec<usize> = (0..model.facts.len()).filter(names).collect();
    let ship = &model.facts[pick(&ships, s[1])?];
    let small = if (s[2] / 4).is_multiple_of(2) { 1 } else { small };
    if !s[4].is_multiple_of(4) && goods.contains(&ship.inputs[0].0) {
        batch = ship.inputs[0].0;
    }
    let sides = [Some(ship.party), ship.other, Some(ship.party), Some(RIVAL)];
    let mut fact = fact(Kind::Return, sides[usize::from(s[2] % 4)].unwrap_or(FIRST), Use::Descends);
    fact.inputs.push((batch, 0));
    fact.held = true;
    fact.ship = Some(ship.root);
    let details = json!({"reason": "unsold", "ship": ship.id});
    let sheet = draft(Kind::Return, details).names(model.batches[batch].code).keeps(&kg(small));
    Some(making(act(sheet, fact), model.batches[batch].product, None, small * KG))
}

/// Records about records: release, lift, confirm, dispute.
fn about(model: &Model, s: Seeds) -> Option<Act> {
    let all =
        |fits: &dyn Fn(&Fact) -> bool| (0..model.facts.len()).filter(|i| fits(&model.facts[*i])).collect::<Vec<_>>();
    let receipts = all(&|f| f.kind == Kind::Receive);
    let (kind, of, effect): (Kind, usize, fn(usize) -> Effect) = match s[2] % 6 {
        0..=2 => (Kind::Release, pick(&all(&|f| f.held), s[1])?, Effect::Release),
        3 => (Kind::LiftRecall, pick(&all(&|f| f.kind == Kind::Recall), s[1])?, Effect::Lift),
        4 => (Kind::Confirm, pick(&receipts, s[1])?, Effect::Confirm),
        _ => (Kind::Dispute, pick(&receipts, s[1])?, Effect::Dispute),
    };
    let id = model.facts[of].id;
    let (party, details) = match kind {
        Kind::Release => (OFFICE, json!({"record": id, "reason": "checked"})),
        Kind::LiftRecall => (OFFICE, json!({"recall": id, "reason": "checked"})),
        Kind::Confirm => (model.facts[of].other?, json!({"record": id})),
        _ => (
            if s[4].is_multiple_of(4) { model.facts[of].party } else { model.facts[of].other? },
            json!({"record": id, "reason": "other"}),
        ),
    };
    let mut act = act(draft(kind, details), fact(kind, party, Use::Speaks));
    act.effect = effect(of);
    Some(act)
}

/// A party, or the office for it, has erased what is kept of its persons; nothing else may change by it.
fn erase(s: Seeds) -> Option<Act> {
    let party = pick(&[FIRST, SECOND, PROCESSOR, RIVAL, LABORATORY], s[1])?;
    let submitter = if s[2].is_multiple_of(2) { OFFICE } else { party };
    let sheet = draft(Kind::Erase, json!({"party": party, "reason": "requested"}));
    let mut act = act(sheet, fact(Kind::Erase, submitter, Use::Speaks));
    act.effect = Effect::Erase(party);
    Some(act)
}

/// A party lets some of what is kept of its persons be shown, or nothing any more.
fn consent(s: Seeds) -> Option<Act> {
    let party = pick(&[FIRST, SECOND, PROCESSOR, RIVAL], s[1])?;
    let chosen = PersonalField::ALL.iter().zip(0..).filter(|(_, bit)| s[2] >> bit & 1 == 1);
    let fields: BTreeSet<PersonalField> = chosen.map(|(field, _)| *field).filter(|_| !s[3].is_multiple_of(3)).collect();
    let mut details = json!({"party": party});
    if !fields.is_empty() {
        details["fields"] = json!(fields);
    }
    let mut act = act(draft(Kind::Consent, details), fact(Kind::Consent, party, Use::Speaks));
    act.effect = Effect::Consent(party, fields);
    Some(act)
}
