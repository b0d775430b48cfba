//! Openings held against the rules: plain functions, which know no database and no clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use trace_core::region::Region;
use trace_core::time::{ReceivedAt, Zone};

use super::reason::Reason;
use super::rules::CopyRules;
use crate::store::ScanRow;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// An opening of a package that was opened before.
#[derive(Debug, Clone, Copy)]
pub(in crate::scan) struct Opening<'a> {
    /// The newest openings, this one among them if it was counted.
    pub scans: &'a [ScanRow],
    /// All that count, this one included.
    pub count: u64,
    /// When the first was.
    pub first_at: ReceivedAt,
    /// When this one is.
    pub at: ReceivedAt,
    /// Its device.
    pub device: [u8; 8],
    /// Whether it counts.
    pub counted: bool,
    /// In which zone days are told.
    pub zone: Zone,
}

/// What the rules find, the gravest first.
pub(super) fn of_openings(rules: &CopyRules, opening: &Opening<'_>) -> Vec<Reason> {
    let mut scans: Vec<&ScanRow> = opening.scans.iter().filter(|scan| scan.counts).collect();
    scans.sort_by_key(|scan| scan.at);
    let found = [
        speed(rules, &scans),
        regions(rules, &scans),
        devices(rules, &scans, opening.zone),
        (opening.count >= u64::from(rules.openings.openings_min))
            .then_some(Reason::Openings { openings: opening.count }),
        long_after(rules, opening),
    ];
    found.into_iter().flatten().collect()
}

/// Two openings one after the other, with a region each, of which the second came sooner than any traveller.
fn speed(rules: &CopyRules, scans: &[&ScanRow]) -> Option<Reason> {
    let placed: Vec<(ReceivedAt, Region)> = scans.iter().filter_map(|scan| Some((scan.at, scan.region?))).collect();
    let mut too_fast = placed.windows(2).filter_map(|pair| {
        let ((left_at, from), (came_at, to)) = (pair[0], pair[1]);
        let km = from.distance_km(&to).filter(|km| *km > rules.speed.km_min)?;
        let ms = came_at.as_unix_ms() - left_at.as_unix_ms();
        let fast = i64::from(km) * HOUR_MS > i64::from(rules.speed.km_per_hour_max) * ms;
        fast.then(|| Reason::Speed { from, to, km, minutes: whole(ms, 60_000) })
    });
    too_fast.next_back()
}

/// The most different regions within the hours of the rule.
fn regions(rules: &CopyRules, scans: &[&ScanRow]) -> Option<Reason> {
    let hours = rules.regions.hours_max;
    let placed: Vec<(i64, Region)> =
        scans.iter().filter_map(|scan| Some((scan.at.as_unix_ms(), scan.region?))).collect();
    let mut most: BTreeSet<Region> = BTreeSet::new();
    let mut inside: BTreeMap<Region, u32> = BTreeMap::new();
    let mut first = 0;
    for (at, region) in &placed {
        *inside.entry(*region).or_default() += 1;
        while at - placed[first].0 > i64::from(hours) * HOUR_MS {
            let gone = placed[first].1;
            if let Some(left) = inside.get_mut(&gone) {
                *left -= 1;
                if *left == 0 {
                    inside.remove(&gone);
                }
            }
            first += 1;
        }
        if inside.len() > most.len() {
            most = inside.keys().copied().collect();
        }
    }
    (most.len() >= rules.regions.regions_min as usize)
        .then(|| Reason::Regions { regions: most.into_iter().collect(), hours })
}

/// The day on which most different devices opened it; a device has another mark on each day.
fn devices(rules: &CopyRules, scans: &[&ScanRow], zone: Zone) -> Option<Reason> {
    let mut days: BTreeMap<Date, BTreeSet<[u8; 8]>> = BTreeMap::new();
    for scan in scans {
        days.entry(zone.date_at(scan.at)).or_default().insert(scan.device);
    }
    let (on, devices) = days.iter().map(|(day, devices)| (*day, devices.len())).max_by_key(|(_, devices)| *devices)?;
    (devices >= rules.devices_on_a_day.devices_min as usize)
        .then(|| Reason::DevicesOnADay { devices: u32::try_from(devices).unwrap_or(u32::MAX), on })
}

/// Another device, as far as can be told, long after the first opening.
fn long_after(rules: &CopyRules, opening: &Opening<'_>) -> Option<Reason> {
    let days = whole_days(opening.first_at, opening.at);
    let own = opening.scans.iter().filter(|scan| scan.device == opening.device).count();
    (opening.counted && days >= rules.opened_long_after.days_min && own <= 1)
        .then_some(Reason::OpenedLongAfter { days })
}

/// Full days from one moment to another.
pub(super) fn whole_days(from: ReceivedAt, to: ReceivedAt) -> u32 {
    u32::try_from((to.as_unix_ms() - from.as_unix_ms()) / DAY_MS).unwrap_or(0)
}

/// Rounded up.
fn whole(ms: i64, unit_ms: i64) -> u32 {
    u32::try_from((ms + unit_ms - 1) / unit_ms).unwrap_or(0)
}

