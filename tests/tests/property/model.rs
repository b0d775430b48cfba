//! The plain model: facts in force, added up anew for every question. Slow and simple on purpose.

use std::collections::{BTreeMap, BTreeSet};

use trace_core::code::IssueNumber;
use trace_core::id::{BatchCode, PartyId, RecordId, SiteId};
use trace_core::prepare::Draft;
use trace_core::record::Kind;
use trace_core::tianma::{PersonalField, Product};
use trace_tests::household::OFFICE;

use crate::office::{Matter, Office};

/// What a fact does with the batches that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Takes from them.
    Draws,
    /// Descends from them.
    Descends,
    /// Speaks of them.
    Speaks,
}

#[derive(Clone, Debug)]
pub struct Batch {
    pub code: BatchCode,
    pub owner: PartyId,
    pub product: Product,
    pub site: Option<SiteId>,
}

/// One version of one fact. Batches are named by their place in [`Model::batches`].
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one plain yes or no about the fact; the model hides nothing"
)]
pub struct Fact {
    pub id: RecordId,
    pub kind: Kind,
    pub party: PartyId,
    pub live: bool,
    pub usage: Use,
    pub inputs: Vec<(usize, i64)>,
    pub outputs: Vec<(usize, i64)>,
    /// The first version of a shipment, of a receipt out of one or a return of one.
    pub ship: Option<usize>,
    /// The first version of this fact.
    pub root: usize,
    pub more: bool,
    pub counted: bool,
    pub last: bool,
    /// Of a year before everything else: seed that was planted then, and the plantings that may be dug by now.
    pub early: bool,
    pub held: bool,
    pub freezes: BTreeSet<usize>,
    pub recalls: BTreeSet<usize>,
    pub lifted: bool,
    pub unconfirmed: bool,
    pub disputed: bool,
    pub other: Option<PartyId>,
    pub codes: Option<(IssueNumber, u32)>,
    /// The record that it is about: of a dispute, the disputed one.
    pub about: Option<usize>,
}

impl Fact {
    /// Whether what it did to codes is not undone.
    pub fn stands(&self) -> bool {
        let ended = (self.kind == Kind::Hold && !self.held) || self.lifted;
        self.live && !ended
    }
}

/// What an act changes besides adding a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Nothing,
    /// Replaces an earlier version.
    Correct(usize),
    Void(usize),
    Release(usize),
    Lift(usize),
    Confirm(usize),
    Dispute(usize),
    Recall {
        descendants: bool,
    },
    Erase(PartyId),
    Consent(PartyId, BTreeSet<PersonalField>),
    /// No batch, but a registration, a grant, a key, the rules.
    Office(Matter),
}

#[derive(Clone, Debug)]
pub struct Act {
    pub submitter: PartyId,
    pub draft: Draft,
    pub fact: Fact,
    pub makes: Vec<(Product, Option<SiteId>)>,
    pub effect: Effect,
    pub rules_table: Option<Vec<u8>>,
}

#[derive(Clone, Debug, Default)]
pub struct Model {
    pub batches: Vec<Batch>,
    pub facts: Vec<Fact>,
    pub office: Office,
    /// Whose persons are erased.
    pub erased: BTreeSet<PartyId>,
    /// What they let be shown.
    pub consents: BTreeMap<PartyId, BTreeSet<PersonalField>>,
}

#[derive(Default, Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    pub made: i64,
    pub drawn: i64,
    pub allotted: i64,
    pub coded: i64,
    pub returned: i64,
    pub returned_coded: i64,
    pub harvested: i64,
    pub closings: i64,
}

