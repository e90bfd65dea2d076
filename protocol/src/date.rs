//! Calendar dates, proleptic Gregorian, without time zones: what a document
//! says about when it is due, and the day on which somebody asks.

use crate::time::Timestamp;
use minicbor::{Decode, Encode};
use std::fmt;
use std::str::FromStr;

/// A day, counted from 1970-01-01; at most 9999-12-31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Date(#[n(0)] u32);

/// Text that is no date from 1970 to 9999.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no date; write one such as 2027-03-31")]
pub struct NotADate(String);

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Days from 1970-01-01 to 9999-12-31.
const LAST: u32 = 2_932_896;

impl Date {
    /// The day in UTC on which `time` lies; the last one for what is beyond.
    pub fn of(time: Timestamp) -> Self {
        Self(u32::try_from(time.0 / DAY_MS).unwrap_or(LAST).min(LAST))
    }

    /// The same day `months` later, or the last day of that month.
    pub fn plus_months(self, months: u16) -> Self {
        let (year, month, day) = self.parts();
        let count = (year * 12 + month - 1).saturating_add(u32::from(months));
        let (year, month) = (count / 12, count % 12 + 1);
        match year > 9999 {
            true => Self(LAST),
            false => Self(days(year, month, day.min(month_length(year, month)))),
        }
    }

    /// A day that exists, from 1970 to 9999.
    pub(crate) fn new(year: u32, month: u32, day: u32) -> Self {
        Self(days(year, month, day))
    }

    /// The last day of a month.
    pub(crate) fn end_of(year: u32, month: u32) -> Self {
        Self::new(year, month, month_length(year, month))
    }

    /// Year, month and day.
    pub fn parts(self) -> (u32, u32, u32) {
        // Years begin in March, so that a leap day ends one: Hinnant,
        // "chrono-Compatible Low-Level Date Algorithms".
        let shifted = self.0 + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        (year_of_era + era * 400 + u32::from(month <= 2), month, day)
    }
}

/// Days from 1970-01-01 to a day that exists.
fn days(year: u32, month: u32, day: u32) -> u32 {
    let year = year - u32::from(month <= 2);
    let (era, year_of_era) = (year / 400, year % 400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn month_length(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Date {
    type Err = NotADate;
    fn from_str(text: &str) -> Result<Self, NotADate> {
        let wrong = || NotADate(text.chars().take(40).collect());
        let is_shaped = text.len() == 10 && text.is_ascii();
        let number = |range: std::ops::Range<usize>| {
            let part = text.get(range).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            part.and_then(|part| part.parse::<u32>().ok())
        };
        let dashes = is_shaped && &text[4..5] == "-" && &text[7..8] == "-";
        let (year, month, day) = match (dashes, number(0..4), number(5..7), number(8..10)) {
            (true, Some(year), Some(month), Some(day)) => (year, month, day),
            _ => return Err(wrong()),
        };
        let exists = (1970..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=month_length(year, month)).contains(&day);
        exists.then(|| Self(days(year, month, day))).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::{Date, LAST};
    use crate::time::Timestamp;

    #[test]
    fn every_day_reads_back() {
        let mut previous = String::new();
        for number in 0..=LAST {
            let text = Date(number).to_string();
            assert!(text > previous, "{text} after {previous}");
            assert_eq!(text.parse(), Ok(Date(number)));
            previous = text;
        }
        assert_eq!(previous, "9999-12-31");
    }

    #[test]
    fn only_days_that_exist_are_dates() {
        for text in
            ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "1969-12-31", "+026-01-01", "é026-01-1"]
        {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        assert_eq!(Date::of(Timestamp(1_709_164_800_000)).to_string(), "2024-02-29");
        assert_eq!(Date::of(Timestamp(u64::MAX)).to_string(), "9999-12-31");
    }

    #[test]
    fn months_end_where_they_end() {
        let date = |text: &str| text.parse::<Date>().expect("a date");
        assert_eq!(date("2024-01-31").plus_months(1), date("2024-02-29"));
        assert_eq!(date("2024-02-29").plus_months(12), date("2025-02-28"));
        assert_eq!(date("2024-11-30").plus_months(3), date("2025-02-28"));
        assert_eq!(date("9999-01-01").plus_months(u16::MAX), date("9999-12-31"));
    }
}
