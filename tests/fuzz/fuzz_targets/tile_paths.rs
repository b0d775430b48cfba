//! Paths of tiles: one spelling each, and the arithmetic holds for any size.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trace_core::log::{SIZE_MAX, TilePath};

fuzz_target!(|input: (u64, &str)| {
    let (size, text) = input;
    let Ok(path) = text.parse::<TilePath>() else { return };
    assert_eq!(path.to_string(), text);
    let size = size & SIZE_MAX;
    if path.is_of(size) {
        assert!(path.lies_within(size));
    }
    if path.lies_within(size) {
        assert!(path.lies_within(SIZE_MAX));
        let nodes: Vec<_> = path.nodes().collect();
        assert_eq!(nodes.len(), if path.level().is_some() { usize::from(path.width()) } else { 0 });
        for node in nodes {
            let holding = TilePath::holding(node, size).expect("a node of the tree");
            assert!(holding.is_of(size) && holding.index() == path.index() && holding.width() >= path.width());
        }
    }
});
