//! Slowing those who guess PINs, without letting a rival lock a farmer out.
//!
//! Failures are counted in memory by token buckets for the address, for the pair of account and address, and for the
//! account. The account's bucket only slows addresses that have failed themselves, and never a device or an address
//! that the account was signed in from before. Names that no account has are counted like others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use trace_core::time::ReceivedAt;

use crate::http::buckets::{ENTRIES_MAX, Measure, Table, network_of};

/// One address, whatever the account: a village may share one.
const ADDRESS: Measure = Measure { failures_max: 30.0, refill_ms: 20_000.0 };
/// One account from one address or device: a PIN mistyped a few times.
const PAIR: Measure = Measure { failures_max: 5.0, refill_ms: 60_000.0 };
/// One account from anywhere: 20 guesses, then one in two minutes are 260,000 a year, far from 10^6 PINs.
const ACCOUNT: Measure = Measure { failures_max: 20.0, refill_ms: 120_000.0 };

/// Who knocks.
#[derive(Debug, Clone)]
pub struct Knock {
    /// The account's name as it was typed, normalised.
    pub account: String,
    /// From where.
    pub address: IpAddr,
    /// Whether the browser carries the mark of an earlier log-in to this account.
    pub known_device: bool,
}

/// Counts failures; one for each process.
#[derive(Debug)]
pub struct Throttle {
    tables: Mutex<Tables>,
}

#[derive(Debug)]
struct Tables {
    addresses: Table<IpAddr>,
    pairs: Table<(String, IpAddr, bool)>,
    accounts: Table<String>,
    /// Pairs that signed in, by when.
    good: HashMap<(String, IpAddr), i64>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            tables: Mutex::new(Tables {
                addresses: Table::new(ADDRESS),
                pairs: Table::new(PAIR),
                accounts: Table::new(ACCOUNT),
                good: HashMap::new(),
            }),
        }
    }
}

impl Throttle {
    /// Takes a try: whether the PIN may be looked at. It counts as a failure at once, so that many tries at the same
    /// time are counted too; [`Throttle::succeeded`] takes it back.
    pub fn admit(&self, knock: &Knock, now: ReceivedAt) -> bool {
        let (now_ms, address) = (now.as_unix_ms(), network_of(knock.address));
        let mut tables = self.lock();
        let good = (knock.account.clone(), address);
        let known = knock.known_device || tables.good.contains_key(&good);
        let pair = (knock.account.clone(), address, knock.known_device);
        let fresh = tables.pairs.failures(&pair, now_ms) <= 0.0 && tables.addresses.failures(&address, now_ms) <= 0.0;
        // The mark of a device stands above its address: others may guess from the same mobile network.
        let admitted = (knock.known_device || tables.addresses.lets_through(&address, now_ms))
            && tables.pairs.lets_through(&pair, now_ms)
            && (known || fresh || tables.accounts.lets_through(&knock.account, now_ms));
        if admitted {
            tables.addresses.fail(address, now_ms);
            tables.pairs.fail(pair, now_ms);
            if !known {
                tables.accounts.fail(knock.account.clone(), now_ms);
            }
        }
        admitted
    }

    /// The PIN was right: this try was none of guessing, and the pair is known from now on.
    pub fn succeeded(&self, knock: &Knock, now: ReceivedAt) {
        let address = network_of(knock.address);
        let mut tables = self.lock();
        tables.pairs.buckets.remove(&(knock.account.clone(), address, knock.known_device));
        if let Some(bucket) = tables.addresses.buckets.get_mut(&address) {
            bucket.failures = (bucket.failures - 1.0).max(0.0);
        }
        if let Some(bucket) = tables.accounts.buckets.get_mut(&knock.account) {
            bucket.failures = (bucket.failures - 1.0).max(0.0);
        }
        if tables.good.len() >= ENTRIES_MAX {
            let oldest = tables.good.iter().min_by_key(|(_, at)| **at).map(|(pair, _)| pair.clone());
            oldest.map(|pair| tables.good.remove(&pair));
        }
        tables.good.insert((knock.account.clone(), address), now.as_unix_ms());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn at(seconds: i64) -> ReceivedAt {
        ReceivedAt::from_unix_ms(1_795_000_000_000 + seconds * 1000).unwrap()
    }

    fn knock(account: &str, address: &str) -> Knock {
        Knock { account: account.to_owned(), address: address.parse().unwrap(), known_device: false }
    }

    #[test]
    fn one_address_gets_five_tries_at_one_account_and_one_a_minute_after() {
        let throttle = Throttle::default();
        let rival = knock("wang", "192.0.2.1");
        assert_eq!((0..50).filter(|_| throttle.admit(&rival, at(0))).count(), 5);
        assert!(!throttle.admit(&rival, at(59)));
        assert!(throttle.admit(&rival, at(61)));
        assert!(!throttle.admit(&rival, at(61)));
        assert!(throttle.admit(&knock("li", "192.0.2.1"), at(61)), "another account is not slowed yet");
    }

    #[test]
    fn one_address_is_slowed_over_all_accounts() {
        let throttle = Throttle::default();
        let tries = (0..100).filter(|i| throttle.admit(&knock(&format!("a{i}"), "2001:db8::1"), at(0)));
        assert_eq!(tries.count(), 30);
        assert!(!throttle.admit(&knock("b", "2001:db8::ffff:2"), at(0)), "the same line of IPv6");
        assert!(throttle.admit(&knock("b", "2001:db8:0:1::2"), at(0)), "another one");
    }

    #[test]
    fn a_rival_with_many_addresses_does_not_lock_the_farmer_out() {
        let throttle = Throttle::default();
        let home = knock("wang", "198.51.100.9");
        assert!(throttle.admit(&home, at(0)));
        throttle.succeeded(&home, at(0));
        for i in 0..200 {
            for _ in 0..3 {
                throttle.admit(&knock("wang", &format!("192.0.2.{}", i % 100)), at(10));
            }
        }
        assert!(!throttle.admit(&knock("wang", "192.0.2.5"), at(11)), "guessers are slowed");
        assert!(throttle.admit(&home, at(11)), "the farmer's own address passes");
        assert!(throttle.admit(&knock("wang", "203.0.113.7"), at(11)), "a fresh address has its first try");
        assert!(
            !throttle.admit(&knock("wang", "203.0.113.7"), at(11)),
            "and no second while the account is under fire"
        );
        let phone = Knock { known_device: true, ..knock("wang", "192.0.2.5") };
        assert!(throttle.admit(&phone, at(11)), "the known telephone passes, even behind a guesser's address");
    }

    #[test]
    fn a_known_device_that_guesses_is_slowed_too() {
        let throttle = Throttle::default();
        let stolen = Knock { known_device: true, ..knock("wang", "192.0.2.5") };
        assert_eq!((0..50).filter(|_| throttle.admit(&stolen, at(0))).count(), 5);
    }
}
