//! The way of the log through an audit: pages are checked on all cores, then taken one entry after another.
//!
//! Three stages run at once with little between them: somebody else reads pages, threads check single entries, and one
//! thread follows tree, lineage and replay, which depend on all entries before.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::RandomState;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use tokio::sync::mpsc;
use trace_core::audit::{Chain, Faults};
use trace_core::id::RecordId;
use trace_core::log::{Hash, TILE_HEIGHT};
use trace_core::record::Evidence;

use super::page::{CheckedLeaf, Expects, Page};
use super::replaying::Replayer;
use super::sealed::SealKeys;
use super::{AuditError, Phase, Progress, Told};

/// Pages between two stages.
pub const PAGES_UNDER_WAY: usize = 2;

/// What the way through the log left.
pub struct Walked {
    /// Tree, lineage, rules.
    pub chain: Chain,
    /// The rows that the log gives, if balances were replayed.
    pub replayer: Option<Replayer>,
    /// Digests of the records' requests, by position in the lineage.
    pub requests: Vec<u64>,
    /// Files that records name.
    pub evidence: BTreeMap<RecordId, (RecordId, Evidence)>,
    /// Roots of full tiles by level and index.
    pub tile_roots: BTreeMap<(u8, u64), Hash>,
    /// The roots at the sizes that were asked for.
    pub roots: BTreeMap<u64, Hash>,
    /// Entries that nothing was built on.
    pub left_out: u64,
    /// What was wrong.
    pub faults: Faults,
}

/// What to look for on the way.
pub struct Wanted {
    /// What the pages hold.
    pub expects: Expects,
    /// Sizes at which the root is noted.
    pub sizes: BTreeSet<u64>,
    /// Entries in all, for the progress.
    pub entries: u64,
    /// The key of requests' digests.
    pub hasher: RandomState,
    /// The keys of what tells of persons, where they are at hand.
    pub keys: Option<Arc<SealKeys>>,
}

/// Follows the pages to their end.
///
/// # Errors
/// [`AuditError`] of the shelf.
pub async fn walk(pages: mpsc::Receiver<Page>, wanted: Wanted, told: Told) -> Result<Walked, AuditError> {
    let wanted = Arc::new(wanted);
    let (checked, to_follow) = sync_channel(PAGES_UNDER_WAY);
    let for_checking = Arc::clone(&wanted);
    let checking = tokio::task::spawn_blocking(move || check_pages(pages, &checked, &for_checking));
    let following = tokio::task::spawn_blocking(move || follow(&to_follow, &wanted, &told));
    let walked = following.await.map_err(AuditError::stopped)?;
    checking.await.map_err(AuditError::stopped)?;
    walked
}

type CheckedPage = (Vec<trace_core::audit::Fault>, Vec<CheckedLeaf>);

fn check_pages(mut pages: mpsc::Receiver<Page>, checked: &SyncSender<CheckedPage>, wanted: &Wanted) {
    let threads = thread::available_parallelism().map_or(2, std::num::NonZero::get);
    while let Some(page) = pages.blocking_recv() {
        let share = page.leaves.len().div_ceil(threads).max(1);
        let mut leaves = page.leaves.into_iter();
        let mut shares = Vec::with_capacity(threads);
        while leaves.len() > 0 {
            shares.push(leaves.by_ref().take(share).collect::<Vec<_>>());
        }
        let done: Vec<Vec<CheckedLeaf>> = thread::scope(|scope| {
            let check = |share: Vec<super::page::Leaf>| {
                share
                    .into_iter()
                    .map(|leaf| leaf.check(wanted.expects, &wanted.hasher, wanted.keys.as_deref()))
                    .collect()
            };
            let running: Vec<_> = shares.into_iter().map(|share| scope.spawn(move || check(share))).collect();
            running.into_iter().map(|one| one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        // Nobody follows any more: there is an error, which is told there.
        if checked.send((page.faults, done.into_iter().flatten().collect())).is_err() {
            return;
        }
    }
}

fn follow(pages: &Receiver<CheckedPage>, wanted: &Wanted, told: &Told) -> Result<Walked, AuditError> {
    let replayer = if wanted.expects.amounts { Some(Replayer::new()?) } else { None };
    let mut walked = Walked {
        chain: Chain::new(),
        replayer,
        requests: Vec::new(),
        evidence: BTreeMap::new(),
        tile_roots: BTreeMap::new(),
        roots: BTreeMap::new(),
        left_out: 0,
        faults: Faults::default(),
    };
    walked.note_root(wanted);
    while let Ok((faults, leaves)) = pages.recv() {
        walked.faults.extend(faults);
        for leaf in leaves {
            walked.take(leaf, wanted)?;
        }
        let done = walked.chain.tree().size();
        told(Progress { phase: Phase::Log, done, of: wanted.entries.max(done) });
    }
    if let Some(replayer) = &mut walked.replayer {
        replayer.end(walked.chain.graph())?;
    }
    Ok(walked)
}

impl Walked {
    fn take(&mut self, leaf: CheckedLeaf, wanted: &Wanted) -> Result<(), AuditError> {
        self.faults.extend(leaf.faults);
        let roots = &mut self.tile_roots;
        let known = self.chain.graph().counts().0;
        let stands = self.chain.add(&leaf.read, &mut self.faults, |node, hash| {
            if node.level() > 0 && node.level().is_multiple_of(TILE_HEIGHT) {
                roots.insert((node.level() / TILE_HEIGHT, node.index()), hash);
            }
        });
        self.note_root(wanted);
        let Ok(entry) = &leaf.read.entry else {
            self.left_out += 1;
            return Ok(());
        };
        // A record that stands twice is linked once.
        if !stands || self.chain.graph().counts().0 == known {
            self.left_out += 1;
            return Ok(());
        }
        self.requests.push(leaf.request);
        for evidence in &entry.record.evidence {
            self.evidence.entry(evidence.sha256).or_insert_with(|| (entry.record.id(), evidence.clone()));
        }
        if let Some(replayer) = &mut self.replayer {
            let done =
                replayer.replay(leaf.read.index, entry, leaf.amounts.as_ref(), self.chain.graph(), &mut self.faults)?;
            self.left_out += u64::from(!done);
        }
        Ok(())
    }

    fn note_root(&mut self, wanted: &Wanted) {
        let tree = self.chain.tree();
        if wanted.sizes.contains(&tree.size()) {
            self.roots.insert(tree.size(), tree.root());
        }
    }
}
