//! Year-to-date releases: sums since April. Most look safe, and the difference
//! of two of them does not; so there is no such period.

use crate::planning::breaches;
use crate::rows::{Row, extract, whole};
use commons_protocol::date::Date;
use commons_protocol::period::{Calendar, NotAPeriod, Period};
use std::collections::BTreeMap;

/// Counts of one department by month.
type Months = BTreeMap<Date, u64>;

fn departments(rows: &[Row]) -> Vec<Months> {
    let mut all: BTreeMap<(String, u8), Months> = BTreeMap::new();
    for row in rows {
        all.entry((row.organisation.clone(), row.kind)).or_default().insert(row.month, row.breaches);
    }
    all.into_values().collect()
}

fn first_of(year: u32, month: u32) -> Date {
    Period::month(year, month).expect("a month").first()
}

fn last_of(year: u32, month: u32) -> Date {
    Period::month(year, month).expect("a month").last()
}

/// April of the year of account that a month belongs to.
fn april(month: Date) -> Date {
    let (year, number, _) = month.parts();
    first_of(if number >= 4 { year } else { year - 1 }, 4)
}

/// Releases of sums since `start` that are above 10 although what the last
/// month adds is not.
fn leaking(departments: &[Months], start: impl Fn(Date) -> Date) -> usize {
    let is_leaking = |months: &Months, month: Date, count: u64| {
        let sum: u64 = months.range(start(month)..=month).map(|(_, count)| count).sum();
        sum > 10 && (1..=10).contains(&count)
    };
    let of =
        |months: &Months| months.iter().filter(|(month, count)| is_leaking(months, **month, **count)).count();
    departments.iter().map(of).sum()
}

/// Whether a measure by month takes what was counted from April to the end of
/// this month.
fn takes_since_april(month: Date) -> bool {
    let (year, number, _) = month.parts();
    match Period::of(april(month), last_of(year, number)) {
        // A span of several months is no period, except a quarter, which is
        // not on the grid of a measure by month.
        Ok(period) => period.calendar == breaches().definition.calendar,
        Err(NotAPeriod::Span { .. }) => false,
        Err(NotAPeriod::Text(text)) => panic!("{text}"),
    }
}

#[test]
fn only_april_is_a_month_and_april_to_june_a_quarter() {
    for number in 1..=12 {
        let year = if number >= 4 { 2016 } else { 2017 };
        let (first, last) = (first_of(2016, 4), last_of(year, number));
        let found = Period::of(first, last).ok().map(|period| period.calendar);
        let expected = match number {
            4 => Some(Calendar::Month),
            6 => Some(Calendar::Quarter),
            _ => None,
        };
        assert_eq!(found, expected, "{first} to {last}");
        assert_eq!(takes_since_april(first_of(year, number)), number == 4);
    }
}

#[test]
fn releases_since_april_leak_and_are_refused() {
    let departments_here = departments(&extract());
    assert!(leaking(&departments_here, april) > 0);
    let Some(rows) = whole() else { return };
    let all = departments(&rows);
    let months = || all.iter().flat_map(|months| months.keys().copied());
    let refused = months().filter(|month| !takes_since_april(*month)).count();
    let (yearly, running) = (leaking(&all, april), leaking(&all, |_| first_of(2016, 4)));
    println!("of {} releases since April {refused} are refused", months().count());
    println!(
        "{yearly} look safe and differ by 1 to 10 from the one before; {running} if sums run on for 36 months"
    );
    assert_eq!((yearly, running), (1_257, 1_552));
}
