//! The log as anybody can check it: indices without gaps, leaf hashes, the right edge.

use std::collections::BTreeSet;

use trace_core::log::{Frontier, leaf_hash};
use trace_core::record::Entry;
use trace_server::store::Store;

/// Checks the whole log from its bytes up, and gives its size.
pub async fn check(store: &dyn Store) -> u64 {
    let head = store.head().await.unwrap();
    let size = head.frontier.size();
    let rows = store.entries(0..size + 10).await.unwrap();
    assert_eq!(rows.len() as u64, size, "entries beside the head's size");
    let mut frontier = Frontier::new();
    let mut ids = BTreeSet::new();
    let mut last = None;
    for (index, row) in (0u64..).zip(&rows) {
        assert_eq!(row.index, index, "a gap in the log");
        assert_eq!(row.leaf_hash, leaf_hash(&row.bytes), "leaf hash of entry {index}");
        let entry = Entry::from_bytes(&row.bytes).unwrap();
        assert_eq!(entry.record.id(), row.record, "record id of entry {index}");
        assert!(ids.insert(row.record), "record {} stands twice", row.record);
        assert!(last <= Some(entry.received_at), "time runs backwards at entry {index}");
        last = Some(entry.received_at);
        frontier.push(row.leaf_hash);
    }
    assert_eq!(frontier.root(), head.frontier.root(), "the head's root is not that of the entries");
    assert_eq!(head.last_received_at, last);
    size
}
