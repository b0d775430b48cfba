//! Tiles and bundles: which there are, how they are spelled, and that every proof can be made of them.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// The bytes of every tile of the tree over `leaves`, made from the tree itself.
fn tiles_over(leaves: &[Hash]) -> BTreeMap<TilePath, Vec<u8>> {
    let read = read_leaves(leaves);
    let bytes = |path: TilePath| path.nodes().flat_map(|node| *read(node).unwrap().as_bytes()).collect();
    tiles_of(leaves.len() as u64).map(|path| (path, bytes(path))).collect()
}

fn names(size: u64) -> Vec<String> {
    tiles_of(size).map(|path| path.to_string()).collect()
}

#[test]
fn the_tiles_of_the_specification() {
    let all = names(70_000);
    assert_eq!(all.len(), 273 + 1 + 1 + 1 + 1);
    assert_eq!(all[..2], ["tile/0/000", "tile/0/001"]);
    assert_eq!(all[272..], ["tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]);
    assert_eq!(names(256), ["tile/0/000", "tile/1/000.p/1"]);
    assert_eq!(names(255), ["tile/0/000.p/255"]);
    assert_eq!(names(65_536).last().unwrap(), "tile/2/000.p/1");
    assert!(names(0).is_empty());
    assert_eq!(
        bundles_of(257).map(|path| path.to_string()).collect::<Vec<_>>(),
        ["tile/entries/000", "tile/entries/001.p/1"]
    );
    assert_eq!(TilePath::hashes(0, 1_234_067, 256).unwrap().to_string(), "tile/0/x001/x234/067");
    assert_eq!(TilePath::entries(1_000, 1).unwrap().to_string(), "tile/entries/x001/000.p/1");
}

#[test]
fn a_tile_has_one_spelling() {
    let wrong = [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/1234",
        "tile/0/x001",
        "tile/0/001/002",
        "tile/0/x000/001",
        "tile/0/x000/x001/002",
        "tile/0/X001/002",
        "tile/0/x001/x002",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/256/000",
        "tile/a/000",
        "tile/data/000",
        "tile/entries",
        "tile/Entries/000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/65537",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000 ",
        "tile/0/00\u{ff11}",
        "tile//000",
        "tile/0//000",
        "tile/8/0/000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
    ];
    for text in wrong {
        assert!(text.parse::<TilePath>().is_err(), "{text}");
    }
    for text in ["tile/63/000", "tile/0/x018/x446/x744/x073/x709/x551/615", "tile/0/999", "tile/entries/x999/999.p/255"]
    {
        assert_eq!(text.parse::<TilePath>().unwrap().to_string(), text);
    }
    assert_eq!(TilePath::hashes(64, 0, 1), Err(TilePathError::Level { received: 64 }));
    assert_eq!(TilePath::hashes(0, 0, 0), Err(TilePathError::Width { received: 0 }));
    assert_eq!(TilePath::entries(0, 257), Err(TilePathError::Width { received: 257 }));
}

#[test]
fn a_size_knows_its_tiles() {
    for size in [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000, SIZE_MAX] {
        let some: Vec<TilePath> =
            if size < SIZE_MAX { tiles_of(size).chain(bundles_of(size)).collect() } else { vec![] };
        for path in &some {
            assert!(path.is_of(size) && path.lies_within(size), "{path} of {size}");
            assert_eq!(path.to_string().parse::<TilePath>(), Ok(*path));
            assert!(path.is_partial() || path.full() == *path);
        }
        for level in 0..=63 {
            let width = size.checked_shr(8 * level).unwrap_or(0);
            let level = u8::try_from(level).unwrap();
            for (index, partial) in
                [(0, 1), (0, 255), (0, 256), (1, 1), (width / 256, 1), (width / 256, 255), (u64::MAX, 1)]
            {
                let path = TilePath::hashes(level, index, partial).unwrap();
                let holds = u128::from(index) * 256 + u128::from(partial);
                assert_eq!(path.lies_within(size), holds <= u128::from(width), "{path} of {size}");
                let of = if partial == 256 { holds <= u128::from(width) } else { holds == u128::from(width) };
                assert_eq!(path.is_of(size), of, "{path} of {size}");
            }
        }
    }
    // A partial of an earlier size can still be made, and no longer represents the tree.
    let earlier = TilePath::hashes(0, 0, 3).unwrap();
    assert!(earlier.lies_within(5) && !earlier.is_of(5) && !earlier.lies_within(2));
}

#[test]
fn every_proof_comes_out_of_the_tiles() {
    let all = leaves(600);
    let read = read_leaves(&all);
    for size in [1, 2, 70, 255, 256, 257, 511, 512, 513, 600] {
        let served = tiles_over(&all[..size]);
        let n = size as u64;
        let ends = [0, 1, n / 3, n / 2, 254, 255, 256, 511, 512, n - 1];
        for index in ends.into_iter().filter(|index| *index < n) {
            for old in [0, index + 1] {
                let nodes = [inclusion_nodes(index, n).unwrap(), consistency_nodes(old, n).unwrap()].concat();
                let mut tiles = Tiles::of(n);
                for path in tiles_for(&nodes, n).unwrap() {
                    assert!(path.is_of(n));
                    tiles.insert(path, &served[&path]).unwrap();
                }
                let inclusion = prove_inclusion(index, n, |node| tiles.read(node)).unwrap();
                assert_eq!(inclusion, prove_inclusion(index, n, &read).unwrap(), "{index} of {n}");
                let consistency = prove_consistency(old, n, |node| tiles.read(node)).unwrap();
                assert_eq!(consistency, prove_consistency(old, n, &read).unwrap(), "{old} to {n}");
            }
        }
    }
}

#[test]
fn a_wider_tile_stands_in_and_a_narrower_does_not() {
    let all = leaves(10);
    let bytes = |count: usize| all[..count].iter().flat_map(|leaf| *leaf.as_bytes()).collect::<Vec<_>>();
    let path = |width: u16| TilePath::hashes(0, 0, width).unwrap();
    let last = Node::new(0, 6).unwrap();
    let mut tiles = Tiles::of(7);
    assert_eq!(tiles.read(last), Err(TileError::Missing { path: path(7) }));
    tiles.insert(path(5), &bytes(5)).unwrap();
    assert_eq!(tiles.read(last), Err(TileError::Missing { path: path(7) }));
    tiles.insert(path(10), &bytes(10)).unwrap();
    assert_eq!(tiles.read(last), Ok(all[6]));
    tiles.insert(path(5), &bytes(5)).unwrap();
    assert_eq!(tiles.read(last), Ok(all[6]), "the wider one stays");
    let beyond = Node::new(0, 7).unwrap();
    assert_eq!(tiles.read(beyond), Err(TileError::Outside { level: 0, index: 7, size: 7 }));
    assert_eq!(tiles_for(&[beyond], 7), Err(TileError::Outside { level: 0, index: 7, size: 7 }));
    let short = tiles.insert(path(2), &[0; 63]).unwrap_err();
    assert_eq!(short.to_string(), "tile/0/000.p/2 has 64 bytes, received 63");
    let bundle = TilePath::entries(0, 2).unwrap();
    assert_eq!(tiles.insert(bundle, &[0; 64]), Err(TileError::Entries { path: bundle }));
}

#[test]
fn the_largest_tree_has_tiles_for_its_proofs() {
    for index in [0, SIZE_MAX / 2, SIZE_MAX - 1] {
        let tiles = tiles_for(&inclusion_nodes(index, SIZE_MAX).unwrap(), SIZE_MAX).unwrap();
        assert!(tiles.len() <= 16);
        assert!(tiles.iter().all(|path| path.is_of(SIZE_MAX)), "{tiles:?}");
    }
    assert!(TilePath::hashes(63, 0, 1).unwrap().nodes().next().is_none());
    assert!(TilePath::hashes(0, u64::MAX, 256).unwrap().nodes().next().is_none());
    assert_eq!(TilePath::entries(0, 2).unwrap().nodes().count(), 0);
    assert_eq!(TilePath::entries(1, 2).unwrap().places(), Some(256..258));
}

#[test]
fn bundles_come_back_and_broken_ones_do_not() {
    let long = vec![7; ENTRY_BYTES_MAX];
    let entries = [&b"ab"[..], b"", &long];
    let bytes = encode_bundle(entries).unwrap();
    assert_eq!(decode_bundle(&bytes, 3).unwrap(), entries);
    assert_eq!(decode_bundle(&bytes, 2), Err(BundleError::Width { expected: 2, received: 3 }));
    assert_eq!(decode_bundle(&bytes[..bytes.len() - 1], 3), Err(BundleError::Truncated { place: 2 }));
    assert_eq!(decode_bundle(&bytes[..3], 1), Err(BundleError::Truncated { place: 0 }));
    assert_eq!(decode_bundle(&bytes[..1], 1), Err(BundleError::Truncated { place: 0 }));
    assert_eq!(decode_bundle(b"", 1), Err(BundleError::Width { expected: 1, received: 0 }));
    let too_long = vec![7; ENTRY_BYTES_MAX + 1];
    assert_eq!(encode_bundle([&too_long]), Err(BundleError::EntryTooLong { place: 0, received: 65_536 }));
    assert_eq!(encode_bundle::<&[u8]>([]), Err(BundleError::Count { received: 0 }));
    assert_eq!(encode_bundle([b"a"; 257]), Err(BundleError::Count { received: 257 }));
    assert!(encode_bundle([b"a"; 256]).is_ok());
}

proptest! {
    #[test]
    fn any_path_is_refused_or_written_back(text in "tile/([0-9]{1,2}|entries)/(x[0-9]{3}/){0,3}[0-9]{2,3}(\\.p/[0-9]{1,3})?") {
        if let Ok(path) = text.parse::<TilePath>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn a_node_is_in_the_tile_that_is_said_to_hold_it(level in 0_u8..63, place in any::<u64>(), size in 1..=SIZE_MAX) {
        let count = size >> level;
        prop_assume!(count > 0);
        let node = Node::new(level, place % count).unwrap();
        let path = TilePath::holding(node, size).unwrap();
        prop_assert!(path.is_of(size));
        let nodes: BTreeSet<Node> = path.nodes().collect();
        let below = node.level() - node.level() % 8;
        let first = Node::new(below, node.index() << (node.level() % 8)).unwrap();
        let last = Node::new(below, ((node.index() + 1) << (node.level() % 8)) - 1).unwrap();
        prop_assert!(nodes.contains(&first) && nodes.contains(&last));
    }
}