/// The longest run around `index` among codes that were opened and are not in circulation; `opened` ascends.
pub(super) fn run(rules: &CopyRules, opened: &[u32], index: u32) -> Option<Reason> {
    let rule = &rules.run_of_not_activated;
    let windows = opened.iter().enumerate().map(|(place, from)| {
        let held = opened[place..].iter().take_while(|to| **to - from <= rule.within).count();
        &opened[place..place + held]
    });
    let longest = windows.filter(|window| window.contains(&index)).max_by_key(|window| window.len())?;
    let (from, to) = (*longest.first()?, *longest.last()?);
    (longest.len() >= rule.codes_min as usize).then(|| Reason::RunOfNotActivated {
        from,
        to,
        codes: u32::try_from(longest.len()).unwrap_or(u32::MAX),
        hours: rule.hours_max,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    fn at(minutes: i64) -> ReceivedAt {
        ReceivedAt::from_unix_ms(1_795_000_000_000 + minutes * 60_000).unwrap()
    }

    fn scan(minutes: i64, device: u8, region: &str) -> ScanRow {
        ScanRow { at: at(minutes), device: [device; 8], counts: true, region: region.parse().ok() }
    }

    fn judged(scans: &[ScanRow]) -> Vec<Reason> {
        let newest = scans.iter().max_by_key(|scan| scan.at).unwrap();
        let opening = Opening {
            scans,
            count: scans.len() as u64,
            first_at: scans.iter().map(|scan| scan.at).min().unwrap(),
            at: newest.at,
            device: newest.device,
            counted: true,
            zone: Zone::CHINA,
        };
        of_openings(&CopyRules::load(None).unwrap(), &opening)
    }

    #[test]
    fn nothing_flies_from_yunnan_to_heilongjiang_in_two_hours() {
        let found = judged(&[scan(120, 2, "CN-HL"), scan(0, 1, "CN-YN")]);
        assert!(matches!(found[..], [Reason::Speed { km: 2_900..3_500, minutes: 120, .. }]), "{found:?}");
        assert_eq!(judged(&[scan(240, 2, "CN-HL"), scan(0, 1, "CN-YN")]), [], "an airliner does it in four");
        assert_eq!(judged(&[scan(1, 2, "CN-SC"), scan(0, 1, "CN-YN")]), [], "neighbours");
        assert_eq!(judged(&[scan(1, 2, ""), scan(0, 1, "CN-YN")]), [], "unknown");
        let at_once = judged(&[scan(0, 2, "CN-HL"), scan(0, 1, "CN-YN")]);
        assert!(matches!(at_once[..], [Reason::Speed { minutes: 0, .. }]), "{at_once:?}");
        let mut robot = scan(120, 2, "CN-HL");
        robot.counts = false;
        assert_eq!(judged(&[robot, scan(0, 1, "CN-YN")]), [], "what does not count");
    }

    #[test]
    fn three_regions_in_a_day_are_many_and_in_three_days_a_journey() {
        let journey =
            |hours: i64| [scan(0, 1, "CN-YN"), scan(hours * 60, 2, "CN-GZ"), scan(2 * hours * 60, 3, "CN-HN")];
        let found = judged(&journey(12));
        let codes = ["CN-GZ", "CN-HN", "CN-YN"].map(|code| code.parse().unwrap());
        assert_eq!(found, [Reason::Regions { regions: codes.to_vec(), hours: 24 }]);
        assert_eq!(judged(&journey(13)), []);
    }

    #[test]
    fn devices_are_counted_by_the_day_of_the_ledger() {
        let day = |from: i64| (0..10).map(|n| scan(from + i64::from(n), n, "")).collect::<Vec<_>>();
        assert!(matches!(judged(&day(0))[..], [Reason::DevicesOnADay { devices: 10, .. }]));
        assert_eq!(judged(&day(0)[..9]), []);
    }

    #[test]
    fn openings_count_however_long_ago_they_were() {
        let scans: Vec<ScanRow> = (0..100).map(|n| scan(n, 1, "")).collect();
        assert_eq!(judged(&scans), [Reason::Openings { openings: 100 }]);
        assert_eq!(judged(&scans[..99]), []);
    }

    #[test]
    fn another_device_after_half_a_year_is_noted_and_the_same_is_not() {
        let half_a_year = 180 * 24 * 60;
        assert_eq!(judged(&[scan(half_a_year, 2, ""), scan(0, 1, "")]), [Reason::OpenedLongAfter { days: 180 }]);
        assert_eq!(judged(&[scan(half_a_year - 1, 2, ""), scan(0, 1, "")]), []);
        let again = [scan(half_a_year + 1, 2, ""), scan(half_a_year, 2, ""), scan(0, 1, "")];
        assert_eq!(judged(&again), [], "it was noted at its first opening");
    }

    #[test]
    fn a_run_is_of_neighbours_in_number() {
        let rules = CopyRules::load(None).unwrap();
        let found = |opened: &[u32], index| run(&rules, opened, index);
        assert_eq!(found(&[3, 5, 9, 30], 9), None);
        let run_of_5 = Reason::RunOfNotActivated { from: 3, to: 53, codes: 5, hours: 24 };
        assert_eq!(found(&[3, 5, 9, 30, 53], 9), Some(run_of_5.clone()));
        assert_eq!(found(&[3, 5, 9, 30, 54], 9), None, "too wide");
        assert_eq!(found(&[3, 5, 9, 30, 53, 100], 100), None, "not part of it");
        assert_eq!(found(&[3, 5, 9, 30, 53, 100], 3), Some(run_of_5));
    }
}
