//! One equation in all variables, as integers without a common divisor.
//!
//! Keeping each row free of common divisors, rather than the whole tableau over
//! one determinant (Edmonds 1967, Bareiss 1968), leaves the rows that a pivot
//! does not touch alone, and those of tables within −1, 0 and 1.

use super::Trouble;
use super::number;

/// Σ coefficient · variable = value.
pub(super) struct Row {
    pub(super) coefficients: Vec<i128>,
    pub(super) value: i128,
}

/// What is subtracted from the other rows so that a column disappears there.
pub(super) struct Pivot {
    /// The coefficients of the row that are not zero.
    terms: Vec<(usize, i128)>,
    /// The value of the row.
    pub(super) value: i128,
    column: usize,
    /// The coefficient in the column.
    leader: i128,
}

impl Row {
    pub(super) fn new(columns: usize, terms: &[(usize, i128)], value: i128) -> Self {
        let mut coefficients = vec![0; columns];
        for &(variable, coefficient) in terms {
            coefficients[variable] = coefficient;
        }
        Self { coefficients, value }
    }

    pub(super) fn pivot(&self, column: usize) -> Pivot {
        let all = self.coefficients.iter().copied().enumerate();
        Pivot {
            terms: all.filter(|(_, coefficient)| *coefficient != 0).collect(),
            value: self.value,
            column,
            leader: self.coefficients[column],
        }
    }

    /// Removes the pivot's column by multiplying this row and subtracting a
    /// multiple of the pivot's row. This row keeps its sign if the coefficient
    /// of the pivot is positive, as in each pivot of a tableau.
    pub(super) fn eliminate(&mut self, pivot: &Pivot) -> Result<(), Trouble> {
        let here = self.coefficients[pivot.column];
        let shared = number::divisor(here, pivot.leader)?;
        let (own, other) = (number::divide(pivot.leader, shared)?, number::divide(here, shared)?);
        if own != 1 {
            self.scale(own)?;
        }
        for &(variable, coefficient) in &pivot.terms {
            let entry = &mut self.coefficients[variable];
            *entry = number::less(*entry, other, coefficient)?;
        }
        self.value = number::less(self.value, other, pivot.value)?;
        self.shrink()
    }

    pub(super) fn negate(&mut self) -> Result<(), Trouble> {
        self.scale(-1)
    }

    fn scale(&mut self, factor: i128) -> Result<(), Trouble> {
        for entry in self.coefficients.iter_mut().filter(|entry| **entry != 0) {
            *entry = number::multiply(*entry, factor)?;
        }
        self.value = number::multiply(self.value, factor)?;
        Ok(())
    }

    /// Divides by the greatest common divisor.
    pub(super) fn shrink(&mut self) -> Result<(), Trouble> {
        let shared = self.divisor()?;
        if shared > 1 {
            self.coefficients.iter_mut().filter(|entry| **entry != 0).for_each(|entry| *entry /= shared);
            self.value /= shared;
        }
        Ok(())
    }

    fn divisor(&self) -> Result<i128, Trouble> {
        let mut shared = 0;
        for &entry in self.coefficients.iter().chain([&self.value]).filter(|entry| **entry != 0) {
            shared = if entry == 1 || entry == -1 { 1 } else { number::divisor(shared, entry)? };
            if shared == 1 {
                break;
            }
        }
        Ok(shared)
    }
}
