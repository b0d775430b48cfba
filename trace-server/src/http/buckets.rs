//! Token buckets in bounded memory: how many failures a key has left, and when it has one more.
//!
//! What a failure is, and who pays for it, is the business of those who count: log-ins and guessed package codes.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};

/// Most entries of one table (about 100 bytes each); beyond it those that are full again are dropped, then the oldest.
pub(super) const ENTRIES_MAX: usize = 50_000;

/// How many failures a bucket takes, and how long it needs for one more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    pub failures_max: f64,
    pub refill_ms: f64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    pub failures: f64,
    at_ms: i64,
}

impl Bucket {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds between two failures; a rounded one does no harm")]
    fn failures_at(&self, now_ms: i64, measure: Measure) -> f64 {
        (self.failures - (now_ms - self.at_ms).max(0) as f64 / measure.refill_ms).max(0.0)
    }
}

#[derive(Debug)]
pub(super) struct Table<K> {
    measure: Measure,
    pub buckets: HashMap<K, Bucket>,
}

impl<K: Hash + Eq + Clone> Table<K> {
    pub fn new(measure: Measure) -> Self {
        Self { measure, buckets: HashMap::new() }
    }

    pub fn failures(&self, key: &K, now_ms: i64) -> f64 {
        self.buckets.get(key).map_or(0.0, |bucket| bucket.failures_at(now_ms, self.measure))
    }

    pub fn lets_through(&self, key: &K, now_ms: i64) -> bool {
        self.failures(key, now_ms) + 1.0 <= self.measure.failures_max
    }

    /// Milliseconds until it lets one through.
    pub fn wait_ms(&self, key: &K, now_ms: i64) -> f64 {
        (self.failures(key, now_ms) + 1.0 - self.measure.failures_max).max(0.0) * self.measure.refill_ms
    }

    pub fn fail(&mut self, key: K, now_ms: i64) {
        if self.buckets.len() >= ENTRIES_MAX && !self.buckets.contains_key(&key) {
            self.make_room(now_ms);
        }
        let failures = self.failures(&key, now_ms) + 1.0;
        self.buckets.insert(key, Bucket { failures: failures.min(self.measure.failures_max), at_ms: now_ms });
    }

    fn make_room(&mut self, now_ms: i64) {
        let measure = self.measure;
        self.buckets.retain(|_, bucket| bucket.failures_at(now_ms, measure) > 0.0);
        if self.buckets.len() >= ENTRIES_MAX {
            let oldest = self.buckets.iter().min_by_key(|(_, bucket)| bucket.at_ms).map(|(key, _)| key.clone());
            oldest.map(|key| self.buckets.remove(&key));
        }
    }
}

/// Neighbours of one IPv6 line share its first 64 bits (RFC 6177); one who has them all counts as one.
pub(super) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    const MEASURE: Measure = Measure { failures_max: 5.0, refill_ms: 60_000.0 };

    #[test]
    fn memory_is_bounded() {
        let mut table = Table::new(MEASURE);
        for i in 0..ENTRIES_MAX + 10 {
            table.fail(i, i64::try_from(i).unwrap());
        }
        assert_eq!(table.buckets.len(), ENTRIES_MAX);
    }

    #[test]
    fn it_says_how_long_to_wait() {
        let mut table = Table::new(MEASURE);
        for _ in 0..5 {
            assert!(table.lets_through(&1, 0));
            assert!(table.wait_ms(&1, 0) <= 0.0);
            table.fail(1, 0);
        }
        assert!(!table.lets_through(&1, 0));
        assert!((table.wait_ms(&1, 15_000) - 45_000.0).abs() < 1.0);
        assert!(table.lets_through(&1, 60_000));
    }
}
