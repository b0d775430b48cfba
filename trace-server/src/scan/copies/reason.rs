//! Why a code is suspected, with the facts: what the pages put into words, and the database keeps as JSON.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use trace_core::region::Region;

use super::rules::Rule;

/// A finding of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum Reason {
    /// Nothing carries a package that fast.
    Speed {
        /// Where it was opened first.
        from: Region,
        /// And then.
        to: Region,
        /// Kilometres between the centres of the two.
        km: u32,
        /// Minutes between the two openings, rounded up.
        minutes: u32,
    },
    /// Many regions in a short time.
    Regions {
        /// Which.
        regions: Vec<Region>,
        /// Within so many hours.
        hours: u32,
    },
    /// Many devices on one day.
    DevicesOnADay {
        /// How many at least.
        devices: u32,
        /// On which day of the ledger's zone.
        on: Date,
    },
    /// Many openings in all.
    Openings {
        /// How many, with this one.
        openings: u64,
    },
    /// First opened long after it was put into circulation.
    FirstOpeningLate {
        /// Days after.
        days: u32,
    },
    /// Opened by another device long after the first opening.
    OpenedLongAfter {
        /// Days after.
        days: u32,
    },
    /// Opened after it was taken out of circulation.
    OutOfCirculation {
        /// Whether it came back from a buyer; else it was voided.
        returned: bool,
    },
    /// Codes that are not in circulation, opened one after another.
    RunOfNotActivated {
        /// The lowest of them.
        from: u32,
        /// The highest.
        to: u32,
        /// How many.
        codes: u32,
        /// Within so many hours.
        hours: u32,
    },
    /// Made by one of our keys, and in no issue.
    NeverIssued {
        /// The key's version.
        key: u8,
    },
}

impl Reason {
    /// By which rule.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Speed { .. } => Rule::Speed,
            Self::Regions { .. } => Rule::Regions,
            Self::DevicesOnADay { .. } => Rule::DevicesOnADay,
            Self::Openings { .. } => Rule::Openings,
            Self::FirstOpeningLate { .. } => Rule::FirstOpeningLate,
            Self::OpenedLongAfter { .. } => Rule::OpenedLongAfter,
            Self::OutOfCirculation { .. } => Rule::OutOfCirculation,
            Self::RunOfNotActivated { .. } => Rule::RunOfNotActivated,
            Self::NeverIssued { .. } => Rule::NeverIssued,
        }
    }

    /// As the database keeps it.
    pub fn to_facts(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From what the database kept; `None` for facts of a rule that this program does not know.
    pub fn of_facts(facts: &str) -> Option<Self> {
        serde_json::from_str(facts).ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn facts_are_read_back_and_named_by_their_rule() {
        let region = |code: &str| code.parse::<Region>().unwrap();
        for reason in [
            Reason::Speed { from: region("CN-YN"), to: region("CN-HL"), km: 3100, minutes: 20 },
            Reason::Regions { regions: vec![region("CN-YN"), region("MM")], hours: 24 },
            Reason::DevicesOnADay { devices: 10, on: jiff::civil::date(2026, 11, 20) },
            Reason::Openings { openings: 100 },
            Reason::FirstOpeningLate { days: 1200 },
            Reason::OpenedLongAfter { days: 200 },
            Reason::OutOfCirculation { returned: true },
            Reason::RunOfNotActivated { from: 3, to: 9, codes: 5, hours: 24 },
            Reason::NeverIssued { key: 1 },
        ] {
            let facts = reason.to_facts();
            assert!(facts.contains(&format!("\"rule\":\"{}\"", reason.rule().code())), "{facts}");
            assert_eq!(Reason::of_facts(&facts), Some(reason));
        }
        assert_eq!(Reason::of_facts("{\"rule\":\"horoscope\"}"), None);
    }
}
