//! A check that is stricter than the rules, for somebody who knows how masks are
//! chosen. Zeros are told, so no mask that stands by itself hides one. And where
//! another choice would have come first, the masks of a sum can only be primary
//! ones: even who takes them all for small must be left with enough.
//!
//! Like the rules it looks at nothing but what will be published. A check that
//! minds which masks *are* primary would do worse: of two masks in a sum of 15
//! it would refuse two small counts, so that whoever sees such a pair knows that
//! only one is.

use super::Why;
use super::sheet::{Number, Sheet, reported};
use crate::disclosure::knowledge::Knowledge;
use crate::disclosure::{Account, Interval};
use crate::linear::{Effort, Trouble};
use crate::measure::Component;
use crate::series::Table;
use std::collections::BTreeMap;

/// What somebody supposes of masked numbers.
type Guess = BTreeMap<Number, Interval>;

/// The first number of which too little is left; none if all is well. What is
/// too complex for this check was not too complex for the rules, which then
/// stand alone.
pub fn exposed(account: &Account, sheet: &Sheet, table: &Table, more: &[Number]) -> Option<Number> {
    let group = account.group_of(sheet.ground(), table)?;
    guesses(sheet, more).iter().find_map(|guess| {
        for with_earlier in [true, false] {
            let effort = &mut Effort::default();
            let known = match with_earlier {
                true => group.say(Knowledge::over_time(None), &group.earlier(), effort),
                false => group.in_force(effort),
            };
            match left(known.ok()?, sheet, guess) {
                Ok(exposed) => return exposed,
                Err(Trouble::Infeasible) => {}
                Err(_) => return None,
            }
        }
        None
    })
}

/// The first number of a guess of which too little is left.
fn left(mut knowledge: Knowledge, sheet: &Sheet, guess: &Guess) -> Result<Option<Number>, Trouble> {
    let ground = sheet.ground();
    let suppose = |(number, range): (&Number, &Interval)| {
        knowledge.suppose(ground, (&sheet.stratum(number.place), number.component), *range)
    };
    let supposed: Vec<usize> = guess.iter().map(suppose).collect();
    let intervals = knowledge.intervals_of(&supposed)?;
    let is_tight =
        |interval: Interval| interval.count().is_some_and(|left| left < u64::from(ground.threshold));
    let exposed = guess.keys().zip(intervals).find(|(_, interval)| interval.is_some_and(is_tight));
    Ok(exposed.map(|(number, _)| *number))
}

/// That no mask hides a zero; and besides, for each sum with several masks in
/// which others could have been chosen, that all of them are small.
fn guesses(sheet: &Sheet, more: &[Number]) -> Vec<Guess> {
    let hides = |number: Number| sheet.why(number).is_some() || more.contains(&number);
    let goes_along = |number: Number| {
        number.component != Component::Denominator
            && hides(Number { component: Component::Denominator, ..number })
    };
    let alone: Vec<Number> =
        sheet.numbers().filter(|number| hides(*number) && !goes_along(*number)).collect();
    let some = alone.iter().filter(|number| is_some(sheet, **number));
    let some: Guess =
        some.map(|number| (*number, Interval { low: least(sheet, *number), high: None })).collect();
    let mut all = Vec::new();
    for component in sheet.ground().definition.components().iter().copied() {
        let counts = component != Component::Numerator || sheet.ground().definition.kind.counts_numerator();
        for stratifier in sheet.stated().filter(|_| counts) {
            let is_part = |number: &&Number| {
                number.component == reported(component)
                    && number.place.is_some_and(|(first, _)| first == stratifier)
            };
            let part: Vec<Number> =
                alone.iter().filter(is_part).map(|one| Number { component, ..*one }).collect();
            let choices =
                sheet.cells().keys().filter(|place| place.is_some_and(|(first, _)| first == stratifier));
            let mut choices = choices.map(|place| Number { place: *place, component });
            if part.len() > 1 && choices.any(|number| shows_some(sheet, more, number)) {
                let small = |number: Number| {
                    let high = Some(u64::from(sheet.ground().threshold));
                    (number, Interval { low: least(sheet, number), high })
                };
                let mut guess = some.clone();
                guess.extend(part.into_iter().map(small));
                all.push(guess);
            }
        }
    }
    all.push(some);
    all.retain(|guess| !guess.is_empty());
    all
}

/// Whether a number is told and more than zero: it could have been chosen.
fn shows_some(sheet: &Sheet, more: &[Number], number: Number) -> bool {
    let told = |component| {
        let number = Number { component, ..number };
        sheet.told(number).filter(|_| !more.contains(&number))
    };
    match number.component {
        Component::Complement => {
            told(Component::Numerator).is_some_and(|part| Some(part) < told(Component::Denominator))
        }
        component => told(component).is_some_and(|told| told > 0),
    }
}

/// Whether a number that is masked by itself is no zero. What the source or the
/// past masks may be one.
fn is_some(sheet: &Sheet, number: Number) -> bool {
    !matches!(sheet.why(number), Some(Why::Source | Why::Correction | Why::Earlier))
}

/// The least that a masked number can be for who knows how masks are chosen.
fn least(sheet: &Sheet, number: Number) -> u64 {
    let definition = &sheet.ground().definition;
    let is_share = matches!(number.component, Component::Numerator | Component::Complement);
    u64::from(!(is_share && (definition.extremes_are_sensitive || !definition.kind.counts_numerator())))
}
