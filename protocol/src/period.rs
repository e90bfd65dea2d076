//! Periods of a series: the calendar months or quarters of a measure's grid.
//! There are no other spans, so no two periods of a series overlap.

use crate::date::Date;
use minicbor::{Decode, Decoder, Encode, decode};
use std::fmt;
use std::str::FromStr;

crate::collection::vocabulary!(
    /// The grid on which a measure's periods lie.
    Calendar {
        /// Calendar months.
        Month = 1 "month",
        /// Calendar quarters, from January, April, July and October.
        Quarter = 2 "quarter",
    }
);

/// A month or a quarter from 1970 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
#[cbor(array)]
pub struct Period {
    /// The grid.
    #[n(0)]
    pub calendar: Calendar,
    /// Periods of this grid since the first of 1970.
    #[n(1)]
    number: u32,
}

impl<'b, C> Decode<'b, C> for Period {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        match d.array()? {
            Some(2) => {}
            _ => return Err(decode::Error::message("a period has two parts")),
        }
        let period = Self { calendar: Calendar::decode(d, ctx)?, number: d.u32()? };
        period.is_sound().then_some(period).ok_or_else(|| decode::Error::message("no period that exists"))
    }
}

/// Text or dates that are no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPeriod {
    /// Text of another form.
    #[error("\"{0}\" is no period; write a month such as 2026-03 or a quarter such as 2026-Q1")]
    Text(String),
    /// Dates that are neither a calendar month nor a calendar quarter.
    #[error(
        "{first} to {last} is neither a calendar month nor a calendar quarter; \
         periods that add up several of them are not accepted, since their differences would show single ones"
    )]
    Span {
        /// First day.
        first: Date,
        /// Last day.
        last: Date,
    },
}

/// The last year.
const LAST_YEAR: u32 = 9_999;
/// The first year.
const FIRST_YEAR: u32 = 1_970;

impl Period {
    /// Sorts before all others.
    pub const EARLIEST: Self = Self { calendar: Calendar::Month, number: 0 };
    /// Sorts after all others.
    pub const LATEST: Self = Self { calendar: Calendar::Quarter, number: u32::MAX };

    /// The month of a year.
    pub fn month(year: u32, month: u32) -> Option<Self> {
        let exists = (FIRST_YEAR..=LAST_YEAR).contains(&year) && (1..=12).contains(&month);
        exists.then(|| Self { calendar: Calendar::Month, number: (year - FIRST_YEAR) * 12 + month - 1 })
    }

    /// The quarter of a year, from 1 to 4.
    pub fn quarter(year: u32, quarter: u32) -> Option<Self> {
        let exists = (FIRST_YEAR..=LAST_YEAR).contains(&year) && (1..=4).contains(&quarter);
        exists.then(|| Self { calendar: Calendar::Quarter, number: (year - FIRST_YEAR) * 4 + quarter - 1 })
    }

    /// The period from `first` to `last`, both included.
    ///
    /// # Errors
    /// [`NotAPeriod::Span`] if that is neither a month nor a quarter.
    pub fn of(first: Date, last: Date) -> Result<Self, NotAPeriod> {
        let (year, month, _) = first.parts();
        let candidates = [Self::month(year, month), Self::quarter(year, month.div_ceil(3))];
        let found = candidates.into_iter().flatten().find(|one| one.first() == first && one.last() == last);
        found.ok_or(NotAPeriod::Span { first, last })
    }

    /// Whether it is one that exists; others can't be decoded.
    pub fn is_sound(self) -> bool {
        self.number < (LAST_YEAR - FIRST_YEAR + 1) * self.per_year()
    }

    /// Its number on its grid, from the first of 1970.
    pub fn number(self) -> u32 {
        self.number
    }

    /// The one after it; none after the last.
    pub fn next(self) -> Option<Self> {
        let next = Self { number: self.number + 1, ..self };
        next.is_sound().then_some(next)
    }

    /// The first day.
    pub fn first(self) -> Date {
        let months = self.number * (12 / self.per_year());
        Date::new(FIRST_YEAR + months / 12, months % 12 + 1, 1)
    }

    /// The last day.
    pub fn last(self) -> Date {
        let months = (self.number + 1) * (12 / self.per_year()) - 1;
        Date::end_of(FIRST_YEAR + months / 12, months % 12 + 1)
    }

    fn per_year(self) -> u32 {
        match self.calendar {
            Calendar::Month => 12,
            Calendar::Quarter => 4,
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, part) = (FIRST_YEAR + self.number / self.per_year(), self.number % self.per_year() + 1);
        match self.calendar {
            Calendar::Month => write!(f, "{year:04}-{part:02}"),
            Calendar::Quarter => write!(f, "{year:04}-Q{part}"),
        }
    }
}

impl FromStr for Period {
    type Err = NotAPeriod;
    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        let number = |part: &str, length: usize| {
            let is_plain = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
            is_plain.then(|| part.parse::<u32>().ok()).flatten()
        };
        let parse = || {
            let (year, part) = text.split_once('-')?;
            let year = number(year, 4)?;
            match part.strip_prefix('Q') {
                Some(quarter) => Self::quarter(year, number(quarter, 1)?),
                None => Self::month(year, number(part, 2)?),
            }
        };
        parse().ok_or_else(|| NotAPeriod::Text(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Calendar, Period};
    use crate::date::Date;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    #[test]
    fn every_period_reads_back_and_has_its_days() {
        for mut period in [Period::month(1970, 1), Period::quarter(1970, 1)].map(|one| one.expect("a period"))
        {
            loop {
                assert_eq!(period.to_string().parse(), Ok(period));
                assert_eq!(Period::of(period.first(), period.last()), Ok(period));
                let Some(next) = period.next() else { break };
                assert!(next.first() > period.last());
                period = next;
            }
            assert_eq!(period.last(), date("9999-12-31"));
        }
    }

    #[test]
    fn only_the_grid_has_periods() {
        for (first, last) in [
            ("2026-01-01", "2026-02-28"),
            ("2026-01-15", "2026-02-14"),
            ("2026-02-01", "2026-04-30"),
            ("2026-01-01", "2026-12-31"),
            ("2026-01-01", "2026-01-30"),
        ] {
            assert!(Period::of(date(first), date(last)).is_err(), "{first} to {last}");
        }
        let quarter = Period::of(date("2026-04-01"), date("2026-06-30")).expect("a quarter");
        assert_eq!((quarter.calendar, quarter.to_string()), (Calendar::Quarter, "2026-Q2".to_owned()));
        for text in
            ["2026-13", "2026-0", "2026-Q5", "2026-q1", "1969-12", "2026-1", "+026-01", "2026-01-01", ""]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
