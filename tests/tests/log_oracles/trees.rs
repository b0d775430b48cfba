//! Roots, proofs and tiles against the crate `tlog_tiles`, for every pair of sizes up to 70.

use proptest::prelude::*;
use tlog_tiles::{
    Hash as TheirHash, HashReader, Tile, check_record, check_tree, prove_record, prove_tree, record_hash,
    stored_hash_index, stored_hashes, tree_hash,
};
use trace_core::log::{Frontier, Node};
use trace_core::log::{
    Hash, TilePath, leaf_hash, prove_consistency, prove_inclusion, read_leaves, tiles_of, verify_consistency,
    verify_inclusion,
};

/// Every size up to here, and every pair of them.
const SIZE_TRIED_MAX: u64 = 70;

/// Their storage of all nodes, in their order.
#[derive(Default)]
struct Stored(Vec<TheirHash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<TheirHash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).unwrap()]).collect())
    }
}

fn entry(index: u64) -> Vec<u8> {
    format!("{{\"entry\":{index}}}").into_bytes()
}

/// Both sides' trees over the same entries: our leaves and roots by size, and their storage.
fn trees(size: u64) -> (Vec<Hash>, Vec<Hash>, Stored) {
    let (mut frontier, mut stored) = (Frontier::new(), Stored::default());
    let (mut leaves, mut roots) = (Vec::new(), vec![frontier.root()]);
    for index in 0..size {
        leaves.push(leaf_hash(&entry(index)));
        frontier.push(leaf_hash(&entry(index)));
        roots.push(frontier.root());
        let new = stored_hashes(index, &entry(index), &stored).unwrap();
        stored.0.extend(new);
    }
    (leaves, roots, stored)
}

fn theirs(hashes: &[Hash]) -> Vec<TheirHash> {
    hashes.iter().map(|hash| TheirHash(*hash.as_bytes())).collect()
}

/// A proof with one bit changed, one hash left out, doubled or added, or two exchanged.
fn mutations(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut wrong = vec![[proof, &[leaf_hash(b"more")]].concat(), [&[leaf_hash(b"more")], proof].concat()];
    for place in 0..proof.len() {
        let mut bytes = *proof[place].as_bytes();
        bytes[place % 32] ^= 1 << (place % 8);
        let mut changed = proof.to_vec();
        changed[place] = Hash::from_bytes(bytes);
        wrong.push(changed);
        wrong.push([&proof[..place], &proof[place + 1..]].concat());
        wrong.push([&proof[..=place], &proof[place..]].concat());
        if place > 0 {
            let mut exchanged = proof.to_vec();
            exchanged.swap(place - 1, place);
            wrong.push(exchanged);
        }
    }
    wrong
}

#[test]
fn roots_and_inclusion_agree_for_every_entry_of_every_size() {
    let (leaves, roots, stored) = trees(SIZE_TRIED_MAX);
    let mut believed = 0;
    for size in 0..=SIZE_TRIED_MAX {
        let root = roots[usize::try_from(size).unwrap()];
        let their_root = tree_hash(size, &stored).unwrap();
        assert_eq!(&their_root.0, root.as_bytes(), "size {size}");
        for index in 0..size {
            let leaf = leaves[usize::try_from(index).unwrap()];
            assert_eq!(&record_hash(&entry(index)).0, leaf.as_bytes());
            let proof = prove_inclusion(index, size, read_leaves(&leaves)).unwrap();
            assert_eq!(theirs(&proof), prove_record(size, index, &stored).unwrap(), "{index} of {size}");
            for candidate in mutations(&proof).into_iter().chain([proof]) {
                let ours = verify_inclusion(leaf, index, size, root, &candidate).is_ok();
                let their_leaf = TheirHash(*leaf.as_bytes());
                let other = check_record(&theirs(&candidate), size, their_root, index, their_leaf).is_ok();
                assert_eq!(ours, other, "{index} of {size}: {candidate:?}");
                believed += u64::from(ours);
            }
        }
    }
    assert_eq!(believed, SIZE_TRIED_MAX * (SIZE_TRIED_MAX + 1) / 2, "the true proofs, and no other");
}

#[test]
fn consistency_agrees_for_every_pair_of_sizes() {
    let (leaves, roots, stored) = trees(SIZE_TRIED_MAX);
    let mut believed = 0;
    // They do not prove anything of the empty tree.
    for new in 1..=SIZE_TRIED_MAX {
        for old in 1..=new {
            let (old_root, root) = (roots[usize::try_from(old).unwrap()], roots[usize::try_from(new).unwrap()]);
            let (their_old, their_new) = (TheirHash(*old_root.as_bytes()), TheirHash(*root.as_bytes()));
            let proof = prove_consistency(old, new, read_leaves(&leaves)).unwrap();
            assert_eq!(theirs(&proof), prove_tree(new, old, &stored).unwrap(), "{old} to {new}");
            for candidate in mutations(&proof).into_iter().chain([proof]) {
                let ours = verify_consistency(old, old_root, new, root, &candidate).is_ok();
                let other = check_tree(&theirs(&candidate), new, their_new, old, their_old).is_ok();
                assert_eq!(ours, other, "{old} to {new}: {candidate:?}");
                believed += u64::from(ours);
            }
        }
    }
    assert_eq!(believed, SIZE_TRIED_MAX * (SIZE_TRIED_MAX + 1) / 2, "the true proofs, and no other");
}

#[test]
fn tiles_hold_the_same_hashes_at_the_boundaries() {
    let (leaves, _, stored) = trees(600);
    for size in [1, 70, 255, 256, 257, 511, 512, 513, 600] {
        for path in tiles_of(size) {
            let level = path.level().unwrap();
            let their_tile = Tile::new(8, level, path.index(), u32::from(path.width()), false);
            // Theirs is tile/8/0/000 where C2SP says tile/0/000.
            assert_eq!(their_tile.path().replacen("tile/8/", "tile/", 1), path.to_string());
            let read = read_leaves(&leaves);
            let ours: Vec<u8> = path.nodes().flat_map(|node| *read(node).unwrap().as_bytes()).collect();
            assert_eq!(ours, their_tile.read_data(&stored).unwrap(), "{path} of {size}");
        }
    }
}

proptest! {
    #[test]
    fn a_node_is_found_in_the_same_tile(level in 0_u8..40, index in 0_u64..1 << 20) {
        let node = Node::new(level, index).unwrap();
        let size = node.leaves().end;
        let ours = TilePath::holding(node, size).unwrap();
        let theirs = Tile::from_index(8, stored_hash_index(level, index));
        prop_assert_eq!((ours.level().unwrap(), ours.index()), (theirs.level(), theirs.level_index()));
        prop_assert_eq!(u32::from(ours.width()), theirs.width());
    }
}
