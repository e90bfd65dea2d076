//! A check that is stricter than the rules: what is left for somebody who knows
//! which masks are primary, and why.

use super::Why;
use super::sheet::{Number, Sheet};
use crate::disclosure::Account;
use crate::disclosure::knowledge::Knowledge;
use crate::linear::Trouble;
use crate::measure::Component;
use crate::series::{Table, Value};

/// A small number, and the least that it can be.
#[derive(Clone, Copy, Debug)]
struct Small {
    number: Number,
    least: u64,
}

/// The first number of which too little is left; none if all is well. What is
/// too complex for this check was not too complex for the rules, which then
/// stand alone.
pub fn exposed(account: &Account, sheet: &Sheet, table: &Table) -> Option<Number> {
    let all: Vec<Small> = sheet.numbers().filter_map(|number| small(sheet, number)).collect();
    if all.is_empty() {
        return None;
    }
    for with_earlier in [true, false] {
        let mut knowledge = account.known_with(sheet.ground(), table, with_earlier)?;
        match left(&mut knowledge, sheet, &all) {
            Ok(exposed) => return exposed,
            Err(Trouble::Infeasible) => {}
            Err(_) => return None,
        }
    }
    None
}

/// Supposes of every small number that it is small.
fn left(knowledge: &mut Knowledge, sheet: &Sheet, all: &[Small]) -> Result<Option<Number>, Trouble> {
    let ground = sheet.ground();
    let threshold = u64::from(ground.threshold);
    let suppose = |one: &Small| {
        let stratum = sheet.stratum(one.number.place);
        knowledge.suppose(ground, &stratum, one.number.component, (one.least, threshold))
    };
    let supposed: Vec<usize> = all.iter().map(suppose).collect();
    let intervals = knowledge.intervals_of(&supposed)?;
    let is_exposed = |(_, interval): &(&Small, Option<_>)| {
        interval.is_some_and(|one: crate::disclosure::Interval| one.count().is_some_and(|left| left < threshold))
    };
    Ok(all.iter().zip(intervals).find(is_exposed).map(|(one, _)| one.number))
}

/// What is small of a number with a primary mask.
fn small(sheet: &Sheet, number: Number) -> Option<Small> {
    let is_sensitive = sheet.ground().definition.extremes_are_sensitive;
    let component = match sheet.why(number)? {
        Why::Small { component } => component,
        Why::Extreme if sheet.value(number) == Some(Value::Known(0)) => Component::Numerator,
        Why::Extreme => Component::Complement,
        Why::Denominator | Why::Source | Why::Correction | Why::Earlier | Why::Complementary => return None,
    };
    let is_share = matches!(component, Component::Numerator | Component::Complement);
    let least = if is_sensitive && is_share { 0 } else { 1 };
    Some(Small { number: Number { component, ..number }, least })
}
