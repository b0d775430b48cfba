//! Making inclusion and consistency proofs out of node hashes that the caller reads.
//!
//! A proof is built through a closure from [`Node`] to [`Hash`], so that it does not matter whether nodes
//! stand in a database, in tiles or in memory. A caller that can only read asynchronously first asks which
//! nodes it will take ([`inclusion_nodes`], [`consistency_nodes`]), reads them in one go, and passes a look-up.
//! Checking proofs is in `verify`.

use std::convert::Infallible;
use std::ops::Range;

use super::Hash;
use super::tree::{Node, SIZE_MAX, node_hash};

/// Why a proof could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProveError<E> {
    /// The entry is not in a tree of that size.
    #[error("entry {index} is not in a tree of {size}; its entries are 0 to size - 1")]
    IndexOutside {
        /// The index that was asked for.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The older tree is the larger one.
    #[error("a tree of {old_size} cannot be an earlier state of a tree of {new_size}")]
    SizesReversed {
        /// The size that was given as the older.
        old_size: u64,
        /// The size that was given as the newer.
        new_size: u64,
    },
    /// The size is beyond [`SIZE_MAX`].
    #[error("a tree has at most 2^63 - 1 entries, received {size}")]
    TooLarge {
        /// The size that was given.
        size: u64,
    },
    /// The closure failed.
    #[error("a node of the tree could not be read: {0}")]
    Read(E),
}

/// A leaf that a slice of leaf hashes does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("leaf {index} is needed, and only {held} leaves are at hand")]
pub struct MissingLeaf {
    index: u64,
    held: usize,
}

/// A reader of nodes that computes them from all the leaf hashes of a tree.
///
/// For tests, verifiers and small logs: a node of level n costs 2^n hashes each time.
pub fn read_leaves(leaves: &[Hash]) -> impl Fn(Node) -> Result<Hash, MissingLeaf> + '_ {
    fn subtree(leaves: &[Hash], range: Range<u64>) -> Result<Hash, MissingLeaf> {
        if range.end - range.start == 1 {
            let place = usize::try_from(range.start).ok();
            let missing = MissingLeaf { index: range.start, held: leaves.len() };
            return place.and_then(|place| leaves.get(place)).copied().ok_or(missing);
        }
        let middle = u64::midpoint(range.start, range.end);
        Ok(node_hash(subtree(leaves, range.start..middle)?, subtree(leaves, middle..range.end)?))
    }
    move |node| subtree(leaves, node.leaves())
}

/// The hash over leaves `range`, whose start is a left edge of the tree's own division.
fn range_hash<E>(range: Range<u64>, read: &mut impl FnMut(Node) -> Result<Hash, E>) -> Result<Hash, E> {
    let size = range.end - range.start;
    if size.is_power_of_two() {
        let level = size.trailing_zeros();
        #[expect(clippy::cast_possible_truncation, reason = "a u64 has at most 63 trailing zeros")]
        return read(Node::within(level as u8, range.start >> level));
    }
    let middle = range.start + split(size);
    Ok(node_hash(range_hash(range.start..middle, read)?, range_hash(middle..range.end, read)?))
}

