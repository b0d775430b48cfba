//! What the world knows over several lives of the service: every acknowledged request, and the newest checkpoint that
//! anybody saw.
//!
//! It lacks the failures; `kills` and `failing` have those.

use trace_core::log::Checkpoint;
use trace_tests::household::{PROCESSOR, World};

use crate::asking::{Acknowledged, Ask, Told};
use crate::chance;
use crate::checking::Outside;
use crate::ground::Ground;

/// Earlier requests that are looked at again after each restart; at the end the whole log is.
const AGAIN: u64 = 8;

/// The world's memory.
#[derive(Default)]
pub struct Book {
    acknowledged: Vec<Acknowledged>,
    /// Acknowledged since the last check.
    fresh: Vec<Acknowledged>,
    open: Vec<Ask>,
    seen: Option<Checkpoint>,
}

impl Book {
    /// Takes down what senders were told.
    pub fn note(&mut self, told: Told) {
        self.fresh.extend(told.acknowledged);
        self.open.extend(told.open);
    }

    /// Somebody saw this checkpoint.
    pub fn saw(&mut self, checkpoint: Checkpoint) {
        if self.seen.as_ref().is_none_or(|seen| seen.size() < checkpoint.size()) {
            self.seen = Some(checkpoint);
        }
    }

    /// How many requests were acknowledged.
    pub fn len(&self) -> usize {
        self.acknowledged.len() + self.fresh.len()
    }

    /// A service that stands again (`kept`: the kept checkpoint that it found): the log goes on from all that was signed,
    /// what was acknowledged is there, what was open is settled, and new requests are taken.
    pub async fn check(&mut self, ground: &Ground, base: &str, kept: Option<Checkpoint>) {
        let outside = Outside::of(ground, base);
        // Before anything is appended: the database has at least what is signed in the kept file.
        let shown = outside.checkpoint(kept.as_ref().map_or(0, Checkpoint::size)).await;
        for older in kept.iter().chain(&self.seen) {
            outside.continues(older, &shown).await;
        }
        self.saw(shown);
        outside.holds(&self.fresh).await;
        self.acknowledged.append(&mut self.fresh);
        for _ in 0..AGAIN.min(self.acknowledged.len() as u64) {
            let chosen = usize::try_from(chance::below(self.acknowledged.len() as u64)).expect("a place");
            outside.holds(&self.acknowledged[chosen..=chosen]).await;
        }
        for ask in std::mem::take(&mut self.open).into_iter().chain([Ask::new(ground.batch, false)]) {
            let records = outside.settle(&ask).await;
            self.acknowledged.push(Acknowledged { ask, records });
        }
    }

    /// At the end: all of it, the balance of what was drawn, and the program's own audit.
    pub async fn close(&mut self, ground: &Ground) {
        let service = ground.spawn();
        let base = service.answering();
        self.check(ground, &base, ground.kept()).await;
        let outside = Outside::of(ground, &base);
        outside.whole_log(&self.acknowledged).await;
        service.kill();
        let world = World::open(&ground.url()).await;
        let drawn = self.acknowledged.iter().filter(|one| one.ask.draws).count();
        let batch = world.batch(ground.batch).await;
        assert_eq!(batch.owner, PROCESSOR);
        assert_eq!(
            batch.drawn,
            i64::try_from(drawn).expect("a count") * 1_000_000,
            "drawn by {drawn} requests of 1 kg each"
        );
        drop(world);
        ground.audit();
    }
}
