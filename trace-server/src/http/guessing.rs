//! Slowing those who try package codes at random, each address and all together.
//!
//! Only codes that no key of ours made are counted, so whoever opens genuine ones, however often, is never slowed. That
//! a guess passes once in 2^48 is what protects the codes; this keeps guessing cheap for the service.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use trace_core::time::ReceivedAt;

use super::buckets::{Measure, Table, network_of};

/// One address: a market may share one, and people type wrong.
const ADDRESS: Measure = Measure { failures_max: 30.0, refill_ms: 5_000.0 };
/// All addresses together.
const ALL: Measure = Measure { failures_max: 1_000.0, refill_ms: 10.0 };

/// Counts codes that nobody made; one for each process.
#[derive(Debug)]
pub struct Guesses {
    tables: Mutex<(Table<()>, Table<IpAddr>)>,
}

impl Default for Guesses {
    fn default() -> Self {
        Self { tables: Mutex::new((Table::new(ALL), Table::new(ADDRESS))) }
    }
}

impl Guesses {
    /// Counts a code that no key made; where there were too many, the whole seconds to wait.
    ///
    /// # Errors
    /// Seconds, at least 1.
    pub fn admit(&self, from: IpAddr, now: ReceivedAt) -> Result<(), u32> {
        let (now_ms, address) = (now.as_unix_ms(), network_of(from));
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, addresses) = &mut *tables;
        if addresses.lets_through(&address, now_ms) && all.lets_through(&(), now_ms) {
            addresses.fail(address, now_ms);
            all.fail((), now_ms);
            return Ok(());
        }
        let wait_ms = addresses.wait_ms(&address, now_ms).max(all.wait_ms(&(), now_ms));
        Err(whole_seconds(wait_ms))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some seconds, never negative")]
fn whole_seconds(ms: f64) -> u32 {
    (ms / 1000.0).ceil().max(1.0) as u32
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn at(ms: i64) -> ReceivedAt {
        ReceivedAt::from_unix_ms(1_795_000_000_000 + ms).unwrap()
    }

    #[test]
    fn an_address_has_thirty_tries_and_one_in_five_seconds_after() {
        let guesses = Guesses::default();
        let rival: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!((0..100).filter(|_| guesses.admit(rival, at(0)).is_ok()).count(), 30);
        assert_eq!(guesses.admit(rival, at(0)), Err(5));
        assert_eq!(guesses.admit(rival, at(4_000)), Err(1));
        assert_eq!(guesses.admit(rival, at(5_000)), Ok(()));
        assert_eq!(guesses.admit("192.0.2.2".parse().unwrap(), at(5_000)), Ok(()), "another one is not slowed");
    }

    #[test]
    fn all_together_are_slowed_too() {
        let guesses = Guesses::default();
        let from = |n: u32| IpAddr::from(std::net::Ipv4Addr::from_bits(n));
        assert_eq!((0..5_000).filter(|n| guesses.admit(from(*n), at(0)).is_ok()).count(), 1_000);
        assert_eq!(guesses.admit(from(9_999), at(0)), Err(1));
        assert_eq!(
            (0..5_000).filter(|n| guesses.admit(from(*n), at(1_000)).is_ok()).count(),
            100,
            "a hundred a second"
        );
    }
}
