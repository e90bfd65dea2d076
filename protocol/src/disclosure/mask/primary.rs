//! Primary masks: the numbers that the rules name one by one.

use super::Why;
use super::sheet::{Number, Place, Sheet};
use crate::disclosure::{cells, value_of};
use crate::measure::Component;
use crate::series::{Cell, Value};

/// Masks what may not be told, whatever else is.
pub fn mask(sheet: &mut Sheet) {
    let cells: Vec<(Place, Cell)> = sheet.cells().iter().map(|(place, cell)| (*place, *cell)).collect();
    for (place, cell) in cells {
        for (component, why) in reasons(sheet, &cell) {
            sheet.mask(Number { place, component }, why);
        }
    }
}

/// What of a cell is masked, and why; the first reason for a number stands.
fn reasons(sheet: &Sheet, cell: &Cell) -> Vec<(Component, Why)> {
    let ground = sheet.ground();
    let is_small = |component| {
        let known = value_of(cell, component).and_then(Value::known);
        known.is_some_and(|number| ground.is_small(number))
    };
    let small = |component| Why::Small { component };
    let kind = ground.definition.kind;
    let mut all = Vec::new();
    if is_small(Component::Denominator) {
        all.push((Component::Denominator, small(Component::Denominator)));
        all.push((Component::Numerator, Why::Denominator));
        all.extend(cell.excluded.map(|_| (Component::Excluded, Why::Denominator)));
    }
    if kind.counts_numerator() && is_small(Component::Numerator) {
        all.push((Component::Numerator, small(Component::Numerator)));
    }
    if kind.is_part_of_denominator() && is_small(Component::Complement) {
        all.push((Component::Numerator, small(Component::Complement)));
    }
    if is_small(Component::Excluded) {
        all.push((Component::Excluded, small(Component::Excluded)));
    }
    if cells::is_extreme(ground, cell) {
        all.push((Component::Numerator, Why::Extreme));
    }
    all
}
