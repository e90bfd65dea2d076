//! The search for a first solution: all variables begin at zero, and the sum of
//! what the equations then lack is lowered until it is zero.

use super::Trouble;
use super::effort::Effort;
use super::number;
use super::presolve::Equation;
use super::row::Row;
use super::tableau::Tableau;

impl Tableau {
    /// A tableau at some solution of the equations.
    pub(super) fn solved(
        equations: &[Equation],
        upper: &[Option<u64>],
        effort: &mut Effort,
    ) -> Result<Self, Trouble> {
        effort.spend(equations.len(), upper.len())?;
        let rows: Result<Vec<Row>, Trouble> =
            equations.iter().map(|equation| positive(equation, upper.len())).collect();
        let mut tableau = Self::new(rows?, upper);
        let mut costs = tableau.gaps()?;
        tableau.descend(&mut costs, effort)?;
        tableau.close(&mut costs, effort)?;
        tableau.forget();
        tableau.note()?;
        Ok(tableau)
    }

    /// The sum of all gaps: each falls by what its row's variables grow.
    fn gaps(&self) -> Result<Row, Trouble> {
        let mut costs = Row::new(self.columns(), &[], 0);
        for row in &self.rows {
            for (cost, entry) in costs.coefficients.iter_mut().zip(&row.coefficients) {
                *cost = number::subtract(*cost, *entry)?;
            }
        }
        Ok(costs)
    }

    /// Solves the rows that have no gap left for a variable, and drops those
    /// that have no variables either.
    fn close(&mut self, costs: &mut Row, effort: &mut Effort) -> Result<(), Trouble> {
        let lacking = |(row, basic): (&Row, &Option<usize>)| basic.is_none() && row.value != 0;
        if self.rows.iter().zip(&self.basis).any(lacking) {
            return Err(Trouble::Infeasible);
        }
        let mut row = 0;
        while row < self.rows.len() {
            if self.basis[row].is_none() && !self.solve_for_any(row, costs, effort)? {
                self.rows.remove(row);
                self.basis.remove(row);
            } else {
                row += 1;
            }
        }
        Ok(())
    }

    /// Solves a row whose value is zero for its first variable, if it has one.
    fn solve_for_any(&mut self, row: usize, costs: &mut Row, effort: &mut Effort) -> Result<bool, Trouble> {
        let entries = &self.rows[row].coefficients;
        let Some(variable) = entries.iter().position(|entry| *entry != 0) else { return Ok(false) };
        if entries[variable] < 0 {
            self.rows[row].negate()?;
        }
        self.pivot(row, variable, costs, effort)?;
        Ok(true)
    }

    /// Corners on the way here were no solutions, so they prove nothing.
    fn forget(&mut self) {
        self.touched_zero.fill(false);
        self.touched_upper.fill(false);
    }
}

/// The equation as a row whose value is not negative.
fn positive(equation: &Equation, columns: usize) -> Result<Row, Trouble> {
    let mut row = Row::new(columns, &equation.terms, equation.value);
    if row.value < 0 {
        row.negate()?;
    }
    Ok(row)
}
