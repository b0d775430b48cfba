//! When something happened and when it was received, each with one spelling.
//!
//! It deliberately has no clock: "now" is an argument everywhere. There is one time zone, a fixed offset that the
//! installation is founded with.
//!
//! ```
//! use trace_core::time::{OccurredAt, ReceivedAt, Zone};
//!
//! let zone: Zone = "+08:00".parse()?;
//! let now: ReceivedAt = "2026-11-20T17:30:00.000Z".parse()?;
//! assert_eq!(zone.date_at(now).to_string(), "2026-11-21", "past midnight in Yiliang");
//! assert!(!OccurredAt::parse("2026-11-21", zone)?.is_future(now, zone));
//! assert!(OccurredAt::parse("2026-11-21T02:00:00+08:00", zone)?.is_future(now, zone));
//! # Ok::<(), trace_core::time::TimeError>(())
//! ```

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use thiserror::Error;

use crate::id::text;

/// How far ahead a moment may lie: clocks of phones run fast by minutes, not by more.
const AHEAD_MS_MAX: i64 = 10 * 60 * 1000;

/// Offsets in use reach from -12:00 to +14:00.
const OFFSET_MINUTES_MAX: i16 = 14 * 60;

/// Why a text is no time, or not one that a record may hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TimeError {
    /// The text has another shape.
    #[error("{received:?} is not spelled as {expected}")]
    Spelling {
        /// The shape, by an example.
        expected: &'static str,
        /// The text, cut to 40 characters.
        received: String,
    },
    /// The digits name no day or no time of day.
    #[error("{received:?} does not exist in the calendar or on the clock")]
    Impossible {
        /// The text.
        received: String,
    },
    /// A year outside 2000 to 2099, which batch codes could not write.
    #[error("the year {year} is outside 2000 to 2099")]
    Year {
        /// The year.
        year: i16,
    },
    /// An offset from UTC that no place uses, or `-00:00`.
    #[error("the offset {received:?} is not between -14:00 and +14:00, or is a second spelling of +00:00")]
    Offset {
        /// The offset.
        received: String,
    },
    /// The time is written in another zone than the installation's.
    #[error("the time is written with {received}, this installation writes {expected}")]
    Zone {
        /// The installation's offset.
        expected: Zone,
        /// The offset received.
        received: Zone,
    },
    /// Milliseconds outside the years 1970 to 2999.
    #[error("{received} ms since 1970 is outside the years 1970 to 2999")]
    Range {
        /// The milliseconds.
        received: i64,
    },
}

impl TimeError {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Spelling { expected, received } => {
                format!("“{received}”的写法不对，应如 {}", expected.replace(" or ", " 或 "))
            }
            Self::Impossible { received } => format!("“{received}”不是日历或钟表上有的时间"),
            Self::Year { year } => format!("{year} 年不在 2000 至 2099 年之内"),
            Self::Offset { received } => format!("时区“{received}”应在 -14:00 与 +14:00 之间；零时区写 +00:00"),
            Self::Zone { expected, received } => format!("收到的时区是 {received}，本系统用 {expected}"),
            Self::Range { received } => format!("1970 年起 {received} 毫秒不在 1970 至 2999 年之内"),
        }
    }

    fn spelling(expected: &'static str, text: &str) -> Self {
        Self::Spelling { expected, received: text.chars().take(40).collect() }
    }
}

/// A fixed offset from UTC in whole minutes, spelled `+08:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone(i16);

impl Zone {
    /// China Standard Time, the default of an installation.
    pub const CHINA: Self = Self(8 * 60);

    /// The zone this many minutes east of UTC.
    ///
    /// # Errors
    /// `Offset` beyond 14 hours to either side.
    pub fn from_minutes(minutes: i16) -> Result<Self, TimeError> {
        if minutes.unsigned_abs() <= OFFSET_MINUTES_MAX.unsigned_abs() {
            Ok(Self(minutes))
        } else {
            Err(TimeError::Offset { received: format!("{minutes} min") })
        }
    }

    /// Minutes east of UTC.
    pub const fn minutes(self) -> i16 {
        self.0
    }

    /// The day it is in this zone at that instant.
    pub fn date_at(self, instant: ReceivedAt) -> Date {
        self.offset().to_datetime(instant.timestamp()).date()
    }

    fn offset(self) -> Offset {
        // At most 14 hours by construction, within what an `Offset` holds.
        Offset::from_seconds(i32::from(self.0) * 60).unwrap_or(Offset::UTC)
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::CHINA
    }
}

impl Display for Zone {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let minutes = self.0.unsigned_abs();
        let sign = if self.0 < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl FromStr for Zone {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let shape = || TimeError::spelling("+08:00", text);
        let digits = Digits::of(text, "+00:00").or_else(|| Digits::of(text, "-00:00")).ok_or_else(shape)?;
        let (hours, minutes) = (digits.number(1, 2), digits.number(4, 2));
        let total = hours * 60 + minutes;
        let negative = text.starts_with('-');
        if minutes > 59 || (negative && total == 0) {
            return Err(TimeError::Offset { received: text.to_owned() });
        }
        Self::from_minutes(if negative { -total } else { total })
            .map_err(|_| TimeError::Offset { received: text.to_owned() })
    }
}

