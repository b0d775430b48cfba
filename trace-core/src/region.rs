//! Regions as wide as a province (ISO 3166-2), and how far two of them lie apart at least.
//!
//! It is all that is ever known of where a package was opened: no address, no position. Which address lies in which
//! region is a table of the operator's, and no part of this.

mod provinces;

use std::fmt;
use std::str::FromStr;

pub use provinces::{PROVINCES, Province};

/// Longest code: two letters, a hyphen, three characters (ISO 3166-2:2020 section 5.2).
const CODE_BYTES_MAX: usize = 6;

/// The mean radius of the Earth in kilometres (IUGG).
const EARTH_RADIUS_KM: f64 = 6371.0;

/// A country (`MM`) or a part of one (`CN-YN`), by its ISO 3166 code in capitals.
///
/// ```
/// use trace_core::region::Region;
/// let yunnan: Region = "cn-yn".parse()?;
/// assert_eq!(yunnan.as_str(), "CN-YN");
/// assert!("Yunnan".parse::<Region>().is_err());
/// # Ok::<(), trace_core::region::RegionError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region {
    /// ASCII, filled up with zeros.
    bytes: [u8; CODE_BYTES_MAX],
}

/// A text that is no region's code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{received}' is no region; write its ISO 3166-2 code, such as CN-YN, or the country's two letters")]
pub struct RegionError {
    received: String,
}

impl Region {
    /// The code.
    pub fn as_str(&self) -> &str {
        let length = self.bytes.iter().position(|byte| *byte == 0).unwrap_or(CODE_BYTES_MAX);
        std::str::from_utf8(&self.bytes[..length]).unwrap_or_default()
    }

    /// The province, if it is one of China's 34 divisions.
    pub fn province(&self) -> Option<&'static Province> {
        let code = self.as_str().strip_prefix("CN-")?;
        PROVINCES.iter().find(|province| province.code == code)
    }

    /// Kilometres between the centres of two regions along a great circle; `None` where a centre is not known, and
    /// for neighbours: across a border it may be a step.
    pub fn distance_km(&self, other: &Self) -> Option<u32> {
        let (here, there) = (self.province()?, other.province()?);
        if here.code == there.code || here.borders(there) {
            return None;
        }
        Some(great_circle_km(here.centre, there.centre))
    }
}

/// The haversine formula; degrees of latitude and longitude in.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to half the Earth's girth")]
fn great_circle_km(a: (f64, f64), b: (f64, f64)) -> u32 {
    let (a_latitude, b_latitude) = (a.0.to_radians(), b.0.to_radians());
    let latitude = ((b_latitude - a_latitude) / 2.0).sin().powi(2);
    let longitude = ((b.1 - a.1).to_radians() / 2.0).sin().powi(2);
    let chord = latitude + a_latitude.cos() * b_latitude.cos() * longitude;
    (2.0 * EARTH_RADIUS_KM * chord.sqrt().min(1.0).asin()).round() as u32
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let wrong = || RegionError { received: text.chars().take(40).collect() };
        let capitals = text.trim().to_ascii_uppercase();
        let (country, part) =
            capitals.split_once('-').map_or((&*capitals, None), |(country, part)| (country, Some(part)));
        let country_fits = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        let part_fits = part
            .is_none_or(|part| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if !country_fits || !part_fits {
            return Err(wrong());
        }
        let mut bytes = [0; CODE_BYTES_MAX];
        bytes[..capitals.len()].copy_from_slice(capitals.as_bytes());
        Ok(Self { bytes })
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Region {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Region {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    fn region(text: &str) -> Region {
        text.parse().unwrap()
    }

    #[test]
    fn codes_are_read_and_names_are_not() {
        for (text, code) in
            [("CN-YN", "CN-YN"), (" cn-yn ", "CN-YN"), ("MM", "MM"), ("US-CA", "US-CA"), ("LA-VT1", "LA-VT1")]
        {
            assert_eq!(region(text).to_string(), code);
        }
        for wrong in ["", "C", "CNY", "CN-", "CN-YUNN", "CN-Y N", "云南", "C1-YN", "CN-YN-1", "-YN", "CN_YN"] {
            assert!(wrong.parse::<Region>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn distances_are_those_of_a_map() {
        let far = region("CN-YN").distance_km(&region("CN-HL")).unwrap();
        assert!((2_900..3_500).contains(&far), "Yunnan to Heilongjiang: {far} km");
        assert_eq!(region("CN-HL").distance_km(&region("CN-YN")), Some(far));
        let near = region("CN-SH").distance_km(&region("CN-FJ")).unwrap();
        assert!((500..800).contains(&near), "Shanghai to Fujian: {near} km");
        for (a, b) in [("CN-YN", "CN-SC"), ("CN-YN", "CN-YN"), ("CN-YN", "MM"), ("CN-YN", "CN-QQ")] {
            assert_eq!(region(a).distance_km(&region(b)), None, "{a} {b}");
        }
    }

    #[test]
    fn the_table_of_provinces_agrees_with_itself() {
        assert_eq!(PROVINCES.len(), 34);
        for province in &PROVINCES {
            for code in province.neighbours {
                let other = PROVINCES.iter().find(|one| one.code == *code).unwrap_or_else(|| panic!("{code}"));
                assert!(
                    other.neighbours.contains(&province.code),
                    "{} borders {code}, not the other way",
                    province.code
                );
                assert!(great_circle_km(province.centre, other.centre) < 2_300, "{} {code}", province.code);
            }
            let (latitude, longitude) = province.centre;
            assert!((18.0..54.0).contains(&latitude) && (73.0..136.0).contains(&longitude), "{}", province.code);
        }
        let mut codes: Vec<&str> = PROVINCES.iter().map(|province| province.code).collect();
        codes.dedup();
        assert!(codes.is_sorted() && codes.len() == 34);
    }
}
