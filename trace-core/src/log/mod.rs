//! The transparency log: its Merkle tree, proofs, signed checkpoints, tiles and proof files.
//!
//! The tree is that of [RFC 6962 section 2.1], the one that the [C2SP tlog-tiles] format serves: a leaf is
//! `SHA-256(0x00 || entry)`, a node `SHA-256(0x01 || left || right)`.
//! On it stand the formats of C2SP: [`TilePath`] and bundles (tlog-tiles), [`Note`] (signed-note), [`Checkpoint`]
//! (tlog-checkpoint, tlog-cosignature), [`AddCheckpoint`] (tlog-witness) and [`TlogProof`] (tlog-proof).
//! Nothing here stores, fetches or knows the time: callers pass entries, seeds and times in, and node hashes through a
//! closure.
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

mod bundle;
mod checkpoint;
mod chinese;
mod cosignature;
mod frontier;
mod hash;
mod key;
mod note;
mod policy;
mod proof;
mod tile;
mod tile_reader;
mod tlog_proof;
mod tree;
mod verify;
mod witness;

#[cfg(test)]
mod tests;

pub use bundle::{BundleError, ENTRY_BYTES_MAX, decode_bundle, encode_bundle};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use cosignature::COSIGNATURE_TIME_MAX;
pub use frontier::{Frontier, FrontierError};
pub use hash::{Hash, HashError};
pub use key::{KeyError, KeyId, KeyType, SigningKey, VerifierKey};
pub use note::{NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX, Note, NoteError, NoteSignature, SignError, SignedBy, Verified};
pub use policy::{Policy, PolicyError, VerifiedCheckpoint};
pub use proof::{
    MissingLeaf, ProveError, consistency_nodes, inclusion_nodes, prove_consistency, prove_inclusion, read_leaves,
};
pub use tile::{TILE_HEIGHT, TILE_WIDTH, TilePath, TilePathError, bundles_of, tiles_of};
pub use tile_reader::{TileError, Tiles, tiles_for};
pub use tlog_proof::{PROOF_EXTRA_BYTES_MAX, TlogProof, TlogProofError};
pub use tree::{Node, NodeError, SIZE_MAX, empty_root, leaf_hash, node_hash};
pub use verify::{VerifyError, verify_consistency, verify_inclusion};
pub use witness::{AddCheckpoint, AddCheckpointError, WITNESS_SIZE_TYPE, WitnessAnswer, take_cosignature};
