//! What may follow on what was said before: corrections by more than the
//! threshold, and masks that stay.

use super::told::Statement;
use super::{Breach, Fault, Ground, Spot, Stratum, cells, stated, value_of};
use crate::measure::{Code, Component, Definition, Stratifier};
use crate::series::{Table, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Numbers by cell and component.
pub type Numbers = BTreeMap<(Stratum, Component), u64>;

/// All numbers that were told of each cell and component, in order.
pub type History = BTreeMap<(Stratum, Component), Vec<u64>>;

/// What a table says, as somebody reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// What is told, also by strata that add up to what is not.
    pub told: Numbers,
    /// What is masked.
    pub hidden: BTreeSet<(Stratum, Component)>,
}

impl Content {
    /// What a table says.
    pub fn of(definition: &Definition, table: &Table) -> Self {
        let mut content = Self { told: Numbers::new(), hidden: BTreeSet::new() };
        for (stratum, cell) in cells(definition, table) {
            for component in definition.components().iter().copied() {
                match value_of(&cell, component) {
                    Some(Value::Known(number)) => {
                        content.told.insert((stratum.clone(), component), number);
                    }
                    Some(Value::Masked) => {
                        content.hidden.insert((stratum.clone(), component));
                    }
                    None => {}
                }
            }
        }
        content.add_totals(definition);
        content.hide_totals(definition, table);
        content
    }

    /// A total that is not stated beside strata is hidden like them.
    fn hide_totals(&mut self, definition: &Definition, table: &Table) {
        let all = definition.components().iter().map(|component| (None, *component));
        let open = all.filter(|place| !table.strata.is_empty() && !self.told.contains_key(place));
        let open: Vec<_> = open.collect();
        self.hidden.extend(open);
    }

    /// A total whose strata are all told is told.
    fn add_totals(&mut self, definition: &Definition) {
        for stratifier in &definition.stratifiers {
            for component in definition.components().iter().copied() {
                let strata = stratifier.strata.iter().map(|code| {
                    self.told.get(&(Some((stratifier.code.clone(), code.clone())), component)).copied()
                });
                let sum: Option<u64> = strata.sum();
                if let Some(sum) = sum.filter(|_| !stratifier.strata.is_empty()) {
                    self.told.entry((None, component)).or_insert(sum);
                    self.hidden.remove(&(None, component));
                }
            }
        }
    }

    /// What is said of the strata of a stratifier.
    fn of_stratifier(
        &self,
        code: &Code,
        component: Component,
    ) -> impl Iterator<Item = (&Stratum, Option<u64>)> {
        let is_part = move |(stratum, one): &&(Stratum, Component)| {
            *one == component && stratum.as_ref().is_some_and(|(stratifier, _)| stratifier == code)
        };
        let told = self
            .told
            .iter()
            .filter(move |(place, _)| is_part(place))
            .map(|(place, number)| (&place.0, Some(*number)));
        told.chain(self.hidden.iter().filter(is_part).map(|place| (&place.0, None)))
    }
}

/// Checks every number that is told against all that was told of it before.
pub fn check_numbers(ground: &Ground, spot: &Spot, before: &History, now: &Content) -> Result<(), Breach> {
    for ((stratum, component), number) in &now.told {
        let mut earlier = before.get(&(stratum.clone(), *component)).into_iter().flatten();
        if earlier.any(|earlier| ground.is_small(number.abs_diff(*earlier))) {
            return Err(Spot::number(spot.period, stratum, *component).breaks(Fault::SmallChange));
        }
    }
    Ok(())
}

/// Checks what follows on an earlier table of the same measure.
pub fn check(ground: &Ground, table: &Table, before: &Statement, now: &Content) -> Result<(), Breach> {
    let (spot, earlier) = (Spot::table(table.period), before.content());
    let then = (&*before.ground, &before.table);
    check_strata((ground, table), then)?;
    check_split((ground, table), then)?;
    check_masks(&spot, before, &earlier, now)?;
    for stratifier in &ground.definition.stratifiers {
        for component in ground.definition.components().iter().copied() {
            let change = hidden_change(&stratifier.code, component, &earlier, now);
            if change.is_some_and(|change| ground.is_small(change)) {
                return Err(Spot::number(spot.period, &None, component).breaks(Fault::SmallChange));
            }
        }
    }
    Ok(())
}