text::text_in_json!(Zone, "time zone");

/// When something happened, as the record says: a day, or a moment to the second in the founding time zone.
///
/// ```
/// use trace_core::time::{OccurredAt, Zone};
///
/// let day = OccurredAt::parse("2026-11-20", Zone::CHINA)?;
/// let noon = OccurredAt::parse("2026-11-20T12:00:00+08:00", Zone::CHINA)?;
/// assert!(day.precedes_or_equals(&noon) && noon.precedes_or_equals(&day), "a day equals its moments");
/// assert!(OccurredAt::parse("2026-11-20T04:00:00Z", Zone::CHINA).is_err(), "one spelling");
/// # Ok::<(), trace_core::time::TimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OccurredAt(Occurred);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Occurred {
    Day(Date),
    Moment(DateTime, Zone),
}

impl OccurredAt {
    const SHAPES: &'static str = "2026-11-20 or 2026-11-20T09:30:00+08:00";

    /// A day.
    ///
    /// # Errors
    /// `Year` outside 2000 to 2099.
    pub fn day(date: Date) -> Result<Self, TimeError> {
        check_year(date)?;
        Ok(Self(Occurred::Day(date)))
    }

    /// A moment on the zone's clock; fractions of a second are cut off, records hold none.
    ///
    /// # Errors
    /// `Year` outside 2000 to 2099.
    pub fn moment(clock: DateTime, zone: Zone) -> Result<Self, TimeError> {
        check_year(clock.date())?;
        let whole = DateTime::from_parts(clock.date(), whole_seconds(clock));
        Ok(Self(Occurred::Moment(whole, zone)))
    }

    /// Reads either spelling; a moment must be written in `zone`.
    ///
    /// # Errors
    /// Says which part is wrong, see [`TimeError`].
    pub fn parse(text: &str, zone: Zone) -> Result<Self, TimeError> {
        let read: Self = text.parse()?;
        read.check_zone(zone)?;
        Ok(read)
    }

    /// Checks that a moment, which JSON may hold with any offset, is written in the installation's zone.
    ///
    /// # Errors
    /// `Zone` with both offsets.
    pub fn check_zone(&self, expected: Zone) -> Result<(), TimeError> {
        match self.0 {
            Occurred::Moment(_, received) if received != expected => Err(TimeError::Zone { expected, received }),
            _ => Ok(()),
        }
    }

    /// The day, for a moment that of its own zone.
    pub fn date(&self) -> Date {
        match self.0 {
            Occurred::Day(date) => date,
            Occurred::Moment(clock, _) => clock.date(),
        }
    }

    /// Whether only the day is known.
    pub const fn is_day(&self) -> bool {
        matches!(self.0, Occurred::Day(_))
    }

    /// Time order between records: instants where both are known, else days, and equality passes.
    ///
    /// Not a total order: two moments of a day both equal the day itself. Hence no `Ord`.
    pub fn precedes_or_equals(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            (Occurred::Moment(a, a_zone), Occurred::Moment(b, b_zone)) => {
                utc_seconds(a, a_zone) <= utc_seconds(b, b_zone)
            }
            _ => self.date() <= other.date(),
        }
    }

    /// Whether this lies more than 10 minutes after `now`; a day does when it has not begun in `zone` by then.
    pub fn is_future(&self, now: ReceivedAt, zone: Zone) -> bool {
        let latest_ms = now.0.saturating_add(AHEAD_MS_MAX).min(ReceivedAt::MS_MAX);
        match self.0 {
            Occurred::Day(date) => date > zone.date_at(ReceivedAt(latest_ms)),
            Occurred::Moment(clock, own) => utc_seconds(clock, own) * 1000 > latest_ms,
        }
    }
}

impl Display for OccurredAt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Occurred::Day(date) => write_date(f, date),
            Occurred::Moment(clock, zone) => {
                write_date(f, clock.date())?;
                write!(f, "T{:02}:{:02}:{:02}{zone}", clock.hour(), clock.minute(), clock.second())
            }
        }
    }
}

impl FromStr for OccurredAt {
    type Err = TimeError;

    /// Accepts any offset; [`OccurredAt::parse`] is the one for input.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        if let Some(digits) = Digits::of(text, "0000-00-00") {
            return Self::day(digits.date(text)?);
        }
        let (clock, zone) = text.split_at_checked("0000-00-00T00:00:00".len()).unwrap_or((text, ""));
        let Some(digits) = Digits::of(clock, "0000-00-00T00:00:00") else {
            return Err(TimeError::spelling(Self::SHAPES, text));
        };
        let zone = zone.parse().map_err(|error| match error {
            TimeError::Spelling { .. } => TimeError::spelling(Self::SHAPES, text),
            other => other,
        })?;
        Self::moment(digits.datetime(text, 0)?, zone)
    }
}

