//! Codes that were probably copied: one package is not in many hands on one day.
//!
//! It knows speed and no region, since no addresses are kept. A live stream that shows a code trips the rule too, and
//! the page says so; what it never does is to call a package a fake.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use jiff::civil::Date;
use trace_core::code::IssueNumber;
use trace_core::time::Zone;

use crate::store::ScanRow;

/// So many different devices on one day make a code suspect. A household, a shop's staff and the friends who are shown
/// a present are fewer.
pub const DEVICES_A_DAY_MIN: usize = 10;
/// Newest openings that are looked at.
pub const LOOKED_AT_MAX: u32 = 200;
/// Newest openings of all packages among which the office's list looks for those that were opened often: some days of a
/// county's, or the last minutes of a live stream.
pub const NEWEST_OF_ALL: u32 = 20_000;
/// Codes that are remembered as suspect; a live stream opens one of them 500 times a second, and need not look again.
const REMEMBERED_MAX: usize = 4_096;

/// Which codes were found suspect, and with how many devices on one day.
#[derive(Default)]
pub struct Copies {
    found: Mutex<HashMap<(IssueNumber, u32), usize>>,
}

impl Copies {
    /// What was found of a code before.
    pub fn known(&self, issue: IssueNumber, index: u32) -> Option<usize> {
        // Nothing between lock and unlock can panic half-way; the map is whole in any case.
        self.found.lock().unwrap_or_else(PoisonError::into_inner).get(&(issue, index)).copied()
    }

    /// Looks at a code's openings, and remembers it if it is suspect.
    pub fn look(&self, issue: IssueNumber, index: u32, scans: &[ScanRow], zone: Zone) -> Option<usize> {
        let devices = most_devices_on_a_day(scans, zone);
        if devices < DEVICES_A_DAY_MIN {
            return None;
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.len() >= REMEMBERED_MAX {
            found.clear();
        }
        found.insert((issue, index), devices);
        Some(devices)
    }
}

/// The most different devices that opened it on one day; a device has another mark on each day.
fn most_devices_on_a_day(scans: &[ScanRow], zone: Zone) -> usize {
    let mut days: BTreeMap<Date, BTreeSet<[u8; 8]>> = BTreeMap::new();
    for scan in scans.iter().filter(|scan| scan.counts) {
        days.entry(zone.date_at(scan.at)).or_default().insert(scan.device);
    }
    days.values().map(BTreeSet::len).max().unwrap_or(0)
}
