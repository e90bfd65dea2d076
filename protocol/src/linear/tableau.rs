//! The simplex tableau of variables between bounds (Dantzig 1955).
//!
//! Variables outside of the basis are at one of their bounds. One that is at
//! its upper bound is *turned*: the tableau then holds what it lacks to that
//! bound, so that everything outside of the basis is zero.

use super::effort::Effort;
use super::number;
use super::row::{Pivot, Row};
use super::{Ratio, Trouble};

/// Equations solved for the variables of the basis.
pub(super) struct Tableau {
    pub(super) rows: Vec<Row>,
    /// The variable that each row is solved for, with a positive coefficient;
    /// `None` stands for the row's own gap, which has no column.
    pub(super) basis: Vec<Option<usize>>,
    pub(super) upper: Vec<Option<i128>>,
    turned: Vec<bool>,
    /// The variables that were zero in some solution, so that this is their
    /// least value.
    pub(super) touched_zero: Vec<bool>,
    /// Those that were at the upper bound in some solution.
    pub(super) touched_upper: Vec<bool>,
}

impl Tableau {
    /// A tableau in which each row lacks its value and all variables are zero.
    pub(super) fn new(rows: Vec<Row>, upper: &[Option<u64>]) -> Self {
        Self {
            basis: vec![None; rows.len()],
            rows,
            upper: upper.iter().map(|bound| bound.map(i128::from)).collect(),
            turned: vec![false; upper.len()],
            touched_zero: vec![false; upper.len()],
            touched_upper: vec![false; upper.len()],
        }
    }

    pub(super) fn columns(&self) -> usize {
        self.upper.len()
    }

    /// Solves a row for another variable and removes that from all other rows
    /// and the costs.
    pub(super) fn pivot(
        &mut self,
        row: usize,
        entering: usize,
        costs: &mut Row,
        effort: &mut Effort,
    ) -> Result<(), Trouble> {
        let mut pivot = self.rows[row].pivot(entering);
        for (index, other) in self.rows.iter_mut().enumerate() {
            if index != row && other.coefficients[entering] != 0 {
                effort.spend(1, other.coefficients.len())?;
                other.eliminate(&pivot)?;
            }
        }
        self.basis[row] = Some(entering);
        lower(costs, &mut pivot)
    }

    /// Moves a variable outside of the basis to its other bound.
    pub(super) fn turn(&mut self, variable: usize, costs: &mut Row) -> Result<(), Trouble> {
        let upper = self.upper[variable].ok_or(Trouble::TooComplex)?;
        for row in &mut self.rows {
            let entry = row.coefficients[variable];
            if entry != 0 {
                row.value = number::less(row.value, upper, entry)?;
                row.coefficients[variable] = number::negate(entry)?;
            }
        }
        self.turned[variable] ^= true;
        costs.coefficients[variable] = number::negate(costs.coefficients[variable])?;
        Ok(())
    }

    /// Turns the variable that a row is solved for.
    pub(super) fn turn_basic(&mut self, row: usize) -> Result<(), Trouble> {
        let variable = self.basis[row].ok_or(Trouble::TooComplex)?;
        let most = self.most(row)?.ok_or(Trouble::TooComplex)?;
        let row = &mut self.rows[row];
        let scale = row.coefficients[variable];
        row.value = number::subtract(row.value, most)?;
        row.negate()?;
        row.coefficients[variable] = scale;
        self.turned[variable] ^= true;
        Ok(())
    }

    /// The value of the row where its variable is at the upper bound.
    pub(super) fn most(&self, row: usize) -> Result<Option<i128>, Trouble> {
        let Some(variable) = self.basis[row] else { return Ok(None) };
        let scale = self.rows[row].coefficients[variable];
        self.upper[variable].map(|upper| number::multiply(scale, upper)).transpose()
    }

    /// Remembers which variables are at a bound in the present solution.
    pub(super) fn note(&mut self) -> Result<(), Trouble> {
        let mut basic = vec![false; self.columns()];
        for row in 0..self.rows.len() {
            let Some(variable) = self.basis[row] else { continue };
            basic[variable] = true;
            let value = self.rows[row].value;
            let (zero, full) = (value == 0, self.most(row)? == Some(value));
            let (zero, full) = if self.turned[variable] { (full, zero) } else { (zero, full) };
            self.touched_zero[variable] |= zero;
            self.touched_upper[variable] |= full;
        }
        for variable in (0..basic.len()).filter(|variable| !basic[*variable]) {
            self.touched_zero[variable] |= !self.turned[variable];
            self.touched_upper[variable] |= self.turned[variable];
        }
        Ok(())
    }

    /// The costs of an objective, in terms of what is outside of the basis.
    pub(super) fn costs(&self, objective: &[(usize, i128)], effort: &mut Effort) -> Result<Row, Trouble> {
        let mut costs = Row::new(self.columns(), objective, 0);
        for &(variable, factor) in objective {
            if self.turned[variable] {
                costs.coefficients[variable] = number::negate(factor)?;
            }
        }
        for (row, basic) in self.rows.iter().zip(&self.basis) {
            if let Some(basic) = basic.filter(|basic| costs.coefficients[*basic] != 0) {
                effort.spend(1, self.columns())?;
                lower(&mut costs, &mut row.pivot(basic))?;
            }
        }
        Ok(costs)
    }

    /// The value of an objective in the present solution.
    pub(super) fn value(&self, objective: &[(usize, i128)]) -> Result<Ratio, Trouble> {
        let mut values = vec![Ratio::ZERO; self.columns()];
        for (row, basic) in self.rows.iter().zip(&self.basis) {
            if let Some(basic) = *basic {
                values[basic] = Ratio::new(row.value, row.coefficients[basic])?;
            }
        }
        let mut sum = Ratio::ZERO;
        for &(variable, factor) in objective {
            let value = match self.upper[variable].filter(|_| self.turned[variable]) {
                Some(upper) => Ratio::whole(upper).plus(values[variable].negative()?)?,
                None => values[variable],
            };
            sum = sum.plus(value.times(factor)?)?;
        }
        Ok(sum)
    }
}

/// Removes a variable from the costs, whose value nobody needs.
fn lower(costs: &mut Row, pivot: &mut Pivot) -> Result<(), Trouble> {
    pivot.value = 0;
    costs.eliminate(pivot)
}
