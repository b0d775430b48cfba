//! The transparency log's Merkle tree: hashes, the growing right edge, proofs and their verification.
//!
//! The tree is that of [RFC 6962 section 2.1], the one that the [C2SP tlog-tiles] format serves: a leaf is
//! `SHA-256(0x00 || entry)`, a node `SHA-256(0x01 || left || right)`.
//! Nothing here stores, signs or fetches: callers pass entries in and node hashes through a closure.
//!
//! # Example: append, prove, verify
//!
//! ```
//! use trace_core::log::{Frontier, leaf_hash, prove_inclusion, read_leaves, verify_inclusion};
//!
//! let leaves: Vec<_> = ["plant", "harvest", "pack"].iter().map(|e| leaf_hash(e.as_bytes())).collect();
//! let mut frontier = Frontier::new();
//! for leaf in &leaves {
//!     frontier.push(*leaf);
//! }
//! let proof = prove_inclusion(1, 3, read_leaves(&leaves))?;
//! verify_inclusion(leaves[1], 1, frontier.size(), frontier.root(), &proof)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [RFC 6962 section 2.1]: https://www.rfc-editor.org/rfc/rfc6962#section-2.1
//! [C2SP tlog-tiles]: https://c2sp.org/tlog-tiles

mod frontier;
mod hash;
mod proof;
mod tree;
mod verify;

#[cfg(test)]
mod tests;

pub use frontier::{Frontier, FrontierError};
pub use hash::{Hash, HashError};
pub use proof::{
    MissingLeaf, ProveError, consistency_nodes, inclusion_nodes, prove_consistency, prove_inclusion, read_leaves,
};
pub use tree::{Node, NodeError, SIZE_MAX, TILE_HEIGHT, empty_root, leaf_hash, node_hash};
pub use verify::{VerifyError, verify_consistency, verify_inclusion};
