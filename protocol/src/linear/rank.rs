//! Which values follow from the equations alone: Gauss and Jordan's elimination.

use super::effort::Effort;
use super::presolve::Equation;
use super::row::Row;
use super::{Ratio, Trouble};
use std::collections::BTreeMap;

/// The variables that have a row of their own in the reduced echelon form.
pub(super) fn determined(
    equations: &[Equation],
    variables: usize,
    effort: &mut Effort,
) -> Result<BTreeMap<usize, Ratio>, Trouble> {
    let mut rows: Vec<Row> =
        equations.iter().map(|equation| Row::new(variables, &equation.terms, equation.value)).collect();
    for row in &mut rows {
        row.shrink()?;
    }
    let leaders = reduce(&mut rows, variables, effort)?;
    if rows[leaders.len()..].iter().any(|row| row.value != 0) {
        return Err(Trouble::Infeasible);
    }
    let alone = rows.iter().zip(leaders).filter(|(row, leader)| is_alone(row, *leader));
    alone.map(|(row, leader)| Ok((leader, Ratio::new(row.value, row.coefficients[leader])?))).collect()
}

/// Brings the rows into reduced echelon form. Returns the leading variables of
/// the first rows; the rows after them have no variables left.
fn reduce(rows: &mut [Row], variables: usize, effort: &mut Effort) -> Result<Vec<usize>, Trouble> {
    let mut leaders = Vec::new();
    for column in 0..variables {
        let rank = leaders.len();
        effort.spend(rows.len(), 1)?;
        if let Some(found) = rows[rank..].iter().position(|row| row.coefficients[column] != 0) {
            rows.swap(rank, rank + found);
            clear(rows, rank, column, effort)?;
            leaders.push(column);
        }
    }
    Ok(leaders)
}

/// Removes the column from all rows but one.
fn clear(rows: &mut [Row], kept: usize, column: usize, effort: &mut Effort) -> Result<(), Trouble> {
    let pivot = rows[kept].pivot(column);
    for (index, row) in rows.iter_mut().enumerate() {
        if index != kept && row.coefficients[column] != 0 {
            effort.spend(1, row.coefficients.len())?;
            row.eliminate(&pivot)?;
        }
    }
    Ok(())
}

fn is_alone(row: &Row, leader: usize) -> bool {
    row.coefficients.iter().enumerate().all(|(variable, entry)| variable == leader || *entry == 0)
}