impl Model {
    pub fn sums(&self, batch: usize) -> Sums {
        let mut sums = Sums::default();
        for fact in self.facts.iter().filter(|fact| fact.live) {
            sums.made += fact.outputs.iter().filter(|(b, _)| *b == batch).map(|(_, n)| n).sum::<i64>();
            for (_, amount) in fact.inputs.iter().filter(|(b, _)| *b == batch) {
                match fact.kind {
                    Kind::Ship => sums.allotted += if fact.codes.is_none() { *amount } else { 0 },
                    Kind::Receive if fact.ship.is_some() => {
                        sums.drawn += amount;
                        sums.allotted -= amount;
                    }
                    Kind::Adjust if fact.more => sums.made += if fact.counted { *amount } else { 0 },
                    Kind::IssueCodes => sums.coded += amount,
                    Kind::VoidCodes => sums.coded -= amount,
                    Kind::Return => {
                        sums.returned += fact.outputs[0].1;
                        sums.returned_coded += if fact.codes.is_some() { fact.outputs[0].1 } else { 0 };
                    }
                    Kind::Harvest => {
                        sums.harvested += fact.outputs.iter().map(|(_, n)| n).sum::<i64>();
                        sums.closings += i64::from(fact.last);
                    }
                    _ if fact.usage == Use::Draws => sums.drawn += amount,
                    _ => {}
                }
            }
        }
        sums
    }

    pub fn is_void(&self, batch: usize) -> bool {
        !self.facts.iter().any(|fact| fact.live && fact.outputs.iter().any(|(b, _)| *b == batch))
    }

    pub fn holds(&self, batch: usize) -> BTreeSet<RecordId> {
        self.facts.iter().filter(|fact| fact.freezes.contains(&batch)).map(|fact| fact.id).collect()
    }

    pub fn recalls(&self, batch: usize) -> BTreeSet<RecordId> {
        let recalling = self.facts.iter().filter(|fact| !fact.lifted && fact.recalls.contains(&batch));
        recalling.map(|fact| fact.id).collect()
    }

    fn is_free(&self, batch: usize) -> bool {
        !self.is_void(batch) && self.holds(batch).is_empty() && self.recalls(batch).is_empty()
    }

    /// Nothing gave more than it has.
    fn adds_up(&self) -> bool {
        let batches = (0..self.batches.len()).all(|batch| {
            let sums = self.sums(batch);
            let by_weight = sums.drawn + sums.allotted;
            by_weight + sums.coded <= sums.made
                && sums.returned - sums.returned_coded <= by_weight
                && sums.returned_coded <= sums.coded
        });
        let ships = self.facts.iter().enumerate().filter(|(i, fact)| fact.kind == Kind::Ship && fact.root == *i);
        let shipped = |root: usize, kind: Kind| -> i64 {
            let of = |fact: &&Fact| fact.live && fact.kind == kind && (fact.root == root || fact.ship == Some(root));
            self.facts.iter().filter(of).flat_map(|fact| &fact.inputs).map(|(_, n)| n).sum()
        };
        let back = |root: usize| -> i64 {
            let of = |fact: &&Fact| fact.live && fact.kind == Kind::Return && fact.ship == Some(root);
            self.facts.iter().filter(of).flat_map(|fact| &fact.outputs).map(|(_, n)| n).sum()
        };
        let fits = |root: usize| shipped(root, Kind::Receive) + back(root) <= shipped(root, Kind::Ship);
        batches && ships.into_iter().all(|(root, _)| fits(root))
    }

    /// Area in cm² under plantings that are open.
    pub fn open_area(&self, site: SiteId) -> i64 {
        let here = (0..self.batches.len()).filter(|b| self.batches[*b].site == Some(site));
        here.map(|b| self.sums(b)).filter(|sums| sums.closings == 0).map(|sums| sums.made).sum()
    }

    /// Area in cm² that was dug up, all of it on the day of everything else.
    fn closed_area(&self, site: SiteId) -> i64 {
        let here = (0..self.batches.len()).filter(|b| self.batches[*b].site == Some(site));
        here.map(|b| self.sums(b)).filter(|sums| sums.closings > 0).map(|sums| sums.made).sum()
    }

    /// Whether a batch is of the year before.
    pub fn is_early(&self, batch: usize) -> bool {
        self.facts.iter().any(|fact| fact.early && fact.outputs.iter().any(|(made, _)| *made == batch))
    }

