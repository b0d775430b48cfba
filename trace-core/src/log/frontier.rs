//! The right edge of the growing tree: all that appending needs, and small enough for one database column.
//!
//! It cannot prove anything about old entries; that takes the stored node hashes (see `proof`).

use super::Hash;
use super::tree::{Node, SIZE_MAX, empty_root, node_hash};

/// The bytes of the size in front of the hashes.
const SIZE_BYTES: usize = 8;

/// The complete subtrees that make up a tree, largest first: one for each 1 bit of the size.
///
/// At most 63 hashes, whatever the size. An append costs two hashes on average.
///
/// ```
/// use trace_core::log::{Frontier, leaf_hash};
///
/// let mut frontier = Frontier::new();
/// assert_eq!(frontier.push(leaf_hash(b"first")), 0);
/// assert_eq!(frontier.push(leaf_hash(b"second")), 1);
/// assert_eq!(Frontier::from_bytes(&frontier.to_bytes())?, frontier);
/// # Ok::<(), trace_core::log::FrontierError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    edge: Vec<Hash>,
}

/// Why bytes are no [`Frontier`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// Not even the size is there.
    #[error("a frontier begins with its size in 8 bytes, received {received} bytes in all")]
    Truncated {
        /// How many bytes came.
        received: usize,
    },
    /// The size is beyond [`SIZE_MAX`].
    #[error("a frontier's size is at most 2^63 - 1, received {received}")]
    Size {
        /// The size that the bytes give.
        received: u64,
    },
    /// The number of hashes does not follow from the size.
    #[error("a frontier of {size} leaves is {expected} bytes, received {received}")]
    Length {
        /// The size that the bytes give.
        size: u64,
        /// The length that this size asks for.
        expected: usize,
        /// How many bytes came.
        received: usize,
    },
}

impl Frontier {
    /// The empty tree.
    pub const fn new() -> Self {
        Self { size: 0, edge: Vec::new() }
    }

    /// The number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf hash and returns its index.
    pub fn push(&mut self, leaf: Hash) -> u64 {
        self.push_with(leaf, |_, _| ())
    }

    /// Appends a leaf hash, returns its index, and shows every node that became complete, the leaf first.
    ///
    /// These nodes never change again: a store that keeps them can read any proof without hashing.
    ///
    /// ```
    /// use trace_core::log::{Frontier, leaf_hash};
    ///
    /// let mut frontier = Frontier::new();
    /// frontier.push(leaf_hash(b"a"));
    /// let mut completed = Vec::new();
    /// frontier.push_with(leaf_hash(b"b"), |node, _| completed.push((node.level(), node.index())));
    /// assert_eq!(completed, [(0, 1), (1, 0)]);
    /// ```
    pub fn push_with(&mut self, leaf: Hash, mut completed: impl FnMut(Node, Hash)) -> u64 {
        let index = self.size;
        let mut hash = leaf;
        completed(Node::within(0, index), hash);
        // Each trailing 1 bit of the old size is a subtree of the same height as the one in hand.
        let mut level: u8 = 0;
        while index >> level & 1 == 1 {
            let Some(left) = self.edge.pop() else { break };
            hash = node_hash(left, hash);
            level += 1;
            completed(Node::within(level, index >> level), hash);
        }
        self.edge.push(hash);
        self.size += 1;
        index
    }

    /// The root hash of the tree so far (RFC 6962 section 2.1); [`empty_root`] without leaves.
    pub fn root(&self) -> Hash {
        let from_the_right = self.edge.iter().rev().copied();
        from_the_right.reduce(|right, left| node_hash(left, right)).unwrap_or_else(empty_root)
    }

    /// The size as 8 bytes, big end first, then the subtree hashes, largest subtree first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        bytes.extend(self.edge.iter().flat_map(|hash| *hash.as_bytes()));
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// [`FrontierError`] unless the length is exactly what the size asks for. Wrong hashes cannot be seen
    /// here: compare [`root`](Self::root) with the last checkpoint.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let received = bytes.len();
        let Some((head, tail)) = bytes.split_first_chunk::<SIZE_BYTES>() else {
            return Err(FrontierError::Truncated { received });
        };
        let size = u64::from_be_bytes(*head);
        if size > SIZE_MAX {
            return Err(FrontierError::Size { received: size });
        }
        let (hashes, rest) = tail.as_chunks::<32>();
        let expected_hashes = size.count_ones() as usize;
        if hashes.len() != expected_hashes || !rest.is_empty() {
            let expected = SIZE_BYTES + 32 * expected_hashes;
            return Err(FrontierError::Length { size, expected, received });
        }
        Ok(Self { size, edge: hashes.iter().map(|bytes| Hash::from_bytes(*bytes)).collect() })
    }
}
