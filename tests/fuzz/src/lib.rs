//! One small signed log that all targets know: what verifies against it must be what it really signed.
//!
//! It lacks the targets themselves; they stand in `fuzz_targets/`.

use trace_core::log::{Checkpoint, Frontier, Hash, KeyType, Policy, SigningKey, leaf_hash};

/// The name of the log.
pub const ORIGIN: &str = "log.example/fuzz";

/// How many entries the log has.
pub const SIZE: u64 = 7;

/// The bytes of an entry of the log.
pub fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

/// The leaf hashes of the first `size` entries.
pub fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|index| leaf_hash(&entry(index))).collect()
}

/// The root over the first `size` entries.
pub fn root(size: u64) -> Hash {
    let mut tree = Frontier::new();
    for leaf in leaves(size) {
        tree.push(leaf);
    }
    tree.root()
}

/// The log's only checkpoint.
pub fn checkpoint() -> Checkpoint {
    Checkpoint::new(ORIGIN, SIZE, root(SIZE)).expect("a checkpoint")
}

/// The log's key and its witness's.
pub fn keys() -> [SigningKey; 2] {
    let log = SigningKey::new(ORIGIN, KeyType::Ed25519, &[1; 32]);
    let witness = SigningKey::new("witness.example/fuzz", KeyType::Cosignature, &[2; 32]);
    [log.expect("a key"), witness.expect("a key")]
}

/// Trusts the log without asking for the witness, whose signature must be good where it stands.
pub fn policy() -> Policy {
    let [log, witness] = keys();
    Policy::new(ORIGIN, vec![log.verifier().clone()], vec![witness.verifier().clone()], 0).expect("a policy")
}
