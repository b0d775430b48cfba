//! The tree, its proofs and their verification against RFC 6962's recursive definition, and golden vectors.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use proptest::prelude::*;

use super::*;

mod files;
mod notes;
mod tiles;

/// Every size up to here is tried; it passes two powers of two.
const SIZE_TRIED_MAX: usize = 70;

/// MTH of RFC 6962 section 2.1, word for word.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let k = leaves.len().next_power_of_two() / 2;
            node_hash(naive_root(&leaves[..k]), naive_root(&leaves[k..]))
        }
    }
}

/// PATH of RFC 6962 section 2.1.1.
fn naive_path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = leaves.len().next_power_of_two() / 2;
    if m < k {
        [naive_path(m, &leaves[..k]), vec![naive_root(&leaves[k..])]].concat()
    } else {
        [naive_path(m - k, &leaves[k..]), vec![naive_root(&leaves[..k])]].concat()
    }
}

/// SUBPROOF of RFC 6962 section 2.1.2.
fn naive_subproof(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if whole { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let k = leaves.len().next_power_of_two() / 2;
    if m <= k {
        [naive_subproof(m, &leaves[..k], whole), vec![naive_root(&leaves[k..])]].concat()
    } else {
        [naive_subproof(m - k, &leaves[k..], false), vec![naive_root(&leaves[..k])]].concat()
    }
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|i| leaf_hash(i.to_string().as_bytes())).collect()
}

/// Every proof that differs from a good one in one bit of one hash, one hash more or less, or the order.
fn mutations(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut wrong = Vec::new();
    for place in 0..proof.len() {
        for bit in [0, 255] {
            let mut bytes = *proof[place].as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let mut changed = proof.to_vec();
            changed[place] = Hash::from_bytes(bytes);
            wrong.push(changed);
        }
        let mut shorter = proof.to_vec();
        shorter.remove(place);
        wrong.push(shorter);
        if place > 0 {
            let mut swapped = proof.to_vec();
            swapped.swap(place - 1, place);
            wrong.push(swapped);
        }
    }
    for extra in [empty_root(), proof.last().copied().unwrap_or_else(empty_root)] {
        wrong.push([proof, &[extra]].concat());
        wrong.push([&[extra], proof].concat());
    }
    wrong
}

#[test]
fn the_frontier_has_the_naive_root_at_every_size() {
    let leaves = leaves(SIZE_TRIED_MAX);
    let mut frontier = Frontier::new();
    for size in 0..leaves.len() {
        assert_eq!(frontier.root(), naive_root(&leaves[..size]), "size {size}");
        assert_eq!(Frontier::from_bytes(&frontier.to_bytes()), Ok(frontier.clone()));
        frontier.push_with(leaves[size], |node, hash| {
            let range = node.leaves();
            let (start, end) = (range.start.try_into().unwrap(), range.end.try_into().unwrap());
            let range: std::ops::Range<usize> = start..end;
            assert_eq!(hash, naive_root(&leaves[range]), "{node:?}");
        });
    }
}

