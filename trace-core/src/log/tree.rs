//! The hashes of RFC 6962 and the coordinates of complete subtrees.
//!
//! The tree's growth is in [`Frontier`](super::Frontier); nothing here holds state.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::Hash;

/// The largest number of entries: what a signed 64-bit integer holds, as databases and
/// C2SP tlog-checkpoint readers use.
pub const SIZE_MAX: u64 = i64::MAX as u64;

/// The hash of an entry: `SHA-256(0x00 || entry)` (RFC 6962 section 2.1).
///
/// ```
/// let hash = trace_core::log::leaf_hash(b"");
/// assert_eq!(hash.to_hex(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
/// ```
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash::from_bytes(Sha256::new().chain_update([0x00]).chain_update(entry).finalize().into())
}

/// The hash over two subtrees: `SHA-256(0x01 || left || right)` (RFC 6962 section 2.1).
///
/// The leading byte differs from that of [`leaf_hash`], so that no node can pass for an entry.
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    let hasher = Sha256::new().chain_update([0x01]);
    Hash::from_bytes(hasher.chain_update(left.as_bytes()).chain_update(right.as_bytes()).finalize().into())
}

/// The root of the tree without entries: SHA-256 of nothing (RFC 6962 section 2.1).
pub fn empty_root() -> Hash {
    Hash::from_bytes(Sha256::digest(b"").into())
}

/// The coordinates of a complete subtree: the `index`-th, from the left, of those with 2^`level` leaves.
///
/// Level 0 is the leaves. In C2SP tlog-tiles, the node stands in tile level `level / 8`.
///
/// ```
/// use trace_core::log::Node;
///
/// assert_eq!(Node::new(3, 2)?.leaves(), 16..24);
/// # Ok::<(), trace_core::log::NodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    level: u8,
    index: u64,
}

/// A subtree that would lie beyond the largest tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("node {index} of level {level} lies beyond the largest tree, which has 2^63 - 1 leaves")]
pub struct NodeError {
    level: u8,
    index: u64,
}

impl Node {
    /// The `index`-th complete subtree with 2^`level` leaves.
    ///
    /// # Errors
    /// [`NodeError`] where its last leaf would lie beyond [`SIZE_MAX`].
    pub fn new(level: u8, index: u64) -> Result<Self, NodeError> {
        let end = (u128::from(index) + 1).checked_shl(u32::from(level));
        match end {
            Some(end) if level < 63 && end <= u128::from(SIZE_MAX) => Ok(Self { level, index }),
            _ => Err(NodeError { level, index }),
        }
    }

    /// For callers inside the log, whose coordinates come from a checked tree size.
    pub(super) const fn within(level: u8, index: u64) -> Self {
        Self { level, index }
    }

    /// The height: 0 for a leaf.
    pub const fn level(self) -> u8 {
        self.level
    }

    /// The place among the nodes of its level, from 0.
    pub const fn index(self) -> u64 {
        self.index
    }

    /// The indices of the leaves under it.
    pub const fn leaves(self) -> Range<u64> {
        self.index << self.level..(self.index + 1) << self.level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coordinates_end_with_the_largest_tree() {
        assert!(Node::new(0, SIZE_MAX - 1).is_ok());
        assert!(Node::new(0, SIZE_MAX).is_err());
        assert!(Node::new(62, 0).is_ok());
        assert!(Node::new(62, 1).is_err());
        assert!(Node::new(63, 0).is_err());
        assert!(Node::new(255, 0).is_err());
        assert!(Node::new(60, u64::MAX).is_err());
    }
}
