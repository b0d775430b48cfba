//! Reading nodes of the tree out of tiles, so that any proof can be made of what a log serves.
//!
//! Owns the way from the bytes of tiles to the hash of a [`Node`]. It fetches nothing, and believes the bytes: a proof
//! made of wrong ones does not verify.

use std::collections::{BTreeMap, BTreeSet};

use super::Hash;
use super::tile::{TILE_WIDTH, TilePath};
use super::tree::{Node, node_hash};

/// Why a tile cannot be taken, or a node not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// The bytes are not 32 for each hash.
    #[error("{path} has {expected} bytes, received {received}")]
    Length {
        /// The tile.
        path: TilePath,
        /// 32 times its width.
        expected: usize,
        /// How many bytes came.
        received: usize,
    },
    /// A bundle holds entries, not hashes.
    #[error("{path} holds entries; hashes are wanted")]
    Entries {
        /// The bundle.
        path: TilePath,
    },
    /// The node is no part of the tree.
    #[error("node {index} of level {level} is not in the tree of {size} entries")]
    Outside {
        /// The node's level.
        level: u8,
        /// The node's place in its level.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The tile was not given, or only in an earlier, narrower state.
    #[error("{path} is needed and not at hand")]
    Missing {
        /// The tile.
        path: TilePath,
    },
}

/// The tiles that hold the given nodes of the tree of `size` entries, each once: what to fetch before proving.
///
/// # Errors
/// [`TileError::Outside`] for a node that is no part of that tree.
///
/// ```
/// use trace_core::log::{inclusion_nodes, tiles_for};
///
/// let tiles = tiles_for(&inclusion_nodes(17, 70_000)?, 70_000)?;
/// let names: Vec<_> = tiles.iter().map(|path| path.to_string()).collect();
/// assert_eq!(names, ["tile/0/000", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn tiles_for(nodes: &[Node], size: u64) -> Result<BTreeSet<TilePath>, TileError> {
    nodes.iter().map(|node| holding(*node, size)).collect()
}

fn holding(node: Node, size: u64) -> Result<TilePath, TileError> {
    TilePath::holding(node, size).ok_or(TileError::Outside { level: node.level(), index: node.index(), size })
}

/// Some tiles of the tree of one size, by which nodes are read.
///
/// A wider tile may stand in for a partial one: its first hashes are the same for good.
///
/// ```
/// use trace_core::log::{
///     Frontier, Tiles, inclusion_nodes, leaf_hash, prove_inclusion, tiles_for, verify_inclusion,
/// };
///
/// let leaves = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
/// let mut tree = Frontier::new();
/// leaves.iter().for_each(|leaf| drop(tree.push(*leaf)));
///
/// let mut tiles = Tiles::of(3);
/// for path in tiles_for(&inclusion_nodes(1, 3)?, 3)? {
///     let served = leaves.map(|leaf| *leaf.as_bytes()).concat();
///     tiles.insert(path, &served)?;
/// }
/// let proof = prove_inclusion(1, 3, |node| tiles.read(node))?;
/// verify_inclusion(leaves[1], 1, 3, tree.root(), &proof)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiles {
    size: u64,
    hashes: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl Tiles {
    /// No tile yet, of the tree of `size` entries.
    pub const fn of(size: u64) -> Self {
        Self { size, hashes: BTreeMap::new() }
    }

    /// Takes the bytes of a tile as they were served. The wider of two at one place stays.
    ///
    /// # Errors
    /// [`TileError::Length`] or [`TileError::Entries`].
    pub fn insert(&mut self, path: TilePath, bytes: &[u8]) -> Result<(), TileError> {
        let level = path.level().ok_or(TileError::Entries { path })?;
        let (hashes, rest) = bytes.as_chunks::<32>();
        if hashes.len() != usize::from(path.width()) || !rest.is_empty() {
            let expected = 32 * usize::from(path.width());
            return Err(TileError::Length { path, expected, received: bytes.len() });
        }
        let kept = self.hashes.entry((level, path.index())).or_default();
        if kept.len() < hashes.len() {
            *kept = hashes.iter().map(|bytes| Hash::from_bytes(*bytes)).collect();
        }
        Ok(())
    }

    /// The hash of a complete subtree: one of a tile, or hashed from at most 128 of them.
    ///
    /// # Errors
    /// [`TileError::Outside`] or [`TileError::Missing`].
    pub fn read(&self, node: Node) -> Result<Hash, TileError> {
        let path = holding(node, self.size)?;
        let missing = TileError::Missing { path };
        let key = (path.level().ok_or(missing)?, path.index());
        let height = node.level() % 8;
        let first = (node.index() << height) % u64::from(TILE_WIDTH);
        let first = usize::try_from(first).map_err(|_| missing)?;
        let hashes = self.hashes.get(&key).and_then(|tile| tile.get(first..first + (1 << height))).ok_or(missing)?;
        Ok(subtree(hashes))
    }
}

/// The root over a power of two of hashes.
fn subtree(hashes: &[Hash]) -> Hash {
    if let [one] = hashes {
        return *one;
    }
    let (left, right) = hashes.split_at(hashes.len() / 2);
    node_hash(subtree(left), subtree(right))
}
