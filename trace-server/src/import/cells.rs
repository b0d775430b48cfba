//! What people write into single cells: days, seasons, yes and no.

use jiff::civil::Date;
use trace_core::tianma::Season;

/// A day: `2026-11-20`, and as spreadsheet programs turn it: `2026/11/20`, `2026年11月20日`, with a time behind it.
pub(super) fn day(text: &str) -> Option<Date> {
    let text = text.split([' ', 'T']).next().unwrap_or_default();
    let plain = text.replace(['/', '.', '年', '月'], "-").replace('日', "");
    let mut parts = plain.split('-').map(|part| part.trim().parse::<i16>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A season by its Chinese name or its code.
pub(super) fn season(text: &str) -> Option<Season> {
    Season::ALL.iter().copied().find(|season| text == season.zh() || text == season.en() || text == season.code())
}

/// Yes or no; an empty cell is no.
pub(super) fn yes(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "是" | "对" | "yes" | "y" | "true" | "1" | "√" | "✓" => Some(true),
        "" | "否" | "不" | "no" | "n" | "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_spreadsheets_write_them() {
        let expected = Date::new(2026, 11, 5).ok();
        for text in ["2026-11-05", "2026/11/5", "2026.11.5", "2026年11月5日", "2026-11-05 00:00:00", "2026-11-05T00:00"]
        {
            assert_eq!(day(text), expected, "{text}");
        }
        for text in ["", "5/11", "11/5/2026", "2026-13-01", "2026-11-05-06", "昨天", "45966"] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn yes_and_no() {
        assert_eq!(
            (yes("是"), yes("YES"), yes(""), yes("否"), yes("maybe")),
            (Some(true), Some(true), Some(false), Some(false), None)
        );
        assert_eq!((season("冬麻"), season("chunma"), season("x")), (Some(Season::Dongma), Some(Season::Chunma), None));
    }
}
