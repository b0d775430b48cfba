//! The rules on copied codes as data: one TOML, in the binary or the operator's own, parsed strictly.
//!
//! Every figure and why it is that stands in `copies.toml`; how openings are held against them, in `judging`.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::store::PackageScans;

/// The rules that the program comes with.
const BUILT_IN: &str = include_str!("copies.toml");

/// Who hears of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tells {
    /// The consumer's page and the office.
    Everybody,
    /// The office.
    Office,
    /// The rule is off.
    Nobody,
}

/// Why rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CopyRulesError {
    /// The file cannot be read.
    #[error("the rules on copied codes cannot be read from {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// No TOML of these rules.
    #[error("the rules on copied codes: {0}")]
    Toml(#[from] Box<toml::de::Error>),
    /// A figure that makes no sense.
    #[error("the rules on copied codes: [{rule}] {field} is {received}; it must be from {} to {}", range.start(), range.end())]
    Figure {
        /// The rule.
        rule: &'static str,
        /// The field.
        field: &'static str,
        /// What was set.
        received: u32,
        /// What makes sense.
        range: RangeInclusive<u32>,
    },
}

/// Declares the rules' types, and one list of their figures with the range of each.
macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident as $type:ident in $name:ident { $($(#[$field_doc:meta])* $field:ident: $range:expr,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $type {
                $($(#[$field_doc])* pub $field: u32,)*
                /// Who hears of it.
                pub tells: Tells,
            }
        )*

        /// All rules.
        #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct CopyRules {
            $($(#[$doc])* pub $rule: $type,)*
        }

        /// A rule's name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[$doc])* $name,)*
        }

        impl Rule {
            /// As it stands in the rules and in the database.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($rule),)*
                }
            }
        }

        impl CopyRules {
            /// Who hears of a finding by this rule.
            pub const fn tells(&self, rule: Rule) -> Tells {
                match rule {
                    $(Rule::$name => self.$rule.tells,)*
                }
            }

            /// Every rule with its figures, in the order of the file.
            pub fn figures(&self) -> Vec<(Rule, Vec<(&'static str, u32)>)> {
                vec![$((Rule::$name, vec![$((stringify!($field), self.$rule.$field),)*]),)*]
            }

            fn check(self) -> Result<Self, CopyRulesError> {
                $($({
                    let (received, range) = (self.$rule.$field, $range);
                    if !range.contains(&received) {
                        let (rule, field) = (stringify!($rule), stringify!($field));
                        return Err(CopyRulesError::Figure { rule, field, received, range });
                    }
                })*)*
                Ok(self)
            }
        }
    };
}

rules! {
    /// Many devices on one day.
    devices_on_a_day as DevicesOnADayRule in DevicesOnADay {
        /// Different devices.
        devices_min: 2..=PackageScans::NEWEST_MAX,
    }
    /// Many openings in all.
    openings as OpeningsRule in Openings {
        /// Openings that count.
        openings_min: 2..=1_000_000,
    }
    /// Many regions in a short time.
    regions as RegionsRule in Regions {
        /// Different regions.
        regions_min: 2..=34,
        /// Within so many hours.
        hours_max: 1..=720,
    }
    /// Faster than anything travels.
    speed as SpeedRule in Speed {
        /// Kilometres an hour.
        km_per_hour_max: 100..=10_000,
        /// Kilometres at least.
        km_min: 100..=5_000,
    }
    /// First opened long after it was put into circulation.
    first_opening_late as FirstOpeningLateRule in FirstOpeningLate {
        /// Days.
        days_min: 1..=36_500,
    }
    /// Opened by another device long after the first opening.
    opened_long_after as OpenedLongAfterRule in OpenedLongAfter {
        /// Days.
        days_min: 1..=36_500,
    }
    /// Opened after it was taken out of circulation.
    out_of_circulation as OutOfCirculationRule in OutOfCirculation {}
    /// Codes that are not in circulation, opened one after another.
    run_of_not_activated as RunOfNotActivatedRule in RunOfNotActivated {
        /// Different codes.
        codes_min: 2..=1_000,
        /// Greatest difference of their numbers.
        within: 1..=1_000,
        /// Within so many hours.
        hours_max: 1..=720,
    }
    /// Made by one of our keys, and in no issue.
    never_issued as NeverIssuedRule in NeverIssued {}
}

impl CopyRules {
    /// Rules of a text.
    ///
    /// # Errors
    /// [`CopyRulesError::Toml`] with line and column, [`CopyRulesError::Figure`].
    pub fn parse(text: &str) -> Result<Self, CopyRulesError> {
        toml::from_str::<Self>(text).map_err(Box::new)?.check()
    }

    /// The rules of a file, or those that the program comes with.
    ///
    /// # Errors
    /// [`CopyRulesError`].
    pub fn load(path: Option<&std::path::Path>) -> Result<Self, CopyRulesError> {
        let Some(path) = path else { return Self::parse(BUILT_IN) };
        let text = std::fs::read_to_string(path)
            .map_err(|source| CopyRulesError::File { path: path.display().to_string(), source })?;
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn the_built_in_rules_stand() {
        let rules = CopyRules::load(None).unwrap();
        assert_eq!(rules.devices_on_a_day.devices_min, 10);
        assert_eq!(rules.tells(Rule::Speed), Tells::Everybody);
        assert_eq!(rules.figures().len(), 9);
    }

    /// The table of docs/COPIES.md has each rule with its figures and who is told, and no other.
    #[test]
    fn the_document_says_the_same() {
        let rules = CopyRules::load(None).unwrap();
        let document = include_str!("../../../../docs/COPIES.md");
        let rows: Vec<&str> = document.lines().filter(|line| line.starts_with("| `")).collect();
        let expected = rules.figures().into_iter().map(|(rule, figures)| {
            let figures: Vec<String> = figures.iter().map(|(name, value)| format!("`{name}` = {value}")).collect();
            let figures = if figures.is_empty() { String::new() } else { format!("{} ", figures.join(", ")) };
            let tells = serde_json::to_value(rules.tells(rule)).unwrap();
            format!("| `{}` | {figures}| {} | ", rule.code(), tells.as_str().unwrap())
        });
        let expected: Vec<String> = expected.collect();
        assert_eq!(rows.len(), expected.len());
        for (row, begins) in rows.iter().zip(&expected) {
            assert!(row.starts_with(begins), "{row}\nshould begin with\n{begins}");
        }
    }

    #[test]
    fn a_wrong_file_is_told_what_would_be_right() {
        for (from, to, words) in [
            ("devices_min = 10", "devices_min = 1", "[devices_on_a_day] devices_min is 1; it must be from 2 to 200"),
            ("[speed]", "[speeed]", "unknown field `speeed`"),
            ("km_min = 500", "", "missing field `km_min`"),
            ("km_min = 500", "km_min = -5", "invalid value"),
            ("km_min = 500", "km_min = 500\nkm_max = 3", "unknown field `km_max`"),
            ("tells = \"everybody\"", "tells = \"all\"", "unknown variant `all`"),
        ] {
            let error = CopyRules::parse(&BUILT_IN.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(words), "{to}: {error}");
        }
    }
}
