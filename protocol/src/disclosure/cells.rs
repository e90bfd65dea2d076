//! What can be said of a table alone: its grid, its strata, and each cell.

use super::{Breach, Fault, Ground, Spot, Stratum, cells, stated, value_of};
use crate::limits::CELLS;
use crate::measure::{Component, MeasureKind};
use crate::series::{Cell, Table, Value};

/// Checks a table by itself.
pub fn check(ground: &Ground, table: &Table) -> Result<(), Breach> {
    check_shape(ground, table)?;
    let all = cells(&ground.definition, table);
    all.iter().try_for_each(|(stratum, cell)| check_cell(ground, table, stratum, cell))
}

fn check_shape(ground: &Ground, table: &Table) -> Result<(), Breach> {
    let whole = || Spot::table(table.period);
    if table.period.calendar != ground.definition.calendar || !table.period.is_sound() {
        return Err(whole().breaks(Fault::OffGrid));
    }
    let implied: usize = stated(&ground.definition, table).map(|(_, one)| one.strata.len()).sum();
    if implied > CELLS {
        return Err(whole().breaks(Fault::TooComplex));
    }
    if table.strata.iter().any(|one| ground.definition.stratum(one.place()).is_none()) {
        return Err(whole().breaks(Fault::UnknownStratum));
    }
    match table.strata.windows(2).all(|pair| pair[0].place() < pair[1].place()) {
        true => Ok(()),
        false => Err(whole().breaks(Fault::Order)),
    }
}

fn check_cell(ground: &Ground, table: &Table, stratum: &Stratum, cell: &Cell) -> Result<(), Breach> {
    let at = |component| Spot::number(table.period, stratum, component);
    let kind = ground.definition.kind;
    let reports_excluded = super::Reports::of(table).excluded;
    if cell.denominator.is_some() != kind.has_denominator() {
        return Err(at(Component::Denominator).breaks(Fault::Shape));
    }
    if cell.excluded.is_some() != reports_excluded {
        return Err(at(Component::Excluded).breaks(Fault::Shape));
    }
    check_order(kind, cell).map_err(|fault| at(Component::Numerator).breaks(fault))?;
    for component in ground.definition.components().iter().copied() {
        let is_count = component != Component::Numerator || kind.counts_numerator();
        let known = value_of(cell, component).and_then(Value::known);
        if is_count && known.is_some_and(|number| ground.is_small(number)) {
            return Err(at(component).breaks(Fault::Small));
        }
    }
    match is_extreme(ground, cell) {
        true => Err(at(Component::Numerator).breaks(Fault::Extreme)),
        false => Ok(()),
    }
}

/// Whether the numbers of a cell go together.
fn check_order(kind: MeasureKind, cell: &Cell) -> Result<(), Fault> {
    match (cell.numerator, cell.denominator) {
        // Of nobody there is nothing to mask.
        (Value::Known(_), Some(Value::Masked)) | (Value::Masked, Some(Value::Known(0))) => {
            Err(Fault::HalfMasked)
        }
        (Value::Known(numerator), Some(Value::Known(denominator))) => {
            let is_above = kind.is_part_of_denominator() && numerator > denominator;
            let is_of_nobody = denominator == 0 && numerator > 0;
            if is_above || is_of_nobody { Err(Fault::Inconsistent) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

/// Whether the cell tells 0 % or 100 % of some people where that is sensitive.
pub fn is_extreme(ground: &Ground, cell: &Cell) -> bool {
    let numbers = (cell.numerator.known(), cell.denominator.and_then(Value::known));
    let is_said = match numbers {
        (Some(numerator), Some(denominator)) => {
            let is_all = ground.definition.kind.is_part_of_denominator() && numerator == denominator;
            denominator > 0 && (numerator == 0 || is_all)
        }
        _ => false,
    };
    ground.definition.extremes_are_sensitive && ground.definition.kind.counts_numerator() && is_said
}
