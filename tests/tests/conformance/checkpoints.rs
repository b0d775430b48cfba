//! Hashes of the log's tiles, and its signed heads.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use trace_core::id::{PartyId, RecordId, Uid};
use trace_core::log::{Frontier, Hash};
use trace_core::state::{Key, View};
use trace_core::time::ReceivedAt;
use trace_server::store::{CheckpointRow, Commit, Head, Judge, RequestRow};
use trace_tests::engines::Database;

fn signed_at() -> ReceivedAt {
    ReceivedAt::from_unix_ms(1_795_161_600_000).unwrap()
}

/// Appends so many entries, which are no records: the store does not read them.
struct Many {
    count: u64,
    head: Mutex<Option<Head>>,
}

impl Many {
    fn of(count: u64) -> Self {
        Self { count, head: Mutex::default() }
    }
}

impl Judge for Many {
    fn uids(&self) -> Vec<(PartyId, Uid)> {
        Vec::new()
    }

    fn begin(&self, head: Head, _: Vec<RequestRow>) {
        *self.head.lock().unwrap() = Some(head);
    }

    fn step(&self, _: &mut View) -> Result<Commit, BTreeSet<Key>> {
        let mut commit = Commit::on(self.head.lock().unwrap().clone().unwrap());
        for _ in 0..self.count {
            let bytes = commit.head.frontier.size().to_be_bytes().to_vec();
            commit.add_entry(RecordId::of(&bytes), bytes, signed_at());
        }
        Ok(commit)
    }
}

/// Tile levels are what the leaves give, at every level, and ranges may reach beyond the end.
pub async fn tiles_are_of_the_leaves(database: Database) {
    let store = trace_server::store::open(database.url()).await.unwrap();
    for size in [255, 2, 700, 1, 5_542] {
        store.append(Arc::new(Many::of(size))).await.unwrap();
    }
    let size = store.head().await.unwrap().frontier.size();
    let leaves = store.tile_hashes(0, 0..u64::MAX).await.unwrap();
    assert_eq!(leaves.len() as u64, size);
    let root = |leaves: &[Hash]| {
        let mut frontier = Frontier::new();
        for leaf in leaves {
            frontier.push(*leaf);
        }
        frontier.root()
    };
    let roots: Vec<Hash> = leaves.chunks_exact(256).map(root).collect();
    assert!(roots.len() > 20);
    assert_eq!(store.tile_hashes(1, 0..u64::MAX).await.unwrap(), roots);
    assert_eq!(store.tile_hashes(1, 3..5).await.unwrap(), roots[3..5]);
    assert_eq!(store.tile_hashes(0, 250..260).await.unwrap(), leaves[250..260]);
    assert_eq!(store.tile_hashes(0, size..size + 9).await.unwrap(), []);
    assert_eq!(store.tile_hashes(2, 0..u64::MAX).await.unwrap(), [], "65,536 entries fill the first");
}

/// The newest and the newest published stay; a published one replaces all before it.
pub async fn checkpoints_are_kept(database: Database) {
    let store = trace_server::store::open(database.url()).await.unwrap();
    assert_eq!(store.checkpoints().await.unwrap(), []);
    let row = |size: u64, note: &str, published: bool| CheckpointRow {
        size,
        note: note.to_owned(),
        signed_at: signed_at(),
        published,
    };
    let (first, second, third) = (row(1, "one\n", true), row(5, "five\n", false), row(9, "nine\n", false));
    for one in [&first, &second, &third] {
        store.put_checkpoint(one).await.unwrap();
    }
    assert_eq!(store.checkpoints().await.unwrap(), [third.clone(), first]);
    let cosigned = row(5, "five\n— w\n", true);
    store.put_checkpoint(&cosigned).await.unwrap();
    assert_eq!(store.checkpoints().await.unwrap(), [third.clone(), cosigned]);
    let last = row(9, "nine\n— w\n", true);
    store.put_checkpoint(&last).await.unwrap();
    assert_eq!(store.checkpoints().await.unwrap(), [last]);

    assert_eq!(store.signing_place().await.unwrap(), None);
    store.put_signing_place("here").await.unwrap();
    store.put_signing_place("there").await.unwrap();
    assert_eq!(store.signing_place().await.unwrap().as_deref(), Some("there"));
}