    /// Whether the ledger must take the act.
    pub fn allows(&self, act: &Act) -> bool {
        let mut after = self.clone();
        if let Effect::Correct(old) | Effect::Void(old) = act.effect {
            if !self.facts[old].live {
                return false;
            }
            if matches!(act.effect, Effect::Void(_)) {
                let made = |batch: &usize| self.facts[old].outputs.iter().any(|(b, _)| b == batch);
                let uses =
                    |fact: &Fact| fact.live && fact.usage != Use::Speaks && fact.inputs.iter().any(|(b, _)| made(b));
                if self.facts.iter().any(uses) {
                    return false;
                }
            }
            after.retire(old);
        }
        let by_target = match act.effect {
            Effect::Release(of) => self.facts[of].held && self.facts[of].live,
            Effect::Lift(of) => self.facts[of].kind == Kind::Recall && !self.facts[of].lifted,
            Effect::Confirm(of) => {
                let fact = &self.facts[of];
                fact.live && fact.other == Some(act.fact.party) && fact.unconfirmed && !fact.disputed
            }
            Effect::Erase(party) => !self.erased.contains(&party),
            Effect::Consent(party, ref fields) => {
                let news = self.consents.get(&party).cloned().unwrap_or_default() != *fields;
                news && (fields.is_empty() || !self.erased.contains(&party))
            }
            Effect::Dispute(of) => {
                let fact = &self.facts[of];
                let named = [Some(fact.party), fact.other].contains(&Some(act.fact.party));
                fact.live && !fact.lifted && !fact.disputed && named
            }
            Effect::Office(ref matter) => self.office.allows(matter, act.fact.party, |site| self.open_area(site)),
            _ => true,
        };
        // Somebody else types only by a grant, the office always.
        let clerk = (act.submitter != act.fact.party && act.draft.actor.is_some()).then_some(act.submitter);
        let typed = clerk.is_none_or(|by| by == OFFICE || self.office.permits(act.fact.party, by, act.fact.kind));
        let actor = act.draft.actor.unwrap_or(act.submitter);
        // Taking every consent back is never made harder than giving one.
        let withdrawn = matches!(&act.effect, Effect::Consent(party, fields)
            if self.consents.get(party).is_some_and(|shown| fields.is_subset(shown)) || fields.is_empty());
        by_target && typed && (withdrawn || !self.office.demands(actor)) && after.inputs_fit(act) && {
            after.take(act.clone(), RecordId::of(b"tried"), &vec![Self::any_code(act); act.makes.len()]);
            after.adds_up()
                && act
                    .makes
                    .iter()
                    .all(|(_, site)| site.is_none_or(|site| after.open_area(site) <= after.office.area(site)))
                && self.sites_fit(&after)
                && (!act.fact.early || Self::was_free(act, &after))
        }
    }

    /// What is planted for the year before stood beside all that was dug up since.
    fn was_free(act: &Act, after: &Self) -> bool {
        let fits = |site| after.open_area(site) + after.closed_area(site) <= after.office.area(site);
        let kept = act.fact.outputs.iter().filter_map(|(batch, _)| after.batches.get(*batch)?.site);
        act.makes.iter().filter_map(|(_, site)| *site).chain(kept).all(fits)
    }

    fn sites_fit(&self, after: &Self) -> bool {
        let sites: BTreeSet<SiteId> = self.batches.iter().filter_map(|batch| batch.site).collect();
        sites.into_iter().all(|site| after.open_area(site) <= after.office.area(site))
    }

    fn any_code(act: &Act) -> BatchCode {
        let stage = trace_core::id::Stage::Harvest;
        BatchCode::new(stage, act.draft.occurred_at.date(), [0; 4]).unwrap()
    }

