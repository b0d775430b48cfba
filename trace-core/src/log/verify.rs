//! Checking inclusion and consistency proofs, as a verifier that holds nothing but roots.
//!
//! The algorithms are those of RFC 9162 sections 2.1.3.2 and 2.1.4.2, which say for the tree of RFC 6962 how
//! to verify step by step; they share no code with the making of proofs.

use super::Hash;
use super::tree::{empty_root, node_hash};

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The entry cannot be in a tree of that size.
    #[error("entry {index} is not in a tree of {size}; its entries are 0 to size - 1")]
    IndexOutside {
        /// The index that was claimed.
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
    /// The proof has too few or too many hashes.
    #[error("the proof has {received} hashes, which is too {}", if *.too_long { "many" } else { "few" })]
    Length {
        /// How many hashes came.
        received: usize,
        /// Whether it is too long, rather than too short.
        too_long: bool,
    },
    /// The hashes lead to another root than the tree's.
    #[error("the proof leads to root {computed}, and the tree's is {expected}")]
    Root {
        /// What the proof leads to.
        computed: Hash,
        /// The root of the (newer) tree.
        expected: Hash,
    },
    /// The hashes lead to another root than the older tree's.
    #[error("the proof leads to older root {computed}, and the older tree's is {expected}")]
    OldRoot {
        /// What the proof leads to.
        computed: Hash,
        /// The root of the older tree.
        expected: Hash,
    },
}

/// Checks that the entry with hash `leaf` is number `index` (from 0) of the tree of `size` entries with `root`.
///
/// # Errors
/// [`VerifyError`] for every proof that is not exactly the audit path (RFC 9162 section 2.1.3.2).
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, root: Hash, proof: &[Hash]) -> Result<(), VerifyError> {
    if index >= size {
        return Err(VerifyError::IndexOutside { index, size });
    }
    let mut walk = Walk { node: index, last: size - 1 };
    let mut computed = leaf;
    for sibling in proof {
        computed = match walk.step(proof.len())? {
            Side::Left => node_hash(*sibling, computed),
            Side::Right => node_hash(computed, *sibling),
        };
    }
    walk.finish(proof.len())?;
    same_root(computed, root)
}

/// Checks that the tree of `old_size` with `old_root` is the beginning of the tree of `new_size` with `new_root`.
///
/// Equal sizes ask for equal roots, and size 0 for the root of the empty tree; both for an empty proof.
///
/// # Errors
/// [`VerifyError`] for every proof that is not exactly the RFC's (RFC 9162 section 2.1.4.2).
pub fn verify_consistency(
    old_size: u64,
    old_root: Hash,
    new_size: u64,
    new_root: Hash,
    proof: &[Hash],
) -> Result<(), VerifyError> {
    if old_size > new_size {
        return Err(VerifyError::SizesReversed { old_size, new_size });
    }
    if old_size == 0 || old_size == new_size {
        if !proof.is_empty() {
            return Err(VerifyError::Length { received: proof.len(), too_long: true });
        }
        if new_size == 0 {
            same_root(empty_root(), new_root)?;
        }
        let old_computed = if old_size == 0 { empty_root() } else { new_root };
        return same_old_root(old_computed, old_root);
    }
    // A complete old tree is itself the first node, and its hash is left out of the proof.
    let (first, siblings) = match proof.split_first() {
        _ if old_size.is_power_of_two() => (old_root, proof),
        Some((first, siblings)) => (*first, siblings),
        None => {
            return Err(VerifyError::Length { received: 0, too_long: false });
        }
    };
    let shared = (old_size - 1).trailing_ones();
    let mut walk = Walk { node: (old_size - 1) >> shared, last: (new_size - 1) >> shared };
    let (mut old_computed, mut computed) = (first, first);
    for sibling in siblings {
        match walk.step(proof.len())? {
            Side::Left => {
                old_computed = node_hash(*sibling, old_computed);
                computed = node_hash(*sibling, computed);
            }
            Side::Right => computed = node_hash(computed, *sibling),
        }
    }
    walk.finish(proof.len())?;
    same_old_root(old_computed, old_root)?;
    same_root(computed, new_root)
}

/// Where the next hash of a proof stands, seen from the node in hand.
enum Side {
    Left,
    Right,
}

/// The RFC's `fn` and `sn`: the node in hand and the last node of its level, going up.
struct Walk {
    node: u64,
    last: u64,
}

impl Walk {
    fn step(&mut self, received: usize) -> Result<Side, VerifyError> {
        if self.last == 0 {
            return Err(VerifyError::Length { received, too_long: true });
        }
        let side = if self.node & 1 == 1 || self.node == self.last {
            // A last node without a left sibling has no partner on this level: it rises until it has one.
            while self.node & 1 == 0 && self.node != 0 {
                self.node >>= 1;
                self.last >>= 1;
            }
            Side::Left
        } else {
            Side::Right
        };
        self.node >>= 1;
        self.last >>= 1;
        Ok(side)
    }

    fn finish(&self, received: usize) -> Result<(), VerifyError> {
        if self.last == 0 { Ok(()) } else { Err(VerifyError::Length { received, too_long: false }) }
    }
}

fn same_root(computed: Hash, expected: Hash) -> Result<(), VerifyError> {
    if computed == expected { Ok(()) } else { Err(VerifyError::Root { computed, expected }) }
}

fn same_old_root(computed: Hash, expected: Hash) -> Result<(), VerifyError> {
    if computed == expected { Ok(()) } else { Err(VerifyError::OldRoot { computed, expected }) }
}
