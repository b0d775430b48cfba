//! How much of a batch's mass comes from outside: integer arithmetic over the drawn amounts, records in force only.

use super::{BatchSlot, Lineage, Link, NodeSlot};
use crate::id::{BatchCode, RecordId, Stage};
use crate::quantity::Measure;
use crate::record::Amounts;

/// One whole between batches. Far below a part per million, so that the roundings of a long chain do not show.
const WHOLE: i128 = 1_000_000_000_000_000;
/// One part per million of it.
const PPM: i128 = WHOLE / 1_000_000;

/// What of a batch comes from outside, or from an unknown origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Parts per million of the mass of tianma.
    pub outside_ppm: u32,
    /// Whether it descends from seed, or from a planting, that was brought in from outside. Tianma grown here from
    /// such seed is no outside tianma, so this never adds to the share.
    pub outside_seed: bool,
}

/// A share in parts of [`WHOLE`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Part {
    outside: i128,
    seed: bool,
}

impl Lineage {
    /// The share of stock brought in with origin `outside` or `unknown` in a batch.
    ///
    /// Each record mixes its inputs evenly: the share of what it makes is the mean of the shares of its inputs of the
    /// stages `harvest`, `processing` and `sale`, weighted by the milligrams drawn. (Of manufactured products, which
    /// are counted, by pieces: receiving and packing them mixes nothing else.) `amounts` gives the opened amounts of a
    /// record. Losses take from all alike.
    ///
    /// Rounding: to the nearest 10^-15 at each record, half up, and to the nearest part per million at the end; but a
    /// share above zero is at least 1, and one below the whole at most 999,999.
    ///
    /// `None` if the batch is unknown or void, if the amounts of a record that draws are not opened, or if they do not
    /// fit its inputs.
    pub fn outside_share_ppm(&self, batch: &BatchCode, amounts: impl Fn(RecordId) -> Option<Amounts>) -> Option<Share> {
        let part = self.part(*self.by_code.get(batch)?, &amounts)?;
        let rounded = (part.outside + PPM / 2) / PPM;
        let ppm = match part.outside {
            0 => 0,
            WHOLE => 1_000_000,
            _ => rounded.clamp(1, 999_999),
        };
        Some(Share { outside_ppm: u32::try_from(ppm).ok()?, outside_seed: part.seed })
    }

    /// Depth first, each batch after its inputs; a stack of its own, since a chain may be long.
    fn part(&self, from: BatchSlot, amounts: &impl Fn(RecordId) -> Option<Amounts>) -> Option<Part> {
        let mut parts: Vec<Option<Part>> = vec![None; self.batches.len()];
        let mut entered = vec![false; self.batches.len()];
        let mut stack = vec![from];
        while let Some(batch) = stack.last().copied() {
            if parts[batch].is_some() {
                stack.pop();
                continue;
            }
            let maker = self.maker_in_force(batch)?;
            let node = &self.nodes[maker];
            let waiting = node.inputs.iter().map(|link| link.batch).filter(|input| parts[*input].is_none());
            if std::mem::replace(&mut entered[batch], true) {
                let part = self.mix(maker, batch, &parts, amounts)?;
                // The siblings differ only in what a bring_in makes of their stage.
                for output in &node.outputs {
                    parts[*output] = Some(if node.taints { self.brought_in(*output) } else { part });
                }
            } else if node.uses {
                stack.extend(waiting);
            }
        }
        parts[from]
    }

    /// What a record makes of the parts of its inputs.
    fn mix(
        &self,
        maker: NodeSlot,
        batch: BatchSlot,
        parts: &[Option<Part>],
        amounts: &impl Fn(RecordId) -> Option<Amounts>,
    ) -> Option<Part> {
        let node = &self.nodes[maker];
        if node.taints {
            return Some(self.brought_in(batch));
        }
        if !node.uses {
            return Some(Part::default());
        }
        let mut seed = false;
        for link in &node.inputs {
            seed |= parts[link.batch]?.seed;
        }
        let goods = |link: &&Link| !grows(self.batches[link.batch].code.stage());
        let weighed = |link: &&Link| self.batches[link.batch].measure == Measure::Mass;
        let goods: Vec<&Link> = node.inputs.iter().filter(goods).collect();
        let mut counting: Vec<&Link> = goods.iter().copied().filter(weighed).collect();
        if counting.is_empty() {
            counting = goods;
        }
        let outside = match counting[..] {
            [] => 0,
            // What comes back is what had left: a return names one batch and draws nothing.
            [only] if node.states == crate::record::Kind::Return => parts[only.batch]?.outside,
            _ => {
                let opened = amounts(node.id)?;
                let (mut sum, mut total) = (0, 0);
                for link in counting {
                    let stated = opened.inputs.get(usize::try_from(link.position).ok()?)?;
                    let amount = i128::from(stated.quantity().value());
                    total += amount;
                    sum += amount * parts[link.batch]?.outside;
                }
                if total == 0 {
                    return None;
                }
                let nearest = (sum + total / 2) / total;
                // Rounding makes neither nothing of something nor all of most.
                if sum == 0 || sum == total * WHOLE { nearest } else { nearest.clamp(1, WHOLE - 1) }
            }
        };
        Some(Part { outside, seed })
    }

    /// A batch that was brought in from outside.
    fn brought_in(&self, batch: BatchSlot) -> Part {
        match self.batches[batch].code.stage() {
            Stage::Seed | Stage::Planting => Part { outside: 0, seed: true },
            Stage::Fungus => Part::default(),
            Stage::Harvest | Stage::Processing | Stage::Sale => Part { outside: WHOLE, seed: false },
        }
    }
}

/// Whether a batch of the stage is something that grows, or grows something; the rest is tianma.
fn grows(stage: Stage) -> bool {
    matches!(stage, Stage::Fungus | Stage::Seed | Stage::Planting)
}