    fn inputs_fit(&self, act: &Act) -> bool {
        let fact = &act.fact;
        let frozen_fits =
            matches!(fact.kind, Kind::Hold | Kind::Recall | Kind::Inspect | Kind::VoidCodes | Kind::Return);
        let foreign_fits =
            matches!(fact.kind, Kind::Hold | Kind::Recall | Kind::Inspect | Kind::Return | Kind::Receive);
        // What a correction had taken before a freeze it may keep.
        let kept = |batch: usize, amount: i64| match act.effect {
            Effect::Correct(old) => self.facts[old].inputs.iter().any(|(b, had)| *b == batch && amount <= *had),
            _ => false,
        };
        fact.inputs.iter().all(|(batch, amount)| {
            let state = match fact.kind {
                _ if frozen_fits => true,
                Kind::Adjust if !fact.more => !self.is_void(*batch),
                Kind::Adjust => self.is_free(*batch),
                _ => self.is_free(*batch) || kept(*batch, *amount),
            };
            let owned = foreign_fits || self.batches[*batch].owner == fact.party;
            let open = fact.kind != Kind::Harvest || self.sums(*batch).closings == 0 || kept(*batch, 0);
            state && owned && open
        }) && self.kind_fits(fact)
    }

    fn kind_fits(&self, fact: &Fact) -> bool {
        match (fact.kind, fact.codes) {
            // A corrected planting has its batch already; it stays as it was when its area was given back.
            (Kind::Plant, _) => {
                let made = fact.outputs.iter().filter(|(batch, _)| *batch < self.batches.len());
                made.map(|(batch, _)| self.sums(*batch)).all(|sums| sums.closings == 0)
            }
            (Kind::Receive, _) => {
                let seller = self.batches[fact.inputs[0].0].owner;
                let shipped = fact.ship.is_none_or(|_| {
                    self.shipment(fact).is_some_and(|ship| ship.party == seller && ship.other == Some(fact.party))
                });
                seller != fact.party && shipped
            }
            // By weight comes back what a shipment sent, to one of its two sides.
            (Kind::Return, None) => {
                let between = |ship: &Fact| ship.party == fact.party || ship.other == Some(fact.party);
                self.shipment(fact).is_some_and(between)
            }
            (_, Some(code)) => {
                let had = self.states(code);
                let none_of = |kinds: &[Kind]| kinds.iter().all(|kind| !had.contains(kind));
                let stopped = none_of(&[Kind::VoidCodes, Kind::Return, Kind::Hold, Kind::Recall]);
                match fact.kind {
                    Kind::ActivateCodes => stopped && none_of(&[Kind::ActivateCodes]),
                    Kind::Ship => stopped && none_of(&[Kind::Ship]),
                    // The goods of an activated or shipped code have gone out: they are not given back.
                    Kind::VoidCodes if fact.inputs[0].1 > 0 => {
                        none_of(&[Kind::VoidCodes, Kind::Return, Kind::ActivateCodes, Kind::Ship])
                    }
                    Kind::VoidCodes => none_of(&[Kind::VoidCodes, Kind::Return]),
                    // Packages come back to their owner, or to whom they went; not those that were unpacked.
                    Kind::Return => {
                        let stands = |f: &&Fact| f.live && f.codes == Some(code);
                        let mut had = self.facts.iter().filter(stands);
                        let unpacked = had.clone().any(|f| f.kind == Kind::VoidCodes && f.inputs[0].1 > 0);
                        let sent = had.any(|f| f.kind == Kind::Ship && f.other == Some(fact.party));
                        let owns = self.batches[fact.inputs[0].0].owner == fact.party;
                        none_of(&[Kind::Return]) && !unpacked && (owns || sent)
                    }
                    _ => true,
                }
            }
            _ => true,
        }
    }

    /// The newest version of the shipment by weight that a receipt or a return names, if it is of the same batch.
    fn shipment(&self, fact: &Fact) -> Option<&Fact> {
        let newest = self.facts.iter().find(|f| f.live && f.kind == Kind::Ship && Some(f.root) == fact.ship)?;
        let names = newest.inputs.iter().any(|(b, _)| *b == fact.inputs[0].0);
        (names && newest.codes.is_none()).then_some(newest)
    }

    /// What happened to a code and is not undone.
    fn states(&self, code: (IssueNumber, u32)) -> BTreeSet<Kind> {
        self.facts.iter().filter(|fact| fact.codes == Some(code) && fact.stands()).map(|fact| fact.kind).collect()
    }