/// The largest power of two smaller than `size` (RFC 6962 section 2.1); `size` is at least 2.
const fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// The audit path of entry `index` in the tree of `size` entries (RFC 6962 section 2.1.1), nearest sibling first.
///
/// `read` gives the hash of a complete subtree; it is asked for at most 2 nodes a level.
///
/// # Errors
/// [`ProveError::IndexOutside`], [`ProveError::TooLarge`], or what `read` failed with.
///
/// ```
/// use trace_core::log::{leaf_hash, prove_inclusion, read_leaves};
///
/// let leaves = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
/// assert_eq!(prove_inclusion(0, 2, read_leaves(&leaves))?, [leaves[1]]);
/// assert!(prove_inclusion(2, 2, read_leaves(&leaves)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn prove_inclusion<E>(
    index: u64,
    size: u64,
    mut read: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Vec<Hash>, ProveError<E>> {
    if size > SIZE_MAX {
        return Err(ProveError::TooLarge { size });
    }
    if index >= size {
        return Err(ProveError::IndexOutside { index, size });
    }
    // From the root down, keeping the half that was not taken; the proof runs from the leaf up.
    let mut siblings = Vec::new();
    let mut range = 0..size;
    while range.end - range.start > 1 {
        let middle = range.start + split(range.end - range.start);
        let (inside, sibling) = if index < middle {
            (range.start..middle, middle..range.end)
        } else {
            (middle..range.end, range.start..middle)
        };
        siblings.push(range_hash(sibling, &mut read).map_err(ProveError::Read)?);
        range = inside;
    }
    siblings.reverse();
    Ok(siblings)
}

/// The proof that the tree of `old_size` is the beginning of the tree of `new_size` (RFC 6962 section 2.1.2).
///
/// It is empty where the sizes are equal or `old_size` is 0: everything begins with nothing.
///
/// # Errors
/// [`ProveError::SizesReversed`], [`ProveError::TooLarge`], or what `read` failed with.
///
/// ```
/// use trace_core::log::{Frontier, leaf_hash, prove_consistency, read_leaves, verify_consistency};
///
/// let leaves = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
/// let mut tree = Frontier::new();
/// tree.push(leaves[0]);
/// let old_root = tree.root();
/// tree.push(leaves[1]);
/// tree.push(leaves[2]);
/// let proof = prove_consistency(1, 3, read_leaves(&leaves))?;
/// verify_consistency(1, old_root, 3, tree.root(), &proof)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn prove_consistency<E>(
    old_size: u64,
    new_size: u64,
    mut read: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Vec<Hash>, ProveError<E>> {
    if new_size > SIZE_MAX {
        return Err(ProveError::TooLarge { size: new_size });
    }
    if old_size > new_size {
        return Err(ProveError::SizesReversed { old_size, new_size });
    }
    if old_size == 0 {
        return Ok(Vec::new());
    }
    let mut siblings = Vec::new();
    let mut range = 0..new_size;
    // SUBPROOF of the RFC, from the root down: until the old tree's right end is the range's right end.
    while old_size < range.end {
        let middle = range.start + split(range.end - range.start);
        let (inside, sibling) = if old_size <= middle {
            (range.start..middle, middle..range.end)
        } else {
            (middle..range.end, range.start..middle)
        };
        siblings.push(range_hash(sibling, &mut read).map_err(ProveError::Read)?);
        range = inside;
    }
    // The verifier holds the old root, which is this range's hash exactly when the range starts at 0.
    if range.start > 0 {
        siblings.push(range_hash(range, &mut read).map_err(ProveError::Read)?);
    }
    siblings.reverse();
    Ok(siblings)
}

/// The nodes that [`prove_inclusion`] will read, in its order.
///
/// # Errors
/// As [`prove_inclusion`].
pub fn inclusion_nodes(index: u64, size: u64) -> Result<Vec<Node>, ProveError<Infallible>> {
    let mut nodes = Vec::new();
    prove_inclusion(index, size, note_into(&mut nodes))?;
    Ok(nodes)
}

/// The nodes that [`prove_consistency`] will read, in its order.
///
/// # Errors
/// As [`prove_consistency`].
pub fn consistency_nodes(old_size: u64, new_size: u64) -> Result<Vec<Node>, ProveError<Infallible>> {
    let mut nodes = Vec::new();
    prove_consistency(old_size, new_size, note_into(&mut nodes))?;
    Ok(nodes)
}

/// A reader that only notes what it is asked for; which nodes are read never depends on their values.
fn note_into(nodes: &mut Vec<Node>) -> impl FnMut(Node) -> Result<Hash, Infallible> + '_ {
    |node| {
        nodes.push(node);
        Ok(Hash::from_bytes([0; 32]))
    }
}