/// Where something is masked, strata of one name are the same strata, also in
/// two measures of one quantity.
pub fn check_strata(now: (&Ground, &Table), then: (&Ground, &Table)) -> Result<(), Breach> {
    let hides = super::told::hides(now.1) || super::told::hides(then.1);
    let differs = |one: &Stratifier| {
        let mut others = stated(&then.0.definition, then.1);
        others.any(|(_, other)| other.code == one.code && other.strata != one.strata)
    };
    match hides && stated(&now.0.definition, now.1).any(|(_, one)| differs(one)) {
        true => Err(Spot::table(now.1.period).breaks(Fault::OtherDefinition)),
        false => Ok(()),
    }
}

/// Where something is masked, a stratifier does not take the place of another:
/// nobody could tell what both have in common.
fn check_split(now: (&Ground, &Table), then: (&Ground, &Table)) -> Result<(), Breach> {
    let hides = super::told::hides(now.1) || super::told::hides(then.1);
    let is_new = |one: &Stratifier| !has(&then.0.definition, one);
    let is_gone = |one: &Stratifier| !has(&now.0.definition, one);
    let is_replaced = stated(&now.0.definition, now.1).any(|(_, one)| is_new(one))
        && stated(&then.0.definition, then.1).any(|(_, one)| is_gone(one));
    match hides && is_replaced {
        true => Err(Spot::table(now.1.period).breaks(Fault::OtherDefinition)),
        false => Ok(()),
    }
}

fn has(definition: &Definition, one: &Stratifier) -> bool {
    definition.stratifiers.iter().any(|other| other.code == one.code)
}

/// What was masked beside something that was told of the same sum stays
/// masked: telling it later would tell what the rest of the sum was.
fn check_masks(spot: &Spot, before: &Statement, earlier: &Content, now: &Content) -> Result<(), Breach> {
    for (stratum, component) in &earlier.hidden {
        let is_told = now.told.contains_key(&(stratum.clone(), *component));
        if is_told && is_bound(&before.ground.definition, earlier, stratum, *component) {
            return Err(Spot::number(spot.period, stratum, *component).breaks(Fault::WasMasked));
        }
    }
    Ok(())
}

/// Whether a masked number was part of a sum of which something was told.
fn is_bound(definition: &Definition, before: &Content, stratum: &Stratum, component: Component) -> bool {
    let sums = definition.stratifiers.iter().map(|one| &one.code);
    let sums = sums.filter(|code| stratum.as_ref().is_none_or(|(stratifier, _)| stratifier == *code));
    let has_total = before.told.get(&(None, component)).is_some_and(|total| *total > 0);
    sums.into_iter().any(|code| {
        let told =
            before.of_stratifier(code, component).any(|(_, number)| number.is_some_and(|number| number > 0));
        told || (stratum.is_some() && has_total)
    })
}

/// By how much everything of a stratifier that is hidden before or now has
/// changed together, if the totals tell.
fn hidden_change(code: &Code, component: Component, before: &Content, now: &Content) -> Option<u64> {
    let total = (None, component);
    let difference = |new: u64, old: u64| i128::from(new) - i128::from(old);
    let mut change = difference(*now.told.get(&total)?, *before.told.get(&total)?);
    let mut is_stated = false;
    for (stratum, number) in now.of_stratifier(code, component) {
        is_stated = true;
        let old = before.told.get(&(stratum.clone(), component));
        change -= number.zip(old).map_or(0, |(new, old)| difference(new, *old));
    }
    is_stated.then(|| u64::try_from(change.unsigned_abs()).unwrap_or(u64::MAX))
}
