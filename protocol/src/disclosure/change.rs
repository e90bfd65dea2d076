//! Corrections: how what is said differs from what was said last. A difference
//! from 1 to the threshold shows single people as a small count does.

use super::{Breach, Fault, Ground, Spot, Stratum, cells, value_of};
use crate::measure::{Code, Component, Definition};
use crate::series::{Cell, Table, Value};
use std::collections::BTreeMap;

/// The last number that was told of each cell and component.
pub type Last = BTreeMap<(Stratum, Component), u64>;

/// Checks the difference of every number that was told before and is told
/// again, and of what is hidden as a whole.
pub fn check(ground: &Ground, last: &Last, before: Option<(&Definition, &Table)>, table: &Table) -> Result<(), Breach> {
    let now = cells(&ground.definition, table);
    for (stratum, cell) in &now {
        for component in ground.definition.components().iter().copied() {
            let told = value_of(cell, component).and_then(Value::known);
            let earlier = last.get(&(stratum.clone(), component));
            let is_small = told.zip(earlier).is_some_and(|(new, old)| ground.is_small(new.abs_diff(*old)));
            if is_small {
                return Err(Spot::number(table.period, stratum, component).breaks(Fault::SmallChange));
            }
        }
    }
    let Some((definition, before)) = before else { return Ok(()) };
    let before = cells(definition, before);
    for stratifier in &ground.definition.stratifiers {
        for component in ground.definition.components().iter().copied() {
            let change = hidden_change(&stratifier.code, component, &before, &now);
            if change.is_some_and(|change| ground.is_small(change.unsigned_abs())) {
                return Err(Spot::number(table.period, &None, component).breaks(Fault::SmallChange));
            }
        }
    }
    Ok(())
}

/// By how much everything of a stratifier that is hidden before or now has
/// changed together, if the totals tell.
fn hidden_change(
    stratifier: &Code,
    component: Component,
    before: &[(Stratum, Cell)],
    now: &[(Stratum, Cell)],
) -> Option<i64> {
    let told = |cells: &[(Stratum, Cell)], stratum: &Stratum| {
        let cell = cells.iter().find(|(one, _)| one == stratum).map(|(_, cell)| cell)?;
        value_of(cell, component)?.known().and_then(|number| i64::try_from(number).ok())
    };
    let mut change = told(now, &None)? - told(before, &None)?;
    let strata = now.iter().map(|(stratum, _)| stratum);
    let mut strata = strata.filter(|one| one.as_ref().is_some_and(|(code, _)| code == stratifier)).peekable();
    strata.peek()?;
    for stratum in strata {
        if let (Some(new), Some(old)) = (told(now, stratum), told(before, stratum)) {
            change -= new - old;
        }
    }
    Some(change)
}
