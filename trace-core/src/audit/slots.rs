//! An index from ids to positions that costs four bytes a place: the ids themselves stand elsewhere, once.
//!
//! It knows no id; callers hash and compare.

/// No position.
const EMPTY: u32 = u32::MAX;

/// Places are filled to three quarters at most, so that a search ends after few steps.
const FILLED: usize = 3;
const OF: usize = 4;

/// Positions by hash, with linear probing.
#[derive(Debug, Default, Clone)]
pub(super) struct Slots {
    places: Vec<u32>,
    filled: usize,
}

impl Slots {
    /// The position for which `is_it` holds, among those whose hash is this.
    pub(super) fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        if self.places.is_empty() {
            return None;
        }
        let mut place = self.first(hash);
        loop {
            match self.places[place] {
                EMPTY => return None,
                slot if is_it(slot) => return Some(slot),
                _ => place = (place + 1) % self.places.len(),
            }
        }
    }

    /// Adds a position that is not there yet. `hash_of` gives the hash of one that is, for when the index grows.
    pub(super) fn insert(&mut self, hash: u64, slot: u32, hash_of: impl Fn(u32) -> u64) {
        if (self.filled + 1) * OF > self.places.len() * FILLED {
            let grown = vec![EMPTY; (self.places.len() * 2).max(64)];
            let old = std::mem::replace(&mut self.places, grown);
            for slot in old.into_iter().filter(|slot| *slot != EMPTY) {
                self.put(hash_of(slot), slot);
            }
        }
        self.put(hash, slot);
        self.filled += 1;
    }

    fn put(&mut self, hash: u64, slot: u32) {
        let mut place = self.first(hash);
        while self.places[place] != EMPTY {
            place = (place + 1) % self.places.len();
        }
        self.places[place] = slot;
    }

    /// The number of places is a power of two.
    fn first(&self, hash: u64) -> usize {
        // Codes made on one day differ in their low bits alone; the product brings them up (Knuth, TAOCP 3, 6.4).
        let mixed = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bits = self.places.len().trailing_zeros();
        usize::try_from(mixed >> (u64::BITS - bits)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_possible_truncation, reason = "small numbers")]

    use super::*;

    #[test]
    fn what_is_put_in_is_found_and_nothing_else() {
        let ids: Vec<u64> = (0..10_000_u64).map(|n| if n % 3 == 0 { n << 40 } else { n }).collect();
        let mut slots = Slots::default();
        assert_eq!(slots.find(7, |_| true), None);
        for (slot, id) in (0..).zip(&ids) {
            slots.insert(*id, slot, |slot| ids[slot as usize]);
        }
        for (slot, id) in (0..).zip(&ids) {
            assert_eq!(slots.find(*id, |slot| ids[slot as usize] == *id), Some(slot));
        }
        assert_eq!(slots.find(99_999, |slot| ids[slot as usize] == 99_999), None);
    }
}
