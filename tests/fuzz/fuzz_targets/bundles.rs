//! Bundles of entries, tiles and stored frontiers: read or refused, and written back as they were.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_core::log::{Frontier, Node, TilePath, Tiles, decode_bundle, encode_bundle};

fuzz_target!(|input: (u16, u64, &[u8])| {
    let (width, size, bytes) = input;
    if let Ok(entries) = decode_bundle(bytes, width)
        && (1..=256).contains(&width)
    {
        assert_eq!(entries.len(), usize::from(width));
        assert_eq!(encode_bundle(entries).expect("a bundle"), bytes);
    }
    if let Ok(path) = TilePath::hashes(0, 0, width) {
        let size = size % 512;
        let mut tiles = Tiles::of(size);
        let taken = tiles.insert(path, bytes).is_ok();
        assert_eq!(taken, bytes.len() == 32 * usize::from(width));
        for index in 0..size.min(256) {
            let read = tiles.read(Node::new(0, index).expect("a leaf"));
            assert_eq!(read.is_ok(), taken && index < u64::from(width));
        }
    }
    if let Ok(frontier) = Frontier::from_bytes(bytes) {
        assert_eq!(frontier.to_bytes(), bytes);
    }
});
