//! Where a site lies, as people type it: decimal degrees, latitude first. No number goes through a fraction of two.

use crate::http::pages::language::Lang;

/// Corners that an outline may have.
const CORNERS: std::ops::RangeInclusive<usize> = 3..=200;
/// Decimals of a degree that are kept: a centimetre.
const DECIMALS: usize = 7;

/// What cannot be a position. It does not repeat what was typed: that is private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// No two numbers.
    Unreadable,
    /// A latitude beyond the poles: the longitude was written first.
    Latitude,
    /// A longitude of more than half the way round.
    Longitude,
    /// An outline of so many corners.
    Corners(usize),
}

impl Wrong {
    pub(super) fn text(self, lang: Lang) -> String {
        match self {
            Self::Unreadable => lang
                .t(
                    "请写成 27.632455, 104.148137（纬度在前，十进制度数）",
                    "write it as 27.632455, 104.148137: latitude first, in decimal degrees",
                )
                .to_owned(),
            Self::Latitude => lang
                .t(
                    "纬度在 -90 到 90 度之间；是不是经度写在前面了？",
                    "a latitude lies from -90 to 90 degrees; was the longitude written first?",
                )
                .to_owned(),
            Self::Longitude => {
                lang.t("经度在 -180 到 180 度之间", "a longitude lies from -180 to 180 degrees").to_owned()
            }
            Self::Corners(count) => {
                let (least, most) = (CORNERS.start(), CORNERS.end());
                let zh = format!("轮廓有 {least} 到 {most} 个点，一行一个；这里是 {count} 个");
                let en = format!("an outline has {least} to {most} corners, one a line; these are {count}");
                lang.t(&zh, &en).to_owned()
            }
        }
    }
}

/// One point, as latitude and longitude in 1e-7 degrees.
pub(super) fn point(text: &str) -> Result<[i32; 2], Wrong> {
    let words: Vec<&str> = text
        .split(|c: char| matches!(c, ',' | '，' | '、' | ';' | '；') || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect();
    let [latitude, longitude] = words[..] else { return Err(Wrong::Unreadable) };
    let latitude = degrees_e7(latitude).ok_or(Wrong::Unreadable)?;
    let longitude = degrees_e7(longitude).ok_or(Wrong::Unreadable)?;
    let within = |e7: i64, degrees: i64| i32::try_from(e7).ok().filter(|_| e7.abs() <= degrees * 10_000_000);
    let latitude = within(latitude, 90).ok_or(Wrong::Latitude)?;
    Ok([latitude, within(longitude, 180).ok_or(Wrong::Longitude)?])
}

/// The corners, one a line.
pub(super) fn outline(text: &str) -> Result<Vec<[i32; 2]>, Wrong> {
    let corners: Vec<[i32; 2]> =
        text.lines().filter(|line| !line.trim().is_empty()).map(point).collect::<Result<_, _>>()?;
    if CORNERS.contains(&corners.len()) { Ok(corners) } else { Err(Wrong::Corners(corners.len())) }
}

fn degrees_e7(word: &str) -> Option<i64> {
    let word = word.trim_end_matches('°');
    let (negative, word) = match word.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let (whole, part) = word.split_once('.').unwrap_or((word, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || part.len() > 20 || !digits(whole) || !digits(part) {
        return None;
    }
    let part = format!("{:0<DECIMALS$}", part.get(..DECIMALS).unwrap_or(part));
    let e7 = whole.parse::<i64>().ok()? * 10_000_000 + part.parse::<i64>().ok()?;
    Some(if negative { -e7 } else { e7 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_is_typed() {
        for text in
            ["27.632455, 104.148137", "27.632455，104.148137", "27.632455° 104.148137°", " 27.63245504 104.1481370"]
        {
            assert_eq!(point(text), Ok([276_324_550, 1_041_481_370]), "{text}");
        }
        assert_eq!(point("-90 180"), Ok([-900_000_000, 1_800_000_000]));
        assert_eq!(point("0.1,-0.5"), Ok([1_000_000, -5_000_000]));
    }

    #[test]
    fn what_lies_nowhere_is_told() {
        for text in ["", "27.6", "27.6 104.1 3", "a b", "27,6 104,1", "2 7.6 104", "1e2 3", "27. .1", "+27 104"] {
            assert_eq!(point(text), Err(Wrong::Unreadable), "{text}");
        }
        assert_eq!(point("104.148137, 27.632455"), Err(Wrong::Latitude));
        assert_eq!(point("90.0000001, 0"), Err(Wrong::Latitude));
        assert_eq!(point("27.6, -180.0000001"), Err(Wrong::Longitude));
        assert_eq!(point("27.6, 999"), Err(Wrong::Longitude));
    }

    #[test]
    fn an_outline_has_corners() {
        assert_eq!(outline("27 104\n27.1 104\n\n27 104.1\n").map(|corners| corners.len()), Ok(3));
        assert_eq!(outline("27 104\n27.1 104"), Err(Wrong::Corners(2)));
        assert_eq!(outline("27 104\n27.1 104\n104 27"), Err(Wrong::Latitude));
    }
}