text::text_in_json!(OccurredAt, "time of occurrence");

/// When the service received something: milliseconds since 1970 in UTC, spelled `2026-11-20T03:04:05.678Z`.
///
/// ```
/// use trace_core::time::ReceivedAt;
///
/// let at: ReceivedAt = "2026-11-20T03:04:05.678Z".parse()?;
/// assert_eq!(at.as_unix_ms(), 1_795_143_845_678);
/// assert_eq!(at.to_string(), "2026-11-20T03:04:05.678Z");
/// # Ok::<(), trace_core::time::TimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceivedAt(i64);

impl ReceivedAt {
    /// 1970-01-01T00:00:00.000Z, before anything in a ledger.
    pub const EPOCH: Self = Self(0);

    /// 2999-12-31T23:59:59.999Z: four-digit years, far from the last instant that `jiff` can name.
    const MS_MAX: i64 = 32_503_679_999_999;

    /// The instant so many milliseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// `Range` outside the years 1970 to 2999.
    pub fn from_unix_ms(ms: i64) -> Result<Self, TimeError> {
        if (0..=Self::MS_MAX).contains(&ms) { Ok(Self(ms)) } else { Err(TimeError::Range { received: ms }) }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn as_unix_ms(self) -> i64 {
        self.0
    }

    fn timestamp(self) -> Timestamp {
        // Within range by construction.
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl Display for ReceivedAt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let clock = Offset::UTC.to_datetime(self.timestamp());
        write_date(f, clock.date())?;
        let (hour, minute, second) = (clock.hour(), clock.minute(), clock.second());
        write!(f, "T{hour:02}:{minute:02}:{second:02}.{:03}Z", clock.millisecond())
    }
}

impl FromStr for ReceivedAt {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let digits = Digits::of(text, "0000-00-00T00:00:00.000Z")
            .ok_or_else(|| TimeError::spelling("2026-11-20T03:04:05.678Z", text))?;
        let clock = digits.datetime(text, digits.number(20, 3))?;
        let instant = Offset::UTC.to_timestamp(clock).map_err(|_| impossible(text))?;
        Self::from_unix_ms(instant.as_millisecond())
    }
}

text::text_in_json!(ReceivedAt, "time of receipt");

/// A text whose every byte fits a shape: `0` stands for any digit, all else for itself.
struct Digits<'a>(&'a [u8]);

impl<'a> Digits<'a> {
    fn of(text: &'a str, shape: &str) -> Option<Self> {
        let fits = |(byte, like): (u8, u8)| {
            if like == b'0' { byte.is_ascii_digit() } else { byte == like }
        };
        (text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)).then_some(Self(text.as_bytes()))
    }

    /// The number of `count` digits (at most 4) from `start`, which the shape must have promised.
    fn number(&self, start: usize, count: usize) -> i16 {
        self.0[start..start + count].iter().fold(0, |n, digit| n * 10 + i16::from(digit - b'0'))
    }

    /// For a number of two digits.
    fn pair(&self, start: usize) -> i8 {
        i8::try_from(self.number(start, 2)).unwrap_or(i8::MAX)
    }

    fn date(&self, text: &str) -> Result<Date, TimeError> {
        Date::new(self.number(0, 4), self.pair(5), self.pair(8)).map_err(|_| impossible(text))
    }

    fn datetime(&self, text: &str, millisecond: i16) -> Result<DateTime, TimeError> {
        let date = self.date(text)?;
        let (hour, minute, second) = (self.pair(11), self.pair(14), self.pair(17));
        let time = jiff::civil::Time::new(hour, minute, second, i32::from(millisecond) * 1_000_000)
            .map_err(|_| impossible(text))?;
        Ok(DateTime::from_parts(date, time))
    }
}

fn impossible(text: &str) -> TimeError {
    TimeError::Impossible { received: text.to_owned() }
}

fn check_year(date: Date) -> Result<(), TimeError> {
    let year = date.year();
    if (2000..=2099).contains(&year) { Ok(()) } else { Err(TimeError::Year { year }) }
}

fn whole_seconds(clock: DateTime) -> jiff::civil::Time {
    let time = clock.time();
    jiff::civil::Time::new(time.hour(), time.minute(), time.second(), 0).unwrap_or(time)
}

/// Seconds since 1970 in UTC.
fn utc_seconds(clock: DateTime, zone: Zone) -> i64 {
    // Years 2000 to 2099 by construction, so the conversion cannot fail.
    zone.offset().to_timestamp(clock).map_or(0, Timestamp::as_second)
}

fn write_date(f: &mut Formatter<'_>, date: Date) -> fmt::Result {
    write!(f, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

#[cfg(test)]
mod tests;