#[test]
fn a_stored_frontier_is_read_strictly() {
    let mut frontier = Frontier::new();
    for leaf in leaves(7) {
        frontier.push(leaf);
    }
    let bytes = frontier.to_bytes();
    for cut in 0..bytes.len() {
        assert!(Frontier::from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    assert!(Frontier::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    assert!(Frontier::from_bytes(&[&bytes[..], &[0; 32]].concat()).is_err());
    let huge = [&u64::MAX.to_be_bytes()[..], &[0; 64 * 32]].concat();
    assert_eq!(Frontier::from_bytes(&huge), Err(FrontierError::Size { received: u64::MAX }));
}

#[test]
fn inclusion_is_the_naive_path_and_nothing_else_verifies() {
    let leaves = leaves(SIZE_TRIED_MAX);
    for size in 1..=leaves.len() {
        let root = naive_root(&leaves[..size]);
        for (index, leaf) in leaves[..size].iter().enumerate() {
            let (i, n) = (index as u64, size as u64);
            let proof = prove_inclusion(i, n, read_leaves(&leaves)).unwrap();
            assert_eq!(proof, naive_path(index, &leaves[..size]), "{index} of {size}");
            assert_eq!(verify_inclusion(*leaf, i, n, root, &proof), Ok(()), "{index} of {size}");
            for wrong in mutations(&proof) {
                // Two equal hashes swapped are the same proof.
                assert!(
                    wrong == proof || verify_inclusion(*leaf, i, n, root, &wrong).is_err(),
                    "{index} of {size}: {wrong:?}"
                );
            }
            for other in (0..n).filter(|other| *other != i) {
                assert!(verify_inclusion(*leaf, other, n, root, &proof).is_err());
            }
            assert!(verify_inclusion(leaf_hash(b"another"), i, n, root, &proof).is_err());
            assert!(verify_inclusion(*leaf, i, n, empty_root(), &proof).is_err());
        }
        let n = size as u64;
        assert_eq!(verify_inclusion(leaves[0], n, n, root, &[]), Err(VerifyError::IndexOutside { index: n, size: n }));
    }
}

#[test]
fn consistency_is_the_naive_proof_and_nothing_else_verifies() {
    let leaves = leaves(SIZE_TRIED_MAX);
    for new in 0..=leaves.len() {
        let new_root = naive_root(&leaves[..new]);
        for old in 0..=new {
            let (m, n) = (old as u64, new as u64);
            let old_root = naive_root(&leaves[..old]);
            let proof = prove_consistency(m, n, read_leaves(&leaves)).unwrap();
            let naive = if old == 0 { Vec::new() } else { naive_subproof(old, &leaves[..new], true) };
            assert_eq!(proof, naive, "{old} to {new}");
            let verify = |old_root, new_root, proof: &[Hash]| verify_consistency(m, old_root, n, new_root, proof);
            assert_eq!(verify(old_root, new_root, &proof), Ok(()), "{old} to {new}");
            for wrong in mutations(&proof) {
                assert!(wrong == proof || verify(old_root, new_root, &wrong).is_err(), "{old} to {new}: {wrong:?}");
            }
            let stranger = leaf_hash(b"another");
            assert!(verify(stranger, new_root, &proof).is_err(), "{old} to {new}");
            // Nothing is claimed of a later tree by the empty one.
            assert!(old == 0 && new > 0 || verify(old_root, stranger, &proof).is_err());
        }
    }
}

#[test]
fn impossible_proofs_are_refused_with_the_reason() {
    let leaves = leaves(3);
    let read = || read_leaves(&leaves);
    assert_eq!(prove_inclusion(3, 3, read()), Err(ProveError::IndexOutside { index: 3, size: 3 }));
    assert_eq!(prove_inclusion(0, u64::MAX, read()), Err(ProveError::TooLarge { size: u64::MAX }));
    assert_eq!(prove_consistency(3, 2, read()), Err(ProveError::SizesReversed { old_size: 3, new_size: 2 }));
    assert_eq!(
        verify_consistency(3, empty_root(), 2, empty_root(), &[]),
        Err(VerifyError::SizesReversed { old_size: 3, new_size: 2 })
    );
    let missing = prove_inclusion(0, 4, read()).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "a node of the tree could not be read: leaf 3 is needed, and only 3 leaves are at hand"
    );
}

#[test]
fn the_nodes_to_read_are_known_beforehand() {
    let all = leaves(SIZE_TRIED_MAX);
    let tree = read_leaves(&all);
    let nodes = inclusion_nodes(17, 69).unwrap();
    let mut read = nodes.iter();
    let proof = prove_inclusion(17, 69, |node| {
        assert_eq!(read.next(), Some(&node));
        tree(node)
    });
    assert_eq!(proof.unwrap(), naive_path(17, &all[..69]));
    assert_eq!(read.next(), None);
    // A proof in the largest tree reads at most two nodes a level.
    assert!(consistency_nodes(SIZE_MAX / 3, SIZE_MAX).unwrap().len() <= 126);
    assert!(inclusion_nodes(SIZE_MAX - 1, SIZE_MAX).unwrap().len() <= 126);
}

#[derive(serde::Deserialize)]
struct Golden {
    entries: Vec<String>,
    roots: Vec<Hash>,
    inclusion: Vec<GoldenInclusion>,
    consistency: Vec<GoldenConsistency>,
}

#[derive(serde::Deserialize)]
struct GoldenInclusion {
    index: u64,
    size: u64,
    proof: Vec<Hash>,
}

#[derive(serde::Deserialize)]
struct GoldenConsistency {
    old_size: u64,
    new_size: u64,
    proof: Vec<Hash>,
}

#[test]
fn golden_vectors() {
    let text = include_str!("../../../fixtures/golden/tree.json");
    let golden: Golden = serde_json::from_str(text).unwrap();
    let leaves: Vec<_> = golden.entries.iter().map(|entry| leaf_hash(entry.as_bytes())).collect();
    assert_eq!(golden.roots.len(), leaves.len() + 1);
    let mut frontier = Frontier::new();
    for (size, leaf) in leaves.iter().enumerate() {
        assert_eq!(frontier.root(), golden.roots[size], "size {size}");
        frontier.push(*leaf);
    }
    assert_eq!(frontier.root(), golden.roots[leaves.len()]);
    assert!(!golden.inclusion.is_empty() && !golden.consistency.is_empty());
    for case in golden.inclusion {
        let made = prove_inclusion(case.index, case.size, read_leaves(&leaves)).unwrap();
        assert_eq!(made, case.proof, "{} of {}", case.index, case.size);
    }
    for case in golden.consistency {
        let made = prove_consistency(case.old_size, case.new_size, read_leaves(&leaves)).unwrap();
        assert_eq!(made, case.proof, "{} to {}", case.old_size, case.new_size);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(frontier) = Frontier::from_bytes(&bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
        }
    }

    #[test]
    fn random_hashes_prove_nothing(
        index in 0_u64..1 << 40,
        size in 0_u64..1 << 40,
        hashes in proptest::collection::vec(any::<[u8; 32]>(), 0..44),
    ) {
        let proof: Vec<_> = hashes.into_iter().map(Hash::from_bytes).collect();
        let root = leaf_hash(b"root");
        prop_assert!(verify_inclusion(leaf_hash(b"leaf"), index, size, root, &proof).is_err());
        prop_assert!(verify_consistency(index, leaf_hash(b"old"), size, root, &proof).is_err());
    }
}