    /// A receipt that names no shipment is settled by the seller's grant alone.
    fn is_unconfirmed(&self, fact: &Fact) -> bool {
        let granted = |seller| self.office.permits(seller, fact.party, Kind::Receive);
        fact.kind == Kind::Receive && fact.ship.is_none() && !fact.other.is_some_and(granted)
    }

    fn retire(&mut self, old: usize) {
        self.facts[old].live = false;
        self.facts[old].freezes.clear();
    }

    /// Adds what was taken.
    pub fn take(&mut self, act: Act, id: RecordId, codes: &[BatchCode]) {
        let Act { mut fact, makes, effect, .. } = act;
        fact.id = id;
        fact.unconfirmed = self.is_unconfirmed(&fact);
        let place = self.facts.len();
        fact.root = place;
        for ((product, site), code) in makes.into_iter().zip(codes) {
            let at = self.batches.len();
            self.batches.push(Batch { code: *code, owner: fact.party, product, site });
            let amount = fact.outputs.iter_mut().find(|(b, _)| *b == usize::MAX).expect("a place for the batch");
            amount.0 = at;
        }
        match effect {
            Effect::Correct(old) => {
                let before = self.facts[old].clone();
                fact.root = before.root;
                if before.held && fact.kind != Kind::Inspect {
                    fact.held = true;
                }
                self.retire(old);
            }
            Effect::Void(old) => self.retire(old),
            Effect::Release(of) => {
                let released = &mut self.facts[of];
                released.held = false;
                released.freezes.clear();
                released.counted |= released.more;
                if let Some(about) = released.about
                    && self.facts[about].disputed
                {
                    (self.facts[about].disputed, self.facts[about].unconfirmed) = (false, false);
                }
            }
            Effect::Lift(of) => self.facts[of].lifted = true,
            Effect::Confirm(of) => self.facts[of].unconfirmed = false,
            Effect::Dispute(of) => {
                let freezes = self.facts[of].outputs.iter().map(|(b, _)| *b).collect();
                (fact.held, fact.about) = (true, Some(of));
                if self.facts[of].unconfirmed {
                    fact.freezes = freezes;
                }
                self.facts[of].disputed = true;
            }
            Effect::Recall { descendants } => {
                fact.recalls =
                    fact.inputs.first().map(|(from, _)| self.reached(*from, descendants)).unwrap_or_default();
            }
            Effect::Office(matter) => self.office.take(matter, id),
            Effect::Erase(party) => {
                self.erased.insert(party);
                self.consents.remove(&party);
            }
            Effect::Consent(party, fields) => _ = self.consents.insert(party, fields),
            Effect::Nothing => {}
        }
        if fact.held && fact.freezes.is_empty() {
            fact.freezes = match fact.kind {
                Kind::Hold | Kind::Inspect => fact.inputs.iter().map(|(b, _)| *b).collect(),
                _ => fact.outputs.iter().map(|(b, _)| *b).collect(),
            };
        }
        if fact.kind == Kind::Return {
            // What comes back of recalled goods is recalled still.
            let (from, made) = (fact.inputs[0].0, fact.outputs[0].0);
            for recall in self.facts.iter_mut().filter(|recall| recall.kind == Kind::Recall && !recall.lifted) {
                if recall.recalls.contains(&from) || (fact.codes.is_some() && recall.codes == fact.codes) {
                    recall.recalls.insert(made);
                }
            }
        }
        self.facts.push(fact);
    }

    fn reached(&self, from: usize, descendants: bool) -> BTreeSet<usize> {
        let mut reached = BTreeSet::from([from]);
        loop {
            let next: Vec<usize> = self
                .facts
                .iter()
                .filter(|f| {
                    descendants && f.live && f.usage != Use::Speaks && f.inputs.iter().any(|(b, _)| reached.contains(b))
                })
                .flat_map(|f| f.outputs.iter().map(|(b, _)| *b))
                .filter(|b| !reached.contains(b))
                .collect();
            if next.is_empty() {
                return reached;
            }
            reached.extend(next);
        }
    }
}
