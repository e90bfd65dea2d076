//! How much lies between rare events.
//!
//! Periods without an event add to what lies before the next one, so a period
//! with events stands for everything since the last period that had some,
//! shared evenly among its events. Masked numbers make intervals; where it is
//! not even known whether there was an event, nothing is plotted. Nor is the
//! first period with events: how much lies before it, nobody reported, and
//! what the feed has of it would be too little.

use super::values::{interval, is_withheld};
use crate::charts::Value;
use crate::view::FeedRow;

/// What has gone by since the last event: at least, at most; none if that is
/// not known.
type Since = Option<(f64, Option<f64>)>;

/// The value of each place, in the order of the periods.
pub(super) fn values(rows: &[Option<&FeedRow>]) -> Vec<Value> {
    let mut since: Since = None;
    rows.iter().map(|row| step(&mut since, *row)).collect()
}

fn step(since: &mut Since, row: Option<&FeedRow>) -> Value {
    let numbers = row.and_then(|row| interval(&row.numerator).zip(interval(row.denominator.as_ref()?)));
    let Some(((least, most), (low, high))) = numbers else {
        // What went by here is unknown, and so is the sum.
        *since = None;
        return if row.is_some_and(is_withheld) { Value::Withheld } else { Value::Missing };
    };
    let sum = since.map(|(from, to)| (from + low, to.zip(high).map(|(to, high)| to + high)));
    if most == Some(0.0) {
        *since = sum;
        return Value::Missing;
    }
    if least < 1.0 {
        // Perhaps an event, perhaps none.
        *since = sum.map(|(_, to)| (0.0, to));
        return Value::Missing;
    }
    *since = Some((0.0, Some(0.0)));
    let Some((from, to)) = sum else { return Value::Missing };
    let (from, to) = (most.map_or(0.0, |most| from / most), to.map(|to| to / least));
    match to {
        // Both ends are the same number to the bit only if nothing is masked.
        Some(to) if to.to_bits() == from.to_bits() => Value::Measured(to),
        to => Value::Masked { low: from, high: to },
    }
}
