//! A random life of the small county: receipts, drying, pooling, corrections, voidings, holds, recalls, codes. Made
//! to fill every table with rows that refer to each other; whether the ledger is right is not asked here.

use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::json;
use trace_core::id::{BatchCode, PartyId, RecordId, Stage};
use trace_core::prepare::Draft;
use trace_core::record::Kind;
use trace_core::state::Row;
use trace_core::tianma::Product;
use trace_server::ledger::{AppendError, Appended};
use trace_tests::drafting::{Drafting as _, codes, draft};
use trace_tests::household::{
    FIRST, FIRST_PLOT, LABORATORY, OFFICE, PROCESSOR, RIVAL, SECOND, SECOND_PLOT, World, correction, harvest, loss,
    void,
};

/// Random choices that are the same for the same seed.
pub struct Choice(TestRng);

impl Choice {
    pub fn new(seed: u8) -> Self {
        Self(TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.0.next_u64() % bound as u64).unwrap()
    }

    /// One of these.
    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Tries `steps` random acts; some are refused, as in life.
pub async fn grow(world: &World, steps: usize, seed: u8) {
    let mut choice = Choice::new(seed);
    let plots = [(FIRST, FIRST_PLOT), (SECOND, SECOND_PLOT)];
    let mut plantings = Vec::new();
    for (grower, plot) in plots {
        plantings.push((grower, world.plant(grower, plot, "1亩").await));
    }
    let mut stock: Vec<(PartyId, BatchCode, Product)> = Vec::new();
    let mut done: Vec<(PartyId, Appended, Option<Draft>)> = Vec::new();
    for (grower, planting) in &plantings {
        let one = world.append(*grower, harvest(*planting, "40kg", false)).await;
        stock.push((*grower, one.record.outputs[0].batch, Product::FreshTianma));
    }
    for (party, product) in [(PROCESSOR, Product::DriedTianma), (RIVAL, Product::DriedTianma)] {
        stock.push((party, world.stock(party, Stage::Processing, product, "80kg").await, product));
    }
    for _ in 0..steps {
        let (owner, batch, product) = choice.of(&stock);
        let (submitter, sheet) = act(&mut choice, &stock, &plantings, owner, batch, product, &done);
        let kept = sheet.clone();
        match world.send(submitter, vec![sheet]).await {
            Ok(mut answer) => {
                let one = answer.records.pop().unwrap();
                let moved = one.record.details.stated().kind() == one.record.kind();
                for output in one.record.outputs.iter().filter(|output| moved && output.stage != Stage::Sale) {
                    stock.push((one.record.actor, output.batch, output.product));
                }
                done.push((submitter, one, Some(kept)));
            }
            Err(AppendError::Refused(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    issue(world).await;
}

fn act(
    choice: &mut Choice,
    stock: &[(PartyId, BatchCode, Product)],
    plantings: &[(PartyId, BatchCode)],
    owner: PartyId,
    batch: BatchCode,
    product: Product,
    done: &[(PartyId, Appended, Option<Draft>)],
) -> (PartyId, Draft) {
    match choice.below(13) {
        0 | 1 => {
            let (grower, planting) = choice.of(plantings);
            (grower, harvest(planting, &format!("{}kg", 10 + choice.below(30)), false))
        }
        2 | 3 => {
            let buyer = choice.of(&[PROCESSOR, RIVAL, SECOND]);
            let amount = format!("{}kg", 1 + choice.below(9));
            (buyer, draft(Kind::Receive, json!({"condition": "good"})).takes(batch, &amount).keeps(&amount))
        }
        4 | 5 => {
            let mine: Vec<_> = stock.iter().filter(|(o, _, p)| (*o, *p) == (owner, product)).collect();
            let count = 1 + choice.below(mine.len().min(4));
            let mut sheet = draft(Kind::Process, json!({"method": "pool"}));
            for (_, code, _) in mine.iter().take(count) {
                sheet = sheet.takes(*code, "1kg");
            }
            (owner, sheet.makes_at(Stage::Processing, product, &format!("{count}kg")))
        }
        6 => (owner, loss(batch, "500g")),
        7 => {
            let operation = json!({"operation": "weed"});
            let (grower, planting) = choice.of(plantings);
            (grower, draft(Kind::Tend, operation).names(planting))
        }
        8 => {
            let details =
                json!({"standard": "other", "results": [{"item": "water", "mg_per_kg": 1000}], "verdict": "pass"});
            (LABORATORY, draft(Kind::Inspect, details).names(batch))
        }
        9 => (OFFICE, draft(Kind::Hold, json!({"reason": "suspicion"})).names(batch)),
        10 => {
            let scope = choice.of(&["these_only", "with_descendants"]);
            let details = json!({"reason": "mould", "scope": scope, "stage": "trade"});
            (OFFICE, draft(Kind::Recall, details).names(batch))
        }
        _ => revise(choice, done).unwrap_or_else(|| (owner, loss(batch, "250g"))),
    }
}

fn revise(choice: &mut Choice, done: &[(PartyId, Appended, Option<Draft>)]) -> Option<(PartyId, Draft)> {
    if done.is_empty() {
        return None;
    }
    let (submitter, one, sheet) = &done[choice.below(done.len())];
    let id: RecordId = one.record.id();
    if choice.below(2) == 0 {
        return Some((*submitter, void(id)));
    }
    let sheet = sheet.clone().filter(|sheet| sheet.kind != Kind::Correct && sheet.kind != Kind::Void)?;
    Some((*submitter, correction(one, Draft { uid: trace_core::id::Uid::from_bytes([0; 16]), ..sheet })))
}

/// A code issue with every state of codes.
async fn issue(world: &World) {
    let dried = world.stock(PROCESSOR, Stage::Processing, Product::DriedTianma, "10kg").await;
    let sale = world.pack(PROCESSOR, dried, "10kg").await;
    let number = world.issue_codes(PROCESSOR, sale, 20).await;
    let details = json!({"issue": number});
    world.append(PROCESSOR, draft(Kind::ActivateCodes, details).names(sale).ranging(codes(number, 0, 9))).await;
    let details = json!({"issue": number, "reason": "jam", "give_back": true});
    world.append(PROCESSOR, draft(Kind::VoidCodes, details).names(sale).ranging(codes(number, 15, 19))).await;
}

/// The codes of all batches of a store.
pub fn batches(rows: &[Row]) -> Vec<trace_core::state::BatchRow> {
    rows.iter().filter_map(|row| if let Row::Batch(row) = row { Some(row.clone()) } else { None }).collect()
}

/// The records of a store.
pub fn records(rows: &[Row]) -> Vec<trace_core::state::RecordRow> {
    rows.iter().filter_map(|row| if let Row::Record(row) = row { Some(row.clone()) } else { None }).collect()
}
