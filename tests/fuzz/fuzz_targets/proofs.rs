//! Proof files, requests to witnesses and bare proofs: read or refused, and none but the true proof verifies.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use trace_core::log::{
    AddCheckpoint, Hash, Policy, TlogProof, leaf_hash, prove_consistency, prove_inclusion, read_leaves,
    verify_consistency, verify_inclusion,
};

static POLICY: LazyLock<Policy> = LazyLock::new(trace_fuzz::policy);

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = str::from_utf8(bytes) {
        files(text);
    }
    if let Some((numbers, rest)) = bytes.split_first_chunk::<16>() {
        let (left, right) = numbers.split_at(8);
        let number = |half: &[u8]| u64::from_be_bytes(half.try_into().expect("8 bytes"));
        bare(number(left), number(right), rest);
    }
});

fn files(text: &str) {
    if let Ok(proof) = text.parse::<TlogProof>() {
        assert_eq!(proof.to_string(), text);
        let entry = trace_fuzz::entry(4);
        if let Ok(verified) = proof.verify(&entry, &POLICY) {
            assert_eq!(verified.checkpoint, trace_fuzz::checkpoint());
            let leaves = trace_fuzz::leaves(trace_fuzz::SIZE);
            assert_eq!(proof.index(), 4);
            assert_eq!(proof.hashes(), prove_inclusion(4, trace_fuzz::SIZE, read_leaves(&leaves)).expect("a proof"));
        }
    }
    if let Ok(request) = text.parse::<AddCheckpoint>() {
        assert_eq!(request.to_string(), text);
    }
}

/// `change` is laid over the true proof of small sizes, bit by bit: where any bit is set, or hashes are added, nothing
/// may verify. The large sizes must end in an answer, whatever it is.
fn bare(one: u64, other: u64, change: &[u8]) {
    let hashes: Vec<Hash> = change.chunks_exact(32).map(|chunk| Hash::try_from(chunk).expect("32 bytes")).collect();
    let stranger = leaf_hash(b"stranger");
    assert!(verify_inclusion(stranger, one, other, stranger, &hashes).is_err() || hashes.is_empty());
    let _ = verify_consistency(one, stranger, other, stranger, &hashes);

    let size = other % 70 + 1;
    let index = one % size;
    let leaves = trace_fuzz::leaves(size);
    let root = trace_fuzz::root(size);
    let unchanged = hashes.iter().all(|hash| hash.as_bytes() == &[0; 32]);

    let proof = prove_inclusion(index, size, read_leaves(&leaves)).expect("a proof");
    let changed = lay_over(&proof, &hashes);
    let leaf = leaf_hash(&trace_fuzz::entry(index));
    let good = unchanged && changed.len() == proof.len();
    assert_eq!(verify_inclusion(leaf, index, size, root, &changed).is_ok(), good);

    let proof = prove_consistency(index, size, read_leaves(&leaves)).expect("a proof");
    let changed = lay_over(&proof, &hashes);
    let good = unchanged && changed.len() == proof.len();
    assert_eq!(verify_consistency(index, trace_fuzz::root(index), size, root, &changed).is_ok(), good);
}

fn lay_over(proof: &[Hash], change: &[Hash]) -> Vec<Hash> {
    let zero = Hash::from_bytes([0; 32]);
    let place = |at: usize| {
        let (true_hash, change) = (proof.get(at).unwrap_or(&zero), change.get(at).unwrap_or(&zero));
        let mut bytes = *true_hash.as_bytes();
        bytes.iter_mut().zip(change.as_bytes()).for_each(|(byte, change)| *byte ^= change);
        Hash::from_bytes(bytes)
    };
    (0..proof.len().max(change.len())).map(place).collect()
}
